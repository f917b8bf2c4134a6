"""The rest shapes of instances: armatures in their rest pose, at frame 0, in the frame of the root of each instance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

ROOT_PROPERTY = "dsia_root"
"""Custom property of the root object of an instance, whose frame without scale is that of the asset."""


@contextmanager
def in_rest(scene: Any) -> Iterator[None]:
    """Bring a scene to frame 0 with every armature in its rest pose: the same shape whatever an asset does in it."""
    frame = scene.frame_current
    poses = {armature: armature.pose_position for armature in bpy.data.armatures}
    try:
        for armature in poses:
            armature.pose_position = "REST"
        scene.frame_set(0)
        yield
    finally:
        for armature, pose in poses.items():
            armature.pose_position = pose
        scene.frame_set(frame)


def rest_frames() -> dict[int, NDArray[np.float64]]:
    """World-to-instance matrices (4, 4) of the current frame by instance id; the scale of an instance is undone."""
    return {
        item.pass_index: np.linalg.inv(np.array(item.matrix_world, dtype=np.float64))
        for item in bpy.data.objects
        if item.get(ROOT_PROPERTY) and item.pass_index
    }
