"""Recorded camera paths: RealEstate10K / MannequinChallenge text, TUM poses and COLMAP models."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix, unit
from dsia_gen.motion.camera_path import MAX_BYTES, Trajectory
from dsia_gen.motion.colmap import is_colmap, read_colmap
from dsia_gen.motion.text_files import finite_numbers, read_lines

_RE10K_COLUMNS, _TUM_COLUMNS = 19, 8


def load_trajectory(path: Path) -> Trajectory:
    """Read a camera path into a gravity-aligned world; see `read_trajectory`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Trajectory
        The levelled path, in the units of the file.

    Raises
    ------
    AssetError
        One sentence that names the file and line of what is wrong.
    """
    return read_trajectory(path).levelled()


def read_trajectory(path: Path) -> Trajectory:
    """Read a camera path from a RealEstate10K / MannequinChallenge or TUM text file, or a COLMAP model.

    Parameters
    ----------
    path : Path
        The file. Texts are told apart by their columns, COLMAP by its file names.

    Returns
    -------
    Trajectory
        The path in the units and world axes of the file. Of poses with the same time the first is kept: recorders that
        round their clock write several.

    Raises
    ------
    AssetError
        One sentence that names the file and line of what is wrong.

    Notes
    -----
    RealEstate10K (Zhou et al. 2018): microseconds, fx fy cx cy of a unit image, two zeros, 3x4 world to camera.
    TUM RGB-D (Sturm et al. 2012): seconds, tx ty tz, qx qy qz qw, camera to world with an optical camera frame.
    """
    if is_colmap(path):
        return read_colmap(path)
    numbers, table = _read_table(path)
    poses, intrinsics = np.tile(np.eye(4), (len(table), 1, 1)), None
    if table.shape[1] == _RE10K_COLUMNS:
        world_to_camera = table[:, 7:].reshape(-1, 3, 4)
        turns = world_to_camera[:, :, :3]
        error = np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2))
        wrong = np.flatnonzero((error > 1e-2) | (np.linalg.det(turns) < 0))
        what = "the 3x4 matrix does not hold a rotation"
        # The nearest rotations, since files keep nine decimals.
        u, _, v = np.linalg.svd(turns.transpose(0, 2, 1))
        poses[:, :3, :3] = u @ v
        poses[:, :3, 3] = -np.einsum("nij,nj->ni", u @ v, world_to_camera[:, :, 3])
        times, intrinsics = (table[:, 0] - table[0, 0]) * 1e-6, table[:, 1:5]
    else:
        wrong = np.flatnonzero(np.abs(np.linalg.norm(table[:, 4:], axis=1) - 1) > 0.1)
        what = "a quaternion whose length is not 1"
        poses[:, :3, :3] = rotation_matrix(unit(table[:, [7, 4, 5, 6]]))
        poses[:, :3, 3] = table[:, 1:4]
        times = table[:, 0] - table[0, 0]
    if len(wrong):
        raise _failure(path, numbers[int(wrong[0])], what)
    keep = np.insert(np.diff(times) > 0, 0, True)
    if keep.sum() < 2:
        raise AssetError(f"{path}: all poses have the same time; use another trajectory")
    return Trajectory(times[keep], poses[keep], None if intrinsics is None else intrinsics[keep])


def _read_table(path: Path) -> tuple[list[int], Array]:
    """Line numbers and values (N, columns) of the rows, without comments; the first column does not fall."""
    lines = read_lines(path, MAX_BYTES, "cut the trajectory")
    rows = [(n, line.split()) for n, line in enumerate(lines, start=1) if line.strip() and not line.startswith("#")]
    if rows:
        try:
            float(rows[0][1][0])
        except ValueError:
            rows = rows[1:]  # RealEstate10K files begin with a URL
    if len(rows) < 2:
        raise AssetError(f"{path} has {len(rows)} camera poses; a trajectory needs at least 2")
    columns = len(rows[0][1])
    if columns not in (_RE10K_COLUMNS, _TUM_COLUMNS):
        expected = f"RealEstate10K has {_RE10K_COLUMNS} and TUM {_TUM_COLUMNS}"
        raise _failure(path, rows[0][0], f"{columns} columns, where {expected}")
    table = np.empty((len(rows), columns))
    for i, (line, words) in enumerate(rows):
        if len(words) != columns:
            raise _failure(path, line, f"{len(words)} columns where the rows above have {columns}")
        try:
            table[i] = finite_numbers(words)
        except ValueError as error:
            raise _failure(path, line, str(error)) from None
        if i and table[i, 0] < table[i - 1, 0]:
            raise _failure(path, line, "a time that is earlier than the one before")
    return [number for number, _ in rows], table


def _failure(path: Path, line: int, what: str) -> AssetError:
    return AssetError(f"{path}, line {line}: {what}; correct the row or use another trajectory")
