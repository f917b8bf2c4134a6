"""The files of one image of a set: the image, its mask and its object coordinates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.array_files import Array, encode_png, write_array
from dsia_gen.dataset.documents.image_sets_document import SetImageEntry
from dsia_gen.dataset.square_cuts import Square
from dsia_gen.spec.outputs import OUTPUTS

_SUFFIXES = {"image": ".png", "mask": "_mask.png", "coordinates": "_coordinates.exr"}


def write_set_image(
    files: WrittenFiles,
    stem: str,
    square: Square,
    size: int,
    image: Array,
    on: NDArray[np.bool_],
    coordinates: Array | None,
) -> SetImageEntry:
    """Cut a square from a view and write it.

    Parameters
    ----------
    files : WrittenFiles
        The files of the sets.
    stem : str
        Name in that folder, without an ending.
    square : Square
        What is cut out.
    size : int
        Side of the cut in pixels.
    image : ndarray of uint8, (H, W, 3)
        The view.
    on : ndarray of bool, (H, W)
        The pixels of the object.
    coordinates : ndarray of float32, (H, W, 3), optional
        The object coordinates of the view.

    Returns
    -------
    SetImageEntry
        Without scene, view and instance.
    """
    names = {kind: InsidePath(f"{stem}{suffix}") for kind, suffix in _SUFFIXES.items()}
    seen = square.nearest(on, size, False)
    files.write(names["image"], encode_png(square.image(image, size)), sync=False)
    files.write(names["mask"], encode_png(seen.astype(np.uint8) * np.uint8(255)), sync=False)
    if coordinates is not None:
        values = np.where(seen[..., None], square.nearest(coordinates, size, np.nan), np.float32(np.nan))
        path = files.claim(names["coordinates"])
        path.unlink(missing_ok=True)
        write_array(OUTPUTS["object_coordinates"], path, values.astype(np.float32))
    return SetImageEntry(
        image=names["image"],
        mask=names["mask"],
        coordinates=names["coordinates"] if coordinates is not None else None,
        box=square.box,
        roll=square.roll,
        pixels=int(on.sum()),
    )
