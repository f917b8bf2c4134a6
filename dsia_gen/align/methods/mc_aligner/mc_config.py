"""Configuration of the motion-compensated aligner and of its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dsia_gen.align.training.run_config import Channels, Levels, LossWeight, RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config

CONFIG_FILE, WEIGHTS_FILE = "mc_aligner.json", "mc_aligner.safetensors"
"""Files of a trained aligner."""


def odd(value: int) -> int:
    """The value; ValueError for an even one, which has no middle."""
    if value % 2 == 0:
        raise ValueError(f"must be odd, so that it has a middle, not {value}")
    return value


OddSide = Annotated[int, Field(ge=1, le=31), AfterValidator(odd)]


class McModelConfig(Config):
    """The network."""

    widths: Annotated[Levels, Field(description="channels at a half, a quarter, ... of the image")] = (
        32, 56, 80, 112, 128,
    )  # fmt: skip
    features: Annotated[tuple[Channels, Channels], Field(description="channels at a quarter and an eighth")] = (48, 64)
    windows: Annotated[
        tuple[OddSide, OddSide], Field(description="side of the square of displacements at a quarter and an eighth")
    ] = (7, 9)
    semantics: Annotated[
        Literal["none", "lite0"], Field(description="features that know things: of an ImageNet classifier, fixed")
    ] = "none"
    head: Annotated[int, Field(ge=4, le=256, description="channels of the composition at full resolution")] = 32
    refine: Annotated[
        Literal["none", "unet"], Field(description="mix the sources alone, or add a residual of the network")
    ] = "unet"
    splat: Annotated[bool, Field(description="carry the camera's motion from I2 to Igt by splatting")] = True
    gain: Annotated[bool, Field(description="bring I1 to the light of I2 before it is mixed")] = True


class McLossConfig(Config):
    """Weights of the parts of the loss."""

    flow: Annotated[LossWeight, Field(description="logarithm of the end-point error of the camera's flow")] = 0.2
    splat_flow: Annotated[LossWeight, Field(description="the same on I2's side, before it is splatted")] = 0.2
    mask: Annotated[LossWeight, Field(description="cross-entropy of the dynamic masks")] = 0.1
    warped: Annotated[LossWeight, Field(description="I2 by the camera's flow against Igt, where I2 sees it")] = 0.5
    moving: Annotated[LossWeight, Field(description="further weight of what moves in both errors of flow")] = 3.0


class McAugmentConfig(Config):
    """Changes of training samples that keep their ground truth exact."""

    colours: Annotated[bool, Field(description="permute channels; a gain a channel and gamma for all images")] = True
    exposure: Annotated[float, Field(ge=0, le=1, description="deviation of a gain of I2 alone, as a logarithm")] = 0.02
    homography: Annotated[float, Field(ge=0, le=0.2, description="deviation of a further shift of I2, in widths")] = 0.0
    zoom: Annotated[float, Field(ge=0, le=3, description="enlarge half of the samples, up to 1 + this times")] = 0.0


class McConfig(RunConfig):
    """One training of the motion-compensated aligner."""

    model: McModelConfig = McModelConfig()
    losses: McLossConfig = McLossConfig()
    augment: McAugmentConfig = McAugmentConfig()
    weights: Annotated[PathText | None, Field(description="a run to start from; null: none")] = None
