"""Sheds and house fronts."""

from __future__ import annotations

from itertools import product

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, merge
from dsia_gen.procedural.organic_shapes import board
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import box, cylinder, extrude
from dsia_gen.procedural.props.prop import OutdoorProp
from dsia_gen.procedural.walls import Opening, pierced_slab


class Shed(OutdoorProp):
    """A garden shed with a pitched roof, a door and a window."""

    name = "shed"
    params = {"width": Span(1.8, 3.0), "depth": Span(1.6, 2.6), "height": Span(2.1, 2.8)}
    slots = (
        Slot("wall", ("planks", "planks", "brick"), "wood", (0.12, 0.2)),
        Slot("roof", ("tiles", "rust", "planks", "brick"), "dark", (0.15, 0.3)),
        Slot("door", ("planks", "wood"), "wood", (0.1, 0.16)),
        Slot("pane", ("plain",), "dark", (0.5, 0.9), (0.25, 0.4)),
        Slot("trim", ("wood", "plain"), "light", (0.1, 0.2)),
    )
    tags = ("building", "tall")

    def build(self, p: TypedParams) -> MeshData:
        """Boarded walls under a pitched roof with its ridge along Y; a door and windows."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        over, eaves = 0.12, height * 0.74
        half = width / 2 - over
        outline = [(-half, 0), (half, 0), (half, eaves), (0, height - 0.06), (-half, eaves)]
        deep = depth - 2 * over
        parts = [extrude(outline, deep).turned("x", np.pi / 2).moved(y=deep / 2)]
        rise = (height - 0.06 - eaves) / half
        pitch = np.arctan(rise)
        slab = half / np.cos(pitch) + over / np.cos(pitch)
        for s in (-1, 1):
            roof = box((slab, depth, 0.05), slot=1).moved(x=slab / 2).frozen_rest().turned("y", pitch)
            parts.append(roof.scaled(x=s).moved(z=height - 0.06))
        # A door with braces at the left, windows at the right and in the +X side.
        door = -half * 0.42
        tall = min(1.85, eaves - 0.16)
        y = -deep / 2
        parts.append(board((0.78, 0.04, tall), (door, y - 0.01, 0.06), slot=2, seed=1))
        for z in (0.2, tall * 0.5, tall - 0.12):
            parts.append(board((0.74, 0.03, 0.09), (door, y - 0.035, z), slot=4, seed=7))
        parts.append(cylinder(0.02, 0.05, 12, slot=4).turned("x", np.pi / 2).moved(door + 0.3, y - 0.03, tall * 0.55))
        parts += _pane(half * 0.48, y, eaves * 0.5, min(0.7, half * 0.62), eaves * 0.32)
        side = merge(_pane(0.0, -half, eaves * 0.5, min(0.8, deep * 0.4), eaves * 0.32))
        parts.append(side.turned("z", np.pi / 2))
        for z in (0.0, eaves - 0.1):
            parts.append(board((2 * half + 0.03, 0.03, 0.1), (0, -deep / 2 - 0.01, z), slot=4, seed=3))
        for s in (-1, 1):
            parts.append(board((0.09, 0.03, eaves), (s * (half - 0.03), -deep / 2 - 0.012, 0), slot=4, seed=5))
        return merge(parts)


def _pane(x: float, y: float, z: float, wide: float, tall: float) -> list[MeshData]:
    """A dark window with a cross of bars, on a wall whose face is at y and looks at -Y."""
    parts = [box((wide, 0.02, tall), slot=3).moved(x, y - 0.005, z)]
    for s in (-1, 0, 1):
        parts.append(board((0.05, 0.05, tall + 0.05), (x + s * wide / 2, y - 0.01, z - 0.025), slot=4, seed=s + 2))
        parts.append(board((wide, 0.045, 0.05), (x, y - 0.01, z + (s + 1) / 2 * tall - 0.025), slot=4, seed=s + 12))
    return parts


class Facade(OutdoorProp):
    """The front of a house with rows of windows, a door and a cornice."""

    name = "facade"
    params = sized((4.0, 9.0), (0.8, 1.6), (3.2, 8.0), bays=Count(3, 5), floors=Count(1, 3))
    slots = (
        Slot("wall", ("brick", "plaster", "concrete", "rock"), "earth", (0.22, 0.5)),
        Slot("trim", ("concrete", "plaster", "plain"), "light", (0.2, 0.5)),
        Slot("pane", ("plain",), "dark", (0.5, 0.9), (0.25, 0.4)),
        Slot("shutter", ("planks", "wood", "plain"), "vivid", (0.08, 0.15)),
        Slot("door", ("planks", "wood"), "wood", (0.1, 0.2)),
    )
    tags = ("building", "tall")
    silhouette_fill = 1.0

    def build(self, p: TypedParams) -> MeshData:
        """A wall pierced by windows with sills, lintels and shutters, a door in the middle, plinth and cornice."""
        width, depth, height = p.real("width"), p.real("depth"), p.real("height")
        bays, floors = p.count("bays"), p.count("floors")
        front, out = -depth / 2 + 0.16, 0.24
        storey, bay = (height - 0.3) / floors, width / bays
        wide, openings = min(1.15, bay * 0.42), []
        for floor, k in product(range(floors), range(bays)):
            x = (k - (bays - 1) / 2) * bay
            low, tall = floor * storey + storey * 0.3, storey * 0.5
            if floor == 0 and k == bays // 2:
                low, tall = 0.02, min(2.2, storey * 0.74)
            openings.append(Opening(x - wide / 2, x + wide / 2, low, low + tall))
        wall = pierced_slab(width - 0.2, height - 0.22, front, front + out, openings, 0.0)
        core = box((width - 0.24, depth - 0.16 - out, height - 0.24)).moved(y=(front + out + depth / 2) / 2)
        parts = [wall, core]
        for number, hole in enumerate(openings):
            parts += _bay_parts(hole, front, number, entrance=hole.low < 0.03)
        # Plinth, string courses, quoins and the cornice, which is as wide and deep as the whole.
        parts.append(box((width - 0.1, 0.08, 0.35), 0.01, slot=1).moved(0, front - 0.03, 0))
        for floor in range(1, floors):
            parts.append(box((width - 0.12, 0.07, 0.12), 0.01, slot=1).moved(0, front - 0.02, floor * storey + 0.06))
        parts.append(box((width, depth, 0.14), 0.02, slot=1).moved(z=height - 0.14))
        parts.append(box((width - 0.08, depth - 0.08, 0.1), 0.02, slot=1).moved(z=height - 0.24))
        blocks = int((height - 0.6) / 0.36)
        for k in range(blocks):
            long = 0.42 if k % 2 else 0.28
            for s in (-1, 1):
                at = (s * (width / 2 - 0.1 - long / 2 + 0.02), front - 0.012, 0.35 + k * 0.36)
                parts.append(box((long, 0.06, 0.33), 0.012, slot=1).moved(*at))
        return merge(parts)


def _bay_parts(hole: Opening, front: float, number: int, entrance: bool) -> list[MeshData]:
    """Pane or door leaf, frame, sill, lintel and shutters of one opening."""
    x, wide, tall, low = (hole.left + hole.right) / 2, hole.right - hole.left, hole.high - hole.low, hole.low
    leaf = 4 if entrance else 2
    parts = [box((wide, 0.03, tall), slot=leaf).moved(x, front + 0.19, low)]
    parts.append(board((wide + 0.3, 0.14, 0.14), (x, front - 0.01, hole.high), slot=1, bevel=0.01, seed=number))
    if entrance:
        for k in range(3):
            panel = board((wide * 0.7, 0.03, tall * 0.22), slot=4, bevel=0.012, seed=number + k)
            parts.append(panel.moved(x, front + 0.17, low + tall * (0.08 + 0.3 * k)))
        parts.append(box((wide + 0.4, 0.3, 0.12), 0.01, slot=1).moved(x, front - 0.0, 0))
        return parts
    parts.append(board((wide + 0.24, 0.2, 0.07), (x, front - 0.02, low - 0.07), slot=1, bevel=0.01, seed=number))
    for s in (-1, 0, 1):
        parts.append(board((0.06, 0.05, tall), (x + s * (wide / 2 - 0.03), front + 0.165, low), slot=1, seed=s + 2))
    for t in (0.0, 0.62, 1.0):
        parts.append(board((wide, 0.045, 0.06), (x, front + 0.165, low + t * (tall - 0.06)), slot=1, seed=8))
    for s in (-1, 1):
        shutter = board((wide * 0.48, 0.035, tall), slot=3, bevel=0.006, seed=number + 2 * s + 4)
        parts.append(shutter.moved(x + s * wide * 0.76, front - 0.03, low))
    return parts
