"""Measures of an answer, and the simple answers it has to beat. Numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def psnr(a: NDArray[np.uint8], b: NDArray[np.uint8], where: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio in dB of (H, W, 3) uint8 images, over the pixels where (H, W); nan for none."""
    difference = a.astype(np.float64) - b.astype(np.float64)
    if where is not None:
        difference = difference[where]
    if difference.size == 0:
        return float("nan")
    error = float(np.mean(difference**2))
    return 10 * float(np.log10(255.0**2 / error)) if error > 0 else float("inf")


def backward_warp(image: NDArray[np.uint8], flow: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """`image` at pixel + flow, bilinear, (H, W, 3) uint8. flow (H, W, 2) in pixels; beyond the border: its pixels."""
    height, width = image.shape[:2]
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    x = np.clip(np.nan_to_num(column + flow[..., 0]), 0, width - 1)
    y = np.clip(np.nan_to_num(row + flow[..., 1]), 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - u) + image[top, right] * u
    lower = image[bottom, left] * (1 - u) + image[bottom, right] * u
    return np.rint(upper * (1 - v) + lower * v).astype(np.uint8)


def iou(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks; 1 when both are empty."""
    union = int((predicted | truth).sum())
    return int((predicted & truth).sum()) / union if union else 1.0
