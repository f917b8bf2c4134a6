"""The image of a leafy twig, by which the cards of a bush are cut out."""

from __future__ import annotations

import numpy as np

from dsia_gen.procedural.mesh import Floats

SIZE = 256
BLUR = 5.0
"""Texels over which alpha rises from 0 to 1 across an outline."""


def twig(seed: int, leaves: int = 17) -> Floats:
    """(SIZE, SIZE, 4) image of a twig that grows from the middle of the lower edge: brightness and alpha.

    Alpha is a blurred distance to the outline, so that its bilinear threshold is a smooth curve: whatever tests the
    same texels finds the outline at the same place.
    """
    rng = np.random.default_rng([seed, 65537])
    v, u = np.meshgrid(1 - (np.arange(SIZE) + 0.5) / SIZE, (np.arange(SIZE) + 0.5) / SIZE, indexing="ij")
    # How far inside the outline each texel is, in units of the image: first the stem, then the leaves.
    depth = np.minimum(0.012 - np.abs(u - 0.5 - 0.03 * np.sin(5 * (v - 0.12) / 0.62)), 0.8 - v)
    light = np.full_like(u, 0.35)
    for k in range(leaves):
        up = k / (leaves - 1)
        root = np.array([0.5 + 0.03 * np.sin(5 * up), 0.12 + 0.62 * up])
        side = (-1) ** k
        angle = np.pi / 2 - side * (1.25 - 0.95 * up + rng.uniform(-0.25, 0.25))
        length, width = rng.uniform(0.24, 0.36) * (1.05 - 0.35 * up), rng.uniform(0.055, 0.08)
        x, y = u - root[0], v - root[1]
        along, across = (x * np.cos(angle) + y * np.sin(angle)) / length, y * np.cos(angle) - x * np.sin(angle)
        t = np.clip(along, 0, 1)
        half = width * np.sin(np.pi * t**0.75)
        outside = np.maximum(-along, along - 1).clip(0) * length
        inside = half - np.abs(across) - outside
        rib = np.exp(-((across / 0.005) ** 2))
        veins = 0.5 + 0.5 * np.sin(2 * np.pi * (along * 7 - np.abs(across) * 16))
        shade = np.clip(0.5 + 0.22 * veins + 0.4 * rib + 1.2 * across, 0.1, 1.0)
        light = np.where(inside > 0, shade * rng.uniform(0.7, 1.0), light)
        depth = np.maximum(depth, inside)
    alpha = np.clip(0.5 + depth * SIZE / BLUR, 0, 1)
    return np.stack([light, light, light, alpha], axis=-1)
