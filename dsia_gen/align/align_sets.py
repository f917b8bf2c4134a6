"""Aligns sets of images and writes what a person looks at: aligned images, averages, transforms, a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.spacejam.joint_alignment import JOINT, TENSORS, JointAlignment, align_set
from dsia_gen.align.methods.spacejam.joint_features import JointMaps
from dsia_gen.align.methods.spacejam.joint_measures import Agreement, agreement, plain_average, unaligned
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.align.set_files import SetWork
from dsia_gen.align.set_page import set_card, set_page
from dsia_gen.core.errors import AlignError, StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import json_bytes, make_folder
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.array_files import encode_png

PAGE, CARD, TRANSFORMS = PlainName("index.html"), PlainName("README.md"), PlainName("transforms.json")
CHECKPOINT = PlainName("checkpoint.pt")
BEFORE, AFTER = PlainName("average_before.png"), PlainName("average_after.png")
_NO_HEAD = b"\0"
"""In no file: a folder without a list of files was not written by this command."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class AlignedSet:
    """What became of a set: measures before and after, or why it was not aligned."""

    name: str
    images: int = 0
    notes: tuple[str, ...] = ()
    before: Agreement | None = None
    after: Agreement | None = None
    error: str = ""


def align_sets(
    works: Sequence[SetWork],
    out: Path,
    config: SpaceJamConfig,
    *,
    device: str = "auto",
    size: int = 256,
    progress: Progress = lambda _done, _all: None,
) -> Iterator[AlignedSet]:
    """Align each set into `out`, or into a folder of it each where there are several.

    A set that cannot be aligned is told, and the next one begun. StorageError when a folder holds files of others.
    """
    for work in works:
        folder = out / PlainName(work.name) if len(works) > 1 else out
        try:
            yield align_one(work, folder, config, device=device, size=size, progress=progress)
        except StorageError:
            raise
        except AlignError as error:
            yield AlignedSet(work.name, error=str(error))


def align_one(
    work: SetWork, folder: Path, config: SpaceJamConfig, *, device: str, size: int, progress: Progress
) -> AlignedSet:
    """Align a set into a folder; index.html is written last."""
    images, notes = work.images()
    if len(images) < 2:
        raise AlignError(f"{work.folder} holds one image; a set needs at least two")
    make_folder(folder)
    files = WrittenFiles(folder, PAGE, _NO_HEAD)
    own = (PAGE, CARD, TRANSFORMS, JOINT, TENSORS, CHECKPOINT, BEFORE, AFTER)
    files.require(*own)
    files.claim(PAGE).unlink(missing_ok=True)  # an earlier one does not show what is written now
    files.claim(CHECKPOINT)
    kept: list[JointMaps] = []
    found = align_set(
        images, config, device=device, progress=progress, checkpoint=folder / CHECKPOINT, on_maps=kept.append
    )
    before = agreement(images, kept[0], unaligned(found))
    after = agreement(images, kept[0], found.matrices)
    result = AlignedSet(work.name, len(images), (*notes, *found.notes), before, after)
    files.claim(JOINT)
    files.claim(TENSORS)
    found.save(folder)
    names = _file_names(found.names)
    for k, (item, name) in enumerate(zip(images, names, strict=True)):
        values, covered = found.aligned(k, item.image, size)
        levels = np.concatenate([values, 255.0 * covered[..., None]], axis=-1)
        files.write(name, encode_png(_levels(levels / 255)), sync=False)
    for average, matrices in ((BEFORE, unaligned(found)), (AFTER, found.matrices)):
        files.write(average, encode_png(_levels(plain_average(images, matrices, size)[..., :3])))
    files.write(TRANSFORMS, json_bytes(_transforms(found, names)))
    files.write(CARD, set_card(result, found).encode())
    files.write(PAGE, set_page(result, found, names, (BEFORE, AFTER)).encode())
    files.close()
    return result


def _levels(values: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _file_names(names: Sequence[str]) -> list[InsidePath]:
    """aligned/NAME.png, with a number before what a path must not hold."""
    found = []
    for k, name in enumerate(names):
        try:
            found.append(InsidePath(f"aligned/{PlainName(name)}.png"))
        except ValueError:
            found.append(InsidePath(f"aligned/{k:04d}.png"))
    return found


def _transforms(alignment: JointAlignment, names: Sequence[str]) -> dict[str, object]:
    """transforms.json: how each image is read in the shared frame."""
    return {
        "frame": "x right, y down, from -1 to 1 over the square of the aligned images",
        "pixels": "column and row, centres at whole numbers",
        "images": [
            {
                "name": alignment.names[k],
                "aligned": name,
                "size": [frame.width, frame.height],
                "mirrored": bool(alignment.versions[k]),
                "frame_to_pixels": (frame.to_pixels @ alignment.matrices[k]).tolist(),
            }
            for k, (frame, name) in enumerate(zip(alignment.frames, names, strict=True))
        ],
    }
