"""Workers against each other on the same scenes, and what it saves that each keeps to its share of the cores."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from bench.cost import cost_of
from bench.figures import Figure
from bench.scale import Scale, farm_tasks, small_tasks
from bench.whole_scene import run_all
from dsia_gen.core.cpus import SHARED_POOLS, SINGLE_POOLS, cores
from dsia_gen.farm.executor import Executor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline.tasks import SceneTask

WORKERS = (1, 2, 4)


def measure(scale: Scale) -> list[Figure]:
    """Two workers against one: where a render leaves a core free, and where it takes all."""
    if cores() < 2:
        return []
    repeats = max(1, scale.repeats // 3)
    half = max(1, cores() // 2)
    free = [speed_up(scale, one=half, two=half) for _ in range(repeats)]
    full = [speed_up(scale, one=cores(), two=half) for _ in range(repeats)]
    what = f"{scale.farm_scenes} scenes of {scale.farm_pairs} pairs on {cores()} cores"
    return [
        Figure(
            "two workers against one, where rendering leaves cores free",
            "x",
            tuple(free),
            "at least",
            1.6,
            f"{what}; {half} threads a render",
        ),
        Figure("two workers against one that has all cores", "x", tuple(full), "at least", note=what),
        *shares(scale, repeats),
    ]


def shares(scale: Scale, repeats: int) -> list[Figure]:
    """Processor seconds a scene with one, two and four workers, each with its share of threads or with all of them."""
    tasks = small_tasks(scale, max(WORKERS), 1, (96, 54), 8)
    what = f"{len(tasks)} tiny scenes of a pair, 96x54, 8 samples, on {cores()} cores"
    figures = []
    for workers in WORKERS:
        rounds = [
            (seconds_a_scene(tasks, workers), seconds_a_scene(tasks, workers, shared=False)) for _ in range(repeats)
        ]
        share, every = zip(*rounds, strict=True)
        figures += [
            Figure(f"a scene, {workers} at once, each with its share of the cores", "CPU s", share, note=what),
            Figure(f"a scene, {workers} at once, each with as many threads as there are cores", "CPU s", every),
        ]
    return figures


def seconds_a_scene(tasks: Sequence[SceneTask], workers: int, *, shared: bool = True) -> float:
    """Processor seconds of a scene where so many are made at once."""
    threads = max(1, cores() // workers) if shared else cores()
    own = tasks[0].resources.model_copy(update={"threads": threads})
    todo = tuple(task.model_copy(update={"resources": own}) for task in tasks)
    # What the environment sets, the farm leaves as it is.
    pools = {} if shared else dict.fromkeys((*SHARED_POOLS, *SINGLE_POOLS), str(cores()))
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder, patch.dict(os.environ, pools):
        cost = cost_of(lambda: run_all(LocalExecutor(workers), todo, Path(folder)))
    return cost.cpu / len(todo)


def speed_up(scale: Scale, *, one: int, two: int) -> float:
    """Seconds of one worker with `one` threads over those of two with `two` threads each."""
    return wall(LocalExecutor(1), scale, one) / wall(LocalExecutor(2), scale, two)


def wall(executor: Executor, scale: Scale, threads: int) -> float:
    """Seconds that an executor takes for the small scenes."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        begun = time.perf_counter()
        run_all(executor, farm_tasks(scale, threads), Path(folder))
        return time.perf_counter() - begun
