"""The last nodes of every material: wear, Principled BSDF, bump and emission."""

from __future__ import annotations

from dataclasses import dataclass, field

from dsia_gen.blender.materials.graph import Graph, Signal
from dsia_gen.spec.record import Rgb

GLOW = 4.0
"""Emission of a lamp whose material states none: bright in a lit room, yet not a light to see by."""


@dataclass(frozen=True)
class Surface:
    """What a pattern decides. Numbers may be signals.

    height: bump height in [0, 1]; `relief` is what 1 stands for, in pattern elements.
    wear:   how strongly dirt and bleaching vary over the surface, 0 to 1.
    extra:  further inputs of the Principled BSDF by name.
    normal: the shading normal in the world, instead of a height.
    """

    colour: Signal | Rgb
    roughness: Signal | float
    height: Signal | None = None
    relief: float = 0.06
    metallic: Signal | float = 0.0
    wear: float = 0.35
    extra: dict[str, Signal | float | Rgb] = field(default_factory=dict)
    normal: Signal | None = None


def worn(graph: Graph, colour: Signal | Rgb, amount: float) -> Signal:
    """The colour with broad stains of many elements and with fine grain within one."""
    broad = graph.noise(graph.position, 0.13, detail=3.0, roughness=0.62)
    fine = graph.noise(graph.position, 2.4, detail=3.0, roughness=0.7)
    level = broad.rise(0.3, 0.7).span(1 - 0.62 * amount, 1 + 0.28 * amount)
    return graph.shade(colour, level * fine.rise(0.25, 0.75).span(1 - 0.38 * amount, 1 + 0.24 * amount))


def shader(graph: Graph, surface: Surface) -> Signal:
    """The Principled BSDF of a surface, worn, bumped, and shining where the material does."""
    material = graph.material
    colour = worn(graph, surface.colour, surface.wear) if surface.wear > 0 else surface.colour
    bsdf = graph.node("ShaderNodeBsdfPrincipled")
    graph.feed(bsdf, {"Base Color": colour, "Roughness": surface.roughness, "Metallic": surface.metallic})
    graph.feed(bsdf, surface.extra)
    if surface.normal is not None:
        graph.feed(bsdf, {"Normal": surface.normal})
    elif surface.height is not None and material.bump > 0:
        graph.feed(bsdf, {"Normal": bumped(graph, surface)})
    strength = material.emission or (GLOW if material.kind == "emission" else 0.0)
    if strength > 0:
        graph.feed(bsdf, {"Emission Color": colour, "Emission Strength": strength})
    return graph.out(bsdf)


def bumped(graph: Graph, surface: Surface) -> Signal:
    """The normal bent by the surface's height; the bump distance is in metres."""
    material = graph.material
    node = graph.node("ShaderNodeBump")
    # 0.3, the usual value of `bump`, gives the relief as stated.
    distance = surface.relief * material.scale * material.bump / 0.3
    return graph.out(graph.feed(node, {"Strength": 1.0, "Distance": distance, "Height": surface.height}))
