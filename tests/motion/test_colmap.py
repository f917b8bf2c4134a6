"""COLMAP's sparse models, text and binary, against poses that are known."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import about, quaternion
from dsia_gen.motion.trajectory import load_trajectory, read_trajectory


def truth() -> np.ndarray:
    """(3, 4, 4) camera to world: steps along x while turning about y."""
    poses = np.tile(np.eye(4), (3, 1, 1))
    for i, pose in enumerate(poses):
        pose[:3, :3], pose[:3, 3] = about("y", 10.0 * i), (i, 0.1 * i, 2.0)
    return poses


def rows() -> list[tuple[str, np.ndarray, np.ndarray]]:
    inverse = np.linalg.inv(truth())
    listed = [(f"f{i}.png", quaternion(m[None, :3, :3])[0], m[:3, 3]) for i, m in enumerate(inverse)]
    return [listed[2], listed[0], listed[1]]  # COLMAP keeps no order


def write_text(folder: Path, camera: str = "7 OPENCV 640 480 320 240 160 120 0 0 0 0") -> Path:
    lines = ["# Image list"]
    for i, (name, turn, shift) in enumerate(rows()):
        lines += [f"{i + 1} {' '.join(map(str, [*turn, *shift]))} 7 {name}", "1.0 2.0 -1" if i else ""]
    (folder / "images.txt").write_text("\n".join(lines) + "\n")
    (folder / "cameras.txt").write_text(f"# Cameras\n{camera}\n")
    return folder / "images.txt"


def write_binary(folder: Path) -> Path:
    data = struct.pack("<Q", 3)
    for i, (name, turn, shift) in enumerate(rows()):
        data += struct.pack("<I7dI", i, *turn, *shift, 7) + name.encode() + b"\0"
        data += struct.pack("<Q", i) + struct.pack("<ddq", 1, 2, -1) * i
    (folder / "images.bin").write_bytes(data)
    (folder / "cameras.bin").write_bytes(struct.pack("<QIiQQ4d", 1, 7, 1, 640, 480, 320, 240, 160, 120))
    return folder / "images.bin"


@pytest.mark.parametrize("write", [write_text, write_binary])
def test_poses_are_inverted_and_put_in_order(tmp_path: Path, write) -> None:
    course = read_trajectory(write(tmp_path))
    np.testing.assert_allclose(course.poses, truth(), atol=1e-9)
    np.testing.assert_allclose(course.times, np.arange(3) / 30)
    assert course.intrinsics is not None
    np.testing.assert_allclose(course.intrinsics, np.tile([0.5, 0.5, 0.25, 0.25], (3, 1)))
    assert load_trajectory(tmp_path / write(tmp_path).name).extent == pytest.approx(course.extent)


def test_a_camera_with_one_focal_length(tmp_path: Path) -> None:
    course = read_trajectory(write_text(tmp_path, "7 SIMPLE_RADIAL 640 480 320 320 240 0.1"))
    assert course.intrinsics is not None
    np.testing.assert_allclose(course.intrinsics[0], [0.5, 320 / 480, 0.5, 0.5])


@pytest.mark.parametrize(("name", "text"), [
    ("cameras.txt", "8 PINHOLE 1 1 1 1 1 1\n"), ("cameras.txt", "7 PINHOLE a b c d\n"), ("images.txt", "1 0 0 0\n"),
    ("images.txt", "1 0 0 0 0 0 0 0 7 a\n\n2 0 0 0 0 0 0 0 7 b\n"), ("images.txt", "# none\n"),
])  # fmt: skip
def test_broken_models_are_named(tmp_path: Path, name: str, text: str) -> None:
    path = write_text(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(AssetError, match=r"images\.txt"):
        read_trajectory(path)


def test_a_cut_off_binary_is_named(tmp_path: Path) -> None:
    path = write_binary(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(AssetError, match=r"images\.bin is not a readable COLMAP"):
        read_trajectory(path)
