"""Reads a job and what it names: paths in it begin at its own folder, and a job can be made to stand alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dsia_gen.config.job import JobConfig
from dsia_gen.config.presets import beside, find_preset, preset_names
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.locations import place_of
from dsia_gen.core.strict_yaml import read_config, shown_path


def load_job(name: str | Path, overrides: Sequence[str] = ()) -> JobConfig:
    """Read a job and the scene configurations that it names by path.

    Parameters
    ----------
    name : str or Path
        A preset of render_jobs/, or the path of a YAML file.
    overrides : sequence of str
        `dotted.key=value` strings, values in YAML, applied on top of the file.

    Returns
    -------
    JobConfig
        The job. Configurations that are files are in `configurations`, and a folder of assets is an absolute path:
        each begins at the folder of the job, or at the current one where it is there alone.

    Raises
    ------
    ConfigError
        With every problem of the job, or of the first configuration that is wrong.
    """
    path = find_preset("render_jobs", str(name))
    job = read_config(JobConfig, path, overrides)
    folder = path.resolve().parent
    found, missing = dict(job.configurations), []
    for index, group in enumerate(job.scenes):
        if group.config in found:
            continue
        file = beside(folder, group.config) or beside(Path.cwd(), group.config)
        if file is not None:
            found[group.config] = load_scene_config(file)
        elif group.config not in preset_names("scene_configs") and Path(group.config).suffix in (".yaml", ".yml"):
            missing.append(f"scenes.{index}.config: there is no file {group.config} in {folder}, the folder of the job")
    if missing:
        raise ConfigError(shown_path(path), missing)
    return job.model_copy(update={"configurations": found, "assets": _assets(job.assets, folder)})


def self_contained(job: JobConfig) -> JobConfig:
    """A job with every scene configuration that it uses, presets too, so that no other file decides what it makes.

    Parameters
    ----------
    job : JobConfig
        Any job.

    Returns
    -------
    JobConfig
        The same scenes.
    """
    names = dict.fromkeys(group.config for group in job.scenes)
    return job.model_copy(update={"configurations": {name: named_configuration(job, name) for name in names}})


def document_of(config: JobConfig | SceneConfig) -> dict[str, Any]:
    """Make the document of a configuration, from which it is read again as it is.

    Parameters
    ----------
    config : JobConfig or SceneConfig
        The configuration.

    Returns
    -------
    dict
        JSON values of every key; of a mix those that it states, since it gives them to its parts, which are whole.
    """
    if isinstance(config, SceneConfig):
        stated = config.model_dump(mode="json", exclude_unset=True, exclude={"variants"})
        parts = [part.model_dump(mode="json") for part in config.variants]
        return {**stated, "variants": parts} if config.mix else config.model_dump(mode="json")
    configurations = {
        name: scene.model_dump(mode="json", exclude_unset=True) for name, scene in config.configurations.items()
    }
    return {**config.model_dump(mode="json", exclude={"configurations"}), "configurations": configurations}


def named_configuration(job: JobConfig, name: str) -> SceneConfig:
    """The scene configuration that a job gives a name to; else the preset or file of that name.

    Parameters
    ----------
    job : JobConfig
        The job.
    name : str
        What `config` of one of its entries says.

    Returns
    -------
    SceneConfig
        Without the overrides of that entry.

    Raises
    ------
    ConfigError
        There is none, or it is wrong.
    """
    return job.configurations[name] if name in job.configurations else load_scene_config(name)


def _assets(given: str | None, folder: Path) -> str | None:
    place = place_of(given) if given is not None else None
    if not isinstance(place, Path):
        return place
    path = place.expanduser()
    here = not (folder / path).exists() and path.exists()
    return str((path if here else folder / path).resolve())
