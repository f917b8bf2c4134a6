"""The measurement of speed runs and is consistent."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from bench.aligner_speed import measure_speed, seconds_an_image  # noqa: E402
from tests.align.make import aligner_config  # noqa: E402

pytestmark = pytest.mark.torch


@pytest.mark.slow
def test_speed_of_a_small_configuration() -> None:
    config = aligner_config(train={"accumulate": 2})
    speed = measure_speed(config, steps=2, warmup=1)
    assert speed.samples_a_second == pytest.approx(4 * speed.steps_a_second)
    assert speed.parameters > 1000
    assert speed.peak_bytes > 10_000_000


@pytest.mark.slow
def test_seconds_of_answers() -> None:
    taken = seconds_an_image(aligner_config(), (24, 16), repeats=2)
    assert len(taken) == 2
    assert all(seconds > 0 for seconds in taken)
