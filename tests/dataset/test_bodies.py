"""Characters that no person could be are found in the description of a scene."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from dsia_gen.core.rotations import Array, rotation_matrix
from dsia_gen.dataset.checks.bodies import characters_stand
from dsia_gen.dataset.documents.scene_document import InstanceEntry
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.skeleton import JOINTS, forward_kinematics, leg_length, rest_joints
from dsia_gen.spec.asset import BodyShape


def walking() -> Array:
    """(T, 22, 3) joints of a walking person."""
    body = BodyShape()
    clip, rest = gait_motion("walk", body, 12, 12), rest_joints(body)
    assert clip.joints == JOINTS
    return forward_kinematics(rest, rotation_matrix(clip.rotations), clip.hips * leg_length(rest))


def findings(places: Array, **changes: object) -> list[tuple[str, str]]:
    joints = {joint: places[:, k].tolist() for k, joint in enumerate(JOINTS)}
    fields = {"joints": joints, "positions": [(0.0, 0.0, 0.0)]} | changes
    entry = InstanceEntry(
        id=3, asset_id="own/person", kind="character", role="foreground", moves=True, quaternions=None, visibility={},
        **fields,
    )  # fmt: skip
    scene = SimpleNamespace(instances={3: entry})
    return [(finding.severity, finding.message) for finding in characters_stand(scene)]


def test_a_person_who_walks_is_one() -> None:
    assert findings(walking()) == []
    assert findings(walking() + np.array([0, 0, 1.2]), positions=[(0.0, 0.0, 1.2)]) == [], "on a platform"
    assert findings(2 * walking(), scale=2.0) == []


def test_scenes_without_joints_are_not_judged() -> None:
    assert findings(walking(), joints={}) == []


def stretched(at: Array) -> Array:
    at = at.copy()
    at[5:, JOINTS.index("LeftFoot")] += [0.0, 1.5, 0.0]
    return at


def backwards(at: Array) -> Array:
    at = at.copy()
    for side in ("Left", "Right"):
        foot, toe = JOINTS.index(side + "Foot"), JOINTS.index(side + "ToeBase")
        at[:, toe] = 2 * at[:, foot] - at[:, toe]
    return at


@pytest.mark.parametrize(
    ("spoil", "severity", "said"),
    [
        (lambda at: at * np.array([1, -1, -1]) + np.array([0, 0, 1.8]), "error", "above the hips"),
        (stretched, "error", "changes its length"),
        (lambda at: 3.0 * at, "error", "is not"),
        (lambda at: 0.1 * at, "error", "is not"),
        (lambda at: at + np.array([0, 0, 4.0]), "warning", "floor"),
        (lambda at: at - np.array([0, 0, 0.9]), "warning", "floor"),
        (backwards, "warning", "backwards"),
    ],
)
def test_each_fault_is_found(spoil: Callable[[Array], Array], severity: str, said: str) -> None:
    found = findings(spoil(walking()))
    assert any(level == severity and said in message for level, message in found), found


def test_joints_of_different_times_are_told() -> None:
    at = walking()
    joints = {joint: at[:, k].tolist() for k, joint in enumerate(JOINTS)}
    joints["Head"] = joints["Head"][:3]
    ((level, message),) = findings(at, joints=joints)
    assert level == "error" and "different numbers" in message
