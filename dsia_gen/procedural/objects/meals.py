"""A picnic basket, a cake and a burger."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.organic_shapes import lumps
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, lattice, tube
from dsia_gen.procedural.sizes import Extent, turned


class PicnicBasket(Family):
    """A woven basket with a handle and a cloth over its rim; two lids, or bread and fruit."""

    name = "picnic_basket"
    params = {"width": Span(0.4, 0.65), "depth": Span(0.62, 0.8), "tallness": Span(0.85, 1.05),
              "rows": Count(8, 11), "filled": Choice((True, False))}  # fmt: skip
    slots = (
        Slot("withies", ("wood", "bark"), "wood", (0.01, 0.03), (0.5, 0.85)),
        Slot("others", ("wood", "plain", "noise"), "wood", (0.01, 0.03), (0.5, 0.85)),
        Slot("cloth", ("checker", "stripes", "dots", "fabric"), "red", (0.015, 0.04), (0.7, 0.95)),
        Slot("bread", ("noise", "leather"), "gold", (0.02, 0.05), (0.6, 0.9)),
        Slot("fruit", ("noise", "dots"), "fruit", (0.02, 0.05), (0.2, 0.4)),
    )
    tags = ("container", "food")
    silhouette_fill = 0.6

    def size(self, p: TypedParams) -> Extent:
        width = p.real("width")
        return width, p.real("depth") * width, p.real("tallness") * width

    def build(self, p: TypedParams) -> MeshData:
        rows = p.count("rows")
        weave = self.woven(rows)
        rim = [
            tube(sh.placed(sh.superellipse(0.5 * k, 0.345 * k, 5.0, 40), z, "z"), 0.02, 6, closed=True, slot=s)
            for k, z, s in ((1.0, 0.5, 0), (0.87, 0.02, 1))
        ]
        floor = sh.oval_loft([(z, 0.42, 0.29) for z in (0.01, 0.03)], 5.0, 40, "z")
        bow = np.array(
            [(0.49 * math.cos(a), 0.0, 0.42 + 0.6 * math.sin(a) ** 0.8) for a in np.linspace(0.0, math.pi, 30)]
        )
        swing = np.linspace(0, 9 * sh.TAU, 30)
        twist = np.stack([0 * swing, 0.02 * np.cos(swing / 3), 0.012 * np.sin(swing / 3)], axis=1)
        strands = [tube(bow + twist, 0.02, 7, slot=0), tube(bow - twist, 0.02, 7, slot=1)]
        if p.flag("filled"):
            loaf = sh.join(
                sh.ellipsoid(0.09, 0.09, 0.34, 3, 14, 8, 2.4),
                [sh.torus(0.075, 0.02, 12, 5, 3).turned("x", 0.4).moved(z=0.1 * k) for k in (-1, 0, 1, 2)],
            )
            bed = sh.ellipsoid(0.46, 0.31, 0.1, 2, 24, 8, 3.0).moved(z=0.47)
            apples = [
                sh.ellipsoid(r, r, 0.92 * r, 4, 14, 8).moved(x, y, 0.56)
                for x, y, r in ((0.12, -0.14, 0.11), (0.32, -0.1, 0.1), (0.3, 0.12, 0.1), (-0.12, -0.18, 0.09))
            ]
            leans = (-0.5, -0.2, 0.05), (-0.75, -0.1, 0.17)
            loaves = [loaf.turned("x", -0.25).turned("y", a).moved(x, y, 0.66) for a, x, y in leans]
            fill = [bed, *apples, *loaves]
        else:
            half = sh.superellipse(0.51, 0.355, 5.0, 48)
            fill = []
            for s in (-1.0, 1.0):
                outline = half.copy()
                outline[:, 0] = np.where(outline[:, 0] * s > 0.02, outline[:, 0], 0.02 * s)
                lid = sh.loft(
                    [
                        sh.placed(outline * k, z, "z")
                        for z, k in ((0.52, 0.98), (0.53, 1.0), (0.545, 1.0), (0.56, 0.97))
                    ],
                    0,
                )
                slats = [
                    sh.rod((s * x, -0.3, 0.56), (s * x, 0.3, 0.56), 0.016, 6, 1) for x in (0.08, 0.16, 0.24, 0.32, 0.4)
                ]
                peg = sh.join(sh.rod((s * 0.46, -0.05, 0.58), (s * 0.46, 0.05, 0.58), 0.02, 8, 1))
                fill.append(sh.join(lid, slats, peg))
        # A cloth over the front rim that hangs down in a point on either side of the basket.
        us, t = np.linspace(-0.3, 0.3, 21), np.linspace(0.0, 1.0, 10)
        napkin_rows = []
        for u in us:
            drop = 0.12 + 0.2 * (1.0 - abs(u) / 0.3)
            out = 0.37 + 0.012 * math.cos(40 * u)
            y = np.interp(t, [0, 0.3, 0.5, 1.0], [-0.2, -0.33, -out, -out + 0.012])
            z = np.interp(t, [0, 0.3, 0.42, 0.5, 1.0], [0.53, 0.54, 0.535, 0.5, 0.5 - drop])
            napkin_rows.append(np.stack([np.full_like(t, u * 1.1), y, z], axis=1))
        top = np.stack(napkin_rows)
        under = top[:, ::-1] - [0.0, -0.006, 0.006]
        return sh.join(weave, rim, floor, strands, sh.loft(np.concatenate([top, under], axis=1), 2), fill)

    def woven(self, rows: int) -> MeshData:
        """Walls whose rows go in and out of the uprights by turns, in two slots."""
        columns, levels = 32, 2 * rows + 1
        points = np.empty((columns * 2, levels, 3))
        for level in range(levels):
            t = level / (levels - 1)
            ring = sh.superellipse(0.43 + 0.065 * t, 0.3 + 0.042 * t, 5.0, columns * 2)
            row = level // 2
            wave = 0.016 * np.cos(math.pi * (np.arange(columns * 2) + 2 * (row % 2)) / 2.0) * (level % 2)
            unit = ring / np.linalg.norm(ring, axis=1, keepdims=True)
            points[:, level, :2] = ring + unit * (wave + 0.008 * (level % 2))[:, None]
            points[:, level, 2] = 0.02 + 0.48 * t
        wall = lattice(points, closed_u=True)
        upright, row_of = np.divmod(np.arange(len(wall.sizes)), levels - 1)
        return replace(wall, slots=((upright // 2 + row_of // 2) % 2).astype(np.int32))


class Cake(Family):
    """Tiers on a plate, icing that runs down, candles and berries."""

    name = "cake"
    params = {"diameter": Span(0.26, 0.5), "tiers": Count(1, 3), "thickness": Span(0.24, 0.34),
              "candles": Count(4, 9), "drips": Count(9, 15)}  # fmt: skip
    slots = (
        Slot("side", ("stripes", "dots", "patches", "checker", "noise"), "icing", (0.015, 0.05), (0.4, 0.7)),
        Slot("icing", ("dots", "terrazzo", "noise"), "icing", (0.01, 0.03), (0.2, 0.45)),
        Slot("plate", ("checker", "stripes", "print", "marble"), "vivid", (0.02, 0.05), (0.1, 0.3)),
        Slot("candles", ("stripes", "dots"), "vivid", (0.006, 0.015), (0.3, 0.5)),
        Slot("berries", ("noise", "plain"), "red", (0.01, 0.03), (0.1, 0.3)),
        Slot("flames", ("plain",), "gold", (0.01, 0.03), (0.2, 0.4)),
    )
    tags = ("food",)
    silhouette_fill = 0.5

    def size(self, p: TypedParams) -> Extent:
        diameter, tiers = p.real("diameter"), p.real("tiers")
        return diameter, diameter, (0.3 + p.real("thickness") * tiers) * diameter

    def build(self, p: TypedParams) -> MeshData:
        tiers, thick, candles = p.count("tiers"), 2 * p.real("thickness"), p.count("candles")
        dish = lathe(sh.rounded([(0, 0.03), (0.5, 0.03), (0.52, 0), (0.6, 0.02), (1.0, 0.08), (0.98, 0.11),
                              (0.7, 0.06), (0, 0.06)], 0.02, 1), 36, 2)  # fmt: skip
        parts, z = [dish], 0.055
        radii = [0.84 - 0.24 * k for k in range(tiers)]
        for k, r in enumerate(radii):
            parts.append(self.tier(r, thick, p.count("drips") - 2 * k, k).moved(z=z))
            pearls = sh.ellipsoid(0.045, 0.045, 0.04, 1, 6, 4).moved(x=r, z=z + 0.025)
            parts.append(sh.around(pearls, 18 - 4 * k))
            if k + 1 < tiers:
                berry = sh.ellipsoid(0.06, 0.06, 0.06, 4, 7, 4).moved(
                    x=0.5 * (r + radii[k + 1]) + 0.01, z=z + thick + 0.05
                )
                parts.append(sh.around(berry, 12 - 3 * k))
            z += thick
        r = radii[-1]
        candle = sh.join(
            sh.rod((0, 0, 0), (0, 0, 0.34), 0.032, 8, 3), sh.ellipsoid(0.028, 0.028, 0.07, 5, 6, 4).moved(z=0.42)
        )
        parts.append(sh.around(candle.moved(x=0.62 * r, z=z), candles, 0.2))
        parts.append(sh.ellipsoid(0.12, 0.12, 0.11, 4, 16, 10).moved(z=z + 0.09))
        parts.append(sh.blossom(0.14, (1, 4), 5).moved(z=z + 0.02))
        return sh.join(parts)

    def tier(self, radius: float, height: float, drips: int, seed: int) -> MeshData:
        """A round cake with a skin of icing whose edge runs down the side."""
        side = lathe(sh.rounded([(0, 0), (radius, 0), (radius, height), (0, height)], 0.05, 1), 32)
        skin = lathe(
            [
                (radius - 0.01, 0.0),
                (radius + 0.022, 0.0),
                (radius + 0.026, 0.5),
                *sh.rounded([(radius + 0.024, 0.72), (radius + 0.022, 1.0), (radius * 0.85, 1.0)], 0.05, 1),
                (0, 1.0),
            ],
            64,
            1,
        )

        def run(v: Floats) -> Floats:
            turn = sh.azimuth(v)
            long = 0.34 + 0.24 * np.abs(np.cos(0.5 * drips * turn)) ** 2.5 * (1.0 + 0.5 * np.sin(3 * turn + seed))
            low = height * (1.0 - np.clip(long, 0.12, 0.8))
            return np.stack([v[:, 0], v[:, 1], low + (height + 0.02 - low) * v[:, 2]], axis=1)

        return sh.join(side, sh.bent(skin, run))


class Burger(Family):
    """A bun with sesame, patties, cheese, tomato, lettuce, and a flag on a stick."""

    name = "burger"
    params = {"diameter": Span(0.16, 0.42), "tallness": Span(0.78, 1.05), "patties": Count(1, 2), "waves": Count(9, 14)}
    slots = (
        Slot("bun", ("noise", "leather"), "gold", (0.03, 0.08), (0.3, 0.55)),
        Slot("seeds", ("plain",), "light", (0.01, 0.03), (0.4, 0.7)),
        Slot("patty", ("noise", "rock", "terrazzo"), "earth", (0.01, 0.03), (0.6, 0.9)),
        Slot("lettuce", ("foliage", "noise"), "foliage", (0.02, 0.04), (0.4, 0.7)),
        Slot("cheese", ("noise", "plain"), "gold", (0.02, 0.06), (0.3, 0.5)),
        Slot("tomato", ("noise", "dots"), "red", (0.02, 0.05), (0.2, 0.4)),
        Slot("flag", ("print", "checker", "stripes"), "vivid", (0.01, 0.03), (0.4, 0.7)),
    )
    tags = ("food",)
    silhouette_fill = 0.55
    size = turned()

    def build(self, p: TypedParams) -> MeshData:
        patties, waves = p.count("patties"), p.count("waves")
        low = lathe(sh.rounded([(0, 0), (0.86, 0), (0.97, 0.14), (0.93, 0.3), (0, 0.3)], 0.1, 4), 40)
        parts, z = [low], 0.28
        for k in range(patties):
            meat = lathe(sh.rounded([(0, 0), (0.96, 0), (1.0, 0.1), (0.95, 0.22), (0, 0.22)], 0.07, 1), 40, 2)
            meat = sh.bent(meat, lambda v: v * (1.0 + 0.035 * lumps(v * 6.0, 3)[:, None] * [1.0, 1.0, 0.4]))
            # A square slice whose corners hang down, and its thickness.
            us = np.linspace(-0.86, 0.86, 8)
            cheese_x, y = np.meshgrid(us, us, indexing="ij")
            droop = np.maximum(np.hypot(cheese_x, y) - 0.95, 0.0)
            pull = 1.0 - 0.35 * droop
            top = np.stack([cheese_x * pull, y * pull, 0.02 - 0.75 * droop], axis=-1)
            under = np.stack([top[..., 0], top[..., 1], top[..., 2] - 0.035], axis=-1)
            rings = [np.concatenate([top[i], under[i, ::-1]]) for i in range(len(us))]
            parts += [meat.moved(z=z), sh.loft(rings, 4).turned("z", 0.5 + 0.6 * k).moved(z=z + 0.225)]
            z += 0.25
        parts += [
            sh.pill(0.46, 0.08, 0.03, 14, 5).moved(x=0.5).turned("z", a).moved(z=z) for a in (-2.2, -0.9, 0.9, 2.3)
        ]
        # A wavy leaf of lettuce all the way round.
        turn = np.linspace(0, sh.TAU, 6 * waves, endpoint=False)
        frill_r = np.array([0.5, 0.86, 1.0, 1.08])
        wave = np.sin(waves * turn)[:, None] * np.array([0.0, 0.04, 0.09, 0.11])[None]
        drop = np.array([0.0, -0.01, -0.05, -0.1])[None]
        far = frill_r[None] + 0.03 * np.cos(waves * turn + 0.8)[:, None]
        frill_top = np.stack([np.cos(turn)[:, None] * far, np.sin(turn)[:, None] * far, wave + drop], axis=-1)
        frill_under = frill_top[:, ::-1] - [0.0, 0.0, 0.02]
        ring = lattice(np.concatenate([frill_top, frill_under], axis=1), closed_u=True, closed_v=True, slot=3)
        parts.append(ring.flipped().moved(z=z + 0.12))
        z += 0.15
        dome = [(0.9, 0.0), (0.98, 0.08), (0.95, 0.26), (0.74, 0.48), (0.4, 0.6), (0.12, 0.635)]
        side = sh.smooth(dome, 4)
        crown = lathe([(0, 0.0), *side, (0, 0.64)], 40)
        seed = sh.ellipsoid(0.05, 0.026, 0.02, 1, 6, 4)
        seeds = []
        for k in range(34):
            at = 0.22 + 0.41 * math.sqrt((k + 0.5) / 34)
            r = float(np.interp(at, side[:, 1], side[:, 0]))
            one = seed.turned("z", 1.3 * k).turned("y", sh.slope_of(side, at)).moved(x=r, z=at)
            seeds.append(one.turned("z", k * sh.GOLDEN))
        stick = sh.rod((0, 0, 0.5), (0, 0, 1.12), 0.018, 8, 1)
        x = np.linspace(0.0, 0.44, 9)
        edges = (0.84, -0.004), (1.1, -0.004), (1.1, 0.004), (0.84, 0.004)
        flag = [np.array([(u, 0.03 * math.sin(12 * u) + s, v) for v, s in edges]) for u in x]
        parts.append(sh.join(crown, seeds, stick, sh.loft(flag, 6)).moved(z=z))
        return sh.join(parts)


MEALS: tuple[Family, ...] = (PicnicBasket(), Cake(), Burger())
