"""A clip plays the same however it is written: local axes, up axis, units, rate and root of a file do not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dsia_gen.core.rotations import about, quaternion
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import canonical_clip, find_joints, to_motion
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import JOINTS, REQUIRED, limb_directions, rest_joints
from dsia_gen.spec.asset import BodyShape
from dsia_gen.spec.motion import HumanoidMotion
from tests.motion.rewriting import (
    below_a_root,
    clip,
    every_second,
    in_other_axes,
    other_local_axes,
    person,
    placed,
    played,
    target,
    targets,
)

CLIPS = ("walk", "run", "dance", "sneak", "jumping_jack", "turn")
MILLIMETRE = 1e-3


def as_motion(motion: SkeletalMotion, fps: float | None = None) -> HumanoidMotion:
    return to_motion(canonical_clip(motion, fps or 1.0 / motion.frame_time), (0.0, 0.0, 0.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_local_axes_do_not_matter(name: str) -> None:
    rng = np.random.default_rng(CLIPS.index(name))
    motion = clip(name, CLIPS.index(name))
    rewritten = [as_motion(other_local_axes(motion, rng)) for _ in range(5)]
    original = as_motion(motion)
    for character, skeleton in targets().items():
        wanted = played(skeleton, original)
        assert np.isfinite(wanted).all()
        for number, other in enumerate(rewritten):
            off = np.abs(played(skeleton, other) - wanted).max()
            assert off < MILLIMETRE, f"{character}, rewriting {number}: {1000 * off:.1f} mm"


def largest_difference(motion: SkeletalMotion, other: SkeletalMotion, fps: float | None = None) -> float:
    """Metres between joints of one character in two motions; they may be moved along the floor as wholes."""
    skeleton = targets()["adult, A pose"]
    a, b = (played(skeleton, as_motion(m, fps)) for m in (motion, other))
    assert a.shape == b.shape and np.isfinite(a).all()
    return float(np.abs(a - b).max())


@pytest.mark.parametrize("unit", [0.01, 0.1, 1.0, 2.54, 30.48, 100.0])
def test_units_do_not_matter(unit: float) -> None:
    motion = clip("walk")
    assert largest_difference(motion, in_other_axes(motion, np.eye(3), unit)) < MILLIMETRE


@pytest.mark.parametrize("up", range(6))
def test_the_up_axis_does_not_matter(up: int) -> None:
    turns = [np.roll(np.eye(3), k, axis=0) @ np.diag(s) for k in range(3) for s in ((1.0, 1, 1), (1.0, -1, -1))]
    motion = clip("dance")
    rewritten = other_local_axes(in_other_axes(motion, turns[up]), np.random.default_rng(up))
    assert largest_difference(motion, rewritten) < MILLIMETRE


def crawling() -> SkeletalMotion:
    """Hands and knees on the floor, level trunk, half a metre a second ahead."""
    down, turns = about("x", 90.0), np.tile(np.eye(3), (60, len(JOINTS), 1, 1))
    sway = about("z", 8.0 * np.sin(np.arange(60) / 6))
    for j, joint in enumerate(JOINTS):
        if joint in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head") or joint.endswith("Shoulder"):
            turns[:, j] = sway @ down
        elif joint.endswith(("LeftLeg", "RightLeg", "Foot", "ToeBase")):
            turns[:, j] = about("x", -90.0)
        elif joint.startswith("Left") and not joint.endswith("UpLeg"):
            turns[:, j] = about("y", 90.0)
        elif not joint.endswith("UpLeg"):
            turns[:, j] = about("y", -90.0)
    return from_turns(turns, np.column_stack([np.zeros(60), -np.arange(60) / 60, np.full(60, 0.55)]))


def from_turns(turns: np.ndarray, hips: np.ndarray) -> SkeletalMotion:
    directions = limb_directions(rest_joints(BodyShape()))
    return person(CanonicalClip(JOINTS, directions, quaternion(turns), hips, 30.0), BodyShape())


def test_up_is_known_of_people_who_crawl() -> None:
    motion = crawling()
    assert canonical_clip(motion, 30.0).hips[-1, 2] < 0.7, "close to the floor"
    for k in range(3):
        turned = in_other_axes(motion, np.roll(np.eye(3), k, axis=0))
        assert largest_difference(motion, other_local_axes(turned, np.random.default_rng(k))) < MILLIMETRE


@pytest.mark.parametrize("travels", [False, True])
def test_a_root_above_the_hips_does_not_matter(travels: bool) -> None:
    rng = np.random.default_rng(3)
    motion = clip("turn")
    below = below_a_root(motion, travels, rng)
    assert largest_difference(motion, below) < MILLIMETRE
    assert largest_difference(motion, other_local_axes(below, rng)) < MILLIMETRE


def test_a_mirrored_skeleton_moves_as_the_person_did() -> None:
    motion = clip("walk")
    assert largest_difference(motion, in_other_axes(motion, np.diag([-1.0, 1.0, 1.0]))) < MILLIMETRE


def test_the_frame_rate_does_not_matter() -> None:
    motion = clip("walk", frames=97, fps=60.0)
    assert largest_difference(motion, every_second(motion), fps=30.0) < 5 * MILLIMETRE


@pytest.mark.parametrize("name", ["walk", "march", "jog", "dance", "sneak", "jumping_jack"])
def test_bones_without_names_and_with_other_axes_are_known_by_how_they_move(name: str) -> None:
    motion = clip(name)
    rewritten = other_local_axes(motion, np.random.default_rng(4))
    nameless = replace(rewritten, names=tuple(f"bone{k}" for k in range(len(motion.names))))
    assert {joint: motion.names[index] for joint, index in find_joints(nameless).items()} == {j: j for j in JOINTS}
    assert largest_difference(motion, nameless) < MILLIMETRE


OPTIONAL = tuple(j for j in JOINTS if j not in REQUIRED)


@pytest.mark.parametrize("joint", OPTIONAL)
def test_a_joint_that_a_clip_does_not_drive_follows_its_parent(joint: str) -> None:
    rng = np.random.default_rng(8)
    walk = gait_motion("dance", BodyShape(), 30.0, 24)
    motion = as_motion(person(walk, BodyShape(), (joint,)))
    assert len(motion.joints) == len(JOINTS) - 1
    (joint,) = set(JOINTS) - set(motion.joints)  # bones of the spine are shared out among those that there are
    skeleton = target(BodyShape(height=1.7), 30.0, rng)
    deltas, _ = placed(skeleton, motion)
    turns = skeleton.turns(deltas)
    bone = skeleton.joints[joint]
    np.testing.assert_allclose(turns[:, bone], turns[:, skeleton.parents[bone]], atol=1e-9)
    assert np.isfinite(played(skeleton, motion)).all()
    # All else moves as before, but for what hangs from the joint, and what was fitted from it.
    whole = played(skeleton, as_motion(person(walk, BodyShape())))
    feet = [skeleton.joints[side + "Foot"] for side in ("Left", "Right")]
    assert np.abs(played(skeleton, motion) - whole)[:, feet].max() < 0.03


@pytest.mark.parametrize("joint", OPTIONAL)
def test_a_character_without_a_joint_moves(joint: str) -> None:
    rng = np.random.default_rng(9)
    motion = as_motion(clip("dance"))
    places = played(target(BodyShape(), 30.0, rng, (joint,)), motion)
    whole = target(BodyShape(), 30.0, rng)
    assert np.isfinite(places).all()
    wanted = played(whole, motion)
    for name, bone in target(BodyShape(), 30.0, rng, (joint,)).joints.items():
        if name.endswith(("UpLeg", "Leg", "Foot")):
            assert np.abs(places[:, bone] - wanted[:, whole.joints[name]]).max() < 0.03, name
