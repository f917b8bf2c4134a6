"""The network that denoises a field."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dsia_gen.align.diffusion.unet import build_unet
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.diffmatch.field_condition import FieldCondition

_TIMES = 1000.0
"""The time that the embedding is made for: t is given as t * 1000 / T."""


class FieldDenoiser(nn.Module):
    """Estimates the clean field from a noisy one, the initial field and the local cost, side by side."""

    def __init__(self, config: DiffMatchConfig) -> None:
        super().__init__()
        self.config = config
        inputs = 2 + (2 if config.with_initial else 0)
        inputs += (2 * config.radius + 1) ** 2 if config.with_local_cost else 0
        self.unet = build_unet(config.unet, inputs, 2, "scale_shift", answers_zero=True)

    def forward(self, noisy: Tensor, t: Tensor, initial: Tensor, cost: Tensor) -> Tensor:
        """The estimate (B, 2, h, w) of the clean field; t (B,) counts from 0."""
        shown = [torch.zeros_like(noisy) if self.config.regression else noisy]
        if self.config.with_initial:
            shown.append(initial)
        if self.config.with_local_cost:
            shown.append(cost)
        time = t.float() * (_TIMES / self.config.diffusion.timesteps)
        answer: Tensor = self.unet(torch.cat(shown, dim=1), time, return_dict=False)[0]
        return initial + answer if self.config.predict == "residual" else answer

    def estimate(self, noisy: Tensor, t: int, condition: FieldCondition) -> Tensor:
        """The same for hypotheses (N, 2, h, w) of one pair at one timestep."""
        count = len(noisy)
        times = torch.full((count,), t, device=noisy.device)
        initial, cost = (part.expand(count, -1, -1, -1) for part in (condition.initial, condition.cost))
        answer: Tensor = self(noisy, times, initial, cost)
        return answer


def build_denoiser(config: DiffMatchConfig, seed: int) -> FieldDenoiser:
    """A network with fresh weights that depend on `seed` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return FieldDenoiser(config)
