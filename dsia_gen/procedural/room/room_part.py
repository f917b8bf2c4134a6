"""What parts of rooms have in common: they belong indoors and stand still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dsia_gen.procedural.family import Family, Slot, Use
from dsia_gen.procedural.params import Count, TypedParams
from dsia_gen.procedural.sizes import Extent
from dsia_gen.spec.material import MaterialKind

ANY_SEED = Count(0, 1_000_000)
TIMBER: tuple[MaterialKind, ...] = ("wood",)
PANELS: tuple[MaterialKind, ...] = ("wood", "planks", "wood")
METAL: tuple[MaterialKind, ...] = ("metal",)
HANDLE = Slot("handle", METAL, "metal")
COVERS: tuple[MaterialKind, ...] = ("print", "stripes", "fabric", "leather", "noise", "plain")
OPEN = 10.0
"""Clearance of a surface with nothing above it, metres."""


@dataclass(frozen=True)
class LevelSurface:
    """A level rectangle or disc in the frame of its piece: height, usable x and y intervals, clearance; metres."""

    z: float
    x: tuple[float, float]
    y: tuple[float, float]
    clearance: float = OPEN
    round: bool = False


class RoomPart(Family):
    """A family that an indoor scene is composed of.

    A `silhouette_fill` of its own is the value that scenes of 0.x are drawn with, where that of the mesh differs.
    """

    uses: ClassVar[tuple[Use, ...]] = ("furniture",)
    settings = ("indoor",)
    moves = False
    fitted = False

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), p.real("depth"), p.real("height")

    def surfaces(self, p: TypedParams) -> tuple[LevelSurface, ...]:
        """Where objects may stand on it, from below."""
        return ()


class FlatTopped(RoomPart):
    """A piece of parameters width, depth and height on whose top objects may stand."""

    def surfaces(self, p: TypedParams) -> tuple[LevelSurface, ...]:
        """Its top."""
        w, d = p.real("width") / 2 - 0.03, p.real("depth") / 2 - 0.03
        return (LevelSurface(p.real("height"), (-w, w), (-d, d)),)


def book_slots(count: int) -> tuple[Slot, ...]:
    """Slots of book covers, each with a palette of its own."""
    palettes = ("vivid", "cloth", "dark", "muted", "earth", "vivid")
    return tuple(Slot(f"book_{k + 1}", COVERS, palettes[k], (0.04, 0.1)) for k in range(count))
