"""Loops: periodic motion goes on as it was, seams do not jump, the way goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.rotations import about, quaternion
from dsia_gen.motion.clip import CanonicalClip, turned
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import load_clip
from dsia_gen.motion.loop_extension import FASTER, extend_in_loop
from dsia_gen.spec.asset import BodyShape

FPS = 30.0
REAL = ["cmuconv_02_01_walk", "cmuconv_02_03_run", "ad_cmu1_jumping_jacks", "cmu_05_06_dance"]


def turns(clip: CanonicalClip) -> np.ndarray:
    """Radians that each joint turns from frame to frame."""
    dots = np.abs(np.sum(clip.rotations[1:] * clip.rotations[:-1], axis=-1))
    return 2 * np.arccos(np.clip(dots, 0, 1))


def steps(clip: CanonicalClip) -> np.ndarray:
    return np.linalg.norm(np.diff(clip.hips, axis=0), axis=1)


def test_a_walk_goes_on_as_if_it_had_been_longer() -> None:
    body = BodyShape()
    short, long = (gait_motion("walk", body, FPS, frames) for frames in (80, 240))
    endless = extend_in_loop(short, 240)
    assert len(endless) == 240 and endless.foot_contact is not None and len(endless.foot_contact) == 240
    assert turns(endless).max() <= 1.1 * turns(short).max()
    np.testing.assert_allclose(endless.hips[-1, 1], long.hips[-1, 1], rtol=0.05)
    np.testing.assert_allclose(endless.rotations[:60], short.rotations[:60])


def test_the_way_goes_on_in_the_direction_of_the_body() -> None:
    # A quarter of a circle, three times: three quarters.
    body = BodyShape()
    clip = gait_motion("walk", body, FPS, 90, turn_rate=30.0)
    endless = extend_in_loop(clip, 270)
    assert steps(endless).max() < 1.3 * steps(clip).max()
    change = np.unwrap(endless.heading)
    assert change[-1] - change[0] == pytest.approx(np.radians(270.0), abs=np.radians(20.0))


def test_a_clip_that_never_repeats_still_has_no_jump() -> None:
    """One arm rises by 90 degrees and stays: no two moments are alike and half a clip apart."""
    rest = gait_motion("idle", BodyShape(), FPS, 45)
    arm = rest.joints.index("LeftArm")
    rotations = rest.rotations.copy()
    rotations[:, arm] = quaternion(about("y", np.linspace(0, 90, 45)))
    clip = replace(rest, rotations=rotations)
    endless = extend_in_loop(clip, 200)
    assert turns(endless).max() <= FASTER * turns(clip).max() + 1e-9
    assert steps(endless).max() < 0.02


def test_two_frames_and_one_can_be_looped() -> None:
    clip = gait_motion("walk", BodyShape(), FPS, 2)
    assert len(extend_in_loop(clip, 9)) == 9
    assert len(extend_in_loop(gait_motion("walk", BodyShape(), FPS, 1), 4)) == 4


def test_a_loop_does_not_depend_on_the_heading() -> None:
    clip = gait_motion("walk", BodyShape(), FPS, 80)
    a, b = extend_in_loop(turned(clip, 1.0), 150), turned(extend_in_loop(clip, 150), 1.0)
    np.testing.assert_allclose(a.hips, b.hips, atol=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["cmuconv_02_01_walk", "cmuconv_02_03_run", "ad_cmu1_jumping_jacks", "cmu_05_06_dance"]
)
def test_real_clips_loop_without_a_jump(shared: Path, name: str) -> None:
    clip = load_clip(shared / "assets" / "motions" / f"{name}.bvh", FPS)
    endless = extend_in_loop(clip, 3 * len(clip))
    assert turns(endless).max() <= FASTER * turns(clip).max()
    assert steps(endless).max() <= FASTER * steps(clip).max()
    if "walk" in name or "run" in name:
        assert np.linalg.norm(endless.hips[-1, :2]) > 2.5 * np.linalg.norm(clip.hips[-1, :2])
