"""Which other files a mesh file names, read without opening it; those outside its asset folder are refused."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dsia_gen.assets.importing.gltf_scene import texture_sources
from dsia_gen.assets.importing.headers import GLTF, gltf_document, gltf_items
from dsia_gen.assets.importing.linked_files import IMAGE_SUFFIXES, UNREADABLE, LinkedFiles, plain_name
from dsia_gen.assets.importing.usd_names import USD_LAYERS, usd_names
from dsia_gen.assets.importing.wavefront import material_libraries, material_maps
from dsia_gen.core.errors import AssetError

MAX_LAYERS = 256
_TEXTURE_FILE = re.compile(rb"^comment[ \t]+TextureFile[ \t]+(.+?)[ \t\r]*$", re.MULTILINE | re.IGNORECASE)
_HEAD = 2**16


@dataclass(frozen=True)
class Reference:
    """A file that another names: the name as written, the folder of the file that has it, and where it was found.

    `image` is whether it is a picture: the model can do without one.
    """

    name: str
    beside: Path
    found: Path | None
    image: bool = True


def check_references(path: Path, linked: LinkedFiles) -> None:
    """Raise AssetError when a file names an existing file outside its fence: by an absolute path, `..`, or a link.

    Images of OBJ, PLY, FBX and .blend are not refused here: the loader never opens those that lie outside, and reports
    them as missing.
    """
    opened_by_name = path.suffix.lower() in (*GLTF, *USD_LAYERS)
    for reference in references(path, linked):
        if (opened_by_name or not reference.image) and linked.outside(reference.name, reference.beside):
            raise AssetError(
                f"{path} names the file {reference.name!r:.200}, which lies outside the folder {linked.fence}; "
                "copy it beside the model and name it without a path"
            )


def references(path: Path, linked: LinkedFiles) -> list[Reference]:
    """The files that an OBJ, PLY, glTF or USD names, and those that its material files and layers name.

    Other formats are opened to know them.
    """
    reader = _READERS.get(path.suffix.lower())
    return list(dict.fromkeys(reader(path, linked))) if reader else []


def missing_references(path: Path, linked: LinkedFiles) -> list[str]:
    """Names of the files that `references` does not find, each once."""
    return list(dict.fromkeys(plain_name(item.name) for item in references(path, linked) if item.found is None))


def ply_textures(path: Path) -> list[str]:
    """Names of the images in the comments of a PLY."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD).split(b"end_header")[0]
    return [name.decode("utf-8", "replace") for name in _TEXTURE_FILE.findall(head)]


def _ply(path: Path, linked: LinkedFiles) -> Iterator[Reference]:
    for name in ply_textures(path):
        yield Reference(name, path.parent, linked.find(name))


def _obj(path: Path, linked: LinkedFiles) -> Iterator[Reference]:
    libraries = material_libraries(path, linked)
    for name in libraries.missing:
        yield Reference(name, path.parent, None, image=False)
    if libraries.image is not None:
        yield Reference(libraries.image.name, path.parent, libraries.image)
    for library in libraries.found:
        yield Reference(library.name, library.parent, library, image=False)
        for image in material_maps(library):
            if image.used:
                yield Reference(image.name, library.parent, linked.find(image.name, library.parent))


def _gltf(path: Path, linked: LinkedFiles) -> Iterator[Reference]:
    document = gltf_document(path)
    for buffer in gltf_items(document, "buffers"):
        yield from _named(buffer, path, linked, image=False)
    images = list(gltf_items(document, "images"))
    for index in texture_sources(document):
        if index < len(images):
            yield from _named(images[index], path, linked, image=True)


def _named(item: dict[str, Any], path: Path, linked: LinkedFiles, image: bool) -> Iterator[Reference]:
    uri = item.get("uri")
    if isinstance(uri, str) and not uri.startswith("data:"):
        yield Reference(uri, path.parent, linked.find(uri, image=image), image)


def _usd(path: Path, linked: LinkedFiles) -> Iterator[Reference]:
    """Names in a layer, and in the layers beside it that it names."""
    waiting, seen = [path], set[Path]()
    while waiting and len(seen) < MAX_LAYERS:
        layer = waiting.pop()
        if layer in seen:
            continue
        seen.add(layer)
        packed = _members(layer)
        for name in sorted(usd_names(layer)):
            suffix = PurePosixPath(plain_name(name)).suffix.lower()
            image = suffix in (*IMAGE_SUFFIXES, *UNREADABLE)
            # The words of a binary layer are names of files where they look like it, or lead to a file.
            if plain_name(name).casefold() in packed or not ("." in name or "/" in name):
                continue
            found = linked.find(name, layer.parent, image=image) if suffix else None
            if image or found is not None or suffix in USD_LAYERS or linked.outside(name, layer.parent):
                yield Reference(name, layer.parent, found, image)
            if found is not None and suffix in USD_LAYERS:
                waiting.append(found)


def _members(path: Path) -> frozenset[str]:
    """Names of the files in a USDZ package, without folders; empty for a layer."""
    if not zipfile.is_zipfile(path):
        return frozenset()
    with zipfile.ZipFile(path) as archive:
        return frozenset(plain_name(name).casefold() for name in archive.namelist())


_READERS: dict[str, Callable[[Path, LinkedFiles], Iterator[Reference]]] = {
    ".gltf": _gltf,
    ".glb": _gltf,
    ".vrm": _gltf,
    ".obj": _obj,
    ".ply": _ply,
    **dict.fromkeys(USD_LAYERS, _usd),
}
