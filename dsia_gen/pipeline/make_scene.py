"""One scene from task to receipt: sample, render in Blender, annotate, write."""

from __future__ import annotations

import platform
import socket
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from dsia_gen.assets.library import load_library
from dsia_gen.assets.remote_assets import local_assets
from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core.child_process import log_tail
from dsia_gen.core.document import read_document
from dsia_gen.core.io import remove_tree
from dsia_gen.core.progress import byte_size
from dsia_gen.core.stopwatch import Stopwatch
from dsia_gen.core.system import peak_memory
from dsia_gen.dataset.documents.run_document import RunDocument, WorkerDocument
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import scene_metadata
from dsia_gen.dataset.writer import SceneWriter
from dsia_gen.pipeline.blender_process import Blender
from dsia_gen.pipeline.fingerprint import content_of, fingerprint
from dsia_gen.pipeline.outcome import RENDERING, SAMPLING, WAITING, Event, Progress, SceneResult
from dsia_gen.pipeline.scene_annotation import SceneAnnotation
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.pipeline.worker_files import WorkerFiles
from dsia_gen.sampling.scene_sampler import sample_scene
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.scene import SceneSpec
from dsia_gen.spec.worker_messages import WAIT, RenderRequest, TurnAwaited, ViewRendered

LOG_LINES = 200
FREEZE = "freeze"
AFTER = {"import": "building", "build": "freezing the geometry", FREEZE: RENDERING, WAIT: RENDERING}
"""What the Blender process does when a stage is over."""


def make_scene(task: SceneTask, root: Path, progress: Progress, begun: datetime, blender: Blender) -> SceneResult:
    """Make one scene with a Blender process that has begun to load.

    Parameters
    ----------
    task : SceneTask
        What the job says of the scene.
    root : Path
        Folder or address of the data set.
    progress : callable
        See `pipeline.run_scene.run_scene`.
    begun : datetime
        When work began, UTC.
    blender : Blender
        The process, which the caller ends.

    Returns
    -------
    SceneResult
        See `pipeline.run_scene.run_scene`.

    Raises
    ------
    DsiaError
        The first failure. Its notes hold the end of Blender's log.
    """
    watch = Stopwatch(lambda name, seconds: progress(Event(task.name, "stage", name, seconds=seconds)))

    def begin(doing: str) -> None:
        progress(Event(task.name, "begun", doing))

    def tell_download(name: str, size: int) -> None:
        progress(Event(task.name, "begun", f"downloading {name}: {byte_size(size)}", count=size))

    begin(SAMPLING)
    with watch.stage("sample"):
        spec, used = sample_task(task, tell_download)
    progress(Event(task.name, "views", count=len(spec.views())))
    with SceneWriter(DatasetLayout(root, task.run), task.name, spec, task.outputs) as writer:
        files = WorkerFiles(writer.folder.path / ".worker")
        request = RenderRequest(
            spec=writer.folder.spec, out=files.folder, device=task.resources.device, threads=task.resources.threads,
            assets=local_assets(task.assets) if task.assets else None,
            outputs=tuple(name for name in task.outputs if OUTPUTS[name].producer == "render"),
            rest=any(OUTPUTS[name].rest for name in task.outputs),
            in_turn=True,
        )  # fmt: skip
        begin("starting Blender")
        with SceneAnnotation(task, writer, files) as annotation:
            try:
                with watch.remainder("start"):  # what the stages of Blender do not account for
                    view_seconds = _render(request, blender, annotation, watch, task, progress)
                found = annotation.result(watch, begin)
            except Exception as error:
                error.add_note(log_tail(blender.log, LOG_LINES))
                raise
        report = read_document(WorkerDocument, files.report, "what the Blender process writes")
        remove_tree(files.folder)
        metadata = scene_metadata(
            spec, name=task.name, instance_maps=found.maps, summaries=found.measures, figures=found.geometry.figures,
            rest_boxes=found.geometry.rest_boxes(),
        )  # fmt: skip
        run = run_document(task, used, begun, watch, view_seconds, report)
        begin("publishing")
        with watch.stage("publish"):  # hashes, and the upload to a store; not in run.json, which is uploaded too
            writer.finish(metadata, run)
    return SceneResult(
        index=task.index, name=task.name, views=len(spec.views()), pairs=len(spec.pairs), seconds=watch.seconds,
        peak_bytes=max(peak_bytes().values()),
    )  # fmt: skip


def _render(
    request: RenderRequest,
    blender: Blender,
    annotation: SceneAnnotation,
    watch: Stopwatch,
    task: SceneTask,
    progress: Progress,
) -> dict[str, float]:
    """Seconds of each view by its key, when all are rendered; the annotation begins once there is geometry."""
    seconds = {}
    for event in blender.ask(request, task.resources.timeout_minutes):
        annotation.check()
        if isinstance(event, ViewRendered):
            annotation.rendered.add(event.key)
            seconds[event.key] = round(event.seconds, 3)
            progress(Event(task.name, "view", event.key, seconds=event.seconds))
        elif isinstance(event, TurnAwaited):
            progress(Event(task.name, "begun", WAITING))
        else:
            watch.add(event.name, event.seconds)
            if event.name == FREEZE:
                annotation.begin()
            if event.name in AFTER:
                progress(Event(task.name, "begun", AFTER[event.name]))
    blender.end()  # the system tells the memory of processes that have ended
    return seconds


def sample_task(
    task: SceneTask, on_download: Callable[[str, int], None] = lambda _name, _size: None
) -> tuple[SceneSpec, str]:
    """Draw the specification of a task.

    Parameters
    ----------
    task : SceneTask
        The scene.
    on_download : callable
        Gets the name and the bytes of each asset file that is about to be downloaded.

    Returns
    -------
    SceneSpec
        All that is to be rendered.
    str
        The text by which a fingerprint knows the configuration that it was drawn from.
    """
    config = load_scene_config(task.config, task.overrides)
    library = load_library(config.manifest_files, task.assets, task.licences)
    if library.remote is not None:
        library.remote.tell = on_download
    spec = sample_scene(config, library, task.seed, task.resolution, task.quality)
    return spec, content_of(config, task.resolution[0])


def run_document(
    task: SceneTask,
    config: str,
    begun: datetime,
    watch: Stopwatch,
    view_seconds: Mapping[str, float],
    report: WorkerDocument,
) -> RunDocument:
    """The content of run.json: what may differ from run to run, and the fingerprint that a resume compares.

    Parameters
    ----------
    task : SceneTask
        The scene.
    config : str
        Its configuration, as `sample_task` gives it.
    begun : datetime
        When work began, UTC.
    watch : Stopwatch
        Seconds of each stage.
    view_seconds : mapping of str to float
        Seconds of rendering each view, by its key.
    report : WorkerDocument
        What Blender reported.

    Returns
    -------
    RunDocument
        To be written last but the receipt.
    """
    return RunDocument(
        fingerprint=fingerprint(task, config, report.blender),
        host=socket.gethostname(),
        platform=platform.platform(),
        begun=begun.isoformat(timespec="milliseconds"),
        ended=datetime.now(UTC).isoformat(timespec="milliseconds"),
        seconds={name: round(value, 3) for name, value in watch.seconds.items()},
        view_seconds=dict(view_seconds),
        peak_bytes=max(peak_bytes().values()),
        peak_bytes_of=peak_bytes(),
        worker=report,
    )


def peak_bytes() -> dict[str, int]:
    """Largest resident size so far of the Blender processes and of this one.

    Returns
    -------
    dict of str to int
        Bytes under "blender" and "annotate"; 0 where the system does not say.
    """
    return {"blender": peak_memory(children=True) or 0, "annotate": peak_memory() or 0}
