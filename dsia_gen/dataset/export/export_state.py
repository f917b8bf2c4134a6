"""export.json, the receipt of an export, and the journal of one that is not finished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, JsonValue

from dsia_gen.core.document import Document, parse_document, read_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import disk, reading, remove_tree, replace_bytes
from dsia_gen.dataset.export.sink import WORK

RECEIPT = PlainName("export.json")
JOURNAL = WORK / PlainName("journal.jsonl")
VERSION = 1
Files = dict[InsidePath, Annotated[int, Field(ge=0, le=2**60)]]
"""Sizes in bytes by the path in the folder of the export."""


class Done(Document):
    """A part that is on disk: the key of what it was made from, and its files with their sizes."""

    key: str
    files: Files


class ExportDocument(Document):
    """The content of export.json. `samples` counts those of each split; `files` are those of the export as a whole."""

    version: int = 1
    format: str
    dataset: str = ""
    content_hash: str = ""
    made_by: dict[str, str] = Field(default_factory=dict)
    options: dict[str, JsonValue] = Field(default_factory=dict)
    samples: dict[str, int] = Field(default_factory=dict)
    key: str
    parts: dict[str, Done]
    files: Files


class JournalLine(Document):
    """A line of the journal: the format and files of the whole, or a part that is on disk."""

    format: str = ""
    part: str = ""
    key: str = ""
    files: Files


@dataclass
class ExportState:
    """What lies in an export's folder. `key` is that of the whole, empty while it is not finished."""

    form: str = ""
    key: str = ""
    parts: dict[str, Done] = field(default_factory=dict)
    whole: Files = field(default_factory=dict)
    """Files of the export as a whole."""

    def holds(self, root: Path, name: str, key: str) -> bool:
        """Whether a part was made from this key and all its files are there in their size."""
        done = self.parts.get(name)
        return done is not None and done.key == key and intact(root, done.files)

    def files(self) -> set[InsidePath]:
        return set(self.whole).union(*(part.files for part in self.parts.values()))


def intact(root: Path, files: Mapping[InsidePath, int]) -> bool:
    """Whether files are there, in their size."""
    for name, size in files.items():
        try:
            if name.below(root).stat().st_size != size:
                return False
        except (OSError, StorageError):
            return False
    return True


def read_state(root: Path, form: str) -> ExportState:
    """What an earlier export left in `root`. StorageError when other things, or another format, are there."""
    if not root.exists() or not any(root.iterdir()):
        return ExportState(form)
    state: ExportState | None
    if (path := RECEIPT.file_below(root)).is_file():
        found = read_document(ExportDocument, path, "the receipt of an export", "use another folder")
        state = ExportState(found.format, found.key, dict(found.parts), found.files)
    else:
        state = _unfinished(root)
    if state is None:
        raise StorageError(f"{root} is not empty and holds no export; give a folder of its own with -o")
    if state.form != form:
        raise StorageError(f"{root} holds an export to {state.form}; give another folder with -o for {form}")
    return state


def _unfinished(root: Path) -> ExportState | None:
    path = JOURNAL.file_below(root)
    if not path.is_file():
        return None
    state = ExportState()
    with reading(path):
        lines = path.read_bytes().splitlines()
    for number, line in enumerate(lines):
        try:
            entry = parse_document(JournalLine, line, f"line {number + 1} of {path}", "a line of a journal")
        except StorageError:  # the line that was being written when it was cut off
            break
        if entry.part:
            state.parts[entry.part] = Done(key=entry.key, files=entry.files)
        else:
            state.form, state.whole = entry.format, entry.files
    return state


class ExportJournal:
    """Notes each part when it is on disk, so that an export that was cut off goes on from there."""

    def __init__(self, root: Path, state: ExportState) -> None:
        self._root = root
        self._path = JOURNAL.below(root)
        lines = [JournalLine(format=state.form, files=state.whole)]
        lines += [JournalLine(part=name, key=done.key, files=done.files) for name, done in state.parts.items()]
        replace_bytes(self._path, "".join(f"{json.dumps(line.plain())}\n" for line in lines).encode())
        with disk("remove", root / RECEIPT):
            (root / RECEIPT).unlink(missing_ok=True)  # what is changed now is not finished

    def note(self, name: str, key: str, files: Files) -> Done:
        with disk("write", self._path), self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(JournalLine(part=name, key=key, files=files).plain()) + "\n")
        return Done(key=key, files=files)

    def close(self, receipt: ExportDocument) -> None:
        """Write the receipt; from now on the export is finished."""
        replace_bytes(RECEIPT.below(self._root), receipt.to_json())
        remove_tree(WORK.below(self._root))
