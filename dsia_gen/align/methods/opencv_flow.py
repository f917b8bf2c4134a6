"""Dense flow from I1 to I2 without learning: DIS and Farneback, by OpenCV. I2 is warped backwards by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.consistency import consistent
from dsia_gen.align.methods.geometric import grey
from dsia_gen.align.methods.method import Aligned, Image, MethodInfo, Truth, opencv
from dsia_gen.core.image_metrics import backward_warp

Flow = NDArray[np.float32]
Estimate = Callable[[Image, Image], Flow]
"""(source, target), both (H, W, 3) uint8 -> (H, W, 2) px from source to target."""

DIRECTION = "I1 to I2, estimated: rebuilds the foreground of I1, not of Igt"


@dataclass(frozen=True)
class FlowMethod:
    """Warps I2 by an estimated flow from I1 to I2, as the paper does with its baselines."""

    info: MethodInfo
    estimate: Estimate
    settings: Mapping[str, Any]
    check: bool = False

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:  # noqa: ARG002
        """I2 at pixel + flow, bilinear; confidence 1 where flow back agrees, when the check is asked for."""
        flow = self.estimate(image1, image2)
        confidence = None
        if self.check:
            confidence = consistent(flow, self.estimate(image2, image1)).astype(np.float32)
        return Aligned(backward_warp(image2, flow), flow, confidence)


def estimate_dis(source: Image, target: Image) -> Flow:
    """Dense inverse search at OpenCV's preset MEDIUM."""
    cv2 = opencv()
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(dis.calc(grey(source), grey(target), None))


def estimate_farneback(source: Image, target: Image) -> Flow:
    """Polynomial expansion: five levels by half, windows of 15, neighbourhoods of 7."""
    cv2 = opencv()
    flow = cv2.calcOpticalFlowFarneback(
        grey(source), grey(target), None, 0.5, 5, 15, 5, 7, 1.5, cv2.OPTFLOW_FARNEBACK_GAUSSIAN
    )
    return np.asarray(flow)


DIS = MethodInfo("dis", "DIS flow", "warp", "Kroeger et al., ECCV 2016; OpenCV", direction=DIRECTION)
FARNEBACK = MethodInfo("farneback", "Farneback flow", "warp", "Farneback, SCIA 2003; OpenCV", direction=DIRECTION)
ESTIMATES: dict[str, tuple[MethodInfo, Estimate]] = {
    "dis": (DIS, estimate_dis),
    "farneback": (FARNEBACK, estimate_farneback),
}
