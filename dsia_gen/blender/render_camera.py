"""The render camera: one un-animated object set for each view, and one that follows the path in a saved scene."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from dsia_gen.blender.keyframes import key_transform
from dsia_gen.core.rotations import quaternion
from dsia_gen.spec.camera import CameraSpec
from dsia_gen.spec.views import View

OPENCV_TO_BLENDER = np.diag([1.0, -1.0, -1.0, 1.0])
"""Blender's camera looks along -Z with +Y up; OpenCV's along +Z with +Y down."""


_NAME = "dsia_"


def make_camera(spec: CameraSpec, name: str = f"{_NAME}camera") -> Any:
    """A camera object with the specification's lens and resolution, linked to the scene and made its camera."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new(name)
    data.type = "PERSP"
    data.sensor_fit = "AUTO"
    data.sensor_width = spec.sensor_mm
    data.lens = spec.lens_mm
    data.clip_start = spec.clip_start
    data.clip_end = spec.clip_end
    if spec.aperture is not None and spec.focus is not None:
        data.dof.use_dof = True
        data.dof.aperture_fstop = spec.aperture
        data.dof.focus_distance = spec.focus
    scene.render.resolution_x = spec.width
    scene.render.resolution_y = spec.height
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0
    camera = bpy.data.objects.new(name, data)
    camera.rotation_mode = "QUATERNION"
    scene.collection.objects.link(camera)
    scene.camera = camera
    return camera


def replace_camera(spec: CameraSpec) -> Any:
    """As `make_camera`, in the place of the one that an earlier request has left, with its keyframes."""
    earlier = bpy.context.scene.camera
    if earlier is not None and earlier.name.startswith(_NAME):  # not one that a file has brought
        bpy.data.objects.remove(earlier)
    return make_camera(spec)


def blender_matrix(spec: CameraSpec, pose: int) -> NDArray[np.float64]:
    """(4, 4) camera-to-world matrix in Blender's camera axes of a pose index."""
    return spec.camera_to_world(pose) @ OPENCV_TO_BLENDER


def set_pose(camera: Any, spec: CameraSpec, pose: int) -> None:
    """Put the camera where pose index `pose` says."""
    camera.matrix_world = Matrix(blender_matrix(spec, pose).tolist())


def key_path(camera: Any, spec: CameraSpec) -> None:
    """Keyframe the camera so that at frame k it stands at pose k."""
    _key_poses(camera, spec, range(len(spec.poses)), 0)


def key_passage(camera: Any, spec: CameraSpec, view: View) -> None:
    """Keyframe the camera to pass through the view's pose at the view's time, from the one before to the next.

    At the ends of its path it comes to a stop.
    """
    camera.animation_data_clear()
    last = len(spec.poses) - 1
    _key_poses(camera, spec, [min(max(view.pose + step, 0), last) for step in (-1, 0, 1)], view.time - 1)


def _key_poses(camera: Any, spec: CameraSpec, poses: Iterable[int], first: int) -> None:
    # `set_pose` leaves the scale of the matrix, 1 up to rounding: the image would depend on the view before it.
    camera.scale = (1.0, 1.0, 1.0)
    matrices = np.stack([blender_matrix(spec, pose) for pose in poses])
    key_transform(camera, matrices[:, :3, 3], quaternion(matrices[:, :3, :3]), first)
