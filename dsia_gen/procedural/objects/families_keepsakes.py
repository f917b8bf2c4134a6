"""Foreground objects of the attic and the workshop: chests, stools, tools, an hourglass, a cage, toys that stand."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import CLOTH, GRAPHIC, INDOOR, STEEL, foreground, multiple_of, turned
from dsia_gen.procedural.objects.families_machines import sized_by
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number

BRASS = Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3))

CHESTS = {"shut": (1.087, 0.638, 0.633), "open": (1.087, 0.801, 0.971)}
TOOLBOXES = {"chest": (1.012, 0.526, 0.561), "trug": (1.0, 0.5, 0.67)}
LADDERS = (0.555, 0.778, 1.195)
PINWHEEL = (0.6, 0.338, 1.098)
STOOLS = {
    "3": (0.468, 0.496, 0.998),
    "4": (0.468, 0.468, 0.998),
    "3b": (0.468, 0.496, 1.222),
    "4b": (0.468, 0.474, 1.222),
}
SOLDIERS = {"sabre": (0.463, 0.263, 1.11), "drum": (0.46, 0.423, 1.11)}
"""Sizes of each style for a size of 1."""


def _stool_size(params: Params) -> tuple[float, float, float]:
    x, y, z = STOOLS[f"{params['legs']}{'b' if params['back'] else ''}"]
    height = number(params, "height")
    return x * height, y * height, z * height


def _knight_size(params: Params) -> tuple[float, float, float]:
    height, stout = number(params, "height"), number(params, "stout")
    return 0.55 * stout * height, 0.646 * stout * height, height


KEEPSAKES: tuple[Family, ...] = (
    foreground(
        "treasure_chest", "A chest of boards with iron bands, shut or open over its gold",
        {"width": Span(0.45, 1.0), "lid": Choice(("shut", "open"))},
        (
            Slot("boards", ("planks", "wood"), "wood", (0.05, 0.12), (0.5, 0.8)),
            Slot("frame", ("wood", "leather", "noise"), "earth", (0.03, 0.08), (0.5, 0.8)),
            Slot("bands", ("metal", "rust"), "metal", (0.03, 0.08), (0.3, 0.6)),
            BRASS,
            Slot("gems", ("plain", "noise"), "vivid", (0.02, 0.05), (0.05, 0.2)),
        ),
        sized_by("width", "lid", CHESTS), ("dressing",), tags=("container", "wood"), solidity=0.8,
    ),
    foreground(
        "bar_stool", "A tall stool with a cushion, with three or four turned legs, with a back or without",
        {"height": Span(0.6, 0.85), "legs": Count(3, 4), "back": Choice((False, True))},
        (
            Slot("cushion", (*CLOTH, "leather"), "cloth", (0.03, 0.08), (0.6, 0.9)),
            Slot("piping", ("stripes", "plain", "fabric"), "vivid", (0.01, 0.03), (0.5, 0.8)),
            Slot("legs", ("wood", "stripes"), "wood", (0.03, 0.07), (0.3, 0.6)),
            BRASS,
        ),
        _stool_size, ("furniture",), INDOOR, tags=("furniture", "chair"), solidity=0.35,
    ),
    foreground(
        "ladder", "A step ladder with a tin of paint and a brush on it",
        {"height": Span(0.7, 1.5), "steps": Count(3, 6)},
        (
            Slot("front", ("wood", "stripes", "noise", "checker"), "wood", (0.04, 0.1), (0.4, 0.7)),
            Slot("rear", ("wood", "noise", "plain"), "vivid", (0.03, 0.08), (0.4, 0.7)),
            Slot("treads", ("wood", "planks"), "wood", (0.03, 0.08), (0.5, 0.8)),
            Slot("iron", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("labels", ("print", "stripes", "checker"), "vivid", (0.02, 0.06), (0.4, 0.7)),
            Slot("paint", ("plain", "noise"), "vivid", (0.03, 0.06), (0.1, 0.3)),
        ),
        multiple_of("height", *LADDERS), ("dressing",), tags=("tool",), solidity=0.3,
    ),
    foreground(
        "toolbox", "A tool chest with a handle, or an open trug with its tools",
        {"width": Span(0.38, 0.7), "style": Choice(("chest", "trug"))},
        (
            Slot("body", ("noise", "checker", "stripes", "rust", "patches", "wood"), "vivid", (0.04, 0.1), (0.3, 0.6)),
            Slot("lid", ("stripes", "checker", "plain", "wood"), "vivid", (0.03, 0.08), (0.3, 0.6)),
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
            Slot("labels", ("print", "stripes", "checker"), "vivid", (0.02, 0.06), (0.3, 0.6)),
            Slot("grips", ("wood", "noise"), "earth", (0.02, 0.05), (0.4, 0.7)),
        ),
        sized_by("width", "style", TOOLBOXES), ("dressing",), tags=("tool", "container"), solidity=0.7,
    ),
    foreground(
        "fire_extinguisher", "An extinguisher with a label, a gauge, and a hose that ends in a nozzle or a horn",
        {"height": Span(0.45, 0.75), "horn": Choice((False, True))},
        (
            Slot("bottle", ("noise", "stripes", "patches", "checker"), "red", (0.04, 0.1), (0.15, 0.4)),
            Slot("label", ("print",), "light", (0.03, 0.07), (0.3, 0.6)),
            Slot("band", ("checker", "stripes", "dots"), "vivid", (0.02, 0.05), (0.3, 0.6)),
            BRASS,
            Slot("rubber", ("plain", "noise"), "dark", (0.01, 0.03), (0.4, 0.7)),
        ),
        multiple_of("height", 0.357, 0.337, 1.0), settings=INDOOR, tags=("tool",), solidity=0.55,
    ),
    foreground(
        "hourglass", "An hourglass with three or four posts, its sand running",
        {"height": Span(0.22, 0.6), "posts": Count(3, 5), "run": Span(0.1, 0.9)},
        (
            Slot("frame", ("wood", "checker", "stripes", "marble"), "wood", (0.02, 0.05), (0.2, 0.5)),
            Slot("belt", ("print", "checker", "stripes"), "vivid", (0.015, 0.04), (0.2, 0.5)),
            Slot("bulbs", ("plain",), "light", (0.02, 0.05), (0.03, 0.1)),
            Slot("sand", ("noise", "terrazzo"), "vivid", (0.01, 0.02), (0.7, 0.9)),
            BRASS,
        ),
        multiple_of("height", 0.6, 0.6, 1.0), ("shelf",), INDOOR, tags=("decor",),
    ),
    foreground(
        "birdcage", "A domed cage with a bird on its perch",
        {"diameter": Span(0.3, 0.5), "tallness": Span(1.4, 1.8), "bars": Count(16, 24)},
        (
            Slot("tray", ("checker", "stripes", "patches", "dots", "print"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("litter", ("noise", "checker", "dots"), "vivid", (0.01, 0.03), (0.6, 0.9)),
            Slot("wires", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
            Slot("plumage", ("noise", "dots", "patches"), "vivid", (0.015, 0.04), (0.6, 0.9)),
            Slot("trim", ("wood", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        ),
        turned(), settings=INDOOR, tags=("decor",), solidity=0.4,
    ),
    foreground(
        "chess_knight", "A large chess knight with a cut mane and a bridle",
        {"height": Span(0.4, 1.1), "stout": Span(0.9, 1.2)},
        (
            Slot("body", ("marble", "noise", "terrazzo", "checker"), "stone", (0.05, 0.12), (0.1, 0.4)),
            Slot("mane", ("stripes", "checker", "wood", "noise"), "vivid", (0.02, 0.06), (0.2, 0.5)),
            Slot("eyes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
            BRASS,
        ),
        _knight_size, tags=("decor", "toy"), solidity=0.4,
    ),
    foreground(
        "pinwheel", "A pinwheel of folded sails in two patterns, in a pot",
        {"height": Span(0.45, 1.1), "sails": Count(4, 7)},
        (
            Slot("sails", GRAPHIC, "vivid", (0.03, 0.08), (0.3, 0.6)),
            Slot("others", ("stripes", "dots", "checker", "print"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("pot", ("terrazzo", "checker", "stripes", "noise"), "earth", (0.03, 0.07), (0.4, 0.8)),
            Slot("stick", ("stripes", "wood"), "light", (0.02, 0.04), (0.3, 0.6)),
            BRASS,
        ),
        multiple_of("height", *PINWHEEL), tags=("toy", "garden"), solidity=0.3,
    ),
    foreground(
        "nutcracker", "A nutcracker soldier with a sabre or a drum",
        {"height": Span(0.4, 1.1), "carries": Choice(("sabre", "drum"))},
        (
            Slot("coat", ("fabric", "patches", "stripes", "checker", "noise"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("hat", ("stripes", "checker", "noise", "plain"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("breeches", ("stripes", "checker", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
            BRASS,
            Slot("boots", ("plain", "leather"), "dark", (0.02, 0.05), (0.1, 0.3)),
            Slot("face", ("plain", "wood"), "skin", (0.03, 0.06), (0.3, 0.5)),
            Slot("whiskers", ("plain", "knit"), "light", (0.01, 0.02), (0.6, 0.9)),
        ),
        sized_by("height", "carries", SOLDIERS), tags=("toy", "decor"), solidity=0.5,
    ),
)  # fmt: skip
"""The families of this theme."""
