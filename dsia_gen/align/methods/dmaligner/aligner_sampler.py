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


def sample_pairs(
    model: Aligner,
    schedule: NoiseSchedule,
    latents: Sequence[Tensor],
    generators: Sequence[torch.Generator],
    sampling: SamplingConfig,
    tile: Tile | None = None,
    overlap: int = 0,
    on_step: StepProgress = silent,
) -> tuple[Tensor, Tensor | None]:
    """Latents (B S, N, h, w), S for each of B pairs in turn, and the mask logits (B, 1, h, w) or None.

    `latents` are V1, V2 and, with compensated motion, that of the compensated I2, (B, N, h, w) each, sides multiples of
    `model.multiple`; there are B S generators. `tile` (height, width) and `overlap` are in latents. Estimates of
    overlapping tiles are blended at every timestep, so that tiles cannot drift apart.
    """
    n, context = model.channels, model.shown

    def condition(parts: Tensor) -> Tensor:
        made = model.condition(*parts.chunk(len(latents), dim=1))
        return torch.cat([part for part in (made.latents, made.base, made.logits) if part is not None], dim=1)

    made = tiled(condition, torch.cat([*latents], dim=1), tile, overlap, 1)
    given, logits = made.tensor_split(((context + 1) * n,), dim=1)
    given = given.repeat_interleave(len(generators) // len(given), dim=0)

    def denoise(x: Tensor, t: int) -> Tensor:
        time = torch.full((len(x),), t, device=x.device)

        def estimate(parts: Tensor) -> Tensor:
            x_t, shown, base = parts.tensor_split((n, n + context * n), dim=1)
            return schedule.to_x0(model.denoise(x_t, time, Condition(shown, base, None)), x_t, time)

        return tiled(estimate, torch.cat([x, given], dim=1), tile, overlap, 1)

    drawn = sample_latents(denoise, schedule, latents[0], generators, sampling, on_step)
    return drawn, logits if model.mask else None
