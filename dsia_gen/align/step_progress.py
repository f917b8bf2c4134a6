"""How steps inside one alignment are reported."""

from __future__ import annotations

from collections.abc import Callable

StepProgress = Callable[[int, int], object]
"""Called with (done, all) after each step."""


def silent(done: int, total: int) -> None:
    """Reports nothing."""
