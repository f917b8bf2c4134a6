"""How an answer is read from the two images: for images that are deeper or larger than what a method looks at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.image_metrics import bilinear

Floats = NDArray[np.float32]
Part = Callable[[slice, slice], Floats]
"""Rows and columns -> (h, w, C) values of an image, where 1 is white."""
Compose = Callable[[Part, Part, slice, slice], Floats]
"""(image 1, image 2, rows, columns) -> (h, w, C) values of the answer there; linear in both images."""


def copy_of(which: int) -> Compose:
    """Image 1 (0) or image 2 (1) itself."""

    def compose(part1: Part, part2: Part, rows: slice, columns: slice) -> Floats:
        return (part1, part2)[which](rows, columns)

    return compose


def warp_of(flow: Floats) -> Compose:
    """Image 2 read at pixel + flow (H, W, 2), bilinear; beyond the border its pixels, as `backward_warp` has it."""

    def compose(part1: Part, part2: Part, rows: slice, columns: slice) -> Floats:  # noqa: ARG001
        return read_at(part2, flow[rows, columns], rows, columns, flow.shape[:2])

    return compose


def read_at(part: Part, flow: Floats, rows: slice, columns: slice, size: tuple[int, ...]) -> Floats:
    """Values (h, w, C) at pixel + flow (h, w, 2) of an image of a height and width, of which only that much is read."""
    column, row = np.meshgrid(np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop))
    x = np.clip(np.nan_to_num(column + flow[..., 0]), 0, size[1] - 1)
    y = np.clip(np.nan_to_num(row + flow[..., 1]), 0, size[0] - 1)
    top, left = int(y.min()), int(x.min())
    part_rows, part_columns = slice(top, int(y.max()) + 2), slice(left, int(x.max()) + 2)
    return bilinear(part(part_rows, part_columns), x - left, y - top).astype(np.float32)
