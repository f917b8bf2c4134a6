"""Rigid motions of objects: fly, tumble, roll, slide, spin, fall, swing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import Array, continuous, quaternion, rotation_matrix
from dsia_gen.sampling.draw import Rng, uniform
from dsia_gen.sampling.physics import GRAVITY, RigidBodyState, Solid, simulate
from dsia_gen.spec.motion import RigidPath, Still
from dsia_gen.spec.record import Quat

MOST_LEAD = 0.4
"""Seconds before a sequence at which a body may have been released: falls of a metre take longer."""


@dataclass(frozen=True)
class Body:
    """A rigid body: bounding box (width X, depth Y, height Z), origin on the floor below the centre."""

    size: tuple[float, float, float]
    ball: bool = False

    @property
    def centre(self) -> Array:
        """Centre of the box in the frame of the body, (3,)."""
        return np.array([0.0, 0.0, self.size[2] / 2])

    @property
    def radius(self) -> float:
        """Radius of the bounding sphere."""
        return math.sqrt(sum(s * s for s in self.size)) / 2

    @property
    def flat_radius(self) -> float:
        """Radius of the circle around the box seen from above."""
        return math.hypot(self.size[0], self.size[1]) / 2

    def reach(self, rotation: Array) -> float:
        """Distance from the centre down to the lowest corner under a rotation (3, 3)."""
        return self.size[2] / 2 if self.ball else float(np.abs(rotation[2]) @ np.array(self.size)) / 2


@dataclass(frozen=True)
class RigidTrajectory:
    """Centres (T, 3) and rotations (T, 3, 3) of a body over time."""

    centres: Array
    rotations: Array

    def motion(self, body: Body) -> RigidPath:
        """As a specification: positions of the origin of the body."""
        positions = (self.centres - self.rotations @ body.centre).tolist()
        return RigidPath(positions=tuple(map(tuple, positions)), rotations=quaternion_rows(self.rotations))


@dataclass(frozen=True)
class Start:
    """Start of a motion: the centre (3,) at the middle time, metres a time step, number of times.

    `side` is the unit vector to the right of the image, so that motion is visible; `step_seconds` is the time step, and
    `gap` the number of steps between the two images of a pair. Bodies fall onto a level at the height `floor`, which
    extends `around` metres on every side.
    """

    centre: Array
    step: float
    times: int
    step_seconds: float
    side: Array
    yaw: float
    gap: int = 1
    floor: float = 0.0
    around: float = math.inf


def quaternion_rows(rotations: Array) -> tuple[Quat, ...]:
    """Rotations (T, 3, 3) as quaternions of a specification; neighbours are in one hemisphere, so that interpolation
    takes the shorter way."""
    return tuple((float(w), float(x), float(y), float(z)) for w, x, y, z in continuous(quaternion(rotations)))


def turn(axis: Array, angle: Array | float) -> Array:
    """(..., 3, 3) rotations by `angle` (...) radians about `axis` (3,) (Rodrigues)."""
    half = np.asarray(angle, dtype=np.float64)[..., None] / 2
    return rotation_matrix(np.concatenate([np.cos(half), np.sin(half) * (axis / np.linalg.norm(axis))], axis=-1))


def yaw_matrix(angle: Array | float) -> Array:
    """(..., 3, 3) rotations about Z."""
    return turn(np.array([0.0, 0.0, 1.0]), angle)


def _offsets(times: int) -> Array:
    return np.arange(times) - (times - 1) / 2


def _direction(rng: Rng, side: Array, rise: float) -> Array:
    """A unit vector mostly along the image, sometimes towards or away from the camera."""
    depth = np.array([-side[1], side[0], 0.0])
    sign = 1.0 if rng.uniform() < 0.5 else -1.0
    vector = sign * side + uniform(rng, (-0.6, 0.6)) * depth + np.array([0.0, 0.0, uniform(rng, (-rise, rise))])
    return vector / np.linalg.norm(vector)


def fly(rng: Rng, body: Body, start: Start, spin: float = 0.08) -> RigidTrajectory:
    """A gentle curve through the air with a slow turn; `spin` is in radians a pair."""
    steps = _offsets(start.times) / start.gap
    along = _direction(rng, start.side, 0.35)
    bend = np.cross(along, np.array([0.0, 0.0, 1.0])) + np.array([0.0, 0.0, uniform(rng, (-1, 1))])
    way = start.step * start.gap
    curve = uniform(rng, (-0.06, 0.06)) * way
    centres = start.centre + way * steps[:, None] * along + curve * (steps**2)[:, None] * bend
    axis = rng.normal(size=3)
    tilt = turn(rng.normal(size=3), uniform(rng, (0.0, 0.6)))
    spin = min(spin, 1.5 * way / body.radius)  # a slow body turns slowly
    return RigidTrajectory(centres, turn(axis, spin * steps) @ (tilt @ yaw_matrix(start.yaw)))


def tumble(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Flying while turning fast."""
    return fly(rng, body, start, spin=uniform(rng, (0.2, 0.55)))


def slide(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Along the floor without turning over, as if pushed."""
    steps = _offsets(start.times)
    along = _direction(rng, start.side, 0.0)
    drift = uniform(rng, (-0.04, 0.04)) / start.gap
    return RigidTrajectory(start.centre + start.step * steps[:, None] * along, yaw_matrix(start.yaw + drift * steps))


def roll(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Rolling on the floor about the body's X axis without slipping (angle = distance / radius), ever slower."""
    steps = _offsets(start.times)
    along = _direction(rng, start.side, 0.0)
    heading = math.atan2(along[1], along[0])
    radius = body.size[2] / 2
    facing = yaw_matrix(heading - math.pi / 2)  # the body's Y axis points along the way, X is the axle
    axle = facing @ np.array([1.0, 0.0, 0.0])
    slowing = uniform(rng, (0.1, 0.5)) / max(start.times - 1, 1)  # share of the speed lost on either half, a step
    way = start.step * (steps - slowing * steps**2)
    return RigidTrajectory(start.centre + way[:, None] * along, turn(axle, -way / radius) @ facing)


def spin(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Turning on the spot about Z, so that the rim moves by `step`."""
    steps = _offsets(start.times)
    rate = min(start.step / max(body.flat_radius, 0.05), 0.7 / start.gap) * (1 if rng.uniform() < 0.5 else -1)
    return RigidTrajectory(np.repeat(start.centre[None], start.times, axis=0), yaw_matrix(start.yaw + rate * steps))


def fall(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Dropped by physics: free fall, bounces, tumbling, rest on a face; a ball rolls on and slows down.

    It was released so long before the sequence that it falls by `step` in the middle of it.
    """
    bounce, friction, rolling = (uniform(rng, span) for span in ((0.25, 0.6), (0.35, 0.8), (0.4, 1.2)))
    solid = Solid(body.size, body.ball, bounce, friction, rolling)
    centre = start.centre + np.array([0.0, 0.0, uniform(rng, (0.4, 0.9))])
    tilt = turn(rng.normal(size=3), uniform(rng, (0.0, 0.6))) @ yaw_matrix(start.yaw)
    speed = uniform(rng, (0.0, min(1.2, start.around))) * _direction(rng, start.side, 0.0)
    spin = solid.inertia * rng.normal(size=3) * uniform(rng, (0.5, 2.5))
    centre[2] = max(centre[2], start.floor + body.reach(tilt) + 0.02)
    dropped = RigidBodyState(centre, speed, tilt, tilt @ spin)
    shot = (start.times - 1) * start.step_seconds
    lead = min(MOST_LEAD, max(0.0, start.step / start.step_seconds / GRAVITY - shot / 2))
    return RigidTrajectory(*simulate(solid, dropped, start.times, start.step_seconds, start.floor, lead))


def swing(rng: Rng, body: Body, start: Start) -> RigidTrajectory:
    """Swaying to and fro as if hung from above."""
    length = uniform(rng, (0.8, 1.8))
    phase, rate = uniform(rng, (0, 2 * math.pi)), math.sqrt(GRAVITY / length) * start.step_seconds
    reach = min(0.6, 1.4 * start.step / (length * rate))  # sqrt(2) over the mean of |cos|
    angles = reach * np.sin(phase + rate * np.arange(start.times))
    axis = np.cross(start.side, np.array([0.0, 0.0, 1.0]))
    pivot = start.centre + np.array([0.0, 0.0, length])
    rotations = turn(axis, angles)
    return RigidTrajectory(pivot + rotations @ np.array([0.0, 0.0, -length]), rotations @ yaw_matrix(start.yaw))


TRAJECTORIES: dict[str, Callable[[Rng, Body, Start], RigidTrajectory]] = {
    "fly": fly, "tumble": tumble, "slide": slide, "roll": roll, "spin": spin, "fall": fall, "swing": swing,
}  # fmt: skip
"""Motions by name; `still` is not one of them."""
GROUNDED = frozenset({"still", "slide", "roll", "spin"})
"""Motions of objects that stand on the floor."""


def standing(position: Array, yaw: float) -> Still:
    """The motion of an object that stands on the floor and never moves."""
    half = yaw / 2
    return Still(position=tuple(position.tolist()), rotation=(math.cos(half), 0.0, 0.0, math.sin(half)))
