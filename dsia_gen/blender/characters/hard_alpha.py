"""Alpha of imported materials made all or nothing, so that a pixel has one surface."""

from __future__ import annotations

from collections.abc import Sequence

import bmesh
import bpy

from dsia_gen.blender.characters.imported_textures import meshes, used_materials
from dsia_gen.blender.compat import node_tree
from dsia_gen.blender.material_flags import CUTOUT_IMAGE, CUTOUT_THRESHOLD

HARD_ALPHA = 0.5


def harden_alpha(objects: Sequence[bpy.types.Object], threshold: float = HARD_ALPHA) -> int:
    """Make all alpha all or nothing, so that a pixel has one surface.

    A material whose alpha comes from an image is cut out where that is at most the file's own cutoff (else
    `threshold`), and gets the properties CUTOUT_IMAGE and CUTOUT_THRESHOLD for the ground truth to test the same
    texture. Faces of a material that is mostly transparent all over (a cornea, a tear) are removed; returns how many.
    """
    removed = 0
    for material in used_materials(objects):
        tree = node_tree(material)
        shaders = [n for n in (tree.nodes if tree else ()) if n.bl_idname == "ShaderNodeBsdfPrincipled"]
        alphas = [shader.inputs["Alpha"] for shader in shaders]
        if alphas and all(not alpha.is_linked and alpha.default_value < threshold for alpha in alphas):
            for item in meshes(objects):
                slots = {i for i, slot in enumerate(item.material_slots) if slot.material == material}
                if not slots:
                    continue
                shape = bmesh.new()
                shape.from_mesh(item.data)
                clear = [face for face in shape.faces if face.material_index in slots]
                removed += len(clear)
                bmesh.ops.delete(shape, geom=clear, context="FACES")
                shape.to_mesh(item.data)
                shape.free()
            continue
        for alpha in alphas:
            source = _alpha_image(alpha)
            cutoff = _cutoff(alpha) or threshold
            if alpha.is_linked:
                tree.links.remove(alpha.links[0])
            alpha.default_value = 1.0
            if source is None:
                continue
            source.interpolation, source.extension = "Linear", "REPEAT"
            test = tree.nodes.new("ShaderNodeMath")
            test.operation = "GREATER_THAN"
            test.inputs[1].default_value = cutoff
            tree.links.new(source.outputs["Alpha"], test.inputs[0])
            tree.links.new(test.outputs[0], alpha)
            material[CUTOUT_IMAGE] = source.image.name
            material[CUTOUT_THRESHOLD] = cutoff
    return removed


def _cutoff(socket: bpy.types.NodeSocket, depth: int = 6) -> float | None:
    """The constant that a file's own alpha test (glTF: alphaMode MASK) compares with, if there is one."""
    if not socket.is_linked or depth == 0:
        return None
    node = socket.links[0].from_node
    if node.bl_idname == "ShaderNodeMath" and node.operation in ("LESS_THAN", "GREATER_THAN"):
        return float(node.inputs[1].default_value) or None
    found = (_cutoff(entry, depth - 1) for entry in node.inputs)
    return next((value for value in found if value is not None), None)


def _alpha_image(socket: bpy.types.NodeSocket, depth: int = 6) -> bpy.types.ShaderNodeTexImage | None:
    """The image whose alpha feeds a socket, through any arithmetic on the way."""
    if not socket.is_linked or depth == 0:
        return None
    node = socket.links[0].from_node
    if node.bl_idname == "ShaderNodeTexImage":
        return node if socket.links[0].from_socket.name == "Alpha" else None
    for entry in node.inputs:
        found = _alpha_image(entry, depth - 1)
        if found is not None:
            return found
    return None
