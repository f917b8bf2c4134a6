"""Walls with rectangular openings, for rooms and for house fronts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dsia_gen.procedural.mesh import MeshData, mesh, welded


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
    columns, rows = list(itertools.pairwise(xs)), list(itertools.pairwise(zs))
    solid = np.ones((len(columns), len(rows)), dtype=bool)
    for o in openings:
        inside = [o.left < (a + b) / 2 < o.right for a, b in columns], [o.low < (c + d) / 2 < o.high for c, d in rows]
        solid &= ~np.outer(*inside)
    padded = np.pad(solid, 1)
    quads: list[list[tuple[float, float, float]]] = []
    slots: list[int] = []
    for i, k in np.argwhere(solid).tolist():
        # The faces of a solid cell that border on air, counter-clockwise from outside.
        (a, b), (c, d) = columns[i], rows[k]
        cell = [
            [(a, front, c), (b, front, c), (b, front, d), (a, front, d)],
            [(b, back, c), (a, back, c), (a, back, d), (b, back, d)],
        ]
        rims = {
            (-1, 0): [(a, back, c), (a, front, c), (a, front, d), (a, back, d)],
            (1, 0): [(b, front, c), (b, back, c), (b, back, d), (b, front, d)],
            (0, -1): [(a, back, c), (b, back, c), (b, front, c), (a, front, c)],
            (0, 1): [(a, front, d), (b, front, d), (b, back, d), (a, back, d)],
        }
        cell += [rim for (di, dk), rim in rims.items() if not padded[i + 1 + di, k + 1 + dk]]
        quads += cell
        slots += [1 if d <= dado else 0] * len(cell)
    vertices = np.array(quads).reshape(-1, 3)
    faces = np.arange(len(vertices)).reshape(-1, 4)
    data = mesh(vertices, faces)
    data.slots[:] = slots
    return welded(data)
