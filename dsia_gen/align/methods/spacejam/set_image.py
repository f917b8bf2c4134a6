"""An image of a set, with the mask of its object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.spacejam.square_frame import SquareFrame


@dataclass(frozen=True)
class SetImage:
    """One image of a set: (H, W, 3) uint8 sRGB, and where its object is, (H, W) bool, where that is known."""

    name: str
    image: NDArray[np.uint8]
    mask: NDArray[np.bool_] | None = None

    @property
    def frame(self) -> SquareFrame:
        """Where it lies in its square."""
        return SquareFrame(self.image.shape[0], self.image.shape[1])
