"""Copies of OBJ, PLY, STL and glTF files that are moved in double precision, before single precision is applied."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dsia_gen.assets.importing.gltf_scene import Document, gltf_children, gltf_roots
from dsia_gen.assets.importing.headers import gltf_items
from dsia_gen.assets.importing.ply_faces import ply_header
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix

_VERTEX = re.compile(rb"^([ \t]*v(?:ertex)?[ \t]+)(\S+)[ \t]+(\S+)[ \t]+(\S+)", re.MULTILINE)
_DECIMALS = 9
_SHORT = 1e-6
"""Length of a quaternion that is not a rotation."""


def moved_lines(text: bytes, shift: Array) -> bytes:
    """Lines of an OBJ (`v x y z`) or a text STL (`vertex x y z`) with `shift` (3,) added to their coordinates."""

    def moved(match: re.Match[bytes]) -> bytes:
        try:
            values = [float(match[k + 2]) + float(shift[k]) for k in range(3)]
        except ValueError:
            return match[0]  # no vertex, or a broken one: for the importer to judge
        return match[1] + b" ".join(f"{value:.{_DECIMALS}f}".encode() for value in values)

    return _VERTEX.sub(moved, text)


def moved_stl(path: Path, target: Path, shift: Array) -> bool:
    """Write a moved copy of an STL of text; False for a binary one, which is in single precision."""
    data = path.read_bytes()
    if not data.lstrip().startswith(b"solid") or b"facet" not in data[:4096]:
        return False
    target.write_bytes(moved_lines(data, shift))
    return True


def moved_ply(path: Path, target: Path, shift: Array) -> bool:
    """Write a moved copy of a PLY; False for one in single precision, or whose vertices are not its first element."""
    header = ply_header(path)
    first = header.elements[0] if header.elements else None
    data = path.read_bytes()
    if first is None or first.name != "vertex" or any(entry.length for entry in first.properties):
        return False
    names = [entry.name for entry in first.properties]
    if not {"x", "y", "z"} <= set(names):
        return False
    at = [names.index(axis) for axis in "xyz"]
    if not header.order:
        lines = data[header.begin :].split(b"\n", first.count)
        for k in range(min(first.count, len(lines))):
            words = lines[k].split()
            try:
                for axis, column in enumerate(at):
                    words[column] = f"{float(words[column]) + float(shift[axis]):.{_DECIMALS}f}".encode()
            except (ValueError, IndexError) as error:
                raise AssetError(f"{path}: vertex {k} is not a row of numbers; export it again") from error
            lines[k] = b" ".join(words)
        target.write_bytes(data[: header.begin] + b"\n".join(lines))
        return True
    if any(first.properties[column].type != "f8" for column in at):
        return False
    kind = np.dtype([(entry.name, header.order + entry.type) for entry in first.properties])
    if len(data) < header.begin + kind.itemsize * first.count:
        raise AssetError(f"{path} is cut off; get it again")
    table = np.frombuffer(data, kind, first.count, header.begin).copy()
    for axis, name in enumerate("xyz"):
        table[name] += shift[axis]
    target.write_bytes(data[: header.begin] + table.tobytes() + data[header.begin + table.nbytes :])
    return True


def move_gltf(document: Document, shift: Array) -> None:
    """Add `shift` (3,), Z up, to where the nodes of a glTF stand: at the nodes that hold the large translations."""
    nodes: list[Document] = list(gltf_items(document, "nodes"))
    waiting = [(index, np.array([shift[0], shift[2], -shift[1]])) for index in gltf_roots(document)]
    seen = set[int]()
    while waiting:
        index, move = waiting.pop()
        if index in seen or not 0 <= index < len(nodes):
            continue
        seen.add(index)
        node = nodes[index]
        matrix, here = _linear(node), _translation(node)
        children = gltf_children(node)
        if np.abs(here).max() >= 0.5 * np.abs(move).max() or not children:
            moved = (here + move).tolist()
            if "matrix" in node:
                node["matrix"] = [*node["matrix"][:12], *moved, node["matrix"][15]]
            else:
                node["translation"] = moved
        else:
            waiting += [(child, np.linalg.pinv(matrix) @ move) for child in children]


def _translation(node: Document) -> Array:
    held = node["matrix"][12:15] if "matrix" in node else node.get("translation", [0.0, 0.0, 0.0])
    return np.array(held, dtype=np.float64)


def _linear(node: Document) -> Array:
    """(3, 3) rotation and scale of a node."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T[:3, :3]
    x, y, z, w = node.get("rotation", [0.0, 0.0, 0.0, 1.0])
    scale = np.array(node.get("scale", [1.0, 1.0, 1.0]), dtype=np.float64)
    turn = np.array([w, x, y, z], dtype=np.float64)
    return np.asarray((rotation_matrix(turn) if np.linalg.norm(turn) > _SHORT else np.eye(3)) * scale)


MOVERS: dict[str, Callable[[Path, Path, Array], bool]] = {".ply": moved_ply, ".stl": moved_stl}
"""Writers of moved copies by suffix; OBJ and glTF are moved as they are prepared."""
