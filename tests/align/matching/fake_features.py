"""An extractor under the contract of the real ones, whose features say which place of the world a cell shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dsia_gen.align.matching.coarse import CoarseMatcher
from dsia_gen.align.matching.coarse_config import CoarseConfig
from dsia_gen.align.matching.features.extractor import Extractor
from dsia_gen.align.matching.robust_homography import project


class PlaceFeatures(Extractor):
    """Random waves of the first two channels, which hold the coordinates of the world: near places look alike."""

    stride, channels = 8, 64

    def __init__(self) -> None:
        super().__init__()
        rng = np.random.default_rng(0)
        self.waves = nn.Parameter(torch.from_numpy(rng.normal(0, 25, (64, 2)).astype(np.float32)), requires_grad=False)
        self.phases = nn.Parameter(torch.from_numpy(rng.uniform(0, 6.28, 64).astype(np.float32)), requires_grad=False)

    def forward(self, images: Tensor) -> Tensor:
        places = nn.functional.avg_pool2d(images[:, :2], self.stride)
        turned = torch.einsum("kc,bchw->bkhw", self.waves, places) + self.phases.view(1, -1, 1, 1)
        return torch.cos(turned)


def matcher(**changes: Any) -> CoarseMatcher:
    config = CoarseConfig.model_validate({"features": {"kind": "xfeat", "side": 256}, **changes})
    return CoarseMatcher(PlaceFeatures(), config)


def places(height: int, width: int) -> np.ndarray:
    """(H, W, 2) columns and rows."""
    column, row = np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float))
    return np.stack([column, row], axis=-1)


def world_image(points: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of the places of the world (H, W, 2) that its pixels show, a level a pixel."""
    levels = np.clip(np.rint(points), 0, 255).astype(np.uint8)
    return np.concatenate([levels, np.full((*levels.shape[:2], 1), 128, np.uint8)], axis=-1)


def seen_under(matrix: np.ndarray, height: int, width: int) -> np.ndarray:
    """I2 of a plane whose homography from I1 to I2 is `matrix`."""
    return world_image(project(np.linalg.inv(matrix), places(height, width)))
