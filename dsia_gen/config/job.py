"""A render job: which scenes, how many, at what resolution and quality, and which outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from dsia_gen.config.pixel_section import PixelSection
from dsia_gen.config.scene_config import FORMAT_VERSION, VERSION_HELP, FormatVersion, SceneConfig
from dsia_gen.core.bounds import NameText, PathText, Seed63, Unit
from dsia_gen.core.locations import place_of
from dsia_gen.core.strict_yaml import Config, suggestion
from dsia_gen.spec.asset import LicenceRule
from dsia_gen.spec.light import Render
from dsia_gen.spec.outputs import GROUPS, OUTPUTS, resolve_outputs
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX

SCENE_LIMIT = 100_000
"""Scenes of a job: as many as names of five digits."""
ImageSide = Annotated[int, Field(ge=16, le=16384), Unit("px")]
Resolution = tuple[ImageSide, ImageSide]
DeviceName = Literal["auto", "cpu", "cuda", "optix", "hip", "oneapi", "metal"]


_OF_SCENES = "under `set` of an entry of `scenes`, or in the scene configuration that the entry names"


class SceneGroup(Config):
    """A number of scenes of one configuration."""

    misplaced_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(SceneConfig.model_fields, "under `set` of this entry")

    override_models: ClassVar[Mapping[str, type[BaseModel]]] = {"set": SceneConfig}

    config: Annotated[
        PathText,
        Field(
            description="name of a preset in scene_configs/ or of an entry of `configurations`, or path of a YAML file "
            "from the folder of the job",
            examples=["outdoor"],
        ),
    ]
    count: Annotated[int, Field(ge=1, le=SCENE_LIMIT, description="number of scenes")] = 1
    set: Annotated[
        dict[str, object],
        Field(
            description="overrides of that configuration, dotted keys",
            examples=[{"sequence.pairs": 8, "motion.camera_px": [6, 14]}],
        ),
    ] = Field(default_factory=dict)


def _line_name(value: object) -> object:
    """The text of a line of Blender; YAML reads 5.2 as a number."""
    if isinstance(value, str | float) and re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", str(value)):
        return str(value)
    raise ValueError("name a line of Blender, such as 5.2")


LineName = Annotated[str, BeforeValidator(_line_name)]


Threshold = Annotated[float, Field(gt=0, le=1e6), Unit("px")]
OwnThreshold = Annotated[Threshold | None, Field(examples=[7.5])]


class SubsetThresholds(PixelSection):
    """Where small motion ends and large motion begins, each in one of two kinds of pixels."""

    camera_px: Annotated[
        OwnThreshold,
        Field(
            description="mean |flow_gt_to_2| over static pixels, in pixels of the images that are rendered",
            examples=[7.5],
        ),
    ] = None
    foreground_px: Annotated[
        OwnThreshold,
        Field(
            description="mean |flow_1_to_gt| over dynamic pixels, in pixels of the images that are rendered",
            examples=[5],
        ),
    ] = None
    camera_px_at_960: Annotated[
        Threshold, Field(description="the same as camera_px in pixels at a width of 960, for images of any width")
    ] = LARGE_CAMERA_PX
    foreground_px_at_960: Annotated[
        Threshold, Field(description="the same as foreground_px in pixels at a width of 960, for images of any width")
    ] = LARGE_FOREGROUND_PX


class Resources(Config):
    """What one scene may use."""

    device: Annotated[DeviceName, Field(description="render device")] = "auto"
    threads: Annotated[int, Field(ge=0, le=1024, description="CPU threads of one worker; 0 shares all cores")] = 0
    timeout_minutes: Annotated[
        float, Field(gt=0, le=525_600, description="a scene that takes longer is stopped; a year at most"), Unit("min")
    ] = 120.0
    retries: Annotated[int, Field(ge=0, le=20, description="further tries after a worker died")] = 1
    cpus: Annotated[
        float | None,
        Field(
            gt=0,
            le=1024,
            description="Ray, Slurm: CPUs of a scene; left out, `threads`, or 2 beside a GPU, or 4",
            examples=[4],
        ),
    ] = None
    gpus: Annotated[
        float | None,
        Field(
            ge=0,
            le=1,
            description="Ray: share of a GPU for a scene, 0.5 if left out, of which one renders; Slurm: rounded up",
            examples=[0.5],
        ),
    ] = None
    memory: Annotated[
        float | None,
        Field(
            gt=0, le=100_000, description="Ray, Slurm: GiB of memory of a scene; left out, not counted", examples=[4]
        ),
        Unit("GiB"),
    ] = None
    mesh_cache: Annotated[
        bool, Field(description="meshes of built-in people are kept on each machine; DSIA_GEN_MESH_CACHE is their MiB")
    ] = True


class JobConfig(Config):
    """A render job. Everything random follows from `seed`."""

    format_version: ClassVar[int | None] = FORMAT_VERSION
    misplaced_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(SceneConfig.model_fields, _OF_SCENES)

    version: Annotated[FormatVersion, Field(description=VERSION_HELP)] = FORMAT_VERSION
    name: Annotated[NameText, Field(description="name of the data set", examples=["first_try"])]
    seed: Annotated[Seed63, Field(description="seed of the whole job")] = 0
    scenes: Annotated[list[SceneGroup], Field(min_length=1, max_length=10_000, description="what to render")]
    configurations: Annotated[
        dict[PathText, SceneConfig],
        Field(max_length=1000, description="scene configurations of this job by the name that `config` gives"),
    ] = Field(default_factory=dict)
    resolution: Annotated[Resolution, Field(description="width and height in pixels")] = (960, 540)
    quality: Render = Render()
    outputs: Annotated[list[str], Field(max_length=1000, description="names or groups from the table of outputs")] = (
        Field(default_factory=lambda: ["default"])
    )
    subsets: SubsetThresholds = SubsetThresholds()
    resources: Resources = Resources()
    assets: Annotated[
        PathText | None,
        Field(
            description="folder, from that of the job, or address (s3://...) of the user's own assets",
            examples=["my_assets"],
        ),
    ] = None
    licences: Annotated[
        LicenceRule, Field(description="use only assets that may be passed on, or trained on; unknown is no")
    ] = "any"

    blender: Annotated[
        LineName | None, Field(description="line of Blender to render with, such as 5.2", examples=["5.2"])
    ] = None

    @field_validator("scenes")
    @classmethod
    def _as_many_as_can_be(cls, groups: list[SceneGroup]) -> list[SceneGroup]:
        if (count := sum(group.count for group in groups)) > SCENE_LIMIT:
            raise ValueError(
                f"{count:,} scenes are too many; ask for at most {SCENE_LIMIT:,}, and for the rest in other jobs"
            )
        return groups

    @field_validator("assets")
    @classmethod
    def _a_place(cls, text: str | None) -> str | None:
        return None if text is None else str(place_of(text))

    @field_validator("outputs")
    @classmethod
    def _known_outputs(cls, names: list[str]) -> list[str]:
        for name in names:
            if name not in OUTPUTS and name not in GROUPS:
                raise ValueError(f"{name!r} is not an output{suggestion(name, [*GROUPS, *OUTPUTS])}")
        return names

    @property
    def output_names(self) -> tuple[str, ...]:
        """Outputs to write, groups expanded, in table order."""
        return resolve_outputs(self.outputs)

    @property
    def scene_count(self) -> int:
        return sum(group.count for group in self.scenes)
