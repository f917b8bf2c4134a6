"""One driver a data set in a store, where the holder may be on another machine or dead."""

from __future__ import annotations

import json
import threading
import time

import pytest

from dsia_gen.core.errors import StorageError
from dsia_gen.core.remote import Remote
from dsia_gen.dataset.layout import LOCK
from dsia_gen.dataset.lock_place import StoreLock
from dsia_gen.farm import heartbeat_lock as remote_lock
from dsia_gen.farm.heartbeat_lock import address_lock
from tests.s3 import CuttingProxy

pytestmark = pytest.mark.slow

BEAT = 0.1
PATIENT_BEAT = 2.0
"""Of a run that looks at another's lock: seen to beat at its first look, and given three beats if the store is slow."""


@pytest.fixture(params=["s3", "memory"])
def remote(request: pytest.FixtureRequest, s3: CuttingProxy) -> Remote:
    return Remote(s3.address if request.param == "s3" else f"memory://{s3.bucket}/lock")


def holder(beat: int, **changes: object) -> bytes:
    document = {"pid": 7, "host": "elsewhere", "machine": "another", "token": "theirs", "beat": beat, "running": []}
    return json.dumps({**document, **changes}).encode()


def test_it_beats_tells_what_runs_and_goes(remote: Remote) -> None:
    with address_lock(StoreLock(remote.address, LOCK), BEAT) as hold:
        hold.running.add("00003")
        until = time.monotonic() + 120
        while json.loads(remote.read(LOCK) or b"{}")["running"] != ["00003"]:
            assert time.monotonic() < until
            time.sleep(BEAT / 2)
        hold.check()
    assert remote.read(LOCK) is None


def test_a_holder_elsewhere_that_beats_is_believed(remote: Remote) -> None:
    remote.write(LOCK, holder(0))
    stop = threading.Event()

    def beat() -> None:
        count = 0
        while not stop.wait(BEAT):
            count += 1
            remote.write(LOCK, holder(count))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        with (
            pytest.raises(StorageError, match="process 7 on elsewhere"),
            address_lock(StoreLock(remote.address, LOCK), PATIENT_BEAT),
        ):
            pytest.fail("two drivers")
    finally:
        stop.set()
        thread.join()
    assert b"theirs" in (remote.read(LOCK) or b"")


def test_a_holder_elsewhere_that_stopped_is_dead(remote: Remote) -> None:
    remote.write(LOCK, holder(12))
    begun = time.monotonic()
    with address_lock(StoreLock(remote.address, LOCK), BEAT):
        assert time.monotonic() - begun >= remote_lock.TIMEOUT_HEARTBEATS * BEAT
        assert b"theirs" not in (remote.read(LOCK) or b"")


def test_a_dead_process_of_this_machine_is_not_waited_for(remote: Remote) -> None:
    remote.write(LOCK, holder(12, pid=2**30, machine=remote_lock.machine()))
    # A quarter of a beat is what a first look would take: the suite would stand still.
    with address_lock(StoreLock(remote.address, LOCK), 10**6):
        assert b"theirs" not in (remote.read(LOCK) or b"")


def test_a_lock_that_was_taken_over_ends_the_run(remote: Remote) -> None:
    with address_lock(StoreLock(remote.address, LOCK), BEAT) as hold:
        remote.write(LOCK, holder(1))
        until = time.monotonic() + 120
        while not hold.lost and time.monotonic() < until:
            time.sleep(BEAT / 2)
        with pytest.raises(StorageError, match="was taken over by process 7 on elsewhere"):
            hold.check()
    assert b"theirs" in (remote.read(LOCK) or b""), "it is theirs now"


def test_only_one_of_two_at_the_same_moment(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that knows no conditional put: both believe to have made the lock, and read it back."""
    both = threading.Barrier(2)

    def create(self: Remote, name: str, data: bytes) -> bool:
        both.wait(120)
        self.write(name, data)
        both.wait(120)  # how long a put may take is not asked here
        return True

    monkeypatch.setattr(Remote, "create", create)
    held: list[str] = []

    def drive(name: str) -> None:
        try:
            with address_lock(StoreLock(remote.address, LOCK), 1.0):
                held.append(name)
        except StorageError:
            return

    threads = [threading.Thread(target=drive, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 1


def test_an_unreadable_lock_is_waited_for_like_a_strangers(remote: Remote) -> None:
    remote.write(LOCK, b"not json")
    with address_lock(StoreLock(remote.address, LOCK), BEAT):
        pass
