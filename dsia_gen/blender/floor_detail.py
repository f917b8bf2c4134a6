"""Fine structure of the ground that a soft photograph lacks, as tone and bump: grit and patches, or an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.image_blocks import image_pixels, load_image
from dsia_gen.blender.nodes import Nodes
from dsia_gen.core.colour import linear_mean
from dsia_gen.spec.light import GroundedDome
from dsia_gen.spec.material import ImageMaterial

BRIGHTEST = 2.5
"""Largest factor by which an image of the ground brightens the floor."""


@dataclass(frozen=True)
class Detail:
    """Sockets: `tone`, a number or colour of mean 1, multiplies the albedo, `normal` the bumped normal."""

    tone: Any
    normal: Any


def floor_detail(nodes: Nodes, dome: GroundedDome, position: Any, fade: Any, resolve: Resolve) -> Detail:
    """Detail at a world position (metres), drawn from the dome's seed; it vanishes where `fade` is 1.

    AssetError, naming the file, for an image of the ground that is missing, altered or broken.
    """
    if dome.detail == 0:
        return Detail((1.0, 1.0, 1.0), nodes.add("NewGeometry").outputs["Normal"])
    if dome.ground is not None:
        amount = nodes.math("MULTIPLY", nodes.math("SUBTRACT", 1.0, fade), dome.detail)
        return _photographed(nodes, dome.ground, position, amount, resolve)
    rng = np.random.default_rng([dome.detail_seed, 15485863])
    moved = nodes.vector("ADD", position, (*rng.uniform(-50, 50, 2).tolist(), 0.0))
    size = dome.detail_scale
    clumps = _noise(nodes, moved, size, octaves=4.0)
    patches = _noise(nodes, moved, size * rng.uniform(9, 16), octaves=2.0)
    # Rounded grains: 1 at their middle, about 0 between them.
    inputs = {"Vector": moved, "Scale": 1 / (size * rng.uniform(0.3, 0.5))}
    distance = nodes.add("TexVoronoi", inputs, voronoi_dimensions="2D").outputs["Distance"]
    grains = nodes.ramp(distance, 0.1, 0.7, 1.0, 0.0)
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


def _photographed(nodes: Nodes, ground: ImageMaterial, position: Any, amount: Any, resolve: Resolve) -> Detail:
    """An image of the ground divided by its mean, and its map of normals.

    It is laid twice, the second time by a quarter turn, in patches: a floor of many repeats would look like tiles.
    """
    rng = np.random.default_rng([ground.seed, 15485863])
    albedo = load_image(resolve(ground.albedo), "sRGB")
    x, y = (nodes.math("DIVIDE", part, ground.repeat) for part in nodes.add("SeparateXYZ", {0: position}).outputs[:2])
    first, second = rng.uniform(0, 1, (2, 2)).tolist()
    aspect = albedo.size[0] / albedo.size[1]
    straight = _laid(nodes, x, y, first, aspect)
    turned = _laid(nodes, nodes.math("MULTIPLY", y, -1.0), x, second, aspect)
    patch = nodes.ramp(_noise(nodes, position, 1.7 * ground.repeat, octaves=2.0), 0.45, 0.55)
    colour = _either(nodes, patch, _looked_up(nodes, albedo, straight), _looked_up(nodes, albedo, turned))
    relative = nodes.vector("DIVIDE", colour, tuple(np.maximum(linear_mean(image_pixels(albedo)), 0.01).tolist()))
    change = nodes.scaled(nodes.vector("SUBTRACT", relative, (1.0,) * 3), amount)
    tone = nodes.vector("MINIMUM", nodes.vector("ADD", change, (1.0,) * 3), (BRIGHTEST,) * 3)
    if ground.normal is None or ground.bump == 0:
        return Detail(tone, nodes.add("NewGeometry").outputs["Normal"])
    normals = load_image(resolve(ground.normal), "Non-Color")
    u, v = _slopes(nodes, _looked_up(nodes, normals, straight))
    across, along = _slopes(nodes, _looked_up(nodes, normals, turned))
    flat = nodes.add("CombineXYZ", {0: u, 1: v}).outputs[0]
    quarter = nodes.add("CombineXYZ", {0: along, 1: nodes.math("MULTIPLY", across, -1.0)}).outputs[0]
    steep = nodes.math("MULTIPLY", amount, ground.bump)
    slopes = nodes.scaled(_either(nodes, patch, flat, quarter), steep)
    return Detail(tone, nodes.vector("NORMALIZE", nodes.vector("ADD", slopes, (0.0, 0.0, 1.0))))


def _laid(nodes: Nodes, u: Any, v: Any, offset: list[float], aspect: float) -> Any:
    """Texture coordinates of an image as wide as 1."""
    inputs = {0: nodes.math("ADD", u, offset[0]), 1: nodes.math("MULTIPLY_ADD", v, aspect, offset[1])}
    return nodes.add("CombineXYZ", inputs).outputs[0]


def _looked_up(nodes: Nodes, image: Any, at: Any) -> Any:
    return nodes.add("TexImage", {"Vector": at}, image=image, interpolation="Linear", extension="REPEAT").outputs[0]


def _either(nodes: Nodes, factor: Any, a: Any, b: Any) -> Any:
    """Vector a where factor is 0, b where it is 1."""
    return nodes.add("Mix", {0: factor, 4: a, 5: b}, data_type="VECTOR").outputs[1]


def _slopes(nodes: Nodes, colour: Any) -> tuple[Any, Any]:
    """Slopes of a map of normals along u and v."""
    parts = nodes.add("SeparateXYZ", {0: colour}).outputs
    red, green, blue = (nodes.math("MULTIPLY_ADD", part, 2.0, -1.0) for part in parts)
    level = nodes.math("MAXIMUM", blue, 0.1)
    return nodes.math("DIVIDE", red, level), nodes.math("DIVIDE", green, level)
