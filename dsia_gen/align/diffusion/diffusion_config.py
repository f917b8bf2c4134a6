"""Configuration of the forward process and of sampling. Needs no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from dsia_gen.align.training.run_config import Pixels16
from dsia_gen.core.strict_yaml import Config

Target = Literal["x0", "epsilon", "v", "flow"]


class DiffusionConfig(Config):
    """The forward process (eq. 4, 5). Rectified flow needs the number of timesteps only."""

    timesteps: Annotated[int, Field(ge=2, le=100_000, description="T")] = 1000
    beta_schedule: Annotated[
        Literal["linear", "scaled_linear", "squaredcos_cap_v2"], Field(description="as diffusers names them")
    ] = "linear"
    beta_start: Annotated[float, Field(gt=0, lt=1, description="beta_1")] = 1e-4
    beta_end: Annotated[float, Field(gt=0, lt=1, description="beta_T")] = 0.02


class SamplingConfig(Config):
    """Inference (eq. 13, 14)."""

    renamed_keys: ClassVar[Mapping[str, str]] = {"hypotheses": "samples"}

    step_size: Annotated[int, Field(ge=1, le=100_000, description="Delta: timesteps between two denoising steps")] = 20
    eta: Annotated[float, Field(ge=0, le=1, description="0 is deterministic DDIM, 1 adds as much noise as DDPM")] = 0.0
    samples: Annotated[int, Field(ge=1, le=64, description="samples to average")] = 1
    tile: Annotated[
        tuple[Pixels16, Pixels16] | None, Field(description="width and height of tiles in pixels; null is none")
    ] = None
    overlap: Annotated[int, Field(ge=0, le=16384, description="pixels that neighbouring tiles share")] = 64
    precision: Annotated[
        Literal["fp32", "bf16"], Field(description="of the networks while they answer; bf16 suits GPUs")
    ] = "fp32"

    @model_validator(mode="before")
    @classmethod
    def read_former_keys(cls, document: Any) -> Any:
        """Configurations that were saved beside weights by earlier versions."""
        if not isinstance(document, dict):
            return document
        former = {new: document[old] for old, new in cls.renamed_keys.items() if old in document}
        return {key: value for key, value in document.items() if key not in cls.renamed_keys} | former
