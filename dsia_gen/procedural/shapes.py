"""Shapes beyond the primitives of `mesh`: lofts, slabs, ellipsoids, curves, and painting faces by where they are.

Lengths in metres, Z up. Every function returns new data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.mesh import Bools, Floats, MeshData, merge, rotation
from dsia_gen.procedural.primitives import box, lathe, lattice, tube

Axis = Literal["x", "y", "z"]
TAU = 2.0 * math.pi
FACING = math.pi / 2.0
"""Turn about X that carries what points up to -Y, the front."""
GOLDEN = math.pi * (3.0 - math.sqrt(5.0))
"""The golden angle, radians: points on a spiral that never line up."""


def join(*parts: MeshData | Iterable[MeshData]) -> MeshData:
    """One mesh of all parts, given singly or as iterables; wood keeps its own grain, the rest its place in space."""
    return merge(one for part in parts for one in ([part] if isinstance(part, MeshData) else part))


def mirror(part: MeshData, axis: Axis = "x") -> MeshData:
    """The mirror image at the plane through the origin across `axis`."""
    return part.scaled(**{axis: -1.0})


def both_sides(part: MeshData, axis: Axis = "x") -> MeshData:
    """A part and its mirror image."""
    return join(part, mirror(part, axis))


def around(part: MeshData, count: int, start: float = 0.0) -> MeshData:
    """`count` copies evenly about the Z axis, the first turned by `start` radians."""
    return join(part.turned("z", start + TAU * k / count) for k in range(count))


def centres(data: MeshData) -> Floats:
    """(F, 3) mean of the corners of each face."""
    total: Floats = np.add.reduceat(data.vertices[data.corners], data.starts, axis=0) / data.sizes[:, None]
    return total


def normals(data: MeshData) -> Floats:
    """(F, 3) unit normals."""
    area = _face_areas(data)
    unit: Floats = area / np.maximum(np.linalg.norm(area, axis=1, keepdims=True), 1e-15)
    return unit


def azimuth(points: Floats) -> Floats:
    """(N,) angle of points (N, 3) about Z from +X, radians."""
    # Rounded, so that a face whose centre lies on the border of two sectors falls to the same one everywhere.
    angle: Floats = np.round(arctan2(points[:, 1], points[:, 0]), 9)
    return angle


def painted(data: MeshData, slot: int, where: Callable[[Floats], Bools]) -> MeshData:
    """Faces for whose centres (F, 3) `where` is true take `slot`."""
    return replace(data, slots=np.where(where(centres(data)), slot, data.slots).astype(np.int32))


def sectored(data: MeshData, slots: Sequence[int]) -> MeshData:
    """Equal sectors about Z, counter-clockwise from +X, take the slots in turn."""
    turn = (azimuth(centres(data)) % TAU) / TAU * len(slots)
    return replace(data, slots=np.asarray(slots, dtype=np.int32)[turn.astype(int) % len(slots)])


def bent(data: MeshData, shape: Callable[[Floats], Floats]) -> MeshData:
    """Vertices (V, 3) replaced by `shape(vertices)`."""
    return replace(data, vertices=shape(data.vertices))


def with_lobes(data: MeshData, count: int, depth: float) -> MeshData:
    """Radii about Z swell and shrink `count` times around by `depth` of themselves."""

    def shape(v: Floats) -> Floats:
        swell = 1.0 + depth * (np.abs(np.cos(0.5 * count * azimuth(v))) ** 0.7 - 0.6)
        return v * np.stack([swell, swell, np.ones(len(v))], axis=1)

    return bent(data, shape)


def crisp(data: MeshData) -> MeshData:
    """Faces square to an axis shade flat, so that rounded edges do not darken the planes between them."""
    return replace(data, smooth=data.smooth & (np.abs(normals(data)).max(axis=1) < 0.9999))


def outward(data: MeshData) -> MeshData:
    """A closed mesh with its faces outwards (positive signed volume)."""
    arms = centres(data) - data.vertices.mean(axis=0)
    # Newell's sum about any origin is the same for a closed polygon, so each face is a cone from the middle.
    return data if float(np.sum(arms * _face_areas(data))) >= 0.0 else data.flipped()


def _face_areas(data: MeshData) -> Floats:
    """(F, 3) twice the area of each face along its normal (Newell's sum over its edges)."""
    here, there = data.vertices[data.corners], data.vertices[data.corners[data.following]]
    area: Floats = np.add.reduceat(np.cross(here, there), data.starts, axis=0)
    return area


def loft(rings: ArrayLike, slot: int = 0, caps: bool = True) -> MeshData:
    """A skin over (M, K, 3) closed rings with flat caps, facing outwards whichever way the rings run."""
    points = np.asarray(rings, dtype=np.float64)
    skin = lattice(points, closed_v=True, slot=slot)
    if not caps:
        return skin
    rows, columns = points.shape[:2]
    last = (rows - 1) * columns
    ends = [list(range(columns)), list(range(last + columns - 1, last - 1, -1))]
    return outward(skin.with_faces(ends, slot))


def oval_loft(stations: ArrayLike, power: float, count: int, across: Axis, slot: int = 0) -> MeshData:
    """A skin over superellipses of `count` points in planes across an axis.

    stations: (M, 3) or (M, 4) of place on the axis, two half widths, and a shift along the second of them.
    """
    rings = []
    for at, a, b, *shift in np.asarray(stations, dtype=np.float64).tolist():
        section = superellipse(a, b, power, count) + np.array([0.0, shift[0] if shift else 0.0])
        rings.append(placed(section, at, across))
    return loft(rings, slot)


def smooth(points: ArrayLike, steps: int = 6, closed: bool = False) -> Floats:
    """Uniform Catmull-Rom curve (1974) through (N, D) points, `steps` samples a span."""
    p = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([p[-1:], p, p[:2]])
    else:
        padded = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = (np.arange(steps) / steps)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False)
    ]
    return np.concatenate(spans if closed else [*spans, p[-1:]])


def rounded(corners: ArrayLike, radius: float | Sequence[float], steps: int = 3, closed: bool = False) -> Floats:
    """A polyline (N, D) whose corners are curves that begin `radius` before each of them."""
    p = np.asarray(corners, dtype=np.float64)
    radii = [float(radius)] * len(p) if isinstance(radius, int | float) else list(radius)
    n = len(p)
    inner = range(n) if closed else range(1, n - 1)
    t = np.linspace(0.0, 1.0, steps + 1)[:, None]
    curves = []
    for k in inner:
        corner = p[k]
        into, out = p[k - 1] - corner, p[(k + 1) % n] - corner
        lengths = float(np.linalg.norm(into)), float(np.linalg.norm(out))
        reach = min(radii[k], 0.49 * lengths[0], 0.49 * lengths[1])
        if reach <= 1e-6:
            curves.append(corner[None])
            continue
        a, b = corner + into / lengths[0] * reach, corner + out / lengths[1] * reach
        curves.append((1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b)
    return np.concatenate(curves if closed else [p[:1], *curves, p[-1:]])


def superellipse(a: float, b: float, power: float = 2.0, count: int = 24) -> Floats:
    """(count, 2) points of |x/a|^power + |y/b|^power = 1, counter-clockwise: 2 is an ellipse, 6 almost a box."""
    t = TAU * (np.arange(count) + 0.5) / count
    c, s = np.cos(t), np.sin(t)
    r = (np.abs(c) ** power + np.abs(s) ** power) ** (-1.0 / power)
    return np.stack([a * r * c, b * r * s], axis=1)


def arc(radius: float, start: float, end: float, count: int = 12) -> Floats:
    """(count, 2) points of a circular arc about the origin, angles in radians."""
    t = np.linspace(start, end, count)
    return np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)


def arc_over(radius: float, y: float, z: float, start: float, end: float) -> Floats:
    """Points (9, 2) of (y, z) over an axle, from the angles `start` to `end` above the +Y direction."""
    t = np.linspace(start, end, 9)
    return np.stack([y + radius * np.cos(t), z + radius * np.sin(t)], axis=1)


def slope_of(side: Floats, z: float) -> float:
    """Angle by which the normal of a side (N, 2) of radius and height leans from Z towards outwards, at height z."""
    low, high = np.interp([z - 0.03, z + 0.03], side[:, 1], side[:, 0])
    return math.pi / 2 - math.atan2(float(low - high), 0.06)


def placed(plane: Floats, at: float, across: Axis) -> Floats:
    """(K, 3) points of a plane curve (K, 2): (x, y) at height `at`, (x, z) at depth `at`, or (y, z) at x = `at`."""
    u, v = plane[:, 0], plane[:, 1]
    w = np.full_like(u, at)
    return np.stack({"z": (u, v, w), "y": (u, w, v), "x": (w, u, v)}[across], axis=1)


def cushion(width: float, depth: float, height: float, radius: float, slot: int = 0, segments: int = 4) -> MeshData:
    """A box about the origin (not on the floor) with round edges and flat-shaded planes."""
    return crisp(box((width, depth, height), radius, segments, slot)).moved(z=-height / 2.0)


def plate(width: float, depth: float, height: float, bevel: float = 0.003, slot: int = 0) -> MeshData:
    """A chamfered box about the origin: boards, panels, labels."""
    return box((width, depth, height), bevel, 1, slot).moved(z=-height / 2.0)


def ellipsoid(
    a: float, b: float, c: float, slot: int = 0, segments: int = 20, rows: int = 12, power: float = 2.0
) -> MeshData:
    """An ellipsoid about the origin with half axes a, b, c; a power above 2 makes a pillow."""
    latitude = np.linspace(-math.pi / 2, math.pi / 2, rows + 1)
    profile = np.stack([np.cos(latitude), np.sin(latitude)], axis=1)
    profile[[0, -1], 0] = 0.0
    ball = lathe(profile, segments, slot)
    norm = (np.abs(ball.vertices) ** power).sum(axis=1, keepdims=True) ** (1.0 / power)
    return replace(ball, vertices=ball.vertices / norm).scaled(a, b, c)


def torus(major: float, minor: float, segments: int = 32, sides: int = 12, slot: int = 0) -> MeshData:
    """A torus about Z through the origin's plane."""
    circle = placed(arc(major, 0.0, TAU, segments + 1)[:-1], 0.0, "z")
    return tube(circle, minor, sides, closed=True, slot=slot)


def rod(
    start: ArrayLike, end: ArrayLike, radius: float | tuple[float, float], sides: int = 10, slot: int = 0
) -> MeshData:
    """A straight round rod between two points; `radius` may be one for each end."""
    ends = np.stack([np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)])
    return tube(ends, radius, sides, slot=slot)


def pill(radius: float, height: float, bevel: float, segments: int = 24, slot: int = 0) -> MeshData:
    """A cylinder about Z, standing on z = 0, with round rims."""
    b = min(bevel, radius * 0.95, height * 0.49)
    return lathe(rounded([(0, 0), (radius, 0), (radius, height), (0, height)], b, 2), segments, slot)


def disc_wheel(radius: float, width: float, slots: tuple[int, int], segments: int = 24) -> MeshData:
    """A wheel about X through the origin; slots: (tyre, hub)."""
    tyre, hub = slots
    half, inner = width / 2.0, radius * 0.6
    corners = [(0, -half * 0.7), (inner * 0.35, -half * 0.95), (inner, -half * 0.55), (inner * 1.08, -half),
               (radius, -half), (radius, half), (inner * 1.08, half), (inner, half * 0.55),
               (inner * 0.35, half * 0.95), (0, half * 0.7)]  # fmt: skip
    body = lathe(rounded(corners, 0.22 * width, 1), segments, tyre)
    body = painted(body, hub, lambda c: np.hypot(c[:, 0], c[:, 1]) < inner * 1.0)
    return body.turned("y", math.pi / 2.0)


def slab(outline: ArrayLike, depth: float, bevel: float = 0.0, slots: tuple[int, int] = (0, 0)) -> MeshData:
    """A plate across Y between y = -depth/2 and depth/2 with an outline (N, 2) in (x, z) and round rims.

    slots: (of the two flat faces, of the rim).
    """
    p = np.asarray(outline, dtype=np.float64)
    flat, rim = slots
    b = min(bevel, depth * 0.499)
    turns = np.linspace(0.0, math.pi / 2.0, 4) if b > 0 else np.array([math.pi / 2.0])
    front = [placed(inset(p, b * (1.0 - math.sin(t))), -depth / 2.0 + b * (1.0 - math.cos(t)), "y") for t in turns]
    # sin and cos run the profile from the flat face (inset b, at -depth/2) round to the rim (inset 0).
    back = [ring * np.array([1.0, -1.0, 1.0]) for ring in front[::-1]]
    solid = loft(front + back, rim)
    slots_of = solid.slots.copy()
    slots_of[-2:] = flat
    return replace(solid, slots=slots_of)


def profile(outline: ArrayLike, width: float, bevel: float = 0.0, slots: tuple[int, int] = (0, 0)) -> MeshData:
    """A plate across X with an outline (N, 2) in (y, z): what an object looks like from its side."""
    return slab(outline, width, bevel, slots).turned("z", math.pi / 2.0)


def tub(low: tuple[float, float], top: tuple[float, float], height: float, wall: float, slot: int = 0) -> MeshData:
    """An open container on the floor: (width, depth) below and at the rim, corners round."""
    sides = ((0.0, low, 0.0), (height, top, 0.0), (height, top, wall), (wall, low, wall))
    return loft([placed(superellipse(w / 2.0 - t, d / 2.0 - t, 7.0, 28), z, "z") for z, (w, d), t in sides], slot)


def inset(outline: Floats, distance: float) -> Floats:
    """A closed outline (N, 2) moved inwards by `distance` along its mitred corners."""
    if distance == 0.0:
        return outline
    after = np.roll(outline, -1, axis=0)
    area = np.sum(outline[:, 0] * after[:, 1] - after[:, 0] * outline[:, 1])
    edge = after - outline
    edge = edge / np.maximum(np.linalg.norm(edge, axis=1, keepdims=True), 1e-12)
    normal = np.stack([-edge[:, 1], edge[:, 0]], axis=1) * (1.0 if area > 0 else -1.0)
    mitre = normal + np.roll(normal, 1, axis=0)
    mitre = mitre / np.maximum((mitre * mitre).sum(axis=1, keepdims=True) / 2.0, 0.5)
    result: Floats = outline + distance * mitre
    return result


def ribbon(path: ArrayLike, across: ArrayLike, slot: int = 0) -> MeshData:
    """A strip along a path (N, 3), reaching half of the vector(s) `across` ((3,) or (N, 3)) to either side."""
    points = np.asarray(path, dtype=np.float64)
    half = np.broadcast_to(np.asarray(across, dtype=np.float64), points.shape) / 2.0
    return lattice(np.stack([points - half, points, points + half], axis=1), slot=slot)


def propeller(radius: float, blades: int, width: float, slot: int = 0) -> MeshData:
    """Blades about Y (pulling towards -Y), twisted, from the hub to `radius`."""
    span = np.linspace(0.06, 1.0, 8)
    rings = []
    for t in span:
        chord = width * (0.45 + 0.9 * math.sin(math.pi * min(1.0, 0.15 + 0.8 * t)) - 0.35 * t)
        section = superellipse(chord / 2.0, width * 0.09, 2.0, 10)
        turn = rotation("x", 0.9 - 0.65 * t)[:3, :3]
        rings.append(placed(section, 0.0, "x") @ turn.T + np.array([t * radius, 0.0, 0.0]))
    blade = loft(rings, slot)
    return join(blade.turned("y", TAU * k / blades) for k in range(blades))


def arched_leaf(reach: float, rise: float, width: float, slot: int = 0) -> MeshData:
    """A pointed leaf that arches out from the origin along X and up to `rise`, folded along its rib."""
    t = np.linspace(0.0, 1.0, 8)
    rib = np.stack([reach * t, 0 * t, rise * np.sin(1.9 * t) / math.sin(1.9)], axis=1)
    half = width / 2.0 * np.sin(math.pi * t**0.75) ** 1.1 + 0.002
    rows = [rib + np.stack([0 * t, s * half, abs(s) * 0.35 * half], axis=1) for s in (-1.0, 0.0, 1.0)]
    upper = np.stack(rows, axis=1)
    lower = upper[:, ::-1] - [0.0, 0.0, 0.0015]
    return loft(np.concatenate([upper, lower], axis=1), slot)


def blossom(size: float, slots: tuple[int, int], petals: int = 6) -> MeshData:
    """A flower that looks up from the origin, about twice `size` across; slots: (petals, heart)."""
    petal = ellipsoid(0.5 * size, 0.3 * size, 0.07 * size, slots[0], 8, 4).turned("y", -0.35).moved(x=0.5 * size)
    heart = ellipsoid(0.24 * size, 0.24 * size, 0.16 * size, slots[1], 10, 6)
    return join(around(petal, petals), heart.moved(z=0.04 * size))


def decal(
    profile: ArrayLike, outline: ArrayLike, height: float, lift: float, slot: int = 0, angle: float = -math.pi / 2
) -> MeshData:
    """A sticker on a body of revolution about Z.

    profile: (N, 2) radius and height of its side, heights rising. outline: (M, 2) of the sticker about its middle,
    across and up. `angle` says where its middle lies about Z (the default is the front), `height` how high;
    it stands out by `lift`.
    """
    side, flat = np.asarray(profile, dtype=np.float64), np.asarray(outline, dtype=np.float64)
    middle = float(np.interp(height, side[:, 1], side[:, 0]))
    rings = []
    for shrink, out in ((1.0, -lift), (1.0, lift), (0.7, lift), (0.4, lift), (0.04, lift)):
        z = height + shrink * flat[:, 1]
        turn = angle + shrink * flat[:, 0] / middle
        r = np.interp(z, side[:, 1], side[:, 0]) + out
        rings.append(np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1))
    return loft(rings, slot)
