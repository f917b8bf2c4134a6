"""A helicopter and a hot-air balloon."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Bools, Floats, MeshData
from dsia_gen.procedural.objects.slots import GRAPHIC, METAL, PANES
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import by_style, turned


class Helicopter(Family):
    """A helicopter with a glazed nose, a tail boom, two rotors and skids; a rescue winch or floats."""

    name = "helicopter"
    params = {"length": Span(0.5, 1.5), "blades": Count(2, 4)}
    slots = (
        Slot("hull", ("stripes", "patches", "noise", "checker"), "vivid", (0.05, 0.14), (0.15, 0.4)),
        Slot("accent", ("stripes", "checker", "plain"), "vivid", (0.03, 0.07), (0.2, 0.5)),
        PANES,
        METAL,
        Slot("doors", ("print", "checker", "dots"), "vivid", (0.03, 0.08), (0.2, 0.5)),
    )
    tags = ("toy", "flies")
    size = by_style("length", "blades", {2: (0.87, 1.09, 0.557), 3: (0.798, 1.162, 0.557), 4: (0.87, 1.145, 0.557)})

    def build(self, p: TypedParams) -> MeshData:
        blades = p.count("blades")
        stations = [(-0.5, 0.012, 0.012, 0.2), (-0.485, 0.06, 0.055, 0.2), (-0.43, 0.115, 0.105, 0.215),
                    (-0.32, 0.145, 0.145, 0.235), (-0.16, 0.15, 0.16, 0.25), (-0.02, 0.115, 0.13, 0.265),
                    (0.08, 0.06, 0.07, 0.29), (0.28, 0.035, 0.042, 0.305), (0.46, 0.024, 0.028, 0.315),
                    (0.48, 0.012, 0.012, 0.315)]  # fmt: skip
        hull = sh.oval_loft(sh.smooth(stations, 4), 2.3, 40, "y")
        hull = sh.painted(hull, 1, lambda c: (c[:, 1] > 0.2) & (c[:, 1] < 0.3) | (c[:, 2] < 0.17) & (c[:, 1] < 0.1))
        hull = sh.painted(hull, 2, self.cockpit)
        rotor = sh.join(
            sh.around(
                sh.join(
                    sh.cushion(0.36, 0.05, 0.012, 0.005, 3, 1).moved(x=0.22),
                    sh.plate(0.07, 0.052, 0.015, 0.004, 1).moved(x=0.42),
                ),
                blades,
                0.35,
            ),
            sh.pill(0.04, 0.03, 0.01, 18, 3).moved(z=-0.012),
            sh.ellipsoid(0.025, 0.025, 0.025, 1, 12, 8).moved(z=0.025),
        )
        tower = sh.cushion(0.11, 0.26, 0.09, 0.03, 1, 4).moved(y=-0.1, z=0.41)
        fin = sh.rounded([(0.38, 0.3), (0.5, 0.5), (0.56, 0.5), (0.5, 0.28), (0.48, 0.2)], 0.02, 2, closed=True)
        parts = [hull, tower, sh.rod((0, -0.12, 0.42), (0, -0.12, 0.5), 0.016, 10, 3), rotor.moved(y=-0.12, z=0.505)]
        parts += [
            sh.profile(fin, 0.02, 0.008, (1, 1)),
            sh.cushion(0.22, 0.06, 0.014, 0.006, 1, 2).moved(y=0.38, z=0.32),
        ]
        parts.append(sh.propeller(0.09, 3, 0.026, 3).turned("z", math.pi / 2).moved(x=0.03, y=0.5, z=0.36))
        parts.append(sh.both_sides(sh.rod((0.06, -0.02, 0.4), (0.075, 0.06, 0.39), 0.025, 12, 3)))
        skid = sh.smooth([(0.15, -0.44, 0.06), (0.15, -0.39, 0.014), (0.15, -0.2, 0.012), (0.15, 0.06, 0.012)], 4)
        legs = [sh.rod((0.15, y, 0.014), (0.09, y, 0.14), 0.01, 8, 3) for y in (-0.28, -0.02)]
        door = sh.cushion(0.01, 0.12, 0.13, 0.004, 4, 2).moved(x=0.15, y=-0.1, z=0.235)
        parts.append(sh.both_sides(sh.join(tube(skid, 0.012, 8, slot=3), legs, door)))
        return sh.join(parts)

    def cockpit(self, c: Floats) -> Bools:
        level = c[:, 2] - 0.2 - 0.1 * (c[:, 1] + 0.5)
        glass = (c[:, 1] < -0.19) & (level > 0.0) & (c[:, 2] < 0.375) & (np.abs(c[:, 0]) > 0.012)
        return np.asarray(glass & ~((c[:, 1] > -0.335) & (c[:, 1] < -0.315)))


class HotAirBalloon(Family):
    """A balloon of gores in two patterns with a printed belt, a wicker basket on ropes, a burner and sandbags."""

    name = "hot_air_balloon"
    params = {"diameter": Span(0.5, 1.3), "tallness": Span(1.35, 1.6), "gores": Choice((8, 12, 16))}
    slots = (
        Slot("gores", GRAPHIC, "vivid", (0.05, 0.16), (0.5, 0.8)),
        Slot("others", ("stripes", "dots", "checker", "plain"), "vivid", (0.05, 0.14), (0.5, 0.8)),
        Slot("belt", ("print", "checker", "stripes"), "vivid", (0.04, 0.12), (0.5, 0.8)),
        Slot("basket", ("knit", "fabric", "wood"), "earth", (0.012, 0.03), (0.6, 0.9)),
        Slot("ropes", ("leather", "fabric"), "earth", (0.01, 0.02), (0.6, 0.9)),
    )
    tags = ("toy", "flies")
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        gores = p.count("gores")
        tall = p.real("tallness")
        curve = sh.smooth(
            [(0.1, 0.0), (0.2, 0.12), (0.4, 0.36), (0.5, 0.62), (0.44, 0.84), (0.26, 0.96), (0.06, 1.0)], 5
        )
        rise = tall - 0.42
        skin = lathe([(0.09, 0.02), *curve * [1.0, rise], (0.0, rise)], gores * 4)
        skin = sh.bent(skin, lambda v: self.puffed(v, gores))
        skin = sh.sectored(skin, [0, 1] * (gores // 2))
        skin = sh.painted(skin, 2, lambda c: (c[:, 2] > 0.56 * rise) & (c[:, 2] < 0.7 * rise) | (c[:, 2] < 0.06 * rise))
        basket = sh.tub((0.19, 0.19), (0.22, 0.22), 0.16, 0.014, 3)
        rims = [sh.torus(0.112, 0.012, 28, 8, 4).moved(z=0.162), sh.torus(0.1, 0.01, 28, 8, 4).moved(z=0.01)]
        ropes = sh.around(sh.rod((0.1, 0.0, 0.16), (0.105, 0.0, 0.43), 0.005, 6, 4), 8, 0.2)
        bags = sh.around(sh.ellipsoid(0.024, 0.024, 0.042, 2, 12, 8).moved(x=0.128, z=0.095), 8)
        burner = sh.join(
            sh.pill(0.03, 0.05, 0.008, 14, 4).moved(z=0.27),
            sh.torus(0.1, 0.006, 24, 6, 4).moved(z=0.27),
            [
                sh.rod((0.1 * math.cos(a), 0.1 * math.sin(a), 0.27), (0, 0, 0.28), 0.005, 6, 4)
                for a in (0.2, 1.77, 3.34, 4.91)
            ],
        )
        return sh.join(skin.moved(z=0.42), basket, rims, ropes, bags, burner)

    def puffed(self, v: Floats, gores: int) -> Floats:
        """Each gore bulges between its seams."""
        turn = arctan2(v[:, 1], v[:, 0]) * gores / sh.TAU
        factor = 1.0 - 0.04 * np.abs(2.0 * (turn - np.floor(turn)) - 1.0) ** 2
        return np.asarray(v * np.stack([factor, factor, np.ones_like(factor)], axis=1))


AIRCRAFT: tuple[Family, ...] = (Helicopter(), HotAirBalloon())
