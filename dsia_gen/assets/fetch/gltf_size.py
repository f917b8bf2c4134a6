"""The size of a glTF or GLB from its JSON alone: the bounds that each accessor states, placed by its nodes."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dsia_gen.assets.importing.headers import gltf_document
from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import rotation_matrix

_DEEPEST = 256


def gltf_bounds(path: Path) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Least and greatest x, y, z of the scene that the file shows, (3,) float64 in its own units, Y up.

    AssetError where it shows nothing, or is broken. Skins and morphs are not followed.
    """
    document: dict[str, Any] = gltf_document(path)
    points: list[npt.NDArray[np.float64]] = []
    try:
        nodes = document.get("nodes", [])
        children = {child for node in nodes for child in node.get("children", [])}
        scenes = document.get("scenes", [])
        roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else set(range(len(nodes))) - children
        waiting = [(index, np.eye(4), 0) for index in roots]
        while waiting:
            index, above, depth = waiting.pop()
            if depth > _DEEPEST:
                raise ValueError("its nodes go round in a circle")
            node = nodes[index]
            world = above @ _placed(node)
            waiting += [(child, world, depth + 1) for child in node.get("children", [])]
            for part in document["meshes"][node["mesh"]]["primitives"] if "mesh" in node else ():
                accessor = document["accessors"][part["attributes"]["POSITION"]]
                corners = np.array(list(product(*zip(accessor["min"], accessor["max"], strict=True))), dtype=np.float64)
                points.append(corners @ world[:3, :3].T + world[:3, 3])
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise AssetError(f"{path.name} is not a readable glTF ({str(error)[:80]}); fetch it again") from error
    if not points or not np.all(np.isfinite(np.concatenate(points))):
        raise AssetError(f"{path.name} shows no mesh")
    whole = np.concatenate(points)
    return whole.min(axis=0), whole.max(axis=0)


def _placed(node: dict[str, Any]) -> npt.NDArray[np.float64]:
    """(4, 4) transform of a node; its matrix is stored by columns."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    placed = np.eye(4)
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    placed[:3, :3] = rotation_matrix(np.array([w, x, y, z])) * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    placed[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return placed
