"""From fields to triangles: spheres have the right size, cuts follow their line, distances are distances."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.people.isosurface import axis_nodes, cut, gradient, onto, sample, surface_nets, triangulated
from dsia_gen.procedural.people.person import with_mirror_image
from dsia_gen.procedural.people.signed_distance import (
    capsule,
    curve,
    ellipsoid,
    inside_box,
    smooth_max,
    smooth_min,
    tube,
)


def ball(p: np.ndarray) -> np.ndarray:
    return np.linalg.norm(p, axis=1) - 0.7


def sphere() -> tuple[np.ndarray, np.ndarray]:
    nodes = axis_nodes(-1.0, 1.0, 0.08, [(0.0, 0.4, 0.04)])
    vertices, quads = surface_nets(sample(ball, nodes, nodes, nodes), nodes, nodes, nodes)
    vertices = onto(ball, vertices, 0.05)
    return vertices, triangulated(vertices, quads)


def test_nodes_are_finer_where_asked() -> None:
    nodes = axis_nodes(-1.0, 1.0, 0.1, [(0.2, 0.5, 0.02)])
    steps, middle = np.diff(nodes), (nodes[1:] + nodes[:-1]) / 2
    assert nodes[0] == -1.0 and nodes[-1] >= 1.0
    np.testing.assert_allclose(steps[(middle > 0.22) & (middle < 0.44)], 0.02, atol=1e-9)
    assert steps.max() <= 0.1 + 1e-9
    assert np.max(steps[1:] / steps[:-1]) < 2.2


def test_sparse_sampling_finds_all_of_a_surface() -> None:
    nodes = axis_nodes(-1.0, 1.0, 0.05, [])
    dense = ball(np.stack(np.meshgrid(nodes, nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 3))
    sparse = sample(ball, nodes, nodes, nodes)
    assert np.array_equal(sparse < 0, dense.reshape(sparse.shape) < 0)


def lumps(p: np.ndarray) -> np.ndarray:
    """Of several balls and a thin plate, with a bound beyond a box, as people are made."""
    balls = [np.linalg.norm(p - c, axis=1) - r for c, r in (((0.3, 0.2, 0.1), 0.3), ((-0.4, 0.0, 0.5), 0.12))]
    return smooth_min(np.minimum(*balls), inside_box(p, [-0.7, -0.7, -0.5], [0.7, -0.3, 0.5], plate), 0.05)


def plate(p: np.ndarray) -> np.ndarray:
    outside = np.abs(p - [0.0, -0.5, 0.0]) - [0.5, 0.02, 0.3]
    return np.linalg.norm(np.maximum(outside, 0), axis=1) + np.minimum(outside.max(axis=1), 0)


@pytest.mark.parametrize("field", [ball, lumps])
@pytest.mark.parametrize("strides", [(8, 4, 2), (4, 2), (3,)])
def test_what_crosses_the_surface_is_exact_however_it_is_searched(field, strides: tuple[int, ...]) -> None:
    x = axis_nodes(-1.0, 1.0, 0.04, [(0.0, 0.4, 0.015)])
    y, z = axis_nodes(-1.0, 1.0, 0.05, []), axis_nodes(-1.0, 1.0, 0.03, [])
    dense = field(np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1).reshape(-1, 3)).reshape(len(x), len(y), len(z))
    sparse = sample(field, x, y, z, strides)
    assert np.array_equal(sparse < 0, dense < 0)
    for axis in range(3):
        crossed = np.diff((dense < 0).astype(int), axis=axis) != 0
        for end in (slice(None, -1), slice(1, None)):
            cut_out = tuple(end if k == axis else slice(None) for k in range(3))
            np.testing.assert_allclose(sparse[cut_out][crossed], dense[cut_out][crossed], atol=1e-12)


def test_a_sphere_is_round_closed_and_outward() -> None:
    vertices, triangles = sphere()
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 0.7, atol=1e-4)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    assert np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6 == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.02)
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    assert np.all(np.unique(edges, axis=0, return_counts=True)[1] == 2)


def test_a_cut_leaves_no_triangle_on_both_sides() -> None:
    vertices, triangles = sphere()
    cut_vertices, pieces = cut(vertices, triangles, vertices[:, 2] - 0.213)
    height = (cut_vertices[:, 2] - 0.213)[pieces]
    assert not np.any((height.min(axis=1) < -1e-9) & (height.max(axis=1) > 1e-9))

    def area(v: np.ndarray, f: np.ndarray) -> float:
        return float(np.linalg.norm(np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]]), axis=1).sum() / 2)

    above = pieces[height.mean(axis=1) > 0]
    assert area(cut_vertices, above) == pytest.approx(2 * np.pi * 0.7 * (0.7 - 0.213), rel=0.02)
    edges = np.sort(np.concatenate([pieces[:, [0, 1]], pieces[:, [1, 2]], pieces[:, [2, 0]]]), axis=1)
    assert np.all(np.unique(edges, axis=0, return_counts=True)[1] == 2), "still closed"


def test_a_half_sphere_and_its_mirror_image_are_a_sphere() -> None:
    x = axis_nodes(-0.02, 1.0, 0.04, [])
    nodes = axis_nodes(-1.0, 1.0, 0.05, [])
    values = sample(ball, x[1:], nodes, nodes)
    vertices, quads = surface_nets(np.concatenate([values[:1], values]), x, nodes, nodes, mirrored=True)
    assert vertices[:, 0].min() == 0.0 and (vertices[:, 0] == 0).sum() > 20
    height = vertices[:, 2] - 0.213
    vertices, triangles = cut(vertices, triangulated(vertices, quads), height, mirrored=True)
    border = np.linalg.norm(vertices[vertices[:, 0] == 0], axis=1)
    np.testing.assert_allclose(border, 0.7, atol=0.01)
    closed, both = with_mirror_image(vertices, triangles)
    edges = np.sort(np.concatenate([both[:, [0, 1]], both[:, [1, 2]], both[:, [2, 0]]]), axis=1)
    assert np.all(np.unique(edges, axis=0, return_counts=True)[1] == 2)
    a, b, c = (closed[both[:, k]] for k in range(3))
    assert np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6 == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=0.02)


def test_distances_of_simple_bodies() -> None:
    p = np.random.default_rng(3).uniform(-2, 2, (300, 3))
    np.testing.assert_allclose(ellipsoid(p, (0, 0, 0), (0.5, 0.5, 0.5)), np.linalg.norm(p, axis=1) - 0.5, atol=1e-9)
    a, b = np.array([0.0, 0.0, -0.5]), np.array([0.0, 0.0, 0.5])
    exact = np.linalg.norm(p - np.clip(p[:, 2:], -0.5, 0.5) * [0, 0, 1], axis=1) - 0.2
    np.testing.assert_allclose(capsule(p, a, b, 0.2), exact, atol=1e-9)
    np.testing.assert_allclose(tube(p, a, b, ((0.0, 0.2), (1.0, 0.2))), exact, atol=1e-9)


def test_smooth_unions_add_and_intersections_take() -> None:
    a, b = np.linspace(-1, 1, 41), np.linspace(1, -1, 41)
    low, high = smooth_min(a, b, 0.3), smooth_max(a, b, 0.3)
    assert np.all(low <= np.minimum(a, b)) and np.all(high >= np.maximum(a, b))
    far = np.abs(a - b) >= 0.3
    np.testing.assert_array_equal(low[far], np.minimum(a, b)[far])
    assert low[20] == pytest.approx(-0.3 / 4)


def test_curves_pass_through_their_knots_and_stay_between() -> None:
    knots = [(0.0, 1.0), (0.4, 3.0), (0.6, 2.0), (1.0, 2.0)]
    np.testing.assert_allclose(curve(knots, np.array([k[0] for k in knots])), [k[1] for k in knots])
    fine = curve(knots, np.linspace(-1, 2, 500))
    assert fine.min() >= 1.0 - 1e-9 and fine.max() <= 3.0 + 1e-9


def test_gradients_of_a_distance_have_length_one() -> None:
    p = np.random.default_rng(4).uniform(0.2, 2, (50, 3))
    np.testing.assert_allclose(gradient(ball, p), p / np.linalg.norm(p, axis=1, keepdims=True), atol=5e-4)


def test_outside_its_box_a_field_is_only_bounded() -> None:
    p = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]])
    values = inside_box(p, [-1, -1, -1], [1, 1, 1], ball)
    assert values[0] == pytest.approx(-0.7)
    assert 2.0 < values[1] <= 2.3
