"""The motion-compensated aligner as a user calls it: two images in, the aligned image out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from dsia_gen.align.matching.geometry import resize, resize_flow, warp
from dsia_gen.align.methods.mc_aligner.mc_config import McConfig
from dsia_gen.align.methods.mc_aligner.mc_network import MULTIPLE, McAnswer, McNetwork, build_mc_network, composed
from dsia_gen.align.methods.mc_aligner.start import Start, start
from dsia_gen.align.methods.method import Aligned, Image, opencv
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

CONFIG_FILE, WEIGHTS_FILE = "mc_aligner.json", "mc_aligner.safetensors"
LARGEST = 640
"""Longer side, in pixels, at which motion is estimated; larger images are reduced for it."""


class McPipeline:
    """Network and configuration, ready to align."""

    def __init__(self, config: McConfig, network: McNetwork) -> None:
        self.config = config
        self.network = network.eval()

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @torch.no_grad()
    def __call__(self, image1: Image, image2: Image) -> Aligned:
        """Align image 2 to image 1, (H, W, 3) uint8 sRGB of one size.

        The flow is that of the camera, from Igt to I2; the mask is the probability that a pixel of Igt moves; the
        confidence is one minus the share of the answer that DIS flow and the homography have.
        """
        height, width = image1.shape[:2]
        factor = min(1.0, LARGEST / max(height, width))
        reduced = [reduced_image(image, factor) for image in (image1, image2)]
        small = (max(1, round(height * factor)), max(1, round(width * factor)))
        begun = start([padded(reduced[0])], [padded(reduced[1])], self.config.model.gain).to(self.device)
        answer = self.network(begun)
        images = [
            torch.from_numpy(image).to(self.device).permute(2, 0, 1)[None].float() / 255 for image in (image1, image2)
        ]
        colours, flow = enlarged(answer, begun, images, small)

        def plane(values: Tensor) -> NDArray[np.float32]:
            """(H, W) of (1, 1, h, w)."""
            return np.asarray(resize(values[..., : small[0], : small[1]], (height, width))[0, 0].float().cpu())

        mask, confidence = plane(torch.sigmoid(answer.dynamic)), plane(answer.gates[:, :2].sum(dim=1, keepdim=True))
        levels = (colours[0].clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        return Aligned(levels, flow[0].permute(1, 2, 0).float().cpu().numpy(), confidence, mask=mask)

    def hash(self) -> str:
        """SHA-256 over the weights."""
        return tensors_hash(self.network.state_dict())

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration and weights. StorageError when the disk refuses."""
        folder = Path(folder)
        with replacing(folder / WEIGHTS_FILE) as temporary:
            save_tensors(temporary, self.network.state_dict())
        replace_bytes(folder / CONFIG_FILE, json_bytes(self.config.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str) -> McPipeline:
        """Load a folder of `save_pretrained` or a finished run. AlignError says what is wrong with it."""
        folder = next((f for f in (Path(name), Path(name) / "pipeline") if (f / CONFIG_FILE).is_file()), None)
        if folder is None:
            raise AlignError(f"{name} holds no {CONFIG_FILE}; give a finished run of `dsia-gen train mc_aligner`")
        try:
            config = McConfig.model_validate_json((folder / CONFIG_FILE).read_bytes())
        except (OSError, ValidationError) as error:
            reason = " ".join(str(error).split())[:160]
            raise AlignError(f"{folder / CONFIG_FILE} cannot be read ({reason}); train again") from error
        network = build_mc_network(config.model, config.train.seed)
        tensors = {name: value.float() for name, value in load_tensors(folder / WEIGHTS_FILE).items()}
        load_module(network, tensors, folder / WEIGHTS_FILE)
        return cls(config, network)


def reduced_image(image: Image, factor: float) -> Image:
    """The image at `factor` of its size, averaged."""
    if factor == 1:
        return image
    height, width = (max(1, round(side * factor)) for side in image.shape[:2])
    return np.asarray(opencv().resize(image, (width, height), interpolation=opencv().INTER_AREA))


def padded(image: Image) -> Image:
    """The image continued below and to the right to sides that network and DIS flow take."""
    below, right = (max(4 * MULTIPLE - side, -side % MULTIPLE) for side in image.shape[:2])
    return np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")


def enlarged(answer: McAnswer, begun: Start, images: list[Tensor], small: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The answer and the camera's flow at the size of the images (1, 3, H, W).

    Motion, gates, gain and residual are enlarged; colours are read from the large images, so that detail stays.
    """
    size = (images[0].shape[-2], images[0].shape[-1])
    part = (..., slice(small[0]), slice(small[1]))
    if size == small:
        return answer.image[part], answer.camera[part]
    flows = [resize_flow(flow[part], size) for flow in answer.flows]
    lit1 = (images[0] * resize(begun.gain[part], size)).clamp(0, 1)
    sources = [lit1, *(warp(images[1], flow) for flow in flows)]
    return composed(sources, resize(answer.gates[part], size), resize(answer.residual[part], size)), flows[0]
