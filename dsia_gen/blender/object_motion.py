"""Motions of a specification onto objects."""

from __future__ import annotations

from typing import Any

from dsia_gen.blender.keyframes import key_transform
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath, Still


def animate(root: Any, motion: Motion, times: int) -> None:
    """Place `root` (world frame), with a key at each of frames 0..times-1 unless it stands still.

    Raises TypeError for a motion that is not Still, RigidPath or HumanoidMotion.
    """
    if isinstance(motion, Still):
        root.rotation_mode = "QUATERNION"
        root.location = motion.position
        root.rotation_quaternion = motion.rotation
    elif isinstance(motion, RigidPath):
        key_transform(root, motion.positions, motion.rotations)
    elif isinstance(motion, HumanoidMotion):
        from dsia_gen.blender.characters import animate_humanoid

        animate_humanoid(root, motion, times)
    else:
        raise TypeError(f"motion {type(motion).__name__} is not one of Still, RigidPath, HumanoidMotion")
