"""Objects on furniture: on tables, desks, cabinets and the boards of shelves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dsia_gen.assets.generators import FAMILIES
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.rotations import Array
from dsia_gen.procedural.params import TypedParams
from dsia_gen.procedural.room.room_part import OPEN, LevelSurface, RoomPart
from dsia_gen.sampling.draw import Rng, draw_object, integer, uniform
from dsia_gen.sampling.rigid_trajectories import standing, yaw_matrix
from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.sampling.space import Occupant, Top
from dsia_gen.spec.asset import ProceduralObject

TRIES = 40
"""Objects that are tried for a place: few are small enough for a shelf."""
DRAWS = 6
"""Sizes and spots tried for each of them, so that larger kinds are placed too."""
GAP = 0.015
"""Metres between neighbouring objects."""
LEFT_FREE = 0.2
"""Half side in metres of the part of a top that is left free for objects that fall."""
LOFTY = 1.2
"""Height in metres above which a top is left empty, since the camera does not see it."""


@dataclass(frozen=True)
class PlacedFurniture:
    """Furniture in its place: middle on the floor (3,), yaw, and the space that it occupies."""

    shape: ProceduralObject
    place: Array
    yaw: float
    occupants: tuple[Occupant, ...] = ()

    def at(self, x: float, y: float, z: float) -> Array:
        """World point (3,) of a point in its own frame."""
        return np.asarray(self.place + yaw_matrix(self.yaw) @ np.array([x, y, z]))


@dataclass(frozen=True)
class Footprint:
    """An upright rectangle in the frame of furniture: centre and half sides, metres."""

    x: float
    y: float
    half: tuple[float, float]

    def clear_of(self, other: Footprint) -> bool:
        wide, deep = self.half[0] + other.half[0] + GAP, self.half[1] + other.half[1] + GAP
        return abs(self.x - other.x) >= wide or abs(self.y - other.y) >= deep


def objects_for_shelves(builder: SceneBuilder) -> list[Entry]:
    """Entries that may stand on furniture, of families only: their sizes are known.

    Those made for shelves, and those of the foreground; what is too large is found out when it is placed.
    """
    setting = builder.config.setting
    entries = [e for e in builder.library.of("object") if setting in e.tags and {"shelf", "foreground"} & set(e.tags)]
    return [e for e in entries if e.builtin in FAMILIES and FAMILIES[str(e.builtin)].moves]


def lay_out(rng: Rng, builder: SceneBuilder, furniture: PlacedFurniture) -> float:
    """Put objects onto every visible surface of furniture; the height in metres that they reach, 0 for none."""
    entries, reach = objects_for_shelves(builder), 0.0
    shape = furniture.shape
    family = FAMILIES[shape.family]
    for surface in family.surfaces(TypedParams(family.name, shape.params)) if isinstance(family, RoomPart) else ():
        if surface.z > LOFTY and surface.clearance > 1:
            continue
        (x0, x1), (y0, y1) = surface.x, surface.y
        taken: list[Footprint] = []
        if surface.clearance >= OPEN:
            middle = furniture.at((x0 + x1) / 2, (y0 + y1) / 2, surface.z)
            half = ((x1 - x0) / 2, (y1 - y0) / 2)
            builder.tops.append(Top(middle, furniture.yaw, half, surface.round, furniture.occupants))
            taken += [spot] if (spot := _spot(rng, surface, (LEFT_FREE, LEFT_FREE))) else []
        for _ in range(integer(rng, (1, max(2, round(4 * (x1 - x0)))))):
            reach = max(reach, _put_object(rng, builder, furniture, surface, entries, taken))
    return reach


def _put_object(
    rng: Rng,
    builder: SceneBuilder,
    furniture: PlacedFurniture,
    surface: LevelSurface,
    entries: list[Entry],
    taken: list[Footprint],
) -> float:
    """Put one object onto a free spot of a surface; the height of its top, 0 when none fits."""
    there = {i.asset for i in builder.instances if i.role == "dressing"}
    fresh = [entry for entry in entries if entry.id not in there]
    if not fresh:
        return 0.0
    # Wider objects are tried sooner: small ones fit anywhere and would be in every room.
    families = [FAMILIES[str(entry.builtin)] for entry in fresh]
    width = np.array([max(family.extent(family.draw(rng))[:2]) for family in families])
    order = rng.choice(len(fresh), min(TRIES, len(fresh)), replace=False, p=width / width.sum())
    for entry in (fresh[k] for k in np.repeat(order, DRAWS)):
        family = FAMILIES[str(entry.builtin)]
        params = family.draw(rng)
        size, turn = family.extent(params), uniform(rng, (-0.5, 0.5))
        c, s = abs(math.cos(turn)), abs(math.sin(turn))
        half = (size[0] * c + size[1] * s) / 2, (size[0] * s + size[1] * c) / 2
        spot = _spot(rng, surface, half) if size[2] <= surface.clearance else None
        if spot is None or not all(spot.clear_of(other) for other in taken):
            continue
        base = furniture.at(spot.x, spot.y, surface.z)
        radius = math.hypot(size[0], size[1]) / 2
        occupant = Occupant((base + np.array([0.0, 0.0, size[2] / 2]))[None], radius, size[2] / 2)
        if not all(occupant.clear_of(other) for other in builder.space.occupants if other.camera):
            continue
        taken.append(spot)
        builder.space.add(occupant)
        builder.add(entry, draw_object(rng, family, params), standing(base, furniture.yaw + turn), "dressing")
        return surface.z + size[2]
    return 0.0


def _spot(rng: Rng, surface: LevelSurface, half: tuple[float, float]) -> Footprint | None:
    """A drawn place on a surface that holds a rectangle; None where it is too small or the draw lies beside a disc."""
    (x0, x1), (y0, y1) = surface.x, surface.y
    if x1 - x0 < 2 * half[0] or y1 - y0 < 2 * half[1]:
        return None
    x, y = uniform(rng, (x0 + half[0], x1 - half[0])), uniform(rng, (y0 + half[1], y1 - half[1]))
    if surface.round and math.hypot(abs(x) + half[0], abs(y) + half[1]) > x1:
        return None
    return Footprint(x, y, half)
