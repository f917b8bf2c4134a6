"""Light: lamps, the HDR environment and the ground that belongs to it. Light is a function of time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from dsia_gen.spec.asset_file import AssetFile
from dsia_gen.spec.material import ImageMaterial
from dsia_gen.spec.motion import ColourTrack, Motion, Track
from dsia_gen.spec.record import Natural, Positive, Real, Record, Unit


class Lamp(Record):
    """A light source. Its axis is -Z of its own frame.

    `power` is in watts (area, point, spot) or W/m^2 at normal incidence (sun); `size` is the side of an area
    lamp, the radius of a point or spot (metres), or the angle of the sun (radians).
    """

    kind: Literal["sun", "area", "point", "spot"]
    motion: Motion
    power: Track
    colour: ColourTrack
    size: Positive = 0.1


class GroundedDome(Record):
    """The HDRI projected from its capture height onto a dome with a flat floor (DESIGN section 4).

    Within `floor_radius` the floor is diffuse with albedo pi L / E, so that it catches shadows yet looks like
    the photograph; `detail` in [0, 1] adds fine structure that a 1k HDRI lacks: procedural, or with `ground` that of a
    photographed ground, by which the colour of the HDRI varies about itself.
    """

    radius: Positive = 40.0
    capture_height: Positive = 1.6
    floor_radius: Positive = 12.0
    detail: Unit = 0.5
    detail_scale: Positive = 0.08
    detail_seed: Natural = 0
    ground: ImageMaterial | None = None

    @model_serializer(mode="wrap")
    def _without_nothing(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """No `ground` where there is none: specifications from before there were any keep their bytes."""
        said: dict[str, Any] = handler(self)
        return {name: value for name, value in said.items() if name != "ground" or value is not None}


class Environment(Record):
    """The HDR environment that lights the scene.

    `irradiance` is what a horizontal plane receives from it at each time (W/m^2 before tint): the HDRI is scaled to
    it, so that images of different HDRIs come out equally exposed. Texels above `clamp` times the mean are cut.
    """

    hdri: AssetFile
    asset: str
    yaw: Real = 0.0
    irradiance: Track
    tint: ColourTrack = ColourTrack(values=((1.0, 1.0, 1.0),))
    clamp: Positive = 2000.0
    dome: GroundedDome | None = None


class ExposureBounds(Record):
    """Bounds of the 8-bit sRGB images of a scene.

    `mean` bounds the mean of all channels of an image (0 to 1); `black` and `burnt` are the largest shares of pixels
    whose channels all lie below 3, or all above 252, of 255.
    """

    mean: tuple[Unit, Unit] = (0.12, 0.8)
    black: Unit = 0.3
    burnt: Unit = 0.2


class Render(Record):
    """How images are rendered: the section `quality` of a job, and part of every specification."""

    samples: Annotated[int, Field(ge=1, le=65536, description="paths a pixel, at most")] = 64
    adaptive_threshold: Annotated[Unit, Field(description="noise at which a pixel stops sampling; 0 is never")] = 0.02
    denoise: Annotated[bool, Field(description="OpenImageDenoise on the finished image")] = True
    max_bounces: Annotated[int, Field(ge=0, le=64, description="light bounces")] = 6
    clamp_indirect: Annotated[
        Real,
        Field(
            ge=0, le=1e6, description="largest radiance of an indirect light path, against fireflies; 0 means no limit"
        ),
    ] = 8.0
    exposure: Annotated[Real, Field(ge=-32, le=32, description="exposure of the 8-bit images in stops")] = 0.0
    shutter: Annotated[
        Real, Field(gt=0, le=2, description="frames that the shutter is open for, in the output image_blurred")
    ] = 0.5
    transform: Annotated[
        Literal["Standard", "AgX", "Filmic"], Field(description="Blender view transform of the 8-bit images")
    ] = "AgX"
    look: Annotated[
        Literal["None", "Medium High Contrast", "High Contrast"], Field(description="contrast of the 8-bit images")
    ] = "Medium High Contrast"


def as_specified(render: object) -> object:
    """Render settings of a specification from before `look` existed had none, and 0.01 was the threshold."""
    return {"look": "None", "adaptive_threshold": 0.01, **render} if isinstance(render, dict) else render
