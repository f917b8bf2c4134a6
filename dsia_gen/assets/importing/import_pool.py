"""Opens files in several processes at once, and gives the answers in the order of the files."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from subprocess import Popen
from typing import Any

from dsia_gen.assets.importing.import_worker import Answer, ImportLimits, open_files
from dsia_gen.core import child_process
from dsia_gen.core.cpus import cores
from dsia_gen.core.system import kill_group, memory_size
from dsia_gen.spec.import_request import ImportRequest

BATCH = 24
"""Most files that one process opens."""
FEW = 8
"""Files for which a process is worth its start."""
MEMORY_EACH = 2**31
"""Bytes of the machine's memory for which one process is started: ordinary files take less."""
_LOOK_SECONDS = 0.5


def workers_for(files: int, wanted: int = 0) -> int:
    """How many processes open so many files: `wanted`, or as many as there are cores and memory for."""
    fit = max(1, min(cores(), memory_size() // MEMORY_EACH))
    return max(1, min(wanted or fit, -(-files // FEW)))


def batches_of(files: int, workers: int) -> list[range]:
    """The indices of files, divided so that every process has something to do."""
    size = max(1, min(BATCH, -(-files // workers)))
    return [range(begin, min(begin + size, files)) for begin in range(0, files, size)]


class ImportPool:
    """Threads that each run one process after the other; leaving the context ends them all."""

    def __init__(self, requests: Sequence[ImportRequest], how: ImportLimits, workers: int) -> None:
        self._requests, self._how = requests, how
        self._queues: list[queue.SimpleQueue[Answer | BaseException | None]] = [queue.SimpleQueue() for _ in requests]
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._running: set[Popen[bytes]] = set()
        self._next = iter(range(len(requests)))
        self.came = 0
        """Answers that have come, taken or not."""
        self._threads = [threading.Thread(target=self._work, name=f"import {i}", daemon=True) for i in range(workers)]

    def __enter__(self) -> ImportPool:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._lock:
            running = list(self._running)
        for process in running:
            kill_group(process)
        for thread in self._threads:
            thread.join(child_process.GRACE_SECONDS)

    def answers(self, waiting: Callable[[], None]) -> Iterator[tuple[int, Answer]]:
        """Answers with the index of their request, in order. `waiting` is called again and again until one comes.

        What a process could not do at all is raised here.
        """
        for index, answers in enumerate(self._queues):
            while True:
                try:
                    answer = answers.get(timeout=_LOOK_SECONDS)
                except queue.Empty:
                    waiting()
                    continue
                if answer is None:
                    break
                if isinstance(answer, BaseException):
                    raise answer
                yield index, answer

    def received(self) -> Iterator[tuple[int, Answer]]:
        """Answers that have come and were not taken, without waiting: what an interruption need not lose."""
        for index, answers in enumerate(self._queues):
            with suppress(queue.Empty):
                while True:
                    answer = answers.get_nowait()
                    if isinstance(answer, Answer):
                        yield index, answer

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                index = next(self._next, None)
            if index is None:
                return
            try:
                for answer in open_files(self._requests[index], self._how, start=self._start):
                    if self._stop.is_set():
                        return
                    self._queues[index].put(answer)
                    self.came += 1
            except BaseException as error:
                self._queues[index].put(error)
                return
            self._queues[index].put(None)

    def _start(self, command: Sequence[str], **options: Any) -> Popen[bytes]:
        with self._lock:
            if self._stop.is_set():
                raise InterruptedError
            self._running = {process for process in self._running if process.poll() is None}
            process = child_process.start(command, **options)
            self._running.add(process)
        return process
