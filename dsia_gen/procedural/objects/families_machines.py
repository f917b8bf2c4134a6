"""Foreground objects with wheels, wings, keels and tracks."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import GRAPHIC, OUTDOOR, RUBBER, STEEL, foreground, multiple_of, turned
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import Size, number
from dsia_gen.spec.material import MaterialKind

LIVERY: tuple[MaterialKind, ...] = ("patches", "stripes", "checker", "dots", "noise")
ADVERT: tuple[MaterialKind, ...] = ("print", "checker", "stripes", "dots")

TYRES = Slot("tyres", RUBBER, "dark", (0.01, 0.03), (0.6, 0.9))
LAMPS = Slot("lamps", ("plain",), "light", (0.02, 0.05), (0.1, 0.2))
PANES = Slot("windows", ("plain",), "dark", (0.05, 0.1), (0.05, 0.15))
METAL = Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4))


def sized_by(length: str, style: str, table: dict[str, tuple[float, float, float]]) -> Size:
    """A size of the parameter `length` times what `table` says for the value of the parameter `style`."""

    def size(params: Params) -> tuple[float, float, float]:
        x, y, z = table[str(params[style])]
        factor = number(params, length)
        return x * factor, y * factor, z * factor

    return size


SCOOTERS = {"screen": (0.431, 1.0, 0.816), "case": (0.431, 1.009, 0.758)}
BUSES = {"double": (0.374, 1.03, 0.53), "school": (0.374, 1.022, 0.431), "coach": (0.374, 1.03, 0.391)}
TRACTORS = {"True": (0.52, 1.0, 0.74), "False": (0.52, 1.0, 0.66)}
EXCAVATORS = {"reaching": (0.48, 1.174, 0.796), "digging": (0.48, 1.034, 0.736), "folded": (0.48, 0.837, 0.856)}
HELICOPTERS = {"2": (0.87, 1.09, 0.557), "3": (0.798, 1.162, 0.557), "4": (0.87, 1.145, 0.557)}
"""Sizes of each style for a length of 1."""

MACHINES: tuple[Family, ...] = (
    foreground(
        "bicycle", "A town bicycle with a basket, saddle bags or both",
        {"length": Span(0.9, 1.75), "frame": Choice(("diamond", "step")), "load": Choice(("basket", "bags", "both"))},
        (
            Slot("frame", ("stripes", "checker", "patches", "noise"), "vivid", (0.03, 0.08), (0.15, 0.4)),
            TYRES,
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
            Slot("saddle", ("leather", "fabric"), "earth", (0.02, 0.05), (0.5, 0.8)),
            Slot("load", ("fabric", "knit", "checker", "patches", "print"), "vivid", (0.02, 0.06), (0.5, 0.9)),
        ),
        multiple_of("length", 0.355, 1.0, 0.555), settings=OUTDOOR, tags=("vehicle",), solidity=0.35,
    ),
    foreground(
        "scooter", "A motor scooter with a windscreen or a case on its rack",
        {"length": Span(0.6, 1.7), "extra": Choice(("screen", "case"))},
        (
            Slot("body", LIVERY, "vivid", (0.05, 0.14), (0.1, 0.35)),
            Slot("flanks", ("print", "checker", "stripes", "plain", "dots"), "vivid", (0.05, 0.12), (0.1, 0.35)),
            Slot("seat", ("leather", "fabric", "stripes"), "earth", (0.02, 0.06), (0.5, 0.8)),
            TYRES, METAL, LAMPS,
        ),
        sized_by("length", "extra", SCOOTERS), settings=OUTDOOR, tags=("vehicle",), solidity=0.4,
    ),
    foreground(
        "helicopter", "A helicopter on skids, with two, three or four blades",
        {"length": Span(0.5, 1.5), "blades": Count(2, 4)},
        (
            Slot("hull", ("stripes", "patches", "noise", "checker"), "vivid", (0.05, 0.14), (0.15, 0.4)),
            Slot("accent", ("stripes", "checker", "plain"), "vivid", (0.03, 0.07), (0.2, 0.5)),
            PANES, METAL,
            Slot("doors", ("print", "checker", "dots"), "vivid", (0.03, 0.08), (0.2, 0.5)),
        ),
        sized_by("length", "blades", HELICOPTERS), tags=("toy", "flies"), solidity=0.25,
    ),
    foreground(
        "hot_air_balloon", "A balloon of gores with a belt, a basket on ropes, a burner and sandbags",
        {"diameter": Span(0.5, 1.3), "tallness": Span(1.35, 1.6), "gores": Choice((8, 12, 16))},
        (
            Slot("gores", GRAPHIC, "vivid", (0.05, 0.16), (0.5, 0.8)),
            Slot("others", ("stripes", "dots", "checker", "plain"), "vivid", (0.05, 0.14), (0.5, 0.8)),
            Slot("belt", ("print", "checker", "stripes"), "vivid", (0.04, 0.12), (0.5, 0.8)),
            Slot("basket", ("knit", "fabric", "wood"), "earth", (0.012, 0.03), (0.6, 0.9)),
            Slot("ropes", ("leather", "fabric"), "earth", (0.01, 0.02), (0.6, 0.9)),
        ),
        turned(), tags=("toy", "flies"), solidity=0.4,
    ),
    foreground(
        "toy_bus", "A double-decker, a school bus or a coach with a printed side",
        {"length": Span(0.4, 1.2), "style": Choice(("double", "school", "coach"))},
        (
            Slot("body", ("stripes", "patches", "noise", "dots", "checker"), "vivid", (0.06, 0.16), (0.15, 0.4)),
            Slot("advert", ("print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.2, 0.4)),
            PANES, TYRES, METAL, LAMPS,
        ),
        sized_by("length", "style", BUSES), tags=("toy", "vehicle"), solidity=0.7,
    ),
    foreground(
        "tractor", "A farm tractor with a cab or an open seat",
        {"length": Span(0.45, 1.3), "cab": Choice((False, True))},
        (
            Slot("paint", ("noise", "stripes", "patches", "checker"), "vivid", (0.05, 0.14), (0.2, 0.5)),
            Slot("second", ("stripes", "checker", "dots", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            PANES,
            Slot("tyres", ("noise",), "dark", (0.02, 0.04), (0.6, 0.9)),
            Slot("iron", ("metal", "rust"), "metal", (0.02, 0.06), (0.3, 0.6)),
            LAMPS,
        ),
        sized_by("length", "cab", TRACTORS), tags=("toy", "vehicle"), solidity=0.65,
    ),
    foreground(
        "excavator", "A digger on tracks that reaches out, digs or has its arm folded",
        {"length": Span(0.5, 1.2), "pose": Choice(("reaching", "digging", "folded"))},
        (
            Slot("paint", ("noise", "rust", "stripes", "patches"), "vivid", (0.05, 0.14), (0.2, 0.5)),
            Slot("second", ("stripes", "checker", "print"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            PANES,
            Slot("tracks", ("noise",), "dark", (0.02, 0.04), (0.6, 0.9)),
            Slot("iron", ("metal", "rust"), "metal", (0.02, 0.06), (0.3, 0.6)),
        ),
        sized_by("length", "pose", EXCAVATORS), tags=("toy", "vehicle"), solidity=0.45,
    ),
    foreground(
        "ship", "A toy steamer with one to three funnels",
        {"length": Span(0.5, 1.4), "funnels": Count(1, 3)},
        (
            Slot("hull", ("stripes", "noise", "checker", "patches"), "vivid", (0.04, 0.12), (0.2, 0.5)),
            Slot("keel", ("plain", "stripes", "rust"), "vivid", (0.03, 0.08), (0.3, 0.6)),
            Slot("houses", ("print", "stripes", "plain"), "light", (0.03, 0.08), (0.2, 0.5)),
            Slot("deck", ("planks", "wood"), "wood", (0.02, 0.05), (0.4, 0.7)),
            Slot("funnels", ("checker", "stripes", "plain"), "vivid", (0.02, 0.06), (0.2, 0.5)),
            PANES,
        ),
        multiple_of("length", 0.234, 1.0, 0.46), tags=("toy", "vehicle"), solidity=0.55,
    ),
    foreground(
        "submarine", "A plump submarine with portholes, a tower and a screw",
        {"length": Span(0.45, 1.3), "ports": Count(2, 4)},
        (
            Slot("hull", ("noise", "patches", "stripes", "dots", "checker"), "vivid", (0.05, 0.14), (0.15, 0.4)),
            Slot("keel", ("stripes", "checker", "plain"), "vivid", (0.03, 0.09), (0.2, 0.5)),
            METAL,
            Slot("fins", ADVERT, "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("panes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
        ),
        multiple_of("length", 0.56, 0.935, 0.698), tags=("toy", "vehicle"), solidity=0.35,
    ),
    foreground(
        "shopping_cart", "A trolley of wire with a load of parcels",
        {"height": Span(0.6, 1.05), "load": Count(3, 6)},
        (
            Slot("parcels", GRAPHIC, "vivid", (0.04, 0.12), (0.3, 0.7)),
            Slot("plates", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            METAL, TYRES,
            Slot("others", ("print", "dots", "stripes", "patches"), "vivid", (0.03, 0.08), (0.3, 0.7)),
        ),
        multiple_of("height", 0.58, 0.86, 1.0), tags=("vehicle",), solidity=0.5,
    ),
)  # fmt: skip
"""The families of this theme."""
