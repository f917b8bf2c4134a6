"""Depth, instance ids, barycentrics and the unreliable mask of single views."""

from __future__ import annotations

import numpy as np

from dsia_gen.annotate.view import ray_barycentric
from tests.annotate import make


def test_depth_of_a_slanted_plane() -> None:
    normal = make.spin((1, 0, 0), 0.5) @ make.spin((0, 0, 1), 0.3) @ (0, 1, 0)
    tilt = make.spin((1, 0, 0), 0.5) @ make.spin((0, 0, 1), 0.3)
    geometry = make.scene(make.part(make.upright(60, 60, 9), 3, [make.rigid((0, 4, 0), tilt)]), times=1)
    eye, rotation = make.towards((0.2, -0.3, 0.4), (0, 4, 0), roll=0.3)
    spec = make.camera((eye, rotation))
    truth = make.see(geometry, spec)
    expected = ((np.array([0, 4.0, 0]) - eye) @ normal) / (make.rays(spec) @ normal)
    assert (np.abs(truth.depth / expected - 1) < 1e-6).all()
    assert (truth.instances == 3).all() and truth.instances.dtype == np.uint16
    assert truth.depth.dtype == np.float32


def test_nothing_is_infinitely_far_and_belongs_to_the_environment() -> None:
    spec = make.camera(((0, 0, 0), make.FORWARD))
    truth = make.see(make.scene(times=1), spec)
    assert np.isposinf(truth.depth).all() and (truth.instances == 0).all() and (truth.triangle == -1).all()
    assert not truth.unreliable.any()
    assert np.allclose(truth.points, make.rays(spec))


def test_ids_of_disks_before_a_wall() -> None:
    wall = make.part(make.upright(30, 30), 65535, [make.rigid((0, 9, 0))])
    cards = [make.part(make.upright(1, 1), 10 + k, [make.rigid((1.3 * k - 1.3, 5, 0))]) for k in range(3)]
    spec = make.camera(((0.01, 0, 0.01), make.FORWARD), width=96, height=72)
    truth = make.see(make.scene(*cards, wall, times=1), spec)
    x, z = (make.rays(spec) * 5)[..., 0] + 0.01, (make.rays(spec) * 5)[..., 2] + 0.01
    expected = np.full(x.shape, 65535)
    for k in range(3):
        expected[(np.abs(x - 1.3 * k + 1.3) < 0.5) & (np.abs(z) < 0.5)] = 10 + k
    assert (truth.instances == expected).all()
    assert np.allclose(truth.depth, np.where(expected == 65535, 9, 5))


def test_barycentrics_give_the_point_through_the_pixel_centre() -> None:
    geometry = make.scene(make.part(make.sphere(40), 1, [make.rigid((0, 3, 0))]), times=1)
    spec = make.camera(make.towards((0.3, 0, 0.2), (0, 3, 0)))
    truth = make.see(geometry, spec)
    hit = truth.triangle >= 0
    assert np.abs(truth.barycentric[hit].sum(-1) - 1).max() < 1e-12
    assert truth.barycentric[hit].min() > -1e-3 and truth.barycentric.dtype == np.float64
    assert np.abs(make.seen_at(spec, 0, truth.points) - make.pixel_centres(spec))[hit].max() < 1e-9


def neighbours_differ(labels: np.ndarray) -> np.ndarray:
    """Whether any of the eight neighbours has another label."""
    padded = np.pad(labels, 1, mode="edge")
    h, w = labels.shape
    shifts = [padded[r : r + h, c : c + w] for r in range(3) for c in range(3)]
    return np.any([shift != labels for shift in shifts], axis=0)


def test_unreliable_at_the_outline_of_a_sphere_and_nowhere_else() -> None:
    for radius_steps in (24, 200):  # coarse facets are no edges either
        ball = make.part(make.sphere(radius_steps), 1, [make.rigid((0, 3, 0))])
        wall = make.part(make.upright(30, 30), 2, [make.rigid((0, 6, 0))])
        truth = make.see(
            make.scene(ball, wall, times=1), make.camera(make.towards((0, 0, 0), (0, 3, 0)), width=96, height=96)
        )
        border = neighbours_differ(truth.instances)
        assert truth.unreliable.sum() > 50
        assert not truth.unreliable[~border].any()
        assert truth.unreliable[border].mean() > 0.4  # about every second of two pixels at a border straddles it


def test_unreliable_where_one_instance_stands_before_itself() -> None:
    front = make.part(make.upright(1, 1), 1, [make.rigid((0, 3, 0))])
    back = make.part(make.upright(30, 30), 1, [make.rigid((0, 3.5, 0))])
    spec = make.camera(((0, 0, 0), make.FORWARD), width=96, height=96, lens=50)
    truth = make.see(make.scene(front, back, times=1), spec)
    border = neighbours_differ(truth.depth < 3.2)
    assert truth.unreliable.any() and not truth.unreliable[~border].any()


def test_a_crease_and_a_grazing_floor_are_reliable() -> None:
    floor = make.part(make.grid(40, lambda u, v: np.stack([40 * u - 20, 40 * v - 20, 0 * u], 1)), 0)
    wall = make.part(make.upright(40, 20), 0, [make.rigid((0, 15, 0))])
    truth = make.see(make.scene(floor, wall, times=1), make.camera(make.towards((0, 0, 0.4), (0.3, 9, 0.3))))
    assert 0.2 < (truth.points[..., 2] < 1e-6).mean() < 0.8
    assert not truth.unreliable.any()


def test_a_steep_fold_is_no_edge() -> None:
    def fold(u: make.Array, v: make.Array) -> make.Array:
        x = 4 * u - 2
        return np.stack([x, 3 + 5 * np.maximum(x, 0), 8 * v - 4], axis=1)

    geometry = make.scene(make.part(make.grid(2, fold), 1), times=1)
    for shift in np.linspace(0, 0.05, 7):  # a pixel is 0.047 m wide there
        truth = make.see(geometry, make.camera(((shift, 0, 0), make.FORWARD), lens=36))
        assert truth.depth.max() > 3.5
        assert not truth.unreliable[(truth.instances == 1) & ~neighbours_differ(truth.instances)].any()


def test_unreliable_where_two_instances_meet_without_a_step() -> None:
    cards = [make.part(make.upright(20, 20), k, [make.rigid((x, 3, 0))]) for k, x in ((1, -10), (2, 10))]
    truth = make.see(make.scene(*cards, times=1), make.camera(((0, 0, 0), make.FORWARD), width=63))
    assert truth.unreliable[:, 31].all()
    assert not np.delete(truth.unreliable, 31, axis=1).any()


def test_beyond_the_far_plane_nothing_is_seen() -> None:
    geometry = make.scene(make.part(make.upright(30, 30), 1, [make.rigid((0, 8, 0))]), times=1)
    near, far = (
        make.see(geometry, make.camera(((0, 0, 0), make.FORWARD)).model_copy(update={"clip_end": clip}))
        for clip in (7.99, 8.01)
    )
    assert (near.triangle == -1).all() and np.isposinf(near.depth).all()
    assert (far.triangle >= 0).all()


def test_a_triangle_seen_edge_on_keeps_the_weights_that_were_found() -> None:
    corners = np.array([[[-1.0, 2, -1], [1, 2, -1], [0, 2, 3]], [[0, 1, 0], [0, 3, 0], [0, 3, 1]], [[1, 2, 0]] * 3])
    directions = np.array([[0.0, 1, 0], [0, 1, 0.1], [0.5, 1, 0]])
    found = np.array([[0.1, 0.2], [0.25, 0.5], [0.5, 0.25]], dtype=np.float32)
    expected = [[0.375, 0.375, 0.25], [0.25, 0.25, 0.5], [0.25, 0.5, 0.25]]  # only the first can be computed
    assert np.allclose(ray_barycentric(corners, directions, found), expected, atol=1e-12)


def test_glass_is_unreliable() -> None:
    pane = make.part(make.upright(1, 1), 1, [make.rigid((0, 3, 0))], unreliable=True)
    wall = make.part(make.upright(30, 30), 2, [make.rigid((0, 6, 0))])
    truth = make.see(make.scene(pane, wall, times=1), make.camera(((0, 0, 0), make.FORWARD)))
    assert truth.unreliable[truth.instances == 1].all()
    assert not truth.unreliable.all()


def test_views_are_the_same_in_every_run() -> None:
    geometry = make.scene(make.part(make.sphere(30), 1, [make.rigid((0, 3, 0)), make.rigid((0, 3.1, 0))]))
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)))
    first, second = make.see(geometry, spec, 1), make.see(geometry, spec, 1)
    for name in ("triangle", "barycentric", "points", "depth", "instances", "unreliable"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
