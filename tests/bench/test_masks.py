"""The bench of masks: the denoiser sees V_M of the mask it is given, and afterwards its own again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bench.masks import given, measure  # noqa: E402
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline  # noqa: E402
from tests.align.make import make_pipeline, noise_image, with_perfect_denoiser  # noqa: E402

pytestmark = pytest.mark.torch
SIZE = (25, 33)


@pytest.fixture
def pipeline() -> DMAlignerPipeline:
    """A network that always answers V_M."""
    return with_perfect_denoiser(make_pipeline(), 2)


def test_v_m_is_that_of_the_mask_given(pipeline: DMAlignerPipeline) -> None:
    first, second = noise_image(*SIZE), noise_image(*SIZE, seed=1)
    moves = np.zeros(SIZE, dtype=bool)
    moves[:, :16] = True
    own = pipeline(first, second).image
    for mask, expected in (
        ("none", first), ("all", second), ("true", np.where(moves[..., None], second, first)), ("own", own)
    ):  # fmt: skip
        with given(pipeline, mask, moves):
            assert np.array_equal(pipeline(first, second).image, expected), mask
    assert np.array_equal(pipeline(first, second).image, own)


def test_a_perfect_mask_has_no_error(pipeline: DMAlignerPipeline) -> None:
    first, second = noise_image(*SIZE), noise_image(*SIZE, seed=1)
    moves = np.zeros(SIZE, dtype=bool)
    moves[4:12, 8:24] = True

    class Pair(dict[str, Any]):
        subset = "LcLf"

        def image(self, role: str) -> Any:
            return {"1": first, "2": second, "gt": np.where(moves[..., None], second, first)}[role]

    pairs: Any = [Pair(dynamic_union=moves)]
    assert measure(pipeline, pairs, "true") == {"LcLf": float("inf"), "average": float("inf")}
    found = measure(pipeline, pairs, "own")
    assert 0 <= found["LcLf IoU"] == found["average IoU"] <= 1 and np.isfinite(found["average"])
