"""Colour spaces: luminance of linear Rec.709, and sRGB decoded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Weights of linear Rec.709 (ITU-R BT.709)."""


def linear_mean(pixels: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """(3,) scene-linear mean of an (H, W, 3 or more) sRGB image with values in [0, 1] (IEC 61966-2-1)."""
    code = pixels[..., :3]
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return linear.reshape(-1, 3).mean(axis=0, dtype=np.float64)
