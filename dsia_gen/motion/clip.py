"""A humanoid clip, free of any skeleton, and what can be done to it: another rate, another place, another heading."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, Bools, about, arctan2, continuous, multiply, rotation_matrix, slerp


@dataclass(frozen=True)
class CanonicalClip:
    """Motion of a humanoid in the frame of HumanoidMotion (Z up, facing -Y at rest and at the start, floor at z = 0).

    `rotations` (T, J, 4): world rotation of each of `joints` from its rest pose, quaternions w, x, y, z;
    `rest_directions` (J, 3): unit vectors to the child in the rest pose; `hips` (T, 3): the middle of the two hip
    joints (where the thighs begin) in leg lengths (their height above the floor when standing), starting above the
    origin; `fps`: frames a second. `stands` (T, 2): whether the left and the right foot stand; None if not known.
    """

    joints: tuple[str, ...]
    rest_directions: Array
    rotations: Array
    hips: Array
    fps: float
    name: str = ""
    stands: Bools | None = None

    def __len__(self) -> int:
        return len(self.hips)

    @property
    def heading(self) -> Array:
        """(T,) yaw of the pelvis in radians, 0 facing -Y, counter-clockwise seen from above."""
        return _yaw(rotation_matrix(self.rotations[:, self.joints.index("Hips")]))


def resample(clip: CanonicalClip, fps: float, *, frames: int | None = None, start: float = 0.0) -> CanonicalClip:
    """The clip at another frame rate, from `start` seconds on: slerp of rotations, linear hips."""
    last = (len(clip) - 1) / clip.fps
    if frames is None:
        frames = int(np.floor((last - start) * fps + 1e-3)) + 1
    end = start + (frames - 1) / fps
    if frames < 1 or start < 0 or end > last + 1e-3 / fps:
        raise AssetError(
            f"{clip.name or 'the clip'} lasts {last:.2f} s, but {max(start, 0):.2f} s to {end:.2f} s was asked for; "
            "take fewer frames or a longer clip"
        )
    at = np.minimum((start + np.arange(frames) / fps) * clip.fps, len(clip) - 1)
    low = np.minimum(at.astype(int), max(len(clip) - 2, 0))
    high, part = np.minimum(low + 1, len(clip) - 1), at - low
    rotations = slerp(clip.rotations[low], clip.rotations[high], part[:, None])
    hips = clip.hips[low] + part[:, None] * (clip.hips[high] - clip.hips[low])
    stands = None if clip.stands is None else clip.stands[np.where(part < 0.5, low, high)]
    return replace(clip, rotations=continuous(rotations), hips=hips, fps=fps, stands=stands)


def _yaw(rotations: Array) -> Array:
    """(T,) heading of world deltas (T, 3, 3), radians."""
    return arctan2(rotations[:, 1, 0] - rotations[:, 0, 1], rotations[:, 0, 0] + rotations[:, 1, 1])


def start_at_origin(clip: CanonicalClip) -> CanonicalClip:
    """The clip turned and moved so that it starts above the origin, facing -Y (mean over the first half second)."""
    window = clip.heading[: max(1, int(clip.fps / 2))]
    yaw = math.atan2(np.sin(window).mean(), np.cos(window).mean())
    return turned(replace(clip, hips=clip.hips - clip.hips[0] * np.array([1.0, 1.0, 0.0])), -yaw)


def turned(clip: CanonicalClip, yaw: float) -> CanonicalClip:
    """The clip turned by `yaw` radians about the vertical through the origin."""
    turn = np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
    rotations = multiply(np.broadcast_to(turn, clip.rotations.shape), clip.rotations)
    return replace(clip, rotations=rotations, hips=clip.hips @ about("z", np.degrees(yaw)).T)
