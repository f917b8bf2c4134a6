"""Things that drive, fly and roll: cars, planes, a drone, a skateboard, a wheel, a rocket, an engine, a yacht."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural.mesh import Bools, Floats, MeshData, cylinder, fit, lathe, tube
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
    slab,
    smooth,
    superellipse,
    torus,
)
from dsia_gen.procedural.table_family import Builder


@dataclass(frozen=True)
class CarStyle:
    """Proportions of a car of length 1, nose at y = -0.5.

    stations: y, half width, sill, belt height of the body.   cabin: y of the front and rear foot and of the front
    and rear edge of the roof, and its height.
    """

    stations: tuple[tuple[float, float, float, float], ...]
    cabin: tuple[float, float, float, float, float]
    wheel: float


_SALOON = (
    (-0.5, 0.15, 0.13, 0.19),
    (-0.475, 0.19, 0.09, 0.225),
    (-0.4, 0.21, 0.075, 0.245),
    (-0.2, 0.22, 0.075, 0.265),
    (0.05, 0.22, 0.075, 0.27),
    (0.3, 0.22, 0.075, 0.27),
    (0.44, 0.21, 0.08, 0.265),
    (0.485, 0.19, 0.1, 0.25),
    (0.5, 0.16, 0.13, 0.22),
)
_VAN = (
    (-0.5, 0.17, 0.12, 0.2),
    (-0.48, 0.2, 0.08, 0.26),
    (-0.4, 0.22, 0.075, 0.29),
    (-0.2, 0.225, 0.075, 0.31),
    (0.2, 0.225, 0.075, 0.31),
    (0.46, 0.22, 0.075, 0.31),
    (0.49, 0.21, 0.09, 0.3),
    (0.5, 0.19, 0.12, 0.28),
)
CAR_STYLES = {
    "saloon": CarStyle(_SALOON, (-0.17, 0.34, -0.04, 0.22, 0.42), 0.088),
    "van": CarStyle(_VAN, (-0.36, 0.49, -0.26, 0.47, 0.52), 0.09),
    "pickup": CarStyle(_VAN, (-0.24, 0.12, -0.13, 0.1, 0.47), 0.1),
    "beetle": CarStyle(_SALOON, (-0.22, 0.46, -0.06, 0.2, 0.47), 0.095),
}
"""Name -> proportions. The bounding box is 0.47 x 1 x the cabin's height."""


def toy_car(p: TypedParams) -> MeshData:
    """A pressed-metal car with a glazed cabin, a stripe over the body, lamps, bumpers and four wheels."""
    style, length = CAR_STYLES[p.text("style")], p.real("length")
    body = loft([_body_ring(s) for s in style.stations])
    body = painted(body, 1, lambda c: (np.abs(c[:, 0]) < 0.075) & (c[:, 2] > 0.17))
    parts = [body, _cabin(style), *_car_trim(style)]
    if p.text("style") == "pickup":
        parts.append(plate(0.36, 0.3, 0.01, 0.003, 2).moved(y=0.3, z=0.312))
    wheel = disc_wheel(style.wheel, 0.075, (3, 4), 24)
    arch = cylinder(style.wheel * 1.17, 0.02, 24, slot=3).turned("y", math.pi / 2)
    for y in (-0.3, 0.29):
        parts.append(both_sides(join(wheel.moved(x=0.197), arch.moved(x=0.203)).moved(y=y, z=style.wheel)))
    return fit(join(parts), (0.47 * length, length, style.cabin[4] * length))


def _body_ring(station: tuple[float, float, float, float]) -> Floats:
    y, half, low, high = station
    section = superellipse(half, (high - low) / 2.0, 4.5, 40)
    section[:, 0] *= np.where(section[:, 1] > 0, 1.0 - 0.06 * section[:, 1] / (high - low), 1.0)
    return placed(section, y, "y") + np.array([0.0, 0.0, (low + high) / 2.0])


def _cabin(style: CarStyle) -> MeshData:
    """The glasshouse: painted roof and pillars, windows in slot 2."""
    front, rear, roof_front, roof_rear, top = style.cabin
    belt = max(s[3] for s in style.stations) - 0.02
    rise = top - belt
    levels = ((0.0, 0.0, 0.2), (0.22, 0.2, 0.198), (0.7, 0.72, 0.176), (0.84, 0.9, 0.168), (0.95, 1.0, 0.155),
        (1.0, 1.1, 0.12))  # fmt: skip
    rings = []
    for up, along, half in levels:
        a, b = front + (roof_front - front) * along, rear + (roof_rear - rear) * along
        rings.append(placed(superellipse(half, (b - a) / 2.0, 6.0, 56), belt + up * rise,
            "z") + np.array([0, (a + b) / 2.0, 0]))  # fmt: skip

    def glazed(c: Floats) -> Bools:
        level = (c[:, 2] - belt) / rise
        y0, y1 = front + (roof_front - front) * level, rear + (roof_rear - rear) * level
        along = (c[:, 1] - y0) / (y1 - y0)
        across = np.abs(c[:, 0]) / (0.2 - 0.03 * level)
        side = (across > 0.9) & (np.abs(along - 0.5) > 0.045) & (along > 0.1) & (along < 0.9)
        ends = (across < 0.8) & ((along < 0.07) | (along > 0.93))
        return np.asarray((level > 0.2) & (level < 0.8) & (side | ends))

    return painted(loft(rings), 2, glazed)


def _car_trim(style: CarStyle) -> list[MeshData]:
    nose, tail = style.stations[1], style.stations[-2]
    z_lamp = nose[3] - 0.055
    lamps = both_sides(ellipsoid(0.034, 0.02, 0.03, 5, 16, 8).moved(x=0.72 * nose[1], y=-0.487, z=z_lamp))
    rear = both_sides(cushion(0.05, 0.02, 0.035, 0.008, 5, 2).moved(x=0.75 * tail[1], y=0.489, z=tail[3] - 0.06))
    grille = cushion(0.13, 0.02, 0.04, 0.008, 4, 2).moved(y=-0.49, z=z_lamp - 0.005)
    bumpers = [cushion(0.37, 0.03, 0.035, 0.012, 4, 3).moved(y=s * 0.485, z=0.1) for s in (-1, 1)]
    sills = both_sides(cushion(0.02, 0.36, 0.025, 0.008, 4, 2).moved(x=0.218, z=0.088))
    return [lamps, rear, grille, *bumpers, sills]


def toy_plane(p: TypedParams) -> MeshData:
    """A propeller plane, with one or two wings, roundels, a painted nose and tail."""
    span, wings = p.real("span"), p.count("wings")
    stations = ((-0.4, 0.045), (-0.385, 0.06), (-0.3, 0.073), (-0.16, 0.078), (0.0, 0.075), (0.2, 0.052),
        (0.36, 0.028), (0.42, 0.016))  # fmt: skip
    curve = smooth([(y, r) for y, r in stations], 3)
    hull = loft([placed(superellipse(r, r * 1.12, 2.4, 24), y, "y") for y, r in curve])
    hull = painted(hull, 1, lambda c: (c[:, 1] < -0.3) | ((c[:, 1] > 0.2) & (c[:, 1] < 0.27)))
    parts = [hull, ellipsoid(0.048, 0.1, 0.055, 3, 20, 10).moved(y=-0.02, z=0.075)]
    parts.append(_wing(0.5, 0.19).moved(y=-0.1, z=-0.035))
    if wings > 1:
        parts.append(_wing(0.5, 0.18).moved(y=-0.13, z=0.17))
        struts = [rod((x, y - 0.11, -0.03), (x, y - 0.13, 0.165), 0.006, 6, 3) for x in (0.32, 0.06)
            for y in (-0.05, 0.06)]  # fmt: skip
        parts += [both_sides(strut) for strut in struts]
    parts.append(_wing(0.19, 0.11).moved(y=0.36, z=0.012))
    fin = rounded([(0.27, 0.0), (0.34, 0.16), (0.43, 0.17), (0.44, 0.0)], 0.03, 3, closed=True)
    parts.append(slab(fin, 0.016, 0.007, (1, 1)).turned("z", math.pi / 2).moved(z=0.02))
    parts.append(propeller(0.16, 3 if wings == 1 else 2, 0.034, 4).moved(y=-0.425))
    parts.append(ellipsoid(0.032, 0.05, 0.032, 1, 16, 10).moved(y=-0.41))
    wheel = disc_wheel(0.042, 0.03, (3, 1), 16).moved(x=0.12, y=-0.2, z=-0.158)
    legs = [rod((0.12, -0.2, -0.158), (0.04, y, -0.05), 0.008, 8, 4) for y in (-0.25, -0.14)]
    parts.append(both_sides(join(wheel, legs)))
    parts.append(disc_wheel(0.018, 0.014, (3, 1), 14).moved(y=0.38, z=-0.04))
    return fit(join(parts), (span, 0.92 * span, 0.425 * span))


def _wing(half: float, chord: float) -> MeshData:
    """A wing about the origin with a slight dihedral; tips in slot 1 and a roundel (slot 2) near each of them."""
    c = chord / 2.0
    ribs = np.linspace(-0.97, 0.97, 21) * half
    rings = []
    for x in ribs:
        inside = np.abs(x) / half
        k = c * (1.0 - 0.25 * inside) * math.sqrt(max(0.0, 1.0 - max(0.0, (inside - 0.86) / 0.14) ** 2.5))
        foil = superellipse(max(k, 0.12 * c), 0.1 * chord * (1.0 - 0.3 * inside) / 2.0 * 1.5, 2.0, 20)
        foil[:, 1] *= 1.0 - 0.45 * foil[:, 0] / c
        rings.append(placed(foil, x, "x"))
    body = painted(loft(rings), 1, lambda q: np.abs(q[:, 0]) > 0.8 * half)
    disc = cylinder(0.62 * c, 0.003, 24, slot=2)
    parts = [body]
    if half > 0.3:
        top = [disc.moved(x=s * 0.62 * half, z=z) for s in (-1, 1) for z in (0.068 * chord, -0.078 * chord)]
        parts += top
    return bent(join(parts), lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0], 0.06 * np.abs(v[:, 0])], axis=1))


def drone(p: TypedParams) -> MeshData:
    """A quadcopter: striped shell, four arms with motors, propellers and guards, skids, and a camera in front."""
    span = p.real("span")
    hull = ellipsoid(0.13, 0.19, 0.055, 0, 32, 14, 2.6).moved(z=0.17)
    hull = painted(hull, 1, lambda c: (np.abs(c[:, 0]) < 0.035) & (c[:, 2] > 0.17))
    hull = painted(hull, 2, lambda c: c[:, 2] < 0.155)
    parts = [hull, _pod()]
    reach, angle = 0.27, math.pi / 4
    arm = join(tube([(0.06, 0, 0.17), (0.2, 0, 0.18), (reach * math.sqrt(2), 0, 0.19)], [0.034, 0.022, 0.018], 12,
        slot=0), pill(0.032, 0.055, 0.008, 20, 2).moved(x=reach * math.sqrt(2), z=0.165),
        torus(0.115, 0.007, 28, 6, 1).moved(x=reach * math.sqrt(2), z=0.222),
        [rod((reach * math.sqrt(2), 0, 0.2), (reach * math.sqrt(2) + 0.115 * math.cos(a), 0.115 * math.sin(a),
        0.22), 0.0045, 6, 1) for a in (0.5, 2.6, 4.7)],
        propeller(0.105, 2, 0.028, 2).turned("x", -math.pi / 2).turned("z", 0.7).moved(x=reach * math.sqrt(2),
        z=0.228))  # fmt: skip
    parts.append(around(arm, 4, angle))
    skid = smooth([(0.15, -0.14, 0.006), (0.15, -0.1, 0.0), (0.15, 0.1, 0.0), (0.15, 0.14, 0.006)], 4)
    parts.append(both_sides(join(tube(skid, 0.009, 8, slot=2),
        [rod((0.15, y, 0), (0.08, y, 0.15), 0.008, 8, 2) for y in (-0.08, 0.08)])))  # fmt: skip
    lights = [ellipsoid(0.012, 0.012, 0.01, 1, 10, 6).moved(x=x, y=y, z=0.19) for x in (-0.07, 0.07)
        for y in (0.17, -0.17)]  # fmt: skip
    battery = cushion(0.1, 0.13, 0.035, 0.012, 3, 3).moved(y=0.04, z=0.222)
    return fit(join(parts, lights, battery), (span, span, 0.32 * span))


def _pod() -> MeshData:
    """The camera on its gimbal."""
    eye = lathe(rounded([(0, 0), (0.032, 0), (0.032, 0.035), (0.024, 0.035), (0.024, 0.025), (0, 0.025)], 0.004, 2),
        20, 2)  # fmt: skip
    ball = ellipsoid(0.04, 0.04, 0.038, 3, 20, 12).moved(y=-0.15, z=0.1)
    fork = both_sides(cushion(0.012, 0.03, 0.07, 0.005, 2, 2).moved(x=0.046, y=-0.15, z=0.12))
    return join(ball, fork, eye.turned("x", math.pi / 2).moved(y=-0.168, z=0.1))


def skateboard(p: TypedParams) -> MeshData:
    """A deck with two kicks, grip above and a graphic below, trucks and wheels."""
    length, kick = p.real("length"), p.real("kick")
    ys = np.linspace(-1.0, 1.0, 41)
    half = 0.13 * np.maximum(1.0 - np.abs(ys) ** 9, 0.0) ** 0.5 * (1.0 - 0.06 * np.abs(ys) ** 3)
    half = np.maximum(half, 0.025)
    rise = kick * np.maximum(np.abs(ys) - 0.62, 0.0) ** 1.4 * 2.2
    rings = [placed(superellipse(w, 0.009, 5.0, 20), 0.5 * y, "y") + np.array([0.0, 0.0, 0.135 + z]) for y, w,
        z in zip(ys, half, rise, strict=True)]  # fmt: skip
    rings = [ring + np.stack([0 * ring[:, 0], 0 * ring[:, 0], 0.6 * ring[:, 0] ** 2], axis=1) for ring in rings]
    deck = loft(rings)
    deck = painted(deck, 1, lambda c: _beside_deck(c, ys, rise) < -0.004)
    deck = painted(deck, 2, lambda c: np.abs(_beside_deck(c, ys, rise)) <= 0.004)
    truck = join(plate(0.08, 0.11, 0.012, 0.003, 3).moved(z=0.12),
        tube([(-0.1, 0, 0.055), (0, 0, 0.075), (0.1, 0, 0.055)], [0.012, 0.026, 0.012], 12, slot=3),
        rod((0, 0.015, 0.075), (0, 0.03, 0.12), 0.016, 10, 3),
        both_sides(disc_wheel(0.052, 0.055, (4, 3), 24).moved(x=0.105, z=0.052)))  # fmt: skip
    bolts = [pill(0.007, 0.004, 0.001, 8, 3).moved(x=sx * 0.025, y=y + sy * 0.032, z=0.143) for y in (-0.27, 0.27)
        for sx in (-1, 1) for sy in (-1, 1)]  # fmt: skip
    whole = join(deck, [truck.moved(y=-0.27), truck.turned("z", math.pi).moved(y=0.27)], bolts)
    return fit(whole, (0.272 * length, length, (0.145 + kick * 2.2 * 0.38**1.4) * length))


def _beside_deck(c: Floats, ys: Floats, rise: Floats) -> Floats:
    """Height of face centres above the middle of the deck."""
    return np.asarray(c[:, 2] - 0.135 - 0.6 * c[:, 0] ** 2 - np.interp(c[:, 1], 0.5 * ys, rise))


def tyre(p: TypedParams) -> MeshData:
    """A car wheel standing on its tread: blocks, lettering on the wall, a spoked rim."""
    diameter, width, spokes = p.real("diameter"), p.real("width"), p.count("spokes")
    r, w = diameter / 2.0, width / 2.0
    bead = 0.62 * r
    profile = rounded([(bead, -0.62 * w), (0.78 * r, -w), (0.93 * r, -0.96 * w), (0.985 * r, -0.8 * w),
        (0.985 * r, 0.8 * w), (0.93 * r, 0.96 * w), (0.78 * r, w), (bead, 0.62 * w)], 0.08 * r, 2)  # fmt: skip
    tread = np.linspace(-0.8, 0.8, 9)[1:-1] * w
    middle = len(profile) // 2
    profile = np.concatenate([profile[:middle], np.stack([np.full(7, 0.985 * r), tread], axis=1), profile[middle:]])
    count = 96
    rubber = bent(lathe(profile, count), lambda v: _treaded(v, r, w, count))
    rubber = painted(rubber, 1, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.9 * r) & (np.hypot(c[:, 0],
        c[:, 1]) > 0.72 * r))  # fmt: skip
    rim = lathe([(0.56 * r, -0.5 * w), (0.6 * r, -0.62 * w), (0.64 * r, -0.62 * w), (0.6 * r, -0.5 * w),
        (0.6 * r, 0.5 * w), (0.64 * r, 0.62 * w), (0.6 * r, 0.62 * w), (0.56 * r, 0.5 * w)], 24, 2)  # fmt: skip
    spoke = cushion(0.5 * r, 0.11 * r, 0.16 * w, 0.03 * r, 2, 2).moved(x=0.34 * r)
    star = join(around(spoke, spokes), pill(0.16 * r, 0.4 * w, 0.03 * r, 14, 2).moved(z=-0.2 * w))
    nuts = around(cylinder(0.022 * r, 0.1 * w, 6, slot=0).moved(x=0.1 * r, z=0.18 * w), 5)
    drum = pill(0.5 * r, 0.1 * w, 0.004, 24, 0).moved(z=-0.05 * w)
    wheel = join(rubber, rim, drum, *(join(star, nuts).moved(z=0.32 * w * s) if s > 0 else join(star,
        nuts).scaled(z=-1).moved(z=-0.32 * w) for s in (-1, 1)))  # fmt: skip
    return fit(wheel.turned("y", -math.pi / 2), (width, diameter, diameter))


def _treaded(v: Floats, r: float, w: float, count: int) -> Floats:
    """Blocks: meridians raised in a pattern that is staggered across the tread."""
    radius = np.hypot(v[:, 0], v[:, 1])
    turn = np.round(arctan2(v[:, 1], v[:, 0]) * count / TAU).astype(int) % count
    row = np.round((v[:, 2] / (0.2 * w)) + 8).astype(int)
    raised = ((turn + 3 * (row % 2)) % 6 < 4) & (row % 4 != 2)
    factor = np.where((radius > 0.97 * r) & raised, 1.05, 1.0)
    return np.asarray(v * np.stack([factor, factor, np.ones_like(factor)], axis=1))


def rocket(p: TypedParams) -> MeshData:
    """A toy rocket: striped hull, pointed nose, portholes, fins and a nozzle."""
    h, fins = p.real("height"), p.count("fins")
    curve = smooth([(0.1, 0.1), (0.16, 0.2), (0.185, 0.36), (0.18, 0.55), (0.145, 0.74), (0.08, 0.9), (0.03, 0.965)], 4)
    hull = lathe([(0, 0.1), *curve, (0, 0.985)], 36)
    hull = painted(hull, 1, lambda c: c[:, 2] > 0.74)
    hull = painted(hull, 2, lambda c: (c[:, 2] > 0.3) & (c[:, 2] < 0.37) | (c[:, 2] < 0.14))
    nozzle = lathe([(0.06, 0.12), (0.11, 0.035), (0.1, 0.035), (0, 0.1)], 28, 3).flipped()
    outline = smooth([(0.13, 0.14), (0.16, 0.36), (0.24, 0.28), (0.3, 0.14), (0.31, 0.0), (0.26, 0.02),
        (0.2, 0.13)], 4, closed=True)  # fmt: skip
    blades = around(slab(outline[::2], 0.03, 0.012, (1, 1)), fins, -math.pi / 2)
    bands = [torus(r, 0.008, 32, 6, 3).moved(z=z) for z, r in ((0.3, 0.181), (0.37, 0.186), (0.742, 0.146))]
    ports = [join(torus(0.052 * k, 0.012 * k, 18, 6, 3),
        ellipsoid(0.05 * k, 0.05 * k, 0.012, 4, 14, 6)) .turned("x", math.pi / 2 - t) .moved(y=-y, z=z) for y, z, k,
        t in ((0.176, 0.56, 1.0, 0.09), (0.152, 0.7, 0.62, 0.2))]  # fmt: skip
    back = [port.turned("z", math.pi) for port in ports]
    antenna = ellipsoid(0.014, 0.014, 0.014, 2, 12, 8).moved(z=0.986)
    whole = join(hull, nozzle, blades, bands, ports, back, antenna)
    x, y = {3: (0.545, 0.506), 4: (0.62, 0.62), 6: (0.545, 0.62)}[fins]
    return fit(whole, (x * h, y * h, h))


def locomotive(p: TypedParams) -> MeshData:
    """A toy steam engine: boiler with bands, funnel and dome, cab with windows, wheels with rods, cow-catcher."""
    length = p.real("length")
    boiler = lathe(rounded([(0, -0.4), (0.135, -0.4), (0.135, 0.14), (0, 0.14)], 0.02, 2), 28).turned("x", -math.pi / 2)
    boiler = boiler.moved(z=0.31)
    bands = [torus(0.137, 0.008, 20, 4, 2).turned("x", math.pi / 2).moved(y=y, z=0.31) for y in (-0.36, -0.2, -0.02)]
    face = join(pill(0.1, 0.02, 0.008, 20, 2).turned("x", math.pi / 2),
        ellipsoid(0.025, 0.03, 0.025, 4, 10, 6).moved(y=-0.02)).moved(y=-0.395, z=0.31)  # fmt: skip
    funnel = lathe(rounded([(0, 0), (0.04, 0), (0.035, 0.11), (0.065, 0.17), (0.05, 0.17), (0, 0.12)], 0.006, 1),
        18, 1).moved(y=-0.3, z=0.43)  # fmt: skip
    dome = lathe(rounded([(0.05, 0), (0.045, 0.05), (0.03, 0.075), (0, 0.08)], 0.02, 2), 20, 4).moved(y=-0.09, z=0.43)
    whistle = lathe(rounded([(0.02, 0), (0.02, 0.04), (0, 0.06)], 0.01, 2), 14, 4).moved(y=0.05, z=0.44)
    frame = cushion(0.28, 0.88, 0.06, 0.015, 1, 3).moved(y=0.02, z=0.16)
    cab = [_cab_side(s) for s in (-1, 1)] + [cushion(0.3, 0.02, 0.3, 0.008, 0, 2).moved(y=0.16, z=0.34)]
    cab += [cushion(0.3, 0.02, 0.14, 0.008, 0, 2).moved(y=0.43, z=0.26), _roof().moved(y=0.29, z=0.53)]
    panes = both_sides(cushion(0.06, 0.026, 0.08, 0.008, 3, 2).moved(x=0.09, y=0.16, z=0.44))
    big = disc_wheel(0.105, 0.035, (3, 2), 12)
    small = disc_wheel(0.07, 0.035, (3, 2), 12)
    wheels = [big.moved(x=0.135, y=y, z=0.105) for y in (0.1, 0.34)] + [small.moved(x=0.135, y=y, z=0.07)
        for y in (-0.32, -0.13)]  # fmt: skip
    link = plate(0.014, 0.5, 0.022, 0.004, 4).moved(x=0.16, y=0.1, z=0.085)
    lamp = join(pill(0.04, 0.05, 0.01, 14, 4).turned("x", math.pi / 2),
        ellipsoid(0.03, 0.012, 0.03, 4, 12, 6).moved(y=-0.05)).moved(y=-0.38, z=0.48)  # fmt: skip
    catcher = loft([placed(rounded([(-a, 0.02), (a, 0.02), (a * 0.9, 0.14), (-a * 0.9, 0.14)], 0.01, 2,
        closed=True), y, "y") for y, a in ((-0.41, 0.13), (-0.48, 0.03))], 2)  # fmt: skip
    buffers = both_sides(rod((0.09, 0.45, 0.16), (0.09, 0.5, 0.16), 0.02, 14, 4))
    whole = join(boiler, bands, face, funnel, dome, whistle, frame, cab, panes, both_sides(join(wheels, link)),
        lamp, catcher, buffers)  # fmt: skip
    return fit(whole, (0.36 * length, length, 0.62 * length))


def _cab_side(s: int) -> MeshData:
    """A cab wall with an open window."""
    post = [cushion(0.02, 0.05, 0.14, 0.006, 0, 2).moved(y=y, z=0.45) for y in (0.185, 0.405)]
    rail = cushion(0.02, 0.27, 0.04, 0.006, 0, 2).moved(y=0.295, z=0.505)
    wall = cushion(0.02, 0.29, 0.22, 0.008, 0, 2).moved(y=0.295, z=0.29)
    panel = cushion(0.008, 0.2, 0.13, 0.003, 2, 2).moved(x=s * 0.01, y=0.295, z=0.29)
    return join(post, rail, wall, panel).moved(x=s * 0.14)


def _roof() -> MeshData:
    outline = [(x, 0.06 * (1 - (x / 0.18) ** 2)) for x in np.linspace(-0.18, 0.18, 15)]
    outline += [(x, 0.06 * (1 - (x / 0.18) ** 2) - 0.022) for x in np.linspace(0.175, -0.175, 15)]
    return slab(outline, 0.36, 0.004, (1, 1))


def sailboat(p: TypedParams) -> MeshData:
    """A toy yacht on a stand: hull with a waterline, planked deck, mast, main and fore sail, pennant."""
    h = p.real("height")
    ys = np.linspace(-1.0, 1.0, 19)
    rings = []
    for y in ys:
        beam = 0.12 * (1.0 - max(0.0, -y) ** 2.3) * (1.0 - 0.28 * max(0.0, y) ** 2) + 0.003
        deep = 0.13 * (1.0 - abs(y) ** 2.6 * 0.75)
        t = np.linspace(0.0, math.pi, 15)
        side = np.stack([-beam * np.cos(t) * (np.abs(np.cos(t)) + 1e-9) ** -0.35, -deep * np.sin(t) ** 1.1], axis=1)
        side[:, 1] += 0.03 * y**2 + 0.012 * max(0.0, -y)
        rings.append(placed(side, 0.36 * y, "y"))
    hull = loft(rings).moved(z=0.2)
    hull = painted(hull, 1, lambda c: c[:, 2] < 0.145)
    hull = painted(hull, 2, lambda c: (np.abs(c[:, 0]) < 0.1) & (c[:, 2] > 0.195 + 0.03 * (c[:, 1] / 0.36) ** 2))
    keel = slab(rounded([(-0.06, 0.11), (-0.03, 0.02), (0.09, 0.02), (0.1, 0.11)], 0.015, 2, closed=True), 0.018,
        0.006, (1, 1)).turned("z", math.pi / 2)  # fmt: skip
    cabin = cushion(0.11, 0.2, 0.05, 0.018, 0, 3).moved(y=0.06, z=0.225)
    mast = [rod((0, -0.05, 0.2), (0, -0.05, 0.985), (0.011, 0.006), 10, 2),
        rod((0, -0.05, 0.3), (0, 0.32, 0.3), 0.008, 8, 2)]  # fmt: skip
    main = _sail([(-0.04, 0.315), (0.31, 0.315), (-0.04, 0.95)], 0.05)
    fore = _sail([(-0.35, 0.245), (-0.07, 0.28), (-0.055, 0.86)], 0.045).slot(4)
    stays = [rod((0, -0.36, 0.235), (0, -0.05, 0.95), 0.0025, 5, 2),
        *(rod((s * 0.105, -0.03, 0.2), (0, -0.05, 0.85), 0.0025, 5, 2) for s in (-1, 1))]  # fmt: skip
    flag = ribbon_flag().moved(y=-0.05, z=0.96)
    stand = [cushion(0.2, 0.03, 0.025, 0.008, 2, 2).moved(y=y, z=0.0125) for y in (-0.12, 0.16)]
    stand += [rod((s * 0.085, y, 0.015), (s * 0.06, y, 0.115), 0.008, 8, 2) for s in (-1, 1) for y in (-0.12, 0.16)]
    stand.append(rod((0, -0.12, 0.012), (0, 0.16, 0.012), 0.009, 8, 2))
    whole = join(hull, keel, cabin, mast, main, fore, stays, flag, stand)
    return fit(whole, (0.25 * h, 0.74 * h, h))


def ribbon_flag() -> MeshData:
    t = np.linspace(0.0, 1.0, 8)
    path = np.stack([0.012 * np.sin(7 * t), 0.12 * t, 0 * t], axis=1)
    half = np.stack([0 * t, 0 * t, 0.05 * (1.0 - 0.9 * t)], axis=1)
    return loft(np.stack([path - half / 2 - [0.001, 0, 0], path + half / 2 - [0.001, 0, 0],
        path + half / 2 + [0.001, 0, 0], path - half / 2 + [0.001, 0, 0]], axis=1), 4)  # fmt: skip


def _sail(corners: list[tuple[float, float]], belly: float) -> MeshData:
    """A triangular sail in the YZ plane, filled towards +X; slot 3."""
    a, b, c = (np.array([0.0, y, z]) for y, z in corners)
    layers = []
    for thick in (0.0, 0.003):
        rows = []
        for v in np.linspace(0.0, 0.985, 12):
            left, right = a + (c - a) * v, b + (c - b) * v
            u = np.linspace(0.0, 1.0, 12)[:, None]
            line = left + (right - left) * u
            fill = belly * 4 * u[:, 0] * (1 - u[:, 0]) * math.sin(math.pi * (0.12 + 0.8 * v)) * (1 - 0.4 * v)
            line[:, 0] += fill + thick
            rows.append(line)
        layers.append(np.stack(rows))
    rings = [np.concatenate([outer, inner[::-1]]) for outer, inner in zip(*layers, strict=True)]
    return loft(rings, 3)


BUILDERS: dict[str, Builder] = {
    "toy_car": toy_car,
    "toy_plane": toy_plane,
    "drone": drone,
    "skateboard": skateboard,
    "tyre": tyre,
    "rocket": rocket,
    "locomotive": locomotive,
    "sailboat": sailboat,
}
