"""Camera poses as a file lists them, and the checks that make a camera path of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, rotation_matrix, unit
from dsia_gen.motion.camera_path import RecordedPath, Trajectory

POSES_A_SECOND = 30.0
"""Assumed where a format states no times: its images are taken as frames of a video."""
OPENGL_CAMERA = np.diag([1.0, -1.0, -1.0])
"""From OpenCV's camera axes (x right, y down, z forward) to those of OpenGL, Blender, NeRF and ARKit (y up, z back)."""
NED_CAMERA = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""From OpenCV's camera axes to those of AirSim and TartanAir (x forward, y right, z down)."""
TOLERANCE = 1e-2
"""How far a matrix of a file may be from a rotation."""
_ADVICE = "correct the row or use another trajectory"


@dataclass(frozen=True)
class PoseList:
    """Poses of a file. A pose without any finite number, or all of zeros, is one that the recorder lost.

    Parameters
    ----------
    form : str
        Name of the format.
    where : sequence of str
        Where each pose stands in the file, such as "line 3".
    poses : (N, 4, 4) float64
        Camera to world, OpenCV camera axes.
    times : (N,) float64, optional
        Seconds, not falling.
    rate : float
        Poses a second where no times are stated.
    intrinsics : (N, 4) float64, optional
        fx, fy, cx, cy as fractions of image width and height.
    parts : tuple of Path
        Other files that were read.
    notes : tuple of str
        What a user should know of how it was read.
    """

    form: str
    where: Sequence[str]
    poses: Array
    times: Array | None = None
    rate: float = POSES_A_SECOND
    intrinsics: Array | None = None
    parts: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()

    def checked(self, path: Path) -> RecordedPath:
        """The camera path of the file `path`. AssetError names the row that is wrong."""
        count, notes = len(self.poses), list(self.notes)
        flat = self.poses[:, :3].reshape(count, 12)
        lost = ~np.isfinite(flat).any(axis=1) | (flat == 0).all(axis=1)
        kept = np.flatnonzero(~lost)
        if lost.any():
            notes.append(f"{lost.sum()} of {count} poses are lost in the recording and left out")
        if len(kept) < 2:
            found = "1 camera pose" if len(kept) == 1 else f"{len(kept)} camera poses"
            raise AssetError(f"{path} has {found}; a trajectory needs at least 2")
        poses, where = self.poses[kept], [self.where[int(i)] for i in kept]
        refuse(path, where, ~np.isfinite(poses[:, :3]).all(axis=(1, 2)), "a number is not finite")
        turns = poses[:, :3, :3]
        wrong = (rotation_error(turns) > TOLERANCE) | (np.linalg.det(turns) < 0)
        refuse(path, where, wrong, "its matrix does not hold a rotation")
        poses = np.tile(np.eye(4), (len(kept), 1, 1))
        poses[:, :3, :3], poses[:, :3, 3] = nearest_rotations(turns), self.poses[kept, :3, 3]
        if self.times is None:
            times = kept / self.rate
            notes.append(f"states no times: {self.rate:g} poses a second assumed")
        else:
            times = self.times[kept]
            falls = np.insert(np.diff(times) < 0, 0, False)
            refuse(path, where, falls, "a time that is earlier than the one before")
        # Recorders that round their clock write several poses with one time.
        first = np.insert(np.diff(times) > 0, 0, True)
        if first.sum() < 2:
            raise AssetError(f"{path}: all poses have the same time; use another trajectory")
        intrinsics = None if self.intrinsics is None else self.intrinsics[kept][first]
        trajectory = Trajectory((times - times[0])[first], poses[first], intrinsics)
        return RecordedPath(trajectory, self.form, self.parts, tuple(notes))

    def with_camera(self, axes: Array) -> PoseList:
        """The same cameras, whose poses were written with other camera axes: `axes` leads there from OpenCV's."""
        poses = self.poses.copy()
        with np.errstate(invalid="ignore", over="ignore"):  # lost poses
            poses[:, :3, :3] = poses[:, :3, :3] @ axes
        return replace(self, poses=poses)


def failure(path: Path, where: str, what: str) -> AssetError:
    """The error of a row or frame of a file."""
    return AssetError(f"{path}, {where}: {what}; {_ADVICE}")


def refuse(path: Path, where: Sequence[str], wrong: NDArray[np.bool_], what: str) -> None:
    """Raise the error of the first row that is wrong, if any."""
    if wrong.any():
        raise failure(path, where[int(np.argmax(wrong))], what)


def poses_from_quaternions(path: Path, where: Sequence[str], positions: Array, quaternions: Array) -> Array:
    """(N, 4, 4) poses of positions (N, 3) and quaternions (N, 4) w, x, y, z; lost rows stay lost."""
    length = np.linalg.norm(quaternions, axis=1)
    lost = ~np.isfinite(quaternions).any(axis=1) | (length == 0)
    refuse(path, where, ~lost & ~(np.abs(length - 1) <= 0.1), "a quaternion whose length is not 1")
    poses = np.full((len(quaternions), 4, 4), np.nan)
    poses[~lost, :3, :3] = rotation_matrix(unit(quaternions[~lost]))
    poses[~lost, :3, 3] = positions[~lost]
    return poses


def inverted(poses: Array) -> Array:
    """(N, 4, 4) camera to world of (N, 4, 4) or (N, 3, 4) world to camera; lost ones stay lost."""
    back = np.tile(np.eye(4), (len(poses), 1, 1))
    turns = poses[:, :3, :3].transpose(0, 2, 1).copy()
    near = np.nan_to_num(rotation_error(turns), nan=np.inf) < TOLERANCE
    turns[near] = nearest_rotations(turns[near])
    back[:, :3, :3] = turns
    back[:, :3, 3] = -np.einsum("nij,nj->ni", turns, poses[:, :3, 3])
    return back


def rotation_error(turns: Array) -> Array:
    """How far (N,) some matrices (N, 3, 3) are from orthogonal ones."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(turns @ turns.transpose(0, 2, 1) - np.eye(3)).max(axis=(1, 2)))


def nearest_rotations(turns: Array) -> Array:
    """The rotations (N, 3, 3) that are nearest to some matrices: files keep few decimals."""
    if not len(turns) or rotation_error(turns).max() < 1e-12:
        return turns
    u, _, v = np.linalg.svd(turns)
    return np.asarray(u @ v)
