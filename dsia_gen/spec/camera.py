"""Cameras: the record, and the geometry of a pinhole in OpenCV axes (x right, y down, z forward)."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.spec.record import Positive, Quat, Record, Vec3

Array = NDArray[np.float64]


class Pose(Record):
    """Camera to world: position in metres, rotation from OpenCV camera axes to world axes."""

    position: Vec3
    rotation: Quat


class CameraSpec(Record):
    """A pinhole with square pixels, the principal point at the image centre, and one pose for each pose index.

    `aperture` is the f-number of a depth of field focused at `focus` metres along the axis; None is a pinhole. Ground
    truth is that of the pinhole either way.
    """

    width: Annotated[int, Field(ge=16, le=16384)]
    height: Annotated[int, Field(ge=16, le=16384)]
    lens_mm: Positive
    sensor_mm: Positive = 36.0
    clip_start: Positive = 0.02
    clip_end: Positive = 2000.0
    aperture: Positive | None = None
    focus: Positive | None = None
    poses: Annotated[tuple[Pose, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _focused(self) -> CameraSpec:
        if self.aperture is not None and self.focus is None:
            raise ValueError("aperture is given without focus; give the distance of focus in metres")
        return self

    def intrinsics(self) -> Array:
        """K, (3, 3) float64, pixels; pixel centres lie at (column + 0.5, row + 0.5).

        The sensor width spans the larger image side (Blender's sensor fit AUTO).
        """
        focal = self.lens_mm / self.sensor_mm * max(self.width, self.height)
        return np.array([[focal, 0, self.width / 2], [0, focal, self.height / 2], [0, 0, 1]], dtype=np.float64)

    def camera_to_world(self, pose: int) -> Array:
        """(4, 4) float64 camera-to-world matrix of pose index `pose`."""
        p = self.poses[pose]
        return rigid_matrix(np.array(p.position), np.array(p.rotation))


def rigid_matrix(position: Array, rotation: Array) -> Array:
    """(4, 4) matrix of a position (3,) and a quaternion (4,)."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_matrix(rotation)
    matrix[:3, 3] = position
    return matrix


def look_at(position: Array, target: Array, roll: Array | float = 0.0) -> Array:
    """(..., 3, 3) rotations of cameras (OpenCV axes to world) at `position` (..., 3) that look at `target` with Z up.

    `roll` (...) turns a camera about its axis, radians, clockwise as seen in the image. A vertical view uses +Y as up.
    """
    forward = np.asarray(target, dtype=np.float64) - np.asarray(position, dtype=np.float64)
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    up = np.where(np.abs(forward[..., 2:]) < 0.999, [0.0, 0.0, 1.0], [0.0, 1.0, 0.0])
    right = np.cross(forward, up)
    right = right / np.linalg.norm(right, axis=-1, keepdims=True)
    down = np.cross(forward, right)
    angle = np.asarray(roll, dtype=np.float64)[..., None]
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * right + s * down, c * down - s * right, forward], axis=-1)


def project(intrinsics: Array, camera_to_world: Array, points: Array) -> tuple[Array, Array]:
    """Pixels (..., 2) float64 and depth (...,) along the optical axis of world points (..., 3).

    Points at or behind the camera plane (depth <= 0) get NaN pixels.
    """
    rotation, centre = camera_to_world[:3, :3], camera_to_world[:3, 3]
    return project_directions(intrinsics, rotation, np.asarray(points, dtype=np.float64) - centre)


def project_directions(intrinsics: Array, rotation: Array, directions: Array) -> tuple[Array, Array]:
    """Pixels (..., 2) and depth (...,) of world directions (..., 3) seen from the camera centre."""
    local = directions @ rotation  # row vectors: R^T d
    depth = local[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(depth > 0, 1.0 / depth, np.nan)
    x = intrinsics[0, 0] * local[..., 0] * scale + intrinsics[0, 2]
    y = intrinsics[1, 1] * local[..., 1] * scale + intrinsics[1, 2]
    return np.stack([x, y], axis=-1), depth


def pixel_directions(intrinsics: Array, rotation: Array, pixels: Array) -> Array:
    """World directions (..., 3), scaled to depth 1, through pixel positions (..., 2)."""
    x = (pixels[..., 0] - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (pixels[..., 1] - intrinsics[1, 2]) / intrinsics[1, 1]
    local = np.stack([x, y, np.ones_like(x)], axis=-1)
    return local @ rotation.T
