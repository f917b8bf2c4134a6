"""Hours and cost of a data set: the formula against figures worked out by hand, and the page against the formula."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.sizing import AT_ONCE, FIXED_SECONDS, Device, estimate, measured, seconds_a_view, table

pytestmark = pytest.mark.slow


def test_hours_and_cost() -> None:
    found = estimate(2.0, 0.5, views=36_000, machines=4)
    assert (found.hours, found.cost) == (5.0, 10.0), "20 hours of machines, 5 hours of waiting"


def test_a_processor_of_twice_the_score_takes_half_the_time() -> None:
    slow, fast = (seconds_a_view(Device("", score, 0, gpu=False)) for score in (100, 200))
    assert slow == pytest.approx(2 * fast)


def test_a_slow_gpu_is_bound_by_rendering_and_a_fast_one_by_the_cores_beside_it() -> None:
    slow, slower = (seconds_a_view(Device("", score, 0)) - FIXED_SECONDS for score in (100, 50))
    assert slower == pytest.approx(2 * slow)
    endless = seconds_a_view(Device("", 1e9, 0), pixels=1_000_000)
    assert endless == pytest.approx((FIXED_SECONDS + 9.0) / AT_ONCE)


def test_more_rooms_take_longer() -> None:
    device = Device("", 200, 0, gpu=False)
    assert seconds_a_view(device, indoor=1.0) > seconds_a_view(device) > seconds_a_view(device, indoor=0.0)


def test_the_speed_of_a_data_set_is_scaled_to_the_size_of_the_paper(tmp_path: Path) -> None:
    document = {"timings": {"views_an_hour": 1800.0}, "resolution": [480, 270]}
    (tmp_path / "dataset.json").write_text(json.dumps(document))
    assert measured(tmp_path) == pytest.approx(8.0), "2 s a view, and four times the pixels"
    (tmp_path / "dataset.json").write_text(json.dumps({"timings": {"views_an_hour": None}, "resolution": [480, 270]}))
    with pytest.raises(ValueError, match="how fast"):
        measured(tmp_path)


def test_the_page_has_the_table(checkout: Path) -> None:
    page = (checkout / "docs" / "sizing.md").read_text(encoding="utf-8")
    assert table() in page, "put the table of `python -m bench.sizing` into docs/sizing.md"
