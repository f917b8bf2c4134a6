"""glTF documents reduced to what they show: default scene, visible nodes, images by the paths that were found."""

from __future__ import annotations

import copy
import json
import struct
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dsia_gen.assets.importing.headers import gltf_document, gltf_items
from dsia_gen.assets.importing.linked_files import LinkedFiles, plain_name
from dsia_gen.core.errors import AssetError

_OTHER_SOURCES = ("EXT_texture_webp", "KHR_texture_basisu", "MSFT_texture_dds", "EXT_texture_avif")
"""Extensions that give a texture an image of another format."""
_READ = "EXT_texture_webp"
"""The one that Blender's importer reads."""
Document = dict[str, Any]


def texture_sources(document: Document) -> list[int]:
    """The images that the textures of a glTF use, each once: their own, else the one of an extension."""
    sources = [_source(texture) for texture in gltf_items(document, "textures")]
    return list(dict.fromkeys(index for index in sources if index is not None))


def _source(texture: Document) -> int | None:
    source, extensions = texture.get("source"), _extensions(texture)
    for name in () if isinstance(source, int) else _OTHER_SOURCES:
        held = extensions.get(name)
        if isinstance(held, dict) and isinstance(held.get("source"), int):
            return int(held["source"])
    return source if isinstance(source, int) else None


def prepared_document(path: Path, linked: LinkedFiles, nowhere: Path) -> Document | None:
    """A glTF as Blender's importer is to read it, or None where it would read the file itself no differently.

    Images that are not there get a path in the folder `nowhere`. AssetError for a buffer that is not there.
    """
    stored = gltf_document(path)
    document = copy.deepcopy(stored)
    for buffer in gltf_items(document, "buffers"):
        uri = buffer.get("uri")
        if isinstance(uri, str) and not uri.startswith("data:"):
            found = linked.find(uri, image=False)
            if found is None:
                raise AssetError(f"{path} names the buffer {uri!r:.200}, which is not there; get the file with it")
            buffer["uri"] = quote(str(found))
    for image in gltf_items(document, "images"):
        uri = image.get("uri")
        if isinstance(uri, str) and not uri.startswith("data:"):
            found = linked.find(uri)
            image["uri"] = quote(str(found or nowhere / plain_name(uri)))
    for texture in gltf_items(document, "textures"):
        source = _source(texture)
        if source is not None and not isinstance(texture.get("source"), int) and _READ not in _extensions(texture):
            texture["source"] = source
    keep_shown(document)
    return None if document == stored else document


def gltf_roots(document: Document) -> list[int]:
    """The outermost nodes of the default scene; of all nodes where there is no scene."""
    nodes, scenes = list(gltf_items(document, "nodes")), list(gltf_items(document, "scenes"))
    default = document.get("scene", 0)
    if not scenes or not isinstance(default, int) or not 0 <= default < len(scenes):
        return sorted(set(range(len(nodes))) - {child for node in nodes for child in _indices(node, "children")})
    return _indices(scenes[default], "nodes")


def gltf_children(node: Document) -> list[int]:
    """The children of a node."""
    return _indices(node, "children")


def keep_shown(document: Document) -> None:
    """Leave out the nodes that are hidden or outside the default scene. Joints of the skins that remain are kept."""
    nodes, scenes = (list(gltf_items(document, kind)) for kind in ("nodes", "scenes"))
    roots = gltf_roots(document)
    kept = set[int]()

    def visit(starts: list[int]) -> None:
        waiting = list(starts)
        while waiting:
            index = waiting.pop()
            if 0 <= index < len(nodes) and index not in kept and not _hidden(nodes[index]):
                kept.add(index)
                waiting += _indices(nodes[index], "children")

    visit(roots)
    skins = list(gltf_items(document, "skins"))
    parents = {child: index for index, node in enumerate(nodes) for child in _indices(node, "children")}
    for index in sorted(kept):
        skin = nodes[index].get("skin")
        for joint in _indices(skins[skin], "joints") if isinstance(skin, int) and 0 <= skin < len(skins) else ():
            at: int | None = joint
            while at is not None and at not in kept and 0 <= at < len(nodes):
                kept.add(at)
                at = parents.get(at)
    if len(kept) == len(nodes) and len(scenes) < 2:
        return
    _renumber(document, nodes, skins, {old: new for new, old in enumerate(sorted(kept))}, roots)


def _renumber(
    document: Document, nodes: list[Document], skins: list[Document], numbers: dict[int, int], roots: list[int]
) -> None:
    """Keep the nodes of `numbers` (old index to new one), in one scene with the roots among them."""
    for node in nodes:
        if "children" in node:
            node["children"] = [numbers[child] for child in _indices(node, "children") if child in numbers]
            if not node["children"]:
                del node["children"]
    document["nodes"] = [nodes[index] for index in numbers]
    document["scenes"] = [{"nodes": [numbers[index] for index in roots if index in numbers]}]
    document["scene"] = 0
    # Skins that no remaining node wears would point at nodes that are gone.
    worn = sorted({node["skin"] for node in document["nodes"] if isinstance(node.get("skin"), int)})
    for node in document["nodes"]:
        if isinstance(node.get("skin"), int):
            node["skin"] = worn.index(node["skin"])
    if skins:
        document["skins"] = [skins[index] for index in worn if 0 <= index < len(skins)]
        for skin in document["skins"]:
            skin["joints"] = [numbers[joint] for joint in _indices(skin, "joints") if joint in numbers]
            if skin.get("skeleton") in numbers:
                skin["skeleton"] = numbers[skin["skeleton"]]
            else:
                skin.pop("skeleton", None)
        if not document["skins"]:
            del document["skins"]
    animations = []
    for animation in gltf_items(document, "animations"):
        channels = []
        for channel in gltf_items(animation, "channels"):
            target = channel.get("target")
            if isinstance(target, dict) and target.get("node") in numbers:
                channels.append(channel | {"target": target | {"node": numbers[target["node"]]}})
        if channels:
            animations.append(animation | {"channels": channels})
    document.pop("animations", None)
    if animations:
        document["animations"] = animations


def write_prepared_gltf(path: Path, document: Document, folder: Path) -> Path:
    """The document as a file in `folder` that Blender's importer opens; the binary part of a GLB comes along."""
    target = folder / path.name
    text = json.dumps(document).encode()
    with path.open("rb") as stream:
        head = stream.read(20)
        if not head.startswith(b"glTF"):
            target.write_bytes(text)
            return target
        length = struct.unpack("<I", head[12:16])[0]
        stream.seek(20 + length)
        text += b" " * (-len(text) % 4)
        rest = stream.read()
        with target.open("wb") as out:
            out.write(struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text) + len(rest), len(text), b"JSON"))
            out.write(text)
            out.write(rest)
    return target


def _hidden(node: Document) -> bool:
    """Whether a node says that it and its children are not seen (KHR_node_visibility)."""
    held = _extensions(node).get("KHR_node_visibility")
    return isinstance(held, dict) and held.get("visible") is False


def _extensions(item: Document) -> Document:
    held = item.get("extensions")
    return held if isinstance(held, dict) else {}


def _indices(item: Document, key: str) -> list[int]:
    value = item.get(key)
    return [index for index in (value if isinstance(value, list) else []) if type(index) is int]
