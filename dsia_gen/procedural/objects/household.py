"""Crockery, bottles, pots, lanterns, books and vases."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import Extent, multiple_of, turned


class Mug(Family):
    """A mug with a printed band and an ear."""

    name = "mug"
    params = {"diameter": Span(0.085, 0.14), "tallness": Span(0.85, 1.3)}
    slots = (
        Slot("glaze", ("plain", "noise", "dots", "stripes"), "vivid", (0.01, 0.03), (0.1, 0.3)),
        Slot("inside", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
        Slot("band", ("print", "patches", "checker", "stripes"), "vivid", (0.012, 0.04), (0.15, 0.4)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("tableware",)
    size = turned(1.42)

    def build(self, p: TypedParams) -> MeshData:
        diameter = p.real("diameter")
        h = p.real("tallness") * diameter
        r, wall = diameter / 2.0, 0.045 * diameter
        corners = [(0, 0.02 * h), (0.8 * r, 0.02 * h), (0.84 * r, 0), (0.94 * r, 0.03 * h), (r, 0.14 * h),
                   (r, h), (r - wall, h), (r - wall, 0.1 * h), (0, 0.08 * h)]  # fmt: skip
        body = lathe(sh.rounded(corners, 0.07 * r, 3), 40)
        body = sh.painted(body, 1, lambda c: np.hypot(c[:, 0], c[:, 1]) < r - 0.8 * wall)
        band = lathe(
            [(r - 0.0005, 0.2 * h), (r + 0.0012, 0.21 * h), (r + 0.0012, 0.86 * h), (r - 0.0005, 0.87 * h)], 40, 2
        )
        ear = sh.smooth([(0.95 * r, 0, 0.8 * h), (1.3 * r, 0, 0.86 * h), (1.72 * r, 0, 0.7 * h),
                      (1.68 * r, 0, 0.4 * h), (1.3 * r, 0, 0.24 * h), (0.95 * r, 0, 0.27 * h)], 5)  # fmt: skip
        return sh.join(body, band, tube(ear, 0.105 * r, 12, slot=0))


class Teapot(Family):
    """A round teapot: spout, ear, lid with a knob, a painted belt."""

    name = "teapot"
    params = {"diameter": Span(0.18, 0.34), "tallness": Span(0.62, 0.9)}
    slots = (
        Slot("glaze", ("plain", "noise", "dots", "stripes", "patches"), "vivid", (0.015, 0.05), (0.1, 0.3)),
        Slot("belt", ("print", "checker", "patches", "stripes"), "vivid", (0.02, 0.05), (0.1, 0.3)),
        Slot("trim", ("plain", "metal", "wood"), "wood", (0.01, 0.03), (0.15, 0.4)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("tableware",)
    size = turned(1.62)

    def build(self, p: TypedParams) -> MeshData:
        curve = sh.smooth(
            [(0.52, 0.0), (0.6, 0.02), (0.86, 0.16), (1.0, 0.4), (0.93, 0.62), (0.68, 0.8), (0.5, 0.84)], 5
        )
        body = lathe([(0, 0.02), (0.45, 0.02), *curve, (0, 0.84)], 40)
        body = sh.painted(body, 1, lambda c: (c[:, 2] > 0.3) & (c[:, 2] < 0.56))
        lid = lathe(sh.smooth([(0.54, 0.83), (0.53, 0.87), (0.36, 0.94), (0.12, 0.98), (0.07, 1.02)], 4), 32, 2)
        knob = sh.ellipsoid(0.115, 0.115, 0.095, 2, 18, 12).moved(z=1.09)
        rims = [sh.torus(0.53, 0.03, 36, 8, 2).moved(z=0.845), sh.torus(0.55, 0.03, 36, 8, 2).moved(z=0.022)]
        path = sh.smooth([(0.82, 0, 0.3), (1.12, 0, 0.36), (1.3, 0, 0.6), (1.56, 0, 0.86)], 6)
        spout = tube(path, np.interp(np.linspace(0, 1, len(path)), [0, 0.35, 0.8, 1.0], [0.25, 0.17, 0.105, 0.11]), 16)
        lip = sh.torus(0.105, 0.022, 20, 8, 2).turned("y", 0.75).moved(x=1.555, z=0.858)
        ear = sh.smooth(
            [(-0.75, 0, 0.72), (-1.1, 0, 0.86), (-1.5, 0, 0.76), (-1.52, 0, 0.46), (-1.2, 0, 0.26), (-0.86, 0, 0.22)], 5
        )
        handle = tube(ear, 0.075, 12, slot=2)
        return sh.join(body, lid, knob, rims, spout, lip, handle)


_BOTTLES = {"wine": [(0.9, 0.0), (1.0, 0.03), (1.0, 0.58), (0.93, 0.64), (0.5, 0.72), (0.38, 0.78),
                     (0.36, 0.94), (0.42, 0.945), (0.42, 0.975), (0.36, 0.98)],
            "soda": [(0.86, 0.0), (0.98, 0.04), (1.0, 0.16), (0.9, 0.3), (0.93, 0.42), (1.0, 0.56),
                     (0.9, 0.68), (0.55, 0.82), (0.38, 0.9), (0.36, 0.955)],
            "jug": [(0.8, 0.0), (0.98, 0.05), (1.0, 0.3), (0.97, 0.55), (0.7, 0.72), (0.46, 0.79),
                    (0.4, 0.86), (0.5, 0.9), (0.48, 0.95)]}  # fmt: skip
"""Style -> (radius, height) of half the silhouette, the bottle being 2 wide and 1 high."""


class Bottle(Family):
    """A wine bottle, a waisted soda bottle or a stoneware jug, with a label and a cap."""

    name = "bottle"
    params = {"diameter": Span(0.085, 0.14), "tallness": Span(2.6, 3.8), "style": Choice(("wine", "soda", "jug"))}
    slots = (
        Slot("body", ("plain", "noise", "stripes"), "vivid", (0.02, 0.06), (0.05, 0.3)),
        Slot("label", ("print", "patches", "checker", "stripes"), "vivid", (0.02, 0.05), (0.4, 0.7)),
        Slot("cap", ("metal", "plain", "wood"), "metal", (0.01, 0.02), (0.2, 0.5)),
    )
    uses = ("foreground", "shelf")
    tags = ("tableware",)
    silhouette_fill = 0.55
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        diameter, style = p.real("diameter"), p.text("style")
        h = p.real("tallness") * diameter
        r = diameter / 2.0
        curve = _BOTTLES[style]
        side = sh.rounded(curve, 0.06, 3) if style == "wine" else sh.smooth(curve, 4)
        side = side * [r * 0.985, h]
        body = lathe([(0, 0.012 * h), (0.6 * r, 0.012 * h), *side, (0, side[-1, 1])], 36)
        low, high = {"wine": (0.14, 0.5), "soda": (0.34, 0.6), "jug": (0.14, 0.5)}[style]
        zs = np.linspace(low, high, 9) * h
        over = np.interp(zs, side[:, 1], side[:, 0]) + 0.012 * r
        label = lathe([(over[0] - 0.03 * r, zs[0]), *zip(over, zs, strict=True), (over[-1] - 0.03 * r, zs[-1])], 36, 1)
        cap_low = {"wine": 0.84, "soda": 0.93, "jug": 0.9}[style]
        cap_r = np.interp(cap_low * h, side[:, 1], side[:, 0]) + 0.03 * r
        cap = sh.pill(float(cap_r), (1.0 - cap_low) * h, 0.08 * r, 28, 2).moved(z=cap_low * h)
        return sh.join(body, label, cap)


class WateringCan(Family):
    """A watering can with a long spout, a rose, a brace and two grips."""

    name = "watering_can"
    params = {"width": Span(0.45, 0.75)}
    slots = (
        Slot("can", ("plain", "noise", "metal", "dots", "stripes"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("belt", ("print", "checker", "patches", "stripes", "dots"), "vivid", (0.03, 0.07), (0.2, 0.5)),
        Slot("trim", ("metal", "plain"), "metal", (0.02, 0.05), (0.2, 0.5)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("garden",)
    size = multiple_of("width", 1.0, 0.445, 0.56)

    def build(self, p: TypedParams) -> MeshData:
        body = lathe(sh.rounded([(0, 0.02), (0.2, 0.02), (0.205, 0), (0.215, 0.03), (0.2, 0.3), (0.16, 0.36),
                              (0, 0.365)], 0.012, 3), 40)  # fmt: skip
        body = sh.painted(body, 1, lambda c: (c[:, 2] > 0.09) & (c[:, 2] < 0.27))
        belts = [sh.torus(r, 0.008, 40, 8, 2).moved(z=z) for z, r in ((0.06, 0.214), (0.285, 0.203))]
        path = sh.smooth([(0.17, 0, 0.1), (0.28, 0, 0.14), (0.42, 0, 0.32), (0.53, 0, 0.45)], 5)
        spout = tube(path, np.linspace(0.045, 0.024, len(path)), 14)
        rose = (
            lathe([(0.024, -0.03), (0.07, 0.03), (0.07, 0.04), (0, 0.052)], 24, 2)
            .turned("y", 0.7)
            .moved(x=0.54, z=0.47)
        )
        brace = sh.rod((0.16, 0, 0.34), (0.42, 0, 0.33), 0.007, 8, 2)
        back = tube(sh.smooth([(-0.19, 0, 0.28), (-0.3, 0, 0.32), (-0.37, 0, 0.22), (-0.3, 0, 0.1),
                            (-0.205, 0, 0.08)], 5), 0.014, 10, slot=2)  # fmt: skip
        over = tube(sh.smooth([(-0.15, 0, 0.35), (-0.1, 0, 0.49), (0.05, 0, 0.52), (0.17, 0, 0.42),
                            (0.165, 0, 0.34)], 5), 0.014, 10, slot=2)  # fmt: skip
        collar = lathe(sh.rounded([(0.1, 0.355), (0.1, 0.39), (0.085, 0.39), (0.085, 0.36)], 0.006, 2), 28, 2).moved(
            x=-0.02
        )
        return sh.join(body, belts, spout, rose, brace, back, over, collar)


class FlowerPot(Family):
    """A patterned pot with a leafy plant in flower."""

    name = "flower_pot"
    params = {"diameter": Span(0.24, 0.42), "height": Span(0.6, 1.0), "leaves": Count(16, 28),
              "spread": Span(0.45, 0.75)}  # fmt: skip
    slots = (
        Slot("pot", ("terrazzo", "patches", "stripes", "noise", "checker"), "earth", (0.03, 0.08), (0.4, 0.8)),
        Slot("rim", ("plain", "stripes", "checker", "dots"), "vivid", (0.02, 0.05), (0.4, 0.8)),
        Slot("soil", ("noise",), "dark", (0.01, 0.03), (0.9, 1.0)),
        Slot("leaf", ("foliage", "noise"), "foliage", (0.03, 0.08), (0.4, 0.7)),
        Slot("flower", ("plain", "noise"), "vivid", (0.02, 0.05), (0.5, 0.8)),
    )
    uses = ("foreground", "props")
    tags = ("garden", "plant")
    silhouette_fill = 0.35

    def size(self, p: TypedParams) -> Extent:
        width = max(p.real("spread"), p.real("diameter"))
        return width, width, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        diameter, h, leaves, spread = p.real("diameter"), p.real("height"), p.count("leaves"), p.real("spread")
        r, tall = diameter / 2.0, 0.86 * diameter
        corners = [(0, 0), (0.66 * r, 0), (0.92 * r, 0.76 * tall), (0.98 * r, 0.77 * tall), (r, tall),
                   (0.9 * r, tall), (0.88 * r, 0.9 * tall), (0, 0.9 * tall)]  # fmt: skip
        pot = lathe(sh.rounded(corners, 0.02 * r, 2), 36)
        pot = sh.painted(pot, 1, lambda c: (c[:, 2] > 0.78 * tall) & (np.hypot(c[:, 0], c[:, 1]) > 0.9 * r))
        pot = sh.painted(pot, 2, lambda c: np.hypot(c[:, 0], c[:, 1]) < 0.87 * r)
        base = np.array([0.0, 0.0, 0.9 * tall])
        room = h - tall
        golden = math.pi * (3.0 - math.sqrt(5.0))
        parts = [pot]
        for k in range(leaves):
            t = (k + 0.5) / leaves
            reach = spread / 2.0 * (1.0 - 0.72 * t)
            rise = room * (0.2 + 0.62 * t)
            width = 0.26 * spread * (1 - 0.5 * t)
            parts.append(sh.arched_leaf(reach, rise, width, 3).turned("z", k * golden).moved(*base))
        for k in range(5):
            reach, angle = 0.18 * spread * (k > 0), k * golden * 1.7
            top = base + np.array([reach * math.cos(angle), reach * math.sin(angle), room * (0.92 - 0.09 * k)])
            stem = sh.smooth([base, (base + top) / 2 * [0.7, 0.7, 1.0], top], 5)
            flower = sh.blossom(0.075 * spread + 0.012, (4, 1)).turned("y", 0.4 * (k > 0))
            parts += [tube(stem, 0.006, 6, slot=3), flower.turned("z", angle).moved(*top)]
        whole = sh.join(parts)
        width = max(spread, diameter)
        return whole


class Lantern(Family):
    """A storm lantern: tank, caged lamp, chimney, carrying bow."""

    name = "lantern"
    params = {"diameter": Span(0.2, 0.3), "tallness": Span(1.35, 1.75)}
    slots = (
        Slot("frame", ("metal", "plain", "rust", "noise"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        Slot("lamp", ("plain", "noise"), "light", (0.02, 0.05), (0.1, 0.3)),
        Slot("band", ("stripes", "checker", "print", "wood"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        Slot("wire", STEEL, "metal", (0.01, 0.03), (0.2, 0.5)),
    )
    uses = ("foreground", "props")
    tags = ("garden",)
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        tank = lathe(
            sh.rounded([(0, 0), (0.46, 0), (0.5, 0.08), (0.46, 0.2), (0.24, 0.26), (0.2, 0.3), (0, 0.3)], 0.04, 3), 32
        )
        tank = sh.painted(tank, 2, lambda c: (c[:, 2] > 0.07) & (c[:, 2] < 0.2))
        globe = lathe(sh.smooth([(0.18, 0.3), (0.25, 0.36), (0.29, 0.5), (0.25, 0.66), (0.17, 0.74)], 5), 28, 1)
        rings = [sh.torus(r, 0.018, 28, 8).moved(z=z) for z, r in ((0.32, 0.24), (0.52, 0.31), (0.74, 0.22))]
        bars = sh.around(
            tube(sh.smooth([(0.24, 0, 0.3), (0.315, 0, 0.42), (0.325, 0, 0.6), (0.23, 0, 0.76)], 5), 0.011, 6), 4, 0.4
        )
        hood = lathe(sh.rounded([(0.26, 0.74), (0.3, 0.76), (0.2, 0.84), (0.14, 0.86), (0.14, 0.94),
                              (0.19, 0.96), (0.14, 1.0), (0, 1.01)], 0.02, 2), 28)  # fmt: skip
        frame = sh.both_sides(tube(sh.smooth([(0.3, 0, 0.16), (0.44, 0, 0.3), (0.44, 0, 0.7), (0.36, 0, 0.86),
                                        (0.17, 0, 0.9)], 6), 0.028, 10))  # fmt: skip
        bow = tube(sh.smooth([(-0.41, 0, 0.8), (-0.42, 0, 1.05), (-0.28, 0, 1.26), (0, 0, 1.34),
                           (0.28, 0, 1.26), (0.42, 0, 1.05), (0.41, 0, 0.8)], 4), 0.014, 8, slot=3)  # fmt: skip
        grip = sh.rod((-0.11, 0, 1.335), (0.11, 0, 1.335), 0.035, 12, 2)
        screw = sh.join(
            sh.rod((0.2, 0, 0.29), (0.34, 0, 0.29), 0.012, 8, 3),
            sh.pill(0.04, 0.02, 0.006, 12, 3).turned("y", math.pi / 2).moved(x=0.34, z=0.29),
        ).turned("z", -1.2)
        return sh.join(tank, globe, rings, bars, hood, frame, bow, grip, screw)


class BookStack(Family):
    """A pile of hardbacks, each turned a little; covers in turn, pages, bands on the spines."""

    name = "book_stack"
    params = {"width": Span(0.24, 0.4), "depth": Span(0.18, 0.3), "count": Count(1, 6), "thickness": Span(0.03, 0.07)}
    slots = (
        Slot("first", ("leather", "fabric", "patches", "stripes"), "cloth", (0.02, 0.05), (0.4, 0.8)),
        Slot("second", ("leather", "dots", "checker", "plain"), "vivid", (0.02, 0.05), (0.4, 0.8)),
        Slot("third", ("fabric", "stripes", "noise", "patches"), "cloth", (0.02, 0.05), (0.4, 0.8)),
        Slot("pages", ("stripes", "plain"), "light", (0.004, 0.008), (0.7, 0.9)),
        Slot("print", ("print", "metal"), "light", (0.015, 0.04), (0.3, 0.6)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("books",)

    def size(self, p: TypedParams) -> Extent:
        thick, count = p.real("thickness"), p.count("count")
        height = sum(thick * (0.7 + 0.6 * (k * 0.618 % 1.0)) for k in range(count))
        return p.real("width"), p.real("depth"), height

    def build(self, p: TypedParams) -> MeshData:
        w, d, count, thick = p.real("width"), p.real("depth"), p.count("count"), p.real("thickness")
        parts, z = [], 0.0
        for k in range(count):
            t = thick * (0.7 + 0.6 * (k * 0.618 % 1.0))
            shrink = 1.0 - 0.05 * k
            # A closed book on the floor, spine towards -Y.
            book_w = w * shrink
            book_d = d * shrink
            slot = k % 3
            c = min(0.004, 0.12 * t)
            boards = [sh.plate(book_w, book_d, c, 0.001, slot).moved(z=z) for z in (c / 2, t - c / 2)]
            pages = sh.cushion(book_w - 0.014, book_d - 0.014, t - 2 * c, 0.002, 3, 2).moved(z=t / 2)
            spine = sh.slab(sh.superellipse(0.008 + 0.01, t / 2, 3.0, 20), book_w, 0.001,
                         (slot, slot)).turned("z", math.pi / 2).moved(y=-book_d / 2 + 0.018, z=t / 2)  # fmt: skip
            bands = [
                sh.plate(0.012, 0.004, 0.8 * t, 0.001, 4).moved(x=x * book_w, y=-book_d / 2 + 0.0005, z=t / 2)
                for x in (-0.36, 0.36)
            ]
            title = sh.plate(0.42 * book_w, 0.003, 0.5 * t, 0.0008, 4).moved(y=-book_d / 2 + 0.0005, z=t / 2)
            front = sh.plate(0.56 * book_w, 0.5 * book_d, 0.002, 0.0006, 4).moved(z=t)
            book = sh.join(boards, pages, spine, bands, title, front)
            parts.append(book.turned("z", 0.0 if k == 0 else 0.5 * ((k * 0.382 + 0.2) % 1.0 - 0.5)).moved(z=z))
            z += t
        return sh.join(parts)


class Vase(Family):
    """A big painted vase with two ears."""

    name = "vase"
    params = {"diameter": Span(0.24, 0.48), "tallness": Span(1.35, 2.1)}
    slots = (
        Slot("glaze", ("marble", "noise", "plain", "terrazzo", "stripes"), "muted", (0.03, 0.1), (0.1, 0.35)),
        Slot("belt", ("print", "checker", "patches", "dots"), "vivid", (0.03, 0.08), (0.1, 0.35)),
        Slot("trim", ("plain", "metal", "stripes"), "earth", (0.02, 0.05), (0.15, 0.4)),
    )
    uses = ("foreground", "shelf")
    tags = ("decor",)
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        curve = sh.smooth([(0.42, 0.0), (0.46, 0.02), (0.6, 0.1), (0.93, 0.36), (1.0, 0.52), (0.84, 0.7),
                        (0.5, 0.82), (0.42, 0.9), (0.6, 0.985), (0.62, 1.0)], 5)  # fmt: skip
        body = lathe([(0, 0.01), (0.38, 0.01), *curve, (0.56, 0.99), (0.38, 0.9), (0.4, 0.82), (0, 0.7)], 44)
        body = sh.painted(body, 1, lambda c: (c[:, 2] > 0.36) & (c[:, 2] < 0.66) & (np.hypot(c[:, 0], c[:, 1]) > 0.7))
        body = sh.painted(body, 2, lambda c: (c[:, 2] > 0.86) | (c[:, 2] < 0.06))
        bands = [sh.torus(r, 0.022, 44, 6, 2).moved(z=z) for z, r in ((0.36, 0.93), (0.66, 0.9))]
        ear = tube(sh.smooth([(0.46, 0, 0.84), (0.78, 0, 0.9), (0.95, 0, 0.8), (0.86, 0, 0.67)], 5), 0.05, 10, slot=2)
        return sh.join(body, bands, sh.both_sides(ear))


HOUSEHOLD: tuple[Family, ...] = (Mug(), Teapot(), Bottle(), WateringCan(), FlowerPot(), Lantern(), BookStack(), Vase())
