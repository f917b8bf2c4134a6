"""A camera in numpy: exposure in stops, shot and read noise, clipping, sRGB, bits. Scene-linear arrays in and out.

Levels are linear in light and relative to a sensor that saturates at 1. Nothing here reads a file or draws from a
generator of its own: the noise depends on the seed alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Linear = NDArray[np.float32]

LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Weights of linear Rec.709 R, G and B in luminance (ITU-R BT.709)."""


@dataclass(frozen=True)
class SensorNoise:
    """Noise of a sensor that saturates at 1: variance = shot * level + read^2, Gaussian.

    The model of Foi et al., Practical Poissonian-Gaussian noise modeling, TIP 2008. The defaults lie in the middle of
    the range that Brooks et al., Unprocessing Images, CVPR 2019 (section 3.1) draw from for phones.
    """

    shot: float = 0.0025
    read: float = 0.005

    def __post_init__(self) -> None:
        if self.shot < 0 or self.read < 0:
            raise ValueError(f"noise must not be negative: shot {self.shot}, read {self.read}")


NOISELESS = SensorNoise(0.0, 0.0)


@dataclass(frozen=True)
class ExposedImage:
    """An exposure, and what is needed to undo it."""

    image: NDArray[np.uint8] | NDArray[np.uint16]
    """(H, W, 3) sRGB; uint8 up to 8 bits, else uint16."""
    stops: float
    saturated: NDArray[np.bool_]
    """(H, W): at least one channel reached the largest level."""


def expose(linear: Floats, stops: float) -> Linear:
    """Scene-linear light (H, W, 3) times 2^stops."""
    return (np.asarray(linear, dtype=np.float32) * np.float32(2.0**stops)).astype(np.float32)


def add_noise(levels: Floats, noise: SensorNoise, seed: int) -> Linear:
    """Levels (H, W, 3) with the sensor's noise on top; the same seed gives the same noise.

    Results may be negative or above 1: clip afterwards, as a sensor's converter does.
    """
    levels = np.asarray(levels, dtype=np.float32)
    if noise == NOISELESS:
        return levels
    deviation = np.sqrt(noise.shot * np.clip(levels, 0, None) + noise.read**2)
    draw = np.random.default_rng(seed).standard_normal(levels.shape, dtype=np.float32)
    return (levels + deviation * draw).astype(np.float32)


def clip(levels: Floats) -> Linear:
    """Levels cut to [0, 1], as a sensor saturates."""
    return np.clip(np.asarray(levels, dtype=np.float32), 0, 1)


def encode_srgb(levels: Floats) -> Linear:
    """Linear levels to sRGB, both in [0, 1], clipped (IEC 61966-2-1)."""
    x = clip(levels)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(np.maximum(x, 1e-8), 1 / 2.4) - 0.055).astype(
        np.float32
    )


def decode_srgb(values: Floats) -> Linear:
    """sRGB to linear levels, both in [0, 1]; the inverse of `encode_srgb`."""
    x = clip(values)
    return np.where(x <= 0.04045, x / 12.92, np.power((x + 0.055) / 1.055, 2.4)).astype(np.float32)


def quantise(values: Floats, bits: int = 8) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Values in [0, 1] as integers of 1 to 16 bits, rounded; uint8 up to 8 bits, else uint16."""
    if not 1 <= bits <= 16:
        raise ValueError(f"bits must be 1 to 16, not {bits}")
    levels = np.rint(clip(values) * (2**bits - 1))
    return levels.astype(np.uint8) if bits <= 8 else levels.astype(np.uint16)


def photograph(
    linear: Floats, stops: float = 0.0, noise: SensorNoise = NOISELESS, seed: int = 0, bits: int = 8
) -> ExposedImage:
    """What a camera makes of scene-linear light (H, W, 3): expose, noise, clip, sRGB, quantise."""
    if linear.ndim != 3 or linear.shape[2] != 3 or not np.isfinite(linear).all():
        raise ValueError(f"scene-linear light must be finite and (H, W, 3), not {linear.shape}")
    levels = clip(add_noise(expose(linear, stops), noise, seed))
    return ExposedImage(quantise(encode_srgb(levels), bits), float(stops), (levels >= 1).any(axis=-1))


def bracket(
    linear: Floats, stops: tuple[float, ...], noise: SensorNoise = NOISELESS, seed: int = 0, bits: int = 8
) -> tuple[ExposedImage, ...]:
    """One scene at several exposures, each with noise of its own."""
    return tuple(photograph(linear, stop, noise, seed * 1000 + k, bits) for k, stop in enumerate(stops))


def radiance(image: NDArray[np.uint8] | NDArray[np.uint16], stops: float, bits: int = 8) -> Linear:
    """Scene-linear light (H, W, 3) that an exposure of `stops` shows: the inverse of `photograph`, up to clipping."""
    return expose(decode_srgb(image.astype(np.float32) / (2**bits - 1)), -stops)


def luminance(linear: Floats) -> Linear:
    """Luminance (H, W) of linear Rec.709 (H, W, 3)."""
    return (np.asarray(linear, dtype=np.float32) @ np.array(LUMINANCE, dtype=np.float32)).astype(np.float32)


def metered_stops(linear: Floats, share: float = 0.99, level: float = 0.9) -> float:
    """Stops at which a `share` of the pixels of (H, W, 3) stays at or below `level`; 0 for a black image."""
    value = float(np.quantile(luminance(linear), share))
    return float(np.log2(level / value)) if value > 0 else 0.0
