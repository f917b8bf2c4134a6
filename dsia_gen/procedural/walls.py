"""Walls with rectangular openings, for rooms and for house fronts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsia_gen.procedural.mesh import Bools, MeshData, mesh, welded


@dataclass(frozen=True)
class Opening:
    """A hole in a wall: x and z intervals in metres, x from the wall's centre."""

    left: float
    right: float
    low: float
    high: float


def pierced_slab(
    length: float, height: float, front: float, back: float, openings: Sequence[Opening], dado: float
) -> MeshData:
    """Front, back and rims over a grid of cells cut at the edges of the openings and at the dado."""
    xs = sorted({-length / 2, length / 2, *(o.left for o in openings), *(o.right for o in openings)})
    levels = {0.0, height, *(o.low for o in openings), *(o.high for o in openings)}
    zs = sorted(levels | ({dado} if 0 < dado < height else set()))
    solid = np.array([[_solid((a + b) / 2, (c + d) / 2, openings) for c, d in itertools.pairwise(zs)]
                      for a, b in itertools.pairwise(xs)])  # fmt: skip
    quads: list[list[tuple[float, float, float]]] = []
    slots: list[int] = []
    for i, k in zip(*np.nonzero(solid), strict=True):
        cell = _cell_quads(solid, int(i), int(k), (xs[i], xs[i + 1]), (zs[k], zs[k + 1]), front, back)
        quads += cell
        slots += [1 if zs[k + 1] <= dado else 0] * len(cell)
    vertices = np.array(quads).reshape(-1, 3)
    faces = np.arange(len(vertices)).reshape(-1, 4)
    data = mesh(vertices, faces)
    data.slots[:] = slots
    return welded(data)


def _solid(x: float, z: float, openings: Sequence[Opening]) -> bool:
    return not any(o.left < x < o.right and o.low < z < o.high for o in openings)


def _cell_quads(
    solid: Bools, i: int, k: int, x: tuple[float, float], z: tuple[float, float], front: float, back: float
) -> list[list[tuple[float, float, float]]]:
    """The faces of one solid cell that border on air, counter-clockwise from outside."""
    (a, b), (c, d) = x, z
    quads = [
        [(a, front, c), (b, front, c), (b, front, d), (a, front, d)],
        [(b, back, c), (a, back, c), (a, back, d), (b, back, d)],
    ]
    padded = np.pad(solid, 1)
    rims = {
        (-1, 0): [(a, back, c), (a, front, c), (a, front, d), (a, back, d)],
        (1, 0): [(b, front, c), (b, back, c), (b, back, d), (b, front, d)],
        (0, -1): [(a, back, c), (b, back, c), (b, front, c), (a, front, c)],
        (0, 1): [(a, front, d), (b, front, d), (b, back, d), (a, back, d)],
    }
    return quads + [rim for (di, dk), rim in rims.items() if not padded[i + 1 + di, k + 1 + dk]]
