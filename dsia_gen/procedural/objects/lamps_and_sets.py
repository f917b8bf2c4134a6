"""Desk lamps, alarm clocks, radio and television sets, telephones."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import DARK, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import by_style
from dsia_gen.spec.material import MaterialKind

ENAMEL: tuple[MaterialKind, ...] = ("dots", "stripes", "checker", "patches", "noise")

_LAMP_POSES = {"high": ((0.26, 0.52), (-0.1, 0.86), -0.55), "low": ((0.3, 0.4), (-0.18, 0.52), -0.35),
               "reach": ((0.12, 0.58), (-0.36, 0.74), -0.2)}  # fmt: skip
"""Pose -> (y, z) of elbow and wrist, and the tilt of the shade in radians."""


class DeskLamp(Family):
    """A jointed lamp: patterned shade and foot, two arms with springs, in one of three poses."""

    name = "desk_lamp"
    params = {"size": Span(0.45, 0.8), "pose": Choice(("high", "low", "reach"))}
    slots = (
        Slot("shade", ENAMEL, "vivid", (0.02, 0.06), (0.2, 0.5)),
        Slot("rims", ("plain", "stripes", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
        Slot("arms", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
        Slot("bulb", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("furniture",)
    silhouette_fill = 0.25
    size = by_style(
        "size", "pose", {"high": (0.4, 0.703, 0.913), "low": (0.4, 0.796, 0.568), "reach": (0.4, 0.818, 0.785)}
    )

    def build(self, p: TypedParams) -> MeshData:
        pose = p.text("pose")
        (ey, ez), (wy, wz), tip = _LAMP_POSES[pose]
        foot = sh.painted(lathe(sh.rounded([(0, 0), (0.2, 0), (0.2, 0.035), (0.06, 0.06), (0.03, 0.1), (0, 0.1)],
                                     0.015, 3), 36), 1, lambda c: np.hypot(c[:, 0], c[:, 1]) > 0.17)  # fmt: skip
        shade = lathe(
            sh.smooth([(0.19, 0.0), (0.17, 0.05), (0.12, 0.13), (0.07, 0.18), (0.06, 0.26), (0.03, 0.28)], 4), 36
        )
        inner = lathe([(0.186, 0.002), (0.165, 0.05), (0.115, 0.12), (0.0, 0.15)], 36, 3).flipped()
        shade = sh.painted(shade, 1, lambda c: (c[:, 2] < 0.035) | (c[:, 2] > 0.2))
        head = sh.join(
            shade, inner, sh.torus(0.188, 0.006, 36, 6, 2), sh.ellipsoid(0.06, 0.06, 0.07, 3, 18, 12).moved(z=0.06)
        )
        base, elbow, wrist = (0.0, 0.04, 0.1), (0.0, ey, ez), (0.0, wy, wz)
        arms = []
        for a, b in ((base, elbow), (elbow, wrist)):
            arms.append(sh.both_sides(sh.rod((0.02, a[1], a[2]), (0.02, b[1], b[2]), 0.009, 8, 2)))
            lead, trail = np.array(a) * 0.85 + np.array(b) * 0.15, np.array(a) * 0.55 + np.array(b) * 0.45
            # A spring of wire (slot 2) between two points of the YZ plane.
            t = np.linspace(0.0, 1.0, 9 * 8 + 1)[:, None]
            along = (trail - lead) / np.linalg.norm(trail - lead)
            up = np.array([0.0, -along[2], along[1]])
            angle = sh.TAU * 9 * t
            arms.append(
                tube(
                    lead + (trail - lead) * t + 0.016 * (np.cos(angle) * [1.0, 0.0, 0.0] + np.sin(angle) * up),
                    0.004,
                    4,
                    slot=2,
                )
            )
        joints = [
            sh.pill(0.032, 0.07, 0.006, 18, 1).moved(z=-0.035).turned("y", math.pi / 2).moved(y=y, z=z)
            for _, y, z in (base, elbow, wrist)
        ]
        return sh.join(foot, arms, joints, head.moved(z=-0.24).turned("x", tip).moved(y=wy - 0.02, z=wz))


class AlarmClock(Family):
    """A wind-up clock: patterned drum, dial with marks and hands, two bells or one, a hammer, a handle and feet."""

    name = "alarm_clock"
    params = {"size": Span(0.16, 0.5), "bells": Count(1, 2), "hour": Span(0.0, 6.28)}
    slots = (
        Slot("drum", ENAMEL, "vivid", (0.02, 0.06), (0.15, 0.4)),
        Slot("dial", ("noise", "dots", "plain"), "light", (0.02, 0.05), (0.3, 0.6)),
        Slot("marks", ("plain",), "dark", (0.02, 0.05), (0.3, 0.5)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
        Slot("trim", ("plain", "wood", "checker"), "vivid", (0.01, 0.03), (0.2, 0.5)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("gadget",)
    silhouette_fill = 0.6
    size = by_style("size", "bells", {1: (0.726, 0.432, 1.114), 2: (0.726, 0.329, 1.047)})

    def build(self, p: TypedParams) -> MeshData:
        bells = p.count("bells")
        # One bell under a ring, or two with a hammer and a handle.
        bell = sh.join(
            lathe(sh.smooth([(0.15, 0.0), (0.145, 0.05), (0.1, 0.11), (0.0, 0.13)], 4), 26, 3),
            lathe([(0.0, 0.02), (0.15, 0.0)], 26, 3).flipped(),
            sh.ellipsoid(0.025, 0.025, 0.025, 4, 12, 8).moved(z=0.14),
            sh.rod((0, 0, -0.06), (0, 0, 0.02), 0.016, 10, 3),
        )
        bells_parts: list[MeshData] = []
        if bells == 2:
            bells_parts += [
                sh.both_sides(bell.turned("y", 0.55).moved(x=0.21, z=0.785)),
                sh.rod((0, 0, 0.78), (0, 0, 0.86), 0.012, 8, 3),
                sh.cushion(0.1, 0.03, 0.04, 0.01, 3, 2).moved(z=0.87),
            ]
            bells_parts.append(tube(sh.smooth([(-0.2, 0, 0.9), (-0.12, 0, 1.0), (0, 0, 1.03), (0.12, 0, 1.0),
                                            (0.2, 0, 0.9)], 5), 0.018, 10, slot=4))  # fmt: skip
        else:
            bells_parts += [
                bell.scaled(1.45, 1.45, 1.3).moved(z=0.82),
                sh.torus(0.07, 0.014, 24, 8, 4).turned("x", sh.FACING).moved(z=1.03),
            ]
        # Drum, dial, marks and hands about Z, facing up; `hour` is the turn of the short hand.
        hour = p.real("hour")
        drum = lathe(sh.rounded([(0.0, -0.13), (0.3, -0.13), (0.36, -0.1), (0.36, 0.1), (0.345, 0.14),
                              (0.32, 0.14), (0.31, 0.115), (0, 0.115)], 0.012, 2), 44)  # fmt: skip
        drum = sh.painted(drum, 1, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.31) & (c[:, 2] > 0.1))
        rim = sh.torus(0.345, 0.018, 44, 8, 3).moved(z=0.125)
        marks = []
        for k in range(12):
            long = 0.06 if k % 3 == 0 else 0.035
            marks.append(
                sh.plate(0.022 if k % 3 == 0 else 0.014, long, 0.008, 0.0, 2)
                .moved(y=0.27 - long / 2)
                .turned("z", sh.TAU * k / 12)
                .moved(z=0.118)
            )
        hands = [
            sh.plate(0.022, 0.2, 0.008, 0.002, 2).moved(y=0.08).turned("z", hour),
            sh.plate(0.016, 0.27, 0.008, 0.002, 2).moved(y=0.11).turned("z", 5.0 * hour),
        ]
        dial = sh.join(
            *[h.moved(z=0.122 + 0.008 * k) for k, h in enumerate(hands)],
            sh.pill(0.025, 0.03, 0.006, 14, 3).moved(z=0.115),
        )
        ring = sh.torus(0.12, 0.012, 28, 5, 4).moved(z=0.117)
        parts = [sh.join(drum, rim, marks, dial, ring).turned("x", sh.FACING).moved(z=0.43), *bells_parts]
        leg = sh.join(
            sh.rod((0.2, 0, 0.16), (0.26, 0, 0.03), (0.025, 0.018), 10, 3),
            sh.ellipsoid(0.035, 0.035, 0.03, 4, 14, 8).moved(x=0.265, z=0.03),
        )
        parts += [sh.both_sides(leg.moved(y=-0.05)), sh.rod((0, 0.08, 0.16), (0, 0.14, 0.02), (0.025, 0.02), 10, 3)]
        parts += [
            sh.pill(0.05, 0.05, 0.01, 16, 4).turned("x", -sh.FACING).moved(x=x, y=0.13, z=0.42) for x in (-0.12, 0.12)
        ]
        return sh.join(*parts)


CASE: tuple[MaterialKind, ...] = ("wood", "stripes", "checker", "patches", "noise")

Front = tuple[list[MeshData], list[tuple[float, float]]]
"""What the front of a radio carries, and where its knobs are (x, z)."""


class Radio(Family):
    """A valve radio: an arched, a wide or a portable case with a cloth grille, a lit dial and knobs."""

    name = "radio"
    params = {"width": Span(0.26, 0.55), "style": Choice(("arched", "wide", "portable"))}
    slots = (
        Slot("case", CASE, "wood", (0.03, 0.08), (0.2, 0.5)),
        Slot("grille", ("fabric", "knit", "checker", "dots"), "cloth", (0.01, 0.03), (0.6, 0.9)),
        Slot("dial", ("print", "stripes"), "light", (0.015, 0.03), (0.2, 0.4)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
        DARK,
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("gadget", "music")
    silhouette_fill = 0.85
    size = by_style(
        "width", "style", {"arched": (0.92, 0.41, 1.09), "wide": (1.0, 0.395, 0.57), "portable": (1.034, 0.395, 1.066)}
    )

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        arch = [(-0.43, 0.04), (0.43, 0.04), (0.43, 0.66), (0.34, 0.96), (0.14, 1.13), (-0.14, 1.13),
                (-0.34, 0.96), (-0.43, 0.66)]  # fmt: skip
        wide = [(-0.5, 0.05), (0.5, 0.05), (0.5, 0.62), (-0.5, 0.62)]
        portable = [(-0.5, 0.0), (0.5, 0.0), (0.47, 0.62), (-0.47, 0.62)]
        fronts = {"arched": (arch, self.arched), "wide": (wide, self.wide), "portable": (portable, self.portable)}
        (outline, front_of), depth = fronts[style], 0.34
        case = sh.slab(sh.rounded(outline, 0.05, 4, closed=True), depth, 0.02, (0, 0))
        low = min(z for _, z in outline)
        parts = [case.moved(z=-low)]
        front = -depth / 2
        trim, knobs = front_of(front)
        parts += trim
        knob = sh.join(sh.pill(0.055, 0.045, 0.012, 22, 4), sh.pill(0.03, 0.055, 0.006, 16, 3)).turned("x", sh.FACING)
        parts += [knob.moved(x=x, y=front, z=z) for x, z in knobs]
        return sh.join(*parts)

    def arched(self, front: float) -> Front:
        """An arched grille with bars, a dial below it and a plinth."""
        parts: list[MeshData] = []
        arch = sh.rounded(
            [(-0.3, 0.42), (0.3, 0.42), (0.3, 0.75), (0.16, 0.98), (-0.16, 0.98), (-0.3, 0.75)], 0.14, 5, closed=True
        )
        parts += [sh.slab(arch, 0.02, 0.004, (1, 4)).moved(y=front)]
        parts += [sh.plate(0.028, 0.026, 0.55, 0.006, 0).moved(x=x, y=front, z=0.69) for x in (-0.15, 0.0, 0.15)]
        parts += [sh.join(*self.dial(0.32, 0.12)).moved(y=front, z=0.27)]
        knobs = [(-0.27, 0.22), (0.27, 0.22), (0.0, 0.12)]
        parts += [sh.cushion(0.92, 0.37, 0.06, 0.02, 4, 3).moved(z=0.03)]
        return parts, knobs

    def wide(self, front: float) -> Front:
        """A wide grille with bars and a ring, and a dial beside it."""
        parts = [
            sh.plate(0.5, 0.02, 0.36, 0.006, 1).moved(x=-0.17, y=front, z=0.34),
            sh.join(*self.dial(0.3, 0.16)).moved(x=0.27, y=front, z=0.43),
        ]
        parts += [
            sh.plate(0.5, 0.026, 0.014, 0.003, 3).moved(x=-0.17, y=front - 0.002, z=z)
            for z in (0.22, 0.28, 0.34, 0.4, 0.46)
        ]
        parts += [
            sh.torus(0.165, 0.012, 36, 6, 3)
            .turned("x", sh.FACING)
            .scaled(1.35, 1, 0.95)
            .moved(x=-0.17, y=front - 0.01, z=0.34)
        ]
        knobs = [(0.18, 0.2), (0.27, 0.2), (0.36, 0.2)]
        parts += [sh.both_sides(sh.pill(0.04, 0.05, 0.01, 14, 4).moved(x=0.36, y=y)) for y in (-0.1, 0.1)]
        return parts, knobs

    def portable(self, front: float) -> Front:
        """A studded grille, a dial, a handle and an aerial."""
        parts = [
            sh.plate(0.4, 0.02, 0.4, 0.01, 1).moved(x=-0.2, y=front, z=0.32),
            sh.join(*self.dial(0.34, 0.14)).moved(x=0.23, y=front, z=0.45),
        ]
        parts += [
            cylinder(0.018, 0.016, 8, slot=3)
            .turned("x", sh.FACING)
            .moved(x=-0.2 + x * 0.09, y=front - 0.006, z=0.32 + z * 0.09)
            for x in (-1.5, -0.5, 0.5, 1.5)
            for z in (-1.5, -0.5, 0.5, 1.5)
        ]
        parts.append(tube(sh.rounded([(-0.38, 0, 0.6), (-0.36, 0, 0.76), (0.36, 0, 0.76), (0.38, 0, 0.6)],
                                  0.06, 4), 0.022, 10, slot=4))  # fmt: skip
        parts += [
            sh.rod((0.4, 0.12, 0.6), (0.52, 0.14, 1.05), 0.008, 8, 3),
            sh.ellipsoid(0.016, 0.016, 0.016, 3, 10, 6).moved(x=0.52, y=0.14, z=1.05),
        ]
        knobs = [(0.12, 0.24), (0.32, 0.24)]
        return parts, knobs

    def dial(self, width: float, height: float) -> list[MeshData]:
        """A printed scale (slot 2) in a frame, with a needle."""
        frame = sh.cushion(width + 0.05, 0.03, height + 0.05, 0.012, 3, 3)
        return [frame, sh.plate(width, 0.012, height, 0.003, 2).moved(y=-0.014),
                sh.plate(0.012, 0.01, 0.8 * height, 0.002, 4).moved(x=0.12 * width, y=-0.02)]  # fmt: skip


class Television(Family):
    """An old set: patterned cabinet, bulging picture in a frame, panel with knobs and a grille, legs, rabbit ears."""

    name = "television"
    params = {"width": Span(0.42, 0.85), "legs": Choice((False, True))}
    slots = (
        Slot("case", CASE, "wood", (0.04, 0.12), (0.2, 0.5)),
        Slot("picture", ("print", "stripes", "patches", "checker"), "vivid", (0.05, 0.12), (0.05, 0.2)),
        Slot("panel", ("stripes", "fabric", "checker", "plain"), "cloth", (0.02, 0.05), (0.4, 0.7)),
        Slot("trim", ("metal", "plain"), "metal", (0.01, 0.03), (0.15, 0.4)),
        DARK,
    )
    settings = ("indoor",)
    tags = ("gadget",)
    silhouette_fill = 0.5
    size = by_style("width", "legs", {True: (1.0, 0.727, 1.607), False: (1.0, 0.727, 1.222)})

    def build(self, p: TypedParams) -> MeshData:
        legs = p.flag("legs")
        parts = [sh.cushion(1.0, 0.5, 0.7, 0.06, 0, 4), sh.cushion(0.6, 0.22, 0.46, 0.08, 4, 4).moved(y=0.3)]
        parts.append(sh.slab(sh.superellipse(0.34, 0.29, 5.0, 40), 0.04, 0.014, (4, 3)).moved(x=-0.12, y=-0.25))
        picture = sh.ellipsoid(0.3, 0.05, 0.25, 1, 32, 16, 3.0)
        parts.append(picture.moved(x=-0.12, y=-0.262))
        parts += [sh.cushion(0.2, 0.03, 0.58, 0.02, 2, 3).moved(x=0.355, y=-0.25)]
        knob = sh.join(sh.pill(0.06, 0.04, 0.01, 22, 4), sh.plate(0.02, 0.1, 0.02, 0.004, 3).moved(z=0.045)).turned(
            "x", sh.FACING
        )
        parts += [knob.moved(x=0.355, y=-0.262, z=0.19), knob.turned("y", 0.8).moved(x=0.355, y=-0.262, z=0.03)]
        parts += [
            sh.plate(0.15, 0.02, 0.014, 0.003, 4).moved(x=0.355, y=-0.266, z=z)
            for z in (-0.1, -0.135, -0.17, -0.205, -0.24)
        ]
        ear = [
            sh.rod((0.02, 0, 0.37), (0.3, 0.02, 0.8), 0.01, 8, 3),
            sh.ellipsoid(0.022, 0.022, 0.022, 3, 12, 8).moved(x=0.3, y=0.02, z=0.8),
        ]
        parts += [sh.both_sides(sh.join(ear)), sh.ellipsoid(0.12, 0.09, 0.06, 4, 20, 10).moved(z=0.35)]
        if legs:
            parts += [
                sh.both_sides(sh.rod((0.36, y * 0.16, -0.33), (0.44, y * 0.24, -0.78), (0.035, 0.02), 12, 3))
                for y in (-1, 1)
            ]
        else:
            parts += [
                sh.both_sides(sh.pill(0.05, 0.06, 0.012, 16, 4).moved(x=0.36, y=y, z=-0.4)) for y in (-0.15, 0.15)
            ]
        return sh.join(*parts)


class Telephone(Family):
    """A telephone with a dial and a coiled cord: on the desk, its handset across, or a candlestick."""

    name = "telephone"
    params = {"size": Span(0.22, 0.5), "style": Choice(("desk", "candlestick"))}
    slots = (
        Slot("body", ENAMEL, "vivid", (0.02, 0.06), (0.1, 0.35)),
        Slot("second", ("plain", "stripes", "checker"), "vivid", (0.015, 0.04), (0.1, 0.35)),
        Slot("card", ("print", "dots"), "light", (0.01, 0.02), (0.4, 0.7)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
        DARK,
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("gadget",)
    silhouette_fill = 0.35
    size = by_style("size", "style", {"desk": (1.058, 0.744, 0.661), "candlestick": (0.649, 0.613, 1.044)})

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        if style == "candlestick":
            foot = lathe(sh.rounded([(0, 0), (0.3, 0), (0.31, 0.04), (0.28, 0.09), (0.1, 0.14), (0.055, 0.2),
                                  (0.05, 0.75), (0.075, 0.78), (0.05, 0.82), (0, 0.83)], 0.02, 3), 36)  # fmt: skip
            foot = sh.painted(foot, 1, lambda c: (c[:, 2] > 0.2) & (c[:, 2] < 0.76))
            dial = self.number_dial().scaled(0.8, 0.8, 1).turned("x", 0.7).moved(y=-0.185, z=0.115)
            horn = lathe(sh.smooth([(0.05, 0.0), (0.055, 0.06), (0.08, 0.12), (0.14, 0.17)], 4), 28, 3)
            inside = lathe([(0.0, 0.06), (0.07, 0.12), (0.138, 0.172)], 28, 4)
            mouth = (
                sh.join(horn, inside, sh.pill(0.09, 0.05, 0.012, 26, 0).moved(z=-0.03))
                .turned("x", sh.FACING - 0.15)
                .moved(y=-0.06, z=0.88)
            )
            ear = lathe(
                sh.smooth([(0.0, 0.0), (0.05, 0.0), (0.05, 0.2), (0.06, 0.25), (0.1, 0.32), (0.1, 0.34)], 3), 26, 0
            )
            ear = sh.painted(
                sh.join(ear, lathe([(0.1, 0.34), (0.0, 0.33)], 26, 4)), 2, lambda c: (c[:, 2] > 0.03) & (c[:, 2] < 0.17)
            )
            hook = tube(sh.smooth([(0.04, 0, 0.72), (0.13, 0, 0.73), (0.17, 0, 0.7)], 4), 0.014, 8, slot=3)
            cord = tube(sh.smooth([(0.19, 0, 0.42), (0.24, 0.04, 0.2), (0.33, 0.1, 0.05), (0.2, 0.2, 0.02),
                                (0.1, 0.25, 0.03)], 6), 0.013, 6, slot=4)  # fmt: skip
            parts = [foot, dial, mouth, ear.turned("y", 0.1).moved(x=0.17, z=0.42), hook, cord]
        else:
            levels = [(0.0, 0.4, 0.36, 0.0), (0.05, 0.41, 0.37, 0.0), (0.16, 0.34, 0.31, 0.02),
                      (0.3, 0.24, 0.19, 0.08), (0.38, 0.22, 0.13, 0.12), (0.4, 0.19, 0.1, 0.12)]  # fmt: skip
            body = sh.oval_loft(sh.smooth(levels, 3), 4.0, 40, "z")
            body = sh.painted(body, 1, lambda c: c[:, 2] < 0.06)
            cradle = sh.both_sides(sh.cushion(0.05, 0.16, 0.1, 0.018, 3, 3).moved(x=0.17, y=0.12, z=0.44))
            dial_plate = self.number_dial().turned("x", 0.92).moved(y=-0.175, z=0.235)
            t = np.linspace(0.0, 1.0, 97)
            centre = np.stack(
                [0.42 + 0.1 * np.sin(math.pi * t), 0.1 - 0.22 * t, 0.45 - 0.4 * np.sin(0.5 * math.pi * t)], axis=1
            )
            coil = centre + 0.022 * np.stack([np.cos(sh.TAU * 16 * t), np.sin(sh.TAU * 16 * t), 0 * t], axis=1)
            feet = [
                sh.pill(0.035, 0.03, 0.006, 12, 4).moved(x=x, y=y, z=-0.02) for x in (-0.3, 0.3) for y in (-0.26, 0.26)
            ]
            # A receiver along X, its cups downwards.
            grip = sh.smooth([(-0.5 * 0.86, 0, 0.0), (-0.4 * 0.86, 0, 0.07), (0, 0, 0.1),
                           (0.4 * 0.86, 0, 0.07), (0.5 * 0.86, 0, 0.0)], 5)  # fmt: skip
            cup = lathe(
                sh.rounded([(0, -0.09), (0.085, -0.09), (0.095, -0.05), (0.05, 0.05), (0, 0.06)], 0.02, 2), 26, 1
            )
            cup = sh.painted(cup, 3, lambda c: c[:, 2] < -0.07)
            parts = [
                body,
                cradle,
                dial_plate,
                sh.join(tube(grip, 0.042, 14, slot=0), sh.both_sides(cup.turned("y", -0.2).moved(x=0.47 * 0.86))).moved(
                    y=0.12, z=0.5
                ),
                tube(coil, 0.01, 5, slot=4),
                *feet,
            ]
        return sh.join(*parts)

    def number_dial(self) -> MeshData:
        """A finger wheel about Z: plate, holes, stop and a printed middle."""
        holes = [
            cylinder(0.024, 0.006, 12, slot=4).moved(x=0.115 * math.cos(a), y=0.115 * math.sin(a), z=0.022)
            for a in np.linspace(0.6, 5.4, 10)
        ]
        return sh.join(sh.pill(0.16, 0.02, 0.006, 36, 3), holes, sh.pill(0.07, 0.03, 0.006, 24, 2),
                    sh.plate(0.05, 0.012, 0.03, 0.003, 3).moved(x=0.15, y=-0.04, z=0.03))  # fmt: skip


LAMPS_AND_SETS: tuple[Family, ...] = (DeskLamp(), AlarmClock(), Radio(), Television(), Telephone())
