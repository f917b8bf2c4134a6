"""Builders of room parts and furniture, by family name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsia_gen.assets.families.room import ROOM
from dsia_gen.blender.params import Builder, build_family
from dsia_gen.blender.room import decoration, furniture, shell, storage
from dsia_gen.spec.asset import ProceduralObject

if TYPE_CHECKING:
    import bpy

    from dsia_gen.blender.files import Resolve

FAMILY_BUILDERS: dict[str, Builder] = {
    **shell.BUILDERS,
    **decoration.BUILDERS,
    **storage.BUILDERS,
    **furniture.BUILDERS,
}


def build_room_part(shape: ProceduralObject, name: str, resolve: Resolve | None = None) -> bpy.types.Object:
    """The object of a room part or piece of furniture, linked to the scene: one mesh, origin on the floor.

    `resolve` finds the files of its pictures. Raises AssetError for an unknown family (it names the known ones), or
    wrong parameters or materials.
    """
    return build_family(shape, name, ROOM, FAMILY_BUILDERS, resolve=resolve)
