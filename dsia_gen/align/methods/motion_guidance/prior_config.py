"""Configuration of the unconditional diffusion prior and of its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from dsia_gen.align.codecs.codec_config import CodecConfig
from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig, Target
from dsia_gen.align.diffusion.unet_config import UNetConfig
from dsia_gen.align.methods.motion_guidance.guidance_config import GuidanceConfig
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.bounds import PathText


class PriorConfig(RunConfig):
    """One training of a prior, and how it is guided afterwards."""

    codec: CodecConfig
    target: Annotated[Target, Field(description="what the denoiser predicts; flow is rectified flow")] = "x0"
    deviation: Annotated[
        float | None,
        Field(
            gt=0,
            le=100,
            description="of latents: the network answers a change of the best linear estimate for it (Karras et al., "
            "NeurIPS 2022), which is there before training; needs target x0; null answers x0 itself",
        ),
    ] = None
    unet: UNetConfig = UNetConfig()
    diffusion: DiffusionConfig = DiffusionConfig()
    guidance: GuidanceConfig = GuidanceConfig()
    flow: Annotated[
        PathText | None,
        Field(description="run of `train flow` that sees the motion; null takes the wanted flow itself"),
    ] = None

    @model_validator(mode="after")
    def _consistent(self) -> PriorConfig:
        if self.deviation is not None and self.target != "x0":
            raise ValueError(f"deviation needs target x0, not {self.target}; set deviation to null")
        if self.guidance.step_size > self.diffusion.timesteps:
            raise ValueError(f"guidance.step_size is larger than diffusion.timesteps ({self.diffusion.timesteps})")
        return self
