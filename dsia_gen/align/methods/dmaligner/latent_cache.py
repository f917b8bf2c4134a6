"""Latents of training images on disk: a frozen codec encodes each image once instead of in every step.

A file is named by a hash of the pixels it was made of, of the codec, of the flip and of how I2 was compensated, so that
changed images are encoded again and nothing else. Crops are cut from latents of whole images, so their corners lie on
multiples of the codec's factor, and a latent near the rim of a crop sees beyond it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dsia_gen.align.codecs.codec import Codec
from dsia_gen.align.training.data import CropView, SampleLike, SourceLike, read_triplet, to_tensor
from dsia_gen.align.training.run_config import DataConfig
from dsia_gen.align.weight_files import load_tensors, save_tensors, tensors_hash
from dsia_gen.core.errors import AlignError, DsiaError
from dsia_gen.core.io import make_folder, replacing

Flip = tuple[bool, bool]
"""Left to right, upside down."""


@dataclass(frozen=True)
class LatentCache:
    """A folder of latents, of one codec and one way to compensate for motion. Holds no weights: loaders carry it."""

    folder: Path
    codec_key: str
    factor: int
    roles: tuple[str, ...]
    """Names of the images whose latents a sample has."""
    made: tuple[str, ...] = ()
    """Those that are made of I1 and I2."""
    made_key: str = ""
    """Changes when they do."""

    def cut(self, images: Mapping[str, NDArray[np.uint8]], view: CropView) -> dict[str, Tensor]:
        """(N, h, w) latents of a cut of the images 1, 2 and gt, by role. AlignError when they were not made."""
        flip = (view.mirror, view.upside_down)
        height, width = (side - side % self.factor for side in images["1"].shape[:2])
        top = height - view.top - view.height if view.upside_down else view.top
        left = width - view.left - view.width if view.mirror else view.left
        rows, columns = (
            slice(start // self.factor, (start + size) // self.factor)
            for start, size in ((top, view.height), (left, view.width))
        )
        whole = {role: load_tensors(self._path(name)) for role, name in self.names(images, flip).items()}
        return {role: tensors["latent"][:, rows, columns].float() for role, tensors in whole.items()}

    def names(self, images: Mapping[str, NDArray[np.uint8]], flip: Flip) -> dict[str, str]:
        """Names of the files of a sample's latents, by role."""
        pixels = {role: _digest(image) for role, image in images.items() if role in ("1", "2", "gt")}
        found = {}
        for role in self.roles:
            source = f"{pixels['1']} {pixels['2']} {self.made_key} {role}" if role in self.made else pixels[role]
            text = f"{source} {self.codec_key} {flip[0]:d}{flip[1]:d}"
            found[role] = hashlib.sha256(text.encode()).hexdigest()
        return found

    def fill(
        self,
        sources: Sequence[SampleLike] | SourceLike,
        config: DataConfig,
        codec: Codec,
        prepare: Callable[[NDArray[np.uint8], NDArray[np.uint8]], Mapping[str, NDArray[np.uint8]]] | None,
        device: torch.device,
        progress: Callable[[int, int], None],
    ) -> int:
        """Encode what is missing, with the flips that `config` allows. Returns how many images were encoded.

        A sample that cannot be read is left out: training passes it over, too.
        """
        flips = list(product((False, True)[: 1 + config.flip_horizontal], (False, True)[: 1 + config.flip_vertical]))
        count = 0
        for number in range(len(sources)):
            try:
                images, _ = read_triplet(sources[number], config.mask)
                absent = [
                    (role, flip, name)
                    for flip in flips
                    for role, name in self.names(images, flip).items()
                    if not self._path(name).is_file()
                ]
                if any(role in self.made for role, _, _ in absent) and prepare is not None:
                    images |= prepare(images["1"], images["2"])
            except (DsiaError, OSError, ValueError, KeyError):
                continue
            for role, flip, name in absent:
                height, width = (side - side % self.factor for side in images[role].shape[:2])
                flipped = to_tensor(CropView(0, 0, height, width, *flip).cut(images[role]))
                with torch.no_grad():
                    latent = codec.encode(flipped[None].to(device).float() / 127.5 - 1)[0]
                path = self._path(name)
                make_folder(path.parent)
                with replacing(path) as temporary:
                    save_tensors(temporary, {"latent": latent.half()})
                count += 1
            progress(number + 1, len(sources))
        return count

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / f"{name}.safetensors"


def open_cache(
    folder: str, codec: Codec, roles: tuple[str, ...], made: tuple[str, ...] = (), made_key: str = ""
) -> LatentCache:
    """The cache of a codec in a folder. AlignError when the folder is a file."""
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise AlignError(f"latents is {folder}, which is not a folder; name one, or set latents to null")
    key = f"{codec.describe().model_dump_json()} {tensors_hash(codec.state_dict())}"
    return LatentCache(path, key, codec.factor, roles, made, made_key)


def _digest(image: NDArray[np.uint8]) -> str:
    digest = hashlib.sha256(str(image.shape).encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()
