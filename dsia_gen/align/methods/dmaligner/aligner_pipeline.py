"""The aligner as a user calls it: two images in, the aligned image out. Saved and loaded as a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from dsia_gen.align.codecs.codec import Codec, load_codec
from dsia_gen.align.devices import out_of_memory
from dsia_gen.align.diffusion.diffusion_config import SamplingConfig
from dsia_gen.align.diffusion.noise_schedule import build_noise_schedule
from dsia_gen.align.diffusion.sampler import Tile, tiled
from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig
from dsia_gen.align.methods.dmaligner.aligner_sampler import sample_pairs
from dsia_gen.align.methods.dmaligner.compensation import WARPED, Compensation, open_compensation
from dsia_gen.align.methods.dmaligner.losses import upsampled_logits
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.trained_aligner import TrainedAligner
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.align.weight_files import hub_folder, is_local, load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

_CONFIG = "aligner.json"
_WEIGHTS = "aligner.safetensors"


class DMAlignerPipeline(TrainedAligner):
    """Codec, network and noise schedule, ready to align.

    Parameters
    ----------
    config : AlignerConfig
        The configuration of the training.
    codec : Codec
        Images to latents and back; put into evaluation mode and frozen.
    model : Aligner
        Mask module and denoiser; put into evaluation mode.
    motion : Compensation, optional
        What `config.model.motion` asks for; opened by it where it is not given.
    """

    config: AlignerConfig

    def __init__(self, config: AlignerConfig, codec: Codec, model: Aligner, motion: Compensation | None = None) -> None:
        self.config = config
        self.motion = motion if motion is not None else open_compensation(config.model.motion)
        self.codec = codec.eval().requires_grad_(False)
        self.model = model.eval()
        self.schedule = build_noise_schedule(config.model.target, config.diffusion)
        self.multiple = codec.factor * model.multiple

    @property
    def modules(self) -> tuple[torch.nn.Module, ...]:
        """Codec and network, and that of the motion."""
        motion = self.motion.aligner if self.motion is not None else None
        return self.codec, self.model, *(motion.modules if motion is not None else ())

    def sampling(self, **changes: Any) -> SamplingConfig:
        """The configured sampling with some fields changed.

        Parameters
        ----------
        **changes : Any
            Fields of `SamplingConfig`; None leaves a field as it is.

        Returns
        -------
        SamplingConfig
            The validated settings.

        Raises
        ------
        AlignError
            A value is out of range.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        changed = self.config.model_dump()
        changed["sampling"] |= given
        return _validated(changed, Path("sampling")).sampling

    def align_rgb(
        self,
        image1: Image,
        image2: Image,
        *,
        seed: int = 0,
        sampling: SamplingConfig | None = None,
        on_step: StepProgress = silent,
    ) -> Aligned:
        """Align image 2 to image 1.

        Parameters
        ----------
        image1 : Image
            (H, W, 3) uint8 sRGB of any size, the reference view.
        image2 : Image
            (H, W, 3) uint8 sRGB of the same size.
        seed : int
            Sample k starts from noise of seed + k; several samples are averaged.
        sampling : SamplingConfig, optional
            Instead of the configured one; see `sampling`.
        on_step : StepProgress
            Called with (done, all) after each denoising step.

        Returns
        -------
        Aligned
            The image, with the mask (dilated, eq. 9) where there is a mask module, and the standard deviation between
            samples where there are several.

        Raises
        ------
        AlignError
            The images do not fit, or a GPU's memory is too small; the message names the setting to lower.
        """
        return self.align_batch([(image1, image2)], seed=seed, sampling=sampling, on_step=on_step)[0]

    @torch.no_grad()
    def align_batch(
        self,
        pairs: Sequence[tuple[Image, Image]],
        *,
        seed: int = 0,
        sampling: SamplingConfig | None = None,
        on_step: StepProgress = silent,
    ) -> list[Aligned]:
        """Align several pairs at once.

        Parameters
        ----------
        pairs : Sequence of tuple of Image
            Images 1 and 2, (H, W, 3) uint8 sRGB, all of one size.
        seed : int
            Each pair starts from the noise that it would start from alone.
        sampling : SamplingConfig, optional
            Instead of the configured one; see `sampling`.
        on_step : StepProgress
            Called with (done, all) after each denoising step.

        Returns
        -------
        list of Aligned
            An answer for each pair, as `__call__` gives it but for the rounding of sums.

        Raises
        ------
        AlignError
            The images do not fit, or a GPU's memory is too small; the message names the setting to lower.
        """
        if not pairs:
            return []
        for image1, image2 in pairs:
            check_images(image1, image2)
            check_images(pairs[0][0], image1)
        sampling = sampling or self.config.sampling
        generators = [torch.Generator().manual_seed(seed + k) for _ in pairs for k in range(sampling.samples)]
        factor = self.codec.factor
        tile, overlap = None, 0  # in latents
        if sampling.tile is not None:
            width, height = (max(self.multiple, side - side % self.multiple) for side in sampling.tile)
            # starts of tiles need no alignment: the network sees each tile on its own
            tile = (height // factor, width // factor)
            overlap = min(sampling.overlap, min(width, height) // 2) // factor
        views = [{"1": a, "2": b, **(self.motion(a, b) if self.motion is not None else {})} for a, b in pairs]
        half = torch.autocast(self.device.type, torch.bfloat16, enabled=sampling.precision == "bf16")
        with out_of_memory("sampling.tile, sampling.samples or the size of the batch"), half:
            roles = ("1", "2") if self.motion is None else ("1", "2", WARPED)
            latents = [self._encode([view[role] for view in views], tile, overlap).float() for role in roles]
            drawn, logits = sample_pairs(
                self.model, self.schedule, latents, generators, sampling, tile, overlap, on_step
            )
            images = tiled(self.codec.decode, drawn, tile, overlap, factor)
            answers = images.unflatten(0, (len(pairs), sampling.samples))
            size = pairs[0][0].shape[:2]
            return [
                self._answer(answer, None if logits is None else logits[k : k + 1], size)
                for k, answer in enumerate(answers)
            ]

    @torch.no_grad()
    def reconstruct(self, image: Image) -> Image:
        """Encode and decode an image: no answer can be nearer to it.

        Parameters
        ----------
        image : Image
            (H, W, 3) uint8 sRGB.

        Returns
        -------
        Image
            (H, W, 3) uint8 sRGB.
        """
        check_images(image, image)
        return self._answer(self.codec.decode(self._encode([image], None, 0)), None, image.shape[:2]).image

    def hash(self) -> str:
        """SHA-256 over the weights of codec and network: two aligners that answer alike have the same.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        tensors = {**self.codec.state_dict(prefix="codec/"), **self.model.state_dict(prefix="model/")}
        if self.motion is not None and self.motion.aligner is not None:
            tensors |= self.motion.aligner.network.state_dict(prefix="motion/")
        return tensors_hash(tensors)

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration, network and codec.

        Parameters
        ----------
        folder : Path or str
            Created where it is missing.

        Raises
        ------
        StorageError
            The disk is full or refuses.
        """
        folder = Path(folder)
        self.codec.save(folder / "codec")
        if self.motion is not None:
            self.motion.save(folder)
        with replacing(folder / _WEIGHTS) as temporary:
            save_tensors(temporary, self.model.state_dict())
        replace_bytes(folder / _CONFIG, json_bytes(self.config.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str | None = None, revision: str | None = None) -> DMAlignerPipeline:
        """Load an aligner.

        Parameters
        ----------
        name : Path or str
            A folder of `save_pretrained`, the run of a training (also an unfinished one), or a hub repository.
        revision : str, optional
            Revision on the hub.

        Returns
        -------
        DMAlignerPipeline
            The pipeline on the CPU.

        Raises
        ------
        AlignError
            There is no aligner, or its files do not fit together.
        """
        if name is None:
            raise AlignError("the package holds no weights of dmaligner; give the folder that `dsia-gen train` wrote")
        found = saved_weights(str(name), revision)
        codec = load_codec(found.folder / "codec")
        model = build_aligner(found.config.model, codec.channels, 0)
        load_module(model, found.tensors, found.source)
        return cls(found.config, codec, model, open_compensation(found.config.model.motion, found.folder))

    def _encode(self, images: Sequence[Image], tile: Tile | None, overlap: int) -> Tensor:
        """Latents (B, N, h, w) of images, padded to what the network divides; tile and overlap in latents."""
        x = torch.from_numpy(np.stack(images)).to(self.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        below, right = (-side % self.multiple for side in images[0].shape[:2])
        return encode_tiled(self.codec, F.pad(x, (0, right, 0, below), mode="replicate"), tile, overlap)

    def _answer(self, images: Tensor, logits: Tensor | None, size: tuple[int, ...]) -> Aligned:
        """The mean of images (B, 3, H', W') in [-1, 1], cut to `size`, and the mask of logits (1, 1, h, w)."""
        height, width = size
        colours = ((images[..., :height, :width].float() + 1) * 127.5).clamp(0, 255)
        mean = colours.mean(dim=0).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        std = colours.std(dim=0).mean(dim=0).cpu().numpy() if len(colours) > 1 else None
        mask = None
        if logits is not None and self.config.model.mask is not None:
            large = (logits.shape[-2] * self.codec.factor, logits.shape[-1] * self.codec.factor)
            full = upsampled_logits(logits, self.config.model.mask.dilations, large)
            mask = torch.sigmoid(full.float())[0, 0, :height, :width].cpu().numpy()
        return Aligned(mean, mask=mask, std=std)


@dataclass(frozen=True)
class SavedWeights:
    """Configuration and weights of an aligner as they lie on disk.

    Parameters
    ----------
    config : AlignerConfig
        The configuration of the training.
    tensors : Mapping of str to Tensor
        Weights of mask module and denoiser by name.
    source : Path
        The file that they are from.
    folder : Path
        The folder that holds codec/ and, with a trained motion, motion/.
    """

    config: AlignerConfig
    tensors: Mapping[str, Tensor]
    source: Path
    folder: Path


def saved_weights(name: str, revision: str | None = None) -> SavedWeights:
    """Read what `save_pretrained` or a training left.

    Parameters
    ----------
    name : str
        A folder of `save_pretrained`, the run of a training (also an unfinished one), or a hub repository.
    revision : str, optional
        Revision on the hub.

    Returns
    -------
    SavedWeights
        The averaged weights where there are some.

    Raises
    ------
    AlignError
        There is no aligner, or a file is damaged.
    """
    folder = Path(name) if is_local(name) else hub_folder(name, revision)
    saved = next((f for f in (folder, folder / "pipeline") if (f / _CONFIG).is_file()), None)
    if saved is not None:
        source = saved / _WEIGHTS
        return SavedWeights(read_config_json(saved / _CONFIG), load_tensors(source), source, saved)
    found = latest_checkpoint(folder)  # of a run that is not finished
    if found is None:
        raise AlignError(f"{folder} holds no aligner and no checkpoint; give the folder that `dsia-gen train` wrote")
    averaged = found.folder / "ema.safetensors"
    source = averaged if averaged.is_file() else found.folder / "model.safetensors"
    prefix, named = "aligner/", load_tensors(source)
    tensors = {key.removeprefix(prefix): value for key, value in named.items() if key.startswith(prefix)}
    if not tensors:
        raise AlignError(f"{folder} is not a run of `dsia-gen train aligner`; its checkpoints hold no aligner")
    return SavedWeights(_validated(found.state.config, found.folder), tensors, source, folder)


def read_config_json(path: Path) -> AlignerConfig:
    """Read the configuration beside saved weights.

    Parameters
    ----------
    path : Path
        A JSON file.

    Returns
    -------
    AlignerConfig
        The validated configuration.

    Raises
    ------
    AlignError
        The file cannot be read, or is not the configuration of an aligner.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AlignError(f"{path} cannot be read ({error}); copy the aligner again") from error
    return _validated(document, path)


def _validated(document: object, path: Path) -> AlignerConfig:
    try:
        return AlignerConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AlignError(f"{path} is not the configuration of an aligner: {where}: {first['msg']}") from error


def encode_tiled(codec: Codec, x: Tensor, tile: Tile | None, overlap: int) -> Tensor:
    """Encode in tiles whose first rows and columns are multiples of the codec's factor.

    Parameters
    ----------
    codec : Codec
        The codec.
    x : Tensor
        (B, 3, H, W) in [-1, 1], sides multiples of the codec's factor.
    tile : tuple of int or None
        (height, width) of a tile in latents; None is one tile.
    overlap : int
        Latents that neighbouring tiles share.

    Returns
    -------
    Tensor
        (B, N, H / factor, W / factor) latents.
    """
    if tile is None:
        return codec.encode(x)
    factor = codec.factor
    blocks = F.pixel_unshuffle(x, factor)  # tiles cut from blocks start where latents start
    return tiled(lambda part: codec.encode(F.pixel_shuffle(part, factor)), blocks, tile, overlap, 1)


def check_images(image1: NDArray[Any], image2: NDArray[Any]) -> None:
    """Refuse two arrays that are not 8-bit RGB images of one size.

    Parameters
    ----------
    image1 : ndarray
        Should be (H, W, 3) uint8.
    image2 : ndarray
        Should be as `image1`.

    Raises
    ------
    AlignError
        They are not; the message says how.
    """
    for name, image in (("first", image1), ("second", image2)):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise AlignError(f"the {name} image is {image.dtype} {image.shape}; give 8-bit RGB, (height, width, 3)")
    if image1.shape != image2.shape:
        sizes = " and ".join(f"{image.shape[1]}x{image.shape[0]}" for image in (image1, image2))
        raise AlignError(f"the two images have different sizes, {sizes}; scale one of them first")
