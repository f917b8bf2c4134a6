"""Tar shards for WebDataset: a sample is the files with its id as their stem, as they lie in the data set."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np
from pydantic import RootModel

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.dataset.array_files import Array, read_array
from dsia_gen.dataset.documents.run_document import Whole
from dsia_gen.dataset.export.contract import SPLITS, Chosen, ExportFormat, ExportItem, ExportTask
from dsia_gen.dataset.export.sample_source import FramedSample, SampleSource
from dsia_gen.dataset.export.sink import Sink
from dsia_gen.dataset.layout import relative_file
from dsia_gen.dataset.receipt import FileEntry, read_receipt
from dsia_gen.spec.outputs import OUTPUTS, Place, sample_places
from dsia_gen.spec.views import ROLES, Role

SHARDS = PlainName("shards.json")
END = bytes(2 * tarfile.BLOCKSIZE)
"""What a tar archive ends with."""


class ShardCounts(RootModel[dict[PlainName, Whole]]):
    """The content of shards.json: how many samples each shard holds."""


class WebDataset(ExportFormat):
    """`<split>-NNNNNN.tar`; owner, times and modes are fixed, so that the same data gives the same bytes.

    With `raw`, arrays are .npy: ten times the size, and nothing to decode.
    """

    name = "webdataset"
    about = "tar shards for WebDataset: every output, as encoded in the data set"
    optional = True
    version = 2

    def needs(self) -> tuple[str, ...]:
        return ("image",)

    def tasks(self, chosen: Chosen) -> list[ExportTask]:
        return shard_tasks(chosen, "{}-{:06d}", chosen.options.raw)

    def write(self, task: ExportTask, source: SampleSource, sink: Sink) -> None:
        wanted = list(sample_places(task.outputs).values())
        with sink.open(f"{task.name}.tar") as stream:
            for item in task.items:
                sample = source[item.id]
                _member(stream, f"{item.id}.json", (json.dumps(describe(item, sample)) + "\n").encode())
                for place in wanted:
                    data = npy(sample.array(*place)) if task.raw else sample.encoded(*place)
                    _member(stream, f"{item.id}.{member(place, task.raw)}", data)
            stream.write(END)

    def finish(self, chosen: Chosen, tasks: Iterable[ExportTask], sink: Sink) -> None:  # noqa: ARG002
        """shards.json: how many samples each shard holds."""
        counts = {f"{task.name}.tar": len(task.items) for task in tasks}
        sink.put(SHARDS, (json.dumps(counts, indent=2) + "\n").encode())


def shard_tasks(chosen: Chosen, pattern: str, raw: bool = False) -> list[ExportTask]:
    """One task a shard, named by a pattern such as `{}-{:06d}` of split and number; samples of a split are mixed."""
    return [
        ExportTask(pattern.format(split, number), split, part, tuple(item.id for item in part), chosen.outputs, raw)
        for split in SPLITS
        for number, part in enumerate(shards(chosen, mixed(chosen.of_split(split), chosen.options.seed)))
    ]


def mixed(items: Sequence[ExportItem], seed: int) -> list[ExportItem]:
    """The items in an order that puts neighbours of a scene apart, and that each sample's id decides."""
    return sorted(items, key=lambda item: hashlib.sha256(f"{seed}/{item.id}".encode()).digest())


def shards(chosen: Chosen, items: Sequence[ExportItem]) -> Iterator[tuple[ExportItem, ...]]:
    """Items cut so that each part holds about `shard_bytes` of the data set's files, and at least one item."""
    layout = chosen.dataset.layout
    receipts: dict[str, dict[InsidePath, FileEntry]] = {}
    part: list[ExportItem] = []
    size = 0
    for item in items:
        if item.scene not in receipts:
            receipts[item.scene] = read_receipt(layout.scene(item.scene)).files
        pair, own = item.row.to_pair(), 0
        for output, role in sample_places(chosen.outputs).values():
            name = relative_file(output, pair=pair) if role is None else relative_file(output, view=pair.view(role))
            entry = receipts[item.scene].get(name)
            if entry is None:
                raise StorageError(f"scene {item.scene} has no {name} in its receipt; render it again")
            own += entry.size
        if part and size + own > chosen.options.shard_bytes:
            yield tuple(part)
            part, size = [], 0
        part.append(item)
        size += own
    if part:
        yield tuple(part)


IMAGE_STEMS: dict[str, Place] = {"img1": ("image", "1"), "img2": ("image", "2"), "gt": ("image", "gt")}
"""The images of a sample have short names; every other array has its key in the table of outputs."""


def stems(outputs: Iterable[str] | None = None) -> dict[str, Place]:
    """Every array of a sample by its name in an export: `img1`, `img2`, `gt`, `depth_1`, `flow_gt_to_2`."""
    short = {place: stem for stem, place in IMAGE_STEMS.items()}
    return {short.get(place, key): place for key, place in sample_places(outputs).items()}


def stem(output: str, role: Role | None = None) -> str:
    """Name of an array within a sample."""
    return next(name for name, place in stems([output]).items() if place == (output, role))


def member(place: Place, raw: bool = False) -> str:
    """Name of a file within a sample: `img1.png`, `depth_1.exr`, or `img1.npy` where arrays are raw."""
    return stem(*place) + (".npy" if raw else OUTPUTS[place[0]].suffix)


def describe(item: ExportItem, sample: FramedSample) -> dict[str, object]:
    """What is known of a sample beside its arrays: the row of samples.csv, K, and a camera-to-world for each role."""
    poses = {role: sample.camera(role)[1].tolist() for role in ROLES}
    return {**item.row.portable(), "K": sample.camera("1")[0].tolist(), "camera_to_world": poses}


def _member(stream: BinaryIO, name: str, data: bytes) -> None:
    """A file of the archive, in one write: `TarFile.addfile` copies in small pieces, at half the speed."""
    info = tarfile.TarInfo(name)  # its times and owners are zero
    info.size = len(data)
    info.mode = 0o644
    stream.write(info.tobuf(tarfile.USTAR_FORMAT))
    stream.write(data)
    stream.write(bytes(-len(data) % tarfile.BLOCKSIZE))


def npy(array: Array) -> bytes:
    """The bytes of an .npy file of format 1.0, in C order."""
    stream = io.BytesIO()
    np.lib.format.write_array(  # type: ignore[no-untyped-call]
        stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False
    )
    return stream.getvalue()


def decode_exr(key: str, data: bytes) -> Array | None:
    """For `WebDataset(...).decode("pil", decode_exr)`: EXR members as arrays; None for what is none.

    Shapes and dtypes are those of the table of outputs, such as (H, W, 2) float32 for flow_*.
    """
    name, _, suffix = key.lstrip(".").rpartition(".")
    if suffix != "exr":
        return None
    if name not in stems():
        return None
    output, _ = stems()[name]
    with TemporaryDirectory(prefix="dsia-gen-") as folder:  # the library opens files only
        path = Path(folder) / f"{output}.exr"
        path.write_bytes(data)
        return read_array(OUTPUTS[output], path)
