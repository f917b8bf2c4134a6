"""Bytes on disk: writes that are whole or absent, and errors of the disk as one sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dsia_gen.core.errors import StorageError

_NEXT_STEP = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again, finished scenes are kept",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again, finished scenes are kept",
    errno.EACCES: "permission denied; make the folder writable or choose another",
    errno.EPERM: "permission denied; make the folder writable or choose another",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder, not a file",
}


def storage_error(action: str, path: Path, error: OSError) -> StorageError:
    """A failure of the disk in one sentence with the next step."""
    reason = _NEXT_STEP.get(error.errno or 0) or error.strerror or str(error)
    return StorageError(f"cannot {action} {path}: {reason}")


@contextmanager
def disk(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a StorageError that says what was done to which path."""
    try:
        yield
    except OSError as error:
        raise storage_error(action, path, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and its parents, also while another process removes a parent that it found empty."""
    with disk("write", path):
        for _ in range(50):
            with suppress(FileNotFoundError):
                path.mkdir(parents=True, exist_ok=True)
                return
        path.mkdir(parents=True, exist_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file, its parents included, and flush it to the disk."""
    make_folder(path.parent)
    with disk("write", path), path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def replace_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a reader sees the old file or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write_bytes(temporary, data)
        with disk("write", path):
            temporary.replace(path)
        sync_folder(path.parent)
    except StorageError:
        with suppress(OSError):  # the first failure is the one to tell of
            temporary.unlink()
        raise


def json_bytes(document: Mapping[str, object]) -> bytes:
    """UTF-8 JSON for people and programs: keys in the order given, two spaces, no NaN, a newline at the end."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk, where the system can (renames survive a power cut)."""
    if os.name == "nt":
        return
    with disk("write", path):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # network file systems that cannot
                raise
        finally:
            os.close(handle)


def file_hash(path: Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes."""
    with disk("read", path), path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def remove_tree(path: Path) -> None:
    """Remove a folder and all below it; nothing happens when it is not there."""
    with disk("remove", path):
        if path.exists():
            shutil.rmtree(path)
