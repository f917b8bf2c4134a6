"""Recorded camera paths: formats against closed forms, interpolation, levelling, scale, and broken rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import about, quaternion, unit
from dsia_gen.motion.camera_path import Trajectory
from dsia_gen.motion.trajectory import load_trajectory, read_trajectory
from dsia_gen.spec.camera import look_at


def path_of(
    positions: list[tuple[float, float, float]], rotations: list[np.ndarray], seconds: float = 1.0
) -> Trajectory:
    poses = np.tile(np.eye(4), (len(positions), 1, 1))
    poses[:, :3, 3], poses[:, :3, :3] = positions, rotations
    return Trajectory(np.arange(len(positions)) * seconds, poses)


def re10k_text(trajectory: Trajectory, url: bool = True) -> str:
    rows = ["https://www.youtube.com/watch?v=abc"] if url else []
    for t, pose in zip(trajectory.times, trajectory.poses, strict=True):
        world_to_camera = np.linalg.inv(pose)[:3]
        numbers = [0.5, 0.9, 0.5, 0.5, 0.0, 0.0, *world_to_camera.ravel()]
        rows.append(" ".join([str(int(5e6 + t * 1e6)), *(f"{n:.9f}" for n in numbers)]))
    return "\n".join(rows) + "\n"


def tum_text(trajectory: Trajectory) -> str:
    rows = ["# timestamp tx ty tz qx qy qz qw"]
    for t, pose in zip(trajectory.times, trajectory.poses, strict=True):
        w, x, y, z = quaternion(pose[:3, :3])
        rows.append(" ".join(f"{n:.9f}" for n in (1000 + t, *pose[:3, 3], x, y, z, w)))
    return "\n".join(rows) + "\n"


@pytest.fixture
def orbit() -> Trajectory:
    angles = np.linspace(0, 1.2, 9)
    positions = [(3 * np.cos(a), 3 * np.sin(a), 1.5 + 0.2 * a) for a in angles]
    return path_of(positions, [look_at(np.array(p), np.zeros(3)) for p in positions], 0.25)


@pytest.mark.parametrize("text", [re10k_text, tum_text], ids=["re10k", "tum"])
def test_camera_to_world_comes_back(tmp_path: Path, orbit: Trajectory, text) -> None:
    path = tmp_path / "path.txt"
    path.write_text(text(orbit), encoding="utf-8")
    read = read_trajectory(path)
    np.testing.assert_allclose(read.poses, orbit.poses, atol=1e-6)
    np.testing.assert_allclose(read.times, orbit.times, atol=1e-6)


def test_intrinsics_are_fractions_of_the_image(tmp_path: Path, orbit: Trajectory) -> None:
    path = tmp_path / "path.txt"
    path.write_text(re10k_text(orbit, url=False), encoding="utf-8")
    np.testing.assert_allclose(read_trajectory(path).intrinsics, np.broadcast_to([0.5, 0.9, 0.5, 0.5], (9, 4)))


def test_poses_between_recorded_ones(orbit: Trajectory) -> None:
    np.testing.assert_allclose(orbit(orbit.times), orbit.poses, atol=1e-9)
    between = orbit(np.array([0.9]))[0]
    a = 1.2 * 0.9 / 2.0
    np.testing.assert_allclose(between[:3, 3], [3 * np.cos(a), 3 * np.sin(a), 1.5 + 0.2 * a], atol=5e-3)
    np.testing.assert_allclose(between[:3, :3] @ between[:3, :3].T, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(orbit(np.array([-1.0, 99.0])), orbit.poses[[0, -1]], atol=1e-9)


def test_rotation_between_two_poses_is_even() -> None:
    turning = path_of([(0, 0, 0), (0, 0, 0)], [np.eye(3), about("z", 90.0)])
    np.testing.assert_allclose(turning(np.array([1 / 3]))[0, :3, :3], about("z", 30.0), atol=1e-9)


def test_a_straight_path_stays_straight() -> None:
    line = path_of([(0, 0, 0), (1, 2, 0), (2, 4, 0), (3, 6, 0)], [np.eye(3)] * 4)
    np.testing.assert_allclose(line(np.array([1.37]))[0, :3, 3], [1.37, 2.74, 0], atol=1e-9)


def test_levelling_puts_up_up_and_looks_along_y(orbit: Trajectory) -> None:
    tilt = about("x", 35.0) @ about("z", 70.0)
    poses = orbit.poses.copy()
    poses[:, :3, :3] = tilt @ poses[:, :3, :3]
    poses[:, :3, 3] = poses[:, :3, 3] @ tilt.T + [5, -2, 9]
    level = Trajectory(orbit.times, poses).levelled()
    np.testing.assert_allclose(unit(-level.poses[:, :3, 1].mean(axis=0)), [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(level.poses[0, :3, 3], 0, atol=1e-9)
    forward = level.poses[0, :3, 2]
    assert abs(forward[0]) < 1e-9 and forward[1] > 0.5
    # Relative motion is untouched.
    before, after = (np.linalg.inv(p[0]) @ p[-1] for p in (orbit.poses, level.poses))
    np.testing.assert_allclose(before, after, atol=1e-9)


def test_scale_in_metres() -> None:
    square = path_of([(0, 0, 0), (2, 0, 0), (2, 2, 0), (0, 2, 0)], [np.eye(3)] * 4)
    assert square.length == pytest.approx(6.0) and square.extent == pytest.approx(np.sqrt(8))
    assert square.in_metres(1.5).extent == pytest.approx(1.5)
    still = path_of([(1, 1, 1)] * 3, [np.eye(3)] * 3)
    np.testing.assert_array_equal(still.in_metres(2.0).poses, still.poses)


@pytest.mark.parametrize(
    ("row", "change", "what"),
    [
        (3, lambda w: [*w[:5], "x", *w[6:]], "a number was expected"),
        (4, lambda w: w[:-1], "18 columns where the rows above have 19"),
        (5, lambda w: ["1", *w[1:]], "earlier"),
        (2, lambda w: [*w[:8], "nan", *w[9:]], "not finite"),
        (6, lambda w: [*w[:7], "9.0", *w[8:]], "does not hold a rotation"),
    ],
)
def test_bad_rows_are_named(tmp_path: Path, orbit: Trajectory, row: int, change, what: str) -> None:
    lines = re10k_text(orbit).splitlines()
    lines[row - 1] = " ".join(change(lines[row - 1].split()))
    path = tmp_path / "bad.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(AssetError, match=rf"bad\.txt, line {row}: .*{what}"):
        load_trajectory(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    for name, text in (("empty.txt", ""), ("one.txt", "1 2 3 4 5 6 7 8\n"), ("table.txt", "1 2 3\n4 5 6\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("empty.txt", "one.txt", "table.txt", "absent.txt"):
        with pytest.raises(AssetError, match=name):
            load_trajectory(tmp_path / name)


def test_repeated_times_are_read_once(tmp_path: Path, orbit: Trajectory) -> None:
    lines = tum_text(orbit).splitlines()
    path = tmp_path / "path.txt"
    path.write_text("\n".join([*lines[:4], lines[3], *lines[4:]]), encoding="utf-8")
    assert len(read_trajectory(path).times) == 9


@pytest.mark.shared
def test_real_files_are_read(shared: Path) -> None:
    files = sorted((shared / "assets" / "trajectories").rglob("*.txt"))
    assert files
    for path in files:
        trajectory = load_trajectory(path)
        assert trajectory.duration > 1.0 and trajectory.extent > 0.1, path.name
        np.testing.assert_allclose(np.linalg.det(trajectory.poses[:, :3, :3]), 1.0, atol=1e-6)
