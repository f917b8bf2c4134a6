"""Nothing is inside anything else over the whole shot: surface points of limbs and boxes, also between time steps.

The sampler keeps upright cylinders apart; here points on the surfaces of boxes and limbs are looked for inside others.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dsia_gen.sampling.proxies import Pieces, pieces_of
from dsia_gen.spec.motion import HumanoidMotion
from dsia_gen.spec.scene import Instance, SceneSpec
from tests.sampling.scenes import library, scene

pytestmark = pytest.mark.slow

SEEDS = range(3)
FLOOR = 0.06
"""Metres above the floor that soles, rugs and edges may share."""
CAMERA = 0.25
"""Metres that the camera keeps from everything."""


def _surface(rounded: bool) -> np.ndarray:
    """Points on the unit sphere, or on the cube from -1 to 1."""
    grid = np.array([p for p in itertools.product((-1, -0.5, 0, 0.5, 1), repeat=3) if max(map(abs, p)) == 1])
    return grid / np.linalg.norm(grid, axis=1, keepdims=True) if rounded else grid


def _at(pieces: Pieces, time: float) -> tuple[np.ndarray, np.ndarray]:
    """Centres and rotations between two time steps; rotations are taken from the nearer one."""
    low = pieces.step(int(time))
    high = min(low + 1, len(pieces.centres) - 1)
    part = time - int(time)
    return (1 - part) * pieces.centres[low] + part * pieces.centres[high], pieces.rotations[low if part < 0.5 else high]


def _points(pieces: Pieces, time: float) -> np.ndarray:
    centres, rotations = _at(pieces, time)
    clouds = []
    for k, half in enumerate(pieces.half):
        clouds.append(centres[k] + (_surface(bool(pieces.rounded[k])) * half) @ rotations[k].T)
    return np.concatenate(clouds)


def _depth(points: np.ndarray, pieces: Pieces, time: float) -> float:
    """Metres by which the deepest of some points lies inside any of the pieces; 0 for none."""
    centres, rotations = _at(pieces, time)
    deepest = 0.0
    for k, half in enumerate(pieces.half):
        local = (points - centres[k]) @ rotations[k] / half
        size = np.linalg.norm(local, axis=1) if pieces.rounded[k] else np.abs(local).max(axis=1)
        deepest = max(deepest, float((1 - size).max(initial=0.0)) * float(half.min()))
    return deepest


def _near(a: Pieces, b: Pieces, time: float) -> bool:
    """Whether the spheres around any two pieces meet."""
    gap = np.linalg.norm(_at(a, time)[0][:, None] - _at(b, time)[0][None], axis=2)
    return bool(np.any(gap < np.linalg.norm(a.half, axis=1)[:, None] + np.linalg.norm(b.half, axis=1)[None]))


def _overlap(a: Pieces, b: Pieces, time: float) -> float:
    if not _near(a, b, time):
        return 0.0
    first, second = _points(a, time), _points(b, time)
    return max(_depth(first[first[:, 2] > FLOOR], b, time), _depth(second[second[:, 2] > FLOOR], a, time))


def _shapes(spec: SceneSpec) -> list[tuple[Instance, Pieces]]:
    return [(i, pieces_of(i, library())) for i in spec.instances]


def _is_shell(instance: Instance) -> bool:
    """The shell of a room, where windows and doors are set into walls and rugs lie on floors."""
    return instance.role == "room" or instance.asset.endswith("rug")


@pytest.mark.parametrize("name", ["outdoor", "indoor"])
def test_nothing_collides_over_the_whole_shot(name: str) -> None:
    for seed in SEEDS:
        spec = scene(name, seed)
        shapes = _shapes(spec)
        movers = [(i, p) for i, p in shapes if i.role == "foreground"]
        for time in np.arange(0, spec.times - 0.5, 0.5):
            for (a, pa), (b, pb) in itertools.product(movers, shapes):
                if a.id == b.id or b.asset.endswith(("floor_slab", "rug")):
                    continue
                depth = _overlap(pa, pb, float(time))
                assert depth < 0.03, f"{name} {seed}: {a.name} is {depth:.2f} m inside {b.name} at time {time}"


@pytest.mark.parametrize("name", ["outdoor", "indoor"])
def test_things_that_stand_about_do_not_overlap(name: str) -> None:
    for seed in SEEDS:
        shapes = [(i, p) for i, p in _shapes(scene(name, seed)) if not _is_shell(i) and len(p.centres) == 1]
        for (a, pa), (b, pb) in itertools.combinations(shapes, 2):
            if any(i.asset.endswith("open_shelf") for i in (a, b)):
                continue  # things stand on its boards, inside its box: tests/sampling/test_rooms.py knows the boards
            assert _overlap(pa, pb, 0.0) < 0.03, f"{name} {seed}: {a.name} and {b.name}"


@pytest.mark.parametrize("name", ["outdoor", "indoor", "lclf"])
def test_the_camera_is_clear_of_everything_at_every_time(name: str) -> None:
    for seed in SEEDS:
        spec = scene(name, seed)
        places = np.array([pose.position for pose in spec.camera.poses])
        around = (places[:, None] + CAMERA * _surface(rounded=True)).reshape(-1, 3)
        for instance, pieces in _shapes(spec):
            for time in range(0, len(pieces.centres), 2):
                depth = _depth(around, pieces, time)
                assert depth == 0, f"{name} {seed}: the camera is within {CAMERA} m of {instance.name} at time {time}"


def test_nobody_walks_into_the_floor_and_nobody_floats() -> None:
    for seed in SEEDS:
        for instance, pieces in _shapes(scene("outdoor", seed)):
            if isinstance(instance.motion, HumanoidMotion):
                lowest = min(float(_points(pieces, time)[:, 2].min()) for time in range(len(pieces.centres)))
                assert -0.08 < lowest < 0.08


def _box(*places: float) -> Pieces:
    """A box of a metre that moves along X, a metre above the floor."""
    centres = np.array([[[x, 0.0, 1.0]] for x in places])
    turns = np.tile(np.eye(3), (len(places), 1, 1, 1))
    return Pieces(np.array([1]), np.array([False]), np.full((1, 3), 0.5), centres, turns, np.ones(1))


def test_the_test_itself_sees_collisions() -> None:
    """A box half inside another is found, and one that passes through between two steps."""
    assert _overlap(_box(0.0), _box(0.5), 0.0) == pytest.approx(0.5)
    assert _overlap(_box(0.0), _box(1.01), 0.0) == 0
    assert _overlap(_box(-2.0, 1.5), _box(0.0), 0.0) == _overlap(_box(-2.0, 1.5), _box(0.0), 1.0) == 0
    assert _overlap(_box(-2.0, 1.5), _box(0.0), 0.5) > 0.1
