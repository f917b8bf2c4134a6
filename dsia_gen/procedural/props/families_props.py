"""Props of the built-in library: static objects that give outdoor scenes parallax, texture and shadows."""

from __future__ import annotations

from dsia_gen.procedural.family import USUAL_FILL, Family, Setting, Slot, Use
from dsia_gen.procedural.params import Choice, Count, Params, Range, Span
from dsia_gen.procedural.room.families_room import ANY_SEED, Size, box_size, number, round_size
from dsia_gen.procedural.table_family import TableFamily

OUTDOOR: frozenset[Setting] = frozenset({"outdoor"})
LEAF = Slot("leaf", ("foliage",), "foliage", (0.1, 0.3))
STONE = Slot("stone", ("rock", "concrete"), "stone", (0.2, 0.5))
STEEL = Slot("steel", ("metal", "rust"), "metal", (0.1, 0.3))
PAINTED = Slot("paint", ("rust", "plain", "metal"), "vivid", (0.15, 0.4))


def _family(
    name: str, about: str, params: dict[str, Range], slots: tuple[Slot, ...], size: Size, *tags: str,
    uses: tuple[Use, ...] = ("props",), solidity: float = USUAL_FILL,
) -> Family:  # fmt: skip
    return TableFamily(
        name, about, params, slots, size, frozenset(uses), OUTDOOR, moves=False, tags=tags, solidity=solidity
    )


def _crates_size(params: Params) -> tuple[float, float, float]:
    side = number(params, "crate")
    return number(params, "columns") * side * 1.06, side * 1.06, number(params, "layers") * side * 0.8


def _logs_size(params: Params) -> tuple[float, float, float]:
    across = number(params, "log") * number(params, "columns")
    rise = number(params, "log") * (1 + 0.866 * (number(params, "layers") - 1))
    return across, number(params, "length"), rise


NATURE: tuple[Family, ...] = (
    _family(
        "rock",
        "a weathered boulder",
        {"width": Span(0.4, 2.2), "depth": Span(0.4, 1.8), "height": Span(0.3, 1.5), "seed": ANY_SEED},
        (Slot("stone", ("rock",), "stone", (0.15, 0.5)),),
        box_size(),
        "nature",
        solidity=0.55,
    ),
    _family(
        "boulder_group",
        "a few rocks that lean on each other, with smaller ones about them",
        {"width": Span(1.2, 3.0), "depth": Span(0.8, 2.0), "height": Span(0.5, 1.4), "rocks": Count(4, 9),
         "seed": ANY_SEED},
        (Slot("stone", ("rock",), "stone", (0.15, 0.5)), Slot("second", ("rock",), "stone", (0.15, 0.4))),
        box_size(),
        "nature",
        solidity=0.35,
    ),
    _family(
        "bush",
        "a shrub of leafy twigs cut out of cards",
        {"width": Span(0.7, 1.6), "depth": Span(0.7, 1.5), "height": Span(0.6, 1.5), "seed": ANY_SEED},
        (LEAF, Slot("twig", ("bark",), "earth", (0.05, 0.1))),
        box_size(),
        "nature",
        solidity=0.3,
    ),
    _family(
        "tree",
        "a broad-leaved tree",
        {"crown": Span(2.0, 4.5), "height": Span(3.5, 7.0), "trunk": Span(0.2, 0.4), "seed": ANY_SEED},
        (Slot("bark", ("bark",), "earth", (0.12, 0.25)), LEAF),
        round_size("crown"),
        "nature", "tall", solidity=0.35,
    ),
    _family(
        "conifer",
        "a spruce with drooping boughs",
        {"crown": Span(1.4, 2.8), "height": Span(2.5, 6.0), "seed": ANY_SEED},
        (Slot("bark", ("bark",), "earth", (0.1, 0.2)), LEAF),
        round_size("crown"),
        "nature", "tall", solidity=0.35,
    ),
    _family(
        "grass_tuft",
        "a tuft of long grass",
        {"width": Span(0.25, 0.8), "height": Span(0.2, 0.7), "blades": Count(80, 240), "seed": ANY_SEED},
        (Slot("blade", ("foliage", "foliage"), "foliage", (0.05, 0.15)),),
        round_size("width"),
        "nature", "small", solidity=0.25,
    ),
    _family(
        "flowers",
        "a patch of flowers in two colours",
        {"width": Span(0.5, 1.4), "depth": Span(0.4, 1.0), "height": Span(0.3, 0.6), "stems": Count(30, 70),
         "seed": ANY_SEED},
        (LEAF, Slot("petal", ("plain", "noise"), "vivid", (0.02, 0.06)),
         Slot("second", ("plain", "noise"), "vivid", (0.02, 0.06)), Slot("heart", ("plain",), "earth")),
        box_size(),
        "nature", "small", solidity=0.3,
    ),
    _family(
        "hedge",
        "a clipped hedge along X",
        {"length": Span(1.0, 3.5), "depth": Span(0.4, 0.8), "height": Span(0.6, 1.6), "seed": ANY_SEED},
        (LEAF,),
        box_size("length"),
        "nature", "long", solidity=0.8,
    ),
    _family(
        "log_pile",
        "stacked logs, their cut ends towards -Y",
        {"log": Span(0.18, 0.32), "columns": Count(3, 6), "layers": Count(2, 4), "length": Span(0.8, 1.8),
         "seed": ANY_SEED},
        (Slot("bark", ("bark",), "earth", (0.08, 0.15)), Slot("cut", ("wood",), "wood", (0.05, 0.1))),
        _logs_size,
        "nature",
        solidity=0.85,
    ),
)  # fmt: skip

STREET: tuple[Family, ...] = (
    _family(
        "fence",
        "a wooden fence along X",
        {"length": Span(1.6, 4.0), "height": Span(0.8, 1.8), "style": Choice(("boards", "rails", "pickets")),
         "seed": ANY_SEED},
        (Slot("board", ("wood", "wood"), "wood", (0.08, 0.15)), Slot("post", ("wood", "concrete"), "wood", (0.1, 0.2))),
        lambda params: (number(params, "length"), 0.14, number(params, "height")),
        "long",
        solidity=1.0,
    ),
    _family(
        "brick_wall",
        "a free-standing wall along X with piers and a coping",
        {"length": Span(1.5, 4.0), "height": Span(0.7, 2.2), "thickness": Span(0.22, 0.34)},
        (Slot("wall", ("brick",), "earth", (0.2, 0.26)), Slot("coping", ("concrete", "rock"), "stone", (0.2, 0.5))),
        box_size("length", "thickness", "height"),
        "long",
        solidity=1.0,
    ),
    _family(
        "concrete_barrier",
        "a road barrier along X with a painted band",
        {"length": Span(1.2, 3.0), "depth": Span(0.45, 0.6), "height": Span(0.7, 0.95)},
        (Slot("body", ("concrete",), "stone", (0.2, 0.5)), Slot("band", ("stripes", "checker", "print"), "vivid",
                                                               (0.12, 0.3))),
        box_size("length"),
        "long",
        solidity=1.0,
    ),
    _family(
        "lamp_post",
        "a street lamp whose arm reaches towards -Y",
        {"height": Span(2.8, 4.5), "arm": Span(0.5, 1.0)},
        (PAINTED, Slot("lens", ("emission", "plain"), "light")),
        lambda params: (0.3, number(params, "arm") + 0.3, number(params, "height")),
        "tall",
        solidity=0.2,
    ),
    _family(
        "bench",
        "a park bench of slats",
        {"width": Span(1.2, 2.0), "depth": Span(0.55, 0.7), "height": Span(0.75, 0.9), "slats": Count(3, 5)},
        (Slot("slat", ("wood",), "wood", (0.08, 0.15)),
         Slot("frame", ("metal", "rust", "concrete"), "dark", (0.1, 0.3))),
        box_size(),
        "seat",
        solidity=0.35,
    ),
    _family(
        "planter",
        "a trough with leafy plants and flowers",
        {"width": Span(0.8, 1.8), "depth": Span(0.4, 0.6), "height": Span(0.7, 1.1), "plants": Count(4, 9),
         "seed": ANY_SEED},
        (Slot("trough", ("planks", "concrete", "terrazzo", "brick", "tiles"), "earth", (0.12, 0.25)),
         Slot("soil", ("rock",), "dark", (0.03, 0.06)), LEAF, Slot("petal", ("plain", "noise"), "vivid", (0.03, 0.06))),
        box_size(),
        solidity=0.7,
    ),
    _family(
        "signboard",
        "a printed board on two posts",
        {"width": Span(0.8, 2.2), "height": Span(1.4, 2.4), "panel": Span(0.6, 1.1)},
        (Slot("print", ("print", "print", "patches", "dots"), "vivid", (0.12, 0.35)),
         Slot("post", ("metal", "wood", "rust"), "metal", (0.1, 0.2))),
        lambda params: (number(params, "width"), 0.12, number(params, "height")),
    ),
    _family(
        "crate_stack",
        "wooden crates stacked in a row, the upper layers with gaps",
        {"crate": Span(0.4, 0.65), "columns": Count(1, 3), "layers": Count(1, 3), "seed": ANY_SEED},
        (Slot("slats", ("wood",), "wood", (0.06, 0.12)), Slot("frame", ("wood",), "wood", (0.06, 0.12)),
         Slot("label", ("print",), "vivid", (0.04, 0.1))),
        _crates_size,
        solidity=0.75,
    ),
    _family(
        "market_stall",
        "a stall with a striped canopy and goods on its counter",
        {"width": Span(1.8, 3.0), "depth": Span(1.4, 2.0), "height": Span(2.2, 2.7), "seed": ANY_SEED},
        (Slot("canopy", ("stripes", "patches", "fabric", "checker"), "vivid", (0.2, 0.4)),
         Slot("post", ("wood", "metal"), "wood", (0.1, 0.2)),
         Slot("counter", ("planks", "wood"), "wood", (0.1, 0.2)), Slot("cloth", ("fabric", "dots", "print"), "cloth",
                                                                      (0.1, 0.25)),
         Slot("fruit_1", ("plain", "noise"), "vivid", (0.03, 0.06)),
         Slot("fruit_2", ("plain", "noise"), "vivid", (0.03, 0.06)),
         Slot("fruit_3", ("plain", "noise"), "vivid", (0.03, 0.06))),
        box_size(),
        "tall",
        solidity=0.5,
    ),
    _family(
        "column",
        "a fluted column on a plinth",
        {"diameter": Span(0.45, 0.9), "height": Span(1.0, 3.6), "flutes": Count(12, 20)},
        (Slot("stone", ("marble", "rock", "concrete", "plaster"), "stone", (0.2, 0.5)),),
        round_size(),
        "tall",
    ),
    _family(
        "banner",
        "a printed cloth that hangs from a pole, moved by a breeze",
        {"width": Span(0.6, 1.1), "height": Span(2.2, 3.4), "seed": ANY_SEED},
        (Slot("cloth", ("print", "patches", "stripes", "dots"), "vivid", (0.12, 0.3)), STEEL),
        lambda params: (number(params, "width"), 0.4, number(params, "height")),
        "tall",
        solidity=0.45,
    ),
    _family(
        "bin",
        "a litter bin with staves and a hood",
        {"diameter": Span(0.4, 0.6), "height": Span(0.8, 1.15), "staves": Count(12, 20)},
        (Slot("stave", ("wood", "rust", "plain"), "earth", (0.08, 0.15)), STEEL),
        round_size(),
        "small",
    ),
)  # fmt: skip

LARGE: tuple[Family, ...] = (
    _family(
        "car",
        "a parked car, its front towards -Y",
        {"width": Span(1.65, 1.9), "length": Span(3.6, 4.7), "height": Span(1.38, 1.65)},
        (Slot("paint", ("plain", "stripes", "rust", "plain"), "vivid", (0.3, 0.8), (0.25, 0.45)),
         Slot("window", ("plain",), "dark", (0.5, 0.9), (0.3, 0.45)), Slot("tyre", ("plain",), "dark", (0.05, 0.1)),
         Slot("rim", ("metal",), "metal", (0.1, 0.2), (0.2, 0.4)), Slot("lamp", ("plain",), "light", (0.05, 0.1),
                                                                       (0.1, 0.2)),
         Slot("trim", ("plain",), "dark", (0.1, 0.2))),
        box_size("width", "length"),
        "vehicle",
        solidity=0.65,
    ),
    _family(
        "shed",
        "a garden shed with a pitched roof, a door and a window",
        {"width": Span(1.8, 3.0), "depth": Span(1.6, 2.6), "height": Span(2.1, 2.8)},
        (Slot("wall", ("planks", "planks", "brick"), "wood", (0.12, 0.2)),
         Slot("roof", ("tiles", "rust", "planks", "brick"), "dark", (0.15, 0.3)),
         Slot("door", ("planks", "wood"), "wood", (0.1, 0.16)),
         Slot("pane", ("plain",), "dark", (0.5, 0.9), (0.25, 0.4)),
         Slot("trim", ("wood", "plain"), "light", (0.1, 0.2))),
        box_size(),
        "building", "tall", solidity=0.8,
    ),
    _family(
        "facade",
        "the front of a house with rows of windows, a door and a cornice",
        {"width": Span(4.0, 9.0), "depth": Span(0.8, 1.6), "height": Span(3.2, 8.0), "bays": Count(3, 5),
         "floors": Count(1, 3)},
        (Slot("wall", ("brick", "plaster", "concrete", "rock"), "earth", (0.22, 0.5)),
         Slot("trim", ("concrete", "plaster", "plain"), "light", (0.2, 0.5)),
         Slot("pane", ("plain",), "dark", (0.5, 0.9), (0.25, 0.4)),
         Slot("shutter", ("planks", "wood", "plain"), "vivid", (0.08, 0.15)), Slot("door", ("planks", "wood"), "wood",
                                                                                  (0.1, 0.2))),
        box_size(),
        "building", "tall", solidity=1.0,
    ),
)  # fmt: skip

DRESSING: tuple[Family, ...] = (*NATURE, *STREET, *LARGE)
