"""HDR environments as files: every kind of EXR and Radiance picture as plain radiance, and what was done to it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from dsia_gen.assets.importing.image_size import MAX_PIXELS
from dsia_gen.assets.radiance_file import radiance_header, read_radiance
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.text_files import is_lfs_pointer, lfs_pointer

Pixels = NDArray[np.float32]
MOST_BROKEN = 0.1
"""Share of pixels that may be mended."""
LARGEST_HALF = 65504.0
_HEAD = 2**16
_CHANNEL_LIST = b"channels\0chlist\0"
_UINT = 0
_PREFERRED = ("", "rgba", "rgb", "combined", "beauty", "color", "colour", "image", "main", "left")
"""Layers that hold the picture itself, the likeliest first."""
_NO_PICTURE = re.compile(
    r"depth|normal|position|vector|velocity|uv|mist|index|crypto|alpha|mask|motion|\bz\b|id\b", re.I
)


@dataclass(frozen=True)
class HdriPicture:
    """Radiance (H, W, 3) with the zenith in row 0, and what a user should know of how it was read."""

    pixels: Pixels
    notes: tuple[str, ...]


def hdri_size(path: Path) -> tuple[int, int]:
    """Width and height of the whole picture, in pixels. AssetError for a broken file, or more than MAX_PIXELS."""
    if is_lfs_pointer(path):
        raise lfs_pointer(path)
    if path.suffix.lower() == ".exr":
        width, height = _exr_size(path)
    else:
        header = radiance_header(path)
        width, height = header.width, header.height
    if width * height > MAX_PIXELS:
        raise AssetError(f"{path} has {width} x {height} pixels, more than {MAX_PIXELS:,}; make it smaller")
    return width, height


def is_plain(path: Path) -> bool:
    """Whether Blender reads a file as it is: one picture of R, G and B that fills its window, rows from the top.

    Pixels that are not numbers are not looked for. AssetError for a file that is broken.
    """
    if path.suffix.lower() != ".exr":
        return radiance_header(path).plain
    import OpenEXR

    with _opened(path, header_only=True) as file:
        header, more = dict(file.parts[0].header), len(file.parts) > 1
        channels = {channel.name: channel for channel in header["channels"]}
    integers = _UINT in _channel_types(path)
    same = all(np.array_equal(a, b) for a, b in zip(header["dataWindow"], header["displayWindow"], strict=True))
    flat = header.get("type") in (None, OpenEXR.scanlineimage, OpenEXR.tiledimage)
    sampled = all(channel.xSampling == channel.ySampling == 1 for channel in channels.values())
    return not more and same and flat and sampled and set(channels) in ({*"RGB"}, {*"RGBA"}) and not integers


def read_hdri(path: Path) -> HdriPicture:
    """The radiance of any EXR or Radiance file. AssetError, naming the file, where it holds no picture."""
    hdri_size(path)
    if path.suffix.lower() != ".exr":
        pixels, notes = read_radiance(path)
        return HdriPicture(pixels, notes)
    pixels, largest, notes = _read_exr(path)
    pixels, mended = mend(path, pixels, largest)
    return HdriPicture(pixels, (*notes, *mended))


def write_plain(path: Path, pixels: Pixels) -> None:
    """Write radiance (H, W, 3) as an EXR that every program reads."""
    import OpenEXR

    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, {"RGB": np.ascontiguousarray(pixels, dtype=np.float32)}).write(str(path))


def mend(path: Path, pixels: Pixels, largest: float | None = None) -> tuple[Pixels, tuple[str, ...]]:
    """Pixels (H, W, 3) with those that are not numbers replaced by their nearest neighbours, and a note of how many.

    What is infinite becomes `largest`, or the largest value there is. AssetError where more than MOST_BROKEN are not
    numbers.
    """
    broken = ~np.isfinite(pixels)
    if not broken.any():
        return pixels, ()
    texels = broken.any(axis=2)
    if texels.mean() > MOST_BROKEN:
        share = f"{100 * texels.mean():.0f}%"
        raise AssetError(f"{path}: {share} of its pixels are not numbers, more than can be mended; export it again")
    fixed = pixels.copy()
    sound = np.where(broken, -np.inf, pixels).max()
    endless = np.isposinf(pixels)
    fixed[endless] = sound if largest is None else max(float(sound), largest)
    lost = (broken & ~endless).any(axis=2)
    if lost.any():
        rows, columns = distance_transform_edt(lost, return_distances=False, return_indices=True)
        fixed[lost] = fixed[rows[lost], columns[lost]]
    count = int(texels.sum())
    return fixed, (f"{count} {'pixel that is' if count == 1 else 'pixels that are'} not a number mended",)


def _opened(path: Path, **options: Any) -> Any:
    import OpenEXR

    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), _quiet_stderr():
            file = OpenEXR.File(str(path), **options)
    except Exception as error:
        raise AssetError(f"{path} cannot be read as an image ({str(error)[:100]}); get it again") from error
    # Of pixels that it cannot read the binding says so in print, and gives zeros or nothing.
    if said.getvalue():
        raise AssetError(f"{path} is cut off or damaged: not all of its pixels can be read; get it again")
    return file


@contextlib.contextmanager
def _quiet_stderr() -> Iterator[None]:
    """Keep from the user what a library writes to this process's stderr inside the block."""
    sys.stderr.flush()
    kept = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _exr_size(path: Path) -> tuple[int, int]:
    """Width and height of the display window. AssetError where some part promises more pixels than MAX_PIXELS."""
    with _opened(path, header_only=True) as file:
        windows = [part.header[key] for part in file.parts for key in ("displayWindow", "dataWindow")]
    sizes = [(int(high[0]) - int(low[0]) + 1, int(high[1]) - int(low[1]) + 1) for low, high in windows]
    for width, height in sizes:
        if not (width > 0 and height > 0 and width * height <= MAX_PIXELS):
            what = f"a window of {width} x {height} pixels, of at most {MAX_PIXELS:,}"
            raise AssetError(f"{path} has {what}; make it smaller, or export it again")
    if not sizes:
        raise AssetError(f"{path} cannot be read as an image (it has no parts); get it again")
    return sizes[0]


def _channel_types(path: Path) -> set[int]:
    """Types of the channels of the first part, from the list in its header; the binding tells them with pixels."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    at = head.find(_CHANNEL_LIST)
    types, at = set[int](), at + len(_CHANNEL_LIST) + 4
    while at > len(_CHANNEL_LIST) + 4 and head[at : at + 1] not in (b"\0", b""):
        at = head.find(b"\0", at) + 1
        types.add(int.from_bytes(head[at : at + 4], "little"))
        at += 16  # type, linearity and three reserved bytes, two samplings
    return types


def _read_exr(path: Path) -> tuple[Pixels, float | None, tuple[str, ...]]:
    """The picture in its display window, what infinite stands for in it, and notes."""
    with _opened(path, separate_channels=True) as file:
        layers = dict[str, tuple[Any, dict[str, Any]]]()
        for part in file.parts:
            if "deep" in str(part.header.get("type")).lower():
                raise AssetError(f"{path} holds deep data; export it as a flat image")
            named = part.name() if len(file.parts) > 1 else ""
            for name, channels in _layers_of(part.channels).items():
                layers.setdefault(".".join(filter(None, (named, name))), (dict(part.header), channels))
        if not layers:
            names = ", ".join(sorted({name for part in file.parts for name in part.channels}))
            raise AssetError(
                f"{path} holds no layer with R, G and B or Y (it has {names:.200}); export the picture itself"
            )
        chosen = min(layers, key=_likelihood)
        header, channels = layers[chosen]
        pixels, integers, half = _colours(channels)
    notes = () if len(layers) == 1 else (f"layer {chosen or 'without a name'} of {len(layers)} taken",)
    if integers:
        notes = (*notes, "holds whole numbers, taken as they are")
    (left, top), (right, bottom) = header["displayWindow"]
    (first, upper), _ = header["dataWindow"]
    width, height = int(right - left) + 1, int(bottom - top) + 1
    x, y = int(first - left), int(upper - top)
    if (x, y) != (0, 0) or pixels.shape[:2] != (height, width):
        whole = np.zeros((height, width, 3), dtype=np.float32)
        rows, columns = pixels.shape[:2]
        inner = pixels[max(-y, 0) : height - y, max(-x, 0) : width - x]
        whole[max(y, 0) : max(y, 0) + inner.shape[0], max(x, 0) : max(x, 0) + inner.shape[1]] = inner
        pixels = whole
        notes = (*notes, f"{columns} x {rows} pixels placed in a window of {width} x {height}")
    return pixels, (LARGEST_HALF if half else None), notes


def _layers_of(channels: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Channels by layer and colour: R, G and B, or Y with or without its chroma."""
    groups: dict[str, dict[str, Any]] = {}
    for name, channel in channels.items():
        layer, _, colour = name.rpartition(".")
        short = {"RED": "R", "GREEN": "G", "BLUE": "B"}.get(colour.upper(), colour.upper())
        groups.setdefault(layer, {})[short] = channel
    return {name: group for name, group in groups.items() if {*"RGB"} <= group.keys() or "Y" in group}


def _likelihood(name: str) -> tuple[int, int, int, str]:
    """A key by which the layer of the picture itself comes first."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word] or [""]
    ranks = [_PREFERRED.index(word) for word in words if word in _PREFERRED]
    return (1 if _NO_PICTURE.search(name) else 0, min(ranks, default=len(_PREFERRED)), len(words), name)


def _colours(channels: Mapping[str, Any]) -> tuple[Pixels, bool, bool]:
    """(H, W, 3) of a layer, whether its channels are integers, and whether they are of half precision."""
    arrays = {name: np.asarray(channel.pixels) for name, channel in channels.items()}
    if {*"RGB"} <= arrays.keys():
        used = [arrays[name] for name in "RGB"]
        pixels = np.stack([a.astype(np.float32) for a in used], axis=-1)
    else:
        used = [arrays["Y"]]
        luma = arrays["Y"].astype(np.float32)
        pixels = np.repeat(luma[..., None], 3, axis=2)
        if {"RY", "BY"} <= arrays.keys():
            # Chroma has half the resolution; Y is of the primaries of Rec. 709 (OpenEXR, ImfRgbaYca).
            red, blue = ((_enlarged(arrays[name], luma.shape) + 1) * luma for name in ("RY", "BY"))
            pixels = np.stack([red, (luma - 0.2126 * red - 0.0722 * blue) / 0.7152, blue], axis=-1)
    kinds = {a.dtype.kind for a in used}
    return np.ascontiguousarray(pixels), kinds == {"u"}, all(a.dtype == np.float16 for a in used)


def _enlarged(values: NDArray[Any], shape: tuple[int, ...]) -> Pixels:
    rows = np.arange(shape[0]) * values.shape[0] // shape[0]
    columns = np.arange(shape[1]) * values.shape[1] // shape[1]
    return np.asarray(values[np.ix_(rows, columns)], dtype=np.float32)
