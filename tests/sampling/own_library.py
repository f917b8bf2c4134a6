"""A small asset folder of a user's: files whose bytes no sampler opens, but for a motion and a camera path."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from dsia_gen.assets.library import Library, load_library
from dsia_gen.assets.manifest import Entry, record_entries
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.spec.light import Render
from dsia_gen.spec.scene import SceneSpec
from tests.motion.small_bvh import bvh_text
from tests.sampling.scenes import SIZE


def texture(folder: Path, name: str, *tags: str, maps: Iterable[str] = (), **fields: object) -> Entry:
    """A texture, its files written."""
    files = {f"{name}_{part}.png": "" for part in maps}
    for path in (f"{name}_diff.png", *files):
        (folder / path).write_bytes(path.encode())
    common = {"kind": "texture", "source": "mine", "licence": "CC0-1.0", "training": "yes", "redistribution": "yes"}
    return Entry.model_validate(
        {"id": f"own/{name}", "file": f"{name}_diff.png", "files": files, "tags": list(tags)} | common | fields
    )


def textures(folder: Path) -> None:
    """Textures of floor, wall and ground, one that shows nobody knows what, and one that may not be trained on."""
    record_entries(folder, [
        texture(folder, "boards", "wood", "floor", maps=("nor_gl", "rough"), size=1.5),
        texture(folder, "stucco", "plaster", "wall"),
        texture(folder, "meadow", "grass", "ground"),
        texture(folder, "poster"),
        texture(folder, "secret", "wood", "floor", training="unknown"),
    ])  # fmt: skip


def others(folder: Path) -> None:
    """One asset of each other kind."""
    (folder / "walk.bvh").write_text(bvh_text([_stride(t) for t in range(96)]))
    (folder / "path.txt").write_text(_path_text())
    for name in ("person.glb", "mug.glb", "sky.hdr"):
        (folder / name).write_bytes(name.encode())
    common = {"source": "mine", "licence": "mine"}
    record_entries(folder, [
        Entry(id="own/person", kind="character", file="person.glb", height=1.7, tags=["outdoor", "indoor"], **common),
        Entry(id="own/walk", kind="motion", file="walk.bvh", **common),
        Entry(id="own/mug", kind="object", file="mug.glb", size=0.3, height=0.3,
              tags=["foreground", "outdoor", "indoor"], **common),
        Entry(id="own/sky", kind="hdri", file="sky.hdr", tags=["outdoor", "window"], **common),
        Entry(id="own/path", kind="trajectory", file="path.txt", **common),
    ])  # fmt: skip


def _stride(t: int) -> tuple[tuple[float, float, float], dict[str, tuple[float, float, float]]]:
    """A frame of somebody who swings legs and arms and gets on by 3 cm a frame, in centimetres and degrees."""
    swing = 30 * math.sin(t / 4)
    turns = {"LeftUpLeg": swing, "RightUpLeg": -swing, "LeftArm": -swing, "RightArm": swing}
    return (0.0, 90.0, 3.0 * t), {joint: (0.0, 0.0, angle) for joint, angle in turns.items()}


def _path_text() -> str:
    """A camera that glides sideways by a metre in two seconds, in TUM's format."""
    return "\n".join(f"{t / 30} {t / 60} 0 {0.002 * t} 0 0 0 1" for t in range(60)) + "\n"


@lru_cache(maxsize=16)
def library(folder: Path, licences: str = "any") -> Library:
    """The built-in library and that of a folder."""
    return load_library(["characters", "motions", "objects", "hdris", "trajectories"], folder, licences)  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def scene(folder: Path, name: str, seed: int, *overrides: str, licences: str = "any") -> SceneSpec:
    """The scene of a preset and a seed on a user's folder."""
    return sample_scene(load_scene_config(name, overrides), library(folder, licences), seed, SIZE, Render())
