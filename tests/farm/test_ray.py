"""The farm on a real Ray cluster of several nodes: GPUs, faults, and the same data as ever."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dsia_gen.farm.ray_executor")  # before ray: it decides on which addresses Ray listens
import ray
from ray.cluster_utils import Cluster

from dsia_gen.config.job import JobConfig, Resources
from dsia_gen.core.errors import ConfigError
from dsia_gen.core.system import alive
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import finished
from dsia_gen.dataset.status import dataset_status
from dsia_gen.farm import ray_executor
from dsia_gen.farm.executor import Results
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.ray_executor import Demand, RayExecutor, demand_of
from dsia_gen.farm.run_job import render_job
from dsia_gen.pipeline.make_scene import sample_task
from dsia_gen.pipeline.outcome import Event, Progress, SceneResult
from dsia_gen.pipeline.tasks import SceneTask, plan_job
from tests.farm.fakes import FAKE, task, tries
from tests.farm.jobs import hashes
from tests.farm.stubs import FAULTS, STUB
from tests.farm.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.ray
GIB = 2**30
NODE = {"num_cpus": 4, "num_gpus": 2, "object_store_memory": 80 * 2**20}


@pytest.fixture(scope="module")
def whole_cluster() -> Iterator[Cluster]:
    """A head that renders nothing and two nodes of 4 CPUs and 2 GPUs each, which are made up."""
    made = Cluster(initialize_head=True, head_node_args={**NODE, "num_cpus": 0, "num_gpus": 0})
    try:
        for _ in range(2):
            made.add_node(**NODE)
        ray.init(address=made.address, log_to_driver=False, logging_level="error")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()


@pytest.fixture
def cluster(whole_cluster: Cluster) -> Cluster:
    """The cluster when it knows that nodes which an earlier test removed are gone."""
    wait_for(lambda: sum(node.get("CPU", 0) for node in ray_executor.nodes().values()) == 8)
    return whole_cluster


def with_resources(task: SceneTask, **changes: Any) -> SceneTask:
    return task.model_copy(update={"resources": task.resources.model_copy(update=changes)})


def run(tasks: list[SceneTask], root: Path, executor: RayExecutor | None = None) -> tuple[dict, list[Event]]:
    events: list[Event] = []
    executor = executor or RayExecutor(proof=False)
    results = {result.name: result for result in executor.run(tasks, root, events.append, FAKE)}
    return results, events


def environments(root: Path, tasks: list[SceneTask]) -> list[dict[str, str]]:
    return [json.loads((root / f"{t.name}.environment").read_text()) for t in tasks]


def test_a_scene_sees_the_gpu_that_ray_gave_it_and_no_other(cluster: Cluster, tmp_path: Path) -> None:
    tasks = [with_resources(task(i, "meets"), gpus=1.0, cpus=1.0) for i in range(4)]
    (tmp_path / "guests").write_text("4")
    results, _ = run(tasks, tmp_path)
    assert all(result.ok for result in results.values())
    seen = environments(tmp_path, tasks)
    assert all(s["CUDA_VISIBLE_DEVICES"] == s["HIP_VISIBLE_DEVICES"] == s["DSIA_GEN_GPUS"] for s in seen)
    assert sorted(s["DSIA_GEN_GPUS"] for s in seen) == ["0", "0", "1", "1"], "two nodes with two GPUs"


def test_two_scenes_share_a_gpu(cluster: Cluster, tmp_path: Path) -> None:
    tasks = [with_resources(task(i, "meets"), gpus=0.5, cpus=1.0) for i in range(8)]
    (tmp_path / "guests").write_text("8")
    results, _ = run(tasks, tmp_path)
    assert all(result.ok for result in results.values())
    assert sorted(s["DSIA_GEN_GPUS"] for s in environments(tmp_path, tasks)) == ["0"] * 4 + ["1"] * 4


def test_a_scene_without_a_gpu_sees_none(cluster: Cluster, tmp_path: Path) -> None:
    alone = with_resources(task(0, "meets"), device="cpu", cpus=1.0)
    (tmp_path / "guests").write_text("1")
    run([alone], tmp_path)
    (seen,) = environments(tmp_path, [alone])
    assert seen["CUDA_VISIBLE_DEVICES"] == seen["DSIA_GEN_GPUS"] == ""


def test_a_scene_whose_node_is_lost_is_made_on_another(cluster: Cluster, tmp_path: Path) -> None:
    doomed = cluster.add_node(**{**NODE, "num_cpus": 8})
    heavy = with_resources(task(0, "hangs once"), cpus=8.0, gpus=0.0)  # fits on that node only
    stream = RayExecutor(proof=False).run([heavy], tmp_path, lambda _: None, FAKE)
    found = iter_in_thread(stream)
    wait_for(lambda: tries(tmp_path, heavy) == 1)
    spare = cluster.add_node(**{**NODE, "num_cpus": 8})
    try:
        cluster.remove_node(doomed, allow_graceful=False)
        (result,) = found(PATIENCE)
    finally:
        cluster.remove_node(spare)
    assert result.ok and result.attempts == 2 and tries(tmp_path, heavy) == 2


def test_a_lost_worker_is_told_with_what_it_did_last(cluster: Cluster, tmp_path: Path) -> None:
    lost = with_resources(task(0, "kills its parent", retries=1), cpus=1.0)
    results = {}

    def hear(event: Event) -> None:
        if (event.scene, event.kind) == ("00000", "view"):
            with (tmp_path / "heard").open("a") as stream:
                stream.write("x")

    for result in RayExecutor(proof=False).run([lost, with_resources(task(1), cpus=1.0)], tmp_path, hear, FAKE):
        results[result.name] = result
    assert results["00000"].error == "WorkerError" and results["00000"].attempts == 2
    assert "on 127.0.0.1" in results["00000"].message or "(node " in results["00000"].message
    assert "its last message: view t0000_p0000" in results["00000"].details
    assert results["00001"].ok


def test_a_scene_that_no_node_can_hold_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    big = with_resources(task(0), cpus=64.0, gpus=0.0, memory=5000.0)
    with pytest.raises(ConfigError, match="64 CPUs, 5000 GiB, which no node of the cluster has"):
        run([big], tmp_path)


def test_scenes_wait_in_the_driver_and_not_in_ray(cluster: Cluster, tmp_path: Path) -> None:
    """Back-pressure: of many scenes only so many are handed to Ray as can run, as many again, and a few."""
    taken, ahead, ended = 0, 0, 0

    class Tasks(list):
        def __iter__(self) -> Iterator[SceneTask]:
            nonlocal taken
            for item in super().__iter__():
                taken += 1
                yield item

    tasks = Tasks(with_resources(task(i), cpus=1.0) for i in range(60))
    executor = RayExecutor(proof=False, isolate=False)
    for _ in executor.run(tasks, tmp_path, lambda _: None, FAKE):
        ended += 1
        ahead = max(ahead, taken - ended)
    assert ended == 60
    assert ahead <= 2 * 8 + ray_executor.AHEAD, "8 CPUs in the cluster"


def test_at_most_so_many_workers(cluster: Cluster, tmp_path: Path) -> None:
    tasks = [with_resources(task(i, "meets"), cpus=1.0) for i in range(3)]
    (tmp_path / "guests").write_text("1")
    run(tasks, tmp_path, RayExecutor(workers=1, proof=False))
    assert not (tmp_path / "met").exists(), "no two at once"


def test_nodes_with_another_version_make_nothing(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsia_gen.__version__", "99.0")
    results, _ = run([with_resources(task(0, retries=0), cpus=1.0)], tmp_path)
    assert "the driver 99.0" in results["00000"].message and tries(tmp_path, task(0)) == 0


# Faults


def job(count: int, **changes: Any) -> JobConfig:
    resources = {"retries": 2, "cpus": 1, "gpus": 0, "timeout_minutes": 10, "device": "cpu"}
    base = {"name": "stubs", "scenes": [{"config": "tiny", "count": count}], "resolution": [32, 18]}
    return JobConfig.model_validate({**base, "outputs": ["image"], "resources": resources, **changes})


def prepare(folder: Path, job: JobConfig, faults: dict[str, list[str]]) -> Path:
    folder.mkdir(exist_ok=True)
    spec, _ = sample_task(plan_job(job)[0])
    (folder / "spec.json").write_text(spec.model_dump_json())
    (folder / "faults.json").write_text(json.dumps(faults))
    return folder / "set"


@dataclass(frozen=True)
class Impatient(RayExecutor):
    """Gives scenes that hang a moment, in which on a busy machine they may not even begin: they fail at every try.

    `again` keeps why each try failed that was made again, by scene.
    """

    faults: dict[str, list[str]] = field(default_factory=dict)
    again: dict[str, list[str]] = field(default_factory=dict)

    def run(self, tasks: Sequence[SceneTask], root: Path, progress: Progress, scene: str = "") -> Results:
        hang = [name for name, fate in self.faults.items() if "hang" in fate]
        limited = [with_resources(t, timeout_minutes=0.03) if t.name in hang else t for t in tasks]

        def listen(event: Event) -> None:
            if event.kind == "retry":
                self.again.setdefault(event.scene, []).append(event.name)
                assert event.count == len(self.again[event.scene])
            progress(event)

        yield from super().run(limited, root, listen, scene)


LOST = "was lost: "
"""In what is said of a try that ended with its worker."""


def test_a_hundred_faults_lose_nothing_and_double_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """20 scenes fail for good, 20 recover at the third try, 10 are well: 20 x 3 + 20 x 2 faults."""
    kinds = cycle(kind for kind in FAULTS if kind != "hang")
    faults = {f"{i:05d}": list(islice(kinds, 3 if i < 20 else 2)) for i in range(40)}
    faults |= {f"{i:05d}": ["hang"] * 3 for i in (3, 11, 19)}
    assert sum(map(len, faults.values())) == 100 and {kind for fate in faults.values() for kind in fate} == set(FAULTS)
    root = prepare(tmp_path / "farm", job(50), faults)
    executor = Impatient(faults=faults)
    report = render_job(job(50), root, executor, show=False, scene=STUB)

    assert [result.name for result in report.results] == [f"{i:05d}" for i in range(50)], "one result each"
    told = {r.name: executor.again.get(r.name, []) + ([] if r.ok else [r.message]) for r in report.results}
    # Ray itself may lose a worker that no scene has killed: a try more than the faults say, and one less left.
    killed = {name: faults.get(name, []).count("lost worker") for name in told}
    unlucky = {name for name, words in told.items() if sum(LOST in line for line in words) > killed[name]}
    assert len(unlucky) <= 5, told
    for result in report.results:
        fate = faults.get(result.name, [])
        assert result.attempts == len(executor.again.get(result.name, [])) + 1, "no try is passed over in silence"
        if result.name not in unlucky:
            assert result.attempts == min(len(fate), 2) + 1, told[result.name]
            assert result.error == (FAULTS[fate[-1]] if len(fate) == 3 else ""), told[result.name]
    layout = DatasetLayout(root)
    failed = tuple(sorted(result.name for result in report.failed))
    made = tuple(name for name in sorted(told) if name not in failed)
    assert {f"{i:05d}" for i in range(20)} ^ set(failed) <= unlucky
    assert all(finished(layout, name, None, ("image",), hashes=True) for name in made)
    assert not any(finished(layout, name, None, ("image",)) for name in failed), "set aside"
    assert layout.failed_names() == failed and not layout.partial.exists()
    assert dataset_status(layout, hashes=True).done == made

    prepare(tmp_path / "farm", job(50), {})
    again = render_job(job(50), root, RayExecutor(), show=False, scene=STUB)
    assert again.complete and len(again.results) == len(failed) and len(again.skipped) == len(made)
    sound = prepare(tmp_path / "sound", job(50), {})
    assert render_job(job(50), sound, InlineExecutor(), show=False, scene=STUB).complete
    assert hashes(root) == hashes(sound)


def test_a_disk_that_is_full_for_all_ends_the_job(cluster: Cluster, tmp_path: Path) -> None:
    faults = {f"{i:05d}": ["full disk"] * 3 for i in range(40)}
    full = job(40, resources={"retries": 0, "cpus": 1, "gpus": 0})
    root = prepare(tmp_path, full, faults)
    report = render_job(full, root, RayExecutor(), show=False, scene=STUB)
    assert len(report.failed) == RayExecutor.fatal_limit and len(report.not_run) == 40 - RayExecutor.fatal_limit
    assert all("full" in result.message for result in report.failed)


@pytest.mark.blender
def test_real_scenes_are_those_of_the_inline_executor(cluster: Cluster, tmp_path: Path) -> None:
    real = JobConfig.model_validate(
        {
            "name": "real", "seed": 3, "scenes": [{"config": "tiny", "count": 2}], "resolution": [64, 36],
            "quality": {"samples": 2}, "resources": {"device": "cpu", "threads": 1, "gpus": 0},
        }
    )  # fmt: skip
    assert render_job(real, tmp_path / "ray", RayExecutor(), show=False).complete
    assert render_job(real, tmp_path / "inline", InlineExecutor(), show=False).complete
    assert hashes(tmp_path / "ray") == hashes(tmp_path / "inline")


# Drivers

DRIVER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
from pathlib import Path
from dsia_gen.farm.run_job import render_job
from dsia_gen.farm import ray_cluster
from dsia_gen.farm.ray_executor import RayExecutor
from tests.farm.stubs import STUB
from tests.farm.test_ray import job
executor = RayExecutor(address=sys.argv[2] or None, workers=2)
ray_cluster.cores = lambda: 4  # two scenes fit, whatever machine this is
patient = {"retries": 0, "cpus": 1, "gpus": 0}
render_job(job(3, resources=patient), Path(sys.argv[1]), executor, show=False, scene=STUB)
"""


@contextmanager
def driver(root: Path, address: str, checkout: Path) -> Iterator[tuple[subprocess.Popen, set[int]]]:
    """A driver in a process of its own whose scene 00001 hangs, and all processes below it at that moment."""
    command = [sys.executable, "-c", DRIVER, str(root), address]
    process = subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        wait_for((root.parent / "hanging").exists)
        wait_for(lambda: DatasetLayout(root).scene_names() == ("00000", "00002"))
        yield process, below(process.pid) | set(map(int, (root.parent / "hanging").read_text().split()))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_driver_that_ends_leaves_no_process_and_the_next_completes_the_set(
    tmp_path: Path, checkout: Path, how: signal.Signals
) -> None:
    root = prepare(tmp_path, job(3), {"00001": ["hang"]})
    with driver(root, "", checkout) as (process, processes):
        assert len(processes) > 5, "Ray, its workers, the scene and what stands for Blender"
        assert listening(processes) == {"127.0.0.1"}, "on loopback only"
        assert {environment(p).get("RAY_USAGE_STATS_ENABLED", "0") for p in processes} == {"0"}
        process.send_signal(how)
        words, _ = process.communicate(timeout=PATIENCE)
        wait_for(lambda: not any(map(alive, processes)))
    if how == signal.SIGINT:
        assert words.splitlines()[-1] == "KeyboardInterrupt" and "(raylet)" not in words
        assert not (root / ".partial").exists() and not (root / ".lock").exists()
    again = subprocess.run([sys.executable, "-c", DRIVER, str(root), ""], cwd=checkout, check=False)
    assert again.returncode == 0
    assert dataset_status(DatasetLayout(root), hashes=True).done == ("00000", "00001", "00002")
    assert (tmp_path / "tries" / "00000").read_text() == "x", "what was finished is not made again"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_cluster_stops_the_scenes_of_a_driver_that_ended(
    cluster: Cluster, tmp_path: Path, checkout: Path, how: signal.Signals
) -> None:
    root = prepare(tmp_path, job(3), {"00001": ["hang"]})
    with driver(root, cluster.address, checkout) as (process, processes):
        process.send_signal(how)
        process.communicate(timeout=PATIENCE)
        wait_for(lambda: not any(map(alive, processes)))


def test_no_cluster_at_the_address(tmp_path: Path, checkout: Path) -> None:
    root = prepare(tmp_path, job(3), {})
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(root), "127.0.0.1:1"],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "ConfigError: --address" in done.stderr and "no Ray cluster can be reached at '127.0.0.1:1'" in done.stderr


def below(process: int) -> set[int]:
    """The processes that a process has started, and those that they have.

    Without Ray's agents, which look only now and then whether what they serve has died.
    """
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {p for p in found - {process} if b"Agent" not in _command(p)}


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def environment(process: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{process}/environ").read_text(errors="replace")
    except OSError:
        return {}
    return dict(entry.partition("=")[::2] for entry in text.split("\0") if entry)


def listening(processes: set[int]) -> set[str]:
    """Addresses that processes listen on."""
    inodes = set()
    for process in processes:
        for handle in Path(f"/proc/{process}/fd").glob("*"):
            with suppress(OSError):
                inodes.add(str(handle.readlink()))
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    ours = [row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
    return {socket.inet_ntoa(bytes.fromhex(address[-8:])[::-1]) for address in ours}


# What a scene takes


@pytest.mark.parametrize(
    ("resources", "nodes", "workers", "expected"),
    [
        ({}, [{"CPU": 16.0}], None, Demand(4.0, 0.0, 0.0)),
        ({}, [{"CPU": 2.0}, {"CPU": 16.0}], None, Demand(2.0, 0.0, 0.0)),
        ({}, [{"CPU": 16.0}], 2, Demand(8.0, 0.0, 0.0)),
        ({}, [{"CPU": 2.0}], 2, Demand(1.0, 0.0, 0.0)),
        ({}, [{"CPU": 16.0, "GPU": 2.0}, {"CPU": 1.0}], None, Demand(2.0, 0.5, 0.0)),
        ({"device": "cpu"}, [{"CPU": 16.0, "GPU": 2.0}], None, Demand(4.0, 0.0, 0.0)),
        ({"device": "optix"}, [{"CPU": 16.0}], None, Demand(2.0, 0.5, 0.0)),
        ({"gpus": 0.25, "cpus": 3, "memory": 2}, [{"CPU": 16.0}], None, Demand(3.0, 0.25, 2.0 * GIB)),
        ({"threads": 6}, [{"CPU": 16.0}], None, Demand(6.0, 0.0, 0.0)),
    ],
)
def test_what_the_job_leaves_open_follows_from_the_nodes(
    resources: dict, nodes: list[dict], workers: int | None, expected: Demand
) -> None:
    able = {str(i): node for i, node in enumerate(nodes)}
    assert demand_of(Resources.model_validate(resources), able, workers) == expected


def test_how_many_scenes_a_node_holds() -> None:
    shared = Demand(2.0, 0.5, 3.0 * GIB)
    assert shared.fits({"CPU": 16.0, "GPU": 2.0, "memory": 64.0 * GIB}) == 4
    assert shared.fits({"CPU": 6.0, "GPU": 2.0, "memory": 64.0 * GIB}) == 3
    assert shared.fits({"CPU": 6.0, "GPU": 2.0, "memory": 7.0 * GIB}) == 2
    assert shared.fits({"CPU": 6.0, "memory": 7.0 * GIB}) == 0


def iter_in_thread(stream: Iterator[SceneResult]) -> Any:
    """Run an iterator in a thread; call what is returned to wait for all its items."""
    from concurrent.futures import ThreadPoolExecutor

    future = ThreadPoolExecutor(1).submit(list, stream)
    return future.result
