"""Configuration of DiffMatch and of its training. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.align.diffusion.diffusion_config import DiffusionConfig
from dsia_gen.align.diffusion.unet_config import UNetConfig
from dsia_gen.align.matching.features.features_config import FeaturesConfig
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.core.bounds import PathText
from dsia_gen.core.strict_yaml import Config

Cells = Annotated[int, Field(ge=4, le=1024, description="cells")]
FlowDirection = Literal["1_to_2", "2_to_1", "1_to_gt", "gt_to_1", "gt_to_2", "2_to_gt"]
_PAPER_UNET = UNetConfig(widths=(128, 256, 384, 512), layers=3, attention=(False, False, True, True), head_width=64)


class UpsampleConfig(Config):
    """The second stage (section 4.4): a finer field from that of the first stage, enlarged."""

    field: Annotated[PathText | None, Field(description="run of the first stage, whose weights it begins with")] = None
    coarse: Annotated[tuple[Cells, Cells], Field(description="columns and rows of the first stage's field")] = (64, 64)


class DiffMatchConfig(RunConfig):
    """One stage of DiffMatch, and its training."""

    levels: Annotated[
        tuple[FeaturesConfig, ...],
        Field(min_length=1, max_length=8, description="features whose correlations are averaged; one in an upsampler"),
    ] = (FeaturesConfig(),)
    grid: Annotated[tuple[Cells, Cells], Field(description="columns and rows of the field")] = (64, 64)
    radius: Annotated[int, Field(ge=0, le=16, description="cells around the initial field whose cost is shown")] = 4
    init: Annotated[
        Literal["argmax", "soft"],
        Field(description="the initial field: of the best cell as released, or of the softmax over cells as printed"),
    ] = "argmax"
    temperature: Annotated[float, Field(gt=0, le=10, description="of that softmax")] = 0.02
    predict: Annotated[
        Literal["field", "residual"], Field(description="the network answers the field, or its change of the initial")
    ] = "field"
    unit: Annotated[
        float, Field(gt=0, le=1, description="share of the sides that is 1 beside the noise; 1 in the paper")
    ] = 1.0
    with_initial: Annotated[bool, Field(description="show the initial field; false is an ablation")] = True
    with_local_cost: Annotated[bool, Field(description="show the local cost; false is an ablation")] = True
    regression: Annotated[bool, Field(description="no noise and one step: the ablation without diffusion")] = False
    unet: UNetConfig = _PAPER_UNET
    diffusion: DiffusionConfig = DiffusionConfig(timesteps=5, beta_schedule="squaredcos_cap_v2")
    upsample: UpsampleConfig | None = None
    samples: Annotated[int, Field(ge=1, le=64, description="hypotheses whose mean is the answer")] = 4
    directions: Annotated[
        tuple[FlowDirection, ...], Field(min_length=1, max_length=6, description="exact flows to learn from")
    ] = ("1_to_2",)
    visible_only: Annotated[bool, Field(description="learn only where the other image shows the pixel")] = True

    @model_validator(mode="after")
    def _fits(self) -> DiffMatchConfig:
        whole = 2 ** (len(self.unet.widths) - 1)
        if self.grid[0] % whole or self.grid[1] % whole:
            raise ValueError(f"grid {self.grid[0]}x{self.grid[1]} must be a multiple of {whole} for this unet")
        if self.upsample is not None and len(self.levels) > 1:
            raise ValueError("the upsampler looks at the features of one level; name one in levels")
        if not self.with_initial and self.predict == "residual":
            raise ValueError("a residual is one of the initial field; set predict to field, or with_initial to true")
        return self

    @property
    def rows_columns(self) -> tuple[int, int]:
        """Height and width of the field."""
        return self.grid[1], self.grid[0]
