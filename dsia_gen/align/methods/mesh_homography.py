"""A mesh of local homographies: as-projective-as-possible warping by moving DLT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import Floats, Points, magsac, project
from dsia_gen.align.methods.geometric_warp import FlowFit, GeometricSettings, geometric_warp
from dsia_gen.align.methods.homography import matches
from dsia_gen.align.methods.method import Image


def fit_mesh(image1: Image, image2: Image, options: GeometricSettings) -> FlowFit:
    """As-projective-as-possible warp: a homography for each vertex of a mesh by moving DLT, bilinear in between."""
    points1, points2 = matches(image1, image2, options)
    matrix, inliers = magsac(points1, points2, 2 * options.threshold)
    if matrix is None:
        return FlowFit(None, f"only {len(points1)} matches, or no homography among them")
    height, width = image1.shape[:2]
    columns, rows = options.cells
    x, y = np.meshgrid(np.linspace(0, width - 1, columns + 1), np.linspace(0, height - 1, rows + 1))
    vertices = np.stack([x, y], axis=-1)
    local = moving_dlt(points1[inliers], points2[inliers], vertices, options.reach * width, options.floor)
    return FlowFit(bilinear_mesh(project(local, vertices) - vertices, height, width))


def moving_dlt(points1: Points, points2: Points, vertices: Floats, sigma: float, floor: float) -> Floats:
    """Homographies (..., 3, 3) at vertices (..., 2): DLT with weights max(exp(-d^2 / sigma^2), floor).

    Zaragoza et al., As-Projective-As-Possible Image Stitching with Moving DLT, CVPR 2013, eq. 8 to 11.
    """
    to1, to2 = _normaliser(points1), _normaliser(points2)
    rows = dlt_rows(project(to1, points1), project(to2, points2))
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


def dlt_rows(points1: Points, points2: Points) -> Floats:
    """(N, 2, 9): the two equations of each match."""
    (x, y), (u, v) = points1.T, points2.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    first = np.stack([zero, zero, zero, -x, -y, -one, v * x, v * y, v], axis=-1)
    second = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y, -u], axis=-1)
    return np.stack([first, second], axis=1)


def bilinear_mesh(values: Floats, height: int, width: int) -> NDArray[np.float32]:
    """Values (rows + 1, columns + 1, 2) at the vertices, bilinear at every pixel."""
    rows, columns = values.shape[0] - 1, values.shape[1] - 1
    y, x = np.linspace(0, rows, height), np.linspace(0, columns, width)
    top, left = np.minimum(y.astype(int), rows - 1), np.minimum(x.astype(int), columns - 1)
    v, u = (y - top)[:, None, None], (x - left)[None, :, None]
    down, across = values[top + 1], values[top]
    upper = across[:, left] * (1 - u) + across[:, left + 1] * u
    lower = down[:, left] * (1 - u) + down[:, left + 1] * u
    return (upper * (1 - v) + lower * v).astype(np.float32)


MESH = geometric_warp("mesh", "Mesh of homographies (APAP)", "Zaragoza et al., CVPR 2013", fit_mesh, version=2)
