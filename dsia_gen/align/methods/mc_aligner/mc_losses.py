"""What the motion-compensated aligner learns from: Igt, the camera's exact flow, and what moves."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dsia_gen.align.matching.geometry import inside, look_up, pixel_points, project
from dsia_gen.align.methods.mc_aligner.mc_config import McLossConfig
from dsia_gen.align.methods.mc_aligner.mc_network import McAnswer
from dsia_gen.align.methods.mc_aligner.start import Start
from dsia_gen.align.training.task import Scalars

_LARGEST = 400.0
"""Pixels beyond which a flow is not learned from."""
_SHARP = 0.3
"""Pixels of mean error below which a flow is not pushed much further."""
_BEST = 2e-4
"""Mean square error below which an answer is not pushed further (37 dB)."""


def mc_loss(
    answer: McAnswer, start: Start, target: Tensor, truth: dict[str, Tensor], weights: McLossConfig
) -> tuple[Tensor, Scalars]:
    """The loss, and what to log.

    `target` is Igt (B, 3, H, W) in [0, 1]; `truth` has `flow_gt_to_2` and `flow_2_to_gt` (B, 2, H, W) px, and
    `visible` and `dynamic_gt` (B, 1, H, W). The first part is the mean over pairs of the logarithm of the
    square error, so a tenth of a decibel counts the same on every pair.
    """
    square = (answer.image - target).square().mean(dim=(1, 2, 3))
    loss = torch.log10(square + _BEST).mean()
    scalars: Scalars = {"psnr/answer": -10 * torch.log10(square.detach() + 1e-9).mean()}

    exact, dynamic = truth["flow_gt_to_2"], truth["dynamic_gt"]
    known = (torch.isfinite(exact) & (exact.abs() < _LARGEST)).all(dim=1, keepdim=True) * truth["visible"]
    apart = answer.camera - torch.nan_to_num(exact, 0, 0, 0).clamp(-_LARGEST, _LARGEST)
    flow = of_pairs(apart, known * (1 + weights.moving * dynamic))
    length = apart.detach().norm(dim=1, keepdim=True)
    scalars["flow/moving"], scalars["flow/static"] = (weighted(length, known * m) for m in (dynamic, 1 - dynamic))

    # the same on the grid of the warped I2, where the exact flow is looked up
    points = pixel_points(target.shape[-2], target.shape[-1], target)
    there = project(start.matrix, points.expand(len(target), -1, -1, -1))
    back = look_up(truth["flow_2_to_gt"], there, "nearest")
    residual = there + back - points
    usable = (torch.isfinite(residual) & (residual.abs() < _LARGEST)).all(dim=1, keepdim=True)
    shown = inside(there, (target.shape[-2], target.shape[-1]))
    residual = torch.nan_to_num(residual, 0, 0, 0).clamp(-_LARGEST, _LARGEST)
    dynamic2 = look_up(dynamic, points + residual, "nearest")
    apart2 = answer.residual2 - residual
    flow2 = of_pairs(apart2, usable * shown * (1 + weights.moving * dynamic2))

    entropy = F.binary_cross_entropy_with_logits
    mask = entropy(answer.dynamic, dynamic) + entropy(answer.dynamic2, dynamic2, weight=shown.to(dynamic2.dtype))
    warped = weighted(charbonnier(answer.camera_image - target).mean(dim=1, keepdim=True), truth["visible"])
    parts = {"flow": flow, "splat_flow": flow2, "mask": mask, "warped": warped}
    for name, part in parts.items():
        loss = loss + getattr(weights, name) * part
        scalars[f"loss/{name}"] = part.detach()
    return loss, scalars


def charbonnier(difference: Tensor) -> Tensor:
    """A differentiable absolute value."""
    return (difference.square() + 1e-4).sqrt()


def of_pairs(apart: Tensor, weights: Tensor) -> Tensor:
    """Mean over pairs of the logarithm of the weighted mean length of `apart` (B, 2, H, W), px.

    A pair of large motion would otherwise outweigh all others: a tenth less error counts the same on every pair.
    """
    total = weights.sum(dim=(1, 2, 3))
    mean = (charbonnier(apart).sum(dim=1, keepdim=True) * weights).sum(dim=(1, 2, 3)) / (total + 1)
    return torch.log(mean + _SHARP).mean()


def weighted(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of (B, 1, H, W); zero where nothing has weight."""
    return (values * weights).sum() / (weights.sum() + 1)
