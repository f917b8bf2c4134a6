"""One driver a data set, in a folder or a store: a lock with a heartbeat, so that a dead holder does not keep it."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from dsia_gen.core.document import parse_document
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.locations import join
from dsia_gen.core.system import alive, machine, started
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.layout import LOCK

HEARTBEAT_SECONDS = 15.0
TIMEOUT_HEARTBEATS = 3.0
"""Heartbeats after which a holder on another machine that shows none is considered stale."""
SETTLE_SECONDS = 1.0
"""Two runs that take over one lock at the same moment see within this time whose it is."""


class LockPlace(Protocol):
    """Where a lock lies: a `Remote`, or a folder. Names are relative to `address`."""

    address: str

    def create(self, name: str, data: bytes) -> bool:
        """Put a file only where there is none, in one step where the place can. Whether it was put."""

    def read(self, name: str) -> bytes | None: ...

    def write(self, name: str, data: bytes) -> None: ...

    def remove(self, names: Sequence[str]) -> None: ...


class Hold:
    """What a driver that holds a lock reports; `running` are the scenes in work."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.lost = ""

    def check(self) -> None:
        """StorageError when another run has taken the lock over."""
        if self.lost:
            raise StorageError(self.lost)


@contextmanager
def address_lock(place: LockPlace, heartbeat: float = HEARTBEAT_SECONDS) -> Iterator[Hold]:
    """Hold the lock of a data set. StorageError names the process that holds it already.

    The lock is made by a conditional put where the place has one, and read back after a moment. Its heartbeat counts
    up; no clocks are compared. A holder on this machine whose process has ended is stale at once, one on another
    machine when its heartbeat has not moved for TIMEOUT_HEARTBEATS. A holder that was wrongly considered stale sees the
    other's name in the lock at its next heartbeat, and ends.
    """
    hold, stop = Hold(), threading.Event()
    own = LockDocument(
        pid=os.getpid(), host=socket.gethostname(), machine=machine(), token=secrets.token_hex(8),
        beat=0, started=started(os.getpid()), running=[],
    )  # fmt: skip
    _acquire(place, own, heartbeat)

    def beat() -> None:
        count = 0
        while not stop.wait(heartbeat):
            count += 1
            # A store that cannot be reached now may be later; the transfers of the scenes report it.
            with suppress(DsiaError):
                holder = _read(place)
                if holder.token not in (None, own.token):
                    other = holder.process or "another process"
                    hold.lost = f"{place.address} was taken over by {other}; this run ends"
                    return
                now = own.model_copy(update={"beat": count, "running": sorted(hold.running)})
                place.write(LOCK, now.to_json())

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield hold
    finally:
        stop.set()
        thread.join()
        if _read(place).token == own.token:
            place.remove([LOCK])


def considered_stale(place: LockPlace, holder: LockDocument, heartbeat: float) -> bool:
    """Whether the holder of a lock no longer runs, as far as can be told; waits for a heartbeat from other machines."""
    if holder.machine == machine():
        pid = holder.pid or 0
        return not alive(pid) or holder.started != started(pid)
    until = time.monotonic() + TIMEOUT_HEARTBEATS * heartbeat
    while time.monotonic() < until:
        time.sleep(heartbeat / 4)
        if _read(place) != holder:
            return False
    return True


def _acquire(place: LockPlace, own: LockDocument, heartbeat: float) -> None:
    if not place.create(LOCK, own.to_json()):
        holder = _read(place)
        if holder.token != own.token:  # else a put that was answered late
            if not considered_stale(place, holder, heartbeat) or _read(place) != holder:
                raise _taken(place, _read(place))
            place.remove([LOCK])
            if not place.create(LOCK, own.to_json()):
                raise _taken(place, _read(place))
    elif getattr(place, "exclusive", False):
        return
    time.sleep(min(SETTLE_SECONDS, heartbeat))
    holder = _read(place)
    if holder.token != own.token:
        raise _taken(place, holder)


def _read(place: LockPlace) -> LockDocument:
    """What the holder reports; empty where there is no lock, or another program's."""
    try:
        return parse_document(LockDocument, place.read(LOCK) or b"{}", LOCK, "a lock")
    except StorageError:
        return LockDocument()


def _taken(place: LockPlace, holder: LockDocument) -> StorageError:
    return StorageError(
        f"{place.address} is being written by {holder.process or 'another process'}; wait for it to end, or "
        f"choose another place ({join(place.address, LOCK)} is its lock)"
    )
