"""Leaving: once this process was asked to stop, nothing is tried again, and what is out of reach is not waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
SLICE_SECONDS = 0.1
_asked = [False]  # no threading.Event: a signal handler that sets one may wait for the lock that it has interrupted


def ask_to_leave() -> None:
    """Note that this process was asked to stop. For signal handlers."""
    _asked[0] = True


def leaving() -> bool:
    """Whether this process was asked to stop."""
    return _asked[0]


def pause(seconds: float) -> None:
    """Sleep, in any thread, but not beyond the moment at which this process is asked to stop."""
    while seconds > 0 and not leaving():
        time.sleep(min(SLICE_SECONDS, seconds))
        seconds -= SLICE_SECONDS


def in_time(seconds: float | None, call: Callable[[], object]) -> bool:
    """Run a call that may wait for a store in another thread; whether it ended in that time. Its error is raised."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="leaving", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    return not thread.is_alive()


def in_parallel(call: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """The results of a call for each item, in order; after an exception, Ctrl-C included, none is waited for."""
    pool = ThreadPoolExecutor(threads, thread_name_prefix="parallel")
    done = False
    try:
        found = list(pool.map(call, items))
        done = True
        return found
    finally:
        pool.shutdown(wait=done, cancel_futures=True)
