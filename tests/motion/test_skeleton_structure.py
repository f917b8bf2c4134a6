"""Skeletons whose names say nothing: joints by structure, in any axes, on own and on real files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.rotations import about
from dsia_gen.motion.humanoid import load_clip
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeleton import JOINTS, LIMBS, PARENTS, REQUIRED, match_joints, rest_joints
from dsia_gen.motion.skeleton_structure import joints_by_structure
from dsia_gen.spec.asset import BodyShape
from tests.motion.schemes import SCHEMES, skeleton
from tests.motion.small_bvh import SKELETON, write_bvh

_PARENTS = [JOINTS.index(p) if p else -1 for p in PARENTS.values()]


@pytest.mark.parametrize("arms_down", [0.0, 50.0])
@pytest.mark.parametrize("turn", [np.eye(3), about("x", -90.0), about("z", 137.0), about("y", 90.0) @ about("z", 45.0)])
def test_the_canonical_skeleton_is_found_in_any_axes(turn: np.ndarray, arms_down: float) -> None:
    rest = 37.0 * rest_joints(BodyShape(), arms_down) @ turn.T
    found = joints_by_structure(rest, _PARENTS)
    assert {name: JOINTS[i] for name, i in found.items()} == {name: name for name in found}
    assert set(REQUIRED) | set(LIMBS) | {"Head", "Spine", "Spine2"} <= set(found)


def test_twist_bones_and_fingers_are_passed_over() -> None:
    names, parents, at = list(JOINTS), list(_PARENTS), list(rest_joints(BodyShape()))

    def add(name: str, parent: str, place: np.ndarray) -> None:
        names.append(name)
        parents.append(names.index(parent))
        at.append(place)

    for side in ("Left", "Right"):
        knee, hand = (at[names.index(side + part)] for part in ("Leg", "Hand"))
        add(side + "Twist", side + "UpLeg", knee + np.array([0.0, 0.0, 0.2]))
        for k in range(4):
            add(f"{side}Finger{k}", side + "Hand", hand + np.array([np.sign(hand[0]) * 0.08, 0.02 * k, 0.0]))
    found = joints_by_structure(np.array(at), parents)
    assert all(names[found[joint]] == joint for joint in (*REQUIRED, *LIMBS, "LeftHand", "RightHand"))


@pytest.mark.parametrize("extras", [False, True])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_any_skeleton_under_names_that_mean_nothing(scheme: str, extras: bool) -> None:
    given = skeleton(scheme, extras=extras)
    found = match_joints([f"zz{k}" for k in range(len(given.names))], given.parents, given.places @ about("x", 90.0).T)
    wanted = {j: b for j, b in given.joints.items() if j in (*REQUIRED, *LIMBS, "LeftHand", "RightHand", "Head")}
    assert {joint: found.get(joint) for joint in wanted} == wanted


@pytest.mark.parametrize("knees", [-0.03, 0.0])
@pytest.mark.parametrize("turn", [np.eye(3), about("x", -90.0)])
def test_without_toes_knees_or_the_axes_of_files_tell_left_from_right(turn: np.ndarray, knees: float) -> None:
    keep = [k for k, joint in enumerate(JOINTS) if not joint.endswith("ToeBase")]
    rest = rest_joints(BodyShape())
    rest[[JOINTS.index(side + "Leg") for side in ("Left", "Right")], 1] += knees
    found = joints_by_structure(
        rest[keep] @ turn.T, [keep.index(_PARENTS[k]) if _PARENTS[k] >= 0 else -1 for k in keep]
    )
    assert {j: JOINTS[keep[i]] for j, i in found.items()} == {j: j for j in found}
    assert set(REQUIRED) | set(LIMBS) <= set(found)


def test_without_toes_names_tell_left_from_right() -> None:
    keep = [k for k, joint in enumerate(JOINTS) if not joint.endswith("ToeBase")]
    places, parents = (
        rest_joints(BodyShape())[keep],
        [keep.index(_PARENTS[k]) if _PARENTS[k] >= 0 else -1 for k in keep],
    )
    turned = places * [-1, -1, 1]  # looks along +Y
    names = [("Left " if "Left" in JOINTS[k] else "Right " if "Right" in JOINTS[k] else "") + f"zz{k}" for k in keep]
    found = match_joints(names, parents, turned)
    assert {j: JOINTS[keep[i]] for j, i in found.items()} == {j: j for j in found}


def test_tails_of_hair_are_not_arms() -> None:
    names, parents, at = list(JOINTS), list(_PARENTS), list(rest_joints(BodyShape()))
    for x in (0.1, -0.1):
        for k in range(8):
            parents.append(names.index("Head") if k == 0 else len(names) - 1)
            names.append(f"tail{k}")
            at.append(at[JOINTS.index("Head")] + np.array([x, 0.1 + 0.02 * k, 0.1 - 0.13 * k]))
    found = joints_by_structure(np.array(at), parents)
    assert all(names[found[joint]] == joint for joint in (*REQUIRED, *LIMBS))


def test_what_is_no_humanoid_is_not_found() -> None:
    chain = np.column_stack([np.zeros(6), np.zeros(6), np.arange(6.0)])
    assert joints_by_structure(chain, [-1, 0, 1, 2, 3, 4]) == {}


def test_a_motion_of_bones_without_names_is_the_same_motion(tmp_path: Path) -> None:
    frames = [((0.0, 90.0, 3.0 * t), {"LeftArm": (20.0, 0.0, 0.0), "RightLeg": (0, 0, 3.0 * t)}) for t in range(8)]
    nameless = {name: f"bone{k}" for k, name in enumerate(SKELETON)}
    a = load_clip(write_bvh(tmp_path / "a.bvh", frames), 24)
    b = load_clip(write_bvh(tmp_path / "b.bvh", frames, rename=nameless), 24)
    shared = [j for j in a.joints if j in b.joints]
    assert set(LIMBS) <= set(shared)
    pick = [[clip.joints.index(j) for j in shared] for clip in (a, b)]
    np.testing.assert_allclose(a.rotations[:, pick[0]], b.rotations[:, pick[1]], atol=1e-9)
    np.testing.assert_allclose(a.hips, b.hips, atol=1e-9)


@pytest.mark.shared
def test_real_skeletons_are_found_without_their_names(shared: Path) -> None:
    folder = shared / "assets" / "motions"
    for path in [*sorted(folder.glob("*.bvh")), folder / "asfamc" / "02_01.amc"]:
        motion = read_motion(path)
        named = match_joints(motion.names, motion.parents)
        found = match_joints([f"bone{k}" for k in range(len(motion.names))], motion.parents, motion.rest_positions())
        assert {j: found.get(j) for j in (*REQUIRED, *LIMBS)} == {j: named[j] for j in (*REQUIRED, *LIMBS)}, path.name
