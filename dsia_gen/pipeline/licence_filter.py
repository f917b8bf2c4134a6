"""What a job's licence rule leaves of its assets, told before the first scene is begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress

from dsia_gen.assets.library import Library
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.errors import SamplingError
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.make_scene import task_library
from dsia_gen.pipeline.tasks import SceneTask, plan_job
from dsia_gen.sampling.scene_sampler import sample_scene


def licence_losses(job: JobConfig) -> dict[str, int]:
    """How many assets of each kind `licences:` of the job leaves out, each counted once; empty when it allows any.

    AssetError when too little is left for a scene of one of its configurations, which is found by drawing one.
    """
    if job.licences == "any":
        return {}
    tasks = plan_job(job)
    lost: dict[str, str] = {}
    for task, config in _kinds_of_scene(tasks, configurations(tasks)):
        library = task_library(config.manifests, task.assets, task.licences)
        _draw(task, config, library)
        lost |= library.withheld()
    return dict(sorted(Counter(lost.values()).items()))


def _kinds_of_scene(
    tasks: Iterable[SceneTask], configs: Mapping[str, SceneConfig]
) -> Iterable[tuple[SceneTask, SceneConfig]]:
    """Every configuration of the job once, the variants of a mix in its place, with a task that uses it."""
    seen: set[int] = set()
    for task in tasks:
        config = configs[task.name]
        if id(config) not in seen:
            seen.add(id(config))
            for scene in [variant.scene for variant in config.variants] or [config]:
                yield task, scene


def _draw(task: SceneTask, config: SceneConfig, library: Library) -> None:
    with suppress(SamplingError):  # an unlucky seed says nothing of the assets
        sample_scene(config, library, task.seed, task.resolution, task.quality)
