"""The contract of networks that give dense features."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from dsia_gen.align.matching.geometry import resize

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of levels in [0, 1], as the public networks were trained."""

LONGEST = 4
"""How many times longer the longer side of an image may become than the shorter one."""


class Extractor(nn.Module, ABC):
    """Features (B, C, h, w) of images (B, 3, H, W) in [-1, 1] whose sides are multiples of `multiple`.

    A cell stands for a block of `stride` x `stride` pixels, and its place is the middle of the block.
    """

    stride: int
    channels: int

    @property
    def multiple(self) -> int:
        """What the sides of the images are divided by."""
        return self.stride

    @abstractmethod
    def forward(self, images: Tensor) -> Tensor:
        """(B, C, H / stride, W / stride)."""


def imagenet_levels(images: Tensor) -> Tensor:
    """Images in [-1, 1] as the public networks take them."""
    mean, std = (torch.tensor(v, device=images.device, dtype=images.dtype) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return (images / 2 + 0.5 - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1)


def working_sides(size: tuple[int, int], side: float, multiple: int) -> tuple[int, int]:
    """Height and width, multiples of a number, of an image whose shorter side becomes about `side` pixels.

    The longer side of a strip becomes four times as long and its shorter side less.
    """
    factor = min(side / min(size), LONGEST * side / max(size))
    height, width = (max(1, round(length * factor / multiple)) * multiple for length in size)
    return height, width


def features_at(extractor: Extractor, images: Tensor, side: float) -> Tensor:
    """Features of images (B, 3, H, W) in [-1, 1] that are brought to a shorter side; antialiased where it shrinks."""
    size = (images.shape[-2], images.shape[-1])
    wanted = working_sides(size, side, extractor.multiple)
    if wanted[0] < size[0] and wanted[1] < size[1]:
        images = nn.functional.interpolate(images, wanted, mode="bilinear", align_corners=False, antialias=True)
    else:
        images = resize(images, wanted)
    return extractor(images)


def cell_places(cells: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """(h w, 2) columns and rows of the middles of cells in an image of a height and width, float64 px, row by row."""
    rows, columns = (
        (torch.arange(count, dtype=torch.float64) + 0.5) * length / count - 0.5
        for count, length in zip(cells, size, strict=True)
    )
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], dim=1)
