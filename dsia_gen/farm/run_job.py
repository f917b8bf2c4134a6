"""A whole job: take over the folder, skip what is finished, run the rest, keep what failed, update the index."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.config.job import JobConfig
from dsia_gen.config.job_file import self_contained
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.io import disk
from dsia_gen.core.leaving import in_time, leaving
from dsia_gen.dataset.documents.run_document import FailureDocument
from dsia_gen.dataset.index import update_index, write_job
from dsia_gen.dataset.layout import VALIDATION, DatasetLayout
from dsia_gen.dataset.writer import record_failure, remove_all_work, remove_run
from dsia_gen.farm.executor import FATAL, RUN_SCENE, Executor, open_executor
from dsia_gen.farm.heartbeat_lock import HEARTBEAT_SECONDS, LEAVE_SECONDS, Hold, address_lock
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.progress import Bar
from dsia_gen.farm.resume import check_owner, finished_scenes
from dsia_gen.pipeline.estimate import check_space, extents, scene_estimate, worth_in_cores
from dsia_gen.pipeline.fingerprint import configurations
from dsia_gen.pipeline.foresight import refuse_unreachable
from dsia_gen.pipeline.outcome import Event, SceneResult
from dsia_gen.pipeline.tasks import SceneTask, plan_job

SMALL_SET = 64
"""Up to this many scenes the index is rebuilt after each, so that a data set can be viewed while it grows."""


@dataclass(frozen=True)
class JobReport:
    """What came of a job.

    Parameters
    ----------
    root : str
        Folder or address of the data set.
    results : tuple of SceneResult
        One for each scene that was made or failed, in the order of the job.
    skipped : tuple of str
        Scenes that were finished before.
    not_run : tuple of str
        Scenes that were not begun.
    lost : tuple of str
        Scenes that were finished, now or before, and are not there at the end: they were removed or damaged.
    seconds : float
        Wall time.
    """

    root: str
    results: tuple[SceneResult, ...]
    skipped: tuple[str, ...]
    not_run: tuple[str, ...]
    lost: tuple[str, ...]
    seconds: float

    @property
    def failed(self) -> tuple[SceneResult, ...]:
        return tuple(result for result in self.results if not result.ok)

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is on disk."""
        return not self.failed and not self.not_run and not self.lost

    def to_dict(self) -> dict[str, object]:
        """Everything, ready for JSON.

        Returns
        -------
        dict
            JSON values.
        """
        return {
            "root": self.root,
            "complete": self.complete,
            "seconds": round(self.seconds, 3),
            "scenes": [result.model_dump(mode="json", exclude={"details"}) for result in self.results],
            "skipped": list(self.skipped),
            "not_run": list(self.not_run),
            "lost": list(self.lost),
        }


def render_job(
    job: JobConfig, root: Path | str, executor: Executor | None = None, *, show: bool = True, scene: str = RUN_SCENE,
    allow_mixed: bool = False, remake: bool = False, heartbeat: float = HEARTBEAT_SECONDS,
) -> JobReport:  # fmt: skip
    """Make all scenes of a job that a data set lacks, and bring its index up to date.

    Parameters
    ----------
    job : JobConfig
        What to render.
    root : Path or str
        Folder or address of the data set. Finished scenes of the same job are kept.
    executor : Executor, optional
        Runs the scenes, see `open_executor`; one scene after the other on this machine by default.
    show : bool
        Whether to show progress bars on stderr.
    scene : str
        Address (`module:function`) of the function that makes a scene; tests give another.
    allow_mixed : bool
        Whether scenes of another version of Blender or dsia-gen are kept. Index, card and report then say so.
    remake : bool
        Whether finished scenes whose configuration has changed since are rendered again.
    heartbeat : float
        Seconds between the heartbeats of the lock.

    Returns
    -------
    JobReport
        A result for each scene that was made or failed.

    Raises
    ------
    ConfigError
        A configuration is wrong, or asks for motion that none of its scenes would have.
    StorageError
        The folder belongs to another job or run, holds scenes whose configuration has changed, would mix renderers,
        cannot hold the data, or was removed or taken over by another run meanwhile.
    """
    begun = time.monotonic()
    executor = executor or open_executor()
    tasks = plan_job(share_cores(job, executor.local_workers))
    configs = configurations(tasks)
    sizes = extents(configs)
    layout = DatasetLayout(root)
    if layout.address.startswith("memory://") and not isinstance(executor, InlineExecutor):
        raise StorageError(f"{layout.address} lives in this process alone; use --executor inline, or a folder")
    with disk("create", layout.root):
        layout.root.mkdir(parents=True, exist_ok=True)
    with address_lock(layout.lock, heartbeat) as hold:
        layout = DatasetLayout(root, hold.token)
        check_owner(layout, job)
        done = finished_scenes(layout, tasks, configs, allow_mixed, remake)
        todo = [task.model_copy(update={"run": hold.token}) for task in tasks if task.name not in done]
        refuse_unreachable(todo, configs)
        write_job(layout, self_contained(job))
        check_space(layout, todo, sizes)
        expected = [(t.name, scene_estimate(t, sizes[t.name], worth_in_cores(t.resources))) for t in todo]
        bars = Bar(expected, workers=executor.local_workers, show=show and bool(todo))
        results: list[SceneResult] = []
        try:
            _run(todo, layout, executor, bars, scene, hold, results)
        except BaseException as error:
            quick = leaving() or isinstance(error, KeyboardInterrupt)
            with suppress(DsiaError, OSError):  # what went wrong first is to be reported
                in_time(LEAVE_SECONDS if quick else None, lambda: _tidy(layout, todo))
            if isinstance(error, StorageError) and not layout.root.exists():
                raise _removed(layout, done, results) from error
            raise
        there = _tidy(layout, todo)
    finished = done | {result.name for result in results if result.ok}
    made = {result.name for result in results}
    return JobReport(
        root=layout.address,
        results=tuple(sorted(results, key=lambda result: result.index)),
        skipped=tuple(sorted(done)),
        not_run=tuple(task.name for task in todo if task.name not in made),
        lost=tuple(sorted(finished - there)),
        seconds=time.monotonic() - begun,
    )


def share_cores(job: JobConfig, workers: int) -> JobConfig:
    """Share the cores of this machine among workers, where a job leaves that open.

    Parameters
    ----------
    job : JobConfig
        The job.
    workers : int
        Scenes at once; one alone may use all cores, which is 0 threads.

    Returns
    -------
    JobConfig
        The job with a number of threads.
    """
    if job.resources.threads or workers == 1:
        return job
    resources = job.resources.model_copy(update={"threads": max(1, cores() // workers)})
    return job.model_copy(update={"resources": resources})


def _run(
    todo: Sequence[SceneTask], layout: DatasetLayout, executor: Executor, bars: Bar, scene: str, hold: Hold,
    results: list[SceneResult],
) -> None:  # fmt: skip
    """Run the scenes and append what comes of them to `results`, also when this ends early."""
    fatal = 0

    def on_event(event: Event) -> None:
        hold.check_heartbeat()
        hold.running.add(event.scene)  # other processes see in the lock what is being made
        bars.on_event(event)

    with suppress(StorageError):  # what cannot be removed does no harm
        remove_all_work(layout)  # of all writers: this run holds the lock, so none of them may go on
    with bars, closing(executor.run(todo, Path(layout.address), on_event, scene)) as stream:
        for result in stream:
            hold.check()
            hold.running.discard(result.name)
            layout.invalidate(result.name)
            bars.on_result(result)
            if not result.ok:
                with suppress(StorageError):  # a full disk must not hide the failure itself
                    error = FailureDocument(**result.model_dump(exclude={"details"}))
                    record_failure(layout, result.name, error, result.details)
            results.append(result.model_copy(update={"details": ""}))  # kept on disk
            if len(todo) <= SMALL_SET and result.ok:
                update_index(layout)
            fatal = fatal + 1 if result.error in FATAL else 0
            if fatal == executor.fatal_limit:
                break


def _tidy(layout: DatasetLayout, todo: Sequence[SceneTask]) -> set[str]:
    """Remove what this run has left in work, and bring the index up to date; the scenes that are there."""
    with suppress(StorageError):
        remove_run(layout)
    if todo:
        layout.remove(layout.root / VALIDATION)  # its findings are of the scenes as they were
    return {entry.name for entry in update_index(layout).scenes}


def _removed(layout: DatasetLayout, done: Iterable[str], results: Iterable[SceneResult]) -> StorageError:
    """The error of a run whose folder is gone, with what went with it."""
    names = sorted({*done, *(result.name for result in results if result.ok)})
    return StorageError(
        f"{layout.address} was removed or moved while it was written; {names_of(names)} went with it, "
        "and the same command makes all again"
    )


def names_of(scenes: Sequence[str]) -> str:
    """How many finished scenes, and which.

    Parameters
    ----------
    scenes : sequence of str
        Names of scenes.

    Returns
    -------
    str
        Their number, the first and the last.
    """
    if len(scenes) < 2:
        return f"the finished scene {scenes[0]}" if scenes else "no finished scene"
    return f"{len(scenes)} finished scenes ({scenes[0]} to {scenes[-1]})"
