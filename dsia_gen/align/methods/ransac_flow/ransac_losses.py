"""The losses of RANSAC-Flow, eq. 1 to 5, which need no labels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from dsia_gen.align.matching.geometry import compose, inside, pixel_points, warp
from dsia_gen.align.matching.similarity import ssim_of
from dsia_gen.align.methods.ransac_flow.fine_network import FineAnswer
from dsia_gen.align.methods.ransac_flow.ransac_config import RansacLossConfig
from dsia_gen.align.training.task import Scalars

_WINDOW = 11


def cycle_matchability(match12: Tensor, match21: Tensor, flow12: Tensor) -> Tensor:
    """(B, 1, H, W) of the pixels of the first image: there and back (eq. 2), 0 where the flow leaves the second."""
    end = pixel_points(flow12.shape[-2], flow12.shape[-1], flow12) + flow12
    within = inside(end, (match21.shape[-2], match21.shape[-1]))
    return match12 * warp(match21, flow12) * within


def cycle_length(flow12: Tensor, flow21: Tensor, norm: str = "l2") -> Tensor:
    """(B, 1, H, W): how far from its start a pixel comes back (eq. 5)."""
    back = compose(flow12, flow21)
    if norm == "l2":
        return (back.square().sum(dim=1, keepdim=True) + 1e-12).sqrt()
    size = torch.tensor([back.shape[-1], back.shape[-2]], device=back.device, dtype=back.dtype).view(1, 2, 1, 1)
    return (2 * back / size).abs().mean(dim=1, keepdim=True)


def ransac_loss(
    answer: FineAnswer,
    images: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor],
    config: RansacLossConfig,
    with_cycle: bool,
    with_matchability: bool,
) -> tuple[Tensor, Scalars]:
    """Eq. 1 of both directions; images (B, 3, H, W) in [0, 1], valid (B, 1, H, W) is 0 where an image shows nothing."""
    parts: dict[str, list[Tensor]] = {"reconstruction": [], "cycle": [], "matchability": [], "smooth": []}
    ways = (
        (answer.flow12, answer.flow21, answer.match12, answer.match21, images, valid),
        (answer.flow21, answer.flow12, answer.match21, answer.match12, images[::-1], valid[::-1]),
    )
    for flow, back, match, other, (first, second), (seen, seen_there) in ways:
        match_cycle = cycle_matchability(match, other, flow)
        use = margins(seen * warp(seen_there, flow, "nearest"), config.margin)
        weight = match_cycle * use
        apart = 1 - ssim_of(warp(second, flow), first)
        parts["reconstruction"].append(reduced(apart, ssim_weight(match_cycle, config) * use, config.reduction))
        if with_cycle:
            parts["cycle"].append(reduced(cycle_length(flow, back, config.cycle_norm), weight, config.reduction))
        if with_matchability:
            parts["matchability"].append(reduced((match_cycle - 1).abs(), use, config.reduction))
        if config.smooth:
            steps = F.pad(flow[..., 1:, 1:] - flow[..., :-1, :-1], (0, 1, 0, 1))
            slope = (steps.square().sum(dim=1, keepdim=True) + 1e-12).sqrt()
            parts["smooth"].append(reduced(slope, (1 - match_cycle).detach() * use, config.reduction))
    means = {name: torch.stack(values).mean() for name, values in parts.items() if values}
    factors = {"cycle": config.cycle, "matchability": config.matchability, "smooth": config.smooth}
    loss = torch.stack([factors.get(name, 1.0) * value for name, value in means.items()]).sum()
    return loss, {f"loss/{name}": value.detach() for name, value in means.items()}


def ssim_weight(match_cycle: Tensor, config: RansacLossConfig) -> Tensor:
    """The matchability of eq. 4: as it is, or where its local mean is above one half, which has no gradient."""
    if config.ssim_mask == "soft":
        return match_cycle
    mean = F.avg_pool2d(match_cycle.detach(), _WINDOW, 1, _WINDOW // 2, count_include_pad=False)
    return (mean > 0.5).to(match_cycle)


def margins(valid: Tensor, margin: int) -> Tensor:
    """Valid pixels without those near the border."""
    if not margin:
        return valid
    return F.pad(valid[..., margin:-margin, margin:-margin], (margin, margin, margin, margin))


def reduced(values: Tensor, weight: Tensor, reduction: str) -> Tensor:
    """The weighted mean of values (B, 1, H, W), or their weighted sum as printed, for one pair."""
    total = (values * weight).sum()
    return total / (weight.sum() + 1e-3) if reduction == "mean" else total / len(values)
