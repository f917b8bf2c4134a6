"""Thumbnails: small images of one asset by itself, for contact sheets and imports. Pure data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.spec.asset import Shape
from dsia_gen.spec.light import Environment
from dsia_gen.spec.motion import HumanoidMotion
from dsia_gen.spec.record import Record


class ShapeThumbnail(Record):
    """A shape in a studio. With `motion`, which needs a character, it stands there once for each of `moments`.

    `rest` shows it in its rest pose too, on the left.
    """

    type: Literal["shape"] = "shape"
    shape: Shape
    motion: HumanoidMotion | None = None
    moments: tuple[Annotated[int, Field(ge=0)], ...] = ()
    rest: bool = True

    @model_validator(mode="after")
    def _something_to_show(self) -> ShapeThumbnail:
        if self.moments and self.motion is None:
            raise ValueError("moments need a motion")
        if not self.rest and not self.moments:
            raise ValueError("a thumbnail shows the rest pose or at least one moment")
        return self


class EnvironmentThumbnail(Record):
    """An HDR environment with a grey and a mirror ball in it."""

    type: Literal["environment"] = "environment"
    environment: Environment


Thumbnail = Annotated[ShapeThumbnail | EnvironmentThumbnail, Field(discriminator="type")]


class ThumbnailSheet(Record):
    """Thumbnails to render in one Blender process, each `size` (width, height) pixels."""

    thumbnails: tuple[Thumbnail, ...]
    size: tuple[Annotated[int, Field(ge=16, le=4096)], Annotated[int, Field(ge=16, le=4096)]] = (160, 160)
    samples: Annotated[int, Field(ge=1, le=4096)] = 16
