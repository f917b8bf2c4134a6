"""Mushrooms, cacti and bonsai trees."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import MeshData, mesh
from dsia_gen.procedural.organic_shapes import directions, lumps, placements, scattered
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import icosphere, lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style

_CAPS = {
    "dome": [(0.97, 0.05), (1.0, 0.1), (0.92, 0.36), (0.66, 0.62), (0.3, 0.75)],
    "flat": [(0.96, 0.0), (1.0, 0.06), (0.86, 0.22), (0.55, 0.34), (0.25, 0.4)],
    "bell": [(0.74, -0.3), (0.78, -0.24), (0.7, 0.16), (0.5, 0.62), (0.22, 0.92)],
}
"""Style -> side of the cap from its rim up, for a radius of 1."""


class Mushroom(Family):
    """A spotted mushroom on moss, with young ones at its foot."""

    name = "mushroom"
    params = {"diameter": Span(0.18, 0.5), "tallness": Span(0.85, 1.2), "young": Count(0, 2),
              "spots": Count(18, 34), "style": Choice(("dome", "flat", "bell"))}  # fmt: skip
    slots = (
        Slot("cap", ("noise", "noise", "patches", "leather"), "red", (0.02, 0.06), (0.2, 0.45)),
        Slot("spots", ("noise", "plain"), "light", (0.01, 0.03), (0.6, 0.9)),
        Slot("stem", ("noise", "terrazzo", "bark"), "light", (0.01, 0.04), (0.6, 0.9)),
        Slot("gills", ("stripes", "noise"), "icing", (0.01, 0.02), (0.6, 0.9)),
        Slot("moss", ("grass", "foliage"), "foliage", (0.02, 0.05), (0.8, 0.95)),
    )
    uses = ("foreground", "props")
    tags = ("nature", "plant")
    silhouette_fill = 0.45

    def size(self, p: TypedParams) -> Extent:
        diameter = p.real("diameter")
        return (1.0 + 0.14 * p.real("young")) * diameter, diameter, p.real("tallness") * diameter

    def build(self, p: TypedParams) -> MeshData:
        young = p.count("young")
        parts = [self.mushroom(p.text("style"), p.count("spots"), 30)]
        for k in range(young):
            side = 1.0 if k == 0 else -1.0
            small = self.mushroom(p.text("style"), 5, 10).scaled(0.4, 0.4, 0.42 - 0.06 * k)
            parts.append(small.turned("y", 0.16 * side).moved(x=0.8 * side, y=-0.42, z=-0.02))
        return sh.join(parts)

    def mushroom(self, style: str, spots: int, around_it: int) -> MeshData:
        """A mushroom of radius 1 on the floor, of `around_it` segments."""
        rim = 1.2
        side = sh.smooth(_CAPS[style], 3)
        top = side[-1]
        cap = lathe([*side, (0.1, top[1] + 0.045), (0, top[1] + 0.05)], around_it)
        under = sh.smooth([(0.22, 0.16), (0.6, 0.12), (0.9 * side[0, 0], side[0, 1] + 0.015), tuple(side[0])], 2)
        gills = lathe(under, 2 * around_it, 3)
        gills = sh.bent(
            gills,
            lambda v: (
                v
                + np.stack(
                    [
                        0 * v[:, 0],
                        0 * v[:, 0],
                        0.03
                        * np.sign(np.cos(around_it * sh.azimuth(v)))
                        * (np.hypot(v[:, 0], v[:, 1]) < 0.88 * side[0, 0]),
                    ],
                    axis=1,
                )
            ),
        )
        stem = lathe([(0, 0.0), *sh.smooth([(0.3, 0.0), (0.4, 0.1), (0.26, 0.4), (0.2, 0.9), (0.24, 1.4)],
                                        3), (0, 1.42)], max(12, around_it // 2), 2)  # fmt: skip
        skirt = lathe(sh.smooth([(0.2, 0.98), (0.36, 0.86), (0.46, 0.72), (0.44, 0.72), (0.2, 0.92)], 2), 27, 2)
        skirt = sh.bent(
            skirt,
            lambda v: (
                v
                + np.stack(
                    [0 * v[:, 0], 0 * v[:, 0], 0.04 * np.cos(9 * sh.azimuth(v)) * np.hypot(v[:, 0], v[:, 1])], axis=1
                )
            ),
        )
        wart = sh.ellipsoid(0.1, 0.1, 0.05, 1, 7, 4)
        parts = []
        for k in range(spots):
            z = side[2, 1] + (top[1] - side[2, 1]) * (1.0 - (1.0 - (k + 0.4) / spots) ** 1.6)
            r = float(np.interp(z, side[1:, 1], side[1:, 0]))
            slope = sh.slope_of(side[1:], float(z))
            one = wart.scaled(0.6 + 0.7 * (k * 0.618 % 1.0)).turned("y", slope).moved(x=r, z=float(z))
            parts.append(one.turned("z", k * sh.GOLDEN))
        moss = lathe([(0.62, 0), (0.5, 0.1), (0.3, 0.16), (0, 0.17)], 24, 4)
        tufts = [
            sh.arched_leaf(0.3, 0.2, 0.08, 4)
            .turned("z", k * sh.GOLDEN)
            .moved(x=0.36 * math.cos(k * sh.GOLDEN), y=0.36 * math.sin(k * sh.GOLDEN), z=0.06)
            for k in range(around_it // 6)
        ]
        return sh.join(sh.join(cap, gills, parts).moved(z=rim), stem, skirt, moss, tufts)


class Cactus(Family):
    """A cactus in a patterned pot."""

    name = "cactus"
    params = {"height": Span(0.35, 1.0), "style": Choice(("column", "ball", "paddles")), "ribs": Choice((9, 12, 15))}
    slots = (
        Slot("pot", ("terrazzo", "patches", "print", "checker", "stripes"), "vivid", (0.02, 0.06), (0.3, 0.7)),
        Slot("rim", ("plain", "dots", "noise"), "earth", (0.02, 0.05), (0.4, 0.8)),
        Slot("soil", ("noise", "terrazzo"), "earth", (0.01, 0.02), (0.9, 1.0)),
        Slot("body", ("foliage", "noise"), "foliage", (0.02, 0.06), (0.5, 0.8)),
        Slot("spines", ("plain",), "light", (0.01, 0.03), (0.5, 0.8)),
        Slot("flower", ("plain", "noise"), "vivid", (0.01, 0.03), (0.5, 0.8)),
    )
    uses = ("foreground", "props", "shelf")
    tags = ("garden", "plant")
    silhouette_fill = 0.55
    size = by_style(
        "height", "style", {"column": (0.63, 0.42, 1.0), "ball": (0.78, 0.78, 1.0), "paddles": (0.6, 0.45, 1.0)}
    )

    def build(self, p: TypedParams) -> MeshData:
        style = p.text("style")
        corners = [(0, 0), (0.66, 0), (0.88, 0.9), (1.0, 0.92), (1.02, 1.2), (0.9, 1.2), (0.86, 1.08), (0, 1.08)]
        pot = lathe(sh.rounded(corners, 0.04, 2), 36)
        pot = sh.painted(pot, 1, lambda c: (c[:, 2] > 0.91) & (np.hypot(c[:, 0], c[:, 1]) > 0.88))
        pot = sh.painted(pot, 2, lambda c: (c[:, 2] > 1.0) & (np.hypot(c[:, 0], c[:, 1]) < 0.87))
        shape = {"column": self.column, "ball": self.ball, "paddles": self.paddles}[style]
        saucer = lathe(
            sh.rounded([(0, 0), (0.8, 0), (0.98, 0.12), (0.9, 0.12), (0.72, 0.05), (0, 0.05)], 0.02, 2), 36, 1
        )
        return sh.join(saucer, pot.moved(z=0.05), shape(p.count("ribs")).moved(z=1.1))

    def column(self, ribs: int) -> MeshData:
        trunk_path = sh.smooth([(0, 0, -0.1), (0.03, 0, 1.2), (0, 0, 2.6), (0, 0, 3.6)], 6)
        left = sh.smooth([(-0.3, 0, 1.4), (-0.8, 0, 1.45), (-1.1, 0, 1.75), (-1.12, 0, 2.6)], 5)
        right = sh.smooth([(0.3, 0, 0.9), (0.75, 0, 0.92), (1.05, 0, 1.2), (1.08, 0, 1.9)], 5)
        parts: list[MeshData] = []
        for path, radius, count in ((trunk_path, 0.5, ribs), (left, 0.3, 9), (right, 0.27, 9)):
            # A limb with a round end along a path, ribs along it and spines on the ribs.
            t = np.linspace(0, 1, len(path))
            length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
            ribbed_left = np.clip((1.0 - t) * length / radius, 0.0, 1.0)
            radii = radius * np.maximum(np.sqrt(ribbed_left * (2.0 - ribbed_left)), 0.04)
            ribbed_sides = 2 * count
            ribbed_limb = tube(path, radii, ribbed_sides, slot=3)
            ring = np.arange(len(ribbed_limb.vertices)) % ribbed_sides
            centre = np.repeat(path, ribbed_sides, axis=0)
            ribbed_limb = replace(
                ribbed_limb,
                vertices=centre + (ribbed_limb.vertices - centre) * np.where(ring % 2 == 0, 1.08, 0.82)[:, None],
            )
            crest = ribbed_limb.vertices.reshape(len(path), ribbed_sides, 3)[2:-2:3, ::2].reshape(-1, 3)
            away = crest - np.repeat(path[2:-2:3], count, axis=0)
            limb, stars = ribbed_limb, scattered(self.star().turned("y", math.pi / 2), placements(crest, away, 0.9), 3)
            parts += [limb, stars]
        flower = sh.blossom(0.24, (5, 1), 6)
        return sh.join(parts, flower.moved(z=3.6), flower.scaled(0.7, 0.7, 0.7).moved(x=-1.12, z=2.62))

    def ball(self, ribs: int) -> MeshData:
        body = sh.ellipsoid(1.15, 1.15, 1.05, 3, 4 * ribs, 14)
        body = sh.with_lobes(body, ribs, 0.2).moved(z=0.9)
        turns = sh.TAU * np.arange(ribs) / ribs
        rise = np.linspace(-0.6, 1.2, 6)
        points = np.array(
            [
                (1.2 * math.cos(e) * math.cos(a), 1.2 * math.cos(e) * math.sin(a), 1.08 * math.sin(e))
                for e in rise
                for a in turns
            ]
        )
        stars = scattered(
            self.star().turned("y", math.pi / 2), placements(points + np.array([0, 0, 0.9]), points, 1.2), 5
        )
        crown = [
            sh.blossom(0.3, (5, 1), 8)
            .turned("y", 0.5 * (k > 0))
            .turned("z", 2.1 * k)
            .moved(0.42 * (k > 0) * math.cos(2.1 * k), 0.42 * (k > 0) * math.sin(2.1 * k), 1.92 - 0.08 * (k > 0))
            for k in range(4)
        ]
        return sh.join(body, stars, crown)

    def paddles(self, ribs: int) -> MeshData:
        places = [(0.0, 0.75, 0.62, 0.85, 0.0), (-0.62, 1.95, 0.5, 0.68, -0.42),
                  (0.55, 1.9, 0.46, 0.6, 0.45), (-0.1, 2.1, 0.4, 0.55, 0.05),
                  (-0.95, 2.95, 0.3, 0.42, -0.3), (0.95, 2.7, 0.3, 0.42, 0.5)]  # fmt: skip
        parts = []
        for k, (x, z, wide, tall, lean) in enumerate(places):
            pad = sh.ellipsoid(wide, 0.17, tall, 3, 18, 10, 2.2)
            n = min(ribs, 12) - 2
            grid = [((i + 0.5 * (j % 2)) / n - 0.5, (j + 0.5) / 5 - 0.5) for j in range(5) for i in range(n // 2, n)]
            grid = [(2.6 * (u - 0.24), 1.5 * v) for u, v in grid if (2.6 * (u - 0.24)) ** 2 + (1.5 * v) ** 2 < 0.7]
            points = np.array([(wide * u, -0.17 * math.sqrt(1 - u * u - v * v), tall * v) for u, v in grid])
            away = np.tile([0.0, -1.0, 0.05], (len(points), 1))
            both, out = np.concatenate([points, points * [1, -1, 1]]), np.concatenate([away, -away])
            whole = sh.join(pad, scattered(self.star().turned("y", math.pi / 2), placements(both, out, 0.8), k))
            if k > 3:
                whole = sh.join(whole, sh.blossom(0.16, (5, 1), 5).moved(z=0.98 * tall))
            parts.append(whole.turned("z", 0.5 * math.sin(2.3 * k)).turned("y", lean).moved(x=x, y=0.05 * (k % 3), z=z))
        return sh.join(parts)

    def star(self) -> MeshData:
        """Three short spines about Z."""
        spine = mesh(
            [[0.02, 0.012, 0], [-0.012, 0.012, 0], [0, -0.014, 0], [0.13, 0, 0.1]], [[0, 1, 3], [1, 2, 3], [2, 0, 3]], 4
        )
        return sh.around(spine, 3)


class Bonsai(Family):
    """A crooked trunk with pads of leaves in a glazed tray with moss and a stone."""

    name = "bonsai"
    params = {"width": Span(0.4, 0.8), "tallness": Span(0.85, 1.15), "pads": Count(4, 6), "lean": Span(-0.1, 0.1)}
    slots = (
        Slot("tray", ("print", "patches", "marble", "stripes", "checker"), "muted", (0.02, 0.06), (0.15, 0.4)),
        Slot("moss", ("grass", "foliage"), "foliage", (0.02, 0.04), (0.8, 0.95)),
        Slot("trunk", ("bark",), "earth", (0.02, 0.05), (0.7, 0.95)),
        Slot("leaf", ("foliage",), "foliage", (0.01, 0.03), (0.5, 0.8)),
        Slot("blossom", ("plain", "noise", "foliage"), "red", (0.01, 0.03), (0.5, 0.8)),
        Slot("stone", ("rock",), "stone", (0.02, 0.05), (0.7, 0.95)),
    )
    uses = ("foreground", "shelf")
    tags = ("garden", "plant")
    silhouette_fill = 0.45

    def size(self, p: TypedParams) -> Extent:
        width = p.real("width")
        return width, 0.55 * width, p.real("tallness") * width

    def build(self, p: TypedParams) -> MeshData:
        pads, lean = p.count("pads"), p.real("lean")
        walls = [(0.03, 0.36, 0.2), (0.04, 0.39, 0.22), (0.12, 0.44, 0.26), (0.135, 0.46, 0.28),
                 (0.15, 0.46, 0.28), (0.15, 0.43, 0.25), (0.12, 0.42, 0.24)]  # fmt: skip
        rings = [sh.placed(sh.superellipse(a, b, 5.0, 32), z, "z") for z, a, b in walls]
        feet = [
            sh.cushion(0.09, 0.07, 0.05, 0.015, 0, 2).moved(x=s * 0.28, y=t * 0.13, z=0.025)
            for s in (-1, 1)
            for t in (-1, 1)
        ]
        soil = sh.bent(
            sh.ellipsoid(0.42, 0.24, 0.09, 1, 24, 10, 3.0).moved(z=0.12), lambda v: np.maximum(v, [-9, -9, 0.1])
        )
        stone = icosphere(2, 1.0, 5)
        stone = replace(stone, vertices=stone.vertices * (1 + 0.3 * lumps(stone.vertices * 1.7, 4)[:, None]))
        stone = stone.scaled(0.09, 0.07, 0.07).moved(x=0.27, y=-0.1, z=0.19)
        trunk = sh.smooth([(0.05, 0, 0.13), (0.0, 0, 0.22), (-0.14 - lean, -0.03, 0.36), (0.0, 0.02, 0.52),
                        (0.12 + lean, 0, 0.66), (0.06 + lean, 0, 0.82)], 6)  # fmt: skip
        girth = np.interp(np.linspace(0, 1, len(trunk)), [0, 0.1, 0.5, 1], [0.13, 0.08, 0.055, 0.022])
        bole = tube(trunk, girth, 14, slot=2)
        parts = [sh.join(sh.loft(rings, 0), feet, soil, stone, bole)]
        for k in range(pads):
            t = 0.4 + 0.6 * k / (pads - 1)
            root = trunk[min(int(t * (len(trunk) - 1)), len(trunk) - 1)]
            side = (0.0 if k == pads - 1 else -1.0 if k % 2 else 1.0) * (0.36 - 0.17 * t)
            end = root + np.array([side, 0.1 * math.cos(2.4 * k), 0.05 + 0.04 * (k == pads - 1)])
            branch = sh.smooth([root, (root + end) / 2 + [0, 0, 0.03], end], 4)
            # A cloud of leaves, flat below, with blossoms.
            size = 0.23 - 0.09 * t
            cloud = icosphere(2, 1.0, 3)
            v = cloud.vertices
            swell = 1.0 + 0.4 * lumps(v * 2.2, k + 11)
            cloud = replace(cloud, vertices=v * swell[:, None] * [1.0, 0.85, 0.5])
            rng = np.random.default_rng([k, 17])
            away = directions(54, rng)
            at = away * [0.98, 0.84, 0.5]
            pad_leaf = mesh(
                np.array([[0, 0, 0], [0.5, 0.4, 0.1], [1, 0, -0.1], [0.5, -0.4, 0.1], [0.5, 0, -0.06]]),
                [[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]],
                3,
            )
            forward = 0.45 * away + rng.normal(0, 0.6, away.shape)
            leaves = scattered(pad_leaf, placements(at, forward, 0.42), k)
            flowers = scattered(pad_leaf.slot(4), placements(1.06 * at[::5], forward[::5], 0.3, 1.2), k)
            parts += [
                tube(branch, np.linspace(0.026, 0.012, len(branch)), 8, slot=2),
                sh.join(cloud, leaves, flowers).scaled(size, size, size).moved(*end),
            ]
        return sh.join(parts)


SMALL_PLANTS: tuple[Family, ...] = (Mushroom(), Cactus(), Bonsai())
