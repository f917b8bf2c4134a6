"""Exponential moving average of weights, by torch's AveragedModel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def ema_model(module: nn.Module, decay: float, step: int = 0) -> AveragedModel:
    """A frozen copy of a module that `update_parameters` moves: averaged = d * averaged + (1 - d) * weight.

    At optimizer step k (from 1; `step` of them are done), d = min(decay, k / (k + 9)), so that early weights fade.
    Buffers are copied. diffusers' EMAModel has the same schedule from step 2 on, but knows neither modules nor buffers.
    """

    @torch.no_grad()
    def update(averaged: Sequence[Tensor], weights: Sequence[Tensor], count: Tensor) -> None:
        k = int(count)
        torch._foreach_lerp_(averaged, weights, 1 - min(decay, k / (k + 9)))

    averaged = AveragedModel(module, multi_avg_fn=update).eval().requires_grad_(False)
    averaged.n_averaged.fill_(step + 1)  # at 0 the first update would copy the weights
    return averaged


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode inside the block."""
    before = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(before)
