"""Means, intervals and tests against closed forms and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dsia_gen.evaluate.statistics import FEWEST_GROUPS, Value, holm, mean_with_interval, paired_tests, wilcoxon_p

stats = pytest.importorskip("scipy.stats")


def values(count: int = 60, scenes: int = 12, seed: int = 0, shift: float = 0.0) -> list[Value]:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(25 + shift, 2, count)
    return [Value(f"s{k:03d}", f"g{k % scenes}", ("LcLf", "ScSf")[k % 2], float(x)) for k, x in enumerate(numbers)]


def test_the_interval_is_as_wide_as_theory_says() -> None:
    found = mean_with_interval(values(600, 600))
    numbers = [v.value for v in values(600, 600)]
    assert found.mean == pytest.approx(np.mean(numbers))
    expected = 1.96 * np.std(numbers) / math.sqrt(600)
    assert found.high - found.mean == pytest.approx(expected, rel=0.15)
    assert found.mean - found.low == pytest.approx(expected, rel=0.15)


def test_the_order_changes_nothing() -> None:
    shuffled = [values()[k] for k in np.random.default_rng(3).permutation(60)]
    assert mean_with_interval(shuffled) == mean_with_interval(values())
    assert mean_with_interval(shuffled, by_subset=True) == mean_with_interval(values(), by_subset=True)


def test_samples_of_one_scene_do_not_count_as_independent() -> None:
    """Twelve scenes of ten equal samples are twelve, not 120, measurements."""
    once = [Value(f"a{k}", f"g{k}", "", float(k)) for k in range(12)]
    ten = [Value(f"{v.sample}_{j}", v.group, "", v.value) for v in once for j in range(10)]
    assert mean_with_interval(ten).high == pytest.approx(mean_with_interval(once).high)


def test_below_a_handful_of_scenes_samples_are_drawn() -> None:
    few = values(40, FEWEST_GROUPS - 1)
    alone = [Value(v.sample, v.sample, v.subset, v.value) for v in few]
    assert mean_with_interval(few) == mean_with_interval(alone)


def test_the_average_is_that_of_the_subsets() -> None:
    found = mean_with_interval(
        [Value("a", "1", "LcLf", 10), Value("b", "2", "LcLf", 20), Value("c", "3", "ScSf", 31)], by_subset=True
    )
    assert found.mean == pytest.approx((15 + 31) / 2)


def test_infinite_values_are_counted_and_left_out() -> None:
    found = mean_with_interval([Value("a", "1", "", 10), Value("b", "2", "", math.inf)])
    assert (found.mean, found.count, found.infinite) == (10, 2, 1)
    assert mean_with_interval([Value("a", "1", "", math.inf)]).mean == math.inf
    assert math.isnan(mean_with_interval([]).mean)


def test_holm_steps_down() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    corrected = holm([0.2, math.nan, 0.6])
    assert corrected[0] == pytest.approx(0.4) and math.isnan(corrected[1]) and corrected[2] == pytest.approx(0.6)


def test_the_signed_rank_test_is_scipy_s_and_silent_on_little() -> None:
    differences = np.random.default_rng(1).normal(0.4, 1, 40).tolist()
    assert wilcoxon_p(differences) == pytest.approx(stats.wilcoxon(differences).pvalue)
    assert math.isnan(wilcoxon_p([0.0] * 30)) and math.isnan(wilcoxon_p([1.0] * 5))


def test_pairs_are_compared_sample_by_sample() -> None:
    a, b, c = values(), [Value(v.sample, v.group, v.subset, v.value - 1.5) for v in values()], values(seed=9)
    first, second, third = paired_tests({"a": a, "b": b[:40], "c": c})
    assert (first.a, first.b, first.count) == ("a", "b", 40)
    assert first.difference == pytest.approx(1.5) and first.low == pytest.approx(1.5)
    assert first.p < 1e-6 and first.p_scenes < 0.01
    assert first.p_holm == pytest.approx(min(1, 3 * first.p))
    assert second.p > 0.01 and third.p_holm >= third.p
