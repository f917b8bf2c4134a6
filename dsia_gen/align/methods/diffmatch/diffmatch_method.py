"""DiffMatch as a registered method and as something that can be trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.flow_warp import DIRECTION
from dsia_gen.align.methods.method import refuse_settings
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.methods.diffmatch.diffmatch_pipeline import DiffMatchPipeline
    from dsia_gen.align.training.task import TrainingTask

_INFO = MethodInfo("diffmatch", "DiffMatch", "warp", "Nam et al., ICLR 2024; this project", direction=DIRECTION)


class DiffMatchMethod(AlignmentMethod):
    """DiffMatch before its weights are loaded."""

    info = _INFO

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The run that `options.weights` names for this method."""
        given = options.weights.get(_INFO.name)
        if given is None:
            raise UnavailableError("no weights: give --checkpoint RUN of `dsia-gen train diffmatch`")
        return opened_diffmatch(given, _INFO.name, options)

    def align(self, pair: ImagePair) -> Aligned:
        """As the opened method."""
        return self.open(MethodOptions()).align(pair)


@dataclass(frozen=True)
class TrainedDiffMatch(AlignmentMethod):
    """DiffMatch of a run; `samples` and `seed` are those of its hypotheses."""

    info: MethodInfo
    pipeline: DiffMatchPipeline
    samples: int
    seed: int
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    on_step: StepProgress = silent

    def align(self, pair: ImagePair) -> Aligned:
        """The pipeline's answer."""
        given = {"samples": self.samples, "seed": self.seed, "on_step": self.on_step}
        return self.pipeline.align_rgb(pair.image1, pair.image2, **given)


def opened_diffmatch(run: str, label: str, options: MethodOptions) -> TrainedDiffMatch:
    """The pipeline of a run as a method that is called `label`; its one setting is `samples`."""
    from dsia_gen.align.methods.diffmatch.diffmatch_pipeline import DiffMatchPipeline

    samples = options.settings.get("samples")
    refuse_settings(label, replace(options, settings={k: v for k, v in options.settings.items() if k != "samples"}))
    pipeline = DiffMatchPipeline.from_pretrained(run).to(options.device)
    count = samples if isinstance(samples, int) else pipeline.config.samples
    settings: dict[str, JsonValue] = {
        "config": pipeline.config.model_dump(mode="json"), "weights": pipeline.hash(), "samples": count,
        "seed": options.seed,
    }  # fmt: skip
    return TrainedDiffMatch(_INFO.of_run(label), pipeline, count, options.seed, settings, options.on_step)


class DiffMatchTraining(Trainable):
    """`dsia-gen train diffmatch`."""

    name = "diffmatch"
    help = "Train DiffMatch on exact flow, its field stage or its upsampler; the same command goes on after a stop."
    about = "DiffMatch: the field of correspondence by conditional diffusion, and how much its hypotheses differ."
    config = DiffMatchConfig
    folder = "pipeline"
    method = "diffmatch"

    def task(self, config: DiffMatchConfig, run: Path) -> TrainingTask:  # noqa: ARG002  (of the contract)
        """Training of one stage."""
        from dsia_gen.align.methods.diffmatch.diffmatch_task import DiffMatchTask

        return DiffMatchTask(config)

    def recognises(self, run: Path) -> bool:
        """Whether a folder holds a saved pipeline or a finished run."""
        return any((folder / "diffmatch.json").is_file() for folder in (run, run / "pipeline"))

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The pipeline of a run as a method."""
        return opened_diffmatch(run, label, options)

    def card(self, config: Any, run: str) -> list[str]:  # noqa: ARG002
        """What is the paper's, and what is not."""
        features = ", ".join(dict.fromkeys(level.kind for level in config.levels))
        return [
            f"After Nam et al., Diffusion Model for Dense Matching (ICLR 2024): {config.diffusion.timesteps} steps of "
            f"diffusion over a field of {config.grid[0]}x{config.grid[1]} cells, shown the initial field and its local "
            f"cost of features of {features}. Unlike the paper, it learned from this project's exact flow, a field is "
            f"divided by {config.unit:g} beside the noise, and attention has heads of one width, not four heads."
        ]

    def limits(self, config: Any) -> list[str]:
        """What a cell cannot say."""
        return [
            f"Motion is found on {config.grid[0]}x{config.grid[1]} cells whatever the size of the images: things that "
            "are smaller than a cell, and motion of a fraction of one, are its weak side. The uncertainty is the "
            "deviation between hypotheses; it ranks errors and is not calibrated."
        ]
