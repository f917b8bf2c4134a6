"""Each check of plausibility finds its fault, and nothing in figures that move as people do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.rotations import Array, about
from dsia_gen.motion.gait_data import GAITS
from dsia_gen.motion.humanoid import canonical_clip, find_joints, in_z_up
from dsia_gen.motion.plausibility import implausible
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeleton import JOINTS
from tests.motion.rewriting import clip, other_local_axes

Joints = dict[str, Array]


def figure(name: str = "walk") -> Joints:
    """Joints of a gait in metres, on the floor at 0."""
    motion = clip(name)
    positions, _ = in_z_up(motion, find_joints(motion))
    return {joint: positions[:, j] / 100.0 for j, joint in enumerate(JOINTS)}


def checks(joints: Joints, **limits) -> set[str]:
    return {fault.check for fault in implausible(joints, **limits)}


@pytest.mark.parametrize("name", GAITS)
def test_nothing_is_found_in_gaits(name: str) -> None:
    assert implausible(figure(name), sizes=(1.0, 2.0)) == []


def not_finite(joints: Joints) -> Joints:
    return joints | {"LeftToeBase": np.full_like(joints["LeftToeBase"], np.nan)}


def upside_down(joints: Joints) -> Joints:
    return {name: places * [1, -1, -1] + np.array([0, 0, 1.7]) for name, places in joints.items()}


def bent_over(joints: Joints) -> Joints:
    turn, hips = about("x", 170.0), joints["Hips"]
    trunk = [j for j in JOINTS if not j.endswith(("Hips", "Leg", "Foot", "ToeBase"))]
    return joints | {j: hips + (joints[j] - hips) @ turn.T for j in trunk}


def knees_like_elbows(joints: Joints) -> Joints:
    changed = dict(joints)
    for side in ("Left", "Right"):
        hip, knee, ankle = (joints[side + part] for part in ("UpLeg", "Leg", "Foot"))
        middle = (hip + ankle) / 2
        changed[side + "Leg"] = middle - 3.0 * (knee - middle) + np.array([0.0, 0.25, 0.0])
    return changed


def feet_to_the_back(joints: Joints) -> Joints:
    changed = dict(joints)
    for side in ("Left", "Right"):
        foot, toe = joints[side + "Foot"], joints[side + "ToeBase"]
        changed[side + "ToeBase"] = foot + (toe - foot) * [-1, -1, 1]
    return changed


def turned_trunk(joints: Joints) -> Joints:
    return joints | {"LeftArm": joints["RightArm"], "RightArm": joints["LeftArm"]}


def stretched(joints: Joints) -> Joints:
    """Feet that hang from the root stay where they are while the body goes."""
    changed = dict(joints)
    for side in ("Left", "Right"):
        for part in ("Foot", "ToeBase"):
            changed[side + part] = joints[side + part][:1] + (joints[side + part] - joints[side + part][:1]) * [0, 0, 1]
    return changed


def afloat(joints: Joints) -> Joints:
    return {name: places + np.array([0, 0, 1.0]) for name, places in joints.items()}


def sunk(joints: Joints) -> Joints:
    return {name: places - np.array([0, 0, 0.5]) for name, places in joints.items()}


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (not_finite, "finite"),
        (upside_down, "upright"),
        (bent_over, "upright"),
        (knees_like_elbows, "backwards"),
        (feet_to_the_back, "backwards"),
        (turned_trunk, "backwards"),
        (stretched, "lengths"),
        (afloat, "floor"),
        (sunk, "floor"),
    ],
)
def test_each_check_finds_its_fault(fault: Callable[[Joints], Joints], check: str) -> None:
    joints = fault(figure("run" if fault is knees_like_elbows else "walk"))
    found = implausible(joints)
    assert check in {f.check for f in found}, found
    # In any unit and place.
    moved = {name: 39.37 * (places + np.array([3.0, -2.0, 0.0])) for name, places in joints.items()}
    assert [f.check for f in implausible(moved)] == [f.check for f in found]


def test_sizes_are_checked_where_they_are_known() -> None:
    giant = {name: 3.0 * places for name, places in figure().items()}
    assert checks(giant) == set()
    assert checks(giant, sizes=(0.5, 2.6)) == {"size"}


def test_axes_of_the_file_make_no_fault() -> None:
    motion = other_local_axes(clip("run"), np.random.default_rng(2))
    positions, _ = in_z_up(motion, find_joints(motion))
    assert implausible({j: positions[:, k] for k, j in enumerate(JOINTS)}) == []


@pytest.mark.shared
def test_nothing_is_found_in_real_clips(shared: Path) -> None:
    for path in sorted((shared / "assets" / "motions").glob("*.bvh")):
        motion = read_motion(path)
        found = find_joints(motion)
        positions, _ = in_z_up(motion, found)
        floor = float(positions[:, [found["LeftFoot"], found["RightFoot"]], 2].min())
        assert implausible({j: positions[:, i] for j, i in found.items()}, floor=floor) == [], path.name
        assert len(canonical_clip(motion, 24.0)) > 1
