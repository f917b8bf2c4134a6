"""Flows, homographies and masks of users: files and short texts to arrays. Nothing in them is run."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from dsia_gen.align.matching.robust_homography import homography_flow
from dsia_gen.align.photo_files import read_photo
from dsia_gen.align.photos import LARGEST_SIDE
from dsia_gen.core.bounds import PATH_LIMIT
from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import reading
from dsia_gen.dataset.export.encode import KITTI_SCALE, KITTI_ZERO, TAG

FLOW_SUFFIXES = (".exr", ".flo", ".npz", ".npy", ".png")
_CHANNELS = (("u", "v"), ("U", "V"), ("X", "Y"), ("R", "G"))
"""Names of the two channels of an EXR: ours first, then what other programs write."""
_UNKNOWN = 1e9
"""Pixels from which a flow is unknown, as .flo has it."""


def read_flow(path: Path) -> NDArray[np.float32]:
    """(H, W, 2) px of an EXR, a Middlebury .flo, a KITTI .png, an .npy, or the array `flow` of an .npz; NaN is unknown.

    AlignError says what is wrong with the file.
    """
    suffix = path.suffix.lower()
    if suffix not in FLOW_SUFFIXES:
        raise AlignError(f"{path} is not a flow; give a file that ends in one of {', '.join(FLOW_SUFFIXES)}")
    if not path.is_file():
        raise AlignError(f"{path} is not there; give the path of a flow")
    with reading(path):
        data = path.read_bytes()
    readers = {".exr": _of_exr, ".flo": _of_flo, ".npz": _of_numpy, ".npy": _of_numpy, ".png": _of_kitti}
    try:
        flow = np.asarray(readers[suffix](data, path))
    except (ValueError, KeyError, OSError, EOFError, RuntimeError, TypeError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:200]
        raise AlignError(f"{path} cannot be read as a flow ({reason}); write it again") from error
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape or flow.dtype.kind not in "fiu":
        raise AlignError(f"{path} holds {flow.dtype} of the shape {flow.shape}; give numbers of (height, width, 2)")
    with np.errstate(over="ignore"):  # what float32 cannot hold is unknown
        values = flow.astype(np.float32)
    known = (np.abs(values) < _UNKNOWN).all(axis=-1, keepdims=True)
    return np.where(known, values, np.float32(np.nan))


def _of_exr(data: bytes, path: Path) -> NDArray[np.generic]:  # noqa: ARG001
    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = {name: np.asarray(channel.pixels) for name, channel in file.channels().items()}
    names = next((pair for pair in _CHANNELS if set(pair) <= set(planes)), None)
    if names is None:
        raise ValueError(f"it holds the channels {', '.join(sorted(planes)) or 'none'}, not u and v")
    return np.stack([planes[name] for name in names], axis=-1)


def _of_flo(data: bytes, path: Path) -> NDArray[np.generic]:  # noqa: ARG001
    if len(data) < 12 or np.frombuffer(data, "<f4", 1)[0] != np.float32(TAG):
        raise ValueError("it does not begin as a .flo")
    width, height = (int(side) for side in np.frombuffer(data, "<i4", 2, 4))
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
        raise ValueError(f"it says that it is {width}x{height}")
    if len(data) != 12 + 8 * width * height:
        raise ValueError(f"it has {len(data)} bytes, and {width}x{height} takes {12 + 8 * width * height}")
    return np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2)


def _of_numpy(data: bytes, path: Path) -> NDArray[np.generic]:
    found = np.load(io.BytesIO(data), allow_pickle=False)
    if isinstance(found, np.ndarray):
        return found
    with found:
        names = list(found.files)
        name = "flow" if "flow" in names else names[0] if len(names) == 1 else None
        if name is None:
            raise ValueError(f"{path.name} holds {', '.join(names) or 'nothing'}, and no array flow")
        return np.asarray(found[name])


def _of_kitti(data: bytes, path: Path) -> NDArray[np.generic]:  # noqa: ARG001
    levels = read_photo(path).whole()
    if levels.dtype != np.uint16 or levels.ndim != 3 or levels.shape[2] != 3:
        raise ValueError(f"it is {levels.dtype} {levels.shape}, not KITTI's flow of 16 bits and three channels")
    flow = (levels[..., :2].astype(np.float64) - KITTI_ZERO) / KITTI_SCALE
    return np.where(levels[..., 2:] > 0, flow, np.nan)


def read_homography(text: str) -> NDArray[np.float64]:
    """(3, 3) homography of nine numbers in row order: written out with commas, or a file of text, .json or .npy.

    It takes pixels of the source to pixels of the answer, centres at whole numbers. AlignError says what is wrong.
    """
    try:
        values = np.array(_numbers(text), dtype=np.float64)
    except (ValueError, TypeError, OSError, OverflowError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AlignError(
            f"{text[:200]!r} is not a homography ({reason}); give nine numbers, or a file of them"
        ) from error
    if values.size != 9 or not np.isfinite(values).all():
        raise AlignError(
            f"{text[:200]!r} does not hold nine finite numbers but {values.size} values; give nine, row by row"
        )
    matrix = values.reshape(3, 3)
    if abs(np.linalg.det(matrix)) < 1e-9 * max(1e-30, float(np.abs(matrix).max())) ** 3:
        raise AlignError(
            f"{text[:200]!r} maps the image onto a line (its determinant is zero); give another homography"
        )
    return matrix


def _numbers(text: str) -> object:
    """What a file holds, or what the text itself says."""
    path, content = Path(text), text
    if len(text) < PATH_LIMIT and path.is_file():
        with reading(path):
            data = path.read_bytes()
        if path.suffix.lower() == ".npy":
            return np.load(io.BytesIO(data), allow_pickle=False)
        content = data.decode("utf-8")
    elif path.suffix.lower() in (".txt", ".csv", ".json", ".npy"):
        raise ValueError("it is not there")
    return json.loads(content) if content.lstrip().startswith("[") else content.replace(",", " ").split()


def flow_of_homography(matrix: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W, 2) px; unknown where a pixel is taken to infinity or behind the camera."""
    height, width = size
    column, row = np.meshgrid(np.arange(width), np.arange(height))
    depth = matrix[2, 0] * column + matrix[2, 1] * row + matrix[2, 2]
    middle = matrix[2] @ [(width - 1) / 2, (height - 1) / 2, 1]
    flow = homography_flow(matrix, height, width)
    sound = (depth * np.sign(middle) > 1e-6) & (np.abs(flow) <= LARGEST_SIDE * 4).all(axis=-1)
    return np.where(sound[..., None], flow, np.float32(np.nan))


def read_mask(path: Path, size: tuple[int, int], what: str) -> NDArray[np.bool_]:
    """(H, W) bool of an image file: True where it is brighter than half. AlignError when it has another size."""
    photo = read_photo(path)
    if photo.size != size:
        sizes = " and ".join(f"{width}x{height}" for height, width in (photo.size, size))
        raise AlignError(f"{path}: the {what} and the image have different sizes, {sizes}; give those of one size")
    return np.asarray(photo.rgb8().mean(axis=2) > 127.5)
