"""Where an export's files go: each is whole or absent, and noted with its size."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import disk, move, reading

WORK = PlainName(".export")
"""The folder of an export's journal and unfinished files."""


class Sink:
    """Writes below `root`; `files` holds relative path and size of everything written.

    StorageError for a name that leads out of `root`, by itself or by a link.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[InsidePath, int] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A stream to a new file, which gets its name when the block ends well."""
        inside = self._checked(name)
        path = inside.below(self.root)
        work = WORK.below(self.root)
        temporary = work / f"{os.getpid()}.{len(self.files)}.tmp"
        with disk("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            work.mkdir(exist_ok=True)
            try:
                with temporary.open("wb") as stream:
                    yield stream
                move(temporary, path)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink()
                raise
            self.files[inside] = path.stat().st_size

    def put(self, name: str, data: bytes) -> None:
        """Write a file; one that holds the same bytes already is left as it is."""
        inside = self._checked(name)
        path = inside.file_below(self.root)
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            self.files[inside] = len(data)
            return
        with self.open(name) as stream:
            stream.write(data)

    def copy(self, name: str, source: Path) -> None:
        """Copy a file as it is."""
        with reading(source), source.open("rb") as origin, self.open(name) as stream:
            shutil.copyfileobj(origin, stream, 2**20)

    def _checked(self, name: str) -> InsidePath:
        return InsidePath.stated(name, f"the export to {self.root}")
