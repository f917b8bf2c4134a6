"""Local correlation of feature maps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def cost_volume(v1: Tensor, v2: Tensor, window: int) -> Tensor:
    """Local correlation of two feature maps (DMAligner, eq. 6): C{u, d} = 1/N sum_k V1_k(u) V2_k(u + d).

    v1, v2 (B, N, h, w); `window` is D, odd. Returns (B, D^2, h, w): channel i * D + j is the displacement
    (row i - D//2, column j - D//2). Outside the map V2 counts as zero.
    """
    radius = window // 2
    n, height = v1.shape[1], v1.shape[2]
    padded = F.pad(v2, (radius, radius, radius, radius)).unfold(3, window, 1)  # (B, N, h + D - 1, w, D), a view
    rows = [torch.einsum("bnhw,bnhwd->bdhw", v1, padded[:, :, i : i + height]) for i in range(window)]
    return torch.cat(rows, dim=1) / n


def unit_features(features: Tensor) -> Tensor:
    """Features (B, N, h, w) of length root N, so that `cost_volume` of two gives cosines."""
    return features.shape[1] ** 0.5 * F.normalize(features, dim=1)
