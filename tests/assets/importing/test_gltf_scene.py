"""A glTF reduced to what it shows: random node trees, of which only what the default scene shows is left."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsia_gen.assets.importing.gltf_scene import keep_shown, prepared_document, texture_sources
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.core.errors import AssetError


def forest(seed: int) -> dict[str, Any]:
    """Twelve nodes in random trees and three scenes, some hidden, with a skin and an animation."""
    rng = np.random.default_rng(seed)
    nodes: list[dict[str, Any]] = [{"name": f"n{k}"} for k in range(12)]
    roots = []
    for k in range(12):
        parent = int(rng.integers(-1, k)) if k else -1
        if parent < 0:
            roots.append(k)
        else:
            nodes[parent].setdefault("children", []).append(k)
        if rng.random() < 0.2:
            nodes[k]["extensions"] = {"KHR_node_visibility": {"visible": False}}
    scenes: list[dict[str, Any]] = [{"nodes": []} for _ in range(3)]
    for root in roots:
        scenes[int(rng.integers(3))]["nodes"].append(root)
    order = rng.permutation(12).tolist()
    nodes[order[0]]["skin"] = 0
    skins = [{"joints": order[3:5], "skeleton": order[3]}, {"joints": order[5:6]}]
    channels = [{"sampler": 0, "target": {"node": k, "path": "rotation"}} for k in range(12)]
    return {
        "scene": int(rng.integers(3)), "scenes": scenes, "nodes": nodes, "skins": skins,
        "animations": [{"channels": channels, "samplers": [{}]}],
    }  # fmt: skip


def shown(document: dict[str, Any]) -> set[str]:
    """Names of the nodes that a viewer shows, by recursion."""
    names = set()

    def visit(index: int) -> None:
        node = document["nodes"][index]
        if node.get("extensions", {}).get("KHR_node_visibility", {}).get("visible") is False:
            return
        names.add(node["name"])
        for child in node.get("children", []):
            visit(child)

    for root in document["scenes"][document["scene"]]["nodes"]:
        visit(root)
    return names


@pytest.mark.parametrize("seed", range(40))
def test_what_is_left_is_what_is_shown_and_the_joints_of_its_skins(seed: int) -> None:
    before = forest(seed)
    after = copy.deepcopy(before)
    keep_shown(after)
    assert shown(after) == shown(before)
    names = [node["name"] for node in after["nodes"]]
    for node in after["nodes"]:
        original = next(n for n in before["nodes"] if n["name"] == node["name"])
        kept = [before["nodes"][c]["name"] for c in original.get("children", []) if before["nodes"][c]["name"] in names]
        assert [names[child] for child in node.get("children", [])] == kept
        if "skin" in node:
            joints = [before["nodes"][j]["name"] for j in before["skins"][original["skin"]]["joints"]]
            assert [names[j] for j in after["skins"][node["skin"]]["joints"]] == joints
    for animation in after.get("animations", []):
        assert [names[c["target"]["node"]] for c in animation["channels"]] == [
            n["name"] for n in before["nodes"] if n["name"] in names
        ]
    once = copy.deepcopy(after)
    keep_shown(after)
    assert after == once


def test_without_scenes_all_nodes_are_shown() -> None:
    document: dict[str, Any] = {"nodes": [{"children": [1]}, {}, {}]}
    before = copy.deepcopy(document)
    keep_shown(document)
    assert document == before


def test_a_texture_uses_its_own_image_or_that_of_an_extension() -> None:
    textures = [
        {"source": 3}, {}, {"extensions": {"KHR_texture_basisu": {"source": 1}}},
        {"source": 0, "extensions": {"KHR_texture_basisu": {"source": 2}}}, {"extensions": "no object"}, "no object",
    ]  # fmt: skip
    assert texture_sources({"textures": textures}) == [3, 1, 0]


def test_a_buffer_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gltf"
    path.write_text(json.dumps({"buffers": [{"uri": "a%20b.bin", "byteLength": 3}]}))
    with pytest.raises(AssetError, match=r"names the buffer 'a%20b\.bin', which is not there"):
        prepared_document(path, LinkedFiles(path, tmp_path), tmp_path / "missing")
    (tmp_path / "A B.bin").write_bytes(b"abc")
    document = prepared_document(path, LinkedFiles(path, tmp_path), tmp_path / "missing")
    assert document is not None and document["buffers"][0]["uri"].endswith("/A%20B.bin")  # type: ignore[index]
