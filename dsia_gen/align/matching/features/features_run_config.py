"""Configuration of the training of a feature encoder. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.align.matching.features.features_config import EncoderConfig
from dsia_gen.align.training.run_config import RunConfig


class FeaturesRunConfig(RunConfig):
    """One training of a feature encoder on exact flow: symmetric InfoNCE between cells that the flow joins."""

    encoder: EncoderConfig = EncoderConfig()
    direction: Annotated[
        Literal["1_to_2", "2_to_1", "1_to_gt", "gt_to_1", "gt_to_2", "2_to_gt"],
        Field(description="which exact flow joins the cells"),
    ] = "1_to_2"
    cells: Annotated[int, Field(ge=2, le=65536, description="cells of a pair that are compared with all others")] = 256
    temperature: Annotated[float, Field(gt=0, le=10, description="of the softmax over cosines")] = 0.07
