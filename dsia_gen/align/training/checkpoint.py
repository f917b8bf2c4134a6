"""Checkpoints: safetensors and JSON in a folder that is whole or absent, the last few of them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, JsonValue, ValidationError
from torch import Tensor, nn

from dsia_gen.align.training.run_config import RunConfig, differences
from dsia_gen.align.weight_files import load_module, load_tensors, save_tensors
from dsia_gen.core.errors import AlignError, StorageError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import disk, json_bytes, move, remove_files, sync_folder, write_bytes

STATE = PlainName("state.json")
_NAME = re.compile(r"step_\d+")


class CheckpointState(BaseModel):
    """state.json: what a run needs to go on, beside its tensors."""

    format: Literal[1] = 1
    step: int = 0
    config: dict[str, JsonValue]
    scaler: dict[str, JsonValue] | None = None
    """State of the gradient scaler of fp16."""
    validation: dict[str, float] = {}
    skipped: dict[str, int] = {}
    """How often each unreadable sample was passed over."""
    torch: str = ""


@dataclass(frozen=True)
class Checkpoint:
    """A whole checkpoint on disk."""

    folder: Path
    state: CheckpointState

    @property
    def step(self) -> int:
        return self.state.step


def checkpoints(run: Path) -> list[Path]:
    """Whole checkpoints of a run, oldest first."""
    found = (run / "checkpoints").glob("step_*")
    return sorted(path for path in found if _NAME.fullmatch(path.name) and (path / STATE).is_file())


def latest_checkpoint(run: Path) -> Checkpoint | None:
    """The newest whole checkpoint of a run."""
    found = checkpoints(run)
    return read_checkpoint(found[-1]) if found else None


def read_checkpoint(folder: Path) -> Checkpoint:
    """A checkpoint's state; its tensors stay on disk."""
    path = folder / STATE
    try:
        return Checkpoint(folder, CheckpointState.model_validate_json(path.read_bytes()))
    except (OSError, ValidationError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        if first and first["loc"][:1] == ("format",):
            fix = "train with the version that made it"
            raise AlignError(f"{folder} is a checkpoint of another version of dsia-gen; {fix}") from error
        reason = first["msg"] if first else error
        raise AlignError(f"{folder} is not a sound checkpoint ({reason}); take an earlier one") from error


def resumable_checkpoint(run: Path, config: RunConfig) -> Checkpoint | None:
    """The newest checkpoint of a run; AlignError when it was trained with another configuration."""
    found = latest_checkpoint(run)
    if found is None:
        return None
    saved: dict[str, JsonValue] = found.state.config
    with suppress(ValidationError):  # of another kind: the comparison names where
        # fields that were added later take their defaults
        saved = type(config).model_validate(saved).model_dump(mode="json")
    wrong = differences(saved, config.model_dump(mode="json"))
    if wrong:
        raise AlignError(
            f"{found.folder} was trained with another configuration: {'; '.join(wrong[:8])}; "
            "use that configuration or another output folder"
        )
    return found


def save_checkpoint(run: Path, tensors: Mapping[str, Mapping[str, Tensor]], state: CheckpointState, keep: int) -> Path:
    """Write `<name>.safetensors` for each entry of `tensors`, and state.json last; then drop all but `keep`.

    The folder appears in one rename. A full disk leaves the older checkpoints as they were and raises StorageError.
    """
    folder = run / "checkpoints" / f"step_{state.step:08d}"
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    names = [PlainName(f"{name}.safetensors") for name in tensors]
    try:
        with disk("write", temporary):
            temporary.mkdir(parents=True)
        for name, group in zip(names, tensors.values(), strict=True):
            save_tensors(temporary / name, group)
        write_bytes(temporary / STATE, json_bytes(state.model_dump(mode="json")))
        _remove(folder, names)
        with disk("write", folder):
            if folder.exists():  # files of the user stay in it
                for name in (*names, STATE):
                    (temporary / name).replace(folder / name)
                temporary.rmdir()
            else:
                move(temporary, folder)
        sync_folder(folder.parent)
    except StorageError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    for old in checkpoints(run)[:-keep]:
        _remove(old, names)
    return folder


def _remove(folder: Path, names: Sequence[PlainName]) -> None:
    """Remove a checkpoint: its state first, then its tensors, and the folder unless it holds files of the user."""
    remove_files(folder, [STATE])
    remove_files(folder, names)
    with suppress(OSError):
        folder.rmdir()


def prefixed(modules: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Weights of several modules under `<module>/<weight>`."""
    return {f"{name}/{key}": value for name, module in modules.items() for key, value in module.state_dict().items()}


def load_modules(modules: Mapping[str, nn.Module], path: Path) -> None:
    """The reverse of `prefixed`."""
    tensors = load_tensors(path)
    for name, module in modules.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        load_module(module, own, path)


def optimizer_tensors(optimizers: Mapping[str, torch.optim.Optimizer]) -> dict[str, Tensor]:
    """The state of optimizers under `<module>/<number of the parameter>/<name>`."""
    return {
        f"{name}/{index}/{key}": torch.as_tensor(value)
        for name, optimizer in optimizers.items()
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def load_optimizers(optimizers: Mapping[str, torch.optim.Optimizer], path: Path) -> None:
    """The reverse of `optimizer_tensors`."""
    states: dict[str, dict[int, dict[str, Tensor]]] = {name: {} for name in optimizers}
    for key, value in load_tensors(path).items():
        name, index, field = key.split("/")
        if name in states:
            states[name].setdefault(int(index), {})[field] = value
    for name, optimizer in optimizers.items():
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": states[name], "param_groups": groups})
