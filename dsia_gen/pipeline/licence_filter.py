"""What a job's licence rule leaves of its assets, reported before the first scene is rendered."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from dsia_gen.assets.library import load_library
from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import SamplingError
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.tasks import plan_job
from dsia_gen.sampling.scene_sampler import sample_scene


def licence_losses(job: JobConfig) -> dict[str, int]:
    """How many assets of each kind `licences:` of the job leaves out, each counted once; empty when it allows any.

    AssetError when too little is left for a scene of one of its configurations, which is found by drawing one.
    """
    if job.licences == "any":
        return {}
    tasks = plan_job(job)
    configs = configurations(tasks)
    # Every configuration once, the variants of a mix in its place, with a task that uses it.
    first = {id(configs[task.name]): task for task in reversed(tasks)}
    lost: dict[str, str] = {}
    for task in first.values():
        config = configs[task.name]
        for scene in [variant.scene for variant in config.variants] or [config]:
            library = load_library(scene.manifest_files, task.assets, task.licences)
            with suppress(SamplingError):  # an unlucky seed says nothing about the assets
                sample_scene(scene, library, task.seed, task.resolution, task.quality)
            lost |= library.withheld()
    return dict(sorted(Counter(lost.values()).items()))
