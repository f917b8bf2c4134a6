"""A scene process as its parent sees it: started, listened to, limited in time, and ended."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dsia_gen.core import child_process as child
from dsia_gen.core.errors import TimeLimitError, WorkerError
from dsia_gen.pipeline.outcome import Event, SceneResult, failure
from dsia_gen.pipeline.scene_process import reply, request
from dsia_gen.pipeline.tasks import SceneTask

TAIL_LINES = 20
SLACK_MINUTES, SLACK_SHARE = 0.5, 0.25
"""The scene's own limit on Blender comes first; this process steps in when that did not help so much later."""
GRACE_SECONDS = 3 * child.GRACE_SECONDS
"""A scene that is asked to end gives Blender time to do so, and then tidies up."""
LOOK_UP_SECONDS = 0.2
"""A parent that waits in the kernel would not see an interrupt that is raised by another thread."""

Process = subprocess.Popen[str]
Start = Callable[[list[str], IO[str]], Process]
Messages = Generator[Event | SceneResult, None, None]


def start(command: list[str], log: IO[str], variables: Mapping[str, str] | None = None) -> Process:
    """Start a scene process with pipes to this one; `variables` are added to its environment."""
    return child.start(command, variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)


def follow(task: SceneTask, root: Path, scene: str, start: Start = start) -> Messages:
    """Make a scene in a process of its own: its events as they come, and then exactly one result.

    A process that dies or takes too long is a failed result. Closing the generator ends the process and all below it.
    """
    try:
        yield from _follow(task, root, scene, start)
    except (WorkerError, OSError) as error:
        yield failure(task, error)


def _follow(task: SceneTask, root: Path, scene: str, start: Start) -> Messages:
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = start([sys.executable, "-m", "dsia_gen.pipeline.scene_process"], log)
        expired = threading.Event()
        timer = threading.Timer(_limit(task.resources.timeout_minutes) * 60, _expire, (process, expired))
        timer.start()
        result = None
        try:
            for message in _converse(process, request(task, root, scene)):
                if isinstance(message, SceneResult):
                    result = message
                else:
                    yield message
        finally:
            timer.cancel()
            child.stop(process, GRACE_SECONDS)
            child.close(process.stdout)
        yield result or failure(task, _death(process, task, expired, log))


def _converse(process: Process, text: str) -> Messages:
    """Send the request and hand on what the process says until it ends."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):  # it died at once; how is told by its exit code
        process.stdin.write(text)
    child.close(process.stdin)
    for line in _lines(process.stdout.fileno()):
        message = reply(line)
        if message is not None:
            yield message
    process.wait()


def _lines(stream: int) -> Iterator[str]:
    """Lines of a pipe (a file descriptor) as they come, until its other end is closed."""
    poll, rest = select.poll(), b""
    poll.register(stream, select.POLLIN | select.POLLHUP)
    while True:
        if not poll.poll(LOOK_UP_SECONDS * 1000):
            continue
        data = os.read(stream, 1 << 16)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)


def _death(process: Process, task: SceneTask, expired: threading.Event, log: IO[str]) -> WorkerError:
    if expired.is_set():
        return TimeLimitError(task.resources.timeout_minutes)
    return WorkerError(f"the scene process {child.death_of(process.returncode)}; its last words:\n{_tail(log)}")


def _limit(minutes: float) -> float:
    return minutes + min(SLACK_MINUTES, SLACK_SHARE * minutes)


def _expire(process: Process, expired: threading.Event) -> None:
    expired.set()
    child.kill_group(process)


def _tail(log: IO[str]) -> str:
    log.seek(0)
    return "".join(log.readlines()[-TAIL_LINES:]).rstrip() or "(none)"
