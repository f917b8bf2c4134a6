"""The network of the unconditional prior: latents of any image, denoised."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.diffusion.unet import build_unet
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig


class PriorDenoiser(nn.Module):
    """A U-Net on latents (B, N, h, w), h and w multiples of `multiple`."""

    def __init__(self, config: PriorConfig, channels: int) -> None:
        super().__init__()
        self.multiple = 2 ** (len(config.unet.widths) - 1)
        self.deviation = config.deviation
        self.schedule = build_noise_schedule(config.target, config.diffusion)
        self.unet = build_unet(config.unet, channels, channels, answers_zero=config.deviation is not None)

    def forward(self, x_t: Tensor, t: Tensor) -> Tensor:
        """The prediction (B, N, h, w); t is (B,)."""
        answer: Tensor = self.unet(x_t, t, return_dict=False)[0]
        if self.deviation is None:
            return answer
        skip, out = self.linear_estimate(x_t, t)
        return skip * x_t + out * answer

    def linear_estimate(self, x_t: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Factors (B, 1, 1, 1) of x_t in the best linear estimate of x0, and that estimate's deviation from x0.

        Of latents of mean 0 and `deviation`: Karras et al., NeurIPS 2022, eq. 7, for this noise schedule.
        """
        assert self.deviation is not None
        alpha, sigma = self.schedule.alpha_sigma(t, x_t)
        total = (alpha * self.deviation) ** 2 + sigma**2
        return alpha * self.deviation**2 / total, self.deviation * sigma / total.sqrt()


def build_prior_denoiser(config: PriorConfig, channels: int) -> PriorDenoiser:
    """A network with fresh weights that depend on the seed of the training alone."""
    with torch.random.fork_rng():
        torch.manual_seed(config.train.seed)
        return PriorDenoiser(config, channels)
