"""Builders of the built-in foreground objects, by family name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsia_gen.assets.families.objects import OBJECTS
from dsia_gen.blender.objects import (
    containers,
    devices,
    food,
    garden,
    household,
    keepsakes,
    machines,
    music,
    sport,
    street,
    toys,
    vehicles,
    wearables,
)
from dsia_gen.blender.params import Builder, build_family
from dsia_gen.spec.asset import ProceduralObject

if TYPE_CHECKING:
    import bpy

    from dsia_gen.blender.files import Resolve

FAMILY_BUILDERS: dict[str, Builder] = {
    **containers.BUILDERS,
    **vehicles.BUILDERS,
    **toys.BUILDERS,
    **household.BUILDERS,
    **wearables.BUILDERS,
    **street.BUILDERS,
    **food.BUILDERS,
    **music.BUILDERS,
    **sport.BUILDERS,
    **garden.BUILDERS,
    **machines.BUILDERS,
    **devices.BUILDERS,
    **keepsakes.BUILDERS,
}


def build_object(shape: ProceduralObject, name: str, resolve: Resolve | None = None) -> bpy.types.Object:
    """The object of a procedural shape, linked to the scene: one mesh, origin on the floor, front towards -Y.

    `resolve` finds the files of its pictures. Raises AssetError for an unknown family (it names the known ones), or
    wrong parameters or materials.
    """
    return build_family(shape, name, OBJECTS, FAMILY_BUILDERS, resolve=resolve)
