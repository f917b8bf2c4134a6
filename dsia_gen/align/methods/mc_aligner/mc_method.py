"""The motion-compensated aligner as a registered method and as something that can be trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.mc_aligner.mc_config import WEIGHTS_FILE, McConfig
from dsia_gen.align.methods.pipeline_method import PipelineMethod, pipeline_method
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask
    from dsia_gen.align.training.weights_card import WeightsCard

_INFO = MethodInfo(
    "mc_aligner", "Motion-compensated aligner", "synthesis", "this project", direction="Igt to I2, estimated"
)


class McMethod(AlignmentMethod):
    """The aligner before a run is named."""

    info = _INFO

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The weights that are part of the package, or those that `options.weights` names for this method."""
        from dsia_gen.align.trained_aligner import PACKAGED

        given = options.weights.get(_INFO.name)
        if given is None and not (PACKAGED / "mc_aligner.json").is_file():
            raise UnavailableError("no weights: give --checkpoint RUN of `dsia-gen train mc_aligner`")
        return opened(given or str(PACKAGED), _INFO.name, options)

    def align(self, pair: ImagePair) -> Aligned:
        """As the opened method."""
        return self.open(MethodOptions()).align(pair)


def opened(weights: str, label: str, options: MethodOptions) -> PipelineMethod:
    """The aligner of a folder as a method that is called `label`."""
    from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline

    return pipeline_method(McPipeline.from_pretrained(weights), _INFO, label, options)


class McTraining(Trainable):
    """`dsia-gen train mc_aligner`."""

    name = "mc_aligner"
    help = "Train the motion-compensated aligner; the same command goes on after an interruption."
    about = "An aligner that estimates the motion of the camera, warps I2 by it, and mixes it with I1."
    config = McConfig
    folder = "pipeline"
    exported = WEIGHTS_FILE
    method = "mc_aligner"

    def task(self, config: McConfig, run: Path) -> TrainingTask:
        """Training from nothing or from other weights; a run that goes on needs neither them nor a classifier."""
        from dsia_gen.align.methods.mc_aligner.mc_task import McTask
        from dsia_gen.align.training.checkpoint import latest_checkpoint

        return McTask(config, warm=latest_checkpoint(run) is None)

    def export(self, run: Path, folder: Path, figures: Mapping[str, float] | None = None) -> WeightsCard:
        """Half precision, as the package holds it."""
        from dsia_gen.align.methods.mc_aligner.mc_export import export_mc_aligner

        return export_mc_aligner(run, folder, self.about, figures)

    def recognises(self, run: Path) -> bool:
        """Whether a folder holds a trained aligner, or a run of such a training, finished or not."""
        if any((folder / "mc_aligner.json").is_file() for folder in (run, run / "pipeline")):
            return True
        if run.name == "mc_aligner.safetensors":
            return run.is_file()
        states = sorted(run.glob("checkpoints/step_*/state.json"))
        with suppress(OSError, ValueError, KeyError, TypeError):
            return bool(states) and bool(McConfig.model_validate(json.loads(states[-1].read_bytes())["config"]))
        return False

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The pipeline of a run as a method."""
        return opened(run, label, options)
