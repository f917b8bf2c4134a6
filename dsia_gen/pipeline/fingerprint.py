"""The fingerprint of a scene: what a job says about it and which software rendered it, for a resume to compare."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

import dsia_gen
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import StorageError
from dsia_gen.core.strict_yaml import Config
from dsia_gen.dataset.layout import SceneFolder
from dsia_gen.dataset.metadata import read_run
from dsia_gen.dataset.provenance import Fingerprint
from dsia_gen.pipeline.tasks import NOT_CONTENT, SceneTask
from dsia_gen.spec.light import Render

SINCE_0_2 = ("clamp_indirect", "exposure")
"""Render settings that no job of version 0.1 could give: at their defaults they do not count."""
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


def fingerprint(task: SceneTask, config: str, blender: str | None = None) -> Fingerprint:
    """The fingerprint of a task with its configuration (text of `content_of`), made by this dsia-gen.

    An edited preset gives other content, the number of threads does not. `blender` None is the version of the chosen
    one.
    """
    content = task.model_dump(mode="json", exclude={*NOT_CONTENT, "config", "overrides"})
    for name in SINCE_0_2:
        if content["quality"][name] == Render.model_fields[name].default:
            del content["quality"][name]
    subsets = task.subsets.at_reference(task.resolution[0])
    content["subsets"] = _first_names(subsets)
    text = json.dumps([content, json.loads(config)], sort_keys=True)
    blender = blender_version() if blender is None else blender
    content_hash = hashlib.sha256(text.encode()).hexdigest()
    return Fingerprint(content=content_hash, blender=blender, dsia_gen=dsia_gen.__version__)


def content_of(config: SceneConfig, width: int) -> str:
    """JSON text of a resolved configuration for images of a width, under the first names of its keys.

    Neither a key that is renamed changes it, nor another way of writing the same motion.
    """
    return json.dumps(_first_names(config.at_reference(width)))


def flat_content(config: SceneConfig, width: int) -> dict[str, Any]:
    """The values of a resolved configuration for images of a width by dotted key, as `content_of` has them."""
    flat: dict[str, Any] = {}

    def add(value: Any, key: str) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                add(item, f"{key}.{name}" if key else name)
        else:
            flat[key] = value

    add(json.loads(content_of(config, width)), "")
    return flat


def _first_names(value: Any) -> Any:
    if isinstance(value, Config):
        former = {new: old for old, new in value.renamed_keys.items()}
        former |= {change.name: old for old, change in value.key_changes.items()}
        left_out = value.about_file | {
            name for name in value.later_keys if getattr(value, name) == type(value).model_fields[name].default
        }
        named = {name: former.get(name, name) for name in type(value).model_fields if name not in left_out}
        return {first: _first_names(getattr(value, name)) for name, first in named.items()}
    if isinstance(value, list | tuple):
        return [_first_names(item) for item in value]
    return _ANY.dump_python(value, mode="json")


def configurations(tasks: Iterable[SceneTask]) -> dict[str, SceneConfig]:
    """The resolved configuration of each task by scene name; each file is read once.

    Raises ConfigError for the first one that is wrong.
    """
    known: dict[str, SceneConfig] = {}
    result = {}
    for task in tasks:
        key = f"{task.config if isinstance(task.config, str) else id(task.config)} {task.overrides}"
        if key not in known:
            known[key] = load_scene_config(task.config, task.overrides)
        result[task.name] = known[key]
    return result


def fingerprint_of(folder: SceneFolder) -> Fingerprint | None:
    """The fingerprint that a scene on disk was made by, of version 0.1 too; None where run.json does not hold one."""
    try:
        return read_run(folder).made_by
    except StorageError:
        return None
