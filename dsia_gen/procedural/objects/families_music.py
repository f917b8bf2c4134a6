"""Musical instruments in the foreground."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import INDOOR, STEEL, TIMBER, box, foreground, multiple_of
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number

VIOLIN_SIZES = {"violin": (0.335, 0.15, 1.0), "cello": (0.3, 0.205, 1.0)}
"""Size of each style of violin for a height of 1."""

PIANO_SIZES = {"upright": (1.0, 0.51, 0.96), "grand": (1.0, 1.22, 1.28)}
"""Size of each style of toy piano for a width of 1."""


def _violin_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    x, y, z = VIOLIN_SIZES[str(params["style"])]
    return x * height, y * height, z * height


def _trumpet_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    return (0.64 if params["banner"] else 0.43) * height, 0.31 * height, height


def _piano_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    x, y, z = PIANO_SIZES[str(params["style"])]
    return x * width, y * width, z * width


MUSIC: tuple[Family, ...] = (
    foreground(
        "violin", "A violin or a cello, upright",
        {"height": Span(0.62, 1.2), "style": Choice(("violin", "cello")), "waist": Span(0.0, 0.025)},
        (
            Slot("top", ("wood", "wood", "patches", "print", "stripes"), "wood", (0.02, 0.06), (0.15, 0.35)),
            Slot("sides", TIMBER, "wood", (0.02, 0.05), (0.2, 0.4)),
            Slot("ebony", ("plain", "wood"), "dark", (0.01, 0.03), (0.3, 0.5)),
            Slot("trim", ("plain", "metal", "stripes"), "light", (0.01, 0.03), (0.2, 0.4)),
        ),
        _violin_size, tags=("music",), solidity=0.45,
    ),
    foreground(
        "trumpet", "A trumpet on its bell, with a banner or without",
        {"height": Span(0.5, 0.85), "bell": Span(0.26, 0.36), "loop": Span(0.16, 0.22), "banner": Choice((True,
        False))},
        (
            Slot("bell", ("metal", "noise", "stripes", "patches"), "gold", (0.02, 0.06), (0.15, 0.35)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
            Slot("valves", ("metal", "plain"), "light", (0.01, 0.03), (0.15, 0.35)),
            Slot("cloth", ("print", "checker", "stripes", "patches", "fabric"), "vivid", (0.03, 0.07), (0.6, 0.9)),
            Slot("fringe", ("stripes", "dots"), "gold", (0.01, 0.02), (0.5, 0.8)),
        ),
        _trumpet_size, tags=("music",), solidity=0.35,
    ),
    foreground(
        "accordion", "A piano accordion, more or less drawn out",
        {"width": Span(0.42, 0.72), "depth": Span(0.2, 0.26), "height": Span(0.36, 0.48), "folds": Count(7, 13)},
        (
            Slot("case", ("patches", "marble", "noise", "print", "checker"), "vivid", (0.03, 0.08), (0.1, 0.35)),
            Slot("bellows", ("stripes", "checker", "dots", "fabric"), "vivid", (0.02, 0.05), (0.5, 0.8)),
            Slot("edges", ("metal", "plain"), "gold", (0.01, 0.03), (0.2, 0.45)),
            Slot("ivory", ("plain", "marble"), "light", (0.01, 0.03), (0.15, 0.35)),
            Slot("ebony", ("plain", "leather"), "dark", (0.01, 0.03), (0.2, 0.4)),
        ),
        box, settings=INDOOR, tags=("music",), solidity=0.85,
    ),
    foreground(
        "tambourine", "A tambourine on its edge, with a printed skin and ribbons",
        {"diameter": Span(0.26, 0.46), "jingles": Count(5, 8), "skin": Choice((True, True, False))},
        (
            Slot("skin", ("print", "patches", "dots", "checker", "noise"), "vivid", (0.03, 0.08), (0.4, 0.7)),
            Slot("hoop", ("wood", "stripes", "checker"), "wood", (0.02, 0.05), (0.3, 0.6)),
            Slot("jingles", STEEL, "gold", (0.01, 0.03), (0.15, 0.35)),
            Slot("studs", ("plain", "dots"), "vivid", (0.01, 0.02), (0.2, 0.5)),
        ),
        multiple_of("diameter", 1.0, 0.2, 1.0), tags=("music", "toy"), solidity=0.7,
    ),
    foreground(
        "xylophone", "A toy xylophone on a stand, bars of many colours, with two mallets",
        {"width": Span(0.42, 0.85), "depth": Span(0.24, 0.4), "height": Span(0.22, 0.36), "bars": Count(7, 11)},
        (
            Slot("first", ("plain", "dots", "noise", "wood"), "vivid", (0.02, 0.05), (0.2, 0.45)),
            Slot("second", ("stripes", "checker", "dots"), "vivid", (0.01, 0.03), (0.2, 0.45)),
            Slot("third", ("plain", "noise", "print"), "vivid", (0.02, 0.05), (0.2, 0.45)),
            Slot("frame", TIMBER, "wood", (0.02, 0.05), (0.3, 0.6)),
            Slot("pins", STEEL, "metal", (0.01, 0.03), (0.2, 0.4)),
            Slot("heads", ("plain", "noise", "knit"), "vivid", (0.01, 0.03), (0.4, 0.8)),
        ),
        box, tags=("music", "toy"), solidity=0.5,
    ),
    foreground(
        "toy_piano", "A toy piano, upright or grand, with notes on its rest",
        {"width": Span(0.42, 0.8), "style": Choice(("upright", "grand")), "octaves": Count(1, 2)},
        (
            Slot("case", ("patches", "dots", "stripes", "wood", "noise", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
            Slot("trim", ("plain", "wood", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
            Slot("ivory", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
            Slot("ebony", ("plain",), "dark", (0.02, 0.05), (0.1, 0.3)),
            Slot("notes", ("print",), "light", (0.02, 0.05), (0.6, 0.9)),
            Slot("brass", STEEL, "gold", (0.01, 0.03), (0.15, 0.35)),
        ),
        _piano_size, tags=("music", "toy"), solidity=0.55,
    ),
)  # fmt: skip
