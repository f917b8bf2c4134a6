"""Training the aligner on frozen latents (section 3.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.codecs.codec import Codec
from dsia_gen.align.diffusion.noise import sample_noise
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline, saved_weights
from dsia_gen.align.methods.dmaligner.compensation import FOLDER, WARPED, Compensation, open_compensation
from dsia_gen.align.methods.dmaligner.latent_cache import LatentCache, open_cache
from dsia_gen.align.methods.dmaligner.losses import denoising_loss, mask_iou, mask_loss, total_loss, upsampled_logits
from dsia_gen.align.methods.dmaligner.mask import dilate
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured, read_triplet
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.align.training.warm_start import WarmStart, warm_start
from dsia_gen.core.image_metrics import backward_warp, iou, psnr


class AlignerTask(TrainingTask):
    """The network learns; the codec does not."""

    config: AlignerConfig
    memory_settings = (
        "train.batch_size (and raise train.accumulate), or set losses.checkpoint_decoder or model.unet.checkpointing, "
        "or losses.domain to latent"
    )

    def __init__(
        self, config: AlignerConfig, codec: Codec, motion: Compensation | None = None, warm: bool = True
    ) -> None:
        """`warm`: take the weights that the configuration names; a run that goes on has its own."""
        self.config = config
        self.motion = motion if motion is not None else open_compensation(config.model.motion)
        self.prepare = self.motion.prepare if self.motion is not None else None
        self.codec = codec.eval().requires_grad_(False)
        if config.losses.checkpoint_decoder:
            codec.checkpoint_decoder()
        model = build_aligner(config.model, codec.channels, config.train.seed)
        self.started: WarmStart | None = None
        if config.weights is not None and warm:
            self.started = warm_start(model, saved_weights(config.weights).tensors, config.weights)
            self.notes = (self.started.sentence(),)
        self.roles = ("gt", "1", "2") if self.motion is None else ("gt", "1", "2", WARPED)
        if config.latents is not None:
            made = ("1", WARPED) if self.motion is not None else ()
            key = self.motion.key() if self.motion is not None else ""
            self.latents = open_cache(config.latents, self.codec, self.roles, made, key)
            self.precomputed = "latents"
        self.schedule = build_noise_schedule(config.model.target, config.diffusion)
        self.phases = (Phase("aligner", model, self.loss),)
        self.frozen = (codec,)
        self.multiple = codec.factor * model.multiple
        check_crop(config.data.crop, self.multiple, "network")

    def save_inputs(self, run: Path) -> None:
        """Codec and weights of the motion, so that the run goes on with what it began with."""
        if not (run / "codec" / "codec.json").is_file():
            self.codec.save(run / "codec")
        if self.motion is not None and not (run / FOLDER).is_dir():
            self.motion.save(run)
        if self.started is not None:
            self.started.write(run)

    def precompute(self, source: SourceLike, device: torch.device, progress: Callable[[int, int], None]) -> None:
        """Encode what the cache does not have yet."""
        assert isinstance(self.latents, LatentCache)
        self.latents.fill(source, self.config.data, self.codec, self.motion, device, progress)

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Eq. 12 of a batch."""
        losses, schedule = self.config.losses, self.schedule
        dilations = self.config.model.mask.dilations if self.config.model.mask else 0
        with torch.no_grad():
            if batch.latents:
                x0, *shown = (batch.latents[role] for role in self.roles)
            else:
                images = torch.cat([batch.images[role] for role in self.roles])
                x0, *shown = self.codec.encode(images).float().chunk(len(self.roles))
        noise, t = sample_noise(batch.positions, self.config.train.seed, x0, self.config.diffusion.timesteps)
        x_t = schedule.add_noise(x0, noise, t)
        output, logits = model(x_t, t, *shown)

        scalars: Scalars = {}
        masking = None
        if logits is not None:  # eq. 11
            truth, size = batch.mask, batch.mask.shape[-2:]
            times = dilations if losses.mask_on == "dilated" else 0
            masking = mask_loss(upsampled_logits(logits, times, size), truth, losses.mask_positive)
            scalars["loss/mask"] = masking.detach()
            scalars["mask/iou"] = mask_iou(upsampled_logits(logits.detach(), dilations, size), truth)

        weight = None  # eq. 10
        if losses.domain == "latent":
            prediction, truth = output, schedule.network_target(x0, noise, t)
            if logits is not None:
                weight = torch.sigmoid(dilate(logits, dilations))
        else:
            truth = batch.images["gt"]
            prediction = self.codec.decode(schedule.to_x0(output, x_t, t))
            if logits is not None:
                weight = torch.sigmoid(upsampled_logits(logits, dilations, (truth.shape[-2], truth.shape[-1])))
        if weight is not None and losses.detach_mask:
            weight = weight.detach()
        denoising = denoising_loss(prediction, truth, weight, losses.gamma, losses.norm)
        return total_loss(denoising, masking, losses), {**scalars, "loss/denoising": denoising.detach()}

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """PSNR of answers, of simple ones and of the codec alone, mask IoU, panels: I1, I2, Igt, answer, masks."""
        assert isinstance(module, Aligner)
        pipeline = DMAlignerPipeline(self.config, self.codec, module, self.motion)
        train, mask = self.config.train, self.config.data.mask
        measure = partial(measure_sample, pipeline, mask=mask, seed=train.seed)
        found = measured(source, train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        assert isinstance(module, Aligner)
        DMAlignerPipeline(self.config, self.codec, module, self.motion).save_pretrained(run / "pipeline")


def measure_sample(
    pipeline: DMAlignerPipeline, sample: SampleLike, mask: str, seed: int = 0
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Measures of one sample in dB, beside copies of I1 and I2 and the exact warp of I2; and its panel.

    `codec` is Igt through the codec alone, which bounds every answer.
    """
    images, truth = read_triplet(sample, mask)
    answer = pipeline(images["1"], images["2"], seed=seed)
    rivals = {"answer": answer.image, "copy_1": images["1"], "copy_2": images["2"]}
    rivals["codec"] = pipeline.reconstruct(images["gt"])
    regions: dict[str, NDArray[np.bool_] | None] = {"": None, "_dynamic": truth}
    if "flow_gt_to_2" in sample and "occlusion_gt_to_2" in sample:
        rivals["warp"] = backward_warp(images["2"], sample["flow_gt_to_2"])
        regions["_occluded"] = np.asarray(sample["occlusion_gt_to_2"]) > 0
    pairs = product(rivals.items(), regions.items())
    row = {f"psnr{region}/{name}": psnr(image, images["gt"], where) for (name, image), (region, where) in pairs}
    maps = [truth] if answer.mask is None else [answer.mask, truth]
    if answer.mask is not None:
        row["mask/iou"] = iou(answer.mask > 0.5, truth)
    grey = [np.rint(values.astype(np.float32) * 255).astype(np.uint8)[..., None].repeat(3, axis=2) for values in maps]
    return row, np.concatenate([images["1"], images["2"], images["gt"], answer.image, *grey], axis=1)
