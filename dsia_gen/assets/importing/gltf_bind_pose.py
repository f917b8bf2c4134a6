"""glTF skeletons brought to the pose that their meshes were bound in, whatever pose their nodes are stored in."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from dsia_gen.assets.importing.headers import gltf_items
from dsia_gen.core.rotations import Array

Document = dict[str, Any]
FindFile = Callable[[str], Path | None]
"""The file that a name in a document leads to, None where it is not there."""
SAME = 1e-3
"""Share of a skeleton's size by which joints may be off their bind pose before it is restored."""


def to_bind_pose(document: Document, path: Path, find: FindFile) -> bool:
    """Turn the nodes of a document's joints into their bind pose, in place; whether that changed anything.

    A joint is bound where the inverse of its inverse bind matrix puts it, in axes that all joints of a skin share.
    """
    nodes = list(gltf_items(document, "nodes"))
    parents = [-1] * len(nodes)
    for index, node in enumerate(nodes):
        for child in _integers(node.get("children")):
            if child < len(nodes) and parents[child] < 0 and child != index:
                parents[child] = index
    order = _from_roots(parents)
    if len(order) < len(nodes):
        return False
    local = [_local(node) for node in nodes]
    world: dict[int, Array] = {}
    for index in order:
        world[index] = (world[parents[index]] if parents[index] >= 0 else np.eye(4)) @ local[index]
    bound: dict[int, Array] = {}
    for skin in sorted(gltf_items(document, "skins"), key=lambda skin: -len(_integers(skin.get("joints")))):
        joints = [joint for joint in _integers(skin.get("joints")) if joint < len(nodes)]
        inverse = _matrices(document, skin.get("inverseBindMatrices"), path, find)
        if not joints or inverse is None or len(inverse) < len(joints) or np.any(np.linalg.det(inverse) == 0):
            continue
        own = dict(zip(joints, np.linalg.inv(inverse[: len(joints)]), strict=True))
        space = _space(own, bound, world, parents)
        bound = {joint: space @ matrix for joint, matrix in own.items()} | bound
    places = np.array([matrix[:3, 3] for matrix in bound.values()])
    size = float(np.ptp(places, axis=0).max()) if bound else 0.0
    if size <= 0 or all(_near(world[joint], matrix, size) for joint, matrix in bound.items()):
        return False
    for index in order:
        above = world[parents[index]] if parents[index] >= 0 else np.eye(4)
        if index in bound:
            world[index] = bound[index]
            solved = (
                np.linalg.solve(above, bound[index]) if np.linalg.det(above) else np.linalg.pinv(above) @ bound[index]
            )
            _store(nodes[index], solved)
        else:
            world[index] = above @ local[index]
    return True


def _space(own: dict[int, Array], bound: dict[int, Array], world: dict[int, Array], parents: list[int]) -> Array:
    """(4, 4) from the axes of a skin's bind matrices to the world: by a joint that it shares with an earlier skin, else
    that of the node above its joints or of the world itself, whichever puts its first joint where it is stored."""
    shared = next((joint for joint in own if joint in bound), None)
    if shared is not None:
        return np.asarray(bound[shared] @ np.linalg.inv(own[shared]))
    top = next(joint for joint in own if parents[joint] not in own)
    above = world[parents[top]] if parents[top] >= 0 else np.eye(4)
    spaces = [above, np.eye(4)]
    return min(spaces, key=lambda space: float(np.linalg.norm((space @ own[top] - world[top])[:3, 3])))


def _near(stored: Array, bind: Array, size: float) -> bool:
    """Whether a joint is stored in its bind pose: at the place, and turned alike."""
    lengths = np.linalg.norm(bind[:3, :3], axis=0).max()
    turned = np.abs(stored[:3, :3] - bind[:3, :3]).max() > 5 * SAME * max(lengths, 1e-12)
    return bool(np.linalg.norm((stored - bind)[:3, 3]) <= SAME * size and not turned)


def _from_roots(parents: list[int]) -> list[int]:
    """Indices with parents before children; nodes in a circle are left out."""
    order, placed = list[int](), set[int]()
    waiting = [index for index, parent in enumerate(parents) if parent < 0]
    children: dict[int, list[int]] = {}
    for index, parent in enumerate(parents):
        children.setdefault(parent, []).append(index)
    while waiting:
        index = waiting.pop()
        if index not in placed:
            placed.add(index)
            order.append(index)
            waiting += children.get(index, [])
    return order


def _integers(value: object) -> list[int]:
    return [i for i in (value if isinstance(value, list) else []) if type(i) is int and i >= 0]


def _natural(value: object) -> int:
    """A number of a document that counts something, 0 for what is none."""
    return value if type(value) is int and value > 0 else 0


def _numbers(value: object, count: int, default: list[float]) -> Array:
    if isinstance(value, list) and len(value) == count and all(isinstance(v, (int, float)) for v in value):
        return np.array(value, dtype=np.float64)
    return np.array(default)


def _local(node: Document) -> Array:
    """(4, 4) of a node from its parent; glTF stores matrices by columns."""
    if "matrix" in node:
        return _numbers(node["matrix"], 16, np.eye(4).ravel().tolist()).reshape(4, 4).T
    matrix = np.eye(4)
    turn = _numbers(node.get("rotation"), 4, [0.0, 0.0, 0.0, 1.0])
    rotation = Rotation.from_quat(turn).as_matrix() if np.linalg.norm(turn) > 1e-6 else np.eye(3)
    matrix[:3, :3] = rotation * _numbers(node.get("scale"), 3, [1.0, 1.0, 1.0])
    matrix[:3, 3] = _numbers(node.get("translation"), 3, [0.0, 0.0, 0.0])
    return matrix


def _store(node: Document, matrix: Array) -> None:
    """Write a node's transform as translation, rotation and scale, which animations need."""
    turn = matrix[:3, :3]
    scale = np.linalg.norm(turn, axis=0)
    if not np.linalg.det(turn):
        return  # scaled to nothing: it keeps its transform
    scale[0] *= -1.0 if np.linalg.det(turn) < 0 else 1.0
    node.pop("matrix", None)
    node["translation"] = matrix[:3, 3].tolist()
    node["rotation"] = Rotation.from_matrix(turn / np.where(scale == 0, 1.0, scale)).as_quat().tolist()
    node["scale"] = scale.tolist()


def _matrices(document: Document, accessor: object, path: Path, find: FindFile) -> Array | None:
    """(N, 4, 4) of an accessor of float matrices; None where it is stored in another way."""
    accessors, views = list(gltf_items(document, "accessors")), list(gltf_items(document, "bufferViews"))
    if type(accessor) is not int or not 0 <= accessor < len(accessors):
        return None
    held = accessors[accessor]
    view = held.get("bufferView")
    if (held.get("componentType"), held.get("type")) != (5126, "MAT4") or "sparse" in held or type(view) is not int:
        return None
    if not 0 <= view < len(views) or "extensions" in views[view]:
        return None
    if not 0 <= view < len(views) or "extensions" in views[view]:
        return None
    count, stride = _natural(held.get("count")), _natural(views[view].get("byteStride", 64))
    begin = _natural(held.get("byteOffset", 0)) + _natural(views[view].get("byteOffset", 0))
    data = _buffer(document, _natural(views[view].get("buffer")), path, find)
    if data is None or count < 1 or stride < 64 or begin + stride * (count - 1) + 64 > len(data):
        return None
    rows = [np.frombuffer(data, "<f4", 16, begin + stride * k) for k in range(count)]
    found = np.stack(rows).reshape(-1, 4, 4).transpose(0, 2, 1).astype(np.float64)
    return found if np.isfinite(found).all() else None


def _buffer(document: Document, index: int, path: Path, find: FindFile) -> bytes | None:
    """The bytes of a buffer: inside the document, in a file beside it, or the binary part of a GLB."""
    buffers = list(gltf_items(document, "buffers"))
    if index >= len(buffers):
        return None
    uri = buffers[index].get("uri")
    if isinstance(uri, str) and uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2])
        except ValueError:
            return None
    if isinstance(uri, str) and uri:
        place = find(uri)
        return place.read_bytes() if place is not None else None
    with path.open("rb") as stream:
        head = stream.read(20)
        if index != 0 or not head.startswith(b"glTF"):
            return None
        stream.seek(20 + struct.unpack("<I", head[12:16])[0])
        chunk = stream.read(8)
        return stream.read(struct.unpack("<I4x", chunk)[0]) if len(chunk) == 8 else None
