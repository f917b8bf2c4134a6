"""Real scenes on disk with a floor and a box in Blender's place. Apart from fakes.py, which is quick to import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dsia_gen.pipeline.blender_process import Message, WorkerRequest, run_worker
from dsia_gen.pipeline.make_scene import run_scene
from dsia_gen.pipeline.outcome import Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask

SMALL = "tests.farm.small:small_scene"


def fake_blender(request: WorkerRequest, on_message: Callable[[Message], None]) -> None:
    """Run the worker of tests/pipeline/fake_worker.py instead of Blender."""
    run_worker(replace(request, module="tests.pipeline.fake_worker"), on_message)


def small_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """A real scene on disk, sampled, annotated and written as ever, with a floor and a box instead of Blender."""
    return run_scene(task, root, progress, worker=fake_blender)
