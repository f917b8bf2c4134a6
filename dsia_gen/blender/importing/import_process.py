"""The import worker: opens untrusted files one after the other, measures them and renders their thumbnails.

A file may end the process: its parent knows which one that was, and starts another process for the rest.
"""

from __future__ import annotations

import traceback
from functools import partial
from pathlib import Path

from dsia_gen.core.errors import DsiaError, WorkerError
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.core.system import limit_memory, memory_left
from dsia_gen.spec.import_request import ImportRequest
from dsia_gen.spec.worker_messages import FileMeasured, ItemBegun, ItemRefused

NO_MEMORY = ("out of memory", "cannot allocate memory", "bad_alloc", "resource temporarily unavailable")
"""What Blender and its libraries say at the limit; the last is a thread for whose stack there was no memory."""
SPARE = 0.1
"""Memory is full when less than this share of what a file may take is left."""


def import_files(request: ImportRequest, emit: Emit) -> None:
    """Measure each file of a request, or say why not; stop early when the memory limit is near."""
    try:
        import bpy  # noqa: F401
    except ImportError as error:
        raise WorkerError(f"Blender cannot be loaded ({error}), run 'dsia-gen doctor' for the next step") from error
    limit_memory(request.memory_gib)
    from dsia_gen.blender.importing.measure import measure

    for index in range(request.first, len(request.files)):
        begun = partial(emit, ItemBegun(index=index))
        begun()
        try:
            found = measure(request, request.files[index], Path(request.out) / f"{index}.png", begun)
        except Exception as error:
            if not isinstance(error, DsiaError):
                traceback.print_exc()
            emit(ItemRefused(index=index, reason=reason_of(error, request.memory_gib)))
        else:
            emit(FileMeasured(index=index, found=found))
        if memory_is_full(request.memory_gib):
            break  # the rest is for a fresh process


def memory_is_full(gib: float) -> bool:
    """Whether nearly all the memory that `limit_memory(gib)` allows is in use: then a failure of any library is due to
    that, whatever its message says."""
    return memory_left() < SPARE * gib * 2**30


def reason_of(error: Exception, gib: float) -> str:
    """Why a file cannot be used, in one sentence, from the exception that it raised under a limit of `gib` GiB."""
    words = " ".join(str(error).split())
    known = isinstance(error, DsiaError)
    no_memory = isinstance(error, MemoryError) or (not known and any(sign in words.lower() for sign in NO_MEMORY))
    if no_memory or memory_is_full(gib):
        return f"it needs more than {gib:g} GiB of memory; simplify it, or raise --memory"
    return str(error) if known else f"it cannot be measured ({type(error).__name__}: {words})"


if __name__ == "__main__":
    serve_and_exit(ImportRequest, import_files)
