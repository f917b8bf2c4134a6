"""Blender's importers by suffix; none runs code."""

from __future__ import annotations

from pathlib import Path

import bpy

from dsia_gen.assets.importing.headers import GLTF
from dsia_gen.assets.importing.wavefront import PREPARED, glass_materials
from dsia_gen.blender.compat import import_fbx
from dsia_gen.blender.importing.blend_files import append_rendered
from dsia_gen.core.errors import AssetError

SUFFIXES = (".blend", ".fbx", ".glb", ".gltf", ".obj", ".ply", ".stl", ".usd", ".usda", ".usdc", ".usdz", ".vrm")
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
        append_rendered(path)
    elif suffix == ".fbx":
        import_fbx(path, animation)
    elif suffix in GLTF:
        # Without the shapes that the importer would draw bones with.
        bpy.ops.import_scene.gltf(filepath=name, disable_bone_shape=True, loglevel=50)
    elif suffix == ".obj":
        # The file's own axes; up and facing are the manifest's.
        before = set(bpy.data.materials)
        bpy.ops.wm.obj_import(filepath=name, forward_axis="Y", up_axis="Z")
        glass = glass_materials(path.with_name(PREPARED))
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
