"""Bird houses and garden gnomes."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import CLOTH
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import Extent, multiple_of


class Birdhouse(Family):
    """A gabled box with round holes and perches, shingles or thatch, a bird, on a post with a foot."""

    name = "birdhouse"
    params = {"width": Span(0.3, 0.55), "tallness": Span(1.7, 2.6), "pitch": Span(0.6, 1.0),
              "holes": Count(1, 2), "roof": Choice(("shingles", "thatch"))}  # fmt: skip
    slots = (
        Slot("walls", ("planks", "stripes", "dots", "patches", "checker"), "vivid", (0.03, 0.08), (0.5, 0.8)),
        Slot("roof", ("noise", "wood", "terrazzo", "stripes"), "vivid", (0.02, 0.06), (0.6, 0.9)),
        Slot("trim", ("plain", "wood", "dots"), "light", (0.02, 0.05), (0.5, 0.8)),
        Slot("dark", ("plain",), "dark", (0.02, 0.05), (0.8, 1.0)),
        Slot("post", ("wood", "bark"), "wood", (0.03, 0.07), (0.6, 0.9)),
        Slot("bird", ("noise", "patches"), "vivid", (0.01, 0.03), (0.6, 0.9)),
    )
    settings = ("outdoor",)
    tags = ("garden",)
    silhouette_fill = 0.5

    def size(self, p: TypedParams) -> Extent:
        width = p.real("width")
        return width, 0.98 * width, p.real("tallness") * width

    def build(self, p: TypedParams) -> MeshData:
        tallness, pitch, holes = p.real("tallness"), p.real("pitch"), p.count("holes")
        eaves, half = 0.62, 0.38
        ridge = eaves + half * pitch
        gable = np.array([(-half, 0.0), (half, 0.0), (half, eaves), (0.0, ridge), (-half, eaves)])
        house = sh.slab(gable, 0.66, 0.012, (0, 0))
        floor = sh.plate(0.96, 0.86, 0.05, 0.01, 2).moved(z=-0.02)
        posts = sh.both_sides(
            sh.join(sh.plate(0.045, 0.045, eaves, 0.006, 2).moved(x=half, y=y, z=eaves / 2) for y in (-0.33, 0.33))
        )
        parts = [house, floor, posts, self.roof(p.text("roof"), half, eaves, pitch)]
        for k in range(holes):
            z = 0.34 + 0.3 * k if holes == 2 else 0.46
            r = 0.115 if holes == 1 else 0.085
            parts += [
                sh.pill(r, 0.01, 0.003, 28, 3).turned("x", math.pi / 2).moved(y=-0.33, z=z - 0.02),
                sh.torus(r + 0.008, 0.018, 28, 8, 2).turned("x", math.pi / 2).moved(y=-0.334, z=z - 0.02),
                sh.rod((0, -0.32, z - r - 0.07), (0, -0.47, z - r - 0.07), 0.016, 10, 4),
            ]
        heart = [
            sh.slab(sh.superellipse(0.05, 0.06, 1.6, 16), 0.012, 0.003, (2, 2)).moved(x=x, y=-0.335, z=0.16)
            for x in (-0.24, 0.24)
        ]
        # A small round bird that looks to -Y.
        trunk = sh.ellipsoid(0.06, 0.085, 0.065, 5, 14, 8).turned("x", -0.35)
        head = sh.ellipsoid(0.046, 0.046, 0.046, 5, 14, 8).moved(y=-0.06, z=0.075)
        bill = lathe([(0, 0.0), (0.016, 0.0), (0, 0.045)], 8, 1).turned("x", math.pi / 2).moved(y=-0.1, z=0.072)
        eyes = sh.both_sides(sh.ellipsoid(0.009, 0.009, 0.009, 3, 8, 5).moved(x=0.034, y=-0.084, z=0.09))
        wings = sh.both_sides(sh.ellipsoid(0.016, 0.06, 0.036, 1, 10, 6).moved(x=0.054, y=0.015, z=0.01))
        tail = sh.plate(0.05, 0.11, 0.014, 0.004, 1).turned("x", 0.3).moved(y=0.12, z=0.02)
        parts += [
            *heart,
            sh.join(trunk, head, bill, eyes, wings, tail).turned("z", -0.5).moved(x=-0.3, y=-0.33, z=0.085),
        ]
        # The post takes what height is left; its grain runs along it.
        total = tallness * 0.98
        left = total - (ridge + 0.09)
        post = sh.rod((0, 0, -left), (0, 0, 0.0), 0.055, 14, 4).grained("z", 3)
        braces = sh.around(sh.rod((0.05, 0, -0.24), (0.3, 0, -0.03), 0.025, 8, 4), 4, math.pi / 4)
        foot = lathe([(0, 0.0), (0.3, 0.0), (0.3, 0.04), (0.1, 0.09), (0, 0.09)], 24, 4).moved(z=-left)
        return sh.join(sh.join(parts).moved(z=0.0), post, braces, foot)

    def roof(self, style: str, half: float, eaves: float, pitch: float) -> MeshData:
        """Two slopes with a ridge: rows of shingles, or a thick rounded thatch."""
        slope, reach = math.atan(pitch), (half + 0.11) / math.cos(math.atan(pitch))
        sides = []
        for s in (-1.0, 1.0):
            if style == "thatch":
                pieces = [sh.cushion(reach + 0.04, 0.9, 0.1, 0.045, 1, 4).moved(x=reach / 2 - 0.01, z=-0.01)]
                pieces += [
                    sh.rod((x, -0.44, 0.042), (x, 0.44, 0.042), 0.014, 6, 2) for x in (0.25 * reach, 0.75 * reach)
                ]
            else:
                pieces = [sh.plate(reach, 0.86, 0.03, 0.006, 2).moved(x=reach / 2, z=0.0)]
                for row in range(5):
                    for k in range(6):
                        tile = (
                            sh.slab(sh.superellipse(0.072, 0.09, 4.0, 12), 0.018, 0.0, (1, 1))
                            .turned("x", math.pi / 2)
                            .turned("z", math.pi / 2)
                        )
                        y = (k - 2.5 + 0.5 * (row % 2) - 0.25) * 0.146
                        pieces.append(tile.turned("y", 0.12).moved(x=0.09 + row * (reach - 0.12) / 4.4, y=y, z=0.034))
            one = sh.join(pieces).turned("y", slope)
            sides.append(one if s > 0 else one.turned("z", math.pi))
        ridge = sh.rod((0, -0.455, 0.0), (0, 0.455, 0.0), 0.045, 10, 2).moved(z=0.03)
        return sh.join(sides, ridge).moved(z=eaves + half * pitch + 0.025)


class GardenGnome(Family):
    """A gnome: boots, round coat with a belt, beard, nose, pointed hat, and what he holds."""

    name = "garden_gnome"
    params = {"height": Span(0.4, 1.0), "hat": Span(0.3, 0.42), "droop": Span(-0.1, 0.14),
              "belly": Span(0.17, 0.22), "holds": Choice(("spade", "lantern", "toadstool"))}  # fmt: skip
    slots = (
        Slot("coat", (*CLOTH, "dots"), "vivid", (0.02, 0.06), (0.5, 0.8)),
        Slot("hat", ("noise", "fabric", "dots", "stripes", "knit"), "red", (0.02, 0.06), (0.5, 0.8)),
        Slot("beard", ("hair", "noise", "knit"), "light", (0.01, 0.03), (0.6, 0.9)),
        Slot("skin", ("plain", "noise"), "skin", (0.02, 0.05), (0.4, 0.6)),
        Slot("leather", ("leather", "plain"), "earth", (0.01, 0.03), (0.4, 0.7)),
        Slot("trousers", ("denim", "checker", "stripes"), "cloth", (0.02, 0.05), (0.6, 0.9)),
        Slot("tool", ("metal", "wood", "rust"), "metal", (0.02, 0.05), (0.3, 0.6)),
        Slot("spots", ("plain", "dots"), "icing", (0.01, 0.03), (0.3, 0.6)),
        Slot("eyes", ("plain",), "dark", (0.01, 0.03), (0.1, 0.3)),
    )
    settings = ("outdoor",)
    tags = ("garden",)
    silhouette_fill = 0.45
    size = multiple_of("height", 0.51, 0.42, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        hat, droop, belly = p.real("hat"), p.real("droop"), p.real("belly")
        boots = sh.both_sides(
            sh.join(
                sh.ellipsoid(0.062, 0.1, 0.05, 4, 14, 8).moved(y=-0.035, z=0.045),
                sh.rod((0, 0.02, 0.04), (0, 0.02, 0.15), (0.055, 0.06), 14, 4),
                sh.torus(0.06, 0.014, 14, 5, 4).moved(y=0.02, z=0.15),
            ).moved(x=0.085)
        )
        legs = sh.both_sides(sh.rod((0.085, 0.02, 0.14), (0.08, 0.01, 0.25), 0.07, 14, 5))
        side = sh.smooth(
            [(0.9 * belly, 0.2), (belly + 0.012, 0.21), (belly, 0.3), (0.92 * belly, 0.4), (0.13, 0.5), (0.09, 0.55)], 4
        )
        coat = lathe([(0, 0.22), *side, (0, 0.56)], 26).scaled(1.0, 0.92, 1.0)
        wide = float(np.interp(0.32, side[2:, 1], side[2:, 0]))
        belt = lathe(
            [(wide - 0.01, 0.3), (wide + 0.012, 0.3), (wide + 0.008, 0.345), (wide - 0.01, 0.345)], 26, 4
        ).scaled(1.0, 0.92, 1.0)
        buckle = sh.plate(0.075, 0.02, 0.06, 0.006, 6).moved(y=-0.92 * wide - 0.012, z=0.322)
        belly = float(np.interp(0.25, side[2:, 1], side[2:, 0]))
        button = sh.ellipsoid(0.016, 0.012, 0.016, 7, 10, 6).moved(y=-0.93 * belly, z=0.25)
        head = sh.ellipsoid(0.115, 0.11, 0.115, 3, 20, 12).moved(z=0.61)
        nose = sh.ellipsoid(0.034, 0.034, 0.032, 3, 12, 7).moved(y=-0.125, z=0.605)
        eyes = sh.both_sides(sh.ellipsoid(0.013, 0.008, 0.017, 8, 10, 6).moved(x=0.042, y=-0.103, z=0.638))
        ears = sh.both_sides(sh.ellipsoid(0.02, 0.016, 0.034, 3, 10, 6).moved(x=0.116, z=0.61))
        brows = sh.both_sides(
            sh.ellipsoid(0.03, 0.014, 0.012, 2, 10, 6).turned("y", 0.25).moved(x=0.046, y=-0.107, z=0.668)
        )
        arm = sh.smooth([(0.12, 0.0, 0.5), (0.2, -0.02, 0.44), (0.225, -0.08, 0.37), (0.2, -0.15, 0.36)], 3)
        sleeve = tube(arm, np.linspace(0.05, 0.042, len(arm)), 12)
        cuff = sh.torus(0.042, 0.013, 12, 5, 7).turned("x", math.pi / 2).moved(0.2, -0.15, 0.36)
        hand = sh.ellipsoid(0.038, 0.042, 0.038, 3, 12, 7).moved(0.198, -0.18, 0.36)
        held = {"spade": self.spade, "lantern": self.lamp, "toadstool": self.toadstool}[p.text("holds")]()
        # A pointed hat with a brim, its tip to one side.
        cone = lathe(sh.smooth([(0.11, 0.0), (0.137, 0.0), (0.13, 0.03), (0.085, 0.4 * hat),
                             (0.04, 0.75 * hat), (0.012, hat)], 4), 28, 1)  # fmt: skip
        tip = sh.ellipsoid(0.02, 0.02, 0.02, 7, 10, 6).moved(z=hat)
        brim = sh.torus(0.128, 0.022, 24, 6, 7).moved(z=0.012)
        whole = sh.join(cone, tip, brim)
        lean = whole.vertices[:, 2] / hat
        shift = droop * np.clip(lean, 0.0, 1.0) ** 2
        whole = sh.bent(whole, lambda v: v + np.stack([shift, 0 * shift, 0 * shift], axis=1))
        return sh.join(boots, legs, coat, belt, buckle, button, head, nose, eyes, ears, brows, self.beard(),
                    whole.turned("x", 0.1).moved(y=0.01, z=0.675),
                    [sh.both_sides(sh.join(sleeve, cuff, hand)), held.moved(0.2, -0.19, 0.0)])  # fmt: skip

    def beard(self) -> MeshData:
        """A beard of locks, and a moustache."""
        locks = []
        for x, low, wide in (
            (0.0, 0.36, 0.05),
            (-0.05, 0.4, 0.045),
            (0.05, 0.4, 0.045),
            (-0.09, 0.47, 0.04),
            (0.09, 0.47, 0.04),
        ):
            path = sh.smooth(
                [(0.9 * x, -0.075, 0.58), (x, -0.135, 0.53), (0.9 * x, -0.165, 0.46), (0.6 * x, -0.17, low)], 3
            )
            locks.append(
                tube(path, np.interp(np.linspace(0, 1, len(path)), [0, 0.4, 1], [0.6, 1.0, 0.1]) * wide, 8, slot=2)
            )
        whisker = tube(sh.smooth([(0.0, -0.125, 0.575), (0.045, -0.13, 0.572), (0.095, -0.11, 0.55)], 4),
                       np.linspace(0.026, 0.006, 9), 8, slot=2)  # fmt: skip
        return sh.join(locks, sh.both_sides(whisker))

    def spade(self) -> MeshData:
        blade = sh.slab(sh.smooth([(-0.05, 0.13), (-0.052, 0.06), (0.0, 0.002), (0.052, 0.06),
                             (0.05, 0.13)], 3, closed=True), 0.012, 0.004, (6, 6))  # fmt: skip
        grip = sh.join(
            sh.rod((-0.035, 0, 0.66), (0.035, 0, 0.66), 0.012, 8, 4), sh.rod((0, 0, 0.11), (0, 0, 0.66), 0.013, 10, 4)
        )
        return sh.join(blade, grip)

    def lamp(self) -> MeshData:
        cage = sh.around(sh.rod((0.04, 0, 0.2), (0.04, 0, 0.3), 0.006, 6, 6), 4)
        glass = sh.pill(0.034, 0.1, 0.008, 16, 7).moved(z=0.2)
        lid = lathe([(0, 0.3), (0.058, 0.3), (0.02, 0.35), (0, 0.352)], 16, 6)
        foot = sh.pill(0.052, 0.02, 0.005, 16, 6).moved(z=0.182)
        bow = tube(sh.smooth([(-0.035, 0, 0.32), (-0.035, 0, 0.36), (0, 0, 0.385), (0.035, 0, 0.36),
                           (0.035, 0, 0.32)], 3), 0.006, 6, slot=6)  # fmt: skip
        return sh.join(cage, glass, lid, foot, bow)

    def toadstool(self) -> MeshData:
        cap = lathe(
            [(0, 0.44), *sh.smooth([(0.06, 0.435), (0.088, 0.44), (0.07, 0.49), (0.03, 0.52)], 3), (0, 0.525)], 20, 1
        )
        spots = [
            sh.ellipsoid(0.015, 0.015, 0.008, 7, 8, 4)
            .turned("y", 0.7)
            .moved(x=0.066, z=0.492)
            .turned("z", sh.TAU * k / 6)
            for k in range(6)
        ]
        return sh.join(cap, spots, sh.rod((0, 0, 0.33), (0, 0, 0.44), (0.03, 0.022), 12, 2))


GARDEN: tuple[Family, ...] = (Birdhouse(), GardenGnome())
