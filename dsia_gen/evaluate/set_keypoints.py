"""Keypoints of pairs of images of one asset, by object coordinates, and the share that an answer finds (PCK)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
KEYPOINTS = 20
"""Of a pair."""
_FEWEST = 5
"""Keypoints below which a pair says nothing."""
_SAME = 0.02
"""Object coordinates within which two pixels show the same point, in shares of the rest box."""
PAIRS = 120
"""Ordered pairs of a set that are measured, at most."""
Answer = Callable[[int, int, Floats], Floats]
"""Where points (M, 2) of an image are in another, both by number; NaN where nowhere."""


@dataclass(frozen=True)
class PairKeypoints:
    """The same surface points (M, 2) in two images, columns and rows in pixels, and the longer side of a box.

    `source` and `target` are numbers of images; the box is that of the object in the target.
    """

    source: int
    target: int
    here: Floats
    there: Floats
    extent: float


def pair_keypoints(coordinates: Sequence[NDArray[np.float32]], seed: int = 0, most: int = PAIRS) -> list[PairKeypoints]:
    """Keypoints of ordered pairs of images with object coordinates (H, W, 3), NaN off the object.

    They are spread over the surface that both see, by farthest-point sampling; the seed chooses the first, and pairs
    where there are more than `most`. Pairs that share too little are left out.
    """
    rng = np.random.default_rng(seed)
    count = len(coordinates)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    if len(pairs) > most:
        pairs = [pairs[k] for k in np.sort(rng.choice(len(pairs), most, replace=False))]
    pixels = [np.argwhere(np.isfinite(values).all(axis=-1)) for values in coordinates]
    values = [array[tuple(at.T)].astype(np.float64) for array, at in zip(coordinates, pixels, strict=True)]
    trees = [cKDTree(points) if len(points) else None for points in values]
    found = []
    for i, j in pairs:
        tree = trees[j]
        if tree is None or not len(values[i]):
            continue
        distance, nearest = tree.query(values[i], distance_upper_bound=_SAME)
        shared = np.flatnonzero(np.isfinite(distance))
        if len(shared) < _FEWEST:
            continue
        chosen = shared[farthest_points(values[i][shared], KEYPOINTS, int(rng.integers(len(shared))))]
        height, width = np.ptp(pixels[j], axis=0) + 1
        here, there = pixels[i][chosen][:, ::-1], pixels[j][nearest[chosen]][:, ::-1]
        found.append(PairKeypoints(i, j, here.astype(float), there.astype(float), float(max(height, width))))
    return found


def farthest_points(points: Floats, count: int, first: int) -> NDArray[np.intp]:
    """Indices of at most so many of points (M, 3), each as far as possible from those before it; no point twice."""
    chosen = [first]
    distance = np.linalg.norm(points - points[first], axis=1)
    while len(chosen) < min(count, len(points)):
        far = int(distance.argmax())
        if distance[far] == 0:
            break
        chosen.append(far)
        distance = np.minimum(distance, np.linalg.norm(points - points[far], axis=1))
    return np.array(chosen)


def share_found(pairs: Sequence[PairKeypoints], answer: Answer, alpha: float) -> float:
    """PCK: the share of keypoints that an answer puts within `alpha` times the box of the object; NaN without any."""
    hits = []
    for pair in pairs:
        error = np.linalg.norm(answer(pair.source, pair.target, pair.here) - pair.there, axis=1)
        hits.append(error <= alpha * pair.extent)  # NaN is not
    return float(np.concatenate(hits).mean()) if hits else float("nan")
