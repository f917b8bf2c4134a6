"""The standing pose that is found from a motion is the one that the figure was made with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dsia_gen.core.rotations import about, rotation_matrix
from dsia_gen.motion.gait_data import GAITS
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import canonical_clip
from dsia_gen.motion.reference_pose import PosedJoints, find_reference_pose, is_bind_pose, pose_of_frame
from dsia_gen.motion.skeleton import JOINTS, limb_directions, rest_joints
from dsia_gen.spec.asset import BodyShape
from tests.motion.rewriting import person

WITHIN = {"Arm": 8, "ForeArm": 2, "Hand": 2, "UpLeg": 2, "Leg": 4, "Foot": 6, "ToeBase": 6, "Hips": 6, "Head": 12}
"""Degrees in the mean; 10 for the rest of the trunk. A bow that is never left, and a head that is never level, are not
known of somebody who is only seen in motion; shoulders that are raised all the time neither."""


@pytest.mark.parametrize("gait", GAITS)
def test_rotations_from_it_are_those_of_the_gait(gait: str) -> None:
    made = gait_motion(gait, BodyShape(), 30.0, 60)
    start = made.heading[:15]
    found = canonical_clip(person(made, BodyShape()), 30.0)
    turn = about("z", np.degrees(np.arctan2(np.sin(start).mean(), np.cos(start).mean())))
    wanted, own = rotation_matrix(made.rotations), turn @ rotation_matrix(found.rotations)
    for j, joint in enumerate(JOINTS):
        part = joint.removeprefix("Left").removeprefix("Right")
        angle = Rotation.from_matrix(wanted[:, j].transpose(0, 2, 1) @ own[:, j]).magnitude()
        assert np.degrees(angle).mean() < (16 if part == "Shoulder" else WITHIN.get(part, 10)), joint


def posed(arms: float, knees: float = 0.0, lean: float = 0.0) -> PosedJoints:
    """One frame of a person with arms lowered, knees bent and the body leaning by so many degrees."""
    places = rest_joints(BodyShape(), arms)
    turns = np.tile(np.eye(3), (1, len(JOINTS), 1, 1))
    positions = places[None] @ about("x", lean).T
    for side in ("Left", "Right"):
        for part in ("Foot", "ToeBase"):
            j, knee = JOINTS.index(side + part), JOINTS.index(side + "Leg")
            positions[0, j] = positions[0, knee] + about("x", -knees) @ (positions[0, j] - positions[0, knee])
    return PosedJoints(JOINTS, positions, turns, {})


@pytest.mark.parametrize(
    ("pose", "expected"),
    [
        (posed(0.0), True),
        (posed(45.0), True),
        (posed(0.0, lean=8.0), True),
        (posed(80.0), False),
        (posed(0.0, knees=40.0), False),
        (posed(0.0, lean=60.0), False),
        (posed(-60.0), False),
    ],
)
def test_bind_poses_are_told_from_people_who_stand(pose: PosedJoints, expected: bool) -> None:
    assert is_bind_pose(pose, 0) is expected


@pytest.mark.parametrize("heading", [0.0, 90.0, -135.0])
def test_a_frame_as_reference_faces_the_front(heading: float) -> None:
    turn = about("z", heading)
    flat = rest_joints(BodyShape(), 30.0)
    figure = PosedJoints(JOINTS, (flat @ turn.T)[None], np.tile(turn, (1, len(JOINTS), 1, 1)), {})
    reference = pose_of_frame(figure, 0)
    np.testing.assert_allclose(reference.directions, limb_directions(flat), atol=1e-9)
    np.testing.assert_allclose(reference.rotations, np.tile(np.eye(3), (len(JOINTS), 1, 1)), atol=1e-9)


def test_a_limb_that_never_bends_and_a_clip_of_one_frame_have_a_reference() -> None:
    for frames in (1, 5):
        still = np.tile(np.eye(3), (frames, len(JOINTS), 1, 1))
        rest = rest_joints(BodyShape(), 80.0)
        figure = PosedJoints(JOINTS, np.tile(rest, (frames, 1, 1)), still, {})
        reference = find_reference_pose(figure)
        assert np.isfinite(reference.rotations).all()
        np.testing.assert_allclose(np.linalg.det(reference.rotations), 1.0, atol=1e-9)
        # Arms that hang are arms of a T pose that were lowered.
        arm = JOINTS.index("LeftArm")
        np.testing.assert_allclose(reference.rotations[arm], about("y", -80.0), atol=0.1)
