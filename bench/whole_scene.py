"""A whole scene through the farm: seconds of its stages, wall time against the beauty renders alone, peak memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.scale import Scale, scene_task
from dsia_gen.core.errors import WorkerError
from dsia_gen.dataset.documents.run_document import DeviceEntry
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import read_run
from dsia_gen.farm.executor import Executor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline.outcome import SceneResult
from dsia_gen.pipeline.tasks import SceneTask

GIB = 2**30


STAGES = {
    "sample": ("sample",),
    "start": ("start", "import"),
    "build": ("build",),
    "freeze": ("freeze",),
    "wait": ("wait",),
    "render": ("render",),
    "annotate": ("annotate",),
    "write": ("write",),
}
"""Stages by name, and the entries of run.json that belong to them."""


@dataclass(frozen=True)
class SceneRun:
    """What was measured of one scene."""

    wall: float
    views: tuple[float, ...]
    stages: dict[str, float]
    blender_bytes: float
    annotate_bytes: float
    triangles: int
    device: str

    @property
    def beauty(self) -> float:
        """Seconds inside the renders of the views."""
        return sum(self.views)


def measure(scale: Scale) -> list[Figure]:
    """Overhead and memory of the default scene, one run for each configuration."""
    runs = [run_one(scene_task(scale, config, scale.pairs)) for config in scale.configs]
    width, height = scale.resolution
    what = f"{scale.pairs} pairs at {width}x{height}: {', '.join(scale.configs)}; on {runs[0].device}"
    return [
        *_stage_figures(runs, what),
        Figure(
            f"wall time of a {scale.pairs}-pair scene / its beauty renders",
            "",
            tuple(run.wall / run.beauty for run in runs),
            goal=1.10,
            note=what,
        ),
        Figure(
            "annotation left after the last view / beauty renders of a scene",
            "",
            tuple((run.stages["annotate"] + run.stages["write"]) / run.beauty for run in runs),
            note=f"{what}; files included",
        ),
        Figure(
            "peak memory of a worker: Blender", "GiB", tuple(r.blender_bytes / GIB for r in runs), goal=3.0, note=what
        ),
        Figure("peak memory of a worker: annotation", "GiB", tuple(r.annotate_bytes / GIB for r in runs), goal=3.0),
    ]


def run_one(task: SceneTask) -> SceneRun:
    """Make one scene in a fresh process and read what it says of itself."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        begun = time.perf_counter()
        run_all(LocalExecutor(1), (task,), Path(folder))
        wall = time.perf_counter() - begun
        run = read_run(DatasetLayout(folder).scene(task.name))
    device = run.worker.device
    return SceneRun(
        wall=wall,
        views=tuple(run.view_seconds.values()),
        stages=run.seconds,
        blender_bytes=run.peak_bytes_of["blender"],
        annotate_bytes=run.peak_bytes_of["annotate"],
        triangles=run.worker.triangles,
        device=f"{device.type} ({device.name})" if isinstance(device, DeviceEntry) else str(device),
    )


def run_all(executor: Executor, tasks: tuple[SceneTask, ...], root: Path) -> list[SceneResult]:
    """Run tasks; WorkerError for the first that failed, since a benchmark of failures means nothing."""
    results = []
    for result in executor.run(tasks, root, lambda _: None):
        if not result.ok:
            raise WorkerError(f"scene {result.name} of the benchmark failed: {result.message}\n{result.details}")
        results.append(result)
    return results


def _stage_figures(runs: list[SceneRun], what: str) -> list[Figure]:
    """Seconds of each stage; what the process around them takes is the rest of the wall time."""
    figures = [
        Figure(f"stage {name}", "s", tuple(sum(run.stages.get(entry, 0.0) for entry in entries) for run in runs))
        for name, entries in STAGES.items()
    ]
    rest = tuple(run.wall - sum(run.stages.values()) for run in runs)
    beside = tuple(run.wall - run.beauty for run in runs)
    return [
        *figures,
        Figure("the scene's process, hashes and receipt", "s", rest),
        Figure("beauty renders of a scene", "s", tuple(run.beauty for run in runs), note=what),
        Figure("all else of a scene", "s", beside, note=what),
    ]
