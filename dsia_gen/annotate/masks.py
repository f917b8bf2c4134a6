"""Masks of change under a fixed camera: what moved, and where only the light did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dsia_gen.spec.frozen_geometry import Part, SceneGeometry

if TYPE_CHECKING:  # checks of data sets need masks, and no ray caster
    from dsia_gen.annotate.rays import FrozenScene
    from dsia_gen.annotate.view import ViewTruth

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
    """Which parts move or deform between two times.

    Parameters
    ----------
    geometry : SceneGeometry
        Frozen at both times.
    t1, t2 : int
        Time indices.
    tolerance : float
        Metres by which a vertex is displaced before its part counts as moved.

    Returns
    -------
    ndarray of bool, (P + 1,)
        By part; the last entry stands for infinity, which stays.

    Notes
    -----
    An instance is dynamic as a whole as soon as one of its parts is. Instance 0, the environment, consists of many
    objects: there each part counts by itself.
    """
    first, second = geometry.step(t1), geometry.step(t2)

    def moves(part: Part) -> bool:
        if part.static or first == second:
            return False
        return float(np.linalg.norm(part.world(second) - part.world(first), axis=1).max(initial=0.0)) > tolerance

    moved = np.array([moves(part) for part in geometry.parts] + [False])
    instances = np.array([part.instance for part in geometry.parts] + [0])
    dynamic = np.isin(instances, instances[moved]) & (instances != 0)
    return dynamic | moved


def moved_instances(geometry: SceneGeometry, moved: Mask) -> tuple[int, ...]:
    """Ids of the instances that move or deform between two times.

    Parameters
    ----------
    geometry : SceneGeometry
        The frozen geometry.
    moved : ndarray of bool, (P + 1,)
        By part, as `moved_parts` returns it.

    Returns
    -------
    tuple of int
        Ascending.
    """
    return tuple(sorted({part.instance for part, m in zip(geometry.parts, moved, strict=False) if m}))


def dynamic_mask(frozen: FrozenScene, truth: ViewTruth, moved: Mask) -> Mask:
    """The pixels of a view that see something that moves.

    Parameters
    ----------
    frozen : FrozenScene
        The scene.
    truth : ViewTruth
        What the view sees.
    moved : ndarray of bool, (P + 1,)
        By part, as `moved_parts` returns it.

    Returns
    -------
    ndarray of bool, (H, W)
        The mask.
    """
    return moved[frozen.part_of[truth.triangle]]


def light_change(
    first: NDArray[np.uint8], second: NDArray[np.uint8], dynamic_union: Mask, threshold: float = LIGHT_LEVELS
) -> Mask:
    """Where two images of one camera differ although nothing moved there.

    Parameters
    ----------
    first, second : ndarray of uint8, (H, W, 3)
        8-bit sRGB images.
    dynamic_union : ndarray of bool, (H, W)
        Pixels where something moves; they and those within BORDER_PIXELS of them are False in the result.
    threshold : float
        Levels of 255 that any channel must differ by.

    Returns
    -------
    ndarray of bool, (H, W)
        The mask.

    Raises
    ------
    ValueError
        When the shapes do not fit.

    Notes
    -----
    The signed difference is averaged over static pixels around each pixel, so that noise cancels and what moves does
    not leak in.
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


def _smooth(image: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    return _box(_box(image, LIGHT_RADIUS), LIGHT_RADIUS)


def _box(image: NDArray[np.float32] | NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """(H, W) sums over windows of side 2 radius + 1, with nothing beyond the image."""
    size = 2 * radius + 1
    sums = np.pad(image.astype(np.float64), (radius + 1, radius)).cumsum(axis=0).cumsum(axis=1)
    return sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
