"""Several homographies, each pixel with the one under which the images look most alike. OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import homography_flow, magsac
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.homography import matches
from dsia_gen.align.methods.method import Image, opencv
from dsia_gen.core.image_metrics import backward_warp


def fit_multi_homography(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """Homographies one after another, each from the matches that the ones before left; every pixel takes the one
    under which I2 looks most like I1 around it."""
    points1, points2 = matches(image1, image2, options)
    flows: list[NDArray[np.float32]] = []
    for _ in range(options.planes):
        matrix, inliers = magsac(points1, points2, options.threshold)
        if matrix is None:
            break
        flows.append(homography_flow(matrix, *image1.shape[:2]))
        points1, points2 = points1[~inliers], points2[~inliers]
    if not flows:
        return FlowFit(None, f"only {len(points1)} matches, or no homography among them")
    # the cost of a homography at a pixel is the difference around it, two grey levels less for the dominant plane
    sigma = max(1.5, image1.shape[1] / 120)
    costs = []
    for flow in flows:
        apart = np.abs(backward_warp(image2, flow).astype(np.float32) - image1).mean(axis=-1)
        costs.append(opencv().GaussianBlur(apart, (0, 0), sigma))
    costs = [costs[0], *(cost + 2.0 for cost in costs[1:])]
    choice = np.argmin(np.stack(costs), axis=0)
    return FlowFit(np.take_along_axis(np.stack(flows), choice[None, ..., None], axis=0)[0])


_CITATION = "after Gao et al., Dual-homography warping, CVPR 2011; OpenCV"
MULTI_HOMOGRAPHY = geometric_warp(
    "multi_homography", "Several homographies", _CITATION, fit_multi_homography, version=2
)
