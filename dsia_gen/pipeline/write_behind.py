"""Writes files in a second thread, so that encoding overlaps annotation; compression releases the interpreter lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

LIMIT = 48
"""Calls that may wait: about two pairs of arrays, which bounds the memory."""


class WriteBehind:
    """Runs calls in the order given in one other thread. The first error is raised by a later call or on leaving."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._waiting: deque[Future[None]] = deque()
        self._limit = limit

    def submit(self, call: Callable[..., None], *arguments: Any, **named: Any) -> None:
        """Queue a call; waits while too many are queued."""
        while len(self._waiting) >= self._limit:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(call, *arguments, **named))

    def drain(self) -> None:
        """Wait until all is written."""
        while self._waiting:
            self._waiting.popleft().result()

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        if kind is None:
            self.drain()
