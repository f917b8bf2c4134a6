"""The executor contract: tasks in, one result a task out, events on the way; and what every executor does alike."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.registry import Registry
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
    So many FATAL failures in a row as `fatal_limit` end a job. `local_workers` scenes at once share the cores of this
    machine.
    """

    @property
    def fatal_limit(self) -> int: ...

    @property
    def local_workers(self) -> int: ...

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results: ...


@dataclass(frozen=True)
class ExecutorOptions:
    """What a user may ask of an executor. `settings` are `KEY=VALUE` pairs of one executor alone."""

    workers: int | None = None
    address: str | None = None
    dashboard: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def allow(self, name: str, *known: str) -> None:
        """ConfigError when an option is given that the executor called `name` does not take."""
        options = {"settings": "--executor-option", **{key: f"--{key}" for key in ("workers", "address", "dashboard")}}
        given = [options[f.name] for f in fields(self) if getattr(self, f.name) and f.name not in known]
        if given:
            raise ConfigError("--executor", [f"{' and '.join(given)} cannot be used with the executor {name}"])


EXECUTORS: Registry[Callable[[ExecutorOptions], Executor]] = Registry(
    "executors",
    "executor",
    {
        "inline": "dsia_gen.farm.inline:InlineExecutor.from_options",
        "local": "dsia_gen.farm.local:LocalExecutor.from_options",
        "ray": "dsia_gen.farm.ray_executor:RayExecutor.from_options",
        "slurm": "dsia_gen.farm.slurm_executor:SlurmExecutor.from_options",
    },
    extras={"ray": "ray", "slurm": "slurm"},
)
"""Functions from the options to an executor, by name."""


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
