"""Reads the VQ-VAE of original latent-diffusion checkpoints into a diffusers VQModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from dsia_gen.align.weight_files import load_weights
from dsia_gen.core.errors import AlignError


def load_ldm_checkpoint(vq: Any, path: Path) -> None:
    """Put the weights of a latent-diffusion `vq-f4` file into `vq`. AlignError when it is something else."""
    # semi-private in diffusers: a test holds it
    from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

    state = load_weights(path)
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
    own = vq.state_dict()
    wrong = [name for name in own if name not in converted or converted[name].shape != own[name].shape]
    if wrong:
        raise AlignError(
            f"{path} does not fit the codec of the configuration: {len(wrong)} of {len(own)} weights are missing or of "
            f"another shape, the first is {wrong[0]}; compare codec.widths, layers, latent_channels and codes with it"
        )
    vq.load_state_dict({name: converted[name] for name in own})
