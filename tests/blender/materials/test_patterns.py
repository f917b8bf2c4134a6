"""Nodes that draw patterns give the same numbers with each Blender; where they cannot, this says how they differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from dsia_gen.blender.materials.graph import Graph, Signal  # noqa: E402
from dsia_gen.blender.materials.node_groups import write_material  # noqa: E402
from dsia_gen.blender.mesh_objects import to_object  # noqa: E402
from dsia_gen.procedural.primitives import heightfield  # noqa: E402
from dsia_gen.spec.material import Material  # noqa: E402
from tests.blender.materials.stage import empty_stage, picture  # noqa: E402

pytestmark = pytest.mark.blender
KEPT = json.loads(Path(__file__).with_name("patterns.json").read_text(encoding="utf-8"))
SIDE = 5
PATTERNS: dict[str, Callable[[Graph], Signal]] = {
    "noise": lambda g: g.noise(g.position, 3.0),
    "jitter": lambda g: g.jitter(g.metres, 3.0, 0.2),
    "random": lambda g: g.random(g.vector("FLOOR", g.position))[1],
    "ramp": lambda g: g.ramp(g.noise(g.position), [(0.2, (0.1, 0.9, 0.4)), (0.8, (0.7, 0.2, 0.3))]),
}
CELLS: dict[str, Callable[[Graph], Signal]] = {
    "distance": lambda g: g.cells(g.position)[0],
    "cell": lambda g: g.cells(g.position)[1],
    "crack": lambda g: g.cracks(g.position),
}


def drawn(pattern: Callable[[Graph], Signal], folder: Path) -> list[float]:
    """The pattern at the middles of SIDE x SIDE pixels, as light of a plane."""
    empty_stage(1.0, SIDE, SIDE, samples=1)
    material = bpy.data.materials.new("pattern")
    graph = Graph(Material(scale=0.2, seed=5))
    light = graph.feed(graph.node("ShaderNodeEmission"), {0: pattern(graph)})
    write_material(material, graph, graph.out(light))
    to_object(heightfield(1.0, 1.0, 1, 1), "plane", [material])
    return [round(float(value), 3) for value in picture(folder)[..., :3].ravel()]


@pytest.mark.parametrize("name", PATTERNS)
def test_noise_and_random_numbers_are_the_same_with_every_blender(tmp_path: Path, name: str) -> None:
    np.testing.assert_allclose(drawn(PATTERNS[name], tmp_path), KEPT[name], atol=3e-3)


@pytest.mark.parametrize("name", CELLS)
def test_cells_lie_elsewhere_from_blender_5_on(tmp_path: Path, name: str) -> None:
    # Blender 5.0 changed the random numbers of its Voronoi node: other cells, drawn alike.
    line = "4" if bpy.app.version < (5, 0) else "5"
    np.testing.assert_allclose(drawn(CELLS[name], tmp_path), KEPT[f"{name} {line}"], atol=3e-3)
