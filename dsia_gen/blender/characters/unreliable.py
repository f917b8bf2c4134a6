"""Imported materials that show something else than their own surface: glass, mirrors, polished metal, flagged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.blender.characters.imported_textures import meshes, used_materials
from dsia_gen.blender.equirect import image_pixels
from dsia_gen.blender.freeze import UNRELIABLE
from dsia_gen.spec.material import METAL, POLISH, polished

SEEN_THROUGH = 0.25
"""Share of the light that comes from elsewhere from which a surface cannot be relied on."""
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
    """Give materials that let through or mirror what is elsewhere the property `dsia_unreliable`.

    Where textures say how metallic, rough or clear a surface is, it is asked of every face at its middle; the faces
    for which it holds get a copy of the material, so that the ground truth can tell them from the others.
    """
    for material in used_materials(objects):
        shader = _surface(material)
        if shader is None:
            continue
        if shader.bl_idname == "ShaderNodeBsdfPrincipled":
            _flag_faces(objects, material, shader)
        elif _elsewhere(shader) >= SEEN_THROUGH:
            material[UNRELIABLE] = True


def _surface(material: bpy.types.Material) -> bpy.types.Node | None:
    """The shader that feeds the output Cycles would take."""
    tree = material.node_tree if material.use_nodes else None
    output = tree.get_output_node("CYCLES") if tree else None
    links = output.inputs["Surface"].links if output else ()
    return links[0].from_node if links else None


# --- shaders of one look all over -------------------------------------------------------------------------------------


def _elsewhere(node: bpy.types.Node, depth: int = DEPTH) -> float:
    """The share of what is seen on a shader that comes from elsewhere, 0 to 1; what is not known counts as none."""
    if depth == 0:
        return 0.0
    if node.bl_idname == "ShaderNodeBsdfPrincipled":
        numbers = [r if isinstance(r, float) else 0.5 for r in _readings(node)]
        return max(numbers[2], float(polished(numbers[0], numbers[1])))
    if node.bl_idname in CLEAR:
        return 1.0
    if node.bl_idname in GLOSSY:
        return float(polished(1.0, float(node.inputs["Roughness"].default_value)))
    parts = [_elsewhere(s.links[0].from_node, depth - 1) if s.is_linked else 0.0 for s in _shaders(node)]
    if node.bl_idname == "ShaderNodeMixShader":
        factor = _mixed(node.inputs[0])
        return (1 - factor) * parts[0] + factor * parts[1]
    return max(parts, default=0.0)


def _shaders(node: bpy.types.Node) -> list[bpy.types.NodeSocket]:
    """Inputs that take a shader; those of a group's own output for a group."""
    if node.bl_idname == "ShaderNodeGroup" and node.node_tree is not None:
        inside = [n for n in node.node_tree.nodes if n.bl_idname == "NodeGroupOutput"]
        return [s for n in inside[:1] for s in n.inputs if s.type == "SHADER"]
    return [s for s in node.inputs if s.type == "SHADER"]


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


def _flag_faces(objects: Sequence[bpy.types.Object], material: bpy.types.Material, shader: bpy.types.Node) -> None:
    readings = _readings(shader)
    if not _possible(*readings):
        return
    if all(isinstance(reading, float) for reading in readings):
        material[UNRELIABLE] = True
        return
    blocks = list({item.data.name: item.data for item in meshes(objects)}.values())
    worn = [_faces_of(block, material) for block in blocks]
    bad = [faces & _asked(block, readings) if faces.any() else faces for block, faces in zip(blocks, worn, strict=True)]
    if all(np.array_equal(faces, flagged) for faces, flagged in zip(worn, bad, strict=True)):
        material[UNRELIABLE] = True
    elif any(flagged.any() for flagged in bad):
        _set_apart(material, zip(blocks, bad, strict=True))


def _possible(metallic: Reading, rough: Reading, clear: Reading) -> bool:
    """Whether some texel could make it unreliable, whatever the textures hold."""
    most_metal, most_clear = (r if isinstance(r, float) else r.factor for r in (metallic, clear))
    return most_clear >= SEEN_THROUGH or polished(most_metal, rough if isinstance(rough, float) else 0.0)


def _faces_of(block: bpy.types.Mesh, material: bpy.types.Material) -> Faces:
    """(F,) which faces of a mesh wear a material."""
    slots = [k for k, other in enumerate(block.materials) if other == material]
    return np.isin(_numbers(block.polygons, "material_index", 1), slots)


def _asked(block: bpy.types.Mesh, readings: Iterable[Reading]) -> Faces:
    """(F,) which faces are unreliable by what is read at their middles."""
    metallic, rough, clear = (_read(block, reading) for reading in readings)
    return (metallic >= METAL) & (rough < POLISH) | (clear >= SEEN_THROUGH)


def _read(block: bpy.types.Mesh, reading: Reading) -> NDArray[np.float64]:
    """(F,) the value of a reading at the middle of each face, from the nearest texel."""
    if isinstance(reading, float):
        return np.full(len(block.polygons), reading)
    layer = block.uv_layers.get(_uv_name(reading.node)) or next((u for u in block.uv_layers if u.active_render), None)
    if layer is None:
        return np.zeros(len(block.polygons))
    start, size = (_numbers(block.polygons, name, 1) for name in ("loop_start", "loop_total"))
    corners = _numbers(layer.uv, "vector", 2, np.float32).astype(np.float64)
    middle = np.add.reduceat(corners, start, axis=0) / size[:, None]
    pixels = _small_pixels(reading.node.image)
    height, width = pixels.shape[:2]
    rows, columns = (np.floor(middle[:, 1 - k] * n).astype(int) % n for k, n in enumerate((height, width)))
    return pixels[rows, columns, reading.band].astype(np.float64) * reading.factor


def _numbers(items: Any, name: str, width: int, dtype: Any = np.int32) -> NDArray[Any]:
    values = np.empty(len(items) * width, dtype=dtype)
    items.foreach_get(name, values)
    return values if width == 1 else values.reshape(-1, width)


def _uv_name(node: bpy.types.ShaderNodeTexImage) -> str:
    """The UV map that a texture node asks for; empty for the mesh's own choice."""
    links = node.inputs["Vector"].links
    source = links[0].from_node if links else None
    return str(source.uv_map) if source is not None and source.bl_idname == "ShaderNodeUVMap" else ""


def _small_pixels(image: bpy.types.Image) -> NDArray[np.float32]:
    """(H, W, 4) pixels with row 0 at v = 0, of a smaller copy where the image is large: it is 16 bytes a pixel here."""
    if max(image.size) <= TEXELS:
        return image_pixels(image)
    copy = image.copy()
    copy.scale(min(TEXELS, image.size[0]), min(TEXELS, image.size[1]))
    pixels = image_pixels(copy)
    bpy.data.images.remove(copy)
    return pixels


def _set_apart(material: bpy.types.Material, faces: Iterable[tuple[bpy.types.Mesh, Faces]]) -> None:
    """Give some faces a flagged copy of their material."""
    twin = material.copy()
    twin[UNRELIABLE] = True
    for block, chosen in faces:
        if chosen.any():
            index = _numbers(block.polygons, "material_index", 1)
            block.materials.append(twin)
            index[chosen] = len(block.materials) - 1
            block.polygons.foreach_set("material_index", index)
            block.update()
