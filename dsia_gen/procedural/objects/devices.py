"""Old devices of the house and the study: lamps, clocks, sets, machines with keys, cameras and telescopes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData, cylinder, fit, lathe, tube
from dsia_gen.procedural.objects.families_devices import (
    CAMERAS,
    CLOCKS,
    LAMPS_BY_POSE,
    RADIOS,
    TELEPHONES,
    TELESCOPES,
    TELEVISIONS,
)
from dsia_gen.procedural.objects.machines import profile, times
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
    slab,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.table_family import Builder

Front = tuple[list[MeshData], list[tuple[float, float]]]

FACING = math.pi / 2.0
"""Turn about X that carries what points up to -Y, the front."""


def desk_lamp(p: TypedParams) -> MeshData:
    """A jointed lamp: patterned shade and foot, two arms with springs, in one of three poses."""
    size, pose = p.real("size"), p.text("pose")
    (ey, ez), (wy, wz), tip = _LAMP_POSES[pose]
    foot = painted(
        lathe(rounded([(0, 0), (0.2, 0), (0.2, 0.035), (0.06, 0.06), (0.03, 0.1), (0, 0.1)], 0.015, 3), 36),
        1,
        lambda c: np.hypot(c[:, 0], c[:, 1]) > 0.17,
    )
    shade = lathe(smooth([(0.19, 0.0), (0.17, 0.05), (0.12, 0.13), (0.07, 0.18), (0.06, 0.26), (0.03, 0.28)], 4), 36)
    inner = lathe([(0.186, 0.002), (0.165, 0.05), (0.115, 0.12), (0.0, 0.15)], 36, 3).flipped()
    shade = painted(shade, 1, lambda c: (c[:, 2] < 0.035) | (c[:, 2] > 0.2))
    head = join(shade, inner, torus(0.188, 0.006, 36, 6, 2), ellipsoid(0.06, 0.06, 0.07, 3, 18, 12).moved(z=0.06))
    base, elbow, wrist = (0.0, 0.04, 0.1), (0.0, ey, ez), (0.0, wy, wz)
    arms = []
    for a, b in ((base, elbow), (elbow, wrist)):
        arms.append(both_sides(rod((0.02, a[1], a[2]), (0.02, b[1], b[2]), 0.009, 8, 2)))
        lead, trail = np.array(a) * 0.85 + np.array(b) * 0.15, np.array(a) * 0.55 + np.array(b) * 0.45
        arms.append(_coil(lead, trail, 0.016, 9, 0.004))
    joints = [
        pill(0.032, 0.07, 0.006, 18, 1).moved(z=-0.035).turned("y", math.pi / 2).moved(y=y, z=z)
        for _, y, z in (base, elbow, wrist)
    ]
    whole = join(foot, arms, joints, head.moved(z=-0.24).turned("x", tip).moved(y=wy - 0.02, z=wz))
    return fit(whole, times(size, LAMPS_BY_POSE[pose]))


_LAMP_POSES = {
    "high": ((0.26, 0.52), (-0.1, 0.86), -0.55),
    "low": ((0.3, 0.4), (-0.18, 0.52), -0.35),
    "reach": ((0.12, 0.58), (-0.36, 0.74), -0.2),
}
"""Pose -> (y, z) of elbow and wrist, and the tilt of the shade in radians."""


def _coil(start: Floats, end: Floats, radius: float, turns: int, wire: float) -> MeshData:
    """A spring of wire (slot 2) between two points of the YZ plane."""
    t = np.linspace(0.0, 1.0, turns * 8 + 1)[:, None]
    along = (end - start) / np.linalg.norm(end - start)
    up = np.array([0.0, -along[2], along[1]])
    angle = TAU * turns * t
    return tube(
        start + (end - start) * t + radius * (np.cos(angle) * [1.0, 0.0, 0.0] + np.sin(angle) * up), wire, 4, slot=2
    )


def alarm_clock(p: TypedParams) -> MeshData:
    """A wind-up clock: patterned drum, dial with marks and hands, two bells or one, a hammer, a handle and feet."""
    size, bells = p.real("size"), p.count("bells")
    parts = [_clock_face(p.real("hour")).turned("x", FACING).moved(z=0.43), *_bells(bells)]
    leg = join(
        rod((0.2, 0, 0.16), (0.26, 0, 0.03), (0.025, 0.018), 10, 3),
        ellipsoid(0.035, 0.035, 0.03, 4, 14, 8).moved(x=0.265, z=0.03),
    )
    parts += [both_sides(leg.moved(y=-0.05)), rod((0, 0.08, 0.16), (0, 0.14, 0.02), (0.025, 0.02), 10, 3)]
    parts += [pill(0.05, 0.05, 0.01, 16, 4).turned("x", -FACING).moved(x=x, y=0.13, z=0.42) for x in (-0.12, 0.12)]
    return fit(join(*parts), times(size, CLOCKS[str(bells)]))


def _bells(count: int) -> list[MeshData]:
    """One bell under a ring, or two with a hammer and a handle."""
    bell = join(
        lathe(smooth([(0.15, 0.0), (0.145, 0.05), (0.1, 0.11), (0.0, 0.13)], 4), 26, 3),
        lathe([(0.0, 0.02), (0.15, 0.0)], 26, 3).flipped(),
        ellipsoid(0.025, 0.025, 0.025, 4, 12, 8).moved(z=0.14),
        rod((0, 0, -0.06), (0, 0, 0.02), 0.016, 10, 3),
    )
    parts: list[MeshData] = []
    if count == 2:
        parts += [
            both_sides(bell.turned("y", 0.55).moved(x=0.21, z=0.785)),
            rod((0, 0, 0.78), (0, 0, 0.86), 0.012, 8, 3),
            cushion(0.1, 0.03, 0.04, 0.01, 3, 2).moved(z=0.87),
        ]
        parts.append(
            tube(
                smooth([(-0.2, 0, 0.9), (-0.12, 0, 1.0), (0, 0, 1.03), (0.12, 0, 1.0), (0.2, 0, 0.9)], 5),
                0.018,
                10,
                slot=4,
            )
        )
    else:
        parts += [
            bell.scaled(1.45, 1.45, 1.3).moved(z=0.82),
            torus(0.07, 0.014, 24, 8, 4).turned("x", FACING).moved(z=1.03),
        ]
    return parts


def _clock_face(hour: float) -> MeshData:
    """Drum, dial, marks and hands about Z, facing up; `hour` is the turn of the short hand."""
    drum = lathe(
        rounded(
            [
                (0.0, -0.13),
                (0.3, -0.13),
                (0.36, -0.1),
                (0.36, 0.1),
                (0.345, 0.14),
                (0.32, 0.14),
                (0.31, 0.115),
                (0, 0.115),
            ],
            0.012,
            2,
        ),
        44,
    )
    drum = painted(drum, 1, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.31) & (c[:, 2] > 0.1))
    rim = torus(0.345, 0.018, 44, 8, 3).moved(z=0.125)
    marks = []
    for k in range(12):
        long = 0.06 if k % 3 == 0 else 0.035
        marks.append(
            plate(0.022 if k % 3 == 0 else 0.014, long, 0.008, 0.0, 2)
            .moved(y=0.27 - long / 2)
            .turned("z", TAU * k / 12)
            .moved(z=0.118)
        )
    hands = [
        plate(0.022, 0.2, 0.008, 0.002, 2).moved(y=0.08).turned("z", hour),
        plate(0.016, 0.27, 0.008, 0.002, 2).moved(y=0.11).turned("z", 5.0 * hour),
    ]
    dial = join(
        *[h.moved(z=0.122 + 0.008 * k) for k, h in enumerate(hands)], pill(0.025, 0.03, 0.006, 14, 3).moved(z=0.115)
    )
    ring = torus(0.12, 0.012, 28, 5, 4).moved(z=0.117)
    return join(drum, rim, marks, dial, ring)


def radio(p: TypedParams) -> MeshData:
    """A valve radio: an arched, a wide or a portable case with a cloth grille, a lit dial and knobs."""
    width, style = p.real("width"), p.text("style")
    outline, depth = _RADIO_OUTLINES[style], 0.34
    case = slab(rounded(outline, 0.05, 4, closed=True), depth, 0.02, (0, 0))
    low = min(z for _, z in outline)
    parts = [case.moved(z=-low)]
    front = -depth / 2
    trim, knobs = _RADIO_FRONTS[style](front)
    parts += trim
    knob = join(pill(0.055, 0.045, 0.012, 22, 4), pill(0.03, 0.055, 0.006, 16, 3)).turned("x", FACING)
    parts += [knob.moved(x=x, y=front, z=z) for x, z in knobs]
    return fit(join(*parts), times(width, RADIOS[style]))


def _arched_front(front: float) -> Front:
    """An arched grille with bars, a dial below it and a plinth."""
    parts: list[MeshData] = []
    arch = rounded(
        [(-0.3, 0.42), (0.3, 0.42), (0.3, 0.75), (0.16, 0.98), (-0.16, 0.98), (-0.3, 0.75)], 0.14, 5, closed=True
    )
    parts += [slab(arch, 0.02, 0.004, (1, 4)).moved(y=front)]
    parts += [plate(0.028, 0.026, 0.55, 0.006, 0).moved(x=x, y=front, z=0.69) for x in (-0.15, 0.0, 0.15)]
    parts += [join(*_dial(0.32, 0.12)).moved(y=front, z=0.27)]
    knobs = [(-0.27, 0.22), (0.27, 0.22), (0.0, 0.12)]
    parts += [cushion(0.92, 0.37, 0.06, 0.02, 4, 3).moved(z=0.03)]
    return parts, knobs


def _wide_front(front: float) -> Front:
    """A wide grille with bars and a ring, and a dial beside it."""
    parts: list[MeshData] = []
    parts += [
        plate(0.5, 0.02, 0.36, 0.006, 1).moved(x=-0.17, y=front, z=0.34),
        join(*_dial(0.3, 0.16)).moved(x=0.27, y=front, z=0.43),
    ]
    parts += [
        plate(0.5, 0.026, 0.014, 0.003, 3).moved(x=-0.17, y=front - 0.002, z=z) for z in (0.22, 0.28, 0.34, 0.4, 0.46)
    ]
    parts += [
        torus(0.165, 0.012, 36, 6, 3).turned("x", FACING).scaled(1.35, 1, 0.95).moved(x=-0.17, y=front - 0.01, z=0.34)
    ]
    knobs = [(0.18, 0.2), (0.27, 0.2), (0.36, 0.2)]
    parts += [both_sides(pill(0.04, 0.05, 0.01, 14, 4).moved(x=0.36, y=y)) for y in (-0.1, 0.1)]
    return parts, knobs


def _portable_front(front: float) -> Front:
    """A studded grille, a dial, a handle and an aerial."""
    parts: list[MeshData] = []
    parts += [
        plate(0.4, 0.02, 0.4, 0.01, 1).moved(x=-0.2, y=front, z=0.32),
        join(*_dial(0.34, 0.14)).moved(x=0.23, y=front, z=0.45),
    ]
    parts += [
        cylinder(0.018, 0.016, 8, slot=3)
        .turned("x", FACING)
        .moved(x=-0.2 + x * 0.09, y=front - 0.006, z=0.32 + z * 0.09)
        for x in (-1.5, -0.5, 0.5, 1.5)
        for z in (-1.5, -0.5, 0.5, 1.5)
    ]
    parts.append(
        tube(
            rounded([(-0.38, 0, 0.6), (-0.36, 0, 0.76), (0.36, 0, 0.76), (0.38, 0, 0.6)], 0.06, 4),
            0.022,
            10,
            slot=4,
        )
    )
    parts += [
        rod((0.4, 0.12, 0.6), (0.52, 0.14, 1.05), 0.008, 8, 3),
        ellipsoid(0.016, 0.016, 0.016, 3, 10, 6).moved(x=0.52, y=0.14, z=1.05),
    ]
    knobs = [(0.12, 0.24), (0.32, 0.24)]
    return parts, knobs


_RADIO_FRONTS: dict[str, Callable[[float], Front]] = {
    "arched": _arched_front,
    "wide": _wide_front,
    "portable": _portable_front,
}
"""Style -> what the front (at y) carries, and where its knobs are (x, z)."""


_RADIO_OUTLINES: dict[str, list[tuple[float, float]]] = {
    "arched": [
        (-0.43, 0.04),
        (0.43, 0.04),
        (0.43, 0.66),
        (0.34, 0.96),
        (0.14, 1.13),
        (-0.14, 1.13),
        (-0.34, 0.96),
        (-0.43, 0.66),
    ],
    "wide": [(-0.5, 0.05), (0.5, 0.05), (0.5, 0.62), (-0.5, 0.62)],
    "portable": [(-0.5, 0.0), (0.5, 0.0), (0.47, 0.62), (-0.47, 0.62)],
}


def _dial(width: float, height: float) -> list[MeshData]:
    """A printed scale (slot 2) in a frame, with a needle."""
    frame = cushion(width + 0.05, 0.03, height + 0.05, 0.012, 3, 3)
    return [
        frame,
        plate(width, 0.012, height, 0.003, 2).moved(y=-0.014),
        plate(0.012, 0.01, 0.8 * height, 0.002, 4).moved(x=0.12 * width, y=-0.02),
    ]


def television(p: TypedParams) -> MeshData:
    """An old set: patterned cabinet, bulging picture in a frame, panel with knobs and a grille, legs, rabbit ears."""
    width, legs = p.real("width"), p.flag("legs")
    parts = [cushion(1.0, 0.5, 0.7, 0.06, 0, 4), cushion(0.6, 0.22, 0.46, 0.08, 4, 4).moved(y=0.3)]
    parts.append(slab(superellipse(0.34, 0.29, 5.0, 40), 0.04, 0.014, (4, 3)).moved(x=-0.12, y=-0.25))
    picture = ellipsoid(0.3, 0.05, 0.25, 1, 32, 16, 3.0)
    parts.append(picture.moved(x=-0.12, y=-0.262))
    parts += [cushion(0.2, 0.03, 0.58, 0.02, 2, 3).moved(x=0.355, y=-0.25)]
    knob = join(pill(0.06, 0.04, 0.01, 22, 4), plate(0.02, 0.1, 0.02, 0.004, 3).moved(z=0.045)).turned("x", FACING)
    parts += [knob.moved(x=0.355, y=-0.262, z=0.19), knob.turned("y", 0.8).moved(x=0.355, y=-0.262, z=0.03)]
    parts += [
        plate(0.15, 0.02, 0.014, 0.003, 4).moved(x=0.355, y=-0.266, z=z) for z in (-0.1, -0.135, -0.17, -0.205, -0.24)
    ]
    ear = [
        rod((0.02, 0, 0.37), (0.3, 0.02, 0.8), 0.01, 8, 3),
        ellipsoid(0.022, 0.022, 0.022, 3, 12, 8).moved(x=0.3, y=0.02, z=0.8),
    ]
    parts += [both_sides(join(ear)), ellipsoid(0.12, 0.09, 0.06, 4, 20, 10).moved(z=0.35)]
    if legs:
        parts += [
            both_sides(rod((0.36, y * 0.16, -0.33), (0.44, y * 0.24, -0.78), (0.035, 0.02), 12, 3)) for y in (-1, 1)
        ]
    else:
        parts += [both_sides(pill(0.05, 0.06, 0.012, 16, 4).moved(x=0.36, y=y, z=-0.4)) for y in (-0.15, 0.15)]
    return fit(join(*parts), times(width, TELEVISIONS[str(legs)]))


def telephone(p: TypedParams) -> MeshData:
    """A telephone with a dial and a coiled cord: on the desk, its handset across, or a candlestick."""
    size, style = p.real("size"), p.text("style")
    parts = _candlestick() if style == "candlestick" else _desk_telephone()
    return fit(join(*parts), times(size, TELEPHONES[style]))


def _number_dial() -> MeshData:
    """A finger wheel about Z: plate, holes, stop and a printed middle."""
    holes = [
        cylinder(0.024, 0.006, 12, slot=4).moved(x=0.115 * math.cos(a), y=0.115 * math.sin(a), z=0.022)
        for a in np.linspace(0.6, 5.4, 10)
    ]
    return join(
        pill(0.16, 0.02, 0.006, 36, 3),
        holes,
        pill(0.07, 0.03, 0.006, 24, 2),
        plate(0.05, 0.012, 0.03, 0.003, 3).moved(x=0.15, y=-0.04, z=0.03),
    )


def _handset(length: float) -> MeshData:
    """A receiver along X, its cups downwards."""
    grip = smooth(
        [
            (-0.5 * length, 0, 0.0),
            (-0.4 * length, 0, 0.07),
            (0, 0, 0.1),
            (0.4 * length, 0, 0.07),
            (0.5 * length, 0, 0.0),
        ],
        5,
    )
    cup = lathe(rounded([(0, -0.09), (0.085, -0.09), (0.095, -0.05), (0.05, 0.05), (0, 0.06)], 0.02, 2), 26, 1)
    cup = painted(cup, 3, lambda c: c[:, 2] < -0.07)
    return join(tube(grip, 0.042, 14, slot=0), both_sides(cup.turned("y", -0.2).moved(x=0.47 * length)))


def _desk_telephone() -> list[MeshData]:
    levels = [
        (0.0, 0.4, 0.36, 0.0),
        (0.05, 0.41, 0.37, 0.0),
        (0.16, 0.34, 0.31, 0.02),
        (0.3, 0.24, 0.19, 0.08),
        (0.38, 0.22, 0.13, 0.12),
        (0.4, 0.19, 0.1, 0.12),
    ]
    body = loft([placed(superellipse(w, d, 4.0, 40), z, "z") + np.array([0, y, 0]) for z, w, d, y in smooth(levels, 3)])
    body = painted(body, 1, lambda c: c[:, 2] < 0.06)
    cradle = [both_sides(cushion(0.05, 0.16, 0.1, 0.018, 3, 3).moved(x=0.17, y=y, z=0.44)) for y in (0.12,)]
    dial = _number_dial().turned("x", 0.92).moved(y=-0.175, z=0.235)
    t = np.linspace(0.0, 1.0, 97)
    centre = np.stack(
        [0.42 + 0.1 * np.sin(math.pi * t), 0.1 - 0.22 * t, 0.45 - 0.4 * np.sin(0.5 * math.pi * t)], axis=1
    )
    coil = centre + 0.022 * np.stack([np.cos(TAU * 16 * t), np.sin(TAU * 16 * t), 0 * t], axis=1)
    feet = [pill(0.035, 0.03, 0.006, 12, 4).moved(x=x, y=y, z=-0.02) for x in (-0.3, 0.3) for y in (-0.26, 0.26)]
    return [body, *cradle, dial, _handset(0.86).moved(y=0.12, z=0.5), tube(coil, 0.01, 5, slot=4), *feet]


def _candlestick() -> list[MeshData]:
    foot = lathe(
        rounded(
            [
                (0, 0),
                (0.3, 0),
                (0.31, 0.04),
                (0.28, 0.09),
                (0.1, 0.14),
                (0.055, 0.2),
                (0.05, 0.75),
                (0.075, 0.78),
                (0.05, 0.82),
                (0, 0.83),
            ],
            0.02,
            3,
        ),
        36,
    )
    foot = painted(foot, 1, lambda c: (c[:, 2] > 0.2) & (c[:, 2] < 0.76))
    dial = _number_dial().scaled(0.8, 0.8, 1).turned("x", 0.7).moved(y=-0.185, z=0.115)
    horn = lathe(smooth([(0.05, 0.0), (0.055, 0.06), (0.08, 0.12), (0.14, 0.17)], 4), 28, 3)
    inside = lathe([(0.0, 0.06), (0.07, 0.12), (0.138, 0.172)], 28, 4)
    mouth = (
        join(horn, inside, pill(0.09, 0.05, 0.012, 26, 0).moved(z=-0.03))
        .turned("x", FACING - 0.15)
        .moved(y=-0.06, z=0.88)
    )
    ear = lathe(smooth([(0.0, 0.0), (0.05, 0.0), (0.05, 0.2), (0.06, 0.25), (0.1, 0.32), (0.1, 0.34)], 3), 26, 0)
    ear = painted(join(ear, lathe([(0.1, 0.34), (0.0, 0.33)], 26, 4)), 2, lambda c: (c[:, 2] > 0.03) & (c[:, 2] < 0.17))
    hook = tube(smooth([(0.04, 0, 0.72), (0.13, 0, 0.73), (0.17, 0, 0.7)], 4), 0.014, 8, slot=3)
    cord = tube(
        smooth([(0.19, 0, 0.42), (0.24, 0.04, 0.2), (0.33, 0.1, 0.05), (0.2, 0.2, 0.02), (0.1, 0.25, 0.03)], 6),
        0.013,
        6,
        slot=4,
    )
    return [foot, dial, mouth, ear.turned("y", 0.1).moved(x=0.17, z=0.42), hook, cord]


def typewriter(p: TypedParams) -> MeshData:
    """A typewriter: painted case, four rows of keys, type basket, carriage with its roller and a printed sheet."""
    width, sheet = p.real("width"), p.real("paper")
    side = [(-0.45, 0.0), (0.42, 0.0), (0.44, 0.3), (0.12, 0.34), (-0.05, 0.2), (-0.42, 0.09), (-0.46, 0.05)]
    parts = [profile(rounded(side, 0.03, 3, closed=True), 0.86, 0.03, (0, 0))]
    parts.append(plate(0.62, 0.02, 0.08, 0.004, 1).turned("x", -0.85).moved(y=0.02, z=0.275))
    for row in range(4):
        y, z = -0.36 + 0.085 * row, 0.135 + 0.034 * row
        for k in range(10):
            key = cylinder(0.031, 0.018, 9, slot=3).moved(x=-0.36 + 0.08 * k + 0.018 * (row % 2) - 0.009, y=y, z=z)
            parts.append(key)
    parts.append(plate(0.5, 0.05, 0.022, 0.006, 3).moved(y=-0.435, z=0.12))
    basket = [
        rod((0.2 * math.sin(a), -0.02, 0.24), (0.11 * math.sin(a), 0.15, 0.36), 0.008, 5, 4)
        for a in np.linspace(-1.3, 1.3, 15)
    ]
    parts += [*basket, tube(arc_row(), 0.014, 6, slot=4)]
    roller = rod((-0.44, 0.24, 0.42), (0.44, 0.24, 0.42), 0.055, 20, 5)
    parts += [
        roller,
        rod((-0.52, 0.24, 0.42), (0.52, 0.24, 0.42), 0.02, 10, 4),
        both_sides(pill(0.06, 0.05, 0.012, 18, 3).turned("y", math.pi / 2).moved(x=0.47, y=0.24, z=0.42)),
    ]
    parts += [
        cushion(0.86, 0.16, 0.07, 0.02, 0, 3).moved(y=0.29, z=0.345),
        tube(smooth([(-0.42, 0.2, 0.44), (-0.5, 0.1, 0.46), (-0.56, 0.02, 0.44)], 4), 0.012, 8, slot=4),
    ]
    parts += [pill(0.075, 0.03, 0.008, 20, 1).moved(x=x, y=0.1, z=0.335) for x in (-0.3, 0.3)]
    lines = [(0.2, 0.36), (0.185, 0.41), (0.2, 0.46), (0.25, 0.488), (0.29, 0.5 + 0.1 * sheet), (0.33, 0.5 + sheet)]
    path = smooth(lines, 4)
    parts.append(profile(np.concatenate([path, path[::-1] + np.array([0.005, 0.001])]), 0.56, 0.0, (2, 2)))
    parts += [both_sides(pill(0.04, 0.03, 0.006, 14, 3).moved(x=0.36, y=y, z=-0.02)) for y in (-0.36, 0.34)]
    return fit(join(*parts), (1.09 * width, 0.9 * width, (0.52 + sheet) * width))


def arc_row() -> Floats:
    """The rail of the type basket (N, 3)."""
    a = np.linspace(-1.4, 1.4, 15)
    return np.stack([0.22 * np.sin(a), -0.03 + 0.02 * np.cos(a), np.full_like(a, 0.245)], axis=1)


def sewing_machine(p: TypedParams) -> MeshData:
    """A hand sewing machine: patterned arm and head, flywheel with a crank, spool, needle, cloth, a wooden bed."""
    width, fabric = p.real("width"), p.flag("cloth")
    arm = rounded(
        [
            (-0.4, 0.26),
            (-0.4, 0.58),
            (-0.2, 0.66),
            (0.36, 0.64),
            (0.4, 0.5),
            (0.38, 0.16),
            (0.2, 0.16),
            (0.19, 0.42),
            (0.1, 0.49),
            (-0.24, 0.47),
            (-0.27, 0.3),
            (-0.28, 0.26),
        ],
        0.05,
        4,
        closed=True,
    )
    parts = [slab(arm, 0.15, 0.035, (0, 0)), cushion(0.9, 0.36, 0.04, 0.012, 3, 3).moved(x=0.02, z=0.15)]
    parts += [plate(1.0, 0.46, 0.1, 0.01, 2).moved(z=0.08), plate(1.04, 0.5, 0.03, 0.008, 2).moved(z=0.015)]
    parts += [plate(0.34, 0.01, 0.09, 0.002, 1).moved(x=0.02, y=y, z=0.565) for y in (-0.076, 0.076)]
    parts += [
        plate(0.1, 0.01, 0.14, 0.002, 1).moved(x=0.29, y=-0.076, z=0.3),
        plate(0.09, 0.012, 0.2, 0.003, 3).moved(x=-0.34, y=-0.075, z=0.44),
    ]
    parts += [*_flywheel(), *_needle_and_thread()]
    if fabric:
        parts.append(_cloth_sheet())
    return fit(join(*parts), (1.1 * width, 0.51 * width, 0.805 * width))


def _flywheel() -> list[MeshData]:
    """The wheel on its shaft, with a crank."""
    wheel = join(
        torus(0.13, 0.025, 32, 10, 3),
        around(rod((0, 0, 0), (0.12, 0, 0), 0.012, 6, 3), 5),
        pill(0.04, 0.06, 0.01, 18, 3).moved(z=-0.03),
    ).turned("y", math.pi / 2)
    return [
        wheel.moved(x=0.46, z=0.5),
        rod((0.4, 0, 0.5), (0.47, 0, 0.5), 0.03, 12, 3),
        rod((0.47, -0.06, 0.43), (0.56, -0.06, 0.43), 0.01, 8, 3),
        rod((0.5, -0.06, 0.43), (0.58, -0.06, 0.43), 0.024, 12, 2),
    ]


def _needle_and_thread() -> list[MeshData]:
    """Needle, foot, spool and the thread between them."""
    needle = [
        rod((-0.34, 0, 0.17), (-0.34, 0, 0.28), 0.005, 6, 3),
        rod((-0.34, 0, 0.22), (-0.34, 0, 0.3), 0.016, 10, 3),
        plate(0.05, 0.09, 0.01, 0.003, 3).moved(x=-0.34, y=-0.02, z=0.19),
    ]
    spool = join(
        pill(0.05, 0.015, 0.004, 18, 2),
        pill(0.05, 0.015, 0.004, 18, 2).moved(z=0.105),
        pill(0.042, 0.09, 0.01, 18, 4).moved(z=0.015),
        rod((0, 0, 0), (0, 0, 0.16), 0.008, 8, 3),
    )
    parts = [
        *needle,
        spool.moved(x=0.2, z=0.645),
        pill(0.03, 0.03, 0.006, 14, 3).turned("x", FACING).moved(x=-0.34, y=-0.08, z=0.5),
        pill(0.028, 0.05, 0.01, 14, 3).moved(x=-0.32, z=0.61),
    ]
    thread = [(0.2, -0.03, 0.7), (-0.1, -0.03, 0.68), (-0.32, -0.085, 0.6), (-0.34, -0.09, 0.4), (-0.34, -0.01, 0.24)]
    parts.append(tube(thread, 0.003, 4, slot=4))
    return parts


def _cloth_sheet() -> MeshData:
    """A folded piece of cloth under the needle (slot 5), hanging over the front."""
    path = smooth([(0.1, 0.185), (-0.05, 0.18), (-0.2, 0.182), (-0.248, 0.16), (-0.255, 0.06)], 4)
    rings = []
    for x in np.linspace(-0.48, -0.14, 15):
        wave = 0.006 * math.sin(34.0 * x)
        line = path + np.array([0.0, 0.004]) + wave * np.linspace(0.2, 1.0, len(path))[:, None] * np.array([-0.3, 1.0])
        rings.append(placed(np.concatenate([line, (line - [0.003, 0.007])[::-1]]), float(x), "x"))
    return loft(rings, 5)


def camera(p: TypedParams) -> MeshData:
    """A folding camera: leather case, bellows, lens on its drop bed, finder; by itself or on a wooden tripod."""
    size, stand = p.real("size"), p.flag("tripod")
    case = cushion(0.62, 0.2, 0.5, 0.04, 0, 4).moved(y=0.1, z=0.28)
    parts = [case, slab(superellipse(0.25, 0.2, 8.0, 32), 0.02, 0.004, (2, 2)).moved(y=0.0, z=0.28)]
    parts += _camera_front()
    bed = plate(0.4, 0.46, 0.025, 0.006, 3).moved(y=-0.23, z=0.06)
    rails = both_sides(
        join(
            rod((0.1, -0.44, 0.08), (0.1, 0.0, 0.08), 0.01, 8, 2),
            rod((0.19, -0.3, 0.07), (0.22, 0.0, 0.3), 0.008, 8, 2),
        )
    )
    finder = join(cushion(0.12, 0.1, 0.09, 0.014, 0, 3), plate(0.08, 0.01, 0.05, 0.002, 4).moved(y=-0.05)).moved(
        x=0.12, y=0.09, z=0.575
    )
    knobs = [
        pill(0.05, 0.03, 0.008, 20, 2).moved(x=-0.2, y=0.1, z=0.53),
        pill(0.03, 0.03, 0.006, 14, 2).moved(x=-0.06, y=0.1, z=0.53),
    ]
    strap = tube(
        smooth([(-0.32, 0.1, 0.42), (-0.38, 0.1, 0.35), (-0.38, 0.1, 0.2), (-0.32, 0.1, 0.14)], 5), 0.014, 8, slot=3
    )
    parts += [
        bed,
        rails,
        finder,
        *knobs,
        strap,
        plate(0.2, 0.01, 0.06, 0.003, 2).moved(x=0.0, y=-0.004, z=0.505),
        both_sides(pill(0.02, 0.04, 0.004, 10, 2).moved(x=0.26, y=0.1, z=0.0)),
    ]
    whole = join(*parts)
    if stand:
        whole = join(whole.moved(z=1.3), tripod(1.3, 0.55, 3, 2), pill(0.12, 0.04, 0.01, 24, 2).moved(z=1.29))
    return fit(whole, times(size, CAMERAS[str(stand)]))


def _camera_front() -> list[MeshData]:
    """Bellows, lens board and lens, from y = 0 forwards."""
    folds = 7
    rings = []
    for k in range(2 * folds + 1):
        t = k / (2 * folds)
        reach = 1.0 - 0.45 * t - (0.17 if k % 2 else 0.0)
        rings.append(placed(superellipse(0.24 * reach, 0.2 * reach, 8.0, 32), -0.38 * t, "y") + np.array([0, 0, 0.28]))
    bellows = loft(rings, 1).shaded(False)
    parts = [bellows, plate(0.3, 0.035, 0.3, 0.008, 3).moved(y=-0.39, z=0.28)]
    lens = lathe(
        rounded(
            [(0, 0), (0.13, 0), (0.13, 0.03), (0.09, 0.05), (0.09, 0.12), (0.075, 0.12), (0.07, 0.08), (0, 0.07)],
            0.006,
            2,
        ),
        32,
        2,
    )
    lens = painted(lens, 4, lambda c: (c[:, 2] < 0.095) & (np.hypot(c[:, 0], c[:, 1]) < 0.068))
    parts += [
        lens.turned("x", FACING).moved(y=-0.4, z=0.28),
        around(plate(0.02, 0.05, 0.02, 0.004, 3).moved(x=0.12), 7).turned("x", FACING).moved(y=-0.43, z=0.28),
    ]
    return parts


def tripod(height: float, spread: float, wood: int, metal: int) -> MeshData:
    """Three double legs under a head at `height`, with a brace ring; slots of wood and of metal."""
    leg = []
    for side in (-1, 1):
        leg.append(rod((0.06, side * 0.04, height), (0.6 * spread, side * 0.03, 0.45 * height), 0.018, 8, wood))
    leg += [
        rod((0.55 * spread, 0, 0.5 * height), (spread, 0, 0.02), 0.02, 8, wood),
        cushion(0.07, 0.1, 0.05, 0.01, metal, 2).moved(x=0.59 * spread, z=0.46 * height),
        rod((spread, 0, 0.04), (spread + 0.015, 0, 0.0), 0.014, 8, metal),
    ]
    leg.append(rod((0.0, 0, 0.42 * height), (0.61 * spread, 0, 0.44 * height), 0.009, 6, metal))
    head = join(
        pill(0.1, 0.06, 0.012, 22, metal).moved(z=height - 0.03),
        pill(0.04, 0.03, 0.008, 14, metal).moved(z=0.41 * height),
    )
    return join(around(join(leg), 3, math.pi / 6), head)


def telescope(p: TypedParams) -> MeshData:
    """A brass telescope of three draws, one in a patterned sleeve, with a finder, on a wooden tripod."""
    size, pitch = p.real("size"), p.text("pitch")
    outline = [
        (0, -0.62),
        (0.045, -0.62),
        (0.05, -0.58),
        (0.035, -0.56),
        (0.035, -0.4),
        (0.055, -0.4),
        (0.055, -0.12),
        (0.075, -0.12),
        (0.075, 0.5),
        (0.095, 0.51),
        (0.095, 0.66),
        (0.08, 0.66),
        (0.075, 0.6),
        (0, 0.6),
    ]
    barrel = lathe(rounded(outline, 0.008, 2), 32, 1)
    barrel = painted(barrel, 0, lambda c: (c[:, 2] > -0.1) & (c[:, 2] < 0.49))
    barrel = painted(barrel, 2, lambda c: (c[:, 2] > -0.38) & (c[:, 2] < -0.14))
    barrel = painted(barrel, 4, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.07) & (c[:, 2] > 0.55))
    bands = [torus(0.078, 0.01, 32, 6, 1).moved(z=z) for z in (-0.1, 0.1, 0.3, 0.49)]
    finder = join(
        rod((0, 0, -0.2), (0, 0, 0.16), 0.02, 14, 1), [rod((0, 0, z), (0, 0.07, z), 0.008, 6, 1) for z in (-0.12, 0.1)]
    ).moved(y=-0.13)
    knob = both_sides(pill(0.03, 0.03, 0.006, 14, 1).turned("y", math.pi / 2).moved(x=0.07, z=-0.2))
    # The barrel points up; a pitch of 0 would lay it towards -Y.
    tube_ = join(barrel, bands, finder.scaled(y=-1.0), knob).turned("x", math.pi / 2 - _PITCHES[pitch])
    fork = join(
        both_sides(plate(0.02, 0.08, 0.2, 0.006, 1).moved(x=0.09, z=-0.04)),
        plate(0.2, 0.09, 0.03, 0.006, 1).moved(z=-0.14),
        rod((-0.11, 0, 0), (0.11, 0, 0), 0.018, 12, 1),
    )
    whole = join(
        tube_.moved(z=1.0), fork.moved(z=1.0), rod((0, 0, 0.8), (0, 0, 0.87), 0.03, 14, 1), tripod(0.82, 0.42, 3, 1)
    )
    return fit(whole, times(size, TELESCOPES[pitch]))


_PITCHES = {"flat": 0.25, "rising": 0.6, "steep": 1.0}
"""Radians above the horizon."""


BUILDERS: dict[str, Builder] = {
    "desk_lamp": desk_lamp,
    "alarm_clock": alarm_clock,
    "radio": radio,
    "television": television,
    "telephone": telephone,
    "typewriter": typewriter,
    "sewing_machine": sewing_machine,
    "camera": camera,
    "telescope": telescope,
}
