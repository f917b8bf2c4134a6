"""One camera path in every format gives one camera path; what is no path is refused with its reason, or not taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.motion.trajectory import load_trajectory, may_be_trajectory, read_recording, read_trajectory
from dsia_gen.motion.trajectory_writer import trajectory_text
from tests.motion import camera_files as files
from tests.motion.camera_files import WRITERS, orbit


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
def test_the_same_path_comes_back(tmp_path: Path, write) -> None:
    truth = orbit()
    path = write(tmp_path, truth)
    assert may_be_trajectory(path)
    read = read_trajectory(path)
    np.testing.assert_allclose(read.poses, truth.poses, atol=1e-6)
    np.testing.assert_allclose(read.times, truth.times, atol=1e-5)
    np.testing.assert_allclose(load_trajectory(path).poses, truth.levelled().poses, atol=1e-6)


@pytest.mark.parametrize("write", [files.transforms, files.record3d, files.colmap_text], ids=lambda w: w.__name__)
def test_lenses_are_fractions_of_the_image(tmp_path: Path, write) -> None:
    intrinsics = read_trajectory(write(tmp_path, orbit())).intrinsics
    assert intrinsics is not None
    np.testing.assert_allclose(intrinsics, np.tile([0.5, 0.9, 0.5, 0.5], (12, 1)))


def test_a_field_of_view_is_a_lens(tmp_path: Path) -> None:
    intrinsics = read_trajectory(files.nerf_synthetic(tmp_path, orbit())).intrinsics
    assert intrinsics is not None
    assert intrinsics[0, 0] == pytest.approx(0.5 / np.tan(0.6)) == intrinsics[0, 1]


@pytest.mark.parametrize(
    ("write", "notes"),
    [
        (files.tum_lost, "3 of 15 poses are lost"),
        (files.scannet, "1 of 13 poses are lost"),
        (files.replica, "states no times: 30 poses a second assumed"),
        (files.euroc, "no cam0/sensor.yaml"),
        (files.colmap_binary, "camera model 11 is not known"),
    ],
)
def test_what_was_assumed_or_left_out_is_said(tmp_path: Path, write, notes: str) -> None:
    assert notes in "; ".join(read_recording(write(tmp_path, orbit())).notes)


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
def test_one_pose_is_refused_with_the_reason(tmp_path: Path, write) -> None:
    one = orbit(1)
    path = write(tmp_path, one)
    assert may_be_trajectory(path)
    with pytest.raises(AssetError, match="1 camera pose;"):
        read_trajectory(path)


@pytest.mark.parametrize("newline", ["\r\n", "\n\n", "  \n"])
@pytest.mark.parametrize("mark", ["", "﻿"])
@pytest.mark.parametrize("write", [files.tum, files.kitti, files.euroc, files.tartanair, files.stray, files.re10k])
def test_line_ends_and_marks_change_nothing(tmp_path: Path, write, mark: str, newline: str) -> None:
    path = write(tmp_path, orbit())
    path.write_bytes((mark + path.read_text().replace("\n", newline)).encode())
    assert may_be_trajectory(path)
    np.testing.assert_allclose(read_trajectory(path).poses, orbit().poses, atol=1e-6)


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6, 1e9])
def test_times_since_1970_in_any_unit(tmp_path: Path, unit: float) -> None:
    truth = orbit()
    rows = [[f"{(1403636580.5 + t) * unit:.0f}" if unit > 1 else 1403636580.5 + t, *p[:3, 3], *files._quat(p)]
            for t, p in zip(truth.times, truth.poses, strict=True)]  # fmt: skip
    (tmp_path / "a.txt").write_text("\n".join(" ".join(map(str, row)) for row in rows))
    np.testing.assert_allclose(read_trajectory(tmp_path / "a.txt").times, truth.times, atol=2e-3)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.txt", "A text about 8 things\n1 2 3\n"),
        ("calib.txt", "P0: 7.1e+02 0 6.0e+02 0 0 7.1e+02 1.8e+02 0 0 0 1 0\n"),
        ("matrix.txt", "1170 0 647 0\n0 1170 483 0\n0 0 1 0\n0 0 0 1\n"),
        ("imu.csv", "#timestamp [ns],w_RS_S_x [rad s^-1],w_y,w_z,a_x,a_y,a_z\n1403636580838555648,1,2,3,4,5,6\n"),
        ("table.csv", "name,price\nchair,3\n"),
        ("numbers.txt", "\n".join(" ".join(["3"] * 12) for _ in range(4))),
        ("package.json", '{"name": "x", "frames": 3}'),
    ],
)
def test_other_files_are_not_taken_for_paths(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert not may_be_trajectory(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("g.txt", "# ground truth\n# timestamp tx ty tz qx qy qz qw\n", "0 camera poses"),
        ("g.txt", "".join(f"{t} nan nan nan nan nan nan nan\n" for t in range(5)), "0 camera poses"),
        ("t.json", '{"frames": [{"transform_matrix": [[1, 2], [3, 4]]}]}', "frame 0: a 4x4 matrix"),
        ("t.json", '{"frames": [{"transform_matrix"', "not readable JSON"),
        ("t.json", "[" * 100000 + '"transform_matrix"', "not readable JSON"),
        ("t.json", '{"poses": [[1, 2, 3]]}', "seven numbers"),
        ("a.traj", "0 1 2 3\n", "4 columns"),
    ],
)
def test_a_broken_path_names_its_file_and_reason(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(AssetError, match=f"{name}.*{reason}"):
        read_trajectory(tmp_path / name)


def test_a_pointer_of_git_lfs_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.traj").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(AssetError, match="pointer of Git LFS"):
        read_trajectory(tmp_path / "a.traj")


@pytest.mark.parametrize("write", [files.transforms, files.scannet, files.euroc_on_a_body], ids=lambda w: w.__name__)
def test_a_path_written_as_one_text_is_the_same(tmp_path: Path, write) -> None:
    read = read_trajectory(write(tmp_path, orbit()))
    (tmp_path / "one.txt").write_text(trajectory_text(read))
    again = read_trajectory(tmp_path / "one.txt")
    np.testing.assert_allclose(again.poses, read.poses, atol=1e-12)
    np.testing.assert_allclose(again.times, read.times, atol=1e-9)
    assert (again.intrinsics is None) == (read.intrinsics is None)


@pytest.mark.parametrize("write", [files.kitti, files.euroc_on_a_body], ids=lambda w: w.__name__)
def test_other_files_are_read_inside_the_fence_alone(tmp_path: Path, write) -> None:
    path = write(tmp_path, orbit())
    assert read_recording(path, tmp_path).parts and not read_recording(path, path.parent / "no").parts
