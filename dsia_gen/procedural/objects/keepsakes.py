"""Hourglasses, bird cages, chess knights, pinwheels and nutcrackers."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import BRASS, GRAPHIC, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style, multiple_of, turned


class Hourglass(Family):
    """An hourglass: two turned plates, three or four posts, two bulbs with sand running between, a printed belt."""

    name = "hourglass"
    params = {"height": Span(0.22, 0.6), "posts": Count(3, 5), "run": Span(0.1, 0.9)}
    slots = (
        Slot("frame", ("wood", "checker", "stripes", "marble"), "wood", (0.02, 0.05), (0.2, 0.5)),
        Slot("belt", ("print", "checker", "stripes"), "vivid", (0.015, 0.04), (0.2, 0.5)),
        Slot("bulbs", ("plain",), "light", (0.02, 0.05), (0.03, 0.1)),
        Slot("sand", ("noise", "terrazzo"), "vivid", (0.01, 0.02), (0.7, 0.9)),
        BRASS,
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("decor",)
    silhouette_fill = 0.6
    size = multiple_of("height", 0.6, 0.6, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        posts, run = p.count("posts"), p.real("run")
        disc = lathe(sh.rounded([(0, 0), (0.3, 0), (0.31, 0.03), (0.28, 0.06), (0.29, 0.08), (0.26, 0.1),
                              (0, 0.1)], 0.012, 1), 36, 0)  # fmt: skip
        disc = sh.painted(disc, 1, lambda c: (c[:, 2] > 0.005) & (c[:, 2] < 0.05) & (np.hypot(c[:, 0], c[:, 1]) > 0.28))
        half = sh.smooth([(0.03, 0.5), (0.045, 0.46), (0.13, 0.38), (0.185, 0.27), (0.18, 0.17), (0.12, 0.105)], 4)[
            ::-1
        ]
        glass = lathe([(0.0, 0.1), *half], 28, 2)
        level = 0.17 + 0.15 * run
        glass = sh.painted(glass, 3, lambda c: c[:, 2] < level)
        upper = sh.painted(lathe([(0.0, 0.1), *half], 28, 2), 3,
                        lambda c: c[:, 2] > 0.3 + 0.12 * run).scaled(z=-1.0).moved(z=1.0)  # fmt: skip
        waist = [sh.torus(0.045, 0.02, 24, 8, 4).moved(z=0.5), sh.torus(0.075, 0.012, 24, 6, 4).moved(z=0.46),
                 sh.torus(0.075, 0.012, 24, 6, 4).moved(z=0.54)]  # fmt: skip
        rings = [sh.torus(0.13, 0.014, 28, 6, 4).moved(z=z) for z in (0.112, 0.888)]
        turned = sh.smooth([(0.018, 0.08), (0.03, 0.14), (0.018, 0.2), (0.025, 0.34), (0.036, 0.5),
                         (0.025, 0.66), (0.018, 0.8), (0.03, 0.86), (0.018, 0.92)], 2)  # fmt: skip
        column = sh.join(lathe(turned, 10, 0), sh.torus(0.034, 0.008, 12, 4, 4).moved(z=0.5)).moved(x=0.24)
        balls = sh.around(sh.ellipsoid(0.028, 0.028, 0.024, 4, 10, 5).moved(x=0.24, z=1.0), posts, sh.FACING)
        return sh.join(
            disc,
            disc.scaled(z=-1.0).moved(z=1.0),
            glass,
            upper,
            waist,
            rings,
            sh.around(column, posts, sh.FACING),
            balls,
        )


class Birdcage(Family):
    """A domed cage of wires over a patterned tray, with a ring to hang it by, a swing and a bird inside."""

    name = "birdcage"
    params = {"diameter": Span(0.3, 0.5), "tallness": Span(1.4, 1.8), "bars": Count(16, 24)}
    slots = (
        Slot("tray", ("checker", "stripes", "patches", "dots", "print"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("litter", ("noise", "checker", "dots"), "vivid", (0.01, 0.03), (0.6, 0.9)),
        Slot("wires", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
        Slot("plumage", ("noise", "dots", "patches"), "vivid", (0.015, 0.04), (0.6, 0.9)),
        Slot("trim", ("wood", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
    )
    settings = ("indoor",)
    tags = ("decor",)
    silhouette_fill = 0.4
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        bars = p.count("bars")
        tall = p.real("tallness")
        tray = lathe(sh.rounded([(0, 0), (0.46, 0), (0.5, 0.05), (0.48, 0.14), (0.45, 0.14), (0.44, 0.07),
                              (0, 0.06)], 0.02, 3), 40, 0)  # fmt: skip
        tray = sh.painted(tray, 1, lambda c: (c[:, 2] < 0.09) & (np.hypot(c[:, 0], c[:, 1]) < 0.43) & (c[:, 2] > 0.02))
        wall = tall - 0.52
        wire = sh.smooth([(0.45, 0, 0.12), (0.455, 0, 0.5 * wall), (0.45, 0, wall), (0.34, 0, wall + 0.22),
                       (0.14, 0, wall + 0.34), (0.015, 0, wall + 0.37)], 2)  # fmt: skip
        parts = [tray, sh.around(tube(wire, 0.008, 4, slot=2), bars)]
        parts += [
            sh.torus(r, 0.013, 32, 5, 2).moved(z=z)
            for r, z in ((0.455, 0.45 * wall + 0.05), (0.45, wall), (0.34, wall + 0.22))
        ]
        parts += [
            sh.pill(0.06, 0.05, 0.012, 18, 0).moved(z=wall + 0.355),
            sh.ellipsoid(0.035, 0.035, 0.035, 4, 14, 10).moved(z=wall + 0.43),
        ]
        parts += [sh.torus(0.055, 0.01, 24, 6, 2).turned("x", sh.FACING).moved(z=wall + 0.49 - 0.025)]
        door = [(-0.12, 0.3 * wall), (0.12, 0.3 * wall), (0.12, 0.75 * wall), (0.0, 0.85 * wall), (-0.12, 0.75 * wall)]
        parts.append(
            tube([(x, -0.47, z) for x, z in sh.rounded(door, 0.03, 2, closed=True)], 0.012, 6, closed=True, slot=4)
        )
        perch = 0.42 * wall
        parts += [
            sh.rod((-0.2, 0, perch), (0.2, 0, perch), 0.016, 10, 4),
            sh.both_sides(sh.rod((0.18, 0, perch), (0.03, 0, wall + 0.32), 0.006, 6, 2)),
        ]
        # A sitting bird of 0.3 from tail to bill, looking to the left front; slots: 3 plumage, 4 bill, 1 wings.
        body = sh.ellipsoid(0.085, 0.13, 0.1, 3, 20, 12).turned("x", 0.5).moved(z=0.1)
        head = sh.join(
            sh.ellipsoid(0.065, 0.068, 0.065, 3, 16, 12),
            lathe([(0.0, 0.07), (0.022, 0.0)], 10, 4).flipped().turned("x", sh.FACING).moved(y=-0.055),
            sh.both_sides(sh.ellipsoid(0.012, 0.012, 0.012, 2, 8, 6).moved(x=0.05, y=-0.04, z=0.015)),
        )
        wing = sh.both_sides(sh.ellipsoid(0.02, 0.11, 0.06, 1, 14, 8).turned("x", 0.55).moved(x=0.082, y=0.03, z=0.1))
        tail = sh.cushion(0.06, 0.17, 0.014, 0.005, 1, 2).turned("x", -0.7).moved(y=0.16, z=0.0)
        legs = sh.both_sides(sh.rod((0.03, 0, -0.02), (0.03, 0.01, 0.05), 0.008, 6, 4))
        parts.append(
            sh.join(body, head.moved(y=-0.085, z=0.22), wing, tail, legs)
            .turned("z", -0.7)
            .moved(x=0.02, z=perch + 0.02)
        )
        return sh.join(parts)


class ChessKnight(Family):
    """A large chess knight: a turned foot, a horse's head with a cut mane, ears, eyes and a bridle."""

    name = "chess_knight"
    params = {"height": Span(0.4, 1.1), "stout": Span(0.9, 1.2)}
    slots = (
        Slot("body", ("marble", "noise", "terrazzo", "checker"), "stone", (0.05, 0.12), (0.1, 0.4)),
        Slot("mane", ("stripes", "checker", "wood", "noise"), "vivid", (0.02, 0.06), (0.2, 0.5)),
        Slot("eyes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
        BRASS,
    )
    tags = ("decor", "toy")
    silhouette_fill = 0.4

    def size(self, p: TypedParams) -> Extent:
        height, stout = p.real("height"), p.real("stout")
        return 0.55 * stout * height, 0.646 * stout * height, height

    def build(self, p: TypedParams) -> MeshData:
        foot = lathe(sh.rounded([(0, 0), (0.27, 0), (0.28, 0.05), (0.24, 0.1), (0.25, 0.13), (0.2, 0.17),
                              (0.165, 0.26), (0.19, 0.3), (0.15, 0.33), (0, 0.33)], 0.012, 3), 40, 0)  # fmt: skip
        foot = sh.painted(foot, 1, lambda c: (c[:, 2] > 0.02) & (c[:, 2] < 0.095) | (c[:, 2] > 0.27) & (c[:, 2] < 0.32))
        neck = [(0.02, 0.3, 0.13, 0.19), (0.05, 0.42, 0.115, 0.19), (0.06, 0.56, 0.1, 0.18),
                (0.035, 0.7, 0.09, 0.16), (-0.01, 0.8, 0.085, 0.14), (-0.03, 0.88, 0.05, 0.1)]  # fmt: skip
        rings = [
            sh.placed(sh.superellipse(w, d, 2.4, 28), z, "z") + np.array([0, y, 0]) for y, z, w, d in sh.smooth(neck, 3)
        ]
        parts = [foot, sh.loft(rings, 0)]
        # Head with eyes, nostrils and a bridle, and two ears.
        skull = [(0.0, 0.095, 0.13), (0.1, 0.095, 0.125), (0.2, 0.075, 0.095), (0.3, 0.06, 0.07),
                 (0.36, 0.062, 0.068), (0.39, 0.04, 0.045)]  # fmt: skip
        head = sh.oval_loft([(-y, w, h) for y, w, h in sh.smooth(skull, 3)], 2.5, 24, "y")
        face = sh.join(
            head,
            sh.both_sides(sh.ellipsoid(0.02, 0.026, 0.02, 2, 14, 10).moved(x=0.085, y=-0.11, z=0.045)),
            sh.both_sides(sh.ellipsoid(0.012, 0.018, 0.014, 2, 10, 6).moved(x=0.05, y=-0.355, z=0.025)),
            [sh.torus(0.09, 0.01, 28, 6, 3).scaled(1.0, 1.22, 1.0).turned("x", sh.FACING).moved(y=-0.215)],
            sh.both_sides(sh.rod((0.082, -0.215, 0.0), (0.1, -0.02, 0.02), 0.009, 8, 3)),
            sh.both_sides(sh.pill(0.022, 0.02, 0.004, 14, 3).turned("y", sh.FACING).moved(x=0.08, y=-0.215)),
            sh.plate(0.1, 0.012, 0.012, 0.0, 2).moved(y=-0.385, z=-0.028),
        )
        head_parts = [face.turned("x", 0.62).moved(y=-0.03, z=0.79)]
        ear = lathe(sh.smooth([(0.0, -0.01), (0.035, 0.02), (0.03, 0.08), (0.0, 0.15)], 4), 14, 0)
        head_parts.append(
            sh.both_sides(ear.scaled(1.0, 0.7, 1.0).turned("y", 0.15).turned("x", 0.1).moved(x=0.05, y=0.0, z=0.86))
        )
        parts += head_parts
        crest = sh.smooth([(-0.03, 0.97), (0.12, 0.93), (0.21, 0.81), (0.27, 0.66), (0.285, 0.52), (0.25, 0.4)], 6)
        # Every third point of a curve (N, 2) drawn in towards its middle.
        inwards = np.array([0.05, 0.6]) - crest
        inwards /= np.linalg.norm(inwards, axis=1, keepdims=True)
        mane = np.concatenate(
            [
                crest + inwards * np.where(np.arange(len(crest)) % 3 == 0, 0.02, 0.0)[:, None],
                [(0.1, 0.4), (0.08, 0.6), (0.0, 0.82)],
            ]
        )
        rein = sh.smooth([(0.0, -0.17, 0.42), (0.09, -0.11, 0.43), (0.13, 0.03, 0.45), (0.1, 0.17, 0.47)], 5)
        parts += [sh.profile(mane, 0.075, 0.012, (1, 1)), sh.both_sides(tube(rein, 0.011, 8, slot=3))]
        return sh.join(parts)


class Pinwheel(Family):
    """A pinwheel of folded sails in two patterns on a striped stick, in a heavy pot."""

    name = "pinwheel"
    params = {"height": Span(0.45, 1.1), "sails": Count(4, 7)}
    slots = (
        Slot("sails", GRAPHIC, "vivid", (0.03, 0.08), (0.3, 0.6)),
        Slot("others", ("stripes", "dots", "checker", "print"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("pot", ("terrazzo", "checker", "stripes", "noise"), "earth", (0.03, 0.07), (0.4, 0.8)),
        Slot("stick", ("stripes", "wood"), "light", (0.02, 0.04), (0.3, 0.6)),
        BRASS,
    )
    tags = ("toy", "garden")
    size = multiple_of("height", 0.6, 0.338, 1.098)

    def build(self, p: TypedParams) -> MeshData:
        sails = p.count("sails")
        parts = [lathe(sh.rounded([(0, 0), (0.11, 0), (0.14, 0.14), (0.15, 0.15), (0.15, 0.18), (0.13, 0.18),
                                (0.125, 0.15), (0, 0.15)], 0.008, 2), 32, 2)]  # fmt: skip
        parts += [sh.rod((0, 0, 0.1), (0, 0, 0.98), 0.014, 12, 3), sh.torus(0.148, 0.01, 32, 6, 4).moved(z=0.175)]
        # A sail that folds from the middle out and back to the hub, along X in the XZ plane; thin and closed.
        wide = sh.TAU / sails * 0.92
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
        vane = sh.loft(rings)
        rotor = sh.join(vane.turned("y", sh.TAU * k / sails + 0.3).slot(k % 2) for k in range(sails))
        hub = sh.join(sh.ellipsoid(0.032, 0.024, 0.032, 4, 18, 10), sh.rod((0, -0.02, 0), (0, 0.09, 0), 0.008, 8, 4))
        parts += [rotor.moved(y=-0.06, z=0.8), hub.moved(y=-0.105, z=0.8),
                  sh.ellipsoid(0.02, 0.02, 0.02, 4, 12, 8).moved(z=0.985)]  # fmt: skip
        return sh.join(parts)


class Nutcracker(Family):
    """A nutcracker soldier: boots, coat with braid, a jaw with teeth, whiskers, a tall hat; a sabre or a drum."""

    name = "nutcracker"
    params = {"height": Span(0.4, 1.1), "carries": Choice(("sabre", "drum"))}
    slots = (
        Slot("coat", ("fabric", "patches", "stripes", "checker", "noise"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("hat", ("stripes", "checker", "noise", "plain"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("breeches", ("stripes", "checker", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        BRASS,
        Slot("boots", ("plain", "leather"), "dark", (0.02, 0.05), (0.1, 0.3)),
        Slot("face", ("plain", "wood"), "skin", (0.03, 0.06), (0.3, 0.5)),
        Slot("whiskers", ("plain", "knit"), "light", (0.01, 0.02), (0.6, 0.9)),
    )
    tags = ("toy", "decor")
    silhouette_fill = 0.5
    size = by_style("height", "carries", {"sabre": (0.463, 0.263, 1.11), "drum": (0.46, 0.423, 1.11)})

    def build(self, p: TypedParams) -> MeshData:
        carries = p.text("carries")
        parts: list[MeshData] = [sh.cushion(0.34, 0.26, 0.05, 0.015, 4, 2).moved(z=0.025)]
        outline = [(0, 0.05), (0.055, 0.05), (0.05, 0.1), (0.058, 0.19), (0.06, 0.2), (0.05, 0.2),
                   (0.052, 0.3), (0.06, 0.37)]  # fmt: skip
        leg = lathe(sh.rounded([*outline, (0, 0.37)], 0.008, 1), 18, 2)
        leg = sh.painted(leg, 4, lambda c: c[:, 2] < 0.195)
        parts.append(
            sh.both_sides(
                sh.join(leg, sh.ellipsoid(0.052, 0.085, 0.04, 4, 14, 8).moved(y=-0.045, z=0.085)).moved(x=0.07)
            )
        )
        # Coat, belt, buckle, braid and buttons from z = 0.34 to 0.68.
        coat_outline = [(0, 0.34), (0.16, 0.34), (0.135, 0.45), (0.12, 0.48), (0.15, 0.6), (0.14, 0.66),
                        (0.06, 0.68), (0, 0.68)]  # fmt: skip
        coat = lathe(sh.rounded(coat_outline, 0.015, 2), 28, 0).scaled(1.0, 0.82, 1.0)
        belt = lathe([(0.12, 0.455), (0.132, 0.46), (0.132, 0.49), (0.12, 0.5)], 28, 4).scaled(1.0, 0.84, 1.0)
        rows = 0.53, 0.565, 0.6
        braid = [sh.rod((-0.05, -0.117, z), (0.05, -0.117, z), 0.008, 8, 3) for z in rows]
        button = sh.ellipsoid(0.014, 0.01, 0.014, 3, 8, 4)
        buttons = [button.moved(x=x, y=-0.118, z=z) for x in (-0.055, 0.055) for z in rows]
        parts += [coat, belt, sh.plate(0.05, 0.02, 0.05, 0.004, 3).moved(y=-0.108, z=0.475), *braid, *buttons]
        arm = sh.join(
            sh.ellipsoid(0.058, 0.058, 0.024, 3, 14, 6).moved(x=0.165, z=0.655),
            tube([(0.165, 0, 0.64), (0.185, -0.005, 0.54), (0.175, -0.02, 0.43)], [0.044, 0.046, 0.036], 12, slot=0),
            sh.torus(0.037, 0.012, 14, 5, 3).moved(x=0.174, y=-0.022, z=0.435),
            sh.ellipsoid(0.036, 0.036, 0.042, 5, 12, 8).moved(x=0.173, y=-0.03, z=0.39),
        )
        parts += [sh.both_sides(arm), *self.soldier_head()]
        if carries == "sabre":
            blade = sh.profile(sh.rounded([(-0.012, 0.0), (0.012, 0.0), (0.03, 0.3), (0.05, 0.42),
                                     (0.01, 0.32)], 0.004, 1, closed=True), 0.012, 0.002, (3, 3))  # fmt: skip
            parts += [
                blade.turned("x", 0.15).moved(x=0.19, y=-0.06, z=0.4),
                sh.rod((0.19, -0.06, 0.34), (0.19, -0.06, 0.42), 0.014, 10, 4),
                sh.torus(0.036, 0.008, 18, 6, 3).moved(x=0.19, y=-0.06, z=0.415),
            ]
        else:
            drum = sh.painted(sh.pill(0.085, 0.1, 0.008, 28, 2).moved(z=-0.05), 3, lambda c: np.abs(c[:, 2]) > 0.042)
            parts += [
                drum.turned("x", 0.25).moved(y=-0.2, z=0.42),
                sh.both_sides(sh.rod((0.17, -0.04, 0.4), (0.04, -0.2, 0.5), 0.007, 8, 4)),
                sh.both_sides(sh.rod((0.06, -0.1, 0.62), (0.08, -0.2, 0.44), 0.008, 6, 3)),
            ]
        return sh.join(*parts)

    def soldier_head(self) -> list[MeshData]:
        """Head, jaw, teeth, hair and hat from z = 0.66 to 1.06."""
        head = sh.pill(0.085, 0.17, 0.03, 28, 5).moved(z=0.67)
        jaw = [
            sh.cushion(0.075, 0.05, 0.05, 0.01, 5, 2).moved(y=-0.075, z=0.7),
            sh.plate(0.062, 0.02, 0.02, 0.003, 6).moved(y=-0.086, z=0.742),
        ]
        beard = sh.profile(sh.rounded([(-0.1, 0.69), (-0.06, 0.69), (-0.08, 0.6),
                                 (-0.12, 0.59)], 0.012, 2, closed=True), 0.085, 0.012, (6, 6))  # fmt: skip
        hair = sh.both_sides(sh.ellipsoid(0.016, 0.05, 0.075, 6, 12, 8).moved(x=0.08, y=0.03, z=0.75))
        whiskers = sh.both_sides(tube(sh.smooth([(0.0, -0.095, 0.768), (0.03, -0.1, 0.772),
                                           (0.06, -0.085, 0.758), (0.075, -0.07, 0.775)],
                                          4), [0.012] * 9 + [0.009] * 2 + [0.005] * 2, 6, slot=6))  # fmt: skip
        eyes = sh.both_sides(
            sh.join(
                sh.ellipsoid(0.019, 0.01, 0.015, 6, 12, 6), sh.ellipsoid(0.009, 0.008, 0.009, 4, 8, 4).moved(y=-0.007)
            ).moved(x=0.032, y=-0.08, z=0.805)
        )
        nose = sh.ellipsoid(0.016, 0.024, 0.018, 5, 10, 6).moved(y=-0.092, z=0.785)
        hat = lathe(sh.rounded([(0, 0.83), (0.092, 0.83), (0.096, 0.86), (0.09, 0.9), (0.1, 1.02),
                             (0.095, 1.03), (0, 1.035)], 0.008, 1), 30, 1)  # fmt: skip
        hat = sh.painted(hat, 3, lambda c: (c[:, 2] > 1.0) & (c[:, 2] < 1.028) | (c[:, 2] < 0.862))
        peak = sh.ellipsoid(0.085, 0.06, 0.01, 4, 18, 4).turned("x", 0.2).moved(y=-0.075, z=0.838)
        badge = [
            sh.plate(0.045, 0.012, 0.05, 0.006, 3).turned("y", math.pi / 4).moved(y=-0.092, z=0.94),
            sh.ellipsoid(0.02, 0.02, 0.05, 6, 12, 8).moved(y=-0.06, z=1.06),
        ]
        return [head, *jaw, beard, hair, whiskers, eyes, nose, hat, peak, *badge]


KEEPSAKES: tuple[Family, ...] = (Hourglass(), Birdcage(), ChessKnight(), Pinwheel(), Nutcracker())
