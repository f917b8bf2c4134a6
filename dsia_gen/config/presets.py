"""Finds presets by name or path: scene configurations, jobs and manifests, in a clone or an installed copy."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import shown_path, suggestion

Folder = Literal["scene_configs", "render_jobs", "assets_manifest", "align_configs"]

_PACKAGE = Path(__file__).resolve().parent.parent


def preset_folder(folder: Folder) -> Path:
    """The folder of presets: beside the package in a clone, inside it in an installed copy."""
    installed = _PACKAGE / "presets" / folder
    return installed if installed.is_dir() else _PACKAGE.parent / folder


def preset_names(folder: Folder) -> list[str]:
    """Names of the presets in a folder, sorted."""
    return sorted(path.stem for path in preset_folder(folder).glob("*.yaml"))


def is_file(path: Path) -> bool:
    """Whether a file can be found there; a name that the system does not take is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def beside(folder: str | Path | None, name: str) -> str | None:
    """The path of a file that another file in `folder` names: in that folder; None where there is none."""
    path = Path(folder, name) if folder is not None else None
    return str(path) if path is not None and is_file(path) else None


def find_preset(folder: Folder, name: str) -> Path:
    """The file of a preset name, or the path itself when `name` is one. ConfigError names the nearest preset."""
    given = Path(name)
    if given.suffix in (".yaml", ".yml") or is_file(given):
        return given
    path = preset_folder(folder) / f"{name}.yaml"
    if not is_file(path):
        raise ConfigError(
            shown_path(name), [f"is neither a file nor a preset of {folder}{suggestion(name, preset_names(folder))}"]
        )
    return path
