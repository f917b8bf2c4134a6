"""Humanoid clips do not depend on the axes, units, rate or heading of their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import about, rotation_matrix, unit
from dsia_gen.motion.clip import CanonicalClip, start_at_origin, turned
from dsia_gen.motion.humanoid import has_leading_bind_pose, load_clip, to_motion
from dsia_gen.motion.skeleton import JOINTS
from tests.motion.small_bvh import write_bvh

STANDING = ((0.0, 90.0, 0.0), {})


# --- clips ----------------------------------------------------------------------------------------------------


def assert_same(a: CanonicalClip, b: CanonicalClip, tolerance: float = 1e-6) -> None:
    assert a.joints == b.joints
    np.testing.assert_allclose(rotation_matrix(a.rotations), rotation_matrix(b.rotations), atol=tolerance)
    np.testing.assert_allclose(a.hips, b.hips, atol=tolerance)
    np.testing.assert_allclose(a.rest_directions, b.rest_directions, atol=tolerance)


def test_a_rest_pose_has_no_rotation_and_stands_one_leg_high(tmp_path: Path) -> None:
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [STANDING] * 4), 24)
    assert clip.joints == JOINTS
    np.testing.assert_allclose(rotation_matrix(clip.rotations), np.broadcast_to(np.eye(3), (4, 22, 3, 3)), atol=1e-6)
    np.testing.assert_allclose(clip.hips, np.broadcast_to([0.0, 0.0, 1.0], (4, 3)), atol=1e-3)
    np.testing.assert_allclose(clip.rest_directions[JOINTS.index("LeftArm")], [1, 0, 0], atol=1e-9)
    np.testing.assert_allclose(clip.rest_directions[JOINTS.index("LeftLeg")], [0, 0, -1], atol=1e-9)
    assert clip.rest_directions[JOINTS.index("LeftFoot")][1] < -0.9, "toes to -Y"


def test_axes_and_units_of_the_file_do_not_matter(tmp_path: Path) -> None:
    walk = [((0.0, 90.0, 4.0 * t), {}) for t in range(6)]
    plain = load_clip(write_bvh(tmp_path / "a.bvh", walk), 24)
    np.testing.assert_allclose(plain.hips[-1, :2], [0, -20 / (80 * 0.53 / 0.491)], atol=1e-6)
    assert_same(plain, load_clip(write_bvh(tmp_path / "b.bvh", walk, unit=0.0254), 24), 1e-4)
    assert_same(plain, load_clip(write_bvh(tmp_path / "c.bvh", walk, z_up=True), 24))


def test_the_heading_at_the_start_does_not_matter(tmp_path: Path) -> None:
    arm = {"LeftArm": (40.0, 0.0, 0.0)}
    straight = [((0.0, 90.0, 3.0 * t), arm) for t in range(6)]
    aside = [((3.0 * t, 90.0, 0.0), arm | {"Hips": (0.0, 90.0, 0.0)}) for t in range(6)]
    a = load_clip(write_bvh(tmp_path / "a.bvh", straight), 24)
    assert_same(a, load_clip(write_bvh(tmp_path / "b.bvh", aside), 24))


def test_deltas_are_world_rotations_from_the_rest_pose(tmp_path: Path) -> None:
    # Y-up file: 30 degrees about Z lifts the left arm; in canonical axes that is -30 about Y.
    lifted = ((0, 90, 0), {"LeftArm": (30.0, 0.0, 0.0)})
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [STANDING, *[lifted] * 3]), 24)
    turn = rotation_matrix(clip.rotations)[1]
    for joint in ("LeftArm", "LeftForeArm", "LeftHand"):
        np.testing.assert_allclose(turn[JOINTS.index(joint)], about("y", -30.0), atol=1e-6)
    np.testing.assert_allclose(turn[JOINTS.index("RightArm")], np.eye(3), atol=1e-6)


def test_a_bind_pose_before_the_motion_is_dropped(tmp_path: Path) -> None:
    arms = {
        "LeftArm": (-75.0, 0.0, 0.0),
        "RightArm": (75.0, 0.0, 0.0),
        "Hips": (0.0, 60.0, 0.0),
        "LeftLeg": (0, 0, 40.0),
    }
    arms |= dict.fromkeys(("Spine", "Neck", "LeftUpLeg", "RightUpLeg"), (50.0, 0.0, 0.0))
    moving = [((0.0, 90.0, 2.0 * t), arms) for t in range(5)]
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [((0, 0, 0), {}), *moving]), 24)
    assert len(clip) == 5
    # It is the reference of the rest: what it says of the spine holds, though the figure never stands again.
    turn = rotation_matrix(clip.rotations)
    relative = turn[:, JOINTS.index("Hips")].transpose(0, 2, 1) @ turn[:, JOINTS.index("Spine")]
    np.testing.assert_allclose(relative, np.broadcast_to(about("y", -50.0), (5, 3, 3)), atol=1e-6)


def test_soles_are_flat_while_the_foot_stands(tmp_path: Path) -> None:
    # The ankles of this file rest 20 degrees off, and every frame takes that off again.
    tilt = {"LeftFoot": (0.0, 0.0, 20.0), "RightFoot": (0.0, 0.0, 20.0)}
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [((0, 90, 0), tilt)] * 6), 24)
    foot = rotation_matrix(clip.rotations)[:, JOINTS.index("LeftFoot")]
    np.testing.assert_allclose(foot @ [0, 0, 1], np.broadcast_to([0, 0, 1], (6, 3)), atol=1e-6)
    # The world direction of the limb is what it was: pitched by 20 degrees about the axis to the left.
    pitched = foot[0] @ clip.rest_directions[JOINTS.index("LeftFoot")]
    np.testing.assert_allclose(pitched, about("x", 20.0) @ unit(np.array([0, -13, -5.0])), atol=1e-6)


def test_resampling_halves_the_rate_and_keeps_the_path(tmp_path: Path) -> None:
    frames = [((0.0, 90.0, 1.0 * t), {"LeftArm": (2.0 * t, 0.0, 0.0)}) for t in range(41)]
    clip = load_clip(write_bvh(tmp_path / "a.bvh", frames, frame_time=1 / 120), 24)
    assert len(clip) == 9 and clip.fps == 24
    step = 5.0 / (80 * 0.53 / 0.491)
    np.testing.assert_allclose(np.diff(clip.hips[:, 1]), -step, atol=1e-6)
    arm = rotation_matrix(clip.rotations)[:, JOINTS.index("LeftArm")]
    for t in range(9):
        np.testing.assert_allclose(arm[t], about("y", -10.0 * t), atol=1e-6)


def test_start_and_length_are_honoured(tmp_path: Path) -> None:
    frames = [((0.0, 90.0, 0.0), {"LeftArm": (3.0 * t, 0.0, 0.0)}) for t in range(25)]
    path = write_bvh(tmp_path / "a.bvh", frames)
    clip = load_clip(path, 24, frames=5, start=0.5)
    arm = rotation_matrix(clip.rotations)[:, JOINTS.index("LeftArm")]
    np.testing.assert_allclose(arm[0], about("y", -36.0), atol=1e-5)
    with pytest.raises(AssetError, match=r"lasts 1\.00 s"):
        load_clip(path, 24, frames=5, start=-0.1)
    for frames_wanted, start in ((30, 0.0), (10, 0.8)):  # longer than the file: it goes on in a loop
        assert len(load_clip(path, 24, frames=frames_wanted, start=start)) == frames_wanted


def test_what_is_no_humanoid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "snake.bvh"
    joint = "OFFSET 0 1 0\nCHANNELS 3 Zrotation Yrotation Xrotation\n"
    path.write_text(
        f"HIERARCHY\nROOT a\n{{\n{joint}JOINT b\n{{\n{joint}}}\n}}\n"
        "MOTION\nFrames: 2\nFrame Time: 0.04\n0 0 0 0 0 0\n0 0 0 0 0 0\n"
    )
    with pytest.raises(AssetError, match=r"snake has no joint for Hips, LeftUpLeg.*humanoid"):
        load_clip(path, 24)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("OFFSET 0.000000 -40.000000 0.000000", "OFFSET 0 0 0"), "a thigh or a shank has no length"),
        (("OFFSET 0.000000 -40.000000 0.000000", "OFFSET 0 -1e300 0"), "a number is larger than 1e\\+09"),
    ],
)
def test_legs_that_no_person_has_are_refused(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    path = write_bvh(tmp_path / "a.bvh", [STANDING] * 2)
    path.write_text(path.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    with pytest.raises(AssetError, match=what):
        load_clip(path, 24)


def test_a_turn_turns_everything(tmp_path: Path) -> None:
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [((0.0, 90.0, 3.0 * t), {}) for t in range(5)]), 24)
    quarter = turned(clip, np.pi / 2)
    np.testing.assert_allclose(quarter.heading, np.pi / 2, atol=1e-6)
    np.testing.assert_allclose(quarter.hips[:, 0], -clip.hips[:, 1], atol=1e-9)
    assert_same(start_at_origin(quarter), clip)


def test_a_specification_holds_the_clip(tmp_path: Path) -> None:
    clip = load_clip(write_bvh(tmp_path / "a.bvh", [STANDING] * 3), 24)
    motion = to_motion(clip, (1.0, 2.0, 0.0), 0.5)
    assert motion.joints == JOINTS and motion.clip == "a" and motion.yaw == 0.5
    np.testing.assert_allclose(np.array(motion.rotations), clip.rotations, atol=1e-9)


@pytest.mark.shared
def test_real_clips_are_upright_face_forward_and_stand_on_the_floor(shared: Path) -> None:
    for path in sorted((shared / "assets" / "motions").glob("*.bvh")):
        clip = load_clip(path, 24)
        assert set(clip.joints) == set(JOINTS), path.name
        np.testing.assert_allclose(np.median(clip.hips[:, 2]), 1.0, atol=0.1, err_msg=path.name)
        assert abs(clip.heading[0]) < np.radians(15), path.name
        np.testing.assert_allclose(clip.hips[0, :2], 0.0, atol=1e-9)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["cmu_02_01_walk", "cmuconv_02_01_walk", "cmuconv_02_02_walk", "cmuconv_02_03_run"])
def test_real_walks_go_where_they_face(shared: Path, name: str) -> None:
    clip = load_clip(shared / "assets" / "motions" / f"{name}.bvh", 24)
    travel = clip.hips[-1] - clip.hips[0]
    assert travel[1] < -3.0 and abs(travel[0]) < 0.25 * abs(travel[1])


@pytest.mark.shared
def test_two_conversions_of_one_capture_give_one_path(shared: Path) -> None:
    folder = shared / "assets" / "motions"
    a, b = (load_clip(folder / f"{n}_02_01_walk.bvh", 24) for n in ("cmu", "cmuconv"))
    assert len(a) == len(b)
    np.testing.assert_allclose(np.linalg.norm(a.hips[-1, :2]), np.linalg.norm(b.hips[-1, :2]), rtol=0.1)


def test_a_first_step_that_is_out_of_proportion_is_a_bind_pose() -> None:
    def turned_by(*degrees: float) -> np.ndarray:
        return about("x", np.array(degrees))[:, None]

    assert has_leading_bind_pose(turned_by(0.0, 40.0, 41.0))
    assert not has_leading_bind_pose(turned_by(0.0, 40.0, 80.0))
    assert not has_leading_bind_pose(turned_by(0.0, 10.0, 10.5))
    assert not has_leading_bind_pose(turned_by(0.0, 40.0))
