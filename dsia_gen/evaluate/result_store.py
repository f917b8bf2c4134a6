"""Results on disk, a line for each sample of a method, kept under a key of data, method and measures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsia_gen.core.io import disk


@dataclass(frozen=True)
class Record:
    """What a method got on a sample."""

    sample: str
    key: str
    seconds: float
    values: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    error: str = ""
    """Why there are no values."""


class ResultStore:
    """`<folder>/<method>.jsonl`; the last line of a sample counts, and a line that was cut off does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: dict[str, dict[str, Record]] = {}

    def get(self, method: str, sample: str, key: str) -> Record | None:
        """The record of a sample, if it was made under the same key."""
        found = self._of(method).get(sample)
        return found if found is not None and found.key == key else None

    def add(self, method: str, record: Record) -> None:
        """Append a record and flush it."""
        line = json.dumps({**vars(record), "values": {k: _text(v) for k, v in record.values.items()}}, sort_keys=True)
        path = self._path(method)
        with disk("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as stream:
                stream.write(b"" if _ends_well(path) else b"\n")
                stream.write(line.encode() + b"\n")
        self._of(method)[record.sample] = record

    def _of(self, method: str) -> dict[str, Record]:
        if method not in self._kept:
            self._kept[method] = self._read(self._path(method))
        return self._kept[method]

    def _read(self, path: Path) -> dict[str, Record]:
        found: dict[str, Record] = {}
        if not path.is_file():
            return found
        with disk("read", path):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            record = _record(line)
            if record is not None:
                found[record.sample] = record
        return found

    def _path(self, method: str) -> Path:
        return self.folder / f"{method}.jsonl"


def _ends_well(path: Path) -> bool:
    """Whether a file is empty or ends with a whole line."""
    if not path.stat().st_size:
        return True
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) == b"\n"


def _record(line: str) -> Record | None:
    try:
        document: dict[str, Any] = json.loads(line)
        values = {name: float(value) for name, value in document.pop("values").items()}
        return Record(**document, values=values)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _text(value: float) -> float | str:
    """JSON knows no infinity; float() reads these words back."""
    return value if math.isfinite(value) else str(value)
