"""Things with wheels, wings, keels and tracks: cycles, a helicopter, a balloon, heavy machines, boats, a trolley."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.mesh import Bools, Floats, MeshData, cylinder, fit, lathe, tube
from dsia_gen.procedural.objects.families_machines import BUSES, EXCAVATORS, HELICOPTERS, SCOOTERS, TRACTORS
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shapes import (
    TAU,
    around,
    bent,
    both_sides,
    cushion,
    disc_wheel,
    ellipsoid,
    join,
    loft,
    painted,
    pill,
    placed,
    plate,
    propeller,
    rod,
    rounded,
    sectored,
    slab,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.table_family import Builder


def times(length: float, size: tuple[float, float, float]) -> tuple[float, float, float]:
    """A size of a thing of length 1, for another length."""
    return size[0] * length, size[1] * length, size[2] * length


def profile(outline: ArrayLike, width: float, bevel: float = 0.0, slots: tuple[int, int] = (0, 0)) -> MeshData:
    """A plate across X with an outline (N, 2) in (y, z): what a thing looks like from its side."""
    return slab(outline, width, bevel, slots).turned("z", math.pi / 2.0)


def tub(low: tuple[float, float], top: tuple[float, float], height: float, wall: float, slot: int = 0) -> MeshData:
    """An open container on the floor: (width, depth) below and at the rim, corners round."""
    sides = ((0.0, low, 0.0), (height, top, 0.0), (height, top, wall), (wall, low, wall))
    return loft([placed(superellipse(w / 2.0 - t, d / 2.0 - t, 7.0, 28), z, "z") for z, (w, d), t in sides], slot)


def spoked(radius: float, tyre: float, spokes: int, slots: tuple[int, int]) -> MeshData:
    """A wheel of wire about X through the origin; slots: (tyre, rim and spokes)."""
    rubber, wire = slots
    ring = join(torus(radius - tyre, tyre, 36, 8, rubber), torus(radius - 2.1 * tyre, 0.5 * tyre, 36, 5, wire))
    hub = pill(0.09 * radius, 0.2 * radius, 0.01 * radius, 10, wire).moved(z=-0.1 * radius)
    wires = around(rod((0.0, 0.0, 0.08 * radius), (radius - 2.2 * tyre, 0.0, 0.0), 0.012 * radius, 4, wire), spokes)
    return join(ring, hub, wires).turned("y", math.pi / 2.0)


def bicycle(p: TypedParams) -> MeshData:
    """A town bicycle with a basket before the bars, bags beside the rear wheel, or both."""
    length, load = p.real("length"), p.text("load")
    wheel, joint = spoked(0.2, 0.016, 14, (1, 2)), (0.0, 0.06, 0.17)
    parts = [wheel.moved(y=-0.3, z=0.2), wheel.moved(y=0.3, z=0.2), *_bicycle_frame(p.text("frame"), joint)]
    parts += [
        tube([(0, a[0], a[1]) for a in arc_over(0.225, y, 0.2, start, end)], 0.014, 8, slot=0)
        for y, start, end in ((-0.3, 0.5, 2.6), (0.3, 0.1, 2.2))
    ]
    bars = smooth([(0.17, -0.1, 0.55), (0.12, -0.17, 0.565), (0.0, -0.215, 0.54)], 5)
    parts += [
        both_sides(tube(bars, 0.009, 8, slot=2)),
        both_sides(rod((0.17, -0.09, 0.55), (0.15, -0.15, 0.56), 0.014, 8, 3)),
    ]
    saddle = [
        placed(superellipse(w, h, 2.5, 16), y, "y") + np.array([0, 0, 0.535])
        for y, w, h in (
            (0.05, 0.012, 0.01),
            (0.09, 0.02, 0.016),
            (0.15, 0.05, 0.022),
            (0.2, 0.06, 0.024),
            (0.225, 0.05, 0.018),
        )
    ]
    parts += [loft(saddle, 3), ellipsoid(0.025, 0.03, 0.025, 2, 14, 8).moved(y=-0.265, z=0.44)]
    crank = join(torus(0.04, 0.008, 18, 5, 2), around(rod((0, 0, 0), (0.04, 0, 0), 0.006, 5, 2), 5)).turned(
        "y", math.pi / 2
    )
    parts.append(crank.moved(*joint).moved(x=0.02))
    for side in (-1, 1):
        reach = (side * 0.045, 0.06 + side * 0.06, 0.17 - side * 0.05)
        parts += [
            rod((side * 0.04, 0.06, 0.17), reach, 0.007, 6, 2),
            plate(0.06, 0.05, 0.014, 0.003, 3).moved(*reach).moved(x=side * 0.03),
        ]
    parts.append(plate(0.07, 0.24, 0.012, 0.003, 2).moved(y=0.3, z=0.435))
    parts += _bicycle_load(load)
    return fit(join(parts), (0.355 * length, length, 0.555 * length))


def _bicycle_load(load: str) -> list[MeshData]:
    """Basket (slot 4, its rim 3) and bags."""
    parts: list[MeshData] = []
    if load != "bags":
        basket = tub((0.16, 0.12), (0.23, 0.17), 0.13, 0.008, 4)
        parts += [
            basket.moved(y=-0.36, z=0.44),
            torus(0.1, 0.008, 28, 6, 3).scaled(1.16, 0.86, 1.0).moved(y=-0.36, z=0.57),
        ]
    if load != "basket":
        parts.append(
            both_sides(
                join(
                    cushion(0.06, 0.2, 0.17, 0.018, 4, 3), cushion(0.07, 0.205, 0.06, 0.018, 3, 3).moved(z=0.07)
                ).moved(x=0.07, y=0.32, z=0.34)
            )
        )
    return parts


def arc_over(radius: float, y: float, z: float, start: float, end: float) -> Floats:
    """Points (9, 2) of (y, z) over an axle, from the angles `start` to `end` above the +Y direction."""
    t = np.linspace(start, end, 9)
    return np.stack([y + radius * np.cos(t), z + radius * np.sin(t)], axis=1)


def _bicycle_frame(style: str, joint: tuple[float, float, float]) -> list[MeshData]:
    seat, head, low = (0.0, 0.14, 0.47), (0.0, -0.2, 0.5), (0.0, -0.225, 0.41)
    parts = [
        rod(joint, (0.0, 0.155, 0.53), 0.016, 10),
        rod(head, low, 0.02, 10),
        rod(head, (0.0, -0.215, 0.55), 0.01, 8, 2),
    ]
    parts.append(tube(smooth([low, (0, -0.05, 0.24), joint], 5), 0.02, 10))
    if style == "diamond":
        parts.append(rod(seat, head, 0.018, 10))
    else:
        parts.append(tube(smooth([(0, -0.205, 0.47), (0, -0.06, 0.31), (0, 0.1, 0.32)], 5), 0.016, 10))
    parts.append(
        both_sides(
            join(
                rod((0.03, 0.06, 0.17), (0.035, 0.3, 0.2), 0.01, 8),
                rod((0.02, 0.135, 0.45), (0.035, 0.3, 0.2), 0.009, 8),
            )
        )
    )
    fork = smooth([(0.012, -0.225, 0.41), (0.03, -0.235, 0.38), (0.03, -0.262, 0.27), (0.03, -0.3, 0.2)], 4)
    parts.append(both_sides(tube(fork, 0.011, 8)))
    return parts


def scooter(p: TypedParams) -> MeshData:
    """A motor scooter: leg shield, bulging flanks, long seat, lamp and mirrors; a windscreen or a case on the rack."""
    length, extra = p.real("length"), p.text("extra")
    tail = [
        (0.02, 0.1, 0.05, 0.18),
        (0.08, 0.12, 0.11, 0.24),
        (0.2, 0.135, 0.165, 0.27),
        (0.36, 0.12, 0.15, 0.275),
        (0.45, 0.08, 0.1, 0.27),
        (0.49, 0.03, 0.05, 0.26),
    ]
    body = loft([placed(superellipse(w, h, 2.6, 26), y, "y") + np.array([0, 0, z]) for y, w, h, z in smooth(tail, 3)])
    flanks = both_sides(ellipsoid(0.05, 0.15, 0.1, 1, 18, 8).moved(x=0.115, y=0.28, z=0.25))
    levels = [
        (0.12, 0.1, -0.2),
        (0.16, 0.135, -0.225),
        (0.28, 0.155, -0.25),
        (0.42, 0.15, -0.285),
        (0.5, 0.11, -0.31),
        (0.55, 0.05, -0.325),
    ]
    shield = loft(
        [placed(_shell(w), z, "z") + np.array([0, y, 0]) for z, w, y in smooth([(z, w, y) for z, w, y in levels], 3)]
    )
    shield = painted(shield, 1, lambda c: np.abs(c[:, 0]) < 0.04)
    floor = join(
        cushion(0.24, 0.3, 0.035, 0.014, 0, 2),
        [plate(0.012, 0.24, 0.008, 0.003, 3).moved(x=x, z=0.019) for x in (-0.07, -0.025, 0.025, 0.07)],
    )
    fender = ellipsoid(0.062, 0.135, 0.1, 0, 20, 8).moved(y=-0.355, z=0.19)
    seat = join(
        cushion(0.17, 0.2, 0.06, 0.028, 2, 3).moved(y=0.14, z=0.455),
        cushion(0.16, 0.19, 0.065, 0.028, 2, 3).moved(y=0.32, z=0.465),
    )
    wheel = disc_wheel(0.13, 0.075, (3, 4), 24)
    parts = [
        body,
        flanks,
        shield,
        floor.moved(y=-0.08, z=0.125),
        fender,
        seat,
        _scooter_steering().moved(y=-0.335, z=0.585),
    ]
    parts += [
        wheel.moved(y=-0.355, z=0.13),
        wheel.moved(y=0.32, z=0.13),
        rod((0, -0.355, 0.15), (0, -0.32, 0.56), 0.03, 12),
    ]
    parts += [
        ellipsoid(0.035, 0.02, 0.028, 5, 14, 8).moved(y=0.485, z=0.3),
        rod((0.1, 0.2, 0.1), (0.11, 0.46, 0.12), (0.02, 0.028), 12, 4),
    ]
    parts += _scooter_extra(extra)
    return fit(join(parts), times(length, SCOOTERS[extra]))


def _scooter_extra(extra: str) -> list[MeshData]:
    """A case on the rack, or a windscreen and a tail rod."""
    parts: list[MeshData] = []
    if extra == "case":
        case = cushion(0.24, 0.17, 0.15, 0.035, 1, 3)
        parts += [case.moved(y=0.42, z=0.585), plate(0.16, 0.2, 0.014, 0.004, 4).moved(y=0.42, z=0.5)]
    else:
        parts.append(rod((0, 0.45, 0.4), (0, 0.5, 0.5), 0.012, 8, 4))
        rim = smooth([(-0.13, 0.0), (-0.15, 0.1), (-0.1, 0.19), (0, 0.215), (0.1, 0.19), (0.15, 0.1), (0.13, 0)], 4)
        parts.append(slab(rim, 0.012, 0.004, (1, 4)).turned("x", 0.3).moved(y=-0.37, z=0.61))
    return parts


def _scooter_steering() -> MeshData:
    """Handlebar with its lamp, grips and mirrors, about the middle of the head."""
    head = join(
        ellipsoid(0.07, 0.075, 0.055, 0, 18, 8),
        cushion(0.36, 0.03, 0.03, 0.014, 0, 3).moved(z=0.012),
        ellipsoid(0.045, 0.02, 0.04, 5, 18, 8).moved(y=-0.065),
        torus(0.045, 0.007, 20, 6, 4).turned("x", math.pi / 2).moved(y=-0.066),
    )
    grips = both_sides(
        join(
            rod((0.15, 0, 0.012), (0.21, 0.02, 0.012), 0.018, 10, 3),
            rod((0.11, 0, 0.02), (0.17, -0.01, 0.13), 0.005, 6, 4),
            ellipsoid(0.035, 0.01, 0.028, 4, 14, 8).moved(x=0.175, y=-0.01, z=0.145),
        )
    )
    return join(head, grips)


def _shell(half: float) -> Floats:
    """A thin crescent (N, 2), its horns to the rear."""
    x = np.linspace(-half, half, 13)
    bow = 0.5 * x**2 / max(half, 1e-6)
    return np.concatenate([np.stack([x, bow - 0.012], axis=1), np.stack([x, bow + 0.012], axis=1)[::-1]])


def helicopter(p: TypedParams) -> MeshData:
    """A helicopter with a glazed nose, a tail boom, two rotors and skids; a rescue winch or floats."""
    length, blades = p.real("length"), p.count("blades")
    stations = [
        (-0.5, 0.012, 0.012, 0.2),
        (-0.485, 0.06, 0.055, 0.2),
        (-0.43, 0.115, 0.105, 0.215),
        (-0.32, 0.145, 0.145, 0.235),
        (-0.16, 0.15, 0.16, 0.25),
        (-0.02, 0.115, 0.13, 0.265),
        (0.08, 0.06, 0.07, 0.29),
        (0.28, 0.035, 0.042, 0.305),
        (0.46, 0.024, 0.028, 0.315),
        (0.48, 0.012, 0.012, 0.315),
    ]
    hull = loft(
        [placed(superellipse(w, h, 2.3, 40), y, "y") + np.array([0, 0, z]) for y, w, h, z in smooth(stations, 4)]
    )
    hull = painted(hull, 1, lambda c: (c[:, 1] > 0.2) & (c[:, 1] < 0.3) | (c[:, 2] < 0.17) & (c[:, 1] < 0.1))
    hull = painted(hull, 2, _cockpit)
    rotor = join(
        around(
            join(
                cushion(0.36, 0.05, 0.012, 0.005, 3, 1).moved(x=0.22), plate(0.07, 0.052, 0.015, 0.004, 1).moved(x=0.42)
            ),
            blades,
            0.35,
        ),
        pill(0.04, 0.03, 0.01, 18, 3).moved(z=-0.012),
        ellipsoid(0.025, 0.025, 0.025, 1, 12, 8).moved(z=0.025),
    )
    tower = cushion(0.11, 0.26, 0.09, 0.03, 1, 4).moved(y=-0.1, z=0.41)
    fin = rounded([(0.38, 0.3), (0.5, 0.5), (0.56, 0.5), (0.5, 0.28), (0.48, 0.2)], 0.02, 2, closed=True)
    parts = [hull, tower, rod((0, -0.12, 0.42), (0, -0.12, 0.5), 0.016, 10, 3), rotor.moved(y=-0.12, z=0.505)]
    parts += [profile(fin, 0.02, 0.008, (1, 1)), cushion(0.22, 0.06, 0.014, 0.006, 1, 2).moved(y=0.38, z=0.32)]
    parts.append(propeller(0.09, 3, 0.026, 3).turned("z", math.pi / 2).moved(x=0.03, y=0.5, z=0.36))
    parts.append(both_sides(rod((0.06, -0.02, 0.4), (0.075, 0.06, 0.39), 0.025, 12, 3)))
    skid = smooth([(0.15, -0.44, 0.06), (0.15, -0.39, 0.014), (0.15, -0.2, 0.012), (0.15, 0.06, 0.012)], 4)
    legs = [rod((0.15, y, 0.014), (0.09, y, 0.14), 0.01, 8, 3) for y in (-0.28, -0.02)]
    door = cushion(0.01, 0.12, 0.13, 0.004, 4, 2).moved(x=0.15, y=-0.1, z=0.235)
    parts.append(both_sides(join(tube(skid, 0.012, 8, slot=3), legs, door)))
    return fit(join(parts), times(length, HELICOPTERS[str(blades)]))


def _cockpit(c: Floats) -> Bools:
    level = c[:, 2] - 0.2 - 0.1 * (c[:, 1] + 0.5)
    glass = (c[:, 1] < -0.19) & (level > 0.0) & (c[:, 2] < 0.375) & (np.abs(c[:, 0]) > 0.012)
    return np.asarray(glass & ~((c[:, 1] > -0.335) & (c[:, 1] < -0.315)))


def hot_air_balloon(p: TypedParams) -> MeshData:
    """A balloon of gores in two patterns with a printed belt, a wicker basket on ropes, a burner and sandbags."""
    diameter, gores = p.real("diameter"), p.count("gores")
    tall = p.real("tallness")
    curve = smooth([(0.1, 0.0), (0.2, 0.12), (0.4, 0.36), (0.5, 0.62), (0.44, 0.84), (0.26, 0.96), (0.06, 1.0)], 5)
    rise = tall - 0.42
    skin = lathe([(0.09, 0.02), *(curve * [1.0, rise]), (0.0, rise)], gores * 4)
    skin = bent(skin, lambda v: _puffed(v, gores))
    skin = sectored(skin, [0, 1] * (gores // 2))
    skin = painted(skin, 2, lambda c: (c[:, 2] > 0.56 * rise) & (c[:, 2] < 0.7 * rise) | (c[:, 2] < 0.06 * rise))
    basket = tub((0.19, 0.19), (0.22, 0.22), 0.16, 0.014, 3)
    rims = [torus(0.112, 0.012, 28, 8, 4).moved(z=0.162), torus(0.1, 0.01, 28, 8, 4).moved(z=0.01)]
    ropes = around(rod((0.1, 0.0, 0.16), (0.105, 0.0, 0.43), 0.005, 6, 4), 8, 0.2)
    bags = around(ellipsoid(0.024, 0.024, 0.042, 2, 12, 8).moved(x=0.128, z=0.095), 8)
    burner = join(
        pill(0.03, 0.05, 0.008, 14, 4).moved(z=0.27),
        torus(0.1, 0.006, 24, 6, 4).moved(z=0.27),
        [rod((0.1 * math.cos(a), 0.1 * math.sin(a), 0.27), (0, 0, 0.28), 0.005, 6, 4) for a in (0.2, 1.77, 3.34, 4.91)],
    )
    whole = join(skin.moved(z=0.42), basket, rims, ropes, bags, burner)
    return fit(whole, (diameter, diameter, tall * diameter))


def _puffed(v: Floats, gores: int) -> Floats:
    """Each gore bulges between its seams."""
    turn = arctan2(v[:, 1], v[:, 0]) * gores / TAU
    factor = 1.0 - 0.04 * np.abs(2.0 * (turn - np.floor(turn)) - 1.0) ** 2
    return np.asarray(v * np.stack([factor, factor, np.ones_like(factor)], axis=1))


def toy_bus(p: TypedParams) -> MeshData:
    """A double-decker, a school bus with a bonnet, or a coach: rows of windows, a printed side, lamps and wheels."""
    length, style = p.real("length"), p.text("style")
    high, floors = BUS_BODIES[style]
    nose = -0.28 if style == "school" else -0.5
    deep = 0.5 - nose
    parts = [cushion(0.3, deep, high - 0.07, 0.035, 0, 4).moved(y=(0.5 + nose) / 2, z=(high + 0.07) / 2)]
    count = max(3, round(deep / 0.14))
    pitch = (deep - 0.1) / count
    for z in floors:
        for k in range(count):
            pane = plate(0.008, 0.82 * pitch, 0.1, 0.002, 2).moved(x=0.15, y=nose + 0.05 + (k + 0.5) * pitch, z=z)
            parts.append(both_sides(pane))
        parts += [cushion(0.25, 0.008, 0.11, 0.003, 2, 2).moved(y=y, z=z) for y in (nose, 0.5)]
    gap = 0.26 if style == "double" else floors[0] - 0.095
    parts.append(both_sides(plate(0.006, deep - 0.16, 0.062, 0.002, 1).moved(x=0.15, y=(0.5 + nose) / 2 + 0.01, z=gap)))
    parts.append(cushion(0.2, 0.5 * deep, 0.03, 0.012, 3, 3).moved(y=0.1, z=high + 0.005))
    if style == "school":
        parts += [
            cushion(0.24, 0.26, 0.15, 0.04, 0, 4).moved(y=-0.36, z=0.155),
            plate(0.16, 0.02, 0.08, 0.004, 4).moved(y=-0.49, z=0.16),
        ]
        parts.append(both_sides(ellipsoid(0.05, 0.1, 0.05, 1, 16, 8).moved(x=0.115, y=-0.37, z=0.13)))
    front = -0.492 if style == "school" else -0.5
    parts.append(both_sides(ellipsoid(0.026, 0.014, 0.024, 5, 14, 8).moved(x=0.09, y=front, z=0.135)))
    parts.append(both_sides(plate(0.04, 0.012, 0.025, 0.003, 5).moved(x=0.11, y=0.5, z=0.14)))
    parts += [cushion(0.3, 0.03, 0.032, 0.01, 4, 2).moved(y=y, z=0.085) for y in (front, 0.5)]
    parts.append(
        both_sides(
            join(
                rod((0.14, nose + 0.02, high - 0.1), (0.175, nose - 0.01, high - 0.1), 0.005, 6, 4),
                plate(0.014, 0.012, 0.05, 0.003, 4).moved(x=0.18, y=nose - 0.01, z=high - 0.12),
            )
        )
    )
    wheel = join(
        disc_wheel(0.075, 0.06, (3, 4), 22).moved(x=0.128),
        cylinder(0.086, 0.012, 22, slot=3).turned("y", math.pi / 2).moved(x=0.142),
    )
    parts += [both_sides(wheel.moved(y=y, z=0.075)) for y in ((-0.36 if style == "school" else -0.31), 0.29)]
    return fit(join(parts), times(length, BUSES[style]))


BUS_BODIES: dict[str, tuple[float, tuple[float, ...]]] = {
    "double": (0.5, (0.17, 0.385)),
    "school": (0.4, (0.285,)),
    "coach": (0.36, (0.25,)),
}
"""Style -> height, and heights of the windows' middles, for a length of 1."""


def _lugged(radius: float, width: float, lugs: int) -> MeshData:
    """A field tyre about X with slanted lugs; slot 3, hub in slot 1."""
    wheel = disc_wheel(0.95 * radius, width, (3, 1), 22)
    lug = (
        plate(0.09 * radius, 0.16 * radius, 0.5 * width, 0.0, 3)
        .moved(x=0.955 * radius, z=0.25 * width)
        .turned("x", 0.0)
    )
    left = around(lug, lugs)
    right = around(lug.scaled(z=-1.0), lugs, math.pi / lugs)
    cap = pill(0.14 * radius, 0.1 * width, 0.01, 12, 4)
    return join(wheel, join(left, right).turned("y", math.pi / 2), cap.turned("y", math.pi / 2).moved(x=0.42 * width))


def tractor(p: TypedParams) -> MeshData:
    """A farm tractor: bonnet with a grille and an exhaust, lugged wheels under mudguards, a cab or an open seat."""
    length, cab = p.real("length"), p.flag("cab")
    hood = [
        (-0.44, 0.3, 0.09, 0.08),
        (-0.42, 0.3, 0.1, 0.1),
        (-0.25, 0.32, 0.105, 0.11),
        (0.0, 0.34, 0.105, 0.12),
        (0.02, 0.34, 0.1, 0.115),
    ]
    body = loft([placed(superellipse(w, h, 4.0, 28), y, "y") + np.array([0, 0, z + 0.03]) for y, z, w, h in hood])
    body = painted(body, 2, lambda c: (np.abs(c[:, 0]) > 0.098) & (np.abs(c[:, 2] - 0.35) < 0.03) & (c[:, 1] > -0.4))
    grille = [plate(0.13, 0.014, 0.014, 0.003, 4).moved(y=-0.443, z=z) for z in (0.28, 0.31, 0.34, 0.37)]
    lamps = both_sides(ellipsoid(0.022, 0.014, 0.022, 5, 14, 8).moved(x=0.055, y=-0.44, z=0.405))
    belly = cushion(0.12, 0.72, 0.14, 0.03, 4, 2).moved(y=-0.02, z=0.21)
    rear = cushion(0.26, 0.24, 0.12, 0.03, 0, 3).moved(y=0.24, z=0.32)
    pipe = join(
        rod((0.06, -0.22, 0.42), (0.06, -0.22, 0.62), 0.012, 10, 4),
        rod((0.06, -0.22, 0.5), (0.06, -0.22, 0.58), 0.02, 12, 4),
    )
    rim = [arc_over(0.29, 0.24, 0.26, -0.15, 2.7), arc_over(0.275, 0.24, 0.26, -0.15, 2.7)[::-1]]
    guards = both_sides(profile(np.concatenate(rim), 0.15, 0.003, (1, 1)).moved(x=0.185))
    wheels = both_sides(
        join(
            _lugged(0.26, 0.13, 14).moved(x=0.19, y=0.24, z=0.26),
            _lugged(0.15, 0.085, 12).moved(x=0.15, y=-0.33, z=0.15),
        )
    )
    axle = rod((-0.15, -0.33, 0.15), (0.15, -0.33, 0.15), 0.02, 10, 4)
    whole = join(body, grille, lamps, belly, rear, pipe, guards, wheels, axle, _driver_place(cab))
    return fit(whole, times(length, TRACTORS[str(cab)]))


def _driver_place(cab: bool) -> list[MeshData]:
    if cab:
        glass = loft(
            [
                placed(superellipse(w, d, 6.0, 28), z, "z") + np.array([0, 0.2, 0])
                for z, w, d in ((0.4, 0.125, 0.15), (0.55, 0.135, 0.165), (0.69, 0.12, 0.14))
            ],
            2,
        )
        posts = [
            rod((sx * 0.125, 0.2 + sy * 0.152, 0.4), (sx * 0.115, 0.2 + sy * 0.135, 0.7), 0.016, 8)
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
        return [glass, *posts, cushion(0.3, 0.36, 0.045, 0.02, 1, 3).moved(y=0.2, z=0.715)]
    seat = [
        cushion(0.17, 0.15, 0.045, 0.02, 1, 3).moved(y=0.24, z=0.42),
        cushion(0.17, 0.04, 0.17, 0.018, 1, 3).turned("x", -0.2).moved(y=0.33, z=0.49),
    ]
    wheel = torus(0.07, 0.01, 22, 8, 4).turned("x", 0.7).moved(y=0.08, z=0.545)
    bow = tube(
        rounded([(-0.13, 0.36, 0.4), (-0.13, 0.36, 0.65), (0.13, 0.36, 0.65), (0.13, 0.36, 0.4)], 0.04, 4),
        0.014,
        8,
        slot=4,
    )
    return [*seat, wheel, rod((0, 0.0, 0.42), (0, 0.08, 0.545), 0.01, 8, 4), bow]


def excavator(p: TypedParams) -> MeshData:
    """A digger on tracks: house with a counterweight, cab, and a boom, a stick and a bucket in one of three poses."""
    length, pose = p.real("length"), p.text("pose")
    track = rounded(
        [(-0.3, 0.0), (0.3, 0.0), (0.36, 0.1), (0.3, 0.17), (-0.3, 0.17), (-0.36, 0.1)], 0.06, 3, closed=True
    )
    cleats = [
        cushion(0.13, 0.03, 0.014, 0.004, 4, 1).moved(y=y, z=z)
        for y in np.linspace(-0.27, 0.27, 9)
        for z in (0.007, 0.168)
    ]
    wheels = [
        cylinder(r, 0.012, 18, slot=4).turned("y", math.pi / 2).moved(x=0.058, y=y, z=z)
        for y, z, r in (
            (-0.26, 0.09, 0.06),
            (0.26, 0.09, 0.06),
            (-0.1, 0.055, 0.035),
            (0.0, 0.055, 0.035),
            (0.1, 0.055, 0.035),
        )
    ]
    crawler = both_sides(join(profile(track, 0.12, 0.01, (3, 3)), cleats, wheels).moved(x=0.17))
    under = [cushion(0.26, 0.3, 0.08, 0.02, 4, 2).moved(z=0.12), pill(0.13, 0.05, 0.01, 28, 4).moved(z=0.16)]
    house = [
        cushion(0.38, 0.36, 0.16, 0.03, 0, 4).moved(y=0.05, z=0.29),
        cushion(0.385, 0.1, 0.19, 0.035, 1, 4).moved(y=0.24, z=0.29),
    ]
    house += [
        cushion(0.18, 0.16, 0.06, 0.02, 0, 3).moved(x=0.08, y=0.1, z=0.39),
        rod((0.13, 0.14, 0.4), (0.13, 0.14, 0.48), 0.014, 10, 4),
    ]
    house.append(both_sides(plate(0.006, 0.2, 0.07, 0.002, 1).moved(x=0.19, y=0.06, z=0.28)))
    parts = [crawler, *under, *house, _digger_cab(), *_digging_arm(pose)]
    return fit(join(*parts), times(length, EXCAVATORS[pose]))


def _digger_cab() -> MeshData:
    """The cab beside the boom: painted shell, panes, roof."""
    cab = [(-0.17, 0.22), (-0.17, 0.36), (-0.12, 0.55), (0.06, 0.55), (0.08, 0.36), (0.08, 0.22)]
    pane = [(-0.155, 0.345), (-0.112, 0.53), (-0.03, 0.53), (-0.03, 0.345)]
    rear = [(-0.015, 0.345), (-0.015, 0.53), (0.048, 0.53), (0.064, 0.345)]
    cabin = [
        profile(rounded(cab, 0.02, 2, closed=True), 0.16, 0.012, (0, 0)),
        profile(pane, 0.168, 0.002, (2, 2)),
        profile(rear, 0.168, 0.002, (2, 2)),
    ]
    cabin += [
        cushion(0.13, 0.19, 0.008, 0.003, 2, 1).turned("x", math.pi / 2 - 0.257).moved(y=-0.146, z=0.452),
        plate(0.17, 0.2, 0.02, 0.006, 1).moved(y=-0.03, z=0.557),
    ]
    return join(cabin).moved(x=-0.1)


_ARMS = {
    "reaching": ((-0.4, 0.72), (-0.78, 0.56), 0.5),
    "digging": ((-0.46, 0.66), (-0.56, 0.26), 0.1),
    "folded": ((-0.34, 0.78), (-0.28, 0.42), -0.5),
}
"""Pose -> (y, z) of elbow and wrist, and the turn of the bucket in radians."""


def _digging_arm(pose: str) -> list[MeshData]:
    (ey, ez), (wy, wz), turn = _ARMS[pose]
    foot = np.array([-0.1, 0.32])
    knee = np.array([(foot[0] + ey) / 2.0 - 0.02, (foot[1] + ez) / 2.0 + 0.1])
    boom = _beam([foot, knee, (ey, ez)], (0.035, 0.055, 0.035), 0.07, 0)
    stick = _beam([(ey + 0.05, ez + 0.06), (ey, ez), (wy, wz)], (0.025, 0.045, 0.025), 0.055, 1)
    rams = [
        rod((0, foot[0] - 0.06, foot[1] - 0.02), (0, knee[0], knee[1] - 0.05), 0.018, 10, 4),
        rod((0, knee[0], knee[1] + 0.05), (0, ey + 0.04, ez + 0.06), 0.018, 10, 4),
    ]
    pins = [rod((-0.05, y, z), (0.05, y, z), 0.018, 12, 4) for y, z in (foot, knee, (ey, ez), (wy, wz))]
    cup = smooth([(0.0, 0.03), (0.07, 0.0), (0.1, -0.08), (0.06, -0.16), (-0.03, -0.19), (-0.1, -0.17)], 3)
    shell = np.concatenate([cup, (cup * 0.86 + [-0.008, -0.004])[::-1]])
    bucket = [profile(shell, 0.16, 0.002, (1, 1)), both_sides(profile(cup, 0.012, 0.002, (1, 1)).moved(x=0.078))]
    bucket += [plate(0.02, 0.05, 0.014, 0.003, 4).moved(x=x, y=-0.12, z=-0.17) for x in (-0.06, -0.02, 0.02, 0.06)]
    return [boom, stick, *rams, *pins, join(bucket).turned("x", turn).moved(y=wy, z=wz)]


def _beam(points: Sequence[ArrayLike], half: Sequence[float], width: float, slot: int) -> MeshData:
    """A bent box beam across X through (y, z) points, of a half height at each."""
    p = np.asarray(points, dtype=np.float64)
    along = np.gradient(p, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    h = np.asarray(half)[:, None]
    return profile(np.concatenate([p + across * h, (p - across * h)[::-1]]), width, 0.006, (slot, slot))


def ship(p: TypedParams) -> MeshData:
    """A toy steamer: hull with a waterline and portholes, decks, one to three funnels, masts, boats and a flag."""
    length, funnels = p.real("length"), p.count("funnels")
    hull = _ship_hull()
    ports = [
        both_sides(cylinder(0.014, 0.008, 12, slot=5).turned("y", math.pi / 2).moved(x=0.108, y=y, z=0.105))
        for y in np.linspace(-0.2, 0.36, 9)
    ]
    decks = [
        cushion(0.17, 0.58, 0.07, 0.012, 2, 2).moved(y=0.04, z=0.18),
        cushion(0.14, 0.42, 0.06, 0.012, 2, 2).moved(y=0.02, z=0.24),
        plate(0.16, 0.46, 0.012, 0.004, 3).moved(y=0.02, z=0.275),
        cushion(0.15, 0.1, 0.06, 0.012, 2, 2).moved(y=-0.14, z=0.305),
        plate(0.13, 0.008, 0.025, 0.002, 5).moved(y=-0.19, z=0.31),
    ]
    panes = [
        both_sides(plate(0.006, 0.035, 0.028, 0.002, 5).moved(x=x, y=y, z=z))
        for x, z, n, a in ((0.085, 0.188, 8, 0.24), (0.07, 0.245, 6, 0.16))
        for y in np.linspace(-a + 0.03, a + 0.05, n)
    ]
    stacks = _funnels(funnels)
    masts = [rod((0, y, 0.15), (0, y, 0.46), (0.009, 0.005), 8, 3) for y in (-0.33, 0.38)]
    stays = [
        rod((0, -0.485, 0.2), (0, -0.33, 0.44), 0.0025, 5, 3),
        rod((0, -0.33, 0.45), (0, 0.38, 0.45), 0.0025, 5, 3),
        rod((0, 0.38, 0.44), (0, 0.48, 0.17), 0.0025, 5, 3),
    ]
    boats = both_sides(
        join(ellipsoid(0.018, 0.05, 0.02, 4, 12, 8).moved(x=0.095, y=y, z=0.26) for y in (-0.04, 0.08, 0.2))
    )
    flag = profile([(0.4, 0.37), (0.5, 0.36), (0.5, 0.43), (0.4, 0.44)], 0.004, 0.0, (4, 4))
    holds = [cushion(0.1, 0.08, 0.03, 0.008, 1, 2).moved(y=y, z=0.165) for y in (-0.28, 0.4)]
    whole = join(
        hull,
        ports,
        decks,
        panes,
        stacks,
        masts,
        stays,
        boats,
        flag,
        holds,
        rod((0, 0.4, 0.15), (0, 0.4, 0.45), 0.004, 6, 3),
    )
    return fit(whole, (0.234 * length, length, 0.46 * length))


def _funnels(funnels: int) -> list[MeshData]:
    """Raked funnels (slot 4) in a row, each with a band (slot 1)."""
    stacks = []
    for k in range(funnels):
        y = 0.02 + 0.13 * (k - (funnels - 1) / 2) + 0.03
        pipe = lathe(
            rounded([(0, 0), (0.042, 0), (0.04, 0.15), (0.03, 0.15), (0.028, 0.13), (0, 0.13)], 0.004, 1), 22, 4
        )
        pipe = painted(pipe, 1, lambda c: (c[:, 2] > 0.05) & (c[:, 2] < 0.1) & (np.hypot(c[:, 0], c[:, 1]) > 0.036))
        stacks.append(pipe.turned("x", -0.12).moved(y=y, z=0.275))
    return stacks


def _ship_hull() -> MeshData:
    """The hull from keel to deck: sides in slot 0, below the waterline in 1, deck in 3."""
    ys = np.linspace(-1.0, 1.0, 25)
    rings = []
    for y in ys:
        beam = 0.115 * (1.0 - max(0.0, -y) ** 2.6) ** 0.8 * (1.0 - 0.5 * max(0.0, y) ** 6) + 0.002
        t = np.linspace(0.0, math.pi, 17)
        side = np.stack([-beam * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.35, -0.15 * np.sin(t) ** 0.5], axis=1)
        side[:, 1] *= 1.0 - 0.12 * abs(y) ** 3
        side[0, 1] = side[-1, 1] = 0.05 * max(0.0, -y) ** 2 + 0.02 * max(0.0, y) ** 2
        rings.append(placed(side, 0.5 * y, "y") + np.array([0, 0, 0.15]))
    hull = loft(rings)
    hull = painted(hull, 1, lambda c: c[:, 2] < 0.062)
    return painted(hull, 3, lambda c: (c[:, 2] > 0.145) & (np.abs(c[:, 0]) < 0.09))


def submarine(p: TypedParams) -> MeshData:
    """A plump toy submarine: portholes, tower with a periscope, fins, rudder and a screw in a ring, on two runners."""
    length, ports = p.real("length"), p.count("ports")
    stations = [
        (-0.46, 0.01),
        (-0.455, 0.06),
        (-0.42, 0.115),
        (-0.3, 0.17),
        (-0.1, 0.19),
        (0.12, 0.175),
        (0.3, 0.115),
        (0.4, 0.06),
        (0.43, 0.03),
    ]
    hull = loft([placed(superellipse(r, 1.04 * r, 2.2, 28), y, "y") for y, r in smooth(stations, 4)])
    hull = painted(hull, 1, lambda c: (c[:, 2] < -0.05) | (c[:, 1] < -0.4))
    parts = [hull, *_tower()]
    for k in range(ports):
        y = -0.24 + 0.34 * k / max(1, ports - 1)
        x = float(np.interp(y, [s[0] for s in stations], [s[1] for s in stations])) * 0.985
        glass = join(
            torus(0.042, 0.011, 14, 5, 2),
            ellipsoid(0.036, 0.036, 0.014, 4, 12, 4),
            pill(0.008, 0.02, 0.003, 8, 2),
        )
        parts.append(both_sides(glass.turned("y", math.pi / 2).moved(x=x, y=y, z=0.035)))
    nose = join(torus(0.075, 0.014, 24, 6, 2), ellipsoid(0.068, 0.068, 0.03, 4, 18, 6)).turned("x", math.pi / 2)
    parts += [
        nose.moved(y=-0.446, z=0.0),
        torus(0.1, 0.012, 28, 6, 2).turned("x", math.pi / 2).moved(y=0.43),
        propeller(0.09, 4, 0.04, 2).moved(y=0.44),
    ]
    vane = rounded([(0.28, 0.0), (0.32, 0.16), (0.42, 0.18), (0.42, 0.0)], 0.02, 2, closed=True)
    parts += [profile(vane, 0.024, 0.008, (3, 3)).turned("y", a) for a in (0.0, math.pi / 2, -math.pi / 2)]
    parts.append(both_sides(cushion(0.16, 0.08, 0.018, 0.007, 3, 2).turned("y", -0.1).moved(x=0.2, y=-0.18, z=-0.03)))
    parts.append(_runners())
    return fit(join(*parts), (0.56 * length, 0.935 * length, 0.698 * length))


def _runners() -> MeshData:
    """Two runners below the keel."""
    return both_sides(
        join(
            tube(
                smooth([(0.09, -0.3, -0.2), (0.09, -0.25, -0.22), (0.09, 0.2, -0.22), (0.09, 0.25, -0.2)], 4),
                0.016,
                8,
                slot=2,
            ),
            [rod((0.09, y, -0.22), (0.08, y, -0.13), 0.014, 8, 2) for y in (-0.2, 0.13)],
        )
    )


def _tower() -> list[MeshData]:
    foot = [
        placed(superellipse(w, d, 2.4, 28), z, "z") + np.array([0, -0.03, 0])
        for z, w, d in ((0.12, 0.085, 0.16), (0.2, 0.075, 0.14), (0.31, 0.068, 0.12), (0.325, 0.06, 0.11))
    ]
    tower = painted(loft(foot), 3, lambda c: (c[:, 2] > 0.21) & (c[:, 2] < 0.305))
    rail = torus(0.055, 0.006, 24, 6, 2).scaled(1.0, 1.8, 1.0).moved(y=-0.03, z=0.36)
    posts = [
        rod((x, y, 0.31), (x, y, 0.36), 0.005, 6, 2)
        for x, y in ((0.05, -0.03), (-0.05, -0.03), (0, 0.065), (0, -0.125))
    ]
    scope = tube(rounded([(0.0, -0.03, 0.3), (0.0, -0.03, 0.44), (0.0, -0.1, 0.44)], 0.03, 4), 0.014, 10, slot=2)
    eye = cylinder(0.02, 0.02, 14, slot=4).turned("x", math.pi / 2).moved(y=-0.095, z=0.44)
    return [tower, rail, *posts, scope, eye, rod((0.02, 0.03, 0.3), (0.02, 0.03, 0.46), 0.005, 6, 2)]


def shopping_cart(p: TypedParams) -> MeshData:
    """A shopping trolley of wire with a printed handle and plate, on castors, and a load of parcels and bottles."""
    height, load = p.real("height"), p.count("load")
    parts = [_wire_basket(), _trolley_frame()]
    parts.append(rod((-0.24, 0.42, 0.97), (0.24, 0.42, 0.97), 0.026, 14, 1))
    parts.append(plate(0.34, 0.012, 0.14, 0.003, 1).moved(y=-0.405, z=0.72))
    castor = join(
        disc_wheel(0.055, 0.03, (3, 2), 18),
        both_sides(plate(0.006, 0.05, 0.09, 0.002, 2).moved(x=0.022, z=0.03)),
        pill(0.025, 0.02, 0.004, 12, 2).moved(z=0.068),
    )
    parts += [both_sides(castor.moved(x=x, y=y, z=0.055)) for x, y in ((0.17, -0.33), (0.23, 0.33))]
    spots = [
        (-0.11, -0.2, 0.2, 0.24, 0.34),
        (0.1, -0.16, 0.18, 0.26, 0.26),
        (-0.1, 0.09, 0.22, 0.2, 0.22),
        (0.12, 0.13, 0.17, 0.24, 0.36),
        (0.02, -0.05, 0.16, 0.16, 0.44),
        (-0.14, 0.24, 0.14, 0.12, 0.3),
    ]
    for k, (x, y, w, d, h) in enumerate(spots[:load]):
        parts.append(
            cushion(w, d, h, 0.012, (0, 4, 1)[k % 3], 2).turned("z", 0.15 * (-1) ** k).moved(x=x, y=y, z=0.53 + h / 2)
        )
    flask = lathe(rounded([(0, 0), (0.045, 0), (0.045, 0.24), (0.018, 0.3), (0.018, 0.36), (0, 0.36)], 0.01, 2), 18, 4)
    parts.append(flask.moved(x=0.15, y=-0.29, z=0.52))
    return fit(join(parts), (0.58 * height, 0.86 * height, height))


def _wire_basket() -> MeshData:
    """Walls and floor of wire (slot 2), wider and longer at its rim, the front lower than the back."""
    floor, rim_front, rim_back = 0.52, 0.84, 0.93
    low = np.array([(-0.19, -0.33, floor), (0.19, -0.33, floor), (0.23, 0.33, floor), (-0.23, 0.33, floor)])
    top = np.array([(-0.23, -0.4, rim_front), (0.23, -0.4, rim_front), (0.28, 0.4, rim_back), (-0.28, 0.4, rim_back)])
    wires = []
    for t, radius in ((0.0, 0.009), (0.25, 0.004), (0.5, 0.004), (0.75, 0.004), (1.0, 0.012)):
        wires.append(tube(rounded(low + (top - low) * t, 0.03, 2, closed=True), radius, 6, closed=True, slot=2))
    for k in range(4):
        n = 8 if k % 2 == 0 else 13
        for s in (np.arange(n) + 0.5) / n:
            a, b = low[k] * (1 - s) + low[(k + 1) % 4] * s, top[k] * (1 - s) + top[(k + 1) % 4] * s
            wires.append(rod(a, b, 0.0035, 4, 2))
    wires += [rod((x * 0.19, -0.33, floor), (x * 0.23, 0.33, floor), 0.004, 4, 2) for x in np.linspace(-0.9, 0.9, 8)]
    wires += [rod((-0.2, y, floor), (0.2, y, floor), 0.004, 4, 2) for y in np.linspace(-0.28, 0.28, 6)]
    return join(wires)


def _trolley_frame() -> MeshData:
    bow = rounded(
        [(0.17, -0.33, 0.13), (0.21, 0.05, 0.2), (0.23, 0.34, 0.24), (0.24, 0.4, 0.6), (0.24, 0.42, 0.97)], 0.05, 3
    )
    side = join(
        tube(bow, 0.014, 8, slot=2),
        rod((0.23, 0.34, 0.24), (0.23, 0.33, 0.1), 0.014, 8, 2),
        rod((0.21, 0.1, 0.21), (0.2, -0.2, 0.52), 0.012, 8, 2),
        rod((0.23, 0.3, 0.24), (0.22, 0.2, 0.52), 0.012, 8, 2),
    )
    cross = [
        rod((-x, y, z), (x, y, z), 0.011, 8, 2)
        for x, y, z in ((0.17, -0.33, 0.13), (0.23, 0.3, 0.235), (0.2, -0.2, 0.51))
    ]
    shelf = [
        rod((-0.19 - 0.0, y, 0.17 + 0.08 * y), (0.19, y, 0.17 + 0.08 * y), 0.004, 4, 2)
        for y in np.linspace(-0.25, 0.25, 7)
    ]
    return join(both_sides(side), cross, shelf)


BUILDERS: dict[str, Builder] = {
    "bicycle": bicycle,
    "scooter": scooter,
    "helicopter": helicopter,
    "hot_air_balloon": hot_air_balloon,
    "toy_bus": toy_bus,
    "tractor": tractor,
    "excavator": excavator,
    "ship": ship,
    "submarine": submarine,
    "shopping_cart": shopping_cart,
}
