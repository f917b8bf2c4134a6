"""Typewriters, sewing machines, folding cameras and telescopes."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.objects.slots import DARK, STEEL
from dsia_gen.procedural.params import Choice, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style, multiple_of


def arc_row() -> Floats:
    """The rail of the type basket (N, 3)."""
    a = np.linspace(-1.4, 1.4, 15)
    return np.stack([0.22 * np.sin(a), -0.03 + 0.02 * np.cos(a), np.full_like(a, 0.245)], axis=1)


class Typewriter(Family):
    """A typewriter: painted case, four rows of keys, type basket, carriage with its roller and a printed sheet."""

    name = "typewriter"
    params = {"width": Span(0.3, 0.5), "paper": Span(0.12, 0.4)}
    slots = (
        Slot("case", ("noise", "stripes", "patches", "dots", "checker"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("plates", ("checker", "stripes", "print"), "vivid", (0.015, 0.04), (0.2, 0.5)),
        Slot("paper", ("print",), "light", (0.03, 0.06), (0.7, 0.9)),
        Slot("keys", ("dots", "plain"), "light", (0.01, 0.02), (0.3, 0.5)),
        Slot("steel", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
        DARK,
    )
    settings = ("indoor",)
    tags = ("gadget",)
    silhouette_fill = 0.55

    def size(self, p: TypedParams) -> Extent:
        width = p.real("width")
        return 1.09 * width, 0.9 * width, (0.52 + p.real("paper")) * width

    def build(self, p: TypedParams) -> MeshData:
        sheet = p.real("paper")
        side = [(-0.45, 0.0), (0.42, 0.0), (0.44, 0.3), (0.12, 0.34), (-0.05, 0.2), (-0.42, 0.09), (-0.46, 0.05)]
        parts = [sh.profile(sh.rounded(side, 0.03, 3, closed=True), 0.86, 0.03, (0, 0))]
        parts.append(sh.plate(0.62, 0.02, 0.08, 0.004, 1).turned("x", -0.85).moved(y=0.02, z=0.275))
        for row in range(4):
            y, z = -0.36 + 0.085 * row, 0.135 + 0.034 * row
            for k in range(10):
                key = cylinder(0.031, 0.018, 9, slot=3).moved(x=-0.36 + 0.08 * k + 0.018 * (row % 2) - 0.009, y=y, z=z)
                parts.append(key)
        parts.append(sh.plate(0.5, 0.05, 0.022, 0.006, 3).moved(y=-0.435, z=0.12))
        basket = [
            sh.rod((0.2 * math.sin(a), -0.02, 0.24), (0.11 * math.sin(a), 0.15, 0.36), 0.008, 5, 4)
            for a in np.linspace(-1.3, 1.3, 15)
        ]
        parts += [*basket, tube(arc_row(), 0.014, 6, slot=4)]
        roller = sh.rod((-0.44, 0.24, 0.42), (0.44, 0.24, 0.42), 0.055, 20, 5)
        parts += [
            roller,
            sh.rod((-0.52, 0.24, 0.42), (0.52, 0.24, 0.42), 0.02, 10, 4),
            sh.both_sides(sh.pill(0.06, 0.05, 0.012, 18, 3).turned("y", math.pi / 2).moved(x=0.47, y=0.24, z=0.42)),
        ]
        parts += [
            sh.cushion(0.86, 0.16, 0.07, 0.02, 0, 3).moved(y=0.29, z=0.345),
            tube(sh.smooth([(-0.42, 0.2, 0.44), (-0.5, 0.1, 0.46), (-0.56, 0.02, 0.44)], 4), 0.012, 8, slot=4),
        ]
        parts += [sh.pill(0.075, 0.03, 0.008, 20, 1).moved(x=x, y=0.1, z=0.335) for x in (-0.3, 0.3)]
        lines = [(0.2, 0.36), (0.185, 0.41), (0.2, 0.46), (0.25, 0.488), (0.29, 0.5 + 0.1 * sheet), (0.33, 0.5 + sheet)]
        path = sh.smooth(lines, 4)
        parts.append(sh.profile(np.concatenate([path, path[::-1] + np.array([0.005, 0.001])]), 0.56, 0.0, (2, 2)))
        parts += [sh.both_sides(sh.pill(0.04, 0.03, 0.006, 14, 3).moved(x=0.36, y=y, z=-0.02)) for y in (-0.36, 0.34)]
        return sh.join(*parts)


class SewingMachine(Family):
    """A hand sewing machine: patterned arm and head, flywheel with a crank, spool, needle, cloth, a wooden bed."""

    name = "sewing_machine"
    params = {"width": Span(0.38, 0.62), "cloth": Choice((False, True))}
    slots = (
        Slot("arm", ("noise", "print", "stripes", "dots", "patches"), "vivid", (0.02, 0.06), (0.1, 0.35)),
        Slot("plates", ("print", "checker", "stripes"), "light", (0.015, 0.04), (0.2, 0.5)),
        Slot("bed", ("wood",), "wood", (0.03, 0.07), (0.3, 0.6)),
        Slot("steel", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
        Slot("thread", ("stripes", "fabric"), "vivid", (0.004, 0.008), (0.6, 0.9)),
        Slot("cloth", ("fabric", "dots", "checker", "patches"), "vivid", (0.02, 0.05), (0.7, 0.9)),
    )
    settings = ("indoor",)
    tags = ("gadget",)
    silhouette_fill = 0.5
    size = multiple_of("width", 1.1, 0.51, 0.805)

    def build(self, p: TypedParams) -> MeshData:
        fabric = p.flag("cloth")
        arm = sh.rounded([(-0.4, 0.26), (-0.4, 0.58), (-0.2, 0.66), (0.36, 0.64), (0.4, 0.5), (0.38, 0.16),
                       (0.2, 0.16), (0.19, 0.42), (0.1, 0.49), (-0.24, 0.47), (-0.27, 0.3), (-0.28, 0.26)],
                      0.05, 4, closed=True)  # fmt: skip
        parts = [sh.slab(arm, 0.15, 0.035, (0, 0)), sh.cushion(0.9, 0.36, 0.04, 0.012, 3, 3).moved(x=0.02, z=0.15)]
        parts += [sh.plate(1.0, 0.46, 0.1, 0.01, 2).moved(z=0.08), sh.plate(1.04, 0.5, 0.03, 0.008, 2).moved(z=0.015)]
        parts += [sh.plate(0.34, 0.01, 0.09, 0.002, 1).moved(x=0.02, y=y, z=0.565) for y in (-0.076, 0.076)]
        parts += [
            sh.plate(0.1, 0.01, 0.14, 0.002, 1).moved(x=0.29, y=-0.076, z=0.3),
            sh.plate(0.09, 0.012, 0.2, 0.003, 3).moved(x=-0.34, y=-0.075, z=0.44),
        ]
        # The wheel on its shaft, with a crank.
        wheel = sh.join(sh.torus(0.13, 0.025, 32, 10, 3), sh.around(sh.rod((0, 0, 0), (0.12, 0, 0), 0.012, 6, 3), 5),
                     sh.pill(0.04, 0.06, 0.01, 18, 3).moved(z=-0.03)).turned("y", math.pi / 2)  # fmt: skip
        # Needle, foot, spool and the thread between them.
        needle = [
            sh.rod((-0.34, 0, 0.17), (-0.34, 0, 0.28), 0.005, 6, 3),
            sh.rod((-0.34, 0, 0.22), (-0.34, 0, 0.3), 0.016, 10, 3),
            sh.plate(0.05, 0.09, 0.01, 0.003, 3).moved(x=-0.34, y=-0.02, z=0.19),
        ]
        spool = sh.join(sh.pill(0.05, 0.015, 0.004, 18, 2), sh.pill(0.05, 0.015, 0.004, 18, 2).moved(z=0.105),
                     sh.pill(0.042, 0.09, 0.01, 18, 4).moved(z=0.015),
                     sh.rod((0, 0, 0), (0, 0, 0.16), 0.008, 8, 3))  # fmt: skip
        thread_parts = [*needle, spool.moved(x=0.2, z=0.645),
                        sh.pill(0.03, 0.03, 0.006, 14, 3).turned("x", sh.FACING).moved(x=-0.34, y=-0.08, z=0.5),
                        sh.pill(0.028, 0.05, 0.01, 14, 3).moved(x=-0.32, z=0.61)]  # fmt: skip
        thread = [(0.2, -0.03, 0.7), (-0.1, -0.03, 0.68), (-0.32, -0.085, 0.6), (-0.34, -0.09, 0.4),
                  (-0.34, -0.01, 0.24)]  # fmt: skip
        thread_parts.append(tube(thread, 0.003, 4, slot=4))
        parts += [
            *[
                wheel.moved(x=0.46, z=0.5),
                sh.rod((0.4, 0, 0.5), (0.47, 0, 0.5), 0.03, 12, 3),
                sh.rod((0.47, -0.06, 0.43), (0.56, -0.06, 0.43), 0.01, 8, 3),
                sh.rod((0.5, -0.06, 0.43), (0.58, -0.06, 0.43), 0.024, 12, 2),
            ],
            *thread_parts,
        ]
        if fabric:
            # A folded piece of cloth under the needle (slot 5), hanging over the front.
            path = sh.smooth([(0.1, 0.185), (-0.05, 0.18), (-0.2, 0.182), (-0.248, 0.16), (-0.255, 0.06)], 4)
            rings = []
            for x in np.linspace(-0.48, -0.14, 15):
                wave = 0.006 * math.sin(34.0 * x)
                line = (
                    path
                    + np.array([0.0, 0.004])
                    + wave * np.linspace(0.2, 1.0, len(path))[:, None] * np.array([-0.3, 1.0])
                )
                rings.append(sh.placed(np.concatenate([line, (line - [0.003, 0.007])[::-1]]), float(x), "x"))
            parts.append(sh.loft(rings, 5))
        return sh.join(*parts)


def tripod(height: float, spread: float, wood: int, metal: int) -> MeshData:
    """Three double legs under a head at `height`, with a brace ring; slots of wood and of metal."""
    leg = []
    for side in (-1, 1):
        leg.append(sh.rod((0.06, side * 0.04, height), (0.6 * spread, side * 0.03, 0.45 * height), 0.018, 8, wood))
    leg += [
        sh.rod((0.55 * spread, 0, 0.5 * height), (spread, 0, 0.02), 0.02, 8, wood),
        sh.cushion(0.07, 0.1, 0.05, 0.01, metal, 2).moved(x=0.59 * spread, z=0.46 * height),
        sh.rod((spread, 0, 0.04), (spread + 0.015, 0, 0.0), 0.014, 8, metal),
    ]
    leg.append(sh.rod((0.0, 0, 0.42 * height), (0.61 * spread, 0, 0.44 * height), 0.009, 6, metal))
    head = sh.join(
        sh.pill(0.1, 0.06, 0.012, 22, metal).moved(z=height - 0.03),
        sh.pill(0.04, 0.03, 0.008, 14, metal).moved(z=0.41 * height),
    )
    return sh.join(sh.around(sh.join(leg), 3, math.pi / 6), head)


class FoldingCamera(Family):
    """A folding camera: leather case, bellows, lens on its drop bed, finder; by itself or on a wooden tripod."""

    name = "camera"
    params = {"size": Span(0.3, 0.8), "tripod": Choice((False, True))}
    slots = (
        Slot("case", ("leather", "checker", "patches", "noise"), "earth", (0.02, 0.05), (0.4, 0.7)),
        Slot("bellows", ("stripes", "fabric", "leather"), "vivid", (0.02, 0.04), (0.5, 0.8)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
        Slot("wood", ("wood",), "wood", (0.02, 0.06), (0.3, 0.6)),
        Slot("glass", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
    )
    tags = ("gadget",)
    silhouette_fill = 0.4
    size = by_style("size", "tripod", {True: (1.005, 0.874, 1.925), False: (0.711, 0.72, 0.62)})

    def build(self, p: TypedParams) -> MeshData:
        stand = p.flag("tripod")
        case = sh.cushion(0.62, 0.2, 0.5, 0.04, 0, 4).moved(y=0.1, z=0.28)
        parts = [case, sh.slab(sh.superellipse(0.25, 0.2, 8.0, 32), 0.02, 0.004, (2, 2)).moved(y=0.0, z=0.28)]
        # Bellows, lens board and lens, from y = 0 forwards.
        folds = 7
        rings = []
        for k in range(2 * folds + 1):
            t = k / (2 * folds)
            reach = 1.0 - 0.45 * t - (0.17 if k % 2 else 0.0)
            rings.append(
                sh.placed(sh.superellipse(0.24 * reach, 0.2 * reach, 8.0, 32), -0.38 * t, "y") + np.array([0, 0, 0.28])
            )
        bellows = sh.loft(rings, 1).shaded(False)
        parts += [bellows, sh.plate(0.3, 0.035, 0.3, 0.008, 3).moved(y=-0.39, z=0.28)]
        lens = lathe(sh.rounded([(0, 0), (0.13, 0), (0.13, 0.03), (0.09, 0.05), (0.09, 0.12), (0.075, 0.12),
                              (0.07, 0.08), (0, 0.07)], 0.006, 2), 32, 2)  # fmt: skip
        lens = sh.painted(lens, 4, lambda c: (c[:, 2] < 0.095) & (np.hypot(c[:, 0], c[:, 1]) < 0.068))
        parts += [
            lens.turned("x", sh.FACING).moved(y=-0.4, z=0.28),
            sh.around(sh.plate(0.02, 0.05, 0.02, 0.004, 3).moved(x=0.12), 7)
            .turned("x", sh.FACING)
            .moved(y=-0.43, z=0.28),
        ]
        bed = sh.plate(0.4, 0.46, 0.025, 0.006, 3).moved(y=-0.23, z=0.06)
        rails = sh.both_sides(
            sh.join(
                sh.rod((0.1, -0.44, 0.08), (0.1, 0.0, 0.08), 0.01, 8, 2),
                sh.rod((0.19, -0.3, 0.07), (0.22, 0.0, 0.3), 0.008, 8, 2),
            )
        )
        finder = sh.join(
            sh.cushion(0.12, 0.1, 0.09, 0.014, 0, 3), sh.plate(0.08, 0.01, 0.05, 0.002, 4).moved(y=-0.05)
        ).moved(x=0.12, y=0.09, z=0.575)
        knobs = [
            sh.pill(0.05, 0.03, 0.008, 20, 2).moved(x=-0.2, y=0.1, z=0.53),
            sh.pill(0.03, 0.03, 0.006, 14, 2).moved(x=-0.06, y=0.1, z=0.53),
        ]
        strap = tube(
            sh.smooth([(-0.32, 0.1, 0.42), (-0.38, 0.1, 0.35), (-0.38, 0.1, 0.2), (-0.32, 0.1, 0.14)], 5),
            0.014,
            8,
            slot=3,
        )
        parts += [
            bed,
            rails,
            finder,
            *knobs,
            strap,
            sh.plate(0.2, 0.01, 0.06, 0.003, 2).moved(x=0.0, y=-0.004, z=0.505),
            sh.both_sides(sh.pill(0.02, 0.04, 0.004, 10, 2).moved(x=0.26, y=0.1, z=0.0)),
        ]
        whole = sh.join(*parts)
        if stand:
            whole = sh.join(whole.moved(z=1.3), tripod(1.3, 0.55, 3, 2), sh.pill(0.12, 0.04, 0.01, 24, 2).moved(z=1.29))
        return whole


_PITCHES = {"flat": 0.25, "rising": 0.6, "steep": 1.0}
"""Radians above the horizon."""


class Telescope(Family):
    """A brass telescope of three draws, one in a patterned sleeve, with a finder, on a wooden tripod."""

    name = "telescope"
    params = {"size": Span(0.7, 1.25), "pitch": Choice(("flat", "rising", "steep"))}
    slots = (
        Slot("sleeve", ("leather", "stripes", "checker", "patches", "dots"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
        Slot("draw", ("stripes", "checker", "wood"), "vivid", (0.02, 0.05), (0.2, 0.5)),
        Slot("legs", ("wood",), "wood", (0.02, 0.06), (0.3, 0.6)),
        Slot("glass", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
    )
    tags = ("gadget",)
    size = by_style(
        "size", "pitch", {"flat": (0.779, 1.271, 1.258), "rising": (0.779, 1.13, 1.453), "steep": (0.779, 0.818, 1.609)}
    )

    def build(self, p: TypedParams) -> MeshData:
        pitch = p.text("pitch")
        outline = [(0, -0.62), (0.045, -0.62), (0.05, -0.58), (0.035, -0.56), (0.035, -0.4), (0.055, -0.4),
                   (0.055, -0.12), (0.075, -0.12), (0.075, 0.5), (0.095, 0.51), (0.095, 0.66),
                   (0.08, 0.66), (0.075, 0.6), (0, 0.6)]  # fmt: skip
        barrel = lathe(sh.rounded(outline, 0.008, 2), 32, 1)
        barrel = sh.painted(barrel, 0, lambda c: (c[:, 2] > -0.1) & (c[:, 2] < 0.49))
        barrel = sh.painted(barrel, 2, lambda c: (c[:, 2] > -0.38) & (c[:, 2] < -0.14))
        barrel = sh.painted(barrel, 4, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.07) & (c[:, 2] > 0.55))
        bands = [sh.torus(0.078, 0.01, 32, 6, 1).moved(z=z) for z in (-0.1, 0.1, 0.3, 0.49)]
        finder = sh.join(
            sh.rod((0, 0, -0.2), (0, 0, 0.16), 0.02, 14, 1),
            [sh.rod((0, 0, z), (0, 0.07, z), 0.008, 6, 1) for z in (-0.12, 0.1)],
        ).moved(y=-0.13)
        knob = sh.both_sides(sh.pill(0.03, 0.03, 0.006, 14, 1).turned("y", math.pi / 2).moved(x=0.07, z=-0.2))
        # The barrel points up; a pitch of 0 would lay it towards -Y.
        tube_ = sh.join(barrel, bands, finder.scaled(y=-1.0), knob).turned("x", math.pi / 2 - _PITCHES[pitch])
        fork = sh.join(
            sh.both_sides(sh.plate(0.02, 0.08, 0.2, 0.006, 1).moved(x=0.09, z=-0.04)),
            sh.plate(0.2, 0.09, 0.03, 0.006, 1).moved(z=-0.14),
            sh.rod((-0.11, 0, 0), (0.11, 0, 0), 0.018, 12, 1),
        )
        return sh.join(
            tube_.moved(z=1.0),
            fork.moved(z=1.0),
            sh.rod((0, 0, 0.8), (0, 0, 0.87), 0.03, 14, 1),
            tripod(0.82, 0.42, 3, 1),
        )


TYPEWRITERS_AND_CAMERAS: tuple[Family, ...] = (Typewriter(), SewingMachine(), FoldingCamera(), Telescope())
