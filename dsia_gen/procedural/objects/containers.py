"""Boxes, barrels, bags and cans."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.objects.slots import CLOTH, GRAPHIC, RUBBER, STEEL
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import box, lathe, tube
from dsia_gen.procedural.sizes import Extent, sides, turned, upright


class Crate(Family):
    """A shipping crate: slatted sides in a frame of battens, a brace on each side and a stencilled plate."""

    name = "crate"
    params = {"width": Span(0.45, 0.8), "depth": Span(0.4, 0.65), "height": Span(0.36, 0.65), "slats": Count(3, 5)}
    slots = (
        Slot("boards", ("wood",), "wood", (0.03, 0.07), (0.6, 0.9)),
        Slot("frame", ("wood", "noise"), "wood", (0.03, 0.07), (0.6, 0.9)),
        Slot("label", ("print", "checker", "stripes"), "vivid", (0.06, 0.15)),
    )
    uses = ("foreground", "props")
    tags = ("container", "wood")
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h, slats = p.real("width"), p.real("depth"), p.real("height"), p.count("slats")
        t = 0.016
        walls = [
            self.slatted(w - 2 * t, h - 2 * t, slats, k).moved(y=s * (d / 2 - 1.5 * t)) for k, s in enumerate((-1, 1))
        ]
        sides = [
            self.slatted(d - 2 * t, h - 2 * t, slats, 9 + k).turned("z", math.pi / 2).moved(x=s * (w / 2 - 1.5 * t))
            for k, s in enumerate((-1, 1))
        ]
        lids = [
            self.lid(w - 2 * t, d - 2 * t, 5, t, 20 + k).moved(z=s * (h / 2 - 1.5 * t)) for k, s in enumerate((-1, 1))
        ]
        frame = [self.batten_frame(w, h, t, brace=False, seed=30).moved(y=-d / 2 + t / 2)]
        frame.append(self.batten_frame(w, h, t, brace=True, seed=40).moved(y=d / 2 - t / 2))
        cheek = self.batten_frame(d - 2 * t, h, t, brace=True, seed=50).turned("z", math.pi / 2)
        frame += [cheek.moved(x=s * (w / 2 - t / 2)) for s in (-1, 1)]
        top = [
            sh.plate(w, 0.055, t, 0.003, 1).grained("x", 60 + k).moved(y=s * (d / 2 - 0.03), z=h / 2 - t / 2)
            for k, s in enumerate((-1, 1))
        ]
        label = sh.plate(0.5 * w, 0.004, 0.42 * h, 0.001, 2).moved(y=-d / 2 + t - 0.002)
        return sh.join(walls, sides, lids, frame, top, label)

    def slatted(self, width: float, height: float, slats: int, seed: int) -> MeshData:
        """Boards one above another in the XZ plane, about the origin."""
        step = height / slats
        return sh.join(
            sh.plate(width, 0.016, step * 0.93, 0.003)
            .grained("x", 100 * seed + k)
            .moved(z=(k + 0.5) * step - height / 2)
            for k in range(slats)
        )

    def lid(self, width: float, depth: float, boards: int, thickness: float, seed: int) -> MeshData:
        step = depth / boards
        return sh.join(
            sh.plate(width, step * 0.95, thickness, 0.003)
            .grained("x", 100 * seed + k)
            .moved(y=(k + 0.5) * step - depth / 2)
            for k in range(boards)
        )

    def batten_frame(self, width: float, height: float, t: float, brace: bool, seed: int) -> MeshData:
        """Four battens around a side in the XZ plane, and a diagonal, all in slot 1."""
        b = 0.055
        rails = [
            sh.plate(width, t, b, 0.003, 1).grained("x", seed + k).moved(z=s * (height - b) / 2)
            for k, s in enumerate((-1, 1))
        ]
        posts = [
            sh.plate(b, t, height - 2 * b, 0.003, 1).grained("z", seed + 3 + k).moved(x=s * (width - b) / 2)
            for k, s in enumerate((-1, 1))
        ]
        if not brace:
            return sh.join(rails, posts)
        run, rise = width - 2 * b, height - 2 * b
        length = math.hypot(run, rise) - 0.9 * b
        strut = sh.plate(length, t * 0.8, b * 0.9, 0.003, 1).grained("x", seed + 7).turned("y", -math.atan2(rise, run))
        return sh.join(rails, posts, strut)


class CardboardBox(Family):
    """A carton with printed sides; closed with tape, or open with its flaps out."""

    name = "cardboard_box"
    params = {"width": Span(0.3, 0.7), "depth": Span(0.28, 0.5), "height": Span(0.22, 0.5),
              "open": Choice((False, False, True))}  # fmt: skip
    slots = (
        Slot("card", ("noise", "plain", "patches"), "earth", (0.05, 0.3), (0.7, 0.95)),
        Slot("tape", ("stripes", "plain"), "vivid", (0.03, 0.06), (0.2, 0.4)),
        Slot("print", ("print", "checker", "stripes"), "vivid", (0.06, 0.18), (0.5, 0.8)),
    )
    uses = ("foreground", "props")
    tags = ("container", "card")
    silhouette_fill = 1.0
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h = p.real("width"), p.real("depth"), p.real("height")
        wall = 0.005
        if p.flag("open"):
            low = 0.72 * h
            body = [sh.cushion(w, wall, low, 0.002).moved(y=s * d / 2, z=low / 2) for s in (-1, 1)]
            body += [sh.cushion(wall, d, low, 0.002).moved(x=s * w / 2, z=low / 2) for s in (-1, 1)]
            body.append(sh.plate(w, d, wall, 0.001).moved(z=wall))
            body += [
                self.flap(w, 0.42 * d, 0.75).moved(y=-d / 2, z=low),
                self.flap(w, 0.42 * d, 0.45).scaled(y=-1).moved(y=d / 2, z=low),
            ]
            body += [
                self.flap(d, 0.42 * d, a).turned("z", s * math.pi / 2).moved(x=s * w / 2, z=low)
                for s, a in ((-1, 0.95), (1, 0.6))
            ]
        else:
            low = h
            body = [sh.crisp(box((w, d, h - wall), 0.008, 3))]
            body += [
                sh.plate(w - 0.004, d / 2 - 0.002, wall, 0.001).moved(y=s * d / 4, z=h - wall / 2) for s in (-1, 1)
            ]
            body.append(sh.plate(0.055, d + 0.004, 0.0035, 0.001, 1).turned("z", math.pi / 2).moved(z=h))
            body += [sh.plate(0.0035, 0.055, 0.2 * h, 0.001, 1).moved(x=s * w / 2, z=h - 0.1 * h) for s in (-1, 1)]
        prints = sh.both_sides(
            sh.plate(0.62 * w, 0.002, 0.5 * low, 0.0005, 2).moved(y=d / 2 + 0.0035, z=0.48 * low), "y"
        )
        ends = sh.both_sides(sh.plate(0.002, 0.5 * d, 0.4 * low, 0.0005, 2).moved(x=w / 2 + 0.0035, z=0.42 * low))
        return sh.join(body, prints, ends)

    def flap(self, width: float, length: float, angle: float) -> MeshData:
        """A carton flap hinged at the origin, hanging out towards -Y by `angle` above the horizontal."""
        return sh.plate(width * 0.985, length, 0.005, 0.001).moved(y=-length / 2).turned("x", -angle)


class GiftBox(Family):
    """A wrapped present with a lid, a ribbon both ways round and a bow."""

    name = "gift_box"
    params = {"width": Span(0.25, 0.6), "depth": Span(0.25, 0.55), "height": Span(0.28, 0.6)}
    slots = (
        Slot("paper", GRAPHIC, "vivid", (0.03, 0.09), (0.25, 0.6)),
        Slot("lid", ("plain", "dots", "stripes", "checker"), "vivid", (0.03, 0.08), (0.25, 0.6)),
        Slot("ribbon", ("plain", "stripes", "dots"), "vivid", (0.01, 0.03), (0.2, 0.45)),
    )
    tags = ("toy",)
    silhouette_fill = 0.75
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h = p.real("width"), p.real("depth"), p.real("height")
        body_h, band = 0.78 * h, 0.11 * w
        lid_h = 0.22 * body_h
        body = sh.crisp(box((0.94 * w, 0.94 * d, body_h * 0.99), 0.01, 3))
        lid = sh.crisp(box((w, d, lid_h), 0.01, 3, 1)).moved(z=body_h - lid_h)
        wraps = [
            sh.plate(band, 0.94 * d + 0.006, body_h - 0.01, 0.002, 2).moved(z=body_h / 2 - 0.01),
            sh.plate(0.94 * w + 0.006, band, body_h - 0.01, 0.002, 2).moved(z=body_h / 2 - 0.01),
            sh.plate(band, d + 0.006, lid_h + 0.006, 0.002, 2).moved(z=body_h - lid_h / 2),
            sh.plate(w + 0.006, band, lid_h + 0.006, 0.002, 2).moved(z=body_h - lid_h / 2),
        ]
        # Four loops, four tails and a knot in slot 2, standing on the origin.
        reach = 0.3 * w
        height = h - body_h
        t = np.linspace(0.0, sh.TAU, 18)
        loop = np.stack(
            [
                reach * np.sin(t / 2) ** 0.8,
                0 * t,
                0.12 * height + 0.82 * height * np.sin(t / 2) * (0.42 - 0.55 * np.cos(t + 0.75)),
            ],
            axis=1,
        )
        loop[:, 2] = np.maximum(loop[:, 2], 0.02 * height)
        width = np.stack([0 * t, band * (0.45 + 0.55 * np.sin(t / 2)), 0 * t], axis=1)
        loops = sh.around(sh.ribbon(loop, width, 2), 4, math.pi / 4)
        tail = sh.smooth([(0, 0, 0.1 * height), (0.5 * reach, 0, 0.18 * height), (1.1 * reach, 0, 0.04 * height)], 5)
        tails = sh.around(sh.ribbon(tail, (0, 0.8 * band, 0), 2), 4, 0.15)
        knot = sh.ellipsoid(0.55 * band, 0.55 * band, 0.2 * height, 2, 14, 8).moved(z=0.25 * height)
        bow = sh.join(loops, tails, knot).moved(z=body_h)
        return sh.join(body, lid, wraps, bow)


class Barrel(Family):
    """A wooden barrel of bulged staves with iron hoops and recessed lids."""

    name = "barrel"
    params = {"diameter": Span(0.45, 0.7), "tallness": Span(1.2, 1.5), "bulge": Span(0.1, 0.2), "hoops": Choice((4, 6))}
    slots = (
        Slot("staves", ("wood",), "wood", (0.03, 0.07), (0.5, 0.85)),
        Slot("hoops", ("metal", "rust"), "metal", (0.05, 0.15), (0.3, 0.7)),
        Slot("lids", ("wood", "print"), "wood", (0.04, 0.1), (0.5, 0.85)),
    )
    uses = ("foreground", "props")
    tags = ("container", "wood")
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        diameter, bulge, hoops = p.real("diameter"), p.real("bulge"), p.count("hoops")
        h = p.real("tallness") * diameter
        radius = diameter / 2 - 0.004

        def at(z: ArrayLike) -> Floats:
            return np.asarray(radius * (1.0 - bulge * (2.0 * np.asarray(z) / h - 1.0) ** 2))

        heights = np.linspace(0.0, h, 19)
        profile = np.stack([at(heights), heights], axis=1)
        end = radius * (1.0 - bulge)
        inside = [(end - 0.02, h), (end - 0.022, h - 0.03), (0, h - 0.03)]
        staves = 22
        body = lathe([(0, 0.03), (end - 0.022, 0.03), (end - 0.02, 0), *profile, *inside], staves * 4)
        body = sh.bent(body, lambda v: self.grooved(v, staves, end * 0.97))
        body = sh.painted(body, 2, lambda c: np.hypot(c[:, 0], c[:, 1]) < end - 0.0215)
        wood = body.grained("z", 3)
        places = np.linspace(0.06, 0.36, hoops // 2) * h
        rings = [self.hoop(at, z, h) for place in places for z in (place, h - place)]
        bung = sh.pill(0.032, 0.02, 0.006, 16, 2).turned("x", math.pi / 2).moved(y=-radius + 0.012, z=h / 2)
        return sh.join(wood, rings, bung)

    def grooved(self, v: Floats, staves: int, least: float) -> Floats:
        """Every fourth meridian pressed in, so that staves show."""
        radius = np.hypot(v[:, 0], v[:, 1])
        turn = arctan2(v[:, 1], v[:, 0]) * staves / sh.TAU
        joint = np.abs(turn - np.round(turn)) < 0.05
        factor = np.where(joint & (radius > least), 0.982, 1.0)
        return np.asarray(v * np.stack([factor, factor, np.ones_like(factor)], axis=1))

    def hoop(self, at: Callable[[ArrayLike], Floats], z: float, height: float) -> MeshData:
        half = 0.026 * height
        low, high = float(at(z - half)), float(at(z + half))
        return lathe([(low, z - half), (low + 0.004, z - half + 0.002), (high + 0.004, z + half - 0.002),
                      (high, z + half)], 44, 1)  # fmt: skip


class OilDrum(Family):
    """A steel drum with rolling hoops, beaded rims, bungs and a printed band."""

    name = "oil_drum"
    params = {"diameter": Span(0.5, 0.62), "height": Span(0.78, 0.95), "ribs": Count(1, 3)}
    slots = (
        Slot("steel", ("rust", "noise", "plain", "patches"), "vivid", (0.08, 0.3), (0.3, 0.6)),
        Slot("rims", ("metal", "rust"), "metal", (0.05, 0.15), (0.3, 0.6)),
        Slot("band", ("print", "stripes", "checker"), "vivid", (0.08, 0.2), (0.3, 0.6)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("container", "metal")
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        diameter, h, ribs = p.real("diameter"), p.real("height"), p.count("ribs")
        r = diameter / 2 - 0.012
        profile = [(0, 0.018), (r - 0.012, 0.018), (r - 0.006, 0.0)]
        marks = np.linspace(0.0, h, ribs + 2)[1:-1]
        for z in marks:
            profile += [(r, z - 0.03), (r + 0.003, z - 0.018), (r + 0.011, z - 0.007),
                        (r + 0.011, z + 0.007), (r + 0.003, z + 0.018), (r, z + 0.03)]  # fmt: skip
        profile += [(r - 0.006, h), (r - 0.012, h - 0.018), (0, h - 0.018)]
        body = lathe(profile, 48)
        low, high = (marks[0], marks[-1]) if ribs > 1 else (marks[0], h)
        body = sh.painted(
            body, 2, lambda c: (c[:, 2] > low + 0.03) & (c[:, 2] < high - 0.03) & (np.hypot(c[:, 0], c[:, 1]) > 0.9 * r)
        )
        rims = [sh.torus(r, 0.012, 48, 8, 1).moved(z=z) for z in (0.012, h - 0.012)]
        bungs = [
            sh.pill(0.032, 0.016, 0.005, 16, 1).moved(x=x, y=y, z=h - 0.02)
            for x, y in ((0.6 * r, 0.1 * r), (-0.55 * r, -0.3 * r))
        ]
        return sh.join(body, rims, bungs)


class Bucket(Family):
    """A bucket with a rolled rim and its handle up."""

    name = "bucket"
    params = {"diameter": Span(0.26, 0.38), "tallness": Span(1.35, 1.65)}
    slots = (
        Slot("body", ("plain", "metal", "noise", "stripes"), "vivid", (0.03, 0.1), (0.3, 0.6)),
        Slot("handle", ("plain", "wood"), "dark", (0.03, 0.06)),
        Slot("band", ("dots", "stripes", "checker", "print", "patches"), "vivid", (0.03, 0.09), (0.3, 0.6)),
    )
    uses = ("foreground", "props")
    tags = ("container", "garden")
    silhouette_fill = 0.4

    def size(self, p: TypedParams) -> Extent:
        diameter = p.real("diameter")
        return diameter + 0.02, diameter, p.real("tallness") * diameter

    def build(self, p: TypedParams) -> MeshData:
        diameter = p.real("diameter")
        h = p.real("tallness") * diameter
        r, tall = diameter / 2 - 0.012, 0.6 * h
        outside = [(0, 0), (0.74 * r, 0), (0.77 * r, 0.02 * tall), (0.9 * r, 0.6 * tall),
                   (0.915 * r, 0.63 * tall), (0.93 * r, 0.63 * tall), (r, tall)]  # fmt: skip
        body = lathe([*outside, (r - 0.006, tall), (0.75 * r, 0.03 * tall), (0, 0.03 * tall)], 40)
        body = sh.painted(
            body, 2, lambda c: (c[:, 2] > 0.2 * tall) & (c[:, 2] < 0.6 * tall) & (np.hypot(c[:, 0], c[:, 1]) > 0.77 * r)
        )
        rim = sh.torus(r, 0.008, 40, 8, 0).moved(z=tall)
        ears = sh.both_sides(sh.plate(0.014, 0.05, 0.06, 0.005, 1).moved(x=r + 0.003, z=tall - 0.03))
        t = np.linspace(0.0, math.pi, 21)
        bow = np.stack([(r + 0.008) * np.cos(t), 0 * t, tall - 0.03 + (h - tall + 0.022) * np.sin(t) ** 0.8], axis=1)
        grip = sh.rod((-0.05, 0, h - 0.012), (0.05, 0, h - 0.012), 0.013, 12, 1)
        return sh.join(body, rim, ears, tube(bow, 0.004, 8, slot=1), grip)


class Suitcase(Family):
    """A ribbed trolley case on four wheels with its handle drawn out."""

    name = "suitcase"
    params = {"width": Span(0.38, 0.5), "depth": Span(0.22, 0.3), "height": Span(0.52, 0.74),
              "handle": Span(0.03, 0.35)}  # fmt: skip
    slots = (
        Slot("shell", ("patches", "stripes", "dots", "checker", "noise"), "vivid", (0.05, 0.14), (0.25, 0.5)),
        Slot("trim", RUBBER, "dark", (0.02, 0.05), (0.4, 0.7)),
        Slot("metal", STEEL, "metal", (0.03, 0.08), (0.2, 0.4)),
    )
    tags = ("luggage",)
    silhouette_fill = 0.6

    def size(self, p: TypedParams) -> Extent:
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        return width, depth, height + p.real("handle")

    def build(self, p: TypedParams) -> MeshData:
        w, d, shell_h, out = p.real("width"), p.real("depth"), p.real("height"), p.real("handle")
        foot = 0.05
        tall = shell_h - foot
        shell = sh.cushion(w, d * 0.9, tall, 0.055, 0, 5).moved(z=foot + tall / 2)
        places = np.linspace(-0.36, 0.36, 6) * w
        ribs = [sh.cushion(0.045 * w, d, tall * 0.84, 0.02, 0, 3).moved(x=x, z=foot + tall / 2) for x in places]
        zip_band = sh.cushion(w * 1.0 + 0.004, 0.03, tall + 0.004, 0.012, 1, 3).moved(z=foot + tall / 2)
        corners = [
            sh.cushion(0.09, d * 0.93, 0.08, 0.03, 1, 3).moved(
                x=sx * (w / 2 - 0.043), z=foot + tall / 2 + sz * (tall / 2 - 0.038)
            )
            for sx in (-1, 1)
            for sz in (-1, 1)
        ]
        wheel = sh.pill(0.026, 0.022, 0.006, 16, 1).moved(z=-0.011).turned("y", math.pi / 2).moved(z=0.026)
        fork = sh.cushion(0.034, 0.034, 0.03, 0.01, 1, 2).moved(z=0.052)
        caster = sh.join(sh.both_sides(wheel.moved(x=0.014)), fork)
        wheels = [caster.moved(x=sx * (w / 2 - 0.06), y=sy * (d / 2 - 0.06)) for sx in (-1, 1) for sy in (-1, 1)]
        rods = sh.both_sides(
            sh.rod(
                (0.11 * 2 * w / 2, d * 0.36, shell_h - 0.05),
                (0.11 * 2 * w / 2, d * 0.36, shell_h + out - 0.02),
                0.008,
                10,
                2,
            )
        )
        grip = sh.cushion(0.3 * w, 0.032, 0.032, 0.012, 1, 3).moved(y=d * 0.36, z=shell_h + out - 0.016)
        bar = sh.smooth([(-0.09, 0, 0), (-0.08, 0, 0.022), (0, 0, 0.026), (0.08, 0, 0.022), (0.09, 0, 0)], 4)
        carry = tube(bar, 0.01, 8, slot=1).moved(y=-0.03, z=shell_h - 0.012)
        badge = sh.plate(0.2 * w, 0.006, 0.1 * w, 0.002, 2).moved(y=-d / 2 - 0.001, z=foot + 0.8 * tall)
        return sh.join(shell, ribs, zip_band, corners, wheels, rods, grip, carry, badge)


def ribbon_tube(path: Floats, width: float, thickness: float, slot: int) -> MeshData:
    """A flat strap along a path that stays about in a plane across X: `width` along X, `thickness` across."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.array([1.0, 0.0, 0.0]) if abs(tangent[:, 0]).mean() < 0.6 else np.array([0.0, 1.0, 0.0])
    normal = np.cross(tangent, across)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    section = sh.superellipse(width / 2, thickness / 2, 3.0, 12)
    rings = [point + section[:, :1] * across + section[:, 1:] * n for point, n in zip(path, normal, strict=True)]
    return sh.loft(np.stack(rings), slot)


class Backpack(Family):
    """A rucksack: rounded body, front pocket with a patch, side pockets, lid zip, shoulder straps, top loop."""

    name = "backpack"
    params = {"width": Span(0.34, 0.44), "depth": Span(0.28, 0.36), "height": Span(0.46, 0.6)}
    slots = (
        Slot("body", CLOTH, "cloth", (0.03, 0.08), (0.6, 0.9)),
        Slot("pockets", ("fabric", "plain", "dots", "stripes", "leather"), "cloth", (0.02, 0.05), (0.5, 0.9)),
        Slot("trim", ("leather", "fabric", "plain"), "dark", (0.01, 0.03), (0.4, 0.8)),
        Slot("patch", ("print", "checker", "dots"), "vivid", (0.04, 0.1), (0.5, 0.8)),
    )
    tags = ("luggage",)
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h = p.real("width"), p.real("depth"), p.real("height")
        body_d = 0.66 * d
        z = np.array([0.0, 0.015, 0.05, 0.14, 0.35, 0.6, 0.78, 0.88, 0.945, 0.975]) * h
        grow = np.array([0.8, 0.92, 0.98, 1.0, 1.0, 0.99, 0.95, 0.84, 0.6, 0.25])
        deep = np.array([0.8, 0.92, 0.99, 1.0, 1.0, 0.97, 0.86, 0.7, 0.46, 0.2])
        rings = [
            sh.placed(sh.superellipse(0.43 * w * g, body_d / 2 * k, 3.2, 32), at, "z")
            for at, g, k in zip(z, grow, deep, strict=True)
        ]
        body = sh.painted(sh.loft(rings), 2, lambda c: c[:, 2] < 0.1 * h)
        pocket = sh.ellipsoid(0.33 * w, 0.2 * d, 0.22 * h, 1, 28, 14, 3.4).moved(y=-body_d / 2 - 0.02 * d, z=0.3 * h)
        flap = sh.ellipsoid(0.345 * w, 0.21 * d, 0.045 * h, 2, 28, 10, 3.0).moved(y=-body_d / 2 - 0.03 * d, z=0.49 * h)
        patch = sh.cushion(0.34 * w, 0.012, 0.2 * h, 0.006, 3, 2).moved(y=-body_d / 2 - 0.215 * d, z=0.29 * h)
        upper = sh.ellipsoid(0.28 * w, 0.1 * d, 0.09 * h, 1, 24, 10, 3.2).moved(y=-body_d / 2 + 0.01 * d, z=0.68 * h)
        sides = sh.both_sides(sh.ellipsoid(0.1 * w, 0.22 * d, 0.16 * h, 1, 20, 12, 3.0).moved(x=0.42 * w, z=0.22 * h))
        seam = sh.placed(sh.superellipse(0.405 * w, body_d / 2 * 0.93, 3.0, 40), 0.8 * h, "z")
        zipper = tube(seam, 0.006, 6, closed=True, slot=2)
        loop = sh.smooth([(-0.05, 0, 0), (-0.045, 0, 0.03), (0, 0, 0.042), (0.045, 0, 0.03), (0.05, 0, 0)], 4)
        handle = ribbon_tube(loop, 0.022, 0.008, 2).moved(y=0.1 * d, z=0.955 * h)
        strap = sh.smooth([(0.15 * w, 0.24 * d, 0.9 * h), (0.19 * w, 0.5 * d, 0.84 * h),
                        (0.23 * w, 0.62 * d, 0.6 * h), (0.27 * w, 0.56 * d, 0.32 * h),
                        (0.3 * w, 0.26 * d, 0.08 * h)], 5)  # fmt: skip
        straps = sh.both_sides(ribbon_tube(strap, 0.06, 0.016, 2))
        return sh.join(body, pocket, flap, patch, upper, sides, zipper, handle, straps)


class Jerrycan(Family):
    """A fuel can: pressed panels with a cross, three grips and a cap."""

    name = "jerrycan"
    params = {"width": Span(0.32, 0.4), "depth": Span(0.15, 0.2), "height": Span(0.44, 0.54)}
    slots = (
        Slot("can", ("noise", "plain", "rust", "patches"), "vivid", (0.05, 0.2), (0.3, 0.6)),
        Slot("trim", ("plain", "metal"), "dark", (0.03, 0.06), (0.3, 0.6)),
        Slot("label", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.3, 0.6)),
    )
    uses = ("foreground", "props")
    settings = ("outdoor",)
    tags = ("container", "metal")
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h = p.real("width"), p.real("depth"), p.real("height")
        tall = 0.86 * h
        body = sh.cushion(w, 0.94 * d, tall, 0.035, 0, 5).moved(z=tall / 2)
        frame = sh.both_sides(
            sh.join(
                sh.cushion(0.055 * w, 0.03, 0.66 * tall, 0.008, 0, 3).turned("y", 0.62).moved(y=0.47 * d, z=0.5 * tall),
                sh.cushion(0.055 * w, 0.03, 0.66 * tall, 0.008, 0, 3)
                .turned("y", -0.62)
                .moved(y=0.47 * d, z=0.5 * tall),
            ),
            "y",
        )
        label = sh.both_sides(
            sh.plate(0.5 * w, 0.006, 0.2 * tall, 0.002, 2).moved(y=0.5 * d - 0.003, z=0.5 * tall), "y"
        )
        band = sh.cushion(w + 0.003, 0.02, tall + 0.003, 0.008, 1, 3).moved(z=tall / 2)
        bar = [(-0.27 * w, 0, tall - 0.02), (-0.27 * w, 0, h - 0.02), (0.12 * w, 0, h - 0.02),
               (0.12 * w, 0, tall - 0.02)]  # fmt: skip
        grips = [tube(sh.rounded(bar, 0.035, 4), 0.011, 10).moved(y=y * d) for y in (-0.3, 0.0, 0.3)]
        spout = sh.join(sh.pill(0.035, 0.06, 0.004, 20, 1), sh.pill(0.043, 0.03, 0.008, 20, 1).moved(z=0.05))
        cap = spout.turned("y", 0.45).moved(x=0.3 * w, z=tall - 0.025)
        return sh.join(body, frame, label, band, grips, cap)


CONTAINERS: tuple[Family, ...] = (Crate(), CardboardBox(), GiftBox(), Barrel(), OilDrum(), Bucket(),
                                  Suitcase(), Backpack(), Jerrycan())  # fmt: skip
