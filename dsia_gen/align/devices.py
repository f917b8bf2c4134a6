"""Devices by name, and what is said when a GPU's memory is too small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from dsia_gen.core.errors import AlignError


def device_by_name(name: str) -> str:
    """The device that a name means; "auto" is a GPU where there is one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name


@contextmanager
def out_of_memory(settings: str) -> Iterator[None]:
    """Turn a GPU's lack of memory inside the block into a sentence that names the settings to lower."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        reason = str(error).split(". ")[0]
        raise AlignError(f"the GPU's memory is too small ({reason}); lower {settings}") from error
