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
    h = np.asarray(a - b)
    np.subtract(width, np.abs(h, out=h), out=h)
    np.maximum(h, 0.0, out=h)
    h *= h
    h *= 0.25 / width
    return np.minimum(a, b) - h


def smooth_max(a: Array, b: Array, width: float) -> Array:
    """Intersection whose edge is rounded over `width` metres."""
    return -smooth_min(-a, -b, width)


def union(fields: Sequence[Array], width: float) -> Array:
    """Rounded union of several."""
    result = fields[0]
    for field in fields[1:]:
        result = smooth_min(result, field, width)
    return result


def length(p: Array) -> Array:
    """Lengths (N,) of vectors (N, 3), column by column: several times faster than a norm along rows of three."""
    return _norm(*p.T)


def _norm(x: Array, y: Array, z: Array) -> Array:
    """Lengths (N,) of vectors by their three coordinates (N,)."""
    total = x * x
    total += y * y
    total += z * z
    return np.asarray(np.sqrt(total))


def ellipsoid(p: Array, centre: ArrayLike, radii: ArrayLike, turn: Array | None = None) -> Array:
    """Approximate distance to an ellipsoid (exact at its surface); `turn` (3, 3) rotates it."""
    middle, r = np.asarray(centre, dtype=np.float64), np.asarray(radii, dtype=np.float64)
    q = [p[:, k] - middle[k] for k in range(3)]
    if turn is not None:
        q = list(rotated(np.stack(q).T, turn).T)
    for part, radius in zip(q, r, strict=True):
        part *= 1.0 / radius
    k0 = _norm(*q)
    for part, radius in zip(q, r, strict=True):
        part *= 1.0 / radius
    k1 = _norm(*q)
    return np.asarray(np.where(k1 > 1e-9, k0 * (k0 - 1.0) / np.maximum(k1, 1e-9), -r.min()))


def rotated(p: Array, turn: Array) -> Array:
    """p @ turn for points (N, 3), in sums whose order no library of linear algebra decides."""
    x, y, z = p.T
    columns = [x * turn[0, k] + y * turn[1, k] + z * turn[2, k] for k in range(3)]
    return np.stack(columns).T


def capsule(p: Array, a: ArrayLike, b: ArrayLike, ra: float, rb: float | None = None) -> Array:
    """Distance to a segment thickened by a radius that goes from `ra` to `rb`."""
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    t, gap = _beside(p, start, end - start)
    return np.asarray(gap - ra - t * ((ra if rb is None else rb) - ra))


def along(p: Array, a: Array, b: Array) -> Array:
    """Position (N,) of points along a segment, 0 at `a` and 1 at `b`."""
    axis = b - a
    weights = axis / (axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2])
    return np.asarray((p[:, 0] - a[0]) * weights[0] + (p[:, 1] - a[1]) * weights[1] + (p[:, 2] - a[2]) * weights[2])


def _beside(p: Array, a: Array, axis: Array, flat: float = 1.0, t: Array | None = None) -> tuple[Array, Array]:
    """Position (N,) along the segment from `a`, held to it, and distance (N,) from it; `flat` shrinks along Y."""
    t = np.clip(along(p, a, a + axis) if t is None else t, 0.0, 1.0)
    x, y, z = (p[:, k] - (a[k] + t * axis[k]) for k in range(3))
    if flat != 1.0:
        y *= 1.0 / flat
    return t, _norm(x, y, z)


def tube(p: Array, a: ArrayLike, b: ArrayLike, profile: Sequence[tuple[float, float]], flat: float = 1.0) -> Array:
    """Distance to a limb from `a` to `b` whose radius follows `profile`, (t, radius) pairs; round at its ends.

    `flat` stretches the section along Y (front to back).
    """
    start, end = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    t = along(p, start, end)
    return np.asarray(_beside(p, start, end - start, flat, t)[1] - curve(profile, t))


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
    # Coefficients of the cubic of each span, so that a value takes four look-ups and three products.
    first, last = step * tangent[:-1], step * tangent[1:]
    cubic, square = first + last - 2 * np.diff(y), 3 * np.diff(y) - 2 * first - last
    at = np.minimum(np.maximum(t, x[0]), x[-1])
    if len(x) == 2:
        i: NDArray[np.intp] | np.intp = np.intp(0)
    else:
        i = np.zeros(np.shape(at), dtype=np.intp)
        for knot in x[1:-1]:
            i += at >= knot
    at -= x.take(i)
    at *= (1.0 / step).take(i)
    value = cubic.take(i) * at
    for coefficient in (square, first):
        value += coefficient.take(i)
        value *= at
    value += y.take(i)
    return np.asarray(value)


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
    gap = length(np.maximum(np.maximum(a - p, p - b), 0.0))
    values = gap + CLEAR
    near = gap == 0
    if near.all():
        return field(p)
    if near.any():
        values[near] = field(chosen(p, near))
    return values


def chosen(p: Array, which: NDArray[np.bool_]) -> Array:
    """Those of some points (N, 3) that a mask names, each coordinate of theirs in one run of memory."""
    return p.T[:, which].T
