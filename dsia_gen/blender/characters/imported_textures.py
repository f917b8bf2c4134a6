"""Textures of imported files: linked to what was found, checked where a render reads them, or replaced by plain."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import bpy

from dsia_gen.assets.importing.image_size import MAX_PIXELS, size_in_header
from dsia_gen.assets.importing.linked_files import LinkedFiles, plain_name
from dsia_gen.blender.compat import node_tree
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.asset import MissingTextures

_PLAIN = {
    "Base Color": (0.42, 0.40, 0.38, 1.0),
    "Metallic": 0.0,
    "Roughness": 0.8,
    "Alpha": 1.0,
    "Emission Strength": 0.0,
    "Transmission Weight": 0.0,
}
"""What the inputs of a shader become whose texture is missing."""
_TEXTURES = ("ShaderNodeTexImage", "ShaderNodeTexEnvironment")


def meshes(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Object]:
    """Those of the objects that are meshes."""
    return [o for o in objects if o.type == "MESH"]


def main_armature(objects: Sequence[bpy.types.Object]) -> bpy.types.Object | None:
    """The armature with the most bones, None without one."""
    return max((o for o in objects if o.type == "ARMATURE"), key=lambda o: len(o.data.bones), default=None)


def used_materials(objects: Sequence[bpy.types.Object]) -> list[bpy.types.Material]:
    """Materials in slots of the meshes, each once, in order."""
    found: dict[str, bpy.types.Material] = {}
    for item in meshes(objects):
        for slot in item.material_slots:
            if slot.material is not None:
                found.setdefault(slot.material.name, slot.material)
    return list(found.values())


def texture_nodes(material: bpy.types.Material) -> list[bpy.types.ShaderNodeTexImage]:
    """Texture nodes that a render reads: those that lead to the output, also inside node groups. Some lack an image."""
    tree = node_tree(material)
    output = tree.get_output_node("CYCLES") if tree else None
    found: dict[int, bpy.types.ShaderNodeTexImage] = {}
    waiting, seen = [output] if output is not None else [], set[int]()
    while waiting:
        node = waiting.pop()
        if node.as_pointer() in seen:
            continue
        seen.add(node.as_pointer())
        if node.bl_idname in _TEXTURES:
            found[node.as_pointer()] = node
        if node.bl_idname == "ShaderNodeGroup" and node.node_tree is not None:
            waiting += [inner for inner in node.node_tree.nodes if inner.bl_idname == "NodeGroupOutput"]
        waiting += [link.from_node for socket in node.inputs for link in socket.links]
    return list(found.values())


def used_images(objects: Sequence[bpy.types.Object]) -> Iterator[tuple[bpy.types.Material, bpy.types.Image]]:
    """Images of the texture nodes that a render reads, with their materials."""
    for material in used_materials(objects):
        for node in texture_nodes(material):
            if node.image is not None:
                yield material, node.image


def link_images(images: Iterable[bpy.types.Image], linked: LinkedFiles, nowhere: Path) -> None:
    """Point images at the files that their names lead to, before a pixel of them is read.

    `images` are those that came with the file: others, such as the HDRI, are left alone. An image that is not found,
    or lies outside the folder of the assets, gets a path in `nowhere`: Blender opens an image when it is first used.
    """
    for image in images:
        if image.source == "GENERATED" or image.packed_file is not None or not image.filepath:
            continue
        stand_in = Path(bpy.path.abspath(image.filepath)).is_relative_to(nowhere)
        found = None if stand_in else linked.find(image.filepath)
        target = str(found or nowhere / "missing" / plain_name(image.filepath))
        if image.filepath != target or stand_in:
            image.filepath = target
            image.reload()


def missing_textures(objects: Sequence[bpy.types.Object], path: Path) -> list[tuple[bpy.types.Material, str]]:
    """Materials and the textures of theirs that cannot be loaded. AssetError for one too large to load."""
    missing = []
    for material in used_materials(objects):
        for node in texture_nodes(material):
            image = node.image
            if image is None:
                missing.append((material, f"image of {node.label or node.name}"))
                continue
            size = _header_size(image)
            if size is not None and size[0] * size[1] > MAX_PIXELS:
                words = f"{size[0]} x {size[1]} pixels; make it smaller"
                raise AssetError(f"{path}: the texture {image.name!r} has {words}")
            if not _loads(image):
                missing.append((material, image.filepath or image.name))
    return missing


def settle_textures(objects: Sequence[bpy.types.Object], path: Path, missing: MissingTextures) -> None:
    """Raise AssetError, naming the image, when a used texture cannot be loaded; with `plain`, leave it out instead.

    The material is then plain, matt and grey, never magenta.
    """
    lost = missing_textures(objects, path)
    if lost and missing == "error":
        material, name = lost[0]
        raise AssetError(
            f"{path}: the texture {plain_name(name)!r} of material {material.name!r} is missing; put it beside the "
            "file, choose another asset, or accept plain colours with `missing_textures: plain` in its manifest entry"
        )
    for material in dict.fromkeys(material for material, _ in lost):
        # Without the images that cannot be loaded, what they fed gets the values of a plain and matt surface.
        unread = [n for n in texture_nodes(material) if n.image is None or not _loads(n.image)]
        for tree in _trees(material):
            for shader in [n for n in tree.nodes if n.bl_idname == "ShaderNodeBsdfPrincipled"]:
                for socket in [s for s in shader.inputs if s.is_linked and _fed_by(s, unread)]:
                    tree.links.remove(socket.links[0])
                    if socket.name in _PLAIN:
                        socket.default_value = _PLAIN[socket.name]
        for node in unread:
            node.id_data.nodes.remove(node)


def _trees(material: bpy.types.Material) -> list[bpy.types.NodeTree]:
    """The node tree of a material, and those of the groups in it."""
    found, waiting = dict[str, bpy.types.NodeTree](), [(material.name_full, node_tree(material))]
    while waiting:
        name, tree = waiting.pop()
        if tree is None or name in found:
            continue
        found[name] = tree
        groups = [n.node_tree for n in tree.nodes if n.bl_idname == "ShaderNodeGroup" and n.node_tree is not None]
        waiting += [(f"group {group.name_full}", group) for group in groups]
    return list(found.values())


def _fed_by(socket: bpy.types.NodeSocket, nodes: Sequence[bpy.types.Node]) -> bool:
    """Whether what a socket gets comes from one of some nodes, also through or out of node groups."""
    waiting, seen = [link.from_node for link in socket.links], set[int]()
    while waiting:
        node = waiting.pop()
        if node in nodes:
            return True
        if node.as_pointer() in seen:
            continue
        seen.add(node.as_pointer())
        if node.bl_idname == "ShaderNodeGroup" and node.node_tree is not None:
            waiting += [inner for inner in node.node_tree.nodes if inner.bl_idname == "NodeGroupOutput"]
        waiting += [link.from_node for entry in node.inputs for link in entry.links]
    return False


def _header_size(image: bpy.types.Image) -> tuple[int, int] | None:
    """Width and height that the header states; None for kinds that only Blender knows, and for generated images."""
    if image.source == "GENERATED":
        return None
    packed = image.packed_file
    try:
        return size_in_header(io.BytesIO(packed.data) if packed is not None else Path(bpy.path.abspath(image.filepath)))
    except Exception:
        return None


def _loads(image: bpy.types.Image) -> bool:
    """Whether an image has pixels; a missing file does not raise until it is read."""
    try:
        return image.size[0] > 0 and len(image.pixels) > 0 and bool(image.has_data)
    except RuntimeError:
        return False
