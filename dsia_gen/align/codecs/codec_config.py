"""Configuration of a codec and of its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.align.training.run_config import STEP_LIMIT, Levels, LossWeight, RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config


class LosslessCodecConfig(Config):
    """Pixel-unshuffle: every block of pixels becomes channels. Nothing is trained or lost; for trials on a CPU."""

    kind: Annotated[Literal["lossless"], Field(description="which codec")]
    factor: Annotated[int, Field(ge=1, le=16, description="side of a block in pixels")] = 4


class VQCodecConfig(Config):
    """VQ-VAE; the defaults are the vq-f4 configuration of latent diffusion (55.3M parameters)."""

    kind: Annotated[Literal["vq"], Field(description="which codec")]
    weights: Annotated[
        PathText | None,
        Field(description="diffusers folder, latent-diffusion checkpoint (.ckpt, .safetensors), run folder or hub id"),
    ] = None
    subfolder: Annotated[PathText | None, Field(description="folder inside `weights`, such as vqvae")] = None
    revision: Annotated[str | None, Field(description="revision on the hub; empty is its main branch")] = None
    widths: Annotated[Levels, Field(description="channels of each level; n levels shrink 2^(n-1) times")] = (
        128,
        256,
        512,
    )
    layers: Annotated[int, Field(ge=1, le=8, description="residual blocks of a level")] = 2
    latent_channels: Annotated[int, Field(ge=1, le=64, description="channels N of the latent")] = 3
    codes: Annotated[int, Field(ge=2, le=65536, description="entries of the codebook")] = 8192
    groups: Annotated[int, Field(ge=1, le=16384, description="groups of the group norms; must divide the widths")] = 32
    attention: Annotated[bool, Field(description="self-attention in the middle block")] = True
    quantise: Annotated[bool, Field(description="look latents up in the codebook before decoding")] = True


CodecConfig = Annotated[LosslessCodecConfig | VQCodecConfig, Field(discriminator="kind")]


class CodecLossConfig(Config):
    """Training of the codec. The perceptual and adversarial terms are optional."""

    reconstruction: Annotated[LossWeight, Field(description="weight of the mean absolute error")] = 1.0
    codebook: Annotated[LossWeight, Field(description="weight of the codebook term")] = 1.0
    commitment: Annotated[LossWeight, Field(description="share of the commitment in the codebook term")] = 0.25
    ssim: Annotated[LossWeight, Field(description="weight of 1 - SSIM: a perceptual term without a network")] = 0.0
    lpips: Annotated[LossWeight, Field(description="weight of LPIPS; needs torchvision and its weights")] = 0.0
    adversarial: Annotated[LossWeight, Field(description="weight of the patch discriminator (hinge)")] = 0.0
    adversarial_start: Annotated[
        int, Field(ge=0, le=STEP_LIMIT, description="step at which the discriminator enters")
    ] = 10_000
    discriminator_width: Annotated[int, Field(ge=4, le=16384, description="channels of its first layer")] = 64


class CodecRunConfig(RunConfig):
    """One training of the codec."""

    codec: VQCodecConfig
    losses: CodecLossConfig = CodecLossConfig()
