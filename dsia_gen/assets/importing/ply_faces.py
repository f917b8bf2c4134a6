"""What Blender's importer leaves unread of a PLY: texture coordinates of corners, and the image of each face."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AssetError

_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_CORNERS, _IMAGE = "texcoord", "texnumber"
_HEAD = 2**16


@dataclass(frozen=True)
class PlyProperty:
    """A property of an element: its name, its type, and that of its length where it is a list."""

    name: str
    type: str
    length: str = ""


@dataclass(frozen=True)
class PlyElement:
    """An element of a PLY: `count` rows of some properties."""

    name: str
    count: int
    properties: tuple[PlyProperty, ...]


@dataclass(frozen=True)
class PlyHeader:
    """The elements of a PLY, the order of its bytes ("" for text), and where its rows begin."""

    elements: tuple[PlyElement, ...]
    order: str
    begin: int

    def of(self, name: str) -> PlyElement | None:
        """The element of a name."""
        return next((element for element in self.elements if element.name == name), None)


@dataclass(frozen=True)
class FaceTextures:
    """(C, 2) coordinates of all corners in the order of the faces, (F,) corners of each face, (F,) its image."""

    uv: NDArray[np.float64]
    sizes: NDArray[np.int64]
    images: NDArray[np.int64]


def ply_header(path: Path) -> PlyHeader:
    """The header of a PLY. AssetError when it is broken."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    end = head.find(b"end_header")
    end = head.find(b"\n", end) + 1 if end >= 0 else 0
    elements, order = list[PlyElement](), ""
    try:
        if not end:
            raise ValueError("no end")
        for line in head[:end].decode("ascii", "replace").splitlines():
            words = line.split()
            if words[:1] == ["format"]:
                order = _ORDERS[words[1]]
            elif words[:1] == ["element"]:
                elements.append(PlyElement(words[1], int(words[2]), ()))
            elif words[:1] == ["property"]:
                held = elements[-1]
                length = _TYPES[words[2]] if words[1] == "list" else ""
                entry = PlyProperty(words[-1], _TYPES[words[-2]], length)
                elements[-1] = PlyElement(held.name, held.count, (*held.properties, entry))
    except (ValueError, KeyError, IndexError) as error:
        raise AssetError(f"{path} has a broken PLY header; export it again") from error
    return PlyHeader(tuple(elements), order, end)


def face_textures(path: Path, header: PlyHeader) -> FaceTextures | None:
    """Texture coordinates that a PLY keeps at the corners of its faces; None where it does not.

    AssetError when its rows cannot be read.
    """
    face = header.of("face")
    names = [entry.name for entry in face.properties] if face is not None else []
    if face is None or _CORNERS not in names:
        return None
    try:
        with path.open("rb") as stream:
            stream.seek(header.begin)
            for element in header.elements:
                rows = _rows(stream, element, header.order)
                if element is face:
                    break
    except (ValueError, IndexError) as error:
        raise AssetError(f"{path} is cut off, or has broken rows ({error}); export it again") from error
    corners = rows[names.index(_CORNERS)]
    sizes = np.array([len(row) // 2 for row in corners], dtype=np.int64)
    images = np.zeros(len(sizes), dtype=np.int64)
    try:
        if _IMAGE in names:
            images = np.array([int(row[0]) for row in rows[names.index(_IMAGE)]], dtype=np.int64)
        uv = np.concatenate([np.asarray(row, dtype=np.float64) for row in corners]) if len(corners) else np.zeros(0)
        return FaceTextures(uv.reshape(-1, 2), sizes, images)
    except (ValueError, IndexError, OverflowError, TypeError) as error:
        raise AssetError(f"{path} has texture coordinates that are not pairs ({error}); export it again") from error


def _rows(stream: BinaryIO, element: PlyElement, order: str) -> list[Any]:
    """For each property, the values of each row."""
    if not order:
        columns: list[list[Any]] = [[] for _ in element.properties]
        for _ in range(element.count):
            words, at = stream.readline().split(), 0
            for column, entry in zip(columns, element.properties, strict=True):
                count = int(words[at]) if entry.length else 1
                at += bool(entry.length)
                column.append([float(word) for word in words[at : at + count]])
                if len(column[-1]) != count:
                    raise ValueError("a row is too short")
                at += count
        return [*columns]
    # Rows of equal length, which is usual, are read at once; else one by one.
    begin = stream.tell()
    sizes = [len(row) for row in _binary_rows(stream, element, order, min(1, element.count))]
    stream.seek(begin)
    fields: list[tuple[str, str, tuple[int, ...]]] = []
    for index, entry in enumerate(element.properties):
        if entry.length:
            fields.append((f"n{index}", order + entry.length, ()))
        fields.append((f"v{index}", order + entry.type, (sizes[index] if sizes else 1,)))
    kind = np.dtype([(name, code, shape) if shape else (name, code) for name, code, shape in fields])
    data = stream.read(kind.itemsize * element.count)
    table = np.frombuffer(data[: len(data) // kind.itemsize * kind.itemsize], kind)
    same = len(table) == element.count and all(
        np.all(table[f"n{i}"] == sizes[i]) for i, entry in enumerate(element.properties) if entry.length and sizes
    )
    if same:
        return [table[f"v{index}"] for index in range(len(element.properties))]
    stream.seek(begin)
    rows = [_binary_rows(stream, element, order, 1) for _ in range(element.count)]
    return [[row[index] for row in rows] for index in range(len(element.properties))]


def _binary_rows(stream: BinaryIO, element: PlyElement, order: str, count: int) -> list[NDArray[Any]]:
    """The values of one binary row, an array for each property; [] for no row."""
    found = []
    for entry in element.properties if count else ():
        length = 1
        if entry.length:
            kind = np.dtype(order + entry.length)
            length = int(np.frombuffer(stream.read(kind.itemsize), kind)[0])
        kind = np.dtype(order + entry.type)
        data = stream.read(kind.itemsize * length)
        if length < 0 or len(data) != kind.itemsize * length:
            raise ValueError("a row is too short")
        found.append(np.frombuffer(data, kind))
    return found
