"""The bench of guidance: its pairs, its measure of motion, and what it says of rows."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("cv2")

from bench.guidance import median_error, pairs, summary

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_pairs_move_by_at_least_what_is_asked_for_and_igt_is_where_the_flow_leads() -> None:
    source, target, flow, hidden = pairs(1, (48, 32), 2.0)[0]
    seen = np.isfinite(flow).all(axis=-1) & ~hidden
    assert np.median(np.linalg.norm(flow[seen], axis=-1)) >= 1.5
    row, column = (c[seen] for c in np.indices(seen.shape))
    end = np.rint(np.stack([column, row], axis=-1) + flow[seen]).astype(int)
    inside = ((end >= 0) & (end < (48, 32))).all(axis=-1)
    there = target[end[inside, 1], end[inside, 0]].astype(float)
    apart = np.abs(source[seen][inside].astype(float) - there).mean()
    still = np.abs(source[seen].astype(float) - target[seen]).mean()
    assert apart < 0.6 * still
    assert median_error(lambda _s, _t: flow, source, target, flow, seen) == 0
    assert median_error(lambda _s, _t: flow + np.float32(3), source, target, flow, seen) == pytest.approx(3 * 2**0.5)


def test_a_summary_is_the_median_within_its_interval_over_pairs() -> None:
    even = {f"{k} {seed}": {"dis": 0.5, "psnr": 20.0} for k in range(4) for seed in range(2)}
    assert summary(even) == "dis 0.50 [0.50, 0.50], psnr 20.00 [20.00, 20.00]"
    apart = {f"{k} {seed}": {"dis": float(k)} for k in range(5) for seed in range(2)}
    found = re.fullmatch(r"dis ([\d.]+) \[([\d.]+), ([\d.]+)\]", summary(apart))
    assert found is not None
    middle, low, high = (float(value) for value in found.groups())
    assert 0 <= low < middle == 2 < high <= 4
