"""DMAligner as a registered method and as something that can be trained. Needs no torch until it is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from dsia_gen.align.codecs.codec_config import VQCodecConfig
from dsia_gen.align.methods import Aligned, AlignmentMethod, ImagePair, MethodInfo, MethodOptions, UnavailableError
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
    from dsia_gen.align.training.task import TrainingTask

_INFO = MethodInfo("dmaligner", "DMAligner", "synthesis", "DMAligner, CVPR 2026, arXiv:2602.23022; this project")


class DMAlignerMethod(AlignmentMethod):
    """The aligner before a run is named."""

    info = _INFO

    def open(self, options: MethodOptions) -> AlignmentMethod:  # noqa: ARG002  (of the contract)
        """Only the run of a training can align."""
        raise UnavailableError("no weights: give --checkpoint RUN of `dsia-gen train aligner`")

    def align(self, pair: ImagePair) -> Aligned:  # noqa: ARG002
        """Never reached: `open` raises."""
        raise UnavailableError("no weights: open a run with `dsia_gen.align.training.trainable.open_run`")


@dataclass(frozen=True)
class TrainedAligner(AlignmentMethod):
    """The aligner of a run."""

    info: MethodInfo
    pipeline: DMAlignerPipeline
    options: MethodOptions
    settings: Mapping[str, JsonValue] = field(default_factory=dict)

    def align(self, pair: ImagePair) -> Aligned:
        """The pipeline's answer from noise of the given seed."""
        return self.align_batch([pair])[0]

    def align_batch(self, pairs: Sequence[ImagePair]) -> list[Aligned]:
        """The pipeline's answers, those of neighbouring pairs of one size at once."""
        sampling, options = self.pipeline.sampling(**self.options.settings), self.options
        if options.precision != "fp32":
            sampling = sampling.model_copy(update={"precision": options.precision})
        answers: list[Aligned] = []
        for _, group in groupby(pairs, key=lambda pair: pair.image1.shape):
            images = [(pair.image1, pair.image2) for pair in group]
            answers += self.pipeline.align_batch(images, seed=options.seed, sampling=sampling, on_step=options.on_step)
        return answers


class AlignerTraining(Trainable):
    """`dsia-gen train aligner`."""

    name = "aligner"
    help = "Train the aligner; the same command goes on after an interruption."
    about = "A diffusion aligner in the manner of DMAligner: it draws I2 as the camera of I1 would see it."
    config = AlignerConfig
    folder = "pipeline"
    method = "dmaligner"

    def task(self, config: AlignerConfig, run: Path) -> TrainingTask:
        """Training on the codec of the run, so that it goes on with what it began with; else on the configured one."""
        from dsia_gen.align.codecs.codec import build_codec, load_codec
        from dsia_gen.align.methods.dmaligner.aligner_task import AlignerTask
        from dsia_gen.align.methods.dmaligner.compensation import open_compensation
        from dsia_gen.align.training.checkpoint import latest_checkpoint

        saved = run / "codec"
        codec = load_codec(saved) if (saved / "codec.json").is_file() else build_codec(config.codec, config.train.seed)
        motion = open_compensation(config.model.motion, run)
        return AlignerTask(config, codec, motion, warm=latest_checkpoint(run) is None)

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """The pipeline of a run, of a folder that it was saved to, or of the hub."""
        from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline

        pipeline = DMAlignerPipeline.from_pretrained(run).to(options.device)
        settings: dict[str, JsonValue] = {
            "config": pipeline.config.model_dump(mode="json"),
            "seed": options.seed,
            "weights": pipeline.hash(),
        }
        changed: dict[str, JsonValue] = {name: value for name, value in options.settings.items() if value is not None}
        if changed:
            settings["sampling"] = changed
        if options.precision != "fp32":
            settings["precision"] = options.precision
        pipeline.sampling(**changed)  # says what is wrong before the first image
        return TrainedAligner(_INFO.of_run(label), pipeline, options, settings)

    def card(self, config: AlignerConfig, run: str) -> list[str]:
        """The choices that the paper leaves open, each with the field that holds it, and how to use the run."""
        model, losses, train = config.model, config.losses, config.train
        base = {"none": "", "v1": "V1", "v_m": "V_M"}[model.residual]
        residual = f", as a change of {base}, which the paper does not do (`model.residual`)" if base else ""
        lines = [
            f"target `{model.target}` (`model.target`){residual}",
            f"gamma = {losses.gamma}; the norm of eq. 10 is `{losses.norm}`, in the {losses.domain} domain (`losses`)",
            f"the mask is {'a constant weight' if losses.detach_mask else 'part of the gradient'} in eq. 10",
            f"{config.diffusion.timesteps} steps, beta schedule {config.diffusion.beta_schedule} "
            f"{config.diffusion.beta_start} to {config.diffusion.beta_end} (`diffusion`)",
            f"UNet widths {list(model.unet.widths)}, {model.unet.layers} residual blocks a level (`model.unet`)",
            f"AdamW at {train.learning_rate}, batch {train.batch_size} x {train.accumulate}, EMA {train.ema} (`train`)",
            "encoder and decoder of the codec are both frozen",
        ]
        if model.motion is not None:
            shown = {
                "homography": "I2 by the homography of DIS flow",
                "mc_flow": "I2 by the flow of a motion-compensated aligner",
                "mc_answer": "the answer of a motion-compensated aligner",
            }[model.motion.kind]
            light = ", and V1 is in the light of I2" if model.motion.light else ""
            lines.append(f"V_M is made of {shown}{light}, which the paper does not do (`model.motion`)")
        if model.mask is None:
            lines.append("no mask module (`model.mask: null`)")
        else:
            lines += [
                f"D = {model.mask.window}, cost volume normalised by {model.mask.normalise} (`model.mask`)",
                f"mask predictor: {model.mask.layers} convolutions of width {model.mask.width}"
                + (f" on {model.mask.features} learned features" if model.mask.features else ""),
                f"M_gt is {config.data.mask}, in the view of I1; eq. 11 sees the {losses.mask_on} mask; dynamic pixels "
                f"weigh {losses.mask_positive}",
                f"the gradient of eq. 10 {'stops' if model.mask.detach_fusion else 'goes on'} at the fusion of eq. 7",
            ]
        choices = "\n".join(f"- {line}" for line in lines)
        return ["## Choices that the paper leaves open", choices, "## Use", _USE.format(run=run)]

    def limits(self, config: AlignerConfig) -> list[str]:
        """What the codec keeps the answers from."""
        if not isinstance(config.codec, VQCodecConfig):
            return []
        lines = ["The codec bounds the answers: `psnr/codec` above is of Igt, encoded and decoded."]
        if config.codec.weights is None:
            lines.append("**The codec was never trained: this run is good for measuring speed only.**")
        return lines


_USE = """```python
from dsia_gen.align import AlignerPipeline

pipeline = AlignerPipeline.from_pretrained("{run}")
answer = pipeline("I1.png", "I2.png")  # answer.image, answer.mask
```

or `dsia-gen align --checkpoint {run} I1.png I2.png -o aligned.png`."""
