"""The way back from noise to a latent (section 3.2.3), in tiles where an image is large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import torch
from torch import Tensor

from dsia_gen.align.config import SamplingConfig
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule
from dsia_gen.align.methods.dmaligner.model import Aligner, Condition

Tile = tuple[int, int]


def sample_latents(
    model: Aligner,
    process: NoiseSchedule,
    v1: Tensor,
    v2: Tensor,
    generators: Sequence[torch.Generator],
    sampling: SamplingConfig,
    tile: Tile | None = None,
    overlap: int = 0,
    on_step: Callable[[], object] = lambda: None,
) -> tuple[Tensor, Tensor | None]:
    """One latent for each generator, and the mask logits. v1, v2 (1, N, h, w), sides multiples of `model.multiple`.

    `tile` (height, width) and `overlap` are in latents; estimates of overlapping tiles are blended at every timestep,
    so that tiles cannot drift apart. Generators live on the CPU: one seed gives one answer on every device.
    Returns (len(generators), N, h, w) and (1, 1, h, w) or None.
    """
    condition = _condition(model, v1, v2, tile, overlap)
    count = len(generators)
    given = torch.cat([condition.latents, condition.base], dim=1).expand(count, -1, -1, -1)
    x = _noise(v1, generators)

    for t, before in process.trajectory(sampling.step_size):
        time = torch.full((count,), t, device=v1.device)

        def estimate(parts: Tensor, time: Tensor = time) -> Tensor:
            x_t, latents, base = parts.tensor_split(_joints(model), dim=1)
            output = model.denoise(x_t, time, Condition(latents, base, None))
            return process.to_x0(output, x_t, time)

        x0 = tiled(estimate, torch.cat([x, given], dim=1), tile, overlap, 1)
        draw = _noise(v1, generators) if sampling.eta and before >= 0 else None
        x = process.step(x0, x, t, before, sampling.eta, draw)
        on_step()
    return x, condition.logits


def _joints(model: Aligner) -> tuple[int, int]:
    return model.channels, model.channels * (4 if model.mask else 3)


def _condition(model: Aligner, v1: Tensor, v2: Tensor, tile: Tile | None, overlap: int) -> Condition:
    def stacked(parts: Tensor) -> Tensor:
        made = model.condition(*parts.chunk(2, dim=1))
        return torch.cat([part for part in (made.latents, made.base, made.logits) if part is not None], dim=1)

    together = tiled(stacked, torch.cat([v1, v2], dim=1), tile, overlap, 1)
    n = model.channels
    latents, base, logits = together.tensor_split(((3 if model.mask else 2) * n, (4 if model.mask else 3) * n), dim=1)
    return Condition(latents, base, logits if model.mask else None)


def _noise(like: Tensor, generators: Sequence[torch.Generator]) -> Tensor:
    draws = [torch.randn(like.shape[1:], generator=generator) for generator in generators]
    return torch.stack(draws).to(like)


def tiled(function: Callable[[Tensor], Tensor], x: Tensor, tile: Tile | None, overlap: int, scale: float) -> Tensor:
    """`function` on overlapping tiles of x (B, C, H, W), blended with weights that fall towards the tiles' borders.

    The function maps (B, C, h, w) to (B, C', h * scale, w * scale). `tile` is (height, width); None is one tile.
    """
    height, width = x.shape[-2:]
    if tile is None or (tile[0] >= height and tile[1] >= width):
        return function(x)
    th, tw = min(tile[0], height), min(tile[1], width)
    total = weights = None
    for top, left in product(_starts(height, th, overlap), _starts(width, tw, overlap)):
        part = function(x[..., top : top + th, left : left + tw])
        if total is None or weights is None:
            total = part.new_zeros(*part.shape[:2], round(height * scale), round(width * scale))
            weights = part.new_zeros(1, 1, *total.shape[-2:])
        rows = slice(round(top * scale), round(top * scale) + part.shape[-2])
        columns = slice(round(left * scale), round(left * scale) + part.shape[-1])
        weight = _feather(part)
        total[..., rows, columns] += part * weight
        weights[..., rows, columns] += weight
    assert total is not None and weights is not None
    return total / weights


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """First rows of tiles that cover `length` with at least `overlap` in common."""
    stride = max(1, tile - overlap)
    return sorted({min(start, length - tile) for start in range(0, max(1, length - overlap), stride)})


def _feather(part: Tensor) -> Tensor:
    """Weights (h, w) that are largest in the middle and nowhere zero."""
    rows, columns = (_ramp(n, part) for n in part.shape[-2:])
    return rows[:, None] * columns[None]


def _ramp(n: int, like: Tensor) -> Tensor:
    steps = torch.arange(1, n + 1, device=like.device, dtype=like.dtype)
    return torch.minimum(steps, n + 1 - steps)
