"""Figures that lie, stand on their heads, look elsewhere or are mirrored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsia_gen.core.rotations import Array, about
from dsia_gen.motion.figure_axes import figure_axes, unmirrored, upright_turn
from dsia_gen.motion.skeleton import JOINTS, rest_joints
from dsia_gen.spec.asset import BodyShape

TURNS = {"-Y": 0.0, "+X": 90.0, "+Y": 180.0, "-X": -90.0}


def figure(turn: Array, toes: bool = True) -> tuple[dict[str, Array], Array]:
    """Joints of a standing figure that looks along -Y, turned, and points of its soles and head."""
    rest = rest_joints(BodyShape())
    at = {joint: turn @ place for joint, place in zip(JOINTS, rest, strict=True)}
    soles = [
        rest[JOINTS.index(side + "Foot")] * [1, 1, 0] + [x, y, 0.0]
        for side in ("Left", "Right")
        for x in (-0.04, 0.04)
        for y in (0.06, -0.18)
    ]
    points = np.array([*soles, [0.0, 0.0, 1.75]]) @ turn.T
    return {j: p for j, p in at.items() if toes or not j.endswith("ToeBase")}, points


@pytest.mark.parametrize("yaw", TURNS)
@pytest.mark.parametrize(
    ("fall", "toes"), [*((fall, toes) for fall in (0.0, 90.0, -90.0, 180.0) for toes in (True, False)), (20.0, True)]
)
@pytest.mark.parametrize("mirror", [False, True])
def test_a_figure_is_set_upright_and_its_front_and_left_are_found(
    fall: float, yaw: str, toes: bool, mirror: bool
) -> None:
    turn = about("x", fall) @ about("z", TURNS[yaw]) @ np.diag([-1.0 if mirror else 1.0, 1.0, 1.0])
    at, points = figure(turn, toes)
    axes = figure_axes(at, points)
    assert axes.mirrored is mirror
    if abs(fall) != 20.0:
        np.testing.assert_allclose(axes.turn @ turn @ [0, 0, 1], [0, 0, 1], atol=1e-9)
    else:
        np.testing.assert_allclose(axes.turn, np.eye(3), atol=1e-9)
    front = axes.turn @ turn @ [0.0, -1.0, 0.0]
    wanted = about("z", TURNS[axes.facing]) @ [0.0, -1.0, 0.0]
    assert front @ wanted > np.cos(np.radians(21.0))


@given(st.floats(-180, 180))
def test_a_front_between_the_axes_is_turned_onto_one(yaw: float) -> None:
    turn = about("z", yaw)
    axes = figure_axes(*figure(turn))
    front = axes.turn @ turn @ [0.0, -1.0, 0.0]
    assert front @ (about("z", TURNS[axes.facing]) @ [0.0, -1.0, 0.0]) > np.cos(np.radians(5.1))


def test_without_feet_that_tell_the_file_says_whether_it_mirrors() -> None:
    at, _ = figure(np.eye(3), toes=False)
    nothing = np.zeros((0, 3))
    assert not figure_axes(at, nothing).mirrored
    assert figure_axes(at, nothing, negative=True).mirrored


def test_what_stands_is_left_alone() -> None:
    np.testing.assert_array_equal(upright_turn(figure(about("y", 30.0))[0]), np.eye(3))


def test_left_and_right_are_exchanged_and_back() -> None:
    joints = {joint: f"bone {joint}" for joint in JOINTS}
    assert unmirrored(joints)["LeftArm"] == "bone RightArm" and unmirrored(joints)["Head"] == "bone Head"
    assert unmirrored(unmirrored(joints)) == joints
