"""Warping of I2 by a dense flow that is estimated from I1 to I2: the base of OpenCV's flows and of learned ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from dsia_gen.align.methods.consistency import consistent
from dsia_gen.align.methods.method import Aligned, AlignmentMethod, Image, ImagePair, MethodInfo, MethodOptions, opencv
from dsia_gen.core.image_metrics import backward_warp

Flow = NDArray[np.float32]
Estimate = Callable[[Image, Image], Flow]
"""(source, target), both (H, W, 3) uint8 -> (H, W, 2) px from source to target."""

DIRECTION = "I1 to I2, estimated: rebuilds the foreground of I1, not of Igt"


@dataclass(frozen=True)
class FlowWarp(AlignmentMethod):
    """Warps I2 by an estimated flow from I1 to I2, as the paper does with its baselines."""

    info: MethodInfo
    estimate: Estimate
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    check: bool = False

    def align(self, pair: ImagePair) -> Aligned:
        """I2 at pixel + flow, bilinear; confidence 1 where the flow back agrees, when the check is asked for."""
        flow = self.estimate(pair.image1, pair.image2)
        confidence = None
        if self.check:
            confidence = consistent(flow, self.estimate(pair.image2, pair.image1)).astype(np.float32)
        return Aligned(backward_warp(pair.image2, flow), flow, confidence)


class OpenCVFlow(FlowWarp):
    """A flow of OpenCV."""

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The method with OpenCV's version among its settings."""
        super().open(options)
        return replace(self, settings={"opencv": opencv().__version__}, check=options.check)


def grey(image: Image) -> Image:
    """(H, W) uint8 luma."""
    return np.asarray(opencv().cvtColor(image, opencv().COLOR_RGB2GRAY))
