"""Rigid motions: contact with the floor, rolling without slipping, free fall, wanted speed."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.sampling.rigid_trajectories import TRAJECTORIES, Body, Start, roll, slide, spin
from dsia_gen.sampling.seeds import child

BALL = Body((0.4, 0.4, 0.4))
BOX = Body((0.6, 0.3, 0.5))


def _start(step: float = 0.1, times: int = 9, height: float = 1.0) -> Start:
    return Start(np.array([0.5, 3.0, height]), step, times, 0.1, np.array([1.0, 0.0, 0.0]), 0.3)


@pytest.mark.parametrize("name", sorted(TRAJECTORIES))
def test_every_course_is_a_rigid_motion_of_the_right_length(name: str) -> None:
    trajectory = TRAJECTORIES[name](child(1, name), BOX, _start())
    assert trajectory.centres.shape == (9, 3)
    assert np.allclose(trajectory.rotations @ trajectory.rotations.transpose(0, 2, 1), np.eye(3), atol=1e-12)
    motion = trajectory.motion(BOX)
    for t in range(9):
        turned = rotation_matrix(np.array(motion.rotations[t])) @ BOX.centre
        assert np.allclose(np.array(motion.positions[t]) + turned, trajectory.centres[t], atol=1e-8)


@pytest.mark.parametrize("name", ["fly", "tumble", "slide", "roll"])
def test_travelling_courses_move_by_the_wanted_step(name: str) -> None:
    trajectory = TRAJECTORIES[name](child(2, name), BALL, _start(step=0.2))
    steps = np.linalg.norm(np.diff(trajectory.centres, axis=0), axis=1)
    assert np.all(np.abs(steps - 0.2) < 0.12)


def test_quaternions_of_neighbours_lie_in_one_hemisphere() -> None:
    motion = TRAJECTORIES["tumble"](child(5, "t"), BOX, _start(times=30)).motion(BOX)
    q = np.array(motion.rotations)
    assert np.all(np.sum(q[1:] * q[:-1], axis=1) > 0)


def test_a_rolling_body_does_not_slip() -> None:
    trajectory = roll(child(3, "roll"), BALL, _start(step=0.15, height=0.2))
    radius = 0.2
    for t in range(8):
        travel = np.linalg.norm(trajectory.centres[t + 1] - trajectory.centres[t])
        relative = trajectory.rotations[t + 1] @ trajectory.rotations[t].T
        angle = math.acos(np.clip((np.trace(relative) - 1) / 2, -1, 1))
        assert angle * radius == pytest.approx(travel, rel=1e-6)
        # The point that touches the floor moves against the way: the wheel turns forwards.
        contact = np.array([0.0, 0.0, -radius])
        direction = (trajectory.centres[t + 1] - trajectory.centres[t]) / travel
        assert float((relative @ contact - contact) @ direction) < 0


def test_sliding_and_spinning_bodies_stay_on_the_floor() -> None:
    for make in (slide, spin):
        trajectory = make(child(4, "x"), BOX, _start(height=0.25))
        motion = trajectory.motion(BOX)
        assert np.allclose(np.array(motion.positions)[:, 2], 0.0, atol=1e-9)


def test_a_falling_body_never_sinks_into_the_floor_and_starts_by_free_fall() -> None:
    start = _start(times=20, height=0.9)
    trajectory = TRAJECTORIES["fall"](child(6, "fall"), BOX, start)
    lowest = [trajectory.centres[t, 2] - BOX.reach(trajectory.rotations[t]) for t in range(20)]
    assert min(lowest) > -1e-9
    assert min(lowest) < 0.05  # it arrives
    drops = -np.diff(trajectory.centres[:3, 2])
    assert drops[1] - drops[0] == pytest.approx(9.81 * 0.1**2, rel=1e-6)


def test_reach_of_a_tilted_box_is_the_distance_to_its_lowest_corner() -> None:
    corners = np.array([[x, y, z] for x in (-0.3, 0.3) for y in (-0.15, 0.15) for z in (-0.25, 0.25)])
    rotation = rotation_matrix(np.array([0.8, 0.3, -0.4, 0.1]))
    assert BOX.reach(rotation) == pytest.approx(-(corners @ rotation.T)[:, 2].min())
