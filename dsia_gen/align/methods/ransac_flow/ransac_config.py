"""Configuration of RANSAC-Flow and of the training of its fine network. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.align.matching.coarse_config import CoarseConfig
from dsia_gen.align.matching.features.features_config import EncoderConfig
from dsia_gen.align.training.run_config import Channels, Fraction, LossWeight, Pixels16, RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config

TOO_FEW = "too few matches for a homography; answered with I2"
"""The note of an answer."""
Share = Annotated[float, Field(ge=0, le=1)]


class FineConfig(Config):
    """The network of the fine stage (section 3.4)."""

    encoder: EncoderConfig = EncoderConfig()
    head: Annotated[
        tuple[Channels, Channels, Channels], Field(description="channels of both heads; 512, 256, 128 in the paper")
    ] = (512, 256, 128)
    radius: Annotated[int, Field(ge=1, le=16, description="K: cells that a pixel moves at most in one pass")] = 3
    convention: Annotated[
        Literal["centres", "corners"],
        Field(description="how cells lie in the image; corners is for the weights that the authors released"),
    ] = "centres"

    @property
    def multiple(self) -> int:
        """What the sides of images are divided by."""
        return self.encoder.stride


class RansacLossConfig(Config):
    """Eq. 1 to 5, and what the authors' code does differently."""

    cycle: Annotated[LossWeight, Field(description="mu: of the cycle's length (eq. 5)")] = 1.0
    matchability: Annotated[LossWeight, Field(description="lambda: of 1 - matchability (eq. 3)")] = 0.01
    reduction: Annotated[
        Literal["mean", "sum"], Field(description="mean over matchable pixels, or the sum over pixels as printed")
    ] = "mean"
    cycle_norm: Annotated[
        Literal["l2", "l1"], Field(description="l2 in px as printed, or the mean of both differences over [-1, 1]")
    ] = "l2"
    ssim_mask: Annotated[
        Literal["soft", "hard"], Field(description="hard: the local mean of matchability above one half, no gradient")
    ] = "soft"
    margin: Annotated[Pixels16 | Literal[0], Field(description="px at each border of a crop that do not count")] = 0
    smooth: Annotated[LossWeight, Field(description="of the flow's gradient where nothing can be matched")] = 0.0


class RansacStages(Config):
    """When the parts of the loss begin, as shares of the steps."""

    cycle: Annotated[Share, Field(description="eq. 5")] = 0.6
    matchability: Annotated[Share, Field(description="matchability and eq. 3")] = 0.8

    @model_validator(mode="after")
    def _ordered(self) -> RansacStages:
        if self.matchability < self.cycle:
            raise ValueError("matchability begins before cycle; give it a later share")
        return self


class RansacPairsConfig(Config):
    """Pairs of I1, I2 and Igt, coarsely aligned, that the fine network learns from."""

    coarse: Annotated[
        Literal["features", "dis"],
        Field(description="homographies of deep features, made once before the first step, or of DIS flow at each"),
    ] = "features"
    jitter: Annotated[Fraction, Field(description="deviation of a random homography on top, in widths")] = 0.0


class RansacConfig(RunConfig):
    """RANSAC-Flow, and one training of its fine network."""

    coarse: CoarseConfig = CoarseConfig()
    network: FineConfig = FineConfig()
    losses: RansacLossConfig = RansacLossConfig()
    stages: RansacStages = RansacStages()
    pairs: RansacPairsConfig = RansacPairsConfig()
    weights: Annotated[PathText | None, Field(description="run to begin with, for fine-tuning on other images")] = None
    planes: Annotated[int, Field(ge=1, le=32, description="homographies at most, each with its fine flow")] = 5
    sides: Annotated[
        tuple[Pixels16, ...],
        Field(
            min_length=1, max_length=4, description="shorter side in px of each fine pass, which refines the one before"
        ),
    ] = (325, 650)
    matchable: Annotated[Share, Field(description="matchability from which a pixel takes a flow")] = 0.95
    region: Annotated[Share, Field(description="share of pixels that a further homography has to add")] = 0.005
    component: Annotated[Share, Field(description="share of pixels below which a connected region is left out")] = 0.01
    interpolate: Annotated[
        bool, Field(description="unmatched pixels take the flow of the nearest matched one, not the first homography's")
    ] = False

    @model_validator(mode="after")
    def _crop_fits(self) -> RansacConfig:
        crop = self.data.crop
        if crop is not None and self.losses.margin * 2 >= min(crop):
            raise ValueError(f"losses.margin {self.losses.margin} leaves nothing of data.crop {crop[0]}x{crop[1]}")
        return self
