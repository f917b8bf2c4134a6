"""Arrays as text for a page: planes of 16-bit numbers.

A plane is a (h, w) array of integers from 0 to 65535. It is stored as differences to the plane through the three
neighbours above and to the left, modulo 65536 (smooth flow and depth become small numbers), all high bytes before all
low bytes, deflated, in base64. `unpack` of planes.js undoes it with two additions a pixel.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.web_images import grid_shape

Plane = NDArray[np.uint16]

GRID_WIDTH = 480
"""Layers have at most this many columns; others are left out, not averaged: every value is one of the data set."""
DEFLATE_LEVEL = 6

FLOW_STEPS = 32
"""Steps of a stored flow in a pixel of the data set."""
FLOW_ZERO = VECTOR_ZERO = 32768
DEPTH_LEVELS = 4095
"""Steps of the logarithm of depth between the nearest and the farthest point; level 0 is the background."""


def pack(plane: NDArray[np.integer[Any]]) -> str:
    """A (h, w) array of integers from 0 to 65535 as text; the same array gives the same text."""
    across = np.diff(plane.astype(np.int64), axis=1, prepend=0)
    down = np.diff(across, axis=0, prepend=0) & 0xFFFF
    data = (down >> 8).astype(np.uint8).tobytes() + (down & 0xFF).astype(np.uint8).tobytes()
    return base64.b64encode(zlib.compress(data, DEFLATE_LEVEL)).decode("ascii")


def on_grid(array: NDArray[Any], width: int = GRID_WIDTH) -> NDArray[Any]:
    """(h, w, ...) pixels of an (H, W, ...) array, those nearest to the centres of the grid's cells."""
    h, w = grid_shape(array.shape, width)
    rows = ((np.arange(h) + 0.5) * array.shape[0] / h).astype(int)
    columns = ((np.arange(w) + 0.5) * array.shape[1] / w).astype(int)
    return array[rows[:, None], columns]


def flow_planes(flow: NDArray[np.float32]) -> tuple[Plane, Plane]:
    """u and v (h, w) in steps of 1 / FLOW_STEPS px around FLOW_ZERO; 0 where the flow is not finite."""
    finite = np.isfinite(flow).all(axis=-1)
    steps = np.where(finite[..., None], flow, 0.0).astype(np.float64) * FLOW_STEPS
    levels = np.clip(np.rint(steps) + FLOW_ZERO, 1, 65535)
    levels = np.where(finite[..., None], levels, 0).astype(np.uint16)
    return levels[..., 0], levels[..., 1]


def vector_planes(vectors: NDArray[np.float32], scale: float) -> list[Plane]:
    """Components (h, w) of vectors (h, w, C) around VECTOR_ZERO, `scale` from it at the ends; 0 where not finite."""
    finite = np.isfinite(vectors).all(axis=-1, keepdims=True)
    shares = np.clip(np.where(finite, vectors, 0.0).astype(np.float64) / scale, -1, 1)
    levels = np.where(finite, np.rint(shares * (VECTOR_ZERO - 1)) + VECTOR_ZERO, 0).astype(np.uint16)
    return [levels[..., c] for c in range(vectors.shape[-1])]


def depth_plane(depth: NDArray[np.float32]) -> tuple[Plane, float, float]:
    """Levels (h, w) of a depth, and the depths in metres of level 1 and level DEPTH_LEVELS; level 0: no surface."""
    known = np.isfinite(depth) & (depth > 0)
    if not known.any():
        return np.zeros(depth.shape, np.uint16), 1.0, 1.0
    near, far = float(depth[known].min()), float(depth[known].max())
    span = max(np.log(far / near), 1e-9)
    share = np.log(np.where(known, depth, near) / near) / span
    return np.where(known, 1 + np.rint(share * (DEPTH_LEVELS - 1)), 0).astype(np.uint16), near, far
