"""A child process that is asked one thing after the other: it keeps what it has built in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

from dsia_gen.core import child_process as child
from dsia_gen.core.cpus import thread_variables
from dsia_gen.core.errors import DsiaError, WorkerError, error_named
from dsia_gen.core.serve import AnswerEnded, ErrorEvent
from dsia_gen.core.supervise import EventReader, Limits
from dsia_gen.core.system import kill_group

E = TypeVar("E", bound=BaseModel)


class Conversation(Generic[E]):
    """A worker module in a child process that calls `dsia_gen.core.serve.serve_many`.

    The process ends when this is closed, or with this process.
    """

    def __init__(
        self,
        module: str,
        events: TypeAdapter[E],
        *,
        name: str,
        log: Path,
        command: Callable[[str], list[str]] = child.python_command,
        threads: int = 0,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._name, self._log = name, log
        self._kept = log.open("wb", buffering=0)
        added = {**thread_variables(threads), **(variables or {})}
        self._process = child.start(command(module), variables=added, stdin=PIPE, stdout=PIPE, stderr=self._kept)
        self._reader = EventReader(self._process, events, self._kept)

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._kept.closed and self._process.poll() is None

    def ask(self, request: BaseModel, limits: Limits | None = None) -> Iterator[E]:
        """Events of the answer to a request, as they come. An abandoned answer ends the process.

        Raises the DsiaError that the child names, TimeLimitError or ItemLimitError after a limit, WorkerError with
        the tail of the log when it died. After an error that a user can put right it can be asked again.
        """
        whole = False
        try:
            self._send(request)
            begun = self._reader.clock()
            while True:
                event = self._reader.next()
                if isinstance(event, AnswerEnded | ErrorEvent):
                    break
                if event is not None:
                    yield event
                elif self._reader.ended:
                    raise self._ended()
                elif (late := self._reader.late(begun, limits or Limits())) is not None:
                    kill_group(self._process)
                    raise late
            whole = True
            if (told := self._reader.error) is not None:
                self._reader.error = None
                raise error_named(told.kind, told.message)
        finally:
            if not whole:
                self.close()

    def close(self) -> None:
        """End the process."""
        if self._kept.closed:
            return
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()  # the process ends by itself
        child.stop(self._process)
        self._reader.close()
        self._kept.close()

    def _send(self, request: BaseModel) -> None:
        stream = self._process.stdin
        if self._kept.closed or stream is None:
            raise WorkerError(f"{self._name} has ended")
        try:
            stream.write(request.model_dump_json().encode() + b"\n")
            stream.flush()
        except OSError as error:
            raise self._ended() from error

    def _ended(self) -> DsiaError:
        """Why the process has ended although it was asked something."""
        code = self._process.wait()
        return self._reader.failure(self._name, code, self._log) or WorkerError(f"{self._name} ended without an answer")
