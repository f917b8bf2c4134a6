"""What a run finds in the folder of a data set: whose it is, and which scenes are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dsia_gen
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.dataset.index import read_job
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import finished
from dsia_gen.pipeline.fingerprint import content_of, fingerprint, fingerprint_of, flat_content
from dsia_gen.pipeline.tasks import SceneTask, differences, plan_job


def check_owner(layout: DatasetLayout, job: JobConfig) -> None:
    """Refuse a folder that holds the scenes of another job, or scenes without a job."""
    if layout.fetch(layout.job).is_file():
        try:
            begun = read_job(layout)
            fields = differences(job, begun) if begun else []
        except ConfigError as error:
            raise StorageError(f"{layout.job} cannot be read as a job; choose another folder ({error})") from error
        if fields:
            differs = f"it differs in {', '.join(fields)}"
            raise StorageError(
                f"{layout.address} belongs to another job: {differs}; choose another folder, or continue the job that "
                f"it was begun with: {_as_begun(layout)}"
            )
    elif layout.scene_names():
        raise StorageError(f"{layout.address} holds scenes but no {layout.job.name}; choose another folder")


def _as_begun(layout: DatasetLayout) -> str:
    return f"`dsia-gen render {layout.address}/{layout.job.name}`"


def finished_scenes(
    layout: DatasetLayout,
    tasks: Sequence[SceneTask],
    configs: Mapping[str, SceneConfig],
    allow_mixed: bool,
    remake: bool = False,
) -> set[str]:
    """Scenes whose receipt is there, right, and of the configuration as it is now. StorageError where they and those
    that are to be made would be of different renderers, unless that is allowed; and where scenes are finished whose
    configuration has changed since, unless they are to be made again.

    Files in a store were verified when they were uploaded: their sizes are compared, `dataset validate` reads them.
    """
    texts = {id(configs[task.name]): content_of(configs[task.name], task.resolution[0]) for task in tasks}
    candidates, blender = set(layout.scene_names()), blender_version(tasks[0].blender if tasks else None)
    layout.prepare(sorted(candidates))
    kept, others, changed = set[str](), set[str](), list[SceneTask]()
    for task in (task for task in tasks if task.name in candidates):
        wanted = fingerprint(task, texts[id(configs[task.name])], blender)
        found = fingerprint_of(layout.scene(task.name))
        if found is None:
            continue
        if found.content != wanted.content and found.comparable(wanted):
            changed += [task] if finished(layout, task.name, None, (), hashes=False) else []
            continue
        if finished(layout, task.name, None, task.outputs, hashes=layout.mirror is None):
            kept.add(task.name)
            if not found.same_renderer(wanted):
                others.add(found.renderer)
    if changed and not remake:
        keys = _changed_keys(layout, changed, configs)
        names = f"{changed[0].name}{f' to {changed[-1].name}' if len(changed) > 1 else ''}"
        raise StorageError(
            f"the configuration of {len(changed)} finished scene{'s' * (len(changed) > 1)} of {layout.address} "
            f"({names}) has changed since{f' ({keys})' if keys else ''}; add --remake to render them again, or "
            f"continue as they were made: {_as_begun(layout)}"
        )
    if others and len(kept) < len(tasks) and not allow_mixed:
        raise StorageError(
            f"{layout.address} holds scenes of {' and of '.join(sorted(others))}, and this is Blender "
            f"{blender or '(unknown version)'} with dsia-gen {dsia_gen.__version__}; choose another folder, use the "
            "versions of those scenes (--blender), or add --allow-mixed"
        )
    return kept


def _changed_keys(layout: DatasetLayout, tasks: Sequence[SceneTask], configs: Mapping[str, SceneConfig]) -> str:
    """The keys in which configurations differ from those that a data set was begun with; empty when it keeps none."""
    begun = read_job(layout)
    if begun is None or not begun.configurations:
        return ""
    before = {task.name: task.config for task in plan_job(begun)}
    keys: dict[str, None] = {}
    for task in tasks:
        old = before.get(task.name)
        if isinstance(old, SceneConfig):
            a, b = (flat_content(config, task.resolution[0]) for config in (old, configs[task.name]))
            keys |= dict.fromkeys(key for key in {**a, **b} if a.get(key) != b.get(key))
    return ", ".join(list(keys)[:5]) + (", ..." if len(keys) > 5 else "")
