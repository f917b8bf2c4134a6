"""Ctrl-C, SIGTERM and SIGHUP: the first ends a command in an orderly way, a second ends it at once."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from contextlib import suppress
from types import FrameType

from dsia_gen.core.child_process import kill_all
from dsia_gen.core.leaving import ask_to_leave, leaving
from dsia_gen.core.system import STOP_SIGNALS

INTERRUPTED = 130
SAME_SECONDS = 0.25
"""A shell, a wrapper or a terminal that goes may send one request to stop twice."""
STOPPING = b"\nstopping; a second time ends at once\n"


class Stopping:
    """The handler of the signals that ask this process to stop."""

    def __init__(self) -> None:
        self._first = 0.0

    def install(self) -> None:
        """Handle the signals, but for those that this process was started to ignore (nohup, a job of a script)."""
        for number in (signal.Signals[name] for name in STOP_SIGNALS):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self)

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if number == getattr(signal, "SIGHUP", None):
            _leave_terminal()
        if not leaving():
            self._first = time.monotonic()
            ask_to_leave()
            with suppress(OSError):
                os.write(2, STOPPING)
            raise KeyboardInterrupt
        if time.monotonic() - self._first > SAME_SECONDS:
            try:
                kill_all()
            finally:
                os._exit(INTERRUPTED)


def end(code: int) -> None:
    """End a process that was asked to stop: threads that still wait for a store would hold it up."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _leave_terminal() -> None:
    """Write to nothing where a terminal was: one that is gone refuses what is written."""
    for handle in (1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(handle).st_mode):
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, handle)
                os.close(nothing)
