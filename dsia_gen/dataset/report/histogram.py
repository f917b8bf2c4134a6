"""Histograms with round axes: counts in bars of equal width from 0 on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.document import Document

_BARS = 25
"""Bars of a histogram at most; their number is a multiple of the steps between its ticks."""
_TAIL = 99.5
"""Values above this percentile share the last bar of a histogram."""


class Bars(Document):
    """Counts in bars of equal width from 0 to `top`, ticks between two of them.

    `middle` holds the 5th and the 95th percentile; `missing` counts the values that are not known.
    """

    top: float
    ticks: list[float]
    counts: list[int]
    median: float
    middle: list[float]
    largest: float
    missing: int


def bars(values: NDArray[np.floating[Any]], top: float | None = None) -> Bars | None:
    """Counts of the finite values in 24 or 25 bars, the last for the tail too; None when there is none."""
    known = values[np.isfinite(values)].astype(np.float64)
    if not known.size:
        return None
    top = top or nice_ceiling(float(np.percentile(known, _TAIL)))
    ticks = nice_ticks(top)
    number = _BARS // (len(ticks) - 1) * (len(ticks) - 1)
    counts, _ = np.histogram(np.clip(known, 0, top), bins=number, range=(0, top))
    low, median, high = np.percentile(known, (5, 50, 95))
    return Bars(
        top=top,
        ticks=ticks,
        counts=counts.tolist(),
        median=round(float(median), 3),
        middle=[round(float(low), 3), round(float(high), 3)],
        largest=round(float(known.max()), 3),
        missing=values.size - known.size,
    )


_STEPS = {1: 5, 1.2: 4, 1.5: 3, 2: 4, 2.5: 5, 3: 3, 4: 4, 5: 5, 6: 3, 8: 4, 10: 5}
"""Where an axis may end, over a power of ten, and into how many round steps it then falls."""


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in _STEPS if step * power >= value * (1 - 1e-9)))


def nice_ticks(top: float) -> list[float]:
    """Round values from 0 to an end of `nice_ceiling`, in equal steps."""
    mantissa = top / 10.0 ** np.floor(np.log10(top) + 1e-9)
    steps = _STEPS[min(_STEPS, key=lambda known: abs(known - mantissa))]
    return [float(f"{top * i / steps:.6g}") for i in range(steps + 1)]
