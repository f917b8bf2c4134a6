"""sets.json: sets of images of one asset each, with the files of each image and where it was cut."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dsia_gen.core.document import Document
from dsia_gen.core.inside_path import InsidePath, PlainName

SETS = PlainName("sets.json")
SETS_VERSION = 1


class SetImageEntry(Document):
    """One image of a set; files are paths below the folder of sets.json.

    Parameters
    ----------
    image : str
        8-bit sRGB image.
    mask : str
        Mask of the instance, 255 on it.
    coordinates : str or None
        Object coordinates as EXR, NaN off the instance; None where the data set has none.
    scene : str
        Scene that it was cut from.
    view : str
        Key of the view.
    instance : int
        Id of the instance.
    box : tuple of int
        The square in the view before it is turned, [x_min, y_min, x_max, y_max] in pixels, maxima excluded; it may
        leave the image.
    roll : float
        Degrees by which the square is turned clockwise about its middle.
    turn : float or None
        Degrees by which the object is turned out of the image plane from the first image; None where that is unknown.
    shared : float or None
        Share of the surface in common with the first image; None for the first one, and where it was not asked for.
    pixels : int
        Pixels of the instance in the view.
    cut_off : bool
        Whether the instance reaches the border of the view.
    """

    image: InsidePath
    mask: InsidePath
    coordinates: InsidePath | None = None
    scene: str = ""
    view: str = ""
    instance: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    roll: float = 0.0
    turn: float | None = None
    shared: float | None = None
    pixels: int = 0
    cut_off: bool = False


class ImageSetEntry(Document):
    """A set of images.

    Parameters
    ----------
    name : str
        Its folder.
    asset : str
        Id of the asset that all images show.
    kind : str
        Kind of the asset.
    images : list of SetImageEntry
        The first is the middle of the set; the others are in the order of scenes and views.
    """

    name: PlainName
    asset: str = ""
    kind: str = ""
    images: Annotated[list[SetImageEntry], Field(min_length=1)]


class ImageSetsDocument(Document):
    """All sets that were cut from a data set.

    Parameters
    ----------
    version : int
        Of the format.
    dataset : str
        Name of the data set.
    size : int
        Side of the images in pixels.
    sets : list of ImageSetEntry
        By name.
    """

    version: Annotated[int, Field(ge=1, le=SETS_VERSION)] = SETS_VERSION
    dataset: str = ""
    size: Annotated[int, Field(ge=1, le=65536)]
    sets: list[ImageSetEntry]
