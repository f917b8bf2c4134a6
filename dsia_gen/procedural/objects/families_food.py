"""Food and plants in the foreground: fruit, cake, burger, picnic basket, mushrooms, cactus, bonsai."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import foreground, turned
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number

LEAF = Slot("leaf", ("foliage", "noise"), "foliage", (0.02, 0.05), (0.4, 0.7))

MELON_SIZES = {"wedge": (1.0, 0.52, 0.46), "slice": (1.0, 0.16, 0.52), "half": (1.0, 0.82, 0.66)}
"""Size of each cut of a melon for a length of 1."""

CACTUS_SIZES = {"column": (0.63, 0.42, 1.0), "ball": (0.78, 0.78, 1.0), "paddles": (0.6, 0.45, 1.0)}
"""Size of each style of cactus, pot included, for a height of 1."""


def _melon_size(params: Params) -> tuple[float, float, float]:
    length = number(params, "length")
    x, y, z = MELON_SIZES[str(params["style"])]
    return x * length, y * length, z * length


def _cactus_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    x, y, z = CACTUS_SIZES[str(params["style"])]
    return x * height, y * height, z * height


def _mushroom_size(params: Params) -> tuple[float, float, float]:
    diameter = number(params, "diameter")
    return (1.0 + 0.14 * number(params, "young")) * diameter, diameter, number(params, "tallness") * diameter


def _basket_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    return width, number(params, "depth") * width, number(params, "tallness") * width


def _bonsai_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    return width, 0.55 * width, number(params, "tallness") * width


def _cake_size(params: Params) -> tuple[float, float, float]:
    diameter, tiers = number(params, "diameter"), number(params, "tiers")
    return diameter, diameter, (0.3 + number(params, "thickness") * tiers) * diameter


FOOD: tuple[Family, ...] = (
    foreground(
        "apple", "An apple with a leaf and a printed sticker",
        {"diameter": Span(0.12, 0.4), "tallness": Span(0.9, 1.1), "lobes": Count(4, 6), "waist": Span(0.0, 0.16)},
        (
            Slot("skin", ("noise", "noise", "dots", "patches"), "fruit", (0.02, 0.07), (0.15, 0.35)),
            Slot("stem", ("bark", "wood"), "earth", (0.01, 0.03), (0.6, 0.9)),
            LEAF,
            Slot("sticker", ("print", "checker", "stripes"), "vivid", (0.02, 0.04), (0.2, 0.5)),
        ),
        turned(), ("shelf",), tags=("food", "fruit"),
    ),
    foreground(
        "pumpkin", "A ribbed pumpkin, whole or with a carved face",
        {"diameter": Span(0.26, 0.6), "tallness": Span(0.66, 0.95), "ribs": Choice((8, 10, 12, 14)),
         "carved": Choice((True, False))},
        (
            Slot("skin", ("noise", "noise", "stripes", "dots"), "gold", (0.03, 0.09), (0.3, 0.55)),
            Slot("ribs", ("noise", "noise", "terrazzo"), "gold", (0.02, 0.06), (0.3, 0.55)),
            Slot("stem", ("bark", "foliage"), "foliage", (0.02, 0.05), (0.6, 0.9)),
            LEAF,
            Slot("face", ("plain",), "dark", (0.02, 0.05), (0.5, 0.8)),
        ),
        turned(), ("dressing",), tags=("food", "garden"), solidity=0.55,
    ),
    foreground(
        "pineapple", "A pineapple with its crown",
        {"diameter": Span(0.16, 0.34), "tallness": Span(1.6, 2.2), "leaves": Count(18, 30), "rows": Count(7, 10)},
        (
            Slot("flesh", ("noise", "bark"), "earth", (0.01, 0.03), (0.5, 0.8)),
            Slot("eyes", ("noise", "plain", "dots"), "gold", (0.01, 0.04), (0.35, 0.6)),
            Slot("ripe", ("noise", "dots"), "fruit", (0.01, 0.04), (0.35, 0.6)),
            LEAF,
        ),
        turned(), ("shelf",), tags=("food", "fruit"), solidity=0.55,
    ),
    foreground(
        "watermelon_slice", "A wedge, a slice or a half of a melon, with its seeds",
        {"length": Span(0.3, 0.7), "style": Choice(("wedge", "slice", "half")), "seeds": Count(7, 12)},
        (
            Slot("flesh", ("noise", "noise", "dots"), "red", (0.02, 0.05), (0.3, 0.5)),
            Slot("rind", ("stripes", "noise", "foliage"), "foliage", (0.02, 0.06), (0.25, 0.5)),
            Slot("white", ("noise", "plain"), "light", (0.02, 0.05), (0.3, 0.5)),
            Slot("seeds", ("plain",), "dark", (0.02, 0.05), (0.15, 0.35)),
        ),
        _melon_size, tags=("food", "fruit"), solidity=0.65,
    ),
    foreground(
        "mushroom", "Spotted toadstools, bolete or ink caps, with young ones at the foot",
        {"diameter": Span(0.18, 0.5), "tallness": Span(0.85, 1.2), "young": Count(0, 2), "spots": Count(18, 34),
         "style": Choice(("dome", "flat", "bell"))},
        (
            Slot("cap", ("noise", "noise", "patches", "leather"), "red", (0.02, 0.06), (0.2, 0.45)),
            Slot("spots", ("noise", "plain"), "light", (0.01, 0.03), (0.6, 0.9)),
            Slot("stem", ("noise", "terrazzo", "bark"), "light", (0.01, 0.04), (0.6, 0.9)),
            Slot("gills", ("stripes", "noise"), "icing", (0.01, 0.02), (0.6, 0.9)),
            Slot("moss", ("grass", "foliage"), "foliage", (0.02, 0.05), (0.8, 0.95)),
        ),
        _mushroom_size, ("dressing",), tags=("nature", "plant"), solidity=0.45,
    ),
    foreground(
        "cactus", "A potted cactus: a column with arms, a ball in flower, or a prickly pear",
        {"height": Span(0.35, 1.0), "style": Choice(("column", "ball", "paddles")), "ribs": Choice((9, 12, 15))},
        (
            Slot("pot", ("terrazzo", "patches", "print", "checker", "stripes"), "vivid", (0.02, 0.06), (0.3, 0.7)),
            Slot("rim", ("plain", "dots", "noise"), "earth", (0.02, 0.05), (0.4, 0.8)),
            Slot("soil", ("noise", "terrazzo"), "earth", (0.01, 0.02), (0.9, 1.0)),
            Slot("body", ("foliage", "noise"), "foliage", (0.02, 0.06), (0.5, 0.8)),
            Slot("spines", ("plain",), "light", (0.01, 0.03), (0.5, 0.8)),
            Slot("flower", ("plain", "noise"), "vivid", (0.01, 0.03), (0.5, 0.8)),
        ),
        _cactus_size, ("dressing", "shelf"), tags=("garden", "plant"), solidity=0.55,
    ),
    foreground(
        "bonsai", "A crooked little tree in a glazed tray",
        {"width": Span(0.4, 0.8), "tallness": Span(0.85, 1.15), "pads": Count(4, 6), "lean": Span(-0.1, 0.1)},
        (
            Slot("tray", ("print", "patches", "marble", "stripes", "checker"), "muted", (0.02, 0.06), (0.15, 0.4)),
            Slot("moss", ("grass", "foliage"), "foliage", (0.02, 0.04), (0.8, 0.95)),
            Slot("trunk", ("bark",), "earth", (0.02, 0.05), (0.7, 0.95)),
            Slot("leaf", ("foliage",), "foliage", (0.01, 0.03), (0.5, 0.8)),
            Slot("blossom", ("plain", "noise", "foliage"), "red", (0.01, 0.03), (0.5, 0.8)),
            Slot("stone", ("rock",), "stone", (0.02, 0.05), (0.7, 0.95)),
        ),
        _bonsai_size, ("shelf",), tags=("garden", "plant"), solidity=0.45,
    ),
    foreground(
        "picnic_basket", "A woven basket with a chequered cloth, lidded or filled with food",
        {"width": Span(0.4, 0.65), "depth": Span(0.62, 0.8), "tallness": Span(0.85, 1.05), "rows": Count(8, 11),
         "filled": Choice((True, False))},
        (
            Slot("withies", ("wood", "bark"), "wood", (0.01, 0.03), (0.5, 0.85)),
            Slot("others", ("wood", "plain", "noise"), "wood", (0.01, 0.03), (0.5, 0.85)),
            Slot("cloth", ("checker", "stripes", "dots", "fabric"), "red", (0.015, 0.04), (0.7, 0.95)),
            Slot("bread", ("noise", "leather"), "gold", (0.02, 0.05), (0.6, 0.9)),
            Slot("fruit", ("noise", "dots"), "fruit", (0.02, 0.05), (0.2, 0.4)),
        ),
        _basket_size, tags=("container", "food"),
    ),
    foreground(
        "cake", "A party cake of one to three tiers, iced, with candles and berries",
        {"diameter": Span(0.26, 0.5), "tiers": Count(1, 3), "thickness": Span(0.24, 0.34), "candles": Count(4, 9),
         "drips": Count(9, 15)},
        (
            Slot("side", ("stripes", "dots", "patches", "checker", "noise"), "icing", (0.015, 0.05), (0.4, 0.7)),
            Slot("icing", ("dots", "terrazzo", "noise"), "icing", (0.01, 0.03), (0.2, 0.45)),
            Slot("plate", ("checker", "stripes", "print", "marble"), "vivid", (0.02, 0.05), (0.1, 0.3)),
            Slot("candles", ("stripes", "dots"), "vivid", (0.006, 0.015), (0.3, 0.5)),
            Slot("berries", ("noise", "plain"), "red", (0.01, 0.03), (0.1, 0.3)),
            Slot("flames", ("plain",), "gold", (0.01, 0.03), (0.2, 0.4)),
        ),
        _cake_size, tags=("food",), solidity=0.5,
    ),
    foreground(
        "burger", "A burger with all that belongs in it",
        {"diameter": Span(0.16, 0.42), "tallness": Span(0.78, 1.05), "patties": Count(1, 2),
         "waves": Count(9, 14)},
        (
            Slot("bun", ("noise", "leather"), "gold", (0.03, 0.08), (0.3, 0.55)),
            Slot("seeds", ("plain",), "light", (0.01, 0.03), (0.4, 0.7)),
            Slot("patty", ("noise", "rock", "terrazzo"), "earth", (0.01, 0.03), (0.6, 0.9)),
            Slot("lettuce", ("foliage", "noise"), "foliage", (0.02, 0.04), (0.4, 0.7)),
            Slot("cheese", ("noise", "plain"), "gold", (0.02, 0.06), (0.3, 0.5)),
            Slot("tomato", ("noise", "dots"), "red", (0.02, 0.05), (0.2, 0.4)),
            Slot("flag", ("print", "checker", "stripes"), "vivid", (0.01, 0.03), (0.4, 0.7)),
        ),
        turned(), tags=("food",), solidity=0.55,
    ),
)  # fmt: skip
