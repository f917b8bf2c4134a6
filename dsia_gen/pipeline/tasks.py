"""From a job to the scenes it asks for: one task a scene, each with all that is needed to make it again alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field

from dsia_gen.config.job import JobConfig, Resolution, Resources, SceneGroup, SubsetThresholds
from dsia_gen.config.scene_config import SceneConfig, load_scene_config
from dsia_gen.core.blender_environments import chosen_line
from dsia_gen.core.bounds import Seed63
from dsia_gen.core.locations import place_of
from dsia_gen.core.strict_yaml import Config
from dsia_gen.spec.asset import LicenceRule
from dsia_gen.spec.light import Render

SeedOf = Callable[[int, int], int]
"""(job seed, scene index) -> scene seed."""

NOT_CONTENT = ("resources", "assets", "run", "blender")
"""Fields of a job or a task that say where, how fast, for whom and with which Blender, and not what: the version of
Blender has a place of its own in a fingerprint."""


class SceneTask(Config):
    """One scene of a job. Frozen, JSON-able and picklable, so that it travels to any process or machine."""

    index: Annotated[int, Field(ge=0, le=10**9, description="place of the scene in the job, from 0")]
    name: Annotated[str, Field(description="name of its folder in the data set")]
    config: Annotated[
        str | SceneConfig,
        Field(description="a preset of scene_configs, the path of a YAML file, or the resolved configuration"),
    ]
    overrides: Annotated[dict[str, object], Field(description="overrides of that configuration, dotted keys")] = Field(
        default_factory=dict
    )
    seed: Annotated[Seed63, Field(description="everything random in the scene follows from it")]
    resolution: Annotated[Resolution, Field(description="width and height in pixels")]
    quality: Render
    outputs: Annotated[tuple[str, ...], Field(description="names in the table of outputs")]
    subsets: SubsetThresholds
    resources: Resources
    assets: Annotated[str | None, Field(description="folder or address of the user's own assets")] = None
    licences: Annotated[LicenceRule, Field(description="which assets may be used")] = "any"
    run: Annotated[str, Field(description="token of the run that holds the data set; none if empty")] = ""
    blender: Annotated[str | None, Field(description="line of Blender; where it runs decides if none")] = None

    @property
    def config_name(self) -> str:
        """What the configuration is called."""
        return self.config if isinstance(self.config, str) else self.config.name


def plan_job(job: JobConfig, seed_of: SeedOf | None = None) -> tuple[SceneTask, ...]:
    """Tasks of a job, one for each of its scenes.

    Parameters
    ----------
    job : JobConfig
        The job.
    seed_of : callable, optional
        Gives a scene's seed from the seed of the job and the scene's index; by default `sampling.seeds.scene_seed`.

    Returns
    -------
    tuple of SceneTask
        In the order of the job. Paths are absolute, since workers may run in another folder.
    """
    from dsia_gen.sampling.seeds import scene_seed

    place = place_of(job.assets) if job.assets else None
    assets = str(place.expanduser().resolve()) if isinstance(place, Path) else place
    groups = [found for group in job.scenes for found in [_configuration(job, group)] * group.count]
    return tuple(
        SceneTask(
            index=index,
            name=f"{index:05d}",
            config=config,
            overrides=overrides,
            seed=(seed_of or scene_seed)(job.seed, index),
            resolution=job.resolution,
            quality=job.quality,
            outputs=job.output_names,
            subsets=job.subsets.at_reference(job.resolution[0]),
            resources=job.resources,
            assets=assets,
            licences=job.licences,
            blender=chosen_line(job.blender),
        )
        for index, (config, overrides) in enumerate(groups)
    )


def _configuration(job: JobConfig, group: SceneGroup) -> tuple[str | SceneConfig, dict[str, object]]:
    """The configuration of an entry of a job and what is still to be overridden in it."""
    known = job.configurations.get(group.config)
    if known is not None:  # resolved here, since a worker reads no file for it
        return load_scene_config(known, group.set), {}
    path = Path(group.config)
    return str(path.resolve()) if path.is_file() else group.config, dict(group.set)


def differences(new: JobConfig, old: JobConfig) -> list[str]:
    """Fields of two jobs whose data differ, so that one cannot continue the other.

    Parameters
    ----------
    new, old : JobConfig
        The job to run, and the one that a data set was begun by.

    Returns
    -------
    list of str
        Names of fields. More scenes at the end are not a difference, nor are resources and the place of assets.
    """
    away = {*NOT_CONTENT, "version", "configurations"}  # how a configuration differs is seen scene by scene
    a, b = (
        {
            **job.model_dump(mode="json", exclude=away),
            "outputs": list(job.output_names),
            "subsets": job.subsets.at_reference(job.resolution[0]).model_dump(),
        }
        for job in (new, old)
    )
    scenes, begun = ([(g.config, repr(sorted(g.set.items()))) for g in job.scenes for _ in range(g.count)]
                     for job in (new, old))  # fmt: skip
    fields = [key for key in a if key != "scenes" and a[key] != b.get(key)]
    return fields if scenes[: len(begun)] == begun else [*fields, "scenes"]
