"""A steamer and a submarine."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import METAL, PANES
from dsia_gen.procedural.params import Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import multiple_of


class Ship(Family):
    """A toy steamer: hull with a waterline and portholes, decks, one to three funnels, masts, boats and a flag."""

    name = "ship"
    params = {"length": Span(0.5, 1.4), "funnels": Count(1, 3)}
    slots = (
        Slot("hull", ("stripes", "noise", "checker", "patches"), "vivid", (0.04, 0.12), (0.2, 0.5)),
        Slot("keel", ("plain", "stripes", "rust"), "vivid", (0.03, 0.08), (0.3, 0.6)),
        Slot("houses", ("print", "stripes", "plain"), "light", (0.03, 0.08), (0.2, 0.5)),
        Slot("deck", ("planks", "wood"), "wood", (0.02, 0.05), (0.4, 0.7)),
        Slot("funnels", ("checker", "stripes", "plain"), "vivid", (0.02, 0.06), (0.2, 0.5)),
        PANES,
    )
    tags = ("toy", "vehicle")
    silhouette_fill = 0.55
    size = multiple_of("length", 0.234, 1.0, 0.46)

    def build(self, p: TypedParams) -> MeshData:
        funnels = p.count("funnels")
        hull = self.ship_hull()
        ports = [
            sh.both_sides(cylinder(0.014, 0.008, 12, slot=5).turned("y", math.pi / 2).moved(x=0.108, y=y, z=0.105))
            for y in np.linspace(-0.2, 0.36, 9)
        ]
        decks = [
            sh.cushion(0.17, 0.58, 0.07, 0.012, 2, 2).moved(y=0.04, z=0.18),
            sh.cushion(0.14, 0.42, 0.06, 0.012, 2, 2).moved(y=0.02, z=0.24),
            sh.plate(0.16, 0.46, 0.012, 0.004, 3).moved(y=0.02, z=0.275),
            sh.cushion(0.15, 0.1, 0.06, 0.012, 2, 2).moved(y=-0.14, z=0.305),
            sh.plate(0.13, 0.008, 0.025, 0.002, 5).moved(y=-0.19, z=0.31),
        ]
        panes = [
            sh.both_sides(sh.plate(0.006, 0.035, 0.028, 0.002, 5).moved(x=x, y=y, z=z))
            for x, z, n, a in ((0.085, 0.188, 8, 0.24), (0.07, 0.245, 6, 0.16))
            for y in np.linspace(-a + 0.03, a + 0.05, n)
        ]
        # Raked funnels (slot 4) in a row, each with a band (slot 1).
        stacks = []
        for k in range(funnels):
            y = 0.02 + 0.13 * (k - (funnels - 1) / 2) + 0.03
            pipe = lathe(
                sh.rounded([(0, 0), (0.042, 0), (0.04, 0.15), (0.03, 0.15), (0.028, 0.13), (0, 0.13)], 0.004, 1), 22, 4
            )
            pipe = sh.painted(
                pipe, 1, lambda c: (c[:, 2] > 0.05) & (c[:, 2] < 0.1) & (np.hypot(c[:, 0], c[:, 1]) > 0.036)
            )
            stacks.append(pipe.turned("x", -0.12).moved(y=y, z=0.275))
        masts = [sh.rod((0, y, 0.15), (0, y, 0.46), (0.009, 0.005), 8, 3) for y in (-0.33, 0.38)]
        stays = [
            sh.rod((0, -0.485, 0.2), (0, -0.33, 0.44), 0.0025, 5, 3),
            sh.rod((0, -0.33, 0.45), (0, 0.38, 0.45), 0.0025, 5, 3),
            sh.rod((0, 0.38, 0.44), (0, 0.48, 0.17), 0.0025, 5, 3),
        ]
        boats = sh.both_sides(
            sh.join(sh.ellipsoid(0.018, 0.05, 0.02, 4, 12, 8).moved(x=0.095, y=y, z=0.26) for y in (-0.04, 0.08, 0.2))
        )
        flag = sh.profile([(0.4, 0.37), (0.5, 0.36), (0.5, 0.43), (0.4, 0.44)], 0.004, 0.0, (4, 4))
        holds = [sh.cushion(0.1, 0.08, 0.03, 0.008, 1, 2).moved(y=y, z=0.165) for y in (-0.28, 0.4)]
        return sh.join(hull, ports, decks, panes, stacks, masts, stays, boats, flag, holds,
                    sh.rod((0, 0.4, 0.15), (0, 0.4, 0.45), 0.004, 6, 3))  # fmt: skip

    def ship_hull(self) -> MeshData:
        """The hull from keel to deck: sides in slot 0, below the waterline in 1, deck in 3."""
        ys = np.linspace(-1.0, 1.0, 25)
        rings = []
        for y in ys:
            beam = 0.115 * (1.0 - max(0.0, -y) ** 2.6) ** 0.8 * (1.0 - 0.5 * max(0.0, y) ** 6) + 0.002
            t = np.linspace(0.0, math.pi, 17)
            side = np.stack([-beam * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** 0.35, -0.15 * np.sin(t) ** 0.5], axis=1)
            side[:, 1] *= 1.0 - 0.12 * abs(y) ** 3
            side[0, 1] = side[-1, 1] = 0.05 * max(0.0, -y) ** 2 + 0.02 * max(0.0, y) ** 2
            rings.append(sh.placed(side, 0.5 * y, "y") + np.array([0, 0, 0.15]))
        hull = sh.loft(rings)
        hull = sh.painted(hull, 1, lambda c: c[:, 2] < 0.062)
        return sh.painted(hull, 3, lambda c: (c[:, 2] > 0.145) & (np.abs(c[:, 0]) < 0.09))


class Submarine(Family):
    """A plump toy submarine: portholes, tower with a periscope, fins, rudder and a screw in a ring, on two runners."""

    name = "submarine"
    params = {"length": Span(0.45, 1.3), "ports": Count(2, 4)}
    slots = (
        Slot("hull", ("noise", "patches", "stripes", "dots", "checker"), "vivid", (0.05, 0.14), (0.15, 0.4)),
        Slot("keel", ("stripes", "checker", "plain"), "vivid", (0.03, 0.09), (0.2, 0.5)),
        METAL,
        Slot("fins", ("print", "checker", "stripes", "dots"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("panes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
    )
    tags = ("toy", "vehicle")
    size = multiple_of("length", 0.56, 0.935, 0.698)

    def build(self, p: TypedParams) -> MeshData:
        ports = p.count("ports")
        stations = [(-0.46, 0.01), (-0.455, 0.06), (-0.42, 0.115), (-0.3, 0.17), (-0.1, 0.19),
                    (0.12, 0.175), (0.3, 0.115), (0.4, 0.06), (0.43, 0.03)]  # fmt: skip
        hull = sh.oval_loft([(y, r, 1.04 * r) for y, r in sh.smooth(stations, 4)], 2.2, 28, "y")
        hull = sh.painted(hull, 1, lambda c: (c[:, 2] < -0.05) | (c[:, 1] < -0.4))
        foot = [
            sh.placed(sh.superellipse(w, d, 2.4, 28), z, "z") + np.array([0, -0.03, 0])
            for z, w, d in ((0.12, 0.085, 0.16), (0.2, 0.075, 0.14), (0.31, 0.068, 0.12), (0.325, 0.06, 0.11))
        ]
        tower = sh.painted(sh.loft(foot), 3, lambda c: (c[:, 2] > 0.21) & (c[:, 2] < 0.305))
        rail = sh.torus(0.055, 0.006, 24, 6, 2).scaled(1.0, 1.8, 1.0).moved(y=-0.03, z=0.36)
        posts = [
            sh.rod((x, y, 0.31), (x, y, 0.36), 0.005, 6, 2)
            for x, y in ((0.05, -0.03), (-0.05, -0.03), (0, 0.065), (0, -0.125))
        ]
        scope = tube(sh.rounded([(0.0, -0.03, 0.3), (0.0, -0.03, 0.44), (0.0, -0.1, 0.44)], 0.03, 4), 0.014, 10, slot=2)
        eye = cylinder(0.02, 0.02, 14, slot=4).turned("x", math.pi / 2).moved(y=-0.095, z=0.44)
        parts = [hull, *[tower, rail, *posts, scope, eye, sh.rod((0.02, 0.03, 0.3), (0.02, 0.03, 0.46), 0.005, 6, 2)]]
        for k in range(ports):
            y = -0.24 + 0.34 * k / max(1, ports - 1)
            x = float(np.interp(y, [s[0] for s in stations], [s[1] for s in stations])) * 0.985
            glass = sh.join(
                sh.torus(0.042, 0.011, 14, 5, 2),
                sh.ellipsoid(0.036, 0.036, 0.014, 4, 12, 4),
                sh.pill(0.008, 0.02, 0.003, 8, 2),
            )
            parts.append(sh.both_sides(glass.turned("y", math.pi / 2).moved(x=x, y=y, z=0.035)))
        nose = sh.join(sh.torus(0.075, 0.014, 24, 6, 2), sh.ellipsoid(0.068, 0.068, 0.03, 4, 18, 6)).turned(
            "x", math.pi / 2
        )
        parts += [
            nose.moved(y=-0.446, z=0.0),
            sh.torus(0.1, 0.012, 28, 6, 2).turned("x", math.pi / 2).moved(y=0.43),
            sh.propeller(0.09, 4, 0.04, 2).moved(y=0.44),
        ]
        vane = sh.rounded([(0.28, 0.0), (0.32, 0.16), (0.42, 0.18), (0.42, 0.0)], 0.02, 2, closed=True)
        parts += [sh.profile(vane, 0.024, 0.008, (3, 3)).turned("y", a) for a in (0.0, math.pi / 2, -math.pi / 2)]
        parts.append(
            sh.both_sides(sh.cushion(0.16, 0.08, 0.018, 0.007, 3, 2).turned("y", -0.1).moved(x=0.2, y=-0.18, z=-0.03))
        )
        parts.append(
            sh.both_sides(
                sh.join(
                    tube(
                        sh.smooth(
                            [(0.09, -0.3, -0.2), (0.09, -0.25, -0.22), (0.09, 0.2, -0.22), (0.09, 0.25, -0.2)], 4
                        ),
                        0.016,
                        8,
                        slot=2,
                    ),
                    [sh.rod((0.09, y, -0.22), (0.08, y, -0.13), 0.014, 8, 2) for y in (-0.2, 0.13)],
                )
            )
        )
        return sh.join(*parts)


BOATS: tuple[Family, ...] = (Ship(), Submarine())
