"""Configuration of coarse matching. Needs no torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dsia_gen.align.matching.features.features_config import FeaturesConfig
from dsia_gen.core.strict_yaml import Config

RELEASED_SCALES = (2.0, 5 / 3, 4 / 3, 1.0, 5 / 6, 2 / 3, 0.5)


class CoarseConfig(Config):
    """Homographies from deep features (RANSAC-Flow, section 3.1)."""

    features: FeaturesConfig = FeaturesConfig()
    scales: Annotated[
        tuple[Annotated[float, Field(gt=0.05, le=8)], ...],
        Field(min_length=1, max_length=16, description="sizes of I2, all of whose cells compete; I1 has size 1"),
    ] = RELEASED_SCALES
    robust: Annotated[
        Literal["magsac", "ransac"], Field(description="MAGSAC++ of OpenCV, or the paper's four-point RANSAC")
    ] = "magsac"
    threshold: Annotated[float, Field(gt=0, le=16, description="cells within which MAGSAC++ counts a match")] = 0.75
    share: Annotated[
        float, Field(gt=0, le=1, description="the same of RANSAC, in coordinates that are 2 from side to side")
    ] = 0.05
    iterations: Annotated[int, Field(ge=1, le=1_000_000, description="of RANSAC")] = 10_000
    planes: Annotated[int, Field(ge=1, le=32, description="homographies at most")] = 1
    seed: Annotated[int, Field(ge=0, le=2**31 - 1, description="of RANSAC's draws")] = 0
