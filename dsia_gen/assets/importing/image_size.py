"""The size of an image from its header, and whether it is too large to open."""

from __future__ import annotations

import re
from pathlib import Path
from typing import IO

from PIL import Image

from dsia_gen.core.errors import AssetError

MAX_PIXELS = 2**28
"""Largest image, 16384 x 16384."""


def picture_size(path: Path) -> tuple[int, int]:
    """Width and height in pixels. AssetError for a file that is not an image, or has more than MAX_PIXELS."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".exr":
            import OpenEXR

            with OpenEXR.File(str(path), header_only=True) as file:
                low, high = file.header()["dataWindow"]
            width, height = int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1
        elif suffix == ".hdr":  # Radiance: a text header that ends in `-Y height +X width`
            with path.open("rb") as stream:
                head = stream.read(4096)
            size = re.search(rb"\n[-+]Y (\d+) [-+]X (\d+)\n", head)
            if not head.startswith(b"#?") or size is None:
                raise ValueError("no Radiance header")
            width, height = int(size[2]), int(size[1])
        else:
            width, height = size_in_header(path)
    except Exception as error:
        raise AssetError(f"{path} cannot be read as an image ({str(error)[:100]}); get it again") from error
    if width * height > MAX_PIXELS:
        raise AssetError(f"{path} has {width} x {height} pixels, more than {MAX_PIXELS:,}; make it smaller")
    return width, height


def size_in_header(source: Path | IO[bytes]) -> tuple[int, int]:
    """Width and height of an image that Pillow knows, however large it says to be; an exception otherwise."""
    # Pillow refuses large images when it opens them; here only the header is read, and the caller decides.
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(source) as picture:
            return picture.size
    finally:
        Image.MAX_IMAGE_PIXELS = limit
