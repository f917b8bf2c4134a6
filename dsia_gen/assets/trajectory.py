"""Recorded camera paths: RealEstate10K / MannequinChallenge text and TUM poses, levelled, rescaled, interpolated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dsia_gen.assets.rotations import (
    Array,
    about,
    continuous,
    quaternions,
    rotation_matrix,
    shortest_rotation,
    slerp,
    unit,
)
from dsia_gen.errors import AssetError

MAX_BYTES = 256 * 1024 * 1024
_RE10K_COLUMNS, _TUM_COLUMNS = 19, 8


@dataclass(frozen=True)
class Trajectory:
    """A camera path: `times` (N,) seconds from 0, rising; `poses` (N, 4, 4) camera to world in OpenCV axes (x right,
    y down, z forward); `intrinsics` (N, 4) fx, fy, cx, cy as fractions of image width and height, or None.
    """

    times: Array
    poses: Array
    intrinsics: Array | None = None

    @property
    def duration(self) -> float:
        """Seconds from the first pose to the last."""
        return float(self.times[-1])

    @property
    def extent(self) -> float:
        """Greatest distance of a pose from the first one, in the units of the path."""
        return float(np.linalg.norm(self.poses[:, :3, 3] - self.poses[0, :3, 3], axis=1).max())

    @property
    def length(self) -> float:
        """Length of the path along its poses, in the units of the path."""
        return float(np.linalg.norm(np.diff(self.poses[:, :3, 3], axis=0), axis=1).sum())

    def __call__(self, seconds: Array) -> Array:
        """(M, 4, 4) poses at `seconds` (M,): rotations by slerp, positions by a cubic through the poses.

        Times outside the path get its ends.
        """
        at = np.clip(np.asarray(seconds, dtype=np.float64), 0.0, self.duration)
        low = np.clip(np.searchsorted(self.times, at, side="right") - 1, 0, max(len(self.times) - 2, 0))
        high = np.minimum(low + 1, len(self.times) - 1)
        step = np.where(high > low, self.times[high] - self.times[low], 1.0)
        t = (at - self.times[low]) / step
        turns = continuous(quaternions(self.poses[:, :3, :3]))
        poses = np.tile(np.eye(4), (len(at), 1, 1))
        poses[:, :3, :3] = rotation_matrix(slerp(turns[low], turns[high], t))
        poses[:, :3, 3] = self._positions(low, high, step, t)
        return poses

    def _positions(self, low: Array, high: Array, step: Array, t: Array) -> Array:
        places = self.poses[:, :3, 3]
        slopes = np.gradient(places, self.times, axis=0) if len(places) > 1 else np.zeros_like(places)
        t, step = t[:, None], step[:, None]
        return np.asarray(
            (1 + 2 * t) * (1 - t) ** 2 * places[low]
            + t * (1 - t) ** 2 * step * slopes[low]
            + t * t * (3 - 2 * t) * places[high]
            + t * t * (t - 1) * step * slopes[high]
        )

    def resampled(self, fps: float, frames: int, start: float = 0.0) -> Trajectory:
        """`frames` poses at `fps`, from `start` seconds on. Raises AssetError where the path is shorter."""
        end = start + (frames - 1) / fps
        if frames < 1 or start < 0 or end > self.duration + 1e-6:
            raise AssetError(
                f"a trajectory of {self.duration:.2f} s cannot give {start:.2f} s to {end:.2f} s; take fewer frames"
            )
        times = np.arange(frames) / fps
        return Trajectory(times, self(start + times))

    def levelled(self) -> Trajectory:
        """Turned so that the mean up of the cameras is +Z and the first looks along +Y (as seen from above), and moved
        so that the first is at the origin."""
        up = -self.poses[:, :3, 1].mean(axis=0)
        upright = shortest_rotation(up, np.array([0.0, 0.0, 1.0])) if np.linalg.norm(up) > 1e-6 else np.eye(3)
        forward = upright @ self.poses[0, :3, 2]
        turn = about("z", 90.0 - np.degrees(np.arctan2(forward[1], forward[0]))) @ upright
        poses = self.poses.copy()
        poses[:, :3, :3] = turn @ self.poses[:, :3, :3]
        poses[:, :3, 3] = (self.poses[:, :3, 3] - self.poses[0, :3, 3]) @ turn.T
        return replace(self, poses=poses)

    def in_metres(self, metres: float, measure: str = "extent") -> Trajectory:
        """Scaled so that its `extent`, or its `length`, is `metres`. A path that stays on a spot is left as it is."""
        if measure not in ("extent", "length"):
            raise ValueError(f"measure is extent or length, not {measure!r}")
        size = self.extent if measure == "extent" else self.length
        poses = self.poses.copy()
        poses[:, :3, 3] *= metres / size if size > 1e-9 else 1.0
        return replace(self, poses=poses)


def load_trajectory(path: Path) -> Trajectory:
    """A levelled camera path from a RealEstate10K / MannequinChallenge or TUM text file, or a COLMAP model.

    Texts are told apart by their columns, COLMAP by its file names.

    Raises AssetError that names the file and line of what is wrong.
    """
    return read_trajectory(path).levelled()


def read_trajectory(path: Path) -> Trajectory:
    """The camera path of a file in its own units and world axes; see `load_trajectory`."""
    from dsia_gen.assets.colmap import is_colmap, read_colmap

    if is_colmap(path):
        return read_colmap(path)
    rows = _rows(path)
    columns = len(rows[0][1])
    if columns == _RE10K_COLUMNS:
        return _without_repeats(path, _re10k(path, _table(path, rows, columns), rows))
    if columns == _TUM_COLUMNS:
        return _without_repeats(path, _tum(path, _table(path, rows, columns), rows))
    raise _bad(path, rows[0][0], f"{columns} columns, where RealEstate10K has {_RE10K_COLUMNS} and TUM {_TUM_COLUMNS}")


def _bad(path: Path, line: int, what: str) -> AssetError:
    return AssetError(f"{path}, line {line}: {what}; correct the row or use another trajectory")


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line numbers and words of all rows but comments and a heading (RealEstate10K files begin with a URL)."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"{path} is larger than {MAX_BYTES // 2**20} MiB; cut the trajectory")
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); check the path in the manifest") from error
    rows = [(n, line.split()) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if rows and not _is_number(rows[0][1][0]):
        rows = rows[1:]
    if len(rows) < 2:
        raise AssetError(f"{path} has {len(rows)} camera poses; a trajectory needs at least 2")
    return rows


def _without_repeats(path: Path, trajectory: Trajectory) -> Trajectory:
    """The first of poses with the same time: recorders that round their clock write several."""
    keep = np.insert(np.diff(trajectory.times) > 0, 0, True)
    if keep.sum() < 2:
        raise AssetError(f"{path}: all poses have the same time; use another trajectory")
    intrinsics = None if trajectory.intrinsics is None else trajectory.intrinsics[keep]
    return Trajectory(trajectory.times[keep], trajectory.poses[keep], intrinsics)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _table(path: Path, rows: list[tuple[int, list[str]]], columns: int) -> Array:
    """(N, columns) finite numbers whose first column does not fall."""
    table = np.empty((len(rows), columns))
    for i, (line, words) in enumerate(rows):
        if len(words) != columns:
            raise _bad(path, line, f"{len(words)} columns where the rows above have {columns}")
        try:
            table[i] = [float(w) for w in words]
        except ValueError:
            raise _bad(path, line, "a word that is not a number") from None
        if not np.all(np.isfinite(table[i])):
            raise _bad(path, line, "a number that is not finite")
        if i and table[i, 0] < table[i - 1, 0]:
            raise _bad(path, line, "a time that is earlier than the one before")
    return table


def _re10k(path: Path, table: Array, rows: list[tuple[int, list[str]]]) -> Trajectory:
    """RealEstate10K (Zhou et al. 2018): microseconds, fx fy cx cy of a unit image, two zeros, 3x4 world to camera."""
    world_to_camera = table[:, 7:].reshape(-1, 3, 4)
    _require_rotations(path, world_to_camera[:, :, :3], rows)
    rotations = _orthonormal(world_to_camera[:, :, :3].transpose(0, 2, 1))
    poses = np.tile(np.eye(4), (len(table), 1, 1))
    poses[:, :3, :3] = rotations
    poses[:, :3, 3] = -np.einsum("nij,nj->ni", rotations, world_to_camera[:, :, 3])
    return Trajectory((table[:, 0] - table[0, 0]) * 1e-6, poses, table[:, 1:5])


def _require_rotations(path: Path, matrices: Array, rows: list[tuple[int, list[str]]]) -> None:
    error = np.abs(matrices @ matrices.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2))
    wrong = np.flatnonzero((error > 1e-2) | (np.linalg.det(matrices) < 0))
    if len(wrong):
        raise _bad(path, rows[int(wrong[0])][0], "the 3x4 matrix does not hold a rotation")


def _orthonormal(matrices: Array) -> Array:
    """(N, 3, 3) nearest rotations: files keep nine decimals."""
    u, _, v = np.linalg.svd(matrices)
    return np.asarray(u @ v)


def _tum(path: Path, table: Array, rows: list[tuple[int, list[str]]]) -> Trajectory:
    """TUM RGB-D (Sturm et al. 2012): seconds, tx ty tz, qx qy qz qw, camera to world with an optical camera frame."""
    norms = np.linalg.norm(table[:, 4:], axis=1)
    wrong = np.flatnonzero(np.abs(norms - 1) > 0.1)
    if len(wrong):
        raise _bad(path, rows[int(wrong[0])][0], "a quaternion whose length is not 1")
    poses = np.tile(np.eye(4), (len(table), 1, 1))
    poses[:, :3, :3] = rotation_matrix(unit(table[:, [7, 4, 5, 6]]))
    poses[:, :3, 3] = table[:, 1:4]
    return Trajectory(table[:, 0] - table[0, 0], poses)
