"""Readers of flows and homographies: of public sets, of this project's files, and of what users write down."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from dsia_gen.align.photo_files import read_photo
from dsia_gen.align.photos import LARGEST_SIDE
from dsia_gen.core.bounds import PATH_LIMIT
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import reading
from dsia_gen.dataset.export.encode import KITTI_SCALE, KITTI_ZERO, TAG

Flow = NDArray[np.float32]
_LARGEST_FLOW = 1e9
"""Middlebury: a component above it is unknown."""
_HEADER = 12
FLOW_SUFFIXES = (".exr", ".flo", ".npz", ".npy", ".png")
_CHANNELS = (("u", "v"), ("U", "V"), ("X", "Y"), ("R", "G"))
"""Names of the two channels of an EXR: ours first, then what other programs write."""


def read_flow(path: Path) -> Flow:
    """(H, W, 2) px of an EXR, a Middlebury .flo, a KITTI .png, an .npy, or the array `flow` of an .npz; NaN is unknown.

    AlignError says what is wrong with the file.
    """
    suffix = path.suffix.lower()
    if suffix not in FLOW_SUFFIXES:
        raise AlignError(f"{path} is not a flow; give a file that ends in one of {', '.join(FLOW_SUFFIXES)}")
    if not path.is_file():
        raise AlignError(f"{path} is not there; give the path of a flow")
    if suffix == ".flo":
        return read_flo(path)
    if suffix == ".png":
        return read_kitti_flow(path)
    with reading(path):
        data = path.read_bytes()
    try:
        flow = np.asarray(_exr_planes(path) if suffix == ".exr" else _numpy_array(data))
    except (ValueError, KeyError, OSError, EOFError, RuntimeError, TypeError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:200]
        raise AlignError(f"{path} cannot be read as a flow ({reason}); write it again") from error
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape or flow.dtype.kind not in "fiu":
        raise AlignError(f"{path} holds {flow.dtype} of the shape {flow.shape}; give numbers of (height, width, 2)")
    with np.errstate(over="ignore"):  # what float32 cannot hold is unknown
        return _known(flow.astype(np.float32))


def _known(flow: Flow) -> Flow:
    known = (np.abs(flow) <= _LARGEST_FLOW).all(axis=-1, keepdims=True)  # NaN compares as false
    return np.where(known, flow, np.float32(np.nan))


def _exr_planes(path: Path) -> NDArray[np.generic]:
    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = {name: np.asarray(channel.pixels) for name, channel in file.channels().items()}
    names = next((pair for pair in _CHANNELS if set(pair) <= set(planes)), None)
    if names is None:
        raise ValueError(f"it holds the channels {', '.join(sorted(planes)) or 'none'}, not u and v")
    return np.stack([planes[name] for name in names], axis=-1)


def _numpy_array(data: bytes) -> NDArray[np.generic]:
    found = np.load(io.BytesIO(data), allow_pickle=False)
    if isinstance(found, np.ndarray):
        return found
    with found:
        names = list(found.files)
        name = "flow" if "flow" in names else names[0] if len(names) == 1 else None
        if name is None:
            raise ValueError(f"it holds {', '.join(names) or 'nothing'}, and no array flow")
        return np.asarray(found[name])


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
    return _known(np.frombuffer(data, "<f4", offset=_HEADER).reshape(height, width, 2).astype(np.float32))


def read_kitti_flow(path: Path) -> Flow:
    """The (H, W, 2) flow in px of a PNG of KITTI, NaN where its third channel is 0. AlignError as for `read_flo`."""
    levels = read_photo(path).colours
    if levels.dtype != np.uint16 or levels.shape[2] != 3:
        raise AlignError(f"{path} is not a flow of KITTI, which has three channels of 16 bits; unpack it again")
    flow = ((levels[..., :2].astype(np.float64) - KITTI_ZERO) / KITTI_SCALE).astype(np.float32)
    return np.where(levels[..., 2:] > 0, flow, np.float32(np.nan))


def read_matrix(path: Path) -> NDArray[np.float64]:
    """The homography (3, 3) of a file of nine numbers, row by row: text, JSON or .npy.

    AlignError when it holds none that can be inverted.
    """
    with reading(path):
        data = path.read_bytes()
    try:
        content: object = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError):  # text
        content = data
    return _homography(content, str(path))


def read_homography(text: str) -> NDArray[np.float64]:
    """The homography (3, 3) of nine numbers with commas or spaces, or of a file of them. AlignError as above."""
    path = Path(text)
    if len(text) < PATH_LIMIT and path.is_file():
        return read_matrix(path)
    if path.suffix.lower() in (".txt", ".csv", ".json", ".npy"):
        raise AlignError(f"{text} is not there; give the path of a homography, or nine numbers")
    return _homography(text.encode(), repr(text[:200]))


def _homography(content: object, where: str) -> NDArray[np.float64]:
    try:
        if isinstance(content, bytes):
            is_json = content.lstrip().startswith(b"[")
            content = json.loads(content) if is_json else [float(n) for n in content.replace(b",", b" ").split()]
        matrix = np.array(content, dtype=np.float64).reshape(3, 3)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise AlignError(f"{where} does not hold the nine numbers of a homography; give them row by row") from error
    largest = max(1e-30, float(np.abs(matrix).max()))
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix / largest)) < 1e-12:
        raise AlignError(f"{where} holds a homography that cannot be inverted; give another one")
    return matrix
