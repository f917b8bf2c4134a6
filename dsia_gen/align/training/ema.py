"""Exponential moving average of weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import nn


class EMA:
    """A module whose weights follow another's: averaged = decay * averaged + (1 - decay) * weight."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = deepcopy(module).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """After optimizer step `step` (from 1). The decay grows towards its value, so that early weights fade."""
        decay = min(self.decay, step / (step + 9))
        weights = [weight.detach() for weight in module.parameters()]
        torch._foreach_lerp_(list(self.module.parameters()), weights, 1 - decay)
        for averaged, buffer in zip(self.module.buffers(), module.buffers(), strict=True):
            averaged.copy_(buffer)


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Evaluation mode inside the block."""
    before = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(before)
