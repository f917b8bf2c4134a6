"""Primitives: boxes, lattices of points, bodies of revolution, spheres, tubes, sheets and prisms.

Lengths in metres, Z up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.procedural.mesh import Floats, MeshData, merge, mesh, welded, without_slivers
from dsia_gen.procedural.polygon_triangles import triangulated

CORNERS: Floats = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], dtype=np.float64)
"""(8, 3) of a cube of side 2 about the origin."""


def box(size: Sequence[float], bevel: float = 0.0, segments: int = 1, slot: int = 0) -> MeshData:
    """A box of `size` (X, Y, Z) standing on z = 0, its edges cut by `bevel` metres.

    One segment is a chamfer (44 triangles); more make the edges round.
    """
    half = np.asarray(size, dtype=np.float64) / 2
    bevel = min(bevel, float(half.min()) * 0.98)
    if bevel <= 0:
        data = mesh(CORNERS * half, np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2],
                                            [1, 3, 7, 5]]))  # fmt: skip
    elif segments == 1:
        data = _chamfered_box(half, bevel)
    else:
        data = _rounded_box(half, bevel, segments - 1)
    return data.moved(z=float(half[2])).slot(slot)


def _chamfered_box(half: Floats, bevel: float) -> MeshData:
    return mesh(_chamfered_corners(half, bevel), _chamfered_faces())


def _chamfered_corners(half: Floats, bevel: float) -> Floats:
    """(24, 3) about the origin: vertex 3 * corner + axis lies on the face whose normal is `axis`."""
    inset: Floats = CORNERS[:, None, :] * (half - bevel * (1 - np.eye(3)))[None]
    return inset.reshape(-1, 3)


@cache
def _chamfered_faces() -> tuple[tuple[int, ...], ...]:
    """Six sides, twelve edges and eight corners, anticlockwise from outside; whatever the size, they are the same."""
    faces: list[tuple[int, ...]] = []
    for axis in range(3):
        for sign in (-1, 1):
            ring = [3 * c + axis for c in range(8) if CORNERS[c, axis] == sign]
            faces.append((ring[0], ring[1], ring[3], ring[2]))
        others = [a for a in range(3) if a != axis]
        for sa in (-1, 1):
            for sb in (-1, 1):
                a, b = (c for c in range(8) if CORNERS[c, others[0]] == sa and CORNERS[c, others[1]] == sb)
                faces.append((3 * a + others[0], 3 * b + others[0], 3 * b + others[1], 3 * a + others[1]))
    faces += [(3 * c, 3 * c + 1, 3 * c + 2) for c in range(8)]
    vertices = _chamfered_corners(np.ones(3), 0.5)
    for k, face in enumerate(faces):
        a, b, c = (vertices[i] for i in face[:3])
        if np.dot(np.cross(b - a, c - a), vertices[list(face)].mean(axis=0)) <= 0:
            faces[k] = face[::-1]
    return tuple(faces)


def _rounded_box(half: Floats, bevel: float, steps: int) -> MeshData:
    arc = np.tan(np.linspace(0, np.pi / 4, steps + 1))
    sides = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1, 1):
            lines = [np.concatenate([-(half[k] - bevel) - bevel * arc[::-1], half[k] - bevel + bevel * arc])
                     for k in (u, v)]  # fmt: skip
            grid_u, grid_v = np.meshgrid(*lines, indexing="ij")
            points = np.empty((*grid_u.shape, 3))
            points[..., axis], points[..., u], points[..., v] = sign * half[axis], grid_u, grid_v
            inner = np.clip(points, -(half - bevel), half - bevel)
            away = points - inner
            points = inner + bevel * away / np.linalg.norm(away, axis=-1, keepdims=True)
            side = lattice(points)
            sides.append(side if sign > 0 else side.flipped())
    return welded(merge(sides), bevel * 1e-3).shaded(True)


def lattice(points: Floats, closed_u: bool = False, closed_v: bool = False, slot: int = 0) -> MeshData:
    """Quads over a (U, V, 3) array of points; `closed_*` joins the last row to the first. The normal is dU x dV."""
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    if closed_u:
        index = np.concatenate([index, index[:1]], axis=0)
    if closed_v:
        index = np.concatenate([index, index[:, :1]], axis=1)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1).reshape(-1, 4)
    return mesh(points.reshape(-1, 3), faces, slot, smooth=True)


def lathe(profile: ArrayLike, segments: int = 32, slot: int = 0) -> MeshData:
    """A body of revolution about Z. `profile`: (N, 2) radius and height from the bottom up, outside to the right.

    A profile that ends off the axis stays open there; radius 0 closes it in a point.
    """
    outline = np.asarray(profile, dtype=np.float64)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    points = np.empty((segments, len(outline), 3))
    points[..., 0] = np.cos(angle)[:, None] * outline[:, 0]
    points[..., 1] = np.sin(angle)[:, None] * outline[:, 0]
    points[..., 2] = outline[:, 1]
    return without_slivers(welded(lattice(points, closed_u=True, slot=slot), 1e-7))


def cylinder(
    radius: float, height: float, segments: int = 32, top: float | None = None, bevel: float = 0.0, slot: int = 0
) -> MeshData:
    """A closed cylinder (or cone: `top` is the upper radius) about Z, standing on z = 0."""
    upper = radius if top is None else top
    bevel = min(bevel, height / 2.01, max(radius, upper) * 0.5)
    if bevel > 0:
        profile = [(0, 0), (radius - bevel, 0), (radius, bevel), (upper, height - bevel), (upper - bevel, height),
                   (0, height)]  # fmt: skip
    else:
        profile = [(0, 0), (radius, 0), (upper, height), (0, height)]
    return lathe(profile, segments, slot)


def icosphere(subdivisions: int, radius: float = 1.0, slot: int = 0) -> MeshData:
    """A sphere about the origin with 20 * 4**subdivisions triangles."""
    g = (1 + 5**0.5) / 2
    vertices = np.array([[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g], [0, -1, -g],
                         [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]])  # fmt: skip
    faces = np.array([[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2],
                      [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5],
                      [2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1]])  # fmt: skip
    for _ in range(subdivisions):
        # Each triangle becomes four, with the middles of its edges moved out onto the sphere.
        edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        unique, inverse = np.unique(edges, axis=0, return_inverse=True)
        middle = vertices[unique].mean(axis=1)
        middle /= np.linalg.norm(middle, axis=1, keepdims=True) / np.linalg.norm(vertices[0])
        ab, bc, ca = (inverse.reshape(3, -1) + len(vertices)).astype(faces.dtype)
        a, b, c = faces.T
        faces = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
        vertices = np.concatenate([vertices, middle])
    return mesh(radius * vertices / np.linalg.norm(vertices, axis=1, keepdims=True), faces, slot, smooth=True)


def tube(
    path: ArrayLike,
    radius: float | ArrayLike,
    segments: int = 10,
    caps: bool = True,
    closed: bool = False,
    slot: int = 0,
) -> MeshData:
    """A tube along `path` (N, 3). `radius` is one number or (N,). `closed` joins the ends to a ring."""
    points = np.asarray(path, dtype=np.float64)
    radii = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(points),))
    # Frames that turn as little as possible from point to point.
    step = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0) if closed else np.gradient(points, axis=0)
    tangents = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    normal, normals = np.eye(3)[int(np.argmin(np.abs(tangents[0])))], np.empty_like(points)
    for k, tangent in enumerate(tangents):
        across = normal - tangent * np.dot(normal, tangent)
        normal = across / np.linalg.norm(across)
        normals[k] = normal
    binormals = np.cross(tangents, normals)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    circle = np.cos(angle)[None, :, None] * normals[:, None] + np.sin(angle)[None, :, None] * binormals[:, None]
    rings = points[:, None] + radii[:, None, None] * circle
    body = lattice(rings, closed_u=closed, closed_v=True, slot=slot).flipped()
    if closed or not caps:
        return body
    count = len(points) * segments
    lids = [list(range(segments - 1, -1, -1)), list(range(count - segments, count))]
    return body.with_faces(lids, slot, smooth=True)


def heightfield(
    width: float, depth: float, columns: int, rows: int, height: Callable[[Floats, Floats], Floats] | None = None,
    slot: int = 0,
) -> MeshData:  # fmt: skip
    """A sheet over [-width/2, width/2] x [-depth/2, depth/2] with `height(x, y)`, normals up, UV in [0, 1]."""
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1), indexing="ij")
    x, y = (u - 0.5) * width, (v - 0.5) * depth
    z = np.zeros_like(x) if height is None else height(x, y)
    sheet = lattice(np.stack([x, y, z], axis=-1), slot=slot)
    return replace(sheet, uv=np.stack([u, v], axis=-1).reshape(-1, 2)[sheet.corners])


def extrude(outline: ArrayLike, height: float, hole: ArrayLike | None = None, slot: int = 0) -> MeshData:
    """A prism on z = 0 over an outline (N, 2), perhaps with a hole (M, 2); any orientation of the rings will do."""
    rings = []
    for ring, sign in ((outline, 1.0), (hole, -1.0)):
        if ring is not None:
            points = np.asarray(ring, dtype=np.float64)
            x, y = points.T
            rings.append(points if sign * float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) > 0 else points[::-1])
    flat = np.concatenate(rings)
    count = len(flat)
    lid = np.array(triangulated(rings))
    a, b, c = (flat[lid[:, k]] for k in range(3))
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0] < 0
    lid[turned] = lid[turned][:, ::-1]
    walls, start = [], 0
    for ring in rings:
        here = np.arange(start, start + len(ring))
        after = np.roll(here, -1)
        walls.append(np.stack([here, after, after + count, here + count], axis=1))
        start += len(ring)
    low = np.column_stack([flat, np.zeros(count)])
    vertices = np.concatenate([low, low + np.array([0, 0, height])])
    return mesh(vertices, [*lid[:, ::-1].tolist(), *(lid + count).tolist(), *np.concatenate(walls).tolist()], slot)
