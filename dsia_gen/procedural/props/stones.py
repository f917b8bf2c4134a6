"""Rocks, groups of boulders and stacked logs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.procedural.family import Slot
from dsia_gen.procedural.mesh import MeshData, fit, merge
from dsia_gen.procedural.organic_shapes import directions, lumps
from dsia_gen.procedural.params import Count, Span, TypedParams, sized
from dsia_gen.procedural.primitives import cylinder, icosphere, lathe
from dsia_gen.procedural.props.prop import ANY_SEED, OutdoorProp
from dsia_gen.procedural.sizes import Extent


class Rock(OutdoorProp):
    """A weathered boulder."""

    name = "rock"
    params = {"width": Span(0.4, 2.2), "depth": Span(0.4, 1.8), "height": Span(0.3, 1.5), "seed": ANY_SEED}
    slots = (Slot("stone", ("rock",), "stone", (0.15, 0.5)),)
    tags = ("nature",)
    silhouette_fill = 0.55

    def build(self, p: TypedParams) -> MeshData:
        """One stone."""
        return _stone(4, p.count("seed"))


def _stone(subdivisions: int, seed: int) -> MeshData:
    """A ball about the origin, cut by random planes, dented and grained, flat below."""
    rng = np.random.default_rng(seed)
    ball = icosphere(subdivisions)
    v = ball.vertices.copy()
    for normal, reach in zip(directions(13, rng), rng.uniform(0.55, 0.95, 13), strict=True):
        over = v @ normal - reach
        v -= np.where(over > 0, over * 0.92, 0)[:, None] * normal
    away = v / np.linalg.norm(v, axis=1, keepdims=True)
    v += away * (0.16 * lumps(v * 1.6, seed, 3) + 0.035 * lumps(v * 7.0, seed + 1, 2))[:, None]
    v[:, 2] = np.maximum(v[:, 2], -0.55)
    return replace(ball, vertices=v)


class BoulderGroup(OutdoorProp):
    """A few rocks that lean on each other, with smaller ones about them."""

    name = "boulder_group"
    params = sized((1.2, 3.0), (0.8, 2.0), (0.5, 1.4), rocks=Count(4, 9), seed=ANY_SEED)
    slots = (Slot("stone", ("rock",), "stone", (0.15, 0.5)), Slot("second", ("rock",), "stone", (0.15, 0.4)))
    tags = ("nature",)
    silhouette_fill = 0.35

    def build(self, p: TypedParams) -> MeshData:
        """The largest stone in the middle, the rest about it, each turned its own way."""
        count, seed = p.count("rocks"), p.count("seed")
        rng = np.random.default_rng(seed)
        parts = []
        for k in range(count):
            big = 1.0 if k == 0 else rng.uniform(0.22, 0.6)
            stone = fit(_stone(3, seed + 17 * k + 1), (big, big * rng.uniform(0.7, 1.0), big * rng.uniform(0.6, 0.9)))
            turn = 2.4 * k + rng.uniform(-0.4, 0.4)
            reach = 0.0 if k == 0 else 0.5 + 0.35 * rng.uniform() + 0.2 * big
            stone = stone.turned("z", rng.uniform(0, 6)).moved(reach * np.cos(turn), reach * np.sin(turn), -0.04 * big)
            parts.append(stone.slot(k % 2))
        return replace(merge(parts), rest=None)


class LogPile(OutdoorProp):
    """Stacked logs, their cut ends towards -Y."""

    name = "log_pile"
    params = {
        "log": Span(0.18, 0.32),
        "columns": Count(3, 6),
        "layers": Count(2, 4),
        "length": Span(0.8, 1.8),
        "seed": ANY_SEED,
    }
    slots = (Slot("bark", ("bark",), "earth", (0.08, 0.15)), Slot("cut", ("wood",), "wood", (0.05, 0.1)))
    tags = ("nature",)

    def size(self, p: TypedParams) -> Extent:
        across = p.real("log")
        return across * p.count("columns"), p.real("length"), across * (1 + 0.866 * (p.count("layers") - 1))

    def build(self, p: TypedParams) -> MeshData:
        """Logs in staggered layers along Y, their ends not quite flush."""
        across, columns, layers, length = p.real("log"), p.count("columns"), p.count("layers"), p.real("length")
        rng = np.random.default_rng(p.count("seed"))
        parts = []
        for layer in range(layers):
            for k in range(columns - layer % 2):
                x = (k - (columns - 1) / 2 + 0.5 * (layer % 2)) * across
                z = across * (0.5 + 0.866 * layer)
                radius = across / 2 * rng.uniform(0.88, 1.0)
                long, seed = length * rng.uniform(0.93, 1.0), int(rng.integers(1 << 30))
                # Bark around, cut wood at both ends.
                bark = lathe([(radius, -long / 2), (radius, -long / 6), (radius, long / 6), (radius, long / 2)], 18)
                v = bark.vertices.copy()
                v[:, :2] *= (1 + 0.07 * lumps(v * 6 + seed % 97, 1, 2))[:, None]
                ends = [cylinder(radius * 0.97, 0.01, 18, slot=1).moved(z=at).grained("z", seed + end)
                        for end, at in enumerate((-long / 2 + 0.002, long / 2 - 0.012))]  # fmt: skip
                log = merge([replace(bark, vertices=v).frozen_rest(), *ends]).turned("x", np.pi / 2)
                parts.append(log.moved(x, rng.uniform(-0.02, 0.02) * length, z))
        return merge(parts)
