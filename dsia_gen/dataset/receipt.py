"""The receipt of a scene: what was written, with hashes. It is written last; without it a scene is not finished."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from dsia_gen.core.document import read_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.dataset.layout import RUN, DatasetLayout, SceneFolder
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.record import Natural, Record

RECEIPT_VERSION = 1


class FileEntry(Record):
    """Size in bytes and SHA-256 (hex) of a file."""

    size: Natural
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Receipt(Record):
    """Everything that belongs to a finished scene.

    `files` are a function of the specification; `content_hash` is over them. `run_files` (timings, device) differ
    from run to run. Paths are relative to the scene folder.
    """

    version: Natural = RECEIPT_VERSION
    package_version: str
    spec_hash: str
    outputs: tuple[str, ...]
    content_hash: str
    files: dict[InsidePath, FileEntry]
    run_files: dict[InsidePath, FileEntry]

    @property
    def bytes(self) -> int:
        """Size of `files`."""
        return sum(entry.size for entry in self.files.values())

    @field_validator("outputs")
    @classmethod
    def _known_outputs(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in OUTPUTS]
        if unknown:
            raise ValueError(f"outputs {', '.join(unknown)} are not in the table")
        return names


@dataclass(frozen=True)
class Mismatch:
    """A difference between a receipt and a folder, of a relative path.

    `missing`, `extra`, `kind`, `size`, `hash` or `unreadable`.
    """

    kind: str
    file: str
    message: str


def make_receipt(folder: SceneFolder, spec_hash: str, outputs: tuple[str, ...], package_version: str) -> Receipt:
    """The receipt of what lies in a folder now."""
    entries = {}
    for text, size in folder.listing().items():
        name = InsidePath.stated(text, folder.path)
        if size is None:
            raise StorageError(f"{folder.path / name} is not a file; the scene gets no receipt")
        entries[name] = FileEntry(size=size, sha256=folder.digest(name))
    run = {name: entries.pop(name) for name in (RUN,) if name in entries}
    return Receipt(
        package_version=package_version,
        spec_hash=spec_hash,
        outputs=outputs,
        content_hash=hash_of_files(entries),
        files=entries,
        run_files=run,
    )


def hash_of_files(files: Mapping[InsidePath, FileEntry]) -> str:
    """SHA-256 over the sorted lines `<sha256>  <path>`, the text that sha256sum would print."""
    lines = "".join(f"{entry.sha256}  {name}\n" for name, entry in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def read_receipt(folder: SceneFolder) -> Receipt:
    """The receipt of a scene; StorageError when it is missing, not a receipt, or contradicts itself."""
    receipt = read_document(Receipt, folder.receipt, "a receipt")
    if receipt.version != RECEIPT_VERSION:
        raise StorageError(f"{folder.receipt} has version {receipt.version}, and {RECEIPT_VERSION} is known")
    if hash_of_files(receipt.files) != receipt.content_hash:
        raise StorageError(f"{folder.receipt} does not agree with itself: its content hash is not that of its files")
    return receipt


def mismatches(folder: SceneFolder, receipt: Receipt, *, hashes: bool) -> Iterator[Mismatch]:
    """Differences between a receipt and the files on disk. Sizes always, contents when `hashes`."""
    known = {**receipt.files, **receipt.run_files}
    present = folder.listing()
    for name in sorted(present.keys() - known.keys()):
        yield Mismatch("extra", name, "is not in the receipt")
    for name, entry in sorted(known.items()):
        if name not in present:
            yield Mismatch("missing", name, "is in the receipt but not on disk")
        elif present[name] is None:
            yield Mismatch("kind", name, "is a pipe, a device, or a link that leads nowhere or out, and not a file")
        elif present[name] != entry.size:
            yield Mismatch("size", name, f"has {present[name]} bytes, the receipt says {entry.size}")
        elif hashes:
            try:
                if folder.digest(name) != entry.sha256:
                    text = "is not the file that was written: its SHA-256 differs from the receipt"
                    yield Mismatch("hash", name, text)
            except StorageError as error:
                yield Mismatch("unreadable", name, str(error))


def finished(
    layout: DatasetLayout, name: str, spec_hash: str | None, outputs: Iterable[str], *, hashes: bool = False
) -> bool:
    """Whether a scene is there as its receipt says, was made from this specification and holds these outputs.

    Parameters
    ----------
    layout : DatasetLayout
        The data set.
    name : str
        Name of the scene.
    spec_hash : str or None
        SHA-256 (hex) of the specification; None accepts any.
    outputs : iterable of str
        Names of the outputs.
    hashes : bool
        Whether every file is read and compared; sizes always are.

    Returns
    -------
    bool
        Whether all of that holds.
    """
    folder = layout.scene(name)
    try:
        receipt = read_receipt(folder)
        if spec_hash not in (None, receipt.spec_hash) or not set(outputs) <= set(receipt.outputs):
            return False
        return next(mismatches(folder, receipt, hashes=hashes), None) is None
    except (StorageError, OSError):
        return False
