"""Measures of an answer, and the simple answers it has to beat. Numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def psnr(a: NDArray[Any], b: NDArray[Any], where: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio of 8-bit levels.

    Parameters
    ----------
    a, b : ndarray, (H, W, 3) or (N, 3)
        Levels from 0 to 255, of any dtype.
    where : ndarray of bool, (H, W), optional
        The pixels that count; all by default.

    Returns
    -------
    float
        Decibels; infinity for equal images, NaN where no pixel counts.
    """
    difference = a.astype(np.float64) - b.astype(np.float64)
    if where is not None:
        difference = difference[where]
    if difference.size == 0:
        return float("nan")
    error = float(np.mean(difference**2))
    return 10 * float(np.log10(255.0**2 / error)) if error > 0 else float("inf")


def backward_warp(image: NDArray[np.uint8], flow: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """An image seen through a flow: bilinear values at pixel + flow.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, 3)
        The image to which the flow leads.
    flow : ndarray of float, (H, W, 2)
        Displacements in pixels, right and down; NaN counts as the upper left corner.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        The warped image; positions beyond the border take its pixels.
    """
    height, width = image.shape[:2]
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    values = bilinear(image, np.nan_to_num(column + flow[..., 0]), np.nan_to_num(row + flow[..., 1]))
    return np.rint(values).astype(np.uint8)


def bilinear(image: NDArray[Any], x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Values of an image at positions between its pixels.

    Parameters
    ----------
    image : ndarray, (H, W, C)
        An image of any dtype.
    x, y : ndarray of float, (...)
        Columns and rows, pixel centres at whole numbers; positions beyond the border take its pixels.

    Returns
    -------
    ndarray of float64, (..., C)
        Bilinear values.
    """
    height, width = image.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    u, v = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - u) + image[top, right] * u
    lower = image[bottom, left] * (1 - u) + image[bottom, right] * u
    return upper * (1 - v) + lower * v


def iou(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Intersection over union of two masks.

    Parameters
    ----------
    predicted, truth : ndarray of bool
        Masks of one shape.

    Returns
    -------
    float
        From 0 to 1; 1 when both are empty.
    """
    union = int((predicted | truth).sum())
    return int((predicted & truth).sum()) / union if union else 1.0
