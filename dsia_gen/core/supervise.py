"""Runs a worker module as a child process: one typed request in, typed events out, the log kept, time limited.

The request is one JSON document on stdin, an event is a JSON line on stdout; see `dsia_gen.core.serve` for the child.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated, Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from dsia_gen.core import child_process as child
from dsia_gen.core.cpus import thread_variables
from dsia_gen.core.errors import DsiaError, ItemLimitError, TimeLimitError, WorkerError, error_named
from dsia_gen.core.serve import AnswerEnded, ErrorEvent
from dsia_gen.core.system import death_of, kill_group

LOOK_UP_SECONDS = 0.2
"""A parent that waits in the kernel would not see an interrupt that is raised by another thread."""

E = TypeVar("E", bound=BaseModel)
Start = Callable[..., Popen[bytes]]
"""Starts a command: `dsia_gen.core.child_process.start`, or a function that does more and takes the same options."""


@dataclass(frozen=True)
class Limits:
    """How long a child process may take. None means no limit.

    The clock stands from an event whose attribute `waits` is true to the next event.

    Parameters
    ----------
    minutes : float, optional
        For the whole run; TimeLimitError after it.
    first_seconds : float, optional
        Until the first event; ItemLimitError after it.
    item_seconds : float, optional
        From one event to the next; ItemLimitError after it.
    """

    minutes: float | None = None
    first_seconds: float | None = None
    item_seconds: float | None = None


def run(
    module: str, request: BaseModel, events: TypeAdapter[E], *, name: str = "the worker", limits: Limits | None = None,
    log: Path | None = None, grace: float = child.GRACE_SECONDS, start: Start = child.start,
    command: Callable[[str], list[str]] = child.python_command, threads: int = 0,
    variables: Mapping[str, str] | None = None,
) -> Generator[E, None, None]:  # fmt: skip
    """Run a module in a child process and yield its events as they come.

    Closing the iterator ends the process and everything below it. On Linux both also die with this process.

    Parameters
    ----------
    module : str
        Dotted name of the module, which calls `dsia_gen.core.serve.serve`.
    request : BaseModel
        What it is asked to do.
    events : TypeAdapter
        Of the events that it sends, a union that is discriminated by `event`.
    name : str
        What errors call the process.
    limits : Limits, optional
        How long it may take; no limit by default.
    log : Path, optional
        File for its stderr and for what it prints beside events.
    grace : float
        Seconds that the process has to end by itself when the iterator is closed.
    start : callable
        Starts the process.
    command : callable
        Gives the command that runs the module: `blender_environments.blender_command` for one that needs Blender.

    threads : int
        Its share of the cores, to which the thread pools of its libraries are set; 0 is all of them.
    variables : mapping of str to str, optional
        Added to the environment of the process.

    Yields
    ------
    E
        Events in order.

    Raises
    ------
    DsiaError
        The one that the child names; TimeLimitError or ItemLimitError after a limit, at which it was killed;
        WorkerError with the tail of the log when it died.
    """
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="dsia-gen-", ignore_cleanup_errors=True)))
        log = scratch / "worker.log" if log is None else log
        kept = stack.enter_context(log.open("wb", buffering=0))
        asked = stack.enter_context(TemporaryFile())  # a file: a pipe could fill up and block both sides
        asked.write(request.model_dump_json().encode())
        asked.seek(0)
        added = {**thread_variables(threads), child.SCRATCH: str(scratch), **(variables or {})}
        process = start(command(module), variables=added, stdin=asked, stdout=PIPE, stderr=kept)
        reader = EventReader(process, events, kept)
        try:
            late = yield from _listen(process, reader, limits or Limits())
        finally:
            child.stop(process, grace)
            reader.close()
        error = late or reader.failure(name, process.returncode, log)
        if error is not None:
            raise error


def _listen(process: Popen[bytes], reader: EventReader, limits: Limits) -> Generator[E, None, WorkerError | None]:
    """Yield events until the process has ended; the limit that it went beyond, for which it was killed."""
    begun = reader.clock()
    late: WorkerError | None = None
    abandoned = False
    while True:
        event = reader.next()
        if event is not None:
            if not isinstance(event, AnswerEnded | ErrorEvent):  # it was the only request: the process ends by itself
                yield event
        elif reader.ended:
            try:
                process.wait(LOOK_UP_SECONDS)
            except TimeoutExpired:
                pass
            else:
                return late
        elif process.poll() is not None:  # it has died, and a process below it keeps the stream open
            kill_group(process)
            if abandoned:
                return late
            abandoned = True
        if late is None and (late := reader.late(begun, limits)) is not None:
            kill_group(process)


class EventReader(threading.Thread):
    """Reads the stream of a child in a thread: events into a queue, everything else into the log.

    Parameters
    ----------
    process : subprocess.Popen
        The child, whose stdout is a pipe.
    events : TypeAdapter
        Of the events that it sends; AnswerEnded is known beside them.
    log : file
        For everything else.
    """

    def __init__(self, process: Popen[bytes], events: TypeAdapter[Any], log: IO[bytes]) -> None:
        super().__init__(name="events", daemon=True)
        assert process.stdout is not None
        self.error: ErrorEvent | None = None
        self.ended = False
        self._stream, self._events, self._log = process.stdout, events, log
        self._queue: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._heard: float | None = None
        self._waits: tuple[float, float | None] = 0.0, None
        """Seconds for which the process has waited for others, and when it began to, where it does so now."""
        self.start()

    def run(self) -> None:
        """Read until the stream ends; called by `start`."""
        for line in self._stream:
            event = parse_event(self._events, line)
            if event is None:
                self._log.write(line)
                continue
            self._heard = now = self.clock()
            waited = time.monotonic() - now
            self._waits = waited, waited + now if getattr(event, "waits", False) else None
            if isinstance(event, ErrorEvent):
                self.error = event
            self._queue.put(event)
        self._queue.put(None)

    def next(self) -> Any:
        """Take the next event.

        Returns
        -------
        BaseModel or None
            None when nothing came for a moment, or nothing will come (`ended`).
        """
        if self.ended:
            return None
        try:
            event = self._queue.get(timeout=LOOK_UP_SECONDS)
        except queue.Empty:
            return None
        self.ended = event is None
        return event

    def clock(self) -> float:
        """Tell the time for limits.

        Returns
        -------
        float
            Seconds of a clock that stands while the process waits for others.
        """
        waited, since = self._waits
        return (time.monotonic() if since is None else since) - waited

    def late(self, begun: float, limits: Limits) -> WorkerError | None:
        """Compare the time with the limits.

        Parameters
        ----------
        begun : float
            When the work began, by `clock`.
        limits : Limits
            How long it may take.

        Returns
        -------
        WorkerError or None
            The limit that the process has gone beyond, if any.
        """
        now = self.clock()
        if limits.minutes is not None and now - begun > 60 * limits.minutes:
            return TimeLimitError(limits.minutes)
        seconds = limits.first_seconds if self._heard is None else limits.item_seconds
        if seconds is not None and self._queue.empty() and now - (self._heard or begun) > seconds:
            return ItemLimitError(seconds)
        return None

    def failure(self, name: str, returncode: int, log: Path) -> DsiaError | None:
        """Find out why a process has ended.

        Parameters
        ----------
        name : str
            What the error calls it.
        returncode : int
            How it ended.
        log : Path
            Its log.

        Returns
        -------
        DsiaError or None
            The error that it told, or that its end is; None where all is well.
        """
        if self.error is not None:
            return error_named(self.error.kind, self.error.message)
        if returncode == 0:
            return None
        ended = death_of(returncode)
        return WorkerError(f"{name} {ended}; log tail:\n{child.log_tail(log)}", ended)

    def close(self) -> None:
        """Close the stream, but for one that a process which left the group keeps open."""
        self.join(1.0)
        if not self.is_alive():
            self._stream.close()


def parse_event(events: TypeAdapter[E], line: bytes) -> E | ErrorEvent | AnswerEnded | None:
    """The event that a line holds.

    Parameters
    ----------
    events : TypeAdapter
        Of the events that are known.
    line : bytes
        One line of a child's stdout.

    Returns
    -------
    BaseModel or None
        An event, an ErrorEvent, an AnswerEnded, or None for any other line.
    """
    if not line.startswith(b"{"):
        return None
    for adapter in (events, _ERRORS):
        try:
            return adapter.validate_json(line)
        except ValidationError:
            continue
    return None


_ERRORS: TypeAdapter[Any] = TypeAdapter(Annotated[ErrorEvent | AnswerEnded, Field(discriminator="event")])
