"""Foreground objects of the built-in library: what stands, rolls, flies, tumbles or falls in front of the camera."""

from __future__ import annotations

import math

from dsia_gen.procedural.family import Family, Slot
from dsia_gen.procedural.objects.common import (
    CLOTH,
    GRAPHIC,
    INDOOR,
    OUTDOOR,
    RUBBER,
    STEEL,
    TIMBER,
    box,
    foreground,
    multiple_of,
    turned,
    upright,
)
from dsia_gen.procedural.objects.families_devices import DEVICES
from dsia_gen.procedural.objects.families_food import FOOD
from dsia_gen.procedural.objects.families_garden import GARDEN
from dsia_gen.procedural.objects.families_keepsakes import KEEPSAKES
from dsia_gen.procedural.objects.families_machines import MACHINES
from dsia_gen.procedural.objects.families_music import MUSIC
from dsia_gen.procedural.objects.families_sport import SPORT
from dsia_gen.procedural.params import Choice, Count, Params, Span
from dsia_gen.procedural.room.families_room import number


def _bucket_size(params: Params) -> tuple[float, float, float]:
    diameter = number(params, "diameter")
    return diameter + 0.02, diameter, number(params, "tallness") * diameter


def _suitcase_size(params: Params) -> tuple[float, float, float]:
    width, depth, height = box(params)
    return width, depth, height + number(params, "handle")


CAR_HEIGHTS = {"saloon": 0.42, "van": 0.52, "pickup": 0.47, "beetle": 0.47}
"""Height of each style of car for a length of 1."""


def _car_size(params: Params) -> tuple[float, float, float]:
    length = number(params, "length")
    return 0.47 * length, length, CAR_HEIGHTS[str(params["style"])] * length


def _skateboard_size(params: Params) -> tuple[float, float, float]:
    length = number(params, "length")
    return 0.272 * length, length, (0.145 + number(params, "kick") * 2.2 * 0.38**1.4) * length


def _tyre_size(params: Params) -> tuple[float, float, float]:
    return number(params, "width"), number(params, "diameter"), number(params, "diameter")


def _rocket_size(params: Params) -> tuple[float, float, float]:
    height = number(params, "height")
    x, y = {3: (0.545, 0.506), 4: (0.62, 0.62), 6: (0.545, 0.62)}[int(number(params, "fins"))]
    return x * height, y * height, height


def _ring_size(params: Params) -> tuple[float, float, float]:
    return number(params, "diameter"), number(params, "diameter"), number(params, "thickness")


def _balloons_size(params: Params) -> tuple[float, float, float]:
    reach = number(params, "diameter") * (1.0 if params["count"] == 1 else 2.3)
    return reach, reach, number(params, "height")


def _kite_size(params: Params) -> tuple[float, float, float]:
    return number(params, "width"), 0.165 * number(params, "width"), number(params, "height")


def _blocks_size(params: Params) -> tuple[float, float, float]:
    edge, turn = number(params, "edge"), number(params, "twist") / 2.0
    side = edge * (math.cos(turn) + math.sin(turn))
    return side, side, int(number(params, "count")) * edge


def _pot_size(params: Params) -> tuple[float, float, float]:
    width = max(number(params, "spread"), number(params, "diameter"))
    return width, width, number(params, "height")


def _stack_size(params: Params) -> tuple[float, float, float]:
    thick, count = number(params, "thickness"), int(number(params, "count"))
    height = sum(thick * (0.7 + 0.6 * ((k * 0.618) % 1.0)) for k in range(count))
    return number(params, "width"), number(params, "depth"), height


HAT_SIZES = {
    "fedora": (1.0, 1.14, 0.355),
    "cowboy": (1.0, 1.14, 0.36),
    "top": (1.0, 1.14, 0.65),
    "sun": (1.0, 1.14, 0.235),
}
"""Size of each style of hat for a width of 1."""


def _umbrella_size(params: Params) -> tuple[float, float, float]:
    diameter, gores = number(params, "diameter"), int(number(params, "gores"))
    # Ribs lie at multiples of 360 / gores degrees from +X, so the widest Y is that of the rib nearest to it.
    return diameter, diameter * {6: 0.866, 8: 1.0, 10: 0.951}[gores], number(params, "height")


def _hat_size(params: Params) -> tuple[float, float, float]:
    width = number(params, "width")
    x, y, z = HAT_SIZES[str(params["style"])]
    return x * width, y * width, z * width


def _chair_size(params: Params) -> tuple[float, float, float]:
    return number(params, "width"), 0.91 * number(params, "width"), number(params, "height")


CONTAINERS: tuple[Family, ...] = (
    foreground(
        "crate", "A slatted shipping crate with a stencilled plate",
        {"width": Span(0.45, 0.8), "depth": Span(0.4, 0.65), "height": Span(0.36, 0.65), "slats": Count(3, 5)},
        (
            Slot("boards", ("wood",), "wood", (0.03, 0.07), (0.6, 0.9)),
            Slot("frame", ("wood", "noise"), "wood", (0.03, 0.07), (0.6, 0.9)),
            Slot("label", ("print", "checker", "stripes"), "vivid", (0.06, 0.15)),
        ),
        box, ("dressing",), tags=("container", "wood"), solidity=1.0,
    ),
    foreground(
        "cardboard_box", "A printed carton, taped or open",
        {"width": Span(0.3, 0.7), "depth": Span(0.28, 0.5), "height": Span(0.22, 0.5),
         "open": Choice((False, False, True))},
        (
            Slot("card", ("noise", "plain", "patches"), "earth", (0.05, 0.3), (0.7, 0.95)),
            Slot("tape", ("stripes", "plain"), "vivid", (0.03, 0.06), (0.2, 0.4)),
            Slot("print", ("print", "checker", "stripes"), "vivid", (0.06, 0.18), (0.5, 0.8)),
        ),
        box, ("dressing",), tags=("container", "card"), solidity=1.0,
    ),
    foreground(
        "gift_box", "A wrapped present with a ribbon and a bow",
        {"width": Span(0.25, 0.6), "depth": Span(0.25, 0.55), "height": Span(0.28, 0.6)},
        (
            Slot("paper", GRAPHIC, "vivid", (0.03, 0.09), (0.25, 0.6)),
            Slot("lid", ("plain", "dots", "stripes", "checker"), "vivid", (0.03, 0.08), (0.25, 0.6)),
            Slot("ribbon", ("plain", "stripes", "dots"), "vivid", (0.01, 0.03), (0.2, 0.45)),
        ),
        box, tags=("toy",), solidity=0.75,
    ),
    foreground(
        "barrel", "A wooden barrel with iron hoops",
        {"diameter": Span(0.45, 0.7), "tallness": Span(1.2, 1.5), "bulge": Span(0.1, 0.2), "hoops": Choice((4, 6))},
        (
            Slot("staves", ("wood",), "wood", (0.03, 0.07), (0.5, 0.85)),
            Slot("hoops", ("metal", "rust"), "metal", (0.05, 0.15), (0.3, 0.7)),
            Slot("lids", ("wood", "print"), "wood", (0.04, 0.1), (0.5, 0.85)),
        ),
        turned(), ("dressing",), tags=("container", "wood"), solidity=0.7,
    ),
    foreground(
        "oil_drum", "A steel drum with a printed band",
        {"diameter": Span(0.5, 0.62), "height": Span(0.78, 0.95), "ribs": Count(1, 3)},
        (
            Slot("steel", ("rust", "noise", "plain", "patches"), "vivid", (0.08, 0.3), (0.3, 0.6)),
            Slot("rims", ("metal", "rust"), "metal", (0.05, 0.15), (0.3, 0.6)),
            Slot("band", ("print", "stripes", "checker"), "vivid", (0.08, 0.2), (0.3, 0.6)),
        ),
        upright(), ("dressing",), OUTDOOR, tags=("container", "metal"), solidity=0.7,
    ),
    foreground(
        "bucket", "A bucket with its handle up",
        {"diameter": Span(0.26, 0.38), "tallness": Span(1.35, 1.65)},
        (
            Slot("body", ("plain", "metal", "noise", "stripes"), "vivid", (0.03, 0.1), (0.3, 0.6)),
            Slot("handle", ("plain", "wood"), "dark", (0.03, 0.06)),
            Slot("band", ("dots", "stripes", "checker", "print", "patches"), "vivid", (0.03, 0.09), (0.3, 0.6)),
        ),
        _bucket_size, ("dressing",), tags=("container", "garden"), solidity=0.4,
    ),
    foreground(
        "suitcase", "A ribbed trolley case with its handle drawn out",
        {"width": Span(0.38, 0.5), "depth": Span(0.22, 0.3), "height": Span(0.52, 0.74), "handle": Span(0.03, 0.35)},
        (
            Slot("shell", ("patches", "stripes", "dots", "checker", "noise"), "vivid", (0.05, 0.14), (0.25, 0.5)),
            Slot("trim", RUBBER, "dark", (0.02, 0.05), (0.4, 0.7)),
            Slot("metal", STEEL, "metal", (0.03, 0.08), (0.2, 0.4)),
        ),
        _suitcase_size, tags=("luggage",),
    ),
    foreground(
        "backpack", "A rucksack with pockets, a patch and straps",
        {"width": Span(0.34, 0.44), "depth": Span(0.28, 0.36), "height": Span(0.46, 0.6)},
        (
            Slot("body", CLOTH, "cloth", (0.03, 0.08), (0.6, 0.9)),
            Slot("pockets", ("fabric", "plain", "dots", "stripes", "leather"), "cloth", (0.02, 0.05), (0.5, 0.9)),
            Slot("trim", ("leather", "fabric", "plain"), "dark", (0.01, 0.03), (0.4, 0.8)),
            Slot("patch", ("print", "checker", "dots"), "vivid", (0.04, 0.1), (0.5, 0.8)),
        ),
        box, tags=("luggage",), solidity=0.55,
    ),
    foreground(
        "jerrycan", "A fuel can with a pressed cross and three grips",
        {"width": Span(0.32, 0.4), "depth": Span(0.15, 0.2), "height": Span(0.44, 0.54)},
        (
            Slot("can", ("noise", "plain", "rust", "patches"), "vivid", (0.05, 0.2), (0.3, 0.6)),
            Slot("trim", ("plain", "metal"), "dark", (0.03, 0.06), (0.3, 0.6)),
            Slot("label", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.3, 0.6)),
        ),
        box, ("dressing",), OUTDOOR, tags=("container", "metal"), solidity=0.8,
    ),
)  # fmt: skip

VEHICLES: tuple[Family, ...] = (
    foreground(
        "toy_car", "A pressed-metal ride-on car: saloon, van, pick-up or beetle",
        {"length": Span(0.5, 1.2), "style": Choice(("saloon", "van", "pickup", "beetle"))},
        (
            Slot("body", ("plain", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.15, 0.4)),
            Slot("stripe", ("plain", "checker", "stripes", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
            Slot("windows", ("plain",), "dark", (0.05, 0.1), (0.05, 0.15)),
            Slot("tyres", RUBBER, "dark", (0.01, 0.03), (0.6, 0.9)),
            Slot("chrome", STEEL, "metal", (0.02, 0.05), (0.1, 0.3)),
            Slot("lamps", ("plain",), "light", (0.02, 0.05), (0.1, 0.2)),
        ),
        _car_size, tags=("toy", "vehicle"),
    ),
    foreground(
        "toy_plane", "A propeller plane with one or two wings",
        {"span": Span(0.7, 1.6), "wings": Count(1, 2)},
        (
            Slot("body", ("plain", "patches", "stripes", "noise", "checker"), "vivid", (0.05, 0.12), (0.2, 0.5)),
            Slot("accent", ("plain", "checker", "stripes", "dots"), "vivid", (0.03, 0.07), (0.2, 0.5)),
            Slot("roundel", ("print", "dots", "plain"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("rubber", ("plain",), "dark", (0.02, 0.05), (0.1, 0.4)),
            Slot("metal", ("metal", "wood"), "metal", (0.02, 0.05), (0.2, 0.4)),
        ),
        multiple_of("span", 1.0, 0.92, 0.425), tags=("toy", "flies"), solidity=0.2,
    ),
    foreground(
        "drone", "A quadcopter with guards, skids and a camera",
        {"span": Span(0.42, 0.85)},
        (
            Slot("shell", ("plain", "patches", "stripes", "noise", "print"), "light", (0.03, 0.08), (0.2, 0.5)),
            Slot("accent", ("plain", "stripes", "checker"), "vivid", (0.02, 0.05), (0.2, 0.5)),
            Slot("dark", ("plain", "noise"), "dark", (0.01, 0.03), (0.3, 0.6)),
            Slot("battery", ("print", "stripes", "checker"), "vivid", (0.02, 0.05), (0.3, 0.6)),
        ),
        multiple_of("span", 1.0, 1.0, 0.32), tags=("flies", "gadget"), solidity=0.25,
    ),
    foreground(
        "skateboard", "A deck with a graphic below, trucks and wheels",
        {"length": Span(0.7, 0.88), "kick": Span(0.08, 0.14)},
        (
            Slot("grip", ("print", "noise", "checker", "patches"), "dark", (0.03, 0.1), (0.8, 0.95)),
            Slot("graphic", GRAPHIC, "vivid", (0.03, 0.1), (0.3, 0.6)),
            Slot("edge", ("wood", "stripes"), "wood", (0.01, 0.02), (0.4, 0.7)),
            Slot("trucks", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("wheels", ("plain", "dots"), "vivid", (0.01, 0.02), (0.4, 0.7)),
        ),
        _skateboard_size, tags=("toy", "vehicle"), solidity=0.4,
    ),
    foreground(
        "tyre", "A car wheel standing on its tread",
        {"diameter": Span(0.56, 0.82), "width": Span(0.19, 0.28), "spokes": Count(5, 7)},
        (
            Slot("rubber", ("noise", "plain"), "dark", (0.02, 0.05), (0.7, 0.95)),
            Slot("wall", ("stripes", "plain", "noise", "print"), "stone", (0.03, 0.08), (0.6, 0.9)),
            Slot("rim", ("metal", "rust", "plain"), "metal", (0.03, 0.08), (0.2, 0.5)),
        ),
        _tyre_size, settings=OUTDOOR, rolls=True, tags=("vehicle",), solidity=0.7,
    ),
    foreground(
        "rocket", "A toy rocket on its fins",
        {"height": Span(0.5, 1.3), "fins": Choice((3, 4, 6))},
        (
            Slot("hull", ("plain", "stripes", "checker", "dots", "patches"), "light", (0.04, 0.1), (0.2, 0.5)),
            Slot("fins", ("plain", "checker", "stripes", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("bands", ("checker", "stripes", "plain"), "vivid", (0.02, 0.06), (0.2, 0.5)),
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("panes", ("plain",), "dark", (0.02, 0.05), (0.05, 0.2)),
        ),
        _rocket_size, tags=("toy", "flies"), solidity=0.4,
    ),
    foreground(
        "locomotive", "A toy steam engine",
        {"length": Span(0.55, 1.1)},
        (
            Slot("paint", ("plain", "noise", "wood", "patches"), "vivid", (0.05, 0.12), (0.2, 0.5)),
            Slot("dark", ("plain", "noise"), "dark", (0.03, 0.08), (0.3, 0.6)),
            Slot("accent", ("plain", "stripes", "checker", "dots"), "vivid", (0.02, 0.05), (0.2, 0.5)),
            Slot("tyres", ("plain",), "dark", (0.02, 0.05), (0.2, 0.5)),
            Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
        ),
        multiple_of("length", 0.36, 1.0, 0.62), tags=("toy", "vehicle"), solidity=0.65,
    ),
    foreground(
        "sailboat", "A toy yacht on a stand",
        {"height": Span(0.55, 1.2)},
        (
            Slot("hull", ("plain", "stripes", "wood", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("bottom", ("plain", "noise"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("wood", ("wood", "planks"), "wood", (0.02, 0.05), (0.4, 0.7)),
            Slot("main", ("stripes", "patches", "fabric", "print", "checker"), "light", (0.05, 0.12), (0.6, 0.9)),
            Slot("fore", ("stripes", "patches", "dots", "checker"), "vivid", (0.05, 0.12), (0.6, 0.9)),
        ),
        multiple_of("height", 0.25, 0.74, 1.0), tags=("toy",), solidity=0.35,
    ),
)  # fmt: skip

TOYS: tuple[Family, ...] = (
    foreground(
        "ball", "A beach ball, football or volleyball",
        {"diameter": Span(0.22, 0.6), "style": Choice(("beach", "football", "volleyball"))},
        (
            Slot("panels", ("plain", "noise", "print", "stripes"), "light", (0.03, 0.08), (0.3, 0.6)),
            Slot("others", ("plain", "noise", "dots", "stripes"), "vivid", (0.02, 0.06), (0.3, 0.6)),
            Slot("seams", ("plain", "stripes", "noise"), "vivid", (0.02, 0.05), (0.3, 0.7)),
            Slot("third", ("plain", "noise", "checker", "dots"), "vivid", (0.02, 0.06), (0.3, 0.6)),
        ),
        multiple_of("diameter", 1.0, 1.0, 1.0), rolls=True, tags=("toy",), solidity=1.0,
    ),
    foreground(
        "swim_ring", "An inflated ring of panels, lying flat",
        {"diameter": Span(0.7, 1.3), "thickness": Span(0.18, 0.3), "panels": Choice((6, 8, 12))},
        (
            Slot("panels", ("plain", "dots", "print", "patches", "stripes"), "vivid", (0.04, 0.12), (0.15, 0.35)),
            Slot("others", ("plain", "stripes", "checker", "dots"), "vivid", (0.04, 0.1), (0.15, 0.35)),
            Slot("seams", ("plain",), "light", (0.02, 0.05), (0.2, 0.4)),
        ),
        _ring_size, tags=("toy", "inflatable"),
    ),
    foreground(
        "balloons", "One balloon or a bunch of them, tied to a weight",
        {"count": Choice((1, 3, 4, 5)), "height": Span(1.1, 1.7), "diameter": Span(0.26, 0.36)},
        (
            Slot("first", ("plain", "dots", "print", "stripes"), "vivid", (0.03, 0.08), (0.1, 0.3)),
            Slot("second", ("plain", "stripes", "patches", "dots"), "vivid", (0.03, 0.08), (0.1, 0.3)),
            Slot("third", ("plain", "checker", "dots", "print"), "vivid", (0.03, 0.08), (0.1, 0.3)),
            Slot("weight", ("plain", "stripes", "metal"), "metal", (0.02, 0.04), (0.2, 0.5)),
        ),
        _balloons_size, tags=("toy", "flies", "inflatable"), solidity=0.2,
    ),
    foreground(
        "kite", "A diamond kite with a bowed tail",
        {"width": Span(0.65, 1.05), "height": Span(1.5, 2.2), "bows": Count(4, 7)},
        (
            Slot("panels", ("stripes", "patches", "checker", "print"), "vivid", (0.05, 0.12), (0.5, 0.8)),
            Slot("others", ("plain", "dots", "patches", "fabric"), "vivid", (0.04, 0.1), (0.5, 0.8)),
            Slot("spars", ("wood",), "wood", (0.01, 0.03), (0.4, 0.7)),
            Slot("hems", ("plain", "stripes"), "vivid", (0.02, 0.04), (0.5, 0.8)),
        ),
        _kite_size, tags=("toy", "flies"), solidity=0.3,
    ),
    foreground(
        "toy_blocks", "A tower of printed blocks",
        {"edge": Span(0.12, 0.3), "count": Count(1, 4), "twist": Span(0.2, 1.0)},
        (
            Slot("first", ("wood", "plain", "checker", "stripes"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("second", ("wood", "plain", "dots", "patches"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("third", ("wood", "plain", "stripes", "checker"), "vivid", (0.03, 0.07), (0.3, 0.6)),
            Slot("faces", ("print",), "vivid", (0.04, 0.1), (0.3, 0.6)),
        ),
        _blocks_size, tags=("toy",), solidity=0.85,
    ),
    foreground(
        "robot", "A tin robot",
        {"height": Span(0.4, 1.2)},
        (
            Slot("shell", ("noise", "plain", "patches", "stripes", "rust"), "vivid", (0.05, 0.12), (0.25, 0.5)),
            Slot("accent", ("plain", "stripes", "checker", "print"), "vivid", (0.03, 0.07), (0.25, 0.5)),
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("lamps", ("plain",), "vivid", (0.02, 0.05), (0.1, 0.3)),
            Slot("face", ("plain", "noise"), "dark", (0.02, 0.05), (0.1, 0.4)),
        ),
        multiple_of("height", 0.61, 0.405, 0.994), tags=("toy",), solidity=0.4,
    ),
    foreground(
        "plush_bear", "A sitting teddy bear with a bow tie",
        {"height": Span(0.4, 1.1)},
        (
            Slot("fur", ("knit", "fabric", "noise", "patches"), "earth", (0.012, 0.03), (0.8, 0.95)),
            Slot("pads", ("fabric", "plain", "checker", "dots"), "light", (0.015, 0.04), (0.7, 0.9)),
            Slot("nose", ("plain",), "dark", (0.02, 0.05), (0.1, 0.3)),
            Slot("tie", ("dots", "stripes", "checker", "fabric"), "vivid", (0.015, 0.04), (0.5, 0.8)),
        ),
        multiple_of("height", 0.85, 0.66, 1.0), tags=("toy",), solidity=0.45,
    ),
    foreground(
        "duck", "A bath duck",
        {"length": Span(0.3, 0.9)},
        (
            Slot("body", ("plain", "noise", "dots", "patches"), "vivid", (0.03, 0.08), (0.15, 0.4)),
            Slot("wings", ("plain", "stripes", "checker", "dots"), "vivid", (0.03, 0.07), (0.15, 0.4)),
            Slot("bill", ("plain", "noise"), "vivid", (0.03, 0.06), (0.2, 0.4)),
            Slot("pupils", ("plain",), "dark", (0.02, 0.05), (0.1, 0.2)),
            Slot("whites", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
        ),
        multiple_of("length", 0.71, 1.0, 0.8), tags=("toy",), solidity=0.4,
    ),
    foreground(
        "spinning_top", "A humming top",
        {"diameter": Span(0.2, 0.5), "tallness": Span(0.85, 1.15)},
        (
            Slot("body", ("stripes", "dots", "patches", "print"), "vivid", (0.03, 0.08), (0.15, 0.4)),
            Slot("band", ("checker", "print", "stripes"), "vivid", (0.02, 0.06), (0.15, 0.4)),
            Slot("metal", ("metal", "wood"), "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("crown", ("plain", "checker", "dots"), "vivid", (0.02, 0.05), (0.15, 0.4)),
        ),
        turned(), tags=("toy",), solidity=0.3,
    ),
    foreground(
        "drum", "A parade drum with cords and sticks",
        {"diameter": Span(0.32, 0.56), "height": Span(0.28, 0.5), "cords": Count(7, 11)},
        (
            Slot("shell", ("patches", "stripes", "print", "wood", "noise"), "vivid", (0.04, 0.12), (0.3, 0.6)),
            Slot("hoops", ("wood", "checker", "stripes", "plain"), "vivid", (0.02, 0.05), (0.3, 0.6)),
            Slot("skin", ("noise", "plain", "print"), "light", (0.05, 0.15), (0.5, 0.8)),
            Slot("cords", ("wood", "plain"), "light", (0.01, 0.03), (0.5, 0.8)),
        ),
        upright(), tags=("music",), solidity=0.7,
    ),
    foreground(
        "guitar", "An acoustic guitar, upright",
        {"height": Span(0.95, 1.1)},
        (
            Slot("top", ("wood", "print", "stripes", "patches"), "wood", (0.02, 0.06), (0.2, 0.4)),
            Slot("sides", TIMBER, "wood", (0.02, 0.05), (0.2, 0.4)),
            Slot("head", ("wood", "plain"), "dark", (0.02, 0.05), (0.2, 0.4)),
            Slot("dark", ("plain", "wood"), "dark", (0.01, 0.03), (0.3, 0.5)),
            Slot("trim", ("metal", "plain"), "light", (0.01, 0.03), (0.2, 0.4)),
        ),
        multiple_of("height", 0.382, 0.144, 1.0), tags=("music",), solidity=0.4,
    ),
)  # fmt: skip

HOUSEHOLD: tuple[Family, ...] = (
    foreground(
        "mug", "A mug with a printed band",
        {"diameter": Span(0.085, 0.14), "tallness": Span(0.85, 1.3)},
        (
            Slot("glaze", ("plain", "noise", "dots", "stripes"), "vivid", (0.01, 0.03), (0.1, 0.3)),
            Slot("inside", ("plain",), "light", (0.02, 0.05), (0.1, 0.3)),
            Slot("band", ("print", "patches", "checker", "stripes"), "vivid", (0.012, 0.04), (0.15, 0.4)),
        ),
        turned(1.42), ("shelf",), INDOOR, tags=("tableware",),
    ),
    foreground(
        "teapot", "A round teapot with a painted belt",
        {"diameter": Span(0.18, 0.34), "tallness": Span(0.62, 0.9)},
        (
            Slot("glaze", ("plain", "noise", "dots", "stripes", "patches"), "vivid", (0.015, 0.05), (0.1, 0.3)),
            Slot("belt", ("print", "checker", "patches", "stripes"), "vivid", (0.02, 0.05), (0.1, 0.3)),
            Slot("trim", ("plain", "metal", "wood"), "wood", (0.01, 0.03), (0.15, 0.4)),
        ),
        turned(1.62), ("shelf",), INDOOR, tags=("tableware",), solidity=0.35,
    ),
    foreground(
        "bottle", "A wine bottle, a soda bottle or a stoneware jug, labelled",
        {"diameter": Span(0.085, 0.14), "tallness": Span(2.6, 3.8), "style": Choice(("wine", "soda", "jug"))},
        (
            Slot("body", ("plain", "noise", "stripes"), "vivid", (0.02, 0.06), (0.05, 0.3)),
            Slot("label", ("print", "patches", "checker", "stripes"), "vivid", (0.02, 0.05), (0.4, 0.7)),
            Slot("cap", ("metal", "plain", "wood"), "metal", (0.01, 0.02), (0.2, 0.5)),
        ),
        turned(), ("shelf",), tags=("tableware",), solidity=0.55,
    ),
    foreground(
        "watering_can", "A watering can with a long spout",
        {"width": Span(0.45, 0.75)},
        (
            Slot("can", ("plain", "noise", "metal", "dots", "stripes"), "vivid", (0.03, 0.08), (0.2, 0.5)),
            Slot("belt", ("print", "checker", "patches", "stripes", "dots"), "vivid", (0.03, 0.07), (0.2, 0.5)),
            Slot("trim", ("metal", "plain"), "metal", (0.02, 0.05), (0.2, 0.5)),
        ),
        multiple_of("width", 1.0, 0.445, 0.56), ("dressing",), OUTDOOR, tags=("garden",), solidity=0.35,
    ),
    foreground(
        "flower_pot", "A patterned pot with a plant in flower",
        {"diameter": Span(0.24, 0.42), "height": Span(0.6, 1.0), "leaves": Count(16, 28), "spread": Span(0.45, 0.75)},
        (
            Slot("pot", ("terrazzo", "patches", "stripes", "noise", "checker"), "earth", (0.03, 0.08), (0.4, 0.8)),
            Slot("rim", ("plain", "stripes", "checker", "dots"), "vivid", (0.02, 0.05), (0.4, 0.8)),
            Slot("soil", ("noise",), "dark", (0.01, 0.03), (0.9, 1.0)),
            Slot("leaf", ("foliage", "noise"), "foliage", (0.03, 0.08), (0.4, 0.7)),
            Slot("flower", ("plain", "noise"), "vivid", (0.02, 0.05), (0.5, 0.8)),
        ),
        _pot_size, ("dressing",), tags=("garden", "plant"), solidity=0.35,
    ),
    foreground(
        "lantern", "A storm lantern with its bow up",
        {"diameter": Span(0.2, 0.3), "tallness": Span(1.35, 1.75)},
        (
            Slot("frame", ("metal", "plain", "rust", "noise"), "vivid", (0.02, 0.06), (0.3, 0.6)),
            Slot("lamp", ("plain", "noise"), "light", (0.02, 0.05), (0.1, 0.3)),
            Slot("band", ("stripes", "checker", "print", "wood"), "vivid", (0.02, 0.05), (0.3, 0.6)),
            Slot("wire", STEEL, "metal", (0.01, 0.03), (0.2, 0.5)),
        ),
        turned(), ("dressing",), tags=("garden",), solidity=0.4,
    ),
    foreground(
        "book_stack", "A pile of hardbacks",
        {"width": Span(0.24, 0.4), "depth": Span(0.18, 0.3), "count": Count(1, 6), "thickness": Span(0.03, 0.07)},
        (
            Slot("first", ("leather", "fabric", "patches", "stripes"), "cloth", (0.02, 0.05), (0.4, 0.8)),
            Slot("second", ("leather", "dots", "checker", "plain"), "vivid", (0.02, 0.05), (0.4, 0.8)),
            Slot("third", ("fabric", "stripes", "noise", "patches"), "cloth", (0.02, 0.05), (0.4, 0.8)),
            Slot("pages", ("stripes", "plain"), "light", (0.004, 0.008), (0.7, 0.9)),
            Slot("print", ("print", "metal"), "light", (0.015, 0.04), (0.3, 0.6)),
        ),
        _stack_size, ("shelf",), INDOOR, tags=("books",), solidity=0.8,
    ),
    foreground(
        "vase", "A big painted vase with two ears",
        {"diameter": Span(0.24, 0.48), "tallness": Span(1.35, 2.1)},
        (
            Slot("glaze", ("marble", "noise", "plain", "terrazzo", "stripes"), "muted", (0.03, 0.1), (0.1, 0.35)),
            Slot("belt", ("print", "checker", "patches", "dots"), "vivid", (0.03, 0.08), (0.1, 0.35)),
            Slot("trim", ("plain", "metal", "stripes"), "earth", (0.02, 0.05), (0.15, 0.4)),
        ),
        turned(), ("shelf",), tags=("decor",), solidity=0.55,
    ),
)  # fmt: skip

WEARABLES: tuple[Family, ...] = (
    foreground(
        "umbrella", "An open umbrella of gores",
        {"diameter": Span(0.95, 1.3), "height": Span(0.85, 1.0), "gores": Choice((6, 8, 10))},
        (
            Slot("gores", ("fabric", "dots", "print", "stripes", "patches"), "vivid", (0.04, 0.12), (0.5, 0.8)),
            Slot("others", ("fabric", "checker", "stripes", "dots"), "vivid", (0.04, 0.1), (0.5, 0.8)),
            Slot("metal", STEEL, "metal", (0.02, 0.05), (0.2, 0.4)),
            Slot("crook", ("wood", "leather", "plain"), "wood", (0.02, 0.05), (0.3, 0.6)),
        ),
        _umbrella_size, tags=("wear", "flies"), solidity=0.25,
    ),
    foreground(
        "hat", "A fedora, a cowboy hat, a top hat or a sun hat",
        {"width": Span(0.34, 0.5), "style": Choice(("fedora", "cowboy", "top", "sun"))},
        (
            Slot("felt", ("leather", "fabric", "knit", "noise", "patches", "stripes"),
                 "earth", (0.015, 0.05), (0.5, 0.9)),
            Slot("band", ("stripes", "checker", "fabric", "dots"), "vivid", (0.01, 0.03), (0.4, 0.7)),
            Slot("edge", ("plain", "stripes", "leather"), "dark", (0.01, 0.03), (0.5, 0.8)),
        ),
        _hat_size, tags=("wear",), solidity=0.45,
    ),
    foreground(
        "shoe", "A sneaker",
        {"length": Span(0.27, 0.45)},
        (
            Slot("upper", ("fabric", "knit", "denim", "checker", "patches", "leather"),
                 "cloth", (0.01, 0.03), (0.5, 0.9)),
            Slot("sole", ("plain", "stripes", "noise"), "light", (0.01, 0.03), (0.5, 0.8)),
            Slot("cap", ("leather", "plain", "dots"), "muted", (0.01, 0.03), (0.3, 0.6)),
            Slot("stripes", ("plain", "checker", "print"), "vivid", (0.01, 0.03), (0.3, 0.6)),
            Slot("laces", ("fabric", "plain"), "light", (0.005, 0.01), (0.6, 0.9)),
        ),
        multiple_of("length", 0.38, 1.0, 0.49), tags=("wear",),
    ),
    foreground(
        "helmet", "A motorcycle helmet",
        {"width": Span(0.25, 0.34)},
        (
            Slot("shell", ("patches", "stripes", "noise", "plain", "dots"), "vivid", (0.03, 0.08), (0.1, 0.3)),
            Slot("stripe", ("checker", "stripes", "plain", "print"), "vivid", (0.02, 0.05), (0.1, 0.3)),
            Slot("visor", ("plain",), "dark", (0.02, 0.05), (0.03, 0.1)),
            Slot("trim", ("plain", "leather", "noise"), "dark", (0.01, 0.03), (0.4, 0.7)),
        ),
        multiple_of("width", 1.0, 1.24, 0.94), tags=("wear",),
    ),
    foreground(
        "office_chair", "A swivel chair on castors",
        {"width": Span(0.62, 0.7), "height": Span(0.92, 1.18)},
        (
            Slot("cover", ("fabric", "knit", "leather", "patches", "stripes", "checker"),
                 "cloth", (0.03, 0.09), (0.6, 0.9)),
            Slot("panel", ("fabric", "print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.6, 0.9)),
            Slot("metal", STEEL, "metal", (0.03, 0.08), (0.2, 0.4)),
            Slot("plastic", ("plain", "noise"), "dark", (0.02, 0.05), (0.4, 0.7)),
        ),
        _chair_size, ("furniture",), INDOOR, tags=("furniture",), solidity=0.35,
    ),
)  # fmt: skip

STREET: tuple[Family, ...] = (
    foreground(
        "traffic_cone", "A road cone with collars",
        {"height": Span(0.45, 0.95), "collars": Count(1, 3)},
        (
            Slot("cone", ("noise", "noise", "stripes", "plain"), "vivid", (0.04, 0.1), (0.3, 0.6)),
            Slot("collars", ("plain", "checker", "stripes", "dots"), "light", (0.02, 0.05), (0.2, 0.5)),
            Slot("foot", ("noise", "plain", "concrete"), "dark", (0.02, 0.06), (0.6, 0.9)),
        ),
        multiple_of("height", 0.57, 0.57, 1.0), ("dressing",), OUTDOOR, tags=("street",), solidity=0.4,
    ),
    foreground(
        "hydrant", "A fire hydrant",
        {"height": Span(0.65, 0.95)},
        (
            Slot("body", ("noise", "rust", "plain", "patches"), "vivid", (0.05, 0.15), (0.3, 0.6)),
            Slot("caps", ("plain", "rust", "stripes", "noise"), "vivid", (0.04, 0.1), (0.3, 0.6)),
            Slot("bolts", ("metal", "rust"), "metal", (0.02, 0.05), (0.3, 0.6)),
            Slot("band", ("print", "stripes", "checker"), "vivid", (0.03, 0.08), (0.3, 0.6)),
        ),
        multiple_of("height", 0.51, 0.475, 1.0), ("dressing",), OUTDOOR, tags=("street",), solidity=0.4,
    ),
    foreground(
        "mailbox", "A roadside letter box on a post",
        {"height": Span(0.95, 1.25)},
        (
            Slot("tin", ("metal", "plain", "patches", "rust", "stripes"), "vivid", (0.04, 0.12), (0.3, 0.6)),
            Slot("post", ("wood", "planks"), "wood", (0.03, 0.08), (0.6, 0.9)),
            Slot("trim", ("plain", "noise"), "vivid", (0.02, 0.06), (0.3, 0.6)),
            Slot("print", ("print", "checker", "stripes"), "vivid", (0.03, 0.08), (0.3, 0.6)),
            Slot("stones", ("rock", "noise"), "stone", (0.03, 0.08), (0.7, 0.95)),
        ),
        multiple_of("height", 0.332, 0.59, 1.0), ("dressing",), OUTDOOR, tags=("street",), solidity=0.45,
    ),
    foreground(
        "wheelbarrow", "A wheelbarrow",
        {"length": Span(0.95, 1.35)},
        (
            Slot("tray", ("rust", "noise", "plain", "patches"), "vivid", (0.06, 0.2), (0.3, 0.6)),
            Slot("load", ("noise", "rock", "grass", "terrazzo"), "earth", (0.03, 0.08), (0.7, 0.95)),
            Slot("frame", ("metal", "plain", "rust"), "metal", (0.03, 0.08), (0.3, 0.6)),
            Slot("rubber", ("noise", "plain"), "dark", (0.02, 0.05), (0.6, 0.9)),
        ),
        multiple_of("length", 0.415, 1.0, 0.38), ("dressing",), OUTDOOR, tags=("garden",), solidity=0.4,
    ),
    foreground(
        "globe", "A globe in a meridian on a turned foot",
        {"diameter": Span(0.28, 0.55)},
        (
            Slot("map", ("noise", "patches", "marble", "print"), "vivid", (0.05, 0.12), (0.15, 0.4)),
            Slot("graticule", ("plain",), "dark", (0.02, 0.05), (0.3, 0.5)),
            Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
            Slot("foot", TIMBER, "wood", (0.02, 0.06), (0.3, 0.6)),
        ),
        multiple_of("diameter", 1.075, 1.0, 1.485), ("shelf",), INDOOR, tags=("decor",), solidity=0.45,
    ),
    foreground(
        "gramophone", "A gramophone with a petal horn",
        {"height": Span(0.6, 0.95)},
        (
            Slot("case", TIMBER, "wood", (0.02, 0.06), (0.25, 0.5)),
            Slot("panels", ("print", "wood", "checker", "fabric"), "vivid", (0.02, 0.06), (0.3, 0.6)),
            Slot("brass", STEEL, "metal", (0.02, 0.05), (0.15, 0.35)),
            Slot("record", ("stripes", "plain"), "dark", (0.006, 0.012), (0.15, 0.3)),
            Slot("horn", ("plain", "noise", "patches", "stripes", "dots"), "vivid", (0.04, 0.12), (0.2, 0.4)),
        ),
        multiple_of("height", 0.64, 0.7, 1.0), settings=INDOOR, tags=("music",), solidity=0.35,
    ),
)  # fmt: skip

OBJECTS: tuple[Family, ...] = (
    *CONTAINERS,
    *VEHICLES,
    *TOYS,
    *HOUSEHOLD,
    *WEARABLES,
    *STREET,
    *FOOD,
    *MUSIC,
    *SPORT,
    *GARDEN,
    *MACHINES,
    *DEVICES,
    *KEEPSAKES,
)
