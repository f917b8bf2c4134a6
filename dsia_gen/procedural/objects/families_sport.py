"""Sports gear in the foreground."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import CLOTH, GRAPHIC, OUTDOOR, STEEL, foreground, multiple_of
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number

DUMBBELL_SIZES = {"hex": (1.0, 0.43, 0.3724), "round": (1.0, 0.4, 0.4), "plates": (1.0, 0.52, 0.52)}
"""Size of each style of dumb-bell for a length of 1."""

BOARD_WIDTHS = {"long": 0.27, "fish": 0.37, "short": 0.31}
"""Width of each style of surfboard for a height of 1."""

PIN_FLOORS = {1: (0.86, 0.52), 2: (0.764, 0.743), 3: (0.764, 1.02)}
"""Width and depth of one to three pins and a ball, for a height of 1."""


def _dumbbell_size(params: Params) -> tuple[float, float, float]:
    length = number(params, "length")
    x, y, z = DUMBBELL_SIZES[str(params["style"])]
    return x * length, y * length, z * length


def _racket_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    return number(params, "head") * height, 0.13 * height, height


def _pins_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    x, y = PIN_FLOORS[int(number(params, "pins"))]
    return x * height, y * height, height


def _skis_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    return number(params, "spread") * height, 0.113 * height, height


def _surfboard_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    return BOARD_WIDTHS[str(params["style"])] * height, 0.188 * height, height


def _oval_size(params: Params) -> tuple[float, float, float]:
    length = number(params, "length")
    across = number(params, "fatness") * length
    return length, across, across


SPORT: tuple[Family, ...] = (
    foreground(
        "tennis_racket", "A tennis racket on its grip, with a ball",
        {"height": Span(0.62, 0.95), "head": Span(0.38, 0.46), "mesh": Count(11, 15)},
        (
            Slot("frame", ("stripes", "patches", "checker", "print", "noise"), "vivid", (0.03, 0.08), (0.2, 0.45)),
            Slot("strings", ("plain",), "light", (0.01, 0.03), (0.3, 0.6)),
            Slot("grip", ("leather", "stripes", "fabric"), "dark", (0.01, 0.03), (0.6, 0.9)),
            Slot("tape", ("plain", "stripes"), "vivid", (0.01, 0.03), (0.5, 0.8)),
            Slot("ball", ("knit", "noise", "fabric"), "fruit", (0.01, 0.02), (0.8, 0.95)),
        ),
        _racket_size, tags=("sport",), solidity=0.3,
    ),
    foreground(
        "dumbbell", "A dumb-bell with six-sided or round heads, or with plates",
        {"length": Span(0.3, 0.6), "style": Choice(("hex", "round", "plates")), "collar": Span(0.0, 0.03)},
        (
            Slot("heads", ("noise", "patches", "terrazzo", "stripes", "dots"), "vivid", (0.02, 0.05), (0.4, 0.7)),
            Slot("faces", ("print", "checker", "stripes"), "vivid", (0.02, 0.05), (0.3, 0.6)),
            Slot("bar", ("metal", "checker"), "metal", (0.006, 0.012), (0.25, 0.5)),
            Slot("rings", ("plain", "stripes", "metal"), "vivid", (0.01, 0.03), (0.3, 0.6)),
        ),
        _dumbbell_size, tags=("sport",),
    ),
    foreground(
        "bowling_pin", "Bowling pins with painted necks, and a ball",
        {"height": Span(0.32, 0.6), "pins": Count(1, 3), "bands": Count(1, 3)},
        (
            Slot("pin", ("noise", "terrazzo", "plain", "marble"), "light", (0.02, 0.06), (0.1, 0.3)),
            Slot("bands", ("plain", "stripes", "checker", "dots"), "red", (0.01, 0.03), (0.1, 0.3)),
            Slot("crest", ("print", "checker", "stripes"), "vivid", (0.02, 0.04), (0.1, 0.3)),
            Slot("ball", ("marble", "noise", "patches", "dots"), "vivid", (0.03, 0.07), (0.05, 0.2)),
            Slot("holes", ("plain",), "dark", (0.01, 0.03), (0.4, 0.7)),
        ),
        _pins_size, tags=("sport",), solidity=0.55,
    ),
    foreground(
        "skis", "A pair of skis with their poles, upright",
        {"height": Span(1.1, 1.75), "spread": Span(0.25, 0.28), "splay": Span(0.0, 0.05), "waist": Span(0.55, 0.85)},
        (
            Slot("top", ("print", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.1, 0.35)),
            Slot("tips", ("stripes", "checker", "dots", "plain"), "vivid", (0.03, 0.07), (0.1, 0.35)),
            Slot("base", ("print", "stripes", "plain"), "dark", (0.05, 0.12), (0.2, 0.4)),
            Slot("bindings", ("plain", "noise", "metal"), "dark", (0.02, 0.05), (0.3, 0.6)),
            Slot("poles", ("stripes", "metal", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        ),
        _skis_size, settings=OUTDOOR, tags=("sport",), solidity=0.4,
    ),
    foreground(
        "surfboard", "A surfboard on its tail, with fins and a stringer",
        {"height": Span(1.0, 1.9), "style": Choice(("long", "fish", "short")), "stripe": Span(0.3, 0.7)},
        (
            Slot("deck", ("print", "patches", "stripes", "noise", "dots", "checker"), "vivid", (0.08, 0.2), (0.05,
            0.25)),
            Slot("field", ("plain", "noise", "dots"), "vivid", (0.05, 0.12), (0.05, 0.25)),
            Slot("rails", ("plain", "stripes", "noise"), "light", (0.05, 0.12), (0.05, 0.25)),
            Slot("stringer", ("wood", "plain"), "wood", (0.02, 0.05), (0.2, 0.5)),
            Slot("fins", ("plain", "stripes", "noise"), "vivid", (0.03, 0.06), (0.1, 0.3)),
        ),
        _surfboard_size, settings=OUTDOOR, tags=("sport",), solidity=0.5,
    ),
    foreground(
        "rugby_ball", "An oval ball of four panels, blunt or pointed",
        {"length": Span(0.26, 0.62), "fatness": Span(0.56, 0.68), "style": Choice(("rugby", "gridiron"))},
        (
            Slot("panel", ("patches", "leather", "dots", "noise", "checker"), "vivid", (0.02, 0.05), (0.35, 0.65)),
            Slot("other", ("print", "stripes", "plain", "leather"), "vivid", (0.02, 0.06), (0.35, 0.65)),
            Slot("bands", ("plain", "stripes", "checker"), "light", (0.01, 0.03), (0.35, 0.65)),
            Slot("seams", ("plain", "leather"), "dark", (0.01, 0.03), (0.5, 0.8)),
        ),
        _oval_size, rolls=True, tags=("sport", "toy"),
    ),
    foreground(
        "basketball_stand", "A toy basketball stand with a printed board, a net and a ball in it",
        {"height": Span(0.9, 1.8), "board": Choice(("square", "round")), "knots": Count(8, 12)},
        (
            Slot("board", ("print", "patches", "stripes", "checker"), "vivid", (0.06, 0.16), (0.2, 0.5)),
            Slot("foot", ("noise", "patches", "stripes"), "vivid", (0.04, 0.1), (0.4, 0.7)),
            Slot("pole", ("stripes", "plain", "metal"), "vivid", (0.05, 0.12), (0.3, 0.6)),
            Slot("hoop", ("plain",), "red", (0.02, 0.05), (0.2, 0.5)),
            Slot("net", ("fabric", "plain"), "light", (0.01, 0.02), (0.7, 0.9)),
            Slot("ball", ("noise", "dots", "leather"), "gold", (0.01, 0.04), (0.5, 0.8)),
        ),
        multiple_of("height", 0.5, 0.52, 1.0), tags=("sport", "toy"), solidity=0.35,
    ),
    foreground(
        "golf_bag", "A golf bag on its legs, full of clubs",
        {"height": Span(0.85, 1.25), "clubs": Count(5, 8), "girth": Span(0.3, 0.36)},
        (
            Slot("bag", (*CLOTH, "print"), "cloth", (0.03, 0.09), (0.5, 0.85)),
            Slot("pockets", ("checker", "stripes", "dots", "leather", "fabric"), "vivid", (0.02, 0.05), (0.5, 0.85)),
            Slot("trim", ("leather", "plain"), "dark", (0.01, 0.03), (0.4, 0.7)),
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
            Slot("covers", ("knit", "stripes", "checker"), "vivid", (0.01, 0.03), (0.7, 0.95)),
        ),
        multiple_of("height", 0.43, 0.63, 1.0), tags=("sport",), solidity=0.5,
    ),
    foreground(
        "archery_target", "A straw target on an easel, with arrows in it",
        {"height": Span(0.8, 1.6), "rings": Count(4, 5), "arrows": Count(2, 5), "lean": Span(0.12, 0.26)},
        (
            Slot("outer", ("noise", "terrazzo", "stripes"), "light", (0.03, 0.08), (0.7, 0.9)),
            Slot("second", ("noise", "checker"), "dark", (0.03, 0.08), (0.7, 0.9)),
            Slot("third", ("noise", "patches", "dots"), "vivid", (0.03, 0.08), (0.7, 0.9)),
            Slot("inner", ("noise", "dots"), "red", (0.03, 0.08), (0.7, 0.9)),
            Slot("gold", ("plain", "noise"), "gold", (0.02, 0.05), (0.7, 0.9)),
            Slot("straw", ("bark", "wood", "noise"), "earth", (0.02, 0.05), (0.8, 0.95)),
            Slot("easel", ("wood",), "wood", (0.02, 0.06), (0.5, 0.8)),
            Slot("feathers", (*GRAPHIC, "plain"), "vivid", (0.01, 0.03), (0.5, 0.8)),
        ),
        multiple_of("height", 0.72, 0.81, 1.0), settings=OUTDOOR, tags=("sport", "garden"), solidity=0.4,
    ),
)  # fmt: skip
