"""What a run finds in the folder of a data set: whose it is, and which scenes are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dsia_gen
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.core.strict_yaml import read_config
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import finished
from dsia_gen.pipeline.fingerprint import content_of, fingerprint, fingerprint_of
from dsia_gen.pipeline.tasks import SceneTask, differences


def check_owner(layout: DatasetLayout, job: JobConfig) -> None:
    """Refuse a folder that holds the scenes of another job, or scenes without a job."""
    if layout.fetch(layout.job).is_file():
        try:
            fields = differences(job, read_config(JobConfig, layout.job))
        except ConfigError as error:
            raise StorageError(f"{layout.job} cannot be read as a job; choose another folder ({error})") from error
        if fields:
            differs = f"it differs in {', '.join(fields)}"
            raise StorageError(f"{layout.address} belongs to another job: {differs}; choose another folder")
    elif layout.scene_names():
        raise StorageError(f"{layout.address} holds scenes but no {layout.job.name}; choose another folder")


def finished_scenes(
    layout: DatasetLayout, tasks: Sequence[SceneTask], configs: Mapping[str, SceneConfig], allow_mixed: bool
) -> set[str]:
    """Scenes whose receipt is there, right, and of the configuration as it is now. StorageError where they and those
    that are to be made would be of different renderers, unless that is allowed.

    Files in a store were verified when they were uploaded: their sizes are compared, `dataset validate` reads them.
    """
    texts = {id(config): content_of(config) for config in configs.values()}
    candidates, blender = set(layout.scene_names()), blender_version(tasks[0].blender if tasks else None)
    layout.prepare(sorted(candidates))
    kept, others = set[str](), set[str]()
    for task in (task for task in tasks if task.name in candidates):
        wanted = fingerprint(task, texts[id(configs[task.name])], blender)
        found = fingerprint_of(layout.scene(task.name))
        if found is None or (found.content != wanted.content and found.comparable(wanted)):
            continue
        if finished(layout, task.name, None, task.outputs, hashes=layout.mirror is None):
            kept.add(task.name)
            if not found.same_renderer(wanted):
                others.add(found.renderer)
    if others and len(kept) < len(tasks) and not allow_mixed:
        raise StorageError(
            f"{layout.address} holds scenes of {' and of '.join(sorted(others))}, and this is Blender "
            f"{blender or '(unknown version)'} with dsia-gen {dsia_gen.__version__}; choose another folder, use the "
            "versions of those scenes, or add --allow-mixed"
        )
    return kept
