"""Images of any size as squares: the longer side fills the square, and the shorter one is in its middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.matching.geometry import look_up


@dataclass(frozen=True)
class SquareFrame:
    """Where an image of a height and width lies in its square, whose coordinates go from -1 to 1."""

    height: int
    width: int

    @property
    def side(self) -> int:
        """Pixels of the square."""
        return max(self.height, self.width)

    @property
    def to_pixels(self) -> NDArray[np.float64]:
        """(3, 3) from coordinates of the square to columns and rows of the image, pixel centres at whole numbers."""
        half = self.side / 2
        return np.array([[half, 0, (self.width - 1) / 2], [0, half, (self.height - 1) / 2], [0, 0, 1]])

    def cut_out(self, values: Tensor, size: int, padding: float = 0.0) -> tuple[Tensor, Tensor]:
        """Values (C, h, w) of the image as (C, size, size) of its square, and which cells (size, size) it fills."""
        places = (2 * torch.arange(size, dtype=torch.float64) + 1) / size - 1
        x = places * self.side / 2 + (self.width - 1) / 2
        y = places * self.side / 2 + (self.height - 1) / 2
        inside = ((x >= -0.5) & (x <= self.width - 0.5))[None] & ((y >= -0.5) & (y <= self.height - 0.5))[:, None]
        columns = (x + 0.5) * values.shape[-1] / self.width - 0.5
        rows = (y + 0.5) * values.shape[-2] / self.height - 0.5
        points = torch.stack([columns.expand(size, size), rows[:, None].expand(size, size)])[None].to(values)
        found = look_up(values[None], points)[0]
        inside = inside.to(values.device)
        return torch.where(inside, found, torch.full_like(found, padding)), inside
