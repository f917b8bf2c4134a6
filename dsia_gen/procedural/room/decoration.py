"""Builders of rugs, pictures, lamps and potted plants."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData, copies, cylinder, extrude, fit, icosphere, lathe, merge, tube
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shaping import board, leaf, placements, scattered
from dsia_gen.procedural.table_family import Builder

RUG_HEIGHT = 0.014


def rug(p: TypedParams) -> MeshData:
    """A cloth of 14 mm with a border; fringes at both ends in X, none on a round one."""
    width, depth, fringe = p.real("width"), p.real("depth"), p.real("fringe")
    if p.flag("round"):
        rim = _ellipse(width, depth)
        return merge([extrude(rim, RUG_HEIGHT * 0.8, [rim * 0.86], slot=1), extrude(rim * 0.86, RUG_HEIGHT)])
    body = width - 2 * fringe
    edge = min(0.14, depth * 0.12)
    outer, inner = _rectangle(body, depth), _rectangle(body - 2 * edge, depth - 2 * edge)
    parts = [extrude(outer, RUG_HEIGHT * 0.85, [inner], slot=1), extrude(inner, RUG_HEIGHT)]
    if fringe > 0.01:
        parts += [_fringe(side * body / 2, side * fringe, depth) for side in (-1, 1)]
    return merge(parts)


def _rectangle(width: float, depth: float) -> Floats:
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, depth]) / 2


def _ellipse(width: float, depth: float) -> Floats:
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.stack([np.cos(angle) * width / 2, np.sin(angle) * depth / 2], axis=1)


def _fringe(x: float, reach: float, depth: float) -> MeshData:
    """Tassels 12 mm wide from x to x + reach."""
    count = max(4, int(depth / 0.024))
    tassel = board((abs(reach), 0.012, 0.004), bevel=0.0, slot=2)
    matrices = np.tile(np.eye(4), (count, 1, 1))
    matrices[:, 0, 3] = x + reach / 2
    matrices[:, 1, 3] = (np.arange(count) + 0.5) / count * (depth - 0.012) - (depth - 0.012) / 2
    return copies(tassel, matrices)


def picture(p: TypedParams) -> MeshData:
    """A print behind a mat in a frame 3 cm deep."""
    width, height, bar, mat = p.real("width"), p.real("height"), p.real("frame"), p.real("mat")
    bar = min(bar, width / 6, height / 6)
    mat = min(mat, (width - 2 * bar) / 5, (height - 2 * bar) / 5)
    rim = _rectangle(width, height)
    inner = _rectangle(width - 2 * bar, height - 2 * bar)
    sheet = _rectangle(width - 2 * bar - 2 * mat, height - 2 * bar - 2 * mat)
    parts = [
        extrude(rim, 0.03, [inner], slot=1),
        extrude(sheet, 0.010, slot=0),
    ]
    if mat > 0.005:
        parts.append(extrude(inner, 0.012, [sheet], slot=2))
    flat = merge(parts)
    return flat.turned("x", np.pi / 2).moved(y=0.015, z=height / 2)


def ceiling_lamp(p: TypedParams) -> MeshData:
    """Rose, cord, shade in one of three styles, and a bulb."""
    radius, height, style = p.real("diameter") / 2, p.real("height"), p.text("style")
    tall = radius * {"dome": 1.0, "drum": 1.1, "globe": 2.0}.get(style, 1.0)
    tall = min(tall, height * 0.7)
    if style == "globe":
        shade = lathe(_arc(radius, tall, -np.pi / 2, np.pi / 2, 16), 32)
    elif style == "drum":
        shade = _shell([(radius, 0), (radius, tall)], 0.004)
    else:
        shade = _shell([tuple(row) for row in _arc(radius, tall * 2, 0.0, np.pi / 2 * 0.93, 12) - [0, tall]], 0.004)
    parts = [shade, cylinder(0.006, height - tall + 0.02, 8, slot=1).moved(z=tall - 0.02)]
    parts.append(cylinder(0.055, 0.03, 20, top=0.045, slot=1).moved(z=height - 0.03))
    if style != "globe":
        parts.append(icosphere(2, min(0.06, radius * 0.4), slot=2).moved(z=tall * 0.5))
        parts.append(cylinder(0.02, tall * 0.5, 12, slot=1).moved(z=tall * 0.5))
    return fit(merge(parts), (2 * radius, 2 * radius, height))


def _arc(radius: float, tall: float, start: float, stop: float, steps: int) -> Floats:
    """Profile of an ellipsoid standing on z = 0, from one latitude to another."""
    latitude = np.linspace(start, stop, steps + 1)
    profile = np.stack([np.cos(latitude) * radius, (np.sin(latitude) + 1) * tall / 2], axis=1)
    profile[np.abs(profile) < 1e-9] = 0.0
    return profile


def _shell(profile: list[tuple[float, float]], thick: float) -> MeshData:
    """A thin bowl or tube: the profile outside, and the same `thick` nearer the axis inside."""
    inside = [(max(r - thick, 0.0), z) for r, z in reversed(profile)]
    return lathe([*profile, *inside, profile[0]], 40)


def floor_lamp(p: TypedParams) -> MeshData:
    """A shade on a pole with a round foot, or on a tripod."""
    radius, height = p.real("diameter") / 2, p.real("height")
    tall = min(0.32, height * 0.25)
    shade = _shell([(radius, 0), (radius * 0.72, tall)], 0.004).moved(z=height - tall)
    parts = [shade, icosphere(2, 0.05, slot=2).moved(z=height - tall * 0.55)]
    hub = height - tall
    if p.flag("tripod"):
        reach = radius * 0.98
        for k in range(3):
            a = 2 * np.pi * k / 3 + 0.5
            foot = np.array([reach * np.cos(a), reach * np.sin(a), 0.0])
            parts.append(tube([foot, np.array([0.02 * np.cos(a), 0.02 * np.sin(a), hub])], [0.012, 0.016], 8, slot=1))
        parts.append(cylinder(0.04, 0.05, 16, slot=1).moved(z=hub - 0.04))
    else:
        parts.append(lathe([(0, 0), (radius * 0.8, 0), (radius * 0.8, 0.012), (0.03, 0.03), (0.012, 0.05),
                            (0.012, hub), (0, hub)], 28, slot=1))  # fmt: skip
    parts.append(cylinder(0.012, tall * 0.4, 8, slot=1).moved(z=hub))
    return fit(merge(parts), (2 * radius, 2 * radius, height))


def table_lamp(p: TypedParams) -> MeshData:
    """A shade on a turned, bellied foot."""
    radius, height = p.real("diameter") / 2, p.real("height")
    tall = height * 0.45
    z = height - tall
    belly = radius * 0.62
    profile = [(0, 0), (belly * 0.7, 0), (belly * 0.72, z * 0.05), (belly, z * 0.3), (belly * 0.94, z * 0.5),
               (belly * 0.45, z * 0.78), (0.016, z * 0.9), (0.012, z + 0.05), (0, z + 0.05)]  # fmt: skip
    foot = lathe(profile, 32, slot=1)
    shade = _shell([(radius, z), (radius * 0.68, height)], 0.003)
    return merge([foot, shade, icosphere(2, radius * 0.25, slot=2).moved(z=z + tall * 0.45)])


def plant_pot(p: TypedParams) -> MeshData:
    """Leaves on arching stems from a tapered pot."""
    diameter, height, rim = p.real("diameter"), p.real("height"), p.real("pot") / 2
    deep = min(2 * rim * 1.05, height * 0.45)
    pot = lathe([(0, 0), (rim * 0.72, 0), (rim * 0.76, deep * 0.06), (rim * 0.96, deep * 0.86), (rim, deep * 0.88),
                 (rim, deep), (rim * 0.88, deep), (rim * 0.86, deep * 0.9)], 36)  # fmt: skip
    soil = cylinder(rim * 0.87, 0.01, 28, slot=1).moved(z=deep * 0.9)
    growth = _foliage(p.count("leaves"), p.count("seed"), diameter / 2, height - deep)
    crown = fit(growth, (diameter, diameter, height - deep * 0.92)).moved(z=deep * 0.92)
    return merge([pot, soil, crown])


def _foliage(count: int, seed: int, radius: float, height: float) -> MeshData:
    """Stems from the origin that bend outwards, each with a few leaves near its end."""
    rng = np.random.default_rng(seed)
    stems = max(8, count // 6)
    angle = np.pi * (1 + 5**0.5) * np.arange(stems) + rng.uniform(-0.3, 0.3, stems)
    reach = radius * rng.uniform(0.15, 0.8, stems)
    top = height * rng.uniform(0.45, 0.95, stems)
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(stems)], axis=1)
    parts, at, forward = [], [], []
    for k in range(stems):
        t = np.linspace(0, 1, 6)[:, None]
        path = out[k] * reach[k] * t**1.8 + np.array([0, 0, 1]) * top[k] * (1 - (1 - t) ** 1.5)
        parts.append(tube(path, np.linspace(0.006, 0.002, 6), 4, caps=False, slot=2))
        for s in np.linspace(0.35, 1.0, 6):
            turn = rng.uniform(0, 2 * np.pi)
            side = np.array([np.cos(turn), np.sin(turn), rng.uniform(-0.1, 0.6)]) + 0.8 * out[k]
            at.append(out[k] * reach[k] * s**1.8 + np.array([0, 0, 1]) * top[k] * (1 - (1 - s) ** 1.5))
            forward.append(side)
    size = radius * rng.uniform(0.35, 0.6, len(at))
    matrices = placements(np.array(at), np.array(forward), size, rng.uniform(-0.6, 0.6, len(at)))
    return merge([*parts, scattered(leaf(1.0, 0.4, slot=2), matrices, seed)])


BUILDERS: dict[str, Builder] = {
    "rug": rug,
    "picture": picture,
    "ceiling_lamp": ceiling_lamp,
    "floor_lamp": floor_lamp,
    "table_lamp": table_lamp,
    "plant_pot": plant_pot,
}
