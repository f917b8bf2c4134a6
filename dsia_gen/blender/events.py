"""Progress of the worker: JSON lines on the original stdout, kept apart from Blender's own chatter."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Emit(Protocol):
    """Report one event; `fields` must be JSON values."""

    def __call__(self, event: str, **fields: Any) -> None: ...


@contextmanager
def claimed_stdout() -> Iterator[Emit]:
    """Yield a function that writes events to the original stdout while file descriptor 1 goes to stderr.

    Blender writes to descriptor 1 from C, so redirecting `sys.stdout` alone would not keep it out.
    """
    sys.stdout.flush()
    original = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(original, "w", encoding="utf-8") as stream:

        def emit(event: str, **fields: Any) -> None:
            stream.write(json.dumps({"event": event, **fields}, ensure_ascii=False) + "\n")
            stream.flush()

        try:
            yield emit
        finally:
            stream.flush()
            sys.stdout.flush()
            os.dup2(original, 1)
