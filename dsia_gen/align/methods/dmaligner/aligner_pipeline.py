"""The aligner as a user calls it: two images in, the aligned image out. Saved and loaded as a folder."""

from __future__ import annotations

import json
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
from dsia_gen.align.methods.dmaligner.aligner_sampler import sample_pair
from dsia_gen.align.methods.dmaligner.losses import upsampled_logits
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.align.pretrained import AlignerPipeline
from dsia_gen.align.step_progress import StepProgress, silent
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.align.weight_files import hub_folder, is_local, load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import json_bytes, replace_bytes, replacing

_CONFIG = "aligner.json"
_WEIGHTS = "aligner.safetensors"


class DMAlignerPipeline(AlignerPipeline):
    """Codec, network and noise schedule, ready to align.

    Parameters
    ----------
    config : AlignerConfig
        The configuration of the training.
    codec : Codec
        Images to latents and back; put into evaluation mode and frozen.
    model : Aligner
        Mask module and denoiser; put into evaluation mode.
    """

    def __init__(self, config: AlignerConfig, codec: Codec, model: Aligner) -> None:
        self.config = config
        self.codec = codec.eval().requires_grad_(False)
        self.model = model.eval()
        self.schedule = build_noise_schedule(config.model.target, config.diffusion)
        self.multiple = codec.factor * model.multiple

    @property
    def modules(self) -> tuple[torch.nn.Module, ...]:
        """Codec and network."""
        return self.codec, self.model

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

    @torch.no_grad()
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
        check_images(image1, image2)
        sampling = sampling or self.config.sampling
        generators = [torch.Generator().manual_seed(seed + k) for k in range(sampling.samples)]
        factor = self.codec.factor
        tile, overlap = None, 0  # in latents
        if sampling.tile is not None:
            width, height = (max(self.multiple, side - side % self.multiple) for side in sampling.tile)
            # starts of tiles need no alignment: the network sees each tile on its own
            tile = (height // factor, width // factor)
            overlap = min(sampling.overlap, min(width, height) // 2) // factor
        with out_of_memory("sampling.tile or sampling.samples"):
            v1, v2 = (self._encode(image, tile, overlap) for image in (image1, image2))
            latents, logits = sample_pair(
                self.model, self.schedule, v1, v2, generators, sampling, tile, overlap, on_step
            )
            images = tiled(self.codec.decode, latents, tile, overlap, factor)
            return self._answer(images, logits, image1.shape[:2])

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
        return self._answer(self.codec.decode(self._encode(image, None, 0)), None, image.shape[:2]).image

    def hash(self) -> str:
        """SHA-256 over the weights of codec and network: two aligners that answer alike have the same.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        return tensors_hash({**self.codec.state_dict(prefix="codec/"), **self.model.state_dict(prefix="model/")})

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
        folder = Path(name) if is_local(str(name)) else hub_folder(str(name), revision)
        saved = next((f for f in (folder, folder / "pipeline") if (f / _CONFIG).is_file()), None)
        if saved is not None:
            config, codec = read_config_json(saved / _CONFIG), load_codec(saved / "codec")
            source = saved / _WEIGHTS
            tensors = load_tensors(source)
        else:  # a run that is not finished
            found = latest_checkpoint(folder)
            if found is None:
                raise AlignError(
                    f"{folder} holds no aligner and no checkpoint; give the folder that `dsia-gen train` wrote"
                )
            averaged = found.folder / "ema.safetensors"
            source = averaged if averaged.is_file() else found.folder / "model.safetensors"
            prefix, named = "aligner/", load_tensors(source)
            tensors = {key.removeprefix(prefix): value for key, value in named.items() if key.startswith(prefix)}
            if not tensors:
                raise AlignError(f"{folder} is not a run of `dsia-gen train aligner`; its checkpoints hold no aligner")
            config, codec = _validated(found.state.config, found.folder), load_codec(folder / "codec")
        model = build_aligner(config.model, codec.channels, 0)
        load_module(model, tensors, source)
        return cls(config, codec, model)

    def _encode(self, image: Image, tile: Tile | None, overlap: int) -> Tensor:
        """Latents (1, N, h, w) of an image, padded to what the network divides; tile and overlap in latents."""
        x = torch.from_numpy(np.ascontiguousarray(image)).to(self.device).permute(2, 0, 1)[None].float() / 127.5 - 1
        below, right = (-side % self.multiple for side in image.shape[:2])
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
