"""Files of weights: safetensors in and out, folders of the hub. Nothing is ever unpickled."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from dsia_gen.core.errors import AlignError, StorageError
from dsia_gen.core.io import disk


def save_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a safetensors file and flush it. StorageError when the disk is full or refuses."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with disk("write", path):
        path.touch()
        mode = stat.S_IMODE(path.stat().st_mode)
        try:
            safetensors.torch.save_file(contiguous, path)
        except SafetensorError as error:
            reason = "the disk is full or refuses; free some space and run the same command again"
            raise StorageError(f"cannot write {path}: {reason} ({error})") from error
        path.chmod(mode)  # safetensors makes files that their owner alone may read
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file onto the CPU. AlignError when it is missing, truncated or something else."""
    try:
        return dict(safetensors.torch.load_file(path, device="cpu"))
    except FileNotFoundError as error:
        raise AlignError(f"{path} is missing; the checkpoint is not whole, take an earlier one") from error
    except (SafetensorError, OSError) as error:
        raise AlignError(f"{path} is not a sound safetensors file ({error}); take another checkpoint") from error


class _Inert:
    """Stands for a class of the training framework that an old checkpoint mentions; it does nothing."""


# Lightning of that time used its callback classes as dictionary keys: names in the file, no data that is needed
_MENTIONED = ("model_checkpoint.ModelCheckpoint", "early_stopping.EarlyStopping")


def load_weights(path: Path) -> dict[str, Tensor]:
    """Tensors by name of a .safetensors file, or of a .ckpt or .pth, read with `weights_only`: no code of it is run.

    The tensors of a `state_dict` or `model` in it are taken where there is one; of several networks in one file, the
    names are NETWORK.WEIGHT. AlignError when the file is something else.
    """
    if path.suffix == ".safetensors":
        return load_tensors(path)
    inert = [(_Inert, f"pytorch_lightning.callbacks.{name}") for name in _MENTIONED]
    try:
        stand_ins = torch.serialization.safe_globals(inert)
    except (AttributeError, TypeError, ValueError):  # torch before 2.7 knows no stand-ins
        stand_ins = nullcontext()
    try:
        with stand_ins:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file makes its reader stumble in many ways
        found = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"it wants to make a {found[1]}" if found else "it is not a checkpoint of tensors, or damaged"
        raise AlignError(f"{path} cannot be read without running code: {reason}; convert it to safetensors") from error
    state = content if isinstance(content, dict) else None
    for key in ("state_dict", "model"):
        state = state.get(key, state) if isinstance(state, dict) else None
    if not isinstance(state, dict):
        raise AlignError(f"{path} holds no state_dict; give a file of weights by name")
    tensors = {str(name): value for name, value in state.items() if isinstance(value, Tensor)}
    for network, parts in state.items():
        if isinstance(parts, dict):
            tensors |= {f"{network}.{name}": value for name, value in parts.items() if isinstance(value, Tensor)}
    return tensors


def tensors_hash(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 (hex) over names, shapes and values, in the order of the names."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def load_module(module: nn.Module, tensors: Mapping[str, Tensor], source: Path) -> None:
    """Put tensors into a module; AlignError names the first that do not fit."""
    own = module.state_dict()
    wrong = [name for name in own if name not in tensors or tensors[name].shape != own[name].shape]
    wrong += [name for name in tensors if name not in own]
    if wrong:
        raise AlignError(
            f"{source} belongs to another configuration: {len(wrong)} weights do not fit, the first is {wrong[0]}; "
            "use the configuration that is saved beside it"
        )
    module.load_state_dict(dict(tensors))


def is_local(name: str) -> bool:
    """Whether a name means a path of this machine rather than a repository of the hub."""
    path = Path(name)
    return path.exists() or path.is_absolute() or name.startswith((".", "~")) or name.count("/") != 1


def hub_folder(name: str, revision: str | None = None, subfolder: str | None = None) -> Path:
    """Fetch configuration and weights of a hub repository, or of a folder of it; AlignError when that fails."""
    from huggingface_hub import snapshot_download

    patterns = [f"{subfolder}/*"] if subfolder else ["*.json", "*.safetensors", "*.md"]
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except Exception as error:  # the client raises many types: no network, no such repository, gated, cache
        reason = (" ".join(str(error).split()) or type(error).__name__)[:200]
        failure = f"nor could it be fetched from the hub ({reason})"
        raise AlignError(f"{name!r} is neither a local folder {failure}; check the name") from error


def push_folder(folder: Path, name: str, private: bool | None = None, token: str | None = None) -> str:
    """Upload a folder to a model repository of the hub, made where it is missing; its address.

    AlignError when that fails.
    """
    from huggingface_hub import HfApi

    api = HfApi(token=token)
    try:
        repository = api.create_repo(name, private=private, exist_ok=True)
        done = api.upload_folder(repo_id=repository.repo_id, folder_path=folder, commit_message="Upload the aligner")
    except Exception as error:  # the client raises many types: no network, no token, no right to write
        reason = (" ".join(str(error).split()) or type(error).__name__)[:200]
        raise AlignError(
            f"{name} could not be uploaded ({reason}); log in with `hf auth login`, or check it"
        ) from error
    return str(done.commit_url)


@contextmanager
def quiet_diffusers() -> Iterator[None]:
    """Keep diffusers' remarks about its own loading off the terminal inside the block."""
    from diffusers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
