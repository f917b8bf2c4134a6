"""Means with confidence intervals that know of scenes, and paired tests between methods. Numpy and scipy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from dsia_gen.align.methods.method import EVALUATE_EXTRA, UnavailableError

DRAWS = 2000
LEVEL = 0.95
FEWEST_GROUPS = 5
"""Scenes below which the bootstrap draws samples: two scenes have three different draws only."""


@dataclass(frozen=True)
class Value:
    """One measured value of a sample.

    Parameters
    ----------
    sample : str
        Name of the sample.
    group : str
        Its scene.
    subset : str
        Its motion subset.
    value : float
        In the unit of the measure; inf for equal images.
    """

    sample: str
    group: str
    subset: str
    value: float


@dataclass(frozen=True)
class Mean:
    """An average and its 95% interval.

    Parameters
    ----------
    mean : float
        The average of the finite values.
    low : float
        Lower end of the interval; nan where there is one value.
    high : float
        Upper end.
    count : int
        Number of values, infinite ones included.
    infinite : int
        Number of infinite values (equal images).
    """

    mean: float
    low: float
    high: float
    count: int
    infinite: int = 0


def mean_with_interval(values: Sequence[Value], *, by_subset: bool = False, seed: int = 0) -> Mean:
    """Average with a percentile bootstrap interval.

    Parameters
    ----------
    values : Sequence of Value
        Their order changes nothing.
    by_subset : bool
        Average the subsets' averages, as the paper's "Avg", instead of all samples.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Mean
        nan without a value; inf when all values are.

    Notes
    -----
    Whole scenes, whose samples are not independent, are drawn within each subset; below FEWEST_GROUPS scenes, samples.
    """
    finite = sorted((v for v in values if math.isfinite(v.value)), key=lambda v: v.sample)
    infinite = sum(math.isinf(v.value) for v in values)
    if not finite:
        value = math.inf if infinite else math.nan
        return Mean(value, value, value, infinite, infinite)
    subsets = sorted({v.subset for v in finite}) if by_subset else [""]
    parts = [[v for v in finite if v.subset == subset] for subset in subsets] if by_subset else [finite]
    mean = math.fsum(math.fsum(v.value for v in part) / len(part) for part in parts) / len(parts)
    low, high = math.nan, math.nan
    if len(finite) > 1:
        means = []  # over units drawn with replacement: scenes, or samples where there are few scenes
        for k, part in enumerate(parts):
            several = len({v.group for v in part}) >= FEWEST_GROUPS
            _, index = np.unique([v.group if several else v.sample for v in part], return_inverse=True)
            sums = np.bincount(index, weights=[v.value for v in part])
            counts = np.bincount(index).astype(np.float64)
            rng = np.random.default_rng([seed, k])
            weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
            means.append((weights @ sums) / (weights @ counts))
        low, high = np.quantile(np.mean(means, axis=0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Mean(mean, low, high, len(finite) + infinite, infinite)


@dataclass(frozen=True)
class PairedTest:
    """Method a against b on the samples that both have: positive differences speak for a.

    Parameters
    ----------
    a : str
        First method.
    b : str
        Second method.
    difference : float
        Mean of a - b.
    low : float
        Lower end of its interval.
    high : float
        Upper end.
    count : int
        Number of samples.
    p : float
        Wilcoxon signed-rank, two-sided, over samples; nan where too few differ.
    p_holm : float
        The same after Holm's correction for all tests of the family.
    p_scenes : float
        Wilcoxon over the means of scenes, which are independent; nan below six scenes.
    """

    a: str
    b: str
    difference: float
    low: float
    high: float
    count: int
    p: float
    p_holm: float
    p_scenes: float


FEWEST_PAIRS = 6
"""Pairs below which a signed-rank test cannot reach 0.05 (2 / 2^5 > 0.05)."""


def paired_tests(values: Mapping[str, Sequence[Value]], seed: int = 0) -> list[PairedTest]:
    """Test all pairs of methods.

    Parameters
    ----------
    values : Mapping of str to Sequence of Value
        By method.
    seed : int
        Of the bootstrap.

    Returns
    -------
    list of PairedTest
        With Holm's correction over all pairs.
    """
    tests = []
    for a, b in combinations(values, 2):
        other = {v.sample: v.value for v in values[b]}
        apart = [
            Value(v.sample, v.group, v.subset, v.value - other[v.sample])
            for v in values[a]
            if v.sample in other and math.isfinite(v.value) and math.isfinite(other[v.sample])
        ]
        mean = mean_with_interval(apart, seed=seed)
        scenes = sorted({v.group for v in apart})
        means = [float(np.mean([v.value for v in apart if v.group == scene])) for scene in scenes]
        p = wilcoxon_p(sorted(v.value for v in apart))
        tests.append(PairedTest(a, b, mean.mean, mean.low, mean.high, mean.count, p, p, wilcoxon_p(means)))
    corrected = holm([test.p for test in tests])
    return [replace(test, p_holm=p) for test, p in zip(tests, corrected, strict=True)]


def wilcoxon_p(differences: Sequence[float]) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test.

    Parameters
    ----------
    differences : Sequence of float
        One for each pair.

    Returns
    -------
    float
        nan when fewer than FEWEST_PAIRS differ from zero.

    Raises
    ------
    UnavailableError
        scipy is not installed.
    """
    try:
        from scipy.stats import wilcoxon
    except ImportError as error:
        raise UnavailableError(f"scipy is not installed; run: {EVALUATE_EXTRA}") from error
    values = np.array(differences)
    if np.count_nonzero(values) < FEWEST_PAIRS:
        return math.nan
    return float(wilcoxon(values).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values by Holm's step-down procedure.

    Parameters
    ----------
    p_values : Sequence of float
        One for each test of the family; nan does not count.

    Returns
    -------
    list of float
        Adjusted values in the order given; nan stays nan.

    Raises
    ------
    UnavailableError
        statsmodels is not installed.

    Notes
    -----
    Holm, Scandinavian Journal of Statistics 6, 1979.
    """
    try:
        from statsmodels.stats.multitest import multipletests
    except ImportError as error:
        raise UnavailableError(f"statsmodels is not installed; run: {EVALUATE_EXTRA}") from error
    found = np.array(p_values, dtype=np.float64)
    known = ~np.isnan(found)
    if known.any():
        found[known] = multipletests(found[known], method="holm")[1]
    return found.tolist()
