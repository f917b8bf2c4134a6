"""Work that is counted and not timed: the same number on every machine, however slow or busy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def counting_calls() -> Iterator[list[int]]:
    """Counts calls of functions, of Python and of C, in the first item of what it yields.

    Code without loops over large arrays takes about a second and a half for a million of them.
    """
    count = [0]

    def on_event(_frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call"):
            count[0] += 1

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        yield count
    finally:
        sys.setprofile(before)
