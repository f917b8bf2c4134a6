"""Losses of the aligner (eq. 9 to 12)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dsia_gen.align.methods.dmaligner.aligner_config import LossConfig
from dsia_gen.align.methods.dmaligner.mask import dilate

_TINY = 1e-12  # keeps the root differentiable where prediction and target agree


def norm(difference: Tensor, kind: str) -> Tensor:
    """Mean over the batch of a sample's norm; "l2" is eq. 10's divided by the root of the number of values."""
    values = difference.flatten(1).float()
    if kind == "l2":
        return (values.square().mean(dim=1) + _TINY).sqrt().mean()
    return values.square().mean() if kind == "mse" else values.abs().mean()


def denoising_loss(prediction: Tensor, truth: Tensor, mask: Tensor | None, gamma: float, kind: str = "l2") -> Tensor:
    """Eq. 10. prediction, truth (B, C, H, W); mask (B, 1, H, W) in [0, 1], or None for the plain norm."""
    difference = truth - prediction
    if mask is None:
        return norm(difference, kind)
    return (1 - gamma) * norm((1 - mask) * difference, kind) + gamma * norm(mask * difference, kind)


def upsampled_logits(logits: Tensor, dilations: int, size: tuple[int, int]) -> Tensor:
    """Logits of the mask of eq. 9: dilated, then enlarged to `size` (height, width) by nearest neighbour."""
    return F.interpolate(dilate(logits, dilations), size=size, mode="nearest")


def mask_loss(logits: Tensor, truth: Tensor, positive: float = 1.0) -> Tensor:
    """Eq. 11 as binary cross-entropy on logits, which is safe in half precision. Both (B, 1, H, W)."""
    weight = torch.tensor(positive, device=logits.device)
    return F.binary_cross_entropy_with_logits(logits.float(), truth.float(), pos_weight=weight)


def total_loss(denoising: Tensor, mask: Tensor | None, config: LossConfig) -> Tensor:
    """Eq. 12."""
    return config.denoising * denoising + (config.mask * mask if mask is not None else 0.0)


def mask_iou(logits: Tensor, truth: Tensor) -> Tensor:
    """Intersection over union of the mask (probability above one half) with the truth; 1 when both are empty."""
    predicted, real = logits > 0, truth > 0.5
    union = (predicted | real).sum()
    return torch.where(union > 0, (predicted & real).sum() / union.clamp(min=1), 1.0)
