"""The motion-compensated aligner as a user calls it: two images in, the aligned image out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from dsia_gen.align.align_photos import composed_photo
from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.methods.composition import copy_of
from dsia_gen.align.methods.mc_aligner.first_homography import FEATURES, UNRELATED, first_homography, warped
from dsia_gen.align.methods.mc_aligner.mc_composition import McComposition
from dsia_gen.align.methods.mc_aligner.mc_config import CONFIG_FILE, WEIGHTS_FILE, McConfig
from dsia_gen.align.methods.mc_aligner.mc_network import MULTIPLE, McNetwork, build_mc_network
from dsia_gen.align.methods.mc_aligner.start import start
from dsia_gen.align.methods.method import EQUAL, Aligned, Image, opencv, unmoved
from dsia_gen.align.photos import photo_of
from dsia_gen.align.trained_aligner import PACKAGED, TrainedAligner
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.align.training.saved_runs import read_saved_config
from dsia_gen.align.weight_files import hub_folder, is_local, load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

_PREFIX = "mc_aligner/"
REACH = 4 / 3
"""Motion is estimated on images of at most this many times the diagonal of the training images."""
_LEARNED_LIGHT = 0.35
"""Logarithm of a gain beyond which image 1 is brought to the light of image 2 before the network sees it."""
SMALLEST = 32
"""Pixels that the shorter side of a reduced image keeps."""


class McPipeline(TrainedAligner):
    """Network and configuration, ready to align."""

    config: McConfig

    def __init__(self, config: McConfig, network: McNetwork) -> None:
        self.config = config
        self.network = network.eval()

    @property
    def modules(self) -> tuple[torch.nn.Module, ...]:
        return (self.network,)

    @torch.no_grad()
    def align_rgb(self, image1: Image, image2: Image) -> Aligned:
        """Align image 2 to image 1, (H, W, 3) uint8 sRGB of one size.

        The flow is that of the camera, from Igt to I2; the mask is the probability that a pixel of Igt moves; the
        confidence is one minus the share of the answer that DIS flow and the homography have.
        """
        size = (image1.shape[0], image1.shape[1])
        if np.array_equal(image1, image2):
            return same_image(image1)
        small = working_size(size, self.known_diagonal)
        reduced1, reduced2 = (padded(reduced_image(image, small)) for image in (image1, image2))
        large = feature_size(size)
        first = first_homography(
            (reduced1, reduced2), (reduced_image(image1, large), reduced_image(image2, large)), small
        )
        if first.agreement < UNRELATED:
            return unrelated(image1)
        light = global_gain(reduced1, reduced2, first.matrix)
        reduced1 = np.rint(np.clip(reduced1 * light, 0, 255)).astype(np.uint8)
        with out_of_memory("the size of the images"):
            begun = start([reduced1], [reduced2], self.config.model.gain, [first.matrix]).to(self.device)
            answer = self.network(begun)
        compose = McComposition.of(answer, begun, light, small, size)
        flow, mask, confidence = compose.planes()
        image = composed_photo(compose, photo_of(image1, "image 1"), photo_of(image2, "image 2"))
        return Aligned(image, flow, confidence, mask=mask, compose=compose)

    @property
    def known_diagonal(self) -> float:
        """Pixels, of the images that the network was trained on."""
        data = self.config.data
        width, height = data.crop or (data.synthetic.width, data.synthetic.height)
        return float(np.hypot(width, height))

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
    def from_pretrained(cls, name: Path | str | None = None, revision: str | None = None) -> McPipeline:
        """Load a folder of `save_pretrained`, a finished run or a hub repository; by default what the package holds.

        AlignError says what is wrong with it.
        """
        name = PACKAGED if name is None else name
        root = Path(name) if is_local(str(name)) else hub_folder(str(name), revision)
        root = root.parent if root.is_file() and root.name == WEIGHTS_FILE else root
        folder = next((f for f in (root, root / "pipeline") if (f / CONFIG_FILE).is_file()), None)
        if folder is None:
            return cls._of_checkpoint(root)
        config = read_saved_config(McConfig, folder / CONFIG_FILE)
        return cls._loaded(config, load_tensors(folder / WEIGHTS_FILE), folder / WEIGHTS_FILE)

    @classmethod
    def _of_checkpoint(cls, run: Path) -> McPipeline:
        """The newest checkpoint of a run that is not finished, averaged where it has an average."""
        found = latest_checkpoint(run)
        if found is None:
            raise AlignError(f"{run} holds no {CONFIG_FILE}; give a run of `dsia-gen train mc_aligner`")
        files = (found.folder / f"{name}.safetensors" for name in ("ema", "model"))
        source = next(path for path in files if path.is_file())
        named = load_tensors(source)
        tensors = {key.removeprefix(_PREFIX): value for key, value in named.items() if key.startswith(_PREFIX)}
        try:
            config = McConfig.model_validate(found.state.config)
        except ValidationError as error:
            raise AlignError(f"{run} is not a run of `dsia-gen train mc_aligner`; give one") from error
        return cls._loaded(config, tensors, source)

    @classmethod
    def _loaded(cls, config: McConfig, tensors: Mapping[str, Tensor], source: Path) -> McPipeline:
        network = build_mc_network(config.model, config.train.seed)
        load_module(network, {name: value.float() for name, value in tensors.items()}, source)
        return cls(config, network)


def same_image(image: Image) -> Aligned:
    """The answer for two equal images."""
    return replace(unmoved(image, EQUAL, confidence=1), mask=np.zeros(image.shape[:2], np.float32))


def unrelated(image: Image) -> Aligned:
    """The answer for two images that nothing joins: image 1, and no confidence."""
    note = "the two images hardly agree anywhere; they may show different scenes, and the answer is image 1"
    return replace(same_image(image), confidence=np.zeros(image.shape[:2], np.float32), note=note, compose=copy_of(0))


def global_gain(image1: Image, image2: Image, matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """(3,) factor from the light of image 1 to that of image 2; 1 where it is one that the network has learned.

    The median of the ratios of what is neither black nor white in both.
    """
    pair = (image1, warped(image2, matrix))
    first, second = (image.reshape(-1, 3).astype(np.float32) for image in pair)
    usable = ((first > 8) & (first < 247) & (second > 8) & (second < 247)).all(axis=1)
    if usable.mean() < 0.02:
        return np.ones(3, np.float32)
    ratio = np.median(np.log(second[usable] / first[usable]), axis=0)
    return np.exp(ratio if np.abs(ratio).max() > _LEARNED_LIGHT else 0 * ratio).astype(np.float32)


def feature_size(size: tuple[int, int]) -> tuple[int, int]:
    """Height and width at which features are matched."""
    factor = min(1.0, FEATURES / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def working_size(size: tuple[int, int], known: float) -> tuple[int, int]:
    """Height and width at which motion is estimated, for a network that knows images of a diagonal."""
    shorter = min(size)
    factor = min(1.0, max(REACH * known / float(np.hypot(*size)), SMALLEST / shorter))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def reduced_image(image: Image, size: tuple[int, int]) -> Image:
    """The image at a height and width, averaged."""
    if image.shape[:2] == size:
        return image
    return np.asarray(opencv().resize(image, size[::-1], interpolation=opencv().INTER_AREA))


def padded(image: Image) -> Image:
    """The image continued below and to the right to sides that network and DIS flow take."""
    below, right = (max(4 * MULTIPLE - side, -side % MULTIPLE) for side in image.shape[:2])
    return np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
