"""Arrays to the bytes of files that other data sets use: .flo, .dpt, .cam, KITTI flow, PNG of 16 bits a channel."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.dataset.array_files import PNG_COMPRESSION

TAG = 202021.25
"""The number that .flo, .dpt and .cam begin with; its bytes read PIEH."""
UNKNOWN_FLOW = 1e10
"""Middlebury: a flow component above 1e9 is unknown."""
KITTI_SCALE, KITTI_ZERO = 64.0, 2**15
"""KITTI: value = 64 u + 2^15, in 16 bits."""


def png16_rgb(image: NDArray[np.uint16]) -> bytes:
    """PNG of an (H, W, 3) image of 16 bits a channel, which Pillow does not write (PNG specification, 5 and 9)."""
    height, width, _ = image.shape
    raw = np.ascontiguousarray(image.astype(">u2")).view(np.uint8).reshape(height, width * 6)
    lines = np.empty((height, width * 6 + 1), dtype=np.uint8)
    lines[:, 0] = 2  # filter "up": each byte less the one above it
    lines[0, 1:] = raw[0]
    lines[1:, 1:] = raw[1:] - raw[:-1]
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), PNG_COMPRESSION)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flo(flow: NDArray[np.float32]) -> bytes:
    """Middlebury .flo of an (H, W, 2) flow; NaN becomes `UNKNOWN_FLOW`."""
    known = np.where(np.isnan(flow), np.float32(UNKNOWN_FLOW), flow)
    return _tagged(flow.shape, known)


def dpt(depth: NDArray[np.float32]) -> bytes:
    """Sintel .dpt of an (H, W) depth in metres; infinity stays infinity."""
    return _tagged(depth.shape, depth)


def _tagged(shape: tuple[int, ...], values: NDArray[Any]) -> bytes:
    return struct.pack("<fii", TAG, shape[1], shape[0]) + np.ascontiguousarray(values, dtype="<f4").tobytes()


def cam(K: NDArray[np.float64], camera_to_world: NDArray[np.float64]) -> bytes:
    """Sintel .cam: K (3, 3) and world-to-camera (3, 4) in float64, so that x = K (R | t) X."""
    extrinsic = np.linalg.inv(camera_to_world)[:3]
    return struct.pack("<f", TAG) + K.astype("<f8").tobytes() + extrinsic.astype("<f8").tobytes()


def kitti_flow(flow: NDArray[np.float32], valid: NDArray[np.bool_]) -> bytes:
    """KITTI flow PNG: (64 u + 2^15, 64 v + 2^15, valid). What 16 bits cannot hold (512 px and more) is invalid."""
    with np.errstate(invalid="ignore"):
        levels = np.rint(flow.astype(np.float64) * KITTI_SCALE + KITTI_ZERO)
        valid = valid & ((levels >= 0) & (levels <= 65535)).all(axis=-1)  # NaN compares as false
    image = np.zeros((*flow.shape[:2], 3), dtype=np.uint16)
    image[valid, :2] = levels[valid]
    image[valid, 2] = 1
    return png16_rgb(image)
