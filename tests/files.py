"""Small files for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from dsia_gen.dataset.layout import DatasetLayout

Rows = list[dict[str, str]]
HOSTILE_NAMES = (
    "../../../escape", "..", "a/../../escape", "/tmp/escape", "//escape", "C:\\escape", "C:escape", "..\\escape",
    "a\\b", "", ".", "./a", "a//b", "a/", "a\0b", "a\nb", "a\x1b[2Jb", "\ud800", "x" * 300, "a/" * 600 + "a",
)  # fmt: skip
"""Names that lead out of a folder, or that a disk, a store or a list of lines does not hold."""


def fill(folder: Path, *names: str, text: str = "v 0 0 0\n") -> None:
    """Write a text to each of some files below a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def rewrite_samples(layout: DatasetLayout, change: Callable[[Rows], Rows]) -> None:
    """Change the rows of samples.csv, or their order."""
    rows = change(list(csv.DictReader(io.StringIO(layout.samples.read_text(encoding="utf-8"), newline=""))))
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    layout.samples.write_bytes(stream.getvalue().encode())
