"""Entry points of training: configuration and folder in, run out."""

from __future__ import annotations

from pathlib import Path

from accelerate import Accelerator

from dsia_gen.align.config import AlignerConfig, CodecRunConfig, FlowRunConfig
from dsia_gen.align.training.aligner_task import AlignerTask, open_codec
from dsia_gen.align.training.codec_task import CodecTask
from dsia_gen.align.training.flow_task import FlowTask
from dsia_gen.align.training.model_card import write_card
from dsia_gen.align.training.trainer import Outcome, Trainer, make_accelerator


def train_aligner(config: AlignerConfig, run: Path, progress: bool = True) -> Outcome:
    """Train an aligner into `run`, going on from its newest checkpoint.

    Leaves checkpoints/, tensorboard/, codec/, pipeline/ (load it with `AlignerPipeline`), config.yaml and README.md.
    Raises AlignError or StorageError with what to change.
    """
    accelerator = make_accelerator(config.train)
    task = AlignerTask(config, open_codec(config, run))
    trainer = Trainer(task, run, accelerator, progress)
    if accelerator.is_main_process and not (run / "codec" / "codec.json").is_file():
        task.codec.save(run / "codec")
    return _fit(trainer, config, run, accelerator)


def train_codec(config: CodecRunConfig, run: Path, progress: bool = True) -> Outcome:
    """Train or fine-tune a codec into `run`, going on from its newest checkpoint; leaves the codec in codec/."""
    accelerator = make_accelerator(config.train)
    trainer = Trainer(CodecTask(config), run, accelerator, progress)
    return _fit(trainer, config, run, accelerator)


def train_flow(config: FlowRunConfig, run: Path, progress: bool = True) -> Outcome:
    """Train or fine-tune a flow network into `run`, going on from its newest checkpoint; `evaluate` opens the run."""
    accelerator = make_accelerator(config.train)
    trainer = Trainer(FlowTask(config), run, accelerator, progress)
    return _fit(trainer, config, run, accelerator)


def _fit(
    trainer: Trainer, config: AlignerConfig | CodecRunConfig | FlowRunConfig, run: Path, accelerator: Accelerator
) -> Outcome:
    """Train to the end, and leave the model card."""
    outcome = trainer.fit()
    if accelerator.is_main_process:
        write_card(run, config, outcome)
    if accelerator.num_processes > 1:
        accelerator.end_training()
    return outcome
