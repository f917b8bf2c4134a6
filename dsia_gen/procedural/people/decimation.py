"""Decimation of a closed surface by edge collapse, with the same result on every machine. numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.procedural.people.isosurface import Ints
from dsia_gen.procedural.people.signed_distance import Array

Bools = NDArray[np.bool_]
TETHER = 1e-2
"""Weight, beside that of the planes, that holds a vertex to where it was; it places vertices within flat parts."""
KEPT = 0.01
"""Cost of a collapse is divided by freedom squared plus this."""
SLIVER = 0.15
"""Triangles below this compactness (1 where all sides are equal) may not be made of better ones."""
TURN = 0.3
"""Least cosine between the normals of a triangle before and after a collapse."""
SPARE = 64
"""Edges that a round looks at beyond those it needs, since some would fold."""
SHARE = 0.5
"""Share of the edges, the cheapest, that a round may collapse; later rounds see costs as they are then."""


def decimated(
    vertices: Array, triangles: Ints, freedom: Array, faces: int, mirrored: bool = False
) -> tuple[Array, Ints]:
    """Reduce a closed surface to a number of triangles.

    Parameters
    ----------
    vertices : (V, 3) float64
        Metres.
    triangles : (F, 3) int64
        Outward, closed.
    freedom : (V,) float64
        0 keeps the vertex where it is, 1 lets its detail go.
    faces : int
        Triangles that are asked for.
    mirrored : bool
        Whether these are the half x >= 0 of a surface that is its own mirror image: its border, where x is 0, stays in
        that plane, and all else off it.

    Returns
    -------
    vertices : (W, 3) float64
        Metres.
    triangles : (G, 3) int64
        `faces` or one fewer; more where no other edge may go without a fold or a hole.

    Notes
    -----
    Quadric error metrics (Garland and Heckbert 1997), in rounds: each collapses many edges that have no triangle in
    common. Only sums, products and square roots of numpy decide, in an order that is fixed, so that the result has
    the same bits whatever version of numpy and whatever processor computes it.
    """
    points, faces_left, freedom = vertices.copy(), triangles, freedom.copy()
    quadrics = _plane_quadrics(points, faces_left, mirrored)
    refused = np.empty(0, dtype=np.int64)
    while len(faces_left) > faces:
        middle = (points[:, 0] == 0) if mirrored else np.zeros(len(points), dtype=bool)
        a, b, key = _manifold_edges(faces_left, middle)
        allowed = (freedom[a] > 0) & (freedom[b] > 0) & (middle[a] == middle[b]) & ~np.isin(key, refused)
        a, b, key = a[allowed], b[allowed], key[allowed]
        if len(a) == 0:
            break
        place, cost = _best_place(quadrics[a] + quadrics[b], points[a], points[b])
        least = np.minimum(freedom[a], freedom[b])
        order = np.argsort(cost / (least * least + KEPT), kind="stable")[: int(np.ceil(SHARE * len(a)))]
        starts, around = _faces_around(faces_left, len(points))
        most = (len(faces_left) - faces + 1) // 2
        chosen = _independent(a, b, order, faces_left, starts, around, most + SPARE)
        good = _without_folds(points, faces_left, a[chosen], b[chosen], place[chosen], starts, around)
        good &= _common_neighbours(faces_left, a[chosen], b[chosen], starts, around) == np.where(
            middle[a[chosen]], 1, 2
        )
        if mirrored:
            good &= middle[a[chosen]] == (place[chosen, 0] <= 0)
        # What would fold is passed over once; while nothing else goes either, it stays so, and the loop ends.
        refused = key[chosen[~good]] if good.any() else np.concatenate([refused, key[chosen]])
        good &= np.cumsum(good) <= most
        gone, kept = b[chosen[good]], a[chosen[good]]
        points[kept] = place[chosen[good]]
        quadrics[kept] += quadrics[gone]
        freedom[kept] = np.minimum(freedom[kept], freedom[gone])
        target = np.arange(len(points))
        target[gone] = kept
        faces_left = target[faces_left]
        one, two, three = faces_left.T
        faces_left = faces_left[(one != two) & (two != three) & (three != one)]
    used = np.unique(faces_left)
    number = np.zeros(len(points), dtype=np.int64)
    number[used] = np.arange(len(used))
    return points[used], number[faces_left]


def _dot(a: Array, b: Array) -> Array:
    """(N,) scalar products of (N, 3), summed in the order of the axes."""
    return np.asarray(a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2])


def _cross(a: Array, b: Array) -> Array:
    """(N, 3) vector products."""
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    return np.column_stack([x, y, a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]])


def _plane_quadrics(points: Array, triangles: Ints, mirrored: bool) -> Array:
    """(V, 10) sums of squared distances to the planes around each vertex, weighted by area, and to the vertex.

    Of a surface that is `mirrored`, the planes on the other side of x = 0 count too.
    """
    a, b, c = (points[triangles[:, k]] for k in range(3))
    normal = _cross(b - a, c - a)
    length = np.sqrt(_dot(normal, normal))
    x, y, z = (normal / np.maximum(length, 1e-300)[:, None]).T
    d = -(x * a[:, 0] + y * a[:, 1] + z * a[:, 2])
    plane = [x * x, x * y, x * z, x * d, y * y, y * z, y * d, z * z, z * d, d * d]

    def around(values: Array) -> Array:
        return np.asarray(np.bincount(triangles.ravel(), weights=np.repeat(values, 3), minlength=len(points)))

    quadrics = np.column_stack([around(length * value) for value in plane])
    weight = TETHER * around(length)
    x, y, z = points.T
    for index, value in ((0, 1.0), (3, -x), (4, 1.0), (6, -y), (7, 1.0), (8, -z), (9, x * x + y * y + z * z)):
        quadrics[:, index] += weight * value
    if mirrored:
        middle = points[:, 0] == 0
        quadrics[middle] *= 2.0
        quadrics[np.ix_(middle, (1, 2, 3))] = 0.0  # what is linear in x cancels
    return quadrics


def _best_place(quadrics: Array, start: Array, end: Array) -> tuple[Array, Array]:
    """(E, 3) where the vertex of a collapsed edge errs least, and (E,) by how much; never further than its length."""
    xx, xy, xz, xd, yy, yz, yd, zz, zd, dd = np.ascontiguousarray(quadrics.T)
    # Cramer's rule, about the middle of the edge, for the sake of precision.
    middle = (start + end) / 2
    mx, my, mz = middle.T
    gx, gy, gz = xx * mx + xy * my + xz * mz + xd, xy * mx + yy * my + yz * mz + yd, xz * mx + yz * my + zz * mz + zd
    cxx, cxy, cxz = yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy
    cyy, cyz, czz = xx * zz - xz * xz, xy * xz - xx * yz, xx * yy - xy * xy
    scale = -1.0 / np.maximum(xx * cxx + xy * cxy + xz * cxz, 1e-300)
    move = np.column_stack(
        [(cxx * gx + cxy * gy + cxz * gz) * scale, (cxy * gx + cyy * gy + cyz * gz) * scale,
         (cxz * gx + cyz * gy + czz * gz) * scale]
    )  # fmt: skip
    side = end - start
    move[_dot(move, move) > _dot(side, side)] = 0.0
    before = mx * (gx + xd) + my * (gy + yd) + mz * (gz + zd) + dd
    sx, sy, sz = move.T
    bend = sx * (xx * sx + 2 * (xy * sy + xz * sz)) + sy * (yy * sy + 2 * yz * sz) + sz * zz * sz
    return middle + move, before + 2 * (sx * gx + sy * gy + sz * gz) + bend


def _manifold_edges(triangles: Ints, middle: Bools) -> tuple[Ints, Ints, Ints]:
    """Edges (a, b) with a < b, and a key of each, whose ends lie on no edge but those of two triangles.

    Where both ends are in the `middle` (V,), an edge is one of the border of a half and has one triangle.
    """
    count = len(middle)
    one, two = triangles.ravel(), triangles[:, [1, 2, 0]].ravel()
    key, faces = np.unique(np.minimum(one, two) * count + np.maximum(one, two), return_counts=True)
    a, b = key // count, key % count
    strange = faces != np.where(middle[a] & middle[b], 1, 2)
    odd = np.zeros(count, dtype=bool)
    odd[a[strange]] = odd[b[strange]] = True
    whole = ~odd[a] & ~odd[b]
    return a[whole], b[whole], key[whole]


def _faces_around(triangles: Ints, count: int) -> tuple[Ints, Ints]:
    """Triangles around each vertex, one vertex after another; those of v from starts[v] to starts[v + 1]."""
    corners = triangles.ravel()
    starts = np.concatenate([[0], np.cumsum(np.bincount(corners, minlength=count))])
    return starts, np.argsort(corners, kind="stable") // 3


def _gathered(starts: Ints, around: Ints, vertices: Ints) -> tuple[Ints, Ints]:
    """Triangles around each of some vertices: (which of them, triangle)."""
    sizes = starts[vertices + 1] - starts[vertices]
    owner = np.repeat(np.arange(len(vertices)), sizes)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return owner, around[starts[vertices][owner] + within]


def _independent(a: Ints, b: Ints, order: Ints, triangles: Ints, starts: Ints, around: Ints, most: int) -> Ints:
    """At most `most` edges, the first in `order` first, no two of which have a triangle at both."""
    near = bytearray(len(starts))  # vertices beside a chosen edge
    marks = np.frombuffer(near, dtype=np.uint8)
    first, last = a[order].tolist(), b[order].tolist()
    bounds = (3 * starts).tolist()
    beside = triangles[around].ravel()  # vertices of the triangles around each vertex, one vertex after another
    chosen = []
    for rank, (one, two) in enumerate(zip(first, last, strict=True)):
        if near[one] or near[two]:
            continue
        chosen.append(rank)
        if len(chosen) == most:
            break
        marks[beside[bounds[one] : bounds[one + 1]]] = 1
        marks[beside[bounds[two] : bounds[two + 1]]] = 1
    return order[np.array(chosen, dtype=np.int64)]


def _without_folds(points: Array, triangles: Ints, a: Ints, b: Ints, place: Array, starts: Ints, around: Ints) -> Bools:
    """(E,) whether the triangles that stay at a collapsed edge keep their side, and their shape."""
    good = np.ones(len(a), dtype=bool)
    for moved, other in ((a, b), (b, a)):
        owner, face = _gathered(starts, around, moved)
        stays = (triangles[face] != other[owner][:, None]).all(axis=1)
        owner, corners = owner[stays], triangles[face[stays]]
        before = [points[corners[:, k]] for k in range(3)]
        after = [np.where((corners[:, k] == moved[owner])[:, None], place[owner], before[k]) for k in range(3)]
        (old, old_sides), (new, new_sides) = _normal_and_sides(*before), _normal_and_sides(*after)
        old_area, new_area = np.sqrt(_dot(old, old)), np.sqrt(_dot(new, new))
        # Compactness: 2 sqrt(3) times twice the area over the sum of the squared sides.
        worse = new_area * old_sides < old_area * new_sides
        thin = 2 * np.sqrt(3.0) * new_area < SLIVER * new_sides
        good[owner[(_dot(old, new) <= TURN * old_area * new_area) | (thin & worse)]] = False
    return good


def _normal_and_sides(a: Array, b: Array, c: Array) -> tuple[Array, Array]:
    """(F, 3) normals as long as twice the area, and (F,) sums of the squared sides."""
    u, v, w = b - a, c - a, c - b
    return _cross(u, v), _dot(u, u) + _dot(v, v) + _dot(w, w)


def _common_neighbours(triangles: Ints, a: Ints, b: Ints, starts: Ints, around: Ints) -> Ints:
    """(E,) neighbours that the ends of an edge have in common; with more than its triangles, a handle pinches."""
    keys = []
    for end in (a, b):
        owner, face = _gathered(starts, around, end)
        vertices, owner = triangles[face].ravel(), np.repeat(owner, 3)
        other = (vertices != a[owner]) & (vertices != b[owner])
        keys.append(np.unique(owner[other] * len(starts) + vertices[other]))
    common = np.intersect1d(keys[0], keys[1], assume_unique=True) // len(starts)
    return np.bincount(common, minlength=len(a))
