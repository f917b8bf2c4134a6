"""One driver a data set folder: a lock that says who holds it and that a dead holder does not keep."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.dataset.storage import disk
from dsia_gen.errors import StorageError
from dsia_gen.farm.remote_lock import LOCK, Hold, address_lock


@contextmanager
def dataset_lock(layout: DatasetLayout) -> Iterator[Hold]:
    """Hold the lock of a data set, a folder's or an address's. StorageError names the process that holds it already."""
    if layout.mirror is not None:
        with address_lock(layout.mirror.remote) as hold:
            yield hold
    else:
        with folder_lock(layout.root):
            yield Hold()


@contextmanager
def folder_lock(root: Path) -> Iterator[None]:
    """Hold the lock of a folder. StorageError names the process that holds it already.

    The kernel drops the lock of a process that died, so a stale file is taken over. Locks of another host cannot
    be trusted on every network file system: such a file is believed until its host's run removes it or a person does.
    """
    path = root / LOCK
    with disk("lock", path), path.open("a+", encoding="utf-8") as stream:
        _acquire(stream, path)
        stream.seek(0)
        stream.truncate()
        json.dump({"pid": os.getpid(), "host": socket.gethostname()}, stream)
        stream.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _acquire(stream: IO[str], path: Path) -> None:
    holder = _holder(stream)
    if not _locked(stream) or not _same_file(stream, path):
        raise StorageError(
            f"{path.parent} is being written by {_named(holder)}; wait for it to end or choose another folder"
        )
    if holder.get("host", socket.gethostname()) != socket.gethostname():
        raise StorageError(
            f"{path.parent} is being written by {_named(holder)}; if that run is dead, remove {path} and try again"
        )


def _locked(stream: IO[str]) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same_file(stream: IO[str], path: Path) -> bool:
    """False when the file was removed and made anew between opening and locking it."""
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _holder(stream: IO[str]) -> dict[str, object]:
    stream.seek(0)
    try:
        holder = json.loads(stream.read())
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _named(holder: dict[str, object]) -> str:
    return f"process {holder['pid']} on {holder['host']}" if {"pid", "host"} <= holder.keys() else "another process"
