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
    batch, n, height, width = v1.shape
    rows1 = v1.permute(0, 2, 3, 1)  # (B, h, w, N)
    # (B, h + D - 1, N, w + D - 1)
    padded = F.pad(v2, (radius, radius, radius, radius)).permute(0, 2, 1, 3).contiguous()
    band = (batch, height, width, window)
    found = []
    for i in range(window):
        # All products of two rows, of which the band around the diagonal is kept: far more of them, in far less time.
        products = (rows1 @ padded[:, i : i + height]).contiguous()
        step = products.stride()
        found.append(products.as_strided(band, (step[0], step[1], step[2] + 1, 1)))
    return torch.cat(found, dim=3).permute(0, 3, 1, 2) / n


def unit_features(features: Tensor) -> Tensor:
    """Features (B, N, h, w) of length root N, so that `cost_volume` of two gives cosines."""
    return features.shape[1] ** 0.5 * F.normalize(features, dim=1)
