"""Triplets an hour against a plain loop that renders I1, I2 and Igt of every pair, at equal PSNR.

Both render the same pairs of the same scenes. The loop has 64 samples and Blender's denoiser, and makes pictures alone;
the job makes all ground truth too, and takes the fewest samples with which its pictures come as close to a reference as
the loop's do. The loop's pairs cost alike, so a few are timed; the job's share views, so all are made.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.cycles import PLAIN, Camera, Settings, blender, references, shoot
from bench.figures import Figure
from bench.scale import Scale, scene_task
from bench.whole_scene import run_one
from dsia_gen.core.image_metrics import psnr
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View

LADDER = (8, 16, 32, 64, 128)
"""Numbers of samples of the job that are tried for equal PSNR; between them, decibels follow the logarithm."""
AIM = 3.0


@dataclass(frozen=True)
class Noise:
    """Decibels against the reference: of the plain loop, of the default preset, of the job by its samples."""

    plain: float
    default: float
    job: dict[int, float]

    @property
    def samples(self) -> int:
        """The fewest samples with which the job is as good as the loop; the most that were tried when none is."""
        counts = sorted(self.job)
        reached = next((k for k, n in enumerate(counts) if self.job[n] >= self.plain), None)
        if not reached:
            return counts[-1 if reached is None else 0]
        low, high = counts[reached - 1], counts[reached]
        share = (self.plain - self.job[low]) / (self.job[high] - self.job[low])
        return math.ceil(low * (high / low) ** share)


def measure(scale: Scale) -> list[Figure]:
    """The ratio for each kind of scene, and the noise of the default preset."""
    return [figure for config in scale.loop_configs for figure in _of_config(scale, config)]


def _of_config(scale: Scale, config: str) -> list[Figure]:
    noise = measure_noise(scale, config)
    quality = scale.quality.model_copy(update={"samples": noise.samples})
    here = replace(scale, quality=quality)
    task = scene_task(here, config, scale.loop_pairs, scale.loop_resolution)
    start, pair = plain_seconds(sample_task(task)[0], scale)
    job = run_one(task).wall / scale.loop_pairs
    ways = _all_ways(here, config)
    plain, plain_ways = pair + start / scale.loop_pairs, pair + start / _count(scale)
    width, height = scale.loop_resolution
    note = f"{scale.loop_pairs} pairs at {width}x{height}; {noise.plain:.1f} dB, the job's with {noise.samples} samples"
    four = f"{_count(scale)} pairs, sequence.pair_directions: 4"
    what = f"{scale.noise_resolution[0]}x{scale.noise_resolution[1]}, 8-bit, against 4,096 samples without denoising"
    return [
        Figure(f"{config}: job against a plain loop at equal PSNR", "x", (plain / job,), "at least", note=note),
        Figure(f"{config}: the same, pairs all ways", "x", (plain_ways / ways,), "at least", AIM, four),
        Figure(f"{config}: job with all ground truth", "triplets/h", (3600 / job,)),
        Figure(f"{config}: job with all ground truth, pairs all ways", "triplets/h", (3600 / ways,)),
        Figure(f"{config}: plain loop, pictures alone", "triplets/h", (3600 / plain,)),
        Figure(f"{config}: PSNR of the default preset", "dB", (noise.default,), note=what),
        Figure(f"{config}: PSNR of 64 samples with Blender's own settings", "dB", (noise.plain,), note=what),
    ]


def _count(scale: Scale) -> int:
    """Pairs of half as many squares of two times and two poses, each of which is four pairs."""
    return 4 * max(1, scale.loop_pairs // 2)


def _all_ways(scale: Scale, config: str) -> float:
    """Seconds a pair where all four pairs of the same times and poses are asked for."""
    overrides = {"sequence.pair_directions": 4}
    task = scene_task(scale, config, _count(scale) // 4, scale.loop_resolution, overrides)
    return run_one(task).wall / _count(scale)


def measure_noise(scale: Scale, config: str) -> Noise:
    """PSNR of the loop's settings and of the job's, on the middle of a few views."""
    spec, _ = sample_task(scene_task(scale, config, 4, scale.noise_resolution))
    default = Render()
    variants: dict[str, Settings] = {"plain": PLAIN, "default": _settings(default)}
    variants |= {str(n): _settings(scale.quality.model_copy(update={"samples": n})) for n in LADDER}
    found = decibels(spec, spread(spec.views(), scale.noise_views), variants, scale)
    return Noise(found["plain"], found["default"], {n: found[str(n)] for n in LADDER})


def decibels(spec: SceneSpec, views: list[View], variants: dict[str, Settings], scale: Scale) -> dict[str, float]:
    """Mean PSNR by variant over the middle of the views."""
    camera = Camera(scale.device, window=scale.noise_window)
    truth = references(spec, views, camera)
    shots = shoot(spec, views, variants, camera)
    return {
        name: float(np.mean([psnr(shot.picture, truth[shot.view]) for shot in shots if shot.variant == name]))
        for name in variants
    }


def _settings(quality: Render) -> Settings:
    return {"samples": quality.samples, "adaptive_threshold": quality.adaptive_threshold}


def spread(views: tuple[View, ...], count: int) -> list[View]:
    """`count` of some views, evenly over all."""
    return [views[(2 * k + 1) * len(views) // (2 * count)] for k in range(count)]


def plain_seconds(spec: SceneSpec, scale: Scale) -> tuple[float, float]:
    """Seconds that the plain loop takes to start and build, and for each pair, by its first pairs."""
    few = spec.model_copy(update={"pairs": spec.pairs[: scale.loop_timed]})
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        request = {"device": scale.device, "samples": PLAIN["samples"]}
        begun = time.perf_counter()
        messages = blender("bench.plain_process", few, request, Path(folder))
        wall = time.perf_counter() - begun
    pictures = sum(message["seconds"] for message in messages if message["event"] == "picture")
    return wall - pictures, pictures / len(few.pairs)
