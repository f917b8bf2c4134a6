"""From a signed distance to triangles: sparse sampling on a rectilinear grid, surface nets, and cuts along seams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dsia_gen.procedural.people.signed_distance import Array, Field, length

Ints = NDArray[np.int64]
SNAP = 0.22
"""Share of an edge within which a vertex is moved onto a cut instead of splitting the edge."""


def axis_nodes(low: float, high: float, coarse: float, fine: Sequence[tuple[float, float, float]]) -> Array:
    """(N,) rising nodes from `low` to `high`, `coarse` apart, and closer where `fine` (from, to, spacing) says so.

    The spacing changes over two coarse steps, so that neighbouring cells are of similar size.
    """
    nodes = [low]
    while nodes[-1] < high:
        here = nodes[-1] + coarse / 2
        step = coarse
        for start, end, spacing in fine:
            outside = max(start - here, here - end, 0.0)
            step = min(step, spacing + (coarse - spacing) * min(outside / (3 * coarse), 1.0))
        nodes.append(nodes[-1] + step)
    return np.array(nodes)


def sample(field: Field, x: Array, y: Array, z: Array, strides: Sequence[int] = (4, 2)) -> Array:
    """Values (X, Y, Z) of a distance on a grid, exact near its surface and only of the right sign elsewhere.

    A pass over every 4th node finds blocks that the surface may cross, one over every 2nd node smaller blocks in these.
    """
    axes = (x, y, z)
    lines: list[Ints] = [np.zeros(0, dtype=np.int64)] * 3
    values, near = np.zeros((0, 0, 0)), np.zeros((0, 0, 0), dtype=bool)
    for stride in (*strides, 1):
        before, lines = lines, [np.unique(np.append(np.arange(0, len(a), stride), len(a) - 1)) for a in axes]
        if stride == strides[0]:
            values, wanted = np.zeros([len(n) for n in lines]), np.ones([len(n) for n in lines], dtype=bool)
        else:
            values, wanted = _finer(values, near, before, lines)
        i, j, k = np.nonzero(wanted)
        values[i, j, k] = field(np.stack([x[lines[0][i]], y[lines[1][j]], z[lines[2][k]]]).T)
        if stride > 1:
            near = _crossed(values, [a[n] for a, n in zip(axes, lines, strict=True)])
    return values


def _crossed(values: Array, nodes: Sequence[Array]) -> NDArray[np.bool_]:
    """(X - 1, Y - 1, Z - 1) blocks that the surface may cross: a corner is nearer to it than 0.75 of their diagonal."""
    dx, dy, dz = (np.diff(n) for n in nodes)
    reach = 0.75 * np.sqrt((dx * dx)[:, None, None] + (dy * dy)[:, None] + dz * dz)
    least = np.abs(values)
    least = np.minimum(least[1:], least[:-1])
    least = np.minimum(least[:, 1:], least[:, :-1])
    return np.asarray(np.minimum(least[:, :, 1:], least[:, :, :-1]) < reach)


def _finer(
    values: Array, near: NDArray[np.bool_], coarse: Sequence[Ints], fine: Sequence[Ints]
) -> tuple[Array, NDArray[np.bool_]]:
    """Values of a corner of the block around each node of a finer grid, and which of these nodes touch a near block."""
    blocks = []
    for axis, (lines, nodes) in enumerate(zip(coarse, fine, strict=True)):
        above = np.minimum(np.searchsorted(lines, nodes, side="right") - 1, len(lines) - 2)
        below = np.maximum(np.searchsorted(lines, nodes, side="left") - 1, 0)
        near = near.take(above, axis) | near.take(below, axis)
        blocks.append(above)
    return values[np.ix_(*blocks)], near


def surface_nets(values: Array, x: Array, y: Array, z: Array, mirrored: bool = False) -> tuple[Array, Ints]:
    """Vertices (V, 3) and outward quads (F, 4) of the surface values = 0 (Gibson 1998: one vertex for each cell).

    `mirrored`: the half x >= 0 of a surface that is its own mirror image. The first two nodes of `x` lie on both sides
    of the middle, and the vertices of the cells between them on it.
    """
    inside = values < 0
    count = np.zeros([n - 1 for n in inside.shape], dtype=np.int8)
    for corner in np.ndindex(2, 2, 2):
        count += inside[tuple(slice(c, n - 1 + c) for c, n in zip(corner, inside.shape, strict=True))]
    active = (count > 0) & (count < 8)
    index = np.full(active.shape, -1, dtype=np.int64)
    index[active] = np.arange(int(active.sum()))
    parts = [_edges(axis, values, inside, index, (x, y, z)) for axis in range(3)]
    cells = np.concatenate([quads.ravel() for quads, _ in parts])
    points = np.concatenate([np.repeat(points, 4, axis=0) for _, points in parts])
    hits = np.bincount(cells, minlength=int(active.sum()))
    vertices = np.zeros((len(hits), 3))
    for k in range(3):
        vertices[:, k] = np.bincount(cells, weights=points[:, k], minlength=len(hits)) / hits
    if mirrored:
        vertices[index[0][active[0]], 0] = 0.0
    return vertices, np.concatenate([quads for quads, _ in parts])


def _edges(
    axis: int, values: Array, inside: NDArray[np.bool_], index: Ints, lines: tuple[Array, Array, Array]
) -> tuple[Ints, Array]:
    """Quads (F, 4) of the cells around the grid edges along `axis` that cross the surface, and the crossings (F, 3)."""
    lower = tuple(slice(0, -1) if k == axis else slice(1, -1) for k in range(3))
    upper = tuple(slice(1, None) if k == axis else slice(1, -1) for k in range(3))
    cross = np.argwhere(inside[lower] != inside[upper])
    start = cross + np.array([0 if k == axis else 1 for k in range(3)])
    step = np.array([1 if k == axis else 0 for k in range(3)])
    a, b = values[tuple(start.T)], values[tuple((start + step).T)]
    point = np.column_stack([lines[k][start[:, k]] for k in range(3)])
    line = lines[axis]
    point[:, axis] += (a / (a - b)) * (line[start[:, axis] + 1] - line[start[:, axis]])
    u, v = (axis + 1) % 3, (axis + 2) % 3
    cells = []
    for du, dv in ((1, 1), (0, 1), (0, 0), (1, 0)):
        cell = start.copy()
        cell[:, u] -= du
        cell[:, v] -= dv
        cells.append(index[tuple(cell.T)])
    quads = np.stack(cells, axis=1)
    return np.where((a < 0)[:, None], quads, quads[:, ::-1]), point


def onto(field: Field, vertices: Array, limit: float, steps: int = 3) -> Array:
    """Vertices moved onto the surface of a distance along its slope where they were, each at most `limit` a step."""
    slope = gradient(field, vertices)
    x, y, z = slope.T
    slope = slope / np.maximum(x * x + y * y + z * z, 0.25)[:, None]
    for _ in range(steps):
        move = slope * field(vertices)[:, None]
        vertices = vertices - move * np.minimum(1.0, limit / np.maximum(length(move), 1e-12))[:, None]
    return vertices


def gradient(field: Field, p: Array, h: float = 5e-4) -> Array:
    """(N, 3) slope of a field by four samples at the corners of a tetrahedron."""
    corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], dtype=np.float64)
    return np.asarray(sum(c * field(p + h * c)[:, None] for c in corners) / (4 * h))


def triangulated(vertices: Array, quads: Ints) -> Ints:
    """(2F, 3) triangles of quads, each cut along its shorter diagonal."""
    a, b, c, d = (vertices[quads[:, k]] for k in range(4))
    first = length(a - c) <= length(b - d)
    one = np.where(first[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    two = np.where(first[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return np.concatenate([one, two])


def cut(vertices: Array, triangles: Ints, values: Array, mirrored: bool = False) -> tuple[Array, Ints]:
    """The same surface with edges along the line values = 0; (V,) values change sign there.

    Vertices close to the line are moved onto it, other triangles it crosses are split. Of a surface that is `mirrored`
    at x = 0, what lies there stays there.
    """
    # Of the edges at a vertex, the one whose crossing is nearest decides: within SNAP of its length the vertex moves.
    vertices, values = vertices.copy(), values.copy()
    crossed = triangles[_on_both_sides(values, triangles)]
    edges = np.concatenate([crossed[:, [0, 1]], crossed[:, [1, 2]], crossed[:, [2, 0]]])
    edges = np.concatenate([edges, edges[:, ::-1]])
    a, b = values[edges[:, 0]], values[edges[:, 1]]
    near = a * b < 0
    if mirrored:
        near &= (vertices[edges[:, 0], 0] > 0) | (vertices[edges[:, 1], 0] == 0)
    edges, t = edges[near], a[near] / (a - b)[near]
    edges, t = edges[t < SNAP], t[t < SNAP]
    order = np.lexsort((edges[:, 1], t, edges[:, 0]))
    first = order[np.unique(edges[order, 0], return_index=True)[1]]
    i, j = edges[first].T
    vertices[i] += (vertices[j] - vertices[i]) * t[first][:, None]
    values[i] = 0.0
    split_ones = _on_both_sides(values, triangles)
    keep, work = triangles[~split_ones], triangles[split_ones]
    one, two = work.ravel(), work[:, [1, 2, 0]].ravel()
    keys = (np.minimum(one, two) * len(values) + np.maximum(one, two))[values[one] * values[two] < 0]
    edges = np.stack(np.divmod(np.unique(keys), len(values)), axis=1)
    a, b = values[edges[:, 0]], values[edges[:, 1]]
    t = (a / (a - b))[:, None]
    fresh = vertices[edges[:, 0]] * (1 - t) + vertices[edges[:, 1]] * t
    place = {(u, v): len(vertices) + n for n, (u, v) in enumerate(edges.tolist())}
    pieces = [piece for triangle, corner in zip(work.tolist(), values[work].tolist(), strict=True)
              for piece in _split(triangle, corner, place)]  # fmt: skip
    split = np.array(pieces, dtype=np.int64).reshape(-1, 3)
    return np.concatenate([vertices, fresh]), np.concatenate([keep, split])


def _on_both_sides(values: Array, triangles: Ints) -> NDArray[np.bool_]:
    """(F,) whether a triangle has corners whose values are below zero, and others above."""
    above, below = (np.take(side, triangles) for side in (values > 0, values < 0))
    return (above[:, 0] | above[:, 1] | above[:, 2]) & (below[:, 0] | below[:, 1] | below[:, 2])


def _split(triangle: list[int], values: list[float], place: dict[tuple[int, int], int]) -> list[list[int]]:
    """One triangle cut where the values of its corners change sign: two pieces if one lies on the line, else three."""
    for _ in range(3):
        (i, j, k), (a, b, c) = triangle, values
        if a == 0:
            m = place[(min(j, k), max(j, k))]
            return [[i, j, m], [i, m, k]]
        if b * c > 0:
            m, n = place[(min(i, j), max(i, j))], place[(min(i, k), max(i, k))]
            return [[i, m, n], [m, j, k], [m, k, n]]
        triangle, values = [j, k, i], [b, c, a]
    raise AssertionError("a triangle that is split has corners on both sides")
