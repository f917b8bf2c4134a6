"""Occupied space: what is where at each time, so that objects do not overlap and stay in view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.rotations import Array, rotation_matrix
from dsia_gen.spec.camera import CameraSpec, pixel_directions, project_directions


@dataclass(frozen=True)
class Occupant:
    """An object as an upright cylinder: centres (1 or T, 3) metres, radius, half height; or the place of a camera.

    With `half`, half sides in metres of a rectangle turned by `yaw`, it is what lies within `radius` of the rectangle.
    """

    centres: Array
    radius: float
    half_height: float
    camera: bool = False
    half: tuple[float, float] = (0.0, 0.0)
    yaw: float = 0.0

    def clear_of(self, other: Occupant, margin: float = 0.05) -> bool:
        """Whether the two stay apart at every time; conservative for two rectangles at odd angles."""
        gap = self.centres - other.centres  # (1 or T, 3) by broadcasting
        x, y = gap[:, 0], gap[:, 1]
        if any(self.half) or any(other.half):
            # Distances in the frame of one rectangle, less the half sides of both.
            base, guest = (self, other) if any(self.half) else (other, self)
            c, s = math.cos(base.yaw), math.sin(base.yaw)
            turn = base.yaw - guest.yaw
            across, along = abs(math.cos(turn)), abs(math.sin(turn))
            wide = base.half[0] + across * guest.half[0] + along * guest.half[1]
            deep = base.half[1] + along * guest.half[0] + across * guest.half[1]
            x, y = np.maximum(np.abs(c * x + s * y) - wide, 0.0), np.maximum(np.abs(c * y - s * x) - deep, 0.0)
        flat = np.hypot(x, y) > self.radius + other.radius + margin
        return bool(np.all(flat | (np.abs(gap[:, 2]) > self.half_height + other.half_height + margin)))


@dataclass(frozen=True)
class Block:
    """A part of the bounds that is occupied, from the floor to the ceiling: x and y intervals in metres."""

    x: tuple[float, float]
    y: tuple[float, float]

    def clear_of(self, occupant: Occupant, margin: float = 0.0) -> bool:
        """Whether an object stays outside at every time."""
        x, y, _ = occupant.centres.T
        dx = np.maximum(np.maximum(self.x[0] - x, x - self.x[1]), 0.0)
        dy = np.maximum(np.maximum(self.y[0] - y, y - self.y[1]), 0.0)
        return bool(np.all(np.hypot(dx, dy) >= occupant.radius + margin - 1e-9))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x[0] < x < self.x[1] and self.y[0] < y < self.y[1]

    def hit(self, origin: Array, directions: Array) -> Array:
        """(N,) multiples of directions (N, 3) at which they enter from outside; inf where they miss (slab method)."""
        low, high = np.array([self.x[0], self.y[0]]), np.array([self.x[1], self.y[1]])
        with np.errstate(divide="ignore", invalid="ignore"):
            first, second = (low - origin[:2]) / directions[:, :2], (high - origin[:2]) / directions[:, :2]
        near = np.nanmax(np.minimum(first, second), axis=1)
        far = np.nanmin(np.maximum(first, second), axis=1)
        return np.where((near <= far) & (near > 0), near, np.inf)


@dataclass(frozen=True)
class SceneBounds:
    """The free space of a scene: x, y and z intervals in metres, less some blocks."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]
    blocks: tuple[Block, ...] = ()

    def holds(self, occupant: Occupant, margin: float = 0.0) -> bool:
        """Whether an object stays inside."""
        r, h = occupant.radius + margin, occupant.half_height
        x, y, z = occupant.centres.T
        inside = (x - r >= self.x[0]) & (x + r <= self.x[1]) & (y - r >= self.y[0]) & (y + r <= self.y[1])
        inside &= (z - h >= self.z[0] - 0.02) & (z + h <= self.z[1])
        return bool(np.all(inside)) and all(block.clear_of(occupant, margin) for block in self.blocks)

    def hit(self, origin: Array, directions: Array) -> Array:
        """(N,) distance from inside to the walls along directions (N, 3), in units of their length."""
        low, high = np.array([self.x, self.y, self.z]).T
        with np.errstate(divide="ignore", invalid="ignore"):
            to_low, to_high = (low - origin) / directions, (high - origin) / directions
        reach = np.nanmin(np.where(directions > 0, to_high, np.where(directions < 0, to_low, np.inf)), axis=1)
        return np.min([reach, *(block.hit(origin, directions) for block in self.blocks)], axis=0)


@dataclass(frozen=True)
class Top:
    """A level surface with free space above, such as the top of a table: middle (3,), yaw, half sides in its own frame,
    whether it is a disc, and the occupants that the furniture below stands for. Metres."""

    middle: Array
    yaw: float
    half: tuple[float, float]
    round: bool
    furniture: tuple[Occupant, ...]

    def _axes(self) -> Array:
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[c, s, 0.0], [-s, c, 0.0]])

    def place(self, x: float, y: float) -> Array:
        """World point (3,) of a point in its own frame."""
        return np.asarray(self.middle + np.array([x, y]) @ self._axes())

    def inside(self, points: Array) -> Array:
        """(...,) metres by which points (..., 3) are inside its edge, seen from above; negative outside."""
        flat = (points - self.middle) @ self._axes().T
        if self.round:
            return np.asarray(self.half[0] - np.linalg.norm(flat, axis=-1))
        return np.asarray((np.array(self.half) - np.abs(flat)).min(axis=-1))


@dataclass
class Space:
    """The bounds of a scene and what has been placed in them so far."""

    bounds: SceneBounds
    occupants: list[Occupant] = field(default_factory=list)

    def fits(self, occupant: Occupant, margin: float = 0.05, on: Sequence[Occupant] = ()) -> bool:
        """Whether an object stays inside the bounds and clear of everything but `on`, which it may touch."""
        others = (other for other in self.occupants if not any(other is below for below in on))
        return self.bounds.holds(occupant) and all(occupant.clear_of(other, margin) for other in others)

    def add(self, occupant: Occupant) -> None:
        self.occupants.append(occupant)


def camera_occupant(camera: CameraSpec, radius: float = 0.45) -> list[Occupant]:
    """The space that a camera needs at all its poses, at any time."""
    return [Occupant(np.array([pose.position]), radius, radius, camera=True) for pose in camera.poses]


def point_in_view(camera: CameraSpec, pose: int, u: float, v: float, depth: float) -> Array:
    """World point (3,) at image position (u, v) in [0, 1] and `depth` metres along the axis of a pose."""
    matrix = camera.camera_to_world(pose)
    pixel = np.array([u * camera.width, v * camera.height])
    return matrix[:3, 3] + depth * pixel_directions(camera.intrinsics(), matrix[:3, :3], pixel)


def share_in_view(camera: CameraSpec, poses: NDArray[np.int64], centres: Array, border: float = 0.0) -> float:
    """Share of (time, pose) combinations at which a point, centres (T, 3), is inside the image.

    poses: (T,) pose index seen at each time. `border` widens (negative: narrows) the image by that share.
    """
    places = np.array([camera.poses[int(pose)].position for pose in poses])
    turns = rotation_matrix(np.array([camera.poses[int(pose)].rotation for pose in poses]))
    rays = (np.broadcast_to(centres, places.shape) - places)[:, None] @ turns  # in the frame of each camera
    pixels, depth = project_directions(camera.intrinsics(), np.eye(3), rays[:, 0])
    uv = pixels / [camera.width, camera.height]
    return float(np.mean((depth > 0) & np.all((uv >= -border) & (uv <= 1 + border), axis=1)))
