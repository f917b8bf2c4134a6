"""The motion of a skeleton as a file has it: what every motion reader returns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dsia_gen.core.rotations import Array, about

MAX_JOINTS = 1024
MAX_FRAMES = 500_000
LARGEST = 1e9
"""Largest number of a motion: lengths in any unit, and degrees of any number of turns, are smaller."""
CHANNELS = ("Xposition", "Yposition", "Zposition", "Xrotation", "Yrotation", "Zrotation")


@dataclass(frozen=True)
class SkeletalMotion:
    """A skeleton and its motion, in the units and axes of their file.

    Parameters
    ----------
    names : tuple of str
        J joint names.
    parents : tuple of int
        Index of each joint's parent, which comes before it; -1 for a root.
    offsets : (J, 3) float64
        Position of each joint from its parent at rest.
    ends : (J, 3) float64
        End site of each joint, from the joint; zero where it has none.
    channels : tuple of tuple of str
        Names out of CHANNELS for each joint: the columns of `values`, joint by joint. Rotations, in degrees, apply in
        this order, the first outermost; positions replace the offset.
    frame_time : float
        Seconds a frame.
    values : (F, C) float64
        Values of the C channels in F frames.
    notes : tuple of str
        What the reader passed over or took otherwise than the file says, for the user.
    stands : bool
        Whether the format itself says that all channels of rotation at zero are a standing pose. Otherwise the zero
        pose means nothing, and is not looked at.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    ends: Array
    channels: tuple[tuple[str, ...], ...]
    frame_time: float
    values: Array
    notes: tuple[str, ...] = ()
    stands: bool = False

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self.values) - 1) * self.frame_time

    def problem(self) -> str:
        """What makes the motion unusable.

        Returns
        -------
        str
            A clause such as `it has no joints`; empty where nothing is wrong.
        """
        joints, columns = len(self.names), sum(map(len, self.channels))
        shapes = {len(self.parents), len(self.channels), len(self.offsets), len(self.ends)}
        if not joints:
            return "it has no joints"
        if shapes != {joints} or self.offsets.shape != (joints, 3) or self.ends.shape != (joints, 3):
            return f"parents, channels, offsets and ends are not of {joints} joints"
        if any(not -1 <= parent < j for j, parent in enumerate(self.parents)):
            return "a joint comes before its parent"
        if unknown := {name for names in self.channels for name in names} - set(CHANNELS):
            return f"it has the unknown channel {sorted(unknown)[0]!r}"
        if self.values.ndim != 2 or len(self.values) < 1 or self.values.shape[1] != columns:
            return f"its values have the shape {self.values.shape}, not (frames, {columns})"
        if joints > MAX_JOINTS or len(self.values) > MAX_FRAMES:
            return f"it has more than {MAX_JOINTS} joints or {MAX_FRAMES} frames"
        if not all(np.isfinite(array).all() for array in (self.offsets, self.ends, self.values)):
            return "a number is not finite"
        if max(np.abs(array).max(initial=0.0) for array in (self.offsets, self.ends, self.values)) > LARGEST:
            return f"a number is larger than {LARGEST:.0e}"
        return "" if 1e-4 <= self.frame_time <= 1.0 else f"a frame lasts {self.frame_time} s"

    def is_pose(self) -> bool:
        """Whether nothing moves: one frame, or the same pose in all.

        Returns
        -------
        bool
            True where no joint moves by a thousandth of the skeleton's size.
        """
        positions = self.world_poses()[0]
        size = float(np.ptp(positions[0], axis=0).max())
        return bool(np.ptp(positions, axis=0).max() < 1e-3 * max(size, 1e-12))

    def at_rest(self) -> SkeletalMotion:
        """The zero pose.

        Returns
        -------
        SkeletalMotion
            One frame in which no joint is turned, each at its offset.
        """
        row: list[float] = []
        for names, offset in zip(self.channels, self.offsets, strict=True):
            row += [offset["XYZ".index(n[0])] if n.endswith("position") else 0.0 for n in names]
        return replace(self, values=np.array([row]))

    def rest_positions(self) -> Array:
        """Joint positions with all channels at zero.

        Returns
        -------
        (J, 3) float64
            Positions in the units and axes of the file.
        """
        positions = np.zeros_like(self.offsets)
        for j, parent in enumerate(self.parents):
            positions[j] = self.offsets[j] + (positions[parent] if parent >= 0 else 0.0)
        return positions

    def world_poses(self) -> tuple[Array, Array]:
        """Poses of all joints in every frame.

        Returns
        -------
        positions : (F, J, 3) float64
            World positions in the units and axes of the file.
        rotations : (F, J, 3, 3) float64
            World rotations of the joints from rest.
        """
        frames, joints = len(self.values), len(self.names)
        positions, rotations = np.zeros((frames, joints, 3)), np.zeros((frames, joints, 3, 3))
        column = 0
        for j, parent in enumerate(self.parents):
            local = np.broadcast_to(np.eye(3), (frames, 3, 3))
            offset = np.tile(self.offsets[j], (frames, 1))
            for channel in self.channels[j]:
                axis, values = channel[0].lower(), self.values[:, column]
                column += 1
                if channel.endswith("rotation"):
                    local = local @ about(axis, values)
                else:
                    offset[:, "xyz".index(axis)] = values
            if parent < 0:
                positions[:, j], rotations[:, j] = offset, local
            else:
                positions[:, j] = positions[:, parent] + np.einsum("fij,fj->fi", rotations[:, parent], offset)
                rotations[:, j] = rotations[:, parent] @ local
        return positions, rotations
