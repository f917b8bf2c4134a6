"""What props have in common: they dress outdoor scenes for parallax, texture and shadows, and stand still."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.params import Count, TypedParams
from dsia_gen.procedural.sizes import Extent

ANY_SEED = Count(0, 1_000_000)
LEAF = Slot("leaf", ("foliage",), "foliage", (0.1, 0.3))
STEEL = Slot("steel", ("metal", "rust"), "metal", (0.1, 0.3))


class OutdoorProp(Family):
    """A family that dresses outdoor scenes.

    A `silhouette_fill` of its own is the value that scenes of 0.x are drawn with, where that of the mesh differs.
    """

    uses = ("props",)
    settings = ("outdoor",)
    moves = False

    def size(self, p: TypedParams) -> Extent:
        return p.real("width"), p.real("depth"), p.real("height")
