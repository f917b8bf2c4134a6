"""The motion-compensated aligner as a registered method and as something that can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig
from dsia_gen.align.methods.method import refuse_settings
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
    from dsia_gen.align.training.task import TrainingTask

_INFO = MethodInfo(
    "mc_aligner", "Motion-compensated aligner", "synthesis", "this project", direction="Igt to I2, estimated"
)


class McMethod(AlignmentMethod):
    """The aligner before a run is named."""

    info = _INFO

    def open(self, options: MethodOptions) -> AlignmentMethod:  # noqa: ARG002  (of the contract)
        """Only the run of a training can align."""
        raise UnavailableError("no weights: give --checkpoint RUN of `dsia-gen train mc_aligner`")

    def align(self, pair: ImagePair) -> Aligned:  # noqa: ARG002
        """Never reached: `open` raises."""
        raise UnavailableError("no weights: open a run with `dsia_gen.align.training.trainable.open_run`")


@dataclass(frozen=True)
class TrainedMcAligner(AlignmentMethod):
    """The aligner of a run."""

    info: MethodInfo
    pipeline: McPipeline
    settings: Mapping[str, JsonValue] = field(default_factory=dict)

    def align(self, pair: ImagePair) -> Aligned:
        """The pipeline's answer."""
        return self.pipeline(pair.image1, pair.image2)


class McTraining(Trainable):
    """`dsia-gen train mc_aligner`."""

    name = "mc_aligner"
    help = "Train the motion-compensated aligner; the same command goes on after an interruption."
    about = "An aligner that estimates the motion of the camera, warps I2 by it, and mixes it with I1."
    config = McConfig
    folder = "pipeline"
    method = "mc_aligner"

    def task(self, config: McConfig, run: Path) -> TrainingTask:  # noqa: ARG002  (of the contract)
        """Training from nothing or from other weights."""
        from dsia_gen.align.methods.mc_aligner.mc_task import McTask

        return McTask(config)

    def recognises(self, run: Path) -> bool:
        """Whether a folder holds a trained aligner."""
        return any((folder / "mc_aligner.json").is_file() for folder in (run, run / "pipeline"))

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The pipeline of a run as a method."""
        from dsia_gen.align.devices import device_by_name
        from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline

        refuse_settings(label, options)
        pipeline = McPipeline.from_pretrained(run)
        pipeline.network.to(device_by_name(options.device))
        title = _INFO.title if label == self.method else f"{_INFO.title} ({label})"
        settings: dict[str, JsonValue] = {
            "config": pipeline.config.model_dump(mode="json"), "weights": pipeline.hash()
        }  # fmt: skip
        info = MethodInfo(label, title, _INFO.group, _INFO.citation, direction=_INFO.direction)
        return TrainedMcAligner(info, pipeline, settings)
