"""Built-in gaits: feet that stand stay put on the floor, bodies go where they face, cycles repeat."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.gait_data import GAITS, curve_names
from dsia_gen.motion.gaits import gait_motion, periodic_curve
from dsia_gen.motion.skeleton import FOOT_LENGTH, JOINTS, forward_kinematics, leg_length, limb_directions, rest_joints
from dsia_gen.spec.asset import BodyShape

BODIES = [BodyShape(), BodyShape(height=1.2, legs=0.93, head=1.2), BodyShape(height=1.95, legs=1.08, shoulders=0.9)]
WALKS = ("walk", "stroll", "march", "sneak", "turn")
FPS = 24


def soles(clip: CanonicalClip, body: BodyShape) -> Array:
    """(T, 2, 3, 3) heel, ball and toe tip of both feet in metres, from the skeleton alone."""
    rest = rest_joints(body)
    turns = rotation_matrix(clip.rotations)
    joints = forward_kinematics(rest, turns, clip.hips * leg_length(rest))
    feet = []
    for side in ("Left", "Right"):
        foot, toe = JOINTS.index(side + "Foot"), JOINTS.index(side + "ToeBase")
        ankle, length = rest[foot], FOOT_LENGTH * body.height
        points = [
            np.array([ankle[0], y, 0.0]) for y in (ankle[1] + 0.28 * length, rest[toe, 1], ankle[1] - 0.83 * length)
        ]
        heel, ball = (joints[:, foot] + turns[:, foot] @ (p - ankle) for p in points[:2])
        feet.append(np.stack([heel, ball, ball + turns[:, toe] @ (points[2] - points[1])], axis=1))
    return np.stack(feet, axis=1)


@pytest.mark.parametrize("body", BODIES, ids=["average", "child", "tall"])
@pytest.mark.parametrize("name", GAITS)
def test_a_planted_foot_does_not_slide(name: str, body: BodyShape) -> None:
    for phase, speed, turn in ((0.0, 1.0, 0.0), (0.37, 0.85, 0.0), (0.8, 1.15, 20.0)):
        points = soles(gait_motion(name, body, FPS, 60, phase, speed, turn), body)
        low = points[..., 2] < 0.003
        planted = low[1:] & low[:-1]
        step = np.linalg.norm(np.diff(points[..., :2], axis=0), axis=-1)
        assert planted.any()
        assert step[planted].max() < 0.01


@pytest.mark.parametrize("body", BODIES, ids=["average", "child", "tall"])
@pytest.mark.parametrize("name", GAITS)
def test_no_foot_is_under_the_floor_and_walkers_always_touch_it(name: str, body: BodyShape) -> None:
    lowest = soles(gait_motion(name, body, FPS, 60), body)[..., 2].min(axis=(1, 2))
    assert lowest.min() > -0.002
    if name in (*WALKS, "idle", "wave", "dance"):
        assert lowest.max() < 0.002
    else:
        assert lowest.max() > 0.02, "runners and jumpers leave the floor"


@pytest.mark.parametrize("name", GAITS)
def test_rotations_are_unit_and_smooth(name: str) -> None:
    clip = gait_motion(name, BodyShape(), FPS, 72)
    np.testing.assert_allclose(np.linalg.norm(clip.rotations, axis=-1), 1.0, atol=1e-9)
    turn = 2 * np.arccos(np.clip(np.sum(clip.rotations[1:] * clip.rotations[:-1], axis=-1), -1, 1))
    assert np.degrees(turn).max() < 40.0, "degrees a frame"
    assert np.abs(np.diff(clip.hips, axis=0)).max() < 0.25, "legs a frame"


def test_walking_goes_forward_at_the_speed_of_a_walk() -> None:
    body = BodyShape()
    leg = leg_length(rest_joints(body))
    speeds = {}
    for name in ("sneak", "stroll", "walk", "jog", "run"):
        clip = gait_motion(name, body, FPS, 73)
        travel = (clip.hips[-1] - clip.hips[0]) * leg / 3
        assert abs(travel[0]) < 0.05, "straight ahead"
        speeds[name] = -travel[1]
    # Perry: free walking of adults is 1.0 to 1.6 m/s.
    assert 1.0 < speeds["walk"] < 1.6
    assert speeds["sneak"] < speeds["walk"] and speeds["stroll"] < speeds["walk"] < speeds["jog"] < speeds["run"]


def test_speed_scale_changes_the_speed() -> None:
    body = BodyShape()
    slow, fast = (gait_motion("walk", body, FPS, 120, 0.0, s).hips[-1, 1] for s in (0.8, 1.2))
    assert fast / slow == pytest.approx(1.2 / 0.8, rel=0.15)


@pytest.mark.parametrize("name", ["idle", "wave", "jumping_jack", "turn"])
def test_gaits_in_place_stay_in_place(name: str) -> None:
    clip = gait_motion(name, BodyShape(), FPS, 96)
    assert np.abs(clip.hips[:, :2]).max() < 0.08


def test_a_bent_path_turns_at_the_rate_asked_for() -> None:
    clip = gait_motion("walk", BodyShape(), FPS, 49, turn_rate=30.0)
    straight = gait_motion("walk", BodyShape(), FPS, 49)
    np.testing.assert_allclose(np.degrees(clip.heading - straight.heading)[48], 60.0, atol=0.5)
    # After turning by 60 degrees to the left, it moves along -Y turned by 60 degrees.
    move = clip.hips[48] - clip.hips[46]
    assert np.degrees(np.arctan2(move[0], -move[1])) == pytest.approx(60.0, abs=8.0)


def test_a_cycle_repeats_and_the_phase_is_where_it_begins() -> None:
    seconds = GAITS["walk"].seconds
    body, fps = BodyShape(), 20 / seconds
    clip = gait_motion("walk", body, fps, 41)
    turns = rotation_matrix(clip.rotations)
    np.testing.assert_allclose(turns[:20], turns[20:40], atol=2e-3)
    half = gait_motion("walk", body, fps, 20, phase=0.5)
    np.testing.assert_allclose(rotation_matrix(half.rotations), turns[10:30], atol=2e-3)


def test_half_a_cycle_later_left_and_right_change_places() -> None:
    body, fps = BodyShape(), 20 / GAITS["walk"].seconds
    clip = gait_motion("walk", body, fps, 40)
    turns = rotation_matrix(clip.rotations)
    mirror = np.diag([-1.0, 1.0, 1.0])
    for part in ("Arm", "ForeArm", "UpLeg", "Leg", "Foot"):
        left, right = (turns[:, JOINTS.index(side + part)] for side in ("Left", "Right"))
        np.testing.assert_allclose(mirror @ left[:20] @ mirror, right[10:30], atol=5e-3)


def test_the_same_request_gives_the_same_bytes() -> None:
    one, two = (gait_motion("dance", BodyShape(), FPS, 30, 0.3) for _ in range(2))
    assert one.rotations.tobytes() == two.rotations.tobytes() and one.hips.tobytes() == two.hips.tobytes()


def test_clips_carry_the_rest_directions_of_the_body() -> None:
    body = BODIES[2]
    np.testing.assert_array_equal(gait_motion("walk", body, FPS, 4).rest_directions, limb_directions(rest_joints(body)))


def test_an_unknown_gait_names_the_known_ones() -> None:
    with pytest.raises(AssetError, match="no gait 'moonwalk'; known are walk, stroll"):
        gait_motion("moonwalk", BodyShape(), FPS, 4)


def test_curves_pass_through_their_knots_without_overshoot() -> None:
    knots = ((0.05, 3.0), (0.3, -2.0), (0.31, 8.0), (0.7, 8.0), (0.9, 1.0))
    at = np.array([k[0] for k in knots])
    np.testing.assert_allclose(periodic_curve(knots, at), [k[1] for k in knots], atol=1e-9)
    fine = periodic_curve(knots, np.linspace(-1, 2, 3001))
    assert fine.min() >= -2.0 - 1e-9 and fine.max() <= 8.0 + 1e-9
    np.testing.assert_allclose(periodic_curve(knots, at + 3.0), periodic_curve(knots, at), atol=1e-9)


def test_every_curve_has_a_meaning() -> None:
    known = {"hip", "abduction", "knee", "foot", "sway", "hop", "shoulder", "arm_out", "arm_twist", "elbow"}
    known |= {"pelvis_tilt", "pelvis_list", "pelvis_turn", "trunk_lean", "trunk_side", "trunk_turn"}
    known |= {"head_nod", "head_turn", "head_side"}
    assert set(curve_names()) <= known
