"""Standing feet in closed form: when they stand, rolling without sliding, legs that reach."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.rotations import about
from dsia_gen.motion.foot_contact import above_floor, ankle_goals, bend, contacts, ground, rolling, sink, sole_at

FPS = 60.0
ANKLE = np.array([0.1, 0.0, 0.08])


def spots(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=1)


def test_a_foot_stands_while_it_is_slow_low_and_for_long_enough() -> None:
    t = np.arange(180) / FPS
    moving = np.column_stack([np.zeros(180), -2.0 * np.clip(t - 1.0, 0, 0.5), np.where((t > 1) & (t < 1.5), 0.05, 0.0)])
    held = np.column_stack([np.zeros(180), np.zeros(180), np.full(180, 0.3)])
    stands = contacts(spots(moving, held), np.zeros(180), FPS)
    assert stands[:55, 0].all() and stands[100:, 0].all() and not stands[66:84, 0].any()
    assert not stands[:, 1].any(), "a raised foot that is held still does not stand"


def test_the_top_of_a_jump_is_no_stance() -> None:
    t = np.arange(60) / FPS
    jump = np.column_stack([np.zeros(60), np.zeros(60), np.maximum(0.0, 4.9 / 0.9 * (0.2**2 - (t - 0.5) ** 2))])
    stands = contacts(spots(jump, jump), jump[:, 2], FPS)
    assert not stands[20:40].any() and stands[:15].all() and stands[45:].all()


def test_the_ground_is_where_feet_stand_and_goes_on_between() -> None:
    t = np.arange(120)
    stair = np.column_stack([np.zeros(120), np.zeros(120), np.where(t < 60, 0.0, 0.3)])
    stands = np.stack([(t < 40) | (t >= 80), np.zeros(120, dtype=bool)], axis=1)
    level = ground(spots(stair, stair), stands, FPS)
    assert level[:20] == pytest.approx(0.0, abs=1e-3) and level[100:] == pytest.approx(0.3, abs=1e-3)
    assert level[60] == pytest.approx(0.15, abs=0.02) and np.all(np.diff(level) > -1e-9)


def test_a_rising_heel_rolls_over_the_ball_and_keeps_it() -> None:
    sole = sole_at(ANKLE, ANKLE - [0.0, 0.16, 0.0], 0.9)
    turn = about("x", np.linspace(0, 45, 20))  # the heel goes up
    toes = np.broadcast_to(np.eye(3), turn.shape)
    goal = ankle_goals(sole.below(turn, toes), np.tile(ANKLE, (20, 1)), np.ones(20, dtype=bool), drift=1.0)
    ball = goal + turn @ (sole.ball - sole.ankle)
    np.testing.assert_allclose(ball[2:] - ball[1:-1], 0.0, atol=2e-4)
    np.testing.assert_allclose(ball[:, 2], 0.0, atol=1e-9)


def test_a_raised_toe_rolls_over_the_heel() -> None:
    sole = sole_at(ANKLE, None, 0.9)
    turn = about("x", np.linspace(-30, -2, 15))
    way = rolling(sole.below(turn, turn))
    heel = way + turn @ (sole.heel - sole.ankle)
    np.testing.assert_allclose(np.diff(heel, axis=0), 0.0, atol=2e-4)


def test_a_foot_that_drifts_is_put_down_anew_slowly() -> None:
    sole = sole_at(ANKLE, None, 0.9)
    flat = np.broadcast_to(np.eye(3), (60, 3, 3))
    ankle = ANKLE + np.column_stack([np.linspace(0, 0.3, 60), np.zeros(60), np.zeros(60)])
    goal = ankle_goals(sole.below(flat, flat), ankle, np.ones(60, dtype=bool))
    step = np.linalg.norm(np.diff(goal, axis=0), axis=1)
    assert step.max() < 0.012 and (step == 0).any()
    assert np.abs(goal - ankle).max() < 0.08


def test_no_point_of_a_sole_is_below_the_floor() -> None:
    sole = sole_at(ANKLE, None, 0.9)
    turn = about("x", np.linspace(-40, 40, 9))
    below = sole.below(turn, turn)
    ankle = above_floor(below, np.tile(ANKLE * [1, 1, 0.5], (9, 1)))
    assert (ankle[:, None] + below)[..., 2].min() >= -1e-12


def test_legs_reach_their_goal_and_keep_their_lengths() -> None:
    rng = np.random.default_rng(4)
    hip = np.tile([0.1, 0.0, 0.9], (50, 1))
    knee, ankle = hip + np.array([0.0, -0.05, -0.41]), hip + np.array([0.0, 0.02, -0.82])
    goal = ankle + rng.uniform(-0.15, 0.15, (50, 3)) + np.array([0.0, 0.0, 0.2])
    thigh, shank = bend(hip, knee, ankle, np.tile([0.0, -1.0, 0.0], (50, 1)), goal)
    new_knee = hip + np.einsum("tij,tj->ti", thigh, knee - hip)
    new_ankle = new_knee + np.einsum("tij,tj->ti", shank, ankle - knee)
    np.testing.assert_allclose(new_ankle, goal, atol=1e-9)
    axis = (goal - hip) / np.linalg.norm(goal - hip, axis=1, keepdims=True)
    forward = (new_knee - hip) - axis * np.sum((new_knee - hip) * axis, axis=1, keepdims=True)
    assert (forward[:, 1] < 0).all(), "knees bend forward"


def test_hips_sink_by_what_a_leg_lacks() -> None:
    hip, goal = np.array([[0.0, 0.0, 1.0]]), np.array([[0.3, 0.0, 0.0]])
    lack = sink(hip, goal, 0.5)
    assert np.linalg.norm(hip - [[0, 0, lack[0]]] - goal) == pytest.approx(0.5)
