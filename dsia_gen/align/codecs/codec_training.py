"""The codec as something that can be trained. Needs no torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.align.codecs.codec_config import CodecRunConfig
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask


class CodecTraining(Trainable):
    """`dsia-gen train codec`."""

    name = "codec"
    help = "Train or fine-tune the VQ-VAE; the same command goes on after an interruption."
    about = "A VQ-VAE for the latents of an aligner."
    config = CodecRunConfig
    folder = "codec"

    def task(self, config: CodecRunConfig, run: Path) -> TrainingTask:  # noqa: ARG002  (of the contract)
        """Training from all three images of a sample."""
        from dsia_gen.align.codecs.codec_task import CodecTask

        return CodecTask(config)
