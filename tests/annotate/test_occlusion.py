"""Occlusion reasons against an analytic scene, and visibility where rays are treacherous."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.annotate.flow import annotate_flow
from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import annotate_view
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import View
from tests.annotate import make

CARDS = [
    # instance, depth y, then (x0, x1, z0, z1) at time 0 and at time 1
    (1, 8.0, (-60, 60, -40, 40), (-60, 60, -40, 40)),  # a wall
    (2, 4.03, (-1.51, -0.53, -1.52, 1.47), (0.11, 1.09, -1.52, 1.47)),  # an occluder that passes it
    (3, 0.51, (-0.11, 0.06, 0.12, 0.21), (-0.11, 0.06, 0.12, 0.21)),  # the camera passes this one
    (4, 5.02, (1.03, 1.54, -1.13, 1.21), (1.63, 2.14, -1.13, 1.21)),  # the front leaf of a thing of two leaves,
    (4, 5.21, (1.57, 2.39, -1.03, 1.05), (1.57, 2.39, -1.03, 1.05)),  # which slides over the other leaf
]
EYES = np.array([[0.0, 0, 0], [0.31, 1.02, 0.05]])


def card_scene() -> make.SceneGeometry:
    parts = []
    for k, (instance, y, *boxes) in enumerate(CARDS):
        width, height = boxes[0][1] - boxes[0][0], boxes[0][3] - boxes[0][2]
        matrices = [make.rigid(((b[0] + b[1]) / 2, y, (b[2] + b[3]) / 2)) for b in boxes]
        still = boxes[0] == boxes[1]
        parts.append(
            make.part(make.upright(width, height, 3), instance, matrices[: 1 if still else 2], name=f"card {k}")
        )
    return make.scene(*parts)


def first_card(eye: make.Array, directions: make.Array, time: int) -> tuple[np.ndarray, make.Array]:
    """Number of the first card that rays of unit y hit, -1 for none, and the y-distance."""
    best, distance = np.full(len(directions), -1), np.full(len(directions), np.inf)
    for k, (_, y, *boxes) in enumerate(CARDS):
        x0, x1, z0, z1 = boxes[time]
        t = y - eye[1]
        x, z = (eye + t * directions)[:, [0, 2]].T
        hit = (t > 0) & (x > x0) & (x < x1) & (z > z0) & (z < z1) & (t < distance)
        best[hit], distance[hit] = k, t
    return best, distance


def test_every_reason_occurs_and_is_right() -> None:
    spec = make.camera(*((eye, make.FORWARD) for eye in EYES), width=160, height=120, lens=30)
    source, truth = make.flow(card_scene(), spec, (0, 0), (1, 1))
    directions = make.rays(spec).reshape(-1, 3)
    card, distance = first_card(EYES[0], directions, 0)
    shift = np.array([[b[1][0] - b[0][0], 0, b[1][2] - b[0][2]] for _, _, *b in CARDS])
    point = EYES[0] + distance[:, None] * directions + shift[card]
    ahead = point[:, 1] - EYES[1][1]
    target = make.seen_at(spec, 1, point)
    inside = (target >= 0).all(-1) & (target < [spec.width, spec.height]).all(-1)
    hider, before = first_card(EYES[1], (point - EYES[1]) / ahead[:, None], 1)
    hidden = (hider >= 0) & (before < ahead - 1e-9)
    instance = np.array([c[0] for c in CARDS])
    expected = np.select(
        [ahead <= 0, ~inside, hidden & (instance[hider] == instance[card]), hidden],
        [Occlusion.BEHIND_CAMERA, Occlusion.OUT_OF_FRAME, Occlusion.SELF_OCCLUDED, Occlusion.OCCLUDED],
        Occlusion.VISIBLE,
    )
    assert np.unique(expected).tolist() == [0, 1, 2, 3, 4]
    assert min(np.bincount(expected)) > 20
    assert (hidden & ~inside & (ahead > 0)).any()  # off the image comes before hidden
    assert (source.instances.ravel() == instance[card]).all()
    assert (truth.occlusion.ravel() == expected).all()
    behind = truth.occlusion == Occlusion.BEHIND_CAMERA
    assert np.isnan(truth.flow[behind]).all() and np.isfinite(truth.flow[~behind]).all()


def test_a_view_cast_before_gives_the_same_reasons() -> None:
    spec = make.camera((EYES[0], make.FORWARD), width=96, height=72, lens=30)
    _, anew = make.flow(card_scene(), spec, (0, 0), (1, 0))
    _, reused = make.flow(card_scene(), spec, (0, 0), (1, 0), reuse=True)
    assert {0, 2, 3} <= set(np.unique(anew.occlusion))
    assert (anew.occlusion == reused.occlusion).all()
    assert np.array_equal(anew.flow, reused.flow, equal_nan=True)


def test_beyond_the_far_plane_there_is_no_ground_truth() -> None:
    wall = make.scene(make.part(make.upright(90, 90), 1, [make.rigid((0, 8, 0))]), times=1)
    spec = make.camera(((0, 0, 0), make.FORWARD), ((0, -3, 0), make.FORWARD)).model_copy(update={"clip_end": 10.0})
    _, truth = make.flow(wall, spec, (0, 0), (0, 1))
    assert (truth.occlusion == Occlusion.NO_GROUND_TRUTH).all() and np.isnan(truth.flow).all()


def test_nothing_before_the_near_plane_is_seen_or_hides() -> None:
    veil = make.part(make.upright(9, 9), 2, [make.rigid((0, 0.3, 0))])
    wall = make.part(make.upright(90, 90), 1, [make.rigid((0, 8, 0))])
    spec = make.camera(((0, 0, 0), make.FORWARD), ((0, 0.01, 0), make.FORWARD)).model_copy(update={"clip_start": 0.5})
    source, truth = make.flow(make.scene(veil, wall, times=1), spec, (0, 0), (0, 1))
    assert (source.instances == 1).all()
    assert np.isin(truth.occlusion, [Occlusion.VISIBLE, Occlusion.OUT_OF_FRAME]).all()


def test_the_near_plane_is_where_behind_begins() -> None:
    wall = make.scene(make.part(make.upright(90, 90), 1, [make.rigid((0, 8, 0))]), times=1)
    spec = make.camera(*(((0, y, 0), make.FORWARD) for y in (0, 7.4, 7.6))).model_copy(update={"clip_start": 0.5})
    _, before = make.flow(wall, spec, (0, 0), (0, 1))
    _, after = make.flow(wall, spec, (0, 0), (0, 2))
    assert np.isin(before.occlusion, [Occlusion.VISIBLE, Occlusion.OUT_OF_FRAME]).all()
    assert (after.occlusion == Occlusion.BEHIND_CAMERA).all() and np.isnan(after.flow).all()


@pytest.mark.parametrize(("instance", "reason"), [(0, Occlusion.SELF_OCCLUDED), (5, Occlusion.OCCLUDED)])
def test_any_surface_hides_infinity(instance: int, reason: Occlusion) -> None:
    away, before = make.rigid((50, 3, 0)), make.rigid((0, 3, 0))
    geometry = make.scene(make.part(make.upright(1, 1), instance, [away, before]))
    spec = make.camera(((0, 0, 0), make.FORWARD))
    for reuse in (False, True):
        _, truth = make.flow(geometry, spec, (0, 0), (1, 0), reuse)
        after = make.see(geometry, spec, time=1)
        assert (truth.occlusion == np.where(after.triangle >= 0, reason, Occlusion.VISIBLE)).all()
        assert 0 < (truth.occlusion == reason).mean() < 1
        assert (truth.flow == 0).all()


def test_infinity_behind_the_camera() -> None:
    spec = make.camera(((0, 0, 0), make.FORWARD), ((0, 0, 0), make.spin((0, 0, 1), np.pi) @ make.FORWARD))
    _, truth = make.flow(make.scene(times=1), spec, (0, 0), (0, 1))
    assert (truth.occlusion == Occlusion.BEHIND_CAMERA).all() and np.isnan(truth.flow).all()


def in_frame(occlusion: np.ndarray) -> np.ndarray:
    return occlusion != Occlusion.OUT_OF_FRAME


@pytest.mark.parametrize("offset", [0.0, 300.0])
def test_a_floor_seen_at_a_grazing_angle_does_not_hide_itself(offset: float) -> None:
    floor = make.grid(150, lambda u, v: np.stack([80 * u - 40, 80 * v, 0 * u], axis=1))
    geometry = make.scene(make.part(floor, 1, [make.rigid((offset, offset, 0), make.spin((0, 0, 1), 0.1))]), times=1)
    eyes = [(offset + x, offset + y, z) for x, y, z in [(0.1, 5.4, 0.021), (0.2, 5.03, 0.033)]]
    spec = make.camera(*(make.towards(e, (e[0] + 0.02, e[1] + 10, 0)) for e in eyes), width=160, height=120)
    source, truth = make.flow(geometry, spec, (0, 0), (0, 1))
    on_floor = (source.triangle >= 0) & in_frame(truth.occlusion) & (truth.occlusion != Occlusion.BEHIND_CAMERA)
    assert on_floor.sum() > 3000
    assert (truth.occlusion[on_floor] == Occlusion.VISIBLE).all()


@pytest.mark.parametrize(
    ("tilt", "base", "height"),
    [(0.2, 105, 0.2), (1.2, 5005, 0.2), (1.5, 105, 0.2), (1.55, 105, 0.15)],  # the last: at 3e-4 radians
)
def test_two_cards_in_one_place_do_not_hide_each_other(tilt: float, base: float, height: float) -> None:
    turn = make.spin((0, 0, 1), 0.1) @ make.spin((1, 0.1, 0), tilt)
    cards = []
    for n in (3, 7):
        vertices, triangles = make.upright(20, 20, n)
        baked = (vertices @ turn.T + [20.1, 13, base]).astype(np.float32)  # each rounds to a plane of its own
        cards.append(make.part((baked, triangles), n))
    first = make.towards((20, 9, base + 0.2), (20, 13, base))
    spec = make.camera(first, make.towards((20.3, 8.7, base + height), (20, 13, base)), width=96)
    source, truth = make.flow(make.scene(*cards, times=1), spec, (0, 0), (0, 1))
    assert {3, 7} <= set(np.unique(source.instances))  # rounding decides which is seen
    on_card = (source.triangle >= 0) & np.isin(truth.occlusion, [0, 2, 3])
    assert on_card.sum() > 500 and (truth.occlusion[on_card] == Occlusion.VISIBLE).all()


def test_a_sheet_a_millimetre_before_a_wall_hides_it() -> None:
    sheet = make.part(make.upright(), 2, [make.rigid((50, 2.999, 0)), make.rigid((0, 2.999, 0))])
    wall = make.part(make.upright(30, 30), 1, [make.rigid((0, 3, 0))])
    spec = make.camera(((0, 0, 0), make.FORWARD))
    _, truth = make.flow(make.scene(sheet, wall), spec, (0, 0), (1, 0))
    covered = make.see(make.scene(sheet, wall), spec, time=1).instances == 2
    assert covered.any() and (truth.occlusion == np.where(covered, Occlusion.OCCLUDED, Occlusion.VISIBLE)).all()


def test_a_large_dome_does_not_hide_itself() -> None:
    geometry = make.scene(make.part(make.sphere(24, 60.0), 0, [make.rigid((0, 0, -2))]), times=1)
    spec = make.camera(make.towards((0, 0, 1.6), (3, 9, 1)), make.towards((2, 5, 1.4), (3, 30, 1)), lens=18)
    _, truth = make.flow(geometry, spec, (0, 0), (0, 1))
    assert set(np.unique(truth.occlusion)) <= {0, 1} and in_frame(truth.occlusion).any()


def test_a_fine_sphere_hides_exactly_its_far_side() -> None:
    turn = [make.rigid((0, 3, 0)), make.rigid((0, 3, 0), make.spin((0, 0, 1), 1.0))]
    geometry = make.scene(make.part(make.sphere(160), 1, turn))
    spec = make.camera(make.towards((0, 0, 0), (0, 3, 0)), width=96, height=96)
    source, truth = make.flow(geometry, spec, (0, 0), (1, 0), reuse=True)
    on_sphere = source.triangle >= 0
    after = source.points + truth.scene_flow
    normal = after - [0, 3, 0]
    facing = -(after * normal).sum(-1)  # towards the camera at the origin; 0 on the silhouette
    assert (truth.occlusion[on_sphere & (facing > 0.15)] == Occlusion.VISIBLE).all()
    assert (truth.occlusion[on_sphere & (facing < -0.15)] == Occlusion.SELF_OCCLUDED).all()
    assert (on_sphere & (facing < -0.15)).sum() > 100


def test_a_target_must_match_its_scene() -> None:
    frozen = FrozenScene(card_scene())
    spec = make.camera((EYES[0], make.FORWARD))
    source = annotate_view(frozen.at(0), spec, View(0, 0))
    with pytest.raises(ValueError, match="time 1"):
        annotate_flow(source, frozen.at(0), spec, View(1, 0))
    with pytest.raises(ValueError, match="time 1"):
        annotate_view(frozen.at(0), spec, View(1, 0))
