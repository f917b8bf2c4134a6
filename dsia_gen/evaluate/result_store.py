"""Results on disk, a line for each sample of a method, stored under a key of data, method and measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import disk, reading


@dataclass(frozen=True, config=ConfigDict(ser_json_inf_nan="strings"))
class ResultRecord:
    """What a method got on a sample."""

    sample: str
    key: str
    seconds: float
    values: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    error: str = ""
    """Why there are no values."""


_RECORD = TypeAdapter(ResultRecord)


class ResultStore:
    """`<folder>/<method>.jsonl`; the last line of a sample counts, and a line that was cut off does not."""

    def __init__(self, folder: Path, *others: Path) -> None:
        self.folder = folder
        self.others = others
        """Folders of stores that are read and not written."""
        self._stored: dict[str, dict[str, ResultRecord]] = {}

    def get(self, method: str, sample: str, key: str) -> ResultRecord | None:
        """The record of a sample, if it was made under the same key."""
        found = self._of(method).get(sample)
        return found if found is not None and found.key == key else None

    def records(self, method: str) -> list[ResultRecord]:
        """The records of a method, the newest of each sample."""
        return list(self._of(method).values())

    def add(self, method: str, record: ResultRecord) -> None:
        """Append a record and flush it, on a line of its own also after a line that was cut off."""
        path = self._path(method)
        with disk("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as stream:
                if stream.tell():
                    stream.seek(-1, 2)
                    stream.write(b"" if stream.read(1) == b"\n" else b"\n")
                stream.write(_RECORD.dump_json(record) + b"\n")
        self._of(method)[record.sample] = record

    def _path(self, method: str, folder: Path | None = None) -> Path:
        return PlainName.stated(f"{method}.jsonl", "the evaluation").file_below(folder or self.folder)

    def _of(self, method: str) -> dict[str, ResultRecord]:
        """The records of a method by sample, read once."""
        if method not in self._stored:
            found = self._stored[method] = {}
            for path in (self._path(method, folder) for folder in (*self.others, self.folder)):
                if not path.is_file():
                    continue
                with reading(path):
                    lines = path.read_bytes().splitlines()
                for line in lines:
                    try:
                        record = _RECORD.validate_json(line)
                    except ValidationError:
                        continue
                    found[record.sample] = record
        return self._stored[method]
