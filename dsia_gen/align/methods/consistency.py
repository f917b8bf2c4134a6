"""The forward-backward check of two flows. Numpy only."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.image_metrics import bilinear

ALPHA, BETA = 0.01, 0.5
CheckForm = Literal["gmflow", "unflow"]


def consistent(
    forward: NDArray[np.floating[Any]],
    backward: NDArray[np.floating[Any]],
    form: CheckForm = "gmflow",
    alpha: float = ALPHA,
    beta: float = BETA,
) -> NDArray[np.bool_]:
    """(H, W): pixels where the flow there and back cancels, both (H, W, 2) px; False outside of the image and
    where a flow is NaN.

    With b read at pixel + f, `unflow` is |f + b|^2 < alpha (|f|^2 + |b|^2) + beta (Meister et al., AAAI 2018, eq. 2).
    `gmflow` has the same constants without the squares, |f + b| < alpha (|f| + |b|) + beta, as the code of GMFlow (Xu
    et al., CVPR 2022), which the paper names for its check.
    """
    height, width = forward.shape[:2]
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    f = forward.astype(np.float64)
    x, y = column + f[..., 0], row + f[..., 1]
    inside = np.isfinite(f).all(axis=-1) & (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    b = bilinear(backward.astype(np.float64), np.where(inside, x, 0), np.where(inside, y, 0))
    power = 1 if form == "gmflow" else 2
    apart = np.linalg.norm(f + b, axis=-1) ** power
    length = np.linalg.norm(f, axis=-1) ** power + np.linalg.norm(b, axis=-1) ** power
    with np.errstate(invalid="ignore"):
        return inside & (apart < alpha * length + beta)
