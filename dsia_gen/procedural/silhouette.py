"""How much of its bounding box a mesh fills in an image: what shows between spokes, straps and leaves."""

from __future__ import annotations

import math

import numpy as np

from dsia_gen.procedural.mesh import Floats, MeshData

AZIMUTHS = (135.0, 210.0, 285.0)
"""Directions of the views about Z, degrees from +X; the front of an object looks towards 270."""
ELEVATION = 15.0
"""Height of the views above the horizon, degrees."""
PIXELS = 96
"""Side of the image that a bounding box is drawn into."""


def silhouette_fill(data: MeshData) -> float:
    """Silhouette of a mesh over that of its bounding box, in [0, 1]: mean of three orthographic views."""
    low, high = data.bounds()
    width, depth, height = high - low
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    shares = []
    for azimuth in np.radians(AZIMUTHS):
        view = _view_axes(float(azimuth), math.radians(ELEVATION))
        seen = corners @ view[:2].T
        origin, side = seen.min(axis=0), np.ptp(seen, axis=0)
        covered = _covered((data.vertices @ view[:2].T - origin) / side * PIXELS, data) / PIXELS**2 * side.prod()
        box = np.abs(view[2]) @ (depth * height, width * height, width * depth)
        shares.append(covered / box)
    return float(np.mean(shares))


def _view_axes(azimuth: float, elevation: float) -> Floats:
    """(3, 3) right, up and towards the viewer, as rows."""
    towards = [math.cos(elevation) * math.cos(azimuth), math.cos(elevation) * math.sin(azimuth), math.sin(elevation)]
    right = [-math.sin(azimuth), math.cos(azimuth), 0.0]
    return np.array([right, np.cross(towards, right), towards])


def _covered(points: Floats, data: MeshData) -> int:
    """How many pixels lie under the faces, given the place (V, 2) of each vertex in pixels."""
    # Each face as a fan of triangles (T, 3, 2).
    fans = data.sizes - 2
    first = np.repeat(data.starts, fans)
    step = np.arange(fans.sum()) - np.repeat(np.cumsum(fans) - fans, fans)
    triangles = points[data.corners[np.stack([first, first + step + 1, first + step + 2], axis=1)]]
    # One row for each column of pixels that a triangle reaches: there it covers an interval of rows.
    low = np.clip(np.ceil(triangles[..., 0].min(axis=1) - 0.5).astype(int), 0, PIXELS - 1)
    high = np.clip(np.floor(triangles[..., 0].max(axis=1) - 0.5).astype(int), -1, PIXELS - 1)
    counts = np.maximum(high - low + 1, 0)
    which = np.repeat(np.arange(len(triangles)), counts)
    columns = low[which] + np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    a = triangles[which]
    run = np.roll(a, -1, axis=1) - a
    with np.errstate(divide="ignore", invalid="ignore"):
        along = (columns[:, None] + 0.5 - a[..., 0]) / run[..., 0]
        rows = a[..., 1] + along * run[..., 1]
    crossed = (along >= 0.0) & (along <= 1.0)
    top = np.ceil(np.where(crossed, rows, np.inf).min(axis=1) - 0.5)
    bottom = np.floor(np.where(crossed, rows, -np.inf).max(axis=1) - 0.5) + 1.0
    some = bottom > top
    top, bottom = (np.clip(edge[some], 0, PIXELS).astype(int) for edge in (top, bottom))
    line = columns[some] * (PIXELS + 1)
    # Intervals begun less intervals ended, summed down each column, are the faces over a pixel.
    size = PIXELS * (PIXELS + 1)
    edges = np.bincount(line + top, minlength=size) - np.bincount(line + bottom, minlength=size)
    return int((np.cumsum(edges.reshape(PIXELS, -1), axis=1)[:, :-1] > 0).sum())
