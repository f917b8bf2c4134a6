"""A trained pipeline without settings as a method that is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import JsonValue

from dsia_gen.align.methods.method import (
    Aligned,
    AlignmentMethod,
    ImagePair,
    MethodInfo,
    MethodOptions,
    refuse_settings,
)

if TYPE_CHECKING:
    from dsia_gen.align.trained_aligner import TrainedAligner


@dataclass(frozen=True)
class PipelineMethod(AlignmentMethod):
    """What a pipeline answers."""

    info: MethodInfo
    pipeline: TrainedAligner
    settings: Mapping[str, JsonValue] = field(default_factory=dict)

    def align(self, pair: ImagePair) -> Aligned:
        """The pipeline's answer."""
        return self.pipeline.align_rgb(pair.image1, pair.image2)


def pipeline_method(pipeline: TrainedAligner, info: MethodInfo, label: str, options: MethodOptions) -> PipelineMethod:
    """The pipeline on the device of the options, as a method that is called `label`."""
    refuse_settings(label, options)
    pipeline = pipeline.to(options.device)
    settings: dict[str, JsonValue] = {"config": pipeline.config.model_dump(mode="json"), "weights": pipeline.hash()}
    return PipelineMethod(info.of_run(label), pipeline, settings)
