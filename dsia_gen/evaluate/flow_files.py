"""Readers of exact flow as public sets have it: .flo, KITTI's PNG of 16 bits, homographies as text."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.photo_files import read_photo
from dsia_gen.align.photos import LARGEST_SIDE
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import reading
from dsia_gen.dataset.export.encode import KITTI_SCALE, KITTI_ZERO, TAG

Flow = NDArray[np.float32]
_LARGEST_FLOW = 1e9
"""Middlebury: a component above it is unknown."""
_HEADER = 12


def read_flo(path: Path) -> Flow:
    """The (H, W, 2) flow in px of a .flo, NaN where unknown. AlignError says what is wrong with the file."""
    with reading(path):
        data = path.read_bytes()
    if len(data) < _HEADER or struct.unpack("<f", data[:4])[0] != TAG:
        raise AlignError(f"{path} is not a .flo file: it does not begin with {TAG}; unpack it again")
    width, height = struct.unpack("<ii", data[4:_HEADER])
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise AlignError(f"{path} says that it is {width}x{height}; unpack it again")
    if len(data) != _HEADER + 8 * width * height:
        raise AlignError(
            f"{path} has {len(data)} bytes, not the {_HEADER + 8 * width * height} of {width}x{height} vectors; "
            "unpack it again"
        )
    flow = np.frombuffer(data, "<f4", offset=_HEADER).reshape(height, width, 2).astype(np.float32)
    known = (np.abs(flow) <= _LARGEST_FLOW).all(axis=-1, keepdims=True)  # NaN compares as false
    return np.where(known, flow, np.float32(np.nan))


def read_kitti_flow(path: Path) -> Flow:
    """The (H, W, 2) flow in px of a PNG of KITTI, NaN where its third channel is 0. AlignError as for `read_flo`."""
    levels = read_photo(path).colours
    if levels.dtype != np.uint16 or levels.shape[2] != 3:
        raise AlignError(f"{path} is not a flow of KITTI, which has three channels of 16 bits; unpack it again")
    flow = ((levels[..., :2].astype(np.float64) - KITTI_ZERO) / KITTI_SCALE).astype(np.float32)
    return np.where(levels[..., 2:] > 0, flow, np.float32(np.nan))


def read_matrix(path: Path) -> NDArray[np.float64]:
    """The homography (3, 3) of a text file of nine numbers. AlignError when it holds none that can be inverted."""
    with reading(path):
        data = path.read_bytes()
    try:
        matrix = np.array([float(number) for number in data.split()]).reshape(3, 3)
    except ValueError as error:
        raise AlignError(f"{path} does not hold the nine numbers of a homography; unpack it again") from error
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-12:
        raise AlignError(f"{path} holds a homography that cannot be inverted; unpack it again")
    return matrix
