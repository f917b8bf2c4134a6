"""How large a run is: one that fits a laptop, the default scene of the design, or a glance that shows that it runs."""

from __future__ import annotations

from dataclasses import dataclass

from dsia_gen.config.job import JobConfig, Quality
from dsia_gen.farm.plan import SceneTask, plan_job


@dataclass(frozen=True)
class Scale:
    """Sizes of a run of the benchmark."""

    resolution: tuple[int, int]
    quality: Quality
    pairs: int
    repeats: int
    farm_scenes: int
    farm_resolution: tuple[int, int]
    farm_pairs: int
    configs: tuple[str, ...]


STANDARD = Scale((480, 270), Quality(), 10, 5, 4, (240, 135), 3, ("outdoor",))
FULL = Scale((960, 540), Quality(), 10, 7, 4, (240, 135), 3, ("outdoor", "indoor"))
QUICK = Scale((240, 135), Quality(samples=8), 2, 3, 2, (96, 54), 2, ("outdoor",))


def scene_task(scale: Scale, config: str, pairs: int) -> SceneTask:
    """A scene of the default library at the run's own size, all default outputs."""
    return plan_job(_job(config, 1, pairs, scale.resolution, scale.quality))[0]


def farm_tasks(scale: Scale, threads: int) -> tuple[SceneTask, ...]:
    """Small scenes for measuring executors, with a number of threads each (0 is all cores)."""
    job = _job("tiny", scale.farm_scenes, scale.farm_pairs, scale.farm_resolution, Quality(samples=16))
    resources = job.resources.model_copy(update={"threads": threads})
    return plan_job(job.model_copy(update={"resources": resources}))


def _job(config: str, count: int, pairs: int, resolution: tuple[int, int], quality: Quality) -> JobConfig:
    group = {"config": config, "count": count, "set": {"sequence.pairs": pairs}}
    return JobConfig.model_validate(
        {"name": "bench", "seed": 2, "scenes": [group], "resolution": resolution, "quality": quality}
    )
