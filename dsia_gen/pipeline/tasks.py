"""From a job to the scenes it asks for: one task a scene, each with all that is needed to make it again alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from dsia_gen.config.job import JobConfig, Resources, SceneGroup, SubsetThresholds
from dsia_gen.core.remote import place_of
from dsia_gen.core.strict_yaml import Config
from dsia_gen.spec.asset import LicenceRule
from dsia_gen.spec.light import Render

SeedOf = Callable[[int, int], int]
"""(job seed, scene index) -> scene seed."""

NOT_CONTENT = ("resources", "assets")
"""Fields of a job that say where and how fast, and not what."""


class SceneTask(Config):
    """One scene of a job. Frozen, JSON-able and picklable, so that it travels to any process or machine."""

    index: int
    name: str
    config: str
    overrides: dict[str, object] = Field(default_factory=dict)
    seed: int
    resolution: tuple[int, int]
    quality: Render
    outputs: tuple[str, ...]
    subsets: SubsetThresholds
    resources: Resources
    assets: str | None = None
    licences: LicenceRule = "any"


def plan_job(job: JobConfig, seed_of: SeedOf | None = None) -> tuple[SceneTask, ...]:
    """The tasks of a job in order. `seed_of` defaults to `dsia_gen.sampling.seeds.scene_seed`."""
    groups = [group for group in job.scenes for _ in range(group.count)]
    seeds = seed_of or _scene_seed
    return tuple(_task(job, group, index, seeds(job.seed, index)) for index, group in enumerate(groups))


def job_content(job: JobConfig) -> dict[str, Any]:
    """What decides the bytes of a data set, JSON-able: the job without its resources and the place of its assets."""
    content = job.model_dump(mode="json", exclude=set(NOT_CONTENT))
    content["outputs"] = list(job.output_names)
    return content


def same_content(new: JobConfig, old: JobConfig) -> bool:
    """Whether a folder begun by `old` may be continued by `new`: the same content, or more scenes at the end."""
    return not differences(new, old)


def differences(new: JobConfig, old: JobConfig) -> list[str]:
    """Fields in which two jobs differ so that their scenes do; a longer last group is none."""
    a, b = job_content(new), job_content(old)
    fields = [key for key in a if key != "scenes" and a[key] != b.get(key)]
    return fields if _extends(job_scenes(new), job_scenes(old)) else [*fields, "scenes"]


def job_scenes(job: JobConfig) -> list[tuple[str, str]]:
    """Configuration and overrides of every scene in order, comparable."""
    return [(g.config, repr(sorted(g.set.items()))) for g in job.scenes for _ in range(g.count)]


def _extends(new: list[tuple[str, str]], old: list[tuple[str, str]]) -> bool:
    return new[: len(old)] == old


def _task(job: JobConfig, group: SceneGroup, index: int, seed: int) -> SceneTask:
    return SceneTask(
        index=index,
        name=f"{index:05d}",
        config=_portable(group.config),
        overrides=dict(group.set),
        seed=seed,
        resolution=job.resolution,
        quality=job.quality,
        outputs=job.output_names,
        subsets=job.subsets,
        resources=job.resources,
        assets=_where(job.assets) if job.assets else None,
        licences=job.licences,
    )


def _where(assets: str) -> str:
    place = place_of(assets)
    return place if isinstance(place, str) else str(place.expanduser().resolve())


def _portable(config: str) -> str:
    """A preset keeps its name; a file becomes absolute, since workers may run elsewhere."""
    return str(Path(config).resolve()) if Path(config).is_file() else config


def _scene_seed(job_seed: int, index: int) -> int:
    from dsia_gen.sampling.seeds import scene_seed

    return scene_seed(job_seed, index)
