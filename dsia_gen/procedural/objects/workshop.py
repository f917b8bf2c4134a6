"""Chests, bar stools, ladders, toolboxes and fire extinguishers."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import BRASS, CLOTH, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style, multiple_of


class TreasureChest(Family):
    """A chest of boards with an arched lid, iron bands, studs and a lock; shut, or open over its gold."""

    name = "treasure_chest"
    params = {"width": Span(0.45, 1.0), "lid": Choice(("shut", "open"))}
    slots = (
        Slot("boards", ("planks", "wood"), "wood", (0.05, 0.12), (0.5, 0.8)),
        Slot("frame", ("wood", "leather", "noise"), "earth", (0.03, 0.08), (0.5, 0.8)),
        Slot("bands", ("metal", "rust"), "metal", (0.03, 0.08), (0.3, 0.6)),
        BRASS,
        Slot("gems", ("plain", "noise"), "vivid", (0.02, 0.05), (0.05, 0.2)),
    )
    uses = ("foreground", "props")
    tags = ("container", "wood")
    silhouette_fill = 0.8
    size = by_style("width", "lid", {"shut": (1.087, 0.638, 0.633), "open": (1.087, 0.801, 0.971)})

    def build(self, p: TypedParams) -> MeshData:
        lid = p.text("lid")
        parts = [
            sh.tub((0.92, 0.54), (0.96, 0.58), 0.36, 0.03, 0).moved(z=0.02),
            sh.cushion(0.98, 0.6, 0.05, 0.012, 1, 2).moved(z=0.025),
        ]
        for x in (-0.47, -0.2, 0.2, 0.47):
            parts += [
                sh.plate(0.07, 0.02, 0.36, 0.004, 2).turned("x", 0.05).moved(x=x * 0.99, y=-0.285, z=0.21),
                sh.plate(0.07, 0.02, 0.36, 0.004, 2).turned("x", -0.05).moved(x=x * 0.99, y=0.285, z=0.21),
            ]
            parts += [
                sh.ellipsoid(0.02, 0.014, 0.02, 3, 8, 4).moved(x=x * 0.99, y=-0.297 - 0.02 * (z - 0.2), z=z)
                for z in (0.1, 0.22, 0.33)
            ]
        parts += [sh.plate(1.0, 0.012, 0.045, 0.003, 1).moved(y=y, z=0.36) for y in (-0.296, 0.296)]
        cover = self.arched_lid()
        if lid == "open":
            cover = cover.moved(y=-0.29).turned("x", -1.25).moved(y=0.29)
            # A heap of coins and gems (slots 3 and 4) in the chest.
            heap = [sh.ellipsoid(0.42, 0.23, 0.12, 3, 20, 8).moved(z=0.33)]
            golden = math.pi * (3.0 - math.sqrt(5.0))
            for k in range(34):
                r, a = math.sqrt((k + 0.5) / 34), k * golden
                gold_x, y = 0.39 * r * math.cos(a), 0.21 * r * math.sin(a)
                z = 0.33 + 0.12 * math.sqrt(max(0.0, 1.0 - r * r))
                coin = cylinder(0.042, 0.016, 9, slot=3) if k % 4 else sh.ellipsoid(0.034, 0.034, 0.034, 4, 6, 4)
                heap.append(
                    coin.turned("x", 0.9 * math.sin(7.0 * k))
                    .turned("y", 0.8 * math.cos(5.0 * k))
                    .moved(x=gold_x, y=y, z=z)
                )
            parts += heap
        parts.append(cover.moved(z=0.385))
        parts += [
            sh.cushion(0.15, 0.04, 0.16, 0.014, 3, 2).moved(y=-0.3, z=0.31),
            cylinder(0.022, 0.01, 12, slot=4).turned("x", sh.FACING).moved(y=-0.318, z=0.32),
            sh.plate(0.014, 0.01, 0.05, 0.0, 4).moved(y=-0.322, z=0.295),
        ]
        ring = tube(sh.smooth([(0.49, -0.09, 0.27), (0.525, -0.08, 0.2), (0.53, 0, 0.17), (0.525, 0.08, 0.2),
                            (0.49, 0.09, 0.27)], 4), 0.014, 8, slot=3)  # fmt: skip
        parts.append(sh.both_sides(ring))
        return sh.join(*parts)

    def arched_lid(self) -> MeshData:
        """Half a barrel along X, hollow, with bands and end plates; its rim on z = 0."""
        t = np.linspace(0.0, math.pi, 15)
        outer = np.stack([-0.3 * np.cos(t), 0.24 * np.sin(t) ** 0.8], axis=1)
        shell = np.concatenate([outer, (outer * [0.9, 0.87])[::-1]])
        ends = np.concatenate([outer, [[0.3, 0.0]]])[:-1]
        parts = [
            sh.profile(shell, 0.98, 0.0, (0, 0)),
            sh.both_sides(sh.profile(ends, 0.03, 0.004, (1, 1)).moved(x=0.48)),
        ]
        band = np.concatenate([outer * 1.035, (outer * 0.98)[::-1]])
        parts += [sh.profile(band, 0.07, 0.003, (2, 2)).moved(x=x) for x in (-0.47, -0.2, 0.2, 0.47)]
        for x in (-0.2, 0.2):
            parts += [
                sh.ellipsoid(0.018, 0.018, 0.014, 3, 8, 4).moved(
                    x=x, y=float(outer[k, 0]) * 1.04, z=float(outer[k, 1]) * 1.04
                )
                for k in (3, 5, 9, 11)
            ]
        return sh.join(parts)


STOOLS = {"3": (0.468, 0.496, 0.998), "4": (0.468, 0.468, 0.998), "3b": (0.468, 0.496, 1.222),
          "4b": (0.468, 0.474, 1.222)}  # fmt: skip


class BarStool(Family):
    """A tall stool: cushion with a piped rim and a button, three or four turned legs, rings; with a back or without."""

    name = "bar_stool"
    params = {"height": Span(0.6, 0.85), "legs": Count(3, 4), "back": Choice((False, True))}
    slots = (
        Slot("cushion", (*CLOTH, "leather"), "cloth", (0.03, 0.08), (0.6, 0.9)),
        Slot("piping", ("stripes", "plain", "fabric"), "vivid", (0.01, 0.03), (0.5, 0.8)),
        Slot("legs", ("wood", "stripes"), "wood", (0.03, 0.07), (0.3, 0.6)),
        BRASS,
    )
    uses = ("foreground", "furniture")
    settings = ("indoor",)
    tags = ("furniture", "chair")
    silhouette_fill = 0.35

    def size(self, p: TypedParams) -> Extent:
        x, y, z = STOOLS[f"{p.value('legs')}{('b' if p.value('back') else '')}"]
        height = p.real("height")
        return x * height, y * height, z * height

    def build(self, p: TypedParams) -> MeshData:
        legs, back = p.count("legs"), p.flag("back")
        seat = lathe(sh.rounded([(0, 0.86), (0.2, 0.86), (0.225, 0.9), (0.2, 0.97), (0.0, 0.985)], 0.035, 4), 36, 0)
        parts = [seat, sh.torus(0.222, 0.012, 36, 8, 1).moved(z=0.895),
                 sh.pill(0.19, 0.04, 0.01, 32, 2).moved(z=0.825),
                 sh.ellipsoid(0.025, 0.025, 0.012, 1, 12, 6).moved(z=0.984)]  # fmt: skip
        bulges = [(0.0, 0.016), (0.04, 0.02), (0.1, 0.016), (0.3, 0.024), (0.5, 0.017), (0.62, 0.026),
                  (0.66, 0.018), (0.85, 0.026), (1.0, 0.02)]  # fmt: skip
        t = np.array([b[0] for b in bulges])[:, None]
        path = np.array([0.24, 0.0, 0.0]) * (1 - t) + np.array([0.14, 0.0, 0.83]) * t
        parts.append(
            sh.around(
                sh.join(
                    tube(path, [b[1] for b in bulges], 12, slot=2),
                    sh.painted(sh.pill(0.022, 0.06, 0.006, 12, 3).moved(x=0.24), 3, lambda c: c[:, 2] > -1),
                ),
                legs,
                math.pi / 4 if legs == 4 else math.pi / 2,
            )
        )
        parts += [sh.torus(0.205, 0.013, 36, 8, 3).moved(z=0.28), sh.torus(0.17, 0.009, 32, 6, 3).moved(z=0.56)]
        if back:
            parts += [sh.both_sides(sh.rod((0.13, 0.16, 0.86), (0.15, 0.22, 1.16), 0.014, 8, 3))]
            curve = [(0.2 * math.sin(a), 0.04 + 0.2 * math.cos(a) - 0.0) for a in np.linspace(-0.95, 0.95, 13)]
            inner = np.array(curve) * [0.93, 0.93]
            ring = np.concatenate([np.array(curve), inner[::-1]])
            parts.append(sh.loft([sh.placed(ring, z, "z") for z in (1.06, 1.08, 1.2, 1.22)], 0))
        return sh.join(parts)


class Ladder(Family):
    """A step ladder standing open: treads with printed mats, stays, and a tin of paint with its brush on top."""

    name = "ladder"
    params = {"height": Span(0.7, 1.5), "steps": Count(3, 6)}
    slots = (
        Slot("front", ("wood", "stripes", "noise", "checker"), "wood", (0.04, 0.1), (0.4, 0.7)),
        Slot("rear", ("wood", "noise", "plain"), "vivid", (0.03, 0.08), (0.4, 0.7)),
        Slot("treads", ("wood", "planks"), "wood", (0.03, 0.08), (0.5, 0.8)),
        Slot("iron", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("labels", ("print", "stripes", "checker"), "vivid", (0.02, 0.06), (0.4, 0.7)),
        Slot("paint", ("plain", "noise"), "vivid", (0.03, 0.06), (0.1, 0.3)),
    )
    uses = ("foreground", "props")
    tags = ("tool",)
    size = multiple_of("height", 0.555, 0.778, 1.195)

    def build(self, p: TypedParams) -> MeshData:
        steps = p.count("steps")
        lean, top = 0.36, 0.92
        parts = [sh.both_sides(self.plank((0.26, -lean, 0.0), (0.17, -0.03, top), 0.035, 0.07, 0))]
        parts.append(sh.both_sides(self.plank((0.24, lean, 0.0), (0.17, 0.06, top - 0.03), 0.03, 0.045, 1)))
        for k in range(steps):
            t = (k + 1.0) / (steps + 1.0)
            y, z, half = -lean * (1 - t) - 0.03 * t, top * t, 0.26 * (1 - t) + 0.17 * t
            parts += [
                sh.plate(2 * half - 0.03, 0.12, 0.028, 0.006, 2).moved(y=y, z=z),
                sh.plate(2 * half - 0.03, 0.1, 0.008, 0.002, 4).moved(y=y - 0.005, z=z + 0.016),
            ]
        for k in range(2):
            t = 0.3 + 0.35 * k
            half = 0.24 * (1 - t) + 0.17 * t
            parts.append(
                sh.plate(2 * half, 0.02, 0.045, 0.004, 1).moved(y=lean * (1 - t) + 0.06 * t, z=(top - 0.03) * t)
            )
        parts += [sh.plate(0.42, 0.24, 0.04, 0.008, 2).moved(y=0.0, z=top + 0.01)]
        parts += [
            sh.both_sides(sh.rod((0.22, -0.19, 0.45), (0.215, 0.2, 0.42), 0.008, 8, 3)),
            sh.both_sides(sh.pill(0.03, 0.02, 0.004, 12, 3).turned("y", math.pi / 2).moved(x=0.19, y=0.02, z=0.88)),
        ]
        tin = lathe(sh.rounded([(0, 0), (0.075, 0), (0.075, 0.16), (0.08, 0.165), (0.065, 0.165),
                             (0.065, 0.14), (0, 0.14)], 0.004, 1), 26, 5)  # fmt: skip
        tin = sh.painted(tin, 4, lambda c: (c[:, 2] > 0.03) & (c[:, 2] < 0.125) & (np.hypot(c[:, 0], c[:, 1]) > 0.07))
        bail = tube(sh.smooth([(-0.078, 0, 0.14), (-0.07, -0.05, 0.08), (0, -0.085, 0.05),
                            (0.07, -0.05, 0.08), (0.078, 0, 0.14)], 4), 0.005, 6, slot=3)  # fmt: skip
        parts += [
            sh.join(tin, bail).moved(x=-0.07, y=-0.01, z=top + 0.03),
            sh.rod((-0.09, 0.02, 1.02), (-0.02, -0.02, 1.19), 0.012, 8, 1),
            sh.cushion(0.07, 0.025, 0.06, 0.008, 3, 2).moved(x=0.12, z=top + 0.06),
        ]
        return sh.join(*parts)

    def plank(
        self, foot: tuple[float, float, float], head: tuple[float, float, float], width: float, depth: float, slot: int
    ) -> MeshData:
        """A board between two points, `width` along X and `depth` along Y."""
        section = np.array([(-width, -depth), (width, -depth), (width, depth), (-width, depth)]) / 2.0
        section = sh.rounded(section, 0.008, 1, closed=True)
        rings = [
            sh.placed(section, 0.0, "z") + np.asarray(foot) * (1 - t) + np.asarray(head) * t
            for t in np.linspace(0.0, 1.0, 7)
        ]
        return sh.loft(rings, slot)


class Toolbox(Family):
    """A tool box with a printed side, latches and a handle: shut, or an open trug with its tools."""

    name = "toolbox"
    params = {"width": Span(0.38, 0.7), "style": Choice(("chest", "trug"))}
    slots = (
        Slot("body", ("noise", "checker", "stripes", "rust", "patches", "wood"), "vivid", (0.04, 0.1), (0.3, 0.6)),
        Slot("lid", ("stripes", "checker", "plain", "wood"), "vivid", (0.03, 0.08), (0.3, 0.6)),
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
        Slot("labels", ("print", "stripes", "checker"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        Slot("grips", ("wood", "noise"), "earth", (0.02, 0.05), (0.4, 0.7)),
    )
    uses = ("foreground", "props")
    tags = ("tool", "container")
    silhouette_fill = 0.7
    size = by_style("width", "style", {"chest": (1.012, 0.526, 0.561), "trug": (1.0, 0.5, 0.67)})

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        if style == "chest":
            roof = [(-0.24, 0.3), (0.24, 0.3), (0.24, 0.36), (0.12, 0.46), (-0.12, 0.46), (-0.24, 0.36)]
            parts = [
                sh.cushion(1.0, 0.5, 0.3, 0.025, 0, 3).moved(z=0.16),
                sh.profile(sh.rounded(roof, 0.03, 3, closed=True), 0.99, 0.02, (1, 1)),
            ]
            parts += [sh.plate(0.56, 0.012, 0.16, 0.003, 3).moved(y=y, z=0.16) for y in (-0.25, 0.25)]
            parts += [
                sh.both_sides(sh.cushion(0.09, 0.03, 0.12, 0.01, 2, 3).moved(x=0.36, y=-0.255, z=0.29)),
                sh.both_sides(sh.plate(0.012, 0.3, 0.16, 0.003, 3).moved(x=0.5, z=0.16)),
            ]
            parts += [
                sh.both_sides(sh.cushion(0.06, 0.06, 0.1, 0.015, 2, 3).moved(x=0.22, z=0.49)),
                sh.rod((-0.25, 0, 0.54), (0.25, 0, 0.54), 0.032, 14, 4),
            ]
            parts += [sh.cushion(0.05, 0.508, 0.05, 0.012, 2, 3).moved(x=x, y=0.0, z=0.035) for x in (-0.47, 0.47)]
            parts += [
                sh.ellipsoid(0.016, 0.01, 0.016, 2, 10, 6).moved(x=x, y=-0.25, z=z)
                for x in (-0.44, -0.32, 0.32, 0.44)
                for z in (0.08, 0.22)
            ]
        else:
            parts = self.tool_trug()
        return sh.join(*parts)

    def tool_trug(self) -> list[MeshData]:
        gable = [(-0.25, 0.0), (0.25, 0.0), (0.25, 0.24), (0.07, 0.52), (-0.07, 0.52), (-0.25, 0.24)]
        parts = [sh.both_sides(sh.profile(sh.rounded(gable, 0.03, 3, closed=True), 0.04, 0.006, (1, 1)).moved(x=0.48))]
        parts += [sh.plate(0.94, 0.03, 0.22, 0.005, 0).moved(y=y, z=0.12) for y in (-0.225, 0.225)] + [
            sh.plate(0.94, 0.44, 0.03, 0.004, 0).moved(z=0.03)
        ]
        parts += [sh.plate(0.5, 0.012, 0.13, 0.002, 3).moved(y=y, z=0.12) for y in (-0.241, 0.241)]
        parts += [
            sh.rod((-0.49, 0, 0.45), (0.49, 0, 0.45), 0.03, 14, 4),
            sh.plate(0.9, 0.4, 0.02, 0.003, 3).moved(z=0.12),
        ]
        hammer = [
            sh.rod((0, 0, 0), (0, 0, 0.5), (0.022, 0.018), 10, 4),
            sh.cushion(0.2, 0.06, 0.06, 0.012, 2, 3).moved(x=0.02, z=0.5),
            sh.rod((0.1, 0, 0.5), (0.14, 0, 0.5), 0.036, 14, 2),
        ]
        driver = [sh.rod((0, 0, 0), (0, 0, 0.2), 0.012, 8, 2), sh.pill(0.035, 0.17, 0.02, 16, 3).moved(z=0.2)]
        saw = [
            sh.profile([(0.0, 0.0), (0.05, 0.16), (0.13, 0.16), (0.14, 0.0)], 0.03, 0.004, (4, 4)),
            sh.profile([(0.14, 0.01), (0.13, 0.15), (0.6, 0.09), (0.6, 0.05)], 0.008, 0.0, (2, 2)),
        ]
        wrench = [
            sh.plate(0.05, 0.018, 0.4, 0.006, 2).moved(z=0.2),
            sh.torus(0.05, 0.018, 18, 8, 2).turned("x", sh.FACING).moved(z=0.43),
        ]
        parts += [
            sh.join(hammer).turned("y", -0.35).moved(x=-0.1, y=-0.09, z=0.1),
            sh.join(driver).turned("y", 0.3).moved(x=0.02, y=0.1, z=0.13),
        ]
        parts += [
            sh.join(driver).turned("y", -0.2).moved(x=0.36, y=-0.1, z=0.12),
            sh.join(wrench).turned("y", 0.5).moved(x=0.08, y=-0.13, z=0.1),
        ]
        parts.append(sh.join(saw).turned("z", math.pi / 2).turned("y", 0.55).moved(x=0.42, y=0.14, z=0.28))
        return parts


class FireExtinguisher(Family):
    """An extinguisher: bottle with a label and a band, two levers, a gauge, a hose with a nozzle or a horn."""

    name = "fire_extinguisher"
    params = {"height": Span(0.45, 0.75), "horn": Choice((False, True))}
    slots = (
        Slot("bottle", ("noise", "stripes", "patches", "checker"), "red", (0.04, 0.1), (0.15, 0.4)),
        Slot("label", ("print",), "light", (0.03, 0.07), (0.3, 0.6)),
        Slot("band", ("checker", "stripes", "dots"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        BRASS,
        Slot("rubber", ("plain", "noise"), "dark", (0.01, 0.03), (0.4, 0.7)),
    )
    settings = ("indoor",)
    tags = ("tool",)
    size = multiple_of("height", 0.357, 0.337, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        horn = p.flag("horn")
        body = lathe(sh.rounded([(0, 0.03), (0.13, 0.03), (0.14, 0.05), (0.14, 0.7), (0.1, 0.79),
                              (0.05, 0.83), (0.05, 0.86), (0, 0.86)], 0.03, 4), 36, 0)  # fmt: skip
        foot = lathe([(0.12, 0.0), (0.13, 0.0), (0.142, 0.06), (0.14, 0.06), (0.12, 0.0)], 36, 4)
        label = lathe([(0.139, 0.22), (0.1425, 0.225), (0.1425, 0.515), (0.139, 0.52)], 36, 1)
        band = lathe([(0.139, 0.58), (0.1425, 0.582), (0.1425, 0.648), (0.139, 0.65)], 36, 2)
        hose = sh.smooth(
            [(0.03, 0.0, 0.92), (0.13, -0.01, 0.93), (0.19, -0.02, 0.82), (0.185, -0.03, 0.6), (0.168, -0.03, 0.42)], 6
        )
        # Valve, gauge, two levers and the pin with its ring.
        valve = [
            sh.pill(0.045, 0.06, 0.008, 20, 3).moved(z=0.85),
            sh.cushion(0.06, 0.09, 0.06, 0.012, 3, 3).moved(z=0.92),
            sh.rod((0, -0.05, 0.9), (0, -0.075, 0.9), 0.016, 12, 3),
        ]
        gauge = (
            sh.join(sh.pill(0.036, 0.02, 0.005, 22, 3), sh.pill(0.029, 0.023, 0.003, 20, 1))
            .turned("x", sh.FACING)
            .moved(y=-0.065, z=0.9)
        )
        lever = [sh.profile(sh.rounded([(-0.02, 0.945), (0.02, 0.95), (0.19, 0.99), (0.19, 1.01), (0.0, 0.985),
                                  (-0.03, 0.97)], 0.008, 2, closed=True), 0.04, 0.006, (4, 4)),
                 sh.profile(sh.rounded([(0.0, 0.9), (0.05, 0.895), (0.18, 0.88), (0.18, 0.9), (0.05, 0.925),
                                  (0.0, 0.93)], 0.006, 2, closed=True), 0.036, 0.006, (4, 4))]  # fmt: skip
        pin = [
            sh.torus(0.028, 0.005, 18, 6, 3).turned("y", math.pi / 2).moved(x=0.045, z=0.955),
            sh.rod((-0.04, 0, 0.955), (0.045, 0, 0.955), 0.006, 8, 3),
        ]
        parts = [body, foot, label, band, *[*valve, gauge, *lever, *pin], tube(hose, 0.018, 10, slot=4)]
        if horn:
            parts.append(lathe([(0.016, 0.0), (0.02, -0.06), (0.045, -0.24), (0.04, -0.24), (0.0, -0.05)],
                               20, 2).flipped().moved(x=0.168, y=-0.03, z=0.42))  # fmt: skip
        else:
            parts.append(sh.rod((0.168, -0.03, 0.43), (0.166, -0.03, 0.3), (0.022, 0.012), 12, 3))
        parts += [sh.torus(0.1425, 0.006, 36, 6, 3).moved(z=z) for z in (0.21, 0.53)] + [
            sh.cushion(0.05, 0.05, 0.02, 0.006, 4, 2).moved(x=0.16, y=-0.03, z=0.5)
        ]
        return sh.join(parts)


WORKSHOP: tuple[Family, ...] = (TreasureChest(), BarStool(), Ladder(), Toolbox(), FireExtinguisher())
