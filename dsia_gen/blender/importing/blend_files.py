"""Files of Blender's own: what a render of them would show is appended, and nothing in them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from dsia_gen.assets.importing.headers import current_scene


def append_rendered(path: Path) -> None:
    """What a render of a .blend would show, appended: text blocks are not appended, drivers are removed.

    Of several scenes it is the one that was open when the file was saved.
    """
    current = current_scene(path)
    kept = {data.as_pointer() for data in bpy.data.user_map()}
    with bpy.data.libraries.load(str(path), link=False) as (held, wanted):
        wanted.scenes = [current] if current in held.scenes else held.scenes
        wanted.objects = [] if held.scenes else held.objects
        wanted.actions = held.actions  # clips that no object plays now
    new = [data for data in bpy.data.user_map() if data.as_pointer() not in kept]
    # Drivers of data-blocks, and of the node trees and shape keys inside them, may run code.
    for block in new:
        for owner in (block, getattr(block, "node_tree", None), getattr(block, "shape_keys", None)):
            animation: Any = getattr(owner, "animation_data", None)
            for driver in list(animation.drivers) if animation else ():
                animation.drivers.remove(driver)
    scenes = [scene for scene in wanted.scenes if scene is not None]
    shown = [o for scene in scenes for o in _rendered(scene)] if scenes else list(wanted.objects)
    items = list(dict.fromkeys(o for o in shown if o is not None))
    # Shown objects, and the armatures that deform them, go into the current scene; collection instances become real.
    shapes = {b.custom_shape for o in items if o.type == "ARMATURE" for b in o.pose.bones if b.custom_shape}
    rigs = [m.object for o in items for m in o.modifiers if m.type == "ARMATURE" and m.object]
    for item in dict.fromkeys([*items, *rigs]):
        if item not in shapes:
            bpy.context.scene.collection.objects.link(item)
    for item in [o for o in items if o.type == "EMPTY" and o.instance_collection]:
        chosen = [item]
        with bpy.context.temp_override(
            active_object=item, object=item, selected_objects=chosen, selected_editable_objects=chosen
        ):
            bpy.ops.object.duplicates_make_real(use_base_parent=True, use_hierarchy=True)
    for scene in scenes:
        bpy.data.scenes.remove(scene)
    for item in [o for o in bpy.data.objects if o.as_pointer() not in kept and not o.users_scene]:
        if item.type != "ARMATURE":
            bpy.data.objects.remove(item)


def _rendered(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Objects that some view layer of a scene renders, seen by the camera itself."""
    found = dict[bpy.types.Object, None]()
    layers = [layer.layer_collection for layer in scene.view_layers if layer.use]
    while layers:
        layer = layers.pop(0)
        if layer.exclude or layer.collection.hide_render or layer.holdout or layer.indirect_only:
            # What lies below an excluded collection may itself be included.
            layers += list(layer.children) if layer.exclude and not layer.collection.hide_render else []
            continue
        for item in layer.collection.objects:
            if not item.hide_render and item.visible_camera and not item.is_holdout:
                found[item] = None
        layers += list(layer.children)
    return list(found)
