"""Toy cars, planes, drones, skateboards and tyres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Bools, Floats, MeshData
from dsia_gen.procedural.objects.slots import GRAPHIC, RUBBER, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, lathe, tube
from dsia_gen.procedural.sizes import Extent, multiple_of


@dataclass(frozen=True)
class CarStyle:
    """Proportions of a car of length 1, nose at y = -0.5.

    stations: y, half width, sill, belt height of the body.   cabin: y of the front and rear foot and of the front
    and rear edge of the roof, and its height.
    """

    stations: tuple[tuple[float, float, float, float], ...]
    cabin: tuple[float, float, float, float, float]
    wheel: float


_SALOON = (
    (-0.5, 0.15, 0.13, 0.19),
    (-0.475, 0.19, 0.09, 0.225),
    (-0.4, 0.21, 0.075, 0.245),
    (-0.2, 0.22, 0.075, 0.265),
    (0.05, 0.22, 0.075, 0.27),
    (0.3, 0.22, 0.075, 0.27),
    (0.44, 0.21, 0.08, 0.265),
    (0.485, 0.19, 0.1, 0.25),
    (0.5, 0.16, 0.13, 0.22),
)

_VAN = (
    (-0.5, 0.17, 0.12, 0.2),
    (-0.48, 0.2, 0.08, 0.26),
    (-0.4, 0.22, 0.075, 0.29),
    (-0.2, 0.225, 0.075, 0.31),
    (0.2, 0.225, 0.075, 0.31),
    (0.46, 0.22, 0.075, 0.31),
    (0.49, 0.21, 0.09, 0.3),
    (0.5, 0.19, 0.12, 0.28),
)

CAR_STYLES = {
    "saloon": CarStyle(_SALOON, (-0.17, 0.34, -0.04, 0.22, 0.42), 0.088),
    "van": CarStyle(_VAN, (-0.36, 0.49, -0.26, 0.47, 0.52), 0.09),
    "pickup": CarStyle(_VAN, (-0.24, 0.12, -0.13, 0.1, 0.47), 0.1),
    "beetle": CarStyle(_SALOON, (-0.22, 0.46, -0.06, 0.2, 0.47), 0.095),
}
"""Name -> proportions. The bounding box is 0.47 x 1 x the cabin's height."""


class ToyCar(Family):
    """A pressed-metal car with a glazed cabin, a stripe over the body, lamps, bumpers and four wheels."""

    name = "toy_car"
    params = {"length": Span(0.5, 1.2), "style": Choice(("saloon", "van", "pickup", "beetle"))}
    slots = (
        Slot("body", ("plain", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.15, 0.4)),
        Slot("stripe", ("plain", "checker", "stripes", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
        Slot("windows", ("plain",), "dark", (0.05, 0.1), (0.05, 0.15)),
        Slot("tyres", RUBBER, "dark", (0.01, 0.03), (0.6, 0.9)),
        Slot("chrome", STEEL, "metal", (0.02, 0.05), (0.1, 0.3)),
        Slot("lamps", ("plain",), "light", (0.02, 0.05), (0.1, 0.2)),
    )
    tags = ("toy", "vehicle")

    def size(self, p: TypedParams) -> Extent:
        length = p.real("length")
        return 0.47 * length, length, {"saloon": 0.42, "van": 0.52, "pickup": 0.47,
                                       "beetle": 0.47}[p.text("style")] * length  # fmt: skip

    def build(self, p: TypedParams) -> MeshData:
        style = CAR_STYLES[p.text("style")]
        body = sh.loft([self.body_ring(s) for s in style.stations])
        body = sh.painted(body, 1, lambda c: (np.abs(c[:, 0]) < 0.075) & (c[:, 2] > 0.17))
        nose, tail = style.stations[1], style.stations[-2]
        z_lamp = nose[3] - 0.055
        lamps = sh.both_sides(sh.ellipsoid(0.034, 0.02, 0.03, 5, 16, 8).moved(x=0.72 * nose[1], y=-0.487, z=z_lamp))
        rear = sh.both_sides(
            sh.cushion(0.05, 0.02, 0.035, 0.008, 5, 2).moved(x=0.75 * tail[1], y=0.489, z=tail[3] - 0.06)
        )
        grille = sh.cushion(0.13, 0.02, 0.04, 0.008, 4, 2).moved(y=-0.49, z=z_lamp - 0.005)
        bumpers = [sh.cushion(0.37, 0.03, 0.035, 0.012, 4, 3).moved(y=s * 0.485, z=0.1) for s in (-1, 1)]
        sills = sh.both_sides(sh.cushion(0.02, 0.36, 0.025, 0.008, 4, 2).moved(x=0.218, z=0.088))
        # The glasshouse: painted roof and pillars, windows in slot 2.
        front, cabin_rear, roof_front, roof_rear, top = style.cabin
        belt = max(s[3] for s in style.stations) - 0.02
        rise = top - belt
        levels = (
            (0.0, 0.0, 0.2),
            (0.22, 0.2, 0.198),
            (0.7, 0.72, 0.176),
            (0.84, 0.9, 0.168),
            (0.95, 1.0, 0.155),
            (1.0, 1.1, 0.12),
        )
        rings = []
        for up, along, half in levels:
            a, b = front + (roof_front - front) * along, cabin_rear + (roof_rear - cabin_rear) * along
            rings.append(
                sh.placed(sh.superellipse(half, (b - a) / 2.0, 6.0, 56), belt + up * rise, "z")
                + np.array([0, (a + b) / 2.0, 0])
            )

        def glazed(c: Floats) -> Bools:
            level = (c[:, 2] - belt) / rise
            y0, y1 = front + (roof_front - front) * level, cabin_rear + (roof_rear - cabin_rear) * level
            along = (c[:, 1] - y0) / (y1 - y0)
            across = np.abs(c[:, 0]) / (0.2 - 0.03 * level)
            side = (across > 0.9) & (np.abs(along - 0.5) > 0.045) & (along > 0.1) & (along < 0.9)
            ends = (across < 0.8) & ((along < 0.07) | (along > 0.93))
            return np.asarray((level > 0.2) & (level < 0.8) & (side | ends))

        parts = [body, sh.painted(sh.loft(rings), 2, glazed), *[lamps, rear, grille, *bumpers, sills]]
        if p.text("style") == "pickup":
            parts.append(sh.plate(0.36, 0.3, 0.01, 0.003, 2).moved(y=0.3, z=0.312))
        wheel = sh.disc_wheel(style.wheel, 0.075, (3, 4), 24)
        arch = cylinder(style.wheel * 1.17, 0.02, 24, slot=3).turned("y", math.pi / 2)
        for y in (-0.3, 0.29):
            parts.append(sh.both_sides(sh.join(wheel.moved(x=0.197), arch.moved(x=0.203)).moved(y=y, z=style.wheel)))
        return sh.join(parts)

    def body_ring(self, station: tuple[float, float, float, float]) -> Floats:
        y, half, low, high = station
        section = sh.superellipse(half, (high - low) / 2.0, 4.5, 40)
        section[:, 0] *= np.where(section[:, 1] > 0, 1.0 - 0.06 * section[:, 1] / (high - low), 1.0)
        return sh.placed(section, y, "y") + np.array([0.0, 0.0, (low + high) / 2.0])


class ToyPlane(Family):
    """A propeller plane, with one or two wings, roundels, a painted nose and tail."""

    name = "toy_plane"
    params = {"span": Span(0.7, 1.6), "wings": Count(1, 2)}
    slots = (
        Slot("body", ("plain", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.2, 0.5)),
        Slot("accent", ("plain", "checker", "stripes", "dots"), "vivid", (0.03, 0.07), (0.2, 0.5)),
        Slot("roundel", ("print", "dots", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        Slot("rubber", ("plain",), "dark", (0.02, 0.05), (0.1, 0.4)),
        Slot("metal", ("metal", "wood"), "metal", (0.02, 0.05), (0.2, 0.4)),
    )
    tags = ("toy", "flies")
    size = multiple_of("span", 1.0, 0.92, 0.425)

    def build(self, p: TypedParams) -> MeshData:
        wings = p.count("wings")
        stations = (
            (-0.4, 0.045),
            (-0.385, 0.06),
            (-0.3, 0.073),
            (-0.16, 0.078),
            (0.0, 0.075),
            (0.2, 0.052),
            (0.36, 0.028),
            (0.42, 0.016),
        )
        curve = sh.smooth([(y, r) for y, r in stations], 3)
        hull = sh.oval_loft([(y, r, r * 1.12) for y, r in curve], 2.4, 24, "y")
        hull = sh.painted(hull, 1, lambda c: (c[:, 1] < -0.3) | (c[:, 1] > 0.2) & (c[:, 1] < 0.27))
        parts = [hull, sh.ellipsoid(0.048, 0.1, 0.055, 3, 20, 10).moved(y=-0.02, z=0.075)]
        parts.append(self.wing(0.5, 0.19).moved(y=-0.1, z=-0.035))
        if wings > 1:
            parts.append(self.wing(0.5, 0.18).moved(y=-0.13, z=0.17))
            struts = [
                sh.rod((x, y - 0.11, -0.03), (x, y - 0.13, 0.165), 0.006, 6, 3)
                for x in (0.32, 0.06)
                for y in (-0.05, 0.06)
            ]
            parts += [sh.both_sides(strut) for strut in struts]
        parts.append(self.wing(0.19, 0.11).moved(y=0.36, z=0.012))
        fin = sh.rounded([(0.27, 0.0), (0.34, 0.16), (0.43, 0.17), (0.44, 0.0)], 0.03, 3, closed=True)
        parts.append(sh.slab(fin, 0.016, 0.007, (1, 1)).turned("z", math.pi / 2).moved(z=0.02))
        parts.append(sh.propeller(0.16, 3 if wings == 1 else 2, 0.034, 4).moved(y=-0.425))
        parts.append(sh.ellipsoid(0.032, 0.05, 0.032, 1, 16, 10).moved(y=-0.41))
        wheel = sh.disc_wheel(0.042, 0.03, (3, 1), 16).moved(x=0.12, y=-0.2, z=-0.158)
        legs = [sh.rod((0.12, -0.2, -0.158), (0.04, y, -0.05), 0.008, 8, 4) for y in (-0.25, -0.14)]
        parts.append(sh.both_sides(sh.join(wheel, legs)))
        parts.append(sh.disc_wheel(0.018, 0.014, (3, 1), 14).moved(y=0.38, z=-0.04))
        return sh.join(parts)

    def wing(self, half: float, chord: float) -> MeshData:
        """A wing about the origin with a slight dihedral; tips in slot 1 and a roundel (slot 2) near each of them."""
        c = chord / 2.0
        ribs = np.linspace(-0.97, 0.97, 21) * half
        rings = []
        for x in ribs:
            inside = np.abs(x) / half
            k = c * (1.0 - 0.25 * inside) * math.sqrt(max(0.0, 1.0 - max(0.0, (inside - 0.86) / 0.14) ** 2.5))
            foil = sh.superellipse(max(k, 0.12 * c), 0.1 * chord * (1.0 - 0.3 * inside) / 2.0 * 1.5, 2.0, 20)
            foil[:, 1] *= 1.0 - 0.45 * foil[:, 0] / c
            rings.append(sh.placed(foil, x, "x"))
        body = sh.painted(sh.loft(rings), 1, lambda q: np.abs(q[:, 0]) > 0.8 * half)
        disc = cylinder(0.62 * c, 0.003, 24, slot=2)
        parts = [body]
        if half > 0.3:
            top = [disc.moved(x=s * 0.62 * half, z=z) for s in (-1, 1) for z in (0.068 * chord, -0.078 * chord)]
            parts += top
        return sh.bent(
            sh.join(parts), lambda v: v + np.stack([0 * v[:, 0], 0 * v[:, 0], 0.06 * np.abs(v[:, 0])], axis=1)
        )


class Drone(Family):
    """A quadcopter: striped shell, four arms with motors, propellers and guards, skids, and a camera in front."""

    name = "drone"
    params = {"span": Span(0.42, 0.85)}
    slots = (
        Slot("shell", ("plain", "patches", "stripes", "noise", "print"), "light", (0.03, 0.08), (0.2, 0.5)),
        Slot("accent", ("plain", "stripes", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
        Slot("dark", ("plain", "noise"), "dark", (0.01, 0.03), (0.3, 0.6)),
        Slot("battery", ("print", "stripes", "checker"), "vivid", (0.02, 0.05), (0.3, 0.6)),
    )
    tags = ("flies", "gadget")
    size = multiple_of("span", 1.0, 1.0, 0.32)

    def build(self, p: TypedParams) -> MeshData:
        hull = sh.ellipsoid(0.13, 0.19, 0.055, 0, 32, 14, 2.6).moved(z=0.17)
        hull = sh.painted(hull, 1, lambda c: (np.abs(c[:, 0]) < 0.035) & (c[:, 2] > 0.17))
        hull = sh.painted(hull, 2, lambda c: c[:, 2] < 0.155)
        # The camera on its gimbal.
        eye = lathe(
            sh.rounded([(0, 0), (0.032, 0), (0.032, 0.035), (0.024, 0.035), (0.024, 0.025), (0, 0.025)], 0.004, 2),
            20,
            2,
        )
        ball = sh.ellipsoid(0.04, 0.04, 0.038, 3, 20, 12).moved(y=-0.15, z=0.1)
        fork = sh.both_sides(sh.cushion(0.012, 0.03, 0.07, 0.005, 2, 2).moved(x=0.046, y=-0.15, z=0.12))
        parts = [hull, sh.join(ball, fork, eye.turned("x", math.pi / 2).moved(y=-0.168, z=0.1))]
        reach, angle = 0.27, math.pi / 4
        arm = sh.join(
            tube([(0.06, 0, 0.17), (0.2, 0, 0.18), (reach * math.sqrt(2), 0, 0.19)], [0.034, 0.022, 0.018], 12, slot=0),
            sh.pill(0.032, 0.055, 0.008, 20, 2).moved(x=reach * math.sqrt(2), z=0.165),
            sh.torus(0.115, 0.007, 28, 6, 1).moved(x=reach * math.sqrt(2), z=0.222),
            [
                sh.rod(
                    (reach * math.sqrt(2), 0, 0.2),
                    (reach * math.sqrt(2) + 0.115 * math.cos(a), 0.115 * math.sin(a), 0.22),
                    0.0045,
                    6,
                    1,
                )
                for a in (0.5, 2.6, 4.7)
            ],
            sh.propeller(0.105, 2, 0.028, 2)
            .turned("x", -math.pi / 2)
            .turned("z", 0.7)
            .moved(x=reach * math.sqrt(2), z=0.228),
        )
        parts.append(sh.around(arm, 4, angle))
        skid = sh.smooth([(0.15, -0.14, 0.006), (0.15, -0.1, 0.0), (0.15, 0.1, 0.0), (0.15, 0.14, 0.006)], 4)
        parts.append(
            sh.both_sides(
                sh.join(
                    tube(skid, 0.009, 8, slot=2),
                    [sh.rod((0.15, y, 0), (0.08, y, 0.15), 0.008, 8, 2) for y in (-0.08, 0.08)],
                )
            )
        )
        lights = [
            sh.ellipsoid(0.012, 0.012, 0.01, 1, 10, 6).moved(x=x, y=y, z=0.19)
            for x in (-0.07, 0.07)
            for y in (0.17, -0.17)
        ]
        battery = sh.cushion(0.1, 0.13, 0.035, 0.012, 3, 3).moved(y=0.04, z=0.222)
        return sh.join(parts, lights, battery)


class Skateboard(Family):
    """A deck with two kicks, grip above and a graphic below, trucks and wheels."""

    name = "skateboard"
    params = {"length": Span(0.7, 0.88), "kick": Span(0.08, 0.14)}
    slots = (
        Slot("grip", ("print", "noise", "checker", "patches"), "dark", (0.03, 0.1), (0.8, 0.95)),
        Slot("graphic", GRAPHIC, "vivid", (0.03, 0.1), (0.3, 0.6)),
        Slot("edge", ("wood", "stripes"), "wood", (0.01, 0.02), (0.4, 0.7)),
        Slot("trucks", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
        Slot("wheels", ("plain", "dots"), "vivid", (0.01, 0.02), (0.4, 0.7)),
    )
    tags = ("toy", "vehicle")
    silhouette_fill = 0.4

    def size(self, p: TypedParams) -> Extent:
        length = p.real("length")
        return 0.272 * length, length, (0.145 + p.real("kick") * 2.2 * 0.38**1.4) * length

    def build(self, p: TypedParams) -> MeshData:
        kick = p.real("kick")
        ys = np.linspace(-1.0, 1.0, 41)
        half = 0.13 * np.maximum(1.0 - np.abs(ys) ** 9, 0.0) ** 0.5 * (1.0 - 0.06 * np.abs(ys) ** 3)
        half = np.maximum(half, 0.025)
        rise = kick * np.maximum(np.abs(ys) - 0.62, 0.0) ** 1.4 * 2.2
        rings = [
            sh.placed(sh.superellipse(w, 0.009, 5.0, 20), 0.5 * y, "y") + np.array([0.0, 0.0, 0.135 + z])
            for y, w, z in zip(ys, half, rise, strict=True)
        ]
        rings = [ring + np.stack([0 * ring[:, 0], 0 * ring[:, 0], 0.6 * ring[:, 0] ** 2], axis=1) for ring in rings]
        deck = sh.loft(rings)
        deck = sh.painted(deck, 1, lambda c: self.beside_deck(c, ys, rise) < -0.004)
        deck = sh.painted(deck, 2, lambda c: np.abs(self.beside_deck(c, ys, rise)) <= 0.004)
        truck = sh.join(
            sh.plate(0.08, 0.11, 0.012, 0.003, 3).moved(z=0.12),
            tube([(-0.1, 0, 0.055), (0, 0, 0.075), (0.1, 0, 0.055)], [0.012, 0.026, 0.012], 12, slot=3),
            sh.rod((0, 0.015, 0.075), (0, 0.03, 0.12), 0.016, 10, 3),
            sh.both_sides(sh.disc_wheel(0.052, 0.055, (4, 3), 24).moved(x=0.105, z=0.052)),
        )
        bolts = [
            sh.pill(0.007, 0.004, 0.001, 8, 3).moved(x=sx * 0.025, y=y + sy * 0.032, z=0.143)
            for y in (-0.27, 0.27)
            for sx in (-1, 1)
            for sy in (-1, 1)
        ]
        return sh.join(deck, [truck.moved(y=-0.27), truck.turned("z", math.pi).moved(y=0.27)], bolts)

    def beside_deck(self, c: Floats, ys: Floats, rise: Floats) -> Floats:
        """Height of face centres above the middle of the deck."""
        return np.asarray(c[:, 2] - 0.135 - 0.6 * c[:, 0] ** 2 - np.interp(c[:, 1], 0.5 * ys, rise))


class Tyre(Family):
    """A car wheel standing on its tread: blocks, lettering on the wall, a spoked rim."""

    name = "tyre"
    params = {"diameter": Span(0.56, 0.82), "width": Span(0.19, 0.28), "spokes": Count(5, 7)}
    slots = (
        Slot("rubber", ("noise", "plain"), "dark", (0.02, 0.05), (0.7, 0.95)),
        Slot("wall", ("stripes", "plain", "noise", "print"), "stone", (0.03, 0.08), (0.6, 0.9)),
        Slot("rim", ("metal", "rust", "plain"), "metal", (0.03, 0.08), (0.2, 0.5)),
    )
    settings = ("outdoor",)
    rolls = True
    tags = ("vehicle",)
    silhouette_fill = 0.7

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), p.real("diameter"), p.real("diameter")

    def build(self, p: TypedParams) -> MeshData:
        diameter, width, spokes = p.real("diameter"), p.real("width"), p.count("spokes")
        r, w = diameter / 2.0, width / 2.0
        bead = 0.62 * r
        profile = sh.rounded([(bead, -0.62 * w), (0.78 * r, -w), (0.93 * r, -0.96 * w), (0.985 * r, -0.8 * w),
                           (0.985 * r, 0.8 * w), (0.93 * r, 0.96 * w), (0.78 * r, w), (bead, 0.62 * w)],
                          0.08 * r, 2)  # fmt: skip
        tread = np.linspace(-0.8, 0.8, 9)[1:-1] * w
        middle = len(profile) // 2
        profile = np.concatenate([profile[:middle], np.stack([np.full(7, 0.985 * r), tread], axis=1), profile[middle:]])
        count = 96
        rubber = sh.bent(lathe(profile, count), lambda v: self.treaded(v, r, w, count))
        rubber = sh.painted(
            rubber, 1, lambda c: (np.hypot(c[:, 0], c[:, 1]) < 0.9 * r) & (np.hypot(c[:, 0], c[:, 1]) > 0.72 * r)
        )
        rim = lathe([(0.56 * r, -0.5 * w), (0.6 * r, -0.62 * w), (0.64 * r, -0.62 * w),
                     (0.6 * r, -0.5 * w), (0.6 * r, 0.5 * w), (0.64 * r, 0.62 * w), (0.6 * r, 0.62 * w),
                     (0.56 * r, 0.5 * w)], 24, 2)  # fmt: skip
        spoke = sh.cushion(0.5 * r, 0.11 * r, 0.16 * w, 0.03 * r, 2, 2).moved(x=0.34 * r)
        star = sh.join(sh.around(spoke, spokes), sh.pill(0.16 * r, 0.4 * w, 0.03 * r, 14, 2).moved(z=-0.2 * w))
        nuts = sh.around(cylinder(0.022 * r, 0.1 * w, 6, slot=0).moved(x=0.1 * r, z=0.18 * w), 5)
        drum = sh.pill(0.5 * r, 0.1 * w, 0.004, 24, 0).moved(z=-0.05 * w)
        wheel = sh.join(
            rubber,
            rim,
            drum,
            *(
                sh.join(star, nuts).moved(z=0.32 * w * s)
                if s > 0
                else sh.join(star, nuts).scaled(z=-1).moved(z=-0.32 * w)
                for s in (-1, 1)
            ),
        )
        return wheel.turned("y", -math.pi / 2)

    def treaded(self, v: Floats, r: float, w: float, count: int) -> Floats:
        """Blocks: meridians raised in a pattern that is staggered across the tread."""
        radius = np.hypot(v[:, 0], v[:, 1])
        turn = np.round(arctan2(v[:, 1], v[:, 0]) * count / sh.TAU).astype(int) % count
        row = np.round(v[:, 2] / (0.2 * w) + 8).astype(int)
        raised = ((turn + 3 * (row % 2)) % 6 < 4) & (row % 4 != 2)
        factor = np.where((radius > 0.97 * r) & raised, 1.05, 1.0)
        return np.asarray(v * np.stack([factor, factor, np.ones_like(factor)], axis=1))


SMALL_VEHICLES: tuple[Family, ...] = (ToyCar(), ToyPlane(), Drone(), Skateboard(), Tyre())
