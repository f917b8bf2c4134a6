"""Kinds of material and slots that several families of objects have."""

from __future__ import annotations

from dsia_gen.procedural.family import Slot
from dsia_gen.spec.material import MaterialKind

GRAPHIC: tuple[MaterialKind, ...] = ("patches", "stripes", "checker", "dots", "print")
CLOTH: tuple[MaterialKind, ...] = ("fabric", "knit", "denim", "patches", "stripes", "checker")
STEEL: tuple[MaterialKind, ...] = ("metal",)
RUBBER: tuple[MaterialKind, ...] = ("plain", "noise")
TIMBER: tuple[MaterialKind, ...] = ("wood",)

TYRES = Slot("tyres", RUBBER, "dark", (0.01, 0.03), (0.6, 0.9))
LAMPS = Slot("lamps", ("plain",), "light", (0.02, 0.05), (0.1, 0.2))
PANES = Slot("windows", ("plain",), "dark", (0.05, 0.1), (0.05, 0.15))
METAL = Slot("metal", STEEL, "metal", (0.02, 0.05), (0.15, 0.4))
BRASS = Slot("brass", STEEL, "gold", (0.02, 0.05), (0.1, 0.3))
DARK = Slot("dark", ("plain", "leather"), "dark", (0.01, 0.03), (0.2, 0.5))
