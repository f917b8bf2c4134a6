"""Whole jobs into an object store, over HTTP: the same data as in a folder, after any interruption."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import dsia_gen.dataset
from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.remote import Remote
from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.index import update_index
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.receipt import finished
from dsia_gen.dataset.status import dataset_status
from dsia_gen.dataset.validate import validate
from dsia_gen.farm.local import LocalExecutor
from tests.dataset.synthetic import make_spec, write_scene
from tests.farm import jobs
from tests.farm.jobs import complete_set, hashes
from tests.farm.stub import STUB
from tests.farm.waiting import PATIENCE, wait_for
from tests.s3 import SECRET, CuttingProxy

pytestmark = pytest.mark.slow

NAMES = ("00000", "00001")
SCENES = [{"config": "tiny", "count": len(NAMES)}]


render = partial(jobs.render, scene=STUB, scenes=SCENES)
reference = complete_set(render)


def found(place: str | Path) -> set[Problem]:
    """What validation finds."""
    return set(validate(place, photometric=False).errors)


def nothing_is_left_here(place: str) -> None:
    assert DatasetLayout(place).partial_names() == ()
    assert Remote(place).read(".lock") is None


@pytest.fixture(params=["s3", "memory"])
def place(request: pytest.FixtureRequest, s3: CuttingProxy) -> str:
    return s3.address if request.param == "s3" else f"memory://{s3.bucket}/demo"


def test_the_same_data_as_in_a_folder(reference: Path, place: str) -> None:
    report = render(place)
    assert report.complete and report.root == place
    assert hashes(place) == hashes(reference)
    remote = Remote(place)
    assert remote.read("samples.csv") == (reference / "samples.csv").read_bytes()
    local = {path.relative_to(reference).as_posix() for path in reference.rglob("*") if path.is_file()}
    assert remote.list().keys() == local
    nothing_is_left_here(place)
    again = render(place)
    assert again.complete and again.skipped == NAMES and again.results == ()
    status = dataset_status(DatasetLayout(place), hashes=True)
    assert status.complete and status.done == NAMES and status.name == "demo"


def test_it_is_read_and_validated_where_it_lies(reference: Path, place: str) -> None:
    render(place)
    here, there = dsia_gen.dataset.open(reference), dsia_gen.dataset.open(place)
    assert there.ids == here.ids and place in repr(there)
    assert (there[1].image("gt") == here[1].image("gt")).all()
    assert there[0].file("image", "1").read_bytes() == here[0].file("image", "1").read_bytes()
    assert "dynamic_union" in there[0] and "depth" not in there[0]
    assert validate(place, photometric=False).path == place and found(place) == found(reference)


def test_a_corrupted_object_is_found_and_made_again(
    reference: Path, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    render(place)
    dsia_gen.dataset.open(place)[0].image("1")  # a sound copy is here, and must not hide it
    remote = Remote(place)
    name = next(f"scenes/00000/{name}" for name in sorted(remote.list("scenes/00000")) if name.endswith("image.png"))
    data = bytearray(remote.read(name) or b"")
    data[-20] ^= 1
    remote.write(name, bytes(data))
    more = found(place) - found(reference)
    assert more and {(p.scene, f"scenes/00000/{p.file}") for p in more} == {("00000", name)}
    with monkeypatch.context() as patch, pytest.raises(StorageError, match="not the file of the receipt"):
        patch.setenv("DSIA_GEN_CACHE", str(tmp_path / "another"))  # of a machine without the sound copy
        dsia_gen.dataset.open(place).layout.scene("00000").fetch(InsidePath(name.removeprefix("scenes/00000/")))
    remote.remove([name])
    assert dataset_status(DatasetLayout(place)).damaged == ("00000",)
    assert [result.name for result in render(place).results] == ["00000"]
    assert hashes(place) == hashes(reference) and found(place) == found(reference)


def test_half_an_upload_is_no_scene(reference: Path, s3: CuttingProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    put, sent = Remote._put, []

    def interrupted(self: Remote, name: str, path: Path) -> None:
        if len(sent) == 4:
            raise KeyboardInterrupt
        sent.append(name)
        put(self, name, path)

    monkeypatch.setattr(Remote, "_put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render(s3.address)
    monkeypatch.setattr(Remote, "_put", put)
    Remote(s3.address).write("scenes/00000/views/stray.png", b"of an older version")
    layout = DatasetLayout(s3.address)
    assert layout.scene_names() == ("00000",) and not finished(layout, "00000", None, ())
    status = dataset_status(layout)
    assert status.done == () and status.running == ("00000",) and not status.complete
    nothing_is_left_here(s3.address)
    assert render(s3.address).complete
    assert hashes(s3.address) == hashes(reference)
    assert found(s3.address) == found(reference), "nothing of the first upload is left"


def test_connections_cut_while_it_runs(reference: Path, s3: CuttingProxy) -> None:
    s3.cut(times=8, after=1500)
    assert render(s3.address).complete
    assert s3.done == 8 and hashes(s3.address) == hashes(reference)


def test_a_scene_that_cannot_be_sent_is_tried_again_and_set_aside(
    s3: CuttingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, sent = Remote._put, []

    def cut(self: Remote, name: str, path: Path) -> None:
        if "scenes/00000/" in name:
            sent.append(name)
            self._tried("write", name, lambda: (_ for _ in ()).throw(ConnectionResetError("reset by peer")))
        put(self, name, path)

    monkeypatch.setattr(Remote, "_put", cut)
    report = render(s3.address)
    assert [(r.name, r.error, r.attempts) for r in report.failed] == [("00000", "NetworkError", 2)]
    assert DatasetLayout(s3.address).failed_names() == ("00000",)
    assert "reset by peer" in dataset_status(DatasetLayout(s3.address)).failed[0].message
    monkeypatch.setattr(Remote, "_put", put)
    assert render(s3.address).complete and DatasetLayout(s3.address).failed_names() == ()


def test_two_workers_and_no_secret_anywhere(reference: Path, s3: CuttingProxy, tmp_path: Path) -> None:
    assert render(s3.address, LocalExecutor(2)).complete
    assert hashes(s3.address) == hashes(reference)
    remote = Remote(s3.address)
    assert not [name for name in remote.list() if SECRET.encode() in (remote.read(name) or b"")]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if SECRET.encode() in path.read_bytes()]


def test_memory_is_for_one_process() -> None:
    with pytest.raises(StorageError, match="lives in this process alone"):
        render("memory://x/y", LocalExecutor(1))


def read_in_a_child(place: str, queue: multiprocessing.Queue) -> None:
    queue.put(_OPEN[place][0].image("1").mean())


_OPEN: dict[str, dsia_gen.dataset.Dataset] = {}


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_loader_processes_read_it_too(s3: CuttingProxy, method: str) -> None:
    """As those of torch do: forked with the connections of the parent, or sent a pickled data set."""
    write_scene(DatasetLayout(s3.address), "00000", make_spec(pairs=1))
    update_index(DatasetLayout(s3.address))
    data = _OPEN[s3.address] = dsia_gen.dataset.open(s3.address)
    assert data[0].camera("1")[0].shape == (3, 3), "the parent has a connection"
    if method == "spawn":
        copy = pickle.loads(pickle.dumps(data))
        assert copy[0].image("1").shape == (72, 128, 3)
        return
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=read_in_a_child, args=(s3.address, queue))
    child.start()
    try:
        assert queue.get(timeout=PATIENCE) == pytest.approx(data[0].image("1").mean())
    finally:
        child.kill()
        child.join()


DRIVER = """
import sys
from functools import partial
from pathlib import Path
from dsia_gen.farm.local import LocalExecutor
from tests.farm.test_remote_render import render
render(sys.argv[1], LocalExecutor(1))
"""


def test_a_second_driver_is_refused_and_a_dead_one_keeps_nothing(
    reference: Path, s3: CuttingProxy, checkout: Path
) -> None:
    environment = {**os.environ, "STUB_SECONDS": "600"}  # until it is killed
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, s3.address], cwd=checkout, env=environment)
    wait_for(DatasetLayout(s3.address).partial_names, driver)
    with pytest.raises(StorageError, match=f"is being written by process {driver.pid} on "):
        render(s3.address)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert Remote(s3.address).read(".lock") is not None, "it had no time to tidy up"
    assert render(s3.address).complete
    assert hashes(s3.address) == hashes(reference)
    nothing_is_left_here(s3.address)
