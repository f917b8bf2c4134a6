"""PSNR and SSIM of an answer against Igt over regions of it, and end-point errors of its flow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torchmetrics.functional.image import structural_similarity_index_measure

from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.core.image_metrics import psnr

VERSION = 2
"""Raised when a number changes its meaning, so that stored results are computed again."""
BORDER = 5
"""Half of SSIM's window of 11: closer to the border than this, SSIM is not averaged (Wang et al. 2004)."""
TRUSTED = 0.5
"""Confidence from which a pixel belongs to the region `own`."""

Row = dict[str, float]
"""`psnr/<region>` in dB (inf when equal), `ssim/<region>`, `share/<region>`, `epe/<direction>` in px."""


def measure(answer: Aligned, target: Image, masks: Mapping[str, NDArray[np.bool_] | None]) -> Row:
    """All measures of one answer.

    Parameters
    ----------
    answer : Aligned
        The image and, where there is one, the confidence.
    target : Image
        Igt, (H, W, 3) uint8.
    masks : Mapping of str to ndarray or None
        Regions: (H, W) bool, None is all pixels.

    Returns
    -------
    dict of str to float
        `psnr/<region>` in dB, `ssim/<region>` and `share/<region>`; a region without a pixel has the last alone.
    """
    where = dict(masks)
    if answer.confidence is not None:
        where["own"] = answer.confidence >= TRUSTED
    quality = ssim_map(answer.image, target)
    row: Row = {}
    for name, mask in where.items():
        row[f"share/{name}"] = 1.0 if mask is None else float(mask.mean())
        for measured, value in (("psnr", psnr(answer.image, target, mask)), ("ssim", _mean_inside(quality, mask))):
            if not math.isnan(value):
                row[f"{measured}/{name}"] = value
    return row


def ssim_map(image: Image, target: Image) -> NDArray[np.float32]:
    """Structural similarity of each pixel.

    Parameters
    ----------
    image : Image
        (H, W, 3) uint8.
    target : Image
        (H, W, 3) uint8.

    Returns
    -------
    ndarray
        (H, W) float32, averaged over channels.

    Notes
    -----
    Wang et al., TIP 2004, eq. 13, with a Gaussian window of sigma 1.5, by torchmetrics.
    """
    a, b = (torch.from_numpy(np.ascontiguousarray(x)).permute(2, 0, 1)[None].float() / 255 for x in (image, target))
    _, full = structural_similarity_index_measure(a, b, data_range=1.0, return_full_image=True)
    return np.asarray(full[0].mean(dim=0).numpy())


def ssim(image: Image, target: Image, mask: NDArray[np.bool_] | None = None) -> float:
    """Mean structural similarity.

    Parameters
    ----------
    image : Image
        (H, W, 3) uint8.
    target : Image
        (H, W, 3) uint8.
    mask : ndarray, optional
        (H, W) bool; None is all pixels. Windows at the rim of a mask see pixels beyond it.

    Returns
    -------
    float
        The mean, without a border of `BORDER` pixels; nan for no pixel.
    """
    return _mean_inside(ssim_map(image, target), mask)


def _mean_inside(quality: NDArray[np.float32], mask: NDArray[np.bool_] | None) -> float:
    inner = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    values = quality[inner] if mask is None else quality[inner][mask[inner]]
    return float(values.mean(dtype=np.float64)) if values.size else math.nan


def flow_errors(flow: NDArray[np.float32] | None, truth: Mapping[str, NDArray[Any]]) -> Row:
    """End-point errors of the flow that an answer used.

    Parameters
    ----------
    flow : ndarray or None
        (H, W, 2) px.
    truth : Mapping of str to ndarray
        Exact flows (H, W, 2) px, NaN where unknown, and reasons of occlusion (H, W), by the names of outputs.

    Returns
    -------
    dict of str to float
        `epe/<direction>` in px: the mean over pixels whose exact flow is known and visible.
    """
    row: Row = {}
    for direction in ("gt_to_2", "1_to_2"):
        exact, reasons = truth.get(f"flow_{direction}"), truth.get(f"occlusion_{direction}")
        if flow is None or exact is None:
            continue
        known = np.isfinite(exact).all(axis=-1) & ((reasons == 0) if reasons is not None else True)
        if known.any():
            apart = np.linalg.norm(flow[known].astype(np.float64) - exact[known], axis=-1)
            row[f"epe/{direction}"] = float(apart.mean())
    return row
