"""Rugs, pictures, lamps and potted plants."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import Floats, MeshData, copies, fit, merge
from dsia_gen.procedural.organic_shapes import board, leaf, placements, scattered
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import cylinder, extrude, icosphere, lathe, tube
from dsia_gen.procedural.room.room_part import ANY_SEED, RoomPart
from dsia_gen.procedural.sizes import Extent, upright

EITHER = Choice((False, True))
RUG_HEIGHT = 0.014
"""Metres."""


class Rug(RoomPart):
    """A rug with a border, fringed at its two short sides, or round."""

    name = "rug"
    params = {"width": Span(1.0, 3.0), "depth": Span(0.8, 2.2), "fringe": Span(0.0, 0.07), "round": EITHER}
    slots = (
        Slot("rug", ("fabric", "knit", "print", "patches", "stripes", "noise"), "cloth", (0.12, 0.35)),
        Slot("border", ("fabric", "stripes", "checker", "dots"), "vivid", (0.06, 0.15)),
        Slot("fringe", ("fabric",), "light", (0.02, 0.05)),
    )
    tags = ("flat",)
    silhouette_fill = 0.75

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), p.real("depth"), RUG_HEIGHT

    def build(self, p: TypedParams) -> MeshData:
        """A cloth of 14 mm with a border; fringes at both ends in X, none on a round one."""
        width, depth, fringe = p.real("width"), p.real("depth"), p.real("fringe")
        if p.flag("round"):
            angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
            rim = np.stack([np.cos(angle) * width / 2, np.sin(angle) * depth / 2], axis=1)
            return merge([extrude(rim, RUG_HEIGHT * 0.8, rim * 0.86, slot=1), extrude(rim * 0.86, RUG_HEIGHT)])
        body = width - 2 * fringe
        edge = min(0.14, depth * 0.12)
        outer, inner = _rectangle(body, depth), _rectangle(body - 2 * edge, depth - 2 * edge)
        parts = [extrude(outer, RUG_HEIGHT * 0.85, inner, slot=1), extrude(inner, RUG_HEIGHT)]
        if fringe > 0.01:
            # Tassels 12 mm wide at both ends.
            count = max(4, int(depth / 0.024))
            tassel = board((fringe, 0.012, 0.004), bevel=0.0, slot=2)
            matrices = np.tile(np.eye(4), (count, 1, 1))
            matrices[:, 1, 3] = (np.arange(count) + 0.5) / count * (depth - 0.012) - (depth - 0.012) / 2
            for side in (-1, 1):
                matrices[:, 0, 3] = side * body / 2 + side * fringe / 2
                parts.append(copies(tassel, matrices))
        return merge(parts)


def _rectangle(width: float, depth: float) -> Floats:
    """(4, 2) corners about the origin."""
    return np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, depth]) / 2


class FramedPicture(RoomPart):
    """A framed print; hangs with its back to a wall at +Y."""

    name = "picture"
    params = {"width": Span(0.3, 1.4), "height": Span(0.3, 1.1), "frame": Span(0.02, 0.06), "mat": Span(0.0, 0.08)}
    slots = (
        Slot("print", ("print", "patches", "dots", "noise", "marble"), "vivid", (0.06, 0.2)),
        Slot("frame", ("wood", "metal", "plain"), "wood", (0.05, 0.1)),
        Slot("mat", ("plain", "noise"), "light"),
    )
    uses = ("room",)
    tags = ("wall",)

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.03, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        """A print behind a mat in a frame 3 cm deep."""
        width, height, bar, mat = p.real("width"), p.real("height"), p.real("frame"), p.real("mat")
        bar = min(bar, width / 6, height / 6)
        mat = min(mat, (width - 2 * bar) / 5, (height - 2 * bar) / 5)
        rim = _rectangle(width, height)
        inner = _rectangle(width - 2 * bar, height - 2 * bar)
        sheet = _rectangle(width - 2 * bar - 2 * mat, height - 2 * bar - 2 * mat)
        parts = [extrude(rim, 0.03, inner, slot=1), extrude(sheet, 0.010, slot=0)]
        if mat > 0.005:
            parts.append(extrude(inner, 0.012, sheet, slot=2))
        return merge(parts).turned("x", np.pi / 2).moved(y=0.015, z=height / 2)


class CeilingLamp(RoomPart):
    """A lamp that hangs from a cord; its top is where it is fixed."""

    name = "ceiling_lamp"
    params = {"diameter": Span(0.25, 0.6), "height": Span(0.5, 1.2), "style": Choice(("dome", "drum", "globe"))}
    slots = (
        Slot("shade", ("fabric", "metal", "print", "stripes", "plain"), "vivid", (0.05, 0.15)),
        Slot("cord", ("plain",), "dark"),
        Slot("bulb", ("emission",), "light"),
    )
    uses = ("lamp", "room")
    tags = ("hanging",)
    silhouette_fill = 0.6
    fitted = True
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """Rose, cord, shade in one of three styles, and a bulb."""
        radius, height, style = p.real("diameter") / 2, p.real("height"), p.text("style")
        tall = radius * {"dome": 1.0, "drum": 1.1, "globe": 2.0}.get(style, 1.0)
        tall = min(tall, height * 0.7)
        if style == "globe":
            shade = lathe(_arc(radius, tall, -np.pi / 2, np.pi / 2, 16), 32)
        elif style == "drum":
            shade = _shell([(radius, 0), (radius, tall)], 0.004)
        else:
            shade = _shell([tuple(row) for row in _arc(radius, tall * 2, 0.0, np.pi / 2 * 0.93, 12) - [0, tall]], 0.004)
        parts = [shade, cylinder(0.006, height - tall + 0.02, 8, slot=1).moved(z=tall - 0.02)]
        parts.append(cylinder(0.055, 0.03, 20, top=0.045, slot=1).moved(z=height - 0.03))
        if style != "globe":
            parts.append(icosphere(2, min(0.06, radius * 0.4), slot=2).moved(z=tall * 0.5))
            parts.append(cylinder(0.02, tall * 0.5, 12, slot=1).moved(z=tall * 0.5))
        return merge(parts)


def _arc(radius: float, tall: float, start: float, stop: float, steps: int) -> Floats:
    """Profile of an ellipsoid standing on z = 0, from one latitude to another."""
    latitude = np.linspace(start, stop, steps + 1)
    profile = np.stack([np.cos(latitude) * radius, (np.sin(latitude) + 1) * tall / 2], axis=1)
    profile[np.abs(profile) < 1e-9] = 0.0
    return profile


def _shell(profile: list[tuple[float, float]], thick: float) -> MeshData:
    """A thin bowl or tube: the profile outside, and the same `thick` nearer the axis inside."""
    inside = [(max(r - thick, 0.0), z) for r, z in reversed(profile)]
    return lathe([*profile, *inside, profile[0]], 40)


class FloorLamp(RoomPart):
    """A standing lamp with a shade."""

    name = "floor_lamp"
    params = {"diameter": Span(0.3, 0.5), "height": Span(1.3, 1.8), "tripod": EITHER}
    slots = (
        Slot("shade", ("fabric", "stripes", "print", "knit"), "light", (0.05, 0.15)),
        Slot("stand", ("metal", "wood"), "metal"),
        Slot("bulb", ("emission",), "light"),
    )
    uses = ("lamp", "furniture")
    fitted = True
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """A shade on a pole with a round foot, or on a tripod."""
        radius, height = p.real("diameter") / 2, p.real("height")
        tall = min(0.32, height * 0.25)
        shade = _shell([(radius, 0), (radius * 0.72, tall)], 0.004).moved(z=height - tall)
        parts = [shade, icosphere(2, 0.05, slot=2).moved(z=height - tall * 0.55)]
        hub = height - tall
        if p.flag("tripod"):
            reach = radius * 0.98
            for k in range(3):
                a = 2 * np.pi * k / 3 + 0.5
                c, s = np.cos(a), np.sin(a)
                path = np.array([[reach * c, reach * s, 0.0], [0.02 * c, 0.02 * s, hub]])
                parts.append(tube(path, [0.012, 0.016], 8, slot=1))
            parts.append(cylinder(0.04, 0.05, 16, slot=1).moved(z=hub - 0.04))
        else:
            parts.append(lathe([(0, 0), (radius * 0.8, 0), (radius * 0.8, 0.012), (0.03, 0.03), (0.012, 0.05),
                                (0.012, hub), (0, hub)], 28, slot=1))  # fmt: skip
        return merge([*parts, cylinder(0.012, tall * 0.4, 8, slot=1).moved(z=hub)])


class TableLamp(RoomPart):
    """A lamp with a turned foot and a shade."""

    name = "table_lamp"
    params = {"diameter": Span(0.2, 0.36), "height": Span(0.35, 0.6)}
    slots = (
        Slot("shade", ("fabric", "stripes", "print", "dots"), "light", (0.04, 0.1)),
        Slot("foot", ("marble", "wood", "terrazzo", "metal", "print"), "vivid", (0.04, 0.1)),
        Slot("bulb", ("emission",), "light"),
    )
    uses = ("lamp", "shelf")
    silhouette_fill = 0.55
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """A shade on a turned, bellied foot."""
        radius, height = p.real("diameter") / 2, p.real("height")
        tall = height * 0.45
        z = height - tall
        belly = radius * 0.62
        profile = [(0, 0), (belly * 0.7, 0), (belly * 0.72, z * 0.05), (belly, z * 0.3), (belly * 0.94, z * 0.5),
                   (belly * 0.45, z * 0.78), (0.016, z * 0.9), (0.012, z + 0.05), (0, z + 0.05)]  # fmt: skip
        foot = lathe(profile, 32, slot=1)
        shade = _shell([(radius, z), (radius * 0.68, height)], 0.003)
        return merge([foot, shade, icosphere(2, radius * 0.25, slot=2).moved(z=z + tall * 0.45)])


class PlantPot(RoomPart):
    """A leafy plant in a pot."""

    name = "plant_pot"
    params = {
        "diameter": Span(0.35, 0.8),
        "height": Span(0.5, 1.5),
        "pot": Span(0.2, 0.3),
        "leaves": Count(60, 160),
        "seed": ANY_SEED,
    }
    slots = (
        Slot("pot", ("terrazzo", "tiles", "print", "stripes", "concrete", "rust"), "vivid", (0.04, 0.12)),
        Slot("soil", ("rock",), "dark", (0.02, 0.04)),
        Slot("leaf", ("foliage",), "foliage", (0.08, 0.2)),
    )
    silhouette_fill = 0.2
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """Leaves on arching stems from a tapered pot."""
        diameter, height, rim = p.real("diameter"), p.real("height"), p.real("pot") / 2
        deep = min(2 * rim * 1.05, height * 0.45)
        pot = lathe([(0, 0), (rim * 0.72, 0), (rim * 0.76, deep * 0.06), (rim * 0.96, deep * 0.86), (rim, deep * 0.88),
                     (rim, deep), (rim * 0.88, deep), (rim * 0.86, deep * 0.9)], 36)  # fmt: skip
        soil = cylinder(rim * 0.87, 0.01, 28, slot=1).moved(z=deep * 0.9)
        # Stems from the origin that bend outwards, each with a few leaves near its end.
        seed, radius = p.count("seed"), diameter / 2
        rng = np.random.default_rng(seed)
        stems = max(8, p.count("leaves") // 6)
        angle = np.pi * (1 + 5**0.5) * np.arange(stems) + rng.uniform(-0.3, 0.3, stems)
        reach = radius * rng.uniform(0.15, 0.8, stems)
        top = (height - deep) * rng.uniform(0.45, 0.95, stems)
        out = np.stack([np.cos(angle), np.sin(angle), np.zeros(stems)], axis=1)
        parts, at, forward = [], [], []
        for k in range(stems):
            t = np.linspace(0, 1, 6)[:, None]
            path = out[k] * reach[k] * t**1.8 + np.array([0, 0, 1]) * top[k] * (1 - (1 - t) ** 1.5)
            parts.append(tube(path, np.linspace(0.006, 0.002, 6), 4, caps=False, slot=2))
            for s in np.linspace(0.35, 1.0, 6):
                turn = rng.uniform(0, 2 * np.pi)
                side = np.array([np.cos(turn), np.sin(turn), rng.uniform(-0.1, 0.6)]) + 0.8 * out[k]
                at.append(out[k] * reach[k] * s**1.8 + np.array([0, 0, 1]) * top[k] * (1 - (1 - s) ** 1.5))
                forward.append(side)
        size = radius * rng.uniform(0.35, 0.6, len(at))
        matrices = placements(np.array(at), np.array(forward), size, rng.uniform(-0.6, 0.6, len(at)))
        growth = merge([*parts, scattered(leaf(1.0, 0.4, slot=2), matrices, seed)])
        crown = fit(growth, (diameter, diameter, height - deep * 0.92)).moved(z=deep * 0.92)
        return merge([pot, soil, crown])
