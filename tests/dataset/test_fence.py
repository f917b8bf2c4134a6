"""Once a run has lost a data set, none of its writes counts: in a folder and in a store, at any moment."""

from __future__ import annotations

import json
import pickle
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.core.remote import Remote
from dsia_gen.dataset import DatasetLayout, finished, record_failure, update_index, write_job
from dsia_gen.dataset.documents import FailureDocument, RunDocument
from dsia_gen.dataset.writer import remove_run
from tests.dataset.synthetic import make_spec, write_scene
from tests.farm.jobs import job
from tests.s3 import CuttingProxy

NAME, OUTPUTS, SPEC = "00000", ("image", "dynamic_union"), make_spec(pairs=1, width=32, height=18)
WRITES: dict[str, Callable[[DatasetLayout], object]] = {
    "a scene": lambda layout: write_scene(layout, "00001", SPEC, OUTPUTS),
    "the index": update_index,
    "the job": lambda layout: write_job(layout, job()),
    "a failure": lambda layout: record_failure(layout, NAME, FailureDocument(error="WorkerError", message="it died")),
    "a removal": lambda layout: layout.remove(layout.index),
    "a receipt withdrawn": lambda layout: layout.remove(layout.scene(NAME).receipt),
}


def lock_of(token: str) -> bytes:
    document = {"pid": 7, "host": "elsewhere", "machine": "another", "token": token, "beat": 1, "running": []}
    return json.dumps(document).encode()


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow), "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("dsia_gen.dataset.fence.LOOK_SECONDS", 0.001)
    if request.param == "folder":
        return str(tmp_path / "set")
    if request.param == "memory":
        monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
        return f"memory://{tmp_path.name}/set"
    proxy: CuttingProxy = request.getfixturevalue("s3")
    return proxy.address


def files(place: str) -> dict[str, bytes]:
    if "://" in place:
        remote = Remote(place)
        return {name: remote.read(name) or b"" for name in remote.list()}
    root = Path(place)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("holder", ["mine", "theirs", "none"])
def test_a_run_that_has_lost_its_lock_changes_nothing(
    place: str, write: Callable[[DatasetLayout], object], holder: str
) -> None:
    first = DatasetLayout(place)
    first.root.mkdir(parents=True, exist_ok=True)
    write_scene(first, NAME, SPEC, OUTPUTS)
    update_index(first)
    first.lock.create(lock_of("mine"))
    layout = pickle.loads(pickle.dumps(DatasetLayout(place, "mine")))
    layout.check_run()
    if holder != "mine":
        first.lock.release(lock_of("mine"))
    if holder == "theirs":
        first.lock.create(lock_of("theirs"))
    layout = DatasetLayout(place, "mine")
    before = files(place)
    if holder == "mine":
        write(layout)
        assert write is update_index or files(place) != before
        return
    reason = "taken over by process 7 on elsewhere" if holder == "theirs" else "was removed, moved or covered"
    with pytest.raises(StorageError, match=reason):
        write(layout)
    assert files(place) == before


def test_leaving_removes_what_is_ones_own(place: str) -> None:
    layout = DatasetLayout(place, "mine")
    for name in ("00000-mine-a-1-2-3", "00001-mine-b-1-2-3-old", "00002-theirs-a-1-2-3", "00003-host-77"):
        (layout.partial / name).mkdir(parents=True)
    remove_run(layout)
    assert DatasetLayout(place).partial_names() == ("00002-theirs-a-1-2-3", "00003-host-77")


class Frozen:
    """Lets a rival take over and make a scene before the given change that a writer makes in the store."""

    def __init__(self, place: str, step: int) -> None:
        self.place, self.step, self.changes, self.last = place, step, 0, ""

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **named: Any) -> Any:
            if self.changes == self.step:
                self.changes += 1
                self.last = name
                layout = DatasetLayout(self.place)
                assert layout.lock.take(lock_of("mine"), lock_of("theirs"))
                write_scene(DatasetLayout(self.place, "theirs"), NAME, SPEC, OUTPUTS, RunDocument(host="theirs"))
            else:
                self.changes += 1
            return call(*arguments, **named)

        return change


def join_thread(thread: threading.Thread) -> None:
    """Until a thread is over; one that another thread is just starting is listed already, and cannot be joined yet."""
    while True:
        try:
            return thread.join()
        except RuntimeError:
            time.sleep(0.001)


def test_frozen_before_any_change_it_never_makes_a_false_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It had asked the lock, was frozen, and goes on with its change when the rival's scene is there."""
    monkeypatch.setenv("DSIA_GEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("dsia_gen.dataset.fence.RECENT_SECONDS", -1.0)  # it sleeps longer than that
    monkeypatch.setattr("dsia_gen.dataset.fence.LOOK_SECONDS", 0.001)
    ends = set[tuple[str, bool]]()
    for step in range(100):
        place = f"memory://{tmp_path.name}/set-{step}"
        DatasetLayout(place).lock.create(lock_of("mine"))
        frozen, fs, others = Frozen(place, step), Remote(place).fs, set(threading.enumerate())
        with pytest.MonkeyPatch.context() as patch:
            for name in ("pipe_file", "put_file", "rm_file"):
                patch.setattr(fs, name, frozen.wrap(name, getattr(fs, name)))
            with suppress(StorageError):
                write_scene(DatasetLayout(place, "mine"), NAME, SPEC, OUTPUTS, RunDocument(host="mine"))
            # A run that has lost its lock waits for none of its transfers: the frozen one may end after it.
            for thread in set(threading.enumerate()) - others:
                join_thread(thread)
        if not frozen.last:
            break
        layout = DatasetLayout(place)
        whole = finished(layout, NAME, SPEC.hash(), OUTPUTS, hashes=True)
        assert whole or not layout.scene(NAME).receipt.is_file(), f"step {step} ({frozen.last}): a false receipt"
        if whole:
            assert json.loads(layout.scene(NAME).run.read_bytes())["host"] == "theirs"
        ends.add((frozen.last, whole))
    assert step > 5 and ends == {("pipe_file", True), ("put_file", True), ("rm_file", False)}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DatasetLayout]:
    layout = DatasetLayout(tmp_path / "set")
    layout.root.mkdir()
    layout.lock.create(lock_of("mine"))
    yield DatasetLayout(tmp_path / "set", "mine")


def test_a_folder_that_was_removed_does_not_come_back(folder: DatasetLayout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsia_gen.dataset.fence.LOOK_SECONDS", 0.001)
    shutil.rmtree(folder.root)
    for write in WRITES.values():
        with pytest.raises(StorageError):
            write(folder)
    assert not folder.root.exists()
