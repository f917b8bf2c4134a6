"""The aligner's network: condition of V1, V2 and V_M, and the denoiser (eq. 8)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dsia_gen.align.diffusion.unet import build_unet
from dsia_gen.align.methods.dmaligner.aligner_config import ModelConfig
from dsia_gen.align.methods.dmaligner.mask import MaskProducer, dilate, fuse


@dataclass(frozen=True)
class Condition:
    """What the denoiser sees beside x_t."""

    latents: Tensor
    """(B, 2N or 3N, h, w): V1, V2 and, with the mask module or compensated motion, V_M."""
    base: Tensor
    """(B, N, h, w): what a residual changes: V1, V_M, or the compensated I2."""
    logits: Tensor | None
    """(B, 1, h, w): the mask before dilation."""


class Aligner(nn.Module):
    """Mask module and denoiser. Latents are (B, N, h, w), h and w multiples of `multiple`."""

    def __init__(self, config: ModelConfig, channels: int) -> None:
        super().__init__()
        self.config = config
        self.channels = channels
        self.multiple = 2 ** (len(config.unet.widths) - 1)
        self.mask = MaskProducer(config.mask, channels) if config.mask else None
        self.shown = 3 if config.mask or config.motion else 2
        # with a residual the first answer is the base itself
        inputs, first = channels * (self.shown + 1), config.residual != "none"
        self.unet = build_unet(config.unet, inputs, channels, answers_zero=first)

    def condition(self, v1: Tensor, v2: Tensor, warped: Tensor | None = None) -> Condition:
        """The condition of a pair; the same for all timesteps. `warped` is the latent of I2 compensated for motion.

        The mask module compares V1 with what it pastes: V2, or the compensated one.
        """
        pasted = v2 if warped is None else warped
        if self.mask is None or self.config.mask is None:
            shown = [v1, v2] if warped is None else [v1, v2, warped]
            base = warped if warped is not None and self.config.residual == "v_m" else v1
            return Condition(torch.cat(shown, dim=1), base, None)
        logits = self.mask(v1, pasted)
        weight = torch.sigmoid(dilate(logits, self.config.mask.dilations))
        return self.masked(v1, v2, pasted, weight.detach() if self.config.mask.detach_fusion else weight, logits)

    def masked(self, v1: Tensor, v2: Tensor, pasted: Tensor, weight: Tensor, logits: Tensor) -> Condition:
        """The condition of a pair whose V_M takes `pasted` where `weight` (B, 1, h, w) is 1 (eq. 7)."""
        fused = fuse(v1, pasted, weight)
        base = fused if self.config.residual == "v_m" else v1
        return Condition(torch.cat([v1, v2, fused], dim=1), base, logits)

    def denoise(self, x_t: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """The network's prediction (B, N, h, w); t is (B,)."""
        output = self.unet(torch.cat([x_t, condition.latents], dim=1), t, return_dict=False)[0]
        return output if self.config.residual == "none" else condition.base + output

    def forward(
        self, x_t: Tensor, t: Tensor, v1: Tensor, v2: Tensor, warped: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Prediction and mask logits. All of the network runs in here, as distributed training wants it."""
        condition = self.condition(v1, v2, warped)
        return self.denoise(x_t, t, condition), condition.logits


def build_aligner(config: ModelConfig, channels: int, seed: int) -> Aligner:
    """A network with fresh weights that depend on `seed` alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Aligner(config, channels)
