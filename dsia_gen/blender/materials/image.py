"""Photographed surfaces: images projected along the axes of the rest coordinates, blended where a surface turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np

from dsia_gen.blender.asset_files import Resolve
from dsia_gen.blender.image_blocks import ColourSpace, image_pixels, load_image
from dsia_gen.blender.materials.graph import Graph, Signal
from dsia_gen.blender.materials.output import Surface
from dsia_gen.core.normal_maps import green_is_down
from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.material import ImageMaterial, Material

SHARPNESS = 8.0
"""Power of the rest normal's components by which the three projections are weighed: soft at an angle of 45 degrees."""
RELIEF = 0.02
"""The depth of a map of displacement as a share of the width of the image."""
TOLD_BY = 1024
"""Side in pixels of the part of a map of normals that tells which way its green points."""
WEAR = 0.15
"""Stains that keep neighbouring repeats of an image from being alike to the last pixel."""


def stand_in(material: ImageMaterial, resolve: Resolve) -> Material:
    """The procedural material whose coordinates, roughness and reliability a photographed one shares."""

    def median(file: AssetFile, channel: int) -> float:
        return float(np.median(image_pixels(load_image(resolve(file), "Non-Color"))[..., channel]))

    roughness, metallic = material.roughness, material.metallic
    if material.metallic_map is not None:
        metallic = median(material.metallic_map, material.metallic_channel)
    if material.roughness_map is not None and metallic > 0:
        roughness = median(material.roughness_map, material.roughness_channel)
        roughness = 1.0 - roughness if material.roughness_inverted else roughness
    return Material(scale=material.repeat, seed=material.seed, roughness=roughness, metallic=metallic)


def photographed(g: Graph, material: ImageMaterial, resolve: Resolve) -> Surface:
    """The surface of a photographed material. AssetError, naming the file, for an image that cannot be read."""

    def seen(file: AssetFile, space: ColourSpace) -> list[Signal]:
        return projections(g, load_image(resolve(file), space))

    def number(file: AssetFile, channel: int) -> Signal:
        return g.split(blended(g, seen(file, "Non-Color"), weights))[channel]

    weights = facing(g)
    colour = blended(g, seen(material.albedo, "sRGB"), weights)
    rough: Signal | float = material.roughness
    if material.roughness_map is not None:
        rough = number(material.roughness_map, material.roughness_channel)
        rough = 1.0 - rough if material.roughness_inverted else rough
    metallic: Signal | float = material.metallic
    if material.metallic_map is not None:
        metallic = number(material.metallic_map, material.metallic_channel)
    normal, height = None, None
    if material.normal is not None and material.bump > 0:
        up = -1.0 if _green_down(material, resolve(material.normal)) else 1.0
        normal = bent(g, _slopes(g, seen(material.normal, "Non-Color"), weights, material.bump, up))
    elif material.height is not None and material.bump > 0:
        height = number(material.height, 0) * material.bump
    return Surface(colour, rough, height, RELIEF, metallic=metallic, wear=WEAR, normal=normal)


def _green_down(material: ImageMaterial, path: Path) -> bool:
    """Whether the map of normals has green downwards; where that is not known, its middle tells."""
    if material.normal_convention != "unknown":
        return material.normal_convention == "DX"
    pixels = image_pixels(load_image(path, "Non-Color"))[..., :3]
    rows, columns = (slice((n - min(n, TOLD_BY)) // 2, (n + min(n, TOLD_BY)) // 2) for n in pixels.shape[:2])
    return green_is_down(pixels[rows, columns][::-1])


def facing(g: Graph) -> tuple[Signal, Signal, Signal]:
    """How much a surface in rest faces along X, Y and Z; the three add up to 1."""
    x, y, z = (part.abs().power(SHARPNESS) for part in g.split(g.normal))
    total = x + y + z
    return x / total, y / total, z / total


def projections(g: Graph, image: bpy.types.Image) -> list[Signal]:
    """Colours of an image seen along X, Y and Z, upright on upright sides; one element is as wide as the image."""
    aspect = image.size[0] / image.size[1]
    x, y, z = g.split(g.position)
    colours = []
    for u, v in ((y, z), (x, z), (x, y)):
        at = g.join(u, v * aspect)
        node = g.node("ShaderNodeTexImage", image=image, interpolation="Linear", extension="REPEAT")
        colours.append(g.out(g.feed(node, {"Vector": at}), "Color"))
    return colours


def blended(g: Graph, parts: Sequence[Signal], weights: Sequence[Signal]) -> Signal:
    """The weighted sum of colours or vectors."""
    first, *others = (g.vector("SCALE", part, scale=weight) for part, weight in zip(parts, weights, strict=True))
    total = first
    for other in others:
        total = g.vector("ADD", total, other)
    return total


Lay = Callable[[Signal, Signal], Signal]


def _slopes(g: Graph, maps: Sequence[Signal], weights: Sequence[Signal], strength: float, up: float) -> Signal:
    """What maps of normals add to the rest normal: their red along the first axis of each projection, green along the
    second, upwards for `up` 1 and downwards for -1, in units of their blue."""
    lays: tuple[Lay, Lay, Lay] = (lambda u, v: g.join(0.0, u, v), lambda u, v: g.join(u, 0.0, v), g.join)
    parts = []
    for colour, lay in zip(maps, lays, strict=True):
        red, green, blue = g.split(colour)
        steep = strength / (blue * 2.0 - 1.0).max(0.1)
        parts.append(lay((red * 2.0 - 1.0) * steep, (green * 2.0 - 1.0) * steep * up))
    return blended(g, parts, weights)


def bent(g: Graph, slopes: Signal) -> Signal:
    """The world normal of the surface as it is now, bent by slopes of the surface in rest.

    Slopes are turned by the smallest rotation from the rest normal to the one of now (Rodrigues' formula).
    """
    node = g.node("ShaderNodeNewGeometry")
    side = 1.0 - g.out(node, "Backfacing") * 2.0
    now = g.vector("SCALE", g.out(node, "Normal"), scale=side)
    rest, slopes = _in_world(g, g.normal), _in_world(g, slopes)
    # The scale of the object, which is the same in all directions, is taken off.
    scale = 1.0 / g.out(g.feed(g.node("ShaderNodeVectorMath", operation="LENGTH"), {0: rest}), "Value")
    rest, slopes = g.vector("SCALE", rest, scale=scale), g.vector("SCALE", slopes, scale=scale)
    axis = g.vector("CROSS_PRODUCT", rest, now)
    cosine = g.out(g.feed(g.node("ShaderNodeVectorMath", operation="DOT_PRODUCT"), {0: rest, 1: now}), "Value")
    once = g.vector("CROSS_PRODUCT", axis, slopes)
    twice = g.vector("SCALE", g.vector("CROSS_PRODUCT", axis, once), scale=1.0 / (1.0 + cosine))
    turned = g.vector("ADD", g.vector("ADD", slopes, once), twice)
    return g.vector("SCALE", g.vector("NORMALIZE", g.vector("ADD", now, turned)), scale=side)


def _in_world(g: Graph, vector: Signal) -> Signal:
    """A vector of object space in world space."""
    node = g.node("ShaderNodeVectorTransform", vector_type="VECTOR", convert_from="OBJECT", convert_to="WORLD")
    return g.out(g.feed(node, {0: vector}))
