"""The energy that guides: how far an image is from the source under a wanted motion."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from dsia_gen.align.matching.geometry import inside, pixel_points, warp
from dsia_gen.align.methods.motion_guidance.flow_estimators import FlowEstimator
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig

_FASTER = 0.5
"""Pixels by which what covers a place has to move further than what is covered."""
_LANDS = 0.25
"""Share of a pixel that has to end in a cell."""


@dataclass(frozen=True)
class EnergyTerms:
    """The energy, its two parts before their weights (flow in px of the image, colours of 1), and the flow."""

    total: Tensor
    flow_error: Tensor
    colour_error: Tensor
    flow: Tensor


class MotionEnergy:
    """lambda_flow L_flow + lambda_color L_color of images (B, 3, H, W) in [0, 1] beside a source (1, 3, H, W).

    The wanted flow (1, 2, H, W) leads from the source to the image; where it is not finite, nothing is wanted. Pixels
    of `hidden` (1, 1, H, W) bool are not to be seen in the image, and their colours are not compared.
    """

    def __init__(
        self, source: Tensor, flow: Tensor, hidden: Tensor | None, estimator: FlowEstimator, config: GuidanceConfig
    ) -> None:
        self.source = source
        self.known = torch.isfinite(flow).all(dim=1, keepdim=True)
        self.flow = torch.where(self.known, flow, torch.zeros_like(flow))
        self.seen = self.known if hidden is None else self.known & ~hidden
        self.estimator = estimator
        self.config = config
        self.flow_scale = config.flow_width / flow.shape[-1]

    def __call__(self, image: Tensor) -> EnergyTerms:
        """All terms; differentiable."""
        found = self.estimator(self.source, image)
        flow_error = mean_where((found - self.flow).abs(), self.known)
        by = self.flow if self.config.colour_flow == "target" else found
        by = by.detach() if self.config.detach_warp else by
        colour_error = mean_where((self.source - warp(image, by)).abs(), self.seen)
        weights = self.config.flow_weight * self.flow_scale, self.config.colour_weight
        return EnergyTerms(weights[0] * flow_error + weights[1] * colour_error, flow_error, colour_error, found)


def mean_where(values: Tensor, where: Tensor) -> Tensor:
    """Mean over all pixels of values (B, C, H, W), those outside of (1, 1, H, W) counting as zero."""
    return torch.where(where, values, torch.zeros_like(values)).mean()


def hidden_by(flow: Tensor) -> Tensor:
    """(1, 1, H, W) bool: pixels that a flow (1, 2, H, W) moves out of the image, or onto which it moves others.

    Of pixels that end at one place the one that moves furthest covers the others: what moves lies in front of what
    stands still, as the released code has it, and by parallax the nearer of two that both move.
    """
    height, width = flow.shape[-2:]
    known = torch.isfinite(flow).all(dim=1, keepdim=True)
    moved = torch.where(known, flow, torch.zeros_like(flow))
    end = pixel_points(height, width, moved) + moved
    speed = moved.norm(dim=1)
    furthest = torch.zeros(height * width, dtype=flow.dtype, device=flow.device)
    corner = end.floor()
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = corner[:, 0] + dx, corner[:, 1] + dy
        share = (1 - (end[:, 0] - x).abs()) * (1 - (end[:, 1] - y).abs())
        lands = (share >= _LANDS) & (x >= 0) & (x < width) & (y >= 0) & (y < height) & known[:, 0]
        cells = (y * width + x)[lands].long()
        furthest = furthest.scatter_reduce(0, cells, speed[lands], "amax")
    place = end.round()
    column, row = place[:, 0].clamp(0, width - 1), place[:, 1].clamp(0, height - 1)
    there = furthest[(row * width + column).long()]
    covered = (there > speed + _FASTER)[:, None]
    return known & (covered | ~inside(end, (height, width)))
