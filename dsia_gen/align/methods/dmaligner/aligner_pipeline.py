"""The aligner as a user calls it: two images in, the aligned image out. Saved and loaded as a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from dsia_gen.align.config import AlignerConfig, SamplingConfig
from dsia_gen.align.diffusion.noise_schedule import build_process
from dsia_gen.align.diffusion.sampler import Tile, sample_latents, tiled
from dsia_gen.align.methods.dmaligner.model import Aligner, build_aligner
from dsia_gen.align.training.checkpoint import latest_checkpoint
from dsia_gen.align.weight_files import hub_folder, is_local, load_module, load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk, json_bytes, replace_bytes

_CONFIG = "aligner.json"
_WEIGHTS = "aligner.safetensors"


@dataclass(frozen=True)
class Alignment:
    """An answer."""

    image: NDArray[np.uint8]
    """(H, W, 3): I2 as the camera of I1 would see it."""
    mask: NDArray[np.float32] | None
    """(H, W): probability that the scene changed there (dilated, eq. 9); None without the mask module."""
    spread: NDArray[np.float32] | None
    """(H, W): standard deviation between hypotheses in grey levels, where several were asked for."""


class AlignerPipeline:
    """Codec, network and process, ready to align."""

    def __init__(self, config: AlignerConfig, codec: Codec, model: Aligner) -> None:
        self.config = config
        self.codec = codec.eval().requires_grad_(False)
        self.model = model.eval()
        self.process = build_process(config.model.target, config.diffusion)
        self.multiple = codec.factor * model.multiple

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    def to(self, device: torch.device | str) -> AlignerPipeline:
        """Move to a device."""
        try:
            self.codec.to(device)
            self.model.to(device)
        except (RuntimeError, AssertionError) as error:
            raise AlignError(f"device {device} cannot be used ({str(error).splitlines()[0]}); use cpu") from error
        return self

    def to_device(self, name: str) -> AlignerPipeline:
        """Move to a device by name; "auto" is a GPU where there is one."""
        return self.to(device_by_name(name))

    def sampling(self, **changes: Any) -> SamplingConfig:
        """The configured sampling with some fields changed; None leaves a field as it is."""
        given = {name: value for name, value in changes.items() if value is not None}
        changed = self.config.model_dump()
        changed["sampling"] |= given
        return _validated(changed, Path("sampling")).sampling

    @torch.no_grad()
    def __call__(
        self,
        image1: NDArray[np.uint8],
        image2: NDArray[np.uint8],
        *,
        seed: int = 0,
        sampling: SamplingConfig | None = None,
        on_step: Callable[[], object] = lambda: None,
    ) -> Alignment:
        """Align image2 to image1, both (H, W, 3) uint8 sRGB of one size; any size.

        Hypothesis k starts from seed + k; several are averaged. AlignError says what is wrong with the images, or
        which setting to lower when a GPU's memory is too small.
        """
        check_images(image1, image2)
        sampling = sampling or self.config.sampling
        generators = [torch.Generator().manual_seed(seed + k) for k in range(sampling.hypotheses)]
        tile, overlap = self._tile(sampling)
        factor = self.codec.factor
        with out_of_memory("sampling.tile or sampling.hypotheses"):
            v1, v2 = (self._encode(image, tile, overlap) for image in (image1, image2))
            latents, logits = sample_latents(
                self.model, self.process, v1, v2, generators, sampling, tile, overlap, on_step
            )
            images = tiled(self.codec.decode, latents, tile, overlap, factor)
            return self._answer(images, logits, image1.shape[:2])

    @torch.no_grad()
    def reconstruct(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """An image (H, W, 3) through the codec alone, encoded and decoded: no answer can be nearer."""
        check_images(image, image)
        return self._answer(self.codec.decode(self._encode(image, None, 0)), None, image.shape[:2]).image

    def _tile(self, sampling: SamplingConfig) -> tuple[Tile | None, int]:
        """Tile (height, width) and overlap in latents."""
        if sampling.tile is None:
            return None, 0
        width, height = (max(self.multiple, side - side % self.multiple) for side in sampling.tile)
        factor = self.codec.factor
        # starts of tiles need no alignment: the network sees each tile on its own
        return (height // factor, width // factor), min(sampling.overlap, min(width, height) // 2) // factor

    def _encode(self, image: NDArray[np.uint8], tile: Tile | None, overlap: int) -> Tensor:
        x = torch.from_numpy(np.ascontiguousarray(image)).to(self.device).permute(2, 0, 1)[None].float() / 127.5 - 1
        below, right = (-side % self.multiple for side in image.shape[:2])
        x = F.pad(x, (0, right, 0, below), mode="replicate")
        factor = self.codec.factor
        if tile is None:
            return self.codec.encode(x)
        return _encode_tiled(self.codec, x, (tile[0] * factor, tile[1] * factor), overlap * factor)

    def _answer(self, images: Tensor, logits: Tensor | None, size: tuple[int, ...]) -> Alignment:
        height, width = size
        colours = ((images[..., :height, :width].float() + 1) * 127.5).clamp(0, 255)
        mean = colours.mean(dim=0).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()
        spread = colours.std(dim=0).mean(dim=0).cpu().numpy() if len(colours) > 1 else None
        return Alignment(mean, self._mask(logits, height, width), spread)

    def _mask(self, logits: Tensor | None, height: int, width: int) -> NDArray[np.float32] | None:
        from dsia_gen.align.methods.dmaligner.losses import upsampled_logits

        if logits is None or self.config.model.mask is None:
            return None
        size = (logits.shape[-2] * self.codec.factor, logits.shape[-1] * self.codec.factor)
        large = upsampled_logits(logits, self.config.model.mask.dilations, size)
        mask: NDArray[np.float32] = torch.sigmoid(large.float())[0, 0, :height, :width].cpu().numpy()
        return mask

    def hash(self) -> str:
        """SHA-256 over the weights of codec and network: two aligners that answer alike have the same."""
        return tensors_hash({**self.codec.state_dict(prefix="codec/"), **self.model.state_dict(prefix="model/")})

    def save_pretrained(self, folder: Path | str) -> None:
        """Write configuration, network and codec into a folder."""
        folder = Path(folder)
        with disk("write", folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.codec.save(folder / "codec")
        temporary = folder / f".{_WEIGHTS}.tmp"
        save_tensors(temporary, self.model.state_dict())
        with disk("write", folder / _WEIGHTS):
            temporary.replace(folder / _WEIGHTS)
        replace_bytes(folder / _CONFIG, json_bytes(self.config.model_dump(mode="json")))

    @classmethod
    def from_pretrained(cls, name: Path | str, revision: str | None = None) -> AlignerPipeline:
        """Load what `save_pretrained` wrote, the run of a training (also an unfinished one), or a hub repository."""
        folder = Path(name) if is_local(str(name)) else hub_folder(str(name), revision)
        if (folder / _CONFIG).is_file():
            return _from_folder(folder)
        if (folder / "pipeline" / _CONFIG).is_file():
            return _from_folder(folder / "pipeline")
        return _from_checkpoint(folder)


def device_by_name(name: str) -> str:
    """The device that a name means; "auto" is a GPU where there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


def _from_folder(folder: Path) -> AlignerPipeline:
    config = read_config_json(folder / _CONFIG)
    return _assemble(config, load_codec(folder / "codec"), load_tensors(folder / _WEIGHTS), folder / _WEIGHTS)


def _from_checkpoint(run: Path) -> AlignerPipeline:
    found = latest_checkpoint(run)
    if found is None:
        raise AlignError(f"{run} holds no aligner and no checkpoint; give the folder that `dsia-gen train` wrote")
    averaged = found.folder / "ema.safetensors"
    source = averaged if averaged.is_file() else found.folder / "model.safetensors"
    prefix = "aligner/"
    tensors = {key.removeprefix(prefix): value for key, value in load_tensors(source).items() if key.startswith(prefix)}
    if not tensors:
        raise AlignError(f"{run} is not a run of `dsia-gen train aligner`; its checkpoints hold no aligner")
    return _assemble(_validated(found.state["config"], found.folder), load_codec(run / "codec"), tensors, source)


def _assemble(config: AlignerConfig, codec: Codec, tensors: dict[str, Tensor], source: Path) -> AlignerPipeline:
    model = build_aligner(config.model, codec.channels, 0)
    load_module(model, tensors, source)
    return AlignerPipeline(config, codec, model)


def read_config_json(path: Path) -> AlignerConfig:
    """The configuration beside saved weights."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AlignError(f"{path} cannot be read ({error}); copy the aligner again") from error
    return _validated(document, path)


def _validated(document: Any, path: Path) -> AlignerConfig:
    try:
        return AlignerConfig.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AlignError(f"{path} is not the configuration of an aligner: {where}: {first['msg']}") from error


def _encode_tiled(codec: Codec, x: Tensor, tile: Tile, overlap: int) -> Tensor:
    """Encode in tiles whose first rows and columns are multiples of the codec's factor."""
    factor = codec.factor
    blocks = F.pixel_unshuffle(x, factor)  # tiles cut from blocks start where latents start
    return tiled(
        lambda part: codec.encode(F.pixel_shuffle(part, factor)),
        blocks,
        (tile[0] // factor, tile[1] // factor),
        overlap // factor,
        1,
    )


def check_images(image1: NDArray[Any], image2: NDArray[Any]) -> None:
    """AlignError when two arrays are not 8-bit RGB images of one size."""
    for name, image in (("first", image1), ("second", image2)):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise AlignError(f"the {name} image is {image.dtype} {image.shape}; give 8-bit RGB, (height, width, 3)")
    if image1.shape != image2.shape:
        sizes = " and ".join(f"{image.shape[1]}x{image.shape[0]}" for image in (image1, image2))
        raise AlignError(f"the two images have different sizes, {sizes}; scale one of them first")


@contextmanager
def out_of_memory(settings: str) -> Iterator[None]:
    """Turn a GPU's lack of memory inside the block into a sentence that names the settings to lower."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        reason = str(error).split(". ")[0]
        raise AlignError(f"the GPU's memory is too small ({reason}); lower {settings}") from error
