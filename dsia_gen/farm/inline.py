"""The executor that works in this process, one scene after another: for debugging and small jobs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from dsia_gen.core.errors import ConfigError, TimeLimitError
from dsia_gen.farm.executor import RUN_SCENE, ExecutorOptions, Results, with_retries
from dsia_gen.pipeline.outcome import Progress, SceneResult, attempt_scene, failure
from dsia_gen.pipeline.tasks import SceneTask


class InlineExecutor:
    """See `Executor`. Blender still has a process of its own for each scene; all else happens here."""

    fatal_limit = 1
    renders_here = True
    local_workers = 1

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> InlineExecutor:
        if options.workers and options.workers > 1:
            raise ConfigError("--workers", ["the inline executor makes one scene at a time; use --executor local"])
        options.allow("inline", "workers")
        return cls()

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        def attempt(task: SceneTask) -> SceneResult:
            try:
                with time_limit(task.resources.timeout_minutes):
                    return attempt_scene(scene, task, root, progress)
            except TimeLimitError as error:  # the alarm went off after the scene's own handler was left
                return failure(task, error)

        for task in tasks:
            yield with_retries(task, partial(attempt, task))


@contextmanager
def time_limit(minutes: float) -> Iterator[None]:
    """Raise TimeLimitError in the main thread when the block takes longer. Without alarms there is no limit."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def expired(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitError(minutes)

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, minutes * 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
