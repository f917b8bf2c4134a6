"""Rackets, dumb-bells, pins, skis, boards and rugby balls."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Bools, Floats, MeshData, rotation
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import box, lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style


class TennisRacket(Family):
    """A racket on its grip: hoop, throat, strings, wound grip; a ball at its foot."""

    name = "tennis_racket"
    params = {"height": Span(0.62, 0.95), "head": Span(0.38, 0.46), "mesh": Count(11, 15)}
    slots = (
        Slot("frame", ("stripes", "patches", "checker", "print", "noise"), "vivid", (0.03, 0.08), (0.2, 0.45)),
        Slot("strings", ("plain",), "light", (0.01, 0.03), (0.3, 0.6)),
        Slot("grip", ("leather", "stripes", "fabric"), "dark", (0.01, 0.03), (0.6, 0.9)),
        Slot("tape", ("plain", "stripes"), "vivid", (0.01, 0.03), (0.5, 0.8)),
        Slot("ball", ("knit", "noise", "fabric"), "fruit", (0.01, 0.02), (0.8, 0.95)),
    )
    tags = ("sport",)
    silhouette_fill = 0.3

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        return p.real("head") * height, 0.13 * height, height

    def build(self, p: TypedParams) -> MeshData:
        head, mesh = p.real("head"), p.count("mesh")
        a, b, middle = head / 2 - 0.014, 0.225, 0.76
        turn = np.linspace(0, sh.TAU, 49)[:-1]
        oval = np.stack([a * np.cos(turn), middle + b * np.sin(turn) * (1.0 + 0.06 * np.sin(turn))], axis=1)
        hoop = tube(sh.placed(oval, 0.0, "y"), 0.016, 10, closed=True).scaled(1.0, 1.15, 1.0)
        throat = sh.both_sides(
            tube(
                np.array(
                    [
                        (x, 0.0, z)
                        for x, z in sh.smooth([(0.62 * a, 0.585), (0.35 * a, 0.48), (0.05, 0.38), (0.014, 0.33)], 4)
                    ]
                ),
                0.014,
                8,
            )
        )
        shaft = sh.rod((0, 0, 0.28), (0, 0, 0.36), 0.022, 12)
        grip = sh.oval_loft([(z, r, 0.85 * r) for z, r in ((0.0, 0.026), (0.006, 0.03), (0.02, 0.03),
                                                        (0.03, 0.024), (0.285, 0.022), (0.29, 0.018))],
                         3.0, 16, "z", 2)  # fmt: skip
        wind = np.linspace(0, 11 * sh.TAU, 110)
        strip = np.stack([0.0235 * np.cos(wind), 0.0205 * np.sin(wind), 0.03 + 0.245 * wind / wind[-1]], axis=1)
        tape = sh.join(tube(strip, 0.003, 4, slot=3), sh.pill(0.026, 0.02, 0.006, 16, 3).moved(z=0.28))
        parts = [hoop, throat, shaft, grip, tape]
        for k in range(mesh):
            x = (2 * (k + 0.5) / mesh - 1.0) * a
            reach = b * math.sqrt(1.0 - (x / a) ** 2)
            parts.append(sh.rod((x, 0, middle - reach * 0.98), (x, 0, middle + reach * 1.02), 0.0028, 4, 1))
        rows = mesh + 3
        for k in range(rows):
            z = (2 * (k + 0.5) / rows - 1.0) * b
            reach = a * math.sqrt(1.0 - (z / b) ** 2)
            parts.append(sh.rod((-reach, 0, middle + z), (reach, 0, middle + z), 0.0028, 4, 1))
        # A ball of radius 0.05 with its seam.
        t = np.linspace(0, sh.TAU, 41)[:-1]
        ball_a, ball_b = 0.75, 0.25
        seam = np.stack(
            [
                ball_a * np.cos(t) + ball_b * np.cos(3 * t),
                ball_a * np.sin(t) - ball_b * np.sin(3 * t),
                2 * math.sqrt(ball_a * ball_b) * np.sin(2 * t),
            ],
            axis=1,
        )
        parts.append(
            sh.join(sh.ellipsoid(0.05, 0.05, 0.05, 4, 24, 16), tube(0.05 * seam, 0.0022, 5, closed=True, slot=1)).moved(
                x=0.12, y=-0.05, z=0.05
            )
        )
        return sh.join(parts)


class Dumbbell(Family):
    """A dumb-bell along X."""

    name = "dumbbell"
    params = {"length": Span(0.3, 0.6), "style": Choice(("hex", "round", "plates")), "collar": Span(0.0, 0.03)}
    slots = (
        Slot("heads", ("noise", "patches", "terrazzo", "stripes", "dots"), "vivid", (0.02, 0.05), (0.4, 0.7)),
        Slot("faces", ("print", "checker", "stripes"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        Slot("bar", ("metal", "checker"), "metal", (0.006, 0.012), (0.25, 0.5)),
        Slot("rings", ("plain", "stripes", "metal"), "vivid", (0.01, 0.03), (0.3, 0.6)),
    )
    tags = ("sport",)
    silhouette_fill = 0.6
    size = by_style(
        "length", "style", {"hex": (1.0, 0.43, 0.3724), "round": (1.0, 0.4, 0.4), "plates": (1.0, 0.52, 0.52)}
    )

    def build(self, p: TypedParams) -> MeshData:
        style, collar = p.text("style"), p.real("collar")
        knurls = np.linspace(-0.17, 0.17, 35)
        bulge = 0.05 + 0.012 * np.cos(math.pi * knurls / 0.34) + 0.003 * (np.arange(35) % 2)
        bar = tube(np.stack([knurls, 0 * knurls, 0 * knurls], axis=1), bulge, 16, slot=2)
        end = {"hex": self.hex_head, "round": self.round_head, "plates": self.plates}[style]()
        ring = sh.pill(0.085, 0.03 + collar, 0.01, 28, 3).turned("y", math.pi / 2).moved(x=0.155)
        return sh.join(bar, sh.both_sides(sh.join(end, ring)))

    def hex_head(self) -> MeshData:
        six = np.stack([0.215 * np.cos(sh.TAU * np.arange(6) / 6), 0.215 * np.sin(sh.TAU * np.arange(6) / 6)], axis=1)
        shape = sh.rounded(six, 0.03, 2, closed=True)
        rings = [
            sh.placed(shape * k, x, "x")
            for x, k in ((0.185, 0.8), (0.2, 0.94), (0.22, 1.0), (0.45, 1.0), (0.475, 0.92), (0.49, 0.75))
        ]
        return sh.join(sh.loft(rings, 0), self.badge(0.13, 0.484, 6))

    def round_head(self) -> MeshData:
        body = lathe(
            sh.rounded([(0, 0.18), (0.14, 0.18), (0.2, 0.24), (0.2, 0.42), (0.15, 0.485), (0, 0.485)], 0.03, 2), 32
        )
        grooves = [sh.torus(0.2, 0.006, 32, 5, 3).moved(z=z) for z in (0.28, 0.33, 0.38)]
        return sh.join(sh.join(body, grooves).turned("y", math.pi / 2), self.badge(0.12, 0.48, 5))

    def badge(self, radius: float, at: float, spokes: int) -> MeshData:
        """A printed disc with raised bolts, facing +X."""
        disc = sh.pill(radius, 0.016, 0.005, 28, 1).turned("y", math.pi / 2).moved(x=at)
        bolts = sh.around(sh.ellipsoid(0.014, 0.014, 0.014, 2, 8, 5).moved(x=0.8 * radius), spokes).turned(
            "y", math.pi / 2
        )
        return sh.join(disc, bolts.moved(x=at + 0.016))

    def plates(self) -> MeshData:
        parts = []
        for z, r, t in ((0.19, 0.26, 0.05), (0.245, 0.24, 0.05), (0.3, 0.19, 0.045), (0.35, 0.14, 0.04)):
            disc = sh.rounded([(0, 0), (r, 0), (r, t), (0.86 * r, t), (0.8 * r, 0.75 * t),
                            (0.4 * r, 0.75 * t), (0.36 * r, t), (0, t)], 0.01, 1)  # fmt: skip
            parts.append(self.ringed(lathe(disc, 22), 0.6 * r, 0.22 * r).moved(z=z))
        nut = sh.join(
            sh.pill(0.07, 0.04, 0.01, 24, 3).moved(z=0.395),
            sh.around(box((0.06, 0.03, 0.04), 0.008, 1, 3).moved(x=0.07, z=0.395), 4),
        )
        stub = sh.rod((0, 0, 0.19), (0, 0, 0.5), 0.04, 16, 2)
        return sh.join(parts, nut, stub).turned("y", math.pi / 2)

    def ringed(self, disc: MeshData, middle: float, reach: float) -> MeshData:
        """Faces within `reach` of a radius take slot 1."""
        return sh.painted(disc, 1, lambda c: np.abs(np.hypot(c[:, 0], c[:, 1]) - middle) < reach)


_PIN = [(0.1, 0.0), (0.115, 0.01), (0.14, 0.1), (0.163, 0.29), (0.145, 0.45), (0.085, 0.62), (0.066, 0.7),
        (0.07, 0.78), (0.088, 0.88), (0.075, 0.96), (0.03, 0.996)]  # fmt: skip
"""Half of the silhouette of a pin of height 1."""


class BowlingPin(Family):
    """One to three pins with painted necks and a crest; a ball before them."""

    name = "bowling_pin"
    params = {"height": Span(0.32, 0.6), "pins": Count(1, 3), "bands": Count(1, 3)}
    slots = (
        Slot("pin", ("noise", "terrazzo", "plain", "marble"), "light", (0.02, 0.06), (0.1, 0.3)),
        Slot("bands", ("plain", "stripes", "checker", "dots"), "red", (0.01, 0.03), (0.1, 0.3)),
        Slot("crest", ("print", "checker", "stripes"), "vivid", (0.02, 0.04), (0.1, 0.3)),
        Slot("ball", ("marble", "noise", "patches", "dots"), "vivid", (0.03, 0.07), (0.05, 0.2)),
        Slot("holes", ("plain",), "dark", (0.01, 0.03), (0.4, 0.7)),
    )
    tags = ("sport",)
    silhouette_fill = 0.55

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        x, y = {1: (0.86, 0.52), 2: (0.764, 0.743), 3: (0.764, 1.02)}[p.count("pins")]
        return x * height, y * height, height

    def build(self, p: TypedParams) -> MeshData:
        pins, bands = p.count("pins"), p.count("bands")
        side = sh.smooth(_PIN, 3)
        pin = lathe([(0, 0.0), *side, (0, 1.0)], 22)
        stripes = [(0.655, 0.69), (0.715, 0.75), (0.6, 0.63)][:bands]
        for low, high in stripes:
            zs = np.array([low, low, 0.5 * (low + high), high, high])
            out = np.interp(zs, side[:, 1], side[:, 0]) + np.array([-0.004, 0.004, 0.004, 0.004, -0.004])
            pin = sh.join(pin, lathe(np.stack([out, zs], axis=1), 24, 1))
        pin = sh.join(pin, sh.decal(side, sh.superellipse(0.075, 0.095, 2.2, 24), 0.3, 0.003, 2))
        places = [(0.22, 0.1), (-0.22, 0.06), (0.0, 0.38)][:pins]
        ball = sh.join(
            sh.ellipsoid(0.24, 0.24, 0.24, 3, 26, 14),
            [
                sh.ellipsoid(0.03, 0.03, 0.008, 4, 12, 6)
                .turned("y", 0.3 * s)
                .moved(0.235 * math.sin(0.3 * s), -0.02 * abs(s) + 0.03, 0.235 * math.cos(0.3 * s))
                for s in (-0.5, 0.5)
            ],
            sh.ellipsoid(0.03, 0.03, 0.008, 4, 12, 6).turned("x", 0.35).moved(y=-0.081, z=0.222),
        )
        where = (-0.24, -0.02) if pins == 1 else (0.05, -0.24)
        ball = ball.turned("x", 0.5).turned("z", 0.3).moved(*where, 0.24)
        standing = [pin.turned("z", 0.4 - 0.5 * k).moved(x, y) for k, (x, y) in enumerate(places)]
        return sh.join(ball, standing)


class Skis(Family):
    """Two skis side by side, tips up and bent forward, with bindings and poles."""

    name = "skis"
    params = {"height": Span(1.1, 1.75), "spread": Span(0.25, 0.28), "splay": Span(0.0, 0.05),
              "waist": Span(0.55, 0.85)}  # fmt: skip
    slots = (
        Slot("top", ("print", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.1, 0.35)),
        Slot("tips", ("stripes", "checker", "dots", "plain"), "vivid", (0.03, 0.07), (0.1, 0.35)),
        Slot("base", ("print", "stripes", "plain"), "dark", (0.05, 0.12), (0.2, 0.4)),
        Slot("bindings", ("plain", "noise", "metal"), "dark", (0.02, 0.05), (0.3, 0.6)),
        Slot("poles", ("stripes", "metal", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
    )
    settings = ("outdoor",)
    tags = ("sport",)

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        return p.real("spread") * height, 0.113 * height, height

    def build(self, p: TypedParams) -> MeshData:
        splay, waist = p.real("splay"), p.real("waist")
        width = 0.068
        z = np.array([0.0, 0.01, 0.06, 0.2, 0.45, 0.7, 0.84, 0.9, 0.95, 0.98, 1.0])
        half = (
            width
            / 2
            * np.array([0.5, 0.8, 1.0, 0.5 + 0.5 * waist, waist, 0.55 + 0.45 * waist, 1.04, 0.98, 0.78, 0.5, 0.15])
        )
        bow = np.array([-0.004, 0, 0.004, 0.012, 0.016, 0.01, 0, -0.014, -0.04, -0.064, -0.084])
        table = sh.smooth(np.stack([z, half, bow], axis=1), 3)
        rings = []
        for at, a, y in table:
            section = [(-a, 0.006), (-a, -0.004), (-0.8 * a, -0.006), (0, -0.0068), (0.8 * a, -0.006),
                       (a, -0.004), (a, 0.006), (0, 0.006)]  # fmt: skip
            rings.append(sh.placed(np.array(section) + np.array([0.0, y]), float(at), "z"))
        ski = sh.loft(rings, 0)
        ski = sh.painted(ski, 1, lambda c: (c[:, 2] > 0.8) | (c[:, 2] < 0.1))
        bend = np.interp(0.5, z, bow)
        flat = np.interp(np.linspace(0, 1, 50), z, bow)
        ski = sh.painted(ski, 2, lambda c: c[:, 1] > np.interp(c[:, 2], np.linspace(0, 1, 50), flat) + 0.0045)
        toe = sh.join(
            sh.cushion(0.05, 0.03, 0.05, 0.01, 3, 3).moved(y=-0.02, z=0.52),
            sh.cushion(0.054, 0.024, 0.02, 0.006, 4, 2).moved(y=-0.032, z=0.535),
        )
        heel = sh.join(
            sh.cushion(0.046, 0.034, 0.06, 0.01, 3, 3).moved(y=-0.02, z=0.36),
            sh.rod((0, -0.034, 0.36), (0, -0.05, 0.39), 0.008, 8, 4),
        )
        deck = sh.plate(0.04, 0.006, 0.1, 0.002, 3).moved(y=-0.006, z=0.44)
        one = sh.join(ski, sh.join(toe, heel, deck).moved(y=float(bend)))
        pair = sh.both_sides(one.turned("y", splay).moved(x=0.045))
        pole = sh.join(
            sh.rod((0, 0, 0.0), (0, 0, 0.7), (0.004, 0.0065), 8, 4),
            sh.rod((0, 0, 0.66), (0, 0, 0.78), (0.012, 0.014), 10, 3),
            sh.torus(0.022, 0.004, 16, 6, 3).moved(z=0.05),
            [
                sh.rod((0, 0, 0.05), (0.022 * math.cos(a), 0.022 * math.sin(a), 0.05), 0.003, 5, 3)
                for a in (0.0, 2.1, 4.2)
            ],
            tube(
                sh.smooth([(0, 0, 0.77), (0.02, -0.02, 0.72), (0.018, -0.03, 0.64), (0.006, -0.012, 0.68)], 4),
                0.004,
                6,
                slot=2,
            ),
        )
        poles = sh.both_sides(pole.turned("y", -0.03).moved(x=0.105, y=-0.01))
        return sh.join(pair, poles)


_BOARDS = {"long": [(0.0, 0.06), (0.02, 0.085), (0.15, 0.118), (0.45, 0.135), (0.75, 0.122), (0.92, 0.08),
                    (0.98, 0.04), (1.0, 0.004)], "fish": [(0.0, 0.09), (0.02, 0.105), (0.2, 0.162),
                                                          (0.42, 0.185), (0.68, 0.165), (0.88, 0.092),
                                                          (0.97, 0.034), (1.0, 0.004)],
           "short": [(0.0, 0.035), (0.02, 0.06), (0.2, 0.128), (0.45, 0.155), (0.7, 0.132), (0.88, 0.072),
                     (0.97, 0.026), (1.0, 0.004)]}  # fmt: skip
"""Style -> (height, half width) of the outline of a board of height 1."""


class Surfboard(Family):
    """A surfboard on its tail: vaulted deck with a coloured field, a stringer, rails, three fins, a pad."""

    name = "surfboard"
    params = {"height": Span(1.0, 1.9), "style": Choice(("long", "fish", "short")), "stripe": Span(0.3, 0.7)}
    slots = (
        Slot("deck", ("print", "patches", "stripes", "noise", "dots", "checker"), "vivid", (0.08, 0.2), (0.05, 0.25)),
        Slot("field", ("plain", "noise", "dots"), "vivid", (0.05, 0.12), (0.05, 0.25)),
        Slot("rails", ("plain", "stripes", "noise"), "light", (0.05, 0.12), (0.05, 0.25)),
        Slot("stringer", ("wood", "plain"), "wood", (0.02, 0.05), (0.2, 0.5)),
        Slot("fins", ("plain", "stripes", "noise"), "vivid", (0.03, 0.06), (0.1, 0.3)),
    )
    settings = ("outdoor",)
    tags = ("sport",)
    silhouette_fill = 0.5

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        return {"long": 0.27, "fish": 0.37, "short": 0.31}[p.text("style")] * height, 0.188 * height, height

    def build(self, p: TypedParams) -> MeshData:
        style, stripe = p.text("style"), p.real("stripe")
        table = sh.smooth(_BOARDS[style], 6)
        shape = sh.superellipse(1.0, 1.0, 2.6, 28)
        rings = []
        for z, a in table:
            rocker = -0.07 * max(0.0, z - 0.6) ** 2 / 0.16 - 0.015 * max(0.0, 0.25 - z) / 0.25
            thick = 0.022 * (1.0 - 0.75 * abs(z - 0.45) ** 1.6 / 0.4)
            rings.append(sh.placed(shape * [a, thick] + np.array([0.0, rocker]), float(z), "z"))
        hull = sh.loft(rings, 2)

        def wide(c: Floats) -> Bools:
            inside: Bools = np.abs(c[:, 0]) < 0.86 * np.interp(c[:, 2], table[:, 0], table[:, 1])
            return inside

        hull = sh.painted(hull, 0, wide)
        hull = sh.painted(hull, 1, lambda c: wide(c) & (np.abs(c[:, 2] - stripe) < 0.11))
        hull = sh.painted(hull, 1, lambda c: wide(c) & (c[:, 2] > 0.9))
        rock = [-0.07 * max(0.0, z - 0.6) ** 2 / 0.16 - 0.015 * max(0.0, 0.25 - z) / 0.25 for z, _ in table]
        thick = [0.022 * (1.0 - 0.75 * abs(z - 0.45) ** 1.6 / 0.4) for z, _ in table]
        line = [np.array([(-0.004, r - t - 0.0015), (0.004, r - t - 0.0015), (0.004, r + t + 0.0015),
                          (-0.004, r + t + 0.0015)]) for r, t in zip(rock, thick, strict=True)]  # fmt: skip
        stringer = sh.loft(
            [sh.placed(one, float(z), "z") for one, z in zip(line, table[:, 0] * 0.985 + 0.004, strict=True)], 3
        )
        blade = sh.slab(np.array([(0.0, 0.0), (0.09, 0.0), (0.1, 0.015), (0.07, 0.04), (0.03, 0.075),
                               (0.01, 0.09), (0.012, 0.05)]), 0.008, 0.003, (4, 4))  # fmt: skip
        # The outline lies in X and Z: X becomes the way out of the bottom (+Y), Z the way along the board.
        blade = blade.transformed(rotation("z", math.pi / 2)).moved(y=0.01)
        fins = [blade.moved(x=x, z=z) for x, z in ((0.0, 0.05), (-0.06, 0.12), (0.06, 0.12))]
        pad = [sh.plate(0.1 - 0.012 * k, 0.006, 0.014, 0.002, 4).moved(y=-0.035, z=0.09 + 0.022 * k) for k in range(5)]
        return sh.join(hull, stringer, fins, pad)


class RugbyBall(Family):
    """An oval ball along X: four panels in two colours, bands or laces, seams."""

    name = "rugby_ball"
    params = {"length": Span(0.26, 0.62), "fatness": Span(0.56, 0.68), "style": Choice(("rugby", "gridiron"))}
    slots = (
        Slot("panel", ("patches", "leather", "dots", "noise", "checker"), "vivid", (0.02, 0.05), (0.35, 0.65)),
        Slot("other", ("print", "stripes", "plain", "leather"), "vivid", (0.02, 0.06), (0.35, 0.65)),
        Slot("bands", ("plain", "stripes", "checker"), "light", (0.01, 0.03), (0.35, 0.65)),
        Slot("seams", ("plain", "leather"), "dark", (0.01, 0.03), (0.5, 0.8)),
    )
    rolls = True
    tags = ("sport", "toy")
    silhouette_fill = 0.6

    def size(self, p: TypedParams) -> Extent:
        length = p.real("length")
        across = p.real("fatness") * length
        return length, across, across

    def build(self, p: TypedParams) -> MeshData:
        fat, style = p.real("fatness"), p.text("style")
        t = np.linspace(0.0, math.pi, 25)
        radius = np.sin(t) ** (1.0 if style == "rugby" else 1.25)
        profile = np.stack([0.5 * fat * radius, -0.5 * np.cos(t)], axis=1)
        profile[[0, -1], 0] = 0.0
        body = lathe(profile, 48)
        body = sh.painted(body, 1, lambda c: np.floor((sh.azimuth(c) + math.pi / 4) / (math.pi / 2)) % 2 > 0)
        limits = ((0.3, 0.345), (0.43, 0.6)) if style == "gridiron" else ((0.4, 0.6), (0.2, 0.225))
        for low, high in limits:
            body = sh.painted(body, 2, self.at_ends(low, high))
        seam = [
            np.stack(
                [profile[1:-1, 0] * 0.995 * math.cos(a), profile[1:-1, 0] * 0.995 * math.sin(a), profile[1:-1, 1]],
                axis=1,
            )
            for a in (math.pi / 4, 3 * math.pi / 4, 5 * math.pi / 4, 7 * math.pi / 4)
        ]
        seams = [tube(one, 0.0045, 5, slot=3) for one in seam]
        parts = [body, *seams]
        # Laces hardly stand out, so that the ball rolls.
        top = 0.5 * fat
        laces = [
            sh.cushion(0.1, 0.012, 0.012, 0.004, 2, 2).moved(y=-0.985 * top * math.cos(z / 0.6), z=z)
            for z in np.linspace(-0.12, 0.12, 7)
        ]
        parts += [*laces, sh.rod((0, -0.985 * top, -0.15), (0, -0.985 * top, 0.15), 0.006, 6, 2)]
        return sh.join(parts).turned("y", math.pi / 2).turned("x", -0.7)

    def at_ends(self, low: float, high: float) -> Callable[[Floats], Bools]:
        """Whether faces lie between two distances from the middle along Z."""
        return lambda c: (np.abs(c[:, 2]) > low) & (np.abs(c[:, 2]) < high)


SPORTS_GEAR: tuple[Family, ...] = (TennisRacket(), Dumbbell(), BowlingPin(), Skis(), Surfboard(), RugbyBall())
