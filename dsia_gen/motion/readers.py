"""Motion-capture files by their suffix."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsia_gen.core.errors import AssetError
from dsia_gen.motion.asf import read_amc
from dsia_gen.motion.bvh import Bvh, read_bvh

READERS: dict[str, Callable[[Path], Bvh]] = {".bvh": read_bvh, ".amc": read_amc}
_IMPORTED = (".fbx", ".glb", ".gltf", ".blend", ".usd", ".usda", ".usdc", ".usdz")


def read_motion(path: Path) -> Bvh:
    """The skeleton and motion of a file. Raises AssetError that names the file and what to do."""
    suffix = path.suffix.lower()
    if suffix in _IMPORTED:
        raise AssetError(
            f"{path} needs Blender to be read; take it in with `dsia-gen assets import`, which makes a BVH of it"
        )
    if suffix not in READERS:
        raise AssetError(f"{path} is no motion that can be read here (known: {', '.join(sorted(READERS))}); convert it")
    return READERS[suffix](path)
