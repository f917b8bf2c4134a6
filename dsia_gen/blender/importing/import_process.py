"""The intake worker: opens files of strangers one after the other, measures them and takes their thumbnails.

    python -m dsia_gen.blender.importing.import_process --request request.json

Answers with JSON lines on stdout: `begin`, then `measured` or `refused`, for each file; everything that Blender says
goes to stderr. A file may end the process: whoever started it knows which, and starts another for the rest.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dsia_gen.blender.events import Emit, claimed_stdout
from dsia_gen.core.errors import DsiaError, WorkerError
from dsia_gen.spec.import_request import IntakeRequest

if TYPE_CHECKING:
    from dsia_gen.spec.import_request import IntakeFile


NO_MEMORY = ("out of memory", "cannot allocate memory", "bad_alloc", "resource temporarily unavailable")
"""What Blender and its libraries say at the bound; the last is a thread whose stack found no room."""


SPARE = 0.1
"""Memory is full when less than this share of what a file may take is left."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the worker; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m dsia_gen.blender.importing.import_process")
    parser.add_argument("--request", type=Path, required=True, help="what to open (JSON)")
    parser.add_argument("--first", type=int, default=0, help="the file to begin with")
    args = parser.parse_args(argv)
    request = IntakeRequest.model_validate_json(args.request.read_text(encoding="utf-8"))
    with claimed_stdout() as emit:
        try:
            start_blender(request.memory_gib)
        except WorkerError as error:
            emit("error", kind=type(error).__name__, message=str(error))
            return error.exit_code
        for index in range(args.first, len(request.files)):
            emit("begin", index=index)
            take_in(request, index, request.files[index], emit)
            if memory_is_full(request.memory_gib):
                break  # the rest is for a fresh process
    return 0


def start_blender(memory_gib: float) -> None:
    """Import Blender, and bound the memory that this process may ask for from then on."""
    try:
        import bpy  # noqa: F401
    except ImportError as error:
        raise WorkerError(f"Blender cannot be loaded ({error}), run 'dsia-gen doctor' for the next step") from error
    limit_memory(memory_gib)


def limit_memory(gib: float) -> None:
    """Make allocations beyond `gib` GiB more private memory than this process has now fail, where the system can
    (Linux). What it has now grows with the cores of the machine: libraries set memory aside for each thread."""
    if sys.platform != "linux":
        return
    import resource

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = private_bytes() + int(gib * 2**30)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def memory_is_full(gib: float) -> bool:
    """Whether this process has asked for nearly all the memory that `limit_memory(gib)` allows: then whatever failed,
    failed of that, in whichever library's words."""
    if sys.platform != "linux":
        return False
    import resource

    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return limit != resource.RLIM_INFINITY and limit - private_bytes() < SPARE * gib * 2**30


def private_bytes() -> int:
    """Private memory that this process has asked for, as RLIMIT_DATA counts it; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8", errors="replace").splitlines() if status.is_file() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), 0)


def take_in(request: IntakeRequest, index: int, file: IntakeFile, emit: Emit) -> None:
    """Measure one file and render its thumbnail, or report why not."""
    from dsia_gen.blender.importing.measure import measure

    try:
        found = measure(request, file, Path(request.out) / f"{index}.png")
        emit("measured", index=index, found=found.model_dump(mode="json"))
    except Exception as error:
        if not isinstance(error, DsiaError):
            traceback.print_exc()
        emit("refused", index=index, reason=_reason(error, request.memory_gib))


def _reason(error: Exception, gib: float) -> str:
    words = " ".join(str(error).split())
    known = isinstance(error, DsiaError)
    told = isinstance(error, MemoryError) or (not known and any(sign in words.lower() for sign in NO_MEMORY))
    if told or memory_is_full(gib):
        return f"it needs more than {gib:g} GiB of memory; simplify it, or raise --memory"
    return str(error) if known else f"it cannot be measured ({type(error).__name__}: {words})"


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Blender's own clean-up at exit takes time and has been seen to crash.
    os._exit(code)
