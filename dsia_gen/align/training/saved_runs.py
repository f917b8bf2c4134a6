"""Folders that trainings leave: where their configuration lies, and how it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from dsia_gen.align.training.run_config import RunConfig
from dsia_gen.align.weight_files import hub_folder, is_local
from dsia_gen.core.errors import AlignError

C = TypeVar("C", bound=RunConfig)


def saved_folder(name: Path | str, file: str, kind: str, revision: str | None = None) -> Path:
    """The folder with a configuration file: of a saved pipeline, a finished run, or a hub repository.

    AlignError when it is not there.
    """
    root = Path(name) if is_local(str(name)) else hub_folder(str(name), revision)
    found = next((folder for folder in (root, root / "pipeline") if (folder / file).is_file()), None)
    if found is None:
        raise AlignError(f"{root} holds no {file}; give a finished run of `dsia-gen train {kind}`")
    return found


def read_saved_config(kind: type[C], path: Path) -> C:
    """The configuration of a run. AlignError when it cannot be read."""
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AlignError(f"{path} cannot be read ({reason}); train again") from error
