"""The executor on a Slurm cluster: a job of `submitit` a scene. No other module imports submitit.

A job writes its messages as JSON lines into a folder that the nodes share with this machine, which reads them.
"""

from __future__ import annotations

import math
import os
import shlex
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import submitit
from pydantic import Field

import dsia_gen
from dsia_gen.config.job import Resources
from dsia_gen.core import child_process as child
from dsia_gen.core.errors import ConfigError, WorkerError
from dsia_gen.core.locations import is_address
from dsia_gen.core.serve import interrupt_once
from dsia_gen.core.strict_yaml import Config, parse_config
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.executor import FATAL, RETRIED, RUN_SCENE, Attempts, ExecutorOptions, Results
from dsia_gen.farm.remote_scene import message_line, message_of, proven, with_threads
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult, failure
from dsia_gen.pipeline.scene_process import GRACE_SECONDS, SceneRequest, follow
from dsia_gen.pipeline.tasks import SceneTask

IN_FLIGHT = 32
"""Scenes that are queued or run at once, where --workers does not say."""
BESIDE_A_GPU, WITHOUT_A_GPU = 2, 4
"""CPUs of a scene where the job does not say."""
SPARE_MINUTES = 5
"""By how much the limit of a Slurm job is longer than that of its scene, which ends first and cleanly."""
LOOK_SECONDS = 0.25
LATE_SECONDS = 20.0
"""How long after the end of a job its last message may still be on its way through a network file system."""
CLOSE_SECONDS = GRACE_SECONDS + 15.0
"""Time for scenes to clean up after themselves when this job is stopped; then their Slurm jobs are cancelled."""
STOP = "stop"


class SlurmSettings(Config):
    """What `--executor-option` may say."""

    partition: Annotated[str | None, Field(description="partition; the cluster's own if none")] = None
    account: Annotated[str | None, Field(description="account that is charged")] = None
    qos: Annotated[str | None, Field(description="quality of service")] = None
    constraint: Annotated[str | None, Field(description="features that a node must have")] = None
    minutes: Annotated[
        int | None, Field(ge=1, le=525_600, description="time limit of a job; the scene's and 5 if none")
    ] = None
    setup: Annotated[str | None, Field(description="command run before each scene, such as `module load cuda`")] = None
    folder: Annotated[str | None, Field(description="folder that the nodes share; below the data set if none")] = None
    cluster: Annotated[Literal["slurm", "local"], Field(description="`local` runs the jobs on this machine")] = "slurm"


@dataclass(frozen=True)
class SlurmExecutor:
    """See `Executor`. Run it where `sbatch` is, with the data set in a folder or store that the nodes can write to.

    `workers` bounds the scenes that are queued or run at once. `proof` checks each finished scene against its receipt,
    file by file, on the node that made it.
    """

    workers: int | None = None
    settings: SlurmSettings = field(default_factory=SlurmSettings)
    proof: bool = True
    fatal_limit = 8
    """A node may be faulty alone: only so many failures in a row that every scene would share end the job."""
    local_workers = 1

    @property
    def renders_here(self) -> bool:
        return self.settings.cluster == "local"

    @classmethod
    def from_options(cls, options: ExecutorOptions) -> SlurmExecutor:
        options.allow("slurm", "workers", "settings")
        given = [f"{key}={value}" for key, value in options.settings.items()]
        return cls(options.workers, parse_config(SlurmSettings, "", "--executor-option", given))

    def check(self) -> None:
        if self.settings.cluster == "slurm" and shutil.which("srun") is None:
            raise _no_slurm()

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = RUN_SCENE) -> Results:
        if not tasks:
            return
        queue = _Queue(self, str(root), scene, _shared_folder(self.settings, root))
        try:
            yield from queue.results(tasks, progress)
        finally:
            queue.close()


@dataclass
class _QueuedScene:
    """A try of one scene that Slurm has accepted, and how far its messages were read."""

    attempts: Attempts
    job: Any
    messages: Path
    offset: int = 0
    ended: float | None = None
    last: str = "nothing"


@dataclass
class _Queue:
    """The scenes of one render job: submitted, listened to, tried again, and at last stopped."""

    executor: SlurmExecutor
    root: str
    scene: str
    folder: Path
    flights: list[_QueuedScene] = field(default_factory=list)
    submitted: int = 0

    def results(self, tasks: Sequence[SceneTask], progress: Progress) -> Results:
        """One result for each task; events on the way."""
        waiting = deque(Attempts(task, RETRIED | FATAL) for task in tasks)
        cluster = submitter(self.executor.settings, tasks[0].resources, self.folder)
        while waiting or self.flights:
            while waiting and len(self.flights) < (self.executor.workers or IN_FLIGHT):
                self._submit(cluster, waiting.popleft())
            quiet = True
            for flight in list(self.flights):
                result = self._listen(flight, progress)
                if result is None:
                    continue
                quiet = False
                self.flights.remove(flight)
                if flight.attempts.again(result, progress):
                    waiting.append(flight.attempts)
                else:
                    yield flight.attempts.close(result)
            if quiet:
                time.sleep(LOOK_SECONDS)

    def _submit(self, cluster: submitit.AutoExecutor, attempts: Attempts) -> None:
        self.submitted += 1
        messages = self.folder / f"{attempts.task.name}-{self.submitted}.jsonl"
        task = with_threads(attempts.task, _cpus(attempts.task.resources))
        request = SceneRequest(task=task, root=self.root, scene=self.scene).model_dump_json()
        try:
            job = cluster.submit(make_scene, request, str(messages), dsia_gen.__version__, self.executor.proof)
        except Exception as error:  # submitit lets through whatever sbatch and the file system answer
            raise ConfigError("--executor", [f"Slurm does not accept the job of scene {task.name}: {error}"]) from error
        self.flights.append(_QueuedScene(attempts, job, messages))

    def _listen(self, flight: _QueuedScene, progress: Progress) -> SceneResult | None:
        """Hand on the new events of a scene; its result, when it has come or can come no more."""
        ended = flight.job.done()  # asked first, so that what it wrote before is read below
        if flight.messages.exists():
            with flight.messages.open("rb") as stream:
                stream.seek(flight.offset)
                text = stream.read()
            whole = text[: text.rfind(b"\n") + 1]
            flight.offset += len(whole)
            for line in whole.splitlines():
                message = message_of(line.decode())
                if isinstance(message, SceneResult):
                    return message
                flight.last = f"{message.kind} {message.name}".strip()
                progress(message)
        if not ended:
            return None
        flight.ended = flight.ended or time.monotonic()
        if self.executor.settings.cluster == "slurm" and time.monotonic() < flight.ended + LATE_SECONDS:
            return None
        lost = WorkerError(f"the job {flight.job.job_id} ended without a result (state {flight.job.state})")
        lost.add_note(f"its last message: {flight.last}\n{flight.job.stderr() or ''}")
        return failure(flight.attempts.task, lost)

    def close(self) -> None:
        """End all jobs: those that run first stop by themselves and clean up, then they are cancelled."""
        with suppress(OSError):
            (self.folder / STOP).touch()
        for flight in self.flights:
            if not flight.messages.exists():  # it waits in the queue, or has just begun
                with suppress(Exception):
                    flight.job.cancel(check=False)
        running = [flight.job for flight in self.flights]
        until = time.monotonic() + CLOSE_SECONDS
        while (running := [job for job in running if not job.done()]) and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        for job in running:
            with suppress(Exception):
                job.cancel(check=False)
        self.flights.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def make_scene(request: str, messages: str, version: str, proof: bool) -> None:
    """Body of the Slurm job, on a node: the scene's messages as JSON lines in a file, its result last."""
    asked, path = SceneRequest.model_validate_json(request), Path(messages)
    with path.open("w", encoding="utf-8") as stream:

        def tell(message: Event | SceneResult) -> None:
            stream.write(f"{message_line(message)}\n")
            stream.flush()
            os.fsync(stream.fileno())

        if version != dsia_gen.__version__:
            wrong = f"the node has dsia-gen {dsia_gen.__version__}, this machine {version}; install the same on both"
            tell(failure(asked.task, WorkerError(wrong)))
            return
        interrupt_once(signal.SIGINT, signal.SIGTERM)  # scancel and a time limit are as clean as Ctrl-C
        threading.Thread(target=_stop_when_told, args=(path.parent,), daemon=True).start()
        with suppress(KeyboardInterrupt), closing(follow(asked.task, asked.root, asked.scene)) as stream_of_messages:
            for message in stream_of_messages:
                if proof and isinstance(message, SceneResult) and message.ok:
                    message = proven(message, asked.task, DatasetLayout(asked.root, asked.task.run))
                tell(message)


def _stop_when_told(folder: Path) -> None:
    """Interrupt this process when the driver asks for it, or its folder is gone (a later run has removed it)."""
    while folder.is_dir() and not (folder / STOP).exists():
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGINT)


def _shared_folder(settings: SlurmSettings, root: Path) -> Path:
    """A new folder for messages and logs, below the one that the nodes share."""
    if settings.folder is None and is_address(root):
        step = "give a folder that the nodes share: --executor-option folder=/shared/dsia-gen"
        raise ConfigError("--executor-option", [f"{root} cannot hold the messages of Slurm jobs; {step}"])
    base = Path(settings.folder) if settings.folder else DatasetLayout(root).partial
    base.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="slurm-", dir=base)).resolve()


def _cpus(resources: Resources) -> int:
    given = resources.cpus or resources.threads
    return math.ceil(given) if given else BESIDE_A_GPU if _gpus(resources) else WITHOUT_A_GPU


def _gpus(resources: Resources) -> int:
    """Whole GPUs, since Slurm shares none: one where the job asks for any part, or for a device that is a GPU."""
    if resources.gpus is not None:
        return math.ceil(resources.gpus)
    return int(resources.device not in ("auto", "cpu"))


def _no_slurm() -> ConfigError:
    step = "run this on a login node of the cluster, or use --executor ray"
    return ConfigError("--executor", [f"the commands of Slurm (srun, sbatch) are not here; {step}"])


def submitter(settings: SlurmSettings, resources: Resources, folder: Path) -> submitit.AutoExecutor:
    """The submitter of jobs with the resources of one scene."""
    path = child.environment()["PYTHONPATH"]
    python = f"env PYTHONPATH={shlex.quote(path)} {shlex.quote(sys.executable)}"
    commands: Mapping[str, Any] = {f"{settings.cluster}_python": python}
    try:
        cluster = submitit.AutoExecutor(folder / "submitit", cluster=settings.cluster, **commands)
    except RuntimeError as error:
        raise _no_slurm() from error
    cluster.update_parameters(
        name="dsia-gen",
        timeout_min=settings.minutes or math.ceil(1.25 * resources.timeout_minutes) + SPARE_MINUTES,
        cpus_per_task=_cpus(resources),
        gpus_per_node=_gpus(resources),
        mem_gb=resources.memory,
        slurm_setup=[settings.setup] if settings.setup else None,
        **{f"slurm_{name}": getattr(settings, name) for name in ("partition", "account", "qos", "constraint")},
    )
    return cluster
