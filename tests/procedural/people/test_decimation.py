"""Decimation: closed surfaces stay closed, smooth and outward, in as many triangles as were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.procedural.people.decimation import decimated
from dsia_gen.procedural.people.isosurface import Ints
from dsia_gen.procedural.people.person import with_mirror_image
from dsia_gen.procedural.people.signed_distance import Array
from dsia_gen.procedural.primitives import icosphere


def ball(level: int = 4) -> tuple[Array, Ints]:
    data = icosphere(level)
    return data.vertices, data.corners.reshape(-1, 3).astype(np.int64)


def edge_counts(triangles: Ints) -> Ints:
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    return np.unique(edges, axis=0, return_counts=True)[1]


def torus(around: int = 48, across: int = 24) -> tuple[Array, Ints]:
    u, v = (a.ravel() for a in np.meshgrid(np.arange(around), np.arange(across), indexing="ij"))
    angle, turn = 2 * np.pi * u / around, 2 * np.pi * v / across
    out = 1.0 + 0.3 * np.cos(turn)
    vertices = np.column_stack([out * np.cos(angle), out * np.sin(angle), 0.3 * np.sin(turn)])
    right, up = (u + 1) % around, (v + 1) % across
    a, b, c, d = u * across + v, right * across + v, right * across + up, u * across + up
    return vertices, np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_a_ball_has_the_faces_asked_for_and_stays_a_ball(share: float) -> None:
    vertices, triangles = ball()
    asked = int(share * len(triangles))
    points, faces = decimated(vertices, triangles, np.ones(len(vertices)), asked)
    assert len(faces) in (asked, asked - 1) and np.array_equal(np.unique(faces), np.arange(len(points)))
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1.0, atol=0.02)
    assert np.all(edge_counts(faces) == 2)
    a, b, c = (points[faces[:, k]] for k in range(3))
    assert np.all(np.einsum("fi,fi->f", np.cross(b - a, c - a), a + b + c) > 0), "outwards"


def test_a_torus_keeps_its_hole() -> None:
    vertices, triangles = torus()
    points, faces = decimated(vertices, triangles, np.ones(len(vertices)), 200)
    assert np.all(edge_counts(faces) == 2)
    assert len(points) - len(edge_counts(faces)) + len(faces) == 0, "Euler characteristic"


def test_what_is_not_free_stays_and_the_rest_makes_room() -> None:
    vertices, triangles = ball()
    kept = vertices[:, 2] > 0.5
    points, faces = decimated(vertices, triangles, np.where(kept, 0.0, 1.0), len(triangles) // 2)
    assert len(faces) == len(triangles) // 2
    assert {p.tobytes() for p in vertices[kept]} <= {p.tobytes() for p in points}
    whole, _ = decimated(vertices, triangles, np.zeros(len(vertices)), 10)
    assert whole.tobytes() == vertices.tobytes(), "nothing may go"


def test_few_enough_faces_are_left_alone() -> None:
    vertices, triangles = ball(2)
    points, faces = decimated(vertices, triangles, np.ones(len(vertices)), len(triangles))
    assert points.tobytes() == vertices.tobytes() and np.array_equal(faces, triangles)


def globe(around: int = 40, rows: int = 20) -> tuple[Array, Ints]:
    """A ball of meridians, two of which lie in x = 0."""
    angle = 2 * np.pi * np.arange(around) / around
    high = np.pi * np.arange(1, rows) / rows
    rings = [np.column_stack([np.sin(t) * np.cos(angle), np.sin(t) * np.sin(angle), np.full(around, np.cos(t))])
             for t in high]  # fmt: skip
    vertices = np.concatenate([*rings, [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]])
    k, right = np.arange(around), (np.arange(around) + 1) % around
    top, bottom, last = len(vertices) - 2, len(vertices) - 1, (rows - 2) * around
    faces = [np.column_stack([np.full(around, top), k, right]),
             np.column_stack([last + k, np.full(around, bottom), last + right])]  # fmt: skip
    for row in range(rows - 2):
        a, b, c, d = row * around + k, (row + 1) * around + k, (row + 1) * around + right, row * around + right
        faces += [np.column_stack([a, b, c]), np.column_stack([a, c, d])]
    return vertices, np.concatenate(faces)


def half(vertices: Array, triangles: Ints) -> tuple[Array, Ints]:
    """What lies at x >= 0 of a surface without an edge across."""
    kept = triangles[(vertices[triangles, 0] >= 0).all(axis=1)]
    used, number = np.unique(kept.astype(np.int64), return_inverse=True)
    return vertices[used], number.reshape(-1, 3)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
@pytest.mark.parametrize("shape", [globe, torus])
def test_a_half_and_its_mirror_image_are_a_closed_surface(shape, share: float) -> None:
    vertices, triangles = half(*(np.round(part, 12) for part in shape()))
    points, faces = decimated(vertices, triangles, np.ones(len(vertices)), int(share * len(triangles)), mirrored=True)
    assert len(faces) <= int(share * len(triangles)) and points[:, 0].min() == 0
    border = points[:, 0] == 0
    assert 8 <= border.sum() < (vertices[:, 0] == 0).sum(), "the border becomes coarser too"
    closed, both = with_mirror_image(points, faces)
    assert np.all(edge_counts(both) == 2)
    euler = len(closed) - len(edge_counts(both)) + len(both)
    assert euler == {globe: 2, torus: 0}[shape]
    a, b, c = (closed[both[:, k]] for k in range(3))
    volume = np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6
    assert volume == pytest.approx({globe: 4 / 3 * np.pi, torus: 2 * np.pi**2 * 0.3**2}[shape], rel=0.05)


def test_flat_parts_go_before_bent_ones() -> None:
    # A finely divided cube: its corners and edges stay where they are.
    n = 12
    t = np.linspace(-1.0, 1.0, n + 1)
    corners = []
    for axis in range(3):
        for side in (-1.0, 1.0):
            for i in range(n):
                for j in range(n):
                    quad = [(t[i], t[j]), (t[i + 1], t[j]), (t[i + 1], t[j + 1]), (t[i], t[j + 1])]
                    quad = quad if side > 0 else quad[::-1]
                    points = [np.roll([side, u, v], axis) for u, v in quad]
                    corners += [points[0], points[1], points[2], points[0], points[2], points[3]]
    vertices, index = np.unique(np.round(np.array(corners), 9), axis=0, return_inverse=True)
    points, faces = decimated(vertices, index.reshape(-1, 3), np.ones(len(vertices)), 300)
    assert np.all(edge_counts(faces) == 2) and len(faces) in (299, 300)
    assert np.abs(points).max(axis=1).min() > 0.95, "every vertex is still on the surface"
    a, b, c = (points[faces[:, k]] for k in range(3))
    assert np.einsum("fi,fi->f", a, np.cross(b, c)).sum() / 6 == pytest.approx(8.0, rel=0.01)
