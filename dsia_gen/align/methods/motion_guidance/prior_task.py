"""Training of the unconditional prior: Igt, I1 and I2 alike are images that it has to know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.codecs.codec import Codec
from dsia_gen.align.diffusion.diffusion_config import SamplingConfig
from dsia_gen.align.diffusion.noise import generator_for, sample_noise
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.diffusion.sampler import sample_latents
from dsia_gen.align.methods.motion_guidance.guidance_prior import UnconditionalPrior
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig
from dsia_gen.align.methods.motion_guidance.prior_denoiser import PriorDenoiser, build_prior_denoiser
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.core.image_metrics import psnr

_ROLES = ("gt", "1", "2")
_SHARES = (0.1, 0.3, 0.5)
"""Of the timesteps, at which denoising is measured."""
_DRAWN = 4
"""Validation samples beside whose panels a draw of the prior is shown."""
_DRAW_STEPS = 25


class PriorTask(TrainingTask):
    """The network learns to denoise; the codec does not learn."""

    config: PriorConfig
    memory_settings = "train.batch_size (and raise train.accumulate) or data.crop, or set unet.checkpointing"

    def __init__(self, config: PriorConfig, codec: Codec) -> None:
        self.config = config
        self.codec = codec.eval().requires_grad_(False)
        self.network = network = build_prior_denoiser(config, codec.channels)
        self.schedule = build_noise_schedule(config.target, config.diffusion)
        self.phases = (Phase("prior", network, self.loss),)
        self.frozen = (codec,)
        self.multiple = codec.factor * network.multiple
        check_crop(config.data.crop, self.multiple, "network")

    def save_inputs(self, run: Path) -> None:
        """The codec, so that the run goes on with what it began with."""
        if not (run / "codec" / "codec.json").is_file():
            self.codec.save(run / "codec")

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Mean square of the error of what is predicted, over the three images of each sample.

        Beside a linear estimate it is divided by that estimate's, so that each timestep weighs alike.
        """
        with torch.no_grad():
            x0 = self.codec.encode(torch.cat([batch.images[role] for role in _ROLES])).float()
        positions = [position * len(_ROLES) + k for k in range(len(_ROLES)) for position in batch.positions]
        noise, t = sample_noise(positions, self.config.train.seed, x0, self.config.diffusion.timesteps)
        answer = model(self.schedule.add_noise(x0, noise, t), t)
        error = answer.float() - self.schedule.network_target(x0, noise, t)
        if self.config.deviation is not None:
            error = error / self.network.linear_estimate(x0, t)[1]
        loss = error.square().mean()
        return loss, {"loss/denoising": loss.detach()}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """PSNR of denoised images at three timesteps, and panels: image, noised, denoised, and a draw of the prior."""
        assert isinstance(module, PriorDenoiser)
        prior = UnconditionalPrior(self.config, self.codec, module)
        panels: list[NDArray[np.uint8]] = []

        def measure(sample: SampleLike) -> dict[str, float]:
            row, panel = measure_denoising(prior, sample.image("gt"), len(panels))
            panels.append(panel)
            return row

        with torch.no_grad():
            rows = measured(source, self.config.train.validation_samples, measure)
        return Validation.mean(rows, panels)

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the prior."""
        assert isinstance(module, PriorDenoiser)
        UnconditionalPrior(self.config, self.codec, module).save_pretrained(run / "pipeline")


def measure_denoising(
    prior: UnconditionalPrior, image: NDArray[np.uint8], number: int
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """PSNR of an image, noised at several timesteps and denoised in one step; and its panel."""
    height, width = (side - side % prior.multiple for side in image.shape[:2])
    image = image[:height, :width]
    x0, timesteps = prior.encode(image), prior.schedule.timesteps
    noise = torch.randn(x0.shape[1:], generator=generator_for(0, 5, number))[None].to(x0)
    row, shown = {}, [image]

    def levels(latents: Tensor) -> NDArray[np.uint8]:
        decoded = (prior.decode(latents, (height, width))[0] * 255).clamp(0, 255).round()
        return np.ascontiguousarray(decoded.to(torch.uint8).permute(1, 2, 0).cpu().numpy())

    for share in _SHARES:
        t = int(share * (timesteps - 1))
        noised = prior.schedule.add_noise(x0, noise, torch.tensor([t]))
        denoised = levels(prior.denoise(noised, t))
        row[f"psnr/denoised_{share:g}"] = psnr(denoised, image)
        if share == _SHARES[1]:
            shown += [levels(noised), denoised]
    if number < _DRAWN:
        sampling = SamplingConfig(step_size=max(1, timesteps // _DRAW_STEPS))
        shown.append(levels(sample_latents(prior.denoise, prior.schedule, x0, [generator_for(0, 6, number)], sampling)))
    return row, np.concatenate(shown, axis=1)
