"""The unconditional prior as something that can be trained, and its runs as guided methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.align.codecs.codec_config import VQCodecConfig
from dsia_gen.align.methods import AlignmentMethod, MethodOptions
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig
from dsia_gen.align.training.trainable import Trainable

if TYPE_CHECKING:
    from dsia_gen.align.training.task import TrainingTask


class PriorTraining(Trainable):
    """`dsia-gen train prior`."""

    name = "prior"
    help = "Train an unconditional diffusion prior for Motion Guidance; the same command goes on after a stop."
    about = "A diffusion prior of single images, which Motion Guidance steers by a flow."
    config = PriorConfig
    folder = "pipeline"
    method = "motion_guidance"

    def task(self, config: PriorConfig, run: Path) -> TrainingTask:
        """Training on the codec of the run, so that it goes on with what it began with; else on the configured one."""
        from dsia_gen.align.codecs.codec import build_codec, load_codec
        from dsia_gen.align.methods.motion_guidance.prior_task import PriorTask

        saved = run / "codec"
        codec = load_codec(saved) if (saved / "codec.json").is_file() else build_codec(config.codec, config.train.seed)
        return PriorTask(config, codec)

    def recognises(self, run: Path) -> bool:
        """Whether a folder holds a saved prior or a finished run."""
        return any((folder / "prior.json").is_file() for folder in (run, run / "pipeline"))

    def open_run(self, run: str, label: str, options: MethodOptions) -> AlignmentMethod:
        """Motion Guidance with the prior of a run."""
        from dsia_gen.align.methods.motion_guidance.guidance_methods import opened_guidance

        return opened_guidance(run, label, options)

    def card(self, config: PriorConfig, run: str) -> list[str]:
        """What is the release's, what is ours, and how the prior is used."""
        guidance = config.guidance
        return [
            f"""## Motion Guidance

After Geng and Owens, Motion Guidance (ICLR 2024). The equations were read from the authors' release, not from the
paper, of which only the abstract was at hand. Guidance as configured: w {guidance.weight:g} for 16,384 latents,
lambda_flow {guidance.flow_weight:g}, lambda_color {guidance.colour_weight:g}, K {guidance.repeats}, c
{guidance.clip:g} times the root of the number of latents, steps of {guidance.step_size}, start from {guidance.start}.

Unlike the release: the prior learned from this project's images and knows no text; the schedule of weights is
{guidance.schedule}; guidance begins at {guidance.begin:g} of the timesteps; warps have one convention of pixel centres;
the motion's error is counted in pixels of an image {guidance.flow_width} wide.

An image is edited by `dsia-gen guide IMAGE --translate 5,-3 --prior {run} --flow FLOW_RUN -o edited.png`.

Evaluated by `dsia-gen evaluate DATASET --checkpoint {run} --weights motion_guidance.flow=FLOW_RUN -o REPORT`."""
        ]

    def limits(self, config: PriorConfig) -> list[str]:
        """What a prior of little data cannot do."""
        lines = ["A prior invents what it was shown: it cannot complete an image of another kind than its data."]
        if isinstance(config.codec, VQCodecConfig) and config.codec.weights is None:
            lines.append("**The codec was never trained: this run is good for measuring speed only.**")
        return lines
