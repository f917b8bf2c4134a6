"""One homography fitted to a dense flow: robust where features are few. OpenCV."""

from __future__ import annotations

import numpy as np

from dsia_gen.align.methods.dis import estimate_dis
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.homography import homography_flow, magsac
from dsia_gen.align.methods.method import Image, pixel_grid


def fit_homography_dis(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """The homography that most of DIS flow agrees with, by MAGSAC++ on every `grid`-th pixel."""
    height, width = image1.shape[:2]
    if min(height, width) < MINIMUM:
        return FlowFit(None, f"{width}x{height} is too small for DIS flow")
    half = options.grid // 2
    places = pixel_grid(height, width)[half :: options.grid, half :: options.grid].reshape(-1, 2).astype(np.float64)
    flow = estimate_dis(image1, image2)[half :: options.grid, half :: options.grid].reshape(-1, 2)
    matrix, _ = magsac(places, places + flow, options.threshold)
    if matrix is None:
        return FlowFit(None, "no homography agrees with the flow")
    return FlowFit(homography_flow(matrix, height, width))


MINIMUM = 16
"""Smallest side in pixels that OpenCV's DIS takes."""
_CITATION = "Kroeger et al., ECCV 2016; Barath et al., MAGSAC++, CVPR 2020; OpenCV"
HOMOGRAPHY_DIS = geometric_warp("homography_dis", "Homography (DIS, MAGSAC++)", _CITATION, fit_homography_dis)
