"""Real scenes on disk with a floor and a box in Blender's place. Apart from fakes.py, which is quick to import."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from dsia_gen.pipeline.blender_process import BlenderProcess
from dsia_gen.pipeline.outcome import Progress, SceneResult
from dsia_gen.pipeline.run_scene import run_scene
from dsia_gen.pipeline.tasks import SceneTask

SMALL = "tests.farm.small:small_scene"


def small_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """A real scene on disk, sampled, annotated and written as ever, with a floor and a box instead of Blender."""
    return run_scene(task, root, progress, start=partial(BlenderProcess, module="tests.pipeline.fake_worker"))
