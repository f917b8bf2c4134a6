"""The recipe of a scene: a hash of all that a job says about it, kept in run.json for a resume to compare."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import read_json
from dsia_gen.dataset.layout import SceneFolder
from dsia_gen.pipeline.tasks import NOT_CONTENT, SceneTask

KEY = "recipe"


def recipe(task: SceneTask, config: str) -> str:
    """SHA-256 (hex) of a task's content and of its resolved configuration (JSON text).

    A preset that was edited since gives another recipe, the number of threads does not.
    """
    content = task.model_dump(mode="json", exclude={*NOT_CONTENT, "config", "overrides"})
    text = json.dumps([content, json.loads(config)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def configurations(tasks: Iterable[SceneTask]) -> dict[str, SceneConfig]:
    """The resolved configuration of each task by scene name; each file is read once.

    Raises ConfigError for the first one that is wrong.
    """
    known: dict[str, SceneConfig] = {}
    result = {}
    for task in tasks:
        key = f"{task.config} {task.overrides}"
        if key not in known:
            known[key] = load_scene_config(task.config, task.overrides)
        result[task.name] = known[key]
    return result


def recipes(tasks: Iterable[SceneTask], configs: Mapping[str, SceneConfig]) -> dict[str, str]:
    """The recipe of each task by scene name."""
    texts = {id(config): config.model_dump_json() for config in configs.values()}
    return {task.name: recipe(task, texts[id(configs[task.name])]) for task in tasks}


def recipe_of(folder: SceneFolder) -> str | None:
    """The recipe that a scene on disk was made by."""
    try:
        folder.pull()
        found = read_json(folder.run).get(KEY)
    except StorageError:
        return None
    return found if isinstance(found, str) else None
