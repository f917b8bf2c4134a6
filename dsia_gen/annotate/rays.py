"""Rays against frozen geometry: static parts in one Embree scene for all times, moving parts in one for each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from dsia_gen.annotate.alpha_test import transparent
from dsia_gen.spec.frozen_geometry import Part, SceneGeometry

Floats = NDArray[np.float64]
AnyFloats = NDArray[np.float64] | NDArray[np.float32]
Triangles = NDArray[np.int32]

MAX_LAYERS = 128
"""Transparent hits that a ray may pass before it counts as a miss."""

_FURTHEST = np.float32(1e37)
"""As far as rays of Embree go."""
_STEP = 4e-6  # a few units in the last place of the float32 coordinates that Embree works with


@dataclass
class Hits:
    """What N rays hit first.

    Parameters
    ----------
    triangle : ndarray of int32, (N,)
        Global triangle, -1 for a miss.
    distance : ndarray of float32, (N,)
        In units of the direction's length, +inf for a miss; as precise as float32.
    barycentric : ndarray of float32, (N, 2)
        Weights of vertices 1 and 2.
    normal : ndarray of float32, (N, 3)
        Geometric normal in the world, neither unit length nor of a fixed side.
    """

    triangle: Triangles
    distance: NDArray[np.float32]
    barycentric: NDArray[np.float32]
    normal: NDArray[np.float32]

    def put(self, where: NDArray[np.intp], other: Hits) -> None:
        """Replace some entries.

        Parameters
        ----------
        where : ndarray of int, (M,)
            Their indices.
        other : Hits
            M hits.
        """
        self.triangle[where] = other.triangle
        self.distance[where] = other.distance
        self.barycentric[where] = other.barycentric
        self.normal[where] = other.normal

    @classmethod
    def joined(cls, parts: Sequence[Hits]) -> Hits:
        """The hits of several groups of rays as one.

        Parameters
        ----------
        parts : sequence of Hits
            One at least, in order.

        Returns
        -------
        Hits
            All of them.
        """
        return cls(*(np.concatenate(arrays) for arrays in zip(*(vars(part).values() for part in parts), strict=True)))

    def take(self, where: NDArray[np.intp] | slice) -> Hits:
        """Some entries, copied unless `where` is a slice.

        Parameters
        ----------
        where : ndarray of int, (M,), or slice
            Their indices.

        Returns
        -------
        Hits
            M hits.
        """
        if isinstance(where, slice):
            return Hits(*(array[where] for array in vars(self).values()))
        return Hits(*(array.take(where, axis=0) for array in vars(self).values()))


class FrozenScene:
    """The triangles of all parts under one numbering (static parts first) and the Embree scene of the static ones.

    Parameters
    ----------
    geometry : SceneGeometry
        The frozen geometry.

    Attributes
    ----------
    triangles : ndarray of int32, (F, 3)
        Into the global vertices.
    part_of : ndarray of int32, (F + 1,)
        Position in `geometry.parts`; the last entry, reached by triangle -1, is -1.
    instance_of : ndarray of uint16, (P + 1,)
        By part; the last entry, reached by part -1, is 0, the environment.
    unreliable, cut_out : ndarray of bool, (P + 1,)
        By part: glass and mirrors; has an alpha test.

    Raises
    ------
    ValueError
        Naming the part, for arrays that do not fit together or are not finite.
    """

    def __init__(self, geometry: SceneGeometry) -> None:
        for part in geometry.parts:
            _check(part, len(geometry.times))
        self.geometry = geometry
        self._order = sorted(range(len(geometry.parts)), key=lambda k: not geometry.parts[k].static)
        parts = [geometry.parts[k] for k in self._order]
        self.static_triangles = sum(len(part.triangles) for part in parts if part.static)
        self.static_vertices = self._world([part for part in parts if part.static], 0)
        first = np.cumsum([0, *(part.vertices.shape[1] for part in parts)])
        shifted = [part.triangles + first[k] for k, part in enumerate(parts)]
        self.triangles = np.concatenate([np.zeros((0, 3), dtype=np.int32), *shifted]).astype(np.int32)
        self.part_of = np.append(np.repeat(self._order, [len(p.triangles) for p in parts]), -1).astype(np.int32)
        self.instance_of = np.array([part.instance for part in geometry.parts] + [0], dtype=np.uint16)
        self.unreliable = np.array([part.unreliable for part in geometry.parts] + [False])
        self.cut_out = np.array([part.cutout is not None for part in geometry.parts] + [False])
        self.first_triangle = np.zeros(len(parts), dtype=np.int64)  # of each part in `geometry.parts`
        self.first_triangle[self._order] = np.cumsum([0, *(len(part.triangles) for part in parts)])[:-1]
        self._moving = [part for part in parts if not part.static]
        self.static_embree = _embree(self.static_vertices, self.triangles[: self.static_triangles])

    def at(self, time: int) -> RayScene:
        """The scene at one time.

        Parameters
        ----------
        time : int
            Time index.

        Returns
        -------
        RayScene
            Ready for rays.

        Raises
        ------
        ValueError
            When the geometry was not frozen at that time.
        """
        if time not in self.geometry.times:
            raise ValueError(f"the geometry was not frozen at time {time}, only at {self.geometry.times}")
        return RayScene(self, time)

    @cached_property
    def rest_boxes(self) -> dict[int, Floats]:
        """Least and largest corner (2, 3) of the rest shape of each instance, by its id.

        Returns
        -------
        dict of int to ndarray of float64
            As `SceneGeometry.rest_boxes`, measured once.
        """
        return self.geometry.rest_boxes()

    def vertices(self, step: int) -> Floats:
        """World vertices of all parts.

        Parameters
        ----------
        step : int
            Position in the geometry's times.

        Returns
        -------
        ndarray of float64, (V, 3)
            Metres.
        """
        return np.concatenate([self.static_vertices, self._world(self._moving, step)])

    @staticmethod
    def _world(parts: list[Part], step: int) -> Floats:
        return np.concatenate([np.zeros((0, 3)), *[part.world(step) for part in parts]])


class RayScene:
    """A scene at one time, ready for rays.

    Parameters
    ----------
    frozen : FrozenScene
        The scene.
    time : int
        A time index at which it was frozen.

    Attributes
    ----------
    vertices : ndarray of float64, (V, 3)
        World metres, static ones first.
    """

    def __init__(self, frozen: FrozenScene, time: int) -> None:
        self.frozen = frozen
        self.time = time
        self.vertices = frozen.vertices(frozen.geometry.step(time))
        moving = frozen.triangles[frozen.static_triangles :]
        used = self.vertices[len(frozen.static_vertices) :]
        self._moving_embree = _embree(used, moving - len(frozen.static_vertices))

    def corners(self, triangle: Triangles) -> Floats:
        """World vertices of triangles.

        Parameters
        ----------
        triangle : ndarray of int32, (N,)
            Global triangles.

        Returns
        -------
        ndarray of float64, (N, 3, 3)
            By triangle, vertex and axis, metres.
        """
        return self.vertices.take(self.frozen.triangles.take(triangle, axis=0), axis=0)

    def instance(self, triangle: Triangles) -> NDArray[np.uint16]:
        """Instances of triangles.

        Parameters
        ----------
        triangle : ndarray of int32
            Global triangles, -1 for a miss; of any shape.

        Returns
        -------
        ndarray of uint16
            Their ids; 0 for a miss.
        """
        return self.frozen.instance_of[self.frozen.part_of[triangle]]

    def cast(self, origins: AnyFloats, directions: AnyFloats, known: Hits | None = None) -> Hits:
        """First hits of rays; cut-outs are tested and passed.

        Parameters
        ----------
        origins, directions : ndarray of float, (N, 3)
            In the world; directions of any length.
        known : Hits, optional
            What the same rays hit first at another time; of no use where there are cut-outs.

        Returns
        -------
        Hits
            What they hit first.
        """
        o, d = (np.ascontiguousarray(values, dtype=np.float32) for values in (origins, directions))
        if self.frozen.cut_out.any():
            hits = self._nearest(o, d, self._static_hits(o, d))
            self._pass_cut_outs(origins, directions, hits)
            return hits
        return self._nearest(o, d, self._static_hits(o, d, known))

    def blockers(self, origins: AnyFloats, directions: AnyFloats, reach: NDArray[np.float32]) -> Triangles:
        """What stands in the way of rays; cut-outs are tested and passed.

        Parameters
        ----------
        origins, directions : ndarray of float, (N, 3)
            In the world; directions of any length.
        reach : ndarray of float32, (N,)
            How far each ray goes, in units of the direction's length; +inf is allowed.

        Returns
        -------
        ndarray of int32, (N,)
            The first triangle within reach, -1 for none. Cheaper than `cast`, which tells more and looks further.
        """
        if self.frozen.cut_out.any():
            hits = self.cast(origins, directions)
            return np.where(hits.distance <= reach, hits.triangle, np.int32(-1))
        o, d = (np.ascontiguousarray(values, dtype=np.float32) for values in (origins, directions))
        triangle = np.full(len(o), -1, dtype=np.int32)
        for scene, first in ((self.frozen.static_embree, 0), (self._moving_embree, self.frozen.static_triangles)):
            found = _found(scene, o, d, first, reach)
            if found is not None:
                hit = found["primID"] >= 0
                triangle[hit], reach = found["primID"][hit], found["tfar"]
        return triangle

    def _static_hits(
        self, origins: NDArray[np.float32], directions: NDArray[np.float32], known: Hits | None = None
    ) -> Hits:
        """What rays hit if nothing moves; where `known` hits are of static parts, these."""
        if known is None:
            return _run(self.frozen.static_embree, origins, directions, 0) or _misses(len(origins))
        hits = Hits(*(array.copy() for array in vars(known).values()))
        hidden = np.flatnonzero(known.triangle >= self.frozen.static_triangles)
        hits.put(hidden, self._static_hits(origins[hidden], directions[hidden]))
        return hits

    def _nearest(self, origins: NDArray[np.float32], directions: NDArray[np.float32], hits: Hits) -> Hits:
        """`hits` of static parts with those of moving parts, where they are nearer, in their place."""
        moving = _run(self._moving_embree, origins, directions, self.frozen.static_triangles, hits.distance)
        if moving is not None:
            nearer = np.flatnonzero(moving.distance < hits.distance)
            hits.put(nearer, moving.take(nearer))
        return hits

    def _pass_cut_outs(self, origins: AnyFloats, directions: AnyFloats, hits: Hits) -> None:
        """Continue, in place, the rays whose hit fails the alpha test."""
        rays = np.flatnonzero(self._transparent(hits))
        # How far to advance past a hit, in units of the direction: above the resolution of float32.
        length = np.linalg.norm(directions[rays], axis=1)
        reach = np.abs(origins[rays]).max(axis=1, initial=0.0) + hits.distance[rays] * length
        step: Floats = _STEP * reach / length
        for _ in range(MAX_LAYERS):
            if not rays.size:
                return
            start = hits.distance[rays].astype(np.float64) + step
            o, d = origins[rays] + start[:, None] * directions[rays], directions[rays]
            o, d = (np.ascontiguousarray(values, dtype=np.float32) for values in (o, d))
            found = self._nearest(o, d, self._static_hits(o, d))
            found.distance += start.astype(np.float32)
            hits.put(rays, found)
            onward = self._transparent(found)
            rays, step = rays[onward], step[onward]
        hits.put(rays, _misses(len(rays)))

    def _transparent(self, hits: Hits) -> NDArray[np.bool_]:
        """(N,) whether the alpha test says that there is no surface at the hit."""
        part = self.frozen.part_of[hits.triangle]
        result = np.zeros(len(part), dtype=bool)
        candidates = np.flatnonzero(self.frozen.cut_out[part])
        for k in np.unique(part[candidates]):
            rays = candidates[part[candidates] == k]
            source = self.frozen.geometry.parts[k]
            assert source.cutout is not None and source.uv is not None  # _check has seen to it
            corners = source.uv[hits.triangle[rays] - self.frozen.first_triangle[k]]
            result[rays] = transparent(source.cutout, corners, hits.barycentric[rays])
        return result


def _embree(vertices: Floats, triangles: Triangles) -> EmbreeScene | None:
    if not len(triangles):
        return None
    # Robust: rays through the edge that two triangles share hit one of them.
    scene = EmbreeScene(robust=True)
    TriangleMesh(scene, np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(triangles, np.int32))
    return scene


def _run(
    scene: EmbreeScene | None, origins: NDArray[np.float32], directions: NDArray[np.float32], offset: int,
    reach: NDArray[np.float32] | None = None,
) -> Hits | None:  # fmt: skip
    """Hits of a part of the scene, no further than `reach` (N,), or None where there is nothing to hit."""
    found = _found(scene, origins, directions, offset, reach)
    if found is None:
        return None
    distance = found["tfar"]
    distance[found["primID"] < 0] = np.inf
    return Hits(found["primID"], distance, np.stack([found["u"], found["v"]], axis=1), found["Ng"])


def _found(
    scene: EmbreeScene | None, origins: NDArray[np.float32], directions: NDArray[np.float32], offset: int,
    reach: NDArray[np.float32] | None,
) -> dict[str, NDArray[Any]] | None:  # fmt: skip
    """As Embree tells it: the `tfar` of a miss is its reach. `offset` is added to the triangles that are hit."""
    if scene is None or not len(origins):
        return None
    reach = None if reach is None else np.minimum(reach, _FURTHEST)
    found: dict[str, NDArray[Any]] = scene.run(origins, directions, dists=reach, output=1)
    found["primID"][found["primID"] >= 0] += offset
    return found


def _misses(n: int) -> Hits:
    barycentric, normal = np.zeros((n, 2), dtype=np.float32), np.zeros((n, 3), dtype=np.float32)
    return Hits(np.full(n, -1, dtype=np.int32), np.full(n, np.inf, dtype=np.float32), barycentric, normal)


def _check(part: Part, times: int) -> None:
    for problem, wrong in (
        ("triangles are not (F, 3)", part.triangles.ndim != 2 or part.triangles.shape[1] != 3),
        ("vertices are not (1 or T, V, 3)", _length_wrong(part.vertices.shape, times, (3,), 3)),
        ("matrices are not (1 or T, 4, 4)", _length_wrong(part.matrices.shape, times, (4, 4), 3)),
        (
            "a cut-out needs texture coordinates (F, 3, 2)",
            part.cutout is not None and (part.uv is None or part.uv.shape != (len(part.triangles), 3, 2)),
        ),
    ):
        if wrong:
            raise ValueError(f"part {part.name!r}: {problem}")
    if len(part.triangles) and not 0 <= part.triangles.min() <= part.triangles.max() < part.vertices.shape[1]:
        raise ValueError(f"part {part.name!r}: a triangle names a vertex that does not exist")
    if part.rest is not None and (part.rest.shape != part.vertices.shape[1:] or not np.isfinite(part.rest).all()):
        raise ValueError(f"part {part.name!r}: the rest shape is not one finite point for each vertex")
    if not (np.isfinite(part.vertices).all() and np.isfinite(part.matrices).all()):
        raise ValueError(f"part {part.name!r}: vertices or matrices are not finite")


def _length_wrong(shape: tuple[int, ...], times: int, tail: tuple[int, ...], ndim: int) -> bool:
    return len(shape) != ndim or shape[0] not in (1, times) or shape[-len(tail) :] != tail
