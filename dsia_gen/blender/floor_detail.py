"""Fine structure of the ground that a soft photograph lacks: grit, grains and patches, as tone and bump."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dsia_gen.blender.nodes import Nodes
from dsia_gen.spec.light import GroundedDome


@dataclass(frozen=True)
class Detail:
    """Sockets: `tone`, a number or colour of mean 1, multiplies the albedo, `normal` the bumped normal."""

    tone: Any
    normal: Any


def floor_detail(nodes: Nodes, dome: GroundedDome, position: Any, fade: Any) -> Detail:
    """Detail at a world position (metres), drawn from the dome's seed; it vanishes where `fade` is 1."""
    if dome.detail == 0:
        return Detail((1.0, 1.0, 1.0), nodes.add("NewGeometry").outputs["Normal"])
    rng = np.random.default_rng([dome.detail_seed, 15485863])
    moved = nodes.vector("ADD", position, (*rng.uniform(-50, 50, 2).tolist(), 0.0))
    size = dome.detail_scale
    clumps = _noise(nodes, moved, size, octaves=4.0)
    patches = _noise(nodes, moved, size * rng.uniform(9, 16), octaves=2.0)
    grains = _grains(nodes, moved, size * rng.uniform(0.3, 0.5))
    amount = nodes.math("MULTIPLY", nodes.math("SUBTRACT", 1.0, fade), dome.detail)
    height = nodes.math("MULTIPLY_ADD", grains, float(rng.uniform(0.3, 0.7)), clumps)
    tone = nodes.math("MULTIPLY_ADD", clumps, 1.6, nodes.math("MULTIPLY", patches, 0.9))
    tone = nodes.math("MULTIPLY_ADD", grains, 0.5, tone)
    offset = nodes.math("MULTIPLY", nodes.math("SUBTRACT", tone, 0.5 * (1.6 + 0.9 + 0.5)), amount)
    bump = nodes.add("Bump", {"Strength": amount, "Distance": 0.5 * size, "Height": height})
    return Detail(nodes.math("MAXIMUM", nodes.math("ADD", offset, 1.0), 0.1), bump.outputs[0])


def _noise(nodes: Nodes, position: Any, size: float, octaves: float) -> Any:
    """Fractal noise of mean 0.5 with features of `size` metres."""
    inputs = {"Vector": position, "Scale": 1 / size, "Detail": octaves, "Roughness": 0.6}
    return nodes.add("TexNoise", inputs, noise_dimensions="2D").outputs[0]


def _grains(nodes: Nodes, position: Any, size: float) -> Any:
    """Rounded grains of `size` metres: 1 at their middle, about 0 between them."""
    distance = nodes.add("TexVoronoi", {"Vector": position, "Scale": 1 / size}, voronoi_dimensions="2D")
    return nodes.ramp(distance.outputs["Distance"], 0.1, 0.7, 1.0, 0.0)
