"""Buses, tractors and excavators."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData
from dsia_gen.procedural.objects.slots import LAMPS, METAL, PANES, TYRES
from dsia_gen.procedural.params import Choice, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, tube
from dsia_gen.procedural.sizes import by_style

BUS_BODIES: dict[str, tuple[float, tuple[float, ...]]] = {
    "double": (0.5, (0.17, 0.385)),
    "school": (0.4, (0.285,)),
    "coach": (0.36, (0.25,)),
}
"""Style -> height, and heights of the windows' middles, for a length of 1."""


class ToyBus(Family):
    """A double-decker, a school bus with a bonnet, or a coach: rows of windows, a printed side, lamps and wheels."""

    name = "toy_bus"
    params = {"length": Span(0.4, 1.2), "style": Choice(("double", "school", "coach"))}
    slots = (
        Slot("body", ("stripes", "patches", "noise", "dots", "checker"), "vivid", (0.06, 0.16), (0.15, 0.4)),
        Slot("advert", ("print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.2, 0.4)),
        PANES,
        TYRES,
        METAL,
        LAMPS,
    )
    tags = ("toy", "vehicle")
    silhouette_fill = 0.7
    size = by_style("length", "style", {"double": (0.374, 1.03, 0.53), "school": (0.374, 1.022, 0.431),
                                        "coach": (0.374, 1.03, 0.391)})  # fmt: skip

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        high, floors = BUS_BODIES[style]
        nose = -0.28 if style == "school" else -0.5
        deep = 0.5 - nose
        parts = [sh.cushion(0.3, deep, high - 0.07, 0.035, 0, 4).moved(y=(0.5 + nose) / 2, z=(high + 0.07) / 2)]
        count = max(3, round(deep / 0.14))
        pitch = (deep - 0.1) / count
        for z in floors:
            for k in range(count):
                pane = sh.plate(0.008, 0.82 * pitch, 0.1, 0.002, 2).moved(
                    x=0.15, y=nose + 0.05 + (k + 0.5) * pitch, z=z
                )
                parts.append(sh.both_sides(pane))
            parts += [sh.cushion(0.25, 0.008, 0.11, 0.003, 2, 2).moved(y=y, z=z) for y in (nose, 0.5)]
        gap = 0.26 if style == "double" else floors[0] - 0.095
        parts.append(
            sh.both_sides(sh.plate(0.006, deep - 0.16, 0.062, 0.002, 1).moved(x=0.15, y=(0.5 + nose) / 2 + 0.01, z=gap))
        )
        parts.append(sh.cushion(0.2, 0.5 * deep, 0.03, 0.012, 3, 3).moved(y=0.1, z=high + 0.005))
        if style == "school":
            parts += [
                sh.cushion(0.24, 0.26, 0.15, 0.04, 0, 4).moved(y=-0.36, z=0.155),
                sh.plate(0.16, 0.02, 0.08, 0.004, 4).moved(y=-0.49, z=0.16),
            ]
            parts.append(sh.both_sides(sh.ellipsoid(0.05, 0.1, 0.05, 1, 16, 8).moved(x=0.115, y=-0.37, z=0.13)))
        front = -0.492 if style == "school" else -0.5
        parts.append(sh.both_sides(sh.ellipsoid(0.026, 0.014, 0.024, 5, 14, 8).moved(x=0.09, y=front, z=0.135)))
        parts.append(sh.both_sides(sh.plate(0.04, 0.012, 0.025, 0.003, 5).moved(x=0.11, y=0.5, z=0.14)))
        parts += [sh.cushion(0.3, 0.03, 0.032, 0.01, 4, 2).moved(y=y, z=0.085) for y in (front, 0.5)]
        parts.append(
            sh.both_sides(
                sh.join(
                    sh.rod((0.14, nose + 0.02, high - 0.1), (0.175, nose - 0.01, high - 0.1), 0.005, 6, 4),
                    sh.plate(0.014, 0.012, 0.05, 0.003, 4).moved(x=0.18, y=nose - 0.01, z=high - 0.12),
                )
            )
        )
        wheel = sh.join(
            sh.disc_wheel(0.075, 0.06, (3, 4), 22).moved(x=0.128),
            cylinder(0.086, 0.012, 22, slot=3).turned("y", math.pi / 2).moved(x=0.142),
        )
        parts += [sh.both_sides(wheel.moved(y=y, z=0.075)) for y in (-0.36 if style == "school" else -0.31, 0.29)]
        return sh.join(parts)


class Tractor(Family):
    """A farm tractor: bonnet with a grille and an exhaust, lugged wheels under mudguards, a cab or an open seat."""

    name = "tractor"
    params = {"length": Span(0.45, 1.3), "cab": Choice((False, True))}
    slots = (
        Slot("paint", ("noise", "stripes", "patches", "checker"), "vivid", (0.05, 0.14), (0.2, 0.5)),
        Slot("second", ("stripes", "checker", "dots", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        PANES,
        Slot("tyres", ("noise",), "dark", (0.02, 0.04), (0.6, 0.9)),
        Slot("iron", ("metal", "rust"), "metal", (0.02, 0.06), (0.3, 0.6)),
        LAMPS,
    )
    tags = ("toy", "vehicle")
    silhouette_fill = 0.65
    size = by_style("length", "cab", {True: (0.52, 1.0, 0.74), False: (0.52, 1.0, 0.66)})

    def build(self, p: TypedParams) -> MeshData:
        cab = p.flag("cab")
        hood = [(-0.44, 0.3, 0.09, 0.08), (-0.42, 0.3, 0.1, 0.1), (-0.25, 0.32, 0.105, 0.11),
                (0.0, 0.34, 0.105, 0.12), (0.02, 0.34, 0.1, 0.115)]  # fmt: skip
        body = sh.oval_loft([(y, w, h, z + 0.03) for y, z, w, h in hood], 4.0, 28, "y")
        body = sh.painted(
            body, 2, lambda c: (np.abs(c[:, 0]) > 0.098) & (np.abs(c[:, 2] - 0.35) < 0.03) & (c[:, 1] > -0.4)
        )
        grille = [sh.plate(0.13, 0.014, 0.014, 0.003, 4).moved(y=-0.443, z=z) for z in (0.28, 0.31, 0.34, 0.37)]
        lamps = sh.both_sides(sh.ellipsoid(0.022, 0.014, 0.022, 5, 14, 8).moved(x=0.055, y=-0.44, z=0.405))
        belly = sh.cushion(0.12, 0.72, 0.14, 0.03, 4, 2).moved(y=-0.02, z=0.21)
        rear = sh.cushion(0.26, 0.24, 0.12, 0.03, 0, 3).moved(y=0.24, z=0.32)
        pipe = sh.join(
            sh.rod((0.06, -0.22, 0.42), (0.06, -0.22, 0.62), 0.012, 10, 4),
            sh.rod((0.06, -0.22, 0.5), (0.06, -0.22, 0.58), 0.02, 12, 4),
        )
        rim = [sh.arc_over(0.29, 0.24, 0.26, -0.15, 2.7), sh.arc_over(0.275, 0.24, 0.26, -0.15, 2.7)[::-1]]
        guards = sh.both_sides(sh.profile(np.concatenate(rim), 0.15, 0.003, (1, 1)).moved(x=0.185))
        wheels = sh.both_sides(
            sh.join(
                self.lugged(0.26, 0.13, 14).moved(x=0.19, y=0.24, z=0.26),
                self.lugged(0.15, 0.085, 12).moved(x=0.15, y=-0.33, z=0.15),
            )
        )
        axle = sh.rod((-0.15, -0.33, 0.15), (0.15, -0.33, 0.15), 0.02, 10, 4)
        return sh.join(body, grille, lamps, belly, rear, pipe, guards, wheels, axle, self.driver_place(cab))

    def lugged(self, radius: float, width: float, lugs: int) -> MeshData:
        """A field tyre about X with slanted lugs; slot 3, hub in slot 1."""
        wheel = sh.disc_wheel(0.95 * radius, width, (3, 1), 22)
        lug = (
            sh.plate(0.09 * radius, 0.16 * radius, 0.5 * width, 0.0, 3)
            .moved(x=0.955 * radius, z=0.25 * width)
            .turned("x", 0.0)
        )
        left = sh.around(lug, lugs)
        right = sh.around(lug.scaled(z=-1.0), lugs, math.pi / lugs)
        cap = sh.pill(0.14 * radius, 0.1 * width, 0.01, 12, 4)
        return sh.join(
            wheel, sh.join(left, right).turned("y", math.pi / 2), cap.turned("y", math.pi / 2).moved(x=0.42 * width)
        )

    def driver_place(self, cab: bool) -> list[MeshData]:
        if cab:
            glass = sh.oval_loft(
                [(z, w, d, 0.2) for z, w, d in ((0.4, 0.125, 0.15), (0.55, 0.135, 0.165), (0.69, 0.12, 0.14))],
                6.0,
                28,
                "z",
                2,
            )
            posts = [
                sh.rod((sx * 0.125, 0.2 + sy * 0.152, 0.4), (sx * 0.115, 0.2 + sy * 0.135, 0.7), 0.016, 8)
                for sx in (-1, 1)
                for sy in (-1, 1)
            ]
            return [glass, *posts, sh.cushion(0.3, 0.36, 0.045, 0.02, 1, 3).moved(y=0.2, z=0.715)]
        seat = [
            sh.cushion(0.17, 0.15, 0.045, 0.02, 1, 3).moved(y=0.24, z=0.42),
            sh.cushion(0.17, 0.04, 0.17, 0.018, 1, 3).turned("x", -0.2).moved(y=0.33, z=0.49),
        ]
        wheel = sh.torus(0.07, 0.01, 22, 8, 4).turned("x", 0.7).moved(y=0.08, z=0.545)
        bow = tube(sh.rounded([(-0.13, 0.36, 0.4), (-0.13, 0.36, 0.65), (0.13, 0.36, 0.65),
                            (0.13, 0.36, 0.4)], 0.04, 4), 0.014, 8, slot=4)  # fmt: skip
        return [*seat, wheel, sh.rod((0, 0.0, 0.42), (0, 0.08, 0.545), 0.01, 8, 4), bow]


_ARMS = {"reaching": ((-0.4, 0.72), (-0.78, 0.56), 0.5), "digging": ((-0.46, 0.66), (-0.56, 0.26), 0.1),
         "folded": ((-0.34, 0.78), (-0.28, 0.42), -0.5)}  # fmt: skip
"""Pose -> (y, z) of elbow and wrist, and the turn of the bucket in radians."""


class Excavator(Family):
    """A digger on tracks: house with a counterweight, cab, and a boom, a stick and a bucket in one of three poses."""

    name = "excavator"
    params = {"length": Span(0.5, 1.2), "pose": Choice(("reaching", "digging", "folded"))}
    slots = (
        Slot("paint", ("noise", "rust", "stripes", "patches"), "vivid", (0.05, 0.14), (0.2, 0.5)),
        Slot("second", ("stripes", "checker", "print"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        PANES,
        Slot("tracks", ("noise",), "dark", (0.02, 0.04), (0.6, 0.9)),
        Slot("iron", ("metal", "rust"), "metal", (0.02, 0.06), (0.3, 0.6)),
    )
    tags = ("toy", "vehicle")
    size = by_style("length", "pose", {"reaching": (0.48, 1.174, 0.796), "digging": (0.48, 1.034, 0.736),
                                       "folded": (0.48, 0.837, 0.856)})  # fmt: skip

    def build(self, p: TypedParams) -> MeshData:
        pose = p.text("pose")
        track = sh.rounded(
            [(-0.3, 0.0), (0.3, 0.0), (0.36, 0.1), (0.3, 0.17), (-0.3, 0.17), (-0.36, 0.1)], 0.06, 3, closed=True
        )
        cleats = [
            sh.cushion(0.13, 0.03, 0.014, 0.004, 4, 1).moved(y=y, z=z)
            for y in np.linspace(-0.27, 0.27, 9)
            for z in (0.007, 0.168)
        ]
        wheels = [
            cylinder(r, 0.012, 18, slot=4).turned("y", math.pi / 2).moved(x=0.058, y=y, z=z)
            for y, z, r in (
                (-0.26, 0.09, 0.06),
                (0.26, 0.09, 0.06),
                (-0.1, 0.055, 0.035),
                (0.0, 0.055, 0.035),
                (0.1, 0.055, 0.035),
            )
        ]
        crawler = sh.both_sides(sh.join(sh.profile(track, 0.12, 0.01, (3, 3)), cleats, wheels).moved(x=0.17))
        under = [sh.cushion(0.26, 0.3, 0.08, 0.02, 4, 2).moved(z=0.12), sh.pill(0.13, 0.05, 0.01, 28, 4).moved(z=0.16)]
        house = [
            sh.cushion(0.38, 0.36, 0.16, 0.03, 0, 4).moved(y=0.05, z=0.29),
            sh.cushion(0.385, 0.1, 0.19, 0.035, 1, 4).moved(y=0.24, z=0.29),
        ]
        house += [
            sh.cushion(0.18, 0.16, 0.06, 0.02, 0, 3).moved(x=0.08, y=0.1, z=0.39),
            sh.rod((0.13, 0.14, 0.4), (0.13, 0.14, 0.48), 0.014, 10, 4),
        ]
        house.append(sh.both_sides(sh.plate(0.006, 0.2, 0.07, 0.002, 1).moved(x=0.19, y=0.06, z=0.28)))
        # The cab beside the boom: painted shell, panes, roof.
        cab = [(-0.17, 0.22), (-0.17, 0.36), (-0.12, 0.55), (0.06, 0.55), (0.08, 0.36), (0.08, 0.22)]
        pane = [(-0.155, 0.345), (-0.112, 0.53), (-0.03, 0.53), (-0.03, 0.345)]
        rear = [(-0.015, 0.345), (-0.015, 0.53), (0.048, 0.53), (0.064, 0.345)]
        cabin = [sh.profile(sh.rounded(cab, 0.02, 2, closed=True), 0.16, 0.012, (0, 0)),
                 sh.profile(pane, 0.168, 0.002, (2, 2)), sh.profile(rear, 0.168, 0.002, (2, 2))]  # fmt: skip
        cabin += [
            sh.cushion(0.13, 0.19, 0.008, 0.003, 2, 1).turned("x", math.pi / 2 - 0.257).moved(y=-0.146, z=0.452),
            sh.plate(0.17, 0.2, 0.02, 0.006, 1).moved(y=-0.03, z=0.557),
        ]
        parts = [crawler, *under, *house, sh.join(cabin).moved(x=-0.1), *self.digging_arm(pose)]
        return sh.join(*parts)

    def digging_arm(self, pose: str) -> list[MeshData]:
        (ey, ez), (wy, wz), turn = _ARMS[pose]
        foot = np.array([-0.1, 0.32])
        knee = np.array([(foot[0] + ey) / 2.0 - 0.02, (foot[1] + ez) / 2.0 + 0.1])
        boom = self.beam([foot, knee, (ey, ez)], (0.035, 0.055, 0.035), 0.07, 0)
        stick = self.beam([(ey + 0.05, ez + 0.06), (ey, ez), (wy, wz)], (0.025, 0.045, 0.025), 0.055, 1)
        rams = [
            sh.rod((0, foot[0] - 0.06, foot[1] - 0.02), (0, knee[0], knee[1] - 0.05), 0.018, 10, 4),
            sh.rod((0, knee[0], knee[1] + 0.05), (0, ey + 0.04, ez + 0.06), 0.018, 10, 4),
        ]
        pins = [sh.rod((-0.05, y, z), (0.05, y, z), 0.018, 12, 4) for y, z in (foot, knee, (ey, ez), (wy, wz))]
        cup = sh.smooth([(0.0, 0.03), (0.07, 0.0), (0.1, -0.08), (0.06, -0.16), (-0.03, -0.19), (-0.1, -0.17)], 3)
        shell = np.concatenate([cup, (cup * 0.86 + [-0.008, -0.004])[::-1]])
        bucket = [
            sh.profile(shell, 0.16, 0.002, (1, 1)),
            sh.both_sides(sh.profile(cup, 0.012, 0.002, (1, 1)).moved(x=0.078)),
        ]
        bucket += [
            sh.plate(0.02, 0.05, 0.014, 0.003, 4).moved(x=x, y=-0.12, z=-0.17) for x in (-0.06, -0.02, 0.02, 0.06)
        ]
        return [boom, stick, *rams, *pins, sh.join(bucket).turned("x", turn).moved(y=wy, z=wz)]

    def beam(self, points: Sequence[ArrayLike], half: Sequence[float], width: float, slot: int) -> MeshData:
        """A bent box beam across X through (y, z) points, of a half height at each."""
        p = np.asarray(points, dtype=np.float64)
        along = np.gradient(p, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
        h = np.asarray(half)[:, None]
        return sh.profile(np.concatenate([p + across * h, (p - across * h)[::-1]]), width, 0.006, (slot, slot))


HEAVY_MACHINES: tuple[Family, ...] = (ToyBus(), Tractor(), Excavator())
