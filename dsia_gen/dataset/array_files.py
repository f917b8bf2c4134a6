"""Arrays to files and back, as the table of outputs says: PNG 8 and 16 bit, EXR half and float."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import OpenEXR
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk, make_folder, reading, storage_error, write_bytes
from dsia_gen.spec.outputs import Output

Array = NDArray[Any]
Resolution = tuple[int, int]
"""(height, width)."""

PNG_END = b"IEND\xaeB`\x82"
PNG_COMPRESSION = 4
"""zlib level: within a few per cent of the smallest file at a third of the time."""


def is_mask(output: Output) -> bool:
    """Whether an output is a boolean image, stored as 0 and 255."""
    return output.kind == "mask"


def array_dtype(output: Output) -> np.dtype[Any]:
    """dtype of an output's array in memory: bool for masks, the table's dtype for the rest."""
    return np.dtype(bool) if is_mask(output) else np.dtype(output.dtype)


def array_shape(output: Output, resolution: Resolution) -> tuple[int, ...]:
    """(H, W) for one channel, (H, W, C) for more."""
    return resolution if output.channel_count == 1 else (*resolution, output.channel_count)


def checked(output: Output, array: Array, resolution: Resolution | None = None) -> Array:
    """`array` as it is kept in memory; a mask may also be given as uint8 with 0 and 255 only.

    Raises ValueError with the output's name when shape or dtype is not what the table says.
    """
    array = np.asarray(array)
    if is_mask(output) and array.dtype == np.uint8:
        if (array + np.uint8(1) > 1).any():  # 255 wraps to 0
            raise ValueError(f"{output.name} is a mask and must hold only 0 and 255")
        array = array != 0
    if array.dtype != array_dtype(output):
        raise ValueError(f"{output.name} must be {array_dtype(output)}, not {array.dtype}")
    wanted = array_shape(output, resolution or cast(Resolution, array.shape[:2]))
    if array.shape != wanted or 0 in wanted:
        raise ValueError(f"{output.name} must have shape {wanted}, not {array.shape}")
    return array


def write_array(output: Output, path: Path, array: Array, resolution: Resolution | None = None) -> None:
    """Write an array to a new file and flush it. ValueError for a wrong shape or dtype, StorageError for the disk.

    The same array gives the same bytes.
    """
    array = checked(output, array, resolution)
    if is_mask(output):
        array = array.astype(np.uint8) * np.uint8(255)
    if output.suffix == ".png":
        write_bytes(path, encode_png(array))
    else:
        _write_exr(output, path, array)


def read_array(output: Output, path: Path, resolution: Resolution | None = None) -> Array:
    """The array of a file. StorageError names a file that is missing, truncated, or of another size or type."""
    if output.suffix == ".png":
        array = _read_png(path)
    else:
        _require_content(path)
        planes = _read_channels(output, path)
        array = np.stack(planes, axis=-1) if len(planes) > 1 else planes[0]
    with _as_in_table(path):
        return checked(output, array, resolution)


def read_planes(output: Output, path: Path, resolution: Resolution | None = None) -> tuple[Array, ...]:
    """The channels of an EXR, each (H, W) and contiguous: half the time of `read_array`, which copies them together.

    Raises like `read_array`.
    """
    _require_content(path)
    planes = _read_channels(output, path)
    with _as_in_table(path):
        for plane in planes:
            if plane.dtype != array_dtype(output):
                raise ValueError(f"{output.name} must be {array_dtype(output)}, not {plane.dtype}")
            if plane.shape != (resolution or plane.shape):
                raise ValueError(f"{output.name} must have shape {resolution}, not {plane.shape}")
    return planes


def _require_content(path: Path) -> None:
    with reading(path), path.open("rb") as stream:
        if not stream.read(1):
            raise StorageError(f"{path} is empty; render the scene again")


@contextmanager
def _as_in_table(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise StorageError(f"{path} is not what the table of outputs says: {error}; render the scene again") from error


def encode_png(image: Array) -> bytes:
    """PNG of an (H, W) image of 8 or 16 bits, or of (H, W, 3) or (H, W, 4) of 8 bits."""
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(stream, format="PNG", compress_level=PNG_COMPRESSION)
    return stream.getvalue()


def _read_png(path: Path) -> Array:
    with reading(path):
        data = path.read_bytes()
    if not data:
        raise StorageError(f"{path} is empty; render the scene again")
    try:
        return decode_png(data)
    except ValueError as error:
        raise StorageError(f"{path} is {error}; render the scene again") from error


def decode_png(data: bytes) -> Array:
    """The array of an encoded PNG; ValueError when it is truncated or none."""
    if not data.endswith(PNG_END):  # the decoder forgives a missing end
        raise ValueError("truncated or not a PNG")
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return np.array(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"truncated or not a PNG ({error})") from error


def _write_exr(output: Output, path: Path, array: Array) -> None:
    planes = np.moveaxis(array, -1, 0) if array.ndim == 3 else array[None]
    channels = {name: np.ascontiguousarray(plane) for name, plane in zip(output.channels, planes, strict=True)}
    # Run lengths for flow and vectors, ZIP for the rest: ZIP saves 8% of a flow, whose mantissas are noise, and takes
    # six times as long to read; the zeros of a foreground motion become as small either way. It makes a depth a
    # quarter smaller.
    runs = output.kind in ("flow", "vector")
    compression = OpenEXR.RLE_COMPRESSION if runs else OpenEXR.ZIP_COMPRESSION
    make_folder(path.parent)
    with disk("write", path):
        try:
            with OpenEXR.File({"compression": compression, "type": OpenEXR.scanlineimage}, channels) as file:
                file.write(str(path))
        except RuntimeError as error:  # it quotes the error of the system in its message
            codes = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS)
            quoted = [OSError(code, os.strerror(code)) for code in codes if os.strerror(code) in str(error)]
            raise storage_error("write", path, quoted[0] if quoted else OSError(str(error))) from error
        with path.open("rb+") as stream:  # Windows flushes no file that is open for reading alone
            os.fsync(stream.fileno())


def _require_whole_image(path: Path, header: Mapping[str, Any], shape: tuple[int, ...]) -> None:
    """StorageError unless the windows of an EXR are the whole image: its pixels would be shown at another place."""
    height, width = shape
    whole = [[0, 0], [width - 1, height - 1]]
    for name in ("dataWindow", "displayWindow"):
        found = [np.asarray(corner).tolist() for corner in header[name]]
        if found != whole:
            raise StorageError(f"{path} has the {name} {found}, not {whole}; render the scene again")
    if header.get("pixelAspectRatio", 1.0) != 1.0:
        raise StorageError(f"{path} has pixels that are not square; render the scene again")


def _read_channels(output: Output, path: Path) -> tuple[Array, ...]:
    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = file.channels()
            if set(channels) != set(output.channels):
                found = ", ".join(sorted(channels))
                raise StorageError(
                    f"{path} holds the channels {found}, not {', '.join(output.channels)}; render the scene again"
                )
            planes = tuple(np.asarray(channels[name].pixels) for name in output.channels)
            _require_whole_image(path, file.header(), planes[0].shape)
            return planes
    except (RuntimeError, ValueError, TypeError, OSError) as error:
        raise StorageError(f"{path} is truncated or not an EXR ({error}); render the scene again") from error
