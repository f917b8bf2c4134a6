"""The executor with N workers on this machine; each scene in a process of its own, so that a crash costs one scene."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dsia_gen.errors import WorkerError
from dsia_gen.farm import child
from dsia_gen.farm.executor import (
    RUN_SCENE,
    Event,
    Progress,
    Results,
    SceneResult,
    TimeLimitError,
    failure,
    with_retries,
)
from dsia_gen.farm.plan import SceneTask
from dsia_gen.farm.scene_process import reply, request

TAIL_LINES = 20
SLACK_MINUTES = 0.5
"""The scene's own limit on Blender comes first; this process steps in when that did not help."""

Messages = queue.Queue[Event | SceneResult]


class LocalExecutor:
    """See `Executor`. A thread a worker waits for its scene process; all is handed on in the caller's thread."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers = workers

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        messages: Messages = queue.Queue()
        children = Children()
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="scene")
        try:
            for task in tasks:
                pool.submit(_serve, task, root, scene, messages, children)
            for _ in tasks:
                yield _next_result(messages, progress)
        finally:
            children.stop()
            pool.shutdown(wait=True, cancel_futures=True)


class Children:
    """The running scene processes; after `stop` none runs and none can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False

    def start(self, command: Sequence[str], log: IO[str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise WorkerError("the job was stopped")
            process = child.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
            self._running.add(process)
        return process

    def remove(self, process: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(process)

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            process.terminate()
        for process in running:
            child.stop(process)


def _next_result(messages: Messages, progress: Progress) -> SceneResult:
    while True:
        message = messages.get()
        if isinstance(message, SceneResult):
            return message
        progress(message)


def _serve(task: SceneTask, root: Path, scene: str, messages: Messages, children: Children) -> None:
    def attempt() -> SceneResult:
        try:
            return _run_once(task, root, scene, messages, children)
        except (WorkerError, OSError) as error:
            return failure(task, error)

    messages.put(with_retries(task, attempt))


def _run_once(task: SceneTask, root: Path, scene: str, messages: Messages, children: Children) -> SceneResult:
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = children.start([sys.executable, "-m", "dsia_gen.farm.scene_process"], log)
        expired = threading.Event()
        timer = threading.Timer((task.resources.timeout_minutes + SLACK_MINUTES) * 60, _expire, (process, expired))
        timer.start()
        try:
            result = _converse(process, request(task, root, scene), messages)
        finally:
            timer.cancel()
            child.stop(process)
            children.remove(process)
        if result is not None:
            return result
        if expired.is_set():
            raise TimeLimitError(task.resources.timeout_minutes)
        raise WorkerError(f"the scene process {child.death_of(process.returncode)}; its last words:\n{_tail(log)}")


def _converse(process: subprocess.Popen[str], text: str, messages: Messages) -> SceneResult | None:
    """Send the request and pass events on until the process ends; its result, or None when it died."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(BrokenPipeError):  # it died at once; how is told by its exit code
        process.stdin.write(text)
    child.close(process.stdin)
    result = None
    for line in process.stdout:
        message = reply(line)
        if isinstance(message, SceneResult):
            result = message
        elif message is not None:
            messages.put(message)
    process.stdout.close()
    process.wait()
    return result


def _expire(process: subprocess.Popen[str], expired: threading.Event) -> None:
    expired.set()
    child.kill_group(process)


def _tail(log: IO[str]) -> str:
    log.seek(0)
    return "".join(log.readlines()[-TAIL_LINES:]).rstrip() or "(none)"
