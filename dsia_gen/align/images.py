"""Images, folders and videos that a user wants aligned. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.errors import AlignError
from dsia_gen.core.io import disk

Image = NDArray[np.uint8]
_IMAGES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}
_VIDEOS = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".gif"}


@dataclass(frozen=True)
class ImageWork:
    """A pair to align."""

    name: str
    first: Path | Image
    second: Path | Image

    def images(self) -> tuple[Image, Image]:
        """Both images, (H, W, 3) uint8."""
        first, second = (read_image(x) if isinstance(x, Path) else x for x in (self.first, self.second))
        if first.shape != second.shape:
            sizes = " and ".join(f"{image.shape[1]}x{image.shape[0]}" for image in (first, second))
            raise AlignError(f"{self.name}: the two images have different sizes, {sizes}; scale one of them first")
        return first, second


def read_image(path: Path | str) -> Image:
    """An 8-bit RGB image, (H, W, 3). AlignError says what is wrong with another."""
    path = Path(path)
    if not path.is_file():
        raise AlignError(f"{path} is not there; give the path of an image")
    try:
        image = np.asarray(iio.imread(path, plugin="pillow"))
    except (OSError, ValueError, SyntaxError) as error:
        raise AlignError(f"{path} cannot be read as an image ({' '.join(str(error).split())[:200]})") from error
    return checked(image, str(path))


def checked(image: NDArray[np.generic], name: str) -> Image:
    """The image as 8-bit RGB, an opaque alpha dropped; AlignError for grey, 16-bit and transparent ones."""
    if image.dtype != np.uint8:
        raise AlignError(f"{name} has {image.dtype} values; convert it to 8 bits a channel")
    if image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (1, 2)):
        raise AlignError(f"{name} is grey; the aligner wants colour, convert it to RGB")
    if image.ndim == 3 and image.shape[2] == 4:
        if image[..., 3].min() < 255:
            raise AlignError(f"{name} is transparent in places; flatten it to RGB")
        image = image[..., :3]
    if image.ndim != 3 or image.shape[2] != 3:
        raise AlignError(f"{name} is not one image but an array of shape {image.shape}")
    return np.ascontiguousarray(image, dtype=np.uint8)


def write_image(path: Path, image: Image) -> None:
    """Write an image; StorageError when the disk refuses."""
    with disk("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        iio.imwrite(path, image)


def is_video(path: Path) -> bool:
    return path.suffix.lower() in _VIDEOS


def folder_pairs(first: Path, second: Path) -> list[ImageWork]:
    """Pairs of equally named images of two folders, sorted; AlignError names an image without partner."""
    names = [{p.name for p in folder.iterdir() if p.suffix.lower() in _IMAGES} for folder in (first, second)]
    alone = sorted(names[0] ^ names[1])
    if alone:
        where = first if alone[0] in names[0] else second
        raise AlignError(f"{len(alone)} images have no partner, the first is {where / alone[0]}; name them alike")
    if not names[0]:
        raise AlignError(f"{first} holds no image; known are {', '.join(sorted(_IMAGES))}")
    return [ImageWork(name, first / name, second / name) for name in sorted(names[0])]


def video_pairs(path: Path, gap: int = 1) -> Iterator[ImageWork]:
    """Each frame with the one `gap` later: the later one is aligned to the earlier."""
    if gap < 1:
        raise AlignError(f"the gap between frames must be at least 1, not {gap}")
    if not path.is_file():
        raise AlignError(f"{path} is not there; give the path of a video")
    waiting: list[Image] = []
    try:
        for k, frame in enumerate(iio.imiter(path)):
            colours = np.asarray(frame)
            waiting.append(checked(colours[..., :3] if colours.ndim == 3 else colours, str(path)))
            if len(waiting) > gap:
                yield ImageWork(f"frame_{k - gap:05d}.png", waiting.pop(0), waiting[-1])
    except (OSError, ValueError, ImportError) as error:
        reason = " ".join(str(error).split())[:150]
        fix = "install a reader with: pip install 'imageio[ffmpeg]'"
        raise AlignError(f"{path} cannot be read as a video ({reason}); {fix}") from error
