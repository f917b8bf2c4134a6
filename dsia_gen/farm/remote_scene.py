"""A scene on another machine: its messages as lines of text, its threads, and the proof of its files."""

from __future__ import annotations

from dsia_gen.core.errors import DsiaError, WorkerError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import mismatches, read_receipt
from dsia_gen.pipeline.outcome import Event, SceneResult, failure
from dsia_gen.pipeline.scene_process import SCENE_MESSAGES, SceneEnded, SceneProgress
from dsia_gen.pipeline.tasks import SceneTask


def message_line(message: Event | SceneResult) -> str:
    """A message of a scene as JSON."""
    wrapped = SceneProgress(progress=message) if isinstance(message, Event) else SceneEnded(result=message)
    return wrapped.model_dump_json()


def message_of(line: str) -> Event | SceneResult:
    """The message that `message_line` wrote."""
    message = SCENE_MESSAGES.validate_json(line)
    return message.progress if isinstance(message, SceneProgress) else message.result


def with_threads(task: SceneTask, cpus: float) -> SceneTask:
    """The task with as many threads as it has CPUs, where the job leaves that open."""
    if task.resources.threads:
        return task
    return task.model_copy(update={"resources": task.resources.model_copy(update={"threads": max(1, int(cpus))})})


def proven(result: SceneResult, task: SceneTask, layout: DatasetLayout) -> SceneResult:
    """The result; or a failure where the files are not those of the receipt, which is then withdrawn.

    A store that cannot be reached is not a fault of the scene: the failure is a NetworkError. Files in a store were
    verified when they were uploaded: only their sizes are compared.
    """
    folder = layout.scene(task.name)
    try:
        wrong = next(mismatches(folder, read_receipt(folder), hashes=layout.mirror is None), None)
        if wrong is None:
            return result
        layout.remove(folder.receipt)
    except (DsiaError, OSError) as error:
        return failure(task, error)
    return failure(task, WorkerError(f"the scene was made, but {wrong.file} {wrong.message}"))
