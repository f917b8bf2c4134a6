"""Umbrellas, hats, shoes, helmets and an office chair."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData, merge
from dsia_gen.procedural.objects.slots import STEEL
from dsia_gen.procedural.params import Choice, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, lattice, tube
from dsia_gen.procedural.sizes import Extent, by_style, multiple_of


class Umbrella(Family):
    """An open umbrella: gores in turn, sagging between the ribs, a shaft and a crook."""

    name = "umbrella"
    params = {"diameter": Span(0.95, 1.3), "height": Span(0.85, 1.0), "gores": Choice((6, 8, 10))}
    slots = (
        Slot("gores", ("fabric", "dots", "print", "stripes", "patches"), "vivid", (0.04, 0.12), (0.5, 0.8)),
        Slot("others", ("fabric", "checker", "stripes", "dots"), "vivid", (0.04, 0.1), (0.5, 0.8)),
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("crook", ("wood", "leather", "plain"), "wood", (0.02, 0.05), (0.3, 0.6)),
    )
    tags = ("wear", "flies")
    silhouette_fill = 0.25

    def size(self, p: TypedParams) -> Extent:
        diameter, gores = p.real("diameter"), p.count("gores")
        return diameter, diameter * {6: 0.866, 8: 1.0, 10: 0.951}[gores], p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        diameter, h, gores = p.real("diameter"), p.real("height"), p.count("gores")
        r, dome = diameter / 2.0, 0.3 * diameter
        canopy = merge([self.gore(r, dome, gores, k).slot(k % 2) for k in range(gores)]).moved(z=h - 0.06 - dome)
        top = h - 0.06
        shaft = [
            sh.rod((0, 0, 0.1), (0, 0, top), 0.008, 10, 2),
            sh.rod((0, 0, top - 0.01), (0, 0, h), (0.012, 0.004), 10, 2),
        ]
        s = np.linspace(0.0, 1.0, 9)
        rib = np.stack([r * s, 0 * s, top - dome * self.fall(s) - 0.006], axis=1)
        ribs = sh.around(tube(rib, 0.004, 5, slot=2), gores)
        stays = sh.around(
            sh.rod((0.01, 0, top - 0.62 * dome - 0.1), (0.52 * r, 0, top - dome * float(self.fall(0.52))), 0.003, 5, 2),
            gores,
        )
        runner = sh.pill(0.016, 0.06, 0.004, 14, 3).moved(z=top - 0.62 * dome - 0.14)
        bend = sh.arc(0.05, 0.0, -math.pi * 1.05, 12) + np.array([-0.05, 0.05])
        crook = tube(np.concatenate([[(0, 0, 0.24)], sh.placed(bend, 0.0, "y")]), 0.015, 10, slot=3)
        return sh.join(canopy, shaft, ribs, stays, runner, crook)

    def gore(self, r: float, dome: float, gores: int, k: int) -> MeshData:
        """One cloth panel, its top at z = dome and its rim near z = 0."""
        v = np.linspace(0.0, 1.0, 11)[:, None]
        u = np.linspace(0.0, 1.0, 9)[None]
        angle = sh.TAU * (k + u) / gores
        bow = 4.0 * u * (1.0 - u)
        reach = r * v * (1.0 - (1.0 - math.cos(math.pi / gores)) * bow * v - 0.03 * bow * v**3)
        z = dome * (1.0 - self.fall(v)) - 0.05 * dome * bow * v * (1.0 - 0.6 * v) + 0 * u
        points = np.stack([reach * np.cos(angle), reach * np.sin(angle), z], axis=-1)
        return lattice(points)

    def fall(self, s: float | Floats) -> Floats:
        """How far the canopy has dropped at a share `s` of its radius, 0 to 1."""
        return np.asarray(0.35 * np.asarray(s) + 0.65 * np.asarray(s) ** 2.6)


_HATS: dict[str, tuple[list[tuple[float, float]], float, float, float]] = {
    "fedora": ([(0.335, 0.0), (0.33, 0.1), (0.31, 0.26), (0.29, 0.36), (0.2, 0.4)], 0.62, 0.12, 0.16),
    "cowboy": ([(0.335, 0.0), (0.33, 0.1), (0.315, 0.26), (0.29, 0.4), (0.18, 0.44)], 0.75, 0.3, 0.2),
    "top": ([(0.325, 0.0), (0.31, 0.1), (0.305, 0.4), (0.335, 0.62), (0.32, 0.64)], 0.52, 0.06, 0.0),
    "sun": ([(0.335, 0.0), (0.34, 0.08), (0.32, 0.2), (0.24, 0.3), (0.12, 0.33)], 0.95, -0.1, 0.0),
}
"""Style -> crown (radius, z), brim radius, how far the brim turns up at the sides, depth of the crease."""


class Hat(Family):
    """A fedora, a cowboy hat, a top hat or a sun hat: crown, band, curled brim."""

    name = "hat"
    params = {"width": Span(0.34, 0.5), "style": Choice(("fedora", "cowboy", "top", "sun"))}
    slots = (
        Slot("felt", ("leather", "fabric", "knit", "noise", "patches", "stripes"), "earth", (0.015, 0.05), (0.5, 0.9)),
        Slot("band", ("stripes", "checker", "fabric", "dots"), "vivid", (0.01, 0.03), (0.4, 0.7)),
        Slot("edge", ("plain", "stripes", "leather"), "dark", (0.01, 0.03), (0.5, 0.8)),
    )
    tags = ("wear",)
    silhouette_fill = 0.45
    size = by_style("width", "style", {"fedora": (1.0, 1.14, 0.355), "cowboy": (1.0, 1.14, 0.36),
                                       "top": (1.0, 1.14, 0.65), "sun": (1.0, 1.14, 0.235)})  # fmt: skip

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        crown, brim, curl, crease = _HATS[style]
        side = sh.smooth(crown, 5)
        shell = lathe([*side, (0.0, side[-1, 1] + 0.01)], 40)
        shell = sh.bent(shell, lambda v: self.creased(v, crease))
        belt = lathe([(side[0, 0] + 0.004, 0.005), (side[0, 0] + 0.012, 0.012), (0.342, 0.09), (0.332, 0.1)], 40, 1)
        rim = sh.smooth(
            [(0.32, 0.012), (0.45, 0.0), (0.5 * (0.5 + brim), 0.0), (brim, 0.006), (brim + 0.006, 0.012)], 4
        )
        under = rim[::-1] - [0.0, 0.014]
        flap = lathe(np.concatenate([under, rim])[::-1], 48, 0)
        flap = sh.painted(flap, 2, lambda c: np.hypot(c[:, 0], c[:, 1]) > brim - 0.03)

        def curled(v: Floats) -> Floats:
            out = np.maximum(np.hypot(v[:, 0], v[:, 1]) - 0.34, 0.0) / (brim - 0.34)
            lift = curl * out**1.6 * ((v[:, 0] / brim) ** 2 - 0.35 * (v[:, 1] / brim) ** 2)
            return v + np.stack([0 * lift, 0 * lift, lift], axis=1)

        knot = sh.join(sh.both_sides(sh.ellipsoid(0.012, 0.06, 0.035, 1, 12, 8).moved(y=0.045), "y")).moved(
            x=0.345, z=0.055
        )
        return sh.join(shell, belt, sh.bent(flap, curled), knot).scaled(1.0, 1.14, 1.0)

    def creased(self, v: Floats, depth: float) -> Floats:
        """The top of the crown pressed in along Y, and pinched in front."""
        top = np.clip((v[:, 2] - 0.24) / 0.16, 0.0, 1.0)
        dent = depth * np.exp(-((v[:, 0] / 0.11) ** 2)) * top * np.clip(1.0 - (v[:, 1] / 0.34) ** 2, 0.0, 1.0)
        pinch = 1.0 - 0.45 * depth / 0.2 * top * np.clip(-v[:, 1] / 0.3, 0.0, 1.0) ** 0.8 * (np.abs(v[:, 0]) > 0.01)
        return np.stack([v[:, 0] * pinch, v[:, 1], v[:, 2] - dent], axis=1)


class Shoe(Family):
    """A sneaker: sole, upper, toe cap, tongue, laces, stripes, heel tab."""

    name = "shoe"
    params = {"length": Span(0.27, 0.45)}
    slots = (
        Slot("upper", ("fabric", "knit", "denim", "checker", "patches", "leather"), "cloth", (0.01, 0.03), (0.5, 0.9)),
        Slot("sole", ("plain", "stripes", "noise"), "light", (0.01, 0.03), (0.5, 0.8)),
        Slot("cap", ("leather", "plain", "dots"), "muted", (0.01, 0.03), (0.3, 0.6)),
        Slot("stripes", ("plain", "checker", "print"), "vivid", (0.01, 0.03), (0.3, 0.6)),
        Slot("laces", ("fabric", "plain"), "light", (0.005, 0.01), (0.6, 0.9)),
    )
    tags = ("wear",)
    size = multiple_of("length", 0.38, 1.0, 0.49)

    def build(self, p: TypedParams) -> MeshData:
        right = [(0.0, -0.5), (0.1, -0.485), (0.17, -0.42), (0.195, -0.3), (0.18, -0.14), (0.145, 0.05),
                 (0.15, 0.25), (0.155, 0.38), (0.11, 0.48), (0.0, 0.5)]  # fmt: skip
        left = [(-0.09, 0.485), (-0.14, 0.4), (-0.14, 0.24), (-0.13, 0.05), (-0.16, -0.14), (-0.175, -0.3),
                (-0.15, -0.41), (-0.09, -0.475)]  # fmt: skip
        foot = sh.smooth(right + left, 3, closed=True)
        levels = (1.0, 0.0), (1.02, 0.012), (1.01, 0.05), (1.03, 0.06), (1.03, 0.085), (0.99, 0.095)
        sole = sh.loft([sh.placed(foot * grow, z, "z") for grow, z in levels], 1)
        collar = np.stack([0.105 * np.cos(self.angles(foot)), 0.27 + 0.15 * np.sin(self.angles(foot))], axis=1)
        rings = []
        for level, t in (
            (0.085, 0.0),
            (0.13, 0.03),
            (0.18, 0.12),
            (0.22, 0.28),
            (0.255, 0.5),
            (0.3, 0.74),
            (0.36, 0.92),
            (0.41, 1.0),
        ):
            ring = foot * 0.985 * (1 - t) + collar * t
            rise = level + 0.05 * t * np.clip((ring[:, 1] - 0.2) / 0.2, -0.6, 1.0)
            rings.append(np.column_stack([ring, rise]))
        inner = [
            np.column_stack([collar * [0.88, 1.0] + [0, 0.0], rings[-1][:, 2]]),
            np.column_stack([collar * 0.86 + [0, 0.04], np.full(len(foot), 0.2)]),
        ]
        upper = sh.loft([*rings, *inner])
        upper = sh.painted(upper, 2, lambda c: (c[:, 1] < -0.33) & (c[:, 2] < 0.22) | (c[:, 1] > 0.4))
        upper = sh.painted(
            upper,
            3,
            lambda c: (
                (np.abs((c[:, 1] - 0.35 * c[:, 2]) * 7.0 % 1.0 - 0.5) < 0.22)
                & (np.abs(c[:, 1]) < 0.22)
                & (c[:, 2] < 0.3)
                & (np.abs(c[:, 0]) > 0.09)
            ),
        )
        tongue = sh.ellipsoid(0.075, 0.022, 0.13, 2, 16, 10, 2.6).turned("x", 0.75).moved(y=0.03, z=0.35)
        laces = [
            self.lace(y, z)
            for y, z in ((-0.17, 0.238), (-0.115, 0.262), (-0.06, 0.292), (-0.005, 0.328), (0.045, 0.368))
        ]
        bow = [
            sh.torus(0.05, 0.009, 16, 6, 4)
            .scaled(1.0, 0.55, 1.0)
            .turned("x", 0.5)
            .turned("z", s * 0.3)
            .moved(x=s * 0.055, y=-0.02, z=0.385)
            for s in (-1, 1)
        ]
        tab = sh.cushion(0.05, 0.02, 0.09, 0.008, 3, 2).moved(y=0.425, z=0.41)
        return sh.join(sole, upper, tongue, laces, bow, tab)

    def angles(self, outline: Floats) -> Floats:
        return arctan2(outline[:, 1], outline[:, 0] * 2.2)

    def lace(self, y: float, z: float) -> MeshData:
        path = sh.smooth([(-0.085, y + 0.02, z - 0.03), (-0.05, y, z + 0.004), (0, y - 0.004, z + 0.014),
                       (0.05, y, z + 0.004), (0.085, y + 0.02, z - 0.03)], 3)  # fmt: skip
        return tube(path, 0.011, 6, slot=4)


class Helmet(Family):
    """A motorcycle helmet: shell with a stripe, visor, chin vents, padded rim."""

    name = "helmet"
    params = {"width": Span(0.25, 0.34)}
    slots = (
        Slot("shell", ("patches", "stripes", "noise", "plain", "dots"), "vivid", (0.03, 0.08), (0.1, 0.3)),
        Slot("stripe", ("checker", "stripes", "plain", "print"), "vivid", (0.02, 0.05), (0.1, 0.3)),
        Slot("visor", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
        Slot("trim", ("plain", "leather", "noise"), "dark", (0.01, 0.03), (0.4, 0.7)),
    )
    tags = ("wear",)
    size = multiple_of("width", 1.0, 1.24, 0.94)

    def build(self, p: TypedParams) -> MeshData:
        shell = sh.ellipsoid(0.5, 0.6, 0.52, 0, 40, 24, 2.25)
        shell = sh.bent(
            shell,
            lambda v: np.stack(
                [
                    v[:, 0] * (1 - 0.1 * np.clip(-v[:, 2], 0, 1)),
                    v[:, 1] * (1 + 0.12 * np.clip(-v[:, 2], 0, 0.5) * (v[:, 1] < 0)),
                    np.maximum(v[:, 2], -0.4),
                ],
                axis=1,
            ),
        )
        shell = sh.painted(shell, 1, lambda c: (np.abs(c[:, 0]) < 0.13) & (c[:, 2] > -0.05))
        shell = sh.painted(shell, 3, lambda c: c[:, 2] < -0.385)
        turn = np.linspace(-1.15, 1.15, 21)
        rows = []
        for z, grow in ((-0.13, 1.0), (-0.1, 1.025), (0.02, 1.03), (0.15, 1.025), (0.18, 1.0)):
            k = (1.0 - abs(z / 0.52) ** 2.25) ** (1 / 2.25) * grow * 1.01
            rows.append(np.stack([0.5 * k * np.sin(turn), -0.6 * k * np.cos(turn) ** 0.9, 0 * turn + z], axis=1))
        visor = lattice(np.stack(rows), slot=2)
        hinges = sh.both_sides(
            sh.pill(0.075, 0.03, 0.01, 20, 3).turned("y", math.pi / 2).moved(x=0.475, y=-0.16, z=0.02)
        )
        vents = [
            sh.cushion(0.09, 0.05, 0.025, 0.01, 3, 2).turned("z", s * 0.3).moved(x=s * 0.12, y=-0.6, z=z)
            for s in (-1, 1)
            for z in (-0.24, -0.29)
        ]
        rim = tube(sh.placed(sh.superellipse(0.34, 0.435, 2.3, 40), -0.39, "z"), 0.03, 8, closed=True, slot=3)
        fin = sh.cushion(0.16, 0.3, 0.05, 0.02, 1, 3).turned("x", -0.5).moved(y=0.4, z=0.4)
        return sh.join(shell, visor, hinges, vents, rim, fin)


class OfficeChair(Family):
    """A swivel chair: star base on castors, gas spring, cushion, curved back, armrests."""

    name = "office_chair"
    params = {"width": Span(0.62, 0.7), "height": Span(0.92, 1.18)}
    slots = (
        Slot(
            "cover", ("fabric", "knit", "leather", "patches", "stripes", "checker"), "cloth", (0.03, 0.09), (0.6, 0.9)
        ),
        Slot("panel", ("fabric", "print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.6, 0.9)),
        Slot("metal", STEEL, "metal", (0.03, 0.08), (0.2, 0.4)),
        Slot("plastic", ("plain", "noise"), "dark", (0.02, 0.05), (0.4, 0.7)),
    )
    uses = ("foreground", "furniture")
    settings = ("indoor",)
    tags = ("furniture",)

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.91 * p.real("width"), p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        h = p.real("height")
        leg = sh.oval_loft(
            [(x, a, b, z) for x, z, a, b in ((0.04, 0.115, 0.03, 0.025), (0.3, 0.078, 0.02, 0.014))], 3.0, 12, "x", 2
        )
        castor = sh.join(
            sh.both_sides(sh.pill(0.028, 0.018, 0.005, 14, 3).moved(z=-0.009).turned("y", math.pi / 2).moved(x=0.014))
            .turned("z", 0.6)
            .moved(x=0.3, z=0.028),
            sh.rod((0.3, 0, 0.03), (0.3, 0, 0.08), 0.01, 8, 2),
        )
        base = sh.join(sh.around(sh.join(leg, castor), 5, 0.3), sh.pill(0.055, 0.06, 0.01, 20, 2).moved(z=0.08))
        column = [sh.rod((0, 0, 0.12), (0, 0, 0.3), 0.028, 14, 3), sh.rod((0, 0, 0.28), (0, 0, 0.42), 0.018, 14, 2)]
        pan = sh.cushion(0.3, 0.3, 0.03, 0.01, 3, 2).moved(z=0.425)
        seat = sh.ellipsoid(0.255, 0.255, 0.055, 0, 32, 12, 3.4).moved(y=-0.01, z=0.48)
        rise = h - 0.5
        zs = np.linspace(0.0, 1.0, 13)
        rings = []
        for t in zs:
            half = 0.225 * (1.0 - abs(2 * t - 0.95) ** 4) ** 0.25 + 0.002 if abs(2 * t - 0.95) < 1 else 0.01
            thick = 0.04 * (1.0 - abs(2 * t - 1.0) ** 6) ** 0.3 + 0.006
            y = 0.26 - 0.05 * math.sin(math.pi * (0.1 + 0.8 * t)) + 0.07 * t
            section = sh.superellipse(half, thick, 3.0, 24)
            section[:, 1] -= 0.35 * section[:, 0] ** 2
            rings.append(sh.placed(section, 0.5 + rise * t, "z") + np.array([0, y, 0]))
        back = sh.painted(
            sh.loft(rings), 1, lambda c: (np.abs(c[:, 2] - 0.5 - 0.62 * rise) < 0.14 * rise) & (c[:, 1] < 0.5)
        )
        spine = tube(
            sh.smooth([(0, 0.1, 0.43), (0, 0.29, 0.44), (0, 0.33, 0.52), (0, 0.32, 0.5 + 0.5 * rise)], 5),
            0.02,
            8,
            slot=2,
        )
        arm = sh.join(tube(sh.smooth([(0.2, 0.02, 0.43), (0.3, 0.02, 0.45), (0.31, 0.02, 0.52),
                                (0.31, 0.02, 0.66)], 4), 0.016, 8, slot=2),
                   sh.cushion(0.07, 0.24, 0.035, 0.015, 3, 3).moved(x=0.31, y=-0.02, z=0.67))  # fmt: skip
        return sh.join(base, column, pan, seat, back, spine, sh.both_sides(arm))


WEARABLES: tuple[Family, ...] = (Umbrella(), Hat(), Shoe(), Helmet(), OfficeChair())
