"""Painted and printed patterns: plain, checker, stripes, dots, patches, noise, print."""

from __future__ import annotations

from dsia_gen.blender.materials.graph import Graph, Signal, tint
from dsia_gen.blender.materials.output import Surface


def plain(g: Graph) -> Surface:
    """One colour of paint with an orange-peel skin, handled and faded; without relief (eyes, backdrops) hardly so."""
    wear = 0.32 if g.material.bump > 0 else 0.16
    return Surface(g.colour(0), _rough(g), g.noise(g.position, 6.0, 2.0), relief=0.006, wear=wear)


def checker(g: Graph) -> Surface:
    """A checkerboard in space, each cell a shade of its own, with scuffed borders."""
    x, y, z = g.split(g.jitter(g.position, 3.0, 0.015))
    key = g.join(x.floor(), y.floor(), z.floor())
    parity = ((x.floor() + y.floor() + z.floor()) * 0.5).fract() > 0.25
    value, _ = g.random(key)
    colour = g.shade(g.mix(parity, g.colour(0), g.colour(1)), value.span(0.8, 1.12))
    return Surface(colour, _rough(g), parity, relief=0.01, wear=0.4)


def stripes(g: Graph) -> Surface:
    """Bands of random width and colour across the height, with pin stripes."""
    u, v, _ = g.flat(g.jitter(g.position, 0.35, 0.06))
    band, _ = g.random(g.join((v * 2.0).floor(), 1.7, 4.2))
    colour = g.pick(band, max(3, len(g.material.colours)))
    pin = ((v * 2.0).fract() - 0.5).abs().rise(0.06, 0.04) * (band > 0.45)
    colour = g.mix(pin, colour, tint(g.colour(1), 0.5, 0.1))
    weave = ((u * 14.0).sin() * (v * 14.0).sin()).span(0.94, 1.04)
    return Surface(g.shade(colour, weave), _rough(g), band, relief=0.015, wear=0.4)


def dots(g: Graph) -> Surface:
    """Spots of several sizes and colours on a ground."""
    distance, cell = g.cells(g.jitter(g.position, 1.5, 0.03), 1.0, 0.7)
    size, pick, _ = g.split(cell)
    spot = (distance - size.span(0.28, 0.5)).rise(0.02, -0.02)
    ring = (distance - size.span(0.16, 0.3)).abs().rise(0.05, 0.03) * (pick > 0.5)
    inked = g.mix(ring, g.pick(pick, 3), g.colour(0))
    small, shade = g.cells(g.position, 4.0, 0.9)
    ground = g.mix(small.rise(0.2, 0.14), g.colour(0), g.shade(tint(g.colour(1), 0.9), g.split(shade)[0]))
    inked = g.mix(0.75, inked, g.colour(1))  # so that spots and ground differ
    return Surface(g.mix(spot, ground, inked), _rough(g), spot, relief=0.01, wear=0.3)


def patches(g: Graph) -> Surface:
    """Sewn patches of strong colours with dark seams and a fine dotted weave, like a beach ball or a quilt."""
    at = g.jitter(g.position, 0.6, 0.12, detail=1.0)
    _, cell = g.cells(at, 0.8)
    seam = g.cracks(at, 0.8).rise(0.035, 0.02)
    pick, light, _ = g.split(cell)
    colour = g.shade(g.pick(pick, 4), light.span(0.7, 1.1))
    mesh, _ = g.cells(g.position, 11.0, 0.15)
    colour = g.mix(mesh.rise(0.5, 0.2) * 0.4, colour, tint(g.colour(0), 1.0, 0.8))
    colour = g.mix(seam, colour, tint(g.colour(0), 0.12))
    return Surface(colour, _rough(g), (1.0 - seam) * mesh.span(1.0, 0.8), relief=0.05, wear=0.25)


def noise(g: Graph) -> Surface:
    """Clouds in layers of colour, as in camouflage or stained cloth."""
    broad = g.noise(g.position, 0.5, 4.0, 0.55, 0.6)
    other = g.noise(g.vector("ADD", g.position, (17.0, 3.0, 9.0)), 0.9, 4.0, 0.6, 0.4)
    colour = g.mix(broad.rise(0.49, 0.52), g.colour(0), g.colour(1))
    colour = g.mix(other.rise(0.54, 0.57), colour, g.colour(2))
    speck = g.noise(g.position, 5.0, 3.0, 0.7)
    colour = g.mix(speck.rise(0.6, 0.64), colour, g.colour(3))
    return Surface(colour, _rough(g), speck, relief=0.03, wear=0.5)


def printed(g: Graph) -> Surface:
    """Packaging: panels that each hold rings, bars, blobs, checks or lines of text in up to four colours."""
    u, v, plane = g.flat()
    key, edge, du, dv = g.bond(u, v, 2.6, 1.9, None)
    key = g.vector("ADD", key, g.join(plane * 13.0, 0.0, plane))
    sort, cell = g.random(key)
    ink, paper, place = g.split(cell)
    ground = g.pick(paper, 4)
    first = g.pick((paper + ink.span(0.26, 0.74)).fract(), 4)
    second = g.pick((paper + 0.5).fract(), 4)
    colour = g.mix(_choose_shape(g, sort, g.join(du, dv), key, place), ground, first)
    # A disc or a bar off the centre of a panel.
    x, y = du - place.span(-0.7, 0.7), dv - place.span(0.45, -0.45)
    disc = g.math("SQRT", x * x + y * y).rise(0.28, 0.26)
    bar = y.abs().rise(0.13, 0.115)
    colour = g.mix(g.choose(place > 0.5, disc, bar), colour, second)
    frame = (edge - 0.07).abs().rise(0.035, 0.022) * (ink > 0.35)
    colour = g.mix(frame, colour, tint(g.colour(0), 0.3))
    dots_ = ((u * 24.0).sin() * (v * 24.0).sin()).rise(0.3, 0.8) * (place > 0.6)
    return Surface(g.shade(colour, dots_.span(1.0, 0.85)), _rough(g), None, wear=0.22)


def _choose_shape(g: Graph, sort: Signal, across: Signal, key: Signal, place: Signal) -> Signal:
    """The mask of one of five shapes, picked by `sort` in [0, 1]."""
    du, dv, _ = g.split(across)
    radius = g.math("SQRT", du * du + dv * dv)
    rings = ((radius * place.span(3.0, 6.0)).fract() - 0.5).abs().rise(0.27, 0.23) * (radius < 0.85)
    lean = (place * 3.0).floor() * 2.0 - 2.0  # from falling to rising
    bars = ((du * place.span(2.0, 5.0) + dv * lean).fract() - 0.5).abs().rise(0.27, 0.23)
    blob = g.noise(g.vector("ADD", g.vector("SCALE", key, scale=5.3), across), 1.5, 1.0).rise(0.5, 0.52)
    checks = ((du * 4.0).floor() + (dv * 4.0).floor()) * 0.5
    # Rows of strokes of random length that read as lines of type from afar.
    row, letter = (dv * 5.5).floor(), (du * 13.0).floor()
    on, _ = g.random(g.vector("ADD", g.join(letter, row, 2.0), g.vector("SCALE", key, scale=31.0)))
    stroke = ((du * 13.0).fract() - 0.5).abs() < on.span(0.2, 0.55)
    shape = ((dv * 5.5).fract() > 0.38) * (on > 0.28) * stroke * (du.abs() < 1.1)
    for limit, mask in ((0.8, rings), (0.6, bars), (0.4, blob), (0.2, checks.fract() > 0.25)):
        shape = g.choose(sort < limit, shape, mask)
    return shape


def _rough(g: Graph) -> Signal:
    """Roughness that varies a little around the material's own."""
    own = g.material.roughness
    return g.noise(g.position, 1.2, 3.0).rise(0.2, 0.8).span(own * 0.8, min(1.0, own * 1.25))
