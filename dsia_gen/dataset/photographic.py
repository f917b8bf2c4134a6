"""Photographs of a pair from its scene-linear images: exposures, noise, blur, lens, white balance, JPEG.

Parameters are drawn from a seed and the sample's name, and kept with the images; ground truth stays as it is.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image
from pydantic import Field, model_validator

from dsia_gen.core.bounds import Seed63
from dsia_gen.core.errors import StorageError
from dsia_gen.core.strict_yaml import Config
from dsia_gen.dataset.array_files import encode_png
from dsia_gen.dataset.optics import motion_blur, vignetting, white_balance
from dsia_gen.dataset.photography import ExposedImage, Linear, SensorNoise, metered_stops, photograph
from dsia_gen.dataset.reader import Sample
from dsia_gen.spec.views import ROLES, Role

Stops = Annotated[float, Field(ge=-32, le=32)]
Noise = Annotated[float, Field(ge=0, le=10)]
Shutter = Annotated[float, Field(ge=0, le=2)]
Strength = Annotated[float, Field(ge=0, le=10)]
Quality = Annotated[int, Field(ge=1, le=100)]
NEEDS = {"linear": "photographs start from", "flow_1_to_2": "blurs I1", "flow_2_to_1": "blurs I2"}
"""Outputs that a photograph may need, and what for."""

_DRAWN = ("shot", "read", "shutter", "vignetting", "warmth", "tint")
_CLEAN = {"shot": 0.0, "read": 0.0, "shutter": 0.0, "vignetting": 0.0, "jpeg": None}


class PhotographicConfig(Config):
    """How a pair is photographed. Igt has the exposure and the colours of I2, and none of its flaws."""

    stops: Annotated[
        tuple[Stops, ...], Field(min_length=1, max_length=16, description="exposures, from the metered one")
    ] = (0.0,)
    alternate: Annotated[
        bool, Field(description="I1 and I2 take turns through `stops`, as in a bracketing video; else each takes all")
    ] = True
    metered_share: Annotated[
        float, Field(gt=0, le=1, description="share of I1 that is below metered_level at 0 stops")
    ] = 0.95
    metered_level: Annotated[float, Field(gt=0, le=1, description="of the sensor's range")] = 0.8
    shot: Annotated[tuple[Noise, Noise], Field(description="variance of the noise for a level of 1")] = (0.0005, 0.004)
    read: Annotated[tuple[Noise, Noise], Field(description="deviation of the noise in the dark")] = (0.001, 0.006)
    shutter: Annotated[
        tuple[Shutter, Shutter], Field(description="open share of the time from t1 to t2; 0 means no blur")
    ] = (0.0, 0.0)
    vignetting: Annotated[
        tuple[Strength, Strength], Field(description="strength of the cosine-fourth law; 0 is none")
    ] = (0.0, 0.0)
    warmth: Annotated[tuple[Stops, Stops], Field(description="stops from blue to red, for I1 and I2 each")] = (0.0, 0.0)
    tint: Annotated[tuple[Stops, Stops], Field(description="stops of green, for I1 and I2 each")] = (0.0, 0.0)
    jpeg: Annotated[tuple[Quality, Quality] | None, Field(description="quality 1 to 100; null writes PNG")] = None
    seed: Annotated[Seed63, Field(description="of all that is drawn")] = 0

    @model_validator(mode="after")
    def _ranges(self) -> PhotographicConfig:
        for name in (*_DRAWN, "jpeg"):
            value = getattr(self, name)
            if value is not None and value[0] > value[1]:
                raise ValueError(f"{name} goes from {value[0]:g} to {value[1]:g}: write the smaller number first")
        return self

    def needs(self) -> tuple[str, ...]:
        """Outputs that a data set must have."""
        return tuple(NEEDS) if self.shutter[1] > 0 else ("linear",)


@dataclass(frozen=True)
class Photograph:
    """One image file of a pair: name without suffix, its encoded bytes, and all that made it."""

    name: str
    data: bytes
    suffix: str
    parameters: Mapping[str, Any]


def photograph_pair(sample: Sample, config: PhotographicConfig) -> list[Photograph]:
    """The images of a pair: I1 and I2 as a camera takes them, and Igt, which I2 would be at P1 if it had no flaws.

    Names are I1, I2, Igt, with the stops behind (`I1_ev-2.0`) unless they alternate. The exposure is metered on I1 for
    all three. Parameters depend on the configuration and the sample's id alone. StorageError names a missing output.
    """
    for output in config.needs():
        if output not in sample:
            raise StorageError(
                f"{sample.id} has no {output}, which {NEEDS[output]}; render with `outputs: [default, linear]`"
            )
    base = metered_stops(sample.array("linear", "1"), config.metered_share, config.metered_level)
    parameters = {role: _draw(config, sample.id, role) for role in ("1", "2")}
    parameters["gt"] = {**parameters["2"], **_CLEAN}
    photographs = []
    for role in ROLES:
        drawn = parameters[role]
        # through the lens
        light: Linear = sample.array("linear", role).astype(np.float32)
        if drawn["shutter"]:
            light = motion_blur(light, sample.flow("1_to_2" if role == "1" else "2_to_1"), drawn["shutter"])
        if drawn["vignetting"]:
            light = light * vignetting(sample.scene.resolution, sample.camera(role)[0], drawn["vignetting"])[..., None]
        light = white_balance(light, drawn["warmth"], drawn["tint"])
        # Frames of a bracketing video take turns: pair k shows frames k and k + 1; Igt is as bright as I2.
        turn = config.stops[(sample.pair.index + (role != "1")) % len(config.stops)]
        for stops in (turn,) if config.alternate else config.stops:
            noise = SensorNoise(drawn["shot"], drawn["read"])
            taken = photograph(light, base + stops, noise, drawn["noise_seed"])
            suffix, data = _encode(taken, drawn["jpeg"])
            name = f"I{role}" if config.alternate else f"I{role}_ev{stops:+.1f}"
            record = {"stops": stops, "metered_stops": round(base, 6), **drawn}
            record["saturated_share"] = round(float(taken.saturated.mean()), 6)
            photographs.append(Photograph(name, data, suffix, record))
    return photographs


def _draw(config: PhotographicConfig, sample: str, role: Role) -> dict[str, Any]:
    """The flaws of one image, with the seed of its noise."""
    number = int.from_bytes(hashlib.sha256(sample.encode()).digest()[:8], "big")
    rng = np.random.default_rng([config.seed, number, ROLES.index(role)])
    drawn: dict[str, Any] = {name: round(float(rng.uniform(*getattr(config, name))), 6) for name in _DRAWN}
    quality = int(rng.integers(config.jpeg[0], config.jpeg[1] + 1)) if config.jpeg else None
    return drawn | {"noise_seed": int(rng.integers(2**32)), "jpeg": quality}


def _encode(taken: ExposedImage, quality: int | None) -> tuple[str, bytes]:
    if quality is None:
        return ".png", encode_png(taken.image)
    stream = io.BytesIO()
    Image.fromarray(taken.image).save(stream, format="JPEG", quality=quality, subsampling=0 if quality >= 90 else 2)
    return ".jpg", stream.getvalue()
