"""What a pair costs as pairs a scene, pixels, triangles and workers grow; and memory over many scenes of one job."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.memory import MIB, resident
from bench.plot import Panel, draw
from bench.scale import Scale, small_tasks
from bench.whole_scene import run_all, run_one
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import WorkerError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.metadata import read_run
from dsia_gen.farm.local import LocalExecutor

SMALL = (96, 54)
SAMPLES = 8


@dataclass(frozen=True)
class Sweep:
    """Seconds a pair over the values of one thing."""

    title: str
    label: str
    values: tuple[float, ...]
    seconds: tuple[float, ...]

    def figures(self) -> list[Figure]:
        pairs = zip(self.values, self.seconds, strict=True)
        return [Figure(f"a pair with {value:,.0f} {self.label}", "s", (taken,)) for value, taken in pairs]


def measure(scale: Scale) -> list[Figure]:
    """Sweeps with all but one thing held small, and a job of many scenes; draws scaling.png."""
    sweeps = [sweep(scale) for sweep in (pairs_a_scene, resolution, triangles, workers)]
    what = f"tiny scenes, {SMALL[0]}x{SMALL[1]} and {SAMPLES} samples unless said otherwise"
    panels = [Panel(s.title, s.label, "seconds a pair", {"": (s.values, s.seconds)}) for s in sweeps]
    draw(scale.pictures / "scaling.png", panels)
    return [*(figure for sweep in sweeps for figure in sweep.figures()), *memory_over_scenes(scale, what)]


def pairs_a_scene(scale: Scale) -> Sweep:
    """What a scene takes once is shared by its pairs."""
    counts = tuple(2**k for k in range(scale.steps))
    seconds = tuple(_one(scale, count, SMALL) for count in counts)
    return Sweep("pairs a scene", "pairs a scene", counts, seconds)


def resolution(scale: Scale) -> Sweep:
    """Pixels, in steps of four."""
    sizes = [(SMALL[0] * 2**k, SMALL[1] * 2**k) for k in range(scale.steps)]
    seconds = tuple(_one(scale, 2, size) for size in sizes)
    return Sweep("resolution", "pixels", tuple(w * h for w, h in sizes), seconds)


def triangles(scale: Scale) -> Sweep:
    """Things standing about, in steps of three."""
    runs = []
    for k in range(scale.steps):
        count = 2 * 3**k
        (task,) = small_tasks(scale, 1, 2, SMALL, SAMPLES, {"props.count": [count, count]})
        runs.append(run_one(task))
    return Sweep("triangles", "triangles", tuple(r.triangles for r in runs), tuple(r.wall / 2 for r in runs))


def workers(scale: Scale) -> Sweep:
    """Workers of one thread each, up to one a core."""
    counts = sorted({min(2**k, cores()) for k in range(scale.steps)})
    scenes = max(scale.farm_scenes, counts[-1])
    return Sweep(
        "workers of one thread", "workers", tuple(counts), tuple(_workers(scale, count, scenes) for count in counts)
    )


def _one(scale: Scale, pairs: int, size: tuple[int, int]) -> float:
    (task,) = small_tasks(scale, 1, pairs, size, SAMPLES)
    return run_one(task).wall / pairs


def _workers(scale: Scale, count: int, scenes: int) -> float:
    tasks = small_tasks(scale, scenes, 2, SMALL, 4 * SAMPLES)
    one = tasks[0].resources.model_copy(update={"threads": 1})
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        begun = time.perf_counter()
        run_all(LocalExecutor(count), tuple(t.model_copy(update={"resources": one}) for t in tasks), Path(folder))
        return (time.perf_counter() - begun) / (2 * scenes)


def memory_over_scenes(scale: Scale, what: str) -> list[Figure]:
    """Growth of this process, the driver, from the first scenes of a job to its last, and the peaks of its workers."""
    tasks = small_tasks(scale, scale.many_scenes, 1, (64, 36), 1)
    residents: list[int] = []
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        for result in LocalExecutor(cores()).run(tasks, Path(folder), lambda _: None):
            if not result.ok:
                raise WorkerError(f"scene {result.name} of the benchmark failed: {result.message}")
            gc.collect()
            residents.append(resident())
        layout = DatasetLayout(folder)
        peaks = [read_run(layout.scene(task.name)).peak_bytes for task in tasks]
    few, half = max(1, len(tasks) // 10), len(tasks) // 2
    note = f"{len(tasks)} scenes in one job, the last {few} against the first {few}; {what}"
    drift = max(peaks[half:]) / max(peaks[:half])
    return [
        Figure("growth of the driver over a job", "MiB", (_growth(residents, few) / MIB,), goal=16.0, note=note),
        Figure("largest worker of the second half of a job / of the first", "x", (drift,), goal=1.2),
    ]


def _growth(values: list[int], count: int) -> float:
    return sum(values[-count:]) / count - sum(values[:count]) / count
