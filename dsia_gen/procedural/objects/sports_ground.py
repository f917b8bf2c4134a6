"""A basketball stand, a golf bag and a target for archers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Bools, Floats, MeshData
from dsia_gen.procedural.objects.slots import CLOTH, GRAPHIC, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import multiple_of


class BasketballStand(Family):
    """A stand on a weighted foot: pole, board, hoop, net, and a ball that drops through it."""

    name = "basketball_stand"
    params = {"height": Span(0.9, 1.8), "board": Choice(("square", "round")), "knots": Count(8, 12)}
    slots = (
        Slot("board", ("print", "patches", "stripes", "checker"), "vivid", (0.06, 0.16), (0.2, 0.5)),
        Slot("foot", ("noise", "patches", "stripes"), "vivid", (0.04, 0.1), (0.4, 0.7)),
        Slot("pole", ("stripes", "plain", "metal"), "vivid", (0.05, 0.12), (0.3, 0.6)),
        Slot("hoop", ("plain",), "red", (0.02, 0.05), (0.2, 0.5)),
        Slot("net", ("fabric", "plain"), "light", (0.01, 0.02), (0.7, 0.9)),
        Slot("ball", ("noise", "dots", "leather"), "gold", (0.01, 0.04), (0.5, 0.8)),
    )
    tags = ("sport", "toy")
    silhouette_fill = 0.35
    size = multiple_of("height", 0.5, 0.52, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        knots = p.count("knots")
        foot = sh.join(
            sh.cushion(0.42, 0.34, 0.07, 0.025, 1, 4).moved(y=0.1, z=0.045),
            sh.pill(0.09, 0.06, 0.015, 24, 1).moved(y=0.14, z=0.08),
        )
        wheels = sh.both_sides(
            sh.pill(0.035, 0.03, 0.008, 16, 3).turned("y", math.pi / 2).moved(x=0.14, y=-0.05, z=0.035)
        )
        pole = sh.join(
            sh.rod((0, 0.14, 0.1), (0, 0.14, 0.62), 0.026, 16, 2),
            sh.torus(0.03, 0.009, 20, 6, 3).moved(y=0.14, z=0.4),
            tube(sh.smooth([(0, 0.14, 0.6), (0, 0.13, 0.7), (0, 0.07, 0.8), (0, 0.03, 0.82)], 5), 0.02, 12, slot=2),
        )
        outline = sh.superellipse(0.25, 0.18, 2.2 if p.text("board") == "round" else 9.0, 40)
        board = sh.slab(outline, 0.022, 0.006, (0, 3)).moved(y=0.02, z=0.82)
        frame = np.array([(-0.07, 0.75), (0.07, 0.75), (0.07, 0.85), (-0.07, 0.85)])
        square = [
            sh.rod((*a,), (*b,), 0.006, 6, 4)
            for a, b in zip(
                sh.placed(frame, 0.006, "y"), sh.placed(np.roll(frame, -1, axis=0), 0.006, "y"), strict=True
            )
        ]
        hoop = sh.torus(0.105, 0.009, 36, 8, 3).moved(y=-0.125, z=0.73)
        arm = sh.join(
            sh.plate(0.06, 0.02, 0.05, 0.005, 3).moved(z=0.725),
            sh.plate(0.05, 0.03, 0.01, 0.003, 3).moved(y=-0.01, z=0.73),
        )
        ball = sh.join(
            sh.ellipsoid(0.085, 0.085, 0.085, 5, 24, 16),
            [
                sh.torus(0.0855, 0.003, 28, 5, 1).turned(axis, a)
                for axis, a in (("x", 0.3), ("y", math.pi / 2), ("x", math.pi / 2))
            ],
            sh.both_sides(sh.torus(0.062, 0.003, 24, 5, 1).turned("y", math.pi / 2).moved(x=0.058)),
        )
        # Cords that cross on their way down from a hoop at z = 0.
        t = np.linspace(0.0, 1.0, 9)
        r = np.interp(t, [0, 0.5, 0.8, 1.0], [0.105, 0.07, 0.062, 0.07])
        cords = []
        for s in (-1.0, 1.0):
            turn = s * sh.TAU / knots * 2.0 * t
            path = np.stack([r * np.cos(turn), r * np.sin(turn), -0.17 * t], axis=1)
            cords.append(sh.around(tube(path, 0.0035, 4, slot=4), knots))
        parts = [foot, wheels, pole, board, *square, hoop, arm, sh.join(cords).moved(y=-0.125, z=0.73),
                 ball.turned("y", 0.4).moved(y=-0.125, z=0.78)]  # fmt: skip
        return sh.join(parts)


class GolfBag(Family):
    """A golf bag that leans on two legs, with pockets, a strap, and clubs of several kinds."""

    name = "golf_bag"
    params = {"height": Span(0.85, 1.25), "clubs": Count(5, 8), "girth": Span(0.3, 0.36)}
    slots = (
        Slot("bag", (*CLOTH, "print"), "cloth", (0.03, 0.09), (0.5, 0.85)),
        Slot("pockets", ("checker", "stripes", "dots", "leather", "fabric"), "vivid", (0.02, 0.05), (0.5, 0.85)),
        Slot("trim", ("leather", "plain"), "dark", (0.01, 0.03), (0.4, 0.7)),
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
        Slot("covers", ("knit", "stripes", "checker"), "vivid", (0.01, 0.03), (0.7, 0.95)),
    )
    tags = ("sport",)
    silhouette_fill = 0.5
    size = multiple_of("height", 0.43, 0.63, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        clubs, girth = p.count("clubs"), p.real("girth") / 2
        tall = 0.72
        body = lathe(sh.rounded([(0, 0), (0.86 * girth, 0), (0.9 * girth, 0.03), (0.88 * girth, 0.5),
                              (girth, tall - 0.04), (girth, tall), (0.86 * girth, tall),
                              (0.8 * girth, tall - 0.1), (0, tall - 0.12)], 0.012, 2), 36)  # fmt: skip
        body = sh.painted(
            body, 2, lambda c: (c[:, 2] < 0.035) | (np.hypot(c[:, 0], c[:, 1]) < 0.84 * girth) & (c[:, 2] > 0.5)
        )
        bands = [
            sh.torus(r * girth, 0.012, 32, 5, 2).moved(z=z)
            for z, r in ((0.03, 0.9), (0.36, 0.885), (tall - 0.07, 0.97), (tall, 0.95))
        ]
        front = sh.cushion(1.15 * girth, 0.09, 0.24, 0.03, 1, 3).moved(y=-0.92 * girth, z=0.2)
        small = sh.cushion(0.9 * girth, 0.07, 0.12, 0.025, 1, 3).moved(y=-0.94 * girth, z=0.46)
        sides = sh.both_sides(sh.cushion(0.08, 0.9 * girth, 0.34, 0.03, 1, 3).moved(x=0.9 * girth, z=0.26))
        zips = [
            sh.rod((-0.5 * girth, y, z), (0.5 * girth, y, z), 0.006, 6, 3)
            for y, z in ((-0.92 * girth - 0.043, 0.285), (-0.94 * girth - 0.034, 0.5))
        ]
        strap_path = sh.smooth(
            [(0.0, 0.9 * girth, 0.6), (0.05, 1.7 * girth, 0.52), (0.05, 1.75 * girth, 0.3), (0.0, 0.9 * girth, 0.16)], 5
        )
        strap = sh.loft([np.array([q + np.array(o) for o in ((-0.03, 0, 0), (0.03, 0, 0), (0.03, 0.012, 0),
                                                          (-0.03, 0.012, 0))]) for q in strap_path], 2)  # fmt: skip
        parts = [body, *bands, front, small, sides, *zips, strap]
        for k in range(clubs):
            turn, reach = k * sh.GOLDEN + 0.4, 0.6 * girth * math.sqrt((k + 0.5) / clubs)
            foot = np.array([reach * math.cos(turn), reach * math.sin(turn), tall - 0.14])
            top = foot + np.array([0.35 * foot[0], 0.35 * foot[1], 0.26 + 0.1 * (k * 0.618 % 1.0)])
            club = sh.join(sh.rod(foot, top, 0.007, 8, 3), self.club(k).turned("z", turn - 1.0).moved(*top))
            parts.append(club)
        whole = sh.join(parts).turned("x", -0.24)
        low = whole.bounds()[0][2]
        whole = whole.moved(z=-float(low))
        legs = sh.both_sides(
            sh.join(
                sh.rod((0.05, 0.1, 0.62), (0.2, 0.46, 0.012), 0.009, 8, 3),
                sh.ellipsoid(0.018, 0.018, 0.014, 2, 10, 6).moved(0.2, 0.46, 0.013),
            )
        )
        return sh.join(whole, legs)

    def club(self, kind: int) -> MeshData:
        """The head of an iron, or of a wood under its knitted cover, above the origin."""
        if kind % 3 == 0:
            cover = sh.ellipsoid(0.05, 0.065, 0.05, 4, 14, 8).moved(y=-0.03, z=0.03)
            return sh.join(cover, sh.rod((0, 0, -0.08), (0, 0, 0.02), (0.016, 0.024), 10, 4),
                        sh.ellipsoid(0.022, 0.022, 0.022, 4, 10, 6).moved(y=-0.05, z=0.08))  # fmt: skip
        iron = sh.slab(
            sh.rounded(
                [(-0.012, 0.0), (0.02, -0.012), (0.085, 0.0), (0.09, 0.05), (0.07, 0.062), (-0.008, 0.03)],
                0.012,
                2,
                closed=True,
            ),
            0.014,
            0.004,
            (3, 3),
        ).turned("x", 0.3)
        return sh.join(iron, sh.rod((0, 0, -0.05), (0, 0, 0.02), 0.01, 8, 3))


class ArcheryTarget(Family):
    """A round target of coiled straw on three legs, painted in rings, with arrows in it."""

    name = "archery_target"
    params = {"height": Span(0.8, 1.6), "rings": Count(4, 5), "arrows": Count(2, 5), "lean": Span(0.12, 0.26)}
    slots = (
        Slot("outer", ("noise", "terrazzo", "stripes"), "light", (0.03, 0.08), (0.7, 0.9)),
        Slot("second", ("noise", "checker"), "dark", (0.03, 0.08), (0.7, 0.9)),
        Slot("third", ("noise", "patches", "dots"), "vivid", (0.03, 0.08), (0.7, 0.9)),
        Slot("inner", ("noise", "dots"), "red", (0.03, 0.08), (0.7, 0.9)),
        Slot("gold", ("plain", "noise"), "gold", (0.02, 0.05), (0.7, 0.9)),
        Slot("straw", ("bark", "wood", "noise"), "earth", (0.02, 0.05), (0.8, 0.95)),
        Slot("easel", ("wood",), "wood", (0.02, 0.06), (0.5, 0.8)),
        Slot("feathers", (*GRAPHIC, "plain"), "vivid", (0.01, 0.03), (0.5, 0.8)),
    )
    settings = ("outdoor",)
    tags = ("sport", "garden")
    silhouette_fill = 0.4
    size = multiple_of("height", 0.72, 0.81, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        rings, arrows, lean = p.count("rings"), p.count("arrows"), p.real("lean")
        r = 0.34
        steps = np.linspace(0.0, r, 4 * rings + 1)
        # Coils of straw stand out a little, one for each step.
        coils = [(float(s), 0.004 * (k % 2)) for k, s in enumerate(steps)]
        face = [(s, 0.05 + d) for s, d in coils[::-1]]
        disc = lathe([(0, -0.05), (r * 0.97, -0.05), (r * 1.02, -0.03), (r * 1.02, 0.03), *face[:-1], (0, 0.05)], 48, 5)
        colours = [4, 3, 2, 1, 0][:rings] if rings == 5 else [4, 3, 2, 0]
        for k, slot in enumerate(colours):
            low, high = k * r / rings, (k + 1) * r / rings
            disc = sh.painted(disc, slot, self.between(low, high))
        hoop = [sh.torus(1.02 * r, 0.013, 48, 6, 5).moved(z=z) for z in (-0.022, 0.0, 0.022)]
        centre = np.array([0.0, 0.0, 0.56])
        shafts = []
        for k in range(arrows):
            turn, reach = 2.4 * k + 0.7, r * (0.16 + 0.55 * (k * 0.618 % 1.0))
            # An arrow that stuck at the origin, its nock along +Z.
            vane = sh.slab(np.array([(0.0, 0.2), (0.035, 0.22), (0.035, 0.27), (0.0, 0.29)]), 0.004, 0.001, (7, 7))
            one = (
                sh.join(
                    sh.rod((0, 0, -0.02), (0, 0, 0.3), 0.006, 8, 6),
                    sh.around(vane, 3),
                    sh.pill(0.008, 0.016, 0.003, 8, 7).moved(z=0.295),
                )
                .turned("x", 0.1 * math.cos(3.0 * k))
                .turned("y", 0.1 * math.sin(2.0 * k))
            )
            shafts.append(one.moved(reach * math.cos(turn), reach * math.sin(turn), 0.05))
        round_ = sh.join(disc, hoop, shafts).turned("x", math.pi / 2 - lean).moved(*centre)
        slant = math.tan(lean)
        front = sh.both_sides(self.beam((0.33, -0.56 * slant, 0.0), (0.05, 0.09 + 0.4 * slant, 0.98)))
        back = self.beam((0.0, 0.42, 0.0), (0.0, 0.1 + 0.38 * slant, 0.97))
        ledge = sh.plate(0.5, 0.15, 0.035, 0.006, 6).moved(y=-0.36 * slant, z=0.19)
        brace = self.beam((-0.2, 0.04 - 0.1 * slant, 0.46), (0.2, 0.04 - 0.1 * slant, 0.46))
        return sh.join(round_, front, back, ledge, brace)

    def between(self, low: float, high: float) -> Callable[[Floats], Bools]:
        """Whether faces lie on the front of a disc between two radii."""

        def inside(c: Floats) -> Bools:
            reach = np.hypot(c[:, 0], c[:, 1])
            front: Bools = (c[:, 2] > 0.045) & (reach >= low) & (reach < high)
            return front

        return inside

    def beam(self, start: tuple[float, float, float], end: tuple[float, float, float]) -> MeshData:
        """A wooden pole with its grain along it."""
        return sh.rod(start, end, 0.022, 12, 6).grained("z", int(1000 * abs(start[0] + end[1])))


SPORTS_GROUND: tuple[Family, ...] = (BasketballStand(), GolfBag(), ArcheryTarget())
