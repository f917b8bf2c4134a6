"""Reads sets of images: a folder of images with or without masks, or sets that were cut from a data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.photo_files import IMAGE_SUFFIXES, read_photo
from dsia_gen.align.photos import Photo, has_one_colour
from dsia_gen.core.errors import AlignError
from dsia_gen.dataset.documents.image_sets_document import SETS, ImageSetEntry
from dsia_gen.dataset.image_sets import read_sets

if TYPE_CHECKING:
    from dsia_gen.align.methods.spacejam.set_image import SetImage

MASK = "_mask"
_OTHER = ("_mask", "_coordinates")
_SMALLEST = 8
_MOST = 1000


@dataclass(frozen=True)
class SetWork:
    """A set to align: its name, where it lies, and its entry in sets.json, where it was cut from a data set."""

    name: str
    folder: Path
    entry: ImageSetEntry | None = None

    def images(self) -> tuple[list[SetImage], list[str]]:
        """The images of the set, and notes. AlignError names a file that cannot be used."""
        return folder_images(self.folder) if self.entry is None else cut_images(self.folder, self.entry)


def sets_at(path: Path) -> list[SetWork]:
    """The sets of a folder: all of its sets.json, or the folder itself. AlignError when there is no image."""
    if not path.is_dir():
        raise AlignError(f"{path} is not a folder; give a folder of images, or what `dsia-gen dataset sets` wrote")
    if (path / SETS).is_file():
        document = read_sets(path)
        if not document.sets:
            raise AlignError(f"{path / SETS} names no set; cut the sets again with `dsia-gen dataset sets`")
        return [SetWork(entry.name, path, entry) for entry in document.sets]
    return [SetWork(path.resolve().name, path)]


def folder_images(folder: Path) -> tuple[list[SetImage], list[str]]:
    """Images of a folder by name. NAME_mask beside NAME is its mask, and so is transparency."""
    from dsia_gen.align.methods.spacejam.set_image import SetImage

    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    stems = {path.stem for path in files}
    pictures = [path for path in files if not _belongs_to_another(path.stem, stems)]
    masks = {path.stem.removesuffix(MASK): path for path in files if path.stem.endswith(MASK)}
    if not pictures:
        raise AlignError(f"{folder} holds no image; known are {', '.join(sorted(IMAGE_SUFFIXES))}")
    if len(pictures) > _MOST:
        raise AlignError(f"{folder} holds {len(pictures)} images; a set has at most {_MOST}, so divide it")
    twice = len({path.stem for path in pictures}) < len(pictures)
    found: list[SetImage] = []
    notes: list[str] = []
    for path in pictures:
        photo = read_photo(path)
        notes += photo.notes
        image = photo.rgb8()
        if min(image.shape[:2]) < _SMALLEST:
            height, width = image.shape[:2]
            raise AlignError(f"{path} has {width}x{height} pixels; an image of a set has at least {_SMALLEST} a side")
        if has_one_colour(image):
            notes.append(f"{path.name} has one colour, so nothing of it can be aligned")
        mask = transparency(photo)
        if path.stem in masks:
            mask = read_mask(masks[path.stem], (image.shape[0], image.shape[1]))
        elif mask is not None:
            notes.append(f"what is opaque in {path.name} is its mask")
        found.append(SetImage(path.name if twice else path.stem, image, mask))
    return found, notes


def _belongs_to_another(stem: str, stems: set[str]) -> bool:
    return any(stem.endswith(ending) and stem.removesuffix(ending) in stems for ending in _OTHER)


def cut_images(folder: Path, entry: ImageSetEntry) -> tuple[list[SetImage], list[str]]:
    """Images of a set of sets.json with their masks."""
    from dsia_gen.align.methods.spacejam.set_image import SetImage

    found = []
    for item in entry.images:
        image = read_photo(item.image.file_below(folder)).rgb8()
        mask = read_mask(item.mask.file_below(folder), (image.shape[0], image.shape[1]))
        found.append(SetImage(Path(item.image).stem, image, mask))
    return found, []


def transparency(photo: Photo) -> NDArray[np.bool_] | None:
    """(H, W) what is opaque, of an image that is transparent somewhere and opaque elsewhere."""
    if photo.alpha is None:
        return None
    largest = 1.0 if photo.alpha.dtype == np.float32 else float(np.iinfo(photo.alpha.dtype).max)
    opaque: NDArray[np.bool_] = photo.alpha > largest / 2
    return opaque if opaque.any() and not opaque.all() else None


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    """A mask (H, W) from an image: what is brighter than half. AlignError when its size is another."""
    photo = read_photo(path)
    if photo.size != size:
        raise AlignError(
            f"{path} has {photo.size[1]}x{photo.size[0]} pixels and its image {size[1]}x{size[0]}; give one of its size"
        )
    found: NDArray[np.bool_] = photo.rgb8().max(axis=-1) > 127
    if not found.any():
        raise AlignError(f"{path} is empty; give a mask that is white on the object, or remove it")
    return found
