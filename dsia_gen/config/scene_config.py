"""What a scene may contain: the ranges and lists from which the sampler draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import yaml
from pydantic import AfterValidator, Field, model_validator

from dsia_gen.config.pixel_section import PixelSection
from dsia_gen.config.presets import beside, find_preset
from dsia_gen.core.bounds import Metres, NameText, PathText, Share, Unit, Weight
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.strict_yaml import Config, parse_config, read_config


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("the first number must not be larger than the second")
    return pair


ObjectMotion = Literal["still", "fly", "tumble", "roll", "slide", "spin", "fall", "swing"]
LightProfile = Literal["constant", "gentle", "strong", "abrupt"]

FORMAT_VERSION = 2
"""The version of scene configurations and jobs. In version 1, camera_px and foreground_px counted at a width of 960."""
FormatVersion = Annotated[int, Field(strict=True, ge=1, le=FORMAT_VERSION)]
VERSION_HELP = "of the format: without it, or with 1, camera_px and foreground_px are read as pixels at a width of 960"
PAIR_LIMIT, STEP_LIMIT = 100, 1000
"""Pairs of all passes, and steps of a pass: more would take minutes to decide; there can be many scenes."""
RoomPlan = Literal["rectangle", "corner", "niche", "column"]

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

_ROOM_PLANS: dict[RoomPlan, float] = {"rectangle": 1.0, "corner": 1.2, "niche": 1.0, "column": 1.0}

Shares = Annotated[tuple[Share, Share], AfterValidator(_ordered)]
Distances = Annotated[tuple[Metres, Metres], AfterValidator(_ordered)]
RoomSide = Annotated[float, Field(ge=3, le=100), Unit("m")]
Lengths = Annotated[tuple[RoomSide, RoomSide], AfterValidator(_ordered)]
RoomHeight = Annotated[float, Field(ge=1.8, le=30), Unit("m")]
Angle = Annotated[float, Field(ge=0, le=180), Unit("degrees")]
Facing = Annotated[Angle | None, Field(examples=[40])]
Heights = Annotated[tuple[RoomHeight, RoomHeight], AfterValidator(_ordered)]
Pixels = Annotated[float, Field(ge=1e-3, le=10_000), Unit("px")]
Motions = Annotated[tuple[Pixels, Pixels], AfterValidator(_ordered)]
OwnMotions = Annotated[Motions | None, Field(examples=[[6, 14]])]
Fps = Annotated[float, Field(ge=0.1, le=1000), Unit("1/s")]
Rates = Annotated[tuple[Fps, Fps], AfterValidator(_ordered)]
Irradiance = Annotated[float, Field(ge=1e-3, le=10_000), Unit("W/m^2")]
Irradiances = Annotated[tuple[Irradiance, Irradiance], AfterValidator(_ordered)]
Radius = Annotated[float, Field(ge=5, le=1000), Unit("m")]
Radii = Annotated[tuple[Radius, Radius], AfterValidator(_ordered)]
FocalLength = Annotated[float, Field(ge=1, le=2000), Unit("mm")]
FocalLengths = Annotated[tuple[FocalLength, FocalLength], AfterValidator(_ordered)]
FNumber = Annotated[float, Field(ge=0.1, le=256), Unit("f-number")]
FNumbers = Annotated[tuple[FNumber, FNumber], AfterValidator(_ordered), Field(examples=[[2.0, 5.6]])]
Steps = Annotated[int, Field(ge=1, le=100), Unit("steps")]
Gap = Annotated[tuple[Steps, Steps], AfterValidator(_ordered)]
FewItems = Annotated[int, Field(ge=0, le=20)]
FewAmount = Annotated[tuple[FewItems, FewItems], AfterValidator(_ordered)]
Items = Annotated[int, Field(ge=0, le=60)]
Amount = Annotated[tuple[Items, Items], AfterValidator(_ordered)]
Ids = Annotated[list[str], Field(max_length=100_000, examples=[["polyhaven/forest_slope"]])]


class SequenceConfig(Config):
    """How a scene is cut into pairs. I2 of a pair is I1 of the next, so that views are shared."""

    renamed_keys: ClassVar[Mapping[str, str]] = {"ways": "pair_directions"}

    pairs: Annotated[int, Field(ge=1, le=100, description="pairs of one pass")] = 4
    passes: Annotated[
        int,
        Field(ge=1, le=20, description="times that the motion is filmed again, each along a camera path of its own"),
    ] = 1
    gap: Annotated[Gap, Field(description="time steps between I1 and I2, chosen so that foreground_px is met")] = (2, 8)
    pose_gap: Annotated[Gap, Field(description="steps on the camera path between I1 and I2, chosen for camera_px")] = (
        2,
        8,
    )
    fps: Annotated[Rates, Field(description="time steps a second, chosen so that foreground_px is met")] = (8.0, 240.0)
    order: Annotated[
        Literal["neighbours", "resequenced"],
        Field(description="the camera path is walked along with time, or from anywhere on it and in either direction"),
    ] = "neighbours"
    pair_directions: Annotated[
        Literal[1, 2, 4],
        Field(
            description="pairs made of two times and two poses: 1 forwards; 2 backwards too, for half as many more "
            "views; 4 also with the poses exchanged, for no further view"
        ),
    ] = 1

    @model_validator(mode="after")
    def _within_a_scene(self) -> SequenceConfig:
        if self.pairs * self.passes > PAIR_LIMIT:
            given = f"pairs ({self.pairs}) times passes ({self.passes})"
            raise ValueError(f"{given} must not be more than {PAIR_LIMIT}; ask for more scenes")
        for name, gap in (("gap", self.gap), ("pose_gap", self.pose_gap)):
            if self.pairs * gap[1] > STEP_LIMIT:
                given = f"pairs ({self.pairs}) times the largest {name} ({gap[1]})"
                raise ValueError(f"{given} must not be more than {STEP_LIMIT} steps; ask for more scenes")
        return self


class MotionConfig(PixelSection):
    """How much a pair moves: camera and foreground are chosen independently, each in one of two kinds of pixels."""

    camera_px: Annotated[
        OwnMotions,
        Field(
            description="mean |flow_gt_to_2| over static pixels, in pixels of the images that are rendered",
            examples=[[6, 14]],
        ),
    ] = None
    foreground_px: Annotated[
        OwnMotions,
        Field(
            description="mean |flow_1_to_gt| over dynamic pixels, in pixels of the images that are rendered",
            examples=[[3, 10]],
        ),
    ] = None
    camera_px_at_960: Annotated[
        Motions, Field(description="the same as camera_px in pixels at a width of 960, for images of any width")
    ] = (4.0, 45.0)
    foreground_px_at_960: Annotated[
        Motions, Field(description="the same as foreground_px in pixels at a width of 960, for images of any width")
    ] = (4.0, 40.0)
    cover: Annotated[Shares, Field(description="share of the image that things in motion cover")] = (0.03, 0.6)


class CharactersConfig(Config):
    """Who is in the scene."""

    later_keys: ClassVar[frozenset[str]] = frozenset({"facing"})

    count: Annotated[FewAmount, Field(description="number of characters")] = (1, 2)
    assets: Annotated[Ids, Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    motions: Annotated[Ids, Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[Distances, Field(description="metres from the camera")] = (2.2, 5.0)
    facing: Annotated[
        Facing, Field(description="largest angle, seen from above, between where they go and the camera; none is any")
    ] = None


class ObjectsConfig(Config):
    """Foreground objects."""

    later_keys: ClassVar[frozenset[str]] = frozenset({"facing"})

    count: Annotated[Amount, Field(description="number of objects")] = (3, 6)
    assets: Annotated[Ids, Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[Distances, Field(description="metres from the camera")] = (1.3, 5.0)
    facing: Annotated[
        Facing, Field(description="largest angle, seen from above, between their front and the camera; none is any")
    ] = None
    motions: Annotated[dict[ObjectMotion, Weight], Field(description="weight of each kind of motion")] = Field(
        default_factory=lambda: dict(_OBJECT_MOTIONS)
    )  # fmt: skip


class PropsConfig(Config):
    """Static objects of an outdoor scene, which give parallax and texture."""

    count: Annotated[Amount, Field(description="number of objects")] = (8, 16)
    assets: Annotated[Ids, Field(description="manifest ids; empty is all")] = Field(default_factory=list)
    distance: Annotated[Distances, Field(description="metres from the camera")] = (3.5, 14.0)


class RoomConfig(Config):
    """Indoor scenes: size of the room and the furniture along its walls."""

    width: Annotated[Lengths, Field(description="metres along X")] = (4.2, 7.5)
    length: Annotated[Lengths, Field(description="metres along Y, the direction of view")] = (5.5, 9.0)
    height: Annotated[Heights, Field(description="metres from floor to ceiling")] = (2.5, 3.3)
    windows: Annotated[FewAmount, Field(description="number of windows")] = (1, 3)
    furniture: Annotated[Amount, Field(description="pieces of furniture")] = (5, 10)
    plans: Annotated[
        dict[RoomPlan, Weight],
        Field(
            min_length=1,
            description="weight of each plan: a rectangle, one without a corner (L), with a niche, with a column",
        ),
    ] = Field(default_factory=lambda: dict(_ROOM_PLANS))


class TexturesConfig(Config):
    """Photographed textures on built-in shapes: wood on wooden surfaces, and so on."""

    share: Annotated[Share, Field(description="share of the surfaces with a fitting texture that get one")] = 0.5
    assets: Annotated[Ids, Field(description="manifest ids; empty is all")] = Field(default_factory=list)


class EnvironmentConfig(Config):
    """The HDR environment."""

    hdris: Annotated[Ids, Field(description="manifest ids; empty is all with a fitting tag")] = Field(
        default_factory=list
    )
    irradiance: Annotated[Irradiances, Field(description="irradiance of the ground, W/m^2; about 5 exposes well")] = (
        3.8,
        6.5,
    )
    capture_height: Annotated[Distances, Field(description="metres above the ground of the HDRI's camera")] = (1.4, 1.8)
    dome_radius: Annotated[Radii, Field(description="metres to the shell that the HDRI is seen on")] = (22.0, 40.0)


class ExposureConfig(Config):
    """Limits on the brightness of images, as 8-bit sRGB: neither black nor overexposed."""

    renamed_keys: ClassVar[Mapping[str, str]] = {"burnt": "overexposed"}

    mean: Annotated[Shares, Field(description="mean brightness of an image, 0 to 1")] = (0.12, 0.8)
    black: Annotated[Share, Field(description="largest share of pixels below 3/255 in all channels")] = 0.3
    overexposed: Annotated[Share, Field(description="largest share of pixels above 252/255 in all channels")] = 0.2


class LightConfig(Config):
    """How light changes over time."""

    profiles: Annotated[dict[LightProfile, Weight], Field(min_length=1, description="weight of each profile")] = Field(
        default_factory=lambda: dict(_LIGHT_PROFILES)
    )
    sun: Annotated[Share, Field(description="chance of an extra sun, outdoors or through the windows")] = 0.6
    torch: Annotated[Share, Field(description="chance of a carried lamp that turns, indoors")] = 0.35
    exposure: ExposureConfig = ExposureConfig()


class HoldoutConfig(Config):
    """Assets that training never sees: a share of each kind, chosen by the hash of the id."""

    share: Annotated[Share, Field(description="share of the assets that is kept for tests; 0 shares all")] = 0.0
    side: Annotated[Literal["train", "test"], Field(description="which assets this configuration draws from")] = "train"


class CameraConfig(Config):
    """The camera and how it is held."""

    lens_mm: Annotated[FocalLengths, Field(description="focal length on a 36 mm sensor")] = (24.0, 40.0)
    height: Annotated[Distances, Field(description="metres above the floor")] = (1.1, 1.75)
    trajectories: Annotated[Ids, Field(description="manifest ids; empty is the hand-held generator")] = Field(
        default_factory=list
    )
    aperture: Annotated[
        FNumbers | None,
        Field(
            description="f-numbers of a depth of field focused on the nearest subject; none is all sharp",
            examples=[[2.0, 5.6]],
        ),
    ] = None


class SceneConfig(Config):
    """A kind of scene, or a mix of kinds."""

    format_version: ClassVar[int | None] = FORMAT_VERSION
    about_file: ClassVar[frozenset[str]] = frozenset({"version", "folder"})
    renamed_keys: ClassVar[Mapping[str, str]] = {"dressing": "props"}
    misplaced_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("scenes", "resolution", "quality", "outputs", "subsets", "resources", "assets", "licences"), "in a job"
    )

    version: Annotated[FormatVersion, Field(description=VERSION_HELP)] = FORMAT_VERSION
    name: Annotated[NameText, Field(description="name, kept with every sample", examples=["street"])]
    mix: Annotated[
        dict[PathText, Weight],
        Field(
            max_length=100,
            description="draws each scene from one of these by weight; what is given here takes precedence",
            examples=[{"outdoor": 2, "indoor": 1}],
        ),
    ] = Field(default_factory=dict)
    setting: Annotated[Literal["outdoor", "indoor"], Field(description="on an HDRI's ground or in a room")] = "outdoor"
    manifests: Annotated[
        list[PathText], Field(min_length=1, max_length=1000, description="presets, paths, or generator:NAME")
    ] = Field(default_factory=lambda: ["characters", "motions", "objects", "hdris", "trajectories"])
    own_first: Annotated[
        bool,
        Field(
            description="characters, motions, foreground objects, HDRIs and camera paths come only from your asset "
            "folder where it holds any that fit; built-in ones are used where it holds none"
        ),
    ] = False
    sequence: SequenceConfig = SequenceConfig()
    motion: MotionConfig = MotionConfig()
    environment: EnvironmentConfig = EnvironmentConfig()
    characters: CharactersConfig = CharactersConfig()
    objects: ObjectsConfig = ObjectsConfig()
    props: PropsConfig = PropsConfig()
    room: RoomConfig = RoomConfig()
    textures: TexturesConfig = TexturesConfig()
    light: LightConfig = LightConfig()
    camera: CameraConfig = CameraConfig()
    holdout: HoldoutConfig = HoldoutConfig()
    variants: Annotated[
        tuple[Variant, ...], Field(description="what `mix` stands for; filled in when the file is read")
    ] = ()
    folder: Annotated[
        PathText | None, Field(description="where paths in `manifests` begin; filled in when the file is read")
    ] = None

    @property
    def manifest_files(self) -> list[str]:
        """Names of presets and paths of the manifests; those of all variants of a mix."""
        if self.variants:
            return list(dict.fromkeys(name for v in self.variants for name in v.scene.manifest_files))
        return [beside(self.folder, name) or name for name in self.manifests]

    def at_reference(self, width: int) -> SceneConfig:
        """The same configuration with every motion in pixels at a width of 960.

        Parameters
        ----------
        width : int
            Width in pixels of the images that it is for.

        Returns
        -------
        SceneConfig
            With the same scenes.
        """
        variants = tuple(v.model_copy(update={"scene": v.scene.at_reference(width)}) for v in self.variants)
        return self.model_copy(update={"motion": self.motion.at_reference(width), "variants": variants})


class Variant(Config):
    """One kind of scene of a mix."""

    weight: Annotated[Weight, Field(description="its weight in the mix")]
    scene: Annotated[SceneConfig, Field(description="the configuration itself")]


SceneConfig.model_rebuild()  # it names Variant


def load_scene_config(
    source: str | SceneConfig, overrides: Mapping[str, object] | Sequence[str] = (), folder: str | None = None
) -> SceneConfig:
    """Read a scene configuration.

    Parameters
    ----------
    source : str or SceneConfig
        A preset of scene_configs/, the path of a YAML file, or a configuration that was read before.
    overrides : mapping of str to object, or sequence of str
        Values by dotted key in the present format, or `key=value` strings with values in YAML, which are read as
        though they stood in the file.
    folder : str, optional
        Where a path begins, unless it leads to a file from the current folder alone.

    Returns
    -------
    SceneConfig
        The configuration. A mix is resolved: each of its variants is a whole configuration, and `manifests` lists
        those of all.

    Raises
    ------
    ConfigError
        With every problem of the file and the overrides.
    """
    version = FORMAT_VERSION if isinstance(overrides, Mapping) else None
    if isinstance(overrides, Mapping):
        overrides = _as_overrides(overrides)
    if isinstance(source, SceneConfig) and not overrides and len(source.variants) == len(source.mix):
        return _with_variants(source, source.variants) if source.mix else source
    config, folder = _read(source, overrides, version, folder)
    if not config.mix:
        return config
    away = {"version", "mix", "variants", "folder"}
    given = _as_overrides(_flat(config.model_dump(mode="json", exclude_unset=True, exclude=away)))
    parts: list[tuple[str | SceneConfig, float]] = [(v.scene, v.weight) for v in config.variants]
    variants = []
    for base, weight in parts or config.mix.items():
        scene, _ = _read(base, given, FORMAT_VERSION, folder)
        if scene.mix:
            raise ConfigError(str(source), ["mix: names a configuration that is a mix itself; name its parts"])
        if "manifests" in config.model_fields_set:
            scene = scene.model_copy(update={"folder": config.folder})
        variants.append(Variant(weight=weight, scene=scene))
    return _with_variants(config, tuple(variants))


def _with_variants(config: SceneConfig, variants: tuple[Variant, ...]) -> SceneConfig:
    """A mix with its parts, whose manifests it lists all."""
    manifests = list(dict.fromkeys(name for variant in variants for name in variant.scene.manifests))
    resolved = config.model_copy(update={"variants": variants, "manifests": manifests})
    if "manifests" not in config.model_fields_set:  # the mix does not state them, and so gives none to its parts
        resolved.model_fields_set.discard("manifests")
    return resolved


def _read(
    source: str | SceneConfig, overrides: Sequence[str], version: int | None, folder: str | None
) -> tuple[SceneConfig, str | None]:
    """One configuration with overrides of a version of the format, its mix unresolved; and its folder."""
    if isinstance(source, SceneConfig):
        if not overrides:
            return source, None
        stated = {"version": FORMAT_VERSION, **source.model_dump(mode="json", exclude_unset=True)}
        text = yaml.safe_dump(stated, sort_keys=False)  # the order of weights is that in which things are drawn
        return parse_config(SceneConfig, text, source.name, overrides, overrides_version=version), None
    path = find_preset("scene_configs", beside(folder, source) or source)
    config = read_config(SceneConfig, path, overrides, overrides_version=version)
    here = str(path.resolve().parent)
    if any(beside(here, name) for name in config.manifests):
        config = config.model_copy(update={"folder": here})
    return config, here


def _as_overrides(values: Mapping[str, object]) -> list[str]:
    texts = {key: yaml.safe_dump(value, default_flow_style=True, width=10**6) for key, value in values.items()}
    return [key + "=" + text.removesuffix("\n").removesuffix("\n...") for key, text in texts.items()]


def _flat(document: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Dotted keys of nested sections; weights (a mapping of names to numbers) stay whole."""
    flat: dict[str, object] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and key not in ("motions", "profiles", "plans"):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
