"""Images of pages and notebooks: small WebP files, and files as addresses that a page can hold."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from dsia_gen.dataset.visual import Rgb8

IMAGE_WIDTH = 960
THUMB_WIDTH = 256
IMAGE_QUALITY = 90
THUMB_QUALITY = 72


def grid_shape(shape: tuple[int, ...], width: int) -> tuple[int, int]:
    """(h, w) of the grid of an image (H, W, ...): at most `width` columns, the same proportions."""
    rows, columns = shape[:2]
    if columns <= width:
        return rows, columns
    return max(1, round(rows * width / columns)), width


def webp(image: Rgb8, width: int = IMAGE_WIDTH, quality: int = IMAGE_QUALITY) -> bytes:
    """An image (H, W, 3) uint8, at most `width` columns wide, as a WebP file."""
    stream = io.BytesIO()
    shrunk(image, width).save(stream, format="WEBP", quality=quality, method=4)
    return stream.getvalue()


def shrunk(image: Rgb8, width: int) -> Image.Image:
    """An image with at most `width` columns."""
    whole = Image.fromarray(np.ascontiguousarray(image))
    if whole.width <= width:
        return whole
    return whole.resize((width, grid_shape(image.shape, width)[0]), Image.Resampling.LANCZOS)


def data_uri(data: bytes, kind: str = "image/webp") -> str:
    """A file as an address that a page can hold."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
