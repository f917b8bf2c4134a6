"""SMPL motion in .npz: joint rotations of every release, and a sentence for every kind of broken file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.humanoid import canonical_clip
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeleton import JOINTS, PARENTS, rest_joints
from dsia_gen.motion.smpl import ORDER, SPREAD
from dsia_gen.spec.asset import BodyShape

Z_UP = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
"""From the axes of the body model, Y up, to those of AMASS."""


def capture(name: str = "walk", height: float = 1.7, frames: int = 60, up: Array = Z_UP) -> dict[str, Array]:
    """Poses (T, 66) and places (T, 3) of a gait as AMASS has them: the body faces -Y of its world."""
    body = BodyShape(height=height)
    gait = gait_motion(name, body, 30.0, frames)
    turns, rest = rotation_matrix(gait.rotations), rest_joints(body)
    to_model = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    world = {joint: to_model @ turns[:, j] @ to_model.T for j, joint in enumerate(JOINTS)}
    poses = []
    for joint in ORDER:
        parent = PARENTS[joint]
        local = up @ world[joint] if parent is None else world[parent].transpose(0, 2, 1) @ world[joint]
        poses.append(Rotation.from_matrix(local).as_rotvec())
    hips = gait.hips * rest[JOINTS.index("LeftUpLeg"), 2]
    pelvis = rest[JOINTS.index("Hips")] - (rest[JOINTS.index("LeftUpLeg")] + rest[JOINTS.index("RightUpLeg")]) / 2
    places = (hips + turns[:, 0] @ pelvis) @ (up @ to_model).T
    return {"poses": np.concatenate(poses, axis=1), "trans": places}


def save(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


def amass(path: Path, joints: int = 52, **changes) -> Path:
    held = capture()
    poses = np.concatenate([held["poses"], np.zeros((60, 3 * (joints - 22)))], axis=1)
    fields = {"poses": poses, "trans": held["trans"], "mocap_framerate": np.array(30.0), "gender": np.array("female")}
    return save(path, **(fields | {"betas": np.zeros(16)} | changes))


def limbs(path: Path) -> Array:
    clip = canonical_clip(read_motion(path), 30.0)
    return rotation_matrix(clip.rotations) @ clip.rest_directions[..., None]


def test_a_walk_is_the_walk_that_was_captured(tmp_path: Path) -> None:
    clip = canonical_clip(read_motion(amass(tmp_path / "a.npz")), 30.0)
    gait = gait_motion("walk", BodyShape(height=1.7), 30.0, 60)
    wanted, own = rotation_matrix(gait.rotations), rotation_matrix(clip.rotations)
    for joint in ("Hips", "Spine2", "Head", "LeftArm", "RightForeArm", "LeftHand"):
        j = JOINTS.index(joint)
        angle = Rotation.from_matrix(wanted[:, j].transpose(0, 2, 1) @ own[:, j]).magnitude()
        assert np.degrees(angle).max() < 3.0, joint
    # The zero pose of the format has its legs apart, which a direction of the rest states.
    thigh = clip.rest_directions[JOINTS.index("LeftUpLeg")]
    assert np.degrees(np.arccos(-thigh[2])) == pytest.approx(SPREAD, abs=1.0)
    travel, way = clip.hips[-1] - clip.hips[0], gait.hips[-1] - gait.hips[0]
    np.testing.assert_allclose(travel[:2], way[:2], atol=0.06 * np.linalg.norm(way))
    assert np.median(clip.hips[:, 2]) == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("height", [1.45, 1.7, 1.95])
def test_the_size_of_the_body_is_found_from_its_steps(tmp_path: Path, height: float) -> None:
    motion = read_motion(save(tmp_path / "a.npz", **capture(height=height), mocap_framerate=30))
    leg = sum(np.linalg.norm(motion.offsets[ORDER.index(j)]) for j in ("LeftLeg", "LeftFoot"))
    assert leg == pytest.approx((0.530 - 0.039) * height, rel=0.05)


def test_all_releases_are_one_motion(tmp_path: Path) -> None:
    held = capture()
    poses, trans = held["poses"], held["trans"]
    wanted = limbs(amass(tmp_path / "smplh.npz"))
    matrices = Rotation.from_rotvec(poses.reshape(-1, 3)).as_matrix().reshape(60, 22, 3, 3)
    others = {
        "smpl": {"poses": np.concatenate([poses, np.zeros((60, 6))], axis=1), "trans": trans, "fps": 30},
        "smplx": {
            "poses": np.concatenate([poses, np.zeros((60, 99))], axis=1),
            "trans": trans,
            "mocap_frame_rate": 30.0,
            "surface_model_type": "smplx",
        },
        "parts": {"root_orient": poses[:, :3], "pose_body": poses[:, 3:], "trans": trans, "mocap_frame_rate": 30.0},
        "estimates": {"global_orient": poses[:, None, :3], "body_pose": poses[:, 3:], "transl": trans, "fps": [30]},
        "joints": {"poses": poses.reshape(60, 22, 3), "trans": trans[:, None], "fps": 30},
        "matrices": {"poses": matrices, "trans": trans, "fps": 30},
        "AIST++": {"smpl_poses": poses, "smpl_trans": 94.0 * trans, "smpl_scaling": [94.0], "fps": 30},
        "single precision": {"poses": poses.astype(np.float32), "trans": trans.astype(np.float32), "fps": np.int64(30)},
    }
    for name, arrays in others.items():
        np.testing.assert_allclose(limbs(save(tmp_path / f"{name}.npz", **arrays)), wanted, atol=1e-4, err_msg=name)
    y_up = capture(up=np.eye(3))
    np.testing.assert_allclose(limbs(save(tmp_path / "y.npz", **y_up, fps=30)), wanted, atol=1e-6)


def test_what_a_file_does_not_say_is_told(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", poses=capture()["poses"])
    motion = read_motion(path)
    assert motion.frame_time == pytest.approx(1 / 30) and len(motion.notes) == 2
    assert "stays in place" in motion.notes[0] and "frame rate" in motion.notes[1]


def fault(changes: dict[str, object], what: str):
    return pytest.param(changes, what, id=what)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        fault({"poses": np.zeros((60, 60))}, "not of 22 joints"),
        fault({"poses": np.zeros(60)}, "not frames of joints"),
        fault({"poses": np.zeros((0, 156))}, "holds no numbers"),
        fault({"poses": np.full((60, 156), np.nan)}, "not finite"),
        fault({"poses": np.array([{"a": 1}], dtype=object)}, "cannot be read"),
        fault({"poses": np.array(["walk"])}, "holds no numbers"),
        fault({"poses": np.zeros((60, 22, 3, 3))}, "not rotations"),
        fault({"trans": np.zeros((59, 3))}, "does not fit 60 poses"),
        fault({"mocap_framerate": np.array(0.0)}, "frame rate"),
    ],
)
def test_broken_files_name_the_array(tmp_path: Path, changes: dict[str, object], what: str) -> None:
    with pytest.raises(AssetError, match=rf"a\.npz.*{what}"):
        read_motion(amass(tmp_path / "a.npz", **changes))


def test_files_that_hold_no_motion(tmp_path: Path) -> None:
    shape = save(tmp_path / "shape.npz", betas=np.zeros(16), gender=np.array("male"))
    with pytest.raises(AssetError, match=r"shape\.npz holds no motion of SMPL.*it has betas, gender"):
        read_motion(shape)
    (tmp_path / "text.npz").write_text("no archive", encoding="utf-8")
    whole = amass(tmp_path / "whole.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    for name in ("text.npz", "cut.npz", "absent.npz"):
        with pytest.raises(AssetError, match=name):
            read_motion(tmp_path / name)


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 156), }"
    head = head + b" " * (118 - len(head) - 1) + b"\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("poses.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + b"\0" * 64)
    with pytest.raises(AssetError, match=r"poses cannot be read"):
        read_motion(path)
