"""The feature encoder as something that can be trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.align.matching.features.features_run_config import FeaturesRunConfig
from dsia_gen.align.methods.method import AlignmentMethod, MethodOptions
from dsia_gen.align.training.trainable import Trainable
from dsia_gen.core.errors import AlignError

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask


class FeaturesTraining(Trainable):
    """`dsia-gen train features`."""

    name = "features"
    help = "Train dense features on exact flow, for the coarse stage of RANSAC-Flow and for DiffMatch."
    about = "Dense features of an image, trained on exact flow; `features.weights` of other trainings names the run."
    config = FeaturesRunConfig

    def task(self, config: FeaturesRunConfig, run: Path) -> TrainingTask:  # noqa: ARG002  (of the contract)
        """Training from nothing."""
        from dsia_gen.align.matching.features.features_task import FeaturesTask

        return FeaturesTask(config)

    def recognises(self, run: Path) -> bool:
        """Whether a folder is a finished run."""
        return (run / "features.json").is_file()

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:  # noqa: ARG002
        """Refused: features alone align nothing."""
        raise AlignError(
            f"{run} holds features, which align nothing alone; try them with --weights ransac_coarse={run}"
        )
