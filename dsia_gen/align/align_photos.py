"""Aligns images of any depth by methods that see 8-bit RGB: the motion is found there, the colours are read here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.composition import Compose, copy_of, warp_of
from dsia_gen.align.methods.method import Aligned, Group
from dsia_gen.align.photos import Image, Photo, check_sizes, has_one_colour, same_light

Align = Callable[[Image, Image], Aligned]
TILE = 1024
"""Pixels a side of the tiles that colours are read in, which bounds the memory."""


def align_photos(align: Align, first: Photo, second: Photo, group: Group = "synthesis", name: str = "") -> Aligned:
    """The answer of a method with an image of the depth and channels of `first`, (H, W) or (H, W, C).

    AlignError when the sizes differ; the message begins with `name`.
    """
    check_sizes(first, second, name)
    first, second = same_light(first, second)
    image1, image2 = first.rgb8(), second.rgb8()
    answer = align(image1, image2)
    notes = [answer.note, *(f"image {k}: {note}" for k, p in enumerate((first, second), 1) for note in p.notes)]
    notes += one_colour(image1, image2)
    if not first.plain:
        compose = composer(answer, image1, image2, group)
        if compose is None:
            notes.append("the method answers with 8 bits a channel, which were converted")
            image = converted(answer.image, first)
        else:
            image = composed_photo(compose, first, second)
        answer = replace(answer, image=image)
    return replace(answer, note="; ".join(note for note in notes if note), compose=None)


def composer(answer: Aligned, image1: Image, image2: Image, group: Group) -> Compose | None:
    """How the answer is read from the two images at any depth; None where the method cannot say."""
    if answer.compose is not None:
        return answer.compose
    if group in ("warp", "oracle") and answer.flow is not None:
        return warp_of(answer.flow)
    for k, image in enumerate((image1, image2)):
        if answer.image is image or np.array_equal(answer.image, image):
            return copy_of(k)
    return None


def composed_photo(compose: Compose, first: Photo, second: Photo) -> NDArray[Any]:
    """The answer in the levels of `first`, tile by tile."""
    height, width = first.size
    channels = first.colours.shape[2] + (first.alpha is not None)
    image = np.empty((height, width, channels), first.colours.dtype)

    def part1(rows: slice, columns: slice) -> NDArray[np.float32]:
        return first.encoded((rows, columns))

    def part2(rows: slice, columns: slice) -> NDArray[np.float32]:
        return like_channels(second.encoded((rows, columns)), second.alpha is not None, channels)

    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            rows, columns = slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width))
            image[rows, columns] = first.decoded(compose(part1, part2, rows, columns))
    return image[..., 0] if first.flat else image


def like_channels(values: NDArray[np.float32], with_alpha: bool, channels: int) -> NDArray[np.float32]:
    """(h, w, C) values as grey or colour, with or without alpha, as `channels` from 1 to 4 says."""
    colours = values[..., :-1] if with_alpha else values
    wanted = 3 if channels > 2 else 1
    if colours.shape[2] == 3 and wanted == 1:
        colours = colours @ np.array([[0.299], [0.587], [0.114]], np.float32)
    colours = colours.repeat(3, axis=2) if colours.shape[2] < wanted else colours
    if channels % 2:
        return np.ascontiguousarray(colours)
    alpha = values[..., -1:] if with_alpha else np.ones_like(values[..., :1])
    return np.concatenate([colours, alpha], axis=-1)


def converted(image: Image, like: Photo) -> NDArray[Any]:
    """An 8-bit RGB image in the type and channels of another, which gives its alpha."""
    channels = like.colours.shape[2]
    values = like_channels(image.astype(np.float32) / 255, False, channels)
    if like.alpha is not None:
        share = like.encoded()[..., -1:]
        values = np.concatenate([values * share, share], axis=-1)
    levels = like.decoded(values)
    return levels[..., 0] if like.flat else levels


def one_colour(image1: Image, image2: Image) -> list[str]:
    """A note for each image in which there is nothing to match."""
    return [
        f"image {k} has one colour; there is nothing to match"
        for k, image in enumerate((image1, image2), 1)
        if has_one_colour(image)
    ]
