"""One driver a data set, in a folder or a store: a lock with a heartbeat, so that a dead holder does not keep it."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.leaving import in_time, leaving
from dsia_gen.core.system import machine, started
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.fence import Fence, has_ended, parse_lock
from dsia_gen.dataset.lock_place import LockPlace

HEARTBEAT_SECONDS = 15.0
TIMEOUT_HEARTBEATS = 3.0
"""Heartbeats after which a holder on another machine that shows none is considered stale."""
SETTLE_SECONDS = 1.0
"""Two runs that take over one lock at the same moment see within this time whose it is."""
LEAVE_SECONDS = 4.0
"""How long a run that was asked to stop tries to give back a lock that is out of reach."""


class Hold:
    """What a driver that holds a lock reports; `running` are the scenes in work, `token` names the run."""

    def __init__(self, fence: Fence) -> None:
        self.running: set[str] = set()
        self.token = fence.token
        self.lost = ""
        self._fence = fence

    def check(self) -> None:
        """Ask the lock. StorageError when another run has taken it over, or the data set is gone."""
        self.check_heartbeat()
        self._fence.check()

    def check_heartbeat(self) -> None:
        """The same from what the heartbeat has seen last."""
        if self.lost:
            raise StorageError(self.lost)


class _Heartbeat(threading.Thread):
    """Shows that the holder of a lock lives, and sees when it has lost it."""

    def __init__(self, place: LockPlace, own: LockDocument, hold: Hold, seconds: float) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self.written = own.to_json()
        self._place, self._own, self._hold, self._seconds = place, own, hold, seconds
        self._ended = threading.Event()

    def run(self) -> None:
        count = 0
        while not self._ended.wait(self._seconds):
            count += 1
            # A place that cannot be reached now may be later; the transfers of the scenes report it.
            with suppress(DsiaError, OSError):
                now = self._own.model_copy(update={"beat": count, "running": sorted(self._hold.running)}).to_json()
                if self._place.update(self.written, now):
                    self.written = now
                    continue
                try:
                    self._hold.check()
                except StorageError as error:
                    self._hold.lost = str(error)
                    return
                self.written = self._place.read() or b""  # it is ours: an update whose answer was lost

    def end(self) -> None:
        """Stop, and give the lock back if it is still this run's."""
        self._ended.set()
        if self.ident is not None:
            self.join()
        found = self._place.read() or b""
        if parse_lock(found).token == self._own.token:
            self._place.release(found)


@contextmanager
def address_lock(place: LockPlace, heartbeat: float = HEARTBEAT_SECONDS) -> Iterator[Hold]:
    """Hold the lock of a data set. StorageError names the process that holds it already.

    The lock is made in one step where the place can, and read back after a moment elsewhere. Its heartbeat counts up;
    no clocks are compared. A holder on this machine whose process has ended is stale at once, one on another machine
    when its heartbeat has not moved for TIMEOUT_HEARTBEATS. A holder that was wrongly considered stale finds the
    other's name in the lock before its next write.
    """
    own = LockDocument(
        pid=os.getpid(), host=socket.gethostname(), machine=machine(), token=secrets.token_hex(8),
        beat=0, started=started(os.getpid()), running=[],
    )  # fmt: skip
    hold = Hold(Fence(place, own.token or ""))
    beats = _Heartbeat(place, own, hold, heartbeat)
    try:
        _acquire(place, own, heartbeat)
        beats.start()
        yield hold
        beats.end()
    except BaseException as error:
        quick, released = leaving() or isinstance(error, KeyboardInterrupt), False
        with suppress(DsiaError, OSError):  # what went wrong first is to be reported
            released = in_time(LEAVE_SECONDS if quick else None, beats.end)
        if not released:
            error.add_note(f"{place.where} is out of reach and stays; the next run takes it over")
        raise


def considered_stale(place: LockPlace, found: bytes, heartbeat: float) -> bool:
    """Whether the holder of a lock no longer runs, as far as can be told; waits for a heartbeat from other machines."""
    holder = parse_lock(found)
    if holder.machine == machine():
        return has_ended(holder)
    until = time.monotonic() + TIMEOUT_HEARTBEATS * heartbeat
    while time.monotonic() < until:
        time.sleep(heartbeat / 4)
        if place.read() != found:
            return False
    return True


def _acquire(place: LockPlace, own: LockDocument, heartbeat: float) -> None:
    data = own.to_json()
    if place.create(data):
        if place.exclusive:
            return
    else:
        found = place.read()
        if found is None or parse_lock(found).token != own.token:  # else a put that was answered late
            if found is None:  # it has just gone
                got = place.create(data)
            else:
                got = considered_stale(place, found, heartbeat) and place.take(found, data)
            if not got:
                raise _taken(place, parse_lock(place.read() or found or b""))
    time.sleep(min(SETTLE_SECONDS, heartbeat))
    holder = parse_lock(place.read() or b"")
    if holder.token != own.token:
        raise _taken(place, holder)


def _taken(place: LockPlace, holder: LockDocument) -> StorageError:
    return StorageError(
        f"{place.address} is being written by {holder.process or 'another process'}; wait for it to end, or "
        f"choose another place ({place.where} is its lock)"
    )
