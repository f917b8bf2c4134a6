"""How much the camera and the foreground of a pair move, and the subset of the paper that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.annotate.flow import FlowTruth
from dsia_gen.annotate.masks import Mask
from dsia_gen.spec.outputs import Occlusion
from dsia_gen.spec.views import LARGE_CAMERA_PX, LARGE_FOREGROUND_PX

Subset = Literal["LcLf", "LcSf", "ScLf", "ScSf"]

REFERENCE_WIDTH = 960
"""Image width at which thresholds are given: the resolution of the DSIA data set."""


@dataclass(frozen=True)
class Thresholds:
    """From which motion on camera and foreground count as large: pixels at an image width of REFERENCE_WIDTH.

    They scale with the width of the image, so that a scene belongs to the same subset at every resolution.
    """

    camera_px: float = LARGE_CAMERA_PX
    foreground_px: float = LARGE_FOREGROUND_PX


def camera_motion(flow_gt_to_2: FlowTruth, dynamic_gt: Mask) -> float:
    """Mean length in pixels of flow_gt_to_2 over static pixels of Igt that are seen in I2.

    Where none is seen there, over static pixels with a flow; where there is none, over all with a flow; else 0.
    """
    length = _length(flow_gt_to_2.flow)
    finite = np.isfinite(length)
    visible = flow_gt_to_2.occlusion == Occlusion.VISIBLE
    for chosen in (visible & ~dynamic_gt, finite & ~dynamic_gt, finite):
        if chosen.any():
            return float(length[chosen].mean(dtype=np.float64))
    return 0.0


def foreground_motion(flow_1_to_gt: FlowTruth, dynamic_1: Mask) -> float:
    """Mean length in pixels of flow_1_to_gt over dynamic pixels of I1, hidden in Igt or not; 0 where nothing moves."""
    length = _length(flow_1_to_gt.flow)[dynamic_1]
    length = length[np.isfinite(length)]
    return float(length.mean(dtype=np.float64)) if length.size else 0.0


def subset(camera_px: float, foreground_px: float, thresholds: Thresholds, width: int) -> Subset:
    """The subset of a pair from its motions in pixels of an image `width` pixels wide (L from the threshold on)."""
    scale = width / REFERENCE_WIDTH
    if camera_px >= thresholds.camera_px * scale:
        return "LcLf" if foreground_px >= thresholds.foreground_px * scale else "LcSf"
    return "ScLf" if foreground_px >= thresholds.foreground_px * scale else "ScSf"


def hidden_share(flow: FlowTruth) -> float:
    """Share of the pixels of the source that are not seen in the target, for whichever reason."""
    return float((flow.occlusion != Occlusion.VISIBLE).mean())


def largest_flow(flow: FlowTruth) -> float:
    """Length in pixels of the largest flow to a pixel that is seen in the target; 0 where none is."""
    length = _length(flow.flow)[flow.occlusion == Occlusion.VISIBLE]
    return float(length.max(initial=0.0))


def _length(flow: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) length of a flow; NaN where it is not defined."""
    length: NDArray[np.float32] = np.hypot(flow[..., 0], flow[..., 1])
    return length
