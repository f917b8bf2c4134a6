"""glTF skeletons stored in other poses than those that their meshes were bound in."""

from __future__ import annotations

import base64
import copy
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dsia_gen.assets.importing.gltf_bind_pose import to_bind_pose

ABOVE = np.diag([100.0, 100.0, 100.0, 1.0])


def matrix(node: dict[str, Any]) -> np.ndarray:
    found = np.eye(4)
    found[:3, :3] = Rotation.from_quat(node.get("rotation", [0, 0, 0, 1])).as_matrix() * node.get("scale", [1, 1, 1])
    found[:3, 3] = node.get("translation", [0, 0, 0])
    return found


def worlds(document: dict[str, Any]) -> list[np.ndarray]:
    """World matrices of nodes whose parents come before them."""
    found = [np.eye(4)] * len(document["nodes"])
    parents = {child: k for k, node in enumerate(document["nodes"]) for child in node.get("children", [])}
    for k, node in enumerate(document["nodes"]):
        found[k] = (found[parents[k]] if k in parents else np.eye(4)) @ matrix(node)
    return found


def bound_document(between: bool, space: np.ndarray) -> dict[str, Any]:
    """A wrapper, five joints in a chain, perhaps with a node that is none among them, and a second skin of three."""
    rng = np.random.default_rng(3)
    nodes = [{"name": "wrapper", "scale": [100.0] * 3, "children": [1]}]
    for k in range(1, 7):
        node = {"translation": rng.normal(size=3).tolist(), "rotation": Rotation.random(rng=rng).as_quat().tolist()}
        nodes.append(node | ({"children": [k + 1]} if k < 6 else {}))
    joints = [1, 2, 4, 5, 6] if between else [1, 2, 3, 4, 5, 6]
    document: dict[str, Any] = {"nodes": nodes}
    placed = worlds(document)
    inverse = [np.linalg.inv(np.linalg.inv(space) @ placed[j]) for j in joints]
    # The second mesh was bound in axes of its own.
    other = [m @ np.diag([1.0, -2.0, 2.0, 1.0]) for m in inverse[2:]]
    data = np.array([*inverse, *other]).transpose(0, 2, 1).astype("<f4").tobytes()
    split = 64 * len(joints)
    document["buffers"] = [{"byteLength": len(data), "uri": "data:;base64," + base64.b64encode(data).decode()}]
    document["bufferViews"] = [
        {"buffer": 0, "byteOffset": 0, "byteLength": split},
        {"buffer": 0, "byteOffset": split, "byteLength": len(data) - split},
    ]
    counts = (len(joints), len(joints) - 2)
    document["accessors"] = [
        {"bufferView": k, "componentType": 5126, "type": "MAT4", "count": count} for k, count in enumerate(counts)
    ]
    document["skins"] = [{"joints": joints, "inverseBindMatrices": 0}, {"joints": joints[2:], "inverseBindMatrices": 1}]
    return document


@pytest.mark.parametrize("between", [False, True])
@pytest.mark.parametrize("space", [np.eye(4), ABOVE])
@pytest.mark.parametrize("seed", range(4))
def test_any_stored_pose_becomes_the_one_that_was_bound(seed: int, space: np.ndarray, between: bool) -> None:
    document = bound_document(between, space)
    wanted = worlds(document)
    turned, rng = copy.deepcopy(document), np.random.default_rng(seed)
    for joint in document["skins"][0]["joints"]:
        turned["nodes"][joint]["rotation"] = Rotation.random(rng=rng).as_quat().tolist()
    assert to_bind_pose(turned, Path("a.gltf"), lambda _: None)
    for joint in document["skins"][0]["joints"]:
        np.testing.assert_allclose(worlds(turned)[joint], wanted[joint], atol=0.03, rtol=1e-4)


def test_what_is_stored_as_it_was_bound_is_left_alone(tmp_path: Path) -> None:
    document = bound_document(False, np.eye(4))
    before = json.dumps(document)
    assert not to_bind_pose(document, tmp_path / "a.gltf", lambda _: None)
    assert json.dumps(document) == before


@pytest.mark.parametrize("where", ["file", "glb"])
def test_matrices_are_read_from_files_and_from_the_binary_part(tmp_path: Path, where: str) -> None:
    document = bound_document(False, np.eye(4))
    data = base64.b64decode(document["buffers"][0]["uri"].partition(",")[2])
    document["nodes"][1]["rotation"] = [1.0, 0.0, 0.0, 0.0]
    path = tmp_path / "a.glb"
    if where == "file":
        document["buffers"][0]["uri"] = "b.bin"
        (tmp_path / "b.bin").write_bytes(data)
    else:
        del document["buffers"][0]["uri"]
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        head = struct.pack("<4sIII4s", b"glTF", 2, 28 + len(text) + len(data), len(text), b"JSON")
        path.write_bytes(head + text + struct.pack("<I4s", len(data), b"BIN\0") + data)
    assert to_bind_pose(document, path, lambda name: tmp_path / name)


@pytest.mark.parametrize(
    "damage",
    [
        {"accessors": []},
        {"buffers": []},
        {"bufferViews": [{"buffer": 0, "byteOffset": 10**9}] * 2},
        {"nodes": [{"children": [1]}, {"children": [0]}]},
        {"skins": [{"joints": [99, -1, "x"], "inverseBindMatrices": 0}]},
    ],
)
def test_damaged_documents_are_left_to_the_importer(damage: dict[str, Any]) -> None:
    assert not to_bind_pose(bound_document(False, np.eye(4)) | damage, Path("a.gltf"), lambda _: None)
