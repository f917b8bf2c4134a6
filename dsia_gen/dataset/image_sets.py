"""Sets of images: every square in which an asset is seen, from all scenes, with mask and object coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dsia_gen.core.document import read_document
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import make_folder
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.array_files import encode_png, write_array
from dsia_gen.dataset.documents.image_sets_document import SETS, ImageSetEntry, ImageSetsDocument, SetImageEntry
from dsia_gen.dataset.documents.scene_document import InstanceEntry
from dsia_gen.dataset.metadata import boxes
from dsia_gen.dataset.reader import Dataset, SceneReader
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import View

COORDINATES = "object_coordinates"
MARGIN = 1.25
"""Side of a square over the longer side of the box of its instance."""
_HEAD = b"\0"
"""In no file: a folder without a list of files was not written by this command."""


@dataclass(frozen=True)
class SetsRequest:
    """Which sets are cut.

    `assets` are patterns of asset ids, none is all; `kind` is one kind of asset, none is all; an instance has to fill
    `min_pixels` of its view; images are `size` pixels a side; a set has at most `most` images, spread over all that
    there are, and at least two. Sets are of an asset in all scenes, or with `by` "instance" of one instance each.
    """

    assets: tuple[str, ...] = ()
    kind: Literal["character", "object"] | None = None
    min_pixels: int = 600
    size: int = 128
    most: int = 30
    by: Literal["asset", "instance"] = "asset"


@dataclass(frozen=True)
class SetsResult:
    """What was cut: sets and images; `small` instances had too few pixels, `single` sets would have had one image."""

    sets: int
    images: int
    small: int
    single: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Cut:
    """An instance that is seen: where, and in which square."""

    scene: SceneReader
    view: View
    entry: InstanceEntry
    square: tuple[int, int, int]
    pixels: int
    cut_off: bool


@dataclass
class _Found:
    cuts: dict[str, list[_Cut]] = field(default_factory=dict)
    small: int = 0


def write_sets(
    dataset: Dataset, out: Path, request: SetsRequest, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> SetsResult:
    """Cut the sets of a data set into a folder; sets.json is written last.

    ConfigError when no set has two images, or the data set has no instance maps. StorageError when the folder holds
    files that this command did not write.
    """
    if "instances" not in dataset.outputs:
        raise ConfigError(str(dataset.layout.address), ["it has no output instances; render it with it"])
    found = _seen(dataset, request, progress)
    single = tuple(name for name, cuts in found.cuts.items() if len(cuts) < 2)
    chosen = {name: _spread(cuts, request.most) for name, cuts in sorted(found.cuts.items()) if len(cuts) > 1}
    if not chosen:
        known = sorted({entry.asset_id for entry in _entries(dataset)})
        seen = f"{found.small} instances have fewer than {request.min_pixels} pixels and {len(single)} are seen once"
        raise ConfigError(
            str(dataset.layout.address),
            [f"no asset is seen twice: {seen}; its assets are {', '.join(known[:12])}; lower --min-pixels or --asset"],
        )
    make_folder(out)
    files = WrittenFiles(out, SETS, _HEAD)
    files.claim(SETS).unlink(missing_ok=True)  # an earlier one does not describe what is written now
    with_coordinates = COORDINATES in dataset.outputs
    names = _folder_names(list(chosen))
    sets = [
        ImageSetEntry(
            name=names[key],
            asset=cuts[0].entry.asset_id,
            kind=cuts[0].entry.kind,
            images=[_write(cut, names[key], k, files, request.size, with_coordinates) for k, cut in enumerate(cuts)],
        )
        for key, cuts in chosen.items()
    ]
    document = ImageSetsDocument(version=1, dataset=dataset.name, size=request.size, sets=sets)
    files.write(SETS, document.to_json())
    files.close()
    notes = () if with_coordinates else (f"the data set has no {COORDINATES}, so no set can be measured",)
    return SetsResult(len(sets), sum(len(entry.images) for entry in sets), found.small, single, notes)


def read_sets(folder: Path) -> ImageSetsDocument:
    """The document of sets.json in a folder; StorageError when it is missing or something else."""
    remedy = "cut the sets again with `dsia-gen dataset sets`"
    return read_document(ImageSetsDocument, SETS.file_below(folder), "the description of sets of images", remedy)


def _scenes(dataset: Dataset) -> Iterator[SceneReader]:
    names: dict[str, None] = dict.fromkeys(row.scene for row in dataset.rows)
    return (SceneReader(dataset.layout.scene(name)) for name in names)


def _entries(dataset: Dataset) -> Iterator[InstanceEntry]:
    return (entry for scene in _scenes(dataset) for entry in scene.document.instances if entry.role != "room")


def _seen(dataset: Dataset, request: SetsRequest, progress: Callable[[int, int], None]) -> _Found:
    """The squares of all instances that are wanted, by the key of their set."""
    found = _Found()
    scenes = list(_scenes(dataset))
    for done, scene in enumerate(scenes, 1):
        wanted = {
            entry.id: entry
            for entry in scene.document.instances
            if entry.role != "room"
            and (request.kind is None or entry.kind == request.kind)
            and (not request.assets or any(fnmatchcase(entry.asset_id, pattern) for pattern in request.assets))
        }
        for described in scene.document.views if wanted else ():
            view = View(described.time, described.pose)
            ids = scene.array("instances", view=view)
            for number, (pixels, box) in boxes(ids).items():
                if number not in wanted:
                    continue
                if pixels < request.min_pixels:
                    found.small += 1
                    continue
                entry = wanted[number]
                key = entry.asset_id if request.by == "asset" else f"{scene.name}_{number}_{entry.asset_id}"
                at_border = box[0] == 0 or box[1] == 0 or box[2] == ids.shape[1] or box[3] == ids.shape[0]
                cut = _Cut(scene, view, entry, _square(box), pixels, at_border)
                found.cuts.setdefault(key, []).append(cut)
        progress(done, len(scenes))
    return found


def _square(box: tuple[int, int, int, int]) -> tuple[int, int, int]:
    """Left, top and side in pixels of the square around the middle of a box."""
    side = max(2, round(MARGIN * max(box[2] - box[0], box[3] - box[1])))
    return round((box[0] + box[2] - side) / 2), round((box[1] + box[3] - side) / 2), side


def _spread(cuts: list[_Cut], most: int) -> list[_Cut]:
    """At most so many, evenly over all."""
    if len(cuts) <= most:
        return cuts
    return [cuts[k] for k in np.linspace(0, len(cuts) - 1, most).round().astype(int)]


def _folder_names(keys: list[str]) -> dict[str, PlainName]:
    """A folder for each set: its key without what no name may hold; equal ones get a number."""
    names: dict[str, PlainName] = {}
    for key in keys:
        base = re.sub(r"[^A-Za-z0-9._-]+", "_", key).strip("._-")[:80] or "set"
        name, count = base, 1
        while name.lower() in {taken.lower() for taken in names.values()}:
            count += 1
            name = f"{base}_{count}"
        names[key] = PlainName(name)
    return names


def _write(cut: _Cut, folder: str, number: int, files: WrittenFiles, size: int, coordinates: bool) -> SetImageEntry:
    """The files of one image."""
    left, top, side = cut.square
    image = window(cut.scene.array("image", view=cut.view), cut.square)
    small = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS))
    rows = np.minimum(((np.arange(size) + 0.5) * side / size).astype(np.intp), side - 1)
    on = window(cut.scene.array("instances", view=cut.view), cut.square, outside=0)[rows[:, None], rows] == cut.entry.id
    names = {kind: InsidePath(f"{folder}/{number:04d}{suffix}") for kind, suffix in _SUFFIXES.items()}
    files.write(names["image"], encode_png(small), sync=False)
    files.write(names["mask"], encode_png(on.astype(np.uint8) * np.uint8(255)), sync=False)
    if coordinates:
        values = window(cut.scene.array(COORDINATES, view=cut.view), cut.square, outside=np.nan)[rows[:, None], rows]
        values = np.where(on[..., None], values, np.float32(np.nan)).astype(np.float32)
        path = files.claim(names["coordinates"])
        path.unlink(missing_ok=True)
        write_array(OUTPUTS[COORDINATES], path, values)
    return SetImageEntry(
        image=names["image"],
        mask=names["mask"],
        coordinates=names["coordinates"] if coordinates else None,
        scene=cut.scene.name,
        view=cut.view.key,
        instance=cut.entry.id,
        box=(left, top, left + side, top + side),
        pixels=cut.pixels,
        cut_off=cut.cut_off,
    )


_SUFFIXES = {"image": ".png", "mask": "_mask.png", "coordinates": "_coordinates.exr"}


def window(array: NDArray[Any], square: tuple[int, int, int], outside: float | None = None) -> NDArray[Any]:
    """A square (left, top, side) of an array (H, W, ...); beyond it the nearest pixel, or a value."""
    left, top, side = square
    height, width = array.shape[:2]
    rows, columns = np.arange(top, top + side), np.arange(left, left + side)
    found = array[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
    if outside is not None:
        found = found.copy()
        found[(rows < 0) | (rows >= height)] = outside
        found[:, (columns < 0) | (columns >= width)] = outside
    return found
