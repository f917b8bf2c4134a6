"""One scene in a process of its own (`python -m` this module), and the parent's side of it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from dsia_gen.core import child_process as child
from dsia_gen.core.errors import TimeLimitError, WorkerError
from dsia_gen.core.serve import Emit, serve_and_exit
from dsia_gen.core.supervise import Limits, Start, run
from dsia_gen.pipeline.outcome import Event, SceneResult, attempt_scene, failure
from dsia_gen.pipeline.tasks import SceneTask

SLACK_MINUTES, SLACK_SHARE = 0.5, 0.25
"""The scene's own limit on Blender comes first; this process is killed so much later when that did not help."""
GRACE_SECONDS = 3 * child.GRACE_SECONDS
"""A scene that is asked to end gives Blender time to do so, and then removes its files."""


class SceneRequest(BaseModel):
    """Make the scene of a task in the data set at `root` with the function at the address `scene`."""

    task: SceneTask
    root: str
    scene: str


class SceneProgress(BaseModel):
    """Something happened to the scene."""

    event: Literal["progress"] = "progress"
    progress: Event

    @property
    def waits(self) -> bool:
        """Whether limits do not count the time from here to the next message."""
        return self.progress.waits


class SceneEnded(BaseModel):
    """The scene has ended, well or not."""

    event: Literal["result"] = "result"
    result: SceneResult


SceneMessage = SceneProgress | SceneEnded
SCENE_MESSAGES: TypeAdapter[SceneMessage] = TypeAdapter(Annotated[SceneMessage, Field(discriminator="event")])


def follow(
    task: SceneTask, root: str | Path, scene: str, start: Start = child.start,
    variables: Mapping[str, str] | None = None,
) -> Generator[Event | SceneResult, None, None]:  # fmt: skip
    """Make a scene in a process of its own: its events as they come, and then exactly one result.

    A process that dies or takes too long is a failed result. Closing the generator ends the process and all below it.
    """
    minutes, result = task.resources.timeout_minutes, None
    request = SceneRequest(task=task, root=str(root), scene=scene)
    limits = Limits(minutes + min(SLACK_MINUTES, SLACK_SHARE * minutes))
    try:
        with closing(
            run(__name__, request, SCENE_MESSAGES, name="the scene process", limits=limits, grace=GRACE_SECONDS,
                start=start, threads=task.resources.threads, variables=variables)
        ) as messages:  # fmt: skip
            for message in messages:
                if isinstance(message, SceneProgress):
                    yield message.progress
                else:
                    result = message.result
    except (WorkerError, OSError) as error:
        result = result or failure(task, TimeLimitError(minutes) if isinstance(error, TimeLimitError) else error)
    yield result or failure(task, WorkerError("the scene process ended without a result"))


def make_requested(request: SceneRequest, emit: Emit) -> None:
    """Make the scene of a request."""
    root = Path(request.root)
    result = attempt_scene(request.scene, request.task, root, lambda event: emit(SceneProgress(progress=event)))
    emit(SceneEnded(result=result))


if __name__ == "__main__":
    serve_and_exit(SceneRequest, make_requested, interruptible=True)
