"""Cameras: a hand-held generator and recorded paths, both brought to a wanted image motion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.sampling.draw import Rng, uniform
from dsia_gen.sampling.rigid_trajectories import quaternion_rows
from dsia_gen.spec.camera import CameraSpec, Pose, look_at, pixel_directions, project

Array = NDArray[np.float64]
Poses = Callable[[float], Array]
"""Strength in [0, 1] -> (N, 4, 4) camera-to-world matrices. At 0 the camera does not move."""


@dataclass(frozen=True)
class CameraPlacement:
    """Where the camera stands at the middle of its path, what it looks at, and how long a pose lasts."""

    position: Array
    target: Array
    poses: int
    step_seconds: float


def handheld(rng: Rng, stand: CameraPlacement) -> Poses:
    """A person who films: a slow walk or a sidestep, sway of the body (0.3-1.5 Hz), turning after the subject.

    At strength 1 the walk is 1.2 m/s and turns are wide; image motion is set by choosing the strength.
    """
    seconds = (np.arange(stand.poses) - (stand.poses - 1) / 2) * stand.step_seconds
    forward = (stand.target - stand.position) * np.array([1.0, 1.0, 0.0])
    forward /= np.linalg.norm(forward)
    side = np.array([forward[1], -forward[0], 0.0])
    heading = uniform(rng, (0, 2 * math.pi))
    walk = 1.2 * (math.cos(heading) * side + 0.6 * math.sin(heading) * forward + np.array([0, 0, rng.normal() * 0.1]))
    sway = np.stack([_wobble(rng, seconds, 0.3, 1.5) for _ in range(3)], axis=1) * np.array([0.06, 0.04, 0.05])
    turns = np.stack([_wobble(rng, seconds, 0.2, 1.2) for _ in range(3)], axis=1) * np.array([0.10, 0.06, 0.04])
    pan = rng.normal(scale=0.25) * seconds

    def poses(strength: float) -> Array:
        places = stand.position + strength * (seconds[:, None] * walk + sway)
        aim, yaw = stand.target - stand.position, strength * (pan + turns[:, 0])
        aims = np.stack(
            [
                np.cos(yaw) * aim[0] - np.sin(yaw) * aim[1],
                np.sin(yaw) * aim[0] + np.cos(yaw) * aim[1],
                aim[2] + strength * turns[:, 1] * float(np.linalg.norm(aim)),
            ],
            axis=1,
        )
        matrices = np.tile(np.eye(4), (stand.poses, 1, 1))
        matrices[:, :3, :3] = look_at(places, places + aims, strength * turns[:, 2])
        matrices[:, :3, 3] = places
        return matrices

    return poses


def _wobble(rng: Rng, seconds: Array, low: float, high: float) -> Array:
    """A smooth signal of unit size from three sinusoids."""
    rates = rng.uniform(low, high, size=3)
    phases = rng.uniform(0, 2 * math.pi, size=3)
    return np.sin(2 * math.pi * rates[:, None] * seconds + phases[:, None]).sum(axis=0) / math.sqrt(3)


def recorded(path: Callable[[Array], Array], length: float, start: float, stand: CameraPlacement) -> Poses:
    """A recorded path, played so that its middle pose is the stand.

    path: seconds (N,) -> camera-to-world (N, 4, 4), gravity-aligned, metres; `length` is its duration in seconds,
    `start` in [0, 1] says where on it the shot begins. At strength 1 the whole rest of the path is used.
    """
    forward = look_at(stand.position, stand.target)

    def poses(strength: float) -> Array:
        span = strength * length
        seconds = start * (length - span) + np.linspace(0.0, span, stand.poses)
        matrices = path(seconds)
        middle = matrices[(stand.poses - 1) // 2]
        # Only the heading is matched, so that the recorded tilt and roll against gravity survive.
        turn = _heading(forward) - _heading(middle[:3, :3])
        c, s = math.cos(turn), math.sin(turn)
        align = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        out = matrices.copy()
        out[:, :3, :3] = align @ matrices[:, :3, :3]
        out[:, :3, 3] = (matrices[:, :3, 3] - middle[:3, 3]) @ align.T + stand.position
        return out

    return poses


def _heading(rotation: Array) -> float:
    return math.atan2(rotation[1, 2], rotation[0, 2])


def image_motion(
    camera: CameraSpec, matrices: Array, distance: Callable[[Array, Array], Array], gap: int, every: int = 1
) -> Array:
    """(pairs,) mean length of the flow of static points from pose k to pose k + gap, in pixels at a width of 960.

    distance: (origin (3,), directions (N, 3)) -> (N,) multiples of the directions at which the background is.
    k counts in steps of `every`.
    """
    u, v = np.meshgrid((np.arange(14) + 0.5) / 14, (np.arange(8) + 0.5) / 8)
    pixels = np.stack([u.ravel() * camera.width, v.ravel() * camera.height], axis=1)
    K = camera.intrinsics()
    means = []
    for a, b in zip(matrices[:-gap:every], matrices[gap::every], strict=True):
        rays = pixel_directions(K, a[:3, :3], pixels)
        points = a[:3, 3] + distance(a[:3, 3], rays)[:, None] * rays
        moved, _ = project(K, b, points)
        lengths = np.linalg.norm(moved - pixels, axis=1)
        seen = lengths[np.isfinite(lengths)]
        means.append(float(seen.mean()) * 960 / camera.width if seen.size else np.inf)
    return np.array(means)


def solve_strength(motion: Callable[[float], float], target: float) -> float:
    """Strength in (0, 1] at which `motion` is `target` (bisection of its logarithm; motion grows with strength)."""
    low, high = 1e-4, 1.0
    if motion(high) <= target:
        return high
    for _ in range(12):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if motion(middle) < target else (low, middle)
    return math.sqrt(low * high)


def pose_records(matrices: Array) -> tuple[Pose, ...]:
    """Specification poses of camera-to-world matrices (N, 4, 4)."""
    turns = quaternion_rows(matrices[:, :3, :3])
    return tuple(
        Pose(position=tuple(matrix[:3, 3].tolist()), rotation=turn)
        for matrix, turn in zip(matrices, turns, strict=True)
    )


def right_of(camera: CameraSpec, pose: int) -> Array:
    """Unit vector (3,) to the right of the image of a pose, in the horizontal plane."""
    right = rotation_matrix(np.array(camera.poses[pose].rotation))[:, 0] * np.array([1.0, 1.0, 0.0])
    return right / np.linalg.norm(right)
