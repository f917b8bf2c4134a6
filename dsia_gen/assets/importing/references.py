"""Which other files a mesh file names, read without opening it; those outside its asset folder are refused."""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

from dsia_gen.assets.importing.headers import gltf_document, gltf_items
from dsia_gen.core.errors import AssetError

MAX_TOKENS = 64 * 2**20
"""Most bytes of the table of words of a binary USD file."""
MAX_LAYERS = 256
_MAP = re.compile(rb"^\s*(?:map_\w+|bump|disp|decal|refl|norm)\s+(.+?)\s*$", re.IGNORECASE | re.MULTILINE)
_LIBRARY = re.compile(rb"^\s*mtllib\s+(.+?)\s*$", re.MULTILINE)
_USD_ASSET = re.compile(rb"@+([^@\n]{1,4096}?)@+")
_USD_LAYERS = (".usd", ".usda", ".usdc", ".usdz")


def fence_of(path: Path, inside: str) -> Path:
    """The folder that `path` was found in as `inside`: what its file may refer to lies there. Else its own folder."""
    parts = Path(inside).parts
    return path.parents[len(parts) - 1] if path.parts[-len(parts) :] == parts else path.parent


def check_references(path: Path, fence: Path) -> None:
    """Raise AssetError when a file names an existing file outside `fence`: by an absolute path, `..`, or a link.

    Images of OBJ, FBX and .blend are not looked at here: Blender opens those when they are used, so that the loader
    can turn their paths aside before.
    """
    for name in referred(path):
        target = _absolute(path, name)
        if target is not None and not inside(target, fence):
            raise AssetError(
                f"{path} names the file {name!r:.200}, which lies outside the folder {fence}; "
                "copy it beside the model and name it without a path"
            )


def inside(target: Path, fence: Path) -> bool:
    """Whether a path lies in a folder once all links are followed."""
    return target.resolve().is_relative_to(fence.resolve())


def referred(path: Path) -> Iterator[str]:
    """Names of other files, as a file has them, that an importer reads at once."""
    reader = _READERS.get(path.suffix.lower())
    return reader(path) if reader else iter(())


def _absolute(path: Path, name: str) -> Path | None:
    """The existing file that a name leads to, or None."""
    target = path.parent / name.replace("\\", "/")
    try:
        return target if target.exists() else None
    except (OSError, ValueError):
        return None


def _gltf(path: Path) -> Iterator[str]:
    for uri in gltf_uris(path):
        yield from {uri, unquote(uri), unquote(uri).removeprefix("file://")}


def gltf_uris(path: Path) -> Iterator[str]:
    """Names of the buffers and images that a glTF keeps in files of their own, as it writes them."""
    document = gltf_document(path)
    for key in ("buffers", "images"):
        for item in gltf_items(document, key):
            uri = item.get("uri")
            if isinstance(uri, str) and not uri.startswith("data:"):
                yield uri


def material_libraries(path: Path) -> list[str]:
    """Names of the material files (.mtl) of an OBJ; it may name several in a line, and names may hold spaces."""
    names, rest = [], b""
    with path.open("rb") as stream:
        while chunk := stream.read(2**20):
            text = rest + chunk.replace(b"\\\r\n", b" ").replace(b"\\\n", b" ")
            text, _, rest = text.rpartition(b"\n")
            names += [m.decode("utf-8", "replace") for m in _LIBRARY.findall(text)] if b"mtllib" in text else []
    return names + [m.decode("utf-8", "replace") for m in _LIBRARY.findall(rest)]


def _obj(path: Path) -> Iterator[str]:
    for names in material_libraries(path):
        yield names
        yield from names.split()


def material_maps(path: Path) -> Iterator[str]:
    """Names of the images of a material file, with and without the options before them."""
    for line in _MAP.findall(path.read_bytes()):
        text = line.decode("utf-8", "replace")
        yield text
        yield text.split()[-1]


_GLASS = (b"4", b"6", b"7", b"9")
"""Illumination models of material files that let light through."""


def glass_materials(path: Path) -> set[str]:
    """Names of the materials of an OBJ that its material files call glass.

    The filter `Tf` alone says nothing: exporters write `Tf 1 1 1` for what is opaque.
    """
    found = set()
    for line in material_libraries(path):
        for name in {line, *line.split()}:
            library = path.parent / name.replace("\\", "/")
            if library.is_file():
                parts = re.split(rb"(?m)^\s*newmtl[ \t]+", library.read_bytes())[1:]
                glass = [part.strip() for part in parts if set(_MODEL.findall(part)) & set(_GLASS)]
                found |= {part.splitlines()[0].decode("utf-8", "replace").strip() if part else "" for part in glass}
    return found


_MODEL = re.compile(rb"(?m)^\s*illum[ \t]+(\d+)")


# --- USD ----------------------------------------------------------------------------------------------------------


def _usd(path: Path) -> Iterator[str]:
    """Names in a layer, and in the layers beside it that it names."""
    waiting, seen = [path], set[Path]()
    while waiting and len(seen) < MAX_LAYERS:
        layer = waiting.pop().resolve()
        if layer in seen:
            continue
        seen.add(layer)
        for name in _usd_names(layer):
            target = _absolute(layer, name)
            yield str(target) if target is not None else name
            if target is not None and target.suffix.lower() in _USD_LAYERS:
                waiting.append(target)


def _usd_names(path: Path) -> set[str]:
    layers = []
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if Path(member.filename).suffix.lower() not in _USD_LAYERS:
                    continue
                if member.compress_type != zipfile.ZIP_STORED:
                    what = f"its member {member.filename!r:.100} is compressed, which USDZ forbids"
                    raise AssetError(f"{path}: {what}; export it again")
                layers.append(archive.read(member))
    else:
        layers.append(path.read_bytes())
    words: list[bytes] = []
    for data in layers:
        words += _crate_tokens(path, data) if data.startswith(b"PXR-USDC") else _USD_ASSET.findall(data)
    return {word.decode("utf-8", "replace") for word in words if word}


def _crate_tokens(path: Path, data: bytes) -> list[bytes]:
    """The words of a binary USD file: its section TOKENS, LZ4 blocks (Pixar, pxr/usd/usd/crateFile.cpp)."""
    broken = AssetError(f"{path} is not a readable USD file; export it again")
    try:
        (table,) = struct.unpack_from("<q", data, 16)
        (sections,) = struct.unpack_from("<Q", data, table)
        for k in range(min(sections, 64)):
            name, start, _ = struct.unpack_from("<16sqq", data, table + 8 + 32 * k)
            if name.rstrip(b"\0") != b"TOKENS":
                continue
            _, size, packed = struct.unpack_from("<QQQ", data, start)
            if size > MAX_TOKENS:
                raise broken
            # TfFastCompression: a count of chunks (0: the rest is one LZ4 block), then length and LZ4 block of each.
            block = data[start + 24 : start + 24 + packed]
            if block[0] == 0:
                return _lz4(block[1:], size).split(b"\0")
            out, at = b"", 1
            for _ in range(block[0]):
                (length,) = struct.unpack_from("<i", block, at)
                out += _lz4(block[at + 4 : at + 4 + length], size - len(out))
                at += 4 + length
            return out.split(b"\0")
    except (struct.error, IndexError, ValueError) as error:
        raise broken from error
    raise broken


def _lz4(data: bytes, limit: int) -> bytes:
    """An LZ4 block (lz4_Block_format.md). ValueError when it unpacks to more than `limit` bytes."""
    out, at = bytearray(), 0
    while at < len(data):
        token = data[at]
        literals, at = _length(data, at + 1, token >> 4)
        out += data[at : at + literals]
        at += literals
        if at >= len(data):
            break
        back = data[at] | data[at + 1] << 8
        count, at = _length(data, at + 2, token & 15)
        count += 4
        if not 0 < back <= len(out) or len(out) + count > limit:
            raise ValueError("broken block")
        out += (bytes(out[-back:]) * (count // back + 1))[:count]
    if len(out) > limit:
        raise ValueError("larger than it says")
    return bytes(out)


def _length(data: bytes, at: int, start: int) -> tuple[int, int]:
    """A length that goes on in bytes of 255, and where it ends."""
    total = start
    while start == 15:
        total += data[at]
        at += 1
        if data[at - 1] != 255:
            break
    return total, at


_READERS: dict[str, Callable[[Path], Iterator[str]]] = {
    ".gltf": _gltf,
    ".glb": _gltf,
    ".obj": _obj,
    **dict.fromkeys(_USD_LAYERS, _usd),
}
