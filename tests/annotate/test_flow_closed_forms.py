"""Optical flow against closed forms, in pixels: the 99th percentile stays below 1e-3 px."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsia_gen.spec.outputs import Occlusion
from tests.annotate import make

PIXELS = 1e-3


def test_rotating_sphere_moves_as_a_rigid_body() -> None:
    flow, expected, on_sphere = make.turning_sphere(64, 48)
    assert on_sphere.mean() > 0.2
    assert make.percentile_error(flow, expected, on_sphere) < PIXELS


def test_points_of_a_fine_sphere_lie_on_the_ideal_sphere() -> None:
    geometry = make.scene(make.part(make.sphere(400), 1, [make.rigid((0, 3, 0))]))
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)))
    source = make.see(geometry, spec)
    d = make.rays(spec)
    # |t d - c| = 1 for c = (0, 3, 0)
    a, b, c = (d**2).sum(-1), -2 * 3 * d[..., 1], 8.0
    discriminant = b**2 - 4 * a * c
    inner = discriminant > 1  # 4 at the centre: away from the silhouette
    nearest = (-b - np.sqrt(np.where(inner, discriminant, 0))) / (2 * a)
    sagitta = 2 * (1 - np.cos(np.pi / 400))
    assert inner.any() and np.abs(source.depth - nearest)[inner].max() < 3 * sagitta


def test_translating_cube() -> None:
    shift = np.array([0.11, -0.07, 0.05])
    matrices = [make.rigid((0, 3, 0)), make.rigid(np.array([0, 3, 0]) + shift)]
    geometry = make.scene(make.part(make.cube(), 2, matrices))
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)))
    source, truth = make.flow(geometry, spec, (0, 0), (1, 0))
    front = np.abs(source.points[..., 1] - 2.5) < 1e-9
    # The front face is the plane y = 2.5: depth 2.5, and 2.5 - 0.07 afterwards.
    at = make.pixel_centres(spec) - spec.intrinsics()[:2, 2]
    focal = spec.intrinsics()[0, 0]
    expected = (at * 2.5 + focal * np.array([shift[0], -shift[2]])) / (2.5 + shift[1]) - at
    assert front.sum() > 100
    assert make.percentile_error(truth.flow, expected, front) < PIXELS
    assert np.abs(truth.scene_flow[source.instances == 2] - shift).max() < 1e-6


def test_bending_sheet_follows_the_barycentric_definition() -> None:
    def bent(u: make.Array, v: make.Array, curvature: float) -> make.Array:
        angle = (u - 0.5) * curvature
        return np.stack([np.sin(angle) / curvature * 2, 3 - (1 - np.cos(angle)) / curvature, 2 * v - 1], axis=1)

    n = 40
    flat, round_ = make.grid(n, lambda u, v: bent(u, v, 0.01)), make.grid(n, lambda u, v: bent(u, v, 1.5))
    geometry = make.scene(make.part(flat, 1, shapes=[flat[0], round_[0]]))
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)), make.towards((0.2, 0.1, 0.1), (0, 3, 0)), lens=72)
    source, truth = make.flow(geometry, spec, (0, 0), (1, 1))
    on_sheet = source.triangle >= 0
    assert on_sheet.all()
    corners = flat[1][source.triangle]
    weights = source.barycentric[..., None]
    start = (weights * flat[0][corners].astype(float)).sum(-2)
    after = (weights * round_[0][corners].astype(float)).sum(-2)
    expected = make.seen_at(spec, 1, after) - make.pixel_centres(spec)
    assert np.abs(make.seen_at(spec, 0, start) - make.pixel_centres(spec))[on_sheet].max() < 1e-9
    assert make.percentile_error(truth.flow, expected, on_sheet) < PIXELS
    # The tessellation is fine enough for the analytic bend of the sheet itself to agree.
    u = np.arcsin(start[..., 0] * 0.01 / 2) / 0.01 + 0.5
    ideal = bent(u.ravel(), ((start[..., 2] + 1) / 2).ravel(), 1.5).reshape(start.shape)
    ideal_flow = make.seen_at(spec, 1, ideal) - make.pixel_centres(spec)
    assert make.percentile_error(truth.flow, ideal_flow, on_sheet) < 0.02


def test_plane_under_a_moving_camera_is_a_homography() -> None:
    spec = make.camera(make.towards((0, 0, 0), (0.1, 3, 0)), make.towards((0.5, 0.3, -0.2), (0, 3, 0.1), roll=0.2))
    geometry = make.scene(make.part(make.upright(40, 40, 7), 1, [make.rigid((0, 3, 0))]), times=1)
    _, truth = make.flow(geometry, spec, (0, 0), (0, 1))
    k, first, second = spec.intrinsics(), spec.camera_to_world(0), spec.camera_to_world(1)
    change = np.linalg.inv(second) @ first
    normal = first[:3, :3].T @ np.array([0.0, 1, 0])  # n . X = 3 - n . C in the first camera; its centre is the origin
    homography = k @ (change[:3, :3] + np.outer(change[:3, 3], normal) / 3.0) @ np.linalg.inv(k)
    p = make.pixel_centres(spec)
    mapped = np.concatenate([p, np.ones((*p.shape[:2], 1))], axis=-1) @ homography.T
    expected = mapped[..., :2] / mapped[..., 2:] - p
    assert make.percentile_error(truth.flow, expected, np.ones(p.shape[:2], dtype=bool)) < PIXELS


def test_background_at_infinity_moves_by_rotation_alone() -> None:
    first, second = make.spin((0, 0, 1), 0.3) @ make.FORWARD, make.spin((1, 1, 0.5), 0.12) @ make.FORWARD
    spec = make.camera(((0, 0, 0), first), ((5, -4, 2), second))
    _, truth = make.flow(make.scene(times=1), spec, (0, 0), (0, 1))
    k = spec.intrinsics()
    p = make.pixel_centres(spec)
    mapped = np.concatenate([p, np.ones((*p.shape[:2], 1))], axis=-1) @ (k @ second.T @ first @ np.linalg.inv(k)).T
    expected = mapped[..., :2] / mapped[..., 2:] - p
    assert make.percentile_error(truth.flow, expected, np.ones(p.shape[:2], dtype=bool)) < PIXELS
    target = p + expected
    inside = (target >= 0).all(-1) & (target[..., 0] < spec.width) & (target[..., 1] < spec.height)
    assert inside.any() and (~inside).any()
    assert (truth.occlusion == np.where(inside, Occlusion.VISIBLE, Occlusion.OUT_OF_FRAME)).all()
    assert np.isnan(truth.scene_flow).all()


def test_sub_pixel_motion() -> None:
    step = 1e-3  # metres at 4 m and 64 px focal length: 0.016 px
    matrices = [make.rigid((0, 4, 0)), make.rigid((step, 4, 0))]
    geometry = make.scene(make.part(make.upright(3, 3, 5), 1, matrices))
    spec = make.camera(make.towards((0, 0, 0), (0, 4, 0)))
    source, truth = make.flow(geometry, spec, (0, 0), (1, 0))
    on_card = source.triangle >= 0
    assert np.abs(truth.flow[on_card] - [step * 64 / 4, 0]).max() < 1e-6


@pytest.mark.parametrize("end", [1, 5, 9])
def test_times_need_not_be_adjacent(end: int) -> None:
    matrices = [make.rigid((0, 3, 0), make.spin((0, 1, 0), 0.1 * t)) for t in range(10)]
    geometry = make.scene(make.part(make.upright(1, 1, 3), 1, matrices), times=10)
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)))
    source, truth = make.flow(geometry, spec, (0, 0), (end, 0))
    at = make.pixel_centres(spec) - spec.intrinsics()[:2, 2]
    c, s = np.cos(0.1 * end), np.sin(0.1 * end)
    expected = at @ np.array([[c, s], [-s, c]]) - at  # a turn in the image plane: Z is up, the image's y is down
    assert make.percentile_error(truth.flow, expected, source.triangle >= 0) < PIXELS


def test_static_scene_has_exactly_no_foreground_motion() -> None:
    still = [make.rigid((0.3, 3, 0), make.spin((1, 2, 3), 0.4))] * 2
    geometry = make.scene(
        make.part(make.sphere(), 1, still),  # could move, does not
        make.part(make.upright(9, 9, 3), 2, [make.rigid((0, 5, 0), make.spin((0, 0, 1), 0.3))]),
    )
    spec = make.camera(make.towards((0.123, -0.2, 0.7), (0.1, 3, 0), roll=0.05), lens=24)
    for reuse in (False, True):
        source, truth = make.flow(geometry, spec, (0, 0), (1, 0), reuse)
        assert {0, 1, 2} == set(np.unique(source.instances))
        assert (truth.flow == 0).all()
        assert (truth.occlusion == Occlusion.VISIBLE).all()
        assert (truth.scene_flow[source.triangle >= 0] == 0).all()


def busy_scene() -> tuple[make.SceneGeometry, make.CameraSpec]:
    """A tumbling cube before a static wall, seen from two poses: flow is smooth within each."""
    matrices = [
        make.rigid((0, 2.5, 0), make.spin((1, 1, 0), 0.2)),
        make.rigid((0.2, 2.4, 0.1), make.spin((1, 1, 0), 0.4)),
    ]
    wall = make.part(make.upright(12, 12, 4), 2, [make.rigid((0, 4, 0))])
    spec = make.camera(
        make.towards((0, 0, 0), (0, 3, 0)), make.towards((0.3, 0.1, 0.1), (0, 3, 0)), width=96, height=72
    )
    return make.scene(make.part(make.cube(), 1, matrices), wall), spec


def test_forward_then_backward_returns_to_the_pixel() -> None:
    geometry, spec = busy_scene()
    source, there = make.flow(geometry, spec, (0, 0), (1, 1))
    target, back = make.flow(geometry, spec, (1, 1), (0, 0))
    landing = make.pixel_centres(spec) + there.flow
    column, row = np.floor(np.nan_to_num(landing)).astype(int).transpose(2, 0, 1).clip(0, [[[95]], [[71]]])
    same = (there.occlusion == Occlusion.VISIBLE) & (target.triangle[row, column] == source.triangle)
    # The pixel centre there is up to half a pixel from the landing point; flow differs by its gradient times that.
    cycle = np.linalg.norm(there.flow + back.flow[row, column], axis=-1)
    assert same.mean() > 0.8
    assert (back.occlusion[row, column][same] == Occlusion.VISIBLE).mean() > 0.99
    assert np.percentile(cycle[same], 99) < 0.5


def test_flow_of_a_material_point_composes_exactly() -> None:
    """I1 to I2 equals I1 to Igt followed by Igt to I2 of the same material point: P2 sees it where K says."""
    geometry, spec = busy_scene()
    source, direct = make.flow(geometry, spec, (0, 0), (1, 1))
    _, foreground = make.flow(geometry, spec, (0, 0), (1, 0))
    at_gt = make.pixel_centres(spec) + foreground.flow.astype(float)
    point = source.points + foreground.scene_flow.astype(float)
    camera_motion = make.seen_at(spec, 1, point) - make.seen_at(spec, 0, point)
    assert np.abs(make.seen_at(spec, 0, point) - at_gt).max() < 1e-4
    composed = foreground.flow.astype(float) + camera_motion
    assert make.percentile_error(direct.flow, composed, np.ones(direct.occlusion.shape, dtype=bool)) < PIXELS


unit = st.floats(-1, 1, allow_nan=False, width=32)
vector = st.tuples(unit, unit, unit)


@settings(max_examples=25, deadline=None)
@given(turn1=vector, turn2=vector, place1=vector, place2=vector, eye1=vector, eye2=vector, roll=unit)
def test_any_rigid_motion_seen_by_any_camera(turn1, turn2, place1, place2, eye1, eye2, roll) -> None:  # type: ignore[no-untyped-def]
    """A cube in rigid motion: hits by the slab method in the cube's own frame, motion by its matrices."""
    before, after = (
        make.rigid(0.3 * np.array(p), make.spin(np.array(t) + np.array([0, 0, 1.5]), 2.0 * float(np.linalg.norm(t))))
        for p, t in ((place1, turn1), (place2, turn2))
    )
    geometry = make.scene(make.part(make.cube(), 1, [before, after]))
    eyes = [np.array(e) * 0.5 + (0, -4, 0) for e in (eye1, eye2)]
    spec = make.camera(make.towards(eyes[0], (0, 0, 0), roll), make.towards(eyes[1], (0, 0, 0)), width=32, height=32)
    source, truth = make.flow(geometry, spec, (0, 0), (1, 1))

    own = np.linalg.inv(before)
    centre = np.array(spec.poses[0].position) @ own[:3, :3].T + own[:3, 3]
    direction = make.rays(spec) @ own[:3, :3].T
    with np.errstate(divide="ignore"):
        slabs = np.stack([(-0.5 - centre) / direction, (0.5 - centre) / direction])
    enter, leave = slabs.min(0).max(-1), slabs.max(0).min(-1)
    certain = leave - enter > 1e-3  # not within a hair of an edge
    assert (source.triangle[certain] >= 0).all()
    assert (source.triangle[leave < enter - 1e-3] == -1).all()
    assert np.abs(source.depth - enter)[certain].max(initial=0) < 1e-5
    points = (centre + enter[..., None] * direction) @ after[:3, :3].T + after[:3, 3]
    expected = make.seen_at(spec, 1, points) - make.pixel_centres(spec)
    assert make.percentile_error(truth.flow, expected, certain) < PIXELS
