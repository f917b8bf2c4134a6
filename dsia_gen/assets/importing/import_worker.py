"""Opens untrusted files in child processes: a file that crashes or hangs one costs that file and a restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from dsia_gen.core import child_process
from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import ItemLimitError, WorkerError
from dsia_gen.core.supervise import Limits, Start, run
from dsia_gen.spec.import_request import ImportRequest, Measured
from dsia_gen.spec.worker_messages import IMPORT_EVENTS, FileMeasured, ItemBegun

WORKER = "dsia_gen.blender.importing.import_process"
START_SECONDS = 300.0
"""What a process may take until it opens its first file."""


@dataclass(frozen=True)
class Answer:
    """What became of one file: measured, or refused for a reason."""

    index: int
    found: Measured | None
    reason: str = ""


@dataclass(frozen=True)
class ImportLimits:
    """How files are opened: seconds for each, the module that does it, and in how many processes (0: all cores)."""

    seconds: float = 180.0
    module: str = WORKER
    workers: int = 0


def open_files(request: ImportRequest, how: ImportLimits, start: Start = child_process.start) -> Iterator[Answer]:
    """Answers for all files of a request, in order, from as few processes as their crashes allow.

    Raises WorkerError with the tail of the log when a process does not get as far as a file.
    """
    limits = Limits(first_seconds=START_SECONDS, item_seconds=how.seconds)
    following = request.first
    while following < len(request.files):
        first, begun, died = following, False, None
        rest = request.model_copy(update={"first": first})
        with closing(
            run(
                how.module,
                rest,
                IMPORT_EVENTS,
                name="Blender",
                limits=limits,
                start=start,
                command=blender_command,
                threads=max(1, cores() // (how.workers or cores())),
            )
        ) as events:
            try:
                for event in events:
                    begun = isinstance(event, ItemBegun)
                    if not isinstance(event, ItemBegun):
                        following = event.index + 1
                        found = event.found if isinstance(event, FileMeasured) else None
                        yield Answer(event.index, found, "" if isinstance(event, FileMeasured) else event.reason)
            except WorkerError as error:
                died = error
        if begun:
            ended = died.ended if died is not None and died.ended else "ended early"
            reason = (
                f"it was not opened within {how.seconds:g} s; simplify it, or raise --timeout"
                if isinstance(died, ItemLimitError)
                else f"the process that opened it {ended}: the file is broken, or needs more than "
                f"{request.memory_gib:g} GiB of memory; export it again, simplify it, or raise --memory"
            )
            yield Answer(following, None, reason)
            following += 1
        elif following == first:
            raise died or WorkerError("Blender ended before it opened a file; run 'dsia-gen doctor' for the next step")
