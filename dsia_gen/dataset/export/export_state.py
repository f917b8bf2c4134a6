"""export.json, the receipt of an export, and the journal of one that is not finished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk, json_bytes, read_json, remove_tree, replace_bytes
from dsia_gen.dataset.export.sink import TEMPORARY

RECEIPT = "export.json"
WORK = ".export"
JOURNAL = f"{WORK}/journal.jsonl"
VERSION = 1


@dataclass(frozen=True)
class Done:
    """A part that is on disk: the key of what it was made from, and its files with their sizes."""

    key: str
    files: dict[str, int]


@dataclass
class ExportState:
    """What lies in an export's folder. `key` is that of the whole, empty while it is not finished."""

    form: str = ""
    key: str = ""
    parts: dict[str, Done] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)
    """Files of the export as a whole."""

    def holds(self, root: Path, name: str, key: str) -> bool:
        """Whether a part was made from this key and all its files are there in their size."""
        done = self.parts.get(name)
        return done is not None and done.key == key and intact(root, done.files)

    def files(self) -> set[str]:
        return set(self.whole).union(*(part.files for part in self.parts.values()))


def intact(root: Path, files: Mapping[str, int]) -> bool:
    """Whether files are there, in their size."""
    for name, size in files.items():
        try:
            if (root / name).stat().st_size != size:
                return False
        except OSError:
            return False
    return True


def read_state(root: Path, form: str) -> ExportState:
    """What an earlier export left in `root`. StorageError when other things, or another format, are there."""
    if not root.exists() or not any(root.iterdir()):
        return ExportState(form)
    state = _finished(root) if (root / RECEIPT).is_file() else _unfinished(root)
    if state is None:
        raise StorageError(f"{root} is not empty and holds no export; give a folder of its own with -o")
    if state.form != form:
        raise StorageError(f"{root} holds an export to {state.form}; give another folder with -o for {form}")
    return state


def _finished(root: Path) -> ExportState:
    document = read_json(root / RECEIPT)
    try:
        parts = {name: Done(part["key"], dict(part["files"])) for name, part in document["parts"].items()}
        return ExportState(document["format"], document["key"], parts, dict(document["files"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{root / RECEIPT} is not the receipt of an export ({error}); use another folder") from error


def _unfinished(root: Path) -> ExportState | None:
    path = root / JOURNAL
    if not path.is_file():
        return None
    sweep(root)
    state = ExportState()
    with disk("read", path):
        lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # the line that was being written when it was cut off
            break
        if "part" in entry:
            state.parts[entry["part"]] = Done(entry["key"], entry["files"])
        else:
            state.form, state.whole = entry["format"], entry["files"]
    return state


def sweep(root: Path) -> None:
    """Remove files that were being written when a process was killed."""
    for path in root.rglob(TEMPORARY):
        with disk("remove", path):
            path.unlink(missing_ok=True)


class ExportJournal:
    """Notes each part when it is on disk, so that an export that was cut off goes on from there."""

    def __init__(self, root: Path, state: ExportState) -> None:
        self._root = root
        self._path = root / JOURNAL
        head = {"format": state.form, "files": state.whole}
        lines = [head, *({"part": name, **asdict(done)} for name, done in state.parts.items())]
        replace_bytes(self._path, "".join(json.dumps(line) + "\n" for line in lines).encode())
        with disk("remove", root / RECEIPT):
            (root / RECEIPT).unlink(missing_ok=True)  # what is changed now is not finished

    def note(self, name: str, done: Done) -> None:
        with disk("write", self._path), self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"part": name, **asdict(done)}) + "\n")

    def close(self, receipt: Mapping[str, Any]) -> None:
        """Write the receipt; from now on the export is finished."""
        replace_bytes(self._root / RECEIPT, json_bytes(receipt))
        remove_tree(self._root / WORK)
