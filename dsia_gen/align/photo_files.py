"""Reads and writes the image files of users: PNG, JPEG, WebP, BMP, TIFF, EXR, Radiance. Needs no torch."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageOps, UnidentifiedImageError

from dsia_gen.align.photos import LARGEST_SIDE, Photo, photo_of
from dsia_gen.core.errors import AlignError, StorageError
from dsia_gen.core.io import disk, reading, replace_bytes, replacing

Levels = NDArray[Any]
_EIGHT = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"}
_HOLDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_EIGHT, ("uint8",)), ".png": ("uint8", "uint16"), ".tif": ("uint8", "uint16", "float32"),
    ".tiff": ("uint8", "uint16", "float32"), ".exr": ("float32",), ".hdr": ("float32",),
}  # fmt: skip
"""What each kind of file can hold."""
IMAGE_SUFFIXES = frozenset(_HOLDS)
_DEFLATE = 8
"""TIFF's number of the compression."""
_ORIENTATION = 0x0112
_TURNS: dict[int, Callable[[Levels], Levels]] = {
    2: lambda x: x[:, ::-1], 3: lambda x: x[::-1, ::-1], 4: lambda x: x[::-1], 5: lambda x: x.swapaxes(0, 1),
    6: lambda x: x.swapaxes(0, 1)[:, ::-1], 7: lambda x: x[::-1, ::-1].swapaxes(0, 1),
    8: lambda x: x.swapaxes(0, 1)[::-1],
}  # fmt: skip
"""Orientation of EXIF -> upright."""


def read_photo(path: Path) -> Photo:
    """The image of a file, upright. AlignError says what is wrong with it."""
    if not path.is_file():
        raise AlignError(f"{path} is not there; give the path of an image")
    with reading(path):
        data = path.read_bytes()
    try:
        if path.suffix.lower() == ".exr":
            return _read_exr(path)
        if path.suffix.lower() == ".hdr" or data.startswith(b"#?RADIANCE") or data.startswith(b"#?RGBE"):
            return photo_of(_decoded_by_opencv(data, path), str(path), linear=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large images, and of tags that nothing here depends on
            return _read_by_pillow(data, path)
    except (
        OSError,
        ValueError,
        SyntaxError,
        RuntimeError,
        TypeError,
        KeyError,
        PillowImage.DecompressionBombError,
    ) as error:
        raise AlignError(f"{path} cannot be read as an image ({' '.join(str(error).split())[:200]})") from error


def _read_by_pillow(data: bytes, path: Path) -> Photo:
    """What Pillow reads, with 16 bits of colour and floats by OpenCV, since Pillow would cut them to 8 or refuse."""
    try:
        image: Any = PillowImage.open(io.BytesIO(data))
    except UnidentifiedImageError:
        if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            raise
        return photo_of(_decoded_by_opencv(data, path), str(path))
    with image:
        if max(image.size) > LARGEST_SIDE:
            width, height = image.size
            raise AlignError(
                f"{path} is {width}x{height}, larger than {LARGEST_SIDE} pixels a side; scale it down first"
            )
        notes = []
        frames = int(getattr(image, "n_frames", 1))
        if frames > 1:
            notes.append(f"{path.name} holds {frames} images, of which the first is taken")
        profile = image.info.get("icc_profile") or None
        if _deep(image, data):
            levels = _decoded_by_opencv(data, path)
            turn = _TURNS.get(int(image.getexif().get(_ORIENTATION, 1)))
            levels = levels if turn is None else turn(levels)
        else:
            if image.mode not in ("L", "RGB", "RGBA", "LA", "I;16", "I;16B", "I;16L", "F"):
                image, note = _as_levels(image)
                notes += [f"{path.name} {note}"] if note else []
            levels = np.array(ImageOps.exif_transpose(image))
            levels = levels.astype(np.uint16) if levels.dtype.kind == "u" and levels.dtype.itemsize == 2 else levels
    return replace(photo_of(np.ascontiguousarray(levels), str(path)), profile=profile, notes=tuple(notes))


def _deep(image: Any, data: bytes) -> bool:
    """Whether a PNG or TIFF has more bits of colour than Pillow would keep."""
    if image.format == "PNG":
        return data[24] == 16 and data[25] in (2, 4, 6)
    if image.format == "TIFF":
        bits = image.tag_v2.get(258, (1,))
        return max(bits) > 8 and len(bits) > 1
    return False


def _as_levels(image: Any) -> tuple[Any, str]:
    """A picture of another mode as grey or colour, and what changed where something did."""
    if image.mode == "1":
        return image.convert("L"), ""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB"), ""
    if image.mode in ("La", "RGBa"):
        return image.convert({"La": "LA", "RGBa": "RGBA"}[image.mode]), ""
    if image.mode == "I":
        levels = np.asarray(image)
        if levels.min() < 0 or levels.max() > 65535:
            raise ValueError("its whole numbers do not fit into 16 bits")
        return PillowImage.fromarray(levels.astype(np.uint16)), ""
    return image.convert("RGB"), f"was converted from {image.mode} to RGB"


def _decoded_by_opencv(data: bytes, path: Path) -> Levels:
    """(H, W) or (H, W, C) of 8 or 16 bits or floats, RGB; grey where all channels are one, as OpenCV widens grey."""
    from dsia_gen.align.methods.method import opencv

    cv2 = opencv()
    try:
        levels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(str(error)) from error
    if levels is None:
        raise ValueError("it is damaged, or of a kind that is not known")
    if levels.ndim == 3 and levels.shape[2] >= 3:
        levels = levels[..., [2, 1, 0, *range(3, levels.shape[2])]]
    if path.suffix.lower() == ".png" and data[25] == 4:
        levels = levels[..., [0, 3]]
    return np.ascontiguousarray(levels)


def _read_exr(path: Path) -> Photo:
    """R, G, B or one channel of an EXR, and A; other channels are named in a note."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = {name: np.asarray(channel.pixels, dtype=np.float32) for name, channel in file.channels().items()}
    colours = ["R", "G", "B"] if {"R", "G", "B"} <= set(planes) else ["Y"] if "Y" in planes else sorted(planes)[:1]
    if not colours or (colours[0] not in "RYGBZ" and len(planes) > 1):
        raise ValueError(f"it holds the channels {', '.join(sorted(planes))}, not R, G, B or Y")
    used = [*colours, *(["A"] if "A" in planes and colours != ["A"] else [])]
    levels = np.stack([planes[name] for name in used], axis=-1)
    left = sorted(set(planes) - set(used))
    if "A" in used:  # an EXR holds colours that are multiplied by alpha
        share = levels[..., -1:]
        levels = np.concatenate([np.where(share > 0, levels[..., :-1] / np.maximum(share, 1e-6), 0), share], axis=-1)
    notes = (f"{path.name} also holds {', '.join(left)}, which is not aligned",) if left else ()
    photo = photo_of(levels[..., 0] if len(used) == 1 else levels, str(path), linear=True)
    return replace(photo, notes=notes)


def check_holds(path: Path, photo: Photo) -> None:
    """AlignError when a file of that name cannot hold an image like this one."""
    known = _HOLDS.get(path.suffix.lower())
    if known is None:
        raise AlignError(f"{path} has no ending of an image; end it in one of {', '.join(sorted(_HOLDS))}")
    kind = {"uint8": "8 bits", "uint16": "16 bits", "float32": "floats"}[str(photo.colours.dtype)]
    better = next(suffix for suffix in (".png", ".exr") if str(photo.colours.dtype) in _HOLDS[suffix])
    if str(photo.colours.dtype) not in known:
        raise AlignError(f"{path} cannot hold {kind} a channel, which image 1 has; end it in {better}")
    if photo.alpha is not None and path.suffix.lower() in (".jpg", ".jpeg", ".bmp", ".hdr"):
        raise AlignError(f"{path} cannot hold the alpha that image 1 has; end it in {better}")


def suffix_for(photo: Photo) -> str:
    """The ending of a file that holds an image like this one without loss."""
    return ".exr" if photo.colours.dtype == np.float32 else ".png"


def write_photo(path: Path, image: Levels, profile: bytes | None = None) -> None:
    """Write (H, W) or (H, W, 1 to 4) in one step; StorageError when the disk refuses."""
    suffix = path.suffix.lower()
    image = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    if suffix == ".exr":
        _write_exr(path, image)
    elif image.dtype == np.uint8 and suffix != ".hdr":
        stream = io.BytesIO()
        kind = _EIGHT.get(suffix) or ("PNG" if suffix == ".png" else "TIFF")
        settings: dict[str, Any] = {"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
        settings |= {"icc_profile": profile} if profile and kind != "BMP" else {}
        PillowImage.fromarray(np.ascontiguousarray(image)).save(stream, format=kind, **settings)
        replace_bytes(path, stream.getvalue())
    else:
        replace_bytes(path, _encoded_by_opencv(suffix, image))


def _encoded_by_opencv(suffix: str, image: Levels) -> bytes:
    """16 bits of colour or floats; grey with alpha as colour with alpha, since no library writes it."""
    from dsia_gen.align.methods.method import opencv

    if image.ndim == 3:
        order = [0, 0, 0, 1] if image.shape[2] == 2 else [2, 1, 0, 3][: image.shape[2]]
        image = image[..., order]
    cv2 = opencv()
    # its default for floats of three channels is lossy
    settings = [cv2.IMWRITE_TIFF_COMPRESSION, _DEFLATE] if suffix in (".tif", ".tiff") else []
    done, data = cv2.imencode(suffix, np.ascontiguousarray(image), settings)
    if not done:
        raise StorageError(f"an image of the type {image.dtype} cannot be written as {suffix}; choose another ending")
    return bytes(data)


def _write_exr(path: Path, image: Levels) -> None:
    """Channels R, G, B or Y, and A."""
    planes = image[..., None] if image.ndim == 2 else image
    names = [*("RGB" if planes.shape[2] > 2 else "Y"), *("A" if planes.shape[2] in (2, 4) else "")]
    if "A" in names:
        planes = np.concatenate([planes[..., :-1] * planes[..., -1:], planes[..., -1:]], axis=-1)
    channels = {name: np.ascontiguousarray(planes[..., k], dtype=np.float32) for k, name in enumerate(names)}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with replacing(path) as temporary, disk("write", path):
        try:
            OpenEXR.File(header, channels).write(str(temporary))
        except RuntimeError as error:
            raise StorageError(f"cannot write {path} ({error}); free some space or choose another folder") from error
