"""Colours that are in a file beside its materials: vertex colours, textures of a PLY, and the grey of what has none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

from dsia_gen.assets.importing.linked_files import LinkedFiles, plain_name
from dsia_gen.assets.importing.ply_faces import face_textures, ply_header
from dsia_gen.assets.importing.references import ply_textures
from dsia_gen.blender.characters.imported_textures import meshes
from dsia_gen.blender.compat import enable_nodes, node_tree
from dsia_gen.blender.mesh_objects import mesh_array

_ROUGHNESS = 0.8
_GREY = 0.8
"""Reflectance of a surface without a material, as Blender has it up to 4.5; from 5.0 on its own is a little glossy."""
_VERTEX_UV = (("texture_u", "texture_v"), ("u", "v"), ("s", "t"))
"""Names that writers of PLY give to the texture coordinates of vertices."""
_COLOURED = (".obj", ".ply", ".fbx", ".usd", ".usda", ".usdc", ".usdz")
"""Formats whose vertex colours Blender's importer reads and does not show."""


def show_colours(objects: Sequence[bpy.types.Object], path: Path, linked: LinkedFiles, image: Path | None) -> None:
    """Give meshes without a texture the colours that their file has.

    `image` is one that stands for the materials of an OBJ whose material file is not there.
    """
    suffix = path.suffix.lower()
    if suffix == ".ply":
        for item in meshes(objects):
            _texture_ply(item, path, linked)
    if image is not None:
        _texture_all(objects, image)
    if suffix in _COLOURED:
        for item in meshes(objects):
            _show_vertex_colours(item, plain_only=suffix not in (".obj", ".ply"))
    _colour_bare(meshes(objects))


def _texture_ply(item: bpy.types.Object, path: Path, linked: LinkedFiles) -> None:
    """The textures of a PLY: images named in comments, coordinates at its vertices or at the corners of its faces."""
    names, block = ply_textures(path), item.data
    corners = face_textures(path, ply_header(path))
    faces = np.zeros(len(block.polygons), dtype=np.int64)
    sizes = mesh_array(block.polygons, "loop_total")
    if corners is not None and np.array_equal(corners.sizes, sizes):
        uv, faces = corners.uv, corners.images
    else:
        pair = next((pair for pair in _VERTEX_UV if all(name in block.attributes for name in pair)), None)
        if pair is None:
            return
        points = np.stack([mesh_array(block.attributes[name].data, "value", 1, np.float32) for name in pair], axis=1)
        uv = points[mesh_array(block.loops, "vertex_index")]
    layer = block.uv_layers.get("UVMap") or block.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", np.ascontiguousarray(uv, dtype=np.float32).reshape(-1))
    for name in names:
        found = linked.find(name)
        block.materials.append(_textured(plain_name(name), found or path.parent / "missing" / plain_name(name)))
    if len(names) > 1:
        block.polygons.foreach_set("material_index", np.clip(faces, 0, len(names) - 1).astype(np.int32))


def _textured(name: str, path: Path) -> bpy.types.Material:
    """A matt material of one image; of an image without a pixel where the file is not there."""
    material, shader = _matt(name)
    image = bpy.data.images.load(str(path), check_existing=True) if path.is_file() else bpy.data.images.new(name, 1, 1)
    if not path.is_file():
        image.source, image.filepath = "FILE", str(path)
    tree = node_tree(material)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    return material


def _matt(name: str) -> tuple[bpy.types.Material, bpy.types.Node]:
    """A matt material and its shader."""
    material = bpy.data.materials.new(name)
    tree = enable_nodes(material)
    shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
    shader.inputs["Roughness"].default_value = _ROUGHNESS
    tree.links.new(shader.outputs[0], tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    return material, shader


def _texture_all(objects: Sequence[bpy.types.Object], path: Path) -> None:
    """One image on all meshes with texture coordinates."""
    material = _textured(path.stem, path)
    for item in meshes(objects):
        if item.data.uv_layers:
            if not item.data.materials:
                item.data.materials.append(material)
            for slot in item.material_slots:
                slot.material = material


def _show_vertex_colours(item: bpy.types.Object, plain_only: bool) -> None:
    """Let the vertex colours of a mesh colour its materials that have no texture; with `plain_only` nor a colour."""
    block = item.data
    layer = next((a for a in block.color_attributes if a.domain in ("POINT", "CORNER")), None)
    if layer is None:
        return
    colours = mesh_array(layer.data, "color", 4, np.float32)[:, :3]
    if not len(colours) or np.all(colours >= 0.999):
        return  # exporters write white where nothing was painted
    if not block.materials:
        block.materials.append(None)
    for slot in item.material_slots:
        material = _matt(f"{item.name} colours")[0] if slot.material is None else slot.material
        tree = node_tree(material)
        shaders = [n for n in (tree.nodes if tree else ()) if n.bl_idname == "ShaderNodeBsdfPrincipled"]
        if len(shaders) != 1 or shaders[0].inputs["Base Color"].is_linked:
            continue
        base = shaders[0].inputs["Base Color"].default_value[:3]
        if slot.material is not None and plain_only and max(base) - min(base) > 0.01:
            continue
        if slot.material is not None and slot.material.users > 1:
            material = slot.material.copy()  # other meshes that wear it may have no colours
        tree = node_tree(material)
        shader = next(n for n in tree.nodes if n.bl_idname == "ShaderNodeBsdfPrincipled")
        node = tree.nodes.new("ShaderNodeVertexColor")
        node.layer_name = layer.name
        tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
        slot.material = material


def _colour_bare(items: Sequence[bpy.types.Object]) -> None:
    """A matt grey material for what has none: Blender's own grey is another one in each version."""
    bare = [item for item in items if not item.data.materials or any(s.material is None for s in item.material_slots)]
    if not bare:
        return
    material = bpy.data.materials.new("no material")
    tree = enable_nodes(material)
    shader = tree.nodes.new("ShaderNodeBsdfDiffuse")
    shader.inputs["Color"].default_value = (_GREY, _GREY, _GREY, 1.0)
    tree.links.new(shader.outputs[0], tree.nodes.new("ShaderNodeOutputMaterial").inputs["Surface"])
    for item in bare:
        if not item.data.materials:
            item.data.materials.append(material)
        for slot in item.material_slots:
            slot.material = slot.material or material
