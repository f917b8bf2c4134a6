"""Configuration of a U-Net that denoises. Needs no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from dsia_gen.align.training.run_config import Channels, Levels
from dsia_gen.core.strict_yaml import Config


class UNetConfig(Config):
    """The denoiser; the defaults have the shape of latent diffusion's vq-f4 models (about 274M parameters)."""

    widths: Annotated[Levels, Field(description="channels of each level")] = (224, 448, 672, 896)
    layers: Annotated[int, Field(ge=1, le=8, description="residual blocks of a level")] = 2
    attention: Annotated[
        tuple[bool, ...], Field(max_length=16, description="self-attention at each level; as many as widths")
    ] = (False, True, True, True)
    head_width: Annotated[Channels, Field(description="channels of an attention head")] = 32
    groups: Annotated[Channels, Field(description="groups of the group norms; must divide the widths")] = 32
    checkpointing: Annotated[bool, Field(description="compute activations twice instead of keeping them")] = False

    @model_validator(mode="after")
    def _consistent(self) -> UNetConfig:
        if len(self.attention) != len(self.widths):
            raise ValueError(f"attention has {len(self.attention)} entries and widths {len(self.widths)}; give as many")
        wrong = [width for width in self.widths if width % self.groups]
        if wrong:
            raise ValueError(f"groups ({self.groups}) must divide every width; it does not divide {wrong[0]}")
        return self
