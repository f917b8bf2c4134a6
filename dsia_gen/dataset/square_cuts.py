"""Squares that are cut from views: around the box of an instance, or framed as loosely as photographs are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Box = tuple[int, int, int, int]
MARGIN = 1.25
"""Side of a square over the longer side of the box of its instance."""
LOOSEST, ROLL = 2.0, 15.0
"""The same of the largest loose square, and the degrees by which one is turned at most."""
_KEPT = 0.9
"""Share of the room beside the box by which a loose square is moved at most: its corners are turned."""


@dataclass(frozen=True)
class Square:
    """A square of a view: its left and top in pixels, its side, and by how many degrees it is turned clockwise about
    its middle, which turns what it shows counter-clockwise."""

    left: int
    top: int
    side: int
    roll: float = 0.0

    @property
    def box(self) -> Box:
        """(x_min, y_min, x_max, y_max) of the square before it is turned."""
        return self.left, self.top, self.left + self.side, self.top + self.side

    def image(self, array: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
        """An image (H, W, 3) in the square, as (size, size, 3); beyond its border are its nearest pixels."""
        edge = self._edge()
        found = Image.fromarray(window(array, self._grown(edge)))
        if self.roll:
            found = found.rotate(self.roll, Image.Resampling.BICUBIC)
        found = found.crop((edge, edge, edge + self.side, edge + self.side))
        return np.asarray(found.resize((size, size), Image.Resampling.LANCZOS))

    def nearest(self, array: NDArray[Any], size: int, outside: float) -> NDArray[Any]:
        """Nearest values of an array (H, W, ...) in the square, as (size, size, ...); beyond its border a value."""
        edge = self._edge()
        grown = window(array, self._grown(edge), outside)
        whole = len(grown)
        numbers = Image.fromarray(np.arange(whole * whole, dtype=np.int32).reshape(whole, whole))
        if self.roll:
            numbers = numbers.rotate(self.roll, Image.Resampling.NEAREST)
        kept = np.asarray(numbers)[edge : edge + self.side, edge : edge + self.side]
        rows = np.minimum(((np.arange(size) + 0.5) * self.side / size).astype(np.intp), self.side - 1)
        found: NDArray[Any] = grown.reshape(whole * whole, *grown.shape[2:])[kept[rows[:, None], rows]]
        return found

    def _edge(self) -> int:
        """Pixels around the square that it needs to be turned."""
        return math.ceil(self.side * (math.sqrt(2) - 1) / 2) + 1 if self.roll else 0

    def _grown(self, edge: int) -> tuple[int, int, int]:
        return self.left - edge, self.top - edge, self.side + 2 * edge


def square_around(box: Box, rng: np.random.Generator | None = None) -> Square:
    """The upright square around the middle of a box (x_min, y_min, x_max, y_max); with `rng` a loose one.

    A loose square is 1.25 to 2 times as large as the box, which is anywhere within, and turned by up to 15 degrees.
    """
    longest, loose = max(box[2] - box[0], box[3] - box[1]), MARGIN
    roll, moved = 0.0, np.zeros(2)
    if rng is not None:
        loose = float(np.exp(rng.uniform(math.log(MARGIN), math.log(LOOSEST))))
        roll, moved = float(rng.uniform(-ROLL, ROLL)), rng.uniform(-1, 1, 2) * _KEPT * (loose - 1) / 2 * longest
    side = max(2, round(loose * longest))
    left, top = ((box[k] + box[k + 2] - side) / 2 + moved[k] for k in (0, 1))
    return Square(round(left), round(top), side, round(roll, 2))


def window(array: NDArray[Any], square: tuple[int, int, int], outside: float | None = None) -> NDArray[Any]:
    """A square (left, top, side) of an array (H, W, ...); beyond it the nearest pixel, or a value."""
    left, top, side = square
    height, width = array.shape[:2]
    rows, columns = np.arange(top, top + side), np.arange(left, left + side)
    found = array[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    if outside is not None:
        found = found.copy()
        found[(rows < 0) | (rows >= height)] = outside
        found[:, (columns < 0) | (columns >= width)] = outside
    return found
