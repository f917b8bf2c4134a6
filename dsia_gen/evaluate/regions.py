"""Which pixels of Igt a number is over: all, those that I2 sees, moving objects, what they uncover. Numpy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.consistency import consistent
from dsia_gen.spec.outputs import Occlusion

Mask = NDArray[np.bool_]
FIRST, TARGET = "I1", "Igt"
"""Names of both images beside the outputs of a data set."""
CHANGED = 25.0
"""Levels of 255 by which a channel of a changed pixel differs, after the light of I1 is brought to that of Igt."""


@dataclass(frozen=True)
class Region:
    """A kind of pixel.

    Parameters
    ----------
    name : str
        Its key.
    title : str
        Its name in tables.
    about : str
        Which pixels of Igt it has.
    needs : tuple of str
        Outputs of the data set that decide it, beside I1 and Igt.
    mask : callable or None
        Its mask (H, W) by these outputs. None is every pixel, or a matter of the answer.
    """

    name: str
    title: str
    about: str
    needs: tuple[str, ...] = ()
    mask: Callable[[Mapping[str, NDArray[Any]]], Mask] | None = None


def changed_pixels(first: NDArray[np.uint8], target: NDArray[np.uint8], threshold: float = CHANGED) -> Mask:
    """Where a copy of I1 is wrong, whatever the light does.

    Parameters
    ----------
    first : ndarray
        (H, W, 3) uint8, I1.
    target : ndarray
        (H, W, 3) uint8, Igt.
    threshold : float
        Levels of 255.

    Returns
    -------
    ndarray
        (H, W) bool: a channel of `gain * first` differs from `target` by more than `threshold`. The gain of a channel
        is the median of the ratios of levels over pixels that are neither dark nor clipped, so that neither things that
        moved nor noise decide it; 1 where there is no such pixel. What the gain takes above white is white.
    """
    a, b = (x.astype(np.float64) for x in (first, target))
    lit = np.empty_like(a)
    for channel in range(a.shape[-1]):
        one, two = a[..., channel], b[..., channel]
        fit = (np.minimum(one, two) >= 16) & (np.maximum(one, two) <= 250)
        gain = float(np.median(two[fit] / one[fit])) if fit.any() else 1.0
        lit[..., channel] = np.minimum(gain * one, 255)
    return np.asarray(np.abs(lit - b).max(axis=-1) > threshold)


REGIONS: dict[str, Region] = {
    region.name: region
    for region in (
        Region("all", "all pixels", "every pixel of Igt"),
        Region("visible", "without occluded pixels", "pixels of Igt that I2 sees, by exact ground truth",
               ("occlusion_gt_to_2",), lambda truth: np.asarray(truth["occlusion_gt_to_2"] == Occlusion.VISIBLE)),
        Region("consistent", "forward-backward check, exact flow",
               "pixels that the check of GMFlow keeps, on the exact flow between Igt and I2",
               ("flow_gt_to_2", "flow_2_to_gt"),
               lambda truth: consistent(truth["flow_gt_to_2"], truth["flow_2_to_gt"])),
        Region("consistent_unflow", "forward-backward check with squares, exact flow",
               "pixels that the check of UnFlow keeps, on the exact flow between Igt and I2",
               ("flow_gt_to_2", "flow_2_to_gt"),
               lambda truth: consistent(truth["flow_gt_to_2"], truth["flow_2_to_gt"], "unflow")),
        Region("own", "forward-backward check, own flow",
               "pixels that the check keeps on the flow of the method itself: each method has its own pixels"),
        Region("reliable", "visible and reliable", "visible pixels without glass, mirrors, cut-out borders and edges",
               ("occlusion_gt_to_2", "unreliable"),
               lambda truth: (truth["occlusion_gt_to_2"] == Occlusion.VISIBLE) & ~truth["unreliable"].astype(bool)),
        Region("foreground", "foreground only", "pixels of Igt on an instance that moves between t1 and t2",
               ("dynamic_gt",), lambda truth: truth["dynamic_gt"].astype(bool)),
        Region("changed", "changed pixels",
               f"pixels of Igt of which a channel differs from I1, under one gain a channel, by more than {CHANGED:g} "
               "levels", (), lambda truth: changed_pixels(truth[FIRST], truth[TARGET])),
        Region("background", "background only", "pixels where nothing moves, neither in I1 nor in Igt",
               ("dynamic_union",), lambda truth: ~truth["dynamic_union"].astype(bool)),
        Region("uncovered", "uncovered background", "background of Igt where I1 has something moving: ghosts stay here",
               ("dynamic_1", "dynamic_gt"),
               lambda truth: truth["dynamic_1"].astype(bool) & ~truth["dynamic_gt"].astype(bool)),
    )
}  # fmt: skip
ALWAYS = ("all", "visible", "reliable", "changed", "foreground", "background", "uncovered")
"""Measured whenever the data set has what decides them."""
CHECKS = {"exact": "visible", "consistency": "consistent", "consistency_unflow": "consistent_unflow", "own": "own"}
"""Ways to leave out occluded pixels, and the region of each."""


def masks(truth: Mapping[str, NDArray[Any]], names: Sequence[str]) -> dict[str, Mask | None]:
    """Masks of regions.

    Parameters
    ----------
    truth : Mapping of str to ndarray
        Outputs of the data set by name, (H, W) or (H, W, C), and both images, (H, W, 3) uint8, as `FIRST` and `TARGET`.
    names : Sequence of str
        Keys of `REGIONS`.

    Returns
    -------
    dict of str to ndarray or None
        (H, W) bool, None for all pixels. Regions whose outputs are not in `truth` are left out, and so is `own`, which
        belongs to a method.
    """
    found = [REGIONS[name] for name in names if name != "own" and set(REGIONS[name].needs) <= truth.keys()]
    return {region.name: region.mask(truth) if region.mask is not None else None for region in found}


def needed(names: Sequence[str]) -> tuple[str, ...]:
    """Outputs that decide regions.

    Parameters
    ----------
    names : Sequence of str
        Keys of `REGIONS`.

    Returns
    -------
    tuple of str
        Names of outputs, each once.
    """
    return tuple(dict.fromkeys(output for name in names for output in REGIONS[name].needs))
