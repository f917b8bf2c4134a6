"""PSNR and SSIM of an answer against Igt over regions of it, and errors of its flow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from dsia_gen.align.matching.similarity import ssim_of
from dsia_gen.align.methods.method import Aligned, Image
from dsia_gen.core.image_metrics import psnr

VERSION = 5
"""Raised when a number changes its meaning, so that stored results are computed again."""
BORDER = 5
"""Half of SSIM's window of 11: closer to the border than this, SSIM is not averaged (Wang et al. 2004)."""
TRUSTED = 0.5
"""Confidence from which a pixel belongs to the region `own`."""

Row = dict[str, float]
"""`psnr/<region>`, `psnr_gain/<region>` in dB (inf when equal), `ssim/<region>`, `share/<region>`, and of flows
`epe/<direction>` and others."""
SPARSIFICATION = 20
"""Steps of a sparsification curve."""
OUTLIER_PX, OUTLIER_SHARE = 3.0, 0.05
"""A flow is an outlier of KITTI where its error is above both: pixels, and share of the exact flow's length."""


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
        `psnr/<region>` in dB, `psnr_gain/<region>` after one gain a channel, `ssim/<region>` and `share/<region>`; a
        region without a pixel has the last alone.
    """
    where = dict(masks)
    if answer.confidence is not None:
        where["own"] = answer.confidence >= TRUSTED
    quality = ssim_map(answer.image, target)
    lit = answer.image * channel_gains(answer.image, target)
    row: Row = {}
    for name, mask in where.items():
        row[f"share/{name}"] = 1.0 if mask is None else float(mask.mean())
        values = {
            "psnr": psnr(answer.image, target, mask),
            "psnr_gain": psnr(lit, target, mask),
            "ssim": _mean_inside(quality, mask),
        }
        row |= {f"{measured}/{name}": value for measured, value in values.items() if not math.isnan(value)}
    return row


def channel_gains(image: Image, target: Image) -> NDArray[np.float64]:
    """The gain of each channel with which an image comes nearest to another.

    Parameters
    ----------
    image : Image
        (H, W, 3) uint8.
    target : Image
        (H, W, 3) uint8.

    Returns
    -------
    ndarray
        (3,) float64 that make the mean square of `gain * image - target` least over all pixels; 1 for a black channel.
    """
    a, b = (x.reshape(-1, 3).astype(np.float64) for x in (image, target))
    power = (a * a).sum(axis=0)
    return np.where(power > 0, (a * b).sum(axis=0) / np.maximum(power, 1), 1.0)


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
    return np.asarray(ssim_of(a, b)[0, 0].numpy())


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


def flow_errors(
    flow: NDArray[np.float32] | None, truth: Mapping[str, NDArray[Any]], uncertainty: NDArray[np.float32] | None = None
) -> Row:
    """Errors of the flow that an answer used, as a flow of the camera (Igt to I2) and as optical flow (I1 to I2).

    Parameters
    ----------
    flow : ndarray or None
        (H, W, 2) px.
    truth : Mapping of str to ndarray
        Exact flows (H, W, 2) px, NaN where unknown, reasons of occlusion and dynamic masks (H, W), by the names of
        outputs.
    uncertainty : ndarray, optional
        (H, W) px, how large the method expects its error to be.

    Returns
    -------
    dict of str to float
        For each direction, over pixels whose exact flow is known and visible: `epe/<direction>`, the mean distance in
        px; `epe_moving/` and `epe_static/`, the same on what moves and on the rest; `1px/` and `3px/`, the share of
        pixels with a larger one; `pck1/`, `pck3/` and `pck5/`, the share with at most that many; `fl/`, that of KITTI's
        outliers (above 3 px and above 5% of the exact length). With an uncertainty, `spearman/`, its rank correlation
        with the error, and `ause/`, the area between sparsification curves over the mean error. `pixels/` is their
        number. `epe_known/`, `pck1_known/`, `fl_known/`, `pixels_known/` and so on are also over pixels that are hidden
        in I2, `epe_hidden/` over those alone.

    Notes
    -----
    Outliers: Menze and Geiger, CVPR 2015. Sparsification: Ilg et al., ECCV 2018, in `SPARSIFICATION` steps.
    """
    row: Row = {}
    for direction, view in (("gt_to_2", "gt"), ("1_to_2", "1")):
        exact = truth.get(f"flow_{direction}")
        if flow is None or exact is None:
            continue
        reasons, dynamic = truth.get(f"occlusion_{direction}"), truth.get(f"dynamic_{view}")
        known = np.isfinite(exact).all(axis=-1)
        apart = np.linalg.norm(flow.astype(np.float64) - np.nan_to_num(exact), axis=-1)
        seen = known & (reasons == 0) if reasons is not None else known
        over = {"epe": seen, "epe_known": known, "epe_hidden": known & ~seen}
        if dynamic is not None:
            over |= {"epe_moving": seen & dynamic.astype(bool), "epe_static": seen & ~dynamic.astype(bool)}
        row |= {f"{name}/{direction}": float(apart[where].mean()) for name, where in over.items() if where.any()}
        for suffix, where in (("", seen), ("_known", known)):
            if where.any():
                errors, length = apart[where], np.linalg.norm(exact[where].astype(np.float64), axis=-1)
                outlier = (errors > OUTLIER_PX) & (errors > OUTLIER_SHARE * length)
                row |= {f"fl{suffix}/{direction}": float(outlier.mean()), f"pixels{suffix}/{direction}": len(errors)}
                row |= {f"pck{px}{suffix}/{direction}": float((errors <= px).mean()) for px in (1, 3, 5)}
        if seen.any():
            row |= {f"{px}px/{direction}": float((apart[seen] > px).mean()) for px in (1, 3)}
        if seen.any() and uncertainty is not None:
            ranked = uncertainty_measures(uncertainty[seen], apart[seen])
            row |= {f"{name}/{direction}": value for name, value in ranked.items() if math.isfinite(value)}
    return row


def uncertainty_measures(uncertainty: NDArray[Any], errors: NDArray[Any]) -> Row:
    """Tell how well an uncertainty ranks errors.

    Parameters
    ----------
    uncertainty : ndarray
        (N,) what the method expects.
    errors : ndarray
        (N,) what they are, of the same unit.

    Returns
    -------
    dict of str to float
        `spearman`, from -1 to 1, nan where either is constant; `ause`, 0 for an uncertainty that ranks as the errors
        do: the mean error of what is left when the most uncertain share is taken away, less that when the share with
        the largest errors is, averaged over shares and divided by the mean error.
    """
    constant = np.ptp(uncertainty) == 0 or np.ptp(errors) == 0
    spearman = math.nan if constant else float(spearmanr(uncertainty, errors).statistic)
    kept = [len(errors) - len(errors) * k // SPARSIFICATION for k in range(SPARSIFICATION)]
    curves = []
    for order in (np.argsort(uncertainty, kind="stable"), np.argsort(errors, kind="stable")):
        sums = np.cumsum(errors[order])
        curves.append(np.array([sums[count - 1] / count for count in kept]))
    mean = float(errors.mean())
    return {"spearman": spearman, "ause": float((curves[0] - curves[1]).mean()) / mean if mean > 0 else 0.0}
