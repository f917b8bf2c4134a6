"""Squares cut from views: borders, turns, and where loose ones lie."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.dataset.square_cuts import LOOSEST, MARGIN, ROLL, Square, square_around, window


def test_a_window_beyond_the_border() -> None:
    array = np.arange(12).reshape(3, 4)
    assert window(array, (-1, -1, 3)).tolist() == [[0, 0, 1], [0, 0, 1], [4, 4, 5]]
    assert window(array, (2, 1, 3), outside=-1).tolist() == [[6, 7, -1], [10, 11, -1], [-1, -1, -1]]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_turned_square_shows_the_same_pixels_turned_counter_clockwise(quarters: int) -> None:
    array = np.random.default_rng(0).integers(0, 255, (9, 11, 3)).astype(np.uint8)
    square = Square(2, 1, 6, 90.0 * quarters)
    expected = np.rot90(array[1:7, 2:8], quarters)
    assert np.array_equal(square.nearest(array, 6, 0), expected)
    assert np.array_equal(square.image(array, 6), expected)


def test_image_and_values_of_a_turned_square_are_of_the_same_places() -> None:
    rows, columns = np.mgrid[:60, :80]
    array = np.stack([2 * rows, 2 * columns, rows + columns], axis=-1).astype(np.uint8)
    square = Square(20, 10, 36, 13.0)
    difference = square.image(array, 36).astype(int) - square.nearest(array, 36, 0).astype(int)
    assert np.abs(difference[2:-2, 2:-2]).max() <= 2  # half a pixel, at two levels a pixel along an axis


def test_a_loose_square_holds_its_box_and_one_without_a_generator_is_around_it() -> None:
    box = (30, 40, 70, 60)
    assert square_around(box) == Square(25, 25, 50)
    found = [square_around(box, np.random.default_rng(k)) for k in range(200)]
    assert all(s.left <= 30 and s.left + s.side >= 70 and s.top <= 40 and s.top + s.side >= 60 for s in found)
    sides, rolls = np.array([s.side for s in found]) / 40, np.array([s.roll for s in found])
    assert MARGIN - 0.02 <= sides.min() < 1.35 < 1.85 < sides.max() <= LOOSEST + 0.02
    assert -ROLL <= rolls.min() < -0.8 * ROLL < 0.8 * ROLL < rolls.max() <= ROLL
    assert square_around(box, np.random.default_rng(3)) == found[3]
