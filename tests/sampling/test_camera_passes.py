"""Pairs: time and pose are chosen apart, views are shared, and the pairs move as asked for."""

from __future__ import annotations

import numpy as np
import pytest

from bench.scene_variety import estimate_scene
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.pipeline.estimate import extent
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX, unique_views
from tests.sampling.scenes import library, scene

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["lclf", "lcsf", "sclf", "scsf"])
def test_pairs_fall_into_the_subset_asked_for(name: str) -> None:
    large_camera, large_foreground = "lc" in name, "lf" in name
    right = []
    for seed in range(3):
        for estimate in estimate_scene(scene(name, seed), library()):
            camera = (estimate.camera_px >= LARGE_CAMERA_PX) == large_camera
            right.append(camera and (estimate.foreground_px >= LARGE_FOREGROUND_PX) == large_foreground)
    assert np.mean(right) >= 0.9


def test_neighbours_share_views() -> None:
    spec = scene("outdoor", 2)
    assert len(unique_views(spec.pairs)) == 2 * 4 + 1
    for first, second in zip(spec.pairs[:-1], spec.pairs[1:], strict=True):
        assert first.view("2") == second.view("1")
        assert second.p2 > first.p2 or second.p1 > first.p1


def test_gaps_stay_within_the_configuration_and_may_be_fixed() -> None:
    spec = scene("outdoor", 2, "sequence.gap=[3, 6]", "sequence.pose_gap=[5, 5]")
    assert {abs(p.p2 - p.p1) for p in spec.pairs} == {5}
    assert {p.t2 - p.t1 for p in spec.pairs} <= set(range(3, 7))


def test_time_and_pose_are_independent_when_resequenced() -> None:
    """Over a few scenes the walk along the camera path begins anywhere and goes either way."""
    orders = []
    for seed in range(4):
        spec = scene("outdoor", seed, "sequence.order=resequenced", "sequence.pairs=2")
        orders.append(np.sign([p.p2 - p.p1 for p in spec.pairs]).tolist())
        assert all(p.t2 > p.t1 for p in spec.pairs)
    assert any(-1 in order for order in orders)
    assert any(1 in order for order in orders)


def test_passes_film_the_same_times_from_other_poses() -> None:
    spec = scene("outdoor", 3, "sequence.passes=3", "sequence.pairs=2")
    assert [p.index for p in spec.pairs] == list(range(6))
    poses = [{p.p1 for p in spec.pairs[k : k + 2]} | {p.p2 for p in spec.pairs[k : k + 2]} for k in (0, 2, 4)]
    assert not poses[0] & poses[1]
    assert not poses[1] & poses[2]
    assert {p.t1 for p in spec.pairs[:2]} & {p.t1 for p in spec.pairs[2:4]}
    assert len(unique_views(spec.pairs)) == 3 * (2 * 2 + 1)


def test_the_timeline_ends_where_the_pairs_end() -> None:
    spec = scene("indoor", 1)
    times = [t for p in spec.pairs for t in (p.t1, p.t2)]
    assert min(times) == 0
    assert max(times) == spec.times - 1


@pytest.mark.parametrize("ways", [2, 4])
def test_pairs_the_other_ways_share_views(ways: int) -> None:
    """N pairs are 2 N + 1 views; with their reverses, or all pairs of the same times and poses, 3 N + 1."""
    spec = scene("outdoor", 2, f"sequence.pair_directions={ways}", "sequence.pairs=3")
    assert [p.index for p in spec.pairs] == list(range(3 * ways))
    assert len(unique_views(spec.pairs)) == 3 * 3 + 1
    for k in range(0, len(spec.pairs), ways):
        same = spec.pairs[k : k + ways]
        assert len({(p.t1, p.p1) for p in same}) == ways, "each begins at a view of its own"
        assert len({frozenset((p.t1, p.t2)) for p in same}) == len({frozenset((p.p1, p.p2)) for p in same}) == 1
        assert all(p.t1 != p.t2 and p.p1 != p.p2 for p in same)
    config = load_scene_config("outdoor", {"sequence.pair_directions": ways, "sequence.pairs": 3})
    assert (extent(config).pairs, extent(config).views) == (3 * ways, 10)
