"""Rotations: quaternions (w, x, y, z), matrices, axis angles, interpolation.

scipy is imported where it is used: its import takes 0.2 s, which the start of a process does not have to wait for.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def unit(vectors: Array) -> Array:
    """Scale vectors to length one.

    Parameters
    ----------
    vectors : (..., n) float64
        The vectors.

    Returns
    -------
    (..., n) float64
        Unit vectors; a zero vector stays zero.
    """
    vectors = np.asarray(vectors, dtype=np.float64)
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(length > 1e-12, length, 1.0)


def arctan2(y: Array, x: Array) -> Array:
    """Angle of (x, y) from +X: `numpy.arctan2` whose last bit does not depend on where its arrays are in memory.

    Parameters
    ----------
    y, x : (...) float64
        Coordinates.

    Returns
    -------
    (...) float64
        Radians in [-pi, pi].

    Notes
    -----
    NumPy computes a column of a larger array with vector instructions, unless the column's stride reaches the memory
    of the result: then value by value, with other last bits. The same mesh would differ from run to run.
    """
    return np.asarray(np.arctan2(np.asarray(y, order="C"), np.asarray(x, order="C")))  # noqa: TID251 - the one place


def about(axis: str, degrees: Array | float) -> Array:
    """Rotations about a coordinate axis, right-handed.

    Parameters
    ----------
    axis : {"x", "y", "z"}
        The axis.
    degrees : (...) float64
        Angles in degrees.

    Returns
    -------
    (..., 3, 3) float64
        Rotation matrices.
    """
    angle = np.radians(np.asarray(degrees, dtype=np.float64))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.zeros((*angle.shape, 3, 3))
    matrix[..., [0, 1, 2], [0, 1, 2]] = 1.0
    matrix[..., i, i] = matrix[..., j, j] = np.cos(angle)
    matrix[..., j, i] = np.sin(angle)
    matrix[..., i, j] = -np.sin(angle)
    return matrix


def rotation_matrix(q: Array) -> Array:
    """Rotation matrices of quaternions.

    Parameters
    ----------
    q : (..., 4) float64
        Quaternions w, x, y, z of any length but zero.

    Returns
    -------
    (..., 3, 3) float64
        Rotation matrices.
    """
    from scipy.spatial.transform import Rotation

    q = np.asarray(q, dtype=np.float64)
    rows = np.roll(q, -1, axis=-1).reshape(-1, 4)  # x, y, z, w
    matrices = Rotation.from_quat(rows).as_matrix() if len(rows) else rows  # scipy 1.11 refuses empty arrays
    return np.asarray(matrices.reshape(*q.shape[:-1], 3, 3))


def quaternion(matrices: Array) -> Array:
    """Unit quaternions of rotation matrices.

    Parameters
    ----------
    matrices : (..., 3, 3) float64
        Rotation matrices.

    Returns
    -------
    (..., 4) float64
        Quaternions w, x, y, z with w >= 0.
    """
    from scipy.spatial.transform import Rotation

    m = np.array(matrices, dtype=np.float64)  # a copy: scipy 1.11 refuses arrays that are read-only
    rows = m.reshape(-1, 3, 3)
    q = np.roll(Rotation.from_matrix(rows).as_quat(canonical=True), 1, axis=-1) if len(rows) else rows
    return np.asarray(q.reshape(*m.shape[:-2], 4))


def euler_zxy(matrices: Array) -> Array:
    """Angles about the axes Z, X and Y, applied in this order, the first outermost: those of most motion capture.

    Parameters
    ----------
    matrices : (..., 3, 3) float64
        Rotation matrices.

    Returns
    -------
    (..., 3) float64
        Degrees about Z, X and Y. Where X is a right angle, Y is zero.
    """
    from scipy.spatial.transform import Rotation

    m = np.array(matrices, dtype=np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of angles that several rotations share
        angles = Rotation.from_matrix(m.reshape(-1, 3, 3)).as_euler("ZXY", degrees=True)
    return np.asarray(angles.reshape(*m.shape[:-2], 3))


def multiply(a: Array, b: Array) -> Array:
    """Hamilton product of quaternions: the rotation `b` followed by `a`.

    Parameters
    ----------
    a, b : (..., 4) float64
        Quaternions w, x, y, z.

    Returns
    -------
    (..., 4) float64
        Their products.
    """
    w1, x1, y1, z1 = np.moveaxis(np.asarray(a, dtype=np.float64), -1, 0)
    w2, x2, y2, z2 = np.moveaxis(np.asarray(b, dtype=np.float64), -1, 0)
    return np.stack(
        [
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ],
        axis=-1,
    )


def continuous(q: Array) -> Array:
    """The same rotations with signs such that neighbours in time are close.

    Parameters
    ----------
    q : (T, ..., 4) float64
        Quaternions over time.

    Returns
    -------
    (T, ..., 4) float64
        Quaternions of which each is in the hemisphere of the one before.
    """
    q = np.array(q, dtype=np.float64)
    steps = np.sign(np.sum(q[1:] * q[:-1], axis=-1))
    signs = np.cumprod(np.where(steps == 0, 1.0, steps), axis=0)
    q[1:] *= signs[..., None]
    return q


def slerp(a: Array, b: Array, t: Array | float) -> Array:
    """Spherical linear interpolation along the shorter way (Shoemake 1985).

    Parameters
    ----------
    a, b : (..., 4) float64
        Unit quaternions w, x, y, z.
    t : (...) float64
        Fraction of the way from `a` to `b`.

    Returns
    -------
    (..., 4) float64
        Unit quaternions.
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b = np.where(dot < 0, -b, b)
    angle = np.arccos(np.clip(np.abs(dot), 0.0, 1.0))
    t = np.broadcast_to(np.asarray(t, dtype=np.float64), dot.shape[:-1])[..., None]
    small = angle < 1e-6
    sine = np.where(small, 1.0, np.sin(angle))
    left = np.where(small, 1 - t, np.sin((1 - t) * angle) / sine)
    right = np.where(small, t, np.sin(t * angle) / sine)
    return unit(left * a + right * b)


def shortest_rotation(source: Array, target: Array) -> Array:
    """Smallest rotation that turns one direction onto another.

    Parameters
    ----------
    source, target : (3,) float64
        Directions of any length but zero.

    Returns
    -------
    (3, 3) float64
        Rotation matrix. For opposite directions any perpendicular axis is as short; the one nearest to Y is taken.
    """
    a, b = unit(source), unit(target)
    axis, cosine = np.cross(a, b), float(a @ b)
    if cosine < -1 + 1e-9:
        axis = unit(np.array([0.0, 1.0, 0.0]) - a * a[1]) if abs(a[1]) < 0.9 else unit(np.array([1.0, 0, 0]) - a * a[0])
        return 2 * np.outer(axis, axis) - np.eye(3)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + k + k @ k / (1 + cosine)
