"""One homography for the whole image, from matched features by a robust fit. OpenCV."""

from __future__ import annotations

import numpy as np

from dsia_gen.align.matching.robust_homography import Points, homography_flow, magsac
from dsia_gen.align.methods.flow_warp import grey
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.method import Image, opencv

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


def fit_homography(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """One homography for the whole image."""
    matrix, inliers = magsac(*matches(image1, image2, options), options.threshold)
    if matrix is None:
        return FlowFit(None, f"only {len(inliers)} matches, or no homography among them")
    return FlowFit(homography_flow(matrix, *image1.shape[:2]))


_CITATION = "Lowe, IJCV 2004; Barath et al., MAGSAC++, CVPR 2020; OpenCV"
HOMOGRAPHY = geometric_warp("homography", "Homography (SIFT, MAGSAC++)", _CITATION, fit_homography, version=2)
