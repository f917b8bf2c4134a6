"""The executor on a Ray cluster: a Ray task a scene, each in a process of its own."""

from __future__ import annotations

import os
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsia_gen.farm.ray_cluster import cluster, nodes  # isort: skip  (before ray, which reads its environment once)
import ray
from ray.exceptions import OutOfMemoryError, RayError, RaySystemError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import dsia_gen
from dsia_gen.config.job import Resources
from dsia_gen.core.assigned_gpus import environment_for
from dsia_gen.core.blender_environments import blender_version
from dsia_gen.core.errors import ConfigError, WorkerError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.executor import FATAL, RETRIED, RUN_SCENE, Attempts, ExecutorOptions, Results
from dsia_gen.farm.remote_scene import message_line, message_of, proven, with_threads
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult, attempt_scene, failure
from dsia_gen.pipeline.scene_process import GRACE_SECONDS, SceneRequest, follow
from dsia_gen.pipeline.tasks import SceneTask

GIB = 2**30
BESIDE_A_GPU, WITHOUT_A_GPU = 2.0, 4.0
"""CPUs of a scene where the job does not say: Blender's build and the annotator take about one each."""
SHARE = 0.5
"""Of a GPU, where the job does not say: one scene renders while another is built, annotated and written."""
AHEAD = 4
"""Scenes that wait in Ray beyond twice what the nodes can hold, so that a cluster which grows has a reason to."""
LOOK_AGAIN_SECONDS = 5.0
CLOSE_SECONDS = GRACE_SECONDS + 5.0
"""Time for scenes to clean up after themselves when the job is stopped; then their workers are killed."""
NODE_WAIT_SECONDS = 600.0
"""How long a cluster may take to grow its first node that can hold a scene."""


@dataclass(frozen=True)
class RayExecutor:
    """See `Executor`. Attaches to the cluster at `address` (or RAY_ADDRESS), or starts Ray on this machine.

    `workers` bounds the scenes at once; None leaves that to the resources of the job. `dashboard` is the host that
    Ray's dashboard listens on when Ray is started here; None starts no dashboard. `proof` checks each finished scene
    against its receipt, file by file, on the node that made it. `isolate` False runs scenes in Ray's own workers, for
    stubs that need no process of their own.
    """

    address: str | None = None
    workers: int | None = None
    dashboard: str | None = None
    proof: bool = True
    isolate: bool = True
    fatal_limit = 8
    """A node may be ill alone: only so many failures in a row that every scene would share end the job."""
    local_workers = 1

    @property
    def renders_here(self) -> bool:
        return not (self.address or os.environ.get("RAY_ADDRESS"))

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> RayExecutor:
        options.allow("ray", "workers", "address", "dashboard")
        return cls(address=options.address, workers=options.workers, dashboard=options.dashboard)

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        if not tasks:
            return
        with cluster(self.address, self.dashboard):
            farm = _Farm(self, demand_of(tasks[0].resources, nodes(), self.workers), str(root), scene)
            farm.await_node()
            try:
                yield from farm.results(tasks, progress)
            finally:
                farm.close()


@dataclass
class _Flight:
    """A try of one scene that Ray has accepted: where it runs, and what it said last."""

    attempts: Attempts
    node: str = ""
    host: str = ""
    last: str = "nothing"


@dataclass(frozen=True)
class Demand:
    """What one scene takes of a node."""

    cpus: float
    gpus: float
    memory: float

    def fits(self, node: dict[str, float]) -> int:
        """How many scenes a node with these resources holds at once."""
        wanted = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory}
        return min(int(node.get(name, 0.0) / amount + 1e-9) for name, amount in wanted.items() if amount)

    def __str__(self) -> str:
        amounts = {"CPUs": self.cpus, "GPUs": self.gpus, "GiB": self.memory / GIB}
        return ", ".join(f"{amount:g} {unit}" for unit, amount in amounts.items() if amount)


@dataclass
class _Farm:
    """The scenes of one job on the cluster: submitted, listened to, tried again, and at last cancelled."""

    executor: RayExecutor
    demand: Demand
    root: str
    scene: str
    flights: dict[Any, _Flight] = field(default_factory=dict)
    again: deque[_Flight] = field(default_factory=deque)
    remote: Any = field(default_factory=lambda: ray.remote(max_retries=0, max_calls=0)(make_scene))
    succeeded: bool = False
    _limit: tuple[float, int] = (0.0, 0)

    def results(self, tasks: Sequence[SceneTask], progress: Progress) -> Results:
        """One result for each task; events on the way."""
        fresh = (_Flight(Attempts(task, RETRIED | FATAL)) for task in tasks)
        while True:
            while len(self.flights) < self.room():
                flight = self.again.popleft() if self.again else next(fresh, None)
                if flight is None:
                    break
                self.submit(flight)
            if not self.flights:
                return
            ready, rest = ray.wait(list(self.flights), num_returns=1, timeout=LOOK_AGAIN_SECONDS)
            if ready and rest:
                ready += ray.wait(rest, num_returns=len(rest), timeout=0)[0]
            for reference in ready:
                if (result := self.take(reference, progress)) is not None:
                    yield result

    def await_node(self) -> None:
        """Return when a node can hold a scene. ConfigError when none can, for a while where the cluster may grow."""
        until = time.monotonic() + (NODE_WAIT_SECONDS if self.executor.address else 0.0)
        while not any(self.demand.fits(node) for node in nodes().values()):
            if time.monotonic() >= until:
                raise ConfigError("resources", [f"a scene asks for {self.demand}, which no node of the cluster has"])
            time.sleep(1.0)

    def close(self) -> None:
        """Cancel what is in flight: scenes first stop by themselves and clean up, then their workers are killed."""
        for reference in self.flights:
            ray.cancel(reference)
        # Reading the messages to their end could wait without a limit: Ray has been seen not to end a cancelled stream.
        ends = {reference.completed(): reference for reference in self.flights}
        waiting = ray.wait(list(ends), num_returns=len(ends), timeout=CLOSE_SECONDS)[1] if ends else []
        for end in waiting:
            ray.cancel(ends[end], force=True)
        self.flights.clear()

    def room(self) -> int:
        """How many scenes may be submitted at once: what runs, as many again that wait, and a few."""
        if self.executor.workers is not None:
            return self.executor.workers
        looked, limit = self._limit
        if time.monotonic() >= looked + LOOK_AGAIN_SECONDS:
            limit = 2 * sum(self.demand.fits(node) for node in nodes().values()) + AHEAD
            self._limit = (time.monotonic(), limit)
        return limit

    def submit(self, flight: _Flight) -> None:
        """Hand a scene to Ray. A retry goes to another node than the last try, if there is one that can hold it."""
        task, strategy = with_threads(flight.attempts.task, self.demand.cpus), "DEFAULT"
        if flight.node:
            others = sorted(name for name, has in nodes().items() if name != flight.node and self.demand.fits(has))
            if others:
                strategy = NodeAffinitySchedulingStrategy(others[flight.attempts.made % len(others)], soft=True)
        request = RayRequest(
            task=task,
            root=self.root,
            scene=self.scene,
            versions=(dsia_gen.__version__, blender_version(task.blender)),
            proof=self.executor.proof,
            isolate=self.executor.isolate,
        )
        remote = self.remote.options(
            name=f"scene {task.name}",
            num_cpus=self.demand.cpus,
            num_gpus=self.demand.gpus,
            memory=self.demand.memory or None,
            scheduling_strategy=strategy,
        )
        self.flights[remote.remote(request.model_dump_json())] = _Flight(flight.attempts)

    def take(self, reference: Any, progress: Progress) -> SceneResult | None:
        """Take the next message of a Ray task; the scene's result, when there is no further try."""
        flight = self.flights[reference]
        try:
            message = message_of(ray.get(next(reference)))
        except StopIteration:
            result = failure(flight.attempts.task, WorkerError("the worker ended without a result"))
        except RayError as error:
            result = self._lost(flight, error)
        else:
            if isinstance(message, Event):
                if message.kind == "node":
                    flight.node, _, flight.host = message.name.partition(" ")
                else:
                    flight.last = f"{message.kind} {message.name}".strip()
                    progress(message)
                return None
            result = message
        del self.flights[reference]
        if flight.attempts.again(result, progress):
            self.again.append(flight)
            return None
        self.succeeded = self.succeeded or result.ok
        return flight.attempts.close(result)

    def _lost(self, flight: _Flight, error: RayError) -> SceneResult:
        """The result of a try whose worker or node is gone; raises WorkerError when no node can run scenes at all."""
        first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        if isinstance(error, RayTaskError | RaySystemError) and not self.succeeded:
            raise WorkerError(
                f"the cluster cannot run scenes; install dsia-gen {dsia_gen.__version__} on each node ({error})"
            ) from error
        where = f" on {flight.host} (node {flight.node[:12]})" if flight.node else ""
        hint = "; raise resources.memory of the job" if isinstance(error, OutOfMemoryError) else ""
        lost = WorkerError(f"the worker{where} was lost: {type(error).__name__}: {first.strip()}{hint}")
        lost.add_note(f"its last message: {flight.last}\n{error}")
        return failure(flight.attempts.task, lost)


class RayRequest(SceneRequest):
    """What a Ray task is asked: the scene, the driver's versions (dsia-gen, Blender or ""), `proof` and `isolate`."""

    versions: tuple[str, str]
    proof: bool
    isolate: bool


def make_scene(request: str) -> Iterator[str]:
    """Body of the Ray task, on a node: the scene's messages as JSON lines, its result last."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Ray cancels by a simulated Ctrl-C, which a driver in the background of a script bequeaths as ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    asked = RayRequest.model_validate_json(request)
    task, context = asked.task, ray.get_runtime_context()
    yield message_line(Event(task.name, "node", f"{context.get_node_id()} {ray.util.get_node_ip_address()}"))
    own = (dsia_gen.__version__, blender_version(task.blender))
    for name, here, there in zip(("dsia-gen", "Blender"), own, asked.versions, strict=True):
        if here and there and here != there:
            yield message_line(failure(task, WorkerError(f"the node has {name} {here}, the driver {there}")))
            return
    messages: Iterator[Event | SceneResult]
    with ExitStack() as stack:
        if asked.isolate:
            gpus = environment_for(context.get_accelerator_ids().get("GPU", []))
            messages = stack.enter_context(closing(follow(task, asked.root, asked.scene, variables=gpus)))
        else:
            events: list[Event] = []
            result = attempt_scene(asked.scene, task, Path(asked.root), events.append)
            messages = iter([*events, result])
        for message in messages:
            if asked.proof and isinstance(message, SceneResult) and message.ok:
                message = proven(message, task, DatasetLayout(asked.root, task.run))
            yield message_line(message)


def demand_of(resources: Resources, able: Mapping[str, Mapping[str, float]], workers: int | None) -> Demand:
    """What a scene of a job takes; what the job leaves open follows from its device, the nodes and the workers."""
    gpus = resources.gpus
    if gpus is None:
        there = any(node.get("GPU") for node in able.values())
        gpus = SHARE if resources.device not in ("auto", "cpu") or (resources.device == "auto" and there) else 0.0
    cpus = resources.cpus or float(resources.threads)
    if not cpus:
        fit = [node for node in able.values() if node.get("GPU") or not gpus]
        counts = [node["CPU"] for node in fit if node.get("CPU")] or [WITHOUT_A_GPU]
        share = max(1.0, sum(counts) // workers) if workers else WITHOUT_A_GPU
        cpus = min(BESIDE_A_GPU if gpus else share, *counts, share)
    return Demand(cpus, gpus, (resources.memory or 0.0) * GIB)
