"""Shelves, bookcases, cabinets and wardrobes, and the books in them."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, merge
from dsia_gen.procedural.organic_shapes import board
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import box, lathe, tube
from dsia_gen.procedural.room.room_part import (
    ANY_SEED,
    HANDLE,
    METAL,
    PANELS,
    TIMBER,
    FlatTopped,
    LevelSurface,
    RoomPart,
    book_slots,
)

BOARD = 0.022
"""Thickness of the boards of shelves, metres."""
PLINTH = 0.06
"""Height of the plinth of shelves, metres."""


def board_heights(height: float, shelves: int) -> tuple[tuple[float, float], ...]:
    """(top of the board, clearance above it) for each compartment of a shelf, from below."""
    clear = (height - PLINTH - BOARD * (shelves + 1)) / shelves
    return tuple((PLINTH + BOARD + k * (clear + BOARD), clear) for k in range(shelves))


def books(
    width: float, depth: float, height: float, fill: float, slots: range, rng: np.random.Generator
) -> list[MeshData]:
    """A row of books from x = 0 to at most `width * fill`, spines at y = 0 towards -Y, some leaning, some lying."""
    row: list[MeshData] = []
    x = 0.004
    while x < width * fill - 0.05:
        if rng.random() < 0.1 and width * fill - x > 0.26:
            row += _pile(x, depth, height, slots, rng)
            x += 0.25
            continue
        thick, tall = rng.uniform(0.014, 0.05), height * rng.uniform(0.62, 0.96)
        back = depth * rng.uniform(0.7, 0.95)
        # Each cover is drawn from a place of its own in the texture.
        book = box((thick, back, tall), 0.0, slot=int(rng.choice(np.array(slots))))
        book = book.grained("z", int(rng.integers(1 << 30))).moved(y=back / 2 + rng.uniform(0, 0.025))
        lean = rng.uniform(0.06, 0.14) if rng.random() < 0.08 else 0.0
        x += thick / 2 + lean * tall
        row.append(book.turned("y", -lean).moved(x, 0, np.sin(lean) * thick / 2))
        x += thick / 2 + 0.001
    return row


def _pile(x: float, depth: float, height: float, slots: range, rng: np.random.Generator) -> list[MeshData]:
    """A few books that lie on each other."""
    pile, z = [], 0.0
    for _ in range(int(rng.integers(2, 5))):
        thick = rng.uniform(0.015, 0.045)
        if z + thick > height * 0.9:
            break
        book = box((0.23, depth * 0.8, thick), 0.0, slot=int(rng.choice(np.array(slots))))
        pile.append(book.grained("x", int(rng.integers(1 << 30))).moved(x + 0.12, depth * 0.45, z))
        z += thick
    return pile


class Bookshelf(RoomPart):
    """A bookcase filled with books of many colours."""

    name = "bookshelf"
    params = sized((0.7, 1.6), (0.26, 0.36), (1.2, 2.2), shelves=Count(3, 6), fill=Span(0.6, 0.95), seed=ANY_SEED)
    slots = (Slot("case", PANELS, "wood", (0.08, 0.15)), *book_slots(6))

    def build(self, p: TypedParams) -> MeshData:
        """Sides, back, boards and a plinth; a row of books on every board."""
        width, depth, height, shelves = p.real("width"), p.real("depth"), p.real("height"), p.count("shelves")
        rng = np.random.default_rng(p.count("seed"))
        parts, inner = _case(width, depth, height), width - 2 * BOARD
        parts.append(board((inner, 0.008, height), (0, depth / 2 - 0.004, 0), bevel=0.0, seed=5))
        for k, (z, clear) in enumerate(board_heights(height, shelves)):
            parts.append(board((inner, depth - 0.01, BOARD), (0, -0.004, z - BOARD), seed=10 + k))
            fill = min(1.0, p.real("fill") * rng.uniform(0.75, 1.15))
            row = merge(books(inner, depth - 0.04, clear - 0.02, fill, range(1, 7), rng))
            parts.append(row.moved(-inner / 2, -depth / 2 + 0.02, z))
        return merge(parts)


def _case(width: float, depth: float, height: float) -> list[MeshData]:
    """Sides, plinth and top of a shelf."""
    inner = width - 2 * BOARD
    return [
        *(board((BOARD, depth, height), (side * (width - BOARD) / 2, 0, 0), seed=side + 1) for side in (-1, 1)),
        board((inner, BOARD, PLINTH), (0, -depth / 2 + 0.03, 0), seed=6),
        board((inner, depth - 0.008, BOARD), (0, -0.004, height - BOARD), seed=8),
    ]


class OpenShelf(RoomPart):
    """A shelf of bare boards between two sides, on which objects stand."""

    name = "open_shelf"
    params = {"width": Span(0.7, 1.3), "depth": Span(0.3, 0.42), "height": Span(1.1, 1.9), "shelves": Count(3, 4)}
    slots = (Slot("case", PANELS, "wood", (0.08, 0.15)), Slot("back", ("plain", "wood", "stripes", "noise"), "wall"))

    def build(self, p: TypedParams) -> MeshData:
        """A case with bare boards and a back of its own material."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        parts, inner = _case(width, depth, height), width - 2 * BOARD
        parts.append(board((inner, 0.008, height), (0, depth / 2 - 0.004, 0), slot=1, bevel=0.0, seed=5))
        for k, (z, _) in enumerate(board_heights(height, p.count("shelves"))):
            parts.append(board((inner, depth - 0.01, BOARD), (0, -0.004, z - BOARD), seed=10 + k))
        return merge(parts)

    def surfaces(self, p: TypedParams) -> tuple[LevelSurface, ...]:
        """Its boards."""
        w, d = p.real("width") / 2 - BOARD - 0.01, p.real("depth") / 2
        heights = board_heights(p.real("height"), p.count("shelves"))
        return tuple(LevelSurface(z, (-w, w), (-d + 0.01, d - 0.02), clear - 0.01) for z, clear in heights)


class WallShelf(RoomPart):
    """A board on brackets with books and boxes; hangs with its back to a wall at +Y."""

    name = "wall_shelf"
    params = {"width": Span(0.6, 1.4), "depth": Span(0.18, 0.28), "height": Span(0.3, 0.4), "seed": ANY_SEED}
    slots = (Slot("board", TIMBER, "wood", (0.08, 0.15)), Slot("bracket", METAL, "metal"), *book_slots(4))
    uses = ("room",)
    tags = ("wall",)
    silhouette_fill = 0.55

    def build(self, p: TypedParams) -> MeshData:
        """A board on two brackets with books on it; the tallest book reaches the top of the bounding box."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        rng, thick, low = np.random.default_rng(p.count("seed")), 0.025, 0.09
        parts, back, top = [board((width, depth, thick), (0, 0, low), seed=1)], depth / 2 - 0.006, low - 0.006
        for side in (-1, 1):
            x = side * (width / 2 - 0.1)
            path = [(x, back, 0.0), (x, back, top), (x, -depth / 2 + 0.03, top)]
            parts.append(tube(path, 0.006, 8, slot=1).scaled(z=low / (low - 0.0)))
        tall = height - low - thick
        row = books(width * 0.96, depth * 0.9, tall, rng.uniform(0.7, 0.95), range(2, 6), rng)
        last = box((0.03, depth * 0.7, tall), slot=2).grained("z", 3).moved(width * 0.96 - 0.02, depth * 0.4, 0)
        return merge([*parts, merge([*row, last]).moved(-width * 0.48, -depth / 2 + 0.005, low + thick)])


class Cabinet(FlatTopped):
    """A chest with doors or drawers."""

    name = "cabinet"
    params = sized((0.6, 1.6), (0.4, 0.55), (0.6, 1.3), columns=Count(1, 3), rows=Count(1, 4))
    slots = (Slot("body", PANELS, "wood", (0.08, 0.15)), Slot("front", PANELS, "wood", (0.08, 0.15)), HANDLE)
    silhouette_fill = 1.0

    def build(self, p: TypedParams) -> MeshData:
        """A body on short feet with a grid of fronts, each with a knob."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        columns, rows, foot, knob = p.count("columns"), p.count("rows"), 0.09, 0.024
        deep = depth - knob - 0.018
        y = knob / 2 + 0.009
        parts = [board((width - 0.02, deep, height - foot - 0.025), (0, y, foot), seed=1)]
        parts.append(board((width, depth - knob, 0.025), (0, knob / 2, height - 0.025), seed=2))
        feet = [(sx * (width / 2 - 0.06), y + sy * (deep / 2 - 0.05), 0.0) for sx in (-1, 1) for sy in (-1, 1)]
        parts += [board((0.045, 0.045, foot), at, seed=3) for at in feet]
        front = -depth / 2 + knob + 0.009
        # A grid of doors 18 mm thick with gaps of 6 mm.
        across, up, gap = width - 0.02, height - foot - 0.025, 0.006
        wide, tall = across / columns - gap, up / rows - gap
        for i in range(columns):
            for k in range(rows):
                x = across * ((i + 0.5) / columns - 0.5)
                z = foot + up * k / rows + gap / 2
                parts.append(board((wide, 0.018, tall), (x, front, z), slot=1, bevel=0.005, seed=20 + 7 * i + k))
                grip = lathe([(0, 0), (0.006, 0), (0.006, knob * 0.4), (0.015, knob * 0.7), (0, knob)], 12, slot=2)
                parts.append(grip.turned("x", np.pi / 2).moved(x, front - 0.009, z + tall * 0.72))
        return merge(parts)


class ClothesCupboard(RoomPart):
    """A tall cupboard with two or three doors."""

    name = "wardrobe"
    params = {"width": Span(1.0, 1.8), "depth": Span(0.5, 0.65), "height": Span(1.8, 2.2), "doors": Count(2, 3)}
    slots = (Slot("body", PANELS, "wood", (0.1, 0.15)), Slot("front", PANELS, "wood", (0.1, 0.15)), HANDLE)
    silhouette_fill = 1.0

    def build(self, p: TypedParams) -> MeshData:
        """A tall body with a cornice, a plinth, and doors with long handles."""
        width, depth, height, doors = p.real("width"), p.real("depth"), p.real("height"), p.count("doors")
        grip = 0.03
        deep, y = depth - grip - 0.04, (grip + 0.04) / 2
        parts = [board((width - 0.06, deep, height - 0.05), (0, y, 0), seed=1)]
        parts.append(board((width, depth - grip, 0.05), (0, grip / 2, height - 0.05), bevel=0.015, seed=2))
        parts.append(board((width - 0.02, depth - grip - 0.01, 0.07), (0, grip / 2 + 0.005, 0), bevel=0.01, seed=3))
        face = -depth / 2 + grip
        wide = (width - 0.06) / doors
        for k in range(doors):
            x = (k - (doors - 1) / 2) * wide
            parts.append(board((wide - 0.006, 0.02, height - 0.14), (x, face + 0.03, 0.08), 1, 0.005, seed=10 + k))
            for low, tall in ((0.14, height * 0.34), (0.2 + height * 0.36, height * 0.64 - 0.36)):
                parts.append(board((wide - 0.14, 0.022, tall), (x, face + 0.013, low), 1, 0.012, seed=30 + k))
            hinge = 1 if k < doors / 2 else -1
            # An upright bar as a handle.
            at, near, far = x + hinge * (wide / 2 - 0.035), face + 0.02, face + 0.02 - (grip + 0.02) + 0.006
            low, high = height * 0.42, height * 0.42 + 0.22
            parts.append(tube([(at, near, low), (at, far, low), (at, far, high), (at, near, high)], 0.006, 8, slot=2))
        return merge(parts)
