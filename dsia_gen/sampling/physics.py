"""A rigid body above a level floor: free fall, impacts with restitution and Coulomb friction, and rest.

Impulses at contact points follow Baraff, "Physically Based Modeling" (SIGGRAPH trajectory notes, 2001), with mass 1.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np

from dsia_gen.core.rotations import Array, rotation_matrix

GRAVITY = 9.81
STEP = 1 / 400
"""Longest time step in seconds."""
SLOW = 0.25
"""Metres a second below which an impact does not bounce."""
SLOP = 1e-3
"""Metres above the floor up to which a point is in contact."""
ROUNDS = 6
CALM = (0.05, 0.3)
"""Speed (m/s) and spin (rad/s) below which a body on at least three points, or a ball, is at rest."""
UP = np.array([0.0, 0.0, 1.0])
CORNERS = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))


@dataclass(frozen=True)
class Solid:
    """A uniform box of a size (metres), or a ball of that diameter, with its coefficients of contact."""

    size: tuple[float, float, float]
    ball: bool = False
    restitution: float = 0.4
    friction: float = 0.5
    rolling: float = 0.6

    @property
    def inertia(self) -> Array:
        """(3,) principal moments of inertia for mass 1."""
        x, y, z = (s * s for s in self.size)
        return np.full(3, 0.1 * x) if self.ball else np.array([y + z, x + z, x + y]) / 12

    def points(self, rotation: Array) -> Array:
        """(N, 3) points that may touch the floor, from the centre."""
        if self.ball:
            return np.array([[0.0, 0.0, -self.size[2] / 2]])
        return np.asarray((CORNERS * self.size) @ rotation.T)


@dataclass
class RigidBodyState:
    """Centre, velocity, rotation (3, 3) and angular momentum of a body, world axes; `rests` once nothing moves."""

    centre: Array
    velocity: Array
    rotation: Array
    momentum: Array = field(default_factory=lambda: np.zeros(3))
    rests: bool = False


def simulate(
    solid: Solid, start: RigidBodyState, times: int, seconds: float, floor: float = 0.0, lead: float = 0.0
) -> tuple[Array, Array]:
    """Centres (T, 3) and rotations (T, 3, 3) at `times` times, `seconds` apart, the first of them `lead` seconds after
    `start`; `start` is kept."""
    state = RigidBodyState(start.centre.copy(), start.velocity.copy(), start.rotation.copy(), start.momentum.copy())
    centres, rotations = [], []
    for span in (lead, *(seconds,) * (times - 1)):
        steps = math.ceil(span / STEP)
        for _ in range(steps):
            if not state.rests:
                advance(solid, state, span / steps, floor)
        centres.append(state.centre.copy())
        rotations.append(state.rotation.copy())
    return np.stack(centres), np.stack(rotations)


def _cross(a: Array, b: Array) -> Array:
    """Cross product of two vectors (3,); numpy's own is made for many."""
    ax, ay, az = a.tolist()
    bx, by, bz = b.tolist()
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def spin_of(solid: Solid, state: RigidBodyState) -> Array:
    """(3,) angular velocity, world axes."""
    return np.asarray(state.rotation @ ((state.rotation.T @ state.momentum) / solid.inertia))


def advance(solid: Solid, state: RigidBodyState, seconds: float, floor: float) -> None:
    """One step: free flight, and where it ended in the floor, back to the moment of contact and on from there."""
    _fly(solid, state, seconds)
    depth, speed = _deepest(solid, state, floor)
    if depth <= -SLOP:
        return
    if speed < -SLOW:
        late = min(seconds, max(depth, 0.0) / -speed)
        _fly(solid, state, -late)
        _collide(solid, state, floor)
        _fly(solid, state, late)
    else:
        _collide(solid, state, floor)
        # Rolling friction, and rest where the body is slow enough.
        fade = math.exp(-solid.rolling * seconds)
        state.velocity[:2] *= fade
        state.momentum *= fade
        calm = np.linalg.norm(state.velocity) < CALM[0] and np.linalg.norm(spin_of(solid, state)) < CALM[1]
        state.rests = bool(calm and (solid.ball or len(_touching(solid, state, floor)) >= 3))
    state.centre[2] += max(0.0, _deepest(solid, state, floor)[0])


def _fly(solid: Solid, state: RigidBodyState, seconds: float) -> None:
    """Free flight, exact for the centre; the angular momentum is kept."""
    state.centre += state.velocity * seconds - UP * (GRAVITY * seconds**2 / 2)
    state.velocity -= UP * (GRAVITY * seconds)
    turned = spin_of(solid, state) * seconds
    angle = float(np.linalg.norm(turned))
    if angle > 0:
        turn = np.array([math.cos(angle / 2), *(math.sin(angle / 2) * turned / angle)])
        state.rotation = rotation_matrix(turn) @ state.rotation


def _deepest(solid: Solid, state: RigidBodyState, floor: float) -> tuple[float, float]:
    """Depth of the lowest point below the floor (negative above it), and its upward speed."""
    points = solid.points(state.rotation)
    low = int(np.argmin(points[:, 2]))
    speed = (state.velocity + _cross(spin_of(solid, state), points[low]))[2]
    return float(floor - state.centre[2] - points[low, 2]), float(speed)


def _touching(solid: Solid, state: RigidBodyState, floor: float) -> Array:
    points = solid.points(state.rotation)
    return np.asarray(points[state.centre[2] + points[:, 2] < floor + 2 * SLOP])


def _collide(solid: Solid, state: RigidBodyState, floor: float) -> None:
    """Impulses at all touching points, a few rounds of them, since each disturbs the others."""
    points = _touching(solid, state, floor)
    inverse = state.rotation @ np.diag(1 / solid.inertia) @ state.rotation.T
    before = [(state.velocity + _cross(inverse @ state.momentum, r))[2] for r in points]
    targets = [-solid.restitution * v if v < -SLOW else 0.0 for v in before]
    for _ in range(1 if len(points) == 1 else ROUNDS):
        for r, target in zip(points, targets, strict=True):
            velocity = state.velocity + _cross(inverse @ state.momentum, r)
            if velocity[2] >= target:
                continue
            # The impulse that leaves the point with its target speed: sticking if friction can hold it, else sliding.
            cross = np.array([[0, -r[2], r[1]], [r[2], 0, -r[0]], [-r[1], r[0], 0]])
            response = np.eye(3) - cross @ inverse @ cross
            impulse = np.linalg.solve(response, target * UP - velocity)
            slide = math.hypot(velocity[0], velocity[1])
            if slide >= 1e-9 and math.hypot(impulse[0], impulse[1]) > solid.friction * impulse[2]:
                way = UP - solid.friction * np.array([velocity[0], velocity[1], 0.0]) / slide
                impulse = way * max(0.0, (target - velocity[2]) / max(float(UP @ response @ way), 1e-9))
            state.velocity += impulse
            state.momentum += _cross(r, impulse)
