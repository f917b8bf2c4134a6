"""The executor contract: tasks in, one result a task out, events on the way; and what every executor does alike."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast

from pydantic import Field

from dsia_gen import errors
from dsia_gen.config.strict import Config
from dsia_gen.dataset.storage import storage_error
from dsia_gen.errors import ConfigError, DsiaError, WorkerError
from dsia_gen.farm.plan import SceneTask

RUN_SCENE = "dsia_gen.farm.scene:run_scene"
"""Address of the function that makes a scene. Executors take the address, because functions do not travel."""

FATAL = frozenset({"StorageError", "DeviceError"})
"""Failures that every further scene would share."""

RETRIED = frozenset({"WorkerError", "TimeLimitError"})
"""Failures after which a scene is tried again. A mistake in the input stays one."""


@dataclass(frozen=True)
class Event:
    """Something that happened to a scene: it reached a node, its views were counted, a view or a stage is done."""

    scene: str
    kind: Literal["views", "view", "stage", "node"]
    name: str = ""
    count: int = 0
    seconds: float = 0.0


Progress = Callable[[Event], None]


class TimeLimitError(WorkerError):
    """A scene took longer than the job allows."""

    def __init__(self, minutes: float) -> None:
        super().__init__(f"took longer than {minutes:g} minutes; raise resources.timeout_minutes of the job")


class SceneResult(Config):
    """How one scene went. `error` names the exception, and is empty when the scene is on disk."""

    index: int
    name: str
    error: str = ""
    message: str = ""
    details: str = ""
    attempts: int = 1
    views: int = 0
    pairs: int = 0
    seconds: dict[str, float] = Field(default_factory=dict)
    peak_bytes: int = 0

    @property
    def ok(self) -> bool:
        return not self.error


SceneFunction = Callable[[SceneTask, Path, Progress], SceneResult]


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


def attempt_scene(scene: str, task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """Make one scene in this process; an exception becomes a failed result."""
    try:
        return resolve(scene)(task, root, progress)
    except Exception as error:
        return failure(task, error)


def resolve(address: str) -> SceneFunction:
    """The function at `module:name`."""
    module, _, name = address.partition(":")
    return cast(SceneFunction, getattr(importlib.import_module(module), name))


def failure(task: SceneTask, error: Exception) -> SceneResult:
    """The result of a scene that raised `error`. `details` are its notes (a log) and, when unforeseen, a traceback."""
    if isinstance(error, OSError):
        error = storage_error("use", Path(error.filename or "the disk"), error)
    details = list(getattr(error, "__notes__", []))
    if not isinstance(error, DsiaError):
        details.append("".join(traceback.format_exception(error)))
    message = str(error) or type(error).__name__
    return SceneResult(
        index=task.index, name=task.name, error=type(error).__name__, message=message, details="\n".join(details)
    )


def as_exception(kind: str, message: str) -> DsiaError:
    """The exception of `dsia_gen.errors` called `kind`; WorkerError for any other name."""
    known = getattr(errors, kind, None)
    if known is ConfigError:
        return ConfigError("scene", [message])
    if isinstance(known, type) and issubclass(known, DsiaError):
        return known(message)
    return WorkerError(f"{kind}: {message}")
