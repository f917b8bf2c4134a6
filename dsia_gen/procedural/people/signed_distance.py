"""Signed distances (metres, negative inside) of the shapes that characters are made of. numpy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Field = Callable[[Array], Array]
"""Points (N, 3) to values (N,)."""
CLEAR = 0.06


def smooth_min(a: Array, b: Array, width: float) -> Array:
    """Union whose seam is rounded over `width` metres (Quilez's quadratic polynomial)."""
    if width <= 0:
        return np.minimum(a, b)
    h = np.maximum(width - np.abs(a - b), 0.0) / width
    return np.minimum(a, b) - h * h * width * 0.25


def smooth_max(a: Array, b: Array, width: float) -> Array:
    """Intersection whose edge is rounded over `width` metres."""
    return -smooth_min(-a, -b, width)


def union(fields: Sequence[Array], width: float) -> Array:
    """Rounded union of several."""
    result = fields[0]
    for field in fields[1:]:
        result = smooth_min(result, field, width)
    return result


def ellipsoid(p: Array, centre: ArrayLike, radii: ArrayLike, turn: Array | None = None) -> Array:
    """Approximate distance to an ellipsoid (exact at its surface); `turn` (3, 3) rotates it."""
    q = p - np.asarray(centre, dtype=np.float64)
    if turn is not None:
        q = q @ turn
    r = np.asarray(radii, dtype=np.float64)
    k0 = np.sqrt(((q / r) ** 2).sum(axis=1))
    k1 = np.sqrt(((q / (r * r)) ** 2).sum(axis=1))
    return np.asarray(np.where(k1 > 1e-9, k0 * (k0 - 1.0) / np.maximum(k1, 1e-9), -r.min()))


def capsule(p: Array, a: ArrayLike, b: ArrayLike, ra: float, rb: float | None = None) -> Array:
    """Distance to a segment thickened by a radius that goes from `ra` to `rb`."""
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    t = np.clip(along(p, start, end)[0], 0.0, 1.0)
    gap = p - start - t[:, None] * (end - start)
    return np.asarray(np.linalg.norm(gap, axis=1) - ra - t * ((ra if rb is None else rb) - ra))


def along(p: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Position (N,) of points along a segment, 0 at `a` and 1 at `b`, and their distance (N,) from its line."""
    axis = b - a
    t = (p - a) @ axis / (axis @ axis)
    return t, np.linalg.norm(p - a - t[:, None] * axis, axis=1)


def tube(p: Array, a: ArrayLike, b: ArrayLike, profile: Sequence[tuple[float, float]], flat: float = 1.0) -> Array:
    """Distance to a limb from `a` to `b` whose radius follows `profile`, (t, radius) pairs; round at its ends.

    `flat` stretches the section along Y (front to back).
    """
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    t, _ = along(p, start, end)
    inner = np.clip(t, 0.0, 1.0)
    gap = p - start - inner[:, None] * (end - start)
    gap[:, 1] /= flat
    return np.asarray(np.linalg.norm(gap, axis=1) - curve(profile, t))


def curve(knots: Sequence[tuple[float, float]], t: Array) -> Array:
    """Smooth curve through (t, value) pairs, constant outside them: cubic Hermite with limited slopes."""
    x, y = np.array(knots, dtype=np.float64).T
    if len(x) == 1:
        return np.full(np.shape(t), y[0])
    step = np.diff(x)
    slope = np.diff(y) / step
    tangent = np.zeros(len(x))
    both = slope[:-1] * slope[1:] > 0
    tangent[1:-1] = np.where(both, 2 * slope[:-1] * slope[1:] / np.where(both, slope[:-1] + slope[1:], 1.0), 0.0)
    at = np.clip(t, x[0], x[-1])
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    u = (at - x[i]) / step[i]
    return np.asarray(
        (1 + 2 * u) * (1 - u) ** 2 * y[i]
        + u * (1 - u) ** 2 * step[i] * tangent[i]
        + u * u * (3 - 2 * u) * y[i + 1]
        + u * u * (u - 1) * step[i] * tangent[i + 1]
    )


def loft(p: Array, sections: Sequence[tuple[float, float, float, float]], power: float = 2.2) -> Array:
    """Approximate distance to a trunk of upright sections (z, half width, depth to the front, depth to the back).

    Sections are superellipses of the given power about the axis x = y = 0; beyond the ends they close over a dome.
    """
    z = p[:, 2]
    heights = [s[0] for s in sections]
    half, front, back = (curve([(s[0], s[k]) for s in sections], z) for k in (1, 2, 3))
    depth = np.where(p[:, 1] < 0, front, back)
    q = ((np.abs(p[:, 0]) / half) ** power + (np.abs(p[:, 1]) / depth) ** power) ** (1 / power)
    radius = np.hypot(p[:, 0], p[:, 1])
    side = np.where(q > 1e-6, radius * (1 - 1 / np.maximum(q, 1e-6)), -np.minimum(half, depth))
    beyond = np.maximum(np.maximum(heights[0] - z, z - heights[-1]), 0.0)
    return np.asarray(np.where(beyond > 0, np.hypot(np.maximum(side, 0.0), beyond), side))


def inside_box(p: Array, low: ArrayLike, high: ArrayLike, field: Field) -> Array:
    """`field` for points in a box; outside, more than the distance to the box, so that a search may skip it.

    The box must be so wide that the field exceeds CLEAR at its faces; no seam may be rounded over more than that.
    """
    a, b = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    gap = np.linalg.norm(np.maximum(np.maximum(a - p, p - b), 0.0), axis=1)
    values = gap + CLEAR
    near = gap == 0
    if near.any():
        values[near] = field(p[near])
    return values
