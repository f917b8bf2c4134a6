"""The parametric families of the built-in library, by name."""

from __future__ import annotations

from dsia_gen.core.errors import AssetError
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
from dsia_gen.procedural.props import large, nature, street
from dsia_gen.procedural.props.families_props import DRESSING
from dsia_gen.procedural.room import decoration, furniture, shell, shelving
from dsia_gen.procedural.room.families_room import ROOM
from dsia_gen.procedural.table_family import Builder, TableFamily
from dsia_gen.spec.asset import ProceduralObject

FAMILIES: dict[str, Family] = {family.name: family for family in (*OBJECTS, *DRESSING, *ROOM)}
_MODULES = (
    containers, vehicles, toys, household, wearables, outdoors, food, music, sport, garden, machines, devices,
    keepsakes, nature, street, large, shell, decoration, shelving, furniture,
)  # fmt: skip
_BUILDERS: dict[str, Builder] = {name: build for module in _MODULES for name, build in module.BUILDERS.items()}
for _family in FAMILIES.values():
    if isinstance(_family, TableFamily):
        vars(_family)["builder"] = _BUILDERS[_family.name]


def family_of(shape: ProceduralObject) -> Family:
    """The family of a shape, whose parameters and materials are checked against it.

    Raises AssetError for an unknown family, unknown or missing parameters, or the wrong number of materials.
    """
    family = FAMILIES.get(shape.family)
    if family is None:
        raise AssetError(f"family {shape.family!r} is not known; the families here are {', '.join(sorted(FAMILIES))}")
    family.check(shape.params, shape.materials)
    return family
