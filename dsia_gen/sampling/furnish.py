"""Things on furniture: what stands on tables, desks, cabinets and the boards of shelves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.procedural.furniture_surfaces import OPEN, Surface, surfaces
from dsia_gen.sampling.draw import Rng, draw_object, integer, uniform
from dsia_gen.sampling.rigid_trajectories import standing, yaw_matrix
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, Top
from dsia_gen.spec.asset import ProceduralObject

Array = NDArray[np.float64]
TRIES = 40
"""Things that are tried for a place: few are small enough for a shelf."""
DRAWS = 6
"""Sizes and spots that each of them is given, so that it is not always the smallest kind of thing that fits."""
GAP = 0.015
"""Metres between things that stand side by side."""
LEFT_FREE = 0.2
"""Half side in metres of the part of a top on which nothing is put, so that something may fall there."""
LOFTY = 1.2
"""Height in metres above which a top is left empty: nobody sees it."""


@dataclass(frozen=True)
class Piece:
    """A piece of furniture in its place: middle on the floor (3,), yaw, and the room that it takes."""

    shape: ProceduralObject
    place: Array
    yaw: float
    room: tuple[Occupant, ...] = ()

    def at(self, x: float, y: float, z: float) -> Array:
        """World point (3,) of a place in its own frame."""
        return np.asarray(self.place + yaw_matrix(self.yaw) @ np.array([x, y, z]))


@dataclass(frozen=True)
class Footprint:
    """An upright rectangle in the frame of a piece: centre and half sides, metres."""

    x: float
    y: float
    half: tuple[float, float]

    def clear_of(self, other: Footprint) -> bool:
        return (
            abs(self.x - other.x) >= self.half[0] + other.half[0] + GAP
            or abs(self.y - other.y) >= self.half[1] + other.half[1] + GAP
        )


def things_for_shelves(draft: SceneBuilder) -> list[Entry]:
    """Entries of what may stand on furniture, only of families: their sizes are known.

    Those made for shelves, and what is small enough among the foreground.
    """
    ours = draft.config.setting
    entries = [e for e in draft.library.of("object") if ours in e.tags and {"shelf", "foreground"} & set(e.tags)]
    return [e for e in entries if e.builtin in FAMILIES and FAMILIES[str(e.builtin)].moves]


def lay_out(rng: Rng, draft: SceneBuilder, piece: Piece) -> float:
    """Put things onto every surface of a piece that can be seen; the height in metres that they reach, 0 for none."""
    entries, reach = things_for_shelves(draft), 0.0
    for surface in surfaces(piece.shape.family, piece.shape.params):
        if surface.z > LOFTY and surface.clearance > 1:
            continue
        width = surface.x[1] - surface.x[0]
        taken: list[Footprint] = []
        if surface.clearance >= OPEN:
            draft.tops.append(_top(piece, surface))
            taken += [spot] if (spot := _spot(rng, surface, (LEFT_FREE, LEFT_FREE))) else []
        for _ in range(integer(rng, (1, max(2, round(4 * width))))):
            reach = max(reach, _put(rng, draft, piece, surface, entries, taken))
    return reach


def _top(piece: Piece, surface: Surface) -> Top:
    (x0, x1), (y0, y1) = surface.x, surface.y
    middle = piece.at((x0 + x1) / 2, (y0 + y1) / 2, surface.z)
    return Top(middle, piece.yaw, ((x1 - x0) / 2, (y1 - y0) / 2), surface.round, piece.room)


def _put(
    rng: Rng, draft: SceneBuilder, piece: Piece, surface: Surface, entries: list[Entry], taken: list[Footprint]
) -> float:
    """One thing in a free place of a surface, and the height of its top; 0 when none is found."""
    there = {i.asset for i in draft.instances if i.role == "dressing"}
    fresh = [entry for entry in entries if entry.id not in there]
    if not fresh:
        return 0.0
    for entry in (fresh[k] for k in np.repeat(_order(rng, fresh), DRAWS)):
        family = FAMILIES[str(entry.builtin)]
        params = family.draw(rng)
        size, turn = family.extent(params), uniform(rng, (-0.5, 0.5))
        spot = _spot(rng, surface, _half(size, turn)) if size[2] <= surface.clearance else None
        if spot is None or not all(spot.clear_of(other) for other in taken):
            continue
        base = piece.at(spot.x, spot.y, surface.z)
        radius = math.hypot(size[0], size[1]) / 2
        occupant = Occupant((base + np.array([0.0, 0.0, size[2] / 2]))[None], radius, size[2] / 2)
        if not all(occupant.clear_of(thing) for thing in draft.space.things if thing.camera):
            continue
        taken.append(spot)
        draft.space.add(occupant)
        draft.add(entry, draw_object(rng, family, params), standing(base, piece.yaw + turn), "dressing")
        return surface.z + size[2]
    return 0.0


def _order(rng: Rng, entries: list[Entry]) -> NDArray[np.int64]:
    """Indices of the entries to try, the wider ones sooner: what is small fits anywhere and would be in every room."""
    families = [FAMILIES[str(entry.builtin)] for entry in entries]
    width = np.array([max(family.extent(family.draw(rng))[:2]) for family in families])
    return rng.choice(len(entries), min(TRIES, len(entries)), replace=False, p=width / width.sum())


def _half(size: tuple[float, float, float], turn: float) -> tuple[float, float]:
    """Half sides of the upright rectangle around a turned one."""
    c, s = abs(math.cos(turn)), abs(math.sin(turn))
    return (size[0] * c + size[1] * s) / 2, (size[0] * s + size[1] * c) / 2


def _spot(rng: Rng, surface: Surface, half: tuple[float, float]) -> Footprint | None:
    """A drawn place on a surface that holds a rectangle; None where it is too small or the draw lies beside a disc."""
    (x0, x1), (y0, y1) = surface.x, surface.y
    if x1 - x0 < 2 * half[0] or y1 - y0 < 2 * half[1]:
        return None
    x, y = uniform(rng, (x0 + half[0], x1 - half[0])), uniform(rng, (y0 + half[1], y1 - half[1]))
    if surface.round and math.hypot(abs(x) + half[0], abs(y) + half[1]) > x1:
        return None
    return Footprint(x, y, half)
