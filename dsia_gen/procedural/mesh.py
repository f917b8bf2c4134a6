"""Meshes as plain arrays: primitives, transforms, merging."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class MeshData:
    """Polygons of any size. Face f has `sizes[f]` corners; all corners follow each other in `corners`.

    vertices: (V, 3) float64, metres.   corners: (L,) int32 into the vertices, counter-clockwise from outside.
    sizes: (F,) int32.                  slots: (F,) int32 material slot of each face.
    smooth: (F,) bool.                  uv: (L, 2) float64 or None.
    rest: (V, 3) float64 or None: coordinates that textures are drawn in, where they are not `vertices`.
    """

    vertices: Floats
    corners: Ints
    sizes: Ints
    slots: Ints
    smooth: Bools
    uv: Floats | None = None
    rest: Floats | None = None

    @property
    def triangles(self) -> int:
        """How many triangles the faces make."""
        return int((self.sizes - 2).sum())

    def bounds(self) -> tuple[Floats, Floats]:
        """Least and greatest corner of the bounding box, each (3,)."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    def slot(self, index: int) -> MeshData:
        """The same mesh with every face in one material slot."""
        return replace(self, slots=np.full(len(self.sizes), index, dtype=np.int32))

    def shaded(self, smooth: bool) -> MeshData:
        """The same mesh with every face smooth or flat."""
        return replace(self, smooth=np.full(len(self.sizes), smooth))

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> MeshData:
        """Translated; textures keep their place in space."""
        return self.transformed(translation(x, y, z))

    def turned(self, axis: str, angle: float) -> MeshData:
        """Rotated about a coordinate axis ("x", "y", "z") by an angle in radians; the texture turns with it."""
        return self.transformed(rotation(axis, angle))

    def scaled(self, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> MeshData:
        """Scaled about the origin; an odd number of negative factors turns the faces round."""
        return self.transformed(np.diag([x, y, z, 1.0]))

    def transformed(self, matrix: Floats) -> MeshData:
        """Moved by a (4, 4) matrix; mirrored faces are turned round. A `rest` of its own stays as it is."""
        moved = replace(self, vertices=self.vertices @ matrix[:3, :3].T + matrix[:3, 3])
        return moved.flipped() if np.linalg.det(matrix[:3, :3]) < 0 else moved

    def flipped(self) -> MeshData:
        """The same faces with their corners in reverse order."""
        starts = np.cumsum(self.sizes) - self.sizes
        within = np.arange(len(self.corners)) - np.repeat(starts, self.sizes)
        order = np.repeat(starts + self.sizes - 1, self.sizes) - within
        uv = None if self.uv is None else self.uv[order]
        return replace(self, corners=self.corners[order], uv=uv)

    def frozen_rest(self) -> MeshData:
        """Textures stay with the shape as it is now, whatever moves it later."""
        return self if self.rest is not None else replace(self, rest=self.vertices.copy())

    def grained(self, axis: str, seed: int = 0) -> MeshData:
        """Turns the texture space so that its X axis (the grain of wood) runs along `axis`, at a place of its own."""
        order = {"x": [0, 1, 2], "y": [1, 2, 0], "z": [2, 0, 1]}[axis]
        offset = np.random.default_rng([seed, 7919]).uniform(-5, 5, 3)
        return replace(self, rest=(self.vertices - self.vertices.mean(axis=0))[:, order] + offset)


def mesh(vertices: ArrayLike, faces: Any, slot: int = 0, smooth: bool = False, uv: Floats | None = None) -> MeshData:
    """MeshData of (V, 3) vertices and faces: an (F, 3) or (F, 4) array, or a list of index sequences."""
    if isinstance(faces, np.ndarray):
        sizes = np.full(len(faces), faces.shape[1], dtype=np.int32)
        corners = faces.reshape(-1).astype(np.int32)
    else:
        sizes = np.array([len(face) for face in faces], dtype=np.int32)
        corners = np.array([index for face in faces for index in face], dtype=np.int32)
    slots = np.full(len(sizes), slot, dtype=np.int32)
    return MeshData(np.asarray(vertices, dtype=np.float64), corners, sizes, slots, np.full(len(sizes), smooth), uv)


def merge(parts: Iterable[MeshData]) -> MeshData:
    """One mesh of several; slots are kept. Missing UVs become zero where another part has them."""
    meshes = list(parts)
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    uv = rest = None
    if any(m.uv is not None for m in meshes):
        uv = np.concatenate([np.zeros((len(m.corners), 2)) if m.uv is None else m.uv for m in meshes])
    if any(m.rest is not None for m in meshes):
        rest = np.concatenate([m.vertices if m.rest is None else m.rest for m in meshes])
    return MeshData(
        vertices=np.concatenate([m.vertices for m in meshes]),
        corners=np.concatenate([m.corners + start for m, start in zip(meshes, starts, strict=False)]).astype(np.int32),
        sizes=np.concatenate([m.sizes for m in meshes]),
        slots=np.concatenate([m.slots for m in meshes]),
        smooth=np.concatenate([m.smooth for m in meshes]),
        uv=uv,
        rest=rest,
    )


def translation(x: float, y: float, z: float) -> Floats:
    """(4, 4) matrix of a shift in metres."""
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def rotation(axis: str, angle: float) -> Floats:
    """(4, 4) right-handed rotation about a coordinate axis ("x", "y", "z"), radians."""
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[[i, i, j, j], [i, j, i, j]] = [np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)]
    return matrix


def fit(data: MeshData, size: Sequence[float]) -> MeshData:
    """Scaled and moved so that the bounding box is `size` (X, Y, Z), centred in X and Y, standing on z = 0."""
    low, high = data.bounds()
    extent = np.maximum(high - low, 1e-9)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return replace(data, vertices=(data.vertices - centre) * (np.asarray(size, dtype=np.float64) / extent))


def box(size: Sequence[float], bevel: float = 0.0, segments: int = 1, slot: int = 0) -> MeshData:
    """A box of `size` (X, Y, Z) standing on z = 0, its edges cut by `bevel` metres.

    One segment is a chamfer (44 triangles); more make the edges round.
    """
    half = np.asarray(size, dtype=np.float64) / 2
    bevel = min(bevel, float(half.min()) * 0.98)
    if bevel <= 0:
        data = _plain_box(half)
    elif segments == 1:
        data = _chamfered_box(half, bevel)
    else:
        data = _rounded_box(half, bevel, segments - 1)
    return data.moved(z=float(half[2])).slot(slot)


def _plain_box(half: Floats) -> MeshData:
    signs = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], dtype=np.float64)
    faces = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
    return mesh(signs * half, faces)


def _chamfered_box(half: Floats, bevel: float) -> MeshData:
    # Vertex 3 * corner + axis lies on the face whose normal is `axis`.
    signs = np.array([[x, y, z] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], dtype=np.float64)
    inset = signs[:, None, :] * (half - bevel * (1 - np.eye(3)))[None]
    vertices = inset.reshape(-1, 3)
    faces: list[list[int]] = []
    for axis in range(3):
        for sign in (-1, 1):
            ring = [3 * c + axis for c in range(8) if signs[c, axis] == sign]
            faces.append([ring[0], ring[1], ring[3], ring[2]])
        others = [a for a in range(3) if a != axis]
        for sa in (-1, 1):
            for sb in (-1, 1):
                a, b = (c for c in range(8) if signs[c, others[0]] == sa and signs[c, others[1]] == sb)
                faces.append([3 * a + others[0], 3 * b + others[0], 3 * b + others[1], 3 * a + others[1]])
    faces += [[3 * c, 3 * c + 1, 3 * c + 2] for c in range(8)]
    return mesh(vertices, [_outward(vertices, face) for face in faces])


def _outward(vertices: Floats, face: list[int]) -> list[int]:
    """The face of a convex body about the origin, with its corners counter-clockwise from outside."""
    a, b, c = (vertices[i] for i in face[:3])
    return face if np.dot(np.cross(b - a, c - a), vertices[face].mean(axis=0)) > 0 else face[::-1]


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


def welded(data: MeshData, distance: float = 1e-6) -> MeshData:
    """Vertices that lie on the same cell of a lattice of `distance` become one. UVs are kept; `rest` is not."""
    keys = np.round(data.vertices / max(distance, 1e-9)).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    corners = inverse.reshape(-1)[data.corners].astype(np.int32)
    return replace(data, vertices=data.vertices[first], corners=corners, rest=None)


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


def without_slivers(data: MeshData) -> MeshData:
    """Corners that repeat the one before them are dropped, and faces left with fewer than three."""
    starts = np.cumsum(data.sizes) - data.sizes
    following = np.arange(len(data.corners)) + 1
    last = starts + data.sizes - 1
    following[last] = starts
    keep = data.corners != data.corners[following]
    sizes = np.add.reduceat(keep, starts).astype(np.int32)
    whole = sizes >= 3
    keep &= np.repeat(whole, data.sizes)
    uv = None if data.uv is None else data.uv[keep]
    return replace(
        data, corners=data.corners[keep], sizes=sizes[whole], slots=data.slots[whole], smooth=data.smooth[whole], uv=uv
    )


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
        vertices, faces = _split_triangles(vertices, faces)
    return mesh(radius * vertices / np.linalg.norm(vertices, axis=1, keepdims=True), faces, slot, smooth=True)


def _split_triangles(vertices: Floats, faces: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = vertices[unique].mean(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True) / np.linalg.norm(vertices[0])
    ab, bc, ca = (inverse.reshape(3, -1) + len(vertices)).astype(faces.dtype)
    a, b, c = faces.T
    split = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    return np.concatenate([vertices, middle]), split


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
    normals, binormals = _frames(points, closed)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    circle = np.cos(angle)[None, :, None] * normals[:, None] + np.sin(angle)[None, :, None] * binormals[:, None]
    rings = points[:, None] + radii[:, None, None] * circle
    body = lattice(rings, closed_u=closed, closed_v=True, slot=slot).flipped()
    if closed or not caps:
        return body
    count = len(points) * segments
    lids = [list(range(segments - 1, -1, -1)), list(range(count - segments, count))]
    return _with_faces(body, lids, slot)


def _with_faces(body: MeshData, faces: list[list[int]], slot: int) -> MeshData:
    lids = mesh(body.vertices, faces, slot, smooth=True)
    return replace(
        body,
        corners=np.concatenate([body.corners, lids.corners]),
        sizes=np.concatenate([body.sizes, lids.sizes]),
        slots=np.concatenate([body.slots, lids.slots]),
        smooth=np.concatenate([body.smooth, lids.smooth]),
    )


def _frames(points: Floats, closed: bool) -> tuple[Floats, Floats]:
    """Normals and binormals (N, 3) along a path, turning as little as possible from point to point."""
    step = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0) if closed else np.gradient(points, axis=0)
    tangents = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    start = np.eye(3)[int(np.argmin(np.abs(tangents[0])))]
    normals = np.empty_like(points)
    for k, tangent in enumerate(tangents):
        across = start - tangent * np.dot(start, tangent)
        start = across / np.linalg.norm(across)
        normals[k] = start
    return normals, np.cross(tangents, normals)


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


def extrude(outline: ArrayLike, height: float, holes: Sequence[ArrayLike] = (), slot: int = 0) -> MeshData:
    """A prism on z = 0 over an outline (N, 2) with holes (each (M, 2)); any orientation of the rings will do."""
    rings = [_oriented(np.asarray(outline, dtype=np.float64), 1.0)]
    rings += [_oriented(np.asarray(hole, dtype=np.float64), -1.0) for hole in holes]
    flat = np.concatenate(rings)
    count = len(flat)
    from mathutils.geometry import tessellate_polygon

    lid = np.array(tessellate_polygon([[(x, y, 0.0) for x, y in ring] for ring in rings]), dtype=np.int32)
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
    faces = [*(lid[:, ::-1]).tolist(), *(lid + count).tolist(), *np.concatenate(walls).tolist()]
    return mesh(vertices, faces, slot)


def _oriented(ring: Floats, sign: float) -> Floats:
    x, y = ring.T
    area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    return ring if area * sign > 0 else ring[::-1]


def copies(data: MeshData, matrices: Floats) -> MeshData:
    """One mesh of K copies moved by (K, 4, 4) matrices. Textures are drawn at the place of each copy."""
    count, size = len(matrices), len(data.vertices)
    vertices = np.einsum("kij,vj->kvi", matrices[:, :3, :3], data.vertices) + matrices[:, None, :3, 3]
    corners = (data.corners[None] + (np.arange(count, dtype=np.int32) * size)[:, None]).reshape(-1)
    return MeshData(
        vertices=vertices.reshape(-1, 3),
        corners=corners.astype(np.int32),
        sizes=np.tile(data.sizes, count),
        slots=np.tile(data.slots, count),
        smooth=np.tile(data.smooth, count),
        uv=None if data.uv is None else np.tile(data.uv, (count, 1)),
        rest=None if data.rest is None else np.tile(data.rest, (count, 1)),
    )
