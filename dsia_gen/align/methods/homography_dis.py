"""One homography fitted to a dense flow: robust where features are few. OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import homography_flow, magsac
from dsia_gen.align.methods.dis import estimate_dis
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.method import Image, pixel_grid

MINIMUM = 16
"""Smallest side in pixels that OpenCV's DIS takes."""


def dis_homography(image1: Image, image2: Image, options: GeometricSettings) -> NDArray[np.float64] | None:
    """(3, 3) homography from I1 to I2 that most of DIS flow agrees with, by MAGSAC++ on every `grid`-th pixel."""
    height, width = image1.shape[:2]
    half = options.grid // 2
    places = pixel_grid(height, width)[half :: options.grid, half :: options.grid].reshape(-1, 2).astype(np.float64)
    flow = estimate_dis(image1, image2)[half :: options.grid, half :: options.grid].reshape(-1, 2)
    return magsac(places, places + flow, options.threshold)[0]


def fit_homography_dis(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """The flow of the homography of DIS flow."""
    height, width = image1.shape[:2]
    if min(height, width) < MINIMUM:
        return FlowFit(None, f"{width}x{height} is too small for DIS flow")
    matrix = dis_homography(image1, image2, options)
    if matrix is None:
        return FlowFit(None, "no homography agrees with the flow")
    return FlowFit(homography_flow(matrix, height, width))


_CITATION = "Kroeger et al., ECCV 2016; Barath et al., MAGSAC++, CVPR 2020; OpenCV"
HOMOGRAPHY_DIS = geometric_warp("homography_dis", "Homography (DIS, MAGSAC++)", _CITATION, fit_homography_dis)
