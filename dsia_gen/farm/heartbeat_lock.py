"""One driver a data set, in a folder or a store: a lock with a heartbeat, so that a dead holder does not keep it."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from dsia_gen.core.document import parse_document
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.remote import join
from dsia_gen.core.system import alive
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.layout import LOCK

BEAT_SECONDS = 15.0
PATIENCE = 3.0
"""Beats that are waited for before a holder is held for dead."""
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
    """What a driver that holds a lock says of itself; `running` are the scenes in work."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.lost = ""

    def check(self) -> None:
        """StorageError when another run has taken the lock over."""
        if self.lost:
            raise StorageError(self.lost)


@contextmanager
def address_lock(remote: LockPlace, beat: float = BEAT_SECONDS) -> Iterator[Hold]:
    """Hold the lock of a data set. StorageError names the process that holds it already.

    The lock is made by a conditional put where the place has one, and read back after a moment. Its beat counts up; no
    clocks are compared. A holder on this machine whose process is gone is dead at once, one elsewhere when its beat
    has not moved for PATIENCE beats. A holder that was wrongly held for dead sees the other's name in the lock at its
    next beat, and ends.
    """
    hold, token = Hold(), secrets.token_hex(8)
    _acquire(remote, token, beat)
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(remote, token, hold, beat, stop), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield hold
    finally:
        stop.set()
        thread.join()
        if _read(remote).token == token:
            remote.remove([LOCK])


def _acquire(remote: LockPlace, token: str, beat: float) -> None:
    if not remote.create(LOCK, _document(token, 0, ())):
        holder = _read(remote)
        if holder.token != token:  # else a put that was answered late
            if not _dead(remote, holder, beat) or _read(remote) != holder:
                raise _taken(remote, _read(remote))
            remote.remove([LOCK])
            if not remote.create(LOCK, _document(token, 0, ())):
                raise _taken(remote, _read(remote))
    elif getattr(remote, "exclusive", False):
        return
    time.sleep(min(SETTLE_SECONDS, beat))
    holder = _read(remote)
    if holder.token != token:
        raise _taken(remote, holder)


def _dead(remote: LockPlace, holder: LockDocument, beat: float) -> bool:
    if holder.machine == machine():
        pid = holder.pid or 0
        return not alive(pid) or holder.started != started(pid)
    until = time.monotonic() + PATIENCE * beat
    while time.monotonic() < until:
        time.sleep(beat / 4)
        if _read(remote) != holder:
            return False
    return True


def _beat(remote: LockPlace, token: str, hold: Hold, beat: float, stop: threading.Event) -> None:
    count = 0
    while not stop.wait(beat):
        count += 1
        with suppress(DsiaError):  # a store that cannot be reached now may be later; the scenes' own transfers tell
            holder = _read(remote)
            if holder.token not in (None, token):
                hold.lost = f"{remote.address} was taken over by {holder.process or 'another process'}; this run ends"
                return
            remote.write(LOCK, _document(token, count, tuple(hold.running)))


def _document(token: str, beat: int, running: tuple[str, ...]) -> bytes:
    document = LockDocument(
        pid=os.getpid(),
        host=socket.gethostname(),
        machine=machine(),
        token=token,
        beat=beat,
        started=started(os.getpid()),
        running=sorted(running),
    )
    return document.to_json()


def _read(remote: LockPlace) -> LockDocument:
    """What the holder reports of itself; empty where there is no lock, or another program's."""
    try:
        return parse_document(LockDocument, remote.read(LOCK) or b"{}", LOCK, "a lock")
    except StorageError:
        return LockDocument()


def machine() -> str:
    """What tells this machine and its table of processes from others; containers have a table of their own."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{socket.gethostname()} {os.getpid()}"  # never another's: the beat decides


def started(process: int) -> int:
    """When a process of this machine began, in ticks since the machine did (Linux; elsewhere 0). Ids are used again."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[19])


def _taken(remote: LockPlace, holder: LockDocument) -> StorageError:
    return StorageError(
        f"{remote.address} is being written by {holder.process or 'another process'}; wait for it to end, or "
        f"choose another place ({join(remote.address, LOCK)} is its lock)"
    )
