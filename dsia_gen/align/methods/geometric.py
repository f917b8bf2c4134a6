"""One homography, several, a mesh of local ones, and ECC: I2 warped by a map that is fitted to the pair. OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned, Image, MethodInfo, Truth, opencv, pixel_grid
from dsia_gen.core.image_metrics import backward_warp

Floats = NDArray[np.float64]
Points = NDArray[np.float64]
"""(N, 2) columns and rows, pixel centres at whole numbers."""
Fit = Callable[[Image, Image, "GeometricSettings"], "Fitted"]

_DIRECTION = "I1 to I2, estimated: holds for the plane or layer that it was fitted to"


@dataclass(frozen=True)
class GeometricSettings:
    """Settings that all of these share; each reads what it needs."""

    features: Literal["sift", "orb"] = "sift"
    ratio: float = 0.8
    """Largest distance of a match over that of the second best (Lowe 2004, section 7.1)."""
    threshold: float = 3.0
    """Pixels within which MAGSAC++ counts a match."""
    planes: int = 4
    cells: tuple[int, int] = (24, 16)
    """Columns and rows of the mesh."""
    reach: float = 0.09
    """Sigma of APAP's weights over the width of the image."""
    floor: float = 0.01
    """Gamma of APAP: the weight that far matches keep."""
    pyramid: int = 3
    iterations: int = 80


@dataclass(frozen=True)
class Fitted:
    """A flow (H, W, 2) from I1 to I2, or None and why."""

    flow: NDArray[np.float32] | None
    note: str = ""


@dataclass(frozen=True)
class Geometric:
    """Warps I2 by a fitted flow; answers with I2 itself, and says so, where nothing can be fitted."""

    info: MethodInfo
    fit: Fit
    options: GeometricSettings = GeometricSettings()

    @property
    def settings(self) -> Mapping[str, Any]:
        return {**asdict(self.options), "opencv": opencv().__version__}

    def align(self, image1: Image, image2: Image, truth: Truth) -> Aligned:  # noqa: ARG002
        """I2 at pixel + flow, bilinear."""
        fitted = self.fit(image1, image2, self.options)
        if fitted.flow is None:
            return Aligned(image2, note=f"{fitted.note}; answered with I2")
        return Aligned(backward_warp(image2, fitted.flow), fitted.flow, note=fitted.note)


def matches(image1: Image, image2: Image, options: GeometricSettings) -> tuple[Points, Points]:
    """Places of the features that agree, in I1 and in I2."""
    cv2 = opencv()
    detector = cv2.SIFT_create() if options.features == "sift" else cv2.ORB_create(4000)
    norm = cv2.NORM_L2 if options.features == "sift" else cv2.NORM_HAMMING
    (keys1, words1), (keys2, words2) = (detector.detectAndCompute(grey(i), None) for i in (image1, image2))
    empty = np.zeros((0, 2))
    if words1 is None or words2 is None or len(keys2) < 2:
        return empty, empty
    found = cv2.BFMatcher(norm).knnMatch(words1, words2, k=2)
    good = [p[0] for p in found if len(p) == 2 and p[0].distance < options.ratio * p[1].distance]
    first = np.array([keys1[m.queryIdx].pt for m in good]).reshape(-1, 2)
    second = np.array([keys2[m.trainIdx].pt for m in good]).reshape(-1, 2)
    return first, second


def grey(image: Image) -> Image:
    """(H, W) uint8 luma."""
    return np.asarray(opencv().cvtColor(image, opencv().COLOR_RGB2GRAY))


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


def fit_homography(image1: Image, image2: Image, options: GeometricSettings) -> Fitted:
    """One homography for the whole image."""
    matrix, inliers = magsac(*matches(image1, image2, options), options.threshold)
    if matrix is None:
        return Fitted(None, f"only {len(inliers)} matches, or no homography among them")
    return Fitted(homography_flow(matrix, *image1.shape[:2]))


def fit_several(image1: Image, image2: Image, options: GeometricSettings) -> Fitted:
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
        return Fitted(None, f"only {len(points1)} matches, or no homography among them")
    return Fitted(_choose(image1, image2, flows))


def _choose(image1: Image, image2: Image, flows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    cv2 = opencv()
    sigma = max(1.5, image1.shape[1] / 120)
    costs = []
    for flow in flows:
        apart = np.abs(backward_warp(image2, flow).astype(np.float32) - image1).mean(axis=-1)
        costs.append(cv2.GaussianBlur(apart, (0, 0), sigma))
    costs = [costs[0], *(cost + 2.0 for cost in costs[1:])]  # two grey levels in favour of the dominant plane
    choice = np.argmin(np.stack(costs), axis=0)
    return np.asarray(np.take_along_axis(np.stack(flows), choice[None, ..., None], axis=0)[0])


def fit_mesh(image1: Image, image2: Image, options: GeometricSettings) -> Fitted:
    """As-projective-as-possible warp: a homography for each vertex of a mesh by moving DLT, bilinear in between."""
    points1, points2 = matches(image1, image2, options)
    matrix, inliers = magsac(points1, points2, 2 * options.threshold)
    if matrix is None:
        return Fitted(None, f"only {len(points1)} matches, or no homography among them")
    height, width = image1.shape[:2]
    columns, rows = options.cells
    x, y = np.meshgrid(np.linspace(0, width - 1, columns + 1), np.linspace(0, height - 1, rows + 1))
    vertices = np.stack([x, y], axis=-1)
    local = moving_dlt(points1[inliers], points2[inliers], vertices, options.reach * width, options.floor)
    return Fitted(_spread(project(local, vertices) - vertices, height, width))


def moving_dlt(points1: Points, points2: Points, vertices: Floats, sigma: float, floor: float) -> Floats:
    """Homographies (..., 3, 3) at vertices (..., 2): DLT with weights max(exp(-d^2 / sigma^2), floor).

    Zaragoza et al., As-Projective-As-Possible Image Stitching with Moving DLT, CVPR 2013, eq. 8 to 11.
    """
    to1, to2 = _normaliser(points1), _normaliser(points2)
    rows = _dlt_rows(project(to1, points1), project(to2, points2))
    squares = np.einsum("nki,nkj->nij", rows, rows)
    flat = vertices.reshape(-1, 2)
    apart = np.sum((flat[:, None] - points1[None]) ** 2, axis=-1)
    weights = np.maximum(np.exp(-apart / sigma**2), floor) ** 2
    _, vectors = np.linalg.eigh(np.einsum("vn,nij->vij", weights, squares))
    local = np.linalg.inv(to2) @ vectors[:, :, 0].reshape(-1, 3, 3) @ to1
    return local.reshape(*vertices.shape[:-1], 3, 3)


def _normaliser(points: Points) -> Floats:
    """Hartley's: mean at the origin, mean distance sqrt(2)."""
    centre = points.mean(axis=0)
    scale = np.sqrt(2) / max(float(np.linalg.norm(points - centre, axis=1).mean()), 1e-9)
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])


def _dlt_rows(points1: Points, points2: Points) -> Floats:
    """(N, 2, 9): the two equations of each match."""
    (x, y), (u, v) = points1.T, points2.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    first = np.stack([zero, zero, zero, -x, -y, -one, v * x, v * y, v], axis=-1)
    second = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=-1)
    return np.stack([first, second], axis=1)


def _spread(values: Floats, height: int, width: int) -> NDArray[np.float32]:
    """Values (rows + 1, columns + 1, 2) at the vertices, bilinear at every pixel."""
    rows, columns = values.shape[0] - 1, values.shape[1] - 1
    y, x = np.linspace(0, rows, height), np.linspace(0, columns, width)
    top, left = np.minimum(y.astype(int), rows - 1), np.minimum(x.astype(int), columns - 1)
    v, u = (y - top)[:, None, None], (x - left)[None, :, None]
    down, across = values[top + 1], values[top]
    upper = across[:, left] * (1 - u) + across[:, left + 1] * u
    lower = down[:, left] * (1 - u) + down[:, left + 1] * u
    return (upper * (1 - v) + lower * v).astype(np.float32)


def fit_ecc(image1: Image, image2: Image, options: GeometricSettings) -> Fitted:
    """The homography that makes the correlation of I1 and the warped I2 largest, from coarse to fine.

    It begins with a shift by phase correlation; a level on which the correlation cannot grow is passed over.
    """
    cv2 = opencv()
    levels = _pyramid(grey(image1), grey(image2), options.pyramid)
    matrix = _shift(*levels[-1])
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, options.iterations, 1e-6)
    failed = ""
    for k, (first, second) in enumerate(reversed(levels)):
        start = matrix if k == 0 else _twice_as_large(matrix)
        try:
            _, matrix = cv2.findTransformECC(first, second, start.copy(), cv2.MOTION_HOMOGRAPHY, stop, None, 5)
            failed = ""
        except cv2.error as error:
            matrix, failed = start, str(error).strip().splitlines()[-1][:80]
    if failed:
        return Fitted(None, f"ECC did not converge ({failed})")
    return Fitted(homography_flow(matrix.astype(np.float64), *image1.shape[:2]))


def _pyramid(first: Image, second: Image, count: int) -> list[tuple[Image, Image]]:
    """Both grey images, then both at half the size, and so on."""
    cv2 = opencv()
    levels = [(first, second)]
    while len(levels) < count and min(levels[-1][0].shape) >= 48:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    return levels


def _shift(first: Image, second: Image) -> NDArray[np.float32]:
    """The shift from one grey image to the other by phase correlation, or none where that makes them more alike."""
    cv2 = opencv()
    window = cv2.createHanningWindow(first.shape[::-1], cv2.CV_32F)
    (x, y), _ = cv2.phaseCorrelate(first.astype(np.float32), second.astype(np.float32), window)
    shifted = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], dtype=np.float32)
    return min((np.eye(3, dtype=np.float32), shifted), key=lambda matrix: _apart(first, second, matrix))


def _apart(first: Image, second: Image, matrix: NDArray[np.float32]) -> float:
    """Mean absolute difference of two grey images under a homography, where it stays inside."""
    cv2 = opencv()
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = first.shape[::-1]
    there, inside = (cv2.warpPerspective(x, matrix, size, flags=flags) for x in (second, np.ones_like(second)))
    apart = np.abs(there.astype(np.float32) - first)[inside > 0]
    return float(apart.mean()) if apart.size >= first.size / 4 else float("inf")


def _twice_as_large(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """A homography of a half-size level for the next: pyrDown keeps pixel 2i at i."""
    scale = np.diag([2.0, 2.0, 1.0])
    return (scale @ matrix @ np.linalg.inv(scale)).astype(np.float32)


HOMOGRAPHY = MethodInfo(
    "homography", "Homography (SIFT, MAGSAC++)", "warp",
    "Lowe, IJCV 2004; Barath et al., MAGSAC++, CVPR 2020; OpenCV", direction=_DIRECTION,
)  # fmt: skip
SEVERAL = MethodInfo(
    "multi_homography", "Several homographies", "warp",
    "after Gao et al., Dual-homography warping, CVPR 2011; OpenCV", direction=_DIRECTION,
)  # fmt: skip
MESH = MethodInfo("mesh", "Mesh of homographies (APAP)", "warp", "Zaragoza et al., CVPR 2013", direction=_DIRECTION)
ECC = MethodInfo(
    "ecc", "ECC homography", "warp", "Evangelidis and Psarakis, PAMI 2008; OpenCV", direction=_DIRECTION, version=2
)  # fmt: skip
FITS: dict[str, tuple[MethodInfo, Fit]] = {
    "homography": (HOMOGRAPHY, fit_homography),
    "multi_homography": (SEVERAL, fit_several),
    "mesh": (MESH, fit_mesh),
    "ecc": (ECC, fit_ecc),
}
