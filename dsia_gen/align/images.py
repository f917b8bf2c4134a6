"""What a user wants aligned: pairs of files, of two folders, of the frames of videos. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.photo_files import IMAGE_SUFFIXES, read_photo
from dsia_gen.align.photos import Photo, check_sizes, photo_of
from dsia_gen.align.videos import VideoFile
from dsia_gen.core.errors import AlignError

Image = NDArray[np.uint8]


@dataclass(frozen=True)
class ImageWork:
    """A pair to align."""

    name: str
    """Of the answer, without an ending."""
    first: Path | Image
    second: Path | Image

    def photos(self) -> tuple[Photo, Photo]:
        """Both images. AlignError when they cannot be read or differ in size."""
        first, second = (read_photo(x) if isinstance(x, Path) else photo_of(x, self.name) for x in self.pair)
        check_sizes(first, second, self.name)
        return first, second

    def images(self) -> tuple[Image, Image]:
        """Both as (H, W, 3) uint8."""
        first, second = self.photos()
        return first.rgb8(), second.rgb8()

    @property
    def pair(self) -> tuple[Path | Image, Path | Image]:
        return self.first, self.second


def read_image(path: Path | str) -> Image:
    """An image as 8-bit RGB, (H, W, 3), upright. AlignError says what is wrong with a file that is none."""
    return read_photo(Path(path)).rgb8()


def folder_pairs(first: Path, second: Path) -> list[ImageWork]:
    """Pairs of images of two folders that are named alike but for their endings, sorted.

    AlignError names an image without partner.
    """
    names = [
        sorted(p.name for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES) for folder in (first, second)
    ]
    if not names[0]:
        raise AlignError(f"{first} holds no image; known are {', '.join(sorted(IMAGE_SUFFIXES))}")
    stems = [{Path(name).stem: name for name in side} for side in names]
    if any(len(by_stem) < len(side) for by_stem, side in zip(stems, names, strict=True)):
        stems = [{name: name for name in side} for side in names]  # a.png and a.jpg are two images
    alone = sorted(stems[0].keys() ^ stems[1].keys())
    if alone:
        where = first / stems[0][alone[0]] if alone[0] in stems[0] else second / stems[1][alone[0]]
        raise AlignError(f"{len(alone)} images have no partner, the first is {where}; name them alike")
    return [ImageWork(stem, first / stems[0][stem], second / stems[1][stem]) for stem in sorted(stems[0])]


def video_pairs(path: Path, gap: int = 1) -> Iterator[ImageWork]:
    """Each frame with the one `gap` later: the later one is aligned to the earlier."""
    waiting: list[Image] = []
    for k, frame in enumerate(VideoFile(path).frames()):
        waiting.append(frame)
        if len(waiting) > gap:
            yield ImageWork(f"frame_{k - gap:05d}", waiting.pop(0), waiting[-1])


def two_video_pairs(first: Path, second: Path) -> Iterator[ImageWork]:
    """Frames of two videos with one number, as long as both last."""
    pairs = zip(VideoFile(first).frames(), VideoFile(second).frames(), strict=False)
    for k, (a, b) in enumerate(pairs):
        yield ImageWork(f"frame_{k:05d}", a, b)
