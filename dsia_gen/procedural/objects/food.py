"""Food and plants: fruit, melon, mushrooms, cactus, bonsai, picnic basket, cake, burger."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.mesh import Floats, MeshData, fit, icosphere, lathe, lattice, mesh, tube
from dsia_gen.procedural.objects.families_food import CACTUS_SIZES, MELON_SIZES
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shapes import (
    TAU,
    arc,
    arched_leaf,
    around,
    azimuth,
    bent,
    blossom,
    cushion,
    decal,
    ellipsoid,
    join,
    loft,
    painted,
    pill,
    placed,
    rod,
    rounded,
    sectored,
    slab,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.shaping import directions, lumps, placements, scattered
from dsia_gen.procedural.table_family import Builder

GOLDEN = math.pi * (3.0 - math.sqrt(5.0))


def _lobed(data: MeshData, count: int, depth: float) -> MeshData:
    """Radii about Z swell and shrink `count` times around by `depth` of themselves."""

    def shape(v: Floats) -> Floats:
        swell = 1.0 + depth * (np.abs(np.cos(0.5 * count * azimuth(v))) ** 0.7 - 0.6)
        return v * np.stack([swell, swell, np.ones(len(v))], axis=1)

    return bent(data, shape)


def apple(p: TypedParams) -> MeshData:
    """An apple: five lobes below, a hollow for the stem, a leaf, a sticker."""
    diameter, lobes, waist = p.real("diameter"), p.count("lobes"), p.real("waist")
    side = smooth([(0.2, 0.05), (0.34 - 0.4 * waist, 0.02), (0.6 - waist, 0.2), (0.94, 0.72), (1.0, 1.05),
        (0.86, 1.45), (0.5, 1.63), (0.2, 1.52)], 6)  # fmt: skip
    body = lathe([(0, 0.12), *side, (0, 1.3)], 48)

    def shape(v: Floats) -> Floats:
        turn = azimuth(v)
        low = np.clip(1.0 - v[:, 2] / 1.3, 0.0, 1.0)
        high = np.clip(v[:, 2] - 1.3, 0.0, 1.0)
        swell = 1.0 + 0.07 * low * np.cos(lobes * turn)
        return np.stack([v[:, 0] * swell, v[:, 1] * swell, v[:, 2] + 0.12 * high * np.cos(lobes * turn)], axis=1)

    outer = side[np.argmin(side[:, 1]) : np.argmax(side[:, 1]) + 1]
    sticker = decal(outer, superellipse(0.3, 0.22, 2.0, 28), 0.98, 0.012, 3, angle=-1.25)
    stem = tube(smooth([(0, 0, 1.3), (0.02, 0, 1.6), (0.1, 0.02, 1.88)], 5), np.linspace(0.045, 0.065, 11), 8, slot=1)
    leaf = arched_leaf(0.72, 0.22, 0.36, 2).turned("z", -0.5).moved(x=0.04, z=1.62)
    whole = join(bent(join(body, sticker), shape), stem, leaf)
    return fit(whole, (diameter, diameter, p.real("tallness") * diameter))


def pumpkin(p: TypedParams) -> MeshData:
    """A pumpkin of ribs in two colours with a stem, a tendril, two leaves, and a face if it is carved."""
    diameter, ribs = p.real("diameter"), p.count("ribs")
    side = smooth([(0.3, 0.1), (0.55, 0.04), (0.9, 0.3), (1.0, 0.68), (0.88, 1.06), (0.52, 1.28), (0.22, 1.2)], 4)
    body = lathe([(0, 0.16), *side, (0, 1.08)], 6 * ribs)
    body = sectored(body.turned("z", math.pi / ribs), [k % 2 for k in range(ribs)]).turned("z", -math.pi / ribs)
    outer = side[np.argmin(side[:, 1]) : np.argmax(side[:, 1]) + 1]
    parts = [body, *(_face(outer) if p.flag("carved") else [])]
    lobed = _lobed(join(parts).turned("z", math.pi / ribs), ribs, 0.24)
    stem_path = smooth([(0, 0, 1.05), (0.02, 0, 1.35), (0.12, 0.03, 1.55), (0.2, 0.04, 1.62)], 4)
    stem = _lobed(tube(stem_path, np.linspace(0.14, 0.09, len(stem_path)), 12, slot=2), 6, 0.2)
    turns = np.linspace(0, 3.2 * TAU, 40)
    curl = np.stack([0.15 + 0.5 * turns / 20, -0.16 + 0.06 * np.cos(turns), 1.32 + 0.06 * np.sin(turns)], axis=1)
    leaves = [arched_leaf(0.6, 0.12, 0.5, 3).turned("z", a).moved(z=1.24) for a in (2.2, -0.35)]
    whole = join(lobed, stem, tube(curl, 0.014, 5, slot=2), leaves)
    return fit(whole, (diameter, diameter, p.real("tallness") * diameter))


def _face(side: Floats) -> list[MeshData]:
    """Two eyes, a nose and a grin of teeth in slot 4."""
    eye = rounded([(-0.17, -0.1), (0.17, -0.1), (0.02, 0.17)], 0.03, 2, closed=True)
    nose = rounded([(-0.08, -0.05), (0.08, -0.05), (0, 0.1)], 0.02, 2, closed=True)
    xs = np.linspace(-0.5, 0.5, 15)
    tooth = np.where(np.arange(15) % 4 == 2, 0.1, 0.0)
    low, high = 0.5 * xs**2 - 0.17 + tooth, 0.7 * xs**2 - 0.01 - np.roll(tooth, 2)
    grin = np.concatenate([np.stack([xs, low], axis=1), np.stack([xs, high], axis=1)[::-1]])
    eyes = [decal(side, eye * [s, 1.0], 0.9, 0.02, 4, angle=-math.pi / 2 + 0.32 * s) for s in (-1.0, 1.0)]
    return [*eyes, decal(side, nose, 0.7, 0.02, 4), decal(side, grin, 0.46, 0.02, 4)]


def pineapple(p: TypedParams) -> MeshData:
    """A pineapple: rows of pointed eyes in two colours, a crown of arching leaves."""
    diameter, rows, leaves = p.real("diameter"), p.count("rows"), p.count("leaves")
    side = smooth([(0.5, 0.0), (0.82, 0.25), (0.94, 0.9), (0.86, 1.6), (0.6, 2.0), (0.3, 2.14)], 5)
    body = lathe([(0, 0.02), *side, (0, 2.16)], 32)
    columns = 13
    gap = 2.05 / rows
    eye = lathe([(0.62, -0.12), (0.5, 0.1), (0.16, 0.2), (0, 0.42)], 4)
    parts = []
    for row in range(rows):
        z = 0.1 + gap * (row + 0.42)
        r = float(np.interp(z, side[:, 1], side[:, 0]))
        one = eye.scaled(gap, 1.35 * TAU * r / columns / 1.2, 0.3).slot(1 + row % 2)
        one = one.turned("y", _slope(side, z)).moved(x=r, z=z)
        parts.append(around(one, columns, math.pi / columns * (row % 2)))
    for k in range(leaves):
        t = k / leaves
        leaf = arched_leaf(0.2 + 0.62 * (1 - t), 0.55 + 0.75 * t, 0.25, 3)
        parts.append(leaf.turned("z", k * GOLDEN).moved(z=2.05))
    return fit(join(body, parts), (diameter, diameter, p.real("tallness") * diameter))


def watermelon_slice(p: TypedParams) -> MeshData:
    """A cut melon, rind down: a wedge, a half disc, or a half with its face up."""
    style, length, seeds = p.text("style"), p.real("length"), p.count("seeds")
    if style == "half":
        whole = _half_melon(seeds)
    elif style == "slice":
        whole = _melon_slice(seeds)
    else:
        whole = _melon_wedge(seeds)
    x, y, z = MELON_SIZES[style]
    return fit(whole, (x * length, y * length, z * length))


def _half_melon(seeds: int) -> MeshData:
    side = arc(1.0, -math.pi / 2, 0.0, 14)
    side[0, 0] = 0.0
    face = [(0.93, 0.0), (0.85, -0.001), (0.42, -0.002), (0, -0.002)]
    body = lathe([*side, *face], 48, 1)
    body = painted(body, 2, lambda c: (c[:, 2] > -0.01) & (np.hypot(c[:, 0], c[:, 1]) < 0.97))
    body = painted(body, 0, lambda c: (c[:, 2] > -0.01) & (np.hypot(c[:, 0], c[:, 1]) < 0.87))
    seed = ellipsoid(0.07, 0.042, 0.03, 3, 10, 6)
    rings = [around(seed.moved(x=r), n, 0.3 * n) for r, n in ((0.62, seeds + 4), (0.4, seeds))]
    return join(body, rings).turned("x", 0.42).scaled(1.0, 0.86, 1.0)


def _melon_slice(seeds: int) -> MeshData:
    parts = []
    for slot, radius, depth, lid in ((1, 1.0, 0.3, 0.012), (2, 0.92, 0.306, 0.018), (0, 0.86, 0.314, 0.024)):
        half = np.concatenate([arc(radius, math.pi, TAU, 28), [(radius * 0.998, lid), (-radius * 0.998, lid)]])
        parts.append(slab(half, depth, 0.004, (slot, slot)))
    seed = ellipsoid(0.028, 0.014, 0.05, 3, 10, 6)
    for r, n, shift in ((0.66, seeds, 0.0), (0.42, seeds - 3, 0.1)):
        for k in range(n):
            turn = math.pi * (k + 0.5) / n + math.pi + shift * math.sin(k)
            one = seed.turned("y", -turn - math.pi / 2).moved(x=r * math.cos(turn), z=r * math.sin(turn))
            parts += [one.moved(y=-0.157), one.moved(y=0.157)]
    return join(parts)


def _melon_wedge(seeds: int) -> MeshData:
    """A sector of an ellipsoid with its edge up along X."""
    half, xs = 0.62, np.sin(np.linspace(-math.pi / 2 + 0.04, math.pi / 2 - 0.04, 25))
    shares = np.array([0.0, 0.35, 0.7, 0.87, 0.92, 1.0])
    turns = np.linspace(-half, half, 13)
    section = np.concatenate([
        np.stack([shares * math.sin(-half), -shares * math.cos(half)], axis=1),
        np.stack([np.sin(turns), -np.cos(turns)], axis=1)[1:-1],
        np.stack([shares * math.sin(half), -shares * math.cos(half)], axis=1)[:0:-1],
    ])  # fmt: skip
    rings = [placed(section * 0.9 * math.sqrt(1.0 - x * x), x, "x") for x in xs]
    body = loft(rings, 1)

    def share(c: Floats) -> Floats:
        radius = np.hypot(c[:, 1], c[:, 2]) / (0.9 * np.sqrt(np.maximum(1.0 - c[:, 0] ** 2, 1e-6)))
        flat = np.abs(arctan2(np.abs(c[:, 1]), -c[:, 2]) - half) < 0.03
        return np.where(flat, radius, 2.0)

    body = painted(painted(body, 2, lambda c: share(c) < 0.95), 0, lambda c: share(c) < 0.88)
    seed = ellipsoid(0.045, 0.012, 0.026, 3, 10, 6)
    parts = [body]
    for s in (-1.0, 1.0):
        for k in range(seeds):
            x = 1.5 * ((k + 0.5) / seeds - 0.5)
            down = (0.52 if k % 2 else 0.68) * 0.9 * math.sqrt(1.0 - x * x)
            one = seed.turned("y", 0.6 * x).moved(x=x, z=-down)
            parts.append(one.turned("x", half * s))
    return join(parts)


_CAPS = {
    "dome": [(0.97, 0.05), (1.0, 0.1), (0.92, 0.36), (0.66, 0.62), (0.3, 0.75)],
    "flat": [(0.96, 0.0), (1.0, 0.06), (0.86, 0.22), (0.55, 0.34), (0.25, 0.4)],
    "bell": [(0.74, -0.3), (0.78, -0.24), (0.7, 0.16), (0.5, 0.62), (0.22, 0.92)],
}
"""Style -> side of the cap from its rim up, for a radius of 1."""


def mushroom(p: TypedParams) -> MeshData:
    """A spotted mushroom on moss, with young ones at its foot."""
    diameter, young = p.real("diameter"), p.count("young")
    parts = [_mushroom(p.text("style"), p.count("spots"), 30)]
    for k in range(young):
        side = 1.0 if k == 0 else -1.0
        small = _mushroom(p.text("style"), 5, 10).scaled(0.4, 0.4, 0.42 - 0.06 * k)
        parts.append(small.turned("y", 0.16 * side).moved(x=0.8 * side, y=-0.42, z=-0.02))
    whole = join(parts)
    width = (1.0 + 0.14 * young) * diameter
    return fit(whole, (width, diameter, p.real("tallness") * diameter))


def _mushroom(style: str, spots: int, around_it: int) -> MeshData:
    """A mushroom of radius 1 on the floor, of `around_it` segments."""
    rim = 1.2
    side = smooth(_CAPS[style], 3)
    top = side[-1]
    cap = lathe([*side, (0.1, top[1] + 0.045), (0, top[1] + 0.05)], around_it)
    under = smooth([(0.22, 0.16), (0.6, 0.12), (0.9 * side[0, 0], side[0, 1] + 0.015), tuple(side[0])], 2)
    gills = lathe(under, 2 * around_it, 3)
    gills = bent(gills, lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0],
        0.03 * np.sign(np.cos(around_it * azimuth(v))) * (np.hypot(v[:, 0], v[:, 1]) < 0.88 * side[0, 0])],
        axis=1))  # fmt: skip
    stem = lathe([(0, 0.0), *smooth([(0.3, 0.0), (0.4, 0.1), (0.26, 0.4), (0.2, 0.9), (0.24, 1.4)], 3), (0, 1.42)],
        max(12, around_it // 2), 2)  # fmt: skip
    skirt = lathe(smooth([(0.2, 0.98), (0.36, 0.86), (0.46, 0.72), (0.44, 0.72), (0.2, 0.92)], 2), 27, 2)
    skirt = bent(skirt, lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0],
        0.04 * np.cos(9 * azimuth(v)) * np.hypot(v[:, 0], v[:, 1])], axis=1))  # fmt: skip
    wart = ellipsoid(0.1, 0.1, 0.05, 1, 7, 4)
    parts = []
    for k in range(spots):
        z = side[2, 1] + (top[1] - side[2, 1]) * (1.0 - (1.0 - (k + 0.4) / spots) ** 1.6)
        r = float(np.interp(z, side[1:, 1], side[1:, 0]))
        slope = _slope(side[1:], float(z))
        one = wart.scaled(0.6 + 0.7 * ((k * 0.618) % 1.0)).turned("y", slope).moved(x=r, z=float(z))
        parts.append(one.turned("z", k * GOLDEN))
    moss = lathe([(0.62, 0), (0.5, 0.1), (0.3, 0.16), (0, 0.17)], 24, 4)
    tufts = [arched_leaf(0.3, 0.2, 0.08, 4).turned("z", k * GOLDEN).moved(x=0.36 * math.cos(k * GOLDEN),
        y=0.36 * math.sin(k * GOLDEN), z=0.06) for k in range(around_it // 6)]  # fmt: skip
    return join(join(cap, gills, parts).moved(z=rim), stem, skirt, moss, tufts)


def _slope(side: Floats, z: float) -> float:
    """Angle by which the normal of a side leans from Z towards outwards, at height z."""
    low, high = np.interp([z - 0.03, z + 0.03], side[:, 1], side[:, 0])
    return math.pi / 2 - math.atan2(float(low - high), 0.06)


def cactus(p: TypedParams) -> MeshData:
    """A cactus in a patterned pot."""
    height, style = p.real("height"), p.text("style")
    corners = [(0, 0), (0.66, 0), (0.88, 0.9), (1.0, 0.92), (1.02, 1.2), (0.9, 1.2), (0.86, 1.08), (0, 1.08)]
    pot = lathe(rounded(corners, 0.04, 2), 36)
    pot = painted(pot, 1, lambda c: (c[:, 2] > 0.91) & (np.hypot(c[:, 0], c[:, 1]) > 0.88))
    pot = painted(pot, 2, lambda c: (c[:, 2] > 1.0) & (np.hypot(c[:, 0], c[:, 1]) < 0.87))
    shape = {"column": _column, "ball": _ball, "paddles": _paddles}[style]
    saucer = lathe(rounded([(0, 0), (0.8, 0), (0.98, 0.12), (0.9, 0.12), (0.72, 0.05), (0, 0.05)], 0.02, 2), 36, 1)
    whole = join(saucer, pot.moved(z=0.05), shape(p.count("ribs")).moved(z=1.1))
    x, y, z = CACTUS_SIZES[style]
    return fit(whole, (x * height, y * height, z * height))


def _star() -> MeshData:
    """Three short spines about Z."""
    spine = mesh([[0.02, 0.012, 0], [-0.012, 0.012, 0], [0, -0.014, 0], [0.13, 0, 0.1]],
        [[0, 1, 3], [1, 2, 3], [2, 0, 3]], 4)  # fmt: skip
    return around(spine, 3)


def _column(ribs: int) -> MeshData:
    trunk_path = smooth([(0, 0, -0.1), (0.03, 0, 1.2), (0, 0, 2.6), (0, 0, 3.6)], 6)
    left = smooth([(-0.3, 0, 1.4), (-0.8, 0, 1.45), (-1.1, 0, 1.75), (-1.12, 0, 2.6)], 5)
    right = smooth([(0.3, 0, 0.9), (0.75, 0, 0.92), (1.05, 0, 1.2), (1.08, 0, 1.9)], 5)
    parts: list[MeshData] = []
    for path, radius, count in ((trunk_path, 0.5, ribs), (left, 0.3, 9), (right, 0.27, 9)):
        limb, stars = _ribbed(path, radius, count)
        parts += [limb, stars]
    flower = blossom(0.24, (5, 1), 6)
    return join(parts, flower.moved(z=3.6), flower.scaled(0.7, 0.7, 0.7).moved(x=-1.12, z=2.62))


def _ribbed(path: Floats, radius: float, ribs: int) -> tuple[MeshData, MeshData]:
    """A limb with a round end along a path, ribs along it and spines on the ribs."""
    t = np.linspace(0, 1, len(path))
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    left = np.clip((1.0 - t) * length / radius, 0.0, 1.0)
    radii = radius * np.maximum(np.sqrt(left * (2.0 - left)), 0.04)
    sides = 2 * ribs
    limb = tube(path, radii, sides, slot=3)
    ring = np.arange(len(limb.vertices)) % sides
    centre = np.repeat(path, sides, axis=0)
    limb = replace(limb, vertices=centre + (limb.vertices - centre) * np.where(ring % 2 == 0, 1.08, 0.82)[:, None])
    crest = limb.vertices.reshape(len(path), sides, 3)[2:-2:3, ::2].reshape(-1, 3)
    away = crest - np.repeat(path[2:-2:3], ribs, axis=0)
    return limb, scattered(_star().turned("y", math.pi / 2), placements(crest, away, 0.9), 3)


def _ball(ribs: int) -> MeshData:
    body = ellipsoid(1.15, 1.15, 1.05, 3, 4 * ribs, 14)
    body = _lobed(body, ribs, 0.2).moved(z=0.9)
    turns = TAU * np.arange(ribs) / ribs
    rise = np.linspace(-0.6, 1.2, 6)
    points = np.array([(1.2 * math.cos(e) * math.cos(a), 1.2 * math.cos(e) * math.sin(a), 1.08 * math.sin(e))
        for e in rise for a in turns])  # fmt: skip
    stars = scattered(_star().turned("y", math.pi / 2), placements(points + np.array([0, 0, 0.9]), points, 1.2), 5)
    crown = [blossom(0.3, (5, 1), 8).turned("y", 0.5 * (k > 0)).turned("z", 2.1 * k).moved(
        0.42 * (k > 0) * math.cos(2.1 * k), 0.42 * (k > 0) * math.sin(2.1 * k), 1.92 - 0.08 * (k > 0))
        for k in range(4)]  # fmt: skip
    return join(body, stars, crown)


def _paddles(ribs: int) -> MeshData:
    places = [(0.0, 0.75, 0.62, 0.85, 0.0), (-0.62, 1.95, 0.5, 0.68, -0.42), (0.55, 1.9, 0.46, 0.6, 0.45),
              (-0.1, 2.1, 0.4, 0.55, 0.05), (-0.95, 2.95, 0.3, 0.42, -0.3), (0.95, 2.7, 0.3, 0.42, 0.5)]  # fmt: skip
    parts = []
    for k, (x, z, wide, tall, lean) in enumerate(places):
        pad = ellipsoid(wide, 0.17, tall, 3, 18, 10, 2.2)
        n = min(ribs, 12) - 2
        grid = [((i + 0.5 * (j % 2)) / n - 0.5, (j + 0.5) / 5 - 0.5) for j in range(5) for i in range(n // 2, n)]
        grid = [(2.6 * (u - 0.24), 1.5 * v) for u, v in grid if (2.6 * (u - 0.24)) ** 2 + (1.5 * v) ** 2 < 0.7]
        points = np.array([(wide * u, -0.17 * math.sqrt(1 - u * u - v * v), tall * v) for u, v in grid])
        away = np.tile([0.0, -1.0, 0.05], (len(points), 1))
        both, out = np.concatenate([points, points * [1, -1, 1]]), np.concatenate([away, -away])
        whole = join(pad, scattered(_star().turned("y", math.pi / 2), placements(both, out, 0.8), k))
        if k > 3:
            whole = join(whole, blossom(0.16, (5, 1), 5).moved(z=0.98 * tall))
        parts.append(whole.turned("z", 0.5 * math.sin(2.3 * k)).turned("y", lean).moved(x=x, y=0.05 * (k % 3), z=z))
    return join(parts)


def bonsai(p: TypedParams) -> MeshData:
    """A crooked trunk with pads of leaves in a glazed tray with moss and a stone."""
    w, pads, lean = p.real("width"), p.count("pads"), p.real("lean")
    walls = [(0.03, 0.36, 0.2), (0.04, 0.39, 0.22), (0.12, 0.44, 0.26), (0.135, 0.46, 0.28), (0.15, 0.46, 0.28),
        (0.15, 0.43, 0.25), (0.12, 0.42, 0.24)]  # fmt: skip
    rings = [placed(superellipse(a, b, 5.0, 32), z, "z") for z, a, b in walls]
    feet = [cushion(0.09, 0.07, 0.05, 0.015, 0, 2).moved(x=s * 0.28, y=t * 0.13, z=0.025) for s in (-1, 1)
        for t in (-1, 1)]  # fmt: skip
    soil = bent(ellipsoid(0.42, 0.24, 0.09, 1, 24, 10, 3.0).moved(z=0.12), lambda v: np.maximum(v, [-9, -9, 0.1]))
    stone = icosphere(2, 1.0, 5)
    stone = replace(stone, vertices=stone.vertices * (1 + 0.3 * lumps(stone.vertices * 1.7, 4)[:, None]))
    stone = stone.scaled(0.09, 0.07, 0.07).moved(x=0.27, y=-0.1, z=0.19)
    trunk = smooth([(0.05, 0, 0.13), (0.0, 0, 0.22), (-0.14 - lean, -0.03, 0.36), (0.0, 0.02, 0.52), (0.12 + lean, 0,
        0.66), (0.06 + lean, 0, 0.82)], 6)  # fmt: skip
    girth = np.interp(np.linspace(0, 1, len(trunk)), [0, 0.1, 0.5, 1], [0.13, 0.08, 0.055, 0.022])
    bole = tube(trunk, girth, 14, slot=2)
    parts = [join(loft(rings, 0), feet, soil, stone, bole)]
    for k in range(pads):
        t = 0.4 + 0.6 * k / (pads - 1)
        root = trunk[min(int(t * (len(trunk) - 1)), len(trunk) - 1)]
        side = (0.0 if k == pads - 1 else (-1.0 if k % 2 else 1.0)) * (0.36 - 0.17 * t)
        end = root + np.array([side, 0.1 * math.cos(2.4 * k), 0.05 + 0.04 * (k == pads - 1)])
        branch = smooth([root, (root + end) / 2 + [0, 0, 0.03], end], 4)
        parts += [tube(branch, np.linspace(0.026, 0.012, len(branch)), 8, slot=2), _pad(0.23 - 0.09 * t, k).moved(*end)]
    return fit(join(parts), (w, 0.55 * w, p.real("tallness") * w))


def _pad(size: float, seed: int) -> MeshData:
    """A cloud of leaves, flat below, with blossoms."""
    cloud = icosphere(2, 1.0, 3)
    v = cloud.vertices
    swell = 1.0 + 0.4 * lumps(v * 2.2, seed + 11)
    cloud = replace(cloud, vertices=v * swell[:, None] * [1.0, 0.85, 0.5])
    rng = np.random.default_rng([seed, 17])
    away = directions(54, rng)
    at = away * [0.98, 0.84, 0.5]
    leaf = mesh(
        np.array([[0, 0, 0], [0.5, 0.4, 0.1], [1, 0, -0.1], [0.5, -0.4, 0.1], [0.5, 0, -0.06]]),
        [[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]],
        3,
    )
    forward = 0.45 * away + rng.normal(0, 0.6, away.shape)
    leaves = scattered(leaf, placements(at, forward, 0.42), seed)
    flowers = scattered(leaf.slot(4), placements(1.06 * at[::5], forward[::5], 0.3, 1.2), seed)
    return join(cloud, leaves, flowers).scaled(size, size, size)


def picnic_basket(p: TypedParams) -> MeshData:
    """A woven basket with a handle and a cloth over its rim; two lids, or bread and fruit."""
    w, rows = p.real("width"), p.count("rows")
    d, h = p.real("depth") * w, p.real("tallness") * w
    weave = _woven(rows)
    rim = [tube(placed(superellipse(0.5 * k, 0.345 * k, 5.0, 40), z, "z"), 0.02, 6, closed=True, slot=s)
        for k, z, s in ((1.0, 0.5, 0), (0.87, 0.02, 1))]  # fmt: skip
    floor = loft([placed(superellipse(0.42, 0.29, 5.0, 40), z, "z") for z in (0.01, 0.03)], 0)
    bow = np.array([(0.49 * math.cos(a), 0.0, 0.42 + 0.6 * math.sin(a) ** 0.8) for a in np.linspace(0.0, math.pi, 30)])
    swing = np.linspace(0, 9 * TAU, 30)
    twist = np.stack([0 * swing, 0.02 * np.cos(swing / 3), 0.012 * np.sin(swing / 3)], axis=1)
    strands = [tube(bow + twist, 0.02, 7, slot=0), tube(bow - twist, 0.02, 7, slot=1)]
    fill = _food() if p.flag("filled") else _lids()
    return fit(join(weave, rim, floor, strands, _napkin(), fill), (w, d, h))


def _woven(rows: int) -> MeshData:
    """Walls whose rows go in and out of the uprights by turns, in two slots."""
    columns, levels = 32, 2 * rows + 1
    points = np.empty((columns * 2, levels, 3))
    for level in range(levels):
        t = level / (levels - 1)
        ring = superellipse(0.43 + 0.065 * t, 0.3 + 0.042 * t, 5.0, columns * 2)
        row = level // 2
        wave = 0.016 * np.cos(math.pi * (np.arange(columns * 2) + 2 * (row % 2)) / 2.0) * (level % 2)
        unit = ring / np.linalg.norm(ring, axis=1, keepdims=True)
        points[:, level, :2] = ring + unit * (wave + 0.008 * (level % 2))[:, None]
        points[:, level, 2] = 0.02 + 0.48 * t
    wall = lattice(points, closed_u=True)
    upright, row_of = np.divmod(np.arange(len(wall.sizes)), levels - 1)
    return replace(wall, slots=((upright // 2 + row_of // 2) % 2).astype(np.int32))


def _napkin() -> MeshData:
    """A cloth over the front rim that hangs down in a point on either side of the basket."""
    us, t = np.linspace(-0.3, 0.3, 21), np.linspace(0.0, 1.0, 10)
    rows = []
    for u in us:
        drop = 0.12 + 0.2 * (1.0 - abs(u) / 0.3)
        out = 0.37 + 0.012 * math.cos(40 * u)
        y = np.interp(t, [0, 0.3, 0.5, 1.0], [-0.2, -0.33, -out, -out + 0.012])
        z = np.interp(t, [0, 0.3, 0.42, 0.5, 1.0], [0.53, 0.54, 0.535, 0.5, 0.5 - drop])
        rows.append(np.stack([np.full_like(t, u * 1.1), y, z], axis=1))
    top = np.stack(rows)
    under = top[:, ::-1] - [0.0, -0.006, 0.006]
    return loft(np.concatenate([top, under], axis=1), 2)


def _lids() -> list[MeshData]:
    half = superellipse(0.51, 0.355, 5.0, 48)
    parts = []
    for s in (-1.0, 1.0):
        outline = half.copy()
        outline[:, 0] = np.where(outline[:, 0] * s > 0.02, outline[:, 0], 0.02 * s)
        lid = loft([placed(outline * k, z, "z") for z, k in ((0.52, 0.98), (0.53, 1.0), (0.545, 1.0), (0.56, 0.97))], 0)
        slats = [rod((s * x, -0.3, 0.56), (s * x, 0.3, 0.56), 0.016, 6, 1) for x in (0.08, 0.16, 0.24, 0.32, 0.4)]
        peg = join(rod((s * 0.46, -0.05, 0.58), (s * 0.46, 0.05, 0.58), 0.02, 8, 1))
        parts.append(join(lid, slats, peg))
    return parts


def _food() -> list[MeshData]:
    loaf = join(ellipsoid(0.09, 0.09, 0.34, 3, 14, 8, 2.4),
        [torus(0.075, 0.02, 12, 5, 3).turned("x", 0.4).moved(z=0.1 * k) for k in (-1, 0, 1, 2)])  # fmt: skip
    bed = ellipsoid(0.46, 0.31, 0.1, 2, 24, 8, 3.0).moved(z=0.47)
    apples = [ellipsoid(r, r, 0.92 * r, 4, 14, 8).moved(x, y, 0.56) for x, y, r in
        ((0.12, -0.14, 0.11), (0.32, -0.1, 0.1), (0.3, 0.12, 0.1), (-0.12, -0.18, 0.09))]  # fmt: skip
    leans = ((-0.5, -0.2, 0.05), (-0.75, -0.1, 0.17))
    loaves = [loaf.turned("x", -0.25).turned("y", a).moved(x, y, 0.66) for a, x, y in leans]
    return [bed, *apples, *loaves]


def cake(p: TypedParams) -> MeshData:
    """Tiers on a plate, icing that runs down, candles and berries."""
    diameter, tiers, thick, candles = p.real("diameter"), p.count("tiers"), 2 * p.real("thickness"), p.count("candles")
    dish = lathe(rounded([(0, 0.03), (0.5, 0.03), (0.52, 0), (0.6, 0.02), (1.0, 0.08), (0.98, 0.11), (0.7, 0.06),
        (0, 0.06)], 0.02, 1), 36, 2)  # fmt: skip
    parts, z = [dish], 0.055
    radii = [0.84 - 0.24 * k for k in range(tiers)]
    for k, r in enumerate(radii):
        parts.append(_tier(r, thick, p.count("drips") - 2 * k, k).moved(z=z))
        pearls = ellipsoid(0.045, 0.045, 0.04, 1, 6, 4).moved(x=r, z=z + 0.025)
        parts.append(around(pearls, 18 - 4 * k))
        if k + 1 < tiers:
            berry = ellipsoid(0.06, 0.06, 0.06, 4, 7, 4).moved(x=0.5 * (r + radii[k + 1]) + 0.01, z=z + thick + 0.05)
            parts.append(around(berry, 12 - 3 * k))
        z += thick
    r = radii[-1]
    candle = join(rod((0, 0, 0), (0, 0, 0.34), 0.032, 8, 3), ellipsoid(0.028, 0.028, 0.07, 5, 6, 4).moved(z=0.42))
    parts.append(around(candle.moved(x=0.62 * r, z=z), candles, 0.2))
    parts.append(ellipsoid(0.12, 0.12, 0.11, 4, 16, 10).moved(z=z + 0.09))
    parts.append(blossom(0.14, (1, 4), 5).moved(z=z + 0.02))
    height = (0.3 + p.real("thickness") * tiers) * diameter
    return fit(join(parts), (diameter, diameter, height))


def _tier(radius: float, height: float, drips: int, seed: int) -> MeshData:
    """A round cake with a skin of icing whose edge runs down the side."""
    side = lathe(rounded([(0, 0), (radius, 0), (radius, height), (0, height)], 0.05, 1), 32)
    skin = lathe([(radius - 0.01, 0.0), (radius + 0.022, 0.0), (radius + 0.026, 0.5),
        *rounded([(radius + 0.024, 0.72), (radius + 0.022, 1.0), (radius * 0.85, 1.0)], 0.05, 1),
        (0, 1.0)], 64, 1)  # fmt: skip

    def run(v: Floats) -> Floats:
        turn = azimuth(v)
        long = 0.34 + 0.24 * np.abs(np.cos(0.5 * drips * turn)) ** 2.5 * (1.0 + 0.5 * np.sin(3 * turn + seed))
        low = height * (1.0 - np.clip(long, 0.12, 0.8))
        return np.stack([v[:, 0], v[:, 1], low + (height + 0.02 - low) * v[:, 2]], axis=1)

    return join(side, bent(skin, run))


def burger(p: TypedParams) -> MeshData:
    """A bun with sesame, patties, cheese, tomato, lettuce, and a flag on a stick."""
    diameter, patties, waves = p.real("diameter"), p.count("patties"), p.count("waves")
    low = lathe(rounded([(0, 0), (0.86, 0), (0.97, 0.14), (0.93, 0.3), (0, 0.3)], 0.1, 4), 40)
    parts, z = [low], 0.28
    for k in range(patties):
        meat = lathe(rounded([(0, 0), (0.96, 0), (1.0, 0.1), (0.95, 0.22), (0, 0.22)], 0.07, 1), 40, 2)
        meat = bent(meat, lambda v: v * (1.0 + 0.035 * lumps(v * 6.0, 3)[:, None] * [1.0, 1.0, 0.4]))
        parts += [meat.moved(z=z), _cheese().turned("z", 0.5 + 0.6 * k).moved(z=z + 0.225)]
        z += 0.25
    parts += [pill(0.46, 0.08, 0.03, 14, 5).moved(x=0.5).turned("z", a).moved(z=z) for a in (-2.2, -0.9, 0.9, 2.3)]
    parts.append(_frill(waves).moved(z=z + 0.12))
    z += 0.15
    dome = [(0.9, 0.0), (0.98, 0.08), (0.95, 0.26), (0.74, 0.48), (0.4, 0.6), (0.12, 0.635)]
    side = smooth(dome, 4)
    crown = lathe([(0, 0.0), *side, (0, 0.64)], 40)
    seed = ellipsoid(0.05, 0.026, 0.02, 1, 6, 4)
    seeds = []
    for k in range(34):
        at = 0.22 + 0.41 * math.sqrt((k + 0.5) / 34)
        r = float(np.interp(at, side[:, 1], side[:, 0]))
        one = seed.turned("z", 1.3 * k).turned("y", _slope(side, at)).moved(x=r, z=at)
        seeds.append(one.turned("z", k * GOLDEN))
    stick = rod((0, 0, 0.5), (0, 0, 1.12), 0.018, 8, 1)
    x = np.linspace(0.0, 0.44, 9)
    edges = ((0.84, -0.004), (1.1, -0.004), (1.1, 0.004), (0.84, 0.004))
    flag = [np.array([(u, 0.03 * math.sin(12 * u) + s, v) for v, s in edges]) for u in x]
    parts.append(join(crown, seeds, stick, loft(flag, 6)).moved(z=z))
    return fit(join(parts), (diameter, diameter, p.real("tallness") * diameter))


def _cheese() -> MeshData:
    """A square slice whose corners hang down, and its thickness."""
    us = np.linspace(-0.86, 0.86, 8)
    x, y = np.meshgrid(us, us, indexing="ij")
    droop = np.maximum(np.hypot(x, y) - 0.95, 0.0)
    pull = 1.0 - 0.35 * droop
    top = np.stack([x * pull, y * pull, 0.02 - 0.75 * droop], axis=-1)
    under = np.stack([top[..., 0], top[..., 1], top[..., 2] - 0.035], axis=-1)
    rings = [np.concatenate([top[i], under[i, ::-1]]) for i in range(len(us))]
    return loft(rings, 4)


def _frill(waves: int) -> MeshData:
    """A wavy leaf of lettuce all the way round."""
    turn = np.linspace(0, TAU, 6 * waves, endpoint=False)
    r = np.array([0.5, 0.86, 1.0, 1.08])
    wave = np.sin(waves * turn)[:, None] * np.array([0.0, 0.04, 0.09, 0.11])[None]
    drop = np.array([0.0, -0.01, -0.05, -0.1])[None]
    far = r[None] + 0.03 * np.cos(waves * turn + 0.8)[:, None]
    top = np.stack([np.cos(turn)[:, None] * far, np.sin(turn)[:, None] * far, wave + drop], axis=-1)
    under = top[:, ::-1] - [0.0, 0.0, 0.02]
    ring = lattice(np.concatenate([top, under], axis=1), closed_u=True, closed_v=True, slot=3)
    return ring.flipped()


BUILDERS: dict[str, Builder] = {
    "apple": apple,
    "pumpkin": pumpkin,
    "pineapple": pineapple,
    "watermelon_slice": watermelon_slice,
    "mushroom": mushroom,
    "cactus": cactus,
    "bonsai": bonsai,
    "picnic_basket": picnic_basket,
    "cake": cake,
    "burger": burger,
}
