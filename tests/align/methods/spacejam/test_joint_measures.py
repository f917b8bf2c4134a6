"""Measures of a set: one that is aligned is sharper and more alike, and a zoom of the shared frame changes little."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from bench.textured_sets import made_up_set, similarity  # noqa: E402
from dsia_gen.align.methods.spacejam.joint_measures import agreement  # noqa: E402

pytestmark = pytest.mark.torch


def test_the_truth_is_sharper_and_more_alike_than_the_images_as_they_are() -> None:
    made = made_up_set(4, size=32)
    before = agreement(made.images, made.maps, np.tile(np.eye(3), (4, 1, 1)), size=64)
    after = agreement(made.images, made.maps, made.matrices, size=64)
    assert after.gradient > 1.2 * before.gradient
    assert after.similarity > before.similarity + 0.2
    assert after.features < 0.7 * before.features


def test_a_shift_of_the_shared_frame_changes_no_agreement() -> None:
    made = made_up_set(3, size=32)
    found = [
        agreement(made.images, made.maps, made.matrices @ similarity(0, 1, shift), size=64)
        for shift in ((0.0, 0.0), (0.125, 0.0))
    ]
    assert found[1].features == pytest.approx(found[0].features, rel=0.25)
    assert found[1].gradient == pytest.approx(found[0].gradient, rel=0.25)
