"""Foreground objects of the house and the study: lamps, clocks, sets, machines with keys, cameras, telescopes."""

from __future__ import annotations

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import INDOOR, STEEL, foreground, multiple_of
from dsia_gen.procedural.objects.families_machines import sized_by
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number
from dsia_gen.spec.material import MaterialKind

CASE: tuple[MaterialKind, ...] = ("wood", "stripes", "checker", "patches", "noise")
ENAMEL: tuple[MaterialKind, ...] = ("dots", "stripes", "checker", "patches", "noise")
TRIM = Slot("trim", ("metal", "plain"), "metal", (0.01, 0.03), (0.15, 0.4))
DARK = Slot("dark", ("plain", "leather"), "dark", (0.01, 0.03), (0.2, 0.5))

LAMPS_BY_POSE = {"high": (0.4, 0.703, 0.913), "low": (0.4, 0.796, 0.568), "reach": (0.4, 0.818, 0.785)}
RADIOS = {"arched": (0.92, 0.41, 1.09), "wide": (1.0, 0.395, 0.57), "portable": (1.034, 0.395, 1.066)}
TELEVISIONS = {"True": (1.0, 0.727, 1.607), "False": (1.0, 0.727, 1.222)}
TELEPHONES = {"desk": (1.058, 0.744, 0.661), "candlestick": (0.649, 0.613, 1.044)}
CAMERAS = {"True": (1.005, 0.874, 1.925), "False": (0.711, 0.72, 0.62)}
TELESCOPES = {"flat": (0.779, 1.271, 1.258), "rising": (0.779, 1.13, 1.453), "steep": (0.779, 0.818, 1.609)}
CLOCKS = {"1": (0.726, 0.432, 1.114), "2": (0.726, 0.329, 1.047)}
"""Sizes of each style for a size of 1."""


def _typewriter_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    return 1.09 * width, 0.9 * width, (0.52 + number(params, "paper")) * width


DEVICES: tuple[Family, ...] = (
    foreground(
        "desk_lamp", "A jointed lamp with a patterned shade, high, low or reaching out",
        {"size": Span(0.45, 0.8), "pose": Choice(("high", "low", "reach"))},
        (
            Slot("shade", ENAMEL, "vivid", (0.02, 0.06), (0.2, 0.5)),
            Slot("rims", ("plain", "stripes", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
            Slot("arms", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
            Slot("bulb", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
        ),
        sized_by("size", "pose", LAMPS_BY_POSE), ("shelf",), INDOOR, tags=("furniture",), solidity=0.25,
    ),
    foreground(
        "alarm_clock", "A wind-up clock with one bell or two",
        {"size": Span(0.16, 0.5), "bells": Count(1, 2), "hour": Span(0.0, 6.28)},
        (
            Slot("drum", ENAMEL, "vivid", (0.02, 0.06), (0.15, 0.4)),
            Slot("dial", ("noise", "dots", "plain"), "light", (0.02, 0.05), (0.3, 0.6)),
            Slot("marks", ("plain",), "dark", (0.02, 0.05), (0.3, 0.5)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
            Slot("trim", ("plain", "wood", "checker"), "vivid", (0.01, 0.03), (0.2, 0.5)),
        ),
        sized_by("size", "bells", CLOCKS), ("shelf",), INDOOR, tags=("gadget",),
    ),
    foreground(
        "radio", "A valve radio, arched, wide or portable",
        {"width": Span(0.26, 0.55), "style": Choice(("arched", "wide", "portable"))},
        (
            Slot("case", CASE, "wood", (0.03, 0.08), (0.2, 0.5)),
            Slot("grille", ("fabric", "knit", "checker", "dots"), "cloth", (0.01, 0.03), (0.6, 0.9)),
            Slot("dial", ("print", "stripes"), "light", (0.015, 0.03), (0.2, 0.4)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
            DARK,
        ),
        sized_by("width", "style", RADIOS), ("shelf",), INDOOR, tags=("gadget", "music"), solidity=0.85,
    ),
    foreground(
        "television", "An old television set with rabbit ears, on legs or feet",
        {"width": Span(0.42, 0.85), "legs": Choice((False, True))},
        (
            Slot("case", CASE, "wood", (0.04, 0.12), (0.2, 0.5)),
            Slot("picture", ("print", "stripes", "patches", "checker"), "vivid", (0.05, 0.12), (0.05, 0.2)),
            Slot("panel", ("stripes", "fabric", "checker", "plain"), "cloth", (0.02, 0.05), (0.4, 0.7)),
            TRIM, DARK,
        ),
        sized_by("width", "legs", TELEVISIONS), settings=INDOOR, tags=("gadget",), solidity=0.5,
    ),
    foreground(
        "telephone", "A telephone with a dial, for the desk or on a stem",
        {"size": Span(0.22, 0.5), "style": Choice(("desk", "candlestick"))},
        (
            Slot("body", ENAMEL, "vivid", (0.02, 0.06), (0.1, 0.35)),
            Slot("second", ("plain", "stripes", "checker"), "vivid", (0.015, 0.04), (0.1, 0.35)),
            Slot("card", ("print", "dots"), "light", (0.01, 0.02), (0.4, 0.7)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.15, 0.35)),
            DARK,
        ),
        sized_by("size", "style", TELEPHONES), ("shelf",), INDOOR, tags=("gadget",), solidity=0.35,
    ),
    foreground(
        "typewriter", "A typewriter with a sheet in its carriage",
        {"width": Span(0.3, 0.5), "paper": Span(0.12, 0.4)},
        (
            Slot("case", ("noise", "stripes", "patches", "dots", "checker"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("plates", ("checker", "stripes", "print"), "vivid", (0.015, 0.04), (0.2, 0.5)),
            Slot("paper", ("print",), "light", (0.03, 0.06), (0.7, 0.9)),
            Slot("keys", ("dots", "plain"), "light", (0.01, 0.02), (0.3, 0.5)),
            Slot("steel", STEEL, "metal", (0.02, 0.05), (0.15, 0.4)),
            DARK,
        ),
        _typewriter_size, settings=INDOOR, tags=("gadget",), solidity=0.55,
    ),
    foreground(
        "sewing_machine", "A hand sewing machine on a wooden bed, with or without cloth under its needle",
        {"width": Span(0.38, 0.62), "cloth": Choice((False, True))},
        (
            Slot("arm", ("noise", "print", "stripes", "dots", "patches"), "vivid", (0.02, 0.06), (0.1, 0.35)),
            Slot("plates", ("print", "checker", "stripes"), "light", (0.015, 0.04), (0.2, 0.5)),
            Slot("bed", ("wood",), "wood", (0.03, 0.07), (0.3, 0.6)),
            Slot("steel", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
            Slot("thread", ("stripes", "fabric"), "vivid", (0.004, 0.008), (0.6, 0.9)),
            Slot("cloth", ("fabric", "dots", "checker", "patches"), "vivid", (0.02, 0.05), (0.7, 0.9)),
        ),
        multiple_of("width", 1.1, 0.51, 0.805), settings=INDOOR, tags=("gadget",), solidity=0.5,
    ),
    foreground(
        "camera", "An old folding camera, by itself or on a tripod",
        {"size": Span(0.3, 0.8), "tripod": Choice((False, True))},
        (
            Slot("case", ("leather", "checker", "patches", "noise"), "earth", (0.02, 0.05), (0.4, 0.7)),
            Slot("bellows", ("stripes", "fabric", "leather"), "vivid", (0.02, 0.04), (0.5, 0.8)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
            Slot("wood", ("wood",), "wood", (0.02, 0.06), (0.3, 0.6)),
            Slot("glass", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
        ),
        sized_by("size", "tripod", CAMERAS), tags=("gadget",), solidity=0.4,
    ),
    foreground(
        "telescope", "A telescope of three draws on a tripod, level, rising or steep",
        {"size": Span(0.7, 1.25), "pitch": Choice(("flat", "rising", "steep"))},
        (
            Slot("sleeve", ("leather", "stripes", "checker", "patches", "dots"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3)),
            Slot("draw", ("stripes", "checker", "wood"), "vivid", (0.02, 0.05), (0.2, 0.5)),
            Slot("legs", ("wood",), "wood", (0.02, 0.06), (0.3, 0.6)),
            Slot("glass", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
        ),
        sized_by("size", "pitch", TELESCOPES), tags=("gadget",), solidity=0.15,
    ),
)  # fmt: skip
"""The families of this theme."""
