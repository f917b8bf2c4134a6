"""The parametric families of the built-in library and their builders, by name."""

from __future__ import annotations

from dsia_gen.procedural.family import Family
from dsia_gen.procedural.objects import (
    containers,
    devices,
    food,
    garden,
    household,
    keepsakes,
    machines,
    music,
    outdoors,
    sport,
    toys,
    vehicles,
    wearables,
)
from dsia_gen.procedural.objects.families_various import OBJECTS
from dsia_gen.procedural.params import Builder
from dsia_gen.procedural.props import large, nature, street
from dsia_gen.procedural.props.families_props import DRESSING
from dsia_gen.procedural.room import decoration, furniture, shell, shelving
from dsia_gen.procedural.room.families_room import ROOM

FAMILIES: dict[str, Family] = {family.name: family for family in (*OBJECTS, *DRESSING, *ROOM)}
_MODULES = (
    containers, vehicles, toys, household, wearables, outdoors, food, music, sport, garden, machines, devices,
    keepsakes, nature, street, large, shell, decoration, shelving, furniture,
)  # fmt: skip
FAMILY_BUILDERS: dict[str, Builder] = {name: build for module in _MODULES for name, build in module.BUILDERS.items()}
