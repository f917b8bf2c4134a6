"""Leaves on cards: a foliage material whose surface exists only where a picture's alpha reaches a threshold.

The picture's alpha is a blurred distance to the outline, so that its bilinear threshold is a smooth curve that
whoever tests the same texels finds at the same place.
"""

from __future__ import annotations

import bpy
import numpy as np

from dsia_gen.blender.materials.graph import Graph, Signal
from dsia_gen.blender.materials.natural import foliage
from dsia_gen.blender.materials.output import Surface, shader
from dsia_gen.blender.mesh_objects import UV
from dsia_gen.procedural.mesh import Floats
from dsia_gen.spec.material import Material

CUTOUT_IMAGE = "dsia_cutout_image"
"""Custom property: name of the Blender image whose alpha cuts the surface."""
CUTOUT_THRESHOLD = "dsia_cutout_threshold"
"""Custom property: the surface exists where alpha is at least this."""
THRESHOLD = 0.5
SIZE = 256
BLUR = 5.0
"""Texels over which alpha rises from 0 to 1 across an outline."""


def make_leaf_card(material: Material, name: str) -> bpy.types.Material:
    """A foliage material cut out by the picture of a leafy twig; reads the UV map `UVMap`.

    It carries the custom properties `dsia_cutout_image` and `dsia_cutout_threshold`.
    """
    block = bpy.data.materials.new(name)
    block.use_nodes = True
    block.node_tree.nodes.clear()
    graph = Graph(block.node_tree, material)
    image = _image(f"{name}.twig", twig(material.seed))
    block[CUTOUT_IMAGE] = image.name
    block[CUTOUT_THRESHOLD] = THRESHOLD
    light, alpha = _texture(graph, image)
    surface = foliage(graph)
    shaded = graph.shade(surface.colour, light.span(0.45, 1.25))
    leaf = shader(graph, Surface(shaded, surface.roughness, wear=surface.wear, extra=surface.extra))
    _clip(graph, leaf, alpha)
    return block


def _texture(graph: Graph, image: bpy.types.Image) -> tuple[Signal, Signal]:
    """Brightness and alpha of the picture at the surface's UV, bilinear, repeated."""
    node = graph.node("ShaderNodeTexImage", interpolation="Linear", extension="REPEAT", image=image)
    graph.feed(node, {"Vector": graph.out(graph.node("ShaderNodeUVMap", uv_map=UV))})
    return graph.out(node, "Color"), graph.out(node, "Alpha")


def _clip(graph: Graph, leaf: Signal, alpha: Signal) -> None:
    """Nothing where alpha is below the threshold, the leaf elsewhere."""
    missing = graph.math("LESS_THAN", alpha, THRESHOLD)
    mix = graph.node("ShaderNodeMixShader")
    graph.feed(mix, {0: missing, 1: leaf, 2: graph.out(graph.node("ShaderNodeBsdfTransparent"))})
    graph.feed(graph.node("ShaderNodeOutputMaterial"), {"Surface": graph.out(mix)})


def _image(name: str, pixels: Floats) -> bpy.types.Image:
    """A packed 8-bit image of (H, W, 4) values in [0, 1], row 0 at the top."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], dtype=np.float32).reshape(-1))
    image.update()
    image.pack()
    return image


def twig(seed: int, leaves: int = 17) -> Floats:
    """(SIZE, SIZE, 4) picture of a twig that grows from the middle of the lower edge: brightness and alpha."""
    rng = np.random.default_rng([seed, 65537])
    v, u = np.meshgrid(1 - (np.arange(SIZE) + 0.5) / SIZE, (np.arange(SIZE) + 0.5) / SIZE, indexing="ij")
    depth, light = _stem(u, v), np.full_like(u, 0.35)
    for k in range(leaves):
        t = k / (leaves - 1)
        root = np.array([0.5 + 0.03 * np.sin(5 * t), 0.12 + 0.62 * t])
        side = (-1) ** k
        angle = np.pi / 2 - side * (1.25 - 0.95 * t + rng.uniform(-0.25, 0.25))
        length, width = rng.uniform(0.24, 0.36) * (1.05 - 0.35 * t), rng.uniform(0.055, 0.08)
        inside, shade = _leaf(u - root[0], v - root[1], angle, length, width)
        light = np.where(inside > 0, shade * rng.uniform(0.7, 1.0), light)
        depth = np.maximum(depth, inside)
    alpha = np.clip(0.5 + depth * SIZE / BLUR, 0, 1)
    return np.stack([light, light, light, alpha], axis=-1)


def _stem(u: Floats, v: Floats) -> Floats:
    """How far inside the stem each texel is, in units of the picture."""
    return np.minimum(0.012 - np.abs(u - 0.5 - 0.03 * np.sin(5 * (v - 0.12) / 0.62)), 0.8 - v)


def _leaf(u: Floats, v: Floats, angle: float, length: float, width: float) -> tuple[Floats, Floats]:
    """How far inside a leaf from the origin each texel is, and its brightness with rib and veins."""
    along = (u * np.cos(angle) + v * np.sin(angle)) / length
    across = v * np.cos(angle) - u * np.sin(angle)
    t = np.clip(along, 0, 1)
    half = width * np.sin(np.pi * t**0.75)
    outside = np.maximum(-along, along - 1).clip(0) * length
    inside = half - np.abs(across) - outside
    rib = np.exp(-((across / 0.005) ** 2))
    veins = 0.5 + 0.5 * np.sin(2 * np.pi * (along * 7 - np.abs(across) * 16))
    return inside, np.clip(0.5 + 0.22 * veins + 0.4 * rib + 1.2 * across, 0.1, 1.0)
