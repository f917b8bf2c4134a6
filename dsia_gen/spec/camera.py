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
    """Camera to world.

    Parameters
    ----------
    position : tuple of float
        World metres.
    rotation : tuple of float
        Unit quaternion w, x, y, z from OpenCV camera axes to world axes.
    """

    position: Vec3
    rotation: Quat


class CameraSpec(Record):
    """A pinhole with square pixels, the principal point at the image centre, and one pose for each pose index.

    Parameters
    ----------
    width, height : int
        Pixels.
    lens_mm, sensor_mm : float
        Focal length, and the width of the sensor, which spans the larger image side.
    clip_start, clip_end : float
        Metres along the axis between which surfaces are seen.
    aperture : float or None
        F-number of a depth of field; None is a pinhole. Ground truth is that of the pinhole either way.
    focus : float or None
        Metres along the axis at which the image is sharp; needed with `aperture`.
    poses : tuple of Pose
        By pose index.
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
        """The intrinsic matrix K.

        Returns
        -------
        ndarray of float64, (3, 3)
            Pixels; pixel centres lie at (column + 0.5, row + 0.5).

        Notes
        -----
        The sensor width spans the larger image side (Blender's sensor fit AUTO).
        """
        focal = self.lens_mm / self.sensor_mm * max(self.width, self.height)
        return np.array([[focal, 0, self.width / 2], [0, focal, self.height / 2], [0, 0, 1]], dtype=np.float64)

    def camera_to_world(self, pose: int) -> Array:
        """The extrinsics of a pose.

        Parameters
        ----------
        pose : int
            Pose index.

        Returns
        -------
        ndarray of float64, (4, 4)
            From OpenCV camera axes to the world, metres.
        """
        p = self.poses[pose]
        return rigid_matrix(np.array(p.position), np.array(p.rotation))


def rigid_matrix(position: Array, rotation: Array) -> Array:
    """A rigid transformation as a matrix.

    Parameters
    ----------
    position : ndarray of float, (3,)
        Metres.
    rotation : ndarray of float, (4,)
        Unit quaternion w, x, y, z.

    Returns
    -------
    ndarray of float64, (4, 4)
        The matrix.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = rotation_matrix(rotation)
    matrix[:3, 3] = position
    return matrix


def look_at(position: Array, target: Array, roll: Array | float = 0.0) -> Array:
    """Rotations of cameras that look at points, with Z up.

    Parameters
    ----------
    position, target : ndarray of float, (..., 3)
        Where the cameras are, and what they look at; world metres.
    roll : ndarray of float, (...), or float
        Radians about the optical axis, clockwise as seen in the image.

    Returns
    -------
    ndarray of float64, (..., 3, 3)
        From OpenCV camera axes to the world. A vertical view uses +Y as up.
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
    """Where world points are in an image.

    Parameters
    ----------
    intrinsics : ndarray of float64, (3, 3)
        K, pixels.
    camera_to_world : ndarray of float64, (4, 4)
        From OpenCV camera axes to the world.
    points : ndarray of float, (..., 3)
        World metres.

    Returns
    -------
    pixels : ndarray of float64, (..., 2)
        Right and down; NaN for points at or behind the camera plane.
    depth : ndarray of float64, (...)
        Metres along the optical axis.
    """
    rotation, centre = camera_to_world[:3, :3], camera_to_world[:3, 3]
    return project_directions(intrinsics, rotation, np.asarray(points, dtype=np.float64) - centre)


def project_directions(intrinsics: Array, rotation: Array, directions: Array) -> tuple[Array, Array]:
    """Where world directions from the camera centre are in an image.

    Parameters
    ----------
    intrinsics : ndarray of float64, (3, 3)
        K, pixels.
    rotation : ndarray of float64, (3, 3)
        From OpenCV camera axes to the world.
    directions : ndarray of float, (..., 3)
        In the world.

    Returns
    -------
    pixels : ndarray of float64, (..., 2)
        Right and down; NaN for directions along or behind the camera plane.
    depth : ndarray of float64, (...)
        Component along the optical axis.
    """
    local = directions @ rotation  # row vectors: R^T d
    depth = local[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(depth > 0, 1.0 / depth, np.nan)
    x = intrinsics[0, 0] * local[..., 0] * scale + intrinsics[0, 2]
    y = intrinsics[1, 1] * local[..., 1] * scale + intrinsics[1, 2]
    return np.stack([x, y], axis=-1), depth


def pixel_directions(intrinsics: Array, rotation: Array, pixels: Array) -> Array:
    """World directions through pixel positions.

    Parameters
    ----------
    intrinsics : ndarray of float64, (3, 3)
        K, pixels.
    rotation : ndarray of float64, (3, 3)
        From OpenCV camera axes to the world.
    pixels : ndarray of float, (..., 2)
        Right and down; pixel centres lie at (column + 0.5, row + 0.5).

    Returns
    -------
    ndarray of float64, (..., 3)
        Scaled to depth 1.
    """
    x = (pixels[..., 0] - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (pixels[..., 1] - intrinsics[1, 2]) / intrinsics[1, 1]
    local = np.stack([x, y, np.ones_like(x)], axis=-1)
    return local @ rotation.T
