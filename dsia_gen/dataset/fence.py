"""The fence around a data set: a run asks before each write that counts whether the lock is still its own."""

from __future__ import annotations

import time

from dsia_gen.core.document import parse_document
from dsia_gen.core.errors import StorageError
from dsia_gen.core.system import alive, machine, started
from dsia_gen.dataset.documents.lock_document import LockDocument
from dsia_gen.dataset.lock_place import LockPlace

LOOKS, LOOK_SECONDS = 5, 0.1
"""A lock that is not there, or half written, is looked at again: who takes it over moves it aside for a moment."""
RECENT_SECONDS = 1.0
"""In the middle of a transfer the lock is asked so often."""


class Fence:
    """Tells whether a run still holds the lock of a data set. Can be pickled.

    Parameters
    ----------
    place : LockPlace
        Where the lock lies.
    token : str
        Random name of the run.
    """

    def __init__(self, place: LockPlace, token: str) -> None:
        self.place, self.token = place, token
        self._asked = float("-inf")

    def check(self) -> None:
        """Ask the lock. StorageError when another run holds it, or it is gone with its folder."""
        for look in range(LOOKS):
            if look:
                time.sleep(LOOK_SECONDS)
            data = self.place.read()
            holder = parse_lock(data or b"")
            if holder.token == self.token:
                self._asked = _now()
                return
            if holder.token is not None:
                break
        if data is None:
            raise StorageError(
                f"{self.place.address} was removed, moved or covered by another disk while it was written "
                f"({self.place.where} is gone); this run ends, the same command makes what is missing"
            )
        raise StorageError(
            f"{self.place.address} was taken over by {holder.process or 'another process'}; this run ends"
        )

    def check_often(self) -> None:
        """Ask the lock, unless that was done just now."""
        if _now() - self._asked > RECENT_SECONDS:
            self.check()


def parse_lock(data: bytes) -> LockDocument:
    """What the holder of a lock reports; empty where there is no lock, or another program's."""
    try:
        return parse_document(LockDocument, data or b"{}", "the lock", "a lock")
    except StorageError:
        return LockDocument()


def has_ended(holder: LockDocument) -> bool:
    """Whether the holder of a lock was a process of this machine that runs no more; elsewhere that cannot be seen."""
    if holder.machine != machine():
        return False
    return holder.pid is None or not alive(holder.pid) or holder.started != started(holder.pid)


def _now() -> float:
    """Seconds, also those in which the machine was suspended, where the system counts them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
