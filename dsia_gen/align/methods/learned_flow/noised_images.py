"""Images as guided sampling shows them to a flow network: estimates from noise."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from dsia_gen.align.diffusion.noise import sample_noise

_LEVELS = (0.05, 2.0)
"""Least and most deviation of the noise; with more, nothing of an image is to be seen in its linear estimate."""
_DEVIATION = 0.5
"""Of the values of images in [-1, 1]."""
_STEPS = 1000


def estimated(images: Tensor, noise: Tensor, level: Tensor) -> Tensor:
    """The best linear estimate of images (B, C, H, W) in [-1, 1] of which images + level * noise is known.

    Values are taken for independent, of mean 0 and deviation 0.5; level is (B,). What is outside of [-1, 1] is cut off.
    """
    level = level.view(-1, 1, 1, 1)
    trust = _DEVIATION**2 / (_DEVIATION**2 + level**2)
    return (trust * (images + level * noise)).clamp(-1, 1)


def partly_noised(images: Tensor, positions: Sequence[int], seed: int, share: float) -> Tensor:
    """Images (B, C, H, W), a share of them as `estimated` from noise; which and how much depends on seed and position.

    The logarithm of the noise is uniform.
    """
    noise, steps = sample_noise(positions, seed, images, _STEPS)
    drawn = (steps + 0.5) / _STEPS
    least, most = (torch.tensor(level).log() for level in _LEVELS)
    level = (least + (most - least) * drawn / share).exp().to(images)
    return torch.where((drawn < share).view(-1, 1, 1, 1), estimated(images, noise, level), images)
