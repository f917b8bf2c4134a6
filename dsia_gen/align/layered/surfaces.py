"""Cameras, planes in space, and what a camera sees of them: depth, texture coordinates and exact flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.layered.textures import Texture

Floats = NDArray[np.float64]
FAR = 1e6
"""Metres of what has no depth."""


@dataclass(frozen=True)
class PlaneCamera:
    """A pinhole camera: x right, y down, z forward; pixel centres at half numbers."""

    focal: float
    size: tuple[int, int]
    """Width and height in pixels."""
    rotation: Floats
    """(3, 3) world to camera."""
    centre: Floats
    """(3,) metres."""

    @property
    def matrix(self) -> Floats:
        """(3, 3) intrinsics."""
        width, height = self.size
        return np.array([[self.focal, 0, width / 2], [0, self.focal, height / 2], [0, 0, 1]])

    def project(self, points: Floats) -> Floats:
        """(..., 3) world points -> (..., 2) pixels and depth (..., 3)."""
        seen = (points - self.centre) @ self.rotation.T
        depth = np.maximum(seen[..., 2:], 1e-6)
        middle = np.array(self.size) / 2
        return np.concatenate([self.focal * seen[..., :2] / depth + middle, seen[..., 2:]], axis=-1)

    def scaled(self, factor: int) -> PlaneCamera:
        """The same view in more pixels."""
        return PlaneCamera(
            self.focal * factor, (self.size[0] * factor, self.size[1] * factor), self.rotation, self.centre
        )


@dataclass(frozen=True)
class Frame:
    """Where a plane lies: origin and two axes of one metre, (3,) each."""

    origin: Floats
    u: Floats
    v: Floats

    def points(self, u: Floats, v: Floats) -> Floats:
        """World points (..., 3) of coordinates in metres."""
        return self.origin + u[..., None] * self.u + v[..., None] * self.v


@dataclass(frozen=True)
class Part:
    """One piece of a flat figure: a capsule from `start` to `end`, (2,) metres in the plane, of radius `radius`."""

    start: Floats
    end: Floats
    radius: tuple[float, float]
    texture: int

    def near(self, u: Floats, v: Floats) -> NDArray[np.bool_]:
        """Whether a point lies in the box around the part."""
        (u0, v0), (u1, v1) = (f(self.start, self.end) for f in (np.minimum, np.maximum))
        r = max(self.radius)
        return np.asarray((u > u0 - r) & (u < u1 + r) & (v > v0 - r) & (v < v1 + r))

    def inside(self, u: Floats, v: Floats) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Whether a point lies in the part, its place along the axis (0 to 1) and across it (-1 to 1)."""
        axis = self.end - self.start
        length = float(np.hypot(*axis)) + 1e-9
        direction = axis / length
        x, y = u - self.start[0], v - self.start[1]
        along = x * direction[0] + y * direction[1]
        across = y * direction[0] - x * direction[1]
        share = np.clip(along / length, 0, 1)
        radius = self.radius[0] + (self.radius[1] - self.radius[0]) * share
        distance = np.hypot(along - share * length, across)
        return distance < radius, along / length, across / radius

    def point(self, along: Floats, across: Floats) -> tuple[Floats, Floats]:
        """Inverse of `inside`: plane coordinates of a place of the part."""
        axis = self.end - self.start
        length = float(np.hypot(*axis)) + 1e-9
        direction = axis / length
        radius = self.radius[0] + (self.radius[1] - self.radius[0]) * np.clip(along, 0, 1)
        a, b = along * length, across * radius
        return self.start[0] + a * direction[0] - b * direction[1], self.start[1] + a * direction[1] + b * direction[0]


@dataclass(frozen=True)
class Surface:
    """A plane with what is painted on it, at both times.

    `bounds` are the smallest and largest u and v in metres; None is without bounds. With `parts` the plane is clear but
    for them.
    """

    frames: tuple[Frame, Frame]
    texture: Texture
    tile: float
    """Metres of a texture's width."""
    bounds: tuple[float, float, float, float] | None = None
    shade: float = 1.0
    instance: int = 0
    """0 is the static scene."""
    parts: tuple[tuple[Part, ...], tuple[Part, ...]] | None = None
    textures: tuple[Texture, ...] = ()
    shadows: tuple[tuple[Floats, ...], tuple[Floats, ...]] = ((), ())
    """Of each time: rows (u0, v0, u1, v1, width, darkness) of soft dark bands, metres."""

    def window(self, camera: PlaneCamera, time: int) -> tuple[slice, slice]:
        """Rows and columns of the pixels that can see the surface."""
        width, height = camera.size
        if self.bounds is None:
            return slice(0, height), slice(0, width)
        left, right, top, bottom = self.bounds
        corners = np.array([left, right, right, left]), np.array([top, top, bottom, bottom])
        seen = camera.project(self.frames[time].points(*corners))
        if (seen[:, 2] < 0.05).any():
            return slice(0, height), slice(0, width)
        low, high = np.floor(seen[:, :2].min(axis=0)), np.ceil(seen[:, :2].max(axis=0)) + 1
        low, high = (np.clip(c, 0, camera.size).astype(int) for c in (low, high))
        return slice(low[1], high[1]), slice(low[0], high[0])

    def coordinates(self, camera: PlaneCamera, time: int, window: tuple[slice, slice]) -> tuple[Floats, Floats, Floats]:
        """Plane coordinates u, v in metres and camera depth of each pixel of a window; depth <= 0 is behind."""
        frame = self.frames[time]
        basis = np.stack([frame.u, frame.v, frame.origin - camera.centre], axis=1)
        to_plane = np.linalg.inv(basis) @ camera.rotation.T @ np.linalg.inv(camera.matrix)
        column = np.arange(window[1].start, window[1].stop) + 0.5
        row = np.arange(window[0].start, window[0].stop)[:, None] + 0.5
        q = [line[0] * column + line[1] * row + line[2] for line in to_plane]
        inverse = np.where(np.abs(q[2]) < 1e-9, 1e-9, q[2])
        return q[0] / inverse, q[1] / inverse, 1 / inverse


@dataclass
class Seen:
    """What a camera sees: everything at the nearest surface of each pixel, (H, W)."""

    colour: NDArray[np.float32]
    depth: Floats
    surface: NDArray[np.int16]
    part: NDArray[np.int16]
    a: Floats
    b: Floats
    """Place on the surface, or along and across its part."""
    instance: NDArray[np.int16] = field(init=False)


def look(surfaces: list[Surface], camera: PlaneCamera, time: int, colours: bool = True) -> Seen:
    """Depth-tested picture of all surfaces at a time (0 or 1); without colours, their places alone."""
    width, height = camera.size
    seen = Seen(
        np.zeros((height, width, 3), np.float32), np.full((height, width), FAR), np.full((height, width), -1, np.int16),
        np.full((height, width), -1, np.int16), np.zeros((height, width)), np.zeros((height, width)),
    )  # fmt: skip
    for k, surface in enumerate(surfaces):
        window = surface.window(camera, time)
        if window[0].start >= window[0].stop or window[1].start >= window[1].stop:
            continue
        u, v, depth = surface.coordinates(camera, time, window)
        nearer = (depth > 0.05) & (depth < seen.depth[window])
        if surface.bounds is not None:
            left, right, top, bottom = surface.bounds
            nearer &= (u >= left) & (u <= right) & (v >= top) & (v <= bottom)
        if nearer.any():
            _place(seen, window, k, surface, time, (u, v, depth, nearer))
    if colours:
        _paint(seen, surfaces, time, camera.focal)
    seen.instance = np.array([*(s.instance for s in surfaces), 0], np.int16)[seen.surface]
    return seen


def _place(
    seen: Seen,
    box: tuple[slice, slice],
    index: int,
    surface: Surface,
    time: int,
    hit: tuple[Floats, Floats, Floats, NDArray[np.bool_]],
) -> None:
    """Write what is nearer than all before: surface, part, depth and the place on them."""
    u, v, depth, nearer = hit
    rows, columns = np.nonzero(nearer)
    u, v = u[nearer], v[nearer]
    layers: list[tuple[tuple[NDArray[Any], NDArray[Any]], int, Floats, Floats]] = []
    if surface.parts is None:
        layers.append(((rows, columns), -1, u, v))
    else:
        for k, part in enumerate(surface.parts[time]):
            around = np.flatnonzero(part.near(u, v))
            inside, along, across = part.inside(u[around], v[around])
            layers.append(((rows[around][inside], columns[around][inside]), k, along[inside], across[inside]))
    for where, k, a, b in layers:
        seen.depth[box][where], seen.a[box][where], seen.b[box][where] = depth[where], a, b
        seen.surface[box][where], seen.part[box][where] = index, k


def _paint(seen: Seen, surfaces: list[Surface], time: int, focal: float) -> None:
    """Colour what is seen, and nothing that is hidden."""
    most = 1 + max((len(s.parts[time]) for s in surfaces if s.parts is not None), default=0)
    label = (seen.surface.astype(np.int32) * most + seen.part + 1).ravel()
    order = np.argsort(label, kind="stable")
    kinds, starts = np.unique(label[order], return_index=True)
    colour = seen.colour.reshape(-1, 3)
    for kind, where in zip(kinds, np.split(order, starts[1:]), strict=True):
        if kind < 0:
            continue
        surface, k = surfaces[kind // most], int(kind % most) - 1
        a, b = seen.a.ravel()[where], seen.b.ravel()[where]
        mark = (seen.depth.ravel()[where] / focal).astype(np.float32)  # metres of a pixel, seen face on
        if surface.parts is None:
            stretch = 1.0 if surface.bounds is not None else 2.5  # floors are seen at a slant
            tile = surface.tile
            painted, shade = surface.texture(a / tile, b / tile, mark * stretch / tile), surface.shade * np.ones_like(a)
            for band in surface.shadows[time]:
                shade = shade * _band(a, b, band)
        else:
            part = surface.parts[time][k]
            length = max(float(np.hypot(*(part.end - part.start))), 0.05)
            painted = surface.textures[part.texture](a * 0.4 + 0.13 * k, b * 0.15, mark * 0.4 / length)
            shade = surface.shade * (1 - 0.35 * (b - 0.3) ** 2)
        colour[where] = painted * shade[:, None]


def _band(u: Floats, v: Floats, band: Floats) -> Floats:
    """Factor of light inside a soft dark band."""
    u0, v0, u1, v1, width, darkness = band
    du, dv = u1 - u0, v1 - v0
    share = np.clip(((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv + 1e-9), 0, 1)
    square = (u - u0 - share * du) ** 2 + (v - v0 - share * dv) ** 2
    return 1 - darkness * np.exp(-0.5 * square / width**2)


def flow_to(seen: Seen, surfaces: list[Surface], target: PlaneCamera, time: int) -> NDArray[np.float32]:
    """(H, W, 3): displacement in pixels from `seen` to where each place is in `target` at `time`, and its depth there.

    NaN where nothing was seen.
    """
    height, width = seen.depth.shape
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    flow = np.full((height, width, 3), np.nan, np.float32)
    for k, surface in enumerate(surfaces):
        here = seen.surface == k
        if not here.any():
            continue
        a, b = seen.a[here], seen.b[here]
        if surface.parts is not None:
            u, v = np.empty_like(a), np.empty_like(b)
            for number, part in enumerate(surface.parts[time]):
                mine = seen.part[here] == number
                u[mine], v[mine] = part.point(a[mine], b[mine])
        else:
            u, v = a, b
        there = target.project(surface.frames[time].points(u, v))
        flow[here, 0] = there[:, 0] - column[here]
        flow[here, 1] = there[:, 1] - row[here]
        flow[here, 2] = there[:, 2]
    return flow
