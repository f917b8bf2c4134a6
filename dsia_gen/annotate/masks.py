"""Masks of change under a fixed camera: what moved, and where only the light did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.rays import FrozenScene
from dsia_gen.annotate.view import ViewTruth
from dsia_gen.spec.frozen_geometry import Part, SceneGeometry

Mask = NDArray[np.bool_]

MOVED_METRES = 1e-4
"""An instance counts as dynamic when any of its vertices is displaced by more."""
LIGHT_LEVELS = 8.0
"""A light change counts when the smoothed difference of the images exceeds this many of 255 levels ..."""
LIGHT_RADIUS = 2
"""... after two box filters of this radius in pixels, which take a render's noise to about an eighth."""
BORDER_PIXELS = 2
"""How far an anti-aliased outline of something that moves may reach beyond its mask."""


def moved_parts(geometry: SceneGeometry, t1: int, t2: int, tolerance: float = MOVED_METRES) -> Mask:
    """(P + 1,) whether each part moves or deforms between two times; the last entry stands for infinity, which stays.

    An instance is dynamic as a whole as soon as one of its parts is. Instance 0, the environment, is many things:
    there each part stands for itself.
    """
    steps = geometry.step(t1), geometry.step(t2)
    moved = np.array([_displacement(part, *steps) > tolerance for part in geometry.parts] + [False])
    instances = np.array([part.instance for part in geometry.parts] + [0])
    dynamic = np.isin(instances, instances[moved]) & (instances != 0)
    result: Mask = dynamic | moved
    return result


def moved_instances(geometry: SceneGeometry, t1: int, t2: int, tolerance: float = MOVED_METRES) -> tuple[int, ...]:
    """Ids of the instances that move or deform between two times, ascending."""
    moved = moved_parts(geometry, t1, t2, tolerance)
    return tuple(sorted({part.instance for part, m in zip(geometry.parts, moved, strict=False) if m}))


def dynamic_mask(frozen: FrozenScene, truth: ViewTruth, moved: Mask) -> Mask:
    """(H, W) bool: the pixels of a view that see a part of `moved`, as moved_parts gives it."""
    mask: Mask = moved[frozen.part_of[truth.triangle]]
    return mask


def light_change(
    first: NDArray[np.uint8], second: NDArray[np.uint8], dynamic_union: Mask, threshold: float = LIGHT_LEVELS
) -> Mask:
    """(H, W) bool: where two 8-bit sRGB images (H, W, 3) of the same camera differ although nothing moved there.

    The signed difference is averaged over static pixels around each pixel, so that noise cancels and what moves does
    not leak in; any channel may exceed `threshold` (of 255). Pixels of `dynamic_union` (H, W) and those within
    BORDER_PIXELS of it are False.
    Raises ValueError when the shapes do not fit.
    """
    if first.shape != second.shape or first.shape != (*dynamic_union.shape, 3):
        raise ValueError(f"images {first.shape} and {second.shape} do not fit a mask {dynamic_union.shape}")
    static = _box(dynamic_union.astype(np.float32), BORDER_PIXELS) == 0
    weight = _smooth(static.astype(np.float32))
    with np.errstate(divide="ignore"):
        inverse = np.where(static, 1.0 / weight, 0.0)
    change: Mask = np.zeros_like(static)
    for channel in range(3):
        difference = first[..., channel].astype(np.float32) - second[..., channel]
        change |= np.abs(_smooth(difference * static) * inverse) > threshold
    return change


def _displacement(part: Part, step1: int, step2: int) -> float:
    """Largest displacement of a vertex in metres."""
    if part.static or step1 == step2:
        return 0.0
    return float(np.linalg.norm(part.world(step2) - part.world(step1), axis=1).max(initial=0.0))


def _smooth(image: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    return _box(_box(image, LIGHT_RADIUS), LIGHT_RADIUS)


def _box(image: NDArray[np.float32] | NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """(H, W) sums over windows of side 2 radius + 1, with nothing beyond the image."""
    size = 2 * radius + 1
    sums = np.pad(image.astype(np.float64), (radius + 1, radius)).cumsum(axis=0).cumsum(axis=1)
    return sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
