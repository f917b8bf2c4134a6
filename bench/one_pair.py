"""A job against a plain loop over the same .blend, for scenes of one pair and of more: what is not a picture costs.

The scene is the first of the job `quickstart`. Both sides render it with the job's settings, one after the other in
turn; the loop makes pictures alone, the job all ground truth too. What building the scene costs is measured apart and
taken off the job. The loop renders three pictures a pair; by hand it can share them, as the job does. Its pictures cost
alike, so a few are timed, and they count for all; where it shares them, all are timed.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.cost import Cost, cost_of
from bench.cycles import blender
from bench.figures import Figure
from bench.scale import Scale
from bench.whole_scene import run_all
from dsia_gen.config.job_file import load_job
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.tasks import SceneTask, plan_job
from dsia_gen.spec.scene import SceneSpec

MOST_PAIRS = 3
"""Of the loop that does not share, as many are timed."""
WALL_OF_ONE, CPU_OF_ONE, SHARED_OF_FOUR = 1.10, 1.15, 1.03


@dataclass(frozen=True)
class Round:
    """Each side once: the job, the build that is in it, the loop, and the loop over distinct views."""

    job: Cost
    build: Cost
    loop: Cost
    shared: Cost


def measure(scale: Scale) -> list[Figure]:
    """Ratios for each number of pairs."""
    figures = []
    for pairs, rounds in scale.one_pair:
        task = first_scene(scale, pairs)
        spec, _ = sample_task(task)
        figures += figures_of(pairs, [one_round(task, spec) for _ in range(rounds)])
    return figures


def first_scene(scale: Scale, pairs: int) -> SceneTask:
    """The first scene of quickstart with so many pairs."""
    job = load_job("quickstart", [f"resources.device={scale.device}", *scale.one_pair_overrides])
    group = job.scenes[0]
    chain = {"sequence.pairs": pairs, "sequence.pair_directions": 1}
    several = group.model_copy(update={"set": {**group.set, **chain}})
    return plan_job(job.model_copy(update={"scenes": [several]}))[0]


def figures_of(pairs: int, rounds: list[Round]) -> list[Figure]:
    """What the rounds of one number of pairs say."""

    def ratios(side: Callable[[Round], Cost], of: Callable[[Cost], float]) -> tuple[float, ...]:
        return tuple(of(r.job - r.build) / of(side(r)) for r in rounds)

    name = f"{pairs} pair{'s' * (pairs > 1)}"
    job = [statistics.median(of(r.job) for r in rounds) for of in (_wall, _cpu)]
    build = [statistics.median(of(r.build) for r in rounds) for of in (_wall, _cpu)]
    took = (
        f"quickstart's first scene; the job {job[0]:.1f} s, {job[1]:.1f} of a processor, "
        f"of which the build {build[0]:.1f} and {build[1]:.1f}"
    )
    one, four = pairs == 1, pairs == 4
    return [
        Figure(f"{name}: job without build / plain loop, wall", "x", ratios(_loop, _wall), "at most",
               WALL_OF_ONE if one else None, took),
        Figure(f"{name}: job without build / plain loop, processor", "x", ratios(_loop, _cpu), "at most",
               CPU_OF_ONE if one else None),
        Figure(f"{name}: job without build / loop over distinct views, wall", "x", ratios(_shared, _wall), "at most",
               SHARED_OF_FOUR if four else None),
        Figure(f"{name}: job without build / loop over distinct views, processor", "x", ratios(_shared, _cpu),
               "at most", SHARED_OF_FOUR if four else None),
    ]  # fmt: skip


def _wall(cost: Cost) -> float:
    return cost.wall


def _cpu(cost: Cost) -> float:
    return cost.cpu


def _loop(of: Round) -> Cost:
    return of.loop


def _shared(of: Round) -> Cost:
    return of.shared


def one_round(task: SceneTask, spec: SceneSpec) -> Round:
    """Build and save the scene, then each side in turn."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as name:
        folder = Path(name)
        blend = folder / "scene.blend"
        (built,) = _told(spec, {"save": str(blend)}, folder)
        job = cost_of(lambda: run_all(LocalExecutor(1), (task,), folder / "set"))
        loop = loop_cost(spec, {"blend": str(blend)}, folder)
        shared = loop_cost(spec, {"blend": str(blend), "shared": True}, folder)
    return Round(job, built, loop, shared)


def loop_cost(spec: SceneSpec, request: Mapping[str, Any], folder: Path) -> Cost:
    """What the loop takes for all pairs of a scene, by the first of them."""
    few = spec if request.get("shared") else spec.model_copy(update={"pairs": spec.pairs[:MOST_PAIRS]})
    wanted = _count(spec, request)
    timed: list[Cost] = []
    whole = cost_of(lambda: timed.extend(_told(few, request, folder)))
    # The first picture holds what Cycles does once; the others cost alike.
    more = wanted - len(timed)
    wall, cpu = (statistics.mean(of(cost) for cost in timed[1:]) * more if more else 0.0 for of in (_wall, _cpu))
    return Cost(whole.wall + wall, whole.cpu + cpu)


def _count(spec: SceneSpec, request: Mapping[str, Any]) -> int:
    return len(spec.views()) if request.get("shared") else 3 * len(spec.pairs)


def _told(spec: SceneSpec, request: Mapping[str, Any], folder: Path) -> list[Cost]:
    """What the plain process says that its steps cost."""
    return [
        Cost(message["seconds"], message["cpu"]) for message in blender("bench.plain_process", spec, request, folder)
    ]
