"""The homography that the motion starts from: of DIS flow, or of features where the images are far apart. OpenCV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import magsac
from dsia_gen.align.methods.flow_warp import grey
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography import matches
from dsia_gen.align.methods.homography_dis import dis_homography
from dsia_gen.align.methods.method import Image, opencv

Matrix = NDArray[np.float64]
EXACT, ENOUGH, UNRELATED = 0.85, 0.65, 0.25
"""Agreement above which a fit is not refined, features are not matched; below which images show different scenes."""
FEATURES = 640
"""Longer side in pixels of the images in which features are matched."""
_SETTINGS = GeometricSettings()
_SMALLEST_OVERLAP = 0.1


@dataclass(frozen=True)
class FirstHomography:
    """A homography (3, 3) from pixels of image 1 to pixels of image 2, and how well the images agree under it."""

    matrix: Matrix
    agreement: float
    """Mean local correlation from 0 to 1, where image 1 has texture and image 2 is seen."""


def first_homography(
    small: tuple[Image, Image], large: tuple[Image, Image], size: tuple[int, int] | None = None
) -> FirstHomography:
    """The best of what DIS flow and features find, in pixels of `small`; both pairs show the same.

    `size` is the height and width of what `small` shows, where it was continued below and to the right.
    Features are matched where the fit of DIS flow is poor, as it is beyond a tenth of the width or twenty degrees, and
    what they find is refined by DIS flow. The identity is tried, too.
    """
    found = [np.eye(3)]
    by_flow = dis_homography(*small, _SETTINGS)
    if by_flow is not None:
        found.append(by_flow)
    best = chosen(found, small)
    if best.agreement < EXACT:
        best = refined(best, small)
    if best.agreement >= ENOUGH:
        return best
    points1, points2 = matches(*large, _SETTINGS)
    by_features = magsac(points1, points2, _SETTINGS.threshold)[0]
    if by_features is None:
        return best
    scale = scaling(large[0].shape[:2], size or small[0].shape[:2])
    matched = chosen([best.matrix, scale @ by_features @ np.linalg.inv(scale)], small)
    return refined(matched, small) if matched.agreement < EXACT else matched


def refined(fit: FirstHomography, images: tuple[Image, Image]) -> FirstHomography:
    """The fit with what DIS flow still finds between image 1 and image 2 by it, where that agrees better."""
    rest = dis_homography(images[0], warped(images[1], fit.matrix), _SETTINGS)
    return fit if rest is None else chosen([fit.matrix, fit.matrix @ rest], images)


def chosen(matrices: list[Matrix], images: tuple[Image, Image]) -> FirstHomography:
    """The homography under which two images agree most, and the first of those that agree alike."""
    fits = [FirstHomography(m / m[2, 2], agreement(images[0], images[1], m)) for m in matrices if abs(m[2, 2]) > 1e-9]
    return max(fits, key=lambda fit: round(fit.agreement, 3))


def agreement(image1: Image, image2: Image, matrix: Matrix) -> float:
    """Mean local correlation (from 0 to 1) of image 1 and of image 2 by a homography; 0 where they hardly overlap."""
    cv2 = opencv()
    height, width = image1.shape[:2]
    inverse = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    second = cv2.warpPerspective(grey(image2), matrix, (width, height), flags=inverse, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpPerspective(np.ones(image2.shape[:2], np.uint8), matrix, (width, height), flags=inverse) > 0
    if seen.mean() < _SMALLEST_OVERLAP:
        return 0.0
    correlation, texture = local_correlation(grey(image1), second)
    weight = seen * np.clip(texture, 0, 10)
    total = float(weight.sum())
    return float((weight * np.clip(correlation, 0, 1)).sum() / total) if total > 1e-3 * seen.size else 0.0


def local_correlation(first: NDArray[Any], second: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(H, W): zero-mean normalised correlation of two grey images around each pixel, and the deviation of the first."""
    cv2 = opencv()
    sigma = max(1.5, first.shape[1] / 80)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma))

    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = np.maximum(mean(a * a) - mean_a**2, 0), np.maximum(mean(b * b) - mean_b**2, 0)
    covariance = mean(a * b) - mean_a * mean_b
    return covariance / np.sqrt((var_a + 2) * (var_b + 2)), np.sqrt(var_a)


def warped(image: Image, matrix: Matrix) -> Image:
    """The image read at the projections of its pixels; beyond the border its pixels."""
    cv2 = opencv()
    size, flags = image.shape[1::-1], cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def scaling(source: tuple[int, ...], target: tuple[int, ...]) -> Matrix:
    """(3, 3) from pixels of an image to pixels of the same image at another height and width."""
    x, y = target[1] / source[1], target[0] / source[0]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])
