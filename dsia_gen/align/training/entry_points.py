"""Entry point of training: configuration and folder in, run out."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.align.training.model_card import write_card
from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.align.training.trainable import trainable_for
from dsia_gen.align.training.trainer import Trainer, TrainingOutcome, make_accelerator


def train(config: RunConfig, run: Path, progress: bool = True) -> TrainingOutcome:
    """Train into a folder, going on from its newest checkpoint.

    Parameters
    ----------
    config : RunConfig
        `AlignerConfig`, `CodecRunConfig`, `FlowRunConfig`, or that of another registered kind; its class decides what
        is trained.
    run : Path
        Folder of the run. It gets checkpoints/, tensorboard/, config.yaml, README.md, and what was trained: pipeline/
        (load it with `AlignerPipeline`) and codec/, codec/, or flow.json with flow.safetensors.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    TrainingOutcome
        Losses of this call, the last validation, and samples that could not be read.

    Raises
    ------
    AlignError
        The configuration, the data or the checkpoint does not fit, or the loss is no longer a number.
    StorageError
        The disk is full or refuses.
    """
    kind = trainable_for(config)
    accelerator = make_accelerator(config.train, run, kind.parts_rest)
    outcome = Trainer(kind.task(config, run), run, accelerator, progress).fit()
    if accelerator.is_main_process:
        write_card(run, kind, config, outcome)
    return outcome
