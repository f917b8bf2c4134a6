"""Light of an equirectangular HDRI and of suns on the ground: radiance, irradiance, and the gain by suns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.colour import LUMINANCE
from dsia_gen.core.errors import WorkerError
from dsia_gen.core.rotations import rotation_matrix
from dsia_gen.spec.light import Environment, Lamp
from dsia_gen.spec.motion import RigidPath, motion_length


@dataclass(frozen=True)
class Skylight:
    """What an HDRI sends, in its own units.

    ceiling:    texels are cut at this value in each channel.
    irradiance: (3,) float64, on a horizontal plane facing up, after the cut.
    """

    ceiling: float
    irradiance: NDArray[np.float64]

    @property
    def luminance(self) -> float:
        """Irradiance as one number."""
        return float(self.irradiance @ LUMINANCE)


def integrate_skylight(radiance: NDArray[np.floating[Any]], clamp: float) -> Skylight:
    """Integrate an equirectangular map.

    radiance: (H, W, 3), row 0 looks straight down. A texel of latitude a covers (2 pi / W)(pi / H) cos a steradians.
    clamp:    texels above this many times the mean luminance are cut.
    Raises ValueError when the map holds no light or is not finite.
    """
    height, width = radiance.shape[:2]
    latitude = (np.arange(height) + 0.5) / height * np.pi - np.pi / 2
    solid = np.cos(latitude) * (2 * np.pi / width) * (np.pi / height)
    mean = float((radiance.mean(axis=1) @ LUMINANCE * width) @ solid / (solid.sum() * width))
    if not np.isfinite(mean) or mean <= 0:
        raise ValueError("no light, or values that are not finite")
    ceiling = clamp * mean
    rows = np.minimum(radiance, np.float32(ceiling)).sum(axis=1, dtype=np.float64)
    irradiance = (solid * np.clip(np.sin(latitude), 0, None)) @ rows
    if irradiance @ LUMINANCE <= 0:
        raise ValueError("no light from above")
    return Skylight(ceiling, irradiance)


def sun_irradiance(sun: Lamp, time: int) -> NDArray[np.float64]:
    """(3,) irradiance of a horizontal plane by a sun at a time index, W/m^2; WorkerError for other motions."""
    motion = sun.motion
    rotations = motion.rotations if isinstance(motion, RigidPath) else (getattr(motion, "rotation", None),)
    if rotations[0] is None:
        raise WorkerError(f"a sun cannot move as {type(motion).__name__}, give it a Still or RigidPath motion")
    axis = rotation_matrix(np.array(rotations[min(time, len(rotations) - 1)]))[:, 2]
    return float(sun.power.at(time) * max(0.0, axis[2])) * np.array(sun.colour.at(time))


def sun_gain(environment: Environment, light: Skylight, lamps: tuple[Lamp, ...]) -> NDArray[np.float64]:
    """(T, 3) factors by which suns brighten what lies on the ground: 1 + E_sun / E_sky (T is 1 without change)."""
    suns = [lamp for lamp in lamps if lamp.kind == "sun"]
    tracks = [environment.irradiance.values, environment.tint.values, *(lamp.power.values for lamp in suns)]
    tracks += [lamp.colour.values for lamp in suns]
    times = max([1, *(len(track) for track in tracks), *(motion_length(lamp.motion) or 1 for lamp in suns)])
    share = light.irradiance / light.luminance
    gain = np.ones((times, 3))
    for time in range(times):
        sky = environment.irradiance.at(time) * np.array(environment.tint.at(time)) * share
        direct = sum((sun_irradiance(lamp, time) for lamp in suns), np.zeros(3))
        gain[time] += direct / np.maximum(sky, 1e-9)
    return gain
