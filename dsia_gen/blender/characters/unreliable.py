"""Imported materials that show something else than their own surface (glass, mirrors, polished metal), flagged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.characters.imported_textures import meshes, used_materials
from dsia_gen.blender.compat import node_tree
from dsia_gen.blender.image_blocks import image_pixels
from dsia_gen.blender.material_flags import UNRELIABLE
from dsia_gen.blender.mesh_objects import mesh_array
from dsia_gen.spec.material import METAL, POLISH, polished

SEEN_THROUGH = 0.25
"""Share of transmitted or mirrored light from which a surface is unreliable."""
CLEAR = ("ShaderNodeBsdfGlass", "ShaderNodeBsdfRefraction", "ShaderNodeBsdfTransparent")
GLOSSY = ("ShaderNodeBsdfGlossy", "ShaderNodeBsdfAnisotropic")
EDGE_ON = ("ShaderNodeFresnel", "ShaderNodeLayerWeight")
DEPTH = 16
TEXELS = 512
"""Side to which a texture is brought before it is looked up."""
Faces = NDArray[np.bool_]


class Channel(NamedTuple):
    """A number read from a texture: its node, the band (0 to 2: red, green, blue), and a factor."""

    node: bpy.types.ShaderNodeTexImage
    band: int
    factor: float


Reading = float | Channel


def flag_unreliable(objects: Sequence[bpy.types.Object]) -> None:
    """Give materials that transmit or mirror light from elsewhere the property UNRELIABLE.

    Where textures say how metallic, rough or clear a surface is, each face is tested at its middle; the faces that are
    unreliable get a copy of the material, so that the ground truth can distinguish them.
    """
    for material in used_materials(objects):
        # The shader that feeds the output which Cycles would take.
        tree = node_tree(material)
        output = tree.get_output_node("CYCLES") if tree else None
        links = output.inputs["Surface"].links if output else ()
        if not links:
            continue
        shader = links[0].from_node
        if shader.bl_idname == "ShaderNodeBsdfPrincipled":
            _flag_faces(objects, material, _readings(shader))
        elif _light_from_elsewhere(shader) >= SEEN_THROUGH:
            material[UNRELIABLE] = True


# --- shaders of one look all over -------------------------------------------------------------------------------------


def _light_from_elsewhere(node: bpy.types.Node, depth: int = DEPTH) -> float:
    """The share of a shader's light that is transmitted or mirrored, 0 to 1; unknown shaders count as 0."""
    if depth == 0:
        return 0.0
    if node.bl_idname == "ShaderNodeBsdfPrincipled":
        numbers = [r if isinstance(r, float) else 0.5 for r in _readings(node)]
        return max(numbers[2], float(polished(numbers[0], numbers[1])))
    if node.bl_idname in CLEAR:
        return 1.0
    if node.bl_idname in GLOSSY:
        return float(polished(1.0, float(node.inputs["Roughness"].default_value)))
    # Inputs that take a shader; those of a group's own output for a group.
    holder = node
    if node.bl_idname == "ShaderNodeGroup" and node.node_tree is not None:
        holder = next((n for n in node.node_tree.nodes if n.bl_idname == "NodeGroupOutput"), None)
    sockets = [s for s in holder.inputs if s.type == "SHADER"] if holder else []
    parts = [_light_from_elsewhere(s.links[0].from_node, depth - 1) if s.is_linked else 0.0 for s in sockets]
    if node.bl_idname == "ShaderNodeMixShader":
        factor = _mixed(node.inputs[0])
        return (1 - factor) * parts[0] + factor * parts[1]
    return max(parts, default=0.0)


def _mixed(factor: bpy.types.NodeSocket) -> float:
    """How much of its second shader a mix shows to the camera from the front."""
    if not factor.is_linked:
        return float(factor.default_value)
    link = factor.links[0]
    if link.from_node.bl_idname == "ShaderNodeLightPath":
        return float(link.from_socket.name == "Is Camera Ray")
    return 0.1 if link.from_node.bl_idname in EDGE_ON else 0.5


# --- shaders that textures vary ---------------------------------------------------------------------------------------


def _readings(shader: bpy.types.Node) -> tuple[Reading, Reading, Reading]:
    """Metallic, roughness and transmission of a Principled BSDF."""
    return (
        _reading(shader.inputs["Metallic"], 0.0),
        _reading(shader.inputs["Roughness"], 1.0),
        _reading(shader.inputs["Transmission Weight"], 0.0),
    )


def _reading(socket: bpy.types.NodeSocket, unknown: float) -> Reading:
    """The number of a socket, or where it is read; `unknown` for what nodes compute otherwise."""
    if not socket.is_linked:
        return float(socket.default_value)
    factor = 1.0
    node, band = socket.links[0].from_node, _band(socket.links[0].from_socket)
    for _ in range(DEPTH):
        if node.bl_idname == "ShaderNodeTexImage" and node.image is not None:
            return Channel(node, band, factor)
        if node.bl_idname == "ShaderNodeMath" and node.operation == "MULTIPLY":
            factor *= next((float(s.default_value) for s in node.inputs[:2] if not s.is_linked), 1.0)
        elif node.bl_idname not in ("ShaderNodeSeparateColor", "ShaderNodeSeparateRGB"):
            return unknown
        link = next((s.links[0] for s in node.inputs if s.is_linked), None)
        if link is None:
            return unknown
        node, band = link.from_node, max(band, _band(link.from_socket))
    return unknown


def _band(socket: bpy.types.NodeSocket) -> int:
    return {"Green": 1, "G": 1, "Blue": 2, "B": 2}.get(socket.name, 0)


def _flag_faces(
    objects: Sequence[bpy.types.Object], material: bpy.types.Material, readings: tuple[Reading, Reading, Reading]
) -> None:
    """Flag a Principled material, or a copy of it on the faces that are unreliable by their textures."""
    metallic, rough, clear = readings
    # Whether some texel could make it unreliable, whatever the textures hold.
    most_metal, most_clear = (r if isinstance(r, float) else r.factor for r in (metallic, clear))
    if most_clear < SEEN_THROUGH and not polished(most_metal, rough if isinstance(rough, float) else 0.0):
        return
    if all(isinstance(reading, float) for reading in readings):
        material[UNRELIABLE] = True
        return
    blocks = list({item.data.name: item.data for item in meshes(objects)}.values())
    worn, bad = list[Faces](), list[Faces]()
    for block in blocks:
        slots = [k for k, other in enumerate(block.materials) if other == material]
        faces = np.isin(mesh_array(block.polygons, "material_index"), slots)
        worn.append(faces)
        if faces.any():
            metal, roughness, through = (_read(block, reading) for reading in readings)
            faces = faces & ((metal >= METAL) & (roughness < POLISH) | (through >= SEEN_THROUGH))
        bad.append(faces)
    if all(np.array_equal(faces, flagged) for faces, flagged in zip(worn, bad, strict=True)):
        material[UNRELIABLE] = True
    elif any(flagged.any() for flagged in bad):
        twin = material.copy()
        twin[UNRELIABLE] = True
        for block, chosen in zip(blocks, bad, strict=True):
            if chosen.any():
                index = mesh_array(block.polygons, "material_index")
                block.materials.append(twin)
                index[chosen] = len(block.materials) - 1
                block.polygons.foreach_set("material_index", index)
                block.update()


def _read(block: bpy.types.Mesh, reading: Reading) -> NDArray[np.float64]:
    """(F,) the value of a reading at the middle of each face, from the nearest texel."""
    if isinstance(reading, float):
        return np.full(len(block.polygons), reading)
    # The UV map that the texture node asks for, or the mesh's own choice.
    links = reading.node.inputs["Vector"].links
    source = links[0].from_node if links else None
    name = str(source.uv_map) if source is not None and source.bl_idname == "ShaderNodeUVMap" else ""
    layer = block.uv_layers.get(name) or next((u for u in block.uv_layers if u.active_render), None)
    if layer is None:
        return np.zeros(len(block.polygons))
    start, size = (mesh_array(block.polygons, name) for name in ("loop_start", "loop_total"))
    corners = mesh_array(layer.uv, "vector", 2, np.float32).astype(np.float64)
    middle = np.add.reduceat(corners, start, axis=0) / size[:, None]
    # A smaller copy of a large image is read: a pixel takes 16 bytes here.
    image = reading.node.image
    if max(image.size) > TEXELS:
        copy = image.copy()
        copy.scale(min(TEXELS, image.size[0]), min(TEXELS, image.size[1]))
        pixels = image_pixels(copy)
        bpy.data.images.remove(copy)
    else:
        pixels = image_pixels(image)
    height, width = pixels.shape[:2]
    rows, columns = (np.floor(middle[:, 1 - k] * n).astype(int) % n for k, n in enumerate((height, width)))
    return pixels[rows, columns, reading.band].astype(np.float64) * reading.factor
