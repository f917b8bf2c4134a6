"""Which way green points in a map of normals, from the map itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SURE = 0.05
"""Correlation from which a map is believed to say it."""


def green_is_down(colours: NDArray[np.floating[Any]]) -> bool:
    """Whether a map of normals follows DirectX (green down) rather than OpenGL (green up).

    colours: (H, W, 3) in [0, 1], row 0 at the top. Slopes of a surface have no curl: how the slope along the columns
    changes along the rows is how that along the rows changes along the columns. With green the wrong way round the two
    have opposite signs. Flat maps, which do not say, count as OpenGL.
    """
    x, y, z = np.moveaxis(np.asarray(colours, dtype=np.float64) * 2.0 - 1.0, -1, 0)
    z = np.maximum(z, 0.1)
    along_rows = np.gradient(-x / z, axis=0)
    along_columns = np.gradient(y / z, axis=1)
    size = np.sqrt((along_rows**2).sum() * (along_columns**2).sum())
    return bool(size > 0 and (along_rows * along_columns).sum() / size < -SURE)
