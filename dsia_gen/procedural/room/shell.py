"""Walls, slabs, windows, curtains and doors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, merge
from dsia_gen.procedural.organic_shapes import board
from dsia_gen.procedural.params import Choice, Count, Span, TypedParams
from dsia_gen.procedural.primitives import lathe, lattice, tube
from dsia_gen.procedural.room.finishes import DADOS, FLOORS, WALLS
from dsia_gen.procedural.room.room_part import ANY_SEED, HANDLE, RoomPart
from dsia_gen.procedural.sizes import Extent, sides
from dsia_gen.procedural.walls import Opening, pierced_slab

RELIEF = 0.014
"""How far skirting and rails stand out from the face of a wall, metres; part of its thickness."""
WALL_OPENINGS = Choice(((), (-0.45, 0.9, 0.8, 1.1), (-0.45, 0.0, 0.8, 2.0)))
"""Empty, or (x of the opening's centre from the wall's centre, sill height, width, height) in metres."""


class RoomWall(RoomPart):
    """A wall along X that faces -Y, with skirting, an optional dado and up to two openings.

    An opening is (x of its centre, sill height, width, height), or empty.
    """

    name = "wall"
    params = {
        "length": Span(2.0, 6.0),
        "height": Span(2.4, 3.2),
        "thickness": Span(0.1, 0.25),
        "skirting": Span(0.06, 0.16),
        "dado": Choice((0.0, 0.0, 0.85, 1.1)),
        "opening_1": WALL_OPENINGS,
        "opening_2": Choice(((), (0.5, 0.9, 0.7, 1.2))),
    }
    slots = (WALLS[0], DADOS[0], Slot("trim", ("wood", "plain"), "light", (0.08, 0.15)))
    uses = ("room",)
    size = sides("length", "thickness", "height")

    def build(self, p: TypedParams) -> MeshData:
        """The slab with its openings, the lower part in the slot of the dado; skirting and rail stand out at -Y."""
        length, height, thickness = p.real("length"), p.real("height"), p.real("thickness")
        openings = []
        for name in ("opening_1", "opening_2"):
            values = p.reals(name)
            if not values:
                continue
            what = f"family {p.family!r}: {name}"
            if len(values) != 4:
                raise AssetError(f"{what} holds {len(values)} numbers, give (x, sill, width, height) or ()")
            x, sill, wide, high = values
            hole = Opening(x - wide / 2, x + wide / 2, sill, sill + high)
            inside = -length / 2 < hole.left and hole.right < length / 2 and sill >= 0 and hole.high < height
            if not inside or wide <= 0 or high <= 0:
                raise AssetError(f"{what} {values} does not fit a wall of {length:g} x {height:g} m")
            openings.append(hole)
        dado = p.real("dado")
        railed = dado > 0 or p.real("skirting") > 0
        front, back = -thickness / 2 + (RELIEF if railed else 0.0), thickness / 2
        parts = [pierced_slab(length, height, front, back, openings, dado)]
        parts += _rails(length, 0.0, p.real("skirting"), front, openings)
        if dado > 0:
            parts += _rails(length, dado - 0.025, 0.05, front, openings)
        return merge(parts)


def _rails(length: float, low: float, tall: float, face: float, openings: Sequence[Opening]) -> list[MeshData]:
    """Boards along the foot or the dado, broken by the openings they would cross."""
    if tall <= 0:
        return []
    cuts = sorted((o.left, o.right) for o in openings if o.low < low + tall and o.high > low)
    starts = [-length / 2, *(right for _, right in cuts)]
    ends = [*(left for left, _ in cuts), length / 2]
    return [
        board((end - start, RELIEF, tall), ((start + end) / 2, face - RELIEF / 2, low), slot=2, bevel=0.003, seed=k)
        for k, (start, end) in enumerate(zip(starts, ends, strict=True))
        if end - start > 0.01
    ]


class FloorSlab(RoomPart):
    """A floor, length along X; its top is the walking surface."""

    name = "floor_slab"
    params = {"length": Span(2.0, 8.0), "width": Span(2.0, 8.0), "thickness": Span(0.05, 0.2)}
    slots = (FLOORS[0],)
    uses = ("room",)
    size = sides("length", "width", "thickness")

    def build(self, p: TypedParams) -> MeshData:
        """A plain slab."""
        return board((p.real("length"), p.real("width"), p.real("thickness")), bevel=0.0, seed=1)


class CeilingSlab(RoomPart):
    """A ceiling with beams along Y and crossbeams along X that hang below it."""

    name = "ceiling_slab"
    params = {
        "length": Span(2.0, 8.0),
        "width": Span(2.0, 8.0),
        "thickness": Span(0.05, 0.2),
        "beams": Count(0, 6),
        "crossbeams": Count(0, 4),
        "beam_depth": Span(0.08, 0.2),
    }
    slots = (
        Slot("ceiling", ("plaster", "planks", "concrete"), "light", (0.15, 0.4)),
        Slot("beam", ("wood", "planks"), "wood", (0.1, 0.2)),
    )
    uses = ("room",)

    def size(self, p: TypedParams) -> Extent:
        hangs = p.real("beams") + p.real("crossbeams") > 0
        return p.real("length"), p.real("width"), p.real("thickness") + (p.real("beam_depth") if hangs else 0.0)

    def build(self, p: TypedParams) -> MeshData:
        """A slab with beams below it."""
        length, width, thick = p.real("length"), p.real("width"), p.real("thickness")
        beams, crossbeams, drop = p.count("beams"), p.count("crossbeams"), p.real("beam_depth")
        low = drop if beams + crossbeams else 0.0
        parts = [board((length, width, thick), (0, 0, low), bevel=0.0)]
        for k, x in enumerate(_spread(beams, length)):
            parts.append(board((0.12, width, drop), (x, 0, 0), slot=1, bevel=0.008, seed=k))
        for k, y in enumerate(_spread(crossbeams, width)):
            deep = drop * (0.7 if beams else 1.0)
            parts.append(board((length, 0.1, deep), (0, y, drop - deep), slot=1, bevel=0.008, seed=20 + k))
        return merge(parts)


def _spread(count: int, length: float) -> list[float]:
    """`count` positions spaced evenly within a length about 0."""
    return [length * ((k + 0.5) / count - 0.5) for k in range(count)]


class WindowFrame(RoomPart):
    """Frame, mullions and sill for an opening; panes of glass only on request."""

    name = "window_frame"
    params = {
        "width": Span(0.6, 2.0),
        "height": Span(0.8, 2.0),
        "depth": Span(0.08, 0.2),
        "columns": Count(1, 3),
        "rows": Count(1, 3),
        "pane": Choice((False,)),
    }
    slots = (Slot("frame", ("wood", "plain", "metal"), "light", (0.08, 0.15)), Slot("pane", ("glass",), "light"))
    uses = ("room",)

    def build(self, p: TypedParams) -> MeshData:
        """Frame, mullions, a sill that stands out at -Y, and panes if asked for."""
        width, height, depth = p.real("width"), p.real("height"), p.real("depth")
        bar, columns, rows = min(0.06, width / 10), p.count("columns"), p.count("rows")
        sill, inner = 0.03, depth * 0.55
        y = depth / 2 - inner / 2
        parts = [board((width, depth, sill), bevel=0.006, seed=9)]
        clear = height - sill
        parts += [board((bar, inner, clear), (side * (width - bar) / 2, y, sill), seed=side + 1) for side in (-1, 1)]
        parts += [board((width - 2 * bar, inner, bar), (0, y, z), seed=5) for z in (sill, height - bar)]
        glass_width, glass_height = width - 2 * bar, clear - 2 * bar
        for k in range(1, columns):
            x = glass_width * (k / columns - 0.5)
            parts.append(board((bar * 0.6, inner * 0.6, glass_height), (x, y, sill + bar), seed=10 + k))
        for k in range(1, rows):
            z = sill + bar + glass_height * k / rows - bar * 0.3
            parts.append(board((glass_width, inner * 0.58, bar * 0.6), (0, y, z), seed=20 + k))
        if p.flag("pane"):
            parts.append(board((glass_width, 0.004, glass_height), (0, y, sill + bar), slot=1, bevel=0.0))
        return merge(parts)


class Curtain(RoomPart):
    """A hanging cloth in folds on a rod."""

    name = "curtain"
    params = {
        "width": Span(0.6, 1.6),
        "height": Span(1.4, 2.4),
        "depth": Span(0.06, 0.16),
        "folds": Count(4, 9),
        "seed": ANY_SEED,
    }
    slots = (
        Slot("cloth", ("fabric", "stripes", "print", "dots", "noise", "patches"), "cloth", (0.1, 0.25)),
        Slot("rod", ("metal", "wood"), "metal"),
    )
    uses = ("room",)
    fitted = True

    def build(self, p: TypedParams) -> MeshData:
        """A sheet in folds that widen downwards, on a rod with knobs."""
        width, height, depth = p.real("width"), p.real("height"), p.real("depth")
        folds, rng = p.count("folds"), np.random.default_rng(p.count("seed"))
        rod = min(0.018, depth / 5)
        u, v = np.meshgrid(np.linspace(0, 1, folds * 10 + 1), np.linspace(0, 1, 25), indexing="ij")
        phase = 2 * np.pi * (folds * u + 0.12 * np.sin(2 * np.pi * (u * 1.7 + rng.uniform()))) + rng.uniform(0, 6)
        sway = 0.5 * np.sin(2 * np.pi * (1.6 * u + rng.uniform()) + 2.0 * v)
        y = (0.32 + 0.18 * (1 - v)) * np.sin(phase + 0.5 * np.sin(3 * v)) + 0.22 * (1 - v) * sway
        x = (u - 0.5) * (width - 0.05) + 0.008 * np.sin(2 * phase)
        top = height - rod
        cloth = lattice(np.stack([x, y * depth * 0.9, v * top], axis=-1))
        pole = tube([(-width / 2 + 0.02, 0, top), (width / 2 - 0.02, 0, top)], rod * 0.7, 10, slot=1)
        knob = lathe([(0, -0.02), (rod * 0.9, -0.012), (rod, 0), (rod * 0.9, 0.012), (0, 0.02)], 12, slot=1)
        ends = [knob.turned("y", np.pi / 2).moved(side * (width / 2 - 0.02), 0, top) for side in (-1, 1)]
        flat = np.stack([u * width * 1.6, np.zeros_like(u), v * height], axis=-1).reshape(-1, 3)
        whole = merge([cloth, pole, *ends]).frozen_rest()
        assert whole.rest is not None
        whole.rest[: len(flat)] = flat  # the pattern follows the folds, as it does on cloth
        return whole


class Door(RoomPart):
    """A closed panelled door in its frame, with a handle on both sides."""

    name = "door"
    params = {"width": Span(0.8, 1.1), "height": Span(1.95, 2.2), "depth": Span(0.12, 0.2), "panels": Count(1, 4)}
    slots = (
        Slot("door", ("wood", "planks"), "wood", (0.08, 0.15)),
        Slot("frame", ("wood", "plain"), "light", (0.08, 0.15)),
        HANDLE,
    )
    uses = ("room",)

    def build(self, p: TypedParams) -> MeshData:
        """Leaf with sunk panels, frame around it, knobs at both sides; the frame is half as deep as all."""
        width, height, depth = p.real("width"), p.real("height"), p.real("depth")
        frame, post = depth * 0.6, 0.07
        parts = [board((post, frame, height), (s * (width - post) / 2, 0, 0), slot=1, seed=s + 2) for s in (-1, 1)]
        parts.append(board((width - 2 * post, frame, post), (0, 0, height - post), slot=1, seed=7))
        wide, tall, thick = width - 2 * post, height - post, frame * 0.5
        # Stiles and rails around two columns of panels with raised fields.
        panels, stile, rail = p.count("panels"), 0.1, 0.11
        parts += [board((stile, thick, tall), (x, 0, 0), seed=k)
                  for k, x in enumerate((-(wide - stile) / 2, 0, (wide - stile) / 2))]  # fmt: skip
        clear, high = (wide - 3 * stile) / 2, (tall - rail * (panels + 1)) / panels
        for column, x in enumerate((-(stile + clear) / 2, (stile + clear) / 2)):
            for row in range(panels + 1):
                size, at = (clear, thick * 0.96, rail), (x, 0, row * (rail + high))
                parts.append(board(size, at, seed=10 + row + 9 * column))
            for row in range(panels):
                z, seed = rail + row * (rail + high), 40 + row + 9 * column
                parts.append(board((clear, thick * 0.3, high), (x, 0, z), bevel=0.0, seed=seed))
                field = (clear - 0.08, thick * 0.75, high - 0.08)
                parts.append(board(field, (x, 0, z + 0.04), bevel=0.016, seed=seed))
        knob_x = wide / 2 - 0.07
        for side in (-1, 1):
            reach = depth / 2 - thick / 2
            knob = lathe([(0, 0), (0.028, 0), (0.028, 0.006), (0.011, 0.01), (0.011, reach * 0.45),
                          (0.028, reach * 0.7), (0.026, reach * 0.95), (0, reach)], 16, slot=2)  # fmt: skip
            parts.append(knob.turned("x", np.pi / 2 * -side).moved(knob_x, side * thick / 2, 1.02))
        return merge(parts)
