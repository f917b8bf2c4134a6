"""The executor contract: tasks in, one result a task out, events on the way; and what every executor does alike."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Protocol, runtime_checkable

from dsia_gen.core.errors import ConfigError
from dsia_gen.core.registry import Registry
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask

RUN_SCENE = "dsia_gen.pipeline.run_scene:run_scene"
"""Address of the function that makes a scene. Executors take the address, because functions do not travel."""

FATAL = frozenset({"StorageError", "DeviceError", "BlenderError"})
"""Failures that every further scene would share."""

RETRIED = frozenset({"WorkerError", "TimeLimitError", "NetworkError"})
"""Failures after which a scene is tried again. A mistake in the input stays one."""


Results = Generator[SceneResult, None, None]


class Executor(Protocol):
    """Runs scenes. All executors pass the same contract tests (tests/farm/test_executors.py)."""

    @property
    def fatal_limit(self) -> int:
        """So many FATAL failures in a row end a job."""
        ...

    @property
    def local_workers(self) -> int:
        """So many scenes at once share the cores of this machine."""
        ...

    @property
    def renders_here(self) -> bool:
        """Whether scenes are rendered on this machine, which then needs Blender; read as False where it is missing."""
        ...

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        """Make scenes. Closing the iterator stops all work and leaves no process.

        Parameters
        ----------
        tasks : sequence of SceneTask
            The scenes.
        root : Path
            Folder or address of the data set.
        progress : callable
            Gets the events of a scene before its result, in the thread of the caller.
        scene : str
            Address (`module:function`) of the function that makes a scene, a `pipeline.outcome.SceneFunction`.

        Yields
        ------
        SceneResult
            One for each task, in any order. A scene that failed is a result too; it does not raise.
        """
        ...


@runtime_checkable
class CheckedExecutor(Protocol):
    """An executor that can tell before it is given scenes whether it could run them here."""

    def check(self) -> None:
        """Look for what it needs on this machine.

        Raises
        ------
        ConfigError
            With what is missing.
        """
        ...


@dataclass(frozen=True)
class ExecutorOptions:
    """What a user may ask of an executor.

    Parameters
    ----------
    workers : int or None
        Scenes at once; None leaves it to the executor.
    address : str or None
        Of a cluster.
    dashboard : str or None
        Host on which a dashboard listens; None shows none.
    settings : mapping of str to str
        `KEY=VALUE` pairs of one executor alone.
    """

    workers: int | None = None
    address: str | None = None
    dashboard: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def allow(self, name: str, *known: str) -> None:
        """Refuse options that an executor does not take.

        Parameters
        ----------
        name : str
            Of the executor.
        *known : str
            Names of the options that it takes.

        Raises
        ------
        ConfigError
            Another option is given.
        """
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


def open_executor(name: str = "local", options: ExecutorOptions | None = None) -> Executor:
    """Make an executor, and see that it can run here.

    Parameters
    ----------
    name : str
        inline, local, ray, slurm, or one that a package adds.
    options : ExecutorOptions, optional
        Scenes at once, address and the like.

    Returns
    -------
    Executor
        Ready to run scenes.

    Raises
    ------
    ConfigError
        There is none of this name, it does not take an option, or what it needs is not here.
    """
    executor = EXECUTORS.get(name)(options or ExecutorOptions())
    if isinstance(executor, CheckedExecutor):
        executor.check()
    return executor


@dataclass
class Attempts:
    """Counts the tries of one task.

    Parameters
    ----------
    task : SceneTask
        The task, whose resources say how often it may be tried again.
    retried : frozenset of str
        Names of the errors after which it is.
    made : int
        Tries so far.
    """

    task: SceneTask
    retried: frozenset[str] = RETRIED
    made: int = 0

    def again(self, result: SceneResult, progress: Progress) -> bool:
        """Count a try.

        Parameters
        ----------
        result : SceneResult
            What came of it.
        progress : callable
            Is told why, where it is made again.

        Returns
        -------
        bool
            Whether to try once more.
        """
        self.made += 1
        again = result.error in self.retried and self.made <= self.task.resources.retries
        if again:
            progress(Event(self.task.name, "retry", result.reason, self.made))
        return again

    def close(self, result: SceneResult) -> SceneResult:
        """Complete the last result.

        Parameters
        ----------
        result : SceneResult
            Of the last try.

        Returns
        -------
        SceneResult
            The same with the number of tries.
        """
        return result.model_copy(update={"attempts": self.made})


def with_retries(task: SceneTask, attempt: Callable[[], SceneResult], progress: Progress) -> SceneResult:
    """Try a scene until it succeeds, fails for good, or the retries are used up.

    Parameters
    ----------
    task : SceneTask
        The scene.
    attempt : callable
        Makes it; a failure is a result.
    progress : callable
        Is told of tries that are made again, and why.

    Returns
    -------
    SceneResult
        The last result.
    """
    attempts = Attempts(task)
    while attempts.again(result := attempt(), progress):
        pass
    return attempts.close(result)
