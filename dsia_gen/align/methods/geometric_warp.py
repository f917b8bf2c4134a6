"""Methods that fit a global or piecewise map to a pair and warp I2 by it: what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from dsia_gen.align.methods.method import (
    Aligned,
    AlignmentMethod,
    Image,
    ImagePair,
    MethodInfo,
    MethodOptions,
    opencv,
    unmoved,
)
from dsia_gen.core.image_metrics import backward_warp

Fit = Callable[[Image, Image, "GeometricSettings"], "FlowFit"]
DIRECTION = "I1 to I2, estimated: holds for the plane or layer that it was fitted to"


@dataclass(frozen=True)
class GeometricSettings:
    """Settings that all of these share; each reads what it needs."""

    features: Literal["sift", "orb"] = "sift"
    ratio: float = 0.8
    """Largest distance of a match over that of the second best (Lowe 2004, section 7.1)."""
    threshold: float = 3.0
    """Pixels within which MAGSAC++ counts a match."""
    planes: int = 4
    grid: int = 8
    """Pixels between the flow vectors that a homography is fitted to."""
    cells: tuple[int, int] = (24, 16)
    """Columns and rows of the mesh."""
    reach: float = 0.09
    """Sigma of APAP's weights over the width of the image."""
    floor: float = 0.01
    """Gamma of APAP: the weight that far matches keep."""
    pyramid: int = 3
    iterations: int = 80


@dataclass(frozen=True)
class FlowFit:
    """A flow (H, W, 2) from I1 to I2, or None and why."""

    flow: NDArray[np.float32] | None
    note: str = ""


@dataclass(frozen=True)
class GeometricWarp(AlignmentMethod):
    """Warps I2 by a fitted flow; answers with I2 itself, and says so, where nothing can be fitted."""

    info: MethodInfo
    fit: Fit
    options: GeometricSettings = GeometricSettings()
    settings: Mapping[str, JsonValue] = field(default_factory=dict)

    def open(self, options: MethodOptions) -> AlignmentMethod:
        """The method with its settings and OpenCV's version."""
        super().open(options)
        return replace(self, settings={**asdict(self.options), "opencv": opencv().__version__})

    def align(self, pair: ImagePair) -> Aligned:
        """I2 at pixel + flow, bilinear."""
        fitted = self.fit(pair.image1, pair.image2, self.options)
        if fitted.flow is None:
            return unmoved(pair.image2, f"{fitted.note}; answered with I2")
        return Aligned(backward_warp(pair.image2, fitted.flow), fitted.flow, note=fitted.note)


def geometric_warp(name: str, title: str, citation: str, fit: Fit, version: int = 1) -> GeometricWarp:
    """A row of the table of methods."""
    return GeometricWarp(MethodInfo(name, title, "warp", citation, direction=DIRECTION, version=version), fit)
