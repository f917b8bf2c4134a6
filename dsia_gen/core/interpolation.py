"""Values of an image at positions between its pixels, for what follows a flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Lookup:
    """Bilinear look-up of N positions in images of one shape.

    Parameters
    ----------
    corner : ndarray of int, (N,)
        Flat index of the upper left of the four pixels around each position.
    fx, fy : ndarray of float32, (N,)
        Weights of the right and of the lower pixels.
    width : int
        Width of the images in pixels.

    Notes
    -----
    Pixel centres lie at (column + 0.5, row + 0.5). Positions beyond the outermost centres take the values there.
    """

    corner: NDArray[np.intp]
    fx: Floats
    fy: Floats
    width: int

    @classmethod
    def at(cls, x: Floats, y: Floats, shape: tuple[int, int]) -> Lookup:
        """The look-up of positions.

        Parameters
        ----------
        x, y : ndarray of float32, (N,)
            Positions in pixels, right and down.
        shape : tuple of int
            Height and width of the images.

        Returns
        -------
        Lookup
            Of these positions.
        """
        height, width = shape
        x = np.clip(x - np.float32(0.5), 0, width - 1)
        y = np.clip(y - np.float32(0.5), 0, height - 1)
        column = np.minimum(x.astype(np.intp), width - 2)
        row = np.minimum(y.astype(np.intp), height - 2)
        return cls(row * width + column, x - column.astype(np.float32), y - row.astype(np.float32), width)

    def corners(self, image: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """The four values around each position.

        Parameters
        ----------
        image : ndarray, (H, W)
            An image of any dtype.

        Returns
        -------
        tuple of ndarray, (N,)
            Upper left, upper right, lower left, lower right.
        """
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
        """Some of the positions.

        Parameters
        ----------
        where : ndarray of int, (M,)
            Their indices.

        Returns
        -------
        Lookup
            Of these positions.
        """
        return Lookup(self.corner[where], self.fx[where], self.fy[where], self.width)


def follow_flow(image: NDArray[Any], flow: Floats, keep: NDArray[np.bool_]) -> Floats:
    """Values of an image where the flow of some pixels ends.

    Parameters
    ----------
    image : ndarray, (H, W, C)
        The target image.
    flow : ndarray of float32, (H, W, 2)
        Displacements in pixels, right and down, finite where `keep`.
    keep : ndarray of bool, (H, W)
        The N source pixels that are looked up.

    Returns
    -------
    ndarray of float32, (N, C)
        Bilinear values, in the order of the kept pixels.
    """
    rows, columns = np.nonzero(keep)
    half = np.float32(0.5)
    x, y = columns.astype(np.float32) + half + flow[keep, 0], rows.astype(np.float32) + half + flow[keep, 1]
    there = Lookup.at(x, y, (image.shape[0], image.shape[1]))
    planes = np.ascontiguousarray(np.moveaxis(image.astype(np.float32), -1, 0))
    return np.stack([there(plane) for plane in planes], axis=-1)
