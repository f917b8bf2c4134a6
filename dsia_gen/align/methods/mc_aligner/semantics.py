"""Features that know what things are: EfficientNet-Lite0 as it was trained on ImageNet, brought to a few channels."""

from __future__ import annotations

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.features.extractor import imagenet_levels
from dsia_gen.align.matching.features.lite0 import Lite0

_BLOCKS = ((4, 40), (10, 112))
"""Blocks and channels, at an eighth and a sixteenth of what the classifier sees."""
CHANNELS = (24, 48)
_ENLARGED = 2
"""Images are enlarged for it: at the sizes that the network works at, things are small."""


class Semantics(nn.Module):
    """Planes at a quarter and an eighth of an image; the classifier is fixed, what follows it learns.

    How large a thing is, and with that how far, two images of a camera that turns do not say. What it is does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lite0 = Lite0("block10").requires_grad_(False).eval()
        self.reduce = nn.ModuleList(
            nn.Conv2d(before, after, 1) for (_, before), after in zip(_BLOCKS, CHANNELS, strict=True)
        )

    def train(self, mode: bool = True) -> Self:
        """The classifier keeps the statistics that it was trained with."""
        super().train(mode)
        self.lite0.eval()
        return self

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 24, H / 4, W / 4) and (B, 48, H / 8, W / 8) of images (B, 3, H, W) in [0, 1]."""
        with torch.no_grad():
            seen = F.interpolate(images, scale_factor=_ENLARGED, mode="bilinear", align_corners=False)
            levels = self.lite0.levels(imagenet_levels(seen * 2 - 1), tuple(number for number, _ in _BLOCKS[:-1]))
        return [reduce(level).float() for reduce, level in zip(self.reduce, levels, strict=True)]
