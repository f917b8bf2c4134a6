"""Fruit: apples, pumpkins, pineapples and melons."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.core.rotations import arctan2
from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, tube
from dsia_gen.procedural.sizes import by_style, turned

LEAF = Slot("leaf", ("foliage", "noise"), "foliage", (0.02, 0.05), (0.4, 0.7))


class Apple(Family):
    """An apple: five lobes below, a hollow for the stem, a leaf, a sticker."""

    name = "apple"
    params = {"diameter": Span(0.12, 0.4), "tallness": Span(0.9, 1.1), "lobes": Count(4, 6), "waist": Span(0.0, 0.16)}
    slots = (
        Slot("skin", ("noise", "noise", "dots", "patches"), "fruit", (0.02, 0.07), (0.15, 0.35)),
        Slot("stem", ("bark", "wood"), "earth", (0.01, 0.03), (0.6, 0.9)),
        LEAF,
        Slot("sticker", ("print", "checker", "stripes"), "vivid", (0.02, 0.04), (0.2, 0.5)),
    )
    uses = ("foreground", "shelf")
    tags = ("food", "fruit")
    silhouette_fill = 0.6
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        lobes, waist = p.count("lobes"), p.real("waist")
        side = sh.smooth([(0.2, 0.05), (0.34 - 0.4 * waist, 0.02), (0.6 - waist, 0.2), (0.94, 0.72),
                       (1.0, 1.05), (0.86, 1.45), (0.5, 1.63), (0.2, 1.52)], 6)  # fmt: skip
        body = lathe([(0, 0.12), *side, (0, 1.3)], 48)

        def shape(v: Floats) -> Floats:
            turn = sh.azimuth(v)
            low = np.clip(1.0 - v[:, 2] / 1.3, 0.0, 1.0)
            high = np.clip(v[:, 2] - 1.3, 0.0, 1.0)
            swell = 1.0 + 0.07 * low * np.cos(lobes * turn)
            return np.stack([v[:, 0] * swell, v[:, 1] * swell, v[:, 2] + 0.12 * high * np.cos(lobes * turn)], axis=1)

        outer = side[np.argmin(side[:, 1]) : np.argmax(side[:, 1]) + 1]
        sticker = sh.decal(outer, sh.superellipse(0.3, 0.22, 2.0, 28), 0.98, 0.012, 3, angle=-1.25)
        stem = tube(
            sh.smooth([(0, 0, 1.3), (0.02, 0, 1.6), (0.1, 0.02, 1.88)], 5), np.linspace(0.045, 0.065, 11), 8, slot=1
        )
        leaf = sh.arched_leaf(0.72, 0.22, 0.36, 2).turned("z", -0.5).moved(x=0.04, z=1.62)
        return sh.join(sh.bent(sh.join(body, sticker), shape), stem, leaf)


class Pumpkin(Family):
    """A pumpkin of ribs in two colours with a stem, a tendril, two leaves, and a face if it is carved."""

    name = "pumpkin"
    params = {"diameter": Span(0.26, 0.6), "tallness": Span(0.66, 0.95), "ribs": Choice((8, 10, 12, 14)),
              "carved": Choice((True, False))}  # fmt: skip
    slots = (
        Slot("skin", ("noise", "noise", "stripes", "dots"), "gold", (0.03, 0.09), (0.3, 0.55)),
        Slot("ribs", ("noise", "noise", "terrazzo"), "gold", (0.02, 0.06), (0.3, 0.55)),
        Slot("stem", ("bark", "foliage"), "foliage", (0.02, 0.05), (0.6, 0.9)),
        LEAF,
        Slot("face", ("plain",), "dark", (0.02, 0.05), (0.5, 0.8)),
    )
    uses = ("foreground", "props")
    tags = ("food", "garden")
    silhouette_fill = 0.55
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        ribs = p.count("ribs")
        side = sh.smooth(
            [(0.3, 0.1), (0.55, 0.04), (0.9, 0.3), (1.0, 0.68), (0.88, 1.06), (0.52, 1.28), (0.22, 1.2)], 4
        )
        body = lathe([(0, 0.16), *side, (0, 1.08)], 6 * ribs)
        body = sh.sectored(body.turned("z", math.pi / ribs), [k % 2 for k in range(ribs)]).turned("z", -math.pi / ribs)
        outer = side[np.argmin(side[:, 1]) : np.argmax(side[:, 1]) + 1]
        parts = [body, *(self.face(outer) if p.flag("carved") else [])]
        lobed = sh.with_lobes(sh.join(parts).turned("z", math.pi / ribs), ribs, 0.24)
        stem_path = sh.smooth([(0, 0, 1.05), (0.02, 0, 1.35), (0.12, 0.03, 1.55), (0.2, 0.04, 1.62)], 4)
        stem = sh.with_lobes(tube(stem_path, np.linspace(0.14, 0.09, len(stem_path)), 12, slot=2), 6, 0.2)
        turns = np.linspace(0, 3.2 * sh.TAU, 40)
        curl = np.stack([0.15 + 0.5 * turns / 20, -0.16 + 0.06 * np.cos(turns), 1.32 + 0.06 * np.sin(turns)], axis=1)
        leaves = [sh.arched_leaf(0.6, 0.12, 0.5, 3).turned("z", a).moved(z=1.24) for a in (2.2, -0.35)]
        return sh.join(lobed, stem, tube(curl, 0.014, 5, slot=2), leaves)

    def face(self, side: Floats) -> list[MeshData]:
        """Two eyes, a nose and a grin of teeth in slot 4."""
        eye = sh.rounded([(-0.17, -0.1), (0.17, -0.1), (0.02, 0.17)], 0.03, 2, closed=True)
        nose = sh.rounded([(-0.08, -0.05), (0.08, -0.05), (0, 0.1)], 0.02, 2, closed=True)
        xs = np.linspace(-0.5, 0.5, 15)
        tooth = np.where(np.arange(15) % 4 == 2, 0.1, 0.0)
        low, high = 0.5 * xs**2 - 0.17 + tooth, 0.7 * xs**2 - 0.01 - np.roll(tooth, 2)
        grin = np.concatenate([np.stack([xs, low], axis=1), np.stack([xs, high], axis=1)[::-1]])
        eyes = [sh.decal(side, eye * [s, 1.0], 0.9, 0.02, 4, angle=-math.pi / 2 + 0.32 * s) for s in (-1.0, 1.0)]
        return [*eyes, sh.decal(side, nose, 0.7, 0.02, 4), sh.decal(side, grin, 0.46, 0.02, 4)]


class Pineapple(Family):
    """A pineapple: rows of pointed eyes in two colours, a crown of arching leaves."""

    name = "pineapple"
    params = {"diameter": Span(0.16, 0.34), "tallness": Span(1.6, 2.2), "leaves": Count(18, 30), "rows": Count(7, 10)}
    slots = (
        Slot("flesh", ("noise", "bark"), "earth", (0.01, 0.03), (0.5, 0.8)),
        Slot("eyes", ("noise", "plain", "dots"), "gold", (0.01, 0.04), (0.35, 0.6)),
        Slot("ripe", ("noise", "dots"), "fruit", (0.01, 0.04), (0.35, 0.6)),
        LEAF,
    )
    uses = ("foreground", "shelf")
    tags = ("food", "fruit")
    silhouette_fill = 0.55
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        rows, leaves = p.count("rows"), p.count("leaves")
        side = sh.smooth([(0.5, 0.0), (0.82, 0.25), (0.94, 0.9), (0.86, 1.6), (0.6, 2.0), (0.3, 2.14)], 5)
        body = lathe([(0, 0.02), *side, (0, 2.16)], 32)
        columns = 13
        gap = 2.05 / rows
        eye = lathe([(0.62, -0.12), (0.5, 0.1), (0.16, 0.2), (0, 0.42)], 4)
        parts = []
        for row in range(rows):
            z = 0.1 + gap * (row + 0.42)
            r = float(np.interp(z, side[:, 1], side[:, 0]))
            one = eye.scaled(gap, 1.35 * sh.TAU * r / columns / 1.2, 0.3).slot(1 + row % 2)
            one = one.turned("y", sh.slope_of(side, z)).moved(x=r, z=z)
            parts.append(sh.around(one, columns, math.pi / columns * (row % 2)))
        for k in range(leaves):
            t = k / leaves
            leaf = sh.arched_leaf(0.2 + 0.62 * (1 - t), 0.55 + 0.75 * t, 0.25, 3)
            parts.append(leaf.turned("z", k * sh.GOLDEN).moved(z=2.05))
        return sh.join(body, parts)


class WatermelonSlice(Family):
    """A cut melon, rind down: a wedge, a half disc, or a half with its face up."""

    name = "watermelon_slice"
    params = {"length": Span(0.3, 0.7), "style": Choice(("wedge", "slice", "half")), "seeds": Count(7, 12)}
    slots = (
        Slot("flesh", ("noise", "noise", "dots"), "red", (0.02, 0.05), (0.3, 0.5)),
        Slot("rind", ("stripes", "noise", "foliage"), "foliage", (0.02, 0.06), (0.25, 0.5)),
        Slot("white", ("noise", "plain"), "light", (0.02, 0.05), (0.3, 0.5)),
        Slot("seeds", ("plain",), "dark", (0.02, 0.05), (0.15, 0.35)),
    )
    tags = ("food", "fruit")
    silhouette_fill = 0.65
    size = by_style(
        "length", "style", {"wedge": (1.0, 0.52, 0.46), "slice": (1.0, 0.16, 0.52), "half": (1.0, 0.82, 0.66)}
    )

    def build(self, p: TypedParams) -> MeshData:
        style, seeds = p.text("style"), p.count("seeds")
        if style == "half":
            side = sh.arc(1.0, -math.pi / 2, 0.0, 14)
            side[0, 0] = 0.0
            face = [(0.93, 0.0), (0.85, -0.001), (0.42, -0.002), (0, -0.002)]
            body = lathe([*side, *face], 48, 1)
            body = sh.painted(body, 2, lambda c: (c[:, 2] > -0.01) & (np.hypot(c[:, 0], c[:, 1]) < 0.97))
            body = sh.painted(body, 0, lambda c: (c[:, 2] > -0.01) & (np.hypot(c[:, 0], c[:, 1]) < 0.87))
            seed = sh.ellipsoid(0.07, 0.042, 0.03, 3, 10, 6)
            rings = [sh.around(seed.moved(x=r), n, 0.3 * n) for r, n in ((0.62, seeds + 4), (0.4, seeds))]
            whole = sh.join(body, rings).turned("x", 0.42).scaled(1.0, 0.86, 1.0)
        elif style == "slice":
            parts = []
            for slot, radius, depth, lid in ((1, 1.0, 0.3, 0.012), (2, 0.92, 0.306, 0.018), (0, 0.86, 0.314, 0.024)):
                half = np.concatenate(
                    [sh.arc(radius, math.pi, sh.TAU, 28), [(radius * 0.998, lid), (-radius * 0.998, lid)]]
                )
                parts.append(sh.slab(half, depth, 0.004, (slot, slot)))
            slice_seed = sh.ellipsoid(0.028, 0.014, 0.05, 3, 10, 6)
            for r, n, shift in ((0.66, seeds, 0.0), (0.42, seeds - 3, 0.1)):
                for k in range(n):
                    turn = math.pi * (k + 0.5) / n + math.pi + shift * math.sin(k)
                    one = slice_seed.turned("y", -turn - math.pi / 2).moved(x=r * math.cos(turn), z=r * math.sin(turn))
                    parts += [one.moved(y=-0.157), one.moved(y=0.157)]
            whole = sh.join(parts)
        else:
            whole = self.melon_wedge(seeds)
        return whole

    def melon_wedge(self, seeds: int) -> MeshData:
        """A sector of an ellipsoid with its edge up along X."""
        half, xs = 0.62, np.sin(np.linspace(-math.pi / 2 + 0.04, math.pi / 2 - 0.04, 25))
        shares = np.array([0.0, 0.35, 0.7, 0.87, 0.92, 1.0])
        turns = np.linspace(-half, half, 13)
        section = np.concatenate(
            [
                np.stack([shares * math.sin(-half), -shares * math.cos(half)], axis=1),
                np.stack([np.sin(turns), -np.cos(turns)], axis=1)[1:-1],
                np.stack([shares * math.sin(half), -shares * math.cos(half)], axis=1)[:0:-1],
            ]
        )
        rings = [sh.placed(section * 0.9 * math.sqrt(1.0 - x * x), x, "x") for x in xs]
        body = sh.loft(rings, 1)

        def share(c: Floats) -> Floats:
            radius = np.hypot(c[:, 1], c[:, 2]) / (0.9 * np.sqrt(np.maximum(1.0 - c[:, 0] ** 2, 1e-6)))
            flat = np.abs(arctan2(np.abs(c[:, 1]), -c[:, 2]) - half) < 0.03
            return np.where(flat, radius, 2.0)

        body = sh.painted(sh.painted(body, 2, lambda c: share(c) < 0.95), 0, lambda c: share(c) < 0.88)
        seed = sh.ellipsoid(0.045, 0.012, 0.026, 3, 10, 6)
        parts = [body]
        for s in (-1.0, 1.0):
            for k in range(seeds):
                x = 1.5 * ((k + 0.5) / seeds - 0.5)
                down = (0.52 if k % 2 else 0.68) * 0.9 * math.sqrt(1.0 - x * x)
                one = seed.turned("y", 0.6 * x).moved(x=x, z=-down)
                parts.append(one.turned("x", half * s))
        return sh.join(parts)


FRUIT: tuple[Family, ...] = (Apple(), Pumpkin(), Pineapple(), WatermelonSlice())
