"""Textures of imported files: found beside them, never outside their folder, checked, or left out for plain colour."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import bpy

from dsia_gen.assets.importing.image_size import MAX_PIXELS, size_in_header
from dsia_gen.assets.importing.references import inside
from dsia_gen.assets.texture_search import find_texture
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


def image_nodes(material: bpy.types.Material) -> list[bpy.types.ShaderNodeTexImage]:
    """Texture nodes with an image."""
    tree = node_tree(material)
    return [n for n in (tree.nodes if tree else ()) if n.bl_idname == "ShaderNodeTexImage" and n.image is not None]


def used_images(objects: Sequence[bpy.types.Object]) -> Iterator[tuple[bpy.types.Material, bpy.types.Image]]:
    """Images of the texture nodes, with their materials."""
    for material in used_materials(objects):
        for node in image_nodes(material):
            yield material, node.image


def fence_images(images: Iterable[bpy.types.Image], path: Path, fence: Path) -> None:
    """Redirect images outside `fence` to the file's own folder, before a pixel of them is read.

    `images` are those that came with the file: others, such as the HDRI, are left alone. Blender opens an image when
    it is first used; a texture of that name beside the file may then still be found.
    """
    for image in images:
        if image.source == "GENERATED" or image.packed_file is not None or not image.filepath:
            continue
        if not inside(Path(bpy.path.abspath(image.filepath)), fence):
            image.filepath = str(path.parent / _name(image))
            image.reload()


def _name(image: bpy.types.Image) -> str:
    return image.filepath.replace("\\", "/").rsplit("/", 1)[-1] or image.name


def relink_textures(objects: Sequence[bpy.types.Object], path: Path, fence: Path) -> None:
    """Find textures of the right name in the folders beside the file, where the path that it states leads nowhere."""

    def allowed(target: Path) -> bool:
        # Inside the fence, or at most one folder up from the file, where scans keep their textures.
        return inside(target, fence) or inside(target, path.parent.parent)

    for _, image in used_images(objects):
        if image.packed_file is not None or (image.filepath and Path(bpy.path.abspath(image.filepath)).is_file()):
            continue
        found = find_texture(path, _name(image), allowed)
        if found is not None:
            image.filepath = str(found)
            image.reload()


def missing_textures(objects: Sequence[bpy.types.Object], path: Path) -> list[tuple[bpy.types.Material, str]]:
    """Materials and the textures of theirs that cannot be loaded. AssetError for one too large to load."""
    missing = []
    for material, image in used_images(objects):
        size = _header_size(image)
        if size is not None and size[0] * size[1] > MAX_PIXELS:
            raise AssetError(f"{path}: the texture {image.name!r} has {size[0]} x {size[1]} pixels; make it smaller")
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
            f"{path}: the texture {name!r} of material {material.name!r} is missing; put it beside the file, choose "
            "another asset, or accept plain colours with `missing_textures: plain` in its manifest entry"
        )
    for material in dict.fromkeys(material for material, _ in lost):
        # Without the images that cannot be loaded, what they fed gets the values of a plain and matt surface.
        tree = material.node_tree
        unread = [n for n in image_nodes(material) if not _loads(n.image)]
        for shader in [n for n in tree.nodes if n.bl_idname == "ShaderNodeBsdfPrincipled"]:
            for socket in [s for s in shader.inputs if s.is_linked and _fed_by(s, unread)]:
                tree.links.remove(socket.links[0])
                if socket.name in _PLAIN:
                    socket.default_value = _PLAIN[socket.name]
        for node in unread:
            tree.nodes.remove(node)


def _fed_by(socket: bpy.types.NodeSocket, nodes: Sequence[bpy.types.Node], depth: int = 8) -> bool:
    sources = [link.from_node for link in socket.links]
    return any(n in nodes or (depth > 0 and any(_fed_by(s, nodes, depth - 1) for s in n.inputs)) for n in sources)


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
