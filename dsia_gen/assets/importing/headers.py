"""Checks of a mesh file before it is opened: counts beyond the limit, linked libraries, extensions; versions."""

from __future__ import annotations

import gzip
import json
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

from dsia_gen.core.errors import AssetError

MAX_ELEMENTS = 20_000_000
"""Most vertices or faces of one file."""
MAX_BYTES = 4 * 2**30
MAX_JSON = 256 * 2**20
MAX_UNPACKED = 8 * 2**30
"""Most bytes that a compressed .blend may unpack to."""
LARGEST_NUMBER = 1e38
"""Single precision, in which the numbers of a glTF are."""
_CHUNK = 2**20
GLTF = (".gltf", ".glb", ".vrm")
"""Suffixes of glTF files; a VRM avatar is one with an extension."""
_GLTF_UNREADABLE = {
    "EXT_meshopt_compression": "decode it first, for instance with `gltf-transform copy`",
    "KHR_texture_basisu": "export it with PNG or JPEG textures",
}


def check_header(path: Path) -> None:
    """Raise AssetError for a file that is too large, cut off, or needs what cannot be read; reads little of it."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise AssetError(f"{path} has {size / 2**30:.1f} GiB, the limit is {MAX_BYTES / 2**30:.0f}; simplify the model")
    if size == 0:
        raise AssetError(f"{path} is empty; get it again")
    check = _CHECKS.get(path.suffix.lower())
    if check is not None:
        check(path)


def _require(path: Path, count: int, what: str) -> None:
    if count > MAX_ELEMENTS:
        raise AssetError(
            f"{path} says that it has {count:,} {what}, more than the {MAX_ELEMENTS:,} that are read; simplify it"
        )


def _cut_off(path: Path) -> AssetError:
    return AssetError(f"{path} is cut off: it is shorter than its header says; get it again")


# --- PLY, STL, OBJ ------------------------------------------------------------------------------------------------


def _ply(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(_CHUNK)
    if not head.startswith(b"ply") or b"end_header" not in head:
        raise AssetError(f"{path} has no PLY header; export it again")
    total = 0
    for line in head.split(b"end_header")[0].decode("ascii", "replace").splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == "element":
            count = int(words[2]) if words[2].isdigit() else -1
            if count < 0:
                raise AssetError(f"{path}: {words[2][:20]!r} is not a number of elements; export it again")
            _require(path, count, "vertices or faces")
            total += count
    if total > path.stat().st_size:  # every element takes a byte at least
        raise _cut_off(path)


def _stl(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as stream:
        head = stream.read(84)
    count = struct.unpack("<I", head[80:84])[0] if len(head) == 84 else 0
    if head.startswith(b"solid") and 84 + 50 * count != size:
        return  # text, whose size says nothing
    _require(path, count, "triangles")
    if 84 + 50 * count > size:
        raise _cut_off(path)


def _obj(path: Path) -> None:
    vertices = faces = 0
    last = b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = last + chunk
            vertices += text.count(b"\nv ")
            faces += text.count(b"\nf ")
            last = chunk[-2:]
    _require(path, max(vertices, faces), "vertices or faces")


# --- glTF ---------------------------------------------------------------------------------------------------------


def gltf_document(path: Path) -> dict[str, object]:
    """The JSON of a glTF or GLB file. AssetError when there is none."""
    size = path.stat().st_size
    try:
        with path.open("rb") as stream:
            head = stream.read(20)
            if head.startswith(b"glTF"):
                total, length = struct.unpack("<8xII4x", head) if len(head) == 20 else (size + 1, 0)
                if total > size or length > min(size, MAX_JSON):
                    raise _cut_off(path)
                text = stream.read(length)
            elif size > MAX_JSON:
                raise AssetError(f"{path} has more than {MAX_JSON // 2**20} MiB of JSON; export it as .glb")
            else:
                text = head + stream.read()
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AssetError(f"{path} is not a readable glTF ({str(error)[:80]}); export it again") from error
    if not isinstance(document, dict):
        raise AssetError(f"{path} is not a readable glTF (no object); export it again")
    return document


def gltf_items(document: dict[str, object], key: str) -> Iterator[dict[str, object]]:
    """The objects of a list of a glTF, such as `buffers`; what is not an object is left out."""
    value = document.get(key)
    yield from (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


_TRANSFORMS = {"matrix": 16, "translation": 3, "rotation": 4, "scale": 3}
"""Fields of a node, and of how many numbers each is."""


def _numbers(value: object, count: int) -> bool:
    if not isinstance(value, list) or len(value) != count:
        return False
    return all(type(item) in (int, float) and abs(item) < LARGEST_NUMBER for item in value)


def _gltf(path: Path) -> None:
    document = gltf_document(path)
    for accessor in gltf_items(document, "accessors"):
        count = accessor.get("count", 0)
        _require(path, count if isinstance(count, int) else MAX_ELEMENTS + 1, "elements in an accessor")
    for buffer in gltf_items(document, "buffers"):
        length = buffer.get("byteLength", 0)
        if not isinstance(length, int) or length > MAX_BYTES:
            raise AssetError(f"{path} says that a buffer has {length!r:.20} bytes; export it again")
    for number, node in enumerate(gltf_items(document, "nodes")):
        for field, count in _TRANSFORMS.items():
            if field in node and not _numbers(node[field], count):
                raise AssetError(f"{path}: the {field} of node {number} is not {count} numbers; export it again")
    required = document.get("extensionsRequired")
    for name in required if isinstance(required, list) else []:
        if isinstance(name, str) and name in _GLTF_UNREADABLE:
            raise AssetError(
                f"{path} needs the glTF extension {name}, which Blender cannot read; {_GLTF_UNREADABLE[name]}"
            )


# --- .blend -------------------------------------------------------------------------------------------------------


def _blend(path: Path) -> None:
    """Check that no library is linked, from the blocks of the file, without Blender."""
    for block in _blocks(path):
        if block.code != b"LI":
            continue
        words = [w.decode("utf-8", "replace") for w in block.read().split(b"\0") if w.endswith(b".blend")]
        # First its name as a data block, `LIrig.blend`, then its path.
        library = next((word for word in words if not word.startswith("LI")), "(without a name)")
        raise AssetError(
            f"{path} links the library {library!r}; make everything local "
            "(Object > Relations > Make Local) and save it again"
        )


def blend_version(path: Path) -> tuple[int, int]:
    """The version of the Blender that wrote a .blend, such as (4, 5). AssetError where it is not one."""
    with path.open("rb") as raw:
        head = _blend_head(_Unpacked(_decompressed(raw), path), path)
    return head.version


def current_scene(path: Path) -> str:
    """The name of the scene that was open when a .blend was saved; empty where the file does not say."""
    current = None
    for block in _blocks(path):
        if block.code == b"GLOB":
            # FileGlobal (DNA_fileGlobal_types.h): 16 bytes of versions, then the pointers to screen and scene.
            data = block.read()
            pointers = struct.Struct(block.order + ("QQ" if block.wide else "II"))
            current = pointers.unpack_from(data, 16)[1] if len(data) >= 16 + pointers.size else None
        elif block.code == b"SC" and block.address == current:
            # Near the start of a data block stands its name after two letters for its type.
            name = re.search(rb"SC([^\0]{1,253})\0", block.read()[:512])
            return name[1].decode("utf-8", "replace") if name else ""
    return ""


@dataclass(frozen=True)
class _Block:
    """One block of a .blend: `read` gives its bytes; what is not read is skipped."""

    code: bytes
    address: int
    wide: bool
    order: str
    read: Callable[[], bytes]


class _BlendHead(NamedTuple):
    """What the first bytes of a .blend say: its version, and how the heads of its blocks are stored."""

    version: tuple[int, int]
    wide: bool
    order: str
    block: struct.Struct
    fields: tuple[int, int, int]
    """Which of a block's fields are its code, its address and its length."""


def _blend_head(stream: _Unpacked, path: Path) -> _BlendHead:
    """Read the first bytes of a .blend. AssetError for another file, or a format that is not known.

    Up to 4.5 they are 12, such as `BLENDER-v405`, and heads of blocks hold 32 bits of length. From 5.0 on they say
    their own size, then the format: `BLENDER17-01v0500`, with 64 bits of length.
    """
    unknown = AssetError(f"{path} is not a .blend file; save it again with Blender")
    magic = stream.read(12)
    if len(magic) < 12 or not magic.startswith(b"BLENDER"):
        raise unknown
    if magic[7:8] in (b"-", b"_"):
        order, digits, wide = magic[8:9], b"0" + magic[9:12], magic[7:8] == b"-"
        layout, fields = ("4siQii" if wide else "4siIii"), (0, 2, 1)
    else:
        size, form = magic[7:9], magic[10:12]
        if not size.isdigit() or not form.isdigit() or magic[9:10] != b"-" or int(size) < 17:
            raise unknown
        if int(form) != 1:
            raise AssetError(
                f"{path} has blocks of format {int(form)}, which is newer than what is read here; "
                "save it with an older Blender, or export a .glb"
            )
        rest = stream.read(int(size) - 12)
        order, digits, wide = rest[:1], rest[1:5], True
        layout, fields = "4siQqq", (0, 2, 3)
    if order not in (b"v", b"V") or len(digits) != 4 or not digits.isdigit():
        raise unknown
    sign = "<" if order == b"v" else ">"
    return _BlendHead((int(digits[:2]), int(digits[2:])), wide, sign, struct.Struct(sign + layout), fields)


def _blocks(path: Path) -> Iterator[_Block]:
    """The blocks of a .blend up to its end. AssetError where it is cut off before, or is another file."""
    with path.open("rb") as raw:
        stream = _Unpacked(_decompressed(raw), path)
        head = _blend_head(stream, path)
        while len(block := stream.read(head.block.size)) == head.block.size:
            values = head.block.unpack(block)
            code, address, length = (values[k] for k in head.fields)
            if code == b"ENDB":
                return
            if length < 0:
                raise AssetError(f"{path} has a block of negative size; get it again")
            end = stream.left - length
            yield _Block(code.rstrip(b"\0"), address, head.wide, head.order, partial(stream.read, length))
            stream.skip(stream.left - end)
    raise _cut_off(path)


def _decompressed(raw: Any) -> Any:
    magic = raw.read(4)
    raw.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=raw)
    if magic == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(raw, read_across_frames=True)
    return raw


class _Unpacked:
    """Reads on from a stream, up to MAX_UNPACKED bytes."""

    def __init__(self, stream: Any, path: Path) -> None:
        self.stream, self.path, self.left = stream, path, MAX_UNPACKED

    def read(self, count: int) -> bytes:
        self.left -= count
        if self.left < 0:
            raise AssetError(f"{self.path} unpacks to more than {MAX_UNPACKED / 2**30:.0f} GiB; simplify the model")
        parts = []
        try:
            while count > 0 and (part := self.stream.read(min(count, _CHUNK))):
                parts.append(part)
                count -= len(part)
        except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
            raise AssetError(f"{self.path} cannot be unpacked ({str(error)[:80]}); get it again") from error
        return b"".join(parts)

    def skip(self, count: int) -> None:
        while count > 0 and (part := self.read(min(count, _CHUNK))):
            count -= len(part)


_CHECKS: dict[str, Callable[[Path], None]] = {
    ".ply": _ply,
    ".stl": _stl,
    ".obj": _obj,
    ".gltf": _gltf,
    ".glb": _gltf,
    ".vrm": _gltf,
    ".blend": _blend,
}
