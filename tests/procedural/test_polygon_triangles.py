"""Triangles of polygons: they cover the polygon once, and are those that Blender makes."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.polygon_triangles import triangulated

ANGLES = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
OVAL = np.stack([np.cos(ANGLES), 0.7 * np.sin(ANGLES)], axis=1)
SPOKES = np.linspace(0.5 * np.pi, 2.5 * np.pi, 10, endpoint=False)
STAR = np.stack([np.cos(SPOKES), np.sin(SPOKES)], axis=1) * np.where(np.arange(10) % 2, 0.4, 1.0)[:, None]
SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
BARRIER = np.array([(0.22, 0), (0.22, 0.09), (0.14, 0.25), (0.08, 0.7), (-0.08, 0.7), (-0.14, 0.25), (-0.22, 0.09),
                    (-0.22, 0)])  # fmt: skip
POLYGONS = {
    "square": [SQUARE],
    "star": [STAR],
    "barrier": [BARRIER],
    "oval": [OVAL],
    "frame": [SQUARE, SQUARE[::-1] * 0.7],
    "border": [OVAL, OVAL[::-1] * 0.86],
    "two holes": [SQUARE, SQUARE[::-1] * 0.2 + [0.5, 0.3], SQUARE[::-1] * 0.2 - [0.5, 0.1]],
}


def area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


@pytest.mark.parametrize("name", POLYGONS)
def test_triangles_cover_the_polygon_once(name: str) -> None:
    rings = POLYGONS[name]
    points, triangles = np.concatenate(rings), triangulated(rings)
    assert len(triangles) == len(points) + 2 * (len(rings) - 1) - 2
    assert len({frozenset(t) for t in triangles}) == len(triangles)
    assert sum(abs(area(points[list(t)])) for t in triangles) == pytest.approx(sum(area(ring) for ring in rings))


@pytest.mark.blender
@pytest.mark.parametrize("name", POLYGONS)
def test_triangles_are_those_of_blender(name: str) -> None:
    pytest.importorskip("bpy")
    from mathutils.geometry import tessellate_polygon

    rings = POLYGONS[name]
    theirs = tessellate_polygon([[(x, y, 0.0) for x, y in ring] for ring in rings])
    assert [tuple(t) for t in theirs] == triangulated(rings)
