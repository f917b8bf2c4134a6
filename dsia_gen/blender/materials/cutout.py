"""Leaves on cards: a foliage material whose surface exists only where an image's alpha reaches a threshold."""

from __future__ import annotations

import bpy
import numpy as np

from dsia_gen.blender.material_flags import CUTOUT_IMAGE, CUTOUT_THRESHOLD
from dsia_gen.blender.materials.graph import Graph
from dsia_gen.blender.materials.natural import foliage
from dsia_gen.blender.materials.node_groups import write_material
from dsia_gen.blender.materials.output import Surface, shader
from dsia_gen.blender.mesh_objects import UV
from dsia_gen.procedural.twig import twig
from dsia_gen.spec.material import Material

THRESHOLD = 0.5


def make_leaf_card(material: Material, name: str) -> bpy.types.Material:
    """A foliage material cut out by the image of a leafy twig; reads the UV map `UVMap`.

    It carries the custom properties `dsia_cutout_image` and `dsia_cutout_threshold`.
    """
    block = bpy.data.materials.new(name)
    graph = Graph(material)
    # The twig as a packed 8-bit image.
    pixels = twig(material.seed)
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(f"{name}.twig", width, height, alpha=True)
    image.colorspace_settings.name = "Non-Color"
    image.alpha_mode = "CHANNEL_PACKED"
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], dtype=np.float32).reshape(-1))
    image.update()
    image.pack()
    block[CUTOUT_IMAGE] = image.name
    block[CUTOUT_THRESHOLD] = THRESHOLD
    # Brightness and alpha at the surface's UV, bilinear.
    node = graph.node("ShaderNodeTexImage", interpolation="Linear", extension="REPEAT", image=image)
    graph.feed(node, {"Vector": graph.out(graph.node("ShaderNodeUVMap", uv_map=UV))})
    light, alpha = graph.out(node, "Color"), graph.out(node, "Alpha")
    surface = foliage(graph)
    shaded = graph.shade(surface.colour, light.span(0.45, 1.25))
    leaf = shader(graph, Surface(shaded, surface.roughness, wear=surface.wear, extra=surface.extra))
    # Transparent where alpha is below the threshold, the leaf elsewhere.
    missing = graph.math("LESS_THAN", alpha, THRESHOLD)
    mix = graph.node("ShaderNodeMixShader")
    graph.feed(mix, {0: missing, 1: leaf, 2: graph.out(graph.node("ShaderNodeBsdfTransparent"))})
    write_material(block, graph, graph.out(mix))
    return block
