"""Bicycles, motor scooters and shopping carts."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.objects.slots import GRAPHIC, LAMPS, METAL, STEEL, TYRES
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import by_style, multiple_of


def spoked(radius: float, tyre: float, spokes: int, slots: tuple[int, int]) -> MeshData:
    """A wheel of wire about X through the origin; slots: (tyre, rim and spokes)."""
    rubber, wire = slots
    ring = sh.join(sh.torus(radius - tyre, tyre, 36, 8, rubber), sh.torus(radius - 2.1 * tyre, 0.5 * tyre, 36, 5, wire))
    hub = sh.pill(0.09 * radius, 0.2 * radius, 0.01 * radius, 10, wire).moved(z=-0.1 * radius)
    wires = sh.around(
        sh.rod((0.0, 0.0, 0.08 * radius), (radius - 2.2 * tyre, 0.0, 0.0), 0.012 * radius, 4, wire), spokes
    )
    return sh.join(ring, hub, wires).turned("y", math.pi / 2.0)


class Bicycle(Family):
    """A town bicycle with a basket before the bars, bags beside the rear wheel, or both."""

    name = "bicycle"
    params = {"length": Span(0.9, 1.75), "frame": Choice(("diamond", "step")),
              "load": Choice(("basket", "bags", "both"))}  # fmt: skip
    slots = (
        Slot("frame", ("stripes", "checker", "patches", "noise"), "vivid", (0.03, 0.08), (0.15, 0.4)),
        TYRES,
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
        Slot("saddle", ("leather", "fabric"), "earth", (0.02, 0.05), (0.5, 0.8)),
        Slot("load", ("fabric", "knit", "checker", "patches", "print"), "vivid", (0.02, 0.06), (0.5, 0.9)),
    )
    settings = ("outdoor",)
    tags = ("vehicle",)
    silhouette_fill = 0.35
    size = multiple_of("length", 0.355, 1.0, 0.555)

    def build(self, p: TypedParams) -> MeshData:
        load = p.text("load")
        wheel, joint = spoked(0.2, 0.016, 14, (1, 2)), (0.0, 0.06, 0.17)
        seat, head, low = (0.0, 0.14, 0.47), (0.0, -0.2, 0.5), (0.0, -0.225, 0.41)
        frame = [sh.rod(joint, (0.0, 0.155, 0.53), 0.016, 10), sh.rod(head, low, 0.02, 10),
                 sh.rod(head, (0.0, -0.215, 0.55), 0.01, 8, 2)]  # fmt: skip
        frame.append(tube(sh.smooth([low, (0, -0.05, 0.24), joint], 5), 0.02, 10))
        if p.text("frame") == "diamond":
            frame.append(sh.rod(seat, head, 0.018, 10))
        else:
            frame.append(tube(sh.smooth([(0, -0.205, 0.47), (0, -0.06, 0.31), (0, 0.1, 0.32)], 5), 0.016, 10))
        frame.append(
            sh.both_sides(
                sh.join(
                    sh.rod((0.03, 0.06, 0.17), (0.035, 0.3, 0.2), 0.01, 8),
                    sh.rod((0.02, 0.135, 0.45), (0.035, 0.3, 0.2), 0.009, 8),
                )
            )
        )
        fork = sh.smooth([(0.012, -0.225, 0.41), (0.03, -0.235, 0.38), (0.03, -0.262, 0.27), (0.03, -0.3, 0.2)], 4)
        frame.append(sh.both_sides(tube(fork, 0.011, 8)))
        parts = [wheel.moved(y=-0.3, z=0.2), wheel.moved(y=0.3, z=0.2), *frame]
        parts += [
            tube([(0, a[0], a[1]) for a in sh.arc_over(0.225, y, 0.2, start, end)], 0.014, 8, slot=0)
            for y, start, end in ((-0.3, 0.5, 2.6), (0.3, 0.1, 2.2))
        ]
        bars = sh.smooth([(0.17, -0.1, 0.55), (0.12, -0.17, 0.565), (0.0, -0.215, 0.54)], 5)
        parts += [
            sh.both_sides(tube(bars, 0.009, 8, slot=2)),
            sh.both_sides(sh.rod((0.17, -0.09, 0.55), (0.15, -0.15, 0.56), 0.014, 8, 3)),
        ]
        saddle = [
            sh.placed(sh.superellipse(w, h, 2.5, 16), y, "y") + np.array([0, 0, 0.535])
            for y, w, h in (
                (0.05, 0.012, 0.01),
                (0.09, 0.02, 0.016),
                (0.15, 0.05, 0.022),
                (0.2, 0.06, 0.024),
                (0.225, 0.05, 0.018),
            )
        ]
        parts += [sh.loft(saddle, 3), sh.ellipsoid(0.025, 0.03, 0.025, 2, 14, 8).moved(y=-0.265, z=0.44)]
        crank = sh.join(
            sh.torus(0.04, 0.008, 18, 5, 2), sh.around(sh.rod((0, 0, 0), (0.04, 0, 0), 0.006, 5, 2), 5)
        ).turned("y", math.pi / 2)
        parts.append(crank.moved(*joint).moved(x=0.02))
        for side in (-1, 1):
            reach = side * 0.045, 0.06 + side * 0.06, 0.17 - side * 0.05
            parts += [
                sh.rod((side * 0.04, 0.06, 0.17), reach, 0.007, 6, 2),
                sh.plate(0.06, 0.05, 0.014, 0.003, 3).moved(*reach).moved(x=side * 0.03),
            ]
        parts.append(sh.plate(0.07, 0.24, 0.012, 0.003, 2).moved(y=0.3, z=0.435))
        parts += self.bicycle_load(load)
        return sh.join(parts)

    def bicycle_load(self, load: str) -> list[MeshData]:
        """Basket (slot 4, its rim 3) and bags."""
        parts: list[MeshData] = []
        if load != "bags":
            basket = sh.tub((0.16, 0.12), (0.23, 0.17), 0.13, 0.008, 4)
            parts += [
                basket.moved(y=-0.36, z=0.44),
                sh.torus(0.1, 0.008, 28, 6, 3).scaled(1.16, 0.86, 1.0).moved(y=-0.36, z=0.57),
            ]
        if load != "basket":
            parts.append(
                sh.both_sides(
                    sh.join(
                        sh.cushion(0.06, 0.2, 0.17, 0.018, 4, 3),
                        sh.cushion(0.07, 0.205, 0.06, 0.018, 3, 3).moved(z=0.07),
                    ).moved(x=0.07, y=0.32, z=0.34)
                )
            )
        return parts


class Scooter(Family):
    """A motor scooter: leg shield, bulging flanks, long seat, lamp and mirrors; a windscreen or a case on the rack."""

    name = "scooter"
    params = {"length": Span(0.6, 1.7), "extra": Choice(("screen", "case"))}
    slots = (
        Slot("body", ("patches", "stripes", "checker", "dots", "noise"), "vivid", (0.05, 0.14), (0.1, 0.35)),
        Slot("flanks", ("print", "checker", "stripes", "plain", "dots"), "vivid", (0.05, 0.12), (0.1, 0.35)),
        Slot("seat", ("leather", "fabric", "stripes"), "earth", (0.02, 0.06), (0.5, 0.8)),
        TYRES,
        METAL,
        LAMPS,
    )
    settings = ("outdoor",)
    tags = ("vehicle",)
    size = by_style("length", "extra", {"screen": (0.431, 1.0, 0.816), "case": (0.431, 1.009, 0.758)})

    def build(self, p: TypedParams) -> MeshData:
        extra = p.text("extra")
        tail = [(0.02, 0.1, 0.05, 0.18), (0.08, 0.12, 0.11, 0.24), (0.2, 0.135, 0.165, 0.27),
                (0.36, 0.12, 0.15, 0.275), (0.45, 0.08, 0.1, 0.27), (0.49, 0.03, 0.05, 0.26)]  # fmt: skip
        body = sh.oval_loft(sh.smooth(tail, 3), 2.6, 26, "y")
        flanks = sh.both_sides(sh.ellipsoid(0.05, 0.15, 0.1, 1, 18, 8).moved(x=0.115, y=0.28, z=0.25))
        levels = [(0.12, 0.1, -0.2), (0.16, 0.135, -0.225), (0.28, 0.155, -0.25), (0.42, 0.15, -0.285),
                  (0.5, 0.11, -0.31), (0.55, 0.05, -0.325)]  # fmt: skip
        shield = sh.loft(
            [
                sh.placed(self.shell(w), z, "z") + np.array([0, y, 0])
                for z, w, y in sh.smooth([(z, w, y) for z, w, y in levels], 3)
            ]
        )
        shield = sh.painted(shield, 1, lambda c: np.abs(c[:, 0]) < 0.04)
        floor = sh.join(
            sh.cushion(0.24, 0.3, 0.035, 0.014, 0, 2),
            [sh.plate(0.012, 0.24, 0.008, 0.003, 3).moved(x=x, z=0.019) for x in (-0.07, -0.025, 0.025, 0.07)],
        )
        fender = sh.ellipsoid(0.062, 0.135, 0.1, 0, 20, 8).moved(y=-0.355, z=0.19)
        seat = sh.join(
            sh.cushion(0.17, 0.2, 0.06, 0.028, 2, 3).moved(y=0.14, z=0.455),
            sh.cushion(0.16, 0.19, 0.065, 0.028, 2, 3).moved(y=0.32, z=0.465),
        )
        wheel = sh.disc_wheel(0.13, 0.075, (3, 4), 24)
        # Handlebar with its lamp, grips and mirrors, about the middle of the head.
        head = sh.join(
            sh.ellipsoid(0.07, 0.075, 0.055, 0, 18, 8),
            sh.cushion(0.36, 0.03, 0.03, 0.014, 0, 3).moved(z=0.012),
            sh.ellipsoid(0.045, 0.02, 0.04, 5, 18, 8).moved(y=-0.065),
            sh.torus(0.045, 0.007, 20, 6, 4).turned("x", math.pi / 2).moved(y=-0.066),
        )
        grips = sh.both_sides(
            sh.join(
                sh.rod((0.15, 0, 0.012), (0.21, 0.02, 0.012), 0.018, 10, 3),
                sh.rod((0.11, 0, 0.02), (0.17, -0.01, 0.13), 0.005, 6, 4),
                sh.ellipsoid(0.035, 0.01, 0.028, 4, 14, 8).moved(x=0.175, y=-0.01, z=0.145),
            )
        )
        parts = [body, flanks, shield, floor.moved(y=-0.08, z=0.125), fender, seat,
                 sh.join(head, grips).moved(y=-0.335, z=0.585)]  # fmt: skip
        parts += [wheel.moved(y=-0.355, z=0.13), wheel.moved(y=0.32, z=0.13),
                  sh.rod((0, -0.355, 0.15), (0, -0.32, 0.56), 0.03, 12)]  # fmt: skip
        parts += [
            sh.ellipsoid(0.035, 0.02, 0.028, 5, 14, 8).moved(y=0.485, z=0.3),
            sh.rod((0.1, 0.2, 0.1), (0.11, 0.46, 0.12), (0.02, 0.028), 12, 4),
        ]
        # A case on the rack, or a windscreen and a tail rod.
        if extra == "case":
            case = sh.cushion(0.24, 0.17, 0.15, 0.035, 1, 3)
            parts += [case.moved(y=0.42, z=0.585), sh.plate(0.16, 0.2, 0.014, 0.004, 4).moved(y=0.42, z=0.5)]
        else:
            parts.append(sh.rod((0, 0.45, 0.4), (0, 0.5, 0.5), 0.012, 8, 4))
            rim = sh.smooth(
                [(-0.13, 0.0), (-0.15, 0.1), (-0.1, 0.19), (0, 0.215), (0.1, 0.19), (0.15, 0.1), (0.13, 0)], 4
            )
            parts.append(sh.slab(rim, 0.012, 0.004, (1, 4)).turned("x", 0.3).moved(y=-0.37, z=0.61))
        return sh.join(parts)

    def shell(self, half: float) -> Floats:
        """A thin crescent (N, 2), its horns to the rear."""
        x = np.linspace(-half, half, 13)
        bow = 0.5 * x**2 / max(half, 1e-6)
        return np.concatenate([np.stack([x, bow - 0.012], axis=1), np.stack([x, bow + 0.012], axis=1)[::-1]])


class ShoppingCart(Family):
    """A shopping trolley of wire with a printed handle and plate, on castors, and a load of parcels and bottles."""

    name = "shopping_cart"
    params = {"height": Span(0.6, 1.05), "load": Count(3, 6)}
    slots = (
        Slot("parcels", GRAPHIC, "vivid", (0.04, 0.12), (0.3, 0.7)),
        Slot("plates", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        METAL,
        TYRES,
        Slot("others", ("print", "dots", "stripes", "patches"), "vivid", (0.03, 0.08), (0.3, 0.7)),
    )
    tags = ("vehicle",)
    silhouette_fill = 0.5
    size = multiple_of("height", 0.58, 0.86, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        load = p.count("load")
        bow = sh.rounded(
            [(0.17, -0.33, 0.13), (0.21, 0.05, 0.2), (0.23, 0.34, 0.24), (0.24, 0.4, 0.6), (0.24, 0.42, 0.97)], 0.05, 3
        )
        side = sh.join(tube(bow, 0.014, 8, slot=2), sh.rod((0.23, 0.34, 0.24), (0.23, 0.33, 0.1), 0.014, 8, 2),
                    sh.rod((0.21, 0.1, 0.21), (0.2, -0.2, 0.52), 0.012, 8, 2),
                    sh.rod((0.23, 0.3, 0.24), (0.22, 0.2, 0.52), 0.012, 8, 2))  # fmt: skip
        cross = [
            sh.rod((-x, y, z), (x, y, z), 0.011, 8, 2)
            for x, y, z in ((0.17, -0.33, 0.13), (0.23, 0.3, 0.235), (0.2, -0.2, 0.51))
        ]
        shelf = [
            sh.rod((-0.19 - 0.0, y, 0.17 + 0.08 * y), (0.19, y, 0.17 + 0.08 * y), 0.004, 4, 2)
            for y in np.linspace(-0.25, 0.25, 7)
        ]
        # Walls and floor of wire (slot 2), wider and longer at its rim, the front lower than the back.
        floor, rim_front, rim_back = 0.52, 0.84, 0.93
        low = np.array([(-0.19, -0.33, floor), (0.19, -0.33, floor), (0.23, 0.33, floor), (-0.23, 0.33, floor)])
        top = np.array(
            [(-0.23, -0.4, rim_front), (0.23, -0.4, rim_front), (0.28, 0.4, rim_back), (-0.28, 0.4, rim_back)]
        )
        wires = []
        for t, radius in ((0.0, 0.009), (0.25, 0.004), (0.5, 0.004), (0.75, 0.004), (1.0, 0.012)):
            wires.append(tube(sh.rounded(low + (top - low) * t, 0.03, 2, closed=True), radius, 6, closed=True, slot=2))
        for k in range(4):
            n = 8 if k % 2 == 0 else 13
            for s in (np.arange(n) + 0.5) / n:
                a, b = low[k] * (1 - s) + low[(k + 1) % 4] * s, top[k] * (1 - s) + top[(k + 1) % 4] * s
                wires.append(sh.rod(a, b, 0.0035, 4, 2))
        wires += [
            sh.rod((x * 0.19, -0.33, floor), (x * 0.23, 0.33, floor), 0.004, 4, 2) for x in np.linspace(-0.9, 0.9, 8)
        ]
        wires += [sh.rod((-0.2, y, floor), (0.2, y, floor), 0.004, 4, 2) for y in np.linspace(-0.28, 0.28, 6)]
        parts = [sh.join(wires), sh.join(sh.both_sides(side), cross, shelf)]
        parts.append(sh.rod((-0.24, 0.42, 0.97), (0.24, 0.42, 0.97), 0.026, 14, 1))
        parts.append(sh.plate(0.34, 0.012, 0.14, 0.003, 1).moved(y=-0.405, z=0.72))
        castor = sh.join(
            sh.disc_wheel(0.055, 0.03, (3, 2), 18),
            sh.both_sides(sh.plate(0.006, 0.05, 0.09, 0.002, 2).moved(x=0.022, z=0.03)),
            sh.pill(0.025, 0.02, 0.004, 12, 2).moved(z=0.068),
        )
        parts += [sh.both_sides(castor.moved(x=x, y=y, z=0.055)) for x, y in ((0.17, -0.33), (0.23, 0.33))]
        spots = [(-0.11, -0.2, 0.2, 0.24, 0.34), (0.1, -0.16, 0.18, 0.26, 0.26),
                 (-0.1, 0.09, 0.22, 0.2, 0.22), (0.12, 0.13, 0.17, 0.24, 0.36),
                 (0.02, -0.05, 0.16, 0.16, 0.44), (-0.14, 0.24, 0.14, 0.12, 0.3)]  # fmt: skip
        for k, (x, y, w, d, h) in enumerate(spots[:load]):
            parts.append(
                sh.cushion(w, d, h, 0.012, (0, 4, 1)[k % 3], 2)
                .turned("z", 0.15 * (-1) ** k)
                .moved(x=x, y=y, z=0.53 + h / 2)
            )
        flask = lathe(
            sh.rounded([(0, 0), (0.045, 0), (0.045, 0.24), (0.018, 0.3), (0.018, 0.36), (0, 0.36)], 0.01, 2), 18, 4
        )
        parts.append(flask.moved(x=0.15, y=-0.29, z=0.52))
        return sh.join(parts)


CYCLES: tuple[Family, ...] = (Bicycle(), Scooter())
CARTS: tuple[Family, ...] = (ShoppingCart(),)
