"""Alpha tests: whether a cut-out (leaf, hair or lash card) exists at a texture coordinate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.spec.frozen_geometry import Cutout


def sample_alpha(alpha: NDArray[np.float32], uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) alpha of a texture (H, W), row 0 at v = 1, at (N, 2) coordinates: bilinear, repeated in both directions.

    Texel centres lie at half-integers, as in Cycles.
    """
    height, width = alpha.shape
    x = uv[:, 0] * width - 0.5
    y = (1.0 - uv[:, 1]) * height - 0.5
    left, top = np.floor(x), np.floor(y)
    fx, fy = x - left, y - top
    x0, y0 = left.astype(np.int64) % width, top.astype(np.int64) % height
    x1, y1 = (x0 + 1) % width, (y0 + 1) % height
    upper = alpha[y0, x0] * (1 - fx) + alpha[y0, x1] * fx
    lower = alpha[y1, x0] * (1 - fx) + alpha[y1, x1] * fx
    return upper * (1 - fy) + lower * fy


def transparent(cutout: Cutout, corners: NDArray[np.float32], barycentric: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(N,) whether the alpha test fails at (N, 2) barycentric weights of vertices 1 and 2, for (N, 3, 2) corner uv."""
    u, v = barycentric[:, :1].astype(np.float64), barycentric[:, 1:].astype(np.float64)
    uv = corners[:, 0] * (1 - u - v) + corners[:, 1] * u + corners[:, 2] * v
    return sample_alpha(cutout.alpha, uv) < cutout.threshold
