"""Image files as data blocks of Blender, and data blocks as arrays."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from dsia_gen.assets.hdri_file import hdri_size, is_plain, read_hdri, write_plain
from dsia_gen.assets.importing.image_size import picture_size
from dsia_gen.core.errors import AssetError
from dsia_gen.spec.skylight import Skylight, integrate_skylight

ColourSpace = Literal["sRGB", "Non-Color"]
_SOURCE, _NOTES = "dsia_source", "dsia_notes"
"""Properties of an image that was made of another file."""


def load_image(path: Path, space: ColourSpace) -> bpy.types.Image:
    """The data block of an image file in a colour space, loaded once; AssetError when it is too large or broken."""
    picture_size(path)
    for image in bpy.data.images:
        if image.filepath == str(path) and image.colorspace_settings.name == space:
            return image
    image = _load(path, "an image", False)
    image.colorspace_settings.name = space
    image.alpha_mode = "CHANNEL_PACKED"
    return image


class HdriBlock(NamedTuple):
    """The data block of an HDRI, and what was done to its file to make it one."""

    image: bpy.types.Image
    notes: tuple[str, ...]


def load_hdri(path: Path) -> bpy.types.Image:
    """The data block of an HDRI file; AssetError when it is broken or not a high dynamic range image."""
    return open_hdri(path).image


def open_hdri(path: Path) -> HdriBlock:
    """As `load_hdri`, and what a user should know of how the file was read.

    A file that Blender does not read as it is (layers, windows, other orders of pixels, pixels that are not numbers) is
    read here, and becomes an image that is packed.
    """
    known = path.suffix.lower() in (".exr", ".hdr")
    if known:
        hdri_size(path)
    for image in bpy.data.images:
        if image.get(_SOURCE) == str(path):
            return HdriBlock(image, tuple(image[_NOTES].splitlines()))
    if not known or is_plain(path):
        image = _load(path, "an HDRI", True)
        if not image.is_float:
            raise AssetError(f"{path} is not a high dynamic range image, use an .exr or .hdr file")
        if path.suffix.lower() != ".exr" or np.isfinite(image_pixels(image)[..., :3]).all():
            return HdriBlock(image, ())
        bpy.data.images.remove(image)
    picture = read_hdri(path)
    with TemporaryDirectory(prefix="dsia-gen-hdri-") as folder:
        plain = Path(folder) / f"{path.stem}.exr"
        write_plain(plain, picture.pixels)
        image = _load(plain, "an HDRI", False)
        image.pack()
    image[_SOURCE], image[_NOTES] = str(path), "\n".join(picture.notes)
    return HdriBlock(image, picture.notes)


def _load(path: Path, kind: str, check_existing: bool) -> bpy.types.Image:
    try:
        image = bpy.data.images.load(str(path), check_existing=check_existing)
    except RuntimeError as error:
        raise AssetError(f"{path} cannot be read as {kind}, fetch it again") from error
    if 0 in image.size or not image.has_data:  # asking for the size is what reads the file
        raise AssetError(f"{path} is broken and cannot be read as {kind}, fetch it again")
    return image


def skylight(image: bpy.types.Image, path: Path, clamp: float) -> Skylight:
    """What an HDRI sends, texels above `clamp` times the mean cut; AssetError, naming the file, without light."""
    try:
        return integrate_skylight(image_pixels(image)[..., :3], clamp)
    except ValueError as error:
        raise AssetError(f"{path} cannot light a scene ({error}), use another HDRI") from error


def image_pixels(image: Any) -> NDArray[np.float32]:
    """(H, W, 4) float32 RGBA of an image data block, row 0 at the bottom (v = 0)."""
    width, height = image.size
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    return pixels.reshape(height, width, 4)
