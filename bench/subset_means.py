"""Means by motion subset, as the tables of the pages have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def subset_means(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The mean of each subset, by name, and as `average` the mean of these."""
    means = {subset: float(np.mean(found)) for subset, found in sorted(values.items())}
    return {**means, "average": float(np.mean(list(means.values())))}
