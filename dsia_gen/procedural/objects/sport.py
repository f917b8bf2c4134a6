"""Sports gear: racket, dumb-bell, bowling pins, skis, surfboard, oval ball, basketball stand, golf bag, target."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dsia_gen.procedural.mesh import Bools, Floats, MeshData, box, fit, lathe, rotation, tube
from dsia_gen.procedural.objects.families_sport import BOARD_WIDTHS, DUMBBELL_SIZES, PIN_FLOORS
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.shapes import (
    TAU,
    around,
    azimuth,
    both_sides,
    cushion,
    decal,
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

GOLDEN = math.pi * (3.0 - math.sqrt(5.0))


def tennis_racket(p: TypedParams) -> MeshData:
    """A racket on its grip: hoop, throat, strings, wound grip; a ball at its foot."""
    h, head, mesh = p.real("height"), p.real("head"), p.count("mesh")
    a, b, middle = head / 2 - 0.014, 0.225, 0.76
    turn = np.linspace(0, TAU, 49)[:-1]
    oval = np.stack([a * np.cos(turn), middle + b * np.sin(turn) * (1.0 + 0.06 * np.sin(turn))], axis=1)
    hoop = tube(placed(oval, 0.0, "y"), 0.016, 10, closed=True).scaled(1.0, 1.15, 1.0)
    throat = both_sides(tube(np.array([(x, 0.0, z) for x, z in smooth([(0.62 * a, 0.585), (0.35 * a, 0.48), (0.05,
        0.38),
        (0.014, 0.33)], 4)]), 0.014, 8))  # fmt: skip
    shaft = rod((0, 0, 0.28), (0, 0, 0.36), 0.022, 12)
    grip = loft([placed(superellipse(r, 0.85 * r, 3.0, 16), z, "z") for z, r in ((0.0, 0.026), (0.006, 0.03), (0.02,
        0.03),
        (0.03, 0.024), (0.285, 0.022), (0.29, 0.018))], 2)  # fmt: skip
    wind = np.linspace(0, 11 * TAU, 110)
    strip = np.stack([0.0235 * np.cos(wind), 0.0205 * np.sin(wind), 0.03 + 0.245 * wind / wind[-1]], axis=1)
    tape = join(tube(strip, 0.003, 4, slot=3), pill(0.026, 0.02, 0.006, 16, 3).moved(z=0.28))
    parts = [hoop, throat, shaft, grip, tape]
    for k in range(mesh):
        x = (2 * (k + 0.5) / mesh - 1.0) * a
        reach = b * math.sqrt(1.0 - (x / a) ** 2)
        parts.append(rod((x, 0, middle - reach * 0.98), (x, 0, middle + reach * 1.02), 0.0028, 4, 1))
    rows = mesh + 3
    for k in range(rows):
        z = (2 * (k + 0.5) / rows - 1.0) * b
        reach = a * math.sqrt(1.0 - (z / b) ** 2)
        parts.append(rod((-reach, 0, middle + z), (reach, 0, middle + z), 0.0028, 4, 1))
    parts.append(_tennis_ball().moved(x=0.12, y=-0.05, z=0.05))
    return fit(join(parts), (head * h, 0.13 * h, h))


def _tennis_ball() -> MeshData:
    """A ball of radius 0.05 with its seam."""
    t = np.linspace(0, TAU, 41)[:-1]
    a, b = 0.75, 0.25
    seam = np.stack(
        [a * np.cos(t) + b * np.cos(3 * t), a * np.sin(t) - b * np.sin(3 * t), 2 * math.sqrt(a * b) * np.sin(2 * t)],
        axis=1,
    )
    return join(ellipsoid(0.05, 0.05, 0.05, 4, 24, 16), tube(0.05 * seam, 0.0022, 5, closed=True, slot=1))


def dumbbell(p: TypedParams) -> MeshData:
    """A dumb-bell along X."""
    length, style, collar = p.real("length"), p.text("style"), p.real("collar")
    knurls = np.linspace(-0.17, 0.17, 35)
    bulge = 0.05 + 0.012 * np.cos(math.pi * knurls / 0.34) + 0.003 * (np.arange(35) % 2)
    bar = tube(np.stack([knurls, 0 * knurls, 0 * knurls], axis=1), bulge, 16, slot=2)
    end = {"hex": _hex_head, "round": _round_head, "plates": _plates}[style]()
    ring = pill(0.085, 0.03 + collar, 0.01, 28, 3).turned("y", math.pi / 2).moved(x=0.155)
    x, y, z = DUMBBELL_SIZES[style]
    return fit(join(bar, both_sides(join(end, ring))), (x * length, y * length, z * length))


def _badge(radius: float, at: float, spokes: int) -> MeshData:
    """A printed disc with raised bolts, facing +X."""
    disc = pill(radius, 0.016, 0.005, 28, 1).turned("y", math.pi / 2).moved(x=at)
    bolts = around(ellipsoid(0.014, 0.014, 0.014, 2, 8, 5).moved(x=0.8 * radius), spokes).turned("y", math.pi / 2)
    return join(disc, bolts.moved(x=at + 0.016))


def _hex_head() -> MeshData:
    six = np.stack([0.215 * np.cos(TAU * np.arange(6) / 6), 0.215 * np.sin(TAU * np.arange(6) / 6)], axis=1)
    shape = rounded(six, 0.03, 2, closed=True)
    rings = [
        placed(shape * k, x, "x")
        for x, k in ((0.185, 0.8), (0.2, 0.94), (0.22, 1.0), (0.45, 1.0), (0.475, 0.92), (0.49, 0.75))
    ]
    return join(loft(rings, 0), _badge(0.13, 0.484, 6))


def _round_head() -> MeshData:
    body = lathe(rounded([(0, 0.18), (0.14, 0.18), (0.2, 0.24), (0.2, 0.42), (0.15, 0.485), (0, 0.485)], 0.03, 2), 32)
    grooves = [torus(0.2, 0.006, 32, 5, 3).moved(z=z) for z in (0.28, 0.33, 0.38)]
    return join(join(body, grooves).turned("y", math.pi / 2), _badge(0.12, 0.48, 5))


def _plates() -> MeshData:
    parts = []
    for z, r, t in ((0.19, 0.26, 0.05), (0.245, 0.24, 0.05), (0.3, 0.19, 0.045), (0.35, 0.14, 0.04)):
        disc = rounded(
            [(0, 0), (r, 0), (r, t), (0.86 * r, t), (0.8 * r, 0.75 * t), (0.4 * r, 0.75 * t), (0.36 * r, t), (0, t)],
            0.01,
            1,
        )
        parts.append(_ringed(lathe(disc, 22), 0.6 * r, 0.22 * r).moved(z=z))
    nut = join(
        pill(0.07, 0.04, 0.01, 24, 3).moved(z=0.395),
        around(box((0.06, 0.03, 0.04), 0.008, 1, 3).moved(x=0.07, z=0.395), 4),
    )
    stub = rod((0, 0, 0.19), (0, 0, 0.5), 0.04, 16, 2)
    return join(parts, nut, stub).turned("y", math.pi / 2)


def _ringed(disc: MeshData, middle: float, reach: float) -> MeshData:
    """Faces within `reach` of a radius take slot 1."""
    return painted(disc, 1, lambda c: np.abs(np.hypot(c[:, 0], c[:, 1]) - middle) < reach)


_PIN = [(0.1, 0.0), (0.115, 0.01), (0.14, 0.1), (0.163, 0.29), (0.145, 0.45), (0.085, 0.62), (0.066, 0.7), (0.07, 0.78),
        (0.088, 0.88), (0.075, 0.96), (0.03, 0.996)]  # fmt: skip
"""Half of the silhouette of a pin of height 1."""


def bowling_pin(p: TypedParams) -> MeshData:
    """One to three pins with painted necks and a crest; a ball before them."""
    h, pins, bands = p.real("height"), p.count("pins"), p.count("bands")
    side = smooth(_PIN, 3)
    pin = lathe([(0, 0.0), *side, (0, 1.0)], 22)
    stripes = [(0.655, 0.69), (0.715, 0.75), (0.6, 0.63)][:bands]
    for low, high in stripes:
        zs = np.array([low, low, 0.5 * (low + high), high, high])
        out = np.interp(zs, side[:, 1], side[:, 0]) + np.array([-0.004, 0.004, 0.004, 0.004, -0.004])
        pin = join(pin, lathe(np.stack([out, zs], axis=1), 24, 1))
    pin = join(pin, decal(side, superellipse(0.075, 0.095, 2.2, 24), 0.3, 0.003, 2))
    places = [(0.22, 0.1), (-0.22, 0.06), (0.0, 0.38)][:pins]
    ball = join(ellipsoid(0.24, 0.24, 0.24, 3, 26, 14), [ellipsoid(0.03, 0.03, 0.008, 4, 12, 6).turned("y",
        0.3 * s).moved(
        0.235 * math.sin(0.3 * s), -0.02 * abs(s) + 0.03, 0.235 * math.cos(0.3 * s)) for s in (-0.5, 0.5)],
        ellipsoid(0.03, 0.03, 0.008, 4, 12, 6).turned("x", 0.35).moved(y=-0.081, z=0.222))  # fmt: skip
    where = (-0.24, -0.02) if pins == 1 else (0.05, -0.24)
    ball = ball.turned("x", 0.5).turned("z", 0.3).moved(*where, 0.24)
    standing = [pin.turned("z", 0.4 - 0.5 * k).moved(x, y) for k, (x, y) in enumerate(places)]
    x, y = PIN_FLOORS[pins]
    return fit(join(ball, standing), (x * h, y * h, h))


def skis(p: TypedParams) -> MeshData:
    """Two skis side by side, tips up and bent forward, with bindings and poles."""
    h, spread, splay, waist = p.real("height"), p.real("spread"), p.real("splay"), p.real("waist")
    width = 0.068
    z = np.array([0.0, 0.01, 0.06, 0.2, 0.45, 0.7, 0.84, 0.9, 0.95, 0.98, 1.0])
    half = (
        width
        / 2
        * np.array([0.5, 0.8, 1.0, 0.5 + 0.5 * waist, waist, 0.55 + 0.45 * waist, 1.04, 0.98, 0.78, 0.5, 0.15])
    )
    bow = np.array([-0.004, 0, 0.004, 0.012, 0.016, 0.01, 0, -0.014, -0.04, -0.064, -0.084])
    table = smooth(np.stack([z, half, bow], axis=1), 3)
    rings = []
    for at, a, y in table:
        section = [(-a, 0.006), (-a, -0.004), (-0.8 * a, -0.006), (0, -0.0068), (0.8 * a, -0.006), (a, -0.004),
            (a, 0.006), (0, 0.006)]  # fmt: skip
        rings.append(placed(np.array(section) + np.array([0.0, y]), float(at), "z"))
    ski = loft(rings, 0)
    ski = painted(ski, 1, lambda c: (c[:, 2] > 0.8) | (c[:, 2] < 0.1))
    bend = np.interp(0.5, z, bow)
    flat = np.interp(np.linspace(0, 1, 50), z, bow)
    ski = painted(ski, 2, lambda c: c[:, 1] > np.interp(c[:, 2], np.linspace(0, 1, 50), flat) + 0.0045)
    toe = join(
        cushion(0.05, 0.03, 0.05, 0.01, 3, 3).moved(y=-0.02, z=0.52),
        cushion(0.054, 0.024, 0.02, 0.006, 4, 2).moved(y=-0.032, z=0.535),
    )
    heel = join(
        cushion(0.046, 0.034, 0.06, 0.01, 3, 3).moved(y=-0.02, z=0.36),
        rod((0, -0.034, 0.36), (0, -0.05, 0.39), 0.008, 8, 4),
    )
    deck = plate(0.04, 0.006, 0.1, 0.002, 3).moved(y=-0.006, z=0.44)
    one = join(ski, join(toe, heel, deck).moved(y=float(bend)))
    pair = both_sides(one.turned("y", splay).moved(x=0.045))
    pole = join(rod((0, 0, 0.0), (0, 0, 0.7), (0.004, 0.0065), 8, 4), rod((0, 0, 0.66), (0, 0, 0.78), (0.012, 0.014),
        10, 3),
        torus(0.022, 0.004, 16, 6, 3).moved(z=0.05), [rod((0, 0, 0.05), (0.022 * math.cos(a), 0.022 * math.sin(a),
        0.05), 0.003, 5, 3)
        for a in (0.0, 2.1, 4.2)],
        tube(smooth([(0, 0, 0.77), (0.02, -0.02, 0.72), (0.018, -0.03, 0.64), (0.006, -0.012, 0.68)], 4), 0.004, 6,
        slot=2))  # fmt: skip
    poles = both_sides(pole.turned("y", -0.03).moved(x=0.105, y=-0.01))
    return fit(join(pair, poles), (spread * h, 0.113 * h, h))


_BOARDS = {
    "long": [
        (0.0, 0.06),
        (0.02, 0.085),
        (0.15, 0.118),
        (0.45, 0.135),
        (0.75, 0.122),
        (0.92, 0.08),
        (0.98, 0.04),
        (1.0, 0.004),
    ],
    "fish": [
        (0.0, 0.09),
        (0.02, 0.105),
        (0.2, 0.162),
        (0.42, 0.185),
        (0.68, 0.165),
        (0.88, 0.092),
        (0.97, 0.034),
        (1.0, 0.004),
    ],
    "short": [
        (0.0, 0.035),
        (0.02, 0.06),
        (0.2, 0.128),
        (0.45, 0.155),
        (0.7, 0.132),
        (0.88, 0.072),
        (0.97, 0.026),
        (1.0, 0.004),
    ],
}
"""Style -> (height, half width) of the outline of a board of height 1."""


def surfboard(p: TypedParams) -> MeshData:
    """A surfboard on its tail: vaulted deck with a coloured field, a stringer, rails, three fins, a pad."""
    h, style, stripe = p.real("height"), p.text("style"), p.real("stripe")
    table = smooth(_BOARDS[style], 6)
    shape = superellipse(1.0, 1.0, 2.6, 28)
    rings = []
    for z, a in table:
        rocker = -0.07 * max(0.0, z - 0.6) ** 2 / 0.16 - 0.015 * max(0.0, 0.25 - z) / 0.25
        thick = 0.022 * (1.0 - 0.75 * abs(z - 0.45) ** 1.6 / 0.4)
        rings.append(placed(shape * [a, thick] + np.array([0.0, rocker]), float(z), "z"))
    hull = loft(rings, 2)

    def wide(c: Floats) -> Bools:
        inside: Bools = np.abs(c[:, 0]) < 0.86 * np.interp(c[:, 2], table[:, 0], table[:, 1])
        return inside

    hull = painted(hull, 0, wide)
    hull = painted(hull, 1, lambda c: wide(c) & (np.abs(c[:, 2] - stripe) < 0.11))
    hull = painted(hull, 1, lambda c: wide(c) & (c[:, 2] > 0.9))
    rock = [-0.07 * max(0.0, z - 0.6) ** 2 / 0.16 - 0.015 * max(0.0, 0.25 - z) / 0.25 for z, _ in table]
    thick = [0.022 * (1.0 - 0.75 * abs(z - 0.45) ** 1.6 / 0.4) for z, _ in table]
    line = [np.array([(-0.004, r - t - 0.0015), (0.004, r - t - 0.0015), (0.004, r + t + 0.0015), (-0.004,
        r + t + 0.0015)])
        for r, t in zip(rock, thick, strict=True)]  # fmt: skip
    stringer = loft([placed(one, float(z), "z") for one, z in zip(line, table[:, 0] * 0.985 + 0.004, strict=True)], 3)
    blade = slab(
        np.array([(0.0, 0.0), (0.09, 0.0), (0.1, 0.015), (0.07, 0.04), (0.03, 0.075), (0.01, 0.09), (0.012, 0.05)]),
        0.008,
        0.003,
        (4, 4),
    )
    # The outline lies in X and Z: X becomes the way out of the bottom (+Y), Z the way along the board.
    blade = blade.transformed(rotation("z", math.pi / 2)).moved(y=0.01)
    fins = [blade.moved(x=x, z=z) for x, z in ((0.0, 0.05), (-0.06, 0.12), (0.06, 0.12))]
    pad = [plate(0.1 - 0.012 * k, 0.006, 0.014, 0.002, 4).moved(y=-0.035, z=0.09 + 0.022 * k) for k in range(5)]
    width = BOARD_WIDTHS[style]
    return fit(join(hull, stringer, fins, pad), (width * h, 0.188 * h, h))


def rugby_ball(p: TypedParams) -> MeshData:
    """An oval ball along X: four panels in two colours, bands or laces, seams."""
    length, fat, style = p.real("length"), p.real("fatness"), p.text("style")
    t = np.linspace(0.0, math.pi, 25)
    radius = np.sin(t) ** (1.0 if style == "rugby" else 1.25)
    profile = np.stack([0.5 * fat * radius, -0.5 * np.cos(t)], axis=1)
    profile[[0, -1], 0] = 0.0
    body = lathe(profile, 48)
    body = painted(body, 1, lambda c: (np.floor((azimuth(c) + math.pi / 4) / (math.pi / 2)) % 2) > 0)
    limits = ((0.3, 0.345), (0.43, 0.6)) if style == "gridiron" else ((0.4, 0.6), (0.2, 0.225))
    for low, high in limits:
        body = painted(body, 2, _at_ends(low, high))
    seam = [np.stack([profile[1:-1, 0] * 0.995 * math.cos(a), profile[1:-1, 0] * 0.995 * math.sin(a), profile[1:-1,
        1]], axis=1)
        for a in (math.pi / 4, 3 * math.pi / 4, 5 * math.pi / 4, 7 * math.pi / 4)]  # fmt: skip
    seams = [tube(one, 0.0045, 5, slot=3) for one in seam]
    parts = [body, *seams]
    # Laces hardly stand out, so that the ball rolls.
    top = 0.5 * fat
    laces = [
        cushion(0.1, 0.012, 0.012, 0.004, 2, 2).moved(y=-0.985 * top * math.cos(z / 0.6), z=z)
        for z in np.linspace(-0.12, 0.12, 7)
    ]
    parts += [*laces, rod((0, -0.985 * top, -0.15), (0, -0.985 * top, 0.15), 0.006, 6, 2)]
    whole = join(parts).turned("y", math.pi / 2).turned("x", -0.7)
    return fit(whole, (length, fat * length, fat * length))


def _at_ends(low: float, high: float) -> Callable[[Floats], Bools]:
    """Whether faces lie between two distances from the middle along Z."""
    return lambda c: (np.abs(c[:, 2]) > low) & (np.abs(c[:, 2]) < high)


def basketball_stand(p: TypedParams) -> MeshData:
    """A stand on a weighted foot: pole, board, hoop, net, and a ball that drops through it."""
    h, knots = p.real("height"), p.count("knots")
    foot = join(
        cushion(0.42, 0.34, 0.07, 0.025, 1, 4).moved(y=0.1, z=0.045),
        pill(0.09, 0.06, 0.015, 24, 1).moved(y=0.14, z=0.08),
    )
    wheels = both_sides(pill(0.035, 0.03, 0.008, 16, 3).turned("y", math.pi / 2).moved(x=0.14, y=-0.05, z=0.035))
    pole = join(rod((0, 0.14, 0.1), (0, 0.14, 0.62), 0.026, 16, 2), torus(0.03, 0.009, 20, 6, 3).moved(y=0.14, z=0.4),
        tube(smooth([(0, 0.14, 0.6), (0, 0.13, 0.7), (0, 0.07, 0.8), (0, 0.03, 0.82)], 5), 0.02, 12,
        slot=2))  # fmt: skip
    outline = superellipse(0.25, 0.18, 2.2 if p.text("board") == "round" else 9.0, 40)
    board = slab(outline, 0.022, 0.006, (0, 3)).moved(y=0.02, z=0.82)
    frame = np.array([(-0.07, 0.75), (0.07, 0.75), (0.07, 0.85), (-0.07, 0.85)])
    square = [
        rod((*a,), (*b,), 0.006, 6, 4)
        for a, b in zip(placed(frame, 0.006, "y"), placed(np.roll(frame, -1, axis=0), 0.006, "y"), strict=True)
    ]
    hoop = torus(0.105, 0.009, 36, 8, 3).moved(y=-0.125, z=0.73)
    arm = join(
        plate(0.06, 0.02, 0.05, 0.005, 3).moved(z=0.725), plate(0.05, 0.03, 0.01, 0.003, 3).moved(y=-0.01, z=0.73)
    )
    ball = join(
        ellipsoid(0.085, 0.085, 0.085, 5, 24, 16),
        [
            torus(0.0855, 0.003, 28, 5, 1).turned(axis, a)
            for axis, a in (("x", 0.3), ("y", math.pi / 2), ("x", math.pi / 2))
        ],
        both_sides(torus(0.062, 0.003, 24, 5, 1).turned("y", math.pi / 2).moved(x=0.058)),
    )
    parts = [
        foot,
        wheels,
        pole,
        board,
        *square,
        hoop,
        arm,
        _net(knots).moved(y=-0.125, z=0.73),
        ball.turned("y", 0.4).moved(y=-0.125, z=0.78),
    ]
    return fit(join(parts), (0.5 * h, 0.52 * h, h))


def _net(knots: int) -> MeshData:
    """Cords that cross on their way down from a hoop at z = 0."""
    t = np.linspace(0.0, 1.0, 9)
    r = np.interp(t, [0, 0.5, 0.8, 1.0], [0.105, 0.07, 0.062, 0.07])
    cords = []
    for s in (-1.0, 1.0):
        turn = s * TAU / knots * 2.0 * t
        path = np.stack([r * np.cos(turn), r * np.sin(turn), -0.17 * t], axis=1)
        cords.append(around(tube(path, 0.0035, 4, slot=4), knots))
    return join(cords)


def golf_bag(p: TypedParams) -> MeshData:
    """A golf bag that leans on two legs, with pockets, a strap, and clubs of several kinds."""
    h, clubs, girth = p.real("height"), p.count("clubs"), p.real("girth") / 2
    tall = 0.72
    body = lathe(rounded([(0, 0), (0.86 * girth, 0), (0.9 * girth, 0.03), (0.88 * girth, 0.5), (girth, tall - 0.04),
        (girth, tall),
        (0.86 * girth, tall), (0.8 * girth, tall - 0.1), (0, tall - 0.12)], 0.012, 2), 36)  # fmt: skip
    body = painted(body, 2, lambda c: (c[:, 2] < 0.035) | (np.hypot(c[:, 0], c[:, 1]) < 0.84 * girth) & (c[:, 2] > 0.5))
    bands = [
        torus(r * girth, 0.012, 32, 5, 2).moved(z=z)
        for z, r in ((0.03, 0.9), (0.36, 0.885), (tall - 0.07, 0.97), (tall, 0.95))
    ]
    front = cushion(1.15 * girth, 0.09, 0.24, 0.03, 1, 3).moved(y=-0.92 * girth, z=0.2)
    small = cushion(0.9 * girth, 0.07, 0.12, 0.025, 1, 3).moved(y=-0.94 * girth, z=0.46)
    sides = both_sides(cushion(0.08, 0.9 * girth, 0.34, 0.03, 1, 3).moved(x=0.9 * girth, z=0.26))
    zips = [
        rod((-0.5 * girth, y, z), (0.5 * girth, y, z), 0.006, 6, 3)
        for y, z in ((-0.92 * girth - 0.043, 0.285), (-0.94 * girth - 0.034, 0.5))
    ]
    strap_path = smooth(
        [(0.0, 0.9 * girth, 0.6), (0.05, 1.7 * girth, 0.52), (0.05, 1.75 * girth, 0.3), (0.0, 0.9 * girth, 0.16)], 5
    )
    strap = loft(
        [
            np.array([q + np.array(o) for o in ((-0.03, 0, 0), (0.03, 0, 0), (0.03, 0.012, 0), (-0.03, 0.012, 0))])
            for q in strap_path
        ],
        2,
    )
    parts = [body, *bands, front, small, sides, *zips, strap]
    for k in range(clubs):
        turn, reach = k * GOLDEN + 0.4, 0.6 * girth * math.sqrt((k + 0.5) / clubs)
        foot = np.array([reach * math.cos(turn), reach * math.sin(turn), tall - 0.14])
        top = foot + np.array([0.35 * foot[0], 0.35 * foot[1], 0.26 + 0.1 * ((k * 0.618) % 1.0)])
        club = join(rod(foot, top, 0.007, 8, 3), _club(k).turned("z", turn - 1.0).moved(*top))
        parts.append(club)
    whole = join(parts).turned("x", -0.24)
    low = whole.bounds()[0][2]
    whole = whole.moved(z=-float(low))
    legs = both_sides(
        join(
            rod((0.05, 0.1, 0.62), (0.2, 0.46, 0.012), 0.009, 8, 3),
            ellipsoid(0.018, 0.018, 0.014, 2, 10, 6).moved(0.2, 0.46, 0.013),
        )
    )
    return fit(join(whole, legs), (0.43 * h, 0.63 * h, h))


def _club(kind: int) -> MeshData:
    """The head of an iron, or of a wood under its knitted cover, above the origin."""
    if kind % 3 == 0:
        cover = ellipsoid(0.05, 0.065, 0.05, 4, 14, 8).moved(y=-0.03, z=0.03)
        return join(
            cover,
            rod((0, 0, -0.08), (0, 0, 0.02), (0.016, 0.024), 10, 4),
            ellipsoid(0.022, 0.022, 0.022, 4, 10, 6).moved(y=-0.05, z=0.08),
        )
    iron = slab(rounded([(-0.012, 0.0), (0.02, -0.012), (0.085, 0.0), (0.09, 0.05), (0.07, 0.062), (-0.008, 0.03)],
        0.012, 2, closed=True),
        0.014, 0.004, (3, 3)).turned("x", 0.3)  # fmt: skip
    return join(iron, rod((0, 0, -0.05), (0, 0, 0.02), 0.01, 8, 3))


def archery_target(p: TypedParams) -> MeshData:
    """A round target of coiled straw on three legs, painted in rings, with arrows in it."""
    h, rings, arrows, lean = p.real("height"), p.count("rings"), p.count("arrows"), p.real("lean")
    r = 0.34
    steps = np.linspace(0.0, r, 4 * rings + 1)
    # Coils of straw stand out a little, one for each step.
    coils = [(float(s), 0.004 * (k % 2)) for k, s in enumerate(steps)]
    face = [(s, 0.05 + d) for s, d in coils[::-1]]
    disc = lathe([(0, -0.05), (r * 0.97, -0.05), (r * 1.02, -0.03), (r * 1.02, 0.03), *face[:-1], (0, 0.05)], 48, 5)
    colours = [4, 3, 2, 1, 0][:rings] if rings == 5 else [4, 3, 2, 0]
    for k, slot in enumerate(colours):
        low, high = k * r / rings, (k + 1) * r / rings
        disc = painted(disc, slot, _between(low, high))
    hoop = [torus(1.02 * r, 0.013, 48, 6, 5).moved(z=z) for z in (-0.022, 0.0, 0.022)]
    centre = np.array([0.0, 0.0, 0.56])
    shafts = []
    for k in range(arrows):
        turn, reach = 2.4 * k + 0.7, r * (0.16 + 0.55 * ((k * 0.618) % 1.0))
        one = _arrow().turned("x", 0.1 * math.cos(3.0 * k)).turned("y", 0.1 * math.sin(2.0 * k))
        shafts.append(one.moved(reach * math.cos(turn), reach * math.sin(turn), 0.05))
    round_ = join(disc, hoop, shafts).turned("x", math.pi / 2 - lean).moved(*centre)
    slant = math.tan(lean)
    front = both_sides(_beam((0.33, -0.56 * slant, 0.0), (0.05, 0.09 + 0.4 * slant, 0.98)))
    back = _beam((0.0, 0.42, 0.0), (0.0, 0.1 + 0.38 * slant, 0.97))
    ledge = plate(0.5, 0.15, 0.035, 0.006, 6).moved(y=-0.36 * slant, z=0.19)
    brace = _beam((-0.2, 0.04 - 0.1 * slant, 0.46), (0.2, 0.04 - 0.1 * slant, 0.46))
    return fit(join(round_, front, back, ledge, brace), (0.72 * h, 0.81 * h, h))


def _between(low: float, high: float) -> Callable[[Floats], Bools]:
    """Whether faces lie on the front of a disc between two radii."""

    def inside(c: Floats) -> Bools:
        reach = np.hypot(c[:, 0], c[:, 1])
        front: Bools = (c[:, 2] > 0.045) & (reach >= low) & (reach < high)
        return front

    return inside


def _beam(start: tuple[float, float, float], end: tuple[float, float, float]) -> MeshData:
    """A wooden pole with its grain along it."""
    return rod(start, end, 0.022, 12, 6).grained("z", int(1000 * abs(start[0] + end[1])))


def _arrow() -> MeshData:
    """An arrow that stuck at the origin, its nock along +Z."""
    vane = slab(np.array([(0.0, 0.2), (0.035, 0.22), (0.035, 0.27), (0.0, 0.29)]), 0.004, 0.001, (7, 7))
    return join(
        rod((0, 0, -0.02), (0, 0, 0.3), 0.006, 8, 6), around(vane, 3), pill(0.008, 0.016, 0.003, 8, 7).moved(z=0.295)
    )


BUILDERS: dict[str, Builder] = {
    "tennis_racket": tennis_racket,
    "dumbbell": dumbbell,
    "bowling_pin": bowling_pin,
    "skis": skis,
    "surfboard": surfboard,
    "rugby_ball": rugby_ball,
    "basketball_stand": basketball_stand,
    "golf_bag": golf_bag,
    "archery_target": archery_target,
}
