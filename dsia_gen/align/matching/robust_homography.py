"""Homographies from points that agree: MAGSAC++ by OpenCV, and RANSAC as RANSAC-Flow has it. Numpy and OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.method import opencv, pixel_grid

Floats = NDArray[np.float64]
Points = NDArray[np.float64]
"""(N, 2) columns and rows, pixel centres at whole numbers."""
Fit = tuple[Floats | None, NDArray[np.bool_]]
"""A homography (3, 3), None where none fits, and which points (N,) agree with it."""
FEWEST = 8
"""Points that have to agree with a homography."""
_BATCH = 500
"""Samples of RANSAC that are tried at once."""


def magsac(points1: Points, points2: Points, threshold: float) -> Fit:
    """Homography from I1 to I2 and its inliers by MAGSAC++ (Barath et al., CVPR 2020); `threshold` in px."""
    cv2 = opencv()
    if len(points1) < FEWEST:
        return None, np.zeros(len(points1), dtype=bool)
    matrix, inliers = cv2.findHomography(points1, points2, cv2.USAC_MAGSAC, threshold, None, 10_000, 0.9999)
    if matrix is None or not np.isfinite(matrix).all() or inliers is None or int(inliers.sum()) < FEWEST:
        return None, np.zeros(len(points1), dtype=bool)
    return np.asarray(matrix, dtype=np.float64), inliers.ravel().astype(bool)


def ransac(
    points1: Points,
    points2: Points,
    threshold: float,
    rng: np.random.Generator,
    iterations: int = 10_000,
    size: tuple[int, int] | None = None,
) -> Fit:
    """Homography from I1 to I2 by plain RANSAC over four points: most inliers win, nothing is refined.

    With the height and width of I2 as `size` the threshold is one of normalised coordinates in [-1, 1], as in
    RANSAC-Flow (Shen et al., ECCV 2020), where it is 0.05; without, one in px.
    """
    none = np.zeros(len(points1), dtype=bool)
    if len(points1) < FEWEST:
        return None, none
    unit = np.ones(2) if size is None else 2 / np.array([size[1], size[0]])
    best: tuple[int, Floats, NDArray[np.bool_]] | None = None
    for begin in range(0, iterations, _BATCH):
        count = min(_BATCH, iterations - begin)
        chosen = rng.integers(len(points1), size=(count, 4))  # one point twice gives no homography
        matrices = four_point_homographies(points1[chosen], points2[chosen])
        matrices = matrices[np.isfinite(matrices).all(axis=(1, 2))]
        matrices = matrices[np.linalg.det(matrices) > 1e-6]
        if not len(matrices):
            continue
        apart = np.linalg.norm((project(matrices[:, None], points1[None]) - points2) * unit, axis=-1)
        counts = (apart < threshold).sum(axis=1)
        first = int(counts.argmax())
        if best is None or counts[first] > best[0]:
            best = int(counts[first]), matrices[first], apart[first] < threshold
    if best is None or best[0] < FEWEST:
        return None, none
    return best[1], best[2]


def four_point_homographies(points1: Floats, points2: Floats) -> Floats:
    """(N, 3, 3) homographies through four points each, (N, 4, 2), by the direct linear transform; last entry 1.

    Entries are NaN or large where three points lie on a line.
    """
    x, y, u, v = points1[..., 0], points1[..., 1], points2[..., 0], points2[..., 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = [[x, y, one, zero, zero, zero, -u * x, -u * y], [zero, zero, zero, x, y, one, -v * x, -v * y]]
    system = np.concatenate([np.stack(row, axis=-1) for row in rows], axis=1)
    right = np.concatenate([u, v], axis=1)[..., None]
    flat = np.abs(np.linalg.det(system)) < 1e-9
    system[flat] = np.eye(8)
    solved = np.linalg.solve(system, right)[..., 0]
    solved[flat] = np.nan
    return np.concatenate([solved, np.ones_like(solved[:, :1])], axis=1).reshape(-1, 3, 3)


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
