"""Reads tar shards (`dataset export --format webdataset`) with random access: each array where it lies in its shard.

Arrays that were exported raw (.npy) are views of the mapped file, so that a crop reads its own bytes only.
"""

from __future__ import annotations

import io
import mmap
import tarfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dsia_gen.core.document import parse_document, read_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import reading
from dsia_gen.dataset.array_files import Array, decode_png, is_mask
from dsia_gen.dataset.documents.sample_row import ShardRecord
from dsia_gen.dataset.export.webdataset import SHARDS, ShardCounts, decode_exr, stem, stems
from dsia_gen.dataset.layout import SceneName
from dsia_gen.dataset.pair_arrays import PairArrays
from dsia_gen.spec.outputs import OUTPUTS, place_of_key, sample_places
from dsia_gen.spec.views import Role

AGAIN = "export it again"


@dataclass(frozen=True)
class ShardMember:
    """Where the bytes of a file lie in a shard.

    Parameters
    ----------
    shard : int
        Number of the shard.
    start : int
        First byte.
    size : int
        Number of bytes.
    suffix : str
        Suffix of the file's name, such as .png.
    """

    shard: int
    start: int
    size: int
    suffix: str


class ShardSample(PairArrays):
    """A pair in a shard; its arrays are read as those of `dataset.reader.Sample` are.

    Parameters
    ----------
    shards : Shards
        Where it lies.
    name : str
        Id of the sample.
    members : dict of str to ShardMember
        Its files by the name of the array.
    """

    def __init__(self, shards: Shards, name: str, members: dict[str, ShardMember]) -> None:
        self._shards, self.id, self._members = shards, name, members

    def __repr__(self) -> str:
        return f"ShardSample({self.id!r})"

    def __contains__(self, output: str) -> bool:
        row = OUTPUTS.get(output)
        try:
            return stem(*place_of_key(output, "1" if row and row.scope == "view" else None)) in self._members
        except KeyError:
            return False

    def array(self, output: str, role: Role | None = None) -> Array:
        """An output by its key; it may be read-only.

        Parameters
        ----------
        output : str
            Its key, such as `flow_gt_to_2` or `depth_gt`; or the name of a view output, with its role.
        role : {'1', '2', 'gt'} or None
            The view of a view output whose key does not say it.

        Returns
        -------
        ndarray
            (H, W) or (H, W, C) in the dtype and unit of the table.

        Raises
        ------
        KeyError
            For an unknown name, or a view output without a role.
        StorageError
            When it is not in the shard, or is broken.
        """
        place = place_of_key(output, role)
        name = stem(*place)
        if name not in self._members:
            raise StorageError(f"{self.id} has no {name} in {self._shards.root}; export it with --outputs {place[0]}")
        member = self._members[name]
        try:
            return _decode(place[0], name, member.suffix, self._shards.data(member))
        except (ValueError, TypeError, OverflowError, OSError, EOFError, StorageError) as error:
            raise StorageError(f"{name} of {self.id} in {self._shards.root} is broken ({error}); {AGAIN}") from error

    @cached_property
    def record(self) -> ShardRecord:
        """The row of samples.csv, K and the cameras."""
        source = f"{self.id}.json in {self._shards.root}"
        if "json" not in self._members:
            raise StorageError(f"{source} is missing; {AGAIN}")
        return parse_document(ShardRecord, self._shards.data(self._members["json"]), source, "a sample", AGAIN)

    def camera(self, role: Role) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The camera of a view.

        Parameters
        ----------
        role : {'1', '2', 'gt'}
            I1, I2 or Igt.

        Returns
        -------
        tuple of ndarray
            K (3, 3) in pixels, and camera-to-world (4, 4) in OpenCV axes (x right, y down, z forward), metres.
        """
        pose = self.record.camera_to_world[role]
        return np.array(self.record.K, dtype=np.float64), np.array(pose, dtype=np.float64)

    @property
    def resolution(self) -> tuple[int, int]:
        """(height, width)."""
        height, width = self.image("1").shape[:2]
        return height, width


def _decode(output: str, name: str, suffix: str, data: memoryview) -> Array:
    if suffix == ".npy":
        array = _raw(data)
    elif suffix == ".png":
        array = decode_png(bytes(data))
    else:
        found = decode_exr(name + suffix, bytes(data))
        if found is None:
            raise StorageError(f"{suffix} is not a format of a shard")
        return found
    return array != 0 if is_mask(OUTPUTS[output]) and array.dtype == np.uint8 else array


def decode(sample: Mapping[str, Any]) -> dict[str, Any]:
    """Decode a sample of WebDataset: `webdataset.WebDataset(urls).map(decode)`.

    Parameters
    ----------
    sample : mapping of str to bytes
        What WebDataset gives: `__key__`, and a file by its name within the sample, such as `img1.png`.

    Returns
    -------
    dict
        `id`, `record` (the row of samples.csv, K and the cameras, from the .json), and every array by its key, as the
        reader of a data set gives it: `image_1`, `image_gt` (H, W, 3) uint8, `instances_1` (H, W) uint16,
        `occlusion_gt_to_2` (H, W) uint8, masks (H, W) bool, flow, depth and vectors float32. Keys of WebDataset that
        begin with two underscores are passed on; files that no output of this package is called by are left out.

    Raises
    ------
    StorageError
        A file is broken; the message names sample and file.
    """
    source = f"sample {sample.get('__key__', '?')}"
    decoded: dict[str, Any] = {name: value for name, value in sample.items() if name.startswith("__")}
    decoded["id"] = sample.get("__key__", "")
    places, keys = stems(), {place: key for key, place in sample_places().items()}
    for file, data in sample.items():
        name, _, suffix = file.rpartition(".")
        if file == "json":
            decoded["record"] = parse_document(ShardRecord, data, f"json of {source}", "a sample", AGAIN)
        elif (place := places.get(name) or sample_places().get(name)) is not None:
            try:
                decoded[keys[place]] = _decode(place[0], name, f".{suffix}", memoryview(data))
            except (ValueError, TypeError, OverflowError, OSError, EOFError, StorageError) as error:
                raise StorageError(f"{file} of {source} is broken ({error}); {AGAIN}") from error
    return decoded


def _raw(data: memoryview) -> Array:
    """The array of an .npy file, without a copy."""
    stream = io.BytesIO(data[:256])
    if np.lib.format.read_magic(stream) != (1, 0):  # type: ignore[no-untyped-call]
        raise ValueError("not an array of NumPy's format 1.0")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)  # type: ignore[no-untyped-call]
    if fortran or dtype.hasobject:
        raise ValueError("not a plain array in C order")
    return np.frombuffer(data, dtype, int(np.prod(shape)), stream.tell()).reshape(shape)


class Shards(Sequence[ShardSample]):
    """The samples of a folder of shards, in order. Can be pickled and sent to loader processes.

    Parameters
    ----------
    root : Path or str
        Folder of the export.
    splits : collection of str
        train, val, test; empty takes all.

    Raises
    ------
    StorageError
        When the folder holds no shards, or one is broken.
    """

    def __init__(self, root: Path | str, splits: Collection[str] = ()) -> None:
        self.root = Path(root)
        listed = read_document(ShardCounts, SHARDS.file_below(self.root), "a list of shards", AGAIN).root
        wanted = (name for name in sorted(listed) if not splits or name.rpartition("-")[0] in splits)
        self.paths = [name.file_below(self.root) for name in wanted]
        self._samples: dict[str, dict[str, ShardMember]] = {}
        for number, path in enumerate(self.paths):
            self._index(number, path)
        self.ids = tuple(self._samples)
        self._maps: dict[int, memoryview] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[ShardSample]:
        return (ShardSample(self, name, members) for name, members in self._samples.items())

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        name = index if isinstance(index, str) else self.ids[index]
        return ShardSample(self, name, self._samples[name])

    def select(self, where: Callable[[ShardRecord], bool]) -> Shards:
        """Some of the samples.

        Parameters
        ----------
        where : callable
            Gets the record of a sample: its row of samples.csv with K and the cameras; whether it is wanted.

        Returns
        -------
        Shards
            With these samples, in the same order.
        """
        chosen = copy(self)
        chosen.ids = tuple(sample.id for sample in self if where(sample.record))
        chosen._samples = {name: self._samples[name] for name in chosen.ids}
        return chosen

    def data(self, member: ShardMember) -> memoryview:
        """The bytes of a file, from the mapped shard.

        Parameters
        ----------
        member : ShardMember
            Where they lie.

        Returns
        -------
        memoryview
            Without a copy.
        """
        if member.shard not in self._maps:
            path = self.paths[member.shard]
            with reading(path), path.open("rb") as stream:
                try:
                    self._maps[member.shard] = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
                except ValueError as error:  # a file that has become empty
                    raise StorageError(f"{path} is truncated; {AGAIN}") from error
        found = self._maps[member.shard][member.start : member.start + member.size]
        if len(found) < member.size:
            raise StorageError(f"{self.paths[member.shard]} is truncated; {AGAIN}")
        return found

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_maps": {}}  # a process maps the files for itself

    def _index(self, number: int, path: Path) -> None:
        try:
            with reading(path), tarfile.open(path, "r:") as tar:
                for info in tar:
                    if not info.isreg() or info.size < 0:  # a negative size would lead back to itself
                        raise StorageError(f"{path} holds something else than files; {AGAIN}")
                    sample, _, rest = info.name.partition(".")
                    sample = SceneName.stated(sample, path)
                    name, _, suffix = rest.rpartition(".")
                    member = ShardMember(number, info.offset_data, info.size, f".{suffix}")
                    self._samples.setdefault(sample, {})[name or suffix] = member
        except (tarfile.TarError, ValueError, OverflowError) as error:
            raise StorageError(f"{path} is not a tar shard ({error}); {AGAIN}") from error
