"""Opens strangers' files in child processes: a file that crashes or hangs one costs that file and a restart."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dsia_gen.core import child_process as child
from dsia_gen.core.child_process import log_tail, parse
from dsia_gen.core.errors import WorkerError
from dsia_gen.spec.import_request import IntakeRequest, Measured

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
    """How files are opened: seconds for each, and the module that does it."""

    seconds: float = 180.0
    module: str = WORKER


def open_files(request: IntakeRequest, how: ImportLimits) -> Iterator[Answer]:
    """Answers for all files of a request, in order, from as few processes as their crashes allow.

    Raises WorkerError with the tail of the log when a process does not get as far as a file.
    """
    first = 0
    while first < len(request.files):
        run = _Run(request, how, first)
        yield from run.answers()
        first = run.next
        if run.broken:
            yield Answer(first, None, run.broken)
            first += 1


class _Run:
    """One process, from file `first` on. `next` is the first without an answer; `broken` is why it ended there."""

    def __init__(self, request: IntakeRequest, how: ImportLimits, first: int) -> None:
        self.request, self.how, self.first = request, how, first
        self.next, self.begun, self.broken = first, False, ""

    def answers(self) -> Iterator[Answer]:
        out = Path(self.request.out)
        task, log = out / "request.json", out / "worker.log"
        task.write_text(self.request.model_dump_json(), encoding="utf-8")
        with log.open("w", encoding="utf-8", errors="replace") as stream:
            command = [sys.executable, "-m", self.how.module, "--request", str(task), "--first", str(self.first)]
            process = child.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stream)
            try:
                with _watchdog(process, START_SECONDS) as watch:
                    yield from self._listen(process, watch)
            finally:
                child.stop(process)
        self._judge(process, watch, log)

    def _listen(self, process: subprocess.Popen[str], watch: _Watch) -> Iterator[Answer]:
        assert process.stdout is not None
        for line in process.stdout:
            message = parse(line)
            if message is None:
                continue
            watch.again(self.how.seconds)
            if message["event"] == "begin":
                self.begun = True
            elif message["event"] == "error":
                raise WorkerError(str(message.get("message", "")))
            else:
                self.begun = False
                self.next += 1
                yield _answer(message)
        process.stdout.close()
        process.wait()

    def _judge(self, process: subprocess.Popen[str], watch: _Watch, log: Path) -> None:
        if self.next == len(self.request.files):
            return
        if not self.begun and self.next > self.first:
            return  # it left the rest to a fresh process
        if not self.begun:
            raise WorkerError(f"Blender {child.death_of(process.returncode)}; its last words:\n{log_tail(log)}")
        if watch.expired.is_set():
            self.broken = f"it was not opened within {self.how.seconds:g} s; simplify it, or raise --timeout"
        else:
            self.broken = (
                f"the process that opened it {child.death_of(process.returncode)}: the file is broken, or needs more "
                f"than {self.request.memory_gib:g} GiB of memory; export it again, simplify it, or raise --memory"
            )


def _answer(message: dict[str, Any]) -> Answer:
    index = int(message["index"])
    if message["event"] == "measured":
        return Answer(index, Measured.model_validate(message["found"]))
    return Answer(index, None, str(message.get("reason", "")))


class _Watch:
    """Kills a process whose time is up; `again` sets the clock anew."""

    def __init__(self, kill: Callable[[], None]) -> None:
        self.kill, self.expired = kill, threading.Event()
        self.timer: threading.Timer | None = None

    def again(self, seconds: float) -> None:
        self.cancel()
        self.timer = threading.Timer(seconds, self._expire)
        self.timer.daemon = True
        self.timer.start()

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def _expire(self) -> None:
        self.expired.set()
        self.kill()


@contextmanager
def _watchdog(process: subprocess.Popen[str], seconds: float) -> Iterator[_Watch]:
    watch = _Watch(lambda: child.kill_group(process))
    watch.again(seconds)
    try:
        yield watch
    finally:
        watch.cancel()
