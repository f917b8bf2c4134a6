"""Keypoints by object coordinates: where they are, how far apart, and which answers find them."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.evaluate.set_keypoints import farthest_points, pair_keypoints, share_found


def card(shift: tuple[int, int], size: int = 40, zoom: float = 1.0) -> np.ndarray:
    """A flat square of 20 px with coordinates from 0 to 1, moved right and down."""
    out = np.full((size, size, 3), np.nan, np.float32)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    u, v = (columns - 8 - shift[0]) / (20 * zoom), (rows - 8 - shift[1]) / (20 * zoom)
    on = (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
    out[on] = np.stack([u, np.full_like(u, 0.5), v], axis=-1)[on]
    return out


def test_keypoints_are_the_same_points_and_a_right_answer_finds_all() -> None:
    shifts = [(0, 0), (5, 2), (8, -3)]
    pairs = pair_keypoints([card(shift) for shift in shifts])
    assert len(pairs) == 6
    for pair in pairs:
        moved = np.subtract(shifts[pair.target], shifts[pair.source])
        assert np.abs(pair.there - pair.here - moved).max() <= 0.5
        assert pair.extent == 21
        assert len(pair.here) == 20

    def right(i: int, j: int, points: np.ndarray) -> np.ndarray:
        return points + np.subtract(shifts[j], shifts[i])

    assert share_found(pairs, right, 0.05) == 1
    assert share_found(pairs, lambda _i, _j, points: points, 0.05) == 0
    assert share_found(pairs, lambda _i, _j, points: np.full_like(points, np.nan), 0.1) == 0
    assert np.isnan(share_found([], right, 0.1))


def test_pairs_that_share_nothing_are_left_out_and_many_are_sampled() -> None:
    nothing = np.full((40, 40, 3), np.nan, np.float32)
    assert pair_keypoints([card((0, 0)), nothing]) == []
    left, right = card((0, 0)), card((0, 0))
    left[..., :][left[..., 0] > 0.4] = np.nan
    right[right[..., 0] < 0.6] = np.nan
    assert pair_keypoints([left, right]) == []
    assert len(pair_keypoints([card((k, 0)) for k in range(6)], most=7)) == 7


def test_farthest_points_cover_and_do_not_repeat() -> None:
    points = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [0.5, 0, 0], [0.9, 0, 0]], float)
    assert farthest_points(points, 3, 0).tolist() == [0, 2, 3]
    assert len(farthest_points(points, 9, 0)) == 4


@pytest.mark.parametrize("zoom", [0.5, 1.0])
def test_the_threshold_is_a_share_of_the_target(zoom: float) -> None:
    pairs = [pair for pair in pair_keypoints([card((0, 0)), card((0, 0), zoom=zoom)]) if pair.target == 1]
    off = 0.08 * pairs[0].extent
    assert share_found(pairs, lambda _i, _j, _p: pairs[0].there + np.array([off, 0]), 0.1) == 1
    assert share_found(pairs, lambda _i, _j, _p: pairs[0].there + np.array([1.5 * off, 0]), 0.1) == 0
