"""The beginning of a scene: Blender loads while the rest of the pipeline is imported and the scene is drawn."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

from dsia_gen.core.blender_installation import ensure_blender
from dsia_gen.core.collector import without_collection
from dsia_gen.pipeline.blender_process import BlenderProcess, StartBlender
from dsia_gen.pipeline.outcome import Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask

LOG = logging.getLogger(__name__)


def run_scene(task: SceneTask, root: Path, progress: Progress, start: StartBlender = BlenderProcess) -> SceneResult:
    """Make one scene of a data set; when it fails, nothing of it is left there.

    Parameters
    ----------
    task : SceneTask
        What the job says of the scene.
    root : Path
        Folder or address of the data set.
    progress : callable
        Gets an Event for the number of views, each view and each stage.
    start : callable
        Starts Blender; tests give another.

    Returns
    -------
    SceneResult
        Counts, seconds of each stage and peak memory of the scene, which is then on disk under a receipt.

    Raises
    ------
    DsiaError
        The first failure. Its notes hold the end of Blender's log.
    """
    if start is BlenderProcess:
        ensure_blender(LOG.warning)
    begun = datetime.now(UTC)
    with start(task.resources.threads, task.resources.mesh_cache) as blender:
        # Here and not above: this takes half as long as Blender takes to load.
        with without_collection():
            from dsia_gen.pipeline.make_scene import make_scene
        return make_scene(task, root, progress, begun, blender)
