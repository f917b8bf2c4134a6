"""Priors that can be guided, behind one contract: the unconditional one, and a trained aligner with its two images."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from dsia_gen.align.codecs.codec import Codec, load_codec
from dsia_gen.align.diffusion.noise_schedule import NoiseSchedule, build_noise_schedule
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.dmaligner.compensation import WARPED
from dsia_gen.align.methods.dmaligner.model import Condition
from dsia_gen.align.methods.method import Image
from dsia_gen.align.methods.motion_guidance.prior_config import PriorConfig
from dsia_gen.align.methods.motion_guidance.prior_denoiser import PriorDenoiser, build_prior_denoiser
from dsia_gen.align.training.saved_runs import read_saved_config, saved_folder
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

CONFIG_FILE, WEIGHTS_FILE = "prior.json", "prior.safetensors"


class GuidancePrior(ABC):
    """A diffusion model of images: latents and the estimate of the clean ones."""

    codec: Codec
    schedule: NoiseSchedule
    multiple: int
    """Sides of images are multiples of this."""
    needs_pair: bool = False
    """Whether it has to be shown two images first."""

    @property
    @abstractmethod
    def modules(self) -> tuple[nn.Module, ...]:
        """Networks, all on one device."""

    @abstractmethod
    def denoise(self, z: Tensor, t: int) -> Tensor:
        """The estimate of clean latents of z (B, N, h, w) at timestep t; differentiable."""

    def shown(self, image1: Image, image2: Image) -> GuidancePrior:  # noqa: ARG002  (of the contract)
        """The prior that knows what the edit is of: image 2 as the camera of image 1 sees it."""
        return self

    @property
    def device(self) -> torch.device:
        """The device of the networks."""
        return next(parameter for module in self.modules for parameter in module.parameters()).device

    def to(self, device: str) -> Self:
        """Move to a device."""
        for module in self.modules:
            module.to(device)
        return self

    def hash(self) -> str:
        """SHA-256 over the weights."""
        named = {f"{k}/{name}": value for k, m in enumerate(self.modules) for name, value in m.state_dict().items()}
        return tensors_hash(named)

    def encode(self, image: Image) -> Tensor:
        """Latents (1, N, h, w) of an image (H, W, 3) uint8, continued below and to the right to whole cells."""
        x = torch.from_numpy(np.ascontiguousarray(image)).to(self.device).permute(2, 0, 1)[None].float() / 127.5 - 1
        below, right = (-side % self.multiple for side in image.shape[:2])
        with torch.no_grad():
            return self.codec.encode(F.pad(x, (0, right, 0, below), mode="replicate"))

    def decode(self, latents: Tensor, size: tuple[int, int]) -> Tensor:
        """Images (B, 3, H, W) in [0, 1], not clamped, of a height and width; differentiable."""
        return self.codec.decode(latents)[..., : size[0], : size[1]] / 2 + 0.5

    def kept_cells(self, keep: NDArray[np.bool_]) -> Tensor:
        """(1, N, h, w) bool: latents all of whose pixels are kept, of a mask (H, W)."""
        below, right = (-side % self.multiple for side in keep.shape)
        padded = np.pad(keep, ((0, below), (0, right)), mode="edge")
        whole = -F.max_pool2d(-torch.from_numpy(padded).float()[None, None], self.codec.factor)
        return (whole > 0.5).expand(-1, self.codec.channels, -1, -1).to(self.device)


class UnconditionalPrior(GuidancePrior):
    """The prior of `dsia-gen train prior`: any image that its data could show."""

    def __init__(self, config: PriorConfig, codec: Codec, network: PriorDenoiser) -> None:
        self.config = config
        self.codec = codec.eval().requires_grad_(False)
        self.network = network.eval()
        self.schedule = build_noise_schedule(config.target, config.diffusion)
        self.multiple = codec.factor * network.multiple

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return self.codec, self.network

    def denoise(self, z: Tensor, t: int) -> Tensor:
        """As the contract says."""
        time = torch.full((len(z),), t, device=z.device)
        return self.schedule.to_x0(self.network(z, time), z, time)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration, network and codec. StorageError when the disk refuses."""
        folder = Path(folder)
        self.codec.save(folder / "codec")
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_tensors(temporary, self.network.state_dict())
        replace_bytes(folder / CONFIG_FILE, json_bytes(self.config.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str, revision: str | None = None) -> UnconditionalPrior:
        """Load a folder of `save_pretrained`, a finished run or a hub repository. AlignError says what is wrong."""
        folder = saved_folder(name, CONFIG_FILE, "prior", revision)
        config = read_saved_config(PriorConfig, folder / CONFIG_FILE)
        codec = load_codec(folder / "codec")
        network = build_prior_denoiser(config, codec.channels)
        load_module(network, load_tensors(folder / WEIGHTS_FILE), folder / WEIGHTS_FILE)
        return cls(config, codec, network)


class AlignerPrior(GuidancePrior):
    """A trained aligner under its condition: I2 as the camera of I1 sees it."""

    needs_pair = True

    def __init__(self, pipeline: DMAlignerPipeline, images: tuple[Image, Image] | None = None) -> None:
        self.pipeline = pipeline
        self.codec, self.schedule, self.multiple = pipeline.codec, pipeline.schedule, pipeline.multiple
        self._condition: Condition | None = None
        self._shown = ""
        if images is not None:
            self._shown = hashlib.sha256(
                b"".join(np.ascontiguousarray(image).tobytes() for image in images)
            ).hexdigest()
            views = {"1": images[0], "2": images[1]}
            if pipeline.motion is not None:
                views |= pipeline.motion(*images)
            with torch.no_grad():
                shown = [self.encode(views[role]) for role in ("1", "2", WARPED) if role in views]
                self._condition = pipeline.model.condition(*shown)

    @property
    def modules(self) -> tuple[nn.Module, ...]:
        return self.pipeline.modules

    def hash(self) -> str:
        """SHA-256 over the weights, and over the two images where they are shown."""
        return super().hash() + self._shown

    def shown(self, image1: Image, image2: Image) -> GuidancePrior:
        """With the two images."""
        return AlignerPrior(self.pipeline, (image1, image2))

    def denoise(self, z: Tensor, t: int) -> Tensor:
        """As the contract says; the images have to be `shown` before."""
        assert self._condition is not None, "show the images first"
        time = torch.full((len(z),), t, device=z.device)
        return self.schedule.to_x0(self.pipeline.model.denoise(z, time, self._condition), z, time)
