"""Scenes on disk with a receipt but without Blender and geometry; what goes wrong with each try is written down before.

`faults.json` beside the data set names, for each scene, the fault of its first try, its second, and so on; tries are
counted in `tries/`. `spec.json` beside it is the specification of all scenes.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from pathlib import Path

import numpy as np

from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.core import child_process as child
from dsia_gen.dataset.documents import RunDocument
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import scene_metadata
from dsia_gen.dataset.writer import SceneWriter
from dsia_gen.pipeline.fingerprint import content_of, fingerprint
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.scene import SceneSpec

STUB = "tests.farm.stubs:stub_scene"
FAULTS = {
    "crash": "WorkerError",
    "hang": "TimeLimitError",
    "truncated output": "WorkerError",
    "full disk": "StorageError",
    "wrong hash": "WorkerError",
    "lost worker": "WorkerError",
}
"""What can go wrong, and the error that a scene is set aside with."""


def stub_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """Write noise for every view of the scene, and misbehave as this try is told to."""
    fault = _fault(root.parent, task)
    spec = SceneSpec.model_validate_json((root.parent / "spec.json").read_text())
    progress(Event(task.name, "views", count=len(spec.views())))
    _before(fault, root.parent)
    rng = np.random.default_rng(task.seed)
    with SceneWriter(DatasetLayout(root, task.run), task.name, spec, task.outputs) as writer:
        for view in spec.views():
            image = rng.integers(0, 256, (spec.camera.height, spec.camera.width, 3), dtype=np.uint8)
            writer.write("image", image, view=view)
            progress(Event(task.name, "view", view.key, seconds=0.01))
        metadata = scene_metadata(spec, name=task.name, instance_maps={}, summaries={})
        config = content_of(load_scene_config(task.config, task.overrides), task.resolution[0])
        writer.finish(metadata, RunDocument(fingerprint=fingerprint(task, config)))
    _after(fault, DatasetLayout(root).scene(task.name).file("image", view=spec.views()[0]))
    return SceneResult(index=task.index, name=task.name, views=len(spec.views()), pairs=len(spec.pairs))


def _fault(folder: Path, task: SceneTask) -> str:
    counter = folder / "tries" / task.name
    counter.parent.mkdir(exist_ok=True)
    with counter.open("a") as stream:
        stream.write("x")
    made = counter.stat().st_size
    planned = json.loads((folder / "faults.json").read_text()).get(task.name, [])
    return planned[made - 1] if made <= len(planned) else ""


def _before(fault: str, folder: Path) -> None:
    if fault == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if fault == "hang":
        below = child.start(["sleep", "600"])  # as Blender would be
        note = folder / "hanging.new"
        note.write_text(f"{os.getpid()} {below.pid}")
        note.replace(folder / "hanging")  # whoever sees it, sees it whole
        time.sleep(3600)
    if fault == "full disk":
        raise OSError(errno.ENOSPC, "No space left on device", "views/image.png")
    if fault == "lost worker":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)


def _after(fault: str, picture: Path) -> None:
    data = bytearray(picture.read_bytes())
    if fault == "truncated output":
        picture.write_bytes(data[: len(data) // 2])
    if fault == "wrong hash":
        data[-20] ^= 1
        picture.write_bytes(data)
