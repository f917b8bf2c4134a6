"""Real scenes on disk with a floor and a box in Blender's place. Apart from fakes.py, which is quick to import."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from dsia_gen.pipeline.blender_process import run_blender
from dsia_gen.pipeline.make_scene import run_scene
from dsia_gen.pipeline.outcome import Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.worker_messages import RenderEvent, RenderRequest

SMALL = "tests.farm.small:small_scene"


def fake_blender(request: RenderRequest, log: Path, minutes: float) -> Generator[RenderEvent, None, None]:
    """Run the worker of tests/pipeline/fake_worker.py instead of Blender."""
    return run_blender(request, log, minutes, "tests.pipeline.fake_worker")


def small_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """A real scene on disk, sampled, annotated and written as ever, with a floor and a box instead of Blender."""
    return run_scene(task, root, progress, renderer=fake_blender)
