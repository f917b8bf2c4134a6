"""A rocket, a locomotive and a sailing boat."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import STEEL
from dsia_gen.procedural.params import Choice, Span, TypedParams
from dsia_gen.procedural.primitives import lathe
from dsia_gen.procedural.sizes import Extent, multiple_of


class Rocket(Family):
    """A toy rocket: striped hull, pointed nose, portholes, fins and a nozzle."""

    name = "rocket"
    params = {"height": Span(0.5, 1.3), "fins": Choice((3, 4, 6))}
    slots = (
        Slot("hull", ("plain", "stripes", "checker", "dots", "patches"), "light", (0.04, 0.1), (0.2, 0.5)),
        Slot("fins", ("plain", "checker", "stripes", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("bands", ("checker", "stripes", "plain"), "vivid", (0.02, 0.06), (0.2, 0.5)),
        Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("panes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
    )
    tags = ("toy", "flies")
    silhouette_fill = 0.4

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        x, y = {3: (0.545, 0.506), 4: (0.62, 0.62), 6: (0.545, 0.62)}[p.count("fins")]
        return x * height, y * height, height

    def build(self, p: TypedParams) -> MeshData:
        fins = p.count("fins")
        curve = sh.smooth(
            [(0.1, 0.1), (0.16, 0.2), (0.185, 0.36), (0.18, 0.55), (0.145, 0.74), (0.08, 0.9), (0.03, 0.965)], 4
        )
        hull = lathe([(0, 0.1), *curve, (0, 0.985)], 36)
        hull = sh.painted(hull, 1, lambda c: c[:, 2] > 0.74)
        hull = sh.painted(hull, 2, lambda c: (c[:, 2] > 0.3) & (c[:, 2] < 0.37) | (c[:, 2] < 0.14))
        nozzle = lathe([(0.06, 0.12), (0.11, 0.035), (0.1, 0.035), (0, 0.1)], 28, 3).flipped()
        outline = sh.smooth([(0.13, 0.14), (0.16, 0.36), (0.24, 0.28), (0.3, 0.14), (0.31, 0.0), (0.26, 0.02),
                          (0.2, 0.13)], 4, closed=True)  # fmt: skip
        blades = sh.around(sh.slab(outline[::2], 0.03, 0.012, (1, 1)), fins, -math.pi / 2)
        bands = [sh.torus(r, 0.008, 32, 6, 3).moved(z=z) for z, r in ((0.3, 0.181), (0.37, 0.186), (0.742, 0.146))]
        ports = [
            sh.join(sh.torus(0.052 * k, 0.012 * k, 18, 6, 3), sh.ellipsoid(0.05 * k, 0.05 * k, 0.012, 4, 14, 6))
            .turned("x", math.pi / 2 - t)
            .moved(y=-y, z=z)
            for y, z, k, t in ((0.176, 0.56, 1.0, 0.09), (0.152, 0.7, 0.62, 0.2))
        ]
        back = [port.turned("z", math.pi) for port in ports]
        antenna = sh.ellipsoid(0.014, 0.014, 0.014, 2, 12, 8).moved(z=0.986)
        return sh.join(hull, nozzle, blades, bands, ports, back, antenna)


class Locomotive(Family):
    """A toy steam engine: boiler with bands, funnel and dome, cab with windows, wheels with rods, cow-catcher."""

    name = "locomotive"
    params = {"length": Span(0.55, 1.1)}
    slots = (
        Slot("paint", ("plain", "noise", "wood", "patches"), "vivid", (0.05, 0.12), (0.2, 0.5)),
        Slot("dark", ("plain", "noise"), "dark", (0.03, 0.08), (0.3, 0.6)),
        Slot("accent", ("plain", "stripes", "checker", "dots"), "vivid", (0.02, 0.05), (0.2, 0.5)),
        Slot("tyres", ("plain",), "dark", (0.02, 0.05), (0.2, 0.5)),
        Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
    )
    tags = ("toy", "vehicle")
    silhouette_fill = 0.65
    size = multiple_of("length", 0.36, 1.0, 0.62)

    def build(self, p: TypedParams) -> MeshData:
        boiler = lathe(sh.rounded([(0, -0.4), (0.135, -0.4), (0.135, 0.14), (0, 0.14)], 0.02, 2), 28).turned(
            "x", -math.pi / 2
        )
        boiler = boiler.moved(z=0.31)
        bands = [
            sh.torus(0.137, 0.008, 20, 4, 2).turned("x", math.pi / 2).moved(y=y, z=0.31) for y in (-0.36, -0.2, -0.02)
        ]
        face = sh.join(
            sh.pill(0.1, 0.02, 0.008, 20, 2).turned("x", math.pi / 2),
            sh.ellipsoid(0.025, 0.03, 0.025, 4, 10, 6).moved(y=-0.02),
        ).moved(y=-0.395, z=0.31)
        funnel = lathe(
            sh.rounded([(0, 0), (0.04, 0), (0.035, 0.11), (0.065, 0.17), (0.05, 0.17), (0, 0.12)], 0.006, 1), 18, 1
        ).moved(y=-0.3, z=0.43)
        dome = lathe(sh.rounded([(0.05, 0), (0.045, 0.05), (0.03, 0.075), (0, 0.08)], 0.02, 2), 20, 4).moved(
            y=-0.09, z=0.43
        )
        whistle = lathe(sh.rounded([(0.02, 0), (0.02, 0.04), (0, 0.06)], 0.01, 2), 14, 4).moved(y=0.05, z=0.44)
        frame = sh.cushion(0.28, 0.88, 0.06, 0.015, 1, 3).moved(y=0.02, z=0.16)
        cab = [self.cab_side(s) for s in (-1, 1)] + [sh.cushion(0.3, 0.02, 0.3, 0.008, 0, 2).moved(y=0.16, z=0.34)]
        outline = [(x, 0.06 * (1 - (x / 0.18) ** 2)) for x in np.linspace(-0.18, 0.18, 15)]
        outline += [(x, 0.06 * (1 - (x / 0.18) ** 2) - 0.022) for x in np.linspace(0.175, -0.175, 15)]
        cab += [
            sh.cushion(0.3, 0.02, 0.14, 0.008, 0, 2).moved(y=0.43, z=0.26),
            sh.slab(outline, 0.36, 0.004, (1, 1)).moved(y=0.29, z=0.53),
        ]
        panes = sh.both_sides(sh.cushion(0.06, 0.026, 0.08, 0.008, 3, 2).moved(x=0.09, y=0.16, z=0.44))
        big = sh.disc_wheel(0.105, 0.035, (3, 2), 12)
        small = sh.disc_wheel(0.07, 0.035, (3, 2), 12)
        wheels = [big.moved(x=0.135, y=y, z=0.105) for y in (0.1, 0.34)] + [
            small.moved(x=0.135, y=y, z=0.07) for y in (-0.32, -0.13)
        ]
        link = sh.plate(0.014, 0.5, 0.022, 0.004, 4).moved(x=0.16, y=0.1, z=0.085)
        lamp = sh.join(
            sh.pill(0.04, 0.05, 0.01, 14, 4).turned("x", math.pi / 2),
            sh.ellipsoid(0.03, 0.012, 0.03, 4, 12, 6).moved(y=-0.05),
        ).moved(y=-0.38, z=0.48)
        catcher = sh.loft(
            [
                sh.placed(
                    sh.rounded([(-a, 0.02), (a, 0.02), (a * 0.9, 0.14), (-a * 0.9, 0.14)], 0.01, 2, closed=True), y, "y"
                )
                for y, a in ((-0.41, 0.13), (-0.48, 0.03))
            ],
            2,
        )
        buffers = sh.both_sides(sh.rod((0.09, 0.45, 0.16), (0.09, 0.5, 0.16), 0.02, 14, 4))
        return sh.join(boiler, bands, face, funnel, dome, whistle, frame, cab, panes,
                    sh.both_sides(sh.join(wheels, link)), lamp, catcher, buffers)  # fmt: skip

    def cab_side(self, s: int) -> MeshData:
        """A cab wall with an open window."""
        post = [sh.cushion(0.02, 0.05, 0.14, 0.006, 0, 2).moved(y=y, z=0.45) for y in (0.185, 0.405)]
        rail = sh.cushion(0.02, 0.27, 0.04, 0.006, 0, 2).moved(y=0.295, z=0.505)
        wall = sh.cushion(0.02, 0.29, 0.22, 0.008, 0, 2).moved(y=0.295, z=0.29)
        panel = sh.cushion(0.008, 0.2, 0.13, 0.003, 2, 2).moved(x=s * 0.01, y=0.295, z=0.29)
        return sh.join(post, rail, wall, panel).moved(x=s * 0.14)


def ribbon_flag() -> MeshData:
    t = np.linspace(0.0, 1.0, 8)
    path = np.stack([0.012 * np.sin(7 * t), 0.12 * t, 0 * t], axis=1)
    half = np.stack([0 * t, 0 * t, 0.05 * (1.0 - 0.9 * t)], axis=1)
    return sh.loft(
        np.stack(
            [
                path - half / 2 - [0.001, 0, 0],
                path + half / 2 - [0.001, 0, 0],
                path + half / 2 + [0.001, 0, 0],
                path - half / 2 + [0.001, 0, 0],
            ],
            axis=1,
        ),
        4,
    )


class Sailboat(Family):
    """A toy yacht on a stand: hull with a waterline, planked deck, mast, main and fore sail, pennant."""

    name = "sailboat"
    params = {"height": Span(0.55, 1.2)}
    slots = (
        Slot("hull", ("plain", "stripes", "wood", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("bottom", ("plain", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("wood", ("wood", "planks"), "wood", (0.02, 0.05), (0.4, 0.7)),
        Slot("main", ("stripes", "patches", "fabric", "print", "checker"), "light", (0.05, 0.12), (0.6, 0.9)),
        Slot("fore", ("stripes", "patches", "dots", "checker"), "vivid", (0.05, 0.12), (0.6, 0.9)),
    )
    tags = ("toy",)
    size = multiple_of("height", 0.25, 0.74, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        ys = np.linspace(-1.0, 1.0, 19)
        rings = []
        for y in ys:
            beam = 0.12 * (1.0 - max(0.0, -y) ** 2.3) * (1.0 - 0.28 * max(0.0, y) ** 2) + 0.003
            deep = 0.13 * (1.0 - abs(y) ** 2.6 * 0.75)
            t = np.linspace(0.0, math.pi, 15)
            side = np.stack(
                [-beam * np.cos(t) * (np.abs(np.cos(t)) + 1e-9) ** (-0.35), -deep * np.sin(t) ** 1.1], axis=1
            )
            side[:, 1] += 0.03 * y**2 + 0.012 * max(0.0, -y)
            rings.append(sh.placed(side, 0.36 * y, "y"))
        hull = sh.loft(rings).moved(z=0.2)
        hull = sh.painted(hull, 1, lambda c: c[:, 2] < 0.145)
        hull = sh.painted(hull, 2, lambda c: (np.abs(c[:, 0]) < 0.1) & (c[:, 2] > 0.195 + 0.03 * (c[:, 1] / 0.36) ** 2))
        keel = sh.slab(
            sh.rounded([(-0.06, 0.11), (-0.03, 0.02), (0.09, 0.02), (0.1, 0.11)], 0.015, 2, closed=True),
            0.018,
            0.006,
            (1, 1),
        ).turned("z", math.pi / 2)
        cabin = sh.cushion(0.11, 0.2, 0.05, 0.018, 0, 3).moved(y=0.06, z=0.225)
        mast = [
            sh.rod((0, -0.05, 0.2), (0, -0.05, 0.985), (0.011, 0.006), 10, 2),
            sh.rod((0, -0.05, 0.3), (0, 0.32, 0.3), 0.008, 8, 2),
        ]
        main = self.sail([(-0.04, 0.315), (0.31, 0.315), (-0.04, 0.95)], 0.05)
        fore = self.sail([(-0.35, 0.245), (-0.07, 0.28), (-0.055, 0.86)], 0.045).slot(4)
        stays = [
            sh.rod((0, -0.36, 0.235), (0, -0.05, 0.95), 0.0025, 5, 2),
            *(sh.rod((s * 0.105, -0.03, 0.2), (0, -0.05, 0.85), 0.0025, 5, 2) for s in (-1, 1)),
        ]
        flag = ribbon_flag().moved(y=-0.05, z=0.96)
        stand = [sh.cushion(0.2, 0.03, 0.025, 0.008, 2, 2).moved(y=y, z=0.0125) for y in (-0.12, 0.16)]
        stand += [
            sh.rod((s * 0.085, y, 0.015), (s * 0.06, y, 0.115), 0.008, 8, 2) for s in (-1, 1) for y in (-0.12, 0.16)
        ]
        stand.append(sh.rod((0, -0.12, 0.012), (0, 0.16, 0.012), 0.009, 8, 2))
        return sh.join(hull, keel, cabin, mast, main, fore, stays, flag, stand)

    def sail(self, corners: list[tuple[float, float]], belly: float) -> MeshData:
        """A triangular sail in the YZ plane, filled towards +X; slot 3."""
        a, b, c = (np.array([0.0, y, z]) for y, z in corners)
        layers = []
        for thick in (0.0, 0.003):
            rows = []
            for v in np.linspace(0.0, 0.985, 12):
                left, right = a + (c - a) * v, b + (c - b) * v
                u = np.linspace(0.0, 1.0, 12)[:, None]
                line = left + (right - left) * u
                fill = belly * 4 * u[:, 0] * (1 - u[:, 0]) * math.sin(math.pi * (0.12 + 0.8 * v)) * (1 - 0.4 * v)
                line[:, 0] += fill + thick
                rows.append(line)
            layers.append(np.stack(rows))
        rings = [np.concatenate([outer, inner[::-1]]) for outer, inner in zip(*layers, strict=True)]
        return sh.loft(rings, 3)


TRANSPORT: tuple[Family, ...] = (Rocket(), Locomotive(), Sailboat())
