"""How exact the ground truth is: against a closed form, against Cycles' own passes, and by warping pictures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.cycles import Camera, Settings, blender, shoot
from bench.figures import Figure
from bench.scale import Scale, Size, scene_task
from dsia_gen.annotate.pair import annotate_scene
from dsia_gen.core.image_metrics import psnr
from dsia_gen.core.interpolation import follow_flow
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.preview import rendered
from dsia_gen.spec.frozen_geometry import SceneGeometry
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.material import ImageMaterial, Material
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.record import Record
from dsia_gen.spec.scene import SceneSpec
from tests.annotate import make

CONFIGS = ("outdoor", "indoor")
AT_REST = {"light.profiles": {"constant": 1.0}, "light.torch": 0.0}
SPHERE: Size = (960, 540)
NEEDED = ("flow_gt_to_2", "occlusion_gt_to_2")
LITTLE_NOISE = 2
"""Times the default samples: the noise of both pictures counts."""
MOST_SHIFT = 0.02


def measure(scale: Scale) -> list[Figure]:
    """The figures of exactness; what is compared with passes is where a pixel's footprint lies on one surface."""
    passes = [_passes(scale, config) for config in CONFIGS]
    sphere = make.percentile_error(*make.turning_sphere(*SPHERE))
    width, height = scale.resolution
    what = f"{' and '.join(CONFIGS)}, {width}x{height}, reliable pixels"
    ten_thousand = tuple(1e4 * found["ids"] for found in passes)
    return [
        Figure("flow of a rotating sphere against its closed form, 99th percentile", "px", (sphere,), goal=1e-3),
        Figure("ids that differ from Cycles' index pass", "in 10,000", ten_thousand, goal=1.0, note=what),
        Figure("depth against Cycles' pass, 99th percentile", "", _each(passes, "depth"), goal=1e-4, note=what),
        Figure("flow against Cycles' vectors to the next frame, 99th percentile", "px", _each(passes, "flow")),
        *(figure for config in CONFIGS for figure in _warps(scale, config)),
    ]


def _each(passes: list[dict[str, float]], key: str) -> tuple[float, ...]:
    return tuple(found[key] for found in passes)


def _passes(scale: Scale, config: str) -> dict[str, float]:
    spec, _ = sample_task(scene_task(scale, config, 1))
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        messages = blender("bench.exactness_process", spec, {"device": scale.device}, Path(folder))
    (found,) = (message for message in messages if message["event"] == "agreement")
    return {key: float(found[key]) for key in ("ids", "depth", "flow")}


def _warps(scale: Scale, config: str) -> list[Figure]:
    """I2 warped onto Igt under light at rest: diffuse, with little noise; and as made by default."""
    spec, _ = sample_task(scene_task(scale, config, 1, overrides=AT_REST))
    width, height = scale.resolution
    few, more = spec.render.samples, LITTLE_NOISE * spec.render.samples
    what = f"{config}: I2 warped by flow_gt_to_2 against Igt"
    where = f"{width}x{height}, 8-bit, pixels that are visible, and reliable in Igt and in I2"
    note = f"{where}; {more} samples; surfaces without gloss, bump and grit"
    least = warp(diffuse(spec), {"samples": more, "use_adaptive_sampling": False}, scale.device)
    made = warp(spec, {}, scale.device)
    return [
        Figure(f"{what}, diffuse", "dB", (least.decibels,), "at least", 35.0, note),
        Figure(f"{what}, as made", "dB", (made.decibels,), "at least", note=f"{few} samples"),
        Figure(
            f"{config}: shift of flow_gt_to_2 that would fit better, diffuse", "px", (least.shift,), goal=MOST_SHIFT
        ),
    ]


def diffuse(record: Any) -> Any:
    """A specification, or any part of one, whose surfaces look the same from everywhere: rough, no metal, no relief."""
    if isinstance(record, Material | ImageMaterial):
        see_through = isinstance(record, Material) and record.unreliable
        kind = {"kind": "plain"} if see_through else {}
        return record.model_copy(update={"roughness": 1.0, "metallic": 0.0, "bump": 0.0, **kind})
    if isinstance(record, tuple):
        return tuple(diffuse(part) for part in record)
    if isinstance(record, Record):
        changed = {name: diffuse(getattr(record, name)) for name in type(record).model_fields}
        return record.model_copy(update={**changed, **({"detail": 0.0} if isinstance(record, GroundedDome) else {})})
    return record


class Warp(NamedTuple):
    """How I2 at the ends of a flow compares with Igt: decibels, and pixels of the shift of the flow that fits best."""

    decibels: float
    shift: float


def warp(spec: SceneSpec, settings: Settings, device: str) -> Warp:
    """I2 at the ends of `flow_gt_to_2` against Igt: pixels of the first pair that are visible, and reliable in both."""
    (truth,) = annotate_scene(_geometry(spec, device), spec.camera, spec.pairs[:1], NEEDED, None)
    views = [truth.pair.view(role) for role in ("2", "gt")]
    shots = shoot(spec, views, {"as asked": settings}, Camera(device))
    second, answer = (shot.picture.astype(np.float32) for shot in shots)
    second[truth.views["2"].unreliable] = np.nan  # and so is all that is interpolated from it
    keep: NDArray[np.bool_] = truth.arrays["occlusion_gt_to_2"] == Occlusion.VISIBLE
    keep &= ~truth.views["gt"].unreliable
    return compare(second, answer, truth.arrays["flow_gt_to_2"], keep)


def compare(
    second: NDArray[np.float32], answer: NDArray[np.float32], flow: NDArray[np.float32], keep: NDArray[np.bool_]
) -> Warp:
    """A picture warped by an (H, W, 2) flow against the answer, both (H, W, 3); NaN in what is not to be used.

    The shift is the one translation, added to all flow, that explains most of the difference to first order (Lucas and
    Kanade, IJCAI 1981): an error of the flow that is hidden in the decibels shows there.
    """
    moves = np.array([[0, 0], [0.5, 0], [-0.5, 0], [0, 0.5], [0, -0.5]], np.float32)
    here, right, left, below, above = (follow_flow(second, flow + move, keep) for move in moves)
    known = np.isfinite(right + left + below + above).all(axis=-1)
    rest = (answer[keep] - here)[known].ravel()
    slopes = np.stack([(right - left)[known].ravel(), (below - above)[known].ravel()], axis=-1)
    shift = np.linalg.lstsq(slopes, rest, rcond=None)[0]
    return Warp(psnr(here[known], answer[keep][known]), float(np.linalg.norm(shift)))


def _geometry(spec: SceneSpec, device: str) -> SceneGeometry:
    """What a worker freezes, its pictures as cheap as they can be."""
    cheap = spec.model_copy(update={"render": spec.render.model_copy(update={"samples": 1, "denoise": False})})
    with rendered(cheap, device) as files:
        return SceneGeometry.load(files.geometry)
