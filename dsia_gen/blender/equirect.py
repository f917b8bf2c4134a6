"""Numbers of an equirectangular HDRI: its mean radiance and the irradiance that it gives to the ground."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AssetError

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear Rec.709 (ITU-R BT.709)."""


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


def load_hdri(path: Path) -> Any:
    """The image data block of an HDRI file; AssetError when it is broken or not a high dynamic range image."""
    try:
        image = bpy.data.images.load(str(path), check_existing=True)
    except RuntimeError as error:
        raise AssetError(f"{path} cannot be read as an HDRI, fetch it again") from error
    if 0 in image.size or not image.has_data:  # asking for the size is what reads the file
        raise AssetError(f"{path} is broken and cannot be read as an HDRI, fetch it again")
    if not image.is_float:
        raise AssetError(f"{path} is not a high dynamic range image, use an .exr or .hdr file")
    return image


def image_pixels(image: Any) -> NDArray[np.float32]:
    """(H, W, 4) float32 RGBA of an image data block, row 0 at the bottom (v = 0)."""
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)


def measure(radiance: NDArray[np.float32], clamp: float) -> Skylight:
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


def skylight(image: Any, path: Path, clamp: float) -> Skylight:
    """`measure` of an image data block; AssetError, naming the file, where that fails."""
    try:
        return measure(image_pixels(image)[..., :3], clamp)
    except ValueError as error:
        raise AssetError(f"{path} cannot light a scene ({error}), use another HDRI") from error
