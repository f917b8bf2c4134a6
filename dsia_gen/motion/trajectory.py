"""Recorded camera paths: RealEstate10K / MannequinChallenge text, TUM poses and COLMAP models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix, unit
from dsia_gen.motion.camera_path import MAX_BYTES, Trajectory
from dsia_gen.motion.colmap import is_colmap, read_colmap

_RE10K_COLUMNS, _TUM_COLUMNS = 19, 8


def load_trajectory(path: Path) -> Trajectory:
    """A levelled camera path from a RealEstate10K / MannequinChallenge or TUM text file, or a COLMAP model.

    Texts are told apart by their columns, COLMAP by its file names.

    Raises AssetError that names the file and line of what is wrong.
    """
    return read_trajectory(path).levelled()


def read_trajectory(path: Path) -> Trajectory:
    """The camera path of a file in its own units and world axes; see `load_trajectory`."""
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
