"""Musical instruments."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural import shapes as sh
from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.mesh import Floats, MeshData
from dsia_gen.procedural.objects.slots import STEEL, TIMBER
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import box, extrude, lathe, tube
from dsia_gen.procedural.sizes import Extent, by_style, multiple_of, sides


class Violin(Family):
    """A violin or a cello standing upright: arched body, f-holes, bridge, tailpiece, scroll."""

    name = "violin"
    params = {"height": Span(0.62, 1.2), "style": Choice(("violin", "cello")), "waist": Span(0.0, 0.025)}
    slots = (
        Slot("top", ("wood", "wood", "patches", "print", "stripes"), "wood", (0.02, 0.06), (0.15, 0.35)),
        Slot("sides", TIMBER, "wood", (0.02, 0.05), (0.2, 0.4)),
        Slot("ebony", ("plain", "wood"), "dark", (0.01, 0.03), (0.3, 0.5)),
        Slot("trim", ("plain", "metal", "stripes"), "light", (0.01, 0.03), (0.2, 0.4)),
    )
    tags = ("music",)
    silhouette_fill = 0.45
    size = by_style("height", "style", {"violin": (0.335, 0.15, 1.0), "cello": (0.3, 0.205, 1.0)})

    def build(self, p: TypedParams) -> MeshData:
        cello = p.text("style") == "cello"
        waist = 0.085 - p.real("waist")
        right = np.array([(0.0, 0.0), (0.09, 0.006), (0.158, 0.06), (0.168, 0.13), (0.145, 0.19),
                          (0.148, 0.205), (0.112, 0.22), (waist + 0.008, 0.27), (waist, 0.31),
                          (waist + 0.012, 0.36), (0.118, 0.4), (0.122, 0.415), (0.132, 0.46),
                          (0.115, 0.53), (0.06, 0.57), (0.0, 0.575)])  # fmt: skip
        outline = sh.smooth(np.concatenate([right, right[-2:0:-1] * [-1.0, 1.0]]), 3, closed=True)
        deep = 0.16 if cello else 0.075
        body = self.arched(outline, deep)
        edges = [
            tube(sh.placed(sh.inset(outline, 0.002), s * deep / 2, "y"), 0.006, 5, closed=True, slot=1) for s in (-1, 1)
        ]
        front = -deep / 2 - 0.022
        hole = sh.smooth(
            [(0.052, 0.2), (0.068, 0.21), (0.072, 0.24), (0.058, 0.29), (0.05, 0.33), (0.06, 0.352), (0.072, 0.345)], 3
        )
        holes = sh.both_sides(
            tube(
                sh.placed(hole, front + 0.012, "y"),
                np.interp(np.linspace(0, 1, len(hole)), [0, 0.5, 1], [0.009, 0.006, 0.009]),
                6,
                slot=2,
            )
        )
        chin = sh.ellipsoid(0.055, 0.02, 0.04, 2, 16, 8).moved(x=-0.075, y=front, z=0.06)
        neck = sh.oval_loft(
            [(z, a, a * 0.8, front + 0.008) for z, a in ((0.53, 0.024), (0.6, 0.02), (0.88, 0.017))], 2.6, 12, "z", 1
        )
        board = sh.oval_loft(
            [(z, a, 0.008, y) for z, a, y in ((0.36, 0.03, front - 0.028), (0.88, 0.018, front - 0.012))],
            3.0,
            12,
            "z",
            2,
        )
        strings = [
            sh.join(
                sh.rod((0.0065 * k, front - 0.022, 0.2), (0.009 * k, front - 0.036, 0.265), 0.0014, 4, 3),
                sh.rod((0.009 * k, front - 0.036, 0.265), (0.0045 * k, front - 0.022, 0.89), 0.0014, 4, 3),
            )
            for k in (-3, -1, 1, 3)
        ]
        pin = sh.join(
            sh.rod((0, 0, -0.14), (0, 0, 0.01), (0.004, 0.008), 8, 3),
            sh.ellipsoid(0.014, 0.014, 0.016, 2, 10, 6).moved(z=-0.02),
        )
        rest = pin if cello else chin
        strung = sh.join(self.bridge_and_tail(front), neck, board, strings, self.scroll().moved(y=front, z=0.88))
        return sh.join(body, edges, holes, strung, rest)

    def arched(self, outline: Floats, deep: float) -> MeshData:
        """A sound box with vaulted front (slot 0) and back (slot 1)."""
        steps = [(0.0, 1.0), (0.006, 0.985), (0.014, 0.85), (0.02, 0.6), (0.022, 0.15)]
        middle = np.array([0.0, 0.27])
        front = [sh.placed(middle + (outline - middle) * k, -deep / 2 - out, "y") for out, k in reversed(steps)]
        back = [sh.placed(middle + (outline - middle) * k, deep / 2 + out, "y") for out, k in steps]
        body = sh.loft(front + back, 1)
        return sh.painted(body, 0, lambda c: c[:, 1] < -deep / 2 - 0.001)

    def bridge_and_tail(self, front: float) -> MeshData:
        """The bridge and the tail piece on a front at y."""
        bridge = (
            sh.slab(
                sh.rounded([(-0.045, 0), (0.045, 0), (0.035, 0.045), (-0.035, 0.045)], 0.015, 2, closed=True),
                0.01,
                0.002,
                (3, 3),
            )
            .turned("x", math.pi / 2)
            .moved(y=front + 0.01, z=0.265)
        )
        tail = sh.slab(sh.rounded([(-0.012, 0.03), (0.012, 0.03), (0.026, 0.2),
                             (-0.026, 0.2)], 0.008, 2, closed=True), 0.012, 0.003,
                    (2, 2)).moved(y=front - 0.018)  # fmt: skip
        return sh.join(bridge, tail)

    def scroll(self) -> MeshData:
        """Peg box, four pegs and the volute, from z = 0 up to about 0.15."""
        head = sh.oval_loft(
            ((0, 0.017, 0.02, 0.01), (0.06, 0.016, 0.018, 0.02), (0.1, 0.013, 0.012, 0.025)), 3.0, 12, "z", 1
        )
        turns = np.linspace(-0.6, 2.2 * sh.TAU - 1.0, 34)
        reach = np.linspace(0.03, 0.008, 34)
        path = np.stack([0 * turns, 0.018 - reach * np.cos(turns), 0.112 + reach * np.sin(turns)], axis=1)
        volute = tube(path, np.linspace(0.013, 0.009, 34), 8, slot=1)
        hub = sh.ellipsoid(0.024, 0.01, 0.01, 1, 10, 6).moved(y=0.018, z=0.112)
        pegs = [
            sh.join(
                sh.rod((-0.03 * s, 0.014, z), (0.042 * s, 0.014, z), 0.005, 6, 2),
                sh.ellipsoid(0.008, 0.014, 0.017, 2, 10, 6).moved(0.052 * s, 0.014, z),
            )
            for k, z in enumerate((0.015, 0.037, 0.059, 0.081))
            for s in ((-1.0, 1.0)[k % 2],)
        ]
        return sh.join(head, volute, hub, pegs)


class Trumpet(Family):
    """A trumpet that stands on its bell: bell, leadpipe, three valves, a slide, a mouthpiece, a banner."""

    name = "trumpet"
    params = {"height": Span(0.5, 0.85), "bell": Span(0.26, 0.36), "loop": Span(0.16, 0.22),
              "banner": Choice((True, False))}  # fmt: skip
    slots = (
        Slot("bell", ("metal", "noise", "stripes", "patches"), "gold", (0.02, 0.06), (0.15, 0.35)),
        Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
        Slot("valves", ("metal", "plain"), "light", (0.01, 0.03), (0.15, 0.35)),
        Slot("cloth", ("print", "checker", "stripes", "patches", "fabric"), "vivid", (0.03, 0.07), (0.6, 0.9)),
        Slot("fringe", ("stripes", "dots"), "gold", (0.01, 0.02), (0.5, 0.8)),
    )
    tags = ("music",)
    silhouette_fill = 0.35

    def size(self, p: TypedParams) -> Extent:
        height = p.real("height")
        return (0.64 if p.value("banner") else 0.43) * height, 0.31 * height, height

    def build(self, p: TypedParams) -> MeshData:
        bell, loop = p.real("bell") / 2, p.real("loop")
        flare = sh.smooth(
            [(bell, 0.0), (bell * 0.62, 0.045), (bell * 0.36, 0.12), (0.034, 0.24), (0.02, 0.42), (0.017, 0.6)], 5
        )
        horn = lathe([*flare, (0.0, 0.6)], 32)
        inside = lathe([(max(r - 0.006, 0.008), z + 0.001) for r, z in flare[:14]][::-1], 32, 1)
        rim = sh.torus(bell, 0.007, 36, 6, 1).moved(z=0.006)
        path = sh.rounded([(0, 0, 0.55), (0, 0, 0.74), (loop, 0, 0.74), (loop, 0, 0.26),
                        (loop * 0.5, 0, 0.26), (loop * 0.5, 0, 0.5)], 0.07, 6)  # fmt: skip
        pipes = tube(path, 0.017, 10, slot=1)
        lead = tube(
            sh.rounded([(loop, 0.0, 0.34), (loop, 0.045, 0.34), (loop, 0.045, 0.88)], 0.05, 4), 0.014, 10, slot=1
        )
        cup = lathe(
            sh.smooth([(0.012, 0.0), (0.014, 0.05), (0.026, 0.085), (0.034, 0.1), (0.03, 0.112), (0.016, 0.1)], 4),
            20,
            2,
        ).moved(loop, 0.045, 0.86)
        slide = tube(sh.rounded([(loop * 0.6, -0.06, 0.41), (loop * 0.6, -0.13, 0.41),
                              (loop * 0.6, -0.13, 0.535), (loop * 0.6, -0.06, 0.535)], 0.04, 4), 0.012, 8,
                     slot=1)  # fmt: skip
        rings = [sh.torus(0.022, 0.006, 14, 6, 2).moved(x=loop, z=z) for z in (0.3, 0.62)]
        rings += [sh.torus(0.022, 0.006, 14, 6, 2).moved(z=z) for z in (0.35, 0.66)]
        parts = [horn, inside, rim, pipes, lead, cup, slide, *self.valves(loop), *rings]
        if p.flag("banner"):
            # A cloth that hangs in folds from two cords, with a fringe.
            banner_z = np.linspace(0.2, 0.66, 12)
            banner_rings = []
            for x in np.linspace(-0.02, -0.3, 16):
                wave = 0.02 * np.sin(26 * x + 3.0 * (banner_z - 0.4)) * (1 + 4 * abs(x)) / 1.5
                front = np.stack([np.full_like(banner_z, x), wave - 0.003, banner_z], axis=1)
                banner_rings.append(np.concatenate([front, front[::-1] + np.array([0, 0.006, 0])]))
            cloth = sh.loft(banner_rings, 3)
            tassels = [
                sh.rod(
                    (-0.3, 0.02 * math.sin(-7.8 + 3.0 * (zz - 0.4)), zz), (-0.36, 0.0, zz - 0.01), (0.009, 0.013), 6, 4
                )
                for zz in np.linspace(0.215, 0.645, 10)
            ]
            t = np.linspace(0, sh.TAU, 10, endpoint=False)
            loop_of_cord = np.stack([0.03 * np.cos(t), 0.03 * np.sin(t)], axis=1)
            cords = [tube(sh.placed(loop_of_cord, z, "z"), 0.007, 6, closed=True, slot=4) for z in (0.24, 0.43, 0.62)]
            parts.append(sh.join(cloth, tassels, cords).moved(x=-0.02))
        return sh.join(parts)

    @staticmethod
    def valves(loop: float) -> list[MeshData]:
        """Three valves between the pipes of a loop so many metres wide, each with caps and a key."""
        valves = []
        for k in range(3):
            z = 0.41 + 0.062 * k
            can = sh.rod((loop * 0.02, -0.02, z), (loop * 1.0, -0.02, z), 0.027, 16, 1)
            caps = [sh.rod((x, -0.02, z), (x + 0.018, -0.02, z), 0.031, 16, 2) for x in (loop * 0.0, loop * 0.93)]
            key = sh.join(
                sh.rod((loop, -0.02, z), (loop + 0.06, -0.02, z), 0.008, 8, 2),
                sh.pill(0.022, 0.012, 0.004, 14, 2).turned("y", math.pi / 2).moved(loop + 0.056, -0.02, z),
            )
            valves.append(sh.join(can, caps, key))
        return valves


def _keyboard(keys: int, width: float, length: float) -> MeshData:
    """White keys (slot 3) along X with black ones (slot 4) on them, fronts towards -Y, tops at z = 0."""
    each = width / keys
    white = sh.plate(0.94 * each, length, 0.02, 0.002, 3)
    black = box((0.52 * each, 0.62 * length, 0.022), 0.003, 1, 4).moved(y=0.19 * length)
    parts = []
    for k in range(keys):
        x = (k - (keys - 1) / 2) * each
        parts.append(white.moved(x=x, z=-0.01))
        if k % 7 not in (2, 6) and k + 1 < keys:
            parts.append(black.moved(x=x + each / 2, z=-0.006))
    return sh.join(parts)


class Accordion(Family):
    """A piano accordion: two cases, bellows with bright corners, keys, buttons, a grille and straps."""

    name = "accordion"
    params = {"width": Span(0.42, 0.72), "depth": Span(0.2, 0.26), "height": Span(0.36, 0.48), "folds": Count(7, 13)}
    slots = (
        Slot("case", ("patches", "marble", "noise", "print", "checker"), "vivid", (0.03, 0.08), (0.1, 0.35)),
        Slot("bellows", ("stripes", "checker", "dots", "fabric"), "vivid", (0.02, 0.05), (0.5, 0.8)),
        Slot("edges", ("metal", "plain"), "gold", (0.01, 0.03), (0.2, 0.45)),
        Slot("ivory", ("plain", "marble"), "light", (0.01, 0.03), (0.15, 0.35)),
        Slot("ebony", ("plain", "leather"), "dark", (0.01, 0.03), (0.2, 0.4)),
    )
    settings = ("indoor",)
    tags = ("music",)
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, h, folds = p.real("width"), p.real("depth"), p.real("height"), p.count("folds")
        left, right = 0.24 * w, 0.3 * w
        treble = sh.cushion(right, 0.8 * d, 0.96 * h, 0.02, 0, 4).moved(x=w / 2 - right / 2, y=0.06 * d, z=0.5 * h)
        bass = sh.cushion(left, 0.8 * d, 0.96 * h, 0.02, 0, 4).moved(x=-w / 2 + left / 2, y=0.06 * d, z=0.5 * h)
        start, end = -w / 2 + left - 0.004, w / 2 - right + 0.004
        xs = np.linspace(start, end, 2 * folds + 1)
        swell = np.where(np.arange(len(xs)) % 2 == 0, 0.86, 1.0)
        section = sh.superellipse(0.37 * d, 0.45 * h, 9.0, 32)
        bellows = sh.loft(
            [sh.placed(section * k, x, "x") + np.array([0, 0.06 * d, 0.5 * h]) for x, k in zip(xs, swell, strict=True)],
            1,
        )
        bellows = bellows.shaded(False)
        corners = [
            sh.plate(0.5 * (xs[1] - xs[0]), 0.03, 0.045, 0.006, 2).moved(
                x, 0.06 * d + s * 0.365 * d, 0.5 * h + t * 0.42 * h
            )
            for x in xs[1::2]
            for s in (-1, 1)
            for t in (-1, 1)
        ]
        keys = _keyboard(9, 0.9 * h, 0.16 * w).turned("x", math.pi / 2).turned("y", math.pi / 2)
        keys = keys.moved(x=w / 2 - 0.085 * w, y=-0.37 * d, z=0.5 * h)
        grille = [
            sh.plate(0.1 * w, 0.012, 0.03 * h, 0.004, 2).moved(
                x=w / 2 - right + 0.07 * w, y=-0.345 * d, z=0.5 * h + 0.085 * h * k
            )
            for k in range(-4, 5)
        ]
        buttons = [
            sh.ellipsoid(0.008, 0.008, 0.008, 3, 6, 4).moved(
                -w / 2 + left * (0.25 + 0.17 * j), -0.345 * d, h * (0.2 + 0.085 * i + 0.03 * (j % 2))
            )
            for i in range(8)
            for j in range(4)
        ]
        board = sh.plate(0.75 * left, 0.012, 0.78 * h, 0.004, 4).moved(x=-w / 2 + left / 2, y=-0.342 * d, z=0.5 * h)
        bands = [sh.plate(0.012, 0.81 * d, 0.97 * h, 0.004, 2).moved(x=x, y=0.06 * d, z=0.5 * h) for x in (start, end)]
        strap = sh.smooth([(0, 0.4 * d, 0.9 * h), (0, 0.58 * d, 0.8 * h), (0, 0.62 * d, 0.5 * h),
                        (0, 0.58 * d, 0.2 * h), (0, 0.4 * d, 0.1 * h)], 4)  # fmt: skip
        belt = sh.loft(
            [
                np.array(
                    [point + np.array([a, b, 0]) for a, b in ((-0.02, 0), (0.02, 0), (0.02, 0.006), (-0.02, 0.006))]
                )
                for point in strap
            ],
            4,
        )
        straps = [belt.moved(x=x) for x in (w / 2 - right * 0.5, -w / 2 + left * 0.5)]
        return sh.join(treble, bass, bellows, corners, keys, grille, board, buttons, bands, straps)


class Tambourine(Family):
    """A hoop with pairs of jingles, on its edge; its skin faces the front."""

    name = "tambourine"
    params = {"diameter": Span(0.26, 0.46), "jingles": Count(5, 8), "skin": Choice((True, True, False))}
    slots = (
        Slot("skin", ("print", "patches", "dots", "checker", "noise"), "vivid", (0.03, 0.08), (0.4, 0.7)),
        Slot("hoop", ("wood", "stripes", "checker"), "wood", (0.02, 0.05), (0.3, 0.6)),
        Slot("jingles", STEEL, "gold", (0.01, 0.03), (0.15, 0.35)),
        Slot("studs", ("plain", "dots"), "vivid", (0.01, 0.02), (0.2, 0.5)),
    )
    tags = ("music", "toy")
    size = multiple_of("diameter", 1.0, 0.2, 1.0)

    def build(self, p: TypedParams) -> MeshData:
        jingles = p.count("jingles")
        r, deep = 0.5, 0.2
        band = lathe([(r - 0.022, 0), (r, 0.004), (r, deep - 0.004), (r - 0.022, deep), (r - 0.022, 0)], 48, 1)
        disc = lathe([(0, deep + 0.006), (r - 0.02, deep + 0.004), (r - 0.003, deep),
                      (r - 0.02, deep - 0.01), (0, deep - 0.01)][::-1], 56)  # fmt: skip
        hoops = [sh.torus(r - 0.008, 0.012, 48, 6, 3).moved(z=z) for z in (0.012, deep - 0.012)]
        plates = lathe(
            sh.smooth([(0.0, 0.01), (0.03, 0.012), (0.05, 0.0), (0.058, 0.0), (0.03, 0.018), (0, 0.018)], 1), 14, 2
        )
        pair = sh.join(plates.moved(z=0.004), plates.scaled(z=-1.0).moved(z=-0.004),
                    sh.rod((0, 0, -0.075), (0, 0, 0.075), 0.006, 6, 3))  # fmt: skip
        # A jingle sits in a slot of the hoop: half of it shows outside.
        shown = pair.moved(x=r - 0.014, z=0.45 * deep)
        frames = [sh.plate(0.03, 0.03, 0.11, 0.006, 3).moved(r - 0.016, s * 0.075, 0.45 * deep) for s in (-1.0, 1.0)]
        studs = sh.around(
            sh.ellipsoid(0.016, 0.016, 0.016, 3, 8, 5).moved(x=r - 0.004, z=deep - 0.035), 4 * jingles, 0.1
        )
        parts = [band, *hoops, studs, sh.around(sh.join(shown, frames), jingles, 0.5)]
        if p.flag("skin"):
            parts.append(disc)
        else:
            # A star of painted wood instead of a skin.
            turn, reach = (
                sh.TAU * np.arange(10) / 10 + math.pi / 2,
                0.94 * r * np.where(np.arange(10) % 2 == 0, 1.0, 0.42),
            )
            points = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)
            parts.append(extrude(points, 0.03).moved(z=0.45 * deep))
        return sh.join(parts).moved(z=-deep / 2).turned("x", math.pi / 2)


class Xylophone(Family):
    """Bars of falling length on two rails with feet, tilted to the front, and two mallets."""

    name = "xylophone"
    params = {"width": Span(0.42, 0.85), "depth": Span(0.24, 0.4), "height": Span(0.22, 0.36), "bars": Count(7, 11)}
    slots = (
        Slot("first", ("plain", "dots", "noise", "wood"), "vivid", (0.02, 0.05), (0.2, 0.45)),
        Slot("second", ("stripes", "checker", "dots"), "vivid", (0.01, 0.03), (0.2, 0.45)),
        Slot("third", ("plain", "noise", "print"), "vivid", (0.02, 0.05), (0.2, 0.45)),
        Slot("frame", TIMBER, "wood", (0.02, 0.05), (0.3, 0.6)),
        Slot("pins", STEEL, "metal", (0.01, 0.03), (0.2, 0.4)),
        Slot("heads", ("plain", "noise", "knit"), "vivid", (0.01, 0.03), (0.4, 0.8)),
    )
    tags = ("music", "toy")
    silhouette_fill = 0.5
    size = sides()

    def build(self, p: TypedParams) -> MeshData:
        w, d, bars = p.real("width"), p.real("depth"), p.count("bars")
        parts = []
        step = 0.92 * w / bars
        for k in range(bars):
            x = (k - (bars - 1) / 2) * step
            long = d * (1.0 - 0.42 * k / (bars - 1))
            bar = sh.cushion(0.8 * step, long, 0.03, 0.008, k % 3, 3).moved(x=x, z=0.035)
            pins = [sh.pill(0.006, 0.014, 0.003, 8, 4).moved(x, s * 0.36 * long, 0.048) for s in (-1, 1)]
            parts += [bar, *pins]
        for s in (-1.0, 1.0):
            ends = np.array([(-0.5 * w, s * 0.36 * d), (0.5 * w, s * 0.36 * 0.55 * d)])
            normal = np.array([0.0, 0.016])
            rail = np.stack([ends[0] - normal, ends[1] - normal, ends[1] + normal, ends[0] + normal])
            parts.append(sh.loft([sh.placed(rail * k, z, "z") for z, k in ((-0.022, 1.0), (0.02, 1.0))], 3))
        parts += [
            sh.plate(0.035, 0.78 * d, 0.04, 0.005, 3).moved(x=-0.46 * w),
            sh.plate(0.035, 0.46 * d, 0.04, 0.005, 3).moved(x=0.46 * w),
        ]
        for a, y in ((0.35, -0.05), (-0.3, 0.05)):
            stick = sh.join(
                sh.rod((-0.26 * w, 0, 0), (0.26 * w, 0, 0), 0.007, 8, 3),
                sh.ellipsoid(0.028, 0.028, 0.028, 5, 14, 10).moved(x=0.27 * w),
            )
            parts.append(stick.turned("z", a).moved(y=y, z=0.075 + 0.012 * (a > 0)))
        top = sh.join(parts).turned("x", 0.42).moved(z=0.16)
        legs = []
        for x, y in ((-0.44 * w, -0.33 * d), (0.44 * w, -0.19 * d), (-0.44 * w, 0.33 * d), (0.44 * w, 0.19 * d)):
            head = x, y * math.cos(0.42), 0.16 + y * math.sin(0.42)
            legs.append(sh.rod((1.04 * x, 1.1 * y, -0.03), head, 0.016, 10, 3))
        return sh.join(top, legs)


class ToyPiano(Family):
    """A toy piano: an upright with a panel of notes, or a grand with its lid up."""

    name = "toy_piano"
    params = {"width": Span(0.42, 0.8), "style": Choice(("upright", "grand")), "octaves": Count(1, 2)}
    slots = (
        Slot("case", ("patches", "dots", "stripes", "wood", "noise", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
        Slot("trim", ("plain", "wood", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
        Slot("ivory", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
        Slot("ebony", ("plain",), "dark", (0.02, 0.05), (0.1, 0.3)),
        Slot("notes", ("print",), "light", (0.02, 0.05), (0.6, 0.9)),
        Slot("brass", STEEL, "gold", (0.01, 0.03), (0.15, 0.35)),
    )
    tags = ("music", "toy")
    silhouette_fill = 0.55
    size = by_style("width", "style", {"upright": (1.0, 0.51, 0.96), "grand": (1.0, 1.22, 1.28)})

    def build(self, p: TypedParams) -> MeshData:
        style, octaves = p.text("style"), p.count("octaves")
        keys = 7 * octaves + 1
        return self.upright(keys) if style == "upright" else self.grand(keys)

    def upright(self, keys: int) -> MeshData:
        """An upright piano with brass plates, pedals and two turned legs."""
        side = [(-0.26, 0.0), (0.24, 0.0), (0.24, 0.92), (0.08, 0.92), (0.04, 0.58), (-0.26, 0.5)]
        cheek = sh.profile(sh.rounded(side, 0.05, 3, closed=True), 0.045, 0.008, (0, 1))
        parts = [
            cheek.moved(x=-0.475),
            cheek.moved(x=0.475),
            sh.plate(0.94, 0.16, 0.06, 0.01, 1).moved(y=0.16, z=0.93),
            sh.cushion(0.94, 0.04, 0.4, 0.01, 0, 2).moved(y=0.08, z=0.72),
            sh.cushion(0.94, 0.36, 0.07, 0.012, 1, 2).moved(y=-0.08, z=0.43),
            sh.cushion(0.94, 0.04, 0.4, 0.01, 0, 2).moved(y=0.06, z=0.2),
            sh.plate(0.94, 0.04, 0.9, 0.006, 1).moved(y=0.21, z=0.47),
        ]
        parts.append(self.white_and_black(keys, 0.88, 0.22).moved(y=-0.14, z=0.495))
        parts += [sh.plate(0.5, 0.05, 0.02, 0.005, 5).moved(y=0.03, z=0.6), self.notes().moved(y=0.03, z=0.715)]
        parts += [
            sh.join(
                sh.rod((x, 0.03, 0.06), (x, -0.08, 0.05), 0.012, 8, 5),
                sh.ellipsoid(0.03, 0.04, 0.012, 5, 12, 6).moved(x, -0.09, 0.05),
            )
            for x in (-0.07, 0.07)
        ]
        hearts = [
            sh.pill(0.06, 0.014, 0.005, 24, 5).turned("x", math.pi / 2).moved(x, 0.06, 0.76) for x in (-0.36, 0.36)
        ]
        legs = sh.both_sides(lathe(sh.smooth([(0.022, 0.0), (0.036, 0.03), (0.02, 0.1), (0.034, 0.24),
                                        (0.022, 0.34), (0.04, 0.4)], 3), 16, 1).moved(x=0.44, y=-0.22))  # fmt: skip
        return sh.join(parts, hearts, legs)

    def grand(self, keys: int) -> MeshData:
        """A grand piano with its lid up."""
        outline = np.array([(-0.5, -0.3), (0.5, -0.3), (0.5, 0.1), (0.4, 0.26), (0.2, 0.38), (0.06, 0.6),
                            (-0.14, 0.72), (-0.36, 0.72), (-0.5, 0.56)])  # fmt: skip
        outline = sh.rounded(outline, [0.02, 0.02, 0.1, 0.1, 0.1, 0.12, 0.1, 0.12, 0.1], 3, closed=True)
        case = sh.loft([sh.placed(outline, z, "z") for z in (0.36, 0.365, 0.56, 0.565)], 0).shaded(False)
        rim = tube(sh.placed(outline, 0.565, "z"), 0.012, 6, closed=True, slot=1)
        sound = sh.loft(
            [sh.placed(np.array([0.0, 0.2]) + (outline[4:] - [0.0, 0.2]) * 0.86, z, "z") for z in (0.566, 0.574)], 5
        )
        strings = [
            sh.rod((x, 0.0, 0.578), (x - 0.06, 0.5 - 0.5 * max(x, -0.1), 0.578), 0.003, 4, 2)
            for x in np.linspace(-0.38, 0.36, 13)
        ]
        lid = outline.copy()
        lid[:, 1] = np.maximum(lid[:, 1], -0.02)
        cover = (
            sh.loft([sh.placed(lid + np.array([0.5, 0.0]), z, "z") for z in (0.0, 0.022)], 1)
            .turned("y", -0.85)
            .moved(x=-0.5, z=0.58)
        )
        prop = sh.rod((0.3, 0.1, 0.57), (0.04, 0.1, 1.16), 0.012, 8, 5)
        desk = sh.cushion(0.96, 0.26, 0.05, 0.012, 1, 2).moved(y=-0.4, z=0.39)
        cheeks = sh.both_sides(sh.cushion(0.04, 0.26, 0.13, 0.015, 0, 3).moved(x=0.478, y=-0.4, z=0.45))
        board = self.white_and_black(keys, 0.9, 0.2).moved(y=-0.4, z=0.44)
        rest = sh.join(
            sh.plate(0.44, 0.014, 0.17, 0.004, 1).turned("x", -0.25).moved(y=-0.2, z=0.65),
            self.notes().moved(y=-0.235, z=0.68),
        )
        leg = lathe(sh.smooth([(0.03, 0.0), (0.045, 0.03), (0.03, 0.08), (0.05, 0.26), (0.07, 0.37)], 3), 16, 1)
        legs = [leg.moved(x, y, 0.0) for x, y in ((-0.42, -0.4), (0.42, -0.4), (-0.22, 0.55))]
        return sh.join(case, rim, sound, strings, cover, prop, desk, cheeks, board, rest, legs)

    def notes(self) -> MeshData:
        """An open book of music, leaning back."""
        leaf = sh.plate(0.16, 0.006, 0.2, 0.002, 4)
        return sh.join(leaf.turned("z", 0.12).moved(x=-0.082), leaf.turned("z", -0.12).moved(x=0.082)).turned(
            "x", -0.18
        )

    def white_and_black(self, keys: int, width: float, length: float) -> MeshData:
        """A keyboard in the slots of this family: white keys 2, black ones 3."""
        return sh.painted(_keyboard(keys, width, length).slot(2), 3, lambda c: c[:, 2] > 0.0005)


MUSIC: tuple[Family, ...] = (Violin(), Trumpet(), Accordion(), Tambourine(), Xylophone(), ToyPiano())
