"""A camera path: poses over time, interpolated, levelled and rescaled."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dsia_gen.core.rotations import Array, about, continuous, quaternion, rotation_matrix, shortest_rotation, slerp

MAX_BYTES = 256 * 1024 * 1024
"""Of a file with a camera path."""


@dataclass(frozen=True)
class Trajectory:
    """A camera path.

    Parameters
    ----------
    times : (N,) float64
        Seconds from 0, rising.
    poses : (N, 4, 4) float64
        Camera to world, OpenCV camera axes (x right, y down, z forward).
    intrinsics : (N, 4) float64, optional
        fx, fy, cx, cy as fractions of image width and height.
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
        """(M, 4, 4) poses at `seconds` (M,): rotations by slerp, positions by a cubic Hermite spline.

        Times outside the path get its ends.
        """
        at = np.clip(np.asarray(seconds, dtype=np.float64), 0.0, self.duration)
        low = np.clip(np.searchsorted(self.times, at, side="right") - 1, 0, max(len(self.times) - 2, 0))
        high = np.minimum(low + 1, len(self.times) - 1)
        step = np.where(high > low, self.times[high] - self.times[low], 1.0)
        t = (at - self.times[low]) / step
        turns = continuous(quaternion(self.poses[:, :3, :3]))
        poses = np.tile(np.eye(4), (len(at), 1, 1))
        poses[:, :3, :3] = rotation_matrix(slerp(turns[low], turns[high], t))
        places = self.poses[:, :3, 3]
        slopes = np.gradient(places, self.times, axis=0) if len(places) > 1 else np.zeros_like(places)
        t, step = t[:, None], step[:, None]
        poses[:, :3, 3] = (
            (1 + 2 * t) * (1 - t) ** 2 * places[low]
            + t * (1 - t) ** 2 * step * slopes[low]
            + t * t * (3 - 2 * t) * places[high]
            + t * t * (t - 1) * step * slopes[high]
        )
        return poses

    def levelled(self) -> Trajectory:
        """The path in a gravity-aligned world.

        Returns
        -------
        Trajectory
            Turned so that the mean up of the cameras is +Z and the first looks along +Y (as seen from above), and moved
            so that the first is at the origin.
        """
        up = -self.poses[:, :3, 1].mean(axis=0)
        upright = shortest_rotation(up, np.array([0.0, 0.0, 1.0])) if np.linalg.norm(up) > 1e-6 else np.eye(3)
        forward = upright @ self.poses[0, :3, 2]
        turn = about("z", 90.0 - math.degrees(math.atan2(forward[1], forward[0]))) @ upright
        poses = self.poses.copy()
        poses[:, :3, :3] = turn @ self.poses[:, :3, :3]
        poses[:, :3, 3] = (self.poses[:, :3, 3] - self.poses[0, :3, 3]) @ turn.T
        return replace(self, poses=poses)

    def in_metres(self, metres: float) -> Trajectory:
        """The path scaled to a size.

        Parameters
        ----------
        metres : float
            The extent that it shall have.

        Returns
        -------
        Trajectory
            The scaled path; a path that stays on a spot as it is.
        """
        poses = self.poses.copy()
        poses[:, :3, 3] *= metres / self.extent if self.extent > 1e-9 else 1.0
        return replace(self, poses=poses)


@dataclass(frozen=True)
class RecordedPath:
    """A camera path as it was read.

    Parameters
    ----------
    path : Trajectory
        The path, in the units and world axes of the file.
    form : str
        Name of the format.
    parts : tuple of Path
        Other files that were read for it.
    notes : tuple of str
        What was left out, and what was assumed.
    """

    path: Trajectory
    form: str
    parts: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
