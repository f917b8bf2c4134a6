"""The homography that maximises the enhanced correlation coefficient, from coarse to fine. OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.methods.flow_warp import grey
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.method import Image, opencv


def fit_ecc(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """The homography that makes the correlation of I1 and the warped I2 largest, from coarse to fine.

    It begins with a shift by phase correlation; a level on which the correlation cannot grow is passed over.
    """
    cv2 = opencv()
    levels = [(grey(image1), grey(image2))]
    while len(levels) < options.pyramid and min(levels[-1][0].shape) >= 48:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    double = np.diag([2.0, 2.0, 1.0])  # pyrDown keeps pixel 2i at i
    matrix = phase_shift(*levels[-1])
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, options.iterations, 1e-6)
    failed = ""
    for k, (first, second) in enumerate(reversed(levels)):
        start = matrix if k == 0 else (double @ matrix @ np.linalg.inv(double)).astype(np.float32)
        try:
            _, matrix = cv2.findTransformECC(first, second, start.copy(), cv2.MOTION_HOMOGRAPHY, stop, None, 5)
            failed = ""
        except cv2.error as error:
            matrix, failed = start, str(error).strip().splitlines()[-1][:80]
    if failed:
        return FlowFit(None, f"ECC did not converge ({failed})")
    return FlowFit(homography_flow(matrix.astype(np.float64), *image1.shape[:2]))


def phase_shift(first: Image, second: Image) -> NDArray[np.float32]:
    """(3, 3) shift from one grey image to the other by phase correlation; the identity where the shift helps not."""
    cv2 = opencv()
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(first.astype(np.float32), second.astype(np.float32), window)

    def difference(matrix: NDArray[np.float32]) -> float:
        """Mean absolute difference of the images under a homography, where it stays inside."""
        flags, size = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, first.shape[::-1]
        there, inside = (cv2.warpPerspective(x, matrix, size, flags=flags) for x in (second, np.ones_like(second)))
        apart = np.abs(there.astype(np.float32) - first)[inside > 0]
        return float(apart.mean()) if apart.size >= first.size / 4 else float("inf")

    shifted = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float32)
    return min((np.eye(3, dtype=np.float32), shifted), key=difference)


ECC = geometric_warp("ecc", "ECC homography", "Evangelidis and Psarakis, PAMI 2008; OpenCV", fit_ecc, version=2)
