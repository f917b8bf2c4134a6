"""The child's side of `supervise` and `conversation`: requests on stdin, events as JSON lines, errors by name."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from dsia_gen.core.errors import DsiaError, StorageError, WorkerError
from dsia_gen.core.leaving import ask_to_leave
from dsia_gen.core.system import STOP_SIGNALS

INTERRUPTED = 130
Emit = Callable[[BaseModel], None]
"""Sends one event to the parent."""
R = TypeVar("R", bound=BaseModel)


class ErrorEvent(BaseModel):
    """The exception that ended the work, by the name of its class."""

    event: Literal["error"] = "error"
    kind: str
    message: str


class AnswerEnded(BaseModel):
    """All that a request asked for is done; the process waits for the next one, as it does after an ErrorEvent."""

    event: Literal["answered"] = "answered"


def serve(request_type: type[R], handle: Callable[[R, Emit], None], *, interruptible: bool = False) -> int:
    """Serve the request on stdin; the exit code. `interruptible` turns SIGTERM into KeyboardInterrupt.

    A DsiaError keeps its class and message, an OSError becomes a StorageError, any other exception a WorkerError with
    its traceback in the log.
    """
    if interruptible:
        interrupt_once(*(signal.Signals[name] for name in STOP_SIGNALS if name in ("SIGTERM", "SIGBREAK")))
    with claimed_stdout() as stream:

        def emit(event: BaseModel) -> None:
            stream.write(event.model_dump_json() + "\n")
            stream.flush()

        return _answer(request_type, handle, sys.stdin.buffer.read(), emit)


def serve_many(request_type: type[R], handle: Callable[[R, Emit], None], load: Callable[[], None] | None = None) -> int:
    """Serve the requests on stdin, one a line, until it ends; the exit code of the last one.

    After each request an AnswerEnded is sent, or its error; an interrupt ends it. `load` is done before the first
    request is read.
    """
    code = 0
    with claimed_stdout() as stream:
        if load is not None:
            load()

        def emit(event: BaseModel) -> None:
            stream.write(event.model_dump_json() + "\n")
            stream.flush()

        for line in _lines_or_nothing(sys.stdin.buffer):
            code = _answer(request_type, handle, line, emit)
            if code == INTERRUPTED:
                break
            if code == 0:
                with suppress(OSError):
                    emit(AnswerEnded())
    return code


def _lines_or_nothing(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream; one that is empty where there is none, which is answered as a missing request is."""
    line = b""
    for line in stream:
        yield line
    if not line:
        yield line


def _answer(request_type: type[R], handle: Callable[[R, Emit], None], text: bytes, emit: Emit) -> int:
    """Do what one request asks for; an error becomes an event. The exit code."""
    try:
        try:
            if not text.strip():
                raise WorkerError(f"there is no request on stdin; usage: {usage_of_worker(request_type)}")
            request = request_type.model_validate_json(text)
        except ValidationError as error:
            problems = "; ".join(str(error).splitlines())
            raise WorkerError(f"the request is not a {request_type.__name__}: {problems}") from error
        handle(request, emit)
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except DsiaError as error:
        known = error
    except OSError as error:
        known = StorageError(f"{error}; check the disk and its permissions")
    except Exception as error:
        traceback.print_exc()
        known = WorkerError(f"{type(error).__name__}: {error}")
    with suppress(OSError):  # the parent may be gone
        emit(ErrorEvent(kind=type(known).__name__, message=str(known)))
    return known.exit_code


def serve_and_exit(
    request_type: type[R], handle: Callable[[R, Emit], None], *, interruptible: bool = False, many: bool = False,
    load: Callable[[], None] | None = None,
) -> None:  # fmt: skip  # pragma: no cover
    """`serve`, or `serve_many` with its `load`, then end the process at once.

    Blender's clean-up at exit takes time and has been seen to crash. Called by hand, without a request, the program
    says how it is used.
    """
    if sys.stdin is None or sys.stdin.isatty():
        sys.stderr.write(f"usage: {usage_of_worker(request_type)}\n")
        sys.exit(2)
    code = serve_many(request_type, handle, load) if many else serve(request_type, handle, interruptible=interruptible)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def usage_of_worker(request_type: type[BaseModel]) -> str:
    """How a worker is used by hand, for whoever calls it without a request."""
    name = getattr(sys.modules["__main__"].__spec__, "name", "MODULE")
    return (
        f"python -m {name} < REQUEST.json, a {request_type.__name__} as JSON: a process that dsia-gen starts itself; "
        "run dsia-gen --help for what there is to call"
    )


def interrupt_once(*numbers: signal.Signals) -> None:
    """Turn the first of these signals into KeyboardInterrupt; further ones do not disturb what it ends."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        ask_to_leave()
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)


@contextmanager
def claimed_stdout() -> Iterator[IO[str]]:
    """The original stdout as a text stream, while file descriptor 1 goes to stderr.

    Libraries write to descriptor 1 from C, so redirecting `sys.stdout` alone would not keep them out.
    """
    sys.stdout.flush()
    original = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(original, "w", encoding="utf-8") as stream:
        try:
            yield stream
        finally:
            with suppress(BrokenPipeError):
                stream.flush()
            sys.stdout.flush()
            os.dup2(original, 1)
