"""Garden ornaments in the foreground."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import CLOTH, OUTDOOR, foreground, multiple_of
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number


def _birdhouse_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    return width, 0.98 * width, number(params, "tallness") * width


GARDEN: tuple[Family, ...] = (
    foreground(
        "birdhouse", "A painted nesting box with a shingled or a thatched roof, on a post",
        {"width": Span(0.3, 0.55), "tallness": Span(1.7, 2.6), "pitch": Span(0.6, 1.0), "holes": Count(1, 2),
         "roof": Choice(("shingles", "thatch"))},
        (
            Slot("walls", ("planks", "stripes", "dots", "patches", "checker"), "vivid", (0.03, 0.08), (0.5, 0.8)),
            Slot("roof", ("noise", "wood", "terrazzo", "stripes"), "vivid", (0.02, 0.06), (0.6, 0.9)),
            Slot("trim", ("plain", "wood", "dots"), "light", (0.02, 0.05), (0.5, 0.8)),
            Slot("dark", ("plain",), "dark", (0.02, 0.05), (0.8, 1.0)),
            Slot("post", ("wood", "bark"), "wood", (0.03, 0.07), (0.6, 0.9)),
            Slot("bird", ("noise", "patches"), "vivid", (0.01, 0.03), (0.6, 0.9)),
        ),
        _birdhouse_size, settings=OUTDOOR, tags=("garden",), solidity=0.5,
    ),
    foreground(
        "garden_gnome", "A bearded gnome in a pointed hat, with a spade, a lantern or a toadstool",
        {"height": Span(0.4, 1.0), "hat": Span(0.3, 0.42), "droop": Span(-0.1, 0.14), "belly": Span(0.17, 0.22),
         "holds": Choice(("spade", "lantern", "toadstool"))},
        (
            Slot("coat", (*CLOTH, "dots"), "vivid", (0.02, 0.06), (0.5, 0.8)),
            Slot("hat", ("noise", "fabric", "dots", "stripes", "knit"), "red", (0.02, 0.06), (0.5, 0.8)),
            Slot("beard", ("hair", "noise", "knit"), "light", (0.01, 0.03), (0.6, 0.9)),
            Slot("skin", ("plain", "noise"), "skin", (0.02, 0.05), (0.4, 0.6)),
            Slot("leather", ("leather", "plain"), "earth", (0.01, 0.03), (0.4, 0.7)),
            Slot("trousers", ("denim", "checker", "stripes"), "cloth", (0.02, 0.05), (0.6, 0.9)),
            Slot("tool", ("metal", "wood", "rust"), "metal", (0.02, 0.05), (0.3, 0.6)),
            Slot("spots", ("plain", "dots"), "icing", (0.01, 0.03), (0.3, 0.6)),
            Slot("eyes", ("plain",), "dark", (0.01, 0.03), (0.1, 0.3)),
        ),
        multiple_of("height", 0.51, 0.42, 1.0), settings=OUTDOOR, tags=("garden",), solidity=0.45,
    ),
)  # fmt: skip
