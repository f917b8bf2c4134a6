"""Training the aligner on frozen latents (section 3.2.2)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.codecs.codec import Codec, build_codec, load_codec
from dsia_gen.align.config import AlignerConfig
from dsia_gen.align.diffusion.noise import draw_noise
from dsia_gen.align.diffusion.noise_schedule import build_process
from dsia_gen.align.methods.dmaligner.aligner_pipeline import AlignerPipeline
from dsia_gen.align.methods.dmaligner.losses import denoising_loss, mask_iou, mask_loss, total_loss, upsampled_logits
from dsia_gen.align.methods.dmaligner.mask import dilate
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.training.data import Batch, SampleLike, SourceLike, measured, read_triplet
from dsia_gen.align.training.task import Phase, Scalars, Validation
from dsia_gen.core.errors import AlignError
from dsia_gen.core.image_metrics import backward_warp, iou, psnr


class AlignerTask:
    """The network learns; the codec does not."""

    flows: tuple[str, ...] = ()

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
        self.process = build_process(config.model.target, config.diffusion)
        self.phases = (Phase("aligner", model, self.loss),)
        self.frozen = (codec,)
        self.multiple = codec.factor * model.multiple
        crop = config.data.crop
        if crop and (crop[0] % self.multiple or crop[1] % self.multiple):
            raise AlignError(f"data.crop {crop[0]}x{crop[1]} must be a multiple of {self.multiple} for this network")

    def begin(self, batch: Batch) -> None:
        """Nothing to prepare."""

    def at_step(self, step: int) -> None:
        """Nothing changes with the step."""

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Scalars]:
        """Eq. 12 of a batch."""
        config = self.config
        v1, v2, x0 = self._encode(batch)
        eps, t = draw_noise(batch.positions, config.train.seed, x0, config.diffusion.timesteps)
        x_t = self.process.diffuse(x0, eps, t)
        output, logits = model(x_t, t, v1, v2)
        scalars: Scalars = {}
        masking = None
        if logits is not None:
            masking = self._mask_loss(logits, batch.mask, scalars)
        denoising = self._denoising(output, logits, (x0, eps, x_t, t), batch)
        total = total_loss(denoising, masking, config.losses)
        return total, {**scalars, "loss/denoising": denoising.detach()}

    @torch.no_grad()
    def _encode(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        images = batch.images
        return tuple(self.codec.encode(torch.cat([images["1"], images["2"], images["gt"]])).float().chunk(3))

    def _mask_loss(self, logits: Tensor, truth: Tensor, scalars: Scalars) -> Tensor:
        losses = self.config.losses
        times = self._dilations if losses.mask_on == "dilated" else 0
        value = mask_loss(upsampled_logits(logits, times, truth.shape[-2:]), truth, losses.mask_positive)
        scalars["loss/mask"] = value.detach()
        scalars["mask/iou"] = mask_iou(upsampled_logits(logits.detach(), self._dilations, truth.shape[-2:]), truth)
        return value

    @property
    def _dilations(self) -> int:
        return self.config.model.mask.dilations if self.config.model.mask else 0

    def _denoising(
        self, output: Tensor, logits: Tensor | None, made: tuple[Tensor, Tensor, Tensor, Tensor], batch: Batch
    ) -> Tensor:
        losses, (x0, eps, x_t, t) = self.config.losses, made
        if losses.domain == "latent":
            weight = torch.sigmoid(dilate(logits, self._dilations)) if logits is not None else None
            prediction, truth = output, self.process.answer(x0, eps, t)
        else:
            truth = batch.images["gt"]
            prediction = self.codec.decode(self.process.to_x0(output, x_t, t))
            size = (truth.shape[-2], truth.shape[-1])
            weight = torch.sigmoid(upsampled_logits(logits, self._dilations, size)) if logits is not None else None
        if weight is not None and losses.detach_mask:
            weight = weight.detach()
        return denoising_loss(prediction, truth, weight, losses.gamma, losses.norm)

    def validate(self, module: nn.Module, source: SourceLike) -> Validation:
        """PSNR of answers, of simple ones and of the codec alone, mask IoU, panels: I1, I2, Igt, answer, masks."""
        pipeline = self._pipeline(module)
        train = self.config.train
        found = measured(
            source,
            train.validation_samples,
            lambda sample: measure(pipeline, sample, self.config.data.mask, seed=train.seed),
        )
        rows, panels = zip(*found, strict=True)
        names = {name for row in rows for name in row}
        means = {name: _finite_mean([row[name] for row in rows if name in row]) for name in sorted(names)}
        return Validation({name: value for name, value in means.items() if np.isfinite(value)}, list(panels[:8]))

    def export(self, module: nn.Module, run: Path) -> None:
        """Write the pipeline."""
        self._pipeline(module).save_pretrained(run / "pipeline")

    def _pipeline(self, module: nn.Module) -> AlignerPipeline:
        assert isinstance(module, Aligner)
        return AlignerPipeline(self.config, self.codec, module)


def measure(
    pipeline: AlignerPipeline, sample: SampleLike, mask: str, seed: int = 0
) -> tuple[dict[str, float], NDArray[np.uint8]]:
    """Measures of one sample in dB, beside copies of I1 and I2 and the exact warp of I2; and its panel.

    `codec` is Igt through the codec alone, which bounds every answer.
    """
    images, truth = read_triplet(sample, mask)
    answer = pipeline(images["1"], images["2"], seed=seed)
    rivals: dict[str, NDArray[np.uint8]] = {"answer": answer.image, "copy_1": images["1"], "copy_2": images["2"]}
    rivals["codec"] = pipeline.reconstruct(images["gt"])
    wheres: dict[str, NDArray[np.bool_] | None] = {"": None, "_dynamic": truth}
    if "flow_gt_to_2" in sample and "occlusion_gt_to_2" in sample:
        rivals["warp"] = backward_warp(images["2"], sample["flow_gt_to_2"])
        wheres["_occluded"] = np.asarray(sample["occlusion_gt_to_2"]) > 0
    row = {
        f"psnr{place}/{name}": psnr(image, images["gt"], where)
        for name, image in rivals.items()
        for place, where in wheres.items()
    }
    parts = [images["1"], images["2"], images["gt"], answer.image]
    if answer.mask is not None:
        row["mask/iou"] = iou(answer.mask > 0.5, truth)
        parts.append(_grey(answer.mask))
    return row, np.concatenate([*parts, _grey(truth)], axis=1)


def _grey(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.repeat(np.rint(values.astype(np.float32) * 255).astype(np.uint8)[..., None], 3, axis=2)


def _finite_mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def open_codec(config: AlignerConfig, run: Path) -> Codec:
    """The codec of a run: the one saved in it, so that a run goes on with what it began with; else the configured."""
    kept = run / "codec"
    return load_codec(kept) if (kept / "codec.json").is_file() else build_codec(config.codec, config.train.seed)
