"""How far pictures are from a reference, and what they cost, by samples and by settings of Cycles: `--only curve`.

The middle of a few views is rendered at the run's size; the reference has 4,096 samples, Blender's own light paths and
no denoiser. Cost is processor seconds of all cores where a CPU renders, which other work on the machine changes little,
and wall seconds on a GPU; the synchronisation of the scene, which a job does not repeat for each view, is taken off.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from bench.cycles import BLENDERS_OWN, Camera, Picture, Settings, Shot, references, shoot
from bench.figures import Figure
from bench.plain_loop import spread
from bench.plot import Panel, draw
from bench.scale import SCRATCH, Scale, scene_task
from dsia_gen.core.image_metrics import psnr
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.spec.light import Render
from dsia_gen.spec.views import View

SAMPLES = (4, 8, 16, 32, 64, 128, 256, 512)
FEW = (16, 64)
GOAL = 40.0
DEFAULT = "the job's"
NEVER: Settings = {"use_adaptive_sampling": False}
KINDS: dict[str, tuple[tuple[int, ...], Settings]] = {
    DEFAULT: (SAMPLES, {"adaptive_threshold": Render().adaptive_threshold}),
    "no denoiser": (SAMPLES, {"use_denoising": False, **NEVER}),
    "not adaptive": ((16, 64, 256, 1024), NEVER),
    "adaptive 0.005": ((64, 256), {"adaptive_threshold": 0.005}),
    "adaptive 0.05": ((64, 256), {"adaptive_threshold": 0.05}),
    "adaptive 0.05, from 16 on": ((128, 512), {"adaptive_threshold": 0.05, "adaptive_min_samples": 16}),
    "adaptive 0.2, from 8 on": ((128, 512), {"adaptive_threshold": 0.2, "adaptive_min_samples": 8}),
    "prefilter fast": (FEW, {"denoising_prefilter": "FAST", **NEVER}),
    "prefilter none": (FEW, {"denoising_prefilter": "NONE", **NEVER}),
    "denoiser balanced": (FEW, {"denoising_quality": "BALANCED", **NEVER}),
    "denoiser without guides": (FEW, {"denoising_input_passes": "RGB", **NEVER}),
    "denoiser with albedo alone": (FEW, {"denoising_input_passes": "RGB_ALBEDO", **NEVER}),
    "no light tree": (FEW, {"use_light_tree": False, **NEVER}),
    "3 bounces": (FEW, {"max_bounces": 3, **NEVER}),
    "12 bounces": (FEW, {"max_bounces": 12, "transmission_bounces": 12, **NEVER}),
    "no reflective caustics": (FEW, {"caustics_reflective": False, **NEVER}),
    "Blender's own light paths": (FEW, {**BLENDERS_OWN, **NEVER}),
    "clamp 2": (FEW, {"sample_clamp_indirect": 2.0, **NEVER}),
    "no clamp": (FEW, {"sample_clamp_indirect": 0.0, **NEVER}),
    "light threshold 0.05": (FEW, {"light_sampling_threshold": 0.05, **NEVER}),
    "path guiding": (FEW, {"use_guiding": True, **NEVER}),
    "Sobol points": (FEW, {"sampling_pattern": "TABULATED_SOBOL", **NEVER}),
}
"""Settings by name: at how many samples, and what differs from the worker's."""
SHOWN = (
    DEFAULT,
    "no denoiser",
    "not adaptive",
    "adaptive 0.05, from 16 on",
    "prefilter none",
    "denoiser without guides",
    "no light tree",
)


@dataclass(frozen=True)
class Point:
    """One setting on one configuration: mean seconds a picture, decibels."""

    config: str
    kind: str
    samples: int
    seconds: float
    decibels: float


def measure(scale: Scale) -> list[Figure]:
    """All points; draws samples.png and leaves them in out/bench as curve.json and curve.md."""
    points = [point for config in scale.loop_configs for point in measure_config(scale, config)]
    SCRATCH.mkdir(parents=True, exist_ok=True)
    (SCRATCH / "curve.json").write_text(json.dumps([asdict(p) for p in points], indent=1) + "\n", encoding="utf-8")
    (SCRATCH / "curve.md").write_text(table(points), encoding="utf-8")
    panels = [Panel(config, "seconds", "PSNR (dB)", _lines(points, config), GOAL) for config in scale.loop_configs]
    draw(scale.pictures / "samples.png", panels)
    return [figure for config in scale.loop_configs for figure in _figures([p for p in points if p.config == config])]


def measure_config(scale: Scale, config: str) -> list[Point]:
    """Every setting on a scene of one configuration."""
    spec, _ = sample_task(scene_task(scale, config, 4, scale.noise_resolution))
    views = spread(spec.views(), scale.noise_views)
    camera = Camera(scale.device, window=scale.noise_window)
    truth = references(spec, views, camera)
    variants = {f"{kind} {n}": {**extra, "samples": n} for kind, (counts, extra) in KINDS.items() for n in counts}
    bare = {"samples": 1, "use_denoising": False}
    shots = shoot(spec, views, {"warm-up": bare, "bare": bare, **variants}, camera)
    cost = "cpu" if scale.device == "cpu" else "seconds"
    fixed = _mean(shots, "bare", cost)
    return [
        Point(config, kind, n, _mean(shots, f"{kind} {n}", cost) - fixed, _decibels(shots, f"{kind} {n}", truth))
        for kind, (counts, _) in KINDS.items()
        for n in counts
    ]


def _mean(shots: Sequence[Shot], variant: str, cost: str) -> float:
    return float(np.mean([getattr(shot, cost) for shot in shots if shot.variant == variant]))


def _decibels(shots: Sequence[Shot], variant: str, truth: Mapping[View, Picture]) -> float:
    return float(np.mean([psnr(shot.picture, truth[shot.view]) for shot in shots if shot.variant == variant]))


def _lines(points: Sequence[Point], config: str) -> dict[str, tuple[list[float], list[float]]]:
    lines = {}
    for kind in SHOWN:
        mine = [p for p in points if (p.config, p.kind) == (config, kind)]
        lines[kind] = ([p.seconds for p in mine], [p.decibels for p in mine])
    return lines


def _figures(points: Sequence[Point]) -> Sequence[Figure]:
    config = points[0].config
    enough = [p for p in points if p.decibels >= GOAL]
    if not enough:
        best = max(points, key=lambda p: p.decibels)
        return [
            Figure(f"{config}: the most that was reached", "dB", (best.decibels,), note=f"{best.kind}, {best.samples}")
        ]
    least = min(enough, key=lambda p: p.seconds)
    return [
        Figure(
            f"{config}: cheapest picture of {GOAL:g} dB", "s", (least.seconds,), note=f"{least.kind}, {least.samples}"
        )
    ]


def table(points: Sequence[Point]) -> str:
    """A Markdown table: settings down, configurations across."""
    configs = sorted({p.config for p in points}, reverse=True)
    head = [f"{config}: {what}" for config in configs for what in ("seconds", "dB")]
    lines = [f"| settings | samples | {' | '.join(head)} |", f"|---|---|{'---|' * len(head)}"]
    by_place = {(p.config, p.kind, p.samples): p for p in points}
    for kind, (counts, _) in KINDS.items():
        for n in counts:
            cells = [by_place[config, kind, n] for config in configs]
            row = " | ".join(f"{p.seconds:.2g} | {p.decibels:.1f}" for p in cells)
            lines.append(f"| {kind} | {n} | {row} |")
    return "\n".join(lines) + "\n"
