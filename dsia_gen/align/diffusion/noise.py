"""Noise and timesteps of training: functions of the seed and of a sample's position, whichever process needs them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def generator_for(*key: int) -> torch.Generator:
    """A CPU generator whose stream depends on the key alone."""
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> np.uint64(1))
    return torch.Generator().manual_seed(seed)


def sample_noise(positions: Sequence[int], seed: int, like: Tensor, timesteps: int) -> tuple[Tensor, Tensor]:
    """Standard normal noise shaped as `like` (B, N, h, w), and timesteps (B,) int64, of samples at `positions`."""
    noises, times = [], []
    for position in positions:
        generator = generator_for(seed, 2, position)
        times.append(torch.randint(timesteps, (1,), generator=generator))
        noises.append(torch.randn(like.shape[1:], generator=generator))
    return torch.stack(noises).to(like), torch.cat(times).to(like.device)
