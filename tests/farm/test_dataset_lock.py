"""One driver a data set folder, on one machine and across machines that share it."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import replace_bytes
from dsia_gen.dataset.layout import LOCK, DatasetLayout
from dsia_gen.dataset.lock_place import FolderLock
from dsia_gen.farm import heartbeat_lock as remote_lock
from dsia_gen.farm.heartbeat_lock import Hold, address_lock

HOLD = """
import sys, time
from pathlib import Path
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.heartbeat_lock import address_lock
with address_lock(DatasetLayout(Path(sys.argv[1])).lock):
    print("held", flush=True)
    time.sleep(600)
"""
BEAT = 0.1
PATIENT_BEAT = 2.0
"""Of a run that looks at another's lock: seen to beat at its first look, and given three beats if the disk is slow."""


@pytest.fixture
def holder(tmp_path: Path, checkout: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=checkout
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def lock(folder: Path, beat: float = BEAT):
    return address_lock(DatasetLayout(folder).lock, beat)


def content(folder: Path) -> dict:
    return json.loads((folder / LOCK).read_text())


def another_host(folder: Path, beat: int = 1) -> None:
    """A lock as another host writes it."""
    document = {"pid": 1, "host": "elsewhere", "machine": "another", "token": "abc", "beat": beat}
    replace_bytes(folder / LOCK, json.dumps(document).encode())


def test_the_second_is_told_who_holds_it(tmp_path: Path, holder: subprocess.Popen) -> None:
    with pytest.raises(StorageError, match=f"process {holder.pid} on {socket.gethostname()}"), lock(tmp_path):
        pytest.fail("two drivers in one folder")


@pytest.mark.slow
def test_a_dead_holder_keeps_nothing(tmp_path: Path, holder: subprocess.Popen) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / LOCK).exists()
    with lock(tmp_path):
        assert content(tmp_path)["pid"] == os.getpid()
    assert not (tmp_path / LOCK).exists()


@pytest.mark.slow
def test_an_id_that_was_used_again_is_no_holder(tmp_path: Path) -> None:
    document = {"pid": os.getpid(), "machine": remote_lock.machine(), "started": 1, "token": "abc"}
    (tmp_path / LOCK).write_text(json.dumps(document))
    with lock(tmp_path):
        assert content(tmp_path)["token"] != "abc"


def test_a_holder_on_another_host_is_believed_while_its_heart_beats(tmp_path: Path) -> None:
    another_host(tmp_path)
    stop = threading.Event()

    def beat() -> None:
        count = 1
        while not stop.wait(BEAT):
            another_host(tmp_path, count := count + 1)

    heart = threading.Thread(target=beat)
    heart.start()
    try:
        with pytest.raises(StorageError, match="process 1 on elsewhere"), lock(tmp_path, PATIENT_BEAT):
            pytest.fail("the other host is at work")
    finally:
        stop.set()
        heart.join()
    assert content(tmp_path)["host"] == "elsewhere"


@pytest.mark.parametrize("text", [None, "not json", ""])
def test_a_lock_without_a_heartbeat_is_taken_over(tmp_path: Path, text: str | None) -> None:
    another_host(tmp_path) if text is None else (tmp_path / LOCK).write_text(text)
    begun = time.monotonic()
    with lock(tmp_path):
        assert time.monotonic() - begun >= remote_lock.TIMEOUT_HEARTBEATS * BEAT, "it had time to show that it lives"
        assert content(tmp_path)["pid"] == os.getpid()


def test_a_holder_that_slept_while_its_lock_was_taken_over_ends(tmp_path: Path) -> None:
    with lock(tmp_path) as hold:
        hold.check()
        another_host(tmp_path)
        until = time.monotonic() + 120
        while not hold.lost and time.monotonic() < until:
            time.sleep(BEAT / 4)
        with pytest.raises(StorageError, match="taken over by process 1 on elsewhere"):
            hold.check()
    assert content(tmp_path)["host"] == "elsewhere", "the other's lock is not ours to remove"


def test_of_many_at_once_one_gets_it(tmp_path: Path) -> None:
    """Threads stand for machines here: a lock of their own each, nothing shared but the folder."""
    ready, release, got, refused = threading.Barrier(8), threading.Event(), list[Hold](), list[str]()

    def compete() -> None:
        ready.wait()
        try:
            with lock(tmp_path) as hold:
                got.append(hold)
                release.wait(120)
        except StorageError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 120
    while len(refused) < 7 and time.monotonic() < until:
        time.sleep(0.01)
    release.set()
    for thread in threads:
        thread.join()
    assert len(got) == 1 and len(refused) == 7


def test_it_is_released_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), lock(tmp_path):
        raise RuntimeError
    with lock(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_without_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    place = FolderLock(tmp_path / LOCK)
    assert place.create(b"first") and not place.create(b"second")
    assert place.read() == b"first"
    assert not place.take(b"other", b"third") and place.read() == b"first"
    assert place.take(b"first", b"third") and place.read() == b"third"
