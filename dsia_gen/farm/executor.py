"""The executor contract: tasks in, one result a task out, events on the way; and what every executor does alike."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dsia_gen.pipeline.outcome import Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask

RUN_SCENE = "dsia_gen.pipeline.make_scene:run_scene"
"""Address of the function that makes a scene. Executors take the address, because functions do not travel."""

FATAL = frozenset({"StorageError", "DeviceError"})
"""Failures that every further scene would share."""

RETRIED = frozenset({"WorkerError", "TimeLimitError"})
"""Failures after which a scene is tried again. A mistake in the input stays one."""


Results = Generator[SceneResult, None, None]


class Executor(Protocol):
    """Runs scenes. All executors pass the same contract tests.

    `run` yields one result for each task, in any order, and never raises for a scene that failed. Events of a scene
    come before its result, in the thread of the caller. Closing the iterator stops all work and leaves no process.
    So many FATAL failures in a row as `fatal_limit` end a job.
    """

    @property
    def fatal_limit(self) -> int: ...

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results: ...


@dataclass
class Attempts:
    """Counts the tries of one task; failures named in `retried` are tried again."""

    task: SceneTask
    retried: frozenset[str] = RETRIED
    made: int = 0

    def again(self, result: SceneResult) -> bool:
        """Whether to try once more after `result`."""
        self.made += 1
        return result.error in self.retried and self.made <= self.task.resources.retries

    def close(self, result: SceneResult) -> SceneResult:
        return result.model_copy(update={"attempts": self.made})


def with_retries(task: SceneTask, attempt: Callable[[], SceneResult]) -> SceneResult:
    """Call `attempt` until it succeeds, fails for good, or the retries are used up."""
    attempts = Attempts(task)
    while attempts.again(result := attempt()):
        continue
    return attempts.close(result)
