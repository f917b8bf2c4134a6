"""Falling and rolling bodies against closed forms: free fall, bounces, friction, rolling, rest on a face."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.sampling.physics import GRAVITY, RigidBodyState, Solid, simulate, spin_of

BALL = Solid((0.3, 0.3, 0.3), ball=True, restitution=0.6, friction=0.5, rolling=0.0)


def _state(z: float, velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> RigidBodyState:
    return RigidBodyState(np.array([0.0, 0.0, z]), np.array(velocity), np.eye(3))


def test_free_fall() -> None:
    centres, _ = simulate(BALL, _state(3.0, (0.5, 0.0, 1.0)), 8, 0.1)
    t = 0.1 * np.arange(8)
    assert np.allclose(centres[:, 2], 3.0 + t - GRAVITY * t**2 / 2, atol=1e-3)
    assert np.allclose(centres[:, 0], 0.5 * t, atol=1e-9)


def test_a_spinning_body_in_the_air_turns_by_rate_times_time() -> None:
    start = _state(5.0)
    start.momentum = np.array([0.0, 0.0, 2.0]) * BALL.inertia
    _, rotations = simulate(BALL, start, 4, 0.1)
    assert math.atan2(rotations[3][1, 0], rotations[3][0, 0]) == pytest.approx(0.6, abs=1e-9)


def test_it_bounces_to_the_square_of_the_restitution() -> None:
    centres, _ = simulate(BALL, _state(1.15), 500, 0.002)
    heights = centres[:, 2] - 0.15
    landed = int(np.argmin(heights[:300]))
    assert heights[landed:].max() == pytest.approx(0.6**2 * 1.0, rel=0.01)


def test_a_sliding_box_stops_after_v2_over_2_mu_g() -> None:
    box = Solid((0.6, 0.6, 0.1), friction=0.4, rolling=0.0)
    centres, rotations = simulate(box, _state(0.05, (2.0, 0.0, 0.0)), 100, 0.01)
    assert centres[-1, 0] == pytest.approx(2.0**2 / (2 * 0.4 * GRAVITY), rel=0.03)
    assert np.allclose(rotations[-1], np.eye(3), atol=0.02)


def test_a_ball_that_is_pushed_ends_rolling_at_five_sevenths_of_its_speed_without_slipping() -> None:
    centres, rotations = simulate(BALL, _state(0.15, (1.4, 0.0, 0.0)), 200, 0.01)
    steps = np.diff(centres[:, 0])[100:]
    assert steps / 0.01 == pytest.approx(5 / 7 * 1.4, rel=0.01)
    angles = [math.acos(np.clip((np.trace(b @ a.T) - 1) / 2, -1, 1)) for a, b in itertools.pairwise(rotations[100:])]
    assert np.array(angles) * 0.15 == pytest.approx(steps, rel=1e-2)


def test_a_rolling_ball_slows_down() -> None:
    soft = Solid((0.3, 0.3, 0.3), ball=True, rolling=0.8)
    centres, _ = simulate(soft, _state(0.15, (1.4, 0.0, 0.0)), 200, 0.01)
    steps = np.diff(centres[:, 0])
    assert steps[-1] < 0.5 * steps[60]


@pytest.mark.parametrize("seed", range(6))
def test_a_tumbling_box_comes_to_rest_on_a_face_and_never_sinks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    box = Solid((0.4, 0.3, 0.25))
    start = _state(1.2, (0.4, -0.2, 0.0))
    start.rotation = rotation_matrix(rng.normal(size=4))
    start.momentum = box.inertia * rng.uniform(-4, 4, 3)
    centres, rotations = simulate(box, start, 160, 0.025)
    lowest = [c[2] + box.points(r)[:, 2].min() for c, r in zip(centres, rotations, strict=True)]
    assert min(lowest) > -1e-9
    assert np.abs(rotations[-1][2]).max() > math.cos(0.03)  # a face lies flat
    assert lowest[-1] < 0.005
    assert np.allclose(centres[-1], centres[-5], atol=1e-4)


def test_nothing_gains_energy() -> None:
    box = Solid((0.4, 0.3, 0.25), restitution=0.8)
    start = _state(1.0)
    start.rotation = rotation_matrix(np.array([0.9, 0.3, 0.2, 0.1]))
    centres, _ = simulate(box, start, 100, 0.02)
    assert centres[:, 2].max() <= 1.0 + 1e-6
    assert np.linalg.norm(spin_of(box, start)) == 0  # the start is kept
