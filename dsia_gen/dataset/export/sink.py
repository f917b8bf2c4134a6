"""Where an export's files go: each is whole or absent, and noted with its size."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dsia_gen.core.io import disk

TEMPORARY = ".*.dsia-gen.tmp"
"""What the names of unfinished files match."""


class Sink:
    """Writes below `root`; `files` holds relative path and size of everything written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, int] = {}

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A stream to a new file, which gets its name when the block ends well."""
        path = self.root / name
        temporary = path.with_name(f".{path.name}.{os.getpid()}.dsia-gen.tmp")
        with disk("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with temporary.open("wb") as stream:
                    yield stream
                temporary.replace(path)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink()
                raise
            self.files[name] = path.stat().st_size

    def put(self, name: str, data: bytes) -> None:
        """Write a file; one that holds the same bytes already is left as it is."""
        path = self.root / name
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            self.files[name] = len(data)
            return
        with self.open(name) as stream:
            stream.write(data)

    def copy(self, name: str, source: Path) -> None:
        """Copy a file as it is."""
        with disk("read", source), source.open("rb") as origin, self.open(name) as stream:
            shutil.copyfileobj(origin, stream, 2**20)
