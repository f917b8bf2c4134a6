"""What people wear and are: fabric, knit, denim, leather, skin, hair."""

from __future__ import annotations

from dsia_gen.blender.materials.graph import Graph, Signal, tint
from dsia_gen.blender.materials.output import Surface

SHEEN = {"Sheen Weight": 0.25, "Sheen Roughness": 0.5}


def fabric(g: Graph) -> Surface:
    """Woven checks: broad bands both ways over a visible weave; `scale` is the repeat of the check."""
    u, v, _ = g.flat(g.jitter(g.position, 0.8, 0.03))
    warp, weft = _bands(g, u, 0.0), _bands(g, v, 5.0)
    colour = g.mix(warp * 0.62, g.colour(0), g.colour(1))
    colour = g.mix(weft * 0.55, colour, g.colour(1))
    colour = g.mix((u.fract() - 0.5).abs().rise(0.035, 0.02).max((v.fract() - 0.5).abs().rise(0.035, 0.02)), colour,
                   g.colour(2))  # fmt: skip
    weave = ((u * 60.0).sin() * (v * 60.0).sin()).span(0.5, 1.0)
    folds = g.noise(g.position, 0.6, 3.0)
    colour = g.shade(colour, weave.span(0.74, 1.12) * folds.span(0.8, 1.2))
    return Surface(colour, 0.9, weave * 0.4 + folds * 0.9, relief=0.05, wear=0.3, extra=dict(SHEEN))


def _bands(g: Graph, t: Signal, lane: float) -> Signal:
    """0 or 1 in bands of random width along t."""
    value, _ = g.random(g.join((t * 4.0).floor() - (t.floor() * 4.0), lane, 0.5))
    return (value > 0.5).max((t.fract() - 0.2).abs() < 0.11)


def knit(g: Graph) -> Surface:
    """Rows of V stitches with coloured bands and a motif; `scale` is eight stitches."""
    u, v, _ = g.flat()
    column = u * 8.0
    lean = ((column.fract() - 0.5).abs() - 0.25) * 1.4
    row = v * 8.0 + lean
    band, pick = g.random(g.join((row / 6.0).floor(), 2.0, 7.0))
    stitch = (row.fract() - 0.5).abs().rise(0.5, 0.15) * (column.fract() - 0.5).abs().rise(0.0, 0.12)
    across = (column - (column / 6.0).floor() * 6.0 - 2.5).abs().floor()
    motif_on, _ = g.random(g.join(across, (row / 1.0).floor(), 0.5))
    colour = g.pick(band, max(3, len(g.material.colours)))
    colour = g.mix((motif_on > 0.55) * (g.split(pick)[1] > 0.4), colour, g.colour(1))
    yarn = g.noise(g.position, 26.0, 2.0)
    colour = g.shade(colour, stitch.span(0.42, 1.1) * yarn.span(0.82, 1.18))
    return Surface(colour, 0.95, stitch, relief=0.05, wear=0.25, extra=dict(SHEEN))


def denim(g: Graph) -> Surface:
    """Twill with faded thighs, slubs and dark creases."""
    u, v, _ = g.flat()
    twill = ((u + v) * 75.0).sin().span(0.5, 1.0)
    slub = g.noise(g.join(u * 26.0, v * 1.6), 1.0, 3.0, 0.6)
    fade = g.noise(g.position, 0.42, 4.0, 0.62, 0.4)
    crease = (g.noise(g.position, 0.9, 3.0, 0.5, 1.5) - 0.5).abs().rise(0.035, 0.0)
    colour = g.mix(fade.rise(0.38, 0.66), g.colour(0), tint(g.colour(0), 1.7, 0.22))
    colour = g.shade(colour, slub.rise(0.25, 0.75).span(0.68, 1.24) * twill.span(0.72, 1.12))
    colour = g.mix(crease * 0.65, colour, tint(g.colour(0), 0.4))
    return Surface(colour, 0.9, twill * 0.2 + fade * 0.8 - crease * 0.4, relief=0.04, wear=0.35, extra=dict(SHEEN))


def leather(g: Graph) -> Surface:
    """Grained hide with creases, scuffs and darker hollows."""
    pebble, cell = g.cells(g.jitter(g.position, 2.0, 0.08), 5.0)
    groove = g.cracks(g.jitter(g.position, 2.0, 0.08), 5.0).rise(0.1, 0.02)
    crease = (g.noise(g.position, 0.7, 4.0, 0.55, 1.5) - 0.5).abs().rise(0.03, 0.0)
    scuff = g.noise(g.position, 1.4, 5.0, 0.7).rise(0.56, 0.7)
    colour = g.shade(g.colour(0), g.split(cell)[0].span(0.8, 1.15))
    colour = g.mix(scuff * 0.5, colour, tint(g.colour(0), 1.6, 0.18))
    colour = g.mix(groove.max(crease) * 0.7, colour, tint(g.colour(0), 0.3))
    rough = scuff.span(g.material.roughness * 0.75, min(1.0, g.material.roughness * 1.3))
    return Surface(colour, rough, 1.0 - groove * 0.6 - crease * 0.6 - pebble * 0.3, relief=0.03, wear=0.4)


def skin(g: Graph) -> Surface:
    """Skin with blood under it, freckles and pores."""
    mottle = g.noise(g.position, 0.8, 4.0, 0.6)
    freckle, cell = g.cells(g.position, 3.2)
    freckle = (freckle - g.split(cell)[0] * 0.14).rise(0.04, -0.04)
    pore = g.noise(g.position, 14.0, 2.0, 0.6)
    r, gr, b = g.colour(0)
    colour = g.mix(mottle.rise(0.4, 0.66) * 0.5, g.colour(0), (min(1.0, r * 1.05), gr * 0.72, b * 0.68))
    colour = g.mix(freckle * 0.2, colour, (r * 0.6, gr * 0.48, b * 0.44))
    colour = g.shade(colour, pore.span(0.9, 1.08))
    return Surface(colour, 0.48, pore, relief=0.012, wear=0.14,
                   extra={"Subsurface Weight": 0.06, "Subsurface Scale": 0.02})  # fmt: skip


def hair(g: Graph) -> Surface:
    """Strands that fall along Z in locks of two sizes, dark between them; the second colour is held near the first."""
    x, y, z = g.split(g.jitter(g.position, 0.8, 0.12))
    strand = g.noise(g.join(x * 6.0, y * 6.0, z * 0.5), 1.0, 3.0, 0.65)
    lock = g.noise(g.join(x * 1.6, y * 1.6, z * 0.22), 1.0, 2.0)
    broad = g.noise(g.join(x * 0.55, y * 0.55, z * 0.1), 1.0, 2.0)
    colour = g.mix(strand.rise(0.36, 0.68), tint(g.colour(0), 0.5), tint(g.colour(0), 1.25, 0.02))
    second = g.colour(1) if len(g.material.colours) > 1 else tint(g.colour(0), 1.4, 0.03)
    colour = g.mix(broad.rise(0.45, 0.65) * 0.5, colour, second)
    colour = g.shade(colour, lock.rise(0.3, 0.6).span(0.38, 1.15) * broad.rise(0.25, 0.55).span(0.6, 1.1))
    height = strand * 0.35 + lock + broad * 0.6
    return Surface(colour, 0.55, height, relief=0.16, wear=0.15, extra={"Specular IOR Level": 0.3})
