"""Sets of images: every square in which an asset is seen, from all scenes, with mask and object coordinates."""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.document import read_document
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import make_folder
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.documents.image_sets_document import SETS, ImageSetEntry, ImageSetsDocument, SetImageEntry
from dsia_gen.dataset.documents.scene_document import InstanceEntry
from dsia_gen.dataset.metadata import boxes
from dsia_gen.dataset.reader import Dataset, SceneReader
from dsia_gen.dataset.set_images import write_set_image
from dsia_gen.dataset.square_cuts import Square, square_around
from dsia_gen.dataset.view_groups import angle_between, camera_direction, groups_by_turn, shared_surface
from dsia_gen.spec.views import View

COORDINATES = "object_coordinates"
_HEAD = b"\0"
"""In no file: a folder without a list of files was not written by this command."""


_COMPARED = 96
"""Side in pixels at which the surfaces of two views are compared."""
Framing = Literal["box", "loose"]


@dataclass(frozen=True)
class SetsRequest:
    """Which sets are cut.

    `assets` are patterns of asset ids, none is all; `kind` is one kind of asset, none is all; an instance has to fill
    `min_pixels` of its view; images are `size` pixels a side. Sets are of an asset in all scenes, with `views` images
    of an instance at most, or with `by` "instance" of one instance each. In a set the asset is turned by at most
    `max_turn` degrees out of the image plane from the set's first image, and each image has at least the share
    `min_shared` of its surface in common with that one; an asset that is seen from several sides gives several sets. A
    set has at least `least` images and at most `most`, spread over all that there are. `framing` "loose" puts the
    object anywhere in a turned square of varied size, drawn by `seed`, as photographs do; "box" puts it in the middle
    of an upright one, which aligns most of a set already.
    """

    assets: tuple[str, ...] = ()
    kind: Literal["character", "object"] | None = None
    min_pixels: int = 600
    size: int = 128
    most: int = 30
    by: Literal["asset", "instance"] = "asset"
    least: int = 3
    views: int = 1
    max_turn: float = 30.0
    min_shared: float = 0.5
    framing: Framing = "loose"
    seed: int = 0


@dataclass(frozen=True)
class SetsResult:
    """What was cut: sets and images; `small` instances had too few pixels, and `turned` images were seen from another
    side, or with another part of their surface, than enough others; `few` names what is in no set at all."""

    sets: int
    images: int
    small: int
    turned: int
    few: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Cut:
    """An instance that is seen: where, and from where, as a unit vector in the axes of its asset."""

    scene: SceneReader
    view: View
    entry: InstanceEntry
    square: Square
    pixels: int
    cut_off: bool
    direction: NDArray[np.float64] | None
    turn: float | None = None
    shared: float | None = None


@dataclass
class _Found:
    cuts: dict[str, list[_Cut]] = field(default_factory=lambda: defaultdict(list))
    small: int = 0


def write_sets(
    dataset: Dataset, out: Path, request: SetsRequest, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> SetsResult:
    """Cut the sets of a data set into a folder; sets.json is written last.

    ConfigError when no set has enough images, or the data set has no instance maps. StorageError when the folder holds
    files that this command did not write.
    """
    if "instances" not in dataset.outputs:
        raise ConfigError(str(dataset.layout.address), ["it has no output instances; render it with it"])
    with_coordinates = COORDINATES in dataset.outputs
    found = _seen(dataset, request, progress)
    if request.by == "asset":
        found.cuts = {key: _largest(cuts, request.views) for key, cuts in found.cuts.items()}
    groups = {key: _grouped(cuts, request, with_coordinates) for key, cuts in sorted(found.cuts.items())}
    chosen = {
        f"{key}_{number}" if number > 1 else key: _spread(group, request.most)
        for key, several in groups.items()
        for number, group in enumerate(several, 1)
    }
    turned = sum(map(len, found.cuts.values())) - sum(len(group) for several in groups.values() for group in several)
    few = tuple(key for key, several in groups.items() if not several)
    if not chosen:
        raise ConfigError(str(dataset.layout.address), [_no_set(dataset, found, few, request)])
    make_folder(out)
    files = WrittenFiles(out, SETS, _HEAD)
    files.claim(SETS).unlink(missing_ok=True)  # an earlier one does not describe what is written now
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
    return SetsResult(len(sets), sum(len(entry.images) for entry in sets), found.small, turned, few, notes)


def _no_set(dataset: Dataset, found: _Found, few: tuple[str, ...], request: SetsRequest) -> str:
    """Why there is no set, and what to change."""
    known = sorted({entry.asset_id for entry in _entries(dataset)})
    return (
        f"no asset is seen {request.least} times from about the same side: {found.small} instances have fewer than "
        f"{request.min_pixels} pixels, and {len(few)} assets are seen too rarely or turned too far; its assets are "
        f"{', '.join(known[:12])}; lower --min-pixels, --least or --min-shared, or raise --max-turn"
    )


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
                place = [request.seed, zlib.crc32(f"{scene.name} {view.key} {number}".encode())]
                square = square_around(box, np.random.default_rng(place) if request.framing == "loose" else None)
                direction = camera_direction(scene.document, entry, view)
                found.cuts[key].append(_Cut(scene, view, entry, square, pixels, at_border, direction))
        progress(done, len(scenes))
    return found


def _grouped(cuts: list[_Cut], request: SetsRequest, coordinates: bool) -> list[list[_Cut]]:
    """The sets of one key: cuts that show the object from about one side, the first one as its middle."""
    result = []
    for group in groups_by_turn([cut.direction for cut in cuts], request.max_turn):
        middle, *others = (cuts[k] for k in group)
        turned = [replace(cut, turn=angle_between(cut.direction, middle.direction)) for cut in others]
        if coordinates and request.min_shared > 0:
            surface = _surface(middle)
            turned = [replace(cut, shared=round(shared_surface(_surface(cut), surface), 3)) for cut in turned]
        kept = [cut for cut in turned if cut.shared is None or cut.shared >= request.min_shared]
        if len(kept) + 1 >= request.least:
            result.append([replace(middle, turn=angle_between(middle.direction, middle.direction)), *kept])
    return result


def _largest(cuts: list[_Cut], views: int) -> list[_Cut]:
    """So many views of each instance: those that show most of its pixels, in the order of the scene."""
    by_instance = defaultdict(list)
    for k, cut in enumerate(cuts):
        by_instance[cut.scene.name, cut.entry.id].append((-cut.pixels, k))
    return [cuts[k] for k in sorted(k for rows in by_instance.values() for _, k in sorted(rows)[:views])]


def _surface(cut: _Cut) -> NDArray[np.float32]:
    """(H, W, 3) object coordinates of a cut at the size at which surfaces are compared, NaN off the instance."""
    values = cut.square.nearest(cut.scene.array(COORDINATES, view=cut.view), _COMPARED, np.nan)
    on = cut.square.nearest(cut.scene.array("instances", view=cut.view), _COMPARED, 0) == cut.entry.id
    return np.where(on[..., None], values, np.float32(np.nan))


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
    entry = write_set_image(
        files, f"{folder}/{number:04d}", cut.square, size, cut.scene.array("image", view=cut.view),
        cut.scene.array("instances", view=cut.view) == cut.entry.id,
        cut.scene.array(COORDINATES, view=cut.view) if coordinates else None,
    )  # fmt: skip
    return entry.model_copy(update={
        "scene": cut.scene.name,
        "view": cut.view.key,
        "instance": cut.entry.id,
        "turn": None if cut.turn is None else round(cut.turn, 2),
        "shared": cut.shared,
        "cut_off": cut.cut_off,
    })  # fmt: skip
