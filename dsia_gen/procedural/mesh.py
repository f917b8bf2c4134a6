"""Meshes as plain arrays: the record, transforms, merging, welding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]
LATTICE = 2.0**-24
"""Coordinates of built meshes are multiples of this, 60 nm: below one metre each is a number of single precision."""


@dataclass(frozen=True)
class MeshData:
    """Polygons of any size, in metres. All corners of all faces follow each other in one array.

    Parameters
    ----------
    vertices : (V, 3) float64
        Positions, metres.
    corners : (L,) int32
        Vertex of each corner, counter-clockwise from outside.
    sizes : (F,) int32
        Corners of each face.
    slots : (F,) int32
        Material slot of each face.
    smooth : (F,) bool
        Whether a face is shaded smooth.
    uv : (L, 2) float64, optional
        Texture coordinates of each corner, in [0, 1].
    rest : (V, 3) float64, optional
        Coordinates that procedural textures are drawn in, where they are not `vertices`.
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

    @property
    def starts(self) -> NDArray[np.int64]:
        """(F,) index of the first corner of each face."""
        return np.cumsum(self.sizes) - self.sizes

    @property
    def following(self) -> NDArray[np.int64]:
        """(L,) index of the corner that comes next in the same face."""
        after = np.arange(len(self.corners)) + 1
        after[self.starts + self.sizes - 1] = self.starts
        return after

    def bounds(self) -> tuple[Floats, Floats]:
        """The bounding box.

        Returns
        -------
        low, high : (3,) float64
            Its least and greatest corner, metres.
        """
        return self.vertices.min(axis=0), self.vertices.max(axis=0)

    def slot(self, index: int) -> MeshData:
        """The same mesh with every face in one material slot.

        Parameters
        ----------
        index : int
            The slot.

        Returns
        -------
        MeshData
            A new mesh.
        """
        return replace(self, slots=np.full(len(self.sizes), index, dtype=np.int32))

    def shaded(self, smooth: bool) -> MeshData:
        """The same mesh with every face smooth or flat.

        Parameters
        ----------
        smooth : bool
            Smooth, or else flat.

        Returns
        -------
        MeshData
            A new mesh.
        """
        return replace(self, smooth=np.full(len(self.sizes), smooth))

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> MeshData:
        """Translated; textures keep their place in space.

        Parameters
        ----------
        x, y, z : float
            Shift, metres.

        Returns
        -------
        MeshData
            A new mesh.
        """
        return replace(self, vertices=self.vertices + np.array([x, y, z]))

    def turned(self, axis: str, angle: float) -> MeshData:
        """Rotated about a coordinate axis; the texture turns with it.

        Parameters
        ----------
        axis : {"x", "y", "z"}
            The axis, through the origin.
        angle : float
            Radians, right-handed.

        Returns
        -------
        MeshData
            A new mesh.
        """
        return self._mapped(rotation(axis, angle))

    def scaled(self, x: float = 1.0, y: float = 1.0, z: float = 1.0) -> MeshData:
        """Scaled about the origin; an odd number of negative factors turns the faces round.

        Parameters
        ----------
        x, y, z : float
            Factor along each axis.

        Returns
        -------
        MeshData
            A new mesh.
        """
        return self.transformed(np.diag([x, y, z, 1.0]))

    def transformed(self, matrix: Floats) -> MeshData:
        """Moved by a matrix; mirrored faces are turned round. A `rest` of its own stays as it is.

        Parameters
        ----------
        matrix : (4, 4) float64
            Affine map of column vectors.

        Returns
        -------
        MeshData
            A new mesh.
        """
        moved = self._mapped(matrix)
        return moved.flipped() if np.linalg.det(matrix[:3, :3]) < 0 else moved

    def _mapped(self, matrix: Floats) -> MeshData:
        return replace(self, vertices=self.vertices @ matrix[:3, :3].T + matrix[:3, 3])

    def flipped(self) -> MeshData:
        """The same faces with their corners in reverse order.

        Returns
        -------
        MeshData
            A new mesh.
        """
        within = np.arange(len(self.corners)) - np.repeat(self.starts, self.sizes)
        order = np.repeat(self.starts + self.sizes - 1, self.sizes) - within
        uv = None if self.uv is None else self.uv[order]
        return replace(self, corners=self.corners[order], uv=uv)

    def frozen_rest(self) -> MeshData:
        """The same mesh, whose textures stay with the shape as it is now, whatever moves it later.

        Returns
        -------
        MeshData
            A new mesh, or this one where it has a `rest`.
        """
        return self if self.rest is not None else replace(self, rest=self.vertices.copy())

    def grained(self, axis: str, seed: int = 0) -> MeshData:
        """The same mesh in a texture space whose X axis, the grain of wood, runs along an axis of the mesh.

        Parameters
        ----------
        axis : {"x", "y", "z"}
            Direction of the grain.
        seed : int
            Decides the place in the texture, so that boards differ.

        Returns
        -------
        MeshData
            A new mesh.
        """
        order = {"x": [0, 1, 2], "y": [1, 2, 0], "z": [2, 0, 1]}[axis]
        offset = np.random.default_rng([seed, 7919]).uniform(-5, 5, 3)
        return replace(self, rest=(self.vertices - self.vertices.mean(axis=0))[:, order] + offset)

    def with_faces(self, faces: Any, slot: int = 0, smooth: bool = False) -> MeshData:
        """The same vertices with more faces. UVs are not kept.

        Parameters
        ----------
        faces : (F, 3) or (F, 4) int, or list of sequences of int
            Vertices of each new face, counter-clockwise from outside.
        slot : int
            Material slot of the new faces.
        smooth : bool
            Whether they are shaded smooth.

        Returns
        -------
        MeshData
            A new mesh.
        """
        more = mesh(self.vertices, faces, slot, smooth)
        return replace(
            self,
            corners=np.concatenate([self.corners, more.corners]),
            sizes=np.concatenate([self.sizes, more.sizes]),
            slots=np.concatenate([self.slots, more.slots]),
            smooth=np.concatenate([self.smooth, more.smooth]),
            uv=None,
        )


def on_lattice(values: ArrayLike) -> Floats:
    """The nearest multiples of LATTICE.

    Parameters
    ----------
    values : array_like
        Coordinates in metres, weights, or any numbers near 1.

    Returns
    -------
    float64, of the same shape
        Never the negative zero.

    Notes
    -----
    Versions of numpy and processors differ in the last bit of sines, exponentials and powers. What is decided or
    stored after this rounding is the same on all of them.
    """
    return np.asarray(np.rint(np.asarray(values, dtype=np.float64) / LATTICE) * LATTICE + 0.0)


def mesh(vertices: ArrayLike, faces: Any, slot: int = 0, smooth: bool = False, uv: Floats | None = None) -> MeshData:
    """A mesh of given faces.

    Parameters
    ----------
    vertices : (V, 3) array_like
        Positions, metres.
    faces : (F, 3) or (F, 4) int, or list of sequences of int
        Vertices of each face, counter-clockwise from outside.
    slot : int
        Material slot of all faces.
    smooth : bool
        Whether they are shaded smooth.
    uv : (L, 2) float64, optional
        Texture coordinates of each corner.

    Returns
    -------
    MeshData
        The mesh.
    """
    if isinstance(faces, np.ndarray):
        sizes = np.full(len(faces), faces.shape[1], dtype=np.int32)
        corners = faces.reshape(-1).astype(np.int32)
    else:
        sizes = np.array([len(face) for face in faces], dtype=np.int32)
        corners = np.array([index for face in faces for index in face], dtype=np.int32)
    slots = np.full(len(sizes), slot, dtype=np.int32)
    return MeshData(np.asarray(vertices, dtype=np.float64), corners, sizes, slots, np.full(len(sizes), smooth), uv)


def merge(parts: Iterable[MeshData]) -> MeshData:
    """One mesh of several; slots are kept.

    Parameters
    ----------
    parts : iterable of MeshData
        At least one.

    Returns
    -------
    MeshData
        Missing UVs are zero where another part has them; a missing `rest` is the vertices.
    """
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


def copies(data: MeshData, matrices: Floats) -> MeshData:
    """One mesh of many copies. Textures are drawn at the place of each copy.

    Parameters
    ----------
    data : MeshData
        What is copied.
    matrices : (K, 4, 4) float64
        Affine map of each copy.

    Returns
    -------
    MeshData
        The copies, one after another.
    """
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


def translation(x: float, y: float, z: float) -> Floats:
    """Matrix of a shift.

    Parameters
    ----------
    x, y, z : float
        Shift, metres.

    Returns
    -------
    (4, 4) float64
        Affine map of column vectors.
    """
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix


def rotation(axis: str, angle: float) -> Floats:
    """Matrix of a right-handed rotation about a coordinate axis.

    Parameters
    ----------
    axis : {"x", "y", "z"}
        The axis, through the origin.
    angle : float
        Radians.

    Returns
    -------
    (4, 4) float64
        Affine map of column vectors.
    """
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(4)
    matrix[[i, i, j, j], [i, j, i, j]] = [np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)]
    return matrix


def fit(data: MeshData, size: Sequence[float]) -> MeshData:
    """Scaled and moved so that the bounding box has a given size, centred in X and Y, standing on z = 0.

    Parameters
    ----------
    data : MeshData
        A mesh of any size, anywhere.
    size : (3,) sequence of float
        Width (X), depth (Y) and height (Z), metres.

    Returns
    -------
    MeshData
        A new mesh.
    """
    low, high = data.bounds()
    extent = np.maximum(high - low, 1e-9)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return replace(data, vertices=(data.vertices - centre) * (np.asarray(size, dtype=np.float64) / extent))


def welded(data: MeshData, distance: float = 1e-6) -> MeshData:
    """Vertices that lie in the same cell of a lattice become one.

    Parameters
    ----------
    data : MeshData
        A mesh with vertices in the same place.
    distance : float
        Side of a cell, metres.

    Returns
    -------
    MeshData
        A new mesh. UVs are kept; `rest` is not.
    """
    keys = np.round(data.vertices / max(distance, 1e-9)).astype(np.int64)
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    corners = inverse.reshape(-1)[data.corners].astype(np.int32)
    return replace(data, vertices=data.vertices[first], corners=corners, rest=None)


def without_slivers(data: MeshData) -> MeshData:
    """Corners that repeat the one before them are dropped, and faces left with fewer than three.

    Parameters
    ----------
    data : MeshData
        A welded mesh.

    Returns
    -------
    MeshData
        A new mesh with the same vertices.
    """
    keep = data.corners != data.corners[data.following]
    sizes = np.add.reduceat(keep, data.starts).astype(np.int32)
    whole = sizes >= 3
    keep &= np.repeat(whole, data.sizes)
    uv = None if data.uv is None else data.uv[keep]
    return replace(
        data, corners=data.corners[keep], sizes=sizes[whole], slots=data.slots[whole], smooth=data.smooth[whole], uv=uv
    )
