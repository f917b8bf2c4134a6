"""Angles come out the same to the last bit, wherever arrays lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.core import rotations


def test_an_angle_has_the_same_bits_wherever_the_result_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).normal(size=(1001, 3))
    expected = np.arctan2(points[:, 2].copy(), points[:, 1].copy())
    adjacent = np.concatenate([points.ravel(), np.zeros(len(points))])
    columns, plain = adjacent[: points.size].reshape(-1, 3), np.arctan2

    def beside(y, x):
        """The worst that may happen: the result comes to lie where the arrays end, as it does now and then."""
        return plain(y, x, out=adjacent[points.size : points.size + len(y)])

    monkeypatch.setattr(rotations.np, "arctan2", beside)
    assert rotations.arctan2(columns[:, 2], columns[:, 1]).tobytes() == expected.tobytes()
