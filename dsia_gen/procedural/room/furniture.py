"""Seats, beds, tables and screens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import Floats, MeshData, merge
from dsia_gen.procedural.organic_shapes import board, cushion, lumps
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import box, cylinder, heightfield, lathe, tube
from dsia_gen.procedural.room.room_part import (
    ANY_SEED,
    HANDLE,
    PANELS,
    TIMBER,
    FlatTopped,
    LevelSurface,
    RoomPart,
    book_slots,
)
from dsia_gen.procedural.sizes import Extent, upright
from dsia_gen.spec.material import MaterialKind

CLOTH: tuple[MaterialKind, ...] = ("fabric", "knit", "denim", "stripes", "patches", "leather", "checker")


class Chair(RoomPart):
    """A wooden chair with a slatted back and a padded seat."""

    name = "chair"
    params = {"width": Span(0.4, 0.5), "depth": Span(0.42, 0.52), "height": Span(0.8, 1.0), "slats": Count(2, 5)}
    slots = (Slot("frame", TIMBER, "wood", (0.06, 0.1)), Slot("seat", CLOTH, "cloth", (0.06, 0.15)))
    tags = ("chair",)
    silhouette_fill = 0.45
    fitted = True

    def build(self, p: TypedParams) -> MeshData:
        """Four legs, the back ones raked and joined by slats, and a padded seat."""
        width, depth, height, slats = p.real("width"), p.real("depth"), p.real("height"), p.count("slats")
        leg, seat = 0.036, 0.45
        front, back = -depth / 2 + leg / 2, depth / 2 - leg / 2 - 0.1 * depth
        parts = []
        for side in (-1, 1):
            x = side * (width - leg) / 2
            parts.append(board((leg, leg, seat - 0.05), (x, front, 0), seed=side + 1))
            post = board((leg, leg, height), (0, 0, 0), seed=side + 5)
            # A post whose part above the seat leans back by `lean` metres at its top
            lean = 0.1 * depth
            v = post.vertices.copy()
            above = np.clip((v[:, 2] - seat) / (v[:, 2].max() - seat), 0, None)
            v[:, 1] += lean * above
            v[:, 1] += 0.3 * lean * np.clip(1 - v[:, 2] / seat, 0, None)
            parts.append(replace(post, vertices=v).moved(x, back, 0))
            parts.append(board((leg * 0.6, depth - leg * 2, 0.05), (x, -0.02, seat - 0.1), seed=side + 9))
        parts += [board((width - 2 * leg, 0.02, 0.06), (0, y, seat - 0.1), seed=12) for y in (front, back)]
        parts.append(cushion((width * 0.98, depth * 0.88, 0.075), (0, -depth * 0.06, seat - 0.055), slot=1))
        clear = height - seat - 0.08
        for k in range(slats):
            z = seat + 0.1 + clear * k / slats
            shift = 0.1 * depth * ((z - seat) / (height - seat)) ** 1.2
            size = (width - 2 * leg, 0.016, clear / slats * 0.55)
            parts.append(board(size, (0, back + shift, z), seed=30 + k))
        return merge(parts)


class Stool(RoomPart):
    """A round stool on four legs."""

    name = "stool"
    params = {"diameter": Span(0.3, 0.42), "height": Span(0.42, 0.75)}
    slots = (Slot("seat", CLOTH, "vivid", (0.06, 0.15)), Slot("legs", ("wood", "metal"), "wood", (0.06, 0.1)))
    tags = ("chair",)
    silhouette_fill = 0.3
    fitted = True
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """A padded disc on four splayed legs with a ring."""
        radius, height = p.real("diameter") / 2, p.real("height")
        seat = lathe([(0, height - 0.06), (radius * 0.85, height - 0.06), (radius, height - 0.045),
                      (radius, height - 0.02), (radius * 0.92, height - 0.004), (radius * 0.6, height),
                      (0, height)], 36)  # fmt: skip
        parts = [seat]
        for k in range(4):
            a = np.pi / 4 + k * np.pi / 2
            out = np.array([np.cos(a), np.sin(a), 0.0])
            path = [out * radius * 0.94, out * radius * 0.6 + [0, 0, height - 0.05]]
            parts.append(tube(path, [0.013, 0.017], 10, slot=1))
        ring = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        z = height * 0.3
        reach = radius * 0.84
        path = np.stack([reach * np.cos(ring), reach * np.sin(ring), np.full(28, z)], axis=1)
        return merge([*parts, tube(path, 0.009, 8, closed=True, slot=1)])


class Upholstered(RoomPart):
    """A sofa of any number of seats."""

    slots = (
        Slot("body", CLOTH, "cloth", (0.1, 0.25)),
        Slot("cushion", CLOTH, "cloth", (0.1, 0.25)),
        Slot("pillow", ("print", "patches", "stripes", "dots", "knit"), "vivid", (0.06, 0.15)),
        Slot("legs", TIMBER, "wood", (0.06, 0.1)),
    )
    fitted = True

    def build(self, p: TypedParams) -> MeshData:
        """A body with arms and back, loose cushions and a few pillows."""
        seats = p.count("seats") if "seats" in self.params else 1
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        rng = np.random.default_rng(p.count("seed"))
        foot, arm, rest, seat = 0.1, min(0.18, width * 0.2), 0.2, height * 0.38
        inner = width - 2 * arm
        parts = [_padded((inner + 0.04, depth, seat - foot), (0, 0, foot), 0.035)]
        parts += [_padded((arm, depth, height * 0.72 - foot), (s * (width - arm) / 2, 0, foot), 0.06) for s in (-1, 1)]
        parts.append(_padded((width - 0.06, rest, height - foot), (0, (depth - rest) / 2, foot), 0.07))
        each = inner / seats
        for k in range(seats):
            x = (k - (seats - 1) / 2) * each
            parts.append(cushion((each - 0.01, depth - rest + 0.02, 0.17), (x, -rest / 2, seat - 0.03), slot=1))
            back = cushion((each - 0.02, height * 0.48, 0.2), slot=1).turned("x", np.pi / 2 - 0.2)
            parts.append(back.moved(x, depth / 2 - rest + 0.06, seat + height * 0.26).frozen_rest())
        for k in range(1 if seats == 1 else 2 + int(rng.integers(0, 2))):
            x = (rng.uniform(-0.15, 0.15) if k == 2 else (-1) ** k * 0.5) * (inner - 0.34)
            pillow = cushion((0.42, 0.42, 0.15), slot=2).turned("x", np.pi / 2 - 0.45)
            pillow = pillow.turned("z", rng.uniform(-0.4, 0.4))
            parts.append(pillow.moved(x, depth / 2 - rest - 0.16, seat + 0.28).frozen_rest())
        leg, x, y = cylinder(0.018, foot + 0.01, 12, top=0.028, slot=3), width / 2 - 0.08, depth / 2 - 0.08
        return merge([*parts, *(leg.moved(sx * x, sy * y, 0) for sx in (-1, 1) for sy in (-1, 1))])


class Sofa(Upholstered):
    """A sofa with cushions and pillows."""

    name = "sofa"
    params = sized((1.5, 2.3), (0.8, 1.0), (0.72, 0.9), seats=Count(2, 3), seed=ANY_SEED)


class Armchair(Upholstered):
    """A padded chair for one."""

    name = "armchair"
    params = {"width": Span(0.75, 0.95), "depth": Span(0.75, 0.9), "height": Span(0.75, 0.95), "seed": ANY_SEED}
    tags = ("chair",)


def _padded(size: Extent, at: Extent, bevel: float) -> MeshData:
    """A box with round edges whose bottom is centred at `at`."""
    return box(size, bevel, segments=5).moved(*at)


class Bed(RoomPart):
    """A bed with a headboard at +Y, a rumpled blanket and pillows."""

    name = "bed"
    params = {"width": Span(0.95, 1.8), "depth": Span(2.0, 2.2), "height": Span(0.8, 1.2), "seed": ANY_SEED}
    slots = (
        Slot("frame", PANELS, "wood", (0.08, 0.15)),
        Slot("mattress", ("fabric", "stripes"), "light", (0.05, 0.1)),
        Slot("blanket", ("patches", "fabric", "knit", "print", "stripes"), "cloth", (0.15, 0.35)),
        Slot("pillow", ("fabric", "dots", "stripes", "print"), "light", (0.06, 0.15)),
    )

    def build(self, p: TypedParams) -> MeshData:
        """Frame with a headboard, mattress, two pillows and a rumpled blanket that hangs over the sides."""
        width, depth, height, seed = p.real("width"), p.real("depth"), p.real("height"), p.count("seed")
        rail, top = 0.3, 0.52
        length = depth - 0.06
        parts = [board((width, 0.05, height), (0, depth / 2 - 0.025, 0), bevel=0.012, seed=1)]
        parts.append(board((width, 0.04, rail + 0.12), (0, -depth / 2 + 0.02, 0), bevel=0.01, seed=2))
        for s in (-1, 1):
            parts.append(board((0.03, length, 0.16), (s * (width / 2 - 0.015), 0, rail - 0.14), seed=3 + s))
            for y in (-depth / 2 + 0.05, depth / 2 - 0.06):
                parts.append(board((0.05, 0.05, rail), (s * (width / 2 - 0.04), y, 0), seed=7))
        wide = width - 0.08
        parts.append(box((wide, length - 0.06, top - rail + 0.04), 0.06, 4, slot=1).moved(0, -0.005, rail - 0.04))
        across = wide + 0.05

        def blanket(x: Floats, y: Floats) -> Floats:
            # A sheet over the mattress, creased, its sides hanging down.
            points = np.stack([x * 4, y * 4, np.zeros_like(x)], axis=-1).reshape(-1, 3)
            rumple = lumps(points, seed, 3).reshape(x.shape)
            over = np.clip((np.abs(x) - (across / 2 - 0.06)) / 0.06, 0, 1)
            return top + 0.045 + 0.035 * rumple - 0.26 * over**2

        sheet = heightfield(across, length * 0.68, 48, 56, blanket)
        sheet = replace(sheet, slots=np.full_like(sheet.slots, 2)).frozen_rest()
        parts.append(sheet.moved(y=-length * 0.14))
        pillows = 2 if width > 1.3 else 1
        for k in range(pillows):
            pillow = cushion((wide / pillows - 0.06, 0.42, 0.15), slot=3).turned("x", 0.3)
            x = (k - (pillows - 1) / 2) * wide / pillows
            parts.append(pillow.moved(x, length / 2 - 0.3, top - 0.01).frozen_rest())
        return merge(parts)


class DiningTable(FlatTopped):
    """A table on four legs."""

    name = "table"
    params = {"width": Span(0.9, 1.8), "depth": Span(0.6, 0.95), "height": Span(0.7, 0.78), "taper": Span(0.5, 1.0)}
    slots = (
        Slot("top", ("planks", "wood", "tiles"), "wood", (0.1, 0.2)),
        Slot("legs", ("wood", "metal"), "wood", (0.08, 0.12)),
    )
    tags = ("table",)
    silhouette_fill = 0.4

    def build(self, p: TypedParams) -> MeshData:
        """A top on four legs that taper to `taper` of their width, with an apron."""
        width, depth, height, taper = p.real("width"), p.real("depth"), p.real("height"), p.real("taper")
        thick, leg = 0.034, 0.065
        parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.006, seed=1)]
        inset_x, inset_y = width / 2 - leg * 0.9, depth / 2 - leg * 0.9
        for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
            post = board((leg, leg, height - thick), seed=10 + k, slot=1)
            # The foot is `taper` as wide as the head.
            v = post.vertices.copy()
            t = v[:, 2] / v[:, 2].max()
            v[:, :2] *= (taper + (1 - taper) * t)[:, None]
            parts.append(replace(post, vertices=v).moved(sx * inset_x, sy * inset_y, 0))
        for s in (-1, 1):
            low = height - thick - 0.09
            parts.append(board((2 * inset_x - leg, 0.02, 0.09), (0, s * inset_y, low), slot=1, seed=20 + s))
            parts.append(board((0.02, 2 * inset_y - leg, 0.09), (s * inset_x, 0, low), slot=1, seed=30 + s))
        return merge(parts)


class RoundTable(RoomPart):
    """A round table on a turned foot."""

    name = "round_table"
    params = {"diameter": Span(0.6, 1.2), "height": Span(0.45, 0.76)}
    slots = (
        Slot("top", ("wood", "marble", "planks", "tiles"), "wood", (0.08, 0.2)),
        Slot("foot", ("wood", "metal", "plain"), "dark", (0.08, 0.12)),
    )
    tags = ("table",)
    size = upright()

    def build(self, p: TypedParams) -> MeshData:
        """A disc on a turned column with a wide foot."""
        r, h = p.real("diameter") / 2, p.real("height")
        top = cylinder(r, 0.03, 56, bevel=0.006).moved(z=h - 0.03).grained("x", 1)
        foot = [(0, 0), (r * 0.55, 0), (r * 0.55, 0.012), (r * 0.4, 0.03), (0.05, 0.06), (0.035, h * 0.25),
                (0.055, h * 0.45), (0.035, h * 0.6), (0.035, h * 0.8), (0.12, h - 0.03), (0, h - 0.03)]  # fmt: skip
        return merge([top, lathe(foot, 32, slot=1)])

    def surfaces(self, p: TypedParams) -> tuple[LevelSurface, ...]:
        """Its top."""
        r = p.real("diameter") / 2 - 0.02
        return (LevelSurface(p.real("height"), (-r, r), (-r, r), round=True),)


class CoffeeTable(FlatTopped):
    """A low table with a shelf and a few magazines on it."""

    name = "coffee_table"
    params = {"width": Span(0.7, 1.3), "depth": Span(0.45, 0.7), "height": Span(0.35, 0.45), "seed": ANY_SEED}
    slots = (
        Slot("top", ("wood", "planks", "tiles"), "wood", (0.1, 0.2)),
        Slot("legs", ("wood", "metal"), "dark", (0.08, 0.12)),
        *book_slots(3),
    )
    tags = ("table",)
    silhouette_fill = 0.6

    def build(self, p: TypedParams) -> MeshData:
        """A low table with a lower shelf, on which magazines lie."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        rng, thick, leg = np.random.default_rng(p.count("seed")), 0.028, 0.045
        pile = 0.02
        parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.005, seed=1)]
        for k, (sx, sy) in enumerate(((-1, -1), (1, -1), (-1, 1), (1, 1))):
            at = (sx * (width / 2 - leg * 0.7), sy * (depth / 2 - leg * 0.7), 0.0)
            parts.append(board((leg, leg, height - thick), at, slot=1, seed=10 + k))
        low = height * 0.3
        parts.append(board((width - 2 * leg, depth - leg, 0.018), (0, 0, low), seed=20))
        for k in range(3):
            z = low + 0.018 + k * pile
            magazine = box((0.28, 0.21, pile), slot=2 + k).grained("x", k).turned("z", rng.uniform(-0.5, 0.5))
            parts.append(magazine.moved(rng.uniform(-0.2, 0.2) * width, 0, z))
        return merge(parts)


class Desk(FlatTopped):
    """A desk with drawers at one side."""

    name = "desk"
    params = {"width": Span(1.1, 1.7), "depth": Span(0.6, 0.8), "height": Span(0.72, 0.78), "drawers": Count(2, 4)}
    slots = (Slot("top", ("wood", "planks"), "wood", (0.1, 0.2)), Slot("body", PANELS, "wood", (0.08, 0.15)), HANDLE)
    tags = ("table",)

    def build(self, p: TypedParams) -> MeshData:
        """A top on a chest of drawers at +X and a side at -X."""
        width, depth, height, drawers = p.real("width"), p.real("depth"), p.real("height"), p.count("drawers")
        thick, chest = 0.03, 0.4
        parts = [board((width, depth, thick), (0, 0, height - thick), bevel=0.006, seed=1)]
        parts.append(board((0.03, depth - 0.06, height - thick), (-width / 2 + 0.04, 0, 0), slot=1, seed=2))
        parts.append(board((width - chest - 0.1, 0.02, 0.35), (-chest / 2, depth / 2 - 0.08, height - thick - 0.35), 1))
        x, deep = width / 2 - chest / 2 - 0.03, depth - 0.1
        parts.append(board((chest, deep, height - thick - 0.03), (x, 0.02, 0.03), slot=1, seed=3))
        tall = (height - thick - 0.06) / drawers
        for k in range(drawers):
            z = 0.04 + k * tall
            parts.append(board((chest - 0.012, 0.018, tall - 0.008), (x, -deep / 2 + 0.012, z), slot=1, seed=10 + k))
            near, far, level = -deep / 2 - 0.02, -deep / 2 + 0.005, z + tall * 0.6
            grip = [(x - 0.06, far, level), (x - 0.06, near, level), (x + 0.06, near, level), (x + 0.06, far, level)]
            parts.append(tube(grip, 0.005, 8, slot=2))
        return merge(parts)


class FoldingScreen(RoomPart):
    """A standing screen of hinged panels with a printed face."""

    name = "folding_screen"
    params = {"width": Span(1.2, 2.0), "height": Span(1.5, 1.9), "panels": Count(3, 5)}
    slots = (
        Slot("panel", ("print", "patches", "stripes", "marble", "noise"), "vivid", (0.1, 0.25)),
        Slot("frame", TIMBER, "wood", (0.06, 0.1)),
    )
    fitted = True

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), 0.32, p.real("height")

    def build(self, p: TypedParams) -> MeshData:
        """Panels in a zigzag, each a printed sheet in a wooden frame."""
        width, height, panels = p.real("width"), p.real("height"), p.count("panels")
        fold, bar = 0.45, 0.035
        wide = width / panels / np.cos(fold)
        parts = []
        for k in range(panels):
            x = (k - (panels - 1) / 2) * width / panels
            frame = [board((bar, 0.026, height), (s * (wide - bar) / 2, 0, 0), slot=1, seed=k * 5 + s + 1)
                     for s in (-1, 1)]  # fmt: skip
            frame += [board((wide - 2 * bar, 0.024, bar), (0, 0, z), slot=1, seed=k) for z in (0.12, height - bar)]
            face = box((wide - 2 * bar, 0.008, height - bar - 0.15)).moved(0, 0, 0.14)
            shifted = face.moved(k * wide, 0, 0).vertices  # the print continues from panel to panel
            panel = merge([*frame, replace(face, rest=shifted)])
            parts.append(panel.turned("z", fold * (-1) ** k).moved(x, 0, 0))
        return merge(parts)
