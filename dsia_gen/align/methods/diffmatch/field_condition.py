"""What the denoiser is shown: the initial field and the cost around it, from features of both images.

A field (B, 2, h, w) is a flow in shares of the image's width and height, over `unit`; its cells are those of the grid,
whatever the size of the images.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dsia_gen.align.matching.correlation import (
    correlation_around,
    features_around,
    global_correlation,
    hard_argmax,
    soft_argmax,
)
from dsia_gen.align.matching.features.extractor import Extractor, features_at
from dsia_gen.align.matching.features.open_features import open_features
from dsia_gen.align.matching.geometry import pixel_points, resize
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig


@dataclass(frozen=True)
class FieldCondition:
    """The initial field (B, 2, h, w) and the local cost (B, (2 radius + 1)^2, h, w)."""

    initial: Tensor
    cost: Tensor


class ConditionMaker(nn.Module):
    """Frozen features of every level, and what follows from them."""

    def __init__(self, config: DiffMatchConfig, extractors: list[Extractor] | None = None) -> None:
        super().__init__()
        self.config = config
        self.extractors = nn.ModuleList(extractors or [open_features(level) for level in config.levels])
        self.eval()

    @torch.no_grad()
    def forward(self, first: Tensor, second: Tensor, initial: Tensor | None = None) -> FieldCondition:
        """Of images (B, 3, H, W) in [-1, 1]; `initial` is given by the stage before, or found by correlation."""
        size = self.config.rows_columns
        if initial is not None:
            points = pixel_points(*size, initial) + cells_of_field(initial, self.config.unit)
            a, b = (resize(self.features(0, images), size) for images in (first, second))
            return FieldCondition(initial, features_around(a, b, points, self.config.radius))
        costs = [
            resized_correlation(self.features(k, first), self.features(k, second), size)
            for k in range(len(self.config.levels))
        ]
        cost = torch.stack(costs).mean(dim=0)
        if self.config.init == "argmax":
            cells = hard_argmax(cost, size, size)
        else:
            cells = soft_argmax(cost, size, size, self.config.temperature)
        local = correlation_around(cost, pixel_points(*size, cells) + cells, size, self.config.radius)
        return FieldCondition(field_of_cells(cells, self.config.unit), local)

    def features(self, level: int, images: Tensor) -> Tensor:
        """Features of a level."""
        extractor = self.extractors[level]
        assert isinstance(extractor, Extractor)
        return features_at(extractor, images, self.config.levels[level].side)


def resized_correlation(a: Tensor, b: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, h w, h w) cosines of features a and b (B, N, ., .), bilinear at the cells of a grid in both images."""
    size1, size2 = (a.shape[-2], a.shape[-1]), (b.shape[-2], b.shape[-1])
    correlation = global_correlation(a, b)
    batch, count = len(a), size[0] * size[1]
    if size2 != size:
        correlation = resize(correlation.reshape(-1, 1, *size2), size).reshape(batch, -1, count)
    if size1 != size:
        turned = correlation.transpose(1, 2).reshape(-1, 1, *size1)
        correlation = resize(turned, size).reshape(batch, count, count).transpose(1, 2)
    return correlation


def sides(size: tuple[int, int], like: Tensor) -> Tensor:
    """(1, 2, 1, 1) width and height."""
    return torch.tensor([size[1], size[0]], device=like.device, dtype=like.dtype).view(1, 2, 1, 1)


def field_of_cells(cells: Tensor, unit: float) -> Tensor:
    """A field of a flow (B, 2, h, w) in pixels of an image of h x w, such as the cells of a grid."""
    return cells / sides((cells.shape[-2], cells.shape[-1]), cells) / unit


def cells_of_field(field: Tensor, unit: float) -> Tensor:
    """The flow (B, 2, h, w) of a field in its own cells."""
    return field * sides((field.shape[-2], field.shape[-1]), field) * unit
