"""The size of a picture from its header, and whether that is too much to open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO

from PIL import Image

from dsia_gen.core.errors import AssetError

MAX_PIXELS = 2**28
"""Largest picture, 16384 x 16384."""


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels. AssetError for a file that is no picture, or has more than MAX_PIXELS."""
    read = {".hdr": _hdr, ".exr": _exr}.get(path.suffix.lower(), size_in_header)
    try:
        size = read(path)
    except Exception as error:
        raise AssetError(f"{path} cannot be read as an image ({str(error)[:100]}); get it again") from error
    if size[0] * size[1] > MAX_PIXELS:
        raise AssetError(f"{path} has {size[0]} x {size[1]} pixels, more than {MAX_PIXELS:,}; make it smaller")
    return size


def _hdr(path: Path) -> tuple[int, int]:
    """Radiance: a text header that ends in `-Y height +X width`."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    size = re.search(rb"\n[-+]Y (\d+) [-+]X (\d+)\n", head)
    if not head.startswith(b"#?") or size is None:
        raise ValueError("no Radiance header")
    return int(size[2]), int(size[1])


def _exr(path: Path) -> tuple[int, int]:
    import OpenEXR

    with OpenEXR.File(str(path), header_only=True) as file:
        low, high = file.header()["dataWindow"]
    return int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1


def size_in_header(source: Path | IO[bytes]) -> tuple[int, int]:
    """Width and height of an image that Pillow knows, however large it says to be; an exception otherwise."""
    # Pillow refuses large images when it opens them; here only the header is read, and the caller decides.
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(source) as picture:
            return picture.size
    finally:
        Image.MAX_IMAGE_PIXELS = limit
