"""Camera paths: a hand-held generator and recorded paths, both scaled to a target of image motion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import Array, Bools, rotation_matrix
from dsia_gen.sampling.draw import Rng, uniform
from dsia_gen.sampling.rigid_trajectories import quaternion_rows
from dsia_gen.spec.camera import CameraSpec, Pose, look_at, pixel_directions, project
from dsia_gen.spec.views import REFERENCE_WIDTH

Poses = Callable[[float], Array]
"""Strength in [0, 1] -> (N, 4, 4) camera-to-world matrices. At 0 the camera does not move."""


@dataclass(frozen=True)
class CameraPlacement:
    """The middle of a camera path: position (3,), the point (3,) in view; number of poses, and seconds a pose."""

    position: Array
    target: Array
    poses: int
    step_seconds: float


def handheld(rng: Rng, placement: CameraPlacement) -> Poses:
    """A hand-held camera: a slow walk or a sidestep, sway of the body (0.3-1.5 Hz), turning after the subject.

    At strength 1 the walk is 1.2 m/s and turns are wide; image motion is set by choosing the strength.
    """
    seconds = (np.arange(placement.poses) - (placement.poses - 1) / 2) * placement.step_seconds
    forward = (placement.target - placement.position) * np.array([1.0, 1.0, 0.0])
    forward /= np.linalg.norm(forward)
    side = np.array([forward[1], -forward[0], 0.0])
    heading = uniform(rng, (0, 2 * math.pi))
    walk = 1.2 * (math.cos(heading) * side + 0.6 * math.sin(heading) * forward + np.array([0, 0, rng.normal() * 0.1]))
    sway = np.stack([_wobble(rng, seconds, 0.3, 1.5) for _ in range(3)], axis=1) * np.array([0.06, 0.04, 0.05])
    turns = np.stack([_wobble(rng, seconds, 0.2, 1.2) for _ in range(3)], axis=1) * np.array([0.10, 0.06, 0.04])
    pan = rng.normal(scale=0.25) * seconds

    def poses(strength: float) -> Array:
        places = placement.position + strength * (seconds[:, None] * walk + sway)
        aim, yaw = placement.target - placement.position, strength * (pan + turns[:, 0])
        x, y = np.cos(yaw) * aim[0] - np.sin(yaw) * aim[1], np.sin(yaw) * aim[0] + np.cos(yaw) * aim[1]
        aims = np.stack([x, y, aim[2] + strength * turns[:, 1] * float(np.linalg.norm(aim))], axis=1)
        matrices = np.tile(np.eye(4), (placement.poses, 1, 1))
        matrices[:, :3, :3] = look_at(places, places + aims, strength * turns[:, 2])
        matrices[:, :3, 3] = places
        return matrices

    return poses


def _wobble(rng: Rng, seconds: Array, low: float, high: float) -> Array:
    """A smooth signal of unit size from three sinusoids."""
    rates = rng.uniform(low, high, size=3)
    phases = rng.uniform(0, 2 * math.pi, size=3)
    return np.sin(2 * math.pi * rates[:, None] * seconds + phases[:, None]).sum(axis=0) / math.sqrt(3)


def recorded(path: Callable[[Array], Array], length: float, start: float, placement: CameraPlacement) -> Poses:
    """A recorded path, moved so that its middle pose is at the placement.

    path: seconds (N,) -> camera-to-world (N, 4, 4), gravity-aligned, metres; `length` is its duration in seconds,
    `start` in [0, 1] is where on it the shot begins. At strength 1 the whole rest of the path is used.
    """
    forward = look_at(placement.position, placement.target)

    def poses(strength: float) -> Array:
        span = strength * length
        seconds = start * (length - span) + np.linspace(0.0, span, placement.poses)
        matrices = path(seconds)
        middle = matrices[(placement.poses - 1) // 2]
        # Only the heading is matched, so that the recorded tilt and roll against gravity survive.
        turn = _heading(forward) - _heading(middle[:3, :3])
        c, s = math.cos(turn), math.sin(turn)
        align = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        out = matrices.copy()
        out[:, :3, :3] = align @ matrices[:, :3, :3]
        out[:, :3, 3] = (matrices[:, :3, 3] - middle[:3, 3]) @ align.T + placement.position
        return out

    return poses


def _heading(rotation: Array) -> float:
    return math.atan2(rotation[1, 2], rotation[0, 2])


def flow_length(camera: CameraSpec, first: Array, second: Array, before: Array, after: Array) -> tuple[Array, Bools]:
    """(N,) lengths of the flow of world points (N, 3) and (N,) whether they end inside the image.

    The points are at `before` in the view with camera-to-world matrix `first` (4, 4), and at `after` in that with
    `second`. Pixels at an image width of REFERENCE_WIDTH; NaN where a point is behind a camera.
    """
    K = camera.intrinsics()
    (a, _), (b, _) = project(K, first, before), project(K, second, after)
    length = np.linalg.norm(b - a, axis=1) * REFERENCE_WIDTH / camera.width
    return length, np.isfinite(length) & np.all((b >= 0) & (b <= [camera.width, camera.height]), axis=1)


def image_motion(
    camera: CameraSpec, matrices: Array, distance: Callable[[Array, Array], Array], gap: int, every: int = 1
) -> Array:
    """(pairs,) mean length of the flow of static points from pose k to pose k + gap, as `flow_length` has it.

    distance: (origin (3,), directions (N, 3)) -> (N,) multiples of the directions at which the background is.
    k counts in steps of `every`.
    """
    u, v = np.meshgrid((np.arange(14) + 0.5) / 14, (np.arange(8) + 0.5) / 8)
    pixels = np.stack([u.ravel() * camera.width, v.ravel() * camera.height], axis=1)
    means = []
    for a, b in zip(matrices[:-gap:every], matrices[gap::every], strict=True):
        rays = pixel_directions(camera.intrinsics(), a[:3, :3], pixels)
        points = a[:3, 3] + distance(a[:3, 3], rays)[:, None] * rays
        length, _ = flow_length(camera, a, b, points, points)
        means.append(float(np.nanmean(length)) if np.isfinite(length).any() else np.inf)
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
    return tuple(
        Pose(position=tuple(matrix[:3, 3].tolist()), rotation=turn)
        for matrix, turn in zip(matrices, quaternion_rows(matrices[:, :3, :3]), strict=True)
    )


def right_of(camera: CameraSpec, pose: int) -> Array:
    """Unit vector (3,) to the right of the image of a pose, in the horizontal plane."""
    right = rotation_matrix(np.array(camera.poses[pose].rotation))[:, 0] * np.array([1.0, 1.0, 0.0])
    return right / np.linalg.norm(right)
