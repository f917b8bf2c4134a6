"""Masks of what images of a set have in common: clusters of features that are salient in most of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq
from torch import Tensor

from dsia_gen.align.methods.method import UnavailableError, opencv
from dsia_gen.align.methods.spacejam.square_frame import SquareFrame

Floats = NDArray[np.float64]
_CLUSTERS, _ELBOW, _VOTES, _ATTENTION = 15, 0.975, 0.75, 0.065
"""Clusters at most, share of the distances from which on another is of no use, votes of images, and least attention of
Amir et al. (2021)."""
_CELLS = 4000
"""Cells that are clustered; the others are assigned."""
_ROUNDS, _ERODED = 5, 7
"""Iterations of GrabCut, and how far in cells of a mask of 256 its border is uncertain."""


def salient_masks(
    images: Sequence[NDArray[np.uint8]], components: Tensor, inside: Tensor, attention: Tensor | None
) -> tuple[Tensor, int]:
    """(N, s, s) bool masks of images with components (N, K, s, s), and how many images had to be used whole.

    Clusters are salient where the mean attention of the class token is large, as in co-segmentation by Amir et al.;
    without attention, where cells are unlike those at the borders of images. GrabCut follows colours where it is
    installed.
    """
    valid = inside.numpy()
    cells = components.permute(0, 2, 3, 1).numpy().astype(np.float64)
    labels = np.full(valid.shape, -1)
    labels[valid] = _clusters(cells[valid])
    saliency = _unlike_border(cells, valid) if attention is None else _scaled(attention.numpy(), valid)
    votes = np.zeros(labels.max() + 1)
    present = np.zeros_like(votes)
    for label, value, on in zip(labels, saliency, valid, strict=True):
        least = float(value[on].mean()) if attention is None else _ATTENTION
        for k in np.unique(label[on]):
            present[k] += 1
            votes[k] += value[label == k].mean() > least
    chosen = np.flatnonzero(votes >= _VOTES * np.maximum(present, 0.5 * len(images)))
    masks = np.isin(labels, chosen) & valid
    refined = [_by_colour(image, mask) for image, mask in zip(images, masks, strict=True)]
    missing = 0
    for k, mask in enumerate(refined):
        found = mask & valid[k]
        if found.sum() < 0.005 * valid[k].sum():
            missing += 1
            found = valid[k]
        masks[k] = found
    return torch.from_numpy(masks), missing


def _clusters(cells: Floats) -> NDArray[np.intp]:
    """The cluster of each cell (M, K); their number grows as long as it shortens distances."""
    chosen = cells[np.linspace(0, len(cells) - 1, min(_CELLS, len(cells))).round().astype(int)]
    centres, before = chosen.mean(axis=0, keepdims=True), np.inf
    for count in range(1, _CLUSTERS + 1):
        found, labels = kmeans2(chosen, count, minit="++", seed=0, missing="warn") if count > 1 else (centres, None)
        distance = float(np.square(vq(chosen, found)[1]).sum())
        if labels is not None and distance > _ELBOW * before:
            break
        centres, before = found, distance
    nearest: NDArray[np.intp] = vq(cells, centres)[0]
    return nearest


def _unlike_border(cells: Floats, valid: NDArray[np.bool_]) -> Floats:
    """(N, s, s) distance of cells from those at the border of their image, in its deviations."""
    result = np.zeros(valid.shape)
    for k, on in enumerate(valid):
        rows, columns = np.nonzero(on)
        ring = (rows < rows.min() + 2) | (rows > rows.max() - 2) | (columns < columns.min() + 2)
        ring |= columns > columns.max() - 2
        border = cells[k][rows[ring], columns[ring]]
        scaled = (cells[k][on] - border.mean(axis=0)) / (border.std(axis=0) + 1e-3 * (np.abs(cells[k]).max() + 1e-9))
        result[k][on] = np.sqrt(np.square(scaled).mean(axis=1))
    return result


def _scaled(attention: NDArray[np.float32], valid: NDArray[np.bool_]) -> Floats:
    """Attention from 0 to 1 in each image."""
    result = np.zeros(valid.shape)
    for k, on in enumerate(valid):
        values = attention[k][on].astype(np.float64)
        result[k][on] = (values - values.min()) / max(float(np.ptp(values)), 1e-12)
    return result


def _by_colour(image: NDArray[np.uint8], mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask (s, s) whose border follows the colours of the image; the mask itself where that leaves nothing."""
    try:
        cv2 = opencv()
    except UnavailableError:
        return mask
    if not mask.any() or mask.all():
        return mask
    frame = SquareFrame(image.shape[0], image.shape[1])
    values = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float()
    small = frame.cut_out(values, len(mask))[0].permute(1, 2, 0).round().clamp(0, 255).numpy().astype(np.uint8)
    radius = max(1, round(_ERODED * len(mask) / 256))
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    sure = cv2.erode(mask.astype(np.uint8), kernel) > 0
    trimap = np.where(mask, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    trimap[sure] = cv2.GC_FGD
    trimap[cv2.dilate(mask.astype(np.uint8), kernel) == 0] = cv2.GC_BGD
    if not (trimap == cv2.GC_BGD).any() or not sure.any():
        return mask
    try:
        cv2.setRNGSeed(0)
        cv2.grabCut(small, trimap, None, np.zeros((1, 65)), np.zeros((1, 65)), _ROUNDS, cv2.GC_INIT_WITH_MASK)
    except cv2.error:
        return mask
    found: NDArray[np.bool_] = np.isin(trimap, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return found if found.any() else mask
