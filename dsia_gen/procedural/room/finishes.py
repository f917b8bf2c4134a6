"""Finishes of walls, dados and floors: a room draws one of each."""

from __future__ import annotations

from dsia_gen.procedural.family import Slot

WALLS: tuple[Slot, ...] = (
    Slot("wall", ("plaster",), "wall", (0.15, 0.3), (0.7, 0.95)),
    Slot("wall", ("plaster",), "paint", (0.15, 0.3), (0.7, 0.95)),
    Slot("wall", ("plaster",), "paint", (0.1, 0.2), (0.7, 0.95)),
    Slot("wall", ("brick",), "earth", (0.2, 0.26), (0.7, 0.95)),
    Slot("wall", ("brick",), "wall", (0.2, 0.3), (0.7, 0.95)),
    Slot("wall", ("tiles",), "paint", (0.12, 0.3), (0.5, 0.8)),
    Slot("wall", ("planks",), "wood", (0.1, 0.2), (0.6, 0.9)),
    Slot("wall", ("planks",), "paint", (0.12, 0.25), (0.6, 0.9)),
    Slot("wall", ("stripes",), "wall", (0.15, 0.4), (0.7, 0.95)),
    Slot("wall", ("dots",), "paint", (0.1, 0.25), (0.7, 0.95)),
    Slot("wall", ("fabric",), "paint", (0.2, 0.4), (0.7, 0.95)),
    Slot("wall", ("concrete",), "stone", (0.2, 0.5), (0.7, 0.95)),
)
"""Finishes of walls, each with colours of its own: a room gets one, and its back wall often another."""

DADOS: tuple[Slot, ...] = (
    Slot("dado", ("planks", "wood"), "wood", (0.1, 0.2), (0.5, 0.8)),
    Slot("dado", ("planks",), "light", (0.08, 0.16), (0.5, 0.8)),
    Slot("dado", ("planks",), "paint", (0.08, 0.16), (0.5, 0.8)),
    Slot("dado", ("tiles",), "paint", (0.1, 0.2), (0.5, 0.8)),
)
"""Finishes of the lower part of walls, where there is one."""

FLOORS: tuple[Slot, ...] = (
    Slot("floor", ("planks",), "wood", (0.1, 0.2), (0.55, 0.9)),
    Slot("floor", ("planks",), "stone", (0.12, 0.25), (0.6, 0.9)),
    Slot("floor", ("tiles",), "stone", (0.15, 0.4), (0.6, 0.95)),
    Slot("floor", ("tiles",), "paint", (0.15, 0.3), (0.6, 0.95)),
    Slot("floor", ("checker",), "stone", (0.2, 0.4), (0.5, 0.9)),
    Slot("floor", ("terrazzo",), "stone", (0.1, 0.25), (0.7, 0.95)),
    Slot("floor", ("fabric",), "cloth", (0.15, 0.4), (0.8, 0.95)),
    Slot("floor", ("knit",), "muted", (0.06, 0.15), (0.8, 0.95)),
    Slot("floor", ("marble",), "stone", (0.2, 0.5), (0.7, 0.95)),
    Slot("floor", ("concrete",), "stone", (0.15, 0.4), (0.7, 0.95)),
    Slot("floor", ("brick",), "earth", (0.2, 0.28), (0.7, 0.95)),
)
"""Finishes of floors. Few shine: the mirror image of a window moves against the floor."""
