"""Copies that are moved in double precision: the same shape, elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsia_gen.assets.importing.moved_text import move_gltf, moved_lines, moved_ply, moved_stl
from dsia_gen.core.rotations import rotation_matrix

SHIFT = np.array([-500_000.0, -4_649_776.0, -120.0])


def test_lines_of_an_obj() -> None:
    text = b"# v 1 2 3\nv 500000.25 4649776.5 120.125 1 0 0\n\tv  500001e0 4649776 120\nvn 0 0 1\nvt 0 1\nf 1 2 1\n"
    lines = moved_lines(text, SHIFT).decode().splitlines()
    assert [float(w) for w in lines[1].split()[1:]] == pytest.approx([0.25, 0.5, 0.125, 1, 0, 0], abs=1e-9)
    assert [float(w) for w in lines[2].split()[1:]] == pytest.approx([1.0, 0.0, 0.0], abs=1e-9)
    assert lines[0] == "# v 1 2 3" and lines[3:] == ["vn 0 0 1", "vt 0 1", "f 1 2 1"]


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("kind", ["double", "float"])
def test_a_ply_is_moved_where_it_keeps_doubles(tmp_path: Path, form: str, kind: str) -> None:
    points = np.random.default_rng(1).uniform(-1, 1, (5, 3))
    head = f"ply\nformat {form} 1.0\nelement vertex 5\nproperty uchar red\n"
    head += "".join(f"property {kind} {axis}\n" for axis in "xyz") + "element face 1\n"
    head += "property list uchar int vertex_indices\nend_header\n"
    order = ">" if form.endswith("big_endian") else "<"
    dtype = np.dtype([("red", "u1"), ("at", order + ("f8" if kind == "double" else "f4"), 3)])
    table = np.zeros(5, dtype)
    table["red"], table["at"] = 7, points - SHIFT
    if form == "ascii":
        body = "".join("7 " + " ".join(f"{x:.9f}" for x in row) + "\n" for row in points - SHIFT).encode()
    else:
        body = table.tobytes()
    path, target = tmp_path / "a.ply", tmp_path / "b.ply"
    path.write_bytes(head.encode() + body + b"3 0 1 2\n")
    assert moved_ply(path, target, SHIFT) == (form == "ascii" or kind == "double")
    if not target.exists():
        return
    moved = target.read_bytes()[len(head) :]
    if form == "ascii":
        rows = np.array([line.split() for line in moved.decode().splitlines()[:5]], dtype=np.float64)
        red, found = rows[:, 0], rows[:, 1:]
    else:
        table = np.frombuffer(moved, dtype, 5)
        red, found = table["red"], table["at"]
    np.testing.assert_allclose(found, points, atol=2e-9)
    assert set(red) == {7} and moved.endswith(b"3 0 1 2\n")


def test_an_stl_is_moved_where_it_is_text(tmp_path: Path) -> None:
    path, target = tmp_path / "a.stl", tmp_path / "b.stl"
    path.write_bytes(
        b"solid a\nfacet normal 0 0 1\nouter loop\nvertex 500001 4649777 121\nendloop\nendfacet\nendsolid\n"
    )
    assert moved_stl(path, target, SHIFT)
    assert b"vertex 1.000000000 1.000000000 1.000000000" in target.read_bytes()
    path.write_bytes(b"solid binary".ljust(84, b"\0"))
    assert not moved_stl(path, target, SHIFT)


def world(document: dict[str, Any], index: int, parent: np.ndarray, found: dict[str, np.ndarray]) -> None:
    node = document["nodes"][index]
    matrix = np.eye(4)
    if "matrix" in node:
        matrix = np.array(node["matrix"]).reshape(4, 4).T
    else:
        x, y, z, w = node.get("rotation", [0, 0, 0, 1])
        matrix[:3, :3] = rotation_matrix(np.array([w, x, y, z])) * np.array(node.get("scale", [1, 1, 1]))
        matrix[:3, 3] = node.get("translation", [0, 0, 0])
    found[node["name"]] = parent @ matrix
    for child in node.get("children", []):
        world(document, child, parent @ matrix, found)


@pytest.mark.parametrize("seed", range(10))
def test_the_nodes_of_a_gltf_are_moved_as_one(seed: int) -> None:
    """Far nodes below a turned and scaled root, one of them with a matrix: where they stand is moved by the shift."""
    rng = np.random.default_rng(seed)
    turn = rng.normal(size=4)
    turn /= np.linalg.norm(turn)
    far = rng.uniform(-1, 1, (2, 3)) - SHIFT[[0, 2, 1]] * [1, 1, -1] * -1
    root = {"name": "root", "children": [1, 2], "rotation": turn.tolist(), "scale": [0.5, 0.5, 0.5]}
    linear = rotation_matrix(turn[[3, 0, 1, 2]]) * 0.5
    local = np.linalg.solve(linear, far.T).T
    matrix = np.eye(4)
    matrix[:3, 3] = local[1]
    nodes = [
        root,
        {"name": "a", "mesh": 0, "translation": local[0].tolist()},
        {"name": "b", "mesh": 0, "matrix": matrix.T.ravel().tolist()},
    ]
    document: dict[str, Any] = {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": nodes}
    before: dict[str, np.ndarray] = {}
    world(document, 0, np.eye(4), before)
    move_gltf(document, SHIFT)
    after: dict[str, np.ndarray] = {}
    world(document, 0, np.eye(4), after)
    move = np.array([SHIFT[0], SHIFT[2], -SHIFT[1]])
    for name in ("a", "b"):
        np.testing.assert_allclose(after[name][:3, 3], before[name][:3, 3] + move, atol=1e-6)
        np.testing.assert_allclose(after[name][:3, :3], before[name][:3, :3])
