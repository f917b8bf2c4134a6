"""Toys that stand on a floor, a drum and a guitar."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import STEEL, TIMBER
from dsia_gen.procedural.params import Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import Extent, multiple_of, turned, upright


class ToyBlocks(Family):
    """A tower of printed blocks, each turned a little from the one below."""

    name = "toy_blocks"
    params = {"edge": Span(0.12, 0.3), "count": Count(1, 4), "twist": Span(0.2, 1.0)}
    slots = (
        Slot("first", ("wood", "plain", "checker", "stripes"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("second", ("wood", "plain", "dots", "patches"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("third", ("wood", "plain", "stripes", "checker"), "vivid", (0.03, 0.07), (0.3, 0.6)),
        Slot("faces", ("print",), "vivid", (0.04, 0.1), (0.3, 0.6)),
    )
    tags = ("toy",)
    silhouette_fill = 0.85

    def size(self, p: TypedParams) -> Extent:
        edge, turn = p.real("edge"), p.real("twist") / 2.0
        side = edge * (math.cos(turn) + math.sin(turn))
        return side, side, p.count("count") * edge

    def build(self, p: TypedParams) -> MeshData:
        edge, count, twist = p.real("edge"), p.count("count"), p.real("twist")
        parts = []
        for k in range(count):
            block = sh.join(
                sh.cushion(edge, edge, edge, 0.1 * edge, k % 3, 4),
                [
                    sh.cushion(0.76 * edge, 0.02 * edge, 0.76 * edge, 0.008 * edge, 3, 2)
                    .moved(y=-0.495 * edge)
                    .turned("z", a)
                    for a in (0.0, math.pi / 2, math.pi, -math.pi / 2)
                ],
            )
            turn = twist * (k * 0.618 % 1.0 - 0.5)
            parts.append(block.turned("z", turn).moved(x=0.0, z=(k + 0.5) * edge))
        return sh.join(parts)


class Robot(Family):
    """A tin robot: dials on its chest, lamp eyes, hose arms with claws, block feet, a spring antenna."""

    name = "robot"
    params = {"height": Span(0.4, 1.2)}
    slots = (
        Slot("shell", ("noise", "plain", "patches", "stripes", "rust"), "vivid", (0.05, 0.12), (0.25, 0.5)),
        Slot("accent", ("plain", "stripes", "checker", "print"), "vivid", (0.03, 0.07), (0.25, 0.5)),
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("lamps", ("plain",), "vivid", (0.02, 0.05), (0.1, 0.3)),
        Slot("face", ("plain", "noise"), "dark", (0.02, 0.05), (0.1, 0.4)),
    )
    tags = ("toy",)
    size = multiple_of("height", 0.61, 0.405, 0.994)

    def build(self, p: TypedParams) -> MeshData:
        trunk = sh.cushion(0.36, 0.24, 0.34, 0.04, 0, 3).moved(z=0.46)
        panel = sh.cushion(0.27, 0.02, 0.2, 0.008, 1, 2).moved(y=-0.122, z=0.47)
        dials = [
            sh.pill(r, 0.02, 0.005, 14, 2).turned("x", math.pi / 2).moved(x=x, y=-0.125, z=z)
            for x, z, r in ((-0.075, 0.515, 0.035), (0.03, 0.525, 0.024), (0.09, 0.525, 0.02))
        ]
        keys = [
            sh.cushion(0.036, 0.022, 0.022, 0.006, 3, 2).moved(x=-0.085 + 0.057 * k, y=-0.134, z=0.425)
            for k in range(4)
        ]
        neck = [sh.torus(0.06, 0.016, 16, 6, 2).moved(z=0.645 + 0.02 * k) for k in range(2)]
        head = sh.cushion(0.27, 0.22, 0.2, 0.05, 0, 3).moved(z=0.78)
        face = sh.cushion(0.22, 0.02, 0.13, 0.01, 4, 2).moved(y=-0.108, z=0.785)
        eyes = sh.both_sides(
            sh.join(sh.torus(0.032, 0.009, 14, 6, 2), sh.ellipsoid(0.03, 0.03, 0.02, 3, 12, 6))
            .turned("x", math.pi / 2)
            .moved(x=0.058, y=-0.118, z=0.805)
        )
        teeth = sh.cushion(0.12, 0.012, 0.022, 0.005, 2, 2).moved(y=-0.119, z=0.742)
        ears = sh.both_sides(sh.pill(0.045, 0.035, 0.01, 14, 1).turned("y", math.pi / 2).moved(x=0.125, z=0.79))
        s = np.linspace(0, 4 * sh.TAU, 33)
        spring = tube(
            np.stack([0.014 * np.cos(s), 0.014 * np.sin(s), 0.875 + 0.07 * s / s[-1]], axis=1), 0.004, 5, slot=2
        )
        knob = sh.ellipsoid(0.026, 0.026, 0.026, 3, 12, 8).moved(z=0.968)
        shoulder = sh.ellipsoid(0.055, 0.055, 0.055, 1, 14, 8).moved(x=0.2, z=0.565)
        path = sh.smooth([(0.2, 0, 0.56), (0.262, -0.005, 0.48), (0.265, -0.05, 0.39), (0.255, -0.11, 0.34)], 7)
        ridges = 0.031 + 0.006 * np.cos(np.arange(len(path)) * math.pi)
        claw = sh.slab(sh.rounded([(-0.045, 0.0), (-0.05, -0.07), (-0.022, -0.07), (-0.018, -0.03),
                             (0.018, -0.03), (0.022, -0.07), (0.05, -0.07),
                             (0.045, 0.0)], 0.012, 2, closed=True), 0.03, 0.008, (1, 1))  # fmt: skip
        hand = (
            sh.join(sh.pill(0.042, 0.03, 0.008, 12, 2).moved(z=-0.01), claw)
            .turned("x", -0.9)
            .moved(x=0.254, y=-0.115, z=0.335)
        )
        arms = sh.both_sides(sh.join(shoulder, tube(path, ridges, 8, slot=2), hand))
        rings = [sh.torus(0.05, 0.018, 12, 6, 2).moved(x=0.095, z=0.14 + 0.055 * k) for k in range(3)]
        shin = sh.rod((0.095, 0, 0.08), (0.095, 0, 0.3), 0.045, 16, 2)
        foot = sh.cushion(0.15, 0.24, 0.1, 0.035, 1, 3).moved(x=0.097, y=-0.03, z=0.05)
        toe = sh.cushion(0.13, 0.015, 0.04, 0.006, 3, 2).moved(x=0.097, y=-0.15, z=0.045)
        legs = sh.both_sides(sh.join(rings, shin, foot, toe))
        key = sh.join(
            sh.rod((0, 0.11, 0.48), (0, 0.17, 0.48), 0.012, 10, 2),
            sh.torus(0.03, 0.01, 12, 5, 2).turned("y", math.pi / 2).moved(y=0.19, z=0.51),
            sh.torus(0.03, 0.01, 12, 5, 2).turned("y", math.pi / 2).moved(y=0.19, z=0.45),
        )
        return sh.join(trunk, panel, dials, keys, neck, head, face, eyes, teeth, ears, spring, knob, arms, legs, key)


class PlushBear(Family):
    """A sitting teddy bear: snout, ears, paws with pads, belly patch, a bow tie."""

    name = "plush_bear"
    params = {"height": Span(0.4, 1.1)}
    slots = (
        Slot("fur", ("knit", "fabric", "noise", "patches"), "earth", (0.012, 0.03), (0.8, 0.95)),
        Slot("pads", ("fabric", "plain", "checker", "dots"), "light", (0.015, 0.04), (0.7, 0.9)),
        Slot("nose", ("plain",), "dark", (0.02, 0.05), (0.1, 0.3)),
        Slot("tie", ("dots", "stripes", "checker", "fabric"), "vivid", (0.015, 0.04), (0.5, 0.8)),
    )
    tags = ("toy",)
    size = multiple_of("height", 0.85, 0.66, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        trunk = sh.ellipsoid(0.235, 0.2, 0.27, 0, 24, 14, 2.2).moved(z=0.27)
        belly = sh.ellipsoid(0.16, 0.08, 0.18, 1, 20, 10).moved(y=-0.15, z=0.26)
        head = sh.ellipsoid(0.225, 0.195, 0.19, 0, 24, 14, 2.2).moved(y=-0.02, z=0.7)
        snout = sh.ellipsoid(0.1, 0.09, 0.08, 1, 20, 12).moved(y=-0.19, z=0.655)
        nose = sh.ellipsoid(0.04, 0.026, 0.028, 2, 14, 8).moved(y=-0.276, z=0.685)
        mouth = tube(sh.smooth([(-0.04, -0.255, 0.625), (-0.018, -0.274, 0.612), (0, -0.28, 0.632),
                             (0.018, -0.274, 0.612), (0.04, -0.255, 0.625)], 3), 0.006, 6, slot=2)  # fmt: skip
        eyes = sh.both_sides(sh.ellipsoid(0.026, 0.02, 0.028, 2, 14, 8).moved(x=0.085, y=-0.193, z=0.745))
        ear = sh.join(
            sh.ellipsoid(0.085, 0.045, 0.085, 0, 18, 10), sh.ellipsoid(0.055, 0.03, 0.055, 1, 16, 8).moved(y=-0.028)
        )
        ears = sh.both_sides(ear.turned("z", 0.25).moved(x=0.165, y=-0.01, z=0.865))
        arm = sh.join(
            sh.ellipsoid(0.085, 0.085, 0.19, 0, 18, 10).turned("y", -0.62),
            sh.ellipsoid(0.055, 0.05, 0.055, 1, 14, 8).moved(x=0.1, y=-0.03, z=-0.135),
        )
        arms = sh.both_sides(arm.turned("x", -0.35).moved(x=0.25, y=-0.08, z=0.38))
        leg = sh.join(
            sh.ellipsoid(0.11, 0.2, 0.105, 0, 18, 10),
            sh.ellipsoid(0.1, 0.06, 0.125, 0, 16, 10).moved(y=-0.17, z=0.02),
            sh.ellipsoid(0.068, 0.03, 0.085, 1, 16, 8).moved(y=-0.214, z=0.025),
        )
        legs = sh.both_sides(leg.turned("z", 0.42).moved(x=0.2, y=-0.19, z=0.112))
        tie = sh.join(
            sh.both_sides(sh.ellipsoid(0.075, 0.03, 0.06, 3, 16, 10, 2.6).moved(x=0.075)),
            sh.ellipsoid(0.03, 0.035, 0.035, 3, 12, 8),
        ).moved(y=-0.19, z=0.51)
        return sh.join(trunk, belly, head, snout, nose, mouth, eyes, ears, arms, legs, tie)


class Duck(Family):
    """A bath duck."""

    name = "duck"
    params = {"length": Span(0.3, 0.9)}
    slots = (
        Slot("body", ("plain", "noise", "dots", "patches"), "vivid", (0.03, 0.08), (0.15, 0.4)),
        Slot("wings", ("plain", "stripes", "checker", "dots"), "vivid", (0.03, 0.07), (0.15, 0.4)),
        Slot("bill", ("plain", "noise"), "vivid", (0.03, 0.06), (0.2, 0.4)),
        Slot("pupils", ("plain",), "dark", (0.02, 0.05), (0.1, 0.2)),
        Slot("whites", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
    )
    tags = ("toy",)
    size = multiple_of("length", 0.71, 1.0, 0.8)

    def build(self, p: TypedParams) -> MeshData:
        ys = np.array([-0.36, -0.33, -0.24, -0.08, 0.1, 0.24, 0.36, 0.45, 0.49])
        half = np.array([0.02, 0.14, 0.25, 0.31, 0.3, 0.24, 0.15, 0.07, 0.015])
        low = np.array([0.16, 0.07, 0.015, 0.0, 0.0, 0.04, 0.13, 0.24, 0.32])
        high = np.array([0.22, 0.32, 0.42, 0.45, 0.42, 0.4, 0.4, 0.4, 0.38])
        table = sh.smooth(np.stack([ys, half, low, high], axis=1), 3)
        body = sh.oval_loft([(y, a, (t - b) / 2, (t + b) / 2) for y, a, b, t in table], 2.3, 32, "y")
        body = sh.painted(body, 1, lambda c: c[:, 2] < 0.1)
        head = sh.ellipsoid(0.205, 0.205, 0.195, 0, 28, 16).moved(y=-0.2, z=0.6)
        neck = lathe(sh.smooth([(0.2, 0.0), (0.155, 0.09), (0.16, 0.16)], 4), 28).moved(y=-0.19, z=0.37)
        bill = sh.join(
            sh.ellipsoid(0.095, 0.1, 0.03, 2, 20, 10).turned("x", -0.22).moved(y=-0.41, z=0.575),
            sh.ellipsoid(0.085, 0.085, 0.026, 2, 20, 10).turned("x", 0.12).moved(y=-0.39, z=0.54),
        )
        eyes = sh.both_sides(
            sh.join(
                sh.ellipsoid(0.042, 0.025, 0.05, 4, 14, 8), sh.ellipsoid(0.026, 0.02, 0.034, 3, 12, 8).moved(y=-0.012)
            )
            .turned("z", 0.5)
            .moved(x=0.1, y=-0.375, z=0.655)
        )
        wing = sh.bent(
            sh.ellipsoid(0.05, 0.2, 0.12, 1, 24, 12),
            lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0], 0.9 * np.maximum(v[:, 1], 0) ** 1.5], axis=1),
        )
        wings = sh.both_sides(wing.turned("z", 0.12).moved(x=0.3, y=0.09, z=0.27))
        return sh.join(body, head, neck, bill, eyes, wings)


class SpinningTop(Family):
    """A humming top on its tip: a painted body with a beaded edge and a twisted handle."""

    name = "spinning_top"
    params = {"diameter": Span(0.2, 0.5), "tallness": Span(0.85, 1.15)}
    slots = (
        Slot("body", ("stripes", "dots", "patches", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
        Slot("band", ("checker", "print", "stripes"), "vivid", (0.02, 0.06), (0.15, 0.4)),
        Slot("metal", ("metal", "wood"), "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("crown", ("plain", "checker", "dots"), "vivid", (0.02, 0.05), (0.15, 0.4)),
    )
    tags = ("toy",)
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        curve = sh.smooth(
            [(0.03, 0.06), (0.2, 0.13), (0.42, 0.28), (0.5, 0.43), (0.46, 0.53), (0.3, 0.61), (0.1, 0.66)], 5
        )
        body = lathe([(0, 0), (0.018, 0.02), *curve, (0.035, 0.68), (0.03, 0.82), (0.03, 0.9), (0, 0.9)], 40)
        body = sh.painted(body, 1, lambda c: (c[:, 2] > 0.34) & (c[:, 2] < 0.5))
        body = sh.painted(body, 2, lambda c: (c[:, 2] > 0.67) | (c[:, 2] < 0.075))
        body = sh.painted(body, 3, lambda c: (c[:, 2] > 0.5) & (c[:, 2] < 0.6))
        bands = [sh.torus(r, 0.011, 40, 8, 2).moved(z=z) for z, r in ((0.34, 0.466), (0.5, 0.484))]
        knob = sh.ellipsoid(0.065, 0.065, 0.055, 2, 20, 12).moved(z=0.945)
        return sh.join(body, bands, knob)


class Drum(Family):
    """A parade drum: hoops, zigzag cords, a patterned shell, two sticks across the skin."""

    name = "drum"
    params = {"diameter": Span(0.32, 0.56), "height": Span(0.28, 0.5), "cords": Count(7, 11)}
    slots = (
        Slot("shell", ("patches", "stripes", "print", "wood", "noise"), "vivid", (0.04, 0.12), (0.3, 0.6)),
        Slot("hoops", ("wood", "checker", "stripes", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        Slot("skin", ("noise", "plain", "print"), "light", (0.05, 0.15), (0.5, 0.8)),
        Slot("cords", ("wood", "plain"), "light", (0.01, 0.03), (0.5, 0.8)),
    )
    tags = ("music",)
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        diameter, h, cords = p.real("diameter"), p.real("height"), p.count("cords")
        r, tall = diameter / 2 - 0.012, h - 0.03
        shell = lathe([(0, 0.012), (r - 0.004, 0.012), (r - 0.004, tall - 0.012), (0, tall - 0.012)], 48)
        shell = sh.painted(shell, 2, lambda c: (c[:, 2] > tall - 0.02) | (c[:, 2] < 0.02))
        hoop = lathe(
            sh.rounded([(r - 0.01, 0), (r + 0.012, 0), (r + 0.012, 0.045), (r - 0.01, 0.045)], 0.006, 2), 48, 1
        )
        hoops = [hoop, hoop.moved(z=tall - 0.045)]
        points = [
            (r + 0.006, sh.TAU * (k + 0.5 * s) / cords, 0.045 if s == 0 else tall - 0.045)
            for k in range(cords)
            for s in (0, 1)
        ]
        path = np.array([(q * math.cos(a), q * math.sin(a), z) for q, a, z in points])
        rope = tube(path, 0.005, 6, closed=True, slot=3)
        tags = [
            sh.cushion(0.026, 0.012, 0.04, 0.005, 3, 2)
            .moved(y=-r - 0.006, z=0.5 * tall - 0.12 * tall)
            .turned("z", sh.TAU * k / cords)
            for k in range(cords)
        ]
        stick = sh.join(
            sh.rod((-0.5 * diameter, 0, 0), (0.34 * diameter, 0, 0), (0.009, 0.007), 8, 3),
            sh.ellipsoid(0.018, 0.012, 0.012, 3, 10, 8).moved(x=0.35 * diameter),
        )
        sticks = [
            stick.turned("z", a).moved(y=y, z=tall + 0.008 + dz)
            for a, y, dz in ((0.5, -0.02, 0.0), (-0.45, 0.03, 0.012))
        ]
        return sh.join(shell, hoops, rope, tags, sticks)


class Guitar(Family):
    """An acoustic guitar standing upright: bound body, rosette, bridge, frets, headstock, strings."""

    name = "guitar"
    params = {"height": Span(0.95, 1.1)}
    slots = (
        Slot("top", ("wood", "print", "stripes", "patches"), "wood", (0.02, 0.06), (0.2, 0.4)),
        Slot("sides", TIMBER, "wood", (0.02, 0.05), (0.2, 0.4)),
        Slot("head", ("wood", "plain"), "dark", (0.02, 0.05), (0.2, 0.4)),
        Slot("dark", ("plain", "wood"), "dark", (0.01, 0.03), (0.3, 0.5)),
        Slot("trim", ("metal", "plain"), "light", (0.01, 0.03), (0.2, 0.4)),
    )
    tags = ("music",)
    silhouette_fill = 0.4
    size = multiple_of("height", 0.382, 0.144, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        right = np.array([(0.0, 0.0), (0.1, 0.006), (0.17, 0.06), (0.188, 0.14), (0.155, 0.23),
                          (0.118, 0.3), (0.128, 0.37), (0.132, 0.42), (0.095, 0.472), (0.03, 0.482)])  # fmt: skip
        outline = sh.smooth(np.concatenate([right, right[:0:-1] * [-1.0, 1.0]]), 4, closed=True)
        body = sh.slab(outline, 0.1, 0.004, (0, 1))
        body = sh.painted(body, 1, lambda c: c[:, 1] > 0.02)
        body = body.grained("z", 2)
        binding = [
            tube(sh.placed(sh.inset(outline, 0.001), s * 0.05, "y"), 0.004, 5, closed=True, slot=4) for s in (-1, 1)
        ]
        hole = sh.pill(0.05, 0.002, 0.0005, 32, 3).turned("x", math.pi / 2).moved(y=-0.05, z=0.31)
        rosette = [sh.torus(q, 0.004, 32, 5, 4).turned("x", math.pi / 2).moved(y=-0.05, z=0.31) for q in (0.053, 0.064)]
        guard = sh.slab(sh.smooth([(0.02, 0.25), (0.06, 0.28), (0.075, 0.34), (0.1, 0.3), (0.09, 0.23),
                             (0.05, 0.21)], 3, closed=True), 0.003, 0.001, (3, 3)).moved(y=-0.051)  # fmt: skip
        bridge = sh.cushion(0.16, 0.018, 0.026, 0.006, 3, 2).moved(y=-0.057, z=0.14)
        neck = sh.oval_loft(
            [
                (z, a, b, -0.045 + b)
                for z, a, b in ((0.4, 0.03, 0.03), (0.5, 0.029, 0.014), (0.84, 0.024, 0.012), (0.86, 0.024, 0.012))
            ],
            2.6,
            16,
            "z",
            1,
        )
        board = sh.cushion(0.056, 0.01, 0.48, 0.002, 3, 2).moved(y=-0.057, z=0.61)
        frets = [
            sh.cushion(0.054, 0.004, 0.003, 0.001, 4, 2).moved(y=-0.063, z=0.85 - 0.6 * (1 - 2 ** (-k / 12)))
            for k in range(1, 16)
        ]
        head = sh.slab(sh.rounded([(-0.026, 0.0), (-0.04, 0.03), (-0.036, 0.14), (0.0, 0.15), (0.036, 0.14),
                             (0.04, 0.03), (0.026, 0.0)], 0.012, 3, closed=True), 0.018, 0.003, (2, 1))  # fmt: skip
        pegs = sh.both_sides(
            sh.join(
                sh.join(
                    sh.rod((0.03, 0, z), (0.056, 0, z), 0.004, 6, 4),
                    sh.ellipsoid(0.011, 0.006, 0.012, 4, 10, 6).moved(x=0.06, z=z),
                    sh.rod((0.022, -0.02, z), (0.022, 0, z), 0.004, 6, 4),
                )
                for z in (0.035, 0.075, 0.115)
            )
        )
        top = sh.join(head, pegs).turned("x", 0.22).moved(y=-0.045, z=0.85)
        strings = [
            sh.rod((x * 1.7, -0.068, 0.14), (x, -0.066, 0.852), 0.0011, 4, 4) for x in np.linspace(-0.019, 0.019, 6)
        ]
        return sh.join(body, binding, hole, rosette, guard, bridge, neck, board, frets, top, strings)


TOYS: tuple[Family, ...] = (ToyBlocks(), Robot(), PlushBear(), Duck(), SpinningTop(), Drum(), Guitar())
