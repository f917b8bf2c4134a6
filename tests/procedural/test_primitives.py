"""Primitives against closed forms: volume, area, size and orientation."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.mesh import MeshData, copies, fit, merge, translation, welded
from dsia_gen.procedural.organic_shapes import leaflet, lumps, placements, superellipsoid
from dsia_gen.procedural.primitives import box, cylinder, extrude, heightfield, icosphere, lathe, tube


def triangles(data: MeshData) -> np.ndarray:
    """(T, 3, 3) corners of a fan over each (convex) face."""
    result, start = [], 0
    for size in data.sizes:
        face = data.vertices[data.corners[start : start + size]]
        result += [face[[0, k, k + 1]] for k in range(1, size - 1)]
        start += size
    return np.array(result)


def volume(data: MeshData) -> float:
    a, b, c = triangles(data).transpose(1, 0, 2)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def area(data: MeshData) -> float:
    a, b, c = triangles(data).transpose(1, 0, 2)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def open_edges(data: MeshData) -> int:
    """Edges of a mesh that are not used once in each direction."""
    seen: set[tuple[int, int]] = set()
    start = 0
    for size in data.sizes:
        face = data.corners[start : start + size].tolist()
        seen |= set(zip(face, [*face[1:], face[0]], strict=True))
        start += size
    return sum((b, a) not in seen for a, b in seen)


CLOSED = {
    "box": (box((1.0, 2.0, 3.0)), 6.0),
    "chamfered box": (box((1.0, 1.0, 1.0), 0.1), None),
    "rounded box": (box((1.0, 1.0, 1.0), 0.1, 4), None),
    "cylinder": (cylinder(0.5, 2.0, 256), np.pi * 0.25 * 2.0),
    "cone": (cylinder(0.5, 3.0, 256, top=0.0), np.pi * 0.25),
    "sphere": (icosphere(4, 0.5), np.pi / 6),
    "tube": (tube([(0, 0, 0), (0, 0, 1), (0, 0, 2)], 0.3, 256), np.pi * 0.09 * 2),
    "ring": (tube([(np.cos(a), np.sin(a), 0) for a in np.linspace(0, 2 * np.pi, 400, endpoint=False)], 0.2, 64,
                  closed=True), 2 * np.pi**2 * 0.04),
    "frame": (extrude([(0, 0), (2, 0), (2, 2), (0, 2)], 0.5, [(0.5, 0.5), (1.5, 0.5), (1.5, 1.5), (0.5, 1.5)]), 1.5),
    "cushion": (superellipsoid((1.0, 1.0, 0.3)), None),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED)
def test_solids_are_closed_look_outwards_and_have_their_volume(name: str) -> None:
    data, expected = CLOSED[name]
    assert open_edges(data) == 0
    assert volume(data) > 0
    if expected is not None:
        assert volume(data) == pytest.approx(expected, rel=4e-3)


def test_a_chamfer_takes_prisms_off_the_edges_and_more_off_the_corners() -> None:
    b = 0.1
    # 12 edge prisms of cross-section b^2/2 between the corners; at a corner a cube b^3 keeps its inner 1/6.
    assert volume(box((1.0, 1.0, 1.0), b)) == pytest.approx(1 - 12 * (1 - 2 * b) * b * b / 2 - 8 * b**3 * 5 / 6)


def test_mirroring_and_flipping() -> None:
    data = box((1.0, 2.0, 3.0), 0.05)
    assert volume(data.scaled(x=-1)) == pytest.approx(volume(data))
    assert volume(data.flipped()) == pytest.approx(-volume(data))


def test_a_lathe_that_is_open_has_two_rims() -> None:
    assert open_edges(lathe([(1, 0), (1, 1)], 24)) == 2 * 24


def test_a_sheet_has_its_area_and_uv() -> None:
    data = heightfield(2.0, 3.0, 4, 5, lambda x, y: 0 * x)
    assert area(data) == pytest.approx(6.0)
    assert data.uv is not None and data.uv.min() == 0 and data.uv.max() == 1
    assert volume(data.moved(z=1.0)) > 0  # it looks up


def test_merged_copies_keep_slots_and_count() -> None:
    piece = leaflet(0.5, slot=2)
    matrices = placements(np.array([[0.0, 0, 1], [3, 0, 0]]), np.array([[0.0, 1, 0], [0, 0, 1]]), [1.0, 2.0])
    both = merge([copies(piece, matrices), box((1, 1, 1))])
    assert both.triangles == 2 * piece.triangles + 12
    assert set(both.slots) == {0, 2}
    assert np.allclose(both.vertices[2], np.array([0, 0, 1]) + 0.5 * np.array([0, 1, -0.08]))  # tip along +Y


def test_fit_stands_on_the_floor_in_the_size_asked_for() -> None:
    low, high = fit(icosphere(3).transformed(translation(3, 2, 1)), (1.0, 2.0, 0.5)).bounds()
    assert np.allclose(low, [-0.5, -1.0, 0.0]) and np.allclose(high, [0.5, 1.0, 0.5])


def test_welding_joins_equal_vertices() -> None:
    assert len(welded(merge([box((1, 1, 1)), box((1, 1, 1))])).vertices) == 8


def test_lumps_are_smooth_bounded_and_repeatable() -> None:
    points = np.stack([np.linspace(0, 20, 4001), np.full(4001, 0.3), np.full(4001, 0.7)], axis=1)
    values = lumps(points, 5)
    assert np.abs(values).max() <= 1 and values.std() > 0.1
    assert np.abs(np.diff(values)).max() < 0.1
    assert np.array_equal(values, lumps(points, 5)) and not np.array_equal(values, lumps(points, 6))


def test_grain_follows_the_axis_asked_for() -> None:
    plank = box((0.1, 0.2, 2.0)).grained("z", 4)
    assert plank.rest is not None
    assert np.ptp(plank.rest, axis=0) == pytest.approx([2.0, 0.1, 0.2])
