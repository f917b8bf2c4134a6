"""How exact the ground truth is: against a closed form, against Cycles' own passes, and by warping pictures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.cycles import Camera, Picture, blender, shoot
from bench.figures import Figure
from bench.scale import Scale, Size, scene_task
from dsia_gen.annotate.pair import annotate_scene
from dsia_gen.dataset.checks.photometric import psnr, values_at
from dsia_gen.farm.blender_process import WorkerRequest, run_worker
from dsia_gen.farm.scene import WorkerFiles, sample_task
from dsia_gen.spec.geometry import SceneGeometry
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.material import ImageMaterial, Material
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.record import Record, readable_json
from dsia_gen.spec.scene import SceneSpec
from tests.annotate import make

CONFIGS = ("outdoor", "indoor")
AT_REST = {"light.profiles": {"constant": 1.0}, "light.torch": 0.0}
SPHERE: Size = (960, 540)
NEEDED = ("flow_gt_to_2", "occlusion_gt_to_2")
WINDOW = 0.5
"""Share of width and height that is rendered to be warped."""
LITTLE_NOISE = 8
"""Times the default samples. Two pictures of 64 samples, each 35 to 37 dB from its limit, are 32 to 34 dB apart."""


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
        *(figure for config in CONFIGS for figure in _warps(scale, config)),
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


def _warps(scale: Scale, config: str) -> list[Figure]:
    """Decibels of I2 warped onto Igt under light at rest: diffuse, with little noise; and as made by default."""
    width, height = (side // 4 * 4 for side in scale.resolution)  # a window of half of it begins on a whole pixel
    spec, _ = sample_task(scene_task(scale, config, 1, (width, height), AT_REST))
    few = spec.render.samples
    what = f"{config}: I2 warped by flow_gt_to_2 against Igt"
    where = f"middle quarter of {width}x{height}, visible and reliable pixels, 8-bit"
    return [
        Figure(
            f"{what}, diffuse",
            "dB",
            (warped_psnr(diffuse(spec), LITTLE_NOISE * few, scale.device),),
            "at least",
            35.0,
            f"{where}; {LITTLE_NOISE * few} samples; surfaces without gloss, bump and grit",
        ),
        Figure(what, "dB", (warped_psnr(spec, few, scale.device),), "at least", note=f"as made: {few} samples"),
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


def warped_psnr(spec: SceneSpec, samples: int, device: str) -> float:
    """Decibels of I2 at the ends of `flow_gt_to_2` against Igt, over the first pair's visible and reliable pixels."""
    (truth,) = annotate_scene(_geometry(spec, device), spec.camera, spec.pairs[:1], NEEDED, None)
    views = [truth.pair.view(role) for role in ("2", "gt")]
    settings = {"as asked": {"samples": samples, "adaptive_threshold": spec.render.adaptive_threshold}}
    shots = shoot(spec, views, settings, Camera(device, window=WINDOW))
    second, answer = (in_frame(shot.picture, spec.camera.width, spec.camera.height) for shot in shots)
    keep: NDArray[np.bool_] = truth.arrays["occlusion_gt_to_2"] == Occlusion.VISIBLE
    keep &= ~truth.views["gt"].unreliable & np.isfinite(answer[..., 0])
    warped = values_at(second, truth.arrays["flow_gt_to_2"], keep)
    known = np.isfinite(warped).all(axis=-1)  # what the other window shows, too
    return psnr(warped[known], answer[keep][known])


def _geometry(spec: SceneSpec, device: str) -> SceneGeometry:
    """What a worker freezes, its pictures as cheap as they can be."""
    cheap = spec.model_copy(update={"render": spec.render.model_copy(update={"samples": 1, "denoise": False})})
    with TemporaryDirectory(prefix="dsia-gen-bench-") as name:
        files, path = WorkerFiles(Path(name) / "worker"), Path(name) / "spec.json"
        path.write_text(readable_json(cheap), encoding="utf-8")
        run_worker(WorkerRequest(path, files.folder, files.log, device=device), lambda _: None)
        return SceneGeometry.load(files.geometry)


def in_frame(window: Picture, width: int, height: int) -> NDArray[np.float32]:
    """(height, width, 3) levels of the middle of a picture, NaN around it."""
    frame = np.full((height, width, 3), np.nan, np.float32)
    rows, columns = window.shape[:2]
    top, left = (height - rows) // 2, (width - columns) // 2
    frame[top : top + rows, left : left + columns] = window
    return frame
