"""Images as users have them: grey or colour, 8 or 16 bits or floats, with alpha; and the way to 8-bit RGB and back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.photography import decode_srgb, encode_srgb

Image = NDArray[np.uint8]
Values = NDArray[np.float32]
Levels = NDArray[Any]
_WHITE = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}
LARGEST_SIDE = 16384


@dataclass(frozen=True)
class Photo:
    """An image of a user.

    Parameters
    ----------
    colours : ndarray
        (H, W, 1) or (H, W, 3) uint8, uint16 or float32; what is transparent is not blended with anything.
    alpha : ndarray or None
        (H, W), of the same type.
    white : float
        The level that is shown as white.
    peak : float
        The largest level.
    linear : bool
        Whether levels are proportional to light, as in EXR, and not sRGB.
    flat : bool
        Whether it was given as (H, W).
    profile : bytes or None
        ICC profile of the file.
    notes : tuple of str
        What reading the file left out.
    """

    colours: Levels
    alpha: Levels | None = None
    white: float = 255.0
    peak: float = 255.0
    linear: bool = False
    flat: bool = False
    profile: bytes | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.colours.shape[0], self.colours.shape[1]

    @property
    def plain(self) -> bool:
        """Whether it is 8-bit RGB without alpha, which methods take as it is."""
        return self.alpha is None and self.colours.dtype == np.uint8 and self.colours.shape[2] == 3 and not self.flat

    def encoded(self, part: tuple[slice, slice] = (slice(None), slice(None))) -> Values:
        """(h, w, C) sRGB of a part, where 1 is white; colours are multiplied by alpha, which is the last channel."""
        values = self.colours[part].astype(np.float32)
        values = encode_srgb(values / self.peak) / self._white_code if self.linear else values / np.float32(self.white)
        if self.alpha is None:
            return values
        scale = np.float32(_WHITE.get(self.alpha.dtype, 1.0))
        share = (self.alpha[part].astype(np.float32) / scale)[..., None]
        return np.concatenate([values * share, share], axis=-1)

    @property
    def _white_code(self) -> np.float32:
        return np.float32(encode_srgb(np.array(self.white / self.peak)))

    def rgb8(self) -> Image:
        """(H, W, 3) what methods see; what is transparent lies on grey."""
        if self.alpha is None and self.colours.dtype == np.uint8:
            return np.ascontiguousarray(self.colours if self.colours.shape[2] == 3 else self.colours.repeat(3, axis=2))
        values = self.encoded()
        if self.alpha is not None:
            values = values[..., :-1] + np.float32(0.5) * (1 - values[..., -1:])
        levels = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(levels if levels.shape[2] == 3 else levels.repeat(3, axis=2))

    def decoded(self, values: Values) -> Levels:
        """The reverse of `encoded` for (h, w, C) values: levels of the type of this image, alpha as a last channel."""
        alpha = None
        if self.alpha is not None:
            alpha = np.clip(values[..., -1:], 0, 1)
            values = np.where(alpha > 1e-6, values[..., :-1] / np.maximum(alpha, 1e-6), 0)
        levels = values * np.float32(self.white)
        if self.linear:
            levels = decode_srgb(values * self._white_code) * np.float32(self.peak)
        parts = [levels] if alpha is None else [levels, alpha * np.float32(_WHITE.get(self.colours.dtype, 1.0))]
        joined = np.concatenate(parts, axis=-1)
        if self.colours.dtype in _WHITE:
            return np.rint(np.clip(joined, 0, _WHITE[self.colours.dtype])).astype(self.colours.dtype)
        return joined.astype(self.colours.dtype)

    def whole(self) -> Levels:
        """The image as it was given: (H, W), or (H, W, C) with alpha as the last channel."""
        parts = [self.colours] if self.alpha is None else [self.colours, self.alpha[..., None]]
        joined = np.concatenate(parts, axis=-1)
        return joined[..., 0] if self.flat else joined


def photo_of(array: NDArray[Any], name: str, linear: bool = False) -> Photo:
    """An array as an image: (H, W) or (H, W, 1 to 4), of bools, 8 or 16 bits, or floats whose white is 1 or brighter.

    AlignError names `name` and says what else it is.
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] > 4):
        raise AlignError(f"{name} is not one image but an array of shape {array.shape}; give (height, width, channels)")
    height, width = array.shape[:2]
    if max(height, width) > LARGEST_SIDE:
        raise AlignError(f"{name} is {width}x{height}, larger than {LARGEST_SIDE} pixels a side; scale it down first")
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if np.issubdtype(array.dtype, np.floating):
        array = array.astype(np.float32)
    elif array.dtype not in _WHITE:
        raise AlignError(f"{name} has {array.dtype} values; convert it to 8 or 16 bits a channel, or to floats")
    flat = array.ndim == 2
    planes = array[..., None] if flat else array
    alpha = planes[..., -1] if planes.shape[2] in (2, 4) else None
    colours = planes[..., :-1] if alpha is not None else planes
    white = peak = _WHITE.get(array.dtype, 1.0)
    if colours.dtype == np.float32:
        if not np.isfinite(planes).all():
            raise AlignError(f"{name} holds values that are not finite numbers; replace them first")
        # a light in the picture does not make the rest black
        white = max(1.0, float(np.quantile(colours[:: max(1, height // 512), :: max(1, width // 512)], 0.98)))
        peak = max(white, float(colours.max()))
    return Photo(colours, alpha, white, peak, linear, flat)


def same_light(first: Photo, second: Photo) -> tuple[Photo, Photo]:
    """Two images with one white and one peak where both are floats, so that equal levels are equal values."""
    if first.colours.dtype != second.colours.dtype:
        return first, second
    white, peak = max(first.white, second.white), max(first.peak, second.peak)
    return replace(first, white=white, peak=peak), replace(second, white=white, peak=peak)


def check_sizes(first: Photo, second: Photo, name: str = "") -> None:
    """AlignError when two images differ in size."""
    if first.size != second.size:
        sizes = " and ".join(f"{width}x{height}" for height, width in (first.size, second.size))
        where = f"{name}: " if name else ""
        raise AlignError(f"{where}the two images have different sizes, {sizes}; scale or crop one of them first")


def has_one_colour(image: Image) -> bool:
    """Whether there is nothing to match in an image (H, W, 3) uint8."""
    return int(image.max(initial=0)) - int(image.min(initial=255)) <= 2 or bool((image == image[:1, :1]).all())
