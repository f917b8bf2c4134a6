"""What an importer brings along that no render of the file shows: hidden objects, and shapes for physics."""

from __future__ import annotations

import bpy

from dsia_gen.assets.importing.collision_hulls import is_collision_hull
from dsia_gen.blender.characters.imported_textures import meshes


def leave_out_unseen(objects: list[bpy.types.Object]) -> tuple[str, ...]:
    """Remove hidden meshes and collision hulls from `objects`, and the scene; says so.

    Where nothing else is left, hulls are what the file shows.
    """
    hidden = [item for item in meshes(objects) if _hidden(item)]
    shown = [item for item in meshes(objects) if item not in hidden]
    hulls = [item for item in shown if is_collision_hull(item.name) or is_collision_hull(item.data.name)]
    hulls = hulls if len(hulls) < len(shown) else []
    notes = []
    for group, what in ((hidden, "hidden in the file"), (hulls, "shapes for collisions")):
        if group:
            notes.append(f"{len(group)} {'mesh' if len(group) == 1 else 'meshes'} left out: {what}")
    for item in (*hidden, *hulls):
        for child in item.children:
            place = child.matrix_world.copy()
            child.parent = None
            child.matrix_world = place
        objects.remove(item)
        bpy.data.objects.remove(item)
    return tuple(notes)


def _hidden(item: bpy.types.Object) -> bool:
    """Whether an object, or one that it hangs from, is hidden; importers hide in the viewport what a file hides."""
    at: bpy.types.Object | None = item
    while at is not None:
        if at.hide_render or (at.hide_viewport and at.type != "ARMATURE"):
            return True
        at = at.parent
    return False
