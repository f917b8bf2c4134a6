"""How exact the ground truth is: against a closed form, against Cycles' own passes, and by warping pictures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

import dsia_gen.dataset
from bench.cycles import blender
from bench.figures import Figure
from bench.scale import Scale, Size, scene_task
from bench.whole_scene import run_all
from dsia_gen.dataset.checks.photometric import psnr, values_at
from dsia_gen.dataset.index import update_index
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.reader import Sample
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.farm.scene import sample_task
from dsia_gen.spec.outputs import Occlusion
from tests.annotate import make

CONFIGS = ("outdoor", "indoor")
AT_REST = {"light.profiles": {"constant": 1.0}, "light.torch": 0.0}
SPHERE: Size = (960, 540)


def measure(scale: Scale) -> list[Figure]:
    """The figures of exactness; what is compared with passes is where a pixel's footprint lies on one surface."""
    passes = [_passes(scale, config) for config in CONFIGS]
    width, height = scale.resolution
    what = f"{' and '.join(CONFIGS)}, {width}x{height}, reliable pixels"
    ten_thousand = tuple(1e4 * found["ids"] for found in passes)
    return [
        Figure("flow of a rotating sphere against its closed form, 99th percentile", "px", (sphere(),), goal=1e-3),
        Figure("ids that differ from Cycles' index pass", "in 10,000", ten_thousand, goal=1.0, note=what),
        Figure("depth against Cycles' pass, 99th percentile", "", _each(passes, "depth"), goal=1e-4, note=what),
        Figure("flow against Cycles' vectors to the next frame, 99th percentile", "px", _each(passes, "flow")),
        *(_warp(scale, config) for config in CONFIGS),
    ]


def _each(passes: list[dict[str, float]], key: str) -> tuple[float, ...]:
    return tuple(found[key] for found in passes)


def sphere() -> float:
    """99th percentile, in pixels, of the error of flow on a sphere that turns before a camera that moves."""
    matrices = [make.rigid((0.1, 3, 0.2), make.spin((1, 2, 3), angle)) for angle in (0.3, 0.55)]
    geometry = make.scene(make.part(make.sphere(), 7, matrices))
    poses = make.towards((0, 0, 0), (0, 3, 0)), make.towards((0.4, -0.2, 0.1), (0, 3, 0), roll=0.1)
    camera = make.camera(*poses, width=SPHERE[0], height=SPHERE[1])
    source, truth = make.flow(geometry, camera, (0, 0), (1, 1))
    on_sphere = source.instances == 7
    points = make.rays(camera) * np.where(on_sphere, source.depth, 1)[..., None]  # the camera stands at the origin
    change = matrices[1] @ np.linalg.inv(matrices[0])
    moved = points @ change[:3, :3].T + change[:3, 3]
    expected = make.seen_at(camera, 1, moved) - make.pixel_centres(camera)
    return make.percentile_error(truth.flow, expected, on_sphere)


def _passes(scale: Scale, config: str) -> dict[str, float]:
    spec, _ = sample_task(scene_task(scale, config, 1))
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        messages = blender("bench.exactness_process", spec, {"device": scale.device}, Path(folder))
    (found,) = (message for message in messages if message["event"] == "agreement")
    return {key: float(found[key]) for key in ("ids", "depth", "flow")}


def _warp(scale: Scale, config: str) -> Figure:
    """Decibels of I2 warped onto Igt, where it is visible and reliable, in a scene whose light is at rest."""
    task = scene_task(scale, config, 2, overrides=AT_REST)
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        run_all(LocalExecutor(1), (task,), Path(folder))
        update_index(DatasetLayout(folder))
        decibels = tuple(warped_psnr(sample) for sample in dsia_gen.dataset.open(folder))
    note = f"{task.quality.samples} samples; gloss and noise included"
    return Figure(f"{config}: I2 warped by flow_gt_to_2 against Igt", "dB", decibels, "at least", 35.0, note)


def warped_psnr(sample: Sample) -> float:
    """Decibels of I2 at the ends of `flow_gt_to_2` against Igt, over visible and reliable pixels."""
    keep: NDArray[np.bool_] = (sample.occlusion("gt_to_2") == Occlusion.VISIBLE) & ~sample.unreliable("gt")
    return psnr(values_at(sample.image("2"), sample.flow("gt_to_2"), keep), sample.image("gt")[keep])
