"""One homography for the whole image, from matched features by a robust fit. OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.flow_warp import grey
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.method import Image, opencv, pixel_grid

Floats = NDArray[np.float64]
Points = NDArray[np.float64]
"""(N, 2) columns and rows, pixel centres at whole numbers."""


SMALL = 400
"""Longer side, in pixels, below which images are enlarged before features are looked for."""
LARGEST_FACTOR = 4


def matches(image1: Image, image2: Image, options: GeometricSettings) -> tuple[Points, Points]:
    """Places of the features that agree, in I1 and in I2.

    Small images are enlarged by a whole factor first: SIFT and ORB find little where pictures are a few hundred pixels
    wide, and lose a border of fixed width.
    """
    cv2 = opencv()
    detector = cv2.SIFT_create() if options.features == "sift" else cv2.ORB_create(4000)
    norm = cv2.NORM_L2 if options.features == "sift" else cv2.NORM_HAMMING
    factor = int(np.clip(SMALL // max(image1.shape[:2]), 1, LARGEST_FACTOR))
    large = (cv2.resize(grey(i), None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) for i in (image1, image2))
    (keys1, words1), (keys2, words2) = (detector.detectAndCompute(image, None) for image in large)
    empty = np.zeros((0, 2))
    if words1 is None or words2 is None or len(keys2) < 2:
        return empty, empty
    found = cv2.BFMatcher(norm).knnMatch(words1, words2, k=2)
    good = [p[0] for p in found if len(p) == 2 and p[0].distance < options.ratio * p[1].distance]
    first = np.array([keys1[m.queryIdx].pt for m in good]).reshape(-1, 2)
    second = np.array([keys2[m.trainIdx].pt for m in good]).reshape(-1, 2)
    return (first + 0.5) / factor - 0.5, (second + 0.5) / factor - 0.5


def magsac(points1: Points, points2: Points, threshold: float) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Homography from I1 to I2 (3, 3) and its inliers by MAGSAC++ (Barath et al., CVPR 2020); None where none fits."""
    cv2 = opencv()
    if len(points1) < 8:
        return None, np.zeros(len(points1), dtype=bool)
    matrix, inliers = cv2.findHomography(points1, points2, cv2.USAC_MAGSAC, threshold, None, 10_000, 0.9999)
    if matrix is None or not np.isfinite(matrix).all() or inliers is None or int(inliers.sum()) < 8:
        return None, np.zeros(len(points1), dtype=bool)
    return np.asarray(matrix, dtype=np.float64), inliers.ravel().astype(bool)


def homography_flow(matrix: Floats, height: int, width: int) -> NDArray[np.float32]:
    """(H, W, 2) displacement that a homography gives each pixel."""
    grid = pixel_grid(height, width).astype(np.float64)
    return (project(matrix, grid) - grid).astype(np.float32)


def project(matrix: Floats, points: Floats) -> Floats:
    """Points (..., 2) under one homography (3, 3), or one for each point (..., 3, 3)."""
    lifted = np.concatenate([points, np.ones_like(points[..., :1])], axis=-1)
    there = np.einsum("...ij,...j->...i", matrix, lifted)
    depth = there[..., 2:]
    return there[..., :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)


def fit_homography(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """One homography for the whole image."""
    matrix, inliers = magsac(*matches(image1, image2, options), options.threshold)
    if matrix is None:
        return FlowFit(None, f"only {len(inliers)} matches, or no homography among them")
    return FlowFit(homography_flow(matrix, *image1.shape[:2]))


_CITATION = "Lowe, IJCV 2004; Barath et al., MAGSAC++, CVPR 2020; OpenCV"
HOMOGRAPHY = geometric_warp("homography", "Homography (SIFT, MAGSAC++)", _CITATION, fit_homography, version=2)
