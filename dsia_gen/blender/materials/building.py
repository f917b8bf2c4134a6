"""What rooms and houses are made of: brick, tiles, plaster, concrete, terrazzo, planks, marble."""

from __future__ import annotations

from dsia_gen.blender.materials.graph import Graph, Signal, tint
from dsia_gen.blender.materials.output import Surface


def brick(g: Graph) -> Surface:
    """Running bond; `scale` is the length of a brick. Colours: brick, second brick, mortar."""
    u, v, _ = g.flat(g.jitter(g.position, 2.5, 0.012))
    key, edge, _, _ = g.bond(u, v, 1.0, 0.34)
    value, cell = g.random(key)
    second, _, dark = g.split(cell)
    chips = g.noise(g.position, 9.0, 4.0, 0.65)
    joint = (edge + (chips - 0.5) * 0.03).rise(0.03, 0.012)
    face = g.mix(second.rise(0.55, 0.95), g.colour(0), g.colour(1))
    face = g.shade(face, value.span(0.62, 1.2) * (dark > 0.93).span(1.0, 0.5))
    face = g.shade(face, chips.rise(0.25, 0.75).span(0.72, 1.15))
    mortar = tint(g.material.colours[2], 1.0) if len(g.material.colours) > 2 else tint(g.colour(0), 0.5, 0.45)
    height = (1.0 - joint) * (0.75 + chips * 0.35)
    return Surface(g.mix(joint, face, mortar), 0.85, height, relief=0.045, wear=0.55)


def tiles(g: Graph) -> Surface:
    """Square glazed tiles with grout and a painted motif on some; `scale` is the side of a tile."""
    u, v, _ = g.flat()
    key, edge, du, dv = g.bond(u, v, 1.0, 1.0, 0.0)
    value, cell = g.random(key)
    grout = edge.rise(0.03, 0.018)
    pick, cloudy, _ = g.split(cell)
    cloud = g.noise(g.position, 2.6, 4.0, 0.6, 1.2).rise(0.45, 0.62) * cloudy
    glaze = g.mix(cloud, g.colour(0), tint(g.colour(0), 0.6))
    glaze = g.shade(glaze, value.span(0.78, 1.12))
    # A ring with four petals, alike on every tile that has one.
    radius = g.math("SQRT", du * du + dv * dv)
    petals = (radius - (g.math("ARCTAN2", dv, du) * 4.0).sin() * 0.1 - 0.24).abs().rise(0.045, 0.03)
    corner = (du.abs() + dv.abs()).rise(0.78, 0.8)
    motif = petals.max(corner).max(radius.rise(0.09, 0.075)) * (pick > 0.45)
    glaze = g.mix(motif, glaze, g.colour(1))
    colour = g.mix(grout, glaze, tint(g.colour(2) if len(g.material.colours) > 2 else g.colour(0), 0.35, 0.12))
    rough = g.choose(grout, g.material.roughness * 0.6, 0.9)
    return Surface(colour, rough, edge.rise(0.0, 0.05), relief=0.02, wear=0.35)


def plaster(g: Graph) -> Surface:
    """A painted wall: trowel marks, patches that were painted over, hairline cracks and stains."""
    swirl = g.noise(g.position, 0.9, 4.0, 0.6, 1.4)
    broad = g.noise(g.position, 0.22, 3.0, 0.6)
    fine = g.noise(g.position, 7.0, 3.0, 0.65)
    colour = g.mix(broad.rise(0.42, 0.62), g.colour(0), tint(g.colour(0), 0.78))
    colour = g.mix(swirl.rise(0.5, 0.62) * 0.55, colour, g.colour(1) if _has(g, 1) else tint(g.colour(0), 1.06, 0.12))
    crack = g.cracks(g.jitter(g.position, 1.2, 0.35, 4.0), 0.3).rise(0.012, 0.003) * broad.rise(0.46, 0.54)
    colour = g.mix(crack * 0.8, colour, tint(g.colour(0), 0.3))
    colour = g.mix(fine.rise(0.64, 0.7) * 0.45, colour, tint(g.colour(0), 0.5))
    return Surface(colour, 0.9, swirl * 0.7 + fine * 0.3 - crack * 0.4, relief=0.05, wear=0.45)


def concrete(g: Graph) -> Surface:
    """Cast concrete: cloudy stains, runs, air holes and aggregate."""
    broad = g.noise(g.position, 0.35, 5.0, 0.62, 0.5)
    x, y, z = g.split(g.position)
    runs = g.noise(g.join(x * 1.6, y * 1.6, z * 0.14), 1.0, 4.0, 0.65)
    hole, cell = g.cells(g.position, 2.2)
    size, _, _ = g.split(cell)
    pit = (hole - (size - 0.35) * 0.2).rise(0.03, 0.0)
    grain = g.noise(g.position, 9.0, 3.0, 0.75)
    colour = g.mix(broad.rise(0.36, 0.64), tint(g.colour(0), 0.58), tint(g.colour(0), 1.12, 0.06))
    colour = g.mix(runs.rise(0.54, 0.68) * 0.75, colour, tint(g.colour(1) if _has(g, 1) else g.colour(0), 0.38))
    colour = g.shade(colour, grain.rise(0.25, 0.75).span(0.68, 1.22))
    colour = g.mix(pit, colour, tint(g.colour(0), 0.16))
    return Surface(colour, 0.9, grain * 0.35 + broad * 0.3 - pit * 0.8, relief=0.06, wear=0.5)


def terrazzo(g: Graph) -> Surface:
    """Polished chips of stone of two sizes in cement; `scale` holds two large chips."""
    colour: Signal = g.shade(g.colour(0), g.noise(g.position, 3.0, 3.0).span(0.8, 1.15))
    for scale, keep in ((4.2, 0.5), (1.7, 0.62)):
        at = g.jitter(g.position, 2.0 * scale, 0.16 / scale)
        _, cell = g.cells(at, scale)
        pick, present, light = g.split(cell)
        chip = g.cracks(at, scale).rise(0.07, 0.09) * (present < keep)
        colour = g.mix(chip, colour, g.shade(g.pick(pick, 4), light.span(0.55, 1.2)))
    return Surface(colour, g.material.roughness * 0.5, None, wear=0.25)


def planks(g: Graph) -> Surface:
    """Boards with grain, knots and gaps, each of its own shade; `scale` is the width of a board."""
    u, v, plane = g.flat()
    key, edge, du, dv = g.bond(u, v, 9.0, 1.0, None)
    value, cell = g.random(g.vector("ADD", key, g.join(plane * 5.0)))
    gap = edge.rise(0.035, 0.014)
    within = g.vector("ADD", g.join(du, dv, plane), g.vector("SCALE", cell, scale=60.0))
    wood_colour, grain = grained(g, within)
    tone, _, _ = g.split(cell)
    colour = g.shade(g.mix(tone * 0.55, wood_colour, g.colour(1)), value.span(0.6, 1.18))
    colour = g.mix(gap, colour, tint(g.colour(0), 0.06))
    return Surface(colour, g.material.roughness, edge.rise(0.0, 0.06) * (0.8 + grain * 0.2), relief=0.035, wear=0.5)


def grained(g: Graph, at: Signal) -> tuple[Signal, Signal]:
    """Colour and fine grain in [0, 1] of wood whose fibres run along X of `at`, one element wide."""
    x, y, z = g.split(at)
    bend = g.noise(g.join(x * 0.22, y * 0.9, z * 0.9), 1.0, 2.0)
    rings = g.math("PINGPONG", (bend * 7.0 + y * 1.2 + z * 0.4), 1.0)
    fibre = g.noise(g.join(x * 0.9, y * 16.0, z * 16.0), 1.0, 4.0, 0.65)
    pore = g.noise(g.join(x * 2.0, y * 40.0, z * 40.0), 1.0, 1.0).rise(0.6, 0.7)
    knot, spot = g.cells(g.join(x * 0.35, y, z), 0.45)
    knot = (knot + (fibre - 0.5) * 0.1).rise(0.2, 0.08) * (g.split(spot)[0] > 0.55)
    colour = g.mix(rings.rise(0.25, 0.95) * 0.75, g.colour(0), tint(g.colour(0), 0.5))
    colour = g.shade(colour, fibre.rise(0.2, 0.8).span(0.66, 1.22))
    colour = g.mix(pore * 0.5, colour, tint(g.colour(0), 0.2))
    colour = g.mix(knot, colour, tint(g.colour(0), 0.16))
    return colour, fibre


def marble(g: Graph) -> Surface:
    """Polished stone with broad clouds, dark veins and fine ones across them."""
    bent = g.jitter(g.position, 0.5, 0.7, 4.0)
    cloud = g.noise(bent, 0.4, 5.0, 0.6)
    vein = (g.noise(bent, 0.55, 5.0, 0.55, 1.0) - 0.5).abs().rise(0.05, 0.0)
    hair = (g.noise(g.vector("ADD", bent, (7.0, 1.0, 4.0)), 1.5, 4.0, 0.6, 0.8) - 0.5).abs().rise(0.02, 0.0)
    colour = g.mix(cloud.rise(0.4, 0.62), g.colour(0), tint(g.colour(0), 0.7))
    colour = g.mix(vein, colour, tint(g.colour(1), 0.6))
    colour = g.mix(hair * 0.7, colour, tint(g.colour(2), 0.5))
    return Surface(colour, g.material.roughness * 0.4, None, wear=0.2)


def _has(g: Graph, index: int) -> bool:
    return len(g.material.colours) > index
