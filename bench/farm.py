"""Executors against each other on the same scenes."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.scale import Scale, farm_tasks
from bench.whole_scene import run_all
from dsia_gen.core.cpus import cores
from dsia_gen.farm.executor import Executor
from dsia_gen.farm.local import LocalExecutor


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
    ]


def speed_up(scale: Scale, *, one: int, two: int) -> float:
    """Seconds of one worker with `one` threads over those of two with `two` threads each."""
    return wall(LocalExecutor(1), scale, one) / wall(LocalExecutor(2), scale, two)


def wall(executor: Executor, scale: Scale, threads: int) -> float:
    """Seconds that an executor takes for the small scenes."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        begun = time.perf_counter()
        run_all(executor, farm_tasks(scale, threads), Path(folder))
        return time.perf_counter() - begun
