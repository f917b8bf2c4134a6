"""The garbage collector of Python while much is imported."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Let the collector rest inside the block, and leave what was made there out of its later rounds.

    For imports: they make many objects that stay, which it would go through again and again. A tenth of their time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()
