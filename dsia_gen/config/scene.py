"""What a scene may contain: the ranges and lists from which the sampler draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from dsia_gen.config.presets import find_preset
from dsia_gen.config.strict import Config, read_config


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("the first number must not be larger than the second")
    return pair


ObjectMotion = Literal["still", "fly", "tumble", "roll", "slide", "spin", "fall", "swing"]
LightProfile = Literal["constant", "gentle", "strong", "abrupt"]

_OBJECT_MOTIONS: dict[ObjectMotion, float] = {
    "still": 2.0,
    "fly": 2.0,
    "tumble": 2.0,
    "roll": 1.0,
    "slide": 1.0,
    "spin": 1.0,
    "fall": 1.0,
    "swing": 0.5,
}
_LIGHT_PROFILES: dict[LightProfile, float] = {"constant": 1.0, "gentle": 3.0, "strong": 1.5, "abrupt": 0.5}

Interval = Annotated[tuple[float, float], AfterValidator(_ordered)]
NonNegative = Annotated[float, Field(ge=0)]
PositiveInterval = Annotated[
    tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]], AfterValidator(_ordered)
]
Amount = Annotated[tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]], AfterValidator(_ordered)]


class SequenceConfig(Config):
    """How a scene is cut into pairs."""

    pairs: Annotated[int, Field(ge=1, le=1000, description="pairs of one scene")] = 4
    gap: Annotated[int, Field(ge=1, le=100, description="time steps and poses between I1 and I2")] = 1
    fps: Annotated[PositiveInterval, Field(description="time steps a second")] = (8.0, 14.0)
    order: Annotated[
        Literal["neighbours", "resequenced"],
        Field(description="pose index follows time, or the camera path is walked in another order than time"),
    ] = "neighbours"


class CharactersConfig(Config):
    """Who is in the scene."""

    count: Annotated[Amount, Field(description="number of characters")] = (1, 2)
    assets: Annotated[list[str], Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    motions: Annotated[list[str], Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[PositiveInterval, Field(description="metres from the camera")] = (2.2, 5.0)


class ObjectsConfig(Config):
    """Foreground objects."""

    count: Annotated[Amount, Field(description="number of objects")] = (3, 6)
    assets: Annotated[list[str], Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[PositiveInterval, Field(description="metres from the camera")] = (1.3, 5.0)
    motions: Annotated[dict[ObjectMotion, NonNegative], Field(description="weight of each kind of motion")] = Field(
        default_factory=lambda: dict(_OBJECT_MOTIONS)
    )  # fmt: skip
    motion_px: Annotated[
        PositiveInterval, Field(description="image motion of a moving object per pair, pixels at a width of 960")
    ] = (8.0, 60.0)


class DressingConfig(Config):
    """What stands about: static things that give parallax and texture."""

    count: Annotated[Amount, Field(description="number of things")] = (8, 16)
    assets: Annotated[list[str], Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[PositiveInterval, Field(description="metres from the camera")] = (3.5, 14.0)


class RoomConfig(Config):
    """Indoor scenes: size of the room and what stands along its walls. Metres."""

    width: PositiveInterval = (4.2, 7.5)
    length: PositiveInterval = (5.5, 9.0)
    height: PositiveInterval = (2.5, 3.3)
    windows: Annotated[Amount, Field(description="number of windows")] = (1, 3)
    furniture: Annotated[Amount, Field(description="pieces of furniture")] = (5, 10)


class EnvironmentConfig(Config):
    """The HDR environment."""

    hdris: Annotated[list[str], Field(description="manifest ids; empty is all with a fitting tag")] = Field(
        default_factory=list
    )
    irradiance: Annotated[
        PositiveInterval, Field(description="irradiance of the ground, W/m^2; about 5 exposes well")
    ] = (3.8, 6.5)
    capture_height: PositiveInterval = (1.4, 1.8)
    dome_radius: PositiveInterval = (22.0, 40.0)


class LightConfig(Config):
    """How light changes over time."""

    profiles: Annotated[dict[LightProfile, NonNegative], Field(description="weight of each profile")] = Field(
        default_factory=lambda: dict(_LIGHT_PROFILES)
    )
    sun: Annotated[float, Field(ge=0, le=1, description="chance of an extra sun outdoors")] = 0.6


class CameraConfig(Config):
    """The camera and how it is held."""

    lens_mm: Annotated[PositiveInterval, Field(description="focal length on a 36 mm sensor")] = (24.0, 40.0)
    height: Annotated[PositiveInterval, Field(description="metres above the floor")] = (1.1, 1.75)
    motion_px: Annotated[
        PositiveInterval, Field(description="mean image motion of static things per pair, pixels at a width of 960")
    ] = (6.0, 45.0)
    trajectories: Annotated[list[str], Field(description="manifest ids; empty is the hand-held generator")] = Field(
        default_factory=list
    )


class SceneConfig(Config):
    """A kind of scene."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="name, kept with every sample")]
    setting: Literal["outdoor", "indoor"] = "outdoor"
    manifests: Annotated[list[str], Field(min_length=1, description="manifest presets or paths")] = Field(
        default_factory=lambda: ["characters", "motions", "objects", "hdris", "trajectories"]
    )
    sequence: SequenceConfig = SequenceConfig()
    environment: EnvironmentConfig = EnvironmentConfig()
    characters: CharactersConfig = CharactersConfig()
    objects: ObjectsConfig = ObjectsConfig()
    dressing: DressingConfig = DressingConfig()
    room: RoomConfig = RoomConfig()
    light: LightConfig = LightConfig()
    camera: CameraConfig = CameraConfig()


def load_scene_config(name: str, overrides: Mapping[str, object] | Sequence[str] = ()) -> SceneConfig:
    """Read a scene configuration by preset name or path; `overrides` as `key=value` strings or a mapping."""
    if isinstance(overrides, Mapping):
        overrides = [f"{key}={_yaml(value)}" for key, value in overrides.items()]
    return read_config(SceneConfig, find_preset("scene_configs", name), overrides)


def _yaml(value: object) -> str:
    import yaml

    return yaml.safe_dump(value, default_flow_style=True, width=10**6).replace("\n...", "").strip()
