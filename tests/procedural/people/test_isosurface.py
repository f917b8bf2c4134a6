"""From fields to triangles: spheres have the right size, cuts follow their line, distances are distances."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.people.isosurface import axis_nodes, cut, gradient, onto, sample, surface_nets, triangulated
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
