"""Configuration of the aligner: mask module, denoiser, losses, and its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.align.codecs.codec_config import CodecConfig
from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig, SamplingConfig, Target
from dsia_gen.align.diffusion.unet_config import UNetConfig
from dsia_gen.align.training.run_config import LossWeight, RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config


class MaskConfig(Config):
    """Dynamics-aware mask producing (eq. 6, 7, 9)."""

    window: Annotated[
        int, Field(ge=1, le=63, description="D: side of the square of displacements, in latents; odd")
    ] = 17
    normalise: Annotated[
        Literal["channels", "cosine"],
        Field(description="dot product divided by N as in eq. 6, or between vectors of unit length"),
    ] = "channels"
    features: Annotated[
        int, Field(ge=0, le=256, description="channels of learned features to correlate; 0 is the latents, as in eq. 6")
    ] = 0
    see_latents: Annotated[bool, Field(description="show V1 and V2 to the predictor beside the cost volume")] = False
    width: Annotated[int, Field(ge=4, le=512, description="channels of the predictor's hidden layers")] = 64
    layers: Annotated[
        int, Field(ge=1, le=12, description="hidden layers; their spacing doubles: 1, 2, 4, 8, 1, ...")
    ] = 4
    dilations: Annotated[int, Field(ge=0, le=16, description="r: how often the mask grows by one latent")] = 2
    detach_fusion: Annotated[bool, Field(description="stop the denoiser's gradient at the mask of eq. 7")] = False

    @model_validator(mode="after")
    def _odd(self) -> MaskConfig:
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd, so that it has a middle, not {self.window}")
        return self


class MotionConfig(Config):
    """Compensation of the camera's motion before I2 is pasted onto I1; not in the paper."""

    kind: Annotated[
        Literal["homography", "mc_flow", "mc_answer"],
        Field(
            description="what is pasted: I2 by the homography of DIS flow, I2 by the flow of a trained mc_aligner, or "
            "that aligner's own answer, which the diffusion then refines"
        ),
    ] = "homography"
    light: Annotated[bool, Field(description="bring I1 to the light of I2 by a smooth gain")] = True
    weights: Annotated[
        PathText | None, Field(description="run of `train mc_aligner`, for the kinds mc_*; null is that of the package")
    ] = None


class ModelConfig(Config):
    """The aligner: mask module and denoiser."""

    motion: Annotated[
        MotionConfig | None,
        Field(description="paste I2 as the camera of I1 would see it; null pastes I2 as it is, which is the paper"),
    ] = None
    target: Annotated[Target, Field(description="what the denoiser predicts; flow is rectified flow")] = "x0"
    mask: Annotated[MaskConfig | None, Field(description="the mask module; null leaves it out (V1 and V2 only)")] = (
        MaskConfig()
    )
    unet: UNetConfig = UNetConfig()
    residual: Annotated[
        Literal["none", "v1", "v_m"],
        Field(
            description="predict x0 as a change of V1, or of V_M (without the mask module: of the compensated I2, or "
            "of V1 where there is none); not in the paper: none"
        ),
    ] = "none"

    @model_validator(mode="after")
    def _residual_needs_x0(self) -> ModelConfig:
        if self.residual != "none" and self.target != "x0":
            raise ValueError(f"residual needs target x0, not {self.target}; set residual to none")
        return self


class LossConfig(Config):
    """Eq. 10 to 12."""

    domain: Annotated[
        Literal["image", "latent"],
        Field(
            description="eq. 10 on decoded images, or on the denoiser's own target (no decoder: less memory and time)"
        ),
    ] = "image"
    norm: Annotated[
        Literal["l2", "mse", "l1"],
        Field(description="of eq. 10: root of the mean square of a sample, mean square, or mean absolute value"),
    ] = "l2"
    gamma: Annotated[float, Field(ge=0, le=1, description="weight of the dynamic part in eq. 10")] = 0.5
    denoising: Annotated[LossWeight, Field(description="lambda_1")] = 2.0
    mask: Annotated[LossWeight, Field(description="lambda_2")] = 0.1
    mask_on: Annotated[
        Literal["dilated", "undilated"], Field(description="prediction that eq. 11 compares with the dynamic mask")
    ] = "dilated"
    mask_positive: Annotated[
        float, Field(gt=0, le=1e6, description="weight of dynamic pixels in eq. 11; 1 is the paper")
    ] = 1.0
    detach_mask: Annotated[
        bool, Field(description="treat the mask as a constant weight in eq. 10, so that it cannot hide errors")
    ] = True
    checkpoint_decoder: Annotated[
        bool, Field(description="compute the decoder's activations twice instead of keeping them (2.9 GiB a sample)")
    ] = False


class AlignerConfig(RunConfig):
    """One training of the aligner."""

    codec: CodecConfig
    model: ModelConfig = ModelConfig()
    diffusion: DiffusionConfig = DiffusionConfig()
    losses: LossConfig = LossConfig()
    sampling: SamplingConfig = SamplingConfig()
    weights: Annotated[
        PathText | None,
        Field(
            description="a run, pipeline or hub id to start from; what fits is taken, the rest is told; null is fresh"
        ),
    ] = None
    latents: Annotated[
        PathText | None,
        Field(description="folder that keeps latents of training images, so that no step encodes; null keeps none"),
    ] = None

    @model_validator(mode="after")
    def _consistent(self) -> AlignerConfig:
        if self.sampling.step_size > self.diffusion.timesteps:
            raise ValueError(f"sampling.step_size is larger than diffusion.timesteps ({self.diffusion.timesteps})")
        if self.model.target == "flow" and self.sampling.eta > 0:
            raise ValueError("sampling.eta must be 0 for rectified flow, which has no noise to add")
        return self
