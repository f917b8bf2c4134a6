"""Points that joint alignment finds on photographs of a plane: what is exact has them all."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("torch")

from bench.graf_set import ALPHAS, shares
from dsia_gen.align.methods.spacejam.joint_alignment import map_points

SIZES = [(80, 60), (90, 60), (70, 70)]


def homographies(seed: int) -> list[np.ndarray]:
    """From the first image to each, near the identity."""
    rng = np.random.default_rng(seed)
    shifts = [np.array([[1, 0.1 * a, 6 * b], [0.1 * c, 1, 6 * d], [0, 0, 1]]) for a, b, c, d in rng.normal(size=(2, 4))]
    return [np.eye(3), *shifts]


@pytest.mark.parametrize("seed", range(3))
def test_exact_answers_find_all_and_worse_ones_fewer(seed: int) -> None:
    exact = homographies(seed)
    found = []
    for wrong in (0.0, 3.0, 6.0, 30.0):  # pixels

        def answer(source: int, target: int, points: np.ndarray, wrong: float = wrong) -> np.ndarray:
            return map_points(exact[target] @ np.linalg.inv(exact[source]), points) + np.array([wrong, 0])

        found.append(shares(exact, SIZES, answer))
    assert found[0] == [1.0] * len(ALPHAS)
    assert all(a >= b for one, two in pairwise(found) for a, b in zip(one, two, strict=True))
    assert found[1] == [1.0, 1.0] and found[2] == [0.0, 1.0] and found[3] == [0.0, 0.0]


def test_the_frame_in_which_homographies_are_given_does_not_matter() -> None:
    exact = homographies(7)
    moved = [h @ np.linalg.inv(exact[1]) for h in exact]
    still = [shares(given, SIZES, lambda _source, _target, points: points) for given in (exact, moved)]
    assert still[0] == pytest.approx(still[1])
