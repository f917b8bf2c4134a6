"""A whole scene through the farm: wall time against the beauty renders alone, and peak memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.scale import Scale, scene_task
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.storage import read_json
from dsia_gen.errors import WorkerError
from dsia_gen.farm.executor import Executor, SceneResult
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.farm.plan import SceneTask

GIB = 2**30


@dataclass(frozen=True)
class SceneRun:
    """What was measured of one scene."""

    wall: float
    views: tuple[float, ...]
    stages: dict[str, float]
    blender_bytes: float
    annotate_bytes: float

    @property
    def beauty(self) -> float:
        """Seconds inside the renders of the views."""
        return sum(self.views)


def measure(scale: Scale) -> list[Figure]:
    """Overhead and memory of the default scene, one run for each configuration."""
    runs = [run_one(scene_task(scale, config, scale.pairs)) for config in scale.configs]
    width, height = scale.resolution
    what = f"{scale.pairs} pairs at {width}x{height}: {', '.join(scale.configs)}"
    return [
        Figure(
            f"wall time of a {scale.pairs}-pair scene / its beauty renders",
            "",
            tuple(run.wall / run.beauty for run in runs),
            goal=1.10,
            note=f"{what}; {_stages(runs)}",
        ),
        Figure(
            "annotation of a scene / its beauty renders",
            "",
            tuple((run.stages["annotate"] + run.stages["write"]) / run.beauty for run in runs),
            note=f"{what}; all views and pairs, files included",
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
        document = read_json(DatasetLayout(folder).scene(task.name).run)
    peaks = document["peak_bytes_of"]
    views = tuple(float(value) for value in document["view_seconds"].values())
    return SceneRun(wall, views, document["seconds"], peaks["blender"], peaks["annotate"])


def run_all(executor: Executor, tasks: tuple[SceneTask, ...], root: Path) -> list[SceneResult]:
    """Run tasks; WorkerError for the first that failed, since a benchmark of failures means nothing."""
    results = []
    for result in executor.run(tasks, root, lambda _: None):
        if not result.ok:
            raise WorkerError(f"scene {result.name} of the benchmark failed: {result.message}\n{result.details}")
        results.append(result)
    return results


def _stages(runs: list[SceneRun]) -> str:
    return "; ".join(" ".join(f"{name} {value:.1f} s" for name, value in run.stages.items()) for run in runs)
