"""What a scene reports on its way, and how it went."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from pydantic import Field

from dsia_gen.core.blender_environments import blender_choice
from dsia_gen.core.errors import DsiaError
from dsia_gen.core.io import storage_error
from dsia_gen.core.strict_yaml import Config
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.worker_messages import WAIT


@dataclass(frozen=True)
class Event:
    """Something that happened to a scene: it reached a node, its views were counted, a view or a stage is done.

    `begun` says what its worker does from now on, in words for people; `count` are the bytes of a download. `retry`
    says in one line why a try failed that is made again; `count` is which one it was.
    """

    scene: str
    kind: Literal["views", "view", "stage", "node", "begun", "retry"]
    name: str = ""
    count: int = 0
    seconds: float = 0.0

    @property
    def waits(self) -> bool:
        """Whether the scene now waits for others, which no limit counts."""
        return self.kind == "begun" and self.name == WAITING

    @property
    def on_gpu(self) -> bool:
        """Whether the scene has come to its turn on a GPU: what comes before it, another scene may do now."""
        return self.kind == "stage" and self.name == WAIT


Progress = Callable[[Event], None]

SAMPLING, WAITING, RENDERING = "sampling", "waiting for the GPU", "rendering"
"""What a worker does first in every try, where another scene renders on its GPU, and from the first view to the last.
"""


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

    @property
    def reason(self) -> str:
        """Why it is not on disk, in one line."""
        return (self.message or self.error).splitlines()[0]


SceneFunction = Callable[[SceneTask, Path, Progress], SceneResult]


def attempt_scene(scene: str, task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """Make one scene in this process; an exception becomes a failed result."""
    try:
        with blender_choice(task.blender):
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
    kind, text = type(error).__name__, "\n".join(details)
    return SceneResult(index=task.index, name=task.name, error=kind, message=str(error) or kind, details=text)
