"""Diversity: counted rightly, and reached by the presets over a few scenes."""

from __future__ import annotations

import pytest

from bench.scene_variety import Diversity, measure
from dsia_gen.sampling.proxy_scene import PairEstimate
from dsia_gen.sampling.seeds import scene_seed
from tests.sampling.scenes import library, scene

pytestmark = pytest.mark.slow


def test_shares_are_counted_by_kind() -> None:
    spec = scene("outdoor", 0)
    found = measure([spec, spec], library())
    foreground = [i for i in spec.instances if i.role == "foreground" and i.motion.type != "humanoid"]
    assert found.placements["foreground"].total() == 2 * len(foreground)
    assert found.placements["hdri"] == {spec.environment.asset: 2}
    assert found.largest_share("hdri") == (spec.environment.asset, 1.0)
    assert found.largest_share("foreground")[1] >= 1 / len(foreground)
    assert len(found.pairs) == 2 * len(spec.pairs)


def test_cover_and_visibility_are_shares_of_pairs() -> None:
    def pair(cover: float, in_all: bool) -> PairEstimate:
        return PairEstimate(camera_px=1, foreground_px=1, cover=cover, in_all=in_all)

    found = Diversity(pairs=[pair(0.02, True), pair(0.3, True), pair(0.5, False), pair(0.7, True)])
    assert found.cover_within() == 0.5
    assert found.seen_in_all() == 0.75


def test_presets_show_something_that_moves_and_repeat_nothing() -> None:
    """Over 200 scenes this is measured by bench/diversity.py; here over twelve, 48 pairs, with some room for chance."""
    found = measure([scene("mixed", scene_seed(7, k)) for k in range(12)], library())
    assert found.cover_within() >= 0.9
    assert found.seen_in_all() >= 0.95
    assert found.largest_share("foreground")[1] < 0.12
    assert found.largest_share("thing")[1] < 0.15
