"""DiffMatch as a user calls it: two images in, the field of correspondence and how sure it is out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.diffusion.diffusion_config import SamplingConfig
from dsia_gen.align.diffusion.noise import generator_for
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.diffusion.sampler import sample_latents
from dsia_gen.align.matching.features.open_features import copy_encoder, with_saved_encoder
from dsia_gen.align.matching.geometry import resize
from dsia_gen.align.methods.diffmatch.diffmatch_config import DiffMatchConfig
from dsia_gen.align.methods.diffmatch.field_condition import ConditionMaker, FieldCondition, sides
from dsia_gen.align.methods.diffmatch.field_denoiser import FieldDenoiser, build_denoiser
from dsia_gen.align.methods.method import EQUAL, Aligned, Image, unmoved
from dsia_gen.align.photos import has_one_colour
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.trained_aligner import TrainedAligner
from dsia_gen.align.training.saved_runs import read_saved_config, saved_folder
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.image_metrics import backward_warp
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

CONFIG_FILE, WEIGHTS_FILE = "diffmatch.json", "diffmatch.safetensors"
FIELD = "field"
"""Folder of the first stage in that of the upsampler."""
_SURE = 1.0
"""Uncertainty in px below which the confidence is 1."""


@dataclass(frozen=True)
class FieldSamples:
    """Hypotheses (N, 2, h, w) of a field in shares of the sides, and the initial field (1, 2, h, w) they began with."""

    fields: Tensor
    initial: Tensor

    @property
    def mean(self) -> Tensor:
        """(1, 2, h, w), never more than a whole side."""
        return self.fields.mean(dim=0, keepdim=True).clamp(-1, 1)

    def deviation(self, size: tuple[int, int]) -> Tensor:
        """(1, 1, h, w) px of an image of a height and width: the root of the variances of both components."""
        if len(self.fields) < 2:
            return self.fields.new_zeros(1, 1, *self.fields.shape[-2:])
        variance = (self.fields * sides(size, self.fields)).var(dim=0, keepdim=True)
        return variance.sum(dim=1, keepdim=True).sqrt()


class DiffMatchPipeline(TrainedAligner):
    """Features, denoiser and configuration, ready to align; an upsampler has the first stage as `first`."""

    config: DiffMatchConfig

    def __init__(
        self,
        config: DiffMatchConfig,
        network: FieldDenoiser,
        maker: ConditionMaker,
        first: DiffMatchPipeline | None = None,
    ) -> None:
        self.config = config
        self.network = network.eval()
        self.maker = maker.eval()
        self.first = first
        self.schedule = build_noise_schedule("x0", config.diffusion)

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return (self.network, self.maker, *(self.first.modules if self.first is not None else ()))

    def align_rgb(self, image1: Image, image2: Image, **options: Any) -> Aligned:
        """Align image 2 to image 1, (H, W, 3) uint8 sRGB of one size; options are those of `estimate`.

        The flow is that from I1 to I2, the mean of hypotheses; the uncertainty is their deviation, and the confidence
        is 1 where it is below one pixel.
        """
        size = (image1.shape[0], image1.shape[1])
        if has_one_colour(image1) or has_one_colour(image2):
            return unmoved(image2, "an image has one colour; answered with I2", 0, float(np.hypot(*size)))
        if np.array_equal(image1, image2):
            return unmoved(image2, EQUAL, 1, 0)
        with out_of_memory("the number of hypotheses"):
            found = self.estimate(image1, image2, **options)
        flow = as_flow(found.mean, size)
        uncertainty = as_uncertainty(found, size)
        confidence = (uncertainty < _SURE).astype(np.float32)
        return Aligned(backward_warp(image2, flow), flow, confidence, uncertainty=uncertainty)

    @torch.no_grad()
    def estimate(
        self, image1: Image, image2: Image, samples: int | None = None, seed: int = 0, on_step: StepProgress = silent
    ) -> FieldSamples:
        """Hypotheses for images (H, W, 3) uint8; hypothesis k is that of seed + k alone.

        Those of an upsampler begin with the mean of its first stage, and differ by as much as that stage's do besides.
        """
        parameter = next(self.network.parameters())
        first, second = (
            torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].to(parameter) / 127.5 - 1
            for image in (image1, image2)
        )
        count, unit, size = samples or self.config.samples, self.config.unit, self.config.rows_columns
        before = self.first.estimate(image1, image2, samples, seed) if self.first is not None else None
        condition = self.maker(first, second, None if before is None else resize(before.mean, size) / unit)
        fields = self.sample(condition, count, seed, on_step) * unit
        if before is not None:
            apart = before.fields - before.fields.mean(dim=0, keepdim=True)
            fields = fields.mean(dim=0, keepdim=True) + resize(apart, size)
        return FieldSamples(fields, condition.initial * unit)

    def sample(self, condition: FieldCondition, count: int, seed: int, on_step: StepProgress = silent) -> Tensor:
        """Fields (count, 2, h, w) over `unit`."""
        if self.config.regression:
            answer = self.network.estimate(torch.zeros_like(condition.initial), 0, condition)
            return answer.expand(count, -1, -1, -1)

        def denoise(x: Tensor, t: int) -> Tensor:
            return self.network.estimate(x, t, condition)

        generators = [generator_for(seed + k) for k in range(count)]
        one_by_one = SamplingConfig(step_size=1)
        return sample_latents(denoise, self.schedule, condition.initial, generators, one_by_one, on_step)

    def hash(self) -> str:
        """SHA-256 over the weights of features and networks."""
        tensors = {
            f"{k}/{name}": value for k, module in enumerate(self.modules) for name, value in module.state_dict().items()
        }
        return tensors_hash(tensors)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration and weights, those of the first stage in a folder of their own."""
        if self.first is not None:
            self.first.save_pretrained(Path(folder) / FIELD)
        self.write(self.config, self.network, Path(folder))

    @staticmethod
    def write(config: DiffMatchConfig, network: FieldDenoiser, folder: Path) -> None:
        """Configuration and weights of one stage, and of encoders that were trained here."""
        levels = tuple(copy_encoder(level, folder / f"level{k}") for k, level in enumerate(config.levels))
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_tensors(temporary, network.state_dict())
        saved = config.model_copy(update={"levels": levels})
        replace_bytes(folder / CONFIG_FILE, json_bytes(saved.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str, revision: str | None = None) -> DiffMatchPipeline:
        """Load a folder of `save_pretrained`, a finished run or a hub repository. AlignError says what is wrong."""
        folder = saved_folder(name, CONFIG_FILE, "diffmatch", revision)
        config = read_saved_config(DiffMatchConfig, folder / CONFIG_FILE)
        levels = tuple(with_saved_encoder(level, folder / f"level{k}") for k, level in enumerate(config.levels))
        config = config.model_copy(update={"levels": levels})
        network = build_denoiser(config, config.train.seed)
        load_module(network, load_tensors(folder / WEIGHTS_FILE), folder / WEIGHTS_FILE)
        first = cls.from_pretrained(folder / FIELD) if config.upsample is not None else None
        return cls(config, network, ConditionMaker(config), first)


def as_flow(field: Tensor, size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W, 2) px of a field (1, 2, h, w) in shares of the sides."""
    flow = resize(field, size) * sides(size, field)
    return np.ascontiguousarray(flow[0].permute(1, 2, 0).float().cpu().numpy())


def as_uncertainty(found: FieldSamples, size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) px: the deviation of the hypotheses at every pixel of an image of a height and width."""
    return np.ascontiguousarray(resize(found.deviation(size), size)[0, 0].float().cpu().numpy())
