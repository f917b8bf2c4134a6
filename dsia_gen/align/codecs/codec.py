"""Codecs: images to latents and back (eq. 3), behind one contract: VQ-VAE and a lossless one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, Field, ValidationError
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from dsia_gen.align.codecs.codec_config import CodecConfig, LosslessCodecConfig, VQCodecConfig
from dsia_gen.align.codecs.ldm import load_ldm_checkpoint
from dsia_gen.align.weight_files import hub_folder, is_local, quiet_diffusers
from dsia_gen.config.presets import preset_names
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk, json_bytes, replace_bytes

_DESCRIPTION = "codec.json"


class CodecDescription(BaseModel):
    """codec.json: what a codec is, beside its weights."""

    kind: Annotated[Literal["lossless", "vq"], Field(description="which codec")]
    factor: Annotated[int, Field(description="side of a block of the lossless codec")] = 4
    quantise: Annotated[bool, Field(description="whether the VQ-VAE looks latents up before decoding")] = True


class Codec(nn.Module, ABC):
    """Encoder and decoder. Images are (B, 3, H, W) float in [-1, 1], latents (B, channels, H/factor, W/factor).

    Parameters
    ----------
    factor : int
        How many times a latent is smaller than its image.
    channels : int
        Channels of a latent.
    """

    def __init__(self, factor: int, channels: int) -> None:
        super().__init__()
        self.factor = factor
        self.channels = channels

    @abstractmethod
    def encode(self, images: Tensor) -> Tensor:
        """Encode images.

        Parameters
        ----------
        images : Tensor
            (B, 3, H, W) in [-1, 1], sides multiples of `factor`.

        Returns
        -------
        Tensor
            (B, channels, H / factor, W / factor) latents, before any quantisation.
        """

    @abstractmethod
    def decode(self, latents: Tensor) -> Tensor:
        """Decode latents; differentiable.

        Parameters
        ----------
        latents : Tensor
            (B, channels, h, w).

        Returns
        -------
        Tensor
            (B, 3, h * factor, w * factor) images, not clamped.
        """

    @abstractmethod
    def describe(self) -> CodecDescription:
        """What `load_codec` needs to know beside the weights.

        Returns
        -------
        CodecDescription
            Written as codec.json.
        """

    def checkpoint_decoder(self) -> None:
        """From now on compute the decoder's activations again in the backward pass instead of keeping them."""

    def save(self, folder: Path) -> None:
        """Write description and weights.

        Parameters
        ----------
        folder : Path
            Created where it is missing.

        Raises
        ------
        StorageError
            The disk is full or refuses.
        """
        replace_bytes(folder / _DESCRIPTION, json_bytes(self.describe().model_dump(exclude_unset=True)))


class LosslessCodec(Codec):
    """Blocks of pixels as channels: decode(encode(x)) is x, bit by bit.

    Parameters
    ----------
    factor : int
        Side of a block; there are 3 factor^2 channels.
    """

    def __init__(self, factor: int = 4) -> None:
        super().__init__(factor, 3 * factor**2)

    def encode(self, images: Tensor) -> Tensor:
        """As `Codec.encode`, without loss.

        Parameters
        ----------
        images : Tensor
            (B, 3, H, W).

        Returns
        -------
        Tensor
            (B, 3 factor^2, H / factor, W / factor).
        """
        return F.pixel_unshuffle(images, self.factor)

    def decode(self, latents: Tensor) -> Tensor:
        """As `Codec.decode`, without loss.

        Parameters
        ----------
        latents : Tensor
            (B, 3 factor^2, h, w).

        Returns
        -------
        Tensor
            (B, 3, h * factor, w * factor).
        """
        return F.pixel_shuffle(latents, self.factor)

    def describe(self) -> CodecDescription:
        """As `Codec.describe`.

        Returns
        -------
        CodecDescription
            With the factor.
        """
        return CodecDescription(kind="lossless", factor=self.factor)


class VQCodec(Codec):
    """A diffusers VQModel with scaling factor 1: latents are the encoder's output, decoding quantises them.

    Parameters
    ----------
    vq : VQModel
        Of diffusers.
    quantise : bool
        Whether `decode` looks latents up in the codebook.
    """

    def __init__(self, vq: Any, quantise: bool = True) -> None:
        channels = int(vq.config.vq_embed_dim or vq.config.latent_channels)
        super().__init__(2 ** (len(vq.config.block_out_channels) - 1), channels)
        if vq.config.scaling_factor != 1.0:
            vq.register_to_config(scaling_factor=1.0)  # diffusers' default is meant for another model
        self.vq = vq
        self.quantise = quantise

    def encode(self, images: Tensor) -> Tensor:
        """As `Codec.encode`.

        Parameters
        ----------
        images : Tensor
            (B, 3, H, W) in [-1, 1].

        Returns
        -------
        Tensor
            (B, C, H / factor, W / factor), not quantised.
        """
        return self.vq.quant_conv(self.vq.encoder(images))

    def decode(self, latents: Tensor) -> Tensor:
        """As `Codec.decode`.

        Parameters
        ----------
        latents : Tensor
            (B, C, h, w).

        Returns
        -------
        Tensor
            (B, 3, h * factor, w * factor).
        """
        codes = self.lookup(latents)[0] if self.quantise else latents
        return self.vq.decoder(self.vq.post_quant_conv(codes))

    def lookup(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find the nearest codes, in float32: in half precision near codes cannot be told apart.

        Parameters
        ----------
        latents : Tensor
            (B, C, h, w).

        Returns
        -------
        tuple of Tensor
            Codes with a straight-through gradient, the codes themselves, both (B, C, h, w), and indices (B, h, w).

        Notes
        -----
        van den Oord et al., NeurIPS 2017, eq. 1 and 2.
        """
        flat = latents.permute(0, 2, 3, 1).reshape(-1, self.channels).float()
        book = self.vq.quantize.embedding.weight
        with torch.no_grad():
            indices = torch.cdist(flat, book.float()).argmin(dim=1)
        b, _, h, w = latents.shape
        codes = F.embedding(indices, book).view(b, h, w, -1).permute(0, 3, 1, 2).to(latents.dtype)
        return latents + (codes - latents).detach(), codes, indices.view(b, h, w)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Reconstruct images; what training needs.

        Parameters
        ----------
        images : Tensor
            (B, 3, H, W) in [-1, 1].

        Returns
        -------
        tuple of Tensor
            Reconstruction, latents, their codes and the codes' indices.
        """
        latents = self.encode(images)
        through, codes, indices = self.lookup(latents)
        return self.vq.decoder(self.vq.post_quant_conv(through)), latents, codes, indices

    def checkpoint_decoder(self) -> None:
        """As `Codec.checkpoint_decoder`; VQModel does not declare gradient checkpointing, but its decoder has it."""
        self.vq.decoder._gradient_checkpointing_func = partial(checkpoint, use_reentrant=False)
        self.vq.decoder.gradient_checkpointing = True

    def describe(self) -> CodecDescription:
        """As `Codec.describe`.

        Returns
        -------
        CodecDescription
            With `quantise`.
        """
        return CodecDescription(kind="vq", quantise=self.quantise)

    def save(self, folder: Path) -> None:
        """As `Codec.save`, as a folder of diffusers.

        Parameters
        ----------
        folder : Path
            Created where it is missing.
        """
        super().save(folder)
        with disk("write", folder):
            self.vq.save_pretrained(folder, safe_serialization=True)


def build_codec(config: CodecConfig, seed: int = 0) -> Codec:
    """Make the codec of a configuration.

    Parameters
    ----------
    config : CodecConfig
        Kind, shape and, where it names some, weights.
    seed : int
        Of fresh weights.

    Returns
    -------
    Codec
        On the CPU.

    Raises
    ------
    AlignError
        The weights cannot be found, read, or do not fit.
    """
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
    if not is_local(config.weights) and path.name in preset_names("align_configs"):  # a run that is still to be made
        raise AlignError(
            f"codec.weights: {path} is not there; train it first: "
            f"dsia-gen train codec {path.name} --data DATASET -o {path}"
        )
    folder = path if is_local(config.weights) else hub_folder(config.weights, config.revision, config.subfolder)
    if (folder / "codec" / _DESCRIPTION).is_file():  # a run of `train codec`, or an aligner's pipeline
        folder = folder / "codec"
    return VQCodec(_pretrained(folder, config.subfolder), config.quantise)


def load_codec(folder: Path) -> Codec:
    """Read a codec.

    Parameters
    ----------
    folder : Path
        What `Codec.save` wrote, or a diffusers folder with a VQModel.

    Returns
    -------
    Codec
        On the CPU.

    Raises
    ------
    AlignError
        The folder holds no codec, or it cannot be read.
    """
    path = folder / _DESCRIPTION
    if not path.is_file():
        return VQCodec(_pretrained(folder, None))
    try:
        saved = CodecDescription.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        if first and first["type"] == "literal_error":
            raise AlignError(f"{path}: codec kind {first['input']!r} is unknown; known: lossless, vq") from error
        reason = first["msg"] if first else error
        raise AlignError(f"{path} cannot be read ({reason}); copy the codec again") from error
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
        raise AlignError(
            f"{place} holds no codec (no config.json); train one first: dsia-gen train codec codec_vq_f4 --data "
            f"DATASET -o {folder}, or set codec.weights to a diffusers folder"
        )
    try:
        with quiet_diffusers():
            # safetensors where there is one; diffusers reads an old .bin with weights_only
            reading = {"local_files_only": True, "low_cpu_mem_usage": False, "output_loading_info": True}
            vq, info = VQModel.from_pretrained(place, **reading)
    except (OSError, ValueError, RuntimeError, UnpicklingError) as error:
        reason = str(error).split(". ")[0].replace("\n", " ")[:300]
        raise AlignError(f"{place} holds no VQModel that can be read without running code: {reason}") from error
    if info["missing_keys"]:
        names = sorted(info["missing_keys"])
        raise AlignError(f"{place} lacks {len(names)} weights of its VQModel, the first is {names[0]}; copy it again")
    return vq
