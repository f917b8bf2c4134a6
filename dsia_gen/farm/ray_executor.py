"""The executor on a Ray cluster: a Ray task a scene, each in a process of its own. No other module imports ray."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

# Both are read when ray is imported, and by what it starts. The second makes a node that is started here listen on
# loopback only, on Linux too; a cluster that this process attaches to keeps its addresses.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")

import ray
from ray.exceptions import OutOfMemoryError, RayError, RaySystemError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

import dsia_gen
from dsia_gen.blender.assigned import environment_for
from dsia_gen.config.job import Resources
from dsia_gen.core import child_process as child
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import ConfigError, WorkerError
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.executor import FATAL, RETRIED, RUN_SCENE, Attempts, ExecutorOptions, Results
from dsia_gen.farm.remote_scene import message_line, message_of, proven, with_threads
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult, attempt_scene, failure
from dsia_gen.pipeline.scene_process import (
    GRACE_SECONDS,
    SceneRequest,
    follow,
)
from dsia_gen.pipeline.tasks import SceneTask

LOG = logging.getLogger(__name__)
LOOPBACK_ONLY = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
RAY_ERROR_THREAD = "ray_listen_error_messages"
LOOPBACK = "127.0.0.1"
GIB = 2**30
OBJECT_STORE_BYTES = 128 * 2**20
"""Of a cluster that is started here: only small messages go through it."""
BESIDE_A_GPU, WITHOUT_A_GPU = 2.0, 4.0
"""CPUs of a scene where the job does not say: Blender's build and the annotator take about one each."""
SHARE = 0.5
"""Of a GPU, where the job does not say: one scene renders while another is built, annotated and written."""
AHEAD = 4
"""Scenes that wait in Ray beyond twice what the nodes can hold, so that a cluster which grows has a reason to."""
LOOK_AGAIN_SECONDS = 5.0
CLOSE_SECONDS = GRACE_SECONDS + 5.0
"""Time for scenes to clean up after themselves when the job is stopped; then their workers are killed."""
KNOCK_SECONDS = 10.0
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
        fresh = iter(tasks)
        while True:
            self._fill(fresh)
            if not self.flights:
                return
            for task in self._ready():
                result = self._take(task, progress)
                if result is not None:
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
        waiting = list(self.flights)
        for task in waiting:
            ray.cancel(task)
        until = time.monotonic() + CLOSE_SECONDS
        while waiting and time.monotonic() < until:
            waiting = [task for task in waiting if not _over(task)]
        for task in waiting:
            ray.cancel(task, force=True)
        self.flights.clear()

    def _fill(self, fresh: Iterator[SceneTask]) -> None:
        while len(self.flights) < self._room():
            if self.again:
                self._submit(self.again.popleft())
                continue
            task = next(fresh, None)
            if task is None:
                return
            self._submit(_Flight(Attempts(task, RETRIED | FATAL)))

    def _room(self) -> int:
        """How many scenes may be submitted at once: what runs, as many again that wait, and a few."""
        if self.executor.workers is not None:
            return self.executor.workers
        looked, limit = self._limit
        if time.monotonic() >= looked + LOOK_AGAIN_SECONDS:
            limit = 2 * sum(self.demand.fits(node) for node in nodes().values()) + AHEAD
            self._limit = (time.monotonic(), limit)
        return limit

    def _submit(self, flight: _Flight) -> None:
        task = with_threads(flight.attempts.task, self.demand.cpus)
        request = RayRequest(
            task=task,
            root=self.root,
            scene=self.scene,
            version=dsia_gen.__version__,
            proof=self.executor.proof,
            isolate=self.executor.isolate,
        )
        remote = self.remote.options(
            name=f"scene {task.name}",
            num_cpus=self.demand.cpus,
            num_gpus=self.demand.gpus,
            memory=self.demand.memory or None,
            scheduling_strategy=self._elsewhere(flight),
        )
        self.flights[remote.remote(request.model_dump_json())] = _Flight(flight.attempts)

    def _elsewhere(self, flight: _Flight) -> Any:
        """Another node than the one where the last try failed, if there is one that can hold the scene."""
        if not flight.node:
            return "DEFAULT"
        others = sorted(name for name, has in nodes().items() if name != flight.node and self.demand.fits(has))
        made = flight.attempts.made
        return NodeAffinitySchedulingStrategy(others[made % len(others)], soft=True) if others else "DEFAULT"

    def _ready(self) -> list[Any]:
        ready, rest = ray.wait(list(self.flights), num_returns=1, timeout=LOOK_AGAIN_SECONDS)
        if ready and rest:
            ready += ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        return list(ready)

    def _take(self, task: Any, progress: Progress) -> SceneResult | None:
        """Take the next message of a task; its result, when that is the last word about the scene."""
        flight = self.flights[task]
        try:
            message = message_of(ray.get(next(task)))
        except StopIteration:
            message = failure(flight.attempts.task, WorkerError("the worker ended without a result"))
        except RayError as error:
            message = self._lost(flight, error)
        if isinstance(message, Event):
            _note(flight, message)
            if message.kind != "node":
                progress(message)
            return None
        del self.flights[task]
        return self._settle(flight, message)

    def _settle(self, flight: _Flight, result: SceneResult) -> SceneResult | None:
        if flight.attempts.again(result):
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
    """What a Ray task is asked: the scene, the driver's version, and the executor's `proof` and `isolate`."""

    version: str
    proof: bool
    isolate: bool


def make_scene(request: str) -> Iterator[str]:
    """Body of the Ray task, on a node: the scene's messages as JSON lines, its result last."""
    asked = RayRequest.model_validate_json(request)
    task = asked.task
    context = ray.get_runtime_context()
    yield message_line(Event(task.name, "node", f"{context.get_node_id()} {ray.util.get_node_ip_address()}"))
    if asked.version != dsia_gen.__version__:
        wrong = WorkerError(f"the node has dsia-gen {dsia_gen.__version__}, the driver {asked.version}")
        yield message_line(failure(task, wrong))
        return
    if asked.isolate:
        variables = environment_for(context.get_accelerator_ids().get("GPU", []))
        messages = follow(task, asked.root, asked.scene, partial(child.start, variables=variables))
    else:
        messages = _in_this_process(asked)
    with closing(messages):
        for message in messages:
            if asked.proof and isinstance(message, SceneResult) and message.ok:
                message = proven(message, task, DatasetLayout(asked.root))
            yield message_line(message)


def _in_this_process(asked: RayRequest) -> Generator[Event | SceneResult, None, None]:
    events: list[Event] = []
    result = attempt_scene(asked.scene, asked.task, Path(asked.root), events.append)
    yield from events
    yield result


def _note(flight: _Flight, event: Event) -> None:
    if event.kind == "node":
        flight.node, _, flight.host = event.name.partition(" ")
    else:
        flight.last = f"{event.kind} {event.name}".strip()


def _over(task: Any) -> bool:
    """Whether a cancelled task has ended; waits a moment for its next message."""
    if not ray.wait([task], timeout=0.1)[0]:
        return False
    try:
        ray.get(next(task))
    except (StopIteration, RayError):
        return True
    return False


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


def nodes() -> dict[str, dict[str, float]]:
    """Resources of the living nodes by node id."""
    return {node["NodeID"]: node["Resources"] for node in ray.nodes() if node["Alive"]}


@contextmanager
def cluster(address: str | None, dashboard: str | None = None) -> Iterator[None]:
    """A connection to Ray: the one that this process has, else to `address` or RAY_ADDRESS, else started here.

    What is started here listens on loopback only, but for a dashboard whose host is given. ConfigError when there is
    no cluster at the address.
    """
    if ray.is_initialized():
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    if address.startswith("ray://"):
        raise ConfigError(
            "--address", ["Ray Client (ray://) cannot be used; submit the command with `ray job submit` instead"]
        )
    with redirect_stdout(_WithoutRay(sys.stdout)):
        with _kept_signals():
            _connect(address, dashboard)
        try:
            yield
        finally:
            with suppress(Exception):
                ray.shutdown()


def _connect(address: str, dashboard: str | None) -> None:
    _check_pyarrow()
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address != "local":
            _knock(address)
            ray.init(address=address, **quiet)
            return
        if ray.util.get_node_ip_address() not in (LOOPBACK, "::1"):
            raise ConfigError("--executor", [f"ray was imported before {__name__}; set {LOOPBACK_ONLY}=0 before that"])
        with _same_package():
            ray.init(
                address="local",
                num_cpus=cores(),
                object_store_memory=OBJECT_STORE_BYTES,
                include_dashboard=dashboard is not None,
                dashboard_host=dashboard or LOOPBACK,
                **quiet,
            )
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError("--address", [f"no Ray cluster can be reached at {address!r}: {error}"]) from error


def _knock(address: str) -> None:
    """OSError when nobody listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()


class _WithoutRay:
    """stdout without what Ray's thread for errors of its daemons prints: results report lost workers and nodes, and
    such lines would tear the bar and the JSON. `log_to_driver` is for the output of workers alone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if threading.current_thread().name == RAY_ERROR_THREAD:
            LOG.debug("%s", text)
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _check_pyarrow() -> None:
    """Ray imports pyarrow where it is installed, and its newest versions want another NumPy than Blender does."""
    try:
        importlib.import_module("pyarrow")
    except ModuleNotFoundError:
        return
    except ImportError as error:
        raise ConfigError(
            "--executor", [f"Ray cannot work with the pyarrow that is installed ({error}); pip install 'pyarrow<26'"]
        ) from error


@contextmanager
def _same_package() -> Iterator[None]:
    """Workers of a Ray that is started inside import the same copy of this package."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = child.environment()["PYTHONPATH"]
    try:
        yield
    finally:
        os.environ.pop("PYTHONPATH")
        os.environ.update({"PYTHONPATH": before} if before is not None else {})


@contextmanager
def _kept_signals() -> Iterator[None]:
    """Ray replaces the handler of SIGTERM; a scheduler's stop must stay as clean as Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
