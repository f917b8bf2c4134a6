"""Pictures of one scene under many settings of Cycles, what each cost, and references to hold them against."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import dsia_gen
from bench.messages import BENCH_EVENTS, BenchRequest
from bench.scale import SCRATCH
from dsia_gen.core.supervise import run
from dsia_gen.spec.record import readable_json
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.views import View

Picture = NDArray[np.uint8]
Settings = Mapping[str, Any]
"""Attributes of `scene.cycles` that differ from what the worker sets."""

BLENDERS_OWN: Settings = {
    "max_bounces": 12,
    "diffuse_bounces": 4,
    "glossy_bounces": 4,
    "transmission_bounces": 12,
    "transparent_max_bounces": 8,
    "sample_clamp_indirect": 10.0,
    "caustics_reflective": True,
}
"""How light travels by Blender's factory settings."""
PLAIN: Settings = {**BLENDERS_OWN, "samples": 64, "adaptive_threshold": 0.01, "use_denoising": True}
"""The pictures of the plain loop: 64 samples and the denoiser as Blender sets it."""
REFERENCE: Settings = {**BLENDERS_OWN, "samples": 4096, "use_adaptive_sampling": False, "use_denoising": False}
REFERENCES = SCRATCH / "references"
"""A reference takes minutes, so it is kept: its name is a hash of all that decides it."""


@dataclass(frozen=True)
class Shot:
    """One picture and its cost: wall seconds, and processor seconds of all cores together."""

    variant: str
    view: View
    seconds: float
    cpu: float
    picture: Picture


@dataclass(frozen=True)
class Camera:
    """How to shoot: device and threads of the render, and which share of width and height in the middle of it."""

    device: str = "cpu"
    threads: int = 0
    window: float = 1.0


def shoot(
    spec: SceneSpec, views: Sequence[View], variants: Mapping[str, Settings], camera: Camera, seed: int = 0
) -> list[Shot]:
    """Render each view under each variant in one Blender process. WorkerError with its last words when it fails.

    `seed` is added to the seed of each view.
    """
    with TemporaryDirectory(prefix="dsia-gen-bench-") as name:
        folder = Path(name)
        request = {"views": views, "variants": variants, "threads": camera.threads, "window": camera.window}
        messages = blender("bench.cycles_process", spec, {**request, "device": camera.device, "seed": seed}, folder)
        return [_shot(message) for message in messages if message["event"] == "shot"]


def _shot(message: Mapping[str, Any]) -> Shot:
    return Shot(
        message["variant"], View(*message["view"]), message["seconds"], message["cpu"], read(Path(message["path"]))
    )


def read(path: Path) -> Picture:
    """(H, W, 3) uint8 sRGB of a file."""
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


def references(spec: SceneSpec, views: Sequence[View], camera: Camera) -> dict[View, Picture]:
    """Views with 4,096 samples, Blender's own light paths, and no denoiser: (H, W, 3) uint8 by view.

    Taken from a folder of earlier ones where they are there; their noise is independent of that of other pictures.
    """
    files = {view: REFERENCES / f"{_name(spec, view, camera.window)}.png" for view in views}
    missing = [view for view, path in files.items() if not path.exists()]
    for view in missing:
        (shot,) = shoot(spec, [view], {"reference": REFERENCE}, camera, seed=1)
        REFERENCES.mkdir(parents=True, exist_ok=True)
        partial = files[view].with_suffix(".part")
        Image.fromarray(shot.picture).save(partial, format="PNG")
        shutil.move(partial, files[view])
    return {view: read(path) for view, path in files.items()}


def _name(spec: SceneSpec, view: View, window: float) -> str:
    fixed = spec.model_copy(update={"render": spec.render.model_copy(update={"samples": 1, "adaptive_threshold": 0})})
    parts = [readable_json(fixed), view.key, window, dict(REFERENCE), importlib.metadata.version("bpy"), _builders()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _builders() -> str:
    """Hash of the code that builds scenes."""
    digest = hashlib.sha256()
    for path in sorted(Path(dsia_gen.__file__).parent.joinpath("blender").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def blender(module: str, spec: SceneSpec, request: Mapping[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Run one of the bench's Blender processes to its end, with `folder` for its files; the JSON lines it wrote."""
    specification = folder / "spec.json"
    specification.write_text(readable_json(spec), encoding="utf-8")
    asked = BenchRequest.model_validate({"spec": specification, "out": folder, **request})
    return [event.model_dump() for event in run(module, asked, BENCH_EVENTS, name=module)]
