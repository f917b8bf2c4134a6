"""Nothing is inside anything else over the whole shot: surface points of limbs and boxes, also between time steps."""

from __future__ import annotations

import numpy as np
import pytest

from bench.collisions import collisions, near_camera, overlap, points_on
from dsia_gen.sampling.proxies import Proxies, proxies_of
from dsia_gen.spec.motion import HumanoidMotion
from tests.sampling.scenes import library, scene

pytestmark = pytest.mark.slow

SEEDS = range(3)


@pytest.mark.parametrize("name", ["outdoor", "indoor"])
def test_nothing_is_inside_anything_else_over_the_whole_shot(name: str) -> None:
    for seed in SEEDS:
        assert collisions(scene(name, seed), library()) == [], f"{name} {seed}"


@pytest.mark.parametrize("name", ["outdoor", "indoor", "lclf"])
def test_the_camera_is_clear_of_everything_at_every_time(name: str) -> None:
    for seed in SEEDS:
        assert near_camera(scene(name, seed), library()) == [], f"{name} {seed}"


def test_nobody_walks_into_the_floor_and_nobody_floats() -> None:
    for seed in SEEDS:
        for instance in scene("outdoor", seed).instances:
            if isinstance(instance.motion, HumanoidMotion):
                pieces = proxies_of(instance, library())
                lowest = min(float(points_on(pieces, time)[:, 2].min()) for time in range(len(pieces.centres)))
                assert -0.08 < lowest < 0.08


def _box(*places: float) -> Proxies:
    """A box of a metre that moves along X, a metre above the floor."""
    centres = np.array([[[x, 0.0, 1.0]] for x in places])
    turns = np.tile(np.eye(3), (len(places), 1, 1, 1))
    return Proxies(np.array([1]), np.array([False]), np.full((1, 3), 0.5), centres, turns, np.ones(1))


def test_the_test_itself_sees_collisions() -> None:
    """A box half inside another is found, and one that passes through between two steps."""
    assert overlap(_box(0.0), _box(0.5), 0.0) == pytest.approx(0.5)
    assert overlap(_box(0.0), _box(1.01), 0.0) == 0
    assert overlap(_box(-2.0, 1.5), _box(0.0), 0.0) == overlap(_box(-2.0, 1.5), _box(0.0), 1.0) == 0
    assert overlap(_box(-2.0, 1.5), _box(0.0), 0.5) > 0.1
