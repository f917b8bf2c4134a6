"""The lock of a data set where it lies, in a folder or a store: no change of it undoes what another run has done."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import Protocol

from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk, write_bytes
from dsia_gen.core.locations import join
from dsia_gen.core.remote import Remote

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links answer."""
LARGEST_LOCK = 2**20
"""Bytes of a lock that are read."""
_SAFE = 0
for _name in ("O_BINARY", "O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"):  # those that this system has
    _SAFE |= getattr(os, _name, 0)
"""A link is not followed, and a pipe not waited for."""


class LockPlace(Protocol):
    """Where the lock of a data set lies. `before` is always the content that the caller has seen there."""

    address: str
    """Of the data set."""
    where: str
    """Of the lock."""
    exclusive: bool
    """Whether `create` certainly lets one of many through."""

    def create(self, data: bytes) -> bool:
        """Put the lock only where there is none. Whether it was put."""

    def read(self) -> bytes | None:
        """Its content; None where there is none."""

    def update(self, before: bytes, data: bytes) -> bool:
        """Change one's own lock. False when it is not there any more."""

    def take(self, before: bytes, data: bytes) -> bool:
        """Put a lock in the place of another's. False when that has changed."""

    def release(self, before: bytes) -> None:
        """Remove one's own lock; another's stays."""


class FolderLock:
    """The lock of a folder, on one machine or on a file system that many share.

    The file gets its name by a hard link, which NFS makes in one step. Its holder writes into the file and not to the
    name; who takes it over moves the file aside. So a holder that wakes after that writes into a file without a name.
    """

    exclusive = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.address, self.where = str(path.parent), str(path)

    def create(self, data: bytes) -> bool:
        temporary = self._aside()
        try:
            write_bytes(temporary, data)
            with disk("lock", self.path):
                return self._link(temporary) if os.name != "nt" else self._exclusive(data)
        finally:
            with disk("remove", temporary):
                temporary.unlink(missing_ok=True)

    def read(self) -> bytes | None:
        return self._content(self.path)

    def update(self, before: bytes, data: bytes) -> bool:
        with disk("write", self.path):
            try:
                handle = os.open(self.path, os.O_RDWR | _SAFE)
            except FileNotFoundError:
                return False
            with os.fdopen(handle, "r+b", buffering=0) as stream:
                if not stat.S_ISREG(os.fstat(handle).st_mode) or not _same(stream.read(LARGEST_LOCK), before):
                    return False
                stream.seek(0)
                stream.write(data.ljust(len(before)))  # never shorter: a reader sees whole documents
                os.fsync(handle)
                try:
                    return os.path.samestat(os.fstat(handle), self.path.lstat())
                except FileNotFoundError:
                    return False

    def take(self, before: bytes, data: bytes) -> bool:
        return self._remove(before) and self.create(data)

    def release(self, before: bytes) -> None:
        found = self.read()
        if found is not None and _same(found, before):  # else there is nothing to move aside
            self._remove(before)

    def _remove(self, before: bytes) -> bool:
        """Move the file aside, so that of many one has it, and remove it if it is the one that was seen."""
        aside = self._aside()
        with disk("lock", self.path):
            try:
                self.path.rename(aside)
            except FileNotFoundError:
                return True
        found = self._content(aside)
        right = found is not None and _same(found, before)
        with disk("lock", self.path):
            if not right:  # another run was quicker: its lock goes back
                self._link(aside)
            aside.unlink(missing_ok=True)
        return right

    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")

    def _link(self, source: Path) -> bool:
        try:
            os.link(source, self.path)
            return True
        except (FileExistsError, FileNotFoundError):
            return False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
        return self._exclusive(source.read_bytes())

    def _exclusive(self, data: bytes) -> bool:
        try:
            with self.path.open("xb") as stream:
                stream.write(data)
        except FileExistsError:
            return False
        return True

    def _content(self, path: Path) -> bytes | None:
        with disk("read", path):  # looks at the kind of file itself
            try:
                kind = path.lstat().st_mode
                if not stat.S_ISREG(kind):
                    raise StorageError(
                        f"{path} is a {_KINDS.get(stat.S_IFMT(kind), 'device')}, and not the lock that a run writes; "
                        "remove it when nothing is writing here"
                    )
                with os.fdopen(os.open(path, os.O_RDONLY | _SAFE), "rb") as stream:
                    return stream.read(LARGEST_LOCK)
            except FileNotFoundError:
                return None


class StoreLock:
    """The lock of an address, changed by conditional puts where the store has them."""

    exclusive = False

    def __init__(self, address: str, name: str) -> None:
        self.remote, self.name = Remote(address), name
        self.address, self.where = address, join(address, name)

    def create(self, data: bytes) -> bool:
        return self.remote.create(self.name, data)

    def read(self) -> bytes | None:
        return self.remote.read(self.name)

    def update(self, before: bytes, data: bytes) -> bool:
        return self.remote.swap(self.name, before, data)

    def take(self, before: bytes, data: bytes) -> bool:
        return self.remote.swap(self.name, before, data) or self.create(data)

    def release(self, before: bytes) -> None:
        if self.read() == before:
            self.remote.remove([self.name])


_KINDS = {stat.S_IFDIR: "folder", stat.S_IFLNK: "link", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}


def _same(one: bytes, other: bytes) -> bool:
    """Whether two locks are the same, but for the blanks that fill up a shorter one."""
    return one.rstrip() == other.rstrip()
