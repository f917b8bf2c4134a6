"""The Ray executor: against the local one, what its workers do with their time, and how fast it hands out scenes."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.farm import wall
from bench.figures import Figure
from bench.memory import resident
from bench.scale import Scale, farm_tasks, scene_task
from dsia_gen.config.job import Resources, SubsetThresholds
from dsia_gen.core.cpus import cores
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import read_run
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.farm.ray_cluster import cluster
from dsia_gen.farm.ray_executor import RayExecutor
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask
from dsia_gen.spec.light import Render

STUB = "bench.ray_farm:stub_scene"
STUBS, WARM_UP = 1000, 100


def measure(scale: Scale) -> list[Figure]:
    """All on one Ray that is started first, since a farm starts it once."""
    begun = time.perf_counter()
    with cluster(None):
        start = time.perf_counter() - begun
        half = max(1, cores() // 2)
        repeats = max(3, scale.repeats // 2)
        ratio = [against_local(scale, half) for _ in range(repeats)]
        share = [render_share(scale)]
        rate, growth = scheduling()
    what = f"{len(farm_tasks(scale, half))} scenes, two workers of {half} threads; Ray was started in {start:.1f} s"
    return [
        Figure("time on Ray / time on local workers, same scenes", "", tuple(ratio), goal=1.05, note=what),
        Figure(
            "time inside renders / busy time of a Ray worker",
            "",
            tuple(share),
            "at least",
            0.90,
            f"one scene of {scale.pairs} pairs, from its request to its checked receipt",
        ),
        Figure(
            "stub scenes handed out and taken back on Ray",
            "/s",
            (rate,),
            "at least",
            20.0,
            f"{STUBS} scenes that do nothing, in Ray's own workers",
        ),
        Figure(f"growth of the driver over {STUBS} scenes", "MiB", (growth,), goal=10.0),
    ]


def against_local(scale: Scale, threads: int) -> float:
    """Seconds of two Ray workers over those of two local ones; which goes first changes nothing here but the noise."""
    return wall(RayExecutor(workers=2), scale, threads) / wall(LocalExecutor(2), scale, threads)


def render_share(scale: Scale) -> float:
    """Seconds inside the renders of a scene over all that its worker was busy with it."""
    task = scene_task(scale, scale.configs[0], scale.pairs)
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        begun = time.perf_counter()
        (result,) = RayExecutor(workers=1).run((task,), Path(folder), lambda _: None)
        busy = time.perf_counter() - begun
        if not result.ok:
            raise RuntimeError(f"the scene of the benchmark failed: {result.message}\n{result.details}")
        run = read_run(DatasetLayout(folder).scene(task.name))
    return sum(run.view_seconds.values()) / busy


def scheduling() -> tuple[float, float]:
    """Stub scenes a second, and by how many MiB this process grew after the first ones."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        _stubs(WARM_UP, Path(folder))
        gc.collect()
        before, begun = resident(), time.perf_counter()
        _stubs(STUBS, Path(folder))
        seconds = time.perf_counter() - begun
        gc.collect()
    return STUBS / seconds, (resident() - before) / 2**20


def stub_scene(task: SceneTask, root: Path, progress: Progress) -> SceneResult:
    """A scene that tells of three views and is done; it writes nothing to `root`."""
    assert root.is_dir()
    progress(Event(task.name, "views", count=3))
    for key in range(3):
        progress(Event(task.name, "view", str(key), seconds=0.0))
    return SceneResult(index=task.index, name=task.name, views=3)


def _stubs(count: int, root: Path) -> None:
    tasks = tuple(_stub(index) for index in range(count))
    done = sum(result.ok for result in RayExecutor(proof=False, isolate=False).run(tasks, root, lambda _: None, STUB))
    if done != count:
        raise RuntimeError(f"{count - done} of {count} stubs failed")


def _stub(index: int) -> SceneTask:
    return SceneTask(
        index=index,
        name=f"{index:05d}",
        config="tiny",
        seed=index,
        resolution=(64, 36),
        quality=Render(),
        outputs=("image",),
        subsets=SubsetThresholds(),
        resources=Resources(device="cpu", cpus=1),
    )
