"""The lock of a data set, wherever it lies."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dsia_gen.core.io import disk, replace_bytes, write_bytes
from dsia_gen.dataset.layout import DatasetLayout
from dsia_gen.farm.heartbeat_lock import HEARTBEAT_SECONDS, Hold, address_lock

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK)
"""What file systems without hard links answer."""


@contextmanager
def dataset_lock(layout: DatasetLayout, heartbeat: float = HEARTBEAT_SECONDS) -> Iterator[Hold]:
    """Hold the lock of a data set, a folder's or an address's. StorageError names the process that holds it already."""
    with address_lock(FolderPlace(layout.root) if layout.mirror is None else layout.mirror.remote, heartbeat) as hold:
        yield hold


class FolderPlace:
    """A folder as a place for a lock, on one machine or on a file system that many share."""

    exclusive = True
    """`create` lets one of many through, on network file systems too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder)

    def create(self, name: str, data: bytes) -> bool:
        """Write a whole file and link it to its name: NFS does that in one step, unlike flock and O_EXCL of old."""
        path = self.folder / name
        temporary = path.with_name(f"{name}.{secrets.token_hex(8)}")
        write_bytes(temporary, data)
        with disk("lock", path):
            try:
                os.link(temporary, path)
                return True
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno not in NO_LINKS:
                    raise
            finally:
                temporary.unlink(missing_ok=True)
            try:
                with path.open("xb") as stream:
                    stream.write(data)
            except FileExistsError:
                return False
        return True

    def read(self, name: str) -> bytes | None:
        with disk("read", self.folder / name):
            try:
                return (self.folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        replace_bytes(self.folder / name, data)

    def remove(self, names: Sequence[str]) -> None:
        for name in names:
            with disk("remove", self.folder / name):
                (self.folder / name).unlink(missing_ok=True)
