"""The network of the unconditional prior: latents of any image, denoised."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dsia_gen.align.diffusion.unet import build_unet
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig


class PriorDenoiser(nn.Module):
    """A U-Net on latents (B, N, h, w), h and w multiples of `multiple`."""

    def __init__(self, config: PriorConfig, channels: int) -> None:
        super().__init__()
        self.multiple = 2 ** (len(config.unet.widths) - 1)
        self.unet = build_unet(config.unet, channels, channels)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The prediction (B, N, h, w); t is (B,)."""
        answer: Tensor = self.unet(x_t, t, return_dict=False)[0]
        return answer


def build_prior_denoiser(config: PriorConfig, channels: int) -> PriorDenoiser:
    """A network with fresh weights that depend on the seed of the training alone."""
    with torch.random.fork_rng():
        torch.manual_seed(config.train.seed)
        return PriorDenoiser(config, channels)
