"""Collisions over a whole sequence: points on the surfaces of boxes and limbs that are inside others.

The sampler keeps upright cylinders apart; this tests the proxies of sampling/proxies.py, also between time steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.library import Library
from dsia_gen.sampling.proxies import Proxies, proxies_of
from dsia_gen.spec.scene import Instance, SceneSpec

Array = NDArray[np.float64]
FLOOR = 0.06
"""Metres above the floor that soles, rugs and edges may share."""
DEEP = 0.03
"""Metres by which an object may be inside another: the accuracy of proxies."""
CAMERA = 0.25
"""Metres that the camera keeps from everything."""
HALF_STEP = 0.5
HOLLOW = "open_shelf"
"""A family in whose box other objects stand."""


@dataclass(frozen=True)
class Collision:
    """Names of two objects, the time at which one is deepest inside the other, and how deep in metres."""

    first: str
    second: str
    time: float
    depth: float


@cache
def _surface(rounded: bool) -> Array:
    """Points (N, 3) on the unit sphere, or on the cube from -1 to 1."""
    grid = np.array([p for p in itertools.product((-1, -0.5, 0, 0.5, 1), repeat=3) if max(map(abs, p)) == 1])
    return grid / np.linalg.norm(grid, axis=1, keepdims=True) if rounded else grid


def _at(proxies: Proxies, time: float) -> tuple[Array, Array]:
    """Centres and rotations between two time steps; rotations are taken from the nearer one."""
    low = proxies.step(int(time))
    high = min(low + 1, len(proxies.centres) - 1)
    part = time - int(time)
    return (1 - part) * proxies.centres[low] + part * proxies.centres[high], proxies.rotations[
        low if part < 0.5 else high
    ]


def points_on(proxies: Proxies, time: float) -> Array:
    """World points (N, 3) on the surfaces of all proxies."""
    centres, rotations = _at(proxies, time)
    rows = zip(centres, rotations, proxies.half, proxies.rounded, strict=True)
    return np.concatenate([c + (_surface(bool(ball)) * half) @ turn.T for c, turn, half, ball in rows])


def depth_inside(points: Array, proxies: Proxies, time: float) -> float:
    """Metres by which the deepest of some points (N, 3) lies inside any of the proxies; 0 for none."""
    centres, rotations = _at(proxies, time)
    deepest = 0.0
    for k, half in enumerate(proxies.half):
        local = (points - centres[k]) @ rotations[k] / half
        size = np.linalg.norm(local, axis=1) if proxies.rounded[k] else np.abs(local).max(axis=1)
        deepest = max(deepest, float((1 - size).max(initial=0.0)) * float(half.min()))
    return deepest


def _near(a: Proxies, b: Proxies, time: float) -> bool:
    """Whether the spheres around any two proxies meet."""
    gap = np.linalg.norm(_at(a, time)[0][:, None] - _at(b, time)[0][None], axis=2)
    return bool(np.any(gap < np.linalg.norm(a.half, axis=1)[:, None] + np.linalg.norm(b.half, axis=1)[None]))


def overlap(a: Proxies, b: Proxies, time: float) -> float:
    """Metres by which one thing is inside another above the floor."""
    if not _near(a, b, time):
        return 0.0
    first, second = points_on(a, time), points_on(b, time)
    return max(depth_inside(first[first[:, 2] > FLOOR], b, time), depth_inside(second[second[:, 2] > FLOOR], a, time))


def collisions(spec: SceneSpec, library: Library) -> list[Collision]:
    """The deepest moment of each two things of a scene that are more than `DEEP` inside each other.

    Parts of the room count against what is of the foreground; they may touch each other and what stands on them.
    """
    shapes = [(i, proxies_of(i, library)) for i in spec.instances]
    found = []
    for (a, first), (b, second) in itertools.combinations(shapes, 2):
        if _may_touch(a, b):
            continue
        depths = {time: overlap(first, second, time) for time in _times(first, second, spec.times)}
        time = max(depths, key=lambda t: depths[t])
        if depths[time] > DEEP:
            found.append(Collision(a.name, b.name, time, round(depths[time], 3)))
    return found


def _may_touch(a: Instance, b: Instance) -> bool:
    if "foreground" in (a.role, b.role):
        return any(i.asset.endswith(("floor_slab", "rug")) for i in (a, b))
    return any(i.role == "room" or i.asset.endswith(("rug", HOLLOW)) for i in (a, b))


def _times(a: Proxies, b: Proxies, times: int) -> Iterator[float]:
    still = len(a.centres) == 1 and len(b.centres) == 1
    return iter((0.0,)) if still else iter(np.arange(0.0, times - HALF_STEP, HALF_STEP).tolist() or (0.0,))


def near_camera(spec: SceneSpec, library: Library) -> list[Collision]:
    """Things that come within `CAMERA` metres of any pose of the camera, at any time."""
    places = np.array([pose.position for pose in spec.camera.poses])
    around = (places[:, None] + CAMERA * _surface(True)).reshape(-1, 3)
    found = []
    for instance in spec.instances:
        proxies = proxies_of(instance, library)
        depths = [depth_inside(around, proxies, time) for time in range(len(proxies.centres))]
        if max(depths) > 0:
            found.append(Collision("camera", instance.name, float(np.argmax(depths)), round(max(depths), 3)))
    return found
