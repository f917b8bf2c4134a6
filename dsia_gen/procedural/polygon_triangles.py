"""Triangles of a polygon with holes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dsia_gen.procedural.mesh import Floats

Singles = NDArray[np.float32]
Triangle = tuple[int, int, int]


def triangulated(rings: Sequence[Floats]) -> list[Triangle]:
    """Triangles of the polygon between rings (N, 2), as indices into the rings one after another.

    The outline runs counter-clockwise, holes the other way. A sweep from the top: the highest vertex and the ends of
    its first two edges make a triangle, unless a vertex lies inside; then the two are joined and the sweep goes on.
    These are the triangles, in the order, that Blender makes of such outlines, so that renders stay what they were.
    """
    points = np.concatenate(rings).astype(np.float32)
    sweep = sorted(range(len(points)), key=lambda v: (-points[v, 1], -points[v, 0]))
    rank = {vertex: k for k, vertex in enumerate(sweep)}
    ends: list[list[int]] = [[] for _ in sweep]  # of the edges from each vertex downwards, from right to left

    def join(a: int, b: int) -> bool:
        top, end = (a, b) if rank[a] < rank[b] else (b, a)
        if end in ends[top]:
            return False
        lean = [_lean(points[top], points[other]) for other in ends[top]]
        after = (k for k, other in enumerate(lean) if other > _lean(points[top], points[end]))
        ends[top].insert(next(after, len(lean)), end)
        return True

    start = 0
    for ring in rings:
        for k in range(len(ring)):
            join(start + k, start + (k + 1) % len(ring))
        start += len(ring)
    triangles: list[Triangle] = []
    inner: set[tuple[int, int]] = set()  # edges that have a triangle still to come on their other side
    for k, top in enumerate(sweep):
        while len(ends[top]) > 1:
            a, b = ends[top][:2]
            low = min(points[a, 1], points[b, 1])
            above = [v for v in sweep[k + 1 :] if points[v, 1] > low and v not in ends[top]]
            inside = [v for v in above if all(_beside(points, *e, v) for e in ((a, top), (top, b), (b, a)))]
            if inside:
                sharpest = min(inside, key=lambda v: _angle(points[top], points[a], points[v]))
                ends[top].insert(1, sharpest)
                inner.add((top, sharpest))
                continue
            triangles.append((a, top, b))
            ends[top].remove(a)
            if (top, b) in inner:
                inner.discard((top, b))
            else:
                ends[top].remove(b)
            if not join(a, b):
                ends[min(a, b, key=rank.__getitem__)].remove(max(a, b, key=rank.__getitem__))
    return triangles


def _lean(top: Singles, end: Singles) -> float:
    """How far an edge leans to the left as it goes down."""
    across, down = float(top[0]) - float(end[0]), float(top[1]) - float(end[1])
    return across / down if down else 1e10 * across


def _beside(points: Singles, a: int, b: int, c: int) -> bool:
    """Whether c lies to the left of the edge from a to b, or on it."""
    (ax, ay), (bx, by), (cx, cy) = points[a], points[b], points[c]
    side = float((bx - ax) * (ay - cy)) + float((ay - by) * (ax - cx))
    return side < 0 or (side == 0 and (cx, cy) not in ((ax, ay), (bx, by)))


def _angle(a: Singles, corner: Singles, b: Singles) -> float:
    """Angle at a corner, radians."""
    one, other = a - corner, b - corner
    cosine = float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
    return float(np.arccos(np.clip(cosine, -1.0, 1.0)))
