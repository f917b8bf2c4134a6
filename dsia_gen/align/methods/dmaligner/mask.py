"""Dynamics-aware mask producing: cost volume (eq. 6), predictor, dilation and fusion (eq. 7, 9)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dsia_gen.align.methods.dmaligner.aligner_config import MaskConfig


def cost_volume(v1: Tensor, v2: Tensor, window: int) -> Tensor:
    """Local correlation of two feature maps (eq. 6): C{u, d} = 1/N sum_k V1_k(u) V2_k(u + d).

    v1, v2 (B, N, h, w); `window` is D, odd. Returns (B, D^2, h, w): channel i * D + j is the displacement
    (row i - D//2, column j - D//2). Outside the map V2 counts as zero.
    """
    radius = window // 2
    n, height = v1.shape[1], v1.shape[2]
    padded = F.pad(v2, (radius, radius, radius, radius)).unfold(3, window, 1)  # (B, N, h + D - 1, w, D), a view
    rows = [torch.einsum("bnhw,bnhwd->bdhw", v1, padded[:, :, i : i + height]) for i in range(window)]
    return torch.cat(rows, dim=1) / n


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
            # times N, which eq. 6 divides by again
            root = a.shape[1] ** 0.5
            a, b = root * F.normalize(a, dim=1), root * F.normalize(b, dim=1)
        evidence = cost_volume(a, b, self.config.window)
        if self.config.see_latents:
            evidence = torch.cat([evidence, v1, v2], dim=1)
        return self.predictor(evidence)
