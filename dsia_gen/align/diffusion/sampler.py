"""The reverse process from noise to latents (section 3.2.3), and evaluation in tiles where an image is large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor

from dsia_gen.align.diffusion.diffusion_config import SamplingConfig
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule
from dsia_gen.align.step_progress import StepProgress, silent

Tile = tuple[int, int]


def sample_latents(
    denoise: Callable[[Tensor, int], Tensor],
    schedule: NoiseSchedule,
    like: Tensor,
    generators: Sequence[torch.Generator],
    sampling: SamplingConfig,
    on_step: StepProgress = silent,
) -> Tensor:
    """Draw one sample for each generator.

    Parameters
    ----------
    denoise : Callable
        (x_t (B, N, h, w), t) to the estimate of x_0, of the same shape.
    schedule : NoiseSchedule
        The process that is reversed.
    like : Tensor
        (B, N, h, w): gives shape, type and device of one sample.
    generators : Sequence of torch.Generator
        On the CPU, so that one seed gives one answer on every device.
    sampling : SamplingConfig
        Step size and eta.
    on_step : StepProgress
        Called with (done, all) after each step.

    Returns
    -------
    Tensor
        (len(generators), N, h, w) samples of x_0.
    """

    def noise() -> Tensor:
        return torch.stack([torch.randn(like.shape[1:], generator=generator) for generator in generators]).to(like)

    x = noise()
    pairs = schedule.timestep_pairs(sampling.step_size)
    for done, (t, before) in enumerate(pairs, start=1):
        x0 = denoise(x, t)
        x = schedule.step(x0, x, t, before, sampling.eta, noise() if sampling.eta and before >= 0 else None)
        on_step(done, len(pairs))
    return x


def tiled(function: Callable[[Tensor], Tensor], x: Tensor, tile: Tile | None, overlap: int, scale: float) -> Tensor:
    """Evaluate a function on overlapping tiles, blended with weights that fall towards the tiles' borders.

    Parameters
    ----------
    function : Callable
        (B, C, h, w) to (B, C', h * scale, w * scale).
    x : Tensor
        (B, C, H, W).
    tile : tuple of int or None
        (height, width) of a tile; None is one tile.
    overlap : int
        Rows and columns that neighbouring tiles have in common, at least.
    scale : float
        How much larger the function's output is.

    Returns
    -------
    Tensor
        (B, C', H * scale, W * scale).
    """
    height, width = x.shape[-2:]
    if tile is None or (tile[0] >= height and tile[1] >= width):
        return function(x)
    th, tw = min(tile[0], height), min(tile[1], width)
    stride_y, stride_x = max(1, th - overlap), max(1, tw - overlap)
    tops = sorted({min(start, height - th) for start in range(0, max(1, height - overlap), stride_y)})
    lefts = sorted({min(start, width - tw) for start in range(0, max(1, width - overlap), stride_x)})
    total = weights = None
    for top, left in product(tops, lefts):
        part = function(x[..., top : top + th, left : left + tw])
        if total is None or weights is None:
            total = part.new_zeros(*part.shape[:2], round(height * scale), round(width * scale))
            weights = part.new_zeros(1, 1, *total.shape[-2:])
        rows = slice(round(top * scale), round(top * scale) + part.shape[-2])
        columns = slice(round(left * scale), round(left * scale) + part.shape[-1])
        # largest in the middle and nowhere zero
        steps = [torch.arange(1, n + 1, device=part.device, dtype=part.dtype) for n in part.shape[-2:]]
        ramps = [torch.minimum(ramp, len(ramp) + 1 - ramp) for ramp in steps]
        weight = ramps[0][:, None] * ramps[1][None]
        total[..., rows, columns] += part * weight
        weights[..., rows, columns] += weight
    assert total is not None and weights is not None
    return total / weights
