"""Frames the object of each image by its mask, so that a fit begins where place and size agree already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.spacejam.set_image import SetImage
from dsia_gen.dataset.square_cuts import window

_MARGIN = 1.1
"""Side of a square over what the object that is longest beside its area needs."""


def framed_by_masks(items: Sequence[SetImage]) -> tuple[list[SetImage], NDArray[np.float64]]:
    """Squares around the masks of images, and the transforms (N, 3, 3) from them to the squares of the images.

    A square is around the centre of mass, and its side a multiple of the root of the area, the same for all images:
    neither changes as an object is rolled, as the box around it does. Both have coordinates from -1 to 1. What lies
    beyond an image is its nearest pixel, and off the mask. Images stay as they are where a mask is missing or empty.
    """
    places = []
    for item in items:
        if item.mask is None or not item.mask.any():
            return list(items), np.tile(np.eye(3), (len(items), 1, 1))
        rows, columns = np.nonzero(item.mask)
        x, y, root = columns.mean() + 0.5, rows.mean() + 0.5, np.sqrt(len(rows))
        reach = max(np.abs(columns + 0.5 - x).max(), np.abs(rows + 0.5 - y).max()) + 0.5
        places.append((x, y, root, reach / root))
    longest = 2 * _MARGIN * max(place[3] for place in places)
    framed, starts = [], []
    for item, (x, y, root, _) in zip(items, places, strict=True):
        side = max(2, round(longest * root))
        square = (round(x - side / 2), round(y - side / 2), side)
        mask = window(item.mask, square, outside=0.0) if item.mask is not None else None
        framed.append(replace(item, image=window(item.image, square), mask=mask))
        frame = item.frame
        zoom, moved_x, moved_y = (
            value / frame.side
            for value in (side, 2 * square[0] + side - frame.width, 2 * square[1] + side - frame.height)
        )
        starts.append([[zoom, 0.0, moved_x], [0.0, zoom, moved_y], [0.0, 0.0, 1.0]])
    return framed, np.array(starts)
