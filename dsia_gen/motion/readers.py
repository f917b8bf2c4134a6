"""Motion-capture files by their suffix: BVH, ASF/AMC and SMPL, and what installed packages add."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dsia_gen.core.errors import AssetError
from dsia_gen.core.registry import Registry
from dsia_gen.motion.skeletal_motion import SkeletalMotion

_IMPORTED = (".fbx", ".glb", ".gltf", ".blend", ".usd", ".usda", ".usdc", ".usdz", ".vrm")
"""Formats that Blender imports and keeps as BVH (blender/importing/motion_files.py)."""
MotionReader = Callable[[Path], SkeletalMotion]
"""Reads a file of one format: skeleton and motion in the units and axes of the file.

Up axis, facing and scale are found from the skeleton later. What is wrong is an AssetError of one sentence that names
the file, the line where it has any, and the next step.
"""
MOTION_READERS: Registry[MotionReader] = Registry(
    "motion_readers",
    "motion format",
    {
        "bvh": "dsia_gen.motion.bvh:read_bvh",
        "amc": "dsia_gen.motion.asf:read_amc",
        "npz": "dsia_gen.motion.smpl:read_smpl",
    },
)
"""Readers by the lower-case suffix of their files, without its dot."""


def read_motion(path: Path, readers: Registry[MotionReader] = MOTION_READERS) -> SkeletalMotion:
    """Read a motion-capture file with the reader of its suffix.

    Parameters
    ----------
    path : Path
        The file.
    readers : Registry of MotionReader
        Readers by suffix.

    Returns
    -------
    SkeletalMotion
        Its skeleton and motion, checked: joints in order, shapes that fit each other, finite numbers.

    Raises
    ------
    AssetError
        The file is broken, of a format without a reader, or the reader returned something unusable.
    """
    suffix = path.suffix.lower()
    if suffix in _IMPORTED:
        raise AssetError(
            f"{path} needs Blender to be read; import it with `dsia-gen assets import`, which makes a BVH of it"
        )
    if suffix[1:] not in readers:
        known = ", ".join(sorted(f".{name}" for name in readers.names()))
        raise AssetError(f"{path} is not a motion file that can be read here (known: {known}); convert it to BVH")
    motion = readers.get(suffix[1:])(path)
    problem = motion.problem() if isinstance(motion, SkeletalMotion) else f"a {type(motion).__name__} was returned"
    if problem:
        raise AssetError(f"{path} gives a motion that is not usable ({problem}); export it again, or as BVH")
    return motion
