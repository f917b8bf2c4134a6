"""The reverse process of the aligner: latents of Igt given those of I1 and I2 (section 3.2.3), in tiles if need be."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dsia_gen.align.diffusion.diffusion_config import SamplingConfig
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule
from dsia_gen.align.diffusion.sampler import Tile, sample_latents, tiled
from dsia_gen.align.methods.dmaligner.model import Aligner, Condition
from dsia_gen.align.step_progress import StepProgress, silent


def sample_pair(
    model: Aligner,
    schedule: NoiseSchedule,
    v1: Tensor,
    v2: Tensor,
    generators: Sequence[torch.Generator],
    sampling: SamplingConfig,
    tile: Tile | None = None,
    overlap: int = 0,
    on_step: StepProgress = silent,
) -> tuple[Tensor, Tensor | None]:
    """One latent for each generator, (B, N, h, w), and the mask logits (1, 1, h, w) or None.

    v1, v2 (1, N, h, w), sides multiples of `model.multiple`; `tile` (height, width) and `overlap` in latents. Estimates
    of overlapping tiles are blended at every timestep, so that tiles cannot drift apart.
    """
    n, context = model.channels, 3 if model.mask else 2

    def condition(parts: Tensor) -> Tensor:
        made = model.condition(*parts.chunk(2, dim=1))
        return torch.cat([part for part in (made.latents, made.base, made.logits) if part is not None], dim=1)

    made = tiled(condition, torch.cat([v1, v2], dim=1), tile, overlap, 1)
    given, logits = made.tensor_split(((context + 1) * n,), dim=1)
    given = given.expand(len(generators), -1, -1, -1)

    def denoise(x: Tensor, t: int) -> Tensor:
        time = torch.full((len(x),), t, device=x.device)

        def estimate(parts: Tensor) -> Tensor:
            x_t, latents, base = parts.tensor_split((n, n + context * n), dim=1)
            return schedule.to_x0(model.denoise(x_t, time, Condition(latents, base, None)), x_t, time)

        return tiled(estimate, torch.cat([x, given], dim=1), tile, overlap, 1)

    latents = sample_latents(denoise, schedule, v1, generators, sampling, on_step)
    return latents, logits if model.mask else None
