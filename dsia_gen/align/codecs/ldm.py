"""Reads the VQ-VAE of original latent-diffusion checkpoints into a diffusers VQModel."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from dsia_gen.align.weight_files import load_tensors
from dsia_gen.core.errors import AlignError


class _Inert:
    """Stands for a class of the training framework that an old checkpoint mentions; it does nothing."""


# Lightning of that time used its callback classes as dictionary keys: names in the file, no data that we need.
_MENTIONED = (
    "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
    "pytorch_lightning.callbacks.early_stopping.EarlyStopping",
)


def load_ldm_checkpoint(vq: Any, path: Path) -> None:
    """Put the weights of a latent-diffusion `vq-f4` file into `vq`. AlignError when it is something else.

    A .ckpt is read with `weights_only`: tensors and plain containers, no code of the file is run.
    """
    state = load_tensors(path) if path.suffix == ".safetensors" else _read_ckpt(path)
    converted = _convert(state, vq, path)
    own = vq.state_dict()
    wrong = [name for name in own if name not in converted or converted[name].shape != own[name].shape]
    if wrong:
        raise AlignError(
            f"{path} does not fit the codec of the configuration: {len(wrong)} of {len(own)} weights are missing or of "
            f"another shape, the first is {wrong[0]}; compare codec.widths, layers, latent_channels and codes with it"
        )
    vq.load_state_dict({name: converted[name] for name in own})


def _read_ckpt(path: Path) -> dict[str, Tensor]:
    try:
        with _inert_names():
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, OSError) as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"it wants to make a {found[1]}" if found else "it is no checkpoint of tensors, or damaged"
        raise AlignError(f"{path} cannot be read without running code: {reason}; convert it to safetensors") from error
    state = content.get("state_dict", content) if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise AlignError(f"{path} holds no state_dict; give a latent-diffusion checkpoint or a diffusers folder")
    return {str(name): value for name, value in state.items() if isinstance(value, Tensor)}


def _inert_names() -> AbstractContextManager[Any]:
    try:
        return torch.serialization.safe_globals([(_Inert, name) for name in _MENTIONED])
    except (AttributeError, TypeError, ValueError):  # torch before 2.7 knows no stand-ins
        return nullcontext()


def _convert(state: dict[str, Tensor], vq: Any, path: Path) -> dict[str, Tensor]:
    # semi-private in diffusers: a test holds it
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    state = {name: value for name, value in state.items() if not name.startswith(("loss.", "model_ema."))}
    prefix = "first_stage_model."
    if any(name.startswith(prefix) for name in state):  # a whole latent-diffusion model
        state = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    book = state.get("quantize.embedding.weight")
    if book is None:
        raise AlignError(f"{path} holds no codebook (quantize.embedding.weight); give a vq-f4 checkpoint")
    try:
        converted: dict[str, Tensor] = convert_ldm_vae_checkpoint(state, vq.config)
    except (KeyError, AttributeError, IndexError) as error:
        raise AlignError(f"{path} is not a latent-diffusion auto-encoder ({error!r})") from error
    converted["quantize.embedding.weight"] = book
    return converted
