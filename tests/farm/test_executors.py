"""The contract that every executor keeps, and what those must bear that give each scene a process of its own."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dsia_gen.core.cpus import SHARED_POOLS, SINGLE_POOLS
from dsia_gen.core.system import alive
from dsia_gen.farm.executor import Executor
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.local import LocalExecutor
from dsia_gen.pipeline import scene_process
from dsia_gen.pipeline.outcome import Event, SceneResult
from tests.farm.fakes import FAKE, process_of, task, tries
from tests.farm.waiting import PATIENCE, wait_for

pytestmark = pytest.mark.slow

Run = tuple[dict[str, SceneResult], list[Event]]


def jobs_here() -> Executor:
    """The Slurm executor with submitit's jobs on this machine."""
    module = pytest.importorskip("dsia_gen.farm.slurm_executor")
    return module.SlurmExecutor(2, module.SlurmSettings(cluster="local"), proof=False)


MAKERS: dict[str, Callable[[], Executor]] = {
    "inline": InlineExecutor,
    "local": lambda: LocalExecutor(2),
    "slurm": jobs_here,
}


@pytest.fixture(params=[*MAKERS, pytest.param("ray", marks=pytest.mark.ray)])
def executor(request: pytest.FixtureRequest) -> Executor:
    return request.getfixturevalue("ray_executor") if request.param == "ray" else MAKERS[request.param]()


@pytest.fixture(scope="module")
def ray_executor():
    """Scenes on a Ray that is started once for these tests. The fakes write no receipts, so none is asked for."""
    module = pytest.importorskip("dsia_gen.farm.ray_executor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dsia_gen.farm.ray_cluster.cores", lambda: 4)  # two scenes fit, whatever machine this is
        patch.setattr(module, "CLOSE_SECONDS", PATIENCE)
        with module.cluster(None):
            yield module.RayExecutor(workers=2, proof=False)


@pytest.fixture(params=["local", "slurm", pytest.param("ray", marks=pytest.mark.ray)])
def apart(request: pytest.FixtureRequest) -> Executor:
    """The executors whose scenes have processes of their own."""
    return request.getfixturevalue("ray_executor") if request.param == "ray" else MAKERS[request.param]()


def run(executor: Executor, tasks: list, root: Path) -> Run:
    events: list[Event] = []
    results = {result.name: result for result in executor.run(tasks, root, events.append, FAKE)}
    return results, events


@pytest.mark.parametrize("name", ["local", "slurm"])
def test_the_libraries_of_a_scene_keep_to_its_threads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pool in (*SHARED_POOLS, *SINGLE_POOLS):
        monkeypatch.delenv(pool, raising=False)
    (tmp_path / "guests").write_text("1")
    asked = task(0, "meets")
    asked = asked.model_copy(update={"resources": asked.resources.model_copy(update={"threads": 3})})
    results, _ = run(MAKERS[name](), [asked], tmp_path)
    assert results["00000"].ok
    seen = json.loads((tmp_path / "00000.environment").read_text())
    assert [seen[pool] for pool in SHARED_POOLS] == ["3"] * len(SHARED_POOLS)
    assert [seen[pool] for pool in SINGLE_POOLS] == ["1"] * len(SINGLE_POOLS)


def test_one_result_for_each_task(executor: Executor, tmp_path: Path) -> None:
    tasks = [task(i) for i in range(4)]
    results, _ = run(executor, tasks, tmp_path)
    assert sorted(results) == ["00000", "00001", "00002", "00003"]
    assert all(r.ok and r.attempts == 1 and r.views == 2 and r.seconds == {"render": 0.2} for r in results.values())
    assert all((tmp_path / f"{t.name}.done").exists() for t in tasks)


def test_no_tasks(executor: Executor, tmp_path: Path) -> None:
    assert run(executor, [], tmp_path) == ({}, [])


def test_events_come_in_order_before_the_result_and_in_the_callers_thread(executor: Executor, tmp_path: Path) -> None:
    seen: list[object] = []
    threads = set()

    def progress(event: Event) -> None:
        threads.add(threading.current_thread())
        seen.append((event.kind, event.name, event.count))

    for result in executor.run([task(0)], tmp_path, progress, FAKE):
        seen.append(result.name)
    assert seen == [("views", "", 2), ("view", "t0000_p0000", 0), ("view", "t0001_p0000", 0), "00000"]
    assert threads == {threading.current_thread()}


@pytest.mark.parametrize(
    ("behaviour", "error", "attempts"),
    [("asset", "AssetError", 1), ("bug", "ZeroDivisionError", 1), ("dies", "WorkerError", 3)],
)
def test_a_failure_costs_one_scene(
    executor: Executor, tmp_path: Path, behaviour: str, error: str, attempts: int
) -> None:
    bad = task(0, behaviour, retries=2)
    results, events = run(executor, [bad, task(1)], tmp_path)
    assert (results["00000"].error, results["00000"].attempts) == (error, attempts)
    again = [(event.scene, event.count, event.name) for event in events if event.kind == "retry"]
    assert again == [("00000", made, results["00000"].message.splitlines()[0]) for made in range(1, attempts)]
    assert tries(tmp_path, bad) == attempts
    assert results["00001"].ok


def test_a_worker_that_died_is_tried_again(executor: Executor, tmp_path: Path) -> None:
    results, _ = run(executor, [task(0, "dies once")], tmp_path)
    assert results["00000"].ok and results["00000"].attempts == 2


def test_a_failure_keeps_the_log_and_an_unforeseen_one_its_traceback(executor: Executor, tmp_path: Path) -> None:
    results, _ = run(executor, [task(0, "dies", retries=0), task(1, "bug"), task(2, "asset")], tmp_path)
    assert results["00000"].details == "the worker's log"
    assert "fakes.py" in results["00001"].details
    assert results["00002"].message == "hat.glb is missing (entry 'hat' of objects.yaml)"
    assert results["00002"].details == ""


def test_the_time_limit(executor: Executor, tmp_path: Path) -> None:
    slow = task(0, "hangs", minutes=0.03, retries=1)
    results, _ = run(executor, [slow, task(1)], tmp_path)
    assert results["00000"].error == "TimeLimitError" and "0.03 minutes" in results["00000"].message
    assert results["00000"].attempts == 2
    assert results["00001"].ok


def test_a_killed_process_costs_one_scene_and_the_end_of_its_log_is_reported(apart: Executor, tmp_path: Path) -> None:
    killed = task(0, "killed", retries=1)
    results, _ = run(apart, [killed, task(1)], tmp_path)
    assert results["00000"].error == "WorkerError" and results["00000"].attempts == 2
    assert "SIGKILL" in results["00000"].message and "log tail:\nlast words" in results["00000"].message
    assert results["00001"].ok


def test_noise_on_stdout_is_no_message(apart: Executor, tmp_path: Path) -> None:
    results, events = run(apart, [task(0, "chatters")], tmp_path)
    assert results["00000"].ok and len(events) == 3


def test_closing_stops_everything(apart: Executor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_process, "GRACE_SECONDS", PATIENCE)
    hanging = task(1, "hangs")
    stream = apart.run([task(0), hanging, task(2, "hangs"), task(3)], tmp_path, lambda _: None, FAKE)
    assert next(stream).name == "00000"
    wait_for((tmp_path / "00001.hanging").exists)
    process = process_of(tmp_path, hanging)
    stream.close()
    assert (tmp_path / "00001.stopped").exists(), "a scene ends when it is asked to, and needs not be killed"
    wait_for(lambda: not alive(process))
    assert tries(tmp_path, task(3)) == 0


def test_two_workers_work_at_once(apart: Executor, tmp_path: Path) -> None:
    stream = apart.run([task(0, "hangs", retries=0), task(1, "hangs", retries=0)], tmp_path, lambda _: None, FAKE)
    worker = threading.Thread(target=lambda: list(stream), daemon=True)
    worker.start()
    try:
        wait_for(lambda: tries(tmp_path, task(0)) == tries(tmp_path, task(1)) == 1)
    finally:
        for index in (0, 1):
            os.kill(process_of(tmp_path, task(index)), 9)
        worker.join(PATIENCE)
