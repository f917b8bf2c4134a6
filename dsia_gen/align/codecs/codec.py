"""Codecs: images to latents and back (eq. 3), behind one contract: VQ-VAE and a lossless one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ValidationError
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from dsia_gen.align.codecs.codec_config import CodecConfig, LosslessCodecConfig, VQCodecConfig
from dsia_gen.align.codecs.ldm import load_ldm_checkpoint
from dsia_gen.align.weight_files import hub_folder, is_local, quiet_diffusers
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk, json_bytes, replace_bytes

_DESCRIPTION = "codec.json"


class CodecDescription(BaseModel):
    """codec.json: what a codec is, beside its weights; `factor` of the lossless one, `quantise` of the VQ-VAE."""

    kind: Literal["lossless", "vq"]
    factor: int = 4
    quantise: bool = True


class Codec(nn.Module, ABC):
    """Encoder and decoder. Images are (B, 3, H, W) float in [-1, 1], latents (B, channels, H/factor, W/factor)."""

    factor: int
    channels: int

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Latents, before any quantisation. H and W must be multiples of `factor`."""

    @abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Images, not clamped. Differentiable in the latents."""

    @abstractmethod
    def describe(self) -> CodecDescription:
        """What `load_codec` needs to know beside the weights."""

    def checkpoint_decoder(self) -> None:
        """From now on compute the decoder's activations again in the backward pass instead of keeping them."""

    def save(self, folder: Path) -> None:
        """Write description and weights. StorageError when the disk refuses."""
        with disk("write", folder):
            folder.mkdir(parents=True, exist_ok=True)
        replace_bytes(folder / _DESCRIPTION, json_bytes(self.describe().model_dump(exclude_unset=True)))


class LosslessCodec(Codec):
    """Blocks of `factor` x `factor` pixels as 3 factor^2 channels: decode(encode(x)) is x, bit by bit."""

    def __init__(self, factor: int = 4) -> None:
        super().__init__()
        self.factor = factor
        self.channels = 3 * factor**2

    def encode(self, images: Tensor) -> Tensor:
        return F.pixel_unshuffle(images, self.factor)

    def decode(self, latents: Tensor) -> Tensor:
        return F.pixel_shuffle(latents, self.factor)

    def describe(self) -> CodecDescription:
        return CodecDescription(kind="lossless", factor=self.factor)


class VQCodec(Codec):
    """A diffusers VQModel with scaling factor 1: latents are the encoder's output, decoding quantises them."""

    def __init__(self, vq: Any, quantise: bool = True) -> None:
        super().__init__()
        if vq.config.scaling_factor != 1.0:
            vq.register_to_config(scaling_factor=1.0)  # diffusers' default is meant for another model
        self.vq = vq
        self.quantise = quantise
        self.factor = 2 ** (len(vq.config.block_out_channels) - 1)
        self.channels = int(vq.config.vq_embed_dim or vq.config.latent_channels)

    def encode(self, images: Tensor) -> Tensor:
        return self.vq.quant_conv(self.vq.encoder(images))

    def decode(self, latents: Tensor) -> Tensor:
        codes = self.lookup(latents)[0] if self.quantise else latents
        return self.vq.decoder(self.vq.post_quant_conv(codes))

    def lookup(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Nearest codes with a straight-through gradient, the codes themselves (both (B, C, h, w)), and indices.

        Distances are computed in float32: in half precision near codes cannot be told apart.
        """
        flat = latents.permute(0, 2, 3, 1).reshape(-1, self.channels).float()
        book = self.vq.quantize.embedding.weight
        with torch.no_grad():
            indices = torch.cdist(flat, book.float()).argmin(dim=1)
        b, _, h, w = latents.shape
        codes = F.embedding(indices, book).view(b, h, w, -1).permute(0, 3, 1, 2).to(latents.dtype)
        return latents + (codes - latents).detach(), codes, indices.view(b, h, w)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reconstruction, latents, their codes and the codes' indices."""
        latents = self.encode(images)
        through, codes, indices = self.lookup(latents)
        return self.vq.decoder(self.vq.post_quant_conv(through)), latents, codes, indices

    def checkpoint_decoder(self) -> None:
        # VQModel does not declare gradient checkpointing, its decoder has it
        self.vq.decoder._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
        self.vq.decoder.gradient_checkpointing = True

    def describe(self) -> CodecDescription:
        return CodecDescription(kind="vq", quantise=self.quantise)

    def save(self, folder: Path) -> None:
        super().save(folder)
        with disk("write", folder):
            self.vq.save_pretrained(folder, safe_serialization=True)


def build_codec(config: CodecConfig, seed: int = 0) -> Codec:
    """The codec of a configuration: its weights where it names some, otherwise fresh ones from `seed`."""
    if isinstance(config, LosslessCodecConfig):
        return LosslessCodec(config.factor)
    if config.weights is None:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return VQCodec(_new_vq(config), config.quantise)
    path = Path(config.weights)
    if path.is_file():
        vq = _new_vq(config)
        load_ldm_checkpoint(vq, path)
        return VQCodec(vq, config.quantise)
    folder = path if is_local(config.weights) else hub_folder(config.weights, config.revision, config.subfolder)
    if (folder / "codec" / _DESCRIPTION).is_file():  # a run of `train codec`, or an aligner's pipeline
        folder = folder / "codec"
    return VQCodec(_pretrained(folder, config.subfolder), config.quantise)


def load_codec(folder: Path) -> Codec:
    """Read what `Codec.save` wrote, or a diffusers folder with a VQModel."""
    path = folder / _DESCRIPTION
    if not path.is_file():
        return VQCodec(_pretrained(folder, None))
    try:
        saved = CodecDescription.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "literal_error":
            raise AlignError(f"{path}: codec kind {first['input']!r} is unknown; known: lossless, vq") from error
        raise AlignError(f"{path} cannot be read ({first['msg']}); copy the codec again") from error
    except OSError as error:
        raise AlignError(f"{path} cannot be read ({error}); copy the codec again") from error
    if saved.kind == "lossless":
        return LosslessCodec(saved.factor)
    return VQCodec(_pretrained(folder, None), saved.quantise)


def _new_vq(config: VQCodecConfig) -> Any:
    from diffusers import VQModel

    levels = len(config.widths)
    return VQModel(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=config.widths,
        layers_per_block=config.layers,
        latent_channels=config.latent_channels,
        vq_embed_dim=config.latent_channels,
        num_vq_embeddings=config.codes,
        norm_num_groups=config.groups,
        mid_block_add_attention=config.attention,
        scaling_factor=1.0,
    )


def _pretrained(folder: Path, subfolder: str | None) -> Any:
    from diffusers import VQModel

    place = folder / subfolder if subfolder else folder
    if not (place / "config.json").is_file():
        raise AlignError(f"{place} holds no codec (no config.json); set codec.weights to a diffusers folder")
    try:
        with quiet_diffusers():
            # safetensors where there is one; diffusers reads an old .bin with weights_only
            vq, info = VQModel.from_pretrained(
                place, local_files_only=True, low_cpu_mem_usage=False, output_loading_info=True
            )
    except (OSError, ValueError, RuntimeError, UnpicklingError) as error:
        reason = str(error).split(". ")[0].replace("\n", " ")[:300]
        raise AlignError(f"{place} holds no VQModel that can be read without running code: {reason}") from error
    if info["missing_keys"]:
        missing = sorted(info["missing_keys"])
        raise AlignError(
            f"{place} lacks {len(missing)} weights of its VQModel, the first is {missing[0]}; copy it again"
        )
    return vq
