"""Parts of rooms and furniture of the built-in library: what an indoor scene is composed of."""

from __future__ import annotations

from collections.abc import Callable

from dsia_gen.procedural.family import USUAL_FILL, Family, Setting, Slot, Use
from dsia_gen.procedural.params import Choice, Count, Params, Range, Span
from dsia_gen.procedural.table_family import TableFamily
from dsia_gen.spec.material import MaterialKind

Size = Callable[[Params], tuple[float, float, float]]
Kinds = tuple[MaterialKind, ...]

INDOOR: frozenset[Setting] = frozenset({"indoor"})
TIMBER: Kinds = ("wood",)
CLOTH: Kinds = ("fabric", "knit", "denim", "stripes", "patches", "leather", "checker")
COVERS: Kinds = ("print", "stripes", "fabric", "leather", "noise", "plain")
PANELS: Kinds = ("wood", "planks", "wood")
METAL: Kinds = ("metal",)
ANY_SEED = Count(0, 1_000_000)


def number(params: Params, name: str) -> float:
    """A numeric parameter; TypeError where it is something else."""
    value = params[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"parameter {name!r} is {value!r}, not a number")
    return float(value)


def box_size(width: str = "width", depth: str = "depth", height: str = "height") -> Size:
    """A size read from three parameters."""
    return lambda params: (number(params, width), number(params, depth), number(params, height))


def round_size(diameter: str = "diameter", height: str = "height") -> Size:
    """A size read from a diameter and a height."""
    return lambda params: (number(params, diameter), number(params, diameter), number(params, height))


def _family(
    name: str, about: str, params: dict[str, Range], slots: tuple[Slot, ...], size: Size, *uses: Use,
    tags: tuple[str, ...] = (), solidity: float = USUAL_FILL,
) -> Family:  # fmt: skip
    return TableFamily(
        name, about, params, slots, size, frozenset(uses), INDOOR, moves=False, tags=tags, solidity=solidity
    )


def _books(count: int) -> tuple[Slot, ...]:
    palettes = ("vivid", "cloth", "dark", "muted", "earth", "vivid")
    return tuple(Slot(f"book_{k + 1}", COVERS, palettes[k], (0.04, 0.1)) for k in range(count))


def _ceiling_size(params: Params) -> tuple[float, float, float]:
    hangs = number(params, "beams") + number(params, "crossbeams") > 0
    drop = number(params, "beam_depth") if hangs else 0.0
    return number(params, "length"), number(params, "width"), number(params, "thickness") + drop


def _flat_size(thickness: float) -> Size:
    return lambda params: (number(params, "width"), number(params, "depth"), thickness)


WALL_OPENINGS = Choice(((), (-0.45, 0.9, 0.8, 1.1), (-0.45, 0.0, 0.8, 2.0)))
"""Empty, or (x of the opening's centre from the wall's centre, sill height, width, height) in metres."""

WALLS: tuple[Slot, ...] = (
    Slot("wall", ("plaster",), "wall", (0.15, 0.3), (0.7, 0.95)),
    Slot("wall", ("plaster",), "paint", (0.15, 0.3), (0.7, 0.95)),
    Slot("wall", ("plaster",), "paint", (0.1, 0.2), (0.7, 0.95)),
    Slot("wall", ("brick",), "earth", (0.2, 0.26), (0.7, 0.95)),
    Slot("wall", ("brick",), "wall", (0.2, 0.3), (0.7, 0.95)),
    Slot("wall", ("tiles",), "paint", (0.12, 0.3), (0.5, 0.8)),
    Slot("wall", ("planks",), "wood", (0.1, 0.2), (0.6, 0.9)),
    Slot("wall", ("planks",), "paint", (0.12, 0.25), (0.6, 0.9)),
    Slot("wall", ("stripes",), "wall", (0.15, 0.4), (0.7, 0.95)),
    Slot("wall", ("dots",), "paint", (0.1, 0.25), (0.7, 0.95)),
    Slot("wall", ("fabric",), "paint", (0.2, 0.4), (0.7, 0.95)),
    Slot("wall", ("concrete",), "stone", (0.2, 0.5), (0.7, 0.95)),
)
"""Finishes of walls, each with colours of its own: a room gets one, and its back wall often another."""

DADOS: tuple[Slot, ...] = (
    Slot("dado", ("planks", "wood"), "wood", (0.1, 0.2), (0.5, 0.8)),
    Slot("dado", ("planks",), "light", (0.08, 0.16), (0.5, 0.8)),
    Slot("dado", ("planks",), "paint", (0.08, 0.16), (0.5, 0.8)),
    Slot("dado", ("tiles",), "paint", (0.1, 0.2), (0.5, 0.8)),
)
"""Finishes of the lower part of walls, where there is one."""

FLOORS: tuple[Slot, ...] = (
    Slot("floor", ("planks",), "wood", (0.1, 0.2), (0.55, 0.9)),
    Slot("floor", ("planks",), "stone", (0.12, 0.25), (0.6, 0.9)),
    Slot("floor", ("tiles",), "stone", (0.15, 0.4), (0.6, 0.95)),
    Slot("floor", ("tiles",), "paint", (0.15, 0.3), (0.6, 0.95)),
    Slot("floor", ("checker",), "stone", (0.2, 0.4), (0.5, 0.9)),
    Slot("floor", ("terrazzo",), "stone", (0.1, 0.25), (0.7, 0.95)),
    Slot("floor", ("fabric",), "cloth", (0.15, 0.4), (0.8, 0.95)),
    Slot("floor", ("knit",), "muted", (0.06, 0.15), (0.8, 0.95)),
    Slot("floor", ("marble",), "stone", (0.2, 0.5), (0.7, 0.95)),
    Slot("floor", ("concrete",), "stone", (0.15, 0.4), (0.7, 0.95)),
    Slot("floor", ("brick",), "earth", (0.2, 0.28), (0.7, 0.95)),
)
"""Finishes of floors. Few shine, for a mirror image of a window moves against the floor that it is seen in."""

SHELL: tuple[Family, ...] = (
    _family(
        "wall",
        "a wall along X that faces -Y, with skirting, an optional dado and up to two openings; "
        "an opening is (x of its centre, sill height, width, height), or empty",
        {
            "length": Span(2.0, 6.0),
            "height": Span(2.4, 3.2),
            "thickness": Span(0.1, 0.25),
            "skirting": Span(0.06, 0.16),
            "dado": Choice((0.0, 0.0, 0.85, 1.1)),
            "opening_1": WALL_OPENINGS,
            "opening_2": Choice(((), (0.5, 0.9, 0.7, 1.2))),
        },
        (
            WALLS[0],
            DADOS[0],
            Slot("trim", ("wood", "plain"), "light", (0.08, 0.15)),
        ),
        box_size("length", "thickness", "height"),
        "room",
    ),
    _family(
        "floor_slab",
        "a floor, length along X; its top is the walking surface",
        {"length": Span(2.0, 8.0), "width": Span(2.0, 8.0), "thickness": Span(0.05, 0.2)},
        (FLOORS[0],),
        box_size("length", "width", "thickness"),
        "room",
    ),
    _family(
        "ceiling_slab",
        "a ceiling with beams along Y and crossbeams along X that hang below it",
        {
            "length": Span(2.0, 8.0),
            "width": Span(2.0, 8.0),
            "thickness": Span(0.05, 0.2),
            "beams": Count(0, 6),
            "crossbeams": Count(0, 4),
            "beam_depth": Span(0.08, 0.2),
        },
        (Slot("ceiling", ("plaster", "planks", "concrete"), "light", (0.15, 0.4)),
         Slot("beam", ("wood", "planks"), "wood", (0.1, 0.2))),
        _ceiling_size,
        "room",
    ),
    _family(
        "window_frame",
        "frame, mullions and sill for an opening; panes of glass only on request",
        {
            "width": Span(0.6, 2.0),
            "height": Span(0.8, 2.0),
            "depth": Span(0.08, 0.2),
            "columns": Count(1, 3),
            "rows": Count(1, 3),
            "pane": Choice((False,)),
        },
        (Slot("frame", ("wood", "plain", "metal"), "light", (0.08, 0.15)), Slot("pane", ("glass",), "light")),
        box_size(),
        "room",
    ),
    _family(
        "curtain",
        "a hanging cloth in folds on a rod",
        {"width": Span(0.6, 1.6), "height": Span(1.4, 2.4), "depth": Span(0.06, 0.16), "folds": Count(4, 9),
         "seed": ANY_SEED},
        (Slot("cloth", ("fabric", "stripes", "print", "dots", "noise", "patches"), "cloth", (0.1, 0.25)),
         Slot("rod", ("metal", "wood"), "metal")),
        box_size(),
        "room",
        solidity=0.85,
    ),
    _family(
        "door",
        "a closed panelled door in its frame, with a handle on both sides",
        {"width": Span(0.8, 1.1), "height": Span(1.95, 2.2), "depth": Span(0.12, 0.2), "panels": Count(1, 4)},
        (Slot("door", ("wood", "planks"), "wood", (0.08, 0.15)),
         Slot("frame", ("wood", "plain"), "light", (0.08, 0.15)), Slot("handle", METAL, "metal")),
        box_size(),
        "room",
    ),
)  # fmt: skip

DECORATION: tuple[Family, ...] = (
    _family(
        "rug",
        "a rug with a border, fringed at its two short sides, or round",
        {"width": Span(1.0, 3.0), "depth": Span(0.8, 2.2), "fringe": Span(0.0, 0.07), "round": Choice((False, True))},
        (Slot("rug", ("fabric", "knit", "print", "patches", "stripes", "noise"), "cloth", (0.12, 0.35)),
         Slot("border", ("fabric", "stripes", "checker", "dots"), "vivid", (0.06, 0.15)),
         Slot("fringe", ("fabric",), "light", (0.02, 0.05))),
        _flat_size(0.014),
        "furniture",
        tags=("flat",),
        solidity=0.75,
    ),
    _family(
        "picture",
        "a framed print; hangs with its back to a wall at +Y",
        {"width": Span(0.3, 1.4), "height": Span(0.3, 1.1), "frame": Span(0.02, 0.06), "mat": Span(0.0, 0.08)},
        (Slot("print", ("print", "patches", "dots", "noise", "marble"), "vivid", (0.06, 0.2)),
         Slot("frame", ("wood", "metal", "plain"), "wood", (0.05, 0.1)), Slot("mat", ("plain", "noise"), "light")),
        lambda params: (number(params, "width"), 0.03, number(params, "height")),
        "room",
        tags=("wall",),
        solidity=1.0,
    ),
    _family(
        "ceiling_lamp",
        "a lamp that hangs from a cord; its top is where it is fixed",
        {"diameter": Span(0.25, 0.6), "height": Span(0.5, 1.2), "style": Choice(("dome", "drum", "globe"))},
        (Slot("shade", ("fabric", "metal", "print", "stripes", "plain"), "vivid", (0.05, 0.15)),
         Slot("cord", ("plain",), "dark"), Slot("bulb", ("emission",), "light")),
        round_size(),
        "lamp", "room",
        tags=("hanging",),
    ),
    _family(
        "floor_lamp",
        "a standing lamp with a shade",
        {"diameter": Span(0.3, 0.5), "height": Span(1.3, 1.8), "tripod": Choice((False, True))},
        (Slot("shade", ("fabric", "stripes", "print", "knit"), "light", (0.05, 0.15)),
         Slot("stand", ("metal", "wood"), "metal"), Slot("bulb", ("emission",), "light")),
        round_size(),
        "lamp", "furniture", solidity=0.25,
    ),
    _family(
        "table_lamp",
        "a lamp with a turned foot and a shade",
        {"diameter": Span(0.2, 0.36), "height": Span(0.35, 0.6)},
        (Slot("shade", ("fabric", "stripes", "print", "dots"), "light", (0.04, 0.1)),
         Slot("foot", ("marble", "wood", "terrazzo", "metal", "print"), "vivid", (0.04, 0.1)),
         Slot("bulb", ("emission",), "light")),
        round_size(),
        "lamp", "shelf", solidity=0.55,
    ),
    _family(
        "plant_pot",
        "a leafy plant in a pot",
        {"diameter": Span(0.35, 0.8), "height": Span(0.5, 1.5), "pot": Span(0.2, 0.3), "leaves": Count(60, 160),
         "seed": ANY_SEED},
        (Slot("pot", ("terrazzo", "tiles", "print", "stripes", "concrete", "rust"), "vivid", (0.04, 0.12)),
         Slot("soil", ("rock",), "dark", (0.02, 0.04)), Slot("leaf", ("foliage",), "foliage", (0.08, 0.2))),
        round_size(),
        "furniture",
        solidity=0.2,
    ),
)  # fmt: skip

STORAGE: tuple[Family, ...] = (
    _family(
        "wall_shelf",
        "a board on brackets with books and boxes; hangs with its back to a wall at +Y",
        {"width": Span(0.6, 1.4), "depth": Span(0.18, 0.28), "height": Span(0.3, 0.4), "seed": ANY_SEED},
        (Slot("board", TIMBER, "wood", (0.08, 0.15)), Slot("bracket", METAL, "metal"), *_books(4)),
        box_size(),
        "room",
        tags=("wall",),
        solidity=0.55,
    ),
    _family(
        "bookshelf",
        "a bookcase filled with books of many colours",
        {"width": Span(0.7, 1.6), "depth": Span(0.26, 0.36), "height": Span(1.2, 2.2), "shelves": Count(3, 6),
         "fill": Span(0.6, 0.95), "seed": ANY_SEED},
        (Slot("case", PANELS, "wood", (0.08, 0.15)), *_books(6)),
        box_size(),
        "furniture",
        solidity=1.0,
    ),
    _family(
        "open_shelf",
        "a shelf of bare boards between two sides, for things to stand on",
        {"width": Span(0.7, 1.3), "depth": Span(0.3, 0.42), "height": Span(1.1, 1.9), "shelves": Count(3, 4)},
        (Slot("case", PANELS, "wood", (0.08, 0.15)), Slot("back", ("plain", "wood", "stripes", "noise"), "wall")),
        box_size(),
        "furniture",
        solidity=1.0,
    ),
    _family(
        "cabinet",
        "a chest with doors or drawers",
        {"width": Span(0.6, 1.6), "depth": Span(0.4, 0.55), "height": Span(0.6, 1.3), "columns": Count(1, 3),
         "rows": Count(1, 4)},
        (Slot("body", PANELS, "wood", (0.08, 0.15)), Slot("front", PANELS, "wood", (0.08, 0.15)),
         Slot("handle", METAL, "metal")),
        box_size(),
        "furniture",
        solidity=1.0,
    ),
    _family(
        "wardrobe",
        "a tall cupboard with two or three doors",
        {"width": Span(1.0, 1.8), "depth": Span(0.5, 0.65), "height": Span(1.8, 2.2), "doors": Count(2, 3)},
        (Slot("body", PANELS, "wood", (0.1, 0.15)), Slot("front", PANELS, "wood", (0.1, 0.15)),
         Slot("handle", METAL, "metal")),
        box_size(),
        "furniture",
        solidity=1.0,
    ),
)  # fmt: skip

SEATING: tuple[Family, ...] = (
    _family(
        "chair",
        "a wooden chair with a slatted back and a padded seat",
        {"width": Span(0.4, 0.5), "depth": Span(0.42, 0.52), "height": Span(0.8, 1.0), "slats": Count(2, 5)},
        (Slot("frame", TIMBER, "wood", (0.06, 0.1)), Slot("seat", CLOTH, "cloth", (0.06, 0.15))),
        box_size(),
        "furniture",
        tags=("chair",),
        solidity=0.45,
    ),
    _family(
        "stool",
        "a round stool on four legs",
        {"diameter": Span(0.3, 0.42), "height": Span(0.42, 0.75)},
        (Slot("seat", CLOTH, "vivid", (0.06, 0.15)), Slot("legs", ("wood", "metal"), "wood", (0.06, 0.1))),
        round_size(),
        "furniture",
        tags=("chair",),
        solidity=0.3,
    ),
    _family(
        "sofa",
        "an armchair or sofa with cushions and pillows",
        {"width": Span(1.5, 2.3), "depth": Span(0.8, 1.0), "height": Span(0.72, 0.9), "seats": Count(2, 3),
         "seed": ANY_SEED},
        (Slot("body", CLOTH, "cloth", (0.1, 0.25)), Slot("cushion", CLOTH, "cloth", (0.1, 0.25)),
         Slot("pillow", ("print", "patches", "stripes", "dots", "knit"), "vivid", (0.06, 0.15)),
         Slot("legs", TIMBER, "wood", (0.06, 0.1))),
        box_size(),
        "furniture",
        solidity=0.75,
    ),
    _family(
        "armchair",
        "a padded chair for one",
        {"width": Span(0.75, 0.95), "depth": Span(0.75, 0.9), "height": Span(0.75, 0.95), "seed": ANY_SEED},
        (Slot("body", CLOTH, "cloth", (0.1, 0.25)), Slot("cushion", CLOTH, "cloth", (0.1, 0.25)),
         Slot("pillow", ("print", "patches", "stripes", "dots", "knit"), "vivid", (0.06, 0.15)),
         Slot("legs", TIMBER, "wood", (0.06, 0.1))),
        box_size(),
        "furniture",
        tags=("chair",),
        solidity=0.75,
    ),
    _family(
        "bed",
        "a bed with a headboard at +Y, a rumpled blanket and pillows",
        {"width": Span(0.95, 1.8), "depth": Span(2.0, 2.2), "height": Span(0.8, 1.2), "seed": ANY_SEED},
        (Slot("frame", PANELS, "wood", (0.08, 0.15)), Slot("mattress", ("fabric", "stripes"), "light", (0.05, 0.1)),
         Slot("blanket", ("patches", "fabric", "knit", "print", "stripes"), "cloth", (0.15, 0.35)),
         Slot("pillow", ("fabric", "dots", "stripes", "print"), "light", (0.06, 0.15))),
        box_size(),
        "furniture",
        solidity=0.75,
    ),
)  # fmt: skip

TABLES: tuple[Family, ...] = (
    _family(
        "table",
        "a table on four legs",
        {"width": Span(0.9, 1.8), "depth": Span(0.6, 0.95), "height": Span(0.7, 0.78), "taper": Span(0.5, 1.0)},
        (Slot("top", ("planks", "wood", "tiles"), "wood", (0.1, 0.2)),
         Slot("legs", ("wood", "metal"), "wood", (0.08, 0.12))),
        box_size(),
        "furniture",
        tags=("table",),
        solidity=0.4,
    ),
    _family(
        "round_table",
        "a round table on a turned foot",
        {"diameter": Span(0.6, 1.2), "height": Span(0.45, 0.76)},
        (Slot("top", ("wood", "marble", "planks", "tiles"), "wood", (0.08, 0.2)),
         Slot("foot", ("wood", "metal", "plain"), "dark", (0.08, 0.12))),
        round_size(),
        "furniture",
        tags=("table",),
        solidity=0.3,
    ),
    _family(
        "coffee_table",
        "a low table with a shelf and a few magazines on it",
        {"width": Span(0.7, 1.3), "depth": Span(0.45, 0.7), "height": Span(0.35, 0.45), "seed": ANY_SEED},
        (Slot("top", ("wood", "planks", "tiles"), "wood", (0.1, 0.2)),
         Slot("legs", ("wood", "metal"), "dark", (0.08, 0.12)), *_books(3)),
        box_size(),
        "furniture",
        tags=("table",),
    ),
    _family(
        "desk",
        "a desk with drawers at one side",
        {"width": Span(1.1, 1.7), "depth": Span(0.6, 0.8), "height": Span(0.72, 0.78), "drawers": Count(2, 4)},
        (Slot("top", ("wood", "planks"), "wood", (0.1, 0.2)), Slot("body", PANELS, "wood", (0.08, 0.15)),
         Slot("handle", METAL, "metal")),
        box_size(),
        "furniture",
        tags=("table",),
        solidity=0.8,
    ),
    _family(
        "folding_screen",
        "a standing screen of hinged panels with a printed face",
        {"width": Span(1.2, 2.0), "height": Span(1.5, 1.9), "panels": Count(3, 5)},
        (Slot("panel", ("print", "patches", "stripes", "marble", "noise"), "vivid", (0.1, 0.25)),
         Slot("frame", TIMBER, "wood", (0.06, 0.1))),
        lambda params: (number(params, "width"), 0.32, number(params, "height")),
        "furniture",
        solidity=0.8,
    ),
)  # fmt: skip

ROOM: tuple[Family, ...] = (*SHELL, *DECORATION, *STORAGE, *SEATING, *TABLES)
