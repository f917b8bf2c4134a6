"""The U-Net that denoises, of diffusers, by its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from dsia_gen.align.diffusion.unet_config import UNetConfig

if TYPE_CHECKING:
    from diffusers import UNet2DModel


def build_unet(
    config: UNetConfig, inputs: int, outputs: int, time: str = "default", answers_zero: bool = False
) -> UNet2DModel:
    """A U-Net from `inputs` to `outputs` channels; with `answers_zero` its first answer is zero.

    `time` is how a block takes the timestep: "default" adds it, "scale_shift" also scales by it.
    """
    from diffusers import UNet2DModel

    unet = UNet2DModel(
        in_channels=inputs,
        out_channels=outputs,
        block_out_channels=config.widths,
        layers_per_block=config.layers,
        down_block_types=tuple("AttnDownBlock2D" if on else "DownBlock2D" for on in config.attention),
        up_block_types=tuple("AttnUpBlock2D" if on else "UpBlock2D" for on in reversed(config.attention)),
        attention_head_dim=config.head_width,
        norm_num_groups=config.groups,
        add_attention=config.attention[-1],
        resnet_time_scale_shift=time,
    )
    if config.checkpointing:
        unet.enable_gradient_checkpointing()
    if answers_zero:
        nn.init.zeros_(unet.conv_out.weight)
        nn.init.zeros_(unet.conv_out.bias)
    return unet
