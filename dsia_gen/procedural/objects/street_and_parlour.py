"""What stands at a street, a globe and a gramophone."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import STEEL, TIMBER
from dsia_gen.procedural.params import Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import multiple_of


class TrafficCone(Family):
    """A road cone on a square foot, with reflecting collars."""

    name = "traffic_cone"
    params = {"height": Span(0.45, 0.95), "collars": Count(1, 3)}
    slots = (
        Slot("cone", ("noise", "noise", "stripes", "plain"), "vivid", (0.04, 0.1), (0.3, 0.6)),
        Slot("collars", ("plain", "checker", "stripes", "dots"), "light", (0.02, 0.05), (0.2, 0.5)),
        Slot("foot", ("noise", "plain", "concrete"), "dark", (0.02, 0.06), (0.6, 0.9)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("street",)
    size = multiple_of("height", 0.57, 0.57, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        collars = p.count("collars")
        foot = sh.join(
            sh.cushion(0.56, 0.56, 0.06, 0.02, 2, 3).moved(z=0.03),
            sh.both_sides(sh.both_sides(sh.cushion(0.1, 0.1, 0.02, 0.008, 2, 2).moved(x=0.24, y=0.24, z=0.065)), "y"),
        )
        low, high = 0.2, 0.045
        zs = np.linspace(0.1, 0.97, 22)
        radius = low + (high - low) * (zs - 0.1) / 0.87
        skirt = sh.rounded([(0.235, 0.055), (0.225, 0.085), (0.2, 0.1)], 0.02, 2)
        cone = lathe(
            [*skirt, *zip(radius[1:], zs[1:], strict=True), (0.04, 0.985), (0.03, 0.985), (0.028, 0.93), (0, 0.93)], 36
        )
        bands = []
        for k in range(collars):
            a = 0.28 + 0.5 * k / collars
            b = a + 0.32 / collars
            edge = [low + (high - low) * (z - 0.1) / 0.87 for z in (a, b)]
            bands.append(lathe([(edge[0] - 0.002, a), (edge[0] + 0.005, a + 0.004),
                                (edge[1] + 0.005, b - 0.004), (edge[1] - 0.002, b)], 36, 1))  # fmt: skip
        return sh.join(foot, cone, bands)


class Hydrant(Family):
    """A fire hydrant: flanged barrel, domed bonnet, three capped outlets, bolts, a chain."""

    name = "hydrant"
    params = {"height": Span(0.65, 0.95)}
    slots = (
        Slot("body", ("noise", "rust", "plain", "patches"), "vivid", (0.05, 0.15), (0.3, 0.6)),
        Slot("caps", ("plain", "rust", "stripes", "noise"), "vivid", (0.04, 0.1), (0.3, 0.6)),
        Slot("bolts", ("metal", "rust"), "metal", (0.02, 0.05), (0.3, 0.6)),
        Slot("band", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.3, 0.6)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("street",)
    size = multiple_of("height", 0.51, 0.475, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        corners = [(0, 0), (0.2, 0), (0.2, 0.035), (0.13, 0.06), (0.125, 0.14), (0.165, 0.15),
                   (0.165, 0.19), (0.125, 0.2), (0.124, 0.25), (0.122, 0.42), (0.12, 0.68), (0.17, 0.69),
                   (0.17, 0.735), (0.145, 0.745)]  # fmt: skip
        barrel = lathe(sh.rounded(corners, 0.012, 1), 24)
        barrel = sh.painted(barrel, 3, lambda c: (c[:, 2] > 0.255) & (c[:, 2] < 0.415))
        dome = lathe(sh.smooth([(0.15, 0.74), (0.14, 0.81), (0.1, 0.88), (0.05, 0.915), (0.0, 0.925)], 4), 28, 1)
        nut = sh.join(sh.pill(0.05, 0.03, 0.01, 18, 1).moved(z=0.91), sh.pill(0.03, 0.075, 0.008, 5, 2).moved(z=0.925))
        bolts = [
            sh.around(cylinder(0.014, 0.016, 6, slot=2).moved(x=r, z=z), n)
            for r, z, n in ((0.175, 0.033, 8), (0.152, 0.733, 8))
        ]
        side = self.outlet(0.062, 0.14)
        outlets = [self.outlet(0.085, 0.16).turned("x", math.pi / 2).moved(y=-0.08, z=0.53)]
        outlets += [side.turned("y", s * math.pi / 2).moved(x=s * 0.08, z=0.58) for s in (-1, 1)]
        path = sh.smooth([(0.2, -0.03, 0.53), (0.17, -0.1, 0.46), (0.11, -0.17, 0.44), (0.06, -0.2, 0.47)], 4)
        chain = tube(path, 0.009, 6, slot=2)
        return sh.join(barrel, dome, nut, bolts, outlets, chain)

    def outlet(self, radius: float, length: float) -> MeshData:
        """A capped nozzle along +Z."""
        neck = sh.pill(radius * 0.82, length * 0.7, 0.004, 16, 0)
        flange = sh.pill(radius * 1.08, 0.03, 0.008, 16, 0).moved(z=0.35 * length)
        cap = sh.pill(radius, length * 0.35, 0.015, 16, 1).moved(z=length * 0.62)
        lugs = sh.around(sh.cushion(0.03, 0.024, length * 0.3, 0.006, 1, 2).moved(x=radius, z=length * 0.78), 6)
        return sh.join(neck, flange, cap, lugs, sh.pill(radius * 0.3, 0.04, 0.006, 5, 2).moved(z=length * 0.95))


class Mailbox(Family):
    """A roadside letter box on a post: arched tin, door, flag, number plate."""

    name = "mailbox"
    params = {"height": Span(0.95, 1.25)}
    slots = (
        Slot("tin", ("metal", "plain", "patches", "rust", "stripes"), "vivid", (0.04, 0.12), (0.3, 0.6)),
        Slot("post", ("wood", "planks"), "wood", (0.03, 0.08), (0.6, 0.9)),
        Slot("trim", ("plain", "noise"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        Slot("print", ("print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.3, 0.6)),
        Slot("stones", ("rock", "noise"), "stone", (0.03, 0.08), (0.7, 0.95)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("street",)
    silhouette_fill = 0.45
    size = multiple_of("height", 0.332, 0.59, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        post = sh.cushion(0.095, 0.095, 0.74, 0.008, 1, 2).grained("z", 4).moved(y=0.03, z=0.37)
        arm = sh.cushion(0.08, 0.42, 0.06, 0.008, 1, 2).grained("y", 5).moved(y=-0.02, z=0.73)
        strut = sh.cushion(0.06, 0.3, 0.05, 0.008, 1, 2).grained("y", 6).turned("x", 0.8).moved(y=-0.1, z=0.63)
        half, wall, tall = 0.095, 0.12, 0.0
        arch = [
            (-half, 0.0),
            *((-half * math.cos(t), wall + half * math.sin(t)) for t in np.linspace(0, math.pi, 17)),
            (half, 0.0),
        ]
        tin = sh.slab(np.array(arch), 0.5, 0.006).moved(y=-0.02, z=tall)
        tin = sh.painted(tin, 3, lambda c: (c[:, 2] > tall + 0.03) & (c[:, 2] < tall + wall) & (np.abs(c[:, 0]) > 0.09))
        lip = sh.slab(np.array(arch) * 1.05, 0.02, 0.006, (0, 2)).moved(y=-0.265, z=tall - 0.003)
        door = sh.slab(np.array(arch) * 0.93, 0.02, 0.005, (3, 2)).moved(y=-0.275, z=tall + 0.006)
        knob = sh.ellipsoid(0.016, 0.016, 0.016, 2, 12, 8).moved(y=-0.295, z=tall + 0.17)
        number = sh.plate(0.1, 0.008, 0.06, 0.002, 2).moved(y=-0.287, z=tall + 0.08)
        flag = sh.join(
            sh.plate(0.006, 0.02, 0.17, 0.002, 2).moved(z=0.07),
            sh.plate(0.006, 0.09, 0.06, 0.002, 2).moved(y=0.04, z=0.13),
        ).moved(x=half + 0.008, y=-0.1, z=tall + 0.06)
        tin_box = sh.join(tin, lip, door, knob, number, flag).scaled(1.3, 1.15, 1.3).moved(z=0.75)
        stones = [
            sh.ellipsoid(0.07, 0.06, 0.045, 4, 10, 6, 2.4).moved(
                x=0.11 * math.cos(a), y=0.03 + 0.11 * math.sin(a), z=0.03
            )
            for a in np.arange(7) * 0.9
        ]
        return sh.join(post, arm, strut, tin_box, stones)


class Wheelbarrow(Family):
    """A wheelbarrow: tipped tray, tube frame, one wheel in front, two legs, grips."""

    name = "wheelbarrow"
    params = {"length": Span(0.95, 1.35)}
    slots = (
        Slot("tray", ("rust", "noise", "plain", "patches"), "vivid", (0.06, 0.2), (0.3, 0.6)),
        Slot("load", ("noise", "rock", "grass", "terrazzo"), "earth", (0.03, 0.08), (0.7, 0.95)),
        Slot("frame", ("metal", "plain", "rust"), "metal", (0.03, 0.08), (0.3, 0.6)),
        Slot("rubber", ("noise", "plain"), "dark", (0.02, 0.05), (0.6, 0.9)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("garden",)
    silhouette_fill = 0.4
    size = multiple_of("length", 0.415, 1.0, 0.38)

    def build(self, p: TypedParams) -> MeshData:
        rings = []
        for z, y0, y1, half in (
            (0.24, -0.2, 0.2, 0.15),
            (0.26, -0.23, 0.22, 0.165),
            (0.46, -0.42, 0.31, 0.25),
            (0.475, -0.435, 0.32, 0.262),
            (0.465, -0.425, 0.31, 0.25),
            (0.27, -0.22, 0.2, 0.155),
        ):
            rings.append(
                sh.placed(sh.superellipse(half, (y1 - y0) / 2, 5.0, 36), z, "z") + np.array([0, (y0 + y1) / 2, 0])
            )
        tray = sh.loft(rings)
        tray = sh.painted(tray, 1, lambda c: (np.abs(c[:, 0]) < 0.15) & (np.abs(c[:, 1]) < 0.19) & (c[:, 2] < 0.3))
        rail = sh.smooth(
            [(0.02, -0.46, 0.15), (0.06, -0.4, 0.17), (0.14, -0.1, 0.225), (0.2, 0.2, 0.27), (0.24, 0.6, 0.4)], 5
        )
        rails = sh.both_sides(tube(rail, 0.015, 10, slot=2))
        grips = sh.both_sides(sh.rod((0.227, 0.47, 0.357), (0.242, 0.62, 0.407), 0.021, 12, 3))
        leg = sh.both_sides(tube(sh.smooth([(0.17, 0.04, 0.24), (0.18, 0.1, 0.05), (0.18, 0.13, 0.012),
                                      (0.18, 0.2, 0.012), (0.18, 0.24, 0.05), (0.2, 0.26, 0.28)],
                                     4), 0.012, 8, slot=2))  # fmt: skip
        wheel = sh.disc_wheel(0.17, 0.07, (3, 2), 28).moved(y=-0.46, z=0.17)
        fork = sh.both_sides(sh.rod((0.055, -0.46, 0.17), (0.08, -0.3, 0.22), 0.012, 8, 2))
        axle = sh.rod((-0.07, -0.46, 0.17), (0.07, -0.46, 0.17), 0.014, 10, 2)
        return sh.join(tray, rails, grips, leg, wheel, fork, axle)


class Globe(Family):
    """A globe in a brass meridian on a turned foot; land in patches on the sea, with a graticule."""

    name = "globe"
    params = {"diameter": Span(0.28, 0.55)}
    slots = (
        Slot("map", ("noise", "patches", "marble", "print"), "vivid", (0.05, 0.12), (0.15, 0.4)),
        Slot("graticule", ("plain",), "dark", (0.02, 0.05), (0.3, 0.5)),
        Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
        Slot("foot", TIMBER, "wood", (0.02, 0.06), (0.3, 0.6)),
    )
    uses = ("foreground", "shelf")
    settings = ("indoor",)
    tags = ("decor",)
    silhouette_fill = 0.45
    size = multiple_of("diameter", 1.075, 1.0, 1.485)

    def build(self, p: TypedParams) -> MeshData:
        r = 0.5
        ball = sh.ellipsoid(r, r, r, 0, 40, 22)
        lines = [
            sh.torus(r * 1.003 * math.cos(a), 0.006, 40, 4, 1).moved(z=r * 1.003 * math.sin(a))
            for a in (-0.8, -0.4, 0.0, 0.4, 0.8)
        ]
        tilted = sh.join(ball, lines, sh.rod((0, 0, -0.57), (0, 0, 0.57), 0.02, 10, 2),
                      [sh.ellipsoid(0.04, 0.04, 0.04, 2, 12, 8).moved(z=s * 0.585) for s in (-1, 1)])  # fmt: skip
        t = np.linspace(-math.pi / 2, math.pi / 2, 25)
        path = np.stack([0.565 * np.cos(t), 0 * t, 0.565 * np.sin(t)], axis=1)
        section = sh.superellipse(0.014, 0.035, 4.0, 10)
        rings = [
            point + section[:, :1] * (point / 0.565) + section[:, 1:] * np.array([0.0, 1.0, 0.0]) for point in path
        ]
        whole = sh.join(tilted, sh.loft(np.stack(rings), 2)).turned("y", 0.41).moved(z=0.93)
        foot = lathe(sh.rounded([(0, 0), (0.36, 0), (0.36, 0.04), (0.28, 0.08), (0.09, 0.11), (0.055, 0.18),
                              (0.085, 0.24), (0.05, 0.29), (0.06, 0.36), (0, 0.37)], 0.02, 2), 32, 3)  # fmt: skip
        return sh.join(whole, foot)


class Gramophone(Family):
    """A gramophone: panelled box, turntable with a record, arm, flared horn of petals, crank."""

    name = "gramophone"
    params = {"height": Span(0.6, 0.95)}
    slots = (
        Slot("case", TIMBER, "wood", (0.02, 0.06), (0.25, 0.5)),
        Slot("panels", ("print", "wood", "checker", "fabric"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
        Slot("record", ("stripes", "plain"), "dark", (0.006, 0.012), (0.15, 0.3)),
        Slot("horn", ("plain", "noise", "patches", "stripes", "dots"), "vivid", (0.04, 0.12), (0.2, 0.4)),
    )
    settings = ("indoor",)
    tags = ("music",)
    size = multiple_of("height", 0.64, 0.7, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        case = [
            sh.cushion(0.5, 0.5, 0.17, 0.012, 0, 2).moved(z=0.105),
            sh.cushion(0.55, 0.55, 0.035, 0.012, 0, 3).moved(z=0.0175),
            sh.cushion(0.53, 0.53, 0.03, 0.012, 0, 3).moved(z=0.2),
        ]
        panels = sh.around(sh.cushion(0.36, 0.012, 0.1, 0.005, 1, 2).moved(y=-0.25, z=0.105), 4)
        disc = [
            sh.pill(0.2, 0.015, 0.004, 36, 2).moved(z=0.215),
            lathe([(0.19, 0.23), (0.185, 0.236), (0.07, 0.236)], 36, 3),
            sh.pill(0.07, 0.008, 0.002, 24, 1).moved(z=0.23),
            sh.pill(0.01, 0.03, 0.004, 8, 2).moved(z=0.232),
        ]
        elbow = sh.smooth([(-0.05, 0.1, 0.25), (0.02, 0.2, 0.3), (0.08, 0.27, 0.36), (0.09, 0.28, 0.48),
                        (0.05, 0.22, 0.57), (-0.01, 0.1, 0.62)], 5)  # fmt: skip
        arm = tube(elbow, np.linspace(0.014, 0.034, len(elbow)), 12, slot=2)
        head = sh.pill(0.04, 0.025, 0.006, 18, 2).turned("y", math.pi / 2).moved(x=-0.06, y=0.09, z=0.25)
        crank = tube(sh.rounded([(0.25, -0.1, 0.1), (0.33, -0.1, 0.1), (0.33, -0.1, 0.02 + 0.01),
                              (0.4, -0.1, 0.03)], 0.015, 3), 0.01, 8, slot=2)  # fmt: skip
        # A flared horn of eight petals that opens forwards and up.
        t = np.linspace(0.0, 1.0, 15)
        radius = 0.034 + 0.285 * t**2.6
        turn = np.arange(48) / 48 * 2 * math.pi
        lobe = np.abs(np.cos(4 * turn))
        shells = []
        for inner in (0.0, 0.006):
            rows = []
            for k, r in zip(t, radius, strict=True):
                rim = (r - inner) * (1.0 - 0.1 * k**2 * (1 - lobe))
                rows.append(
                    np.stack(
                        [rim * np.cos(turn), -0.52 * k + 0.05 * k**6 * (1.2 - lobe) + 0 * turn, rim * np.sin(turn)],
                        axis=1,
                    )
                )
            shells.append(rows)
        skin = sh.loft([*shells[0], *shells[1][::-1]], 4)
        ribs = sh.painted(skin, 2, lambda c: c[:, 1] < -0.485)
        return sh.join(case, panels, disc, arm, head, crank, ribs.turned("x", -0.5).moved(x=-0.01, y=0.11, z=0.62))


STREET_AND_PARLOUR: tuple[Family, ...] = (TrafficCone(), Hydrant(), Mailbox(), Wheelbarrow(), Globe(), Gramophone())
