"""The executor with N workers on this machine; each scene in a process of its own, so that a crash costs one scene."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

from dsia_gen.core import child_process as child
from dsia_gen.core.errors import WorkerError
from dsia_gen.core.system import ask_to_end
from dsia_gen.farm.executor import RUN_SCENE, ExecutorOptions, Results, with_retries
from dsia_gen.pipeline import scene_process
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask

Messages = queue.Queue[Event | SceneResult]


class LocalExecutor:
    """See `Executor`. A thread a worker waits for its scene process; all is handed on in the caller's thread."""

    fatal_limit = 1
    renders_here = True

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers = self.local_workers = workers

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> LocalExecutor:
        options.allow("local", "workers")
        return cls(options.workers or 1)

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        messages: Messages = queue.Queue()
        children = Children()

        def serve(task: SceneTask) -> None:
            messages.put(with_retries(task, partial(attempt, task)))

        def attempt(task: SceneTask) -> SceneResult:
            with closing(scene_process.follow(task, root, scene, children.start)) as stream:
                for message in stream:
                    if isinstance(message, SceneResult):
                        return message
                    messages.put(message)
            raise RuntimeError("a scene process gave no result")

        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="scene")
        try:
            for task in tasks:
                pool.submit(serve, task)
            for _ in tasks:
                while not isinstance(message := messages.get(), SceneResult):
                    progress(message)
                yield message
        finally:
            children.stop()
            pool.shutdown(wait=True, cancel_futures=True)


class Children:
    """The running scene processes; after `stop` none runs and none can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[Popen[bytes]] = set()
        self._stopped = False

    def start(self, command: list[str], **options: Any) -> Popen[bytes]:
        """Start a process as `core.child_process.start` does; WorkerError after `stop`."""
        with self._lock:
            if self._stopped:
                raise WorkerError("the job was stopped")
            self._running = {process for process in self._running if process.poll() is None}
            process = child.start(command, **options)
            self._running.add(process)
        return process

    def stop(self) -> None:
        """End all processes, at the same time."""
        with self._lock:
            self._stopped = True
            running = [process for process in self._running if process.poll() is None]
        for process in running:
            ask_to_end(process)
        for process in running:
            child.stop(process, scene_process.GRACE_SECONDS)
