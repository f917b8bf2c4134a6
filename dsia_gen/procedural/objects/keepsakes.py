"""Things of the attic and the workshop: a chest, a stool, ladders, tools, an hourglass, a cage, a knight, a soldier."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData, cylinder, fit, lathe, tube
from dsia_gen.procedural.objects.families_keepsakes import CHESTS, LADDERS, PINWHEEL, SOLDIERS, STOOLS, TOOLBOXES
from dsia_gen.procedural.objects.machines import profile, times, tub
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shapes import (
    TAU,
    around,
    both_sides,
    cushion,
    ellipsoid,
    join,
    loft,
    painted,
    pill,
    placed,
    plate,
    rod,
    rounded,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.table_family import Builder

FACING = math.pi / 2.0
"""Turn about X that carries what points up to -Y, the front."""


def treasure_chest(p: TypedParams) -> MeshData:
    """A chest of boards with an arched lid, iron bands, studs and a lock; shut, or open over its gold."""
    width, lid = p.real("width"), p.text("lid")
    parts = [
        tub((0.92, 0.54), (0.96, 0.58), 0.36, 0.03, 0).moved(z=0.02),
        cushion(0.98, 0.6, 0.05, 0.012, 1, 2).moved(z=0.025),
    ]
    for x in (-0.47, -0.2, 0.2, 0.47):
        parts += [
            plate(0.07, 0.02, 0.36, 0.004, 2).turned("x", 0.05).moved(x=x * 0.99, y=-0.285, z=0.21),
            plate(0.07, 0.02, 0.36, 0.004, 2).turned("x", -0.05).moved(x=x * 0.99, y=0.285, z=0.21),
        ]
        parts += [
            ellipsoid(0.02, 0.014, 0.02, 3, 8, 4).moved(x=x * 0.99, y=-0.297 - 0.02 * (z - 0.2), z=z)
            for z in (0.1, 0.22, 0.33)
        ]
    parts += [plate(1.0, 0.012, 0.045, 0.003, 1).moved(y=y, z=0.36) for y in (-0.296, 0.296)]
    cover = _arched_lid()
    if lid == "open":
        cover = cover.moved(y=-0.29).turned("x", -1.25).moved(y=0.29)
        parts += _gold()
    parts.append(cover.moved(z=0.385))
    parts += [
        cushion(0.15, 0.04, 0.16, 0.014, 3, 2).moved(y=-0.3, z=0.31),
        cylinder(0.022, 0.01, 12, slot=4).turned("x", FACING).moved(y=-0.318, z=0.32),
        plate(0.014, 0.01, 0.05, 0.0, 4).moved(y=-0.322, z=0.295),
    ]
    ring = tube(
        smooth([(0.49, -0.09, 0.27), (0.525, -0.08, 0.2), (0.53, 0, 0.17), (0.525, 0.08, 0.2), (0.49, 0.09, 0.27)], 4),
        0.014,
        8,
        slot=3,
    )
    parts.append(both_sides(ring))
    return fit(join(*parts), times(width, CHESTS[lid]))


def _arched_lid() -> MeshData:
    """Half a barrel along X, hollow, with bands and end plates; its rim on z = 0."""
    t = np.linspace(0.0, math.pi, 15)
    outer = np.stack([-0.3 * np.cos(t), 0.24 * np.sin(t) ** 0.8], axis=1)
    shell = np.concatenate([outer, (outer * [0.9, 0.87])[::-1]])
    ends = np.concatenate([outer, [[0.3, 0.0]]])[:-1]
    parts = [profile(shell, 0.98, 0.0, (0, 0)), both_sides(profile(ends, 0.03, 0.004, (1, 1)).moved(x=0.48))]
    band = np.concatenate([outer * 1.035, (outer * 0.98)[::-1]])
    parts += [profile(band, 0.07, 0.003, (2, 2)).moved(x=x) for x in (-0.47, -0.2, 0.2, 0.47)]
    for x in (-0.2, 0.2):
        parts += [
            ellipsoid(0.018, 0.018, 0.014, 3, 8, 4).moved(x=x, y=float(outer[k, 0]) * 1.04, z=float(outer[k, 1]) * 1.04)
            for k in (3, 5, 9, 11)
        ]
    return join(parts)


def _gold() -> list[MeshData]:
    """A heap of coins and gems (slots 3 and 4) in the chest."""
    heap = [ellipsoid(0.42, 0.23, 0.12, 3, 20, 8).moved(z=0.33)]
    golden = math.pi * (3.0 - math.sqrt(5.0))
    for k in range(34):
        r, a = math.sqrt((k + 0.5) / 34), k * golden
        x, y = 0.39 * r * math.cos(a), 0.21 * r * math.sin(a)
        z = 0.33 + 0.12 * math.sqrt(max(0.0, 1.0 - r * r))
        coin = cylinder(0.042, 0.016, 9, slot=3) if k % 4 else ellipsoid(0.034, 0.034, 0.034, 4, 6, 4)
        heap.append(coin.turned("x", 0.9 * math.sin(7.0 * k)).turned("y", 0.8 * math.cos(5.0 * k)).moved(x=x, y=y, z=z))
    return heap


def bar_stool(p: TypedParams) -> MeshData:
    """A tall stool: cushion with a piped rim and a button, three or four turned legs, rings; with a back or without."""
    height, legs, back = p.real("height"), p.count("legs"), p.flag("back")
    seat = lathe(rounded([(0, 0.86), (0.2, 0.86), (0.225, 0.9), (0.2, 0.97), (0.0, 0.985)], 0.035, 4), 36, 0)
    parts = [
        seat,
        torus(0.222, 0.012, 36, 8, 1).moved(z=0.895),
        pill(0.19, 0.04, 0.01, 32, 2).moved(z=0.825),
        ellipsoid(0.025, 0.025, 0.012, 1, 12, 6).moved(z=0.984),
    ]
    bulges = [
        (0.0, 0.016),
        (0.04, 0.02),
        (0.1, 0.016),
        (0.3, 0.024),
        (0.5, 0.017),
        (0.62, 0.026),
        (0.66, 0.018),
        (0.85, 0.026),
        (1.0, 0.02),
    ]
    t = np.array([b[0] for b in bulges])[:, None]
    path = np.array([0.24, 0.0, 0.0]) * (1 - t) + np.array([0.14, 0.0, 0.83]) * t
    parts.append(
        around(
            join(
                tube(path, [b[1] for b in bulges], 12, slot=2),
                painted(pill(0.022, 0.06, 0.006, 12, 3).moved(x=0.24), 3, lambda c: c[:, 2] > -1),
            ),
            legs,
            math.pi / 4 if legs == 4 else math.pi / 2,
        )
    )
    parts += [torus(0.205, 0.013, 36, 8, 3).moved(z=0.28), torus(0.17, 0.009, 32, 6, 3).moved(z=0.56)]
    if back:
        parts += [both_sides(rod((0.13, 0.16, 0.86), (0.15, 0.22, 1.16), 0.014, 8, 3))]
        curve = [(0.2 * math.sin(a), 0.04 + 0.2 * math.cos(a) - 0.0) for a in np.linspace(-0.95, 0.95, 13)]
        inner = np.array(curve) * [0.93, 0.93]
        ring = np.concatenate([np.array(curve), inner[::-1]])
        parts.append(loft([placed(ring, z, "z") for z in (1.06, 1.08, 1.2, 1.22)], 0))
    return fit(join(parts), times(height, STOOLS[f"{legs}{'b' if back else ''}"]))


def ladder(p: TypedParams) -> MeshData:
    """A step ladder standing open: treads with printed mats, stays, and a tin of paint with its brush on top."""
    height, steps = p.real("height"), p.count("steps")
    lean, top = 0.36, 0.92
    parts = [both_sides(_plank((0.26, -lean, 0.0), (0.17, -0.03, top), 0.035, 0.07, 0))]
    parts.append(both_sides(_plank((0.24, lean, 0.0), (0.17, 0.06, top - 0.03), 0.03, 0.045, 1)))
    for k in range(steps):
        t = (k + 1.0) / (steps + 1.0)
        y, z, half = -lean * (1 - t) - 0.03 * t, top * t, 0.26 * (1 - t) + 0.17 * t
        parts += [
            plate(2 * half - 0.03, 0.12, 0.028, 0.006, 2).moved(y=y, z=z),
            plate(2 * half - 0.03, 0.1, 0.008, 0.002, 4).moved(y=y - 0.005, z=z + 0.016),
        ]
    for k in range(2):
        t = 0.3 + 0.35 * k
        half = 0.24 * (1 - t) + 0.17 * t
        parts.append(plate(2 * half, 0.02, 0.045, 0.004, 1).moved(y=lean * (1 - t) + 0.06 * t, z=(top - 0.03) * t))
    parts += [plate(0.42, 0.24, 0.04, 0.008, 2).moved(y=0.0, z=top + 0.01)]
    parts += [
        both_sides(rod((0.22, -0.19, 0.45), (0.215, 0.2, 0.42), 0.008, 8, 3)),
        both_sides(pill(0.03, 0.02, 0.004, 12, 3).turned("y", math.pi / 2).moved(x=0.19, y=0.02, z=0.88)),
    ]
    tin = lathe(
        rounded([(0, 0), (0.075, 0), (0.075, 0.16), (0.08, 0.165), (0.065, 0.165), (0.065, 0.14), (0, 0.14)], 0.004, 1),
        26,
        5,
    )
    tin = painted(tin, 4, lambda c: (c[:, 2] > 0.03) & (c[:, 2] < 0.125) & (np.hypot(c[:, 0], c[:, 1]) > 0.07))
    bail = tube(
        smooth([(-0.078, 0, 0.14), (-0.07, -0.05, 0.08), (0, -0.085, 0.05), (0.07, -0.05, 0.08), (0.078, 0, 0.14)], 4),
        0.005,
        6,
        slot=3,
    )
    parts += [
        join(tin, bail).moved(x=-0.07, y=-0.01, z=top + 0.03),
        rod((-0.09, 0.02, 1.02), (-0.02, -0.02, 1.19), 0.012, 8, 1),
        cushion(0.07, 0.025, 0.06, 0.008, 3, 2).moved(x=0.12, z=top + 0.06),
    ]
    return fit(join(*parts), times(height, LADDERS))


def _plank(
    foot: tuple[float, float, float], head: tuple[float, float, float], width: float, depth: float, slot: int
) -> MeshData:
    """A board between two points, `width` along X and `depth` along Y."""
    section = np.array([(-width, -depth), (width, -depth), (width, depth), (-width, depth)]) / 2.0
    section = rounded(section, 0.008, 1, closed=True)
    rings = [
        placed(section, 0.0, "z") + np.asarray(foot) * (1 - t) + np.asarray(head) * t for t in np.linspace(0.0, 1.0, 7)
    ]
    return loft(rings, slot)


def toolbox(p: TypedParams) -> MeshData:
    """A tool box with a printed side, latches and a handle: shut, or an open trug with its tools."""
    width, style = p.real("width"), p.text("style")
    parts = _tool_chest() if style == "chest" else _tool_trug()
    return fit(join(*parts), times(width, TOOLBOXES[style]))


def _tool_chest() -> list[MeshData]:
    roof = [(-0.24, 0.3), (0.24, 0.3), (0.24, 0.36), (0.12, 0.46), (-0.12, 0.46), (-0.24, 0.36)]
    parts = [
        cushion(1.0, 0.5, 0.3, 0.025, 0, 3).moved(z=0.16),
        profile(rounded(roof, 0.03, 3, closed=True), 0.99, 0.02, (1, 1)),
    ]
    parts += [plate(0.56, 0.012, 0.16, 0.003, 3).moved(y=y, z=0.16) for y in (-0.25, 0.25)]
    parts += [
        both_sides(cushion(0.09, 0.03, 0.12, 0.01, 2, 3).moved(x=0.36, y=-0.255, z=0.29)),
        both_sides(plate(0.012, 0.3, 0.16, 0.003, 3).moved(x=0.5, z=0.16)),
    ]
    parts += [
        both_sides(cushion(0.06, 0.06, 0.1, 0.015, 2, 3).moved(x=0.22, z=0.49)),
        rod((-0.25, 0, 0.54), (0.25, 0, 0.54), 0.032, 14, 4),
    ]
    parts += [cushion(0.05, 0.508, 0.05, 0.012, 2, 3).moved(x=x, y=0.0, z=0.035) for x in (-0.47, 0.47)]
    parts += [
        ellipsoid(0.016, 0.01, 0.016, 2, 10, 6).moved(x=x, y=-0.25, z=z)
        for x in (-0.44, -0.32, 0.32, 0.44)
        for z in (0.08, 0.22)
    ]
    return parts


def _tool_trug() -> list[MeshData]:
    gable = [(-0.25, 0.0), (0.25, 0.0), (0.25, 0.24), (0.07, 0.52), (-0.07, 0.52), (-0.25, 0.24)]
    parts = [both_sides(profile(rounded(gable, 0.03, 3, closed=True), 0.04, 0.006, (1, 1)).moved(x=0.48))]
    parts += [plate(0.94, 0.03, 0.22, 0.005, 0).moved(y=y, z=0.12) for y in (-0.225, 0.225)] + [
        plate(0.94, 0.44, 0.03, 0.004, 0).moved(z=0.03)
    ]
    parts += [plate(0.5, 0.012, 0.13, 0.002, 3).moved(y=y, z=0.12) for y in (-0.241, 0.241)]
    parts += [rod((-0.49, 0, 0.45), (0.49, 0, 0.45), 0.03, 14, 4), plate(0.9, 0.4, 0.02, 0.003, 3).moved(z=0.12)]
    hammer = [
        rod((0, 0, 0), (0, 0, 0.5), (0.022, 0.018), 10, 4),
        cushion(0.2, 0.06, 0.06, 0.012, 2, 3).moved(x=0.02, z=0.5),
        rod((0.1, 0, 0.5), (0.14, 0, 0.5), 0.036, 14, 2),
    ]
    driver = [rod((0, 0, 0), (0, 0, 0.2), 0.012, 8, 2), pill(0.035, 0.17, 0.02, 16, 3).moved(z=0.2)]
    saw = [
        profile([(0.0, 0.0), (0.05, 0.16), (0.13, 0.16), (0.14, 0.0)], 0.03, 0.004, (4, 4)),
        profile([(0.14, 0.01), (0.13, 0.15), (0.6, 0.09), (0.6, 0.05)], 0.008, 0.0, (2, 2)),
    ]
    wrench = [
        plate(0.05, 0.018, 0.4, 0.006, 2).moved(z=0.2),
        torus(0.05, 0.018, 18, 8, 2).turned("x", FACING).moved(z=0.43),
    ]
    parts += [
        join(hammer).turned("y", -0.35).moved(x=-0.1, y=-0.09, z=0.1),
        join(driver).turned("y", 0.3).moved(x=0.02, y=0.1, z=0.13),
    ]
    parts += [
        join(driver).turned("y", -0.2).moved(x=0.36, y=-0.1, z=0.12),
        join(wrench).turned("y", 0.5).moved(x=0.08, y=-0.13, z=0.1),
    ]
    parts.append(join(saw).turned("z", math.pi / 2).turned("y", 0.55).moved(x=0.42, y=0.14, z=0.28))
    return parts


def fire_extinguisher(p: TypedParams) -> MeshData:
    """An extinguisher: bottle with a label and a band, two levers, a gauge, a hose with a nozzle or a horn."""
    height, horn = p.real("height"), p.flag("horn")
    body = lathe(
        rounded(
            [(0, 0.03), (0.13, 0.03), (0.14, 0.05), (0.14, 0.7), (0.1, 0.79), (0.05, 0.83), (0.05, 0.86), (0, 0.86)],
            0.03,
            4,
        ),
        36,
        0,
    )
    foot = lathe([(0.12, 0.0), (0.13, 0.0), (0.142, 0.06), (0.14, 0.06), (0.12, 0.0)], 36, 4)
    label = lathe([(0.139, 0.22), (0.1425, 0.225), (0.1425, 0.515), (0.139, 0.52)], 36, 1)
    band = lathe([(0.139, 0.58), (0.1425, 0.582), (0.1425, 0.648), (0.139, 0.65)], 36, 2)
    hose = smooth(
        [(0.03, 0.0, 0.92), (0.13, -0.01, 0.93), (0.19, -0.02, 0.82), (0.185, -0.03, 0.6), (0.168, -0.03, 0.42)], 6
    )
    parts = [body, foot, label, band, *_extinguisher_valve(), tube(hose, 0.018, 10, slot=4)]
    if horn:
        parts.append(
            lathe([(0.016, 0.0), (0.02, -0.06), (0.045, -0.24), (0.04, -0.24), (0.0, -0.05)], 20, 2)
            .flipped()
            .moved(x=0.168, y=-0.03, z=0.42)
        )
    else:
        parts.append(rod((0.168, -0.03, 0.43), (0.166, -0.03, 0.3), (0.022, 0.012), 12, 3))
    parts += [torus(0.1425, 0.006, 36, 6, 3).moved(z=z) for z in (0.21, 0.53)] + [
        cushion(0.05, 0.05, 0.02, 0.006, 4, 2).moved(x=0.16, y=-0.03, z=0.5)
    ]
    return fit(join(parts), (0.357 * height, 0.337 * height, height))


def _extinguisher_valve() -> list[MeshData]:
    """Valve, gauge, two levers and the pin with its ring."""
    valve = [
        pill(0.045, 0.06, 0.008, 20, 3).moved(z=0.85),
        cushion(0.06, 0.09, 0.06, 0.012, 3, 3).moved(z=0.92),
        rod((0, -0.05, 0.9), (0, -0.075, 0.9), 0.016, 12, 3),
    ]
    gauge = (
        join(pill(0.036, 0.02, 0.005, 22, 3), pill(0.029, 0.023, 0.003, 20, 1))
        .turned("x", FACING)
        .moved(y=-0.065, z=0.9)
    )
    lever = [
        profile(
            rounded(
                [(-0.02, 0.945), (0.02, 0.95), (0.19, 0.99), (0.19, 1.01), (0.0, 0.985), (-0.03, 0.97)],
                0.008,
                2,
                closed=True,
            ),
            0.04,
            0.006,
            (4, 4),
        ),
        profile(
            rounded(
                [(0.0, 0.9), (0.05, 0.895), (0.18, 0.88), (0.18, 0.9), (0.05, 0.925), (0.0, 0.93)],
                0.006,
                2,
                closed=True,
            ),
            0.036,
            0.006,
            (4, 4),
        ),
    ]
    pin = [
        torus(0.028, 0.005, 18, 6, 3).turned("y", math.pi / 2).moved(x=0.045, z=0.955),
        rod((-0.04, 0, 0.955), (0.045, 0, 0.955), 0.006, 8, 3),
    ]
    return [*valve, gauge, *lever, *pin]


def hourglass(p: TypedParams) -> MeshData:
    """An hourglass: two turned plates, three or four posts, two bulbs with sand running between, a printed belt."""
    height, posts, run = p.real("height"), p.count("posts"), p.real("run")
    disc = lathe(
        rounded([(0, 0), (0.3, 0), (0.31, 0.03), (0.28, 0.06), (0.29, 0.08), (0.26, 0.1), (0, 0.1)], 0.012, 1), 36, 0
    )
    disc = painted(disc, 1, lambda c: (c[:, 2] > 0.005) & (c[:, 2] < 0.05) & (np.hypot(c[:, 0], c[:, 1]) > 0.28))
    half = smooth([(0.03, 0.5), (0.045, 0.46), (0.13, 0.38), (0.185, 0.27), (0.18, 0.17), (0.12, 0.105)], 4)[::-1]
    glass = lathe([(0.0, 0.1), *half], 28, 2)
    level = 0.17 + 0.15 * run
    glass = painted(glass, 3, lambda c: c[:, 2] < level)
    upper = (
        painted(lathe([(0.0, 0.1), *half], 28, 2), 3, lambda c: c[:, 2] > 0.3 + 0.12 * run).scaled(z=-1.0).moved(z=1.0)
    )
    waist = [
        torus(0.045, 0.02, 24, 8, 4).moved(z=0.5),
        torus(0.075, 0.012, 24, 6, 4).moved(z=0.46),
        torus(0.075, 0.012, 24, 6, 4).moved(z=0.54),
    ]
    rings = [torus(0.13, 0.014, 28, 6, 4).moved(z=z) for z in (0.112, 0.888)]
    turned = smooth(
        [
            (0.018, 0.08),
            (0.03, 0.14),
            (0.018, 0.2),
            (0.025, 0.34),
            (0.036, 0.5),
            (0.025, 0.66),
            (0.018, 0.8),
            (0.03, 0.86),
            (0.018, 0.92),
        ],
        2,
    )
    column = join(lathe(turned, 10, 0), torus(0.034, 0.008, 12, 4, 4).moved(z=0.5)).moved(x=0.24)
    balls = around(ellipsoid(0.028, 0.028, 0.024, 4, 10, 5).moved(x=0.24, z=1.0), posts, FACING)
    whole = join(
        disc, disc.scaled(z=-1.0).moved(z=1.0), glass, upper, waist, rings, around(column, posts, FACING), balls
    )
    return fit(whole, (0.6 * height, 0.6 * height, height))


def birdcage(p: TypedParams) -> MeshData:
    """A domed cage of wires over a patterned tray, with a ring to hang it by, a swing and a bird inside."""
    diameter, bars = p.real("diameter"), p.count("bars")
    tall = p.real("tallness")
    tray = lathe(
        rounded([(0, 0), (0.46, 0), (0.5, 0.05), (0.48, 0.14), (0.45, 0.14), (0.44, 0.07), (0, 0.06)], 0.02, 3), 40, 0
    )
    tray = painted(tray, 1, lambda c: (c[:, 2] < 0.09) & (np.hypot(c[:, 0], c[:, 1]) < 0.43) & (c[:, 2] > 0.02))
    wall = tall - 0.52
    wire = smooth(
        [
            (0.45, 0, 0.12),
            (0.455, 0, 0.5 * wall),
            (0.45, 0, wall),
            (0.34, 0, wall + 0.22),
            (0.14, 0, wall + 0.34),
            (0.015, 0, wall + 0.37),
        ],
        2,
    )
    parts = [tray, around(tube(wire, 0.008, 4, slot=2), bars)]
    parts += [
        torus(r, 0.013, 32, 5, 2).moved(z=z)
        for r, z in ((0.455, 0.45 * wall + 0.05), (0.45, wall), (0.34, wall + 0.22))
    ]
    parts += [
        pill(0.06, 0.05, 0.012, 18, 0).moved(z=wall + 0.355),
        ellipsoid(0.035, 0.035, 0.035, 4, 14, 10).moved(z=wall + 0.43),
    ]
    parts += [torus(0.055, 0.01, 24, 6, 2).turned("x", FACING).moved(z=wall + 0.49 - 0.025)]
    door = [(-0.12, 0.3 * wall), (0.12, 0.3 * wall), (0.12, 0.75 * wall), (0.0, 0.85 * wall), (-0.12, 0.75 * wall)]
    parts.append(tube([(x, -0.47, z) for x, z in rounded(door, 0.03, 2, closed=True)], 0.012, 6, closed=True, slot=4))
    perch = 0.42 * wall
    parts += [
        rod((-0.2, 0, perch), (0.2, 0, perch), 0.016, 10, 4),
        both_sides(rod((0.18, 0, perch), (0.03, 0, wall + 0.32), 0.006, 6, 2)),
    ]
    parts.append(_bird().moved(x=0.02, z=perch + 0.02))
    return fit(join(parts), (diameter, diameter, tall * diameter))


def _bird() -> MeshData:
    """A sitting bird of 0.3 from tail to bill, looking to the left front; slots: 3 plumage, 4 bill, 1 wings."""
    body = ellipsoid(0.085, 0.13, 0.1, 3, 20, 12).turned("x", 0.5).moved(z=0.1)
    head = join(
        ellipsoid(0.065, 0.068, 0.065, 3, 16, 12),
        lathe([(0.0, 0.07), (0.022, 0.0)], 10, 4).flipped().turned("x", FACING).moved(y=-0.055),
        both_sides(ellipsoid(0.012, 0.012, 0.012, 2, 8, 6).moved(x=0.05, y=-0.04, z=0.015)),
    )
    wing = both_sides(ellipsoid(0.02, 0.11, 0.06, 1, 14, 8).turned("x", 0.55).moved(x=0.082, y=0.03, z=0.1))
    tail = cushion(0.06, 0.17, 0.014, 0.005, 1, 2).turned("x", -0.7).moved(y=0.16, z=0.0)
    legs = both_sides(rod((0.03, 0, -0.02), (0.03, 0.01, 0.05), 0.008, 6, 4))
    return join(body, head.moved(y=-0.085, z=0.22), wing, tail, legs).turned("z", -0.7)


def chess_knight(p: TypedParams) -> MeshData:
    """A large chess knight: a turned foot, a horse's head with a cut mane, ears, eyes and a bridle."""
    height, stout = p.real("height"), p.real("stout")
    foot = lathe(
        rounded(
            [
                (0, 0),
                (0.27, 0),
                (0.28, 0.05),
                (0.24, 0.1),
                (0.25, 0.13),
                (0.2, 0.17),
                (0.165, 0.26),
                (0.19, 0.3),
                (0.15, 0.33),
                (0, 0.33),
            ],
            0.012,
            3,
        ),
        40,
        0,
    )
    foot = painted(foot, 1, lambda c: (c[:, 2] > 0.02) & (c[:, 2] < 0.095) | (c[:, 2] > 0.27) & (c[:, 2] < 0.32))
    neck = [
        (0.02, 0.3, 0.13, 0.19),
        (0.05, 0.42, 0.115, 0.19),
        (0.06, 0.56, 0.1, 0.18),
        (0.035, 0.7, 0.09, 0.16),
        (-0.01, 0.8, 0.085, 0.14),
        (-0.03, 0.88, 0.05, 0.1),
    ]
    rings = [placed(superellipse(w, d, 2.4, 28), z, "z") + np.array([0, y, 0]) for y, z, w, d in smooth(neck, 3)]
    parts = [foot, loft(rings, 0)]
    parts += _horse_head()
    crest = smooth([(-0.03, 0.97), (0.12, 0.93), (0.21, 0.81), (0.27, 0.66), (0.285, 0.52), (0.25, 0.4)], 6)
    mane = np.concatenate([_notched(crest, 0.02), [(0.1, 0.4), (0.08, 0.6), (0.0, 0.82)]])
    rein = smooth([(0.0, -0.17, 0.42), (0.09, -0.11, 0.43), (0.13, 0.03, 0.45), (0.1, 0.17, 0.47)], 5)
    parts += [profile(mane, 0.075, 0.012, (1, 1)), both_sides(tube(rein, 0.011, 8, slot=3))]
    return fit(join(parts), (0.55 * stout * height, 0.646 * stout * height, height))


def _horse_head() -> list[MeshData]:
    """Head with eyes, nostrils and a bridle, and two ears."""
    skull = [
        (0.0, 0.095, 0.13),
        (0.1, 0.095, 0.125),
        (0.2, 0.075, 0.095),
        (0.3, 0.06, 0.07),
        (0.36, 0.062, 0.068),
        (0.39, 0.04, 0.045),
    ]
    head = loft([placed(superellipse(w, h, 2.5, 24), -y, "y") for y, w, h in smooth(skull, 3)], 0)
    face = join(
        head,
        both_sides(ellipsoid(0.02, 0.026, 0.02, 2, 14, 10).moved(x=0.085, y=-0.11, z=0.045)),
        both_sides(ellipsoid(0.012, 0.018, 0.014, 2, 10, 6).moved(x=0.05, y=-0.355, z=0.025)),
        [torus(0.09, 0.01, 28, 6, 3).scaled(1.0, 1.22, 1.0).turned("x", FACING).moved(y=-0.215)],
        both_sides(rod((0.082, -0.215, 0.0), (0.1, -0.02, 0.02), 0.009, 8, 3)),
        both_sides(pill(0.022, 0.02, 0.004, 14, 3).turned("y", FACING).moved(x=0.08, y=-0.215)),
        plate(0.1, 0.012, 0.012, 0.0, 2).moved(y=-0.385, z=-0.028),
    )
    parts = [face.turned("x", 0.62).moved(y=-0.03, z=0.79)]
    ear = lathe(smooth([(0.0, -0.01), (0.035, 0.02), (0.03, 0.08), (0.0, 0.15)], 4), 14, 0)
    parts.append(both_sides(ear.scaled(1.0, 0.7, 1.0).turned("y", 0.15).turned("x", 0.1).moved(x=0.05, y=0.0, z=0.86)))
    return parts


def _notched(line: Floats, depth: float) -> Floats:
    """Every third point of a curve (N, 2) drawn in towards its middle."""
    inwards = np.array([0.05, 0.6]) - line
    inwards /= np.linalg.norm(inwards, axis=1, keepdims=True)
    return line + inwards * np.where(np.arange(len(line)) % 3 == 0, depth, 0.0)[:, None]


def pinwheel(p: TypedParams) -> MeshData:
    """A pinwheel of folded sails in two patterns on a striped stick, in a heavy pot."""
    height, sails = p.real("height"), p.count("sails")
    parts = [
        lathe(
            rounded(
                [(0, 0), (0.11, 0), (0.14, 0.14), (0.15, 0.15), (0.15, 0.18), (0.13, 0.18), (0.125, 0.15), (0, 0.15)],
                0.008,
                2,
            ),
            32,
            2,
        )
    ]
    parts += [rod((0, 0, 0.1), (0, 0, 0.98), 0.014, 12, 3), torus(0.148, 0.01, 32, 6, 4).moved(z=0.175)]
    vane = _sail(sails)
    rotor = join(vane.turned("y", TAU * k / sails + 0.3).slot(k % 2) for k in range(sails))
    hub = join(ellipsoid(0.032, 0.024, 0.032, 4, 18, 10), rod((0, -0.02, 0), (0, 0.09, 0), 0.008, 8, 4))
    parts += [
        rotor.moved(y=-0.06, z=0.8),
        hub.moved(y=-0.105, z=0.8),
        ellipsoid(0.02, 0.02, 0.02, 4, 12, 8).moved(z=0.985),
    ]
    return fit(join(parts), times(height, PINWHEEL))


def _sail(sails: int) -> MeshData:
    """A sail that folds from the middle out and back to the hub, along X in the XZ plane; thin and closed."""
    wide = TAU / sails * 0.92
    layers = []
    for thick in (0.0, 0.006):
        rows = []
        for u in np.linspace(0.0, 1.0, 11):
            r = 0.03 + 0.27 * u
            across = np.linspace(0.0, 1.0, 9)
            angle = wide * across * (1.0 - 0.55 * u**2)
            lift = -0.12 * np.sin(math.pi * 0.6 * across) ** 1.5 * np.sin(math.pi * (0.1 + 0.62 * u)) - 0.002
            rows.append(np.stack([r * np.cos(angle), lift + thick, r * np.sin(angle)], axis=1))
        layers.append(np.stack(rows))
    rings = [np.concatenate([front, back[::-1]]) for front, back in zip(*layers, strict=True)]
    return loft(rings)


def nutcracker(p: TypedParams) -> MeshData:
    """A nutcracker soldier: boots, coat with braid, a jaw with teeth, whiskers, a tall hat; a sabre or a drum."""
    height, carries = p.real("height"), p.text("carries")
    parts: list[MeshData] = [cushion(0.34, 0.26, 0.05, 0.015, 4, 2).moved(z=0.025)]
    outline = [
        (0, 0.05),
        (0.055, 0.05),
        (0.05, 0.1),
        (0.058, 0.19),
        (0.06, 0.2),
        (0.05, 0.2),
        (0.052, 0.3),
        (0.06, 0.37),
    ]
    leg = lathe(rounded([*outline, (0, 0.37)], 0.008, 1), 18, 2)
    leg = painted(leg, 4, lambda c: c[:, 2] < 0.195)
    parts.append(both_sides(join(leg, ellipsoid(0.052, 0.085, 0.04, 4, 14, 8).moved(y=-0.045, z=0.085)).moved(x=0.07)))
    parts += _soldier_coat()
    arm = join(
        ellipsoid(0.058, 0.058, 0.024, 3, 14, 6).moved(x=0.165, z=0.655),
        tube([(0.165, 0, 0.64), (0.185, -0.005, 0.54), (0.175, -0.02, 0.43)], [0.044, 0.046, 0.036], 12, slot=0),
        torus(0.037, 0.012, 14, 5, 3).moved(x=0.174, y=-0.022, z=0.435),
        ellipsoid(0.036, 0.036, 0.042, 5, 12, 8).moved(x=0.173, y=-0.03, z=0.39),
    )
    parts += [both_sides(arm), *_soldier_head()]
    if carries == "sabre":
        blade = profile(
            rounded([(-0.012, 0.0), (0.012, 0.0), (0.03, 0.3), (0.05, 0.42), (0.01, 0.32)], 0.004, 1, closed=True),
            0.012,
            0.002,
            (3, 3),
        )
        parts += [
            blade.turned("x", 0.15).moved(x=0.19, y=-0.06, z=0.4),
            rod((0.19, -0.06, 0.34), (0.19, -0.06, 0.42), 0.014, 10, 4),
            torus(0.036, 0.008, 18, 6, 3).moved(x=0.19, y=-0.06, z=0.415),
        ]
    else:
        drum = painted(pill(0.085, 0.1, 0.008, 28, 2).moved(z=-0.05), 3, lambda c: np.abs(c[:, 2]) > 0.042)
        parts += [
            drum.turned("x", 0.25).moved(y=-0.2, z=0.42),
            both_sides(rod((0.17, -0.04, 0.4), (0.04, -0.2, 0.5), 0.007, 8, 4)),
            both_sides(rod((0.06, -0.1, 0.62), (0.08, -0.2, 0.44), 0.008, 6, 3)),
        ]
    return fit(join(*parts), times(height, SOLDIERS[carries]))


def _soldier_coat() -> list[MeshData]:
    """Coat, belt, buckle, braid and buttons from z = 0.34 to 0.68."""
    outline = [(0, 0.34), (0.16, 0.34), (0.135, 0.45), (0.12, 0.48), (0.15, 0.6), (0.14, 0.66), (0.06, 0.68), (0, 0.68)]
    coat = lathe(rounded(outline, 0.015, 2), 28, 0).scaled(1.0, 0.82, 1.0)
    belt = lathe([(0.12, 0.455), (0.132, 0.46), (0.132, 0.49), (0.12, 0.5)], 28, 4).scaled(1.0, 0.84, 1.0)
    rows = (0.53, 0.565, 0.6)
    braid = [rod((-0.05, -0.117, z), (0.05, -0.117, z), 0.008, 8, 3) for z in rows]
    button = ellipsoid(0.014, 0.01, 0.014, 3, 8, 4)
    buttons = [button.moved(x=x, y=-0.118, z=z) for x in (-0.055, 0.055) for z in rows]
    return [coat, belt, plate(0.05, 0.02, 0.05, 0.004, 3).moved(y=-0.108, z=0.475), *braid, *buttons]


def _soldier_head() -> list[MeshData]:
    """Head, jaw, teeth, hair and hat from z = 0.66 to 1.06."""
    head = pill(0.085, 0.17, 0.03, 28, 5).moved(z=0.67)
    jaw = [
        cushion(0.075, 0.05, 0.05, 0.01, 5, 2).moved(y=-0.075, z=0.7),
        plate(0.062, 0.02, 0.02, 0.003, 6).moved(y=-0.086, z=0.742),
    ]
    beard = profile(
        rounded([(-0.1, 0.69), (-0.06, 0.69), (-0.08, 0.6), (-0.12, 0.59)], 0.012, 2, closed=True), 0.085, 0.012, (6, 6)
    )
    hair = both_sides(ellipsoid(0.016, 0.05, 0.075, 6, 12, 8).moved(x=0.08, y=0.03, z=0.75))
    whiskers = both_sides(
        tube(
            smooth([(0.0, -0.095, 0.768), (0.03, -0.1, 0.772), (0.06, -0.085, 0.758), (0.075, -0.07, 0.775)], 4),
            [0.012] * 9 + [0.009] * 2 + [0.005] * 2,
            6,
            slot=6,
        )
    )
    eyes = both_sides(
        join(ellipsoid(0.019, 0.01, 0.015, 6, 12, 6), ellipsoid(0.009, 0.008, 0.009, 4, 8, 4).moved(y=-0.007)).moved(
            x=0.032, y=-0.08, z=0.805
        )
    )
    nose = ellipsoid(0.016, 0.024, 0.018, 5, 10, 6).moved(y=-0.092, z=0.785)
    hat = lathe(
        rounded(
            [(0, 0.83), (0.092, 0.83), (0.096, 0.86), (0.09, 0.9), (0.1, 1.02), (0.095, 1.03), (0, 1.035)], 0.008, 1
        ),
        30,
        1,
    )
    hat = painted(hat, 3, lambda c: (c[:, 2] > 1.0) & (c[:, 2] < 1.028) | (c[:, 2] < 0.862))
    peak = ellipsoid(0.085, 0.06, 0.01, 4, 18, 4).turned("x", 0.2).moved(y=-0.075, z=0.838)
    badge = [
        plate(0.045, 0.012, 0.05, 0.006, 3).turned("y", math.pi / 4).moved(y=-0.092, z=0.94),
        ellipsoid(0.02, 0.02, 0.05, 6, 12, 8).moved(y=-0.06, z=1.06),
    ]
    return [head, *jaw, beard, hair, whiskers, eyes, nose, hat, peak, *badge]


BUILDERS: dict[str, Builder] = {
    "treasure_chest": treasure_chest,
    "bar_stool": bar_stool,
    "ladder": ladder,
    "toolbox": toolbox,
    "fire_extinguisher": fire_extinguisher,
    "hourglass": hourglass,
    "birdcage": birdcage,
    "chess_knight": chess_knight,
    "pinwheel": pinwheel,
    "nutcracker": nutcracker,
}
