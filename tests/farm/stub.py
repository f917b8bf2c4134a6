"""Whole, valid scenes without Blender and without sampling: a rectangle before a sky, from closed forms."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from dsia_gen.config.scene_config import load_scene_config
from dsia_gen.dataset.documents.run_document import DeviceEntry, RunDocument, WorkerDocument
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.pipeline.fingerprint import content_of, fingerprint
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask
from tests.dataset.synthetic import RUN, make_spec, write_scene

STUB = "tests.farm.stub:stub_scene"


def stub_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """Write one pair; takes STUB_SECONDS of the environment."""
    begun = datetime.now(UTC)
    layout, spec = DatasetLayout(root, task.run), make_spec(seed=task.index, pairs=1)
    progress(Event(task.name, "views", count=len(spec.views())))
    layout.check_run()
    begun_in = layout.work(task.name, f"{task.run or 'alone'}-stub-{os.getpid()}").path
    begun_in.mkdir(parents=True)
    time.sleep(float(os.environ.get("STUB_SECONDS", "0")))
    begun_in.rmdir()
    config = content_of(load_scene_config(task.config, task.overrides), task.resolution[0])
    run = RunDocument(
        fingerprint=fingerprint(task, config),
        begun=begun.isoformat(),
        ended=datetime.now(UTC).isoformat(),
        seconds=RUN.seconds,
        view_seconds={view.key: 0.5 for view in spec.views()},
        peak_bytes=RUN.peak_bytes,
        worker=WorkerDocument(device=DeviceEntry(type="CPU", name="stub")),
    )
    write_scene(layout, task.name, spec, task.outputs, run)
    return SceneResult(index=task.index, name=task.name, views=len(spec.views()), pairs=1)
