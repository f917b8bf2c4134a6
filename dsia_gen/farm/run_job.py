"""A whole job: take over the folder, skip what is finished, run the rest, keep what failed, update the index."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dsia_gen
from dsia_gen.config.job import JobConfig
from dsia_gen.config.scene_config import SceneConfig
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import ConfigError, StorageError
from dsia_gen.core.io import disk, remove_tree
from dsia_gen.core.strict_yaml import read_config
from dsia_gen.dataset.documents.run_document import FailureDocument
from dsia_gen.dataset.index import update_index, write_job
from dsia_gen.dataset.layout import VALIDATION, DatasetLayout
from dsia_gen.dataset.receipt import finished
from dsia_gen.dataset.writer import record_failure
from dsia_gen.farm.dataset_lock import dataset_lock
from dsia_gen.farm.executor import FATAL, RUN_SCENE, Executor
from dsia_gen.farm.heartbeat_lock import Hold
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.progress import Bar
from dsia_gen.pipeline.estimate import Extent, check_space, extents
from dsia_gen.pipeline.fingerprint import blender_version, configurations, fingerprint, fingerprint_of
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask, differences, plan_job

SMALL_SET = 64
"""Up to this many scenes the index is rebuilt after each, so that a data set can be viewed while it grows."""


@dataclass(frozen=True)
class JobReport:
    """What came of a job: a result for each scene of it that was not skipped, in order of scenes."""

    root: str
    results: tuple[SceneResult, ...]
    skipped: tuple[str, ...]
    not_run: tuple[str, ...]
    seconds: float

    @property
    def failed(self) -> tuple[SceneResult, ...]:
        return tuple(result for result in self.results if not result.ok)

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is on disk."""
        return not self.failed and not self.not_run

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "root": self.root,
            "complete": self.complete,
            "seconds": round(self.seconds, 3),
            "scenes": [result.model_dump(mode="json", exclude={"details"}) for result in self.results],
            "skipped": list(self.skipped),
            "not_run": list(self.not_run),
        }


def render_job(
    job: JobConfig,
    root: Path,
    executor: Executor,
    *,
    show: bool = True,
    scene: str = RUN_SCENE,
    allow_mixed: bool = False,
) -> JobReport:
    """Make all scenes of a job that a data set lacks, and bring its index up to date.

    Parameters
    ----------
    job : JobConfig
        What to render.
    root : Path
        Folder or address of the data set. Finished scenes of the same job are kept.
    executor : Executor
        Runs the scenes.
    show : bool
        Whether to show progress bars on stderr.
    scene : str
        Address (`module:function`) of the function that makes a scene; tests give another.
    allow_mixed : bool
        Whether scenes that another version of Blender or of dsia-gen rendered may stay in the data set. The index, the
        card and the report of the data set then list all versions.

    Returns
    -------
    JobReport
        A result for each scene that was made or failed.

    Raises
    ------
    ConfigError
        A configuration is wrong.
    StorageError
        The folder belongs to another job or run, would mix renderers, or cannot hold the data.
    """
    begun = time.monotonic()
    tasks = plan_job(share_cores(job, executor.local_workers))
    configs = configurations(tasks)
    sizes = extents(configs)
    layout = _open(root, executor)
    with dataset_lock(layout) as hold:
        _belongs(layout, job)
        done = _finished(layout, tasks, configs, allow_mixed)
        write_job(layout, job)
        _tidy(layout)
        todo = [task for task in tasks if task.name not in done]
        check_space(layout, todo, sizes)
        try:
            results = _run(todo, layout, executor, sizes, show, scene, hold)
        finally:
            if todo:
                layout.remove(layout.root / VALIDATION)  # it spoke of the scenes as they were
            _tidy(layout)
            update_index(layout)
    made = {result.name for result in results}
    return JobReport(
        root=layout.address,
        results=tuple(sorted(results, key=lambda result: result.index)),
        skipped=tuple(sorted(done)),
        not_run=tuple(task.name for task in todo if task.name not in made),
        seconds=time.monotonic() - begun,
    )


def share_cores(job: JobConfig, workers: int) -> JobConfig:
    """The job with the cores shared out where it leaves that open; one worker alone keeps 0, all of them."""
    if job.resources.threads or workers == 1:
        return job
    resources = job.resources.model_copy(update={"threads": max(1, cores() // workers)})
    return job.model_copy(update={"resources": resources})


def _open(root: Path, executor: Executor) -> DatasetLayout:
    layout = DatasetLayout(root)
    if layout.address.startswith("memory://") and not isinstance(executor, InlineExecutor):
        raise StorageError(f"{layout.address} lives in this process alone; use --executor inline, or a folder")
    with disk("create", layout.root):
        layout.root.mkdir(parents=True, exist_ok=True)
    return layout


def _tidy(layout: DatasetLayout) -> None:
    """Remove unfinished scenes of all writers: this process holds the lock, so none of them is running."""
    with suppress(StorageError, OSError):  # what cannot be removed does no harm
        remove_tree(layout.partial)


def _belongs(layout: DatasetLayout, job: JobConfig) -> None:
    """Refuse a folder that holds the scenes of another job, or scenes without a job."""
    if layout.fetch(layout.job).is_file():
        try:
            fields = differences(job, read_config(JobConfig, layout.job))
        except ConfigError as error:
            raise StorageError(f"{layout.job} cannot be read as a job; choose another folder ({error})") from error
        if fields:
            raise StorageError(
                f"{layout.address} belongs to another job: it differs in {', '.join(fields)}; choose another folder"
            )
    elif layout.scene_names():
        raise StorageError(f"{layout.address} holds scenes but no {layout.job.name}; choose another folder")


def _finished(
    layout: DatasetLayout, tasks: Sequence[SceneTask], configs: Mapping[str, SceneConfig], allow_mixed: bool
) -> set[str]:
    """Scenes whose receipt is there, right, and of the configuration as it is now. StorageError where they and those
    that are to be made would be of different renderers, unless that is allowed.

    Files in a store were verified when they were uploaded: their sizes are compared, `dataset validate` reads them.
    """
    texts = {id(config): config.model_dump_json() for config in configs.values()}
    candidates, blender = set(layout.scene_names()), blender_version()
    layout.prepare(sorted(candidates))
    kept, others = set[str](), set[str]()
    for task in (task for task in tasks if task.name in candidates):
        wanted = fingerprint(task, texts[id(configs[task.name])], blender)
        found = fingerprint_of(layout.scene(task.name))
        if found is None or (found.content != wanted.content and found.comparable(wanted)):
            continue
        if finished(layout, task.name, None, task.outputs, hashes=layout.mirror is None):
            kept.add(task.name)
            if not found.same_renderer(wanted):
                others.add(found.renderer)
    if others and len(kept) < len(tasks) and not allow_mixed:
        raise StorageError(
            f"{layout.address} holds scenes of {' and of '.join(sorted(others))}, and this is Blender "
            f"{blender or '(unknown version)'} with dsia-gen {dsia_gen.__version__}; choose another folder, use the "
            "versions of those scenes, or add --allow-mixed"
        )
    return kept


def _run(
    todo: Sequence[SceneTask],
    layout: DatasetLayout,
    executor: Executor,
    sizes: dict[str, Extent],
    show: bool,
    scene: str,
    hold: Hold,
) -> list[SceneResult]:
    results: list[SceneResult] = []
    fatal = 0
    with (
        Bar([(task.name, sizes[task.name]) for task in todo], show=show and bool(todo)) as bars,
        closing(executor.run(todo, Path(layout.address), _noted(hold, bars), scene)) as stream,
    ):
        for result in stream:
            hold.check()
            hold.running.discard(result.name)
            layout.invalidate(result.name)
            bars.on_result(result)
            _keep(layout, result)
            results.append(result.model_copy(update={"details": ""}))  # kept on disk
            if len(todo) <= SMALL_SET and result.ok:
                update_index(layout)
            fatal = fatal + 1 if result.error in FATAL else 0
            if fatal == executor.fatal_limit:
                break
    return results


def _noted(hold: Hold, bars: Bar) -> Progress:
    """Events for the bars, with a note of the scenes in work for those who ask from elsewhere."""

    def on_event(event: Event) -> None:
        hold.running.add(event.scene)
        bars.on_event(event)

    return on_event


def _keep(layout: DatasetLayout, result: SceneResult) -> None:
    """Keep what is known of a failed scene; a full disk must not hide the failure itself."""
    if result.ok:
        return
    error = FailureDocument(**result.model_dump(exclude={"details"}))
    try:
        record_failure(layout, result.name, error, result.details)
    except StorageError:
        return
