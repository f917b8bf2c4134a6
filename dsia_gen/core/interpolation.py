"""Values of an image at positions between its pixels, for what follows a flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lookup:
    """Positions (N,) in an image of `shape`, with pixel centres at (column + 0.5, row + 0.5).

    corner: (N,) flat index of the upper left of the four pixels around; fx, fy: weights of the right and lower ones.
    Positions beyond the outermost pixel centres take the values there.
    """

    corner: NDArray[np.intp]
    fx: Floats
    fy: Floats
    width: int

    @classmethod
    def at(cls, x: Floats, y: Floats, shape: tuple[int, int]) -> Lookup:
        height, width = shape
        x = np.clip(x - np.float32(0.5), 0, width - 1)
        y = np.clip(y - np.float32(0.5), 0, height - 1)
        column = np.minimum(x.astype(np.intp), width - 2)
        row = np.minimum(y.astype(np.intp), height - 2)
        return cls(row * width + column, x - column.astype(np.float32), y - row.astype(np.float32), width)

    def corners(self, image: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """The four (N,) values around each position of an (H, W) image: upper left and right, lower left and right."""
        flat = image.reshape(-1)
        return tuple(flat[self.corner + step] for step in (0, 1, self.width, self.width + 1))

    def __call__(self, image: Floats) -> Floats:
        """(N,) bilinear values of an (H, W) image."""
        a, b, c, d = self.corners(image)
        with np.errstate(invalid="ignore"):  # infinite values have no place between them
            top = a + (b - a) * self.fx
            bottom = c + (d - c) * self.fx
            value: Floats = top + (bottom - top) * self.fy
        return value

    def take(self, where: NDArray[np.intp]) -> Lookup:
        """The positions at these indices."""
        return Lookup(self.corner[where], self.fx[where], self.fy[where], self.width)
