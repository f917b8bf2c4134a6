"""Importers of Blender, one for each suffix; none runs code or keeps lights and cameras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy

from dsia_gen.assets.importing.references import glass_materials
from dsia_gen.core.errors import AssetError

Import = Callable[[Path, bool], None]
"""Imports a file into the current scene; with True, its animation too, where that can be left out."""


def _gltf(path: Path, _animation: bool) -> None:
    # Without the shapes that the importer would draw bones with.
    bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True, loglevel=50)


def _fbx(path: Path, animation: bool) -> None:
    bpy.ops.import_scene.fbx(filepath=str(path), use_anim=animation, use_image_search=False)


def _obj(path: Path, _animation: bool) -> None:
    before = set(bpy.data.materials)
    # The file's own axes; up and facing are the manifest's.
    bpy.ops.wm.obj_import(filepath=str(path), forward_axis="Y", up_axis="Z")
    glass = glass_materials(path)
    for material in set(bpy.data.materials) - before:
        # Blender appends .001 and so on to a name that is taken; its importer takes any `Tf` for glass.
        if material.name not in glass and material.name.rsplit(".", 1)[0] not in glass:
            _make_opaque(material)


def _make_opaque(material: bpy.types.Material) -> None:
    for node in material.node_tree.nodes if material.node_tree else ():
        if node.bl_idname == "ShaderNodeBsdfPrincipled":
            node.inputs["Transmission Weight"].default_value = 0.0


def _ply(path: Path, _animation: bool) -> None:
    bpy.ops.wm.ply_import(filepath=str(path), forward_axis="Y", up_axis="Z")


def _stl(path: Path, _animation: bool) -> None:
    bpy.ops.wm.stl_import(filepath=str(path), forward_axis="Y", up_axis="Z")


def _usd(path: Path, _animation: bool) -> None:
    bpy.ops.wm.usd_import(
        filepath=str(path),
        import_cameras=False,
        import_lights=False,
        import_volumes=False,
        read_mesh_attributes=True,
        import_textures_mode="IMPORT_PACK",
        apply_unit_conversion_scale=True,
        create_world_material=False,
    )


def _blend(path: Path, _animation: bool) -> None:
    """What the scenes of a .blend would render, appended: text blocks stay behind, and drivers go at once."""
    kept = {data.as_pointer() for data in bpy.data.user_map()}
    with bpy.data.libraries.load(str(path), link=False) as (held, wanted):
        wanted.scenes = held.scenes
        wanted.objects = [] if held.scenes else held.objects
    new = [data for data in bpy.data.user_map() if data.as_pointer() not in kept]
    _drop_drivers(new)
    scenes = [scene for scene in wanted.scenes if scene is not None]
    shown = [o for scene in scenes for o in _rendered(scene.collection)] if scenes else list(wanted.objects)
    _show(list(dict.fromkeys(o for o in shown if o is not None)))
    for scene in scenes:
        bpy.data.scenes.remove(scene)
    for item in [o for o in bpy.data.objects if o.as_pointer() not in kept and not o.users_scene]:
        if item.type != "ARMATURE":
            bpy.data.objects.remove(item)


def _drop_drivers(blocks: Sequence[Any]) -> None:
    """Remove the drivers of data-blocks and of the node trees and shape keys inside them."""
    for block in blocks:
        for owner in (block, getattr(block, "node_tree", None), getattr(block, "shape_keys", None)):
            animation: Any = getattr(owner, "animation_data", None)
            for driver in list(animation.drivers) if animation else ():
                animation.drivers.remove(driver)


def _rendered(collection: Any) -> list[Any]:
    """Objects of a collection and those below it that a render would show, without bones' shapes."""
    if collection.hide_render:
        return []
    own = [item for item in collection.objects if not item.hide_render]
    return own + [item for child in collection.children for item in _rendered(child)]


def _show(items: Sequence[Any]) -> None:
    """Put objects, and the armatures that deform them, into the current scene; make collection instances real."""
    shapes = {b.custom_shape for o in items if o.type == "ARMATURE" for b in o.pose.bones if b.custom_shape}
    rigs = [m.object for o in items for m in o.modifiers if m.type == "ARMATURE" and m.object]
    for item in dict.fromkeys([*items, *rigs]):
        if item not in shapes:
            bpy.context.scene.collection.objects.link(item)
    instances = [o for o in items if o.type == "EMPTY" and o.instance_collection]
    for item in instances:
        chosen = [item]
        with bpy.context.temp_override(
            active_object=item, object=item, selected_objects=chosen, selected_editable_objects=chosen
        ):
            bpy.ops.object.duplicates_make_real(use_base_parent=True, use_hierarchy=True)


IMPORTERS: dict[str, Import] = {
    ".blend": _blend,
    ".fbx": _fbx,
    ".glb": _gltf,
    ".gltf": _gltf,
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
    ".usd": _usd,
    ".usda": _usd,
    ".usdc": _usd,
    ".usdz": _usd,
}
AXES_FREE = (".obj", ".ply", ".stl")
"""Formats that state neither an up axis nor a unit: the manifest does."""


def importer(path: Path) -> Import:
    """The import function for a file's suffix. Raises AssetError for another suffix or a missing file."""
    suffix = path.suffix.lower()
    if suffix not in IMPORTERS:
        raise AssetError(f"{path} is no file that can be read here (known: {', '.join(sorted(IMPORTERS))}); convert it")
    if not path.is_file():
        raise AssetError(f"{path} does not exist; check the manifest and the folder of your assets")
    return IMPORTERS[suffix]
