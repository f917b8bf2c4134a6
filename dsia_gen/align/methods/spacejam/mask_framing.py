"""Frames the object of each image by its mask, so that a fit begins where place and size agree already."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.spacejam.set_image import SetImage
from dsia_gen.dataset.square_cuts import square_around, window


def framed_by_mask(item: SetImage) -> tuple[SetImage, NDArray[np.float64]]:
    """The square around the mask of an image, and the transform (3, 3) from it to the square of the image.

    Both have coordinates from -1 to 1. What lies beyond the image is its nearest pixel, and off the mask. An image
    whose mask is missing or empty stays as it is.
    """
    if item.mask is None or not item.mask.any():
        return item, np.eye(3)
    rows, columns = (np.flatnonzero(item.mask.any(axis=axis)) for axis in (1, 0))
    square = square_around((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    place = (square.left, square.top, square.side)
    frame = item.frame
    zoom = square.side / frame.side
    x = (2 * square.left + square.side - frame.width) / frame.side
    y = (2 * square.top + square.side - frame.height) / frame.side
    framed = replace(item, image=window(item.image, place), mask=window(item.mask, place, outside=0.0))
    return framed, np.array([[zoom, 0.0, x], [0.0, zoom, y], [0.0, 0.0, 1.0]])
