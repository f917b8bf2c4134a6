"""What grows and weathers: wood, grass, bark, rock, foliage."""

from __future__ import annotations

from dsia_gen.blender.materials.building import grained
from dsia_gen.blender.materials.graph import Graph, tint
from dsia_gen.blender.materials.output import Surface


def wood(g: Graph) -> Surface:
    """Solid wood, the grain along X of the rest coordinates; `scale` is about a hand's breadth of grain."""
    colour, fibre = grained(g, g.position)
    varnish = g.noise(g.position, 0.5, 3.0).rise(0.3, 0.7)
    rough = varnish.span(g.material.roughness * 0.7, min(1.0, g.material.roughness * 1.2))
    return Surface(colour, rough, fibre, relief=0.012, wear=0.4)


def grass(g: Graph) -> Surface:
    """A lawn: blades, tufts, dry patches and bare earth."""
    blade = g.noise(g.jitter(g.position, 3.0, 0.2), 9.0, 3.0, 0.7)
    tuft, cell = g.cells(g.jitter(g.position, 1.5, 0.3), 1.3)
    dry = g.noise(g.position, 0.28, 4.0, 0.6)
    bare = g.noise(g.vector("ADD", g.position, (5.0, 9.0, 2.0)), 0.4, 5.0, 0.65).rise(0.6, 0.68)
    colour = g.mix(g.split(cell)[0] * 0.6, g.colour(0), g.colour(1))
    colour = g.mix(dry.rise(0.5, 0.68) * 0.7, colour, (0.24, 0.2, 0.06))
    colour = g.shade(colour, blade.rise(0.28, 0.72).span(0.25, 1.6) * tuft.span(1.15, 0.7))
    colour = g.mix(bare, colour, g.shade((0.13, 0.085, 0.05), blade.span(0.5, 1.6)))
    return Surface(colour, 0.9, blade - tuft * 0.4, relief=0.16, wear=0.35)


def bark(g: Graph) -> Surface:
    """Plates of bark, long in Z, with deep cracks, pale ridges and moss."""
    x, y, z = g.split(g.jitter(g.position, 1.0, 0.18, 3.0))
    at = g.join(x * 1.6, y * 1.6, z * 0.42)
    deep = g.cracks(at, 1.0).rise(0.16, 0.02)
    _, plate = g.cells(at, 1.0)
    fibre = g.noise(g.join(x * 9.0, y * 9.0, z * 1.6), 1.0, 4.0, 0.65)
    moss = g.noise(g.position, 0.3, 5.0, 0.65).rise(0.56, 0.66)
    colour = g.shade(g.mix(g.split(plate)[0], g.colour(0), g.colour(1)), fibre.rise(0.2, 0.8).span(0.5, 1.35))
    colour = g.mix(moss * 0.65, colour, g.shade((0.11, 0.14, 0.035), fibre.span(0.5, 1.5)))
    colour = g.mix(deep * 0.92, colour, tint(g.colour(0), 0.14))
    return Surface(colour, 0.95, fibre * 0.35 + (1.0 - deep), relief=0.16, wear=0.3)


def rock(g: Graph) -> Surface:
    """Layered stone with cracks, lichen and grain."""
    bent = g.jitter(g.position, 0.6, 0.35, 4.0)
    x, y, z = g.split(bent)
    layer = g.noise(g.join(x * 0.25, y * 0.25, z * 1.8), 1.0, 3.0, 0.6)
    broad = g.noise(g.position, 0.5, 5.0, 0.65)
    grain = g.noise(g.position, 7.0, 4.0, 0.75)
    torn = g.noise(g.vector("ADD", bent, (2.0, 6.0, 4.0)), 0.45, 4.0, 0.5, 0.7)
    crack = (torn - 0.5).abs().rise(0.014, 0.0) * broad.rise(0.44, 0.56)
    lichen = g.noise(g.vector("ADD", g.position, (3.0, 8.0, 1.0)), 1.3, 5.0, 0.7).rise(0.58, 0.63)
    colour = g.mix(layer.rise(0.36, 0.64), tint(g.colour(0), 0.5), g.colour(0))
    colour = g.mix(broad.rise(0.5, 0.66) * 0.8, colour, g.colour(1))
    colour = g.shade(colour, grain.rise(0.25, 0.75).span(0.5, 1.4))
    colour = g.mix(lichen * 0.7, colour, g.shade((0.34, 0.33, 0.2), grain.span(0.6, 1.4)))
    colour = g.mix(crack * 0.85, colour, tint(g.colour(0), 0.12))
    return Surface(colour, 0.92, grain * 0.3 + broad * 0.6 + layer * 0.3 - crack * 0.5, relief=0.2, wear=0.3)


def foliage(g: Graph) -> Surface:
    """Leaves: each patch its own green, with veins, yellowing and light that shines through."""
    _, cell = g.cells(g.jitter(g.position, 1.0, 0.2), 1.0)
    pick, light, age = g.split(cell)
    vein = g.cracks(g.jitter(g.position, 4.0, 0.1), 2.4).rise(0.06, 0.02)
    mottle = g.noise(g.position, 3.0, 3.0, 0.65)
    colour = g.shade(g.mix(pick, g.colour(0), g.colour(1)), light.span(0.45, 1.45))
    colour = g.mix((age > 0.9) * 0.7, colour, g.colour(2) if len(g.material.colours) > 2 else (0.32, 0.2, 0.03))
    colour = g.shade(colour, mottle.rise(0.25, 0.75).span(0.62, 1.25))
    colour = g.mix(vein * 0.35, colour, tint(g.colour(1), 1.3, 0.15))
    return Surface(colour, 0.55, None, wear=0.25, extra={"Transmission Weight": 0.0, "Sheen Weight": 0.1})
