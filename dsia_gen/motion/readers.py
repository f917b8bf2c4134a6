"""Motion-capture files by their suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsia_gen.core.errors import AssetError
from dsia_gen.core.registry import Registry
from dsia_gen.motion.bvh import Bvh

MOTION_READERS: Registry[Callable[[Path], Bvh]] = Registry(
    "motion_readers",
    "motion format",
    {"bvh": "dsia_gen.motion.bvh:read_bvh", "amc": "dsia_gen.motion.asf:read_amc"},
)
"""Functions from a file to its skeleton and motion, by the suffix of the file without its dot."""

_IMPORTED = (".fbx", ".glb", ".gltf", ".blend", ".usd", ".usda", ".usdc", ".usdz")


def read_motion(path: Path) -> Bvh:
    """The skeleton and motion of a file. Raises AssetError that names the file and what to do."""
    suffix = path.suffix.lower()
    if suffix in _IMPORTED:
        raise AssetError(
            f"{path} needs Blender to be read; take it in with `dsia-gen assets import`, which makes a BVH of it"
        )
    if suffix[1:] not in MOTION_READERS:
        known = ", ".join(sorted(f".{name}" for name in MOTION_READERS))
        raise AssetError(f"{path} is not a motion file that can be read here (known: {known}); convert it")
    return MOTION_READERS.get(suffix[1:])(path)
