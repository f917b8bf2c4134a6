"""Humanoid clips that are independent of a skeleton; resampling, moving and turning them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, Bools, about, arctan2, continuous, multiply, rotation_matrix, slerp

Indices = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class CanonicalClip:
    """Motion of a humanoid in the frame of HumanoidMotion: Z up, facing -Y at rest and at the start, floor at z = 0.

    Parameters
    ----------
    joints : tuple of str
        J names out of `skeleton.JOINTS`, in that order.
    rest_directions : (J, 3) float64
        Unit vectors from each joint to its child in the rest pose.
    rotations : (T, J, 4) float64
        World rotation of each joint from its rest pose, quaternions w, x, y, z.
    hips : (T, 3) float64
        Middle of the two hip joints, where the thighs begin, in leg lengths (their height above the floor when
        standing); the first is above the origin.
    fps : float
        Frames a second.
    name : str
        What messages and specifications call the clip.
    foot_contact : (T, 2) bool, optional
        Whether the left and the right foot are in contact with the floor; None where it is not known.
    """

    joints: tuple[str, ...]
    rest_directions: Array
    rotations: Array
    hips: Array
    fps: float
    name: str = ""
    foot_contact: Bools | None = None

    def __len__(self) -> int:
        return len(self.hips)

    @property
    def heading(self) -> Array:
        """(T,) yaw of the pelvis in radians, 0 facing -Y, counter-clockwise seen from above."""
        m = rotation_matrix(self.rotations[:, self.joints.index("Hips")])
        return arctan2(m[:, 1, 0] - m[:, 0, 1], m[:, 0, 0] + m[:, 1, 1])

    def rows(self, rows: Indices | slice) -> CanonicalClip:
        """Some frames of the clip.

        Parameters
        ----------
        rows : (N,) int or slice
            Indices of the frames, in any order.

        Returns
        -------
        CanonicalClip
            The clip of these frames, with quaternions of neighbouring frames in one hemisphere.
        """
        contact = None if self.foot_contact is None else self.foot_contact[rows]
        return replace(self, rotations=continuous(self.rotations[rows]), hips=self.hips[rows], foot_contact=contact)


def resample(clip: CanonicalClip, fps: float, *, frames: int | None = None, start: float = 0.0) -> CanonicalClip:
    """The clip at another frame rate: spherical interpolation of rotations, linear of the hips.

    Parameters
    ----------
    clip : CanonicalClip
        The clip.
    fps : float
        Frames a second of the result.
    frames : int, optional
        Number of frames; to the end of the clip by default.
    start : float
        Seconds into the clip at which the result begins.

    Returns
    -------
    CanonicalClip
        The resampled clip.

    Raises
    ------
    AssetError
        The clip is shorter.
    """
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
    contact = None if clip.foot_contact is None else clip.foot_contact[np.where(part < 0.5, low, high)]
    return replace(clip, rotations=continuous(rotations), hips=hips, fps=fps, foot_contact=contact)


def start_at_origin(clip: CanonicalClip) -> CanonicalClip:
    """The clip turned and moved so that it starts above the origin, facing -Y.

    Parameters
    ----------
    clip : CanonicalClip
        The clip.

    Returns
    -------
    CanonicalClip
        The clip whose mean heading over the first half second is zero.
    """
    window = clip.heading[: max(1, int(clip.fps / 2))]
    yaw = math.atan2(np.sin(window).mean(), np.cos(window).mean())
    return turned(replace(clip, hips=clip.hips - clip.hips[0] * np.array([1.0, 1.0, 0.0])), -yaw)


def turned(clip: CanonicalClip, yaw: float) -> CanonicalClip:
    """The clip turned about the vertical through the origin.

    Parameters
    ----------
    clip : CanonicalClip
        The clip.
    yaw : float
        Radians, counter-clockwise seen from above.

    Returns
    -------
    CanonicalClip
        The turned clip.
    """
    turn = np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
    rotations = multiply(np.broadcast_to(turn, clip.rotations.shape), clip.rotations)
    return replace(clip, rotations=rotations, hips=clip.hips @ about("z", np.degrees(yaw)).T)
