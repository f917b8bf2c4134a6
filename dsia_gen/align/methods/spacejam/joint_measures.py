"""How well a set agrees once it is aligned: sharpness of averages, similarity of images, distance of features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from dsia_gen.align.matching.similarity import ssim_of
from dsia_gen.align.methods.spacejam.joint_alignment import JointAlignment, in_frame
from dsia_gen.align.methods.spacejam.joint_features import JointMaps
from dsia_gen.align.methods.spacejam.joint_network import warped
from dsia_gen.align.methods.spacejam.set_image import SetImage

Floats = NDArray[np.float32]
_COARSE = 32
"""Side in pixels at which averages are sharp or not: what images are interpolated by is blurred either way."""
_GREY = 0.5
"""What an average has beside the objects."""
_PAIRS = 60
"""Pairs of images whose similarity is taken, at most."""


@dataclass(frozen=True)
class Agreement:
    """Measures of a set under some transforms.

    `gradient` is the mean squared gradient of the average image at 32 pixels a side, in squares of a white level, which
    grows as outlines and parts come to lie on each other; `similarity` the mean SSIM of pairs where both are; `entropy`
    that of the average's grey levels in bits; `features` the mean squared distance of components of pairs, where 1 is
    that of unlike ones and where both images are. `average` (size, size, 3) is the average from 0 to 1 before grey.
    """

    gradient: float
    similarity: float
    entropy: float
    features: float
    average: Floats


def agreement(images: Sequence[SetImage], maps: JointMaps, matrices: NDArray[np.float64], size: int = 128) -> Agreement:
    """Measure a set under transforms (N, 3, 3); the identity for one that is not aligned.

    Objects alone are compared where their masks are known.
    """
    shown = [
        in_frame(item.image / np.float32(255), matrix, size) for item, matrix in zip(images, matrices, strict=True)
    ]
    of_maps = torch.from_numpy(maps.of_maps(matrices))
    masks = warped(maps.masks.float(), of_maps)
    enlarged = torch.nn.functional.interpolate(masks, (size, size), mode="bilinear", align_corners=False)[:, 0] > 0.5
    on = enlarged.numpy() & np.stack([covered for _, covered in shown])
    values = np.stack([picture for picture, _ in shown])
    weight = on.sum(axis=0)
    # each image counts alike everywhere: a mean of those alone that cover a pixel is sharp where few of them do
    average = np.where(on[..., None], values, np.float32(_GREY)).mean(axis=0).astype(np.float32)
    keys = warped(maps.keys, of_maps)
    similarities, distances = [], []
    for i, j in _pairs(len(images)):
        both = on[i] & on[j]
        if both.sum() > 0.01 * size * size:
            pictures = [torch.from_numpy(values[k]).permute(2, 0, 1)[None] for k in (i, j)]
            similarities.append(float(ssim_of(*pictures)[0, 0].numpy()[both].mean()))
        cells = (masks[i, 0] > 0.5) & (masks[j, 0] > 0.5)
        if bool(cells.any()):
            distances.append(float((keys[i] - keys[j]).square().mean(dim=0)[cells].mean()) / 2)
    return Agreement(
        _gradient(average),
        float(np.mean(similarities)) if similarities else 0.0,
        _entropy(average, weight > 0),
        float(np.mean(distances)) if distances else 1.0,
        average,
    )


def _pairs(count: int) -> list[tuple[int, int]]:
    every = [(i, j) for i in range(count) for j in range(i + 1, count)]
    if len(every) <= _PAIRS:
        return every
    return [every[k] for k in np.linspace(0, len(every) - 1, _PAIRS).round().astype(int)]


def _gradient(average: Floats) -> float:
    """Mean squared gradient of an average (size, size, 3) at the coarse scale; a zoom does not change its sum."""
    planes = torch.from_numpy(average).permute(2, 0, 1)
    coarse = torch.nn.functional.adaptive_avg_pool2d(planes, _COARSE).permute(1, 2, 0).numpy()
    down, right = np.diff(coarse, axis=0)[:, 1:], np.diff(coarse, axis=1)[1:]
    return float((np.square(down) + np.square(right)).mean())


def _entropy(average: Floats, where: NDArray[np.bool_]) -> float:
    """Of the histogram of grey levels in 64 bins."""
    if not where.any():
        return 0.0
    counts = np.histogram(average.mean(axis=-1)[where], bins=64, range=(0, 1))[0].astype(np.float64)
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def plain_average(images: Sequence[SetImage], matrices: NDArray[np.float64], size: int) -> Floats:
    """(size, size, 4) mean of whole images from 0 to 1 where any is, and the share of images that cover a pixel."""
    shown = [
        in_frame(item.image / np.float32(255), matrix, size) for item, matrix in zip(images, matrices, strict=True)
    ]
    weight = np.stack([covered for _, covered in shown]).sum(axis=0).astype(np.float32)
    mean = np.stack([picture for picture, _ in shown]).sum(axis=0) / np.maximum(weight, 1)[..., None]
    return np.concatenate([mean, weight[..., None] / len(images)], axis=-1).astype(np.float32)


def unaligned(alignment: JointAlignment) -> NDArray[np.float64]:
    """(N, 3, 3) transforms of the images as they are."""
    return np.tile(np.eye(3), (len(alignment.matrices), 1, 1))
