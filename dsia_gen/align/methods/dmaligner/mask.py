"""Dynamics-aware mask producing: predictor on a cost volume (eq. 6), dilation and fusion (eq. 7, 9)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.matching.correlation import cost_volume, unit_features
from dsia_gen.align.methods.dmaligner.aligner_config import MaskConfig


def dilate(values: Tensor, times: int) -> Tensor:
    """Grow bright regions by `times` pixels (eq. 7, d_r): r max-pools of 3x3 are one of (2r+1)x(2r+1).

    Works on logits as on probabilities, because the maximum commutes with every rising function.
    """
    return F.max_pool2d(values, 2 * times + 1, stride=1, padding=times) if times else values


def fuse(v1: Tensor, v2: Tensor, mask: Tensor) -> Tensor:
    """V_M: foreground of V2 on the background of V1 (eq. 7). mask (B, 1, h, w) in [0, 1], already dilated."""
    return v2 * mask + v1 * (1 - mask)


class MaskProducer(nn.Module):
    """Predicts where the scene changes under the camera of I1, from latents V1 and V2 alone."""

    def __init__(self, config: MaskConfig, channels: int) -> None:
        super().__init__()
        self.config = config
        self.features = nn.Conv2d(channels, config.features, 3, padding=1) if config.features else nn.Identity()
        inputs = config.window**2 + (2 * channels if config.see_latents else 0)
        layers: list[nn.Module] = []
        for i in range(config.layers):
            spacing = 2 ** (i % 4)
            before = inputs if i == 0 else config.width
            convolution = nn.Conv2d(before, config.width, 3, padding=spacing, dilation=spacing)
            layers += [convolution, nn.GroupNorm(4, config.width), nn.SiLU()]
        self.predictor = nn.Sequential(*layers, nn.Conv2d(config.width, 1, 1))

    def forward(self, v1: Tensor, v2: Tensor) -> Tensor:
        """Logits (B, 1, h, w) of the mask before dilation."""
        a, b = self.features(v1), self.features(v2)
        if self.config.normalise == "cosine":
            a, b = unit_features(a), unit_features(b)
        evidence = cost_volume(a, b, self.config.window)
        if self.config.see_latents:
            evidence = torch.cat([evidence, v1, v2], dim=1)
        return self.predictor(evidence)
