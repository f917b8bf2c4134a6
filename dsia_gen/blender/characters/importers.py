"""Blender's importers by suffix; none runs code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from dsia_gen.assets.importing.references import glass_materials
from dsia_gen.core.errors import AssetError

SUFFIXES = (".blend", ".fbx", ".glb", ".gltf", ".obj", ".ply", ".stl", ".usd", ".usda", ".usdc", ".usdz")
AXES_FREE = (".obj", ".ply", ".stl")
"""Formats that state neither an up axis nor a unit: the manifest does."""


def check_importable(path: Path) -> None:
    """Raise AssetError for a suffix without an importer, or a missing file."""
    if path.suffix.lower() not in SUFFIXES:
        raise AssetError(f"{path} cannot be read here (known: {', '.join(SUFFIXES)}); convert it")
    if not path.is_file():
        raise AssetError(f"{path} does not exist; check the manifest and the folder of your assets")


def import_into_scene(path: Path, animation: bool) -> None:
    """Import a file into the current scene by its suffix; with `animation` False without it, where that is possible."""
    suffix, name = path.suffix.lower(), str(path)
    if suffix == ".blend":
        _append_blend(path)
    elif suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=name, use_anim=animation, use_image_search=False)
    elif suffix in (".glb", ".gltf"):
        # Without the shapes that the importer would draw bones with.
        bpy.ops.import_scene.gltf(filepath=name, disable_bone_shape=True, loglevel=50)
    elif suffix == ".obj":
        # The file's own axes; up and facing are the manifest's.
        before = set(bpy.data.materials)
        bpy.ops.wm.obj_import(filepath=name, forward_axis="Y", up_axis="Z")
        glass = glass_materials(path)
        for material in set(bpy.data.materials) - before:
            # Blender appends .001 and so on to a name that is taken; its importer takes any `Tf` for glass.
            if material.name not in glass and material.name.rsplit(".", 1)[0] not in glass:
                for node in material.node_tree.nodes if material.node_tree else ():
                    if node.bl_idname == "ShaderNodeBsdfPrincipled":
                        node.inputs["Transmission Weight"].default_value = 0.0
    elif suffix in (".ply", ".stl"):
        operator = bpy.ops.wm.ply_import if suffix == ".ply" else bpy.ops.wm.stl_import
        operator(filepath=name, forward_axis="Y", up_axis="Z")
    else:
        bpy.ops.wm.usd_import(
            filepath=name,
            import_cameras=False,
            import_lights=False,
            import_volumes=False,
            read_mesh_attributes=True,
            import_textures_mode="IMPORT_PACK",
            apply_unit_conversion_scale=True,
            create_world_material=False,
        )


def _append_blend(path: Path) -> None:
    """What the scenes of a .blend would render, appended: text blocks are not appended, drivers are removed."""
    kept = {data.as_pointer() for data in bpy.data.user_map()}
    with bpy.data.libraries.load(str(path), link=False) as (held, wanted):
        wanted.scenes = held.scenes
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
    shown = [o for scene in scenes for o in _rendered(scene.collection)] if scenes else list(wanted.objects)
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


def _rendered(collection: Any) -> list[Any]:
    """Objects of a collection and those below it that a render would show, without bones' shapes."""
    if collection.hide_render:
        return []
    own = [item for item in collection.objects if not item.hide_render]
    return own + [item for child in collection.children for item in _rendered(child)]
