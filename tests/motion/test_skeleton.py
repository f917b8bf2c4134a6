"""The canonical skeleton: proportions, kinematics, and the names that other rigs use for its joints."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core.rotations import about, unit
from dsia_gen.motion.skeleton import (
    CHILD,
    JOINTS,
    PARENTS,
    REQUIRED,
    forward_kinematics,
    leg_length,
    limb_directions,
    match_joints,
    rest_joints,
)
from dsia_gen.spec.asset import BodyShape


def test_the_rest_pose_is_a_t_pose_on_the_floor() -> None:
    at = dict(zip(JOINTS, rest_joints(BodyShape(height=1.8)), strict=True))
    np.testing.assert_allclose(unit(at["LeftHand"] - at["LeftArm"]), [1, 0, 0], atol=1e-9)
    assert at["LeftToeBase"][1] < at["LeftFoot"][1], "faces -Y"
    for name, place in at.items():
        if name.startswith("Left"):
            np.testing.assert_allclose(at["Right" + name[4:]], place * [-1, 1, 1])
    # Drillis & Contini: hip 0.530 and knee 0.285 of height.
    assert at["LeftUpLeg"][2] == pytest.approx(0.530 * 1.8)
    assert at["LeftLeg"][2] == pytest.approx(0.285 * 1.8)
    assert leg_length(rest_joints(BodyShape(height=1.8))) == pytest.approx(0.954)


@pytest.mark.parametrize("body", [BodyShape(), BodyShape(height=1.2, head=1.25, legs=0.9), BodyShape(legs=1.1)])
def test_proportions_keep_the_order_of_joints(body: BodyShape) -> None:
    at = dict(zip(JOINTS, rest_joints(body), strict=True))
    column = [at[n][2] for n in ("LeftFoot", "LeftLeg", "Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")]
    assert column == sorted(column)
    assert at["Head"][2] < body.height


def test_forward_kinematics_of_no_rotation_is_the_rest_pose() -> None:
    rest = rest_joints(BodyShape())
    still = np.broadcast_to(np.eye(3), (1, len(JOINTS), 3, 3))
    moved = forward_kinematics(rest, still, np.array([[1.0, 2.0, leg_length(rest)]]))
    np.testing.assert_allclose(moved[0] - rest, np.broadcast_to([1.0, 2.0, 0.0], rest.shape), atol=1e-12)


def test_limbs_of_one_length_turn_with_their_deltas() -> None:
    rest = rest_joints(BodyShape())
    turns = np.tile(np.eye(3), (1, len(JOINTS), 1, 1))
    turns[0, JOINTS.index("LeftArm")] = about("y", 90.0)
    moved = forward_kinematics(rest, turns, np.zeros((1, 3)))[0]
    arm, fore = moved[JOINTS.index("LeftArm")], moved[JOINTS.index("LeftForeArm")]
    np.testing.assert_allclose(unit(fore - arm), [0, 0, -1], atol=1e-9)


def test_a_shoulder_is_an_arm_where_a_collar_is_beside_it() -> None:
    names = ["Hips", "Chest", "LeftCollar", "LeftShoulder", "LeftElbow", "LeftHip", "RightHip"]
    found = match_joints(names, [-1, 0, 1, 2, 3, 0, 0])
    assert names[found["LeftShoulder"]] == "LeftCollar"
    assert names[found["LeftArm"]] == "LeftShoulder"
    assert names[found["LeftForeArm"]] == "LeftElbow"
    assert names[found["LeftUpLeg"]] == "LeftHip"


def test_the_pelvis_is_preferred_to_a_root_above_it() -> None:
    names = ["root", "pelvis", "thigh_l", "thigh_r"]
    assert match_joints(names, [-1, 0, 1, 1])["Hips"] == 1


@pytest.mark.parametrize(
    ("count", "shared_out"), [(1, ("Spine2",)), (2, ("Spine", "Spine2")), (5, ("Spine", "Spine1", "Spine2"))]
)
def test_a_spine_of_any_length_is_shared_out(count: int, shared_out: tuple[str, ...]) -> None:
    names = ["hips", "thigh_l", "thigh_r", *(f"back{i}" for i in range(count)), "neck", "head"]
    parents = [-1, 0, 0, 0, *range(3, 3 + count + 1)]
    found = match_joints(names, parents)
    assert {j for j in found if j.startswith("Spine")} == set(shared_out)
    assert names[found["Spine2"]] == f"back{count - 1}" and names[found["Neck"]] == "neck"


def test_limb_directions_end_at_the_child() -> None:
    rest = rest_joints(BodyShape())
    directions = limb_directions(rest)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    for joint, child in CHILD.items():
        offset = rest[JOINTS.index(child)] - rest[JOINTS.index(joint)]
        assert offset @ directions[JOINTS.index(joint)] == pytest.approx(np.linalg.norm(offset))
    assert set(REQUIRED) <= set(JOINTS) and set(PARENTS) == set(JOINTS)


def test_a_limb_without_a_child_or_a_length_continues_its_parent() -> None:
    at = np.array([[0.0, 0, 1.0], [0.0, 0, 1.5], [0.0, 0, 1.5], [0.0, 0.5, 1.5]])
    directions = limb_directions(at, ("Hips", "Spine", "Spine1", "Spine2"))
    np.testing.assert_allclose(directions, [[0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 1, 0]])
