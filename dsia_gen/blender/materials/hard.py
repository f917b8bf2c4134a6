"""Metal, rust, glass, mirror and light."""

from __future__ import annotations

from dsia_gen.blender.materials.graph import Graph, tint
from dsia_gen.blender.materials.output import Surface


def metal(g: Graph) -> Surface:
    """Brushed metal with scratches, smears and dull patches."""
    x, y, z = g.split(g.position)
    brush = g.noise(g.join(x * 0.6, y * 22.0, z * 22.0), 1.0, 3.0, 0.6)
    smear = g.noise(g.position, 0.6, 5.0, 0.65, 0.6)
    scratch = g.cracks(g.join(x * 0.3, y + x * 0.4, z - x * 0.2), 1.1).rise(0.012, 0.002)
    colour = g.shade(g.colour(0), brush.rise(0.2, 0.8).span(0.78, 1.12) * smear.rise(0.3, 0.7).span(0.6, 1.1))
    colour = g.mix(scratch * 0.5, colour, tint(g.colour(0), 1.3, 0.3))
    base = max(0.12, g.material.roughness)
    rough = smear.rise(0.35, 0.65).span(min(1.0, base * 1.4), base * 0.7)
    return Surface(colour, rough, brush, relief=0.004, metallic=max(g.material.metallic, 0.9), wear=0.3)


def rust(g: Graph) -> Surface:
    """Paint (colour 0) that flakes off rusting iron."""
    broad = g.noise(g.position, 0.55, 6.0, 0.66, 0.5)
    fine = g.noise(g.position, 4.0, 5.0, 0.75)
    level = broad + (fine - 0.5) * 0.22
    bare = level.rise(0.49, 0.505)
    halo = level.rise(0.41, 0.49)
    x, y, z = g.split(g.position)
    streak = g.noise(g.join(x * 2.5, y * 2.5, z * 0.2), 1.0, 3.0).rise(0.55, 0.7)
    iron = g.mix(fine.rise(0.3, 0.7), (0.09, 0.022, 0.008), (0.36, 0.12, 0.03))
    paint = g.mix((halo * 0.6).max(streak * 0.4), g.colour(0), (0.27, 0.1, 0.035))
    colour = g.mix(bare, paint, iron)
    rough = bare.span(g.material.roughness * 0.7, 0.95)
    return Surface(colour, rough, fine * bare - bare * 0.4, relief=0.04, wear=0.35)


def glass(g: Graph) -> Surface:
    """Clear glass, faintly coloured."""
    clear = tint(g.colour(0), 0.5, 0.5)
    return Surface(clear, g.material.roughness * 0.1, None, wear=0.0, extra={"Transmission Weight": 1.0, "IOR": 1.45})


def mirror(g: Graph) -> Surface:
    """A polished mirror."""
    return Surface(tint(g.colour(0), 0.3, 0.7), min(0.03, g.material.roughness), None, metallic=1.0, wear=0.0)


def emission(g: Graph) -> Surface:
    """A lamp: shines evenly in colour 0."""
    return Surface(g.colour(0), 0.6, None, wear=0.0)
