"""Training the aligner on frozen latents (section 3.2.2)."""

from __future__ import annotations

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
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.dmaligner.losses import denoising_loss, mask_iou, mask_loss, total_loss, upsampled_logits
from dsia_gen.align.methods.dmaligner.mask import dilate
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured, read_triplet
from dsia_gen.align.training.task import Phase, Scalars, TrainingTask, Validation, check_crop
from dsia_gen.core.image_metrics import backward_warp, iou, psnr


class AlignerTask(TrainingTask):
    """The network learns; the codec does not."""

    config: AlignerConfig
    memory_settings = (
        "train.batch_size (and raise train.accumulate), or set losses.checkpoint_decoder or model.unet.checkpointing, "
        "or losses.domain to latent"
    )

    def __init__(self, config: AlignerConfig, codec: Codec) -> None:
        self.config = config
        self.codec = codec.eval().requires_grad_(False)
        if config.losses.checkpoint_decoder:
            codec.checkpoint_decoder()
        model = build_aligner(config.model, codec.channels, config.train.seed)
        self.schedule = build_noise_schedule(config.model.target, config.diffusion)
        self.phases = (Phase("aligner", model, self.loss),)
        self.frozen = (codec,)
        self.multiple = codec.factor * model.multiple
        check_crop(config.data.crop, self.multiple, "network")

    def save_inputs(self, run: Path) -> None:
        """The codec, so that the run goes on with what it began with."""
        if not (run / "codec" / "codec.json").is_file():
            self.codec.save(run / "codec")

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Eq. 12 of a batch."""
        losses, schedule = self.config.losses, self.schedule
        dilations = self.config.model.mask.dilations if self.config.model.mask else 0
        with torch.no_grad():
            images = torch.cat([batch.images["1"], batch.images["2"], batch.images["gt"]])
            v1, v2, x0 = self.codec.encode(images).float().chunk(3)
        noise, t = sample_noise(batch.positions, self.config.train.seed, x0, self.config.diffusion.timesteps)
        x_t = schedule.add_noise(x0, noise, t)
        output, logits = model(x_t, t, v1, v2)

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
        pipeline = DMAlignerPipeline(self.config, self.codec, module)
        train, mask = self.config.train, self.config.data.mask
        measure = partial(measure_sample, pipeline, mask=mask, seed=train.seed)
        found = measured(source, train.validation_samples, measure)
        return Validation.mean([row for row, _ in found], [panel for _, panel in found])

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        assert isinstance(module, Aligner)
        DMAlignerPipeline(self.config, self.codec, module).save_pretrained(run / "pipeline")


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
