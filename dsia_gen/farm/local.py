"""The executor with N workers on this machine; each scene in a process of its own, so that a crash costs one scene."""

from __future__ import annotations

import queue
import threading
from collections import deque
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
STAGES = 3
"""Scenes at once where a GPU renders: one before its turn there, one that renders, one that is annotated."""


class LocalExecutor:
    """See `Executor`. A thread a worker waits for its scene process; all is handed on in the caller's thread.

    `workers` None makes one scene after the other; where a GPU renders, the next one is begun when one has come to its
    turn there, so that it is built while that one renders. At most one scene is then ahead of its turn.
    """

    fatal_limit = 1
    renders_here = True

    def __init__(self, workers: int | None) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self.workers, self.local_workers = workers, workers or 1

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> LocalExecutor:
        options.allow("local", "workers")
        return cls(options.workers)

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        messages: Messages = queue.Queue()
        children, waiting = Children(), deque(tasks)
        places = threading.Semaphore(self.local_workers)

        def serve() -> None:
            with Place(places) as place:
                task = waiting.popleft()  # not before there is a place, so that the order stays
                messages.put(with_retries(task, partial(attempt, task, place), messages.put))

        def attempt(task: SceneTask, place: Place) -> SceneResult:
            place.take()
            with closing(scene_process.follow(task, root, scene, children.start)) as stream:
                for message in stream:
                    if isinstance(message, SceneResult):
                        return message
                    if message.on_gpu and self.workers is None:
                        place.leave()
                    messages.put(message)
            raise RuntimeError("a scene process gave no result")

        pool = ThreadPoolExecutor(self.workers or STAGES, thread_name_prefix="scene")
        try:
            for _ in tasks:
                pool.submit(serve)
            for _ in tasks:
                while not isinstance(message := messages.get(), SceneResult):
                    progress(message)
                yield message
        finally:
            children.stop()
            pool.shutdown(wait=True, cancel_futures=True)


class Place:
    """A place of a scene among those that may be made at once; it may leave it early, and takes it for another try."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._places = places
        self._held = False

    def __enter__(self) -> Place:
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def take(self) -> None:
        """Have the place, which may have to be waited for."""
        if not self._held:
            self._places.acquire()
            self._held = True

    def leave(self) -> None:
        """Let another scene have it."""
        if self._held:
            self._held = False
            self._places.release()


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
