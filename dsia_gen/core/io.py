"""Bytes on disk: writes that are whole or absent, and errors of the disk as one sentence."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from dsia_gen.core.errors import StorageError
from dsia_gen.core.inside_path import InsidePath

_NEXT_STEP = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again, finished scenes are kept",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again, finished scenes are kept",
    errno.EACCES: "permission denied; make the folder writable or choose another",
    errno.EPERM: "permission denied; make the folder writable or choose another",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENAMETOOLONG: "the path is too long; give a shorter one",
    errno.ELOOP: "links lead in a circle; give the folder itself",
}

_IN_USE = (5, 32)
"""Errors of Windows for a file that another process has open."""
_MOVES, _MOVE_SECONDS = 20, 0.05


def storage_error(action: str, path: Path, error: OSError) -> StorageError:
    """Describe a failure of the disk in one sentence with the next step.

    Parameters
    ----------
    action : str
        What was tried, as in "write".
    path : Path
        With which file or folder.
    error : OSError
        What came of it.

    Returns
    -------
    StorageError
        To be raised.
    """
    reason = _NEXT_STEP.get(error.errno or 0) or error.strerror or str(error)
    return StorageError(f"cannot {action} {path}: {reason}")


@contextmanager
def disk(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into a StorageError that says what was done to which path.

    Parameters
    ----------
    action : str
        What the block does, as in "write".
    path : Path
        With which file or folder.

    Yields
    ------
    None
        Nothing.
    """
    try:
        yield
    except OSError as error:
        raise storage_error(action, path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """As `disk`, for a block that reads a path; a pipe, a socket or a device is refused, because opening it may wait.

    Parameters
    ----------
    path : Path
        The file or folder. Links are followed.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    StorageError
        The path cannot be read, or is not a file.
    """
    with disk("read", path):
        with suppress(OSError):  # what is missing is reported by whoever opens it
            mode = path.stat().st_mode
            for kind, name in ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"),
                               (stat.S_ISBLK, "a device")):  # fmt: skip
                if kind(mode):
                    raise StorageError(f"cannot read {path}: it is {name}, not a file; put the file itself there")
        yield


def make_folder(path: Path) -> None:
    """Make a folder and its parents, also while another process removes a parent that it found empty.

    Parameters
    ----------
    path : Path
        The folder.
    """
    with disk("write", path):
        for _ in range(50):
            with suppress(FileNotFoundError):
                path.mkdir(parents=True, exist_ok=True)
                return
        path.mkdir(parents=True, exist_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file, its parents included, and flush it to the disk.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes
        Its content.
    """
    make_folder(path.parent)
    with disk("write", path), path.open("wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


@contextmanager
def replacing(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """Replace a file in one step: a reader sees the old file or the new one, never a part.

    Parameters
    ----------
    path : Path
        The file; its folder is made.
    sync : bool
        Whether the file must be on the disk before it gets its name.

    Yields
    ------
    Path
        A temporary path in the same folder, with the same suffix, which the block writes. When the block raises, it is
        removed and `path` is left as it was.

    Raises
    ------
    StorageError
        The disk is full, or the like, also inside the block.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}.tmp{path.suffix}")
    with disk("write", path):
        try:
            yield temporary
            if sync:
                with temporary.open("rb+") as stream:
                    os.fsync(stream.fileno())
            move(temporary, path)
        except BaseException:
            with suppress(OSError):  # the first failure is the one to report
                temporary.unlink()
            raise
    if sync:
        sync_folder(path.parent)


def move(source: Path, target: Path, replace: Callable[[Path, Path], None] = os.replace) -> None:
    """Give a file or folder another path in one step, over a file that is there.

    Parameters
    ----------
    source, target : Path
        From where to where, on one disk.
    replace : callable
        Does it; tests give another.

    Notes
    -----
    Windows refuses it while another process has either of them open, such as a reader or a virus scanner: it is tried
    again for a second.
    """
    for _ in range(_MOVES):
        try:
            replace(source, target)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
        time.sleep(_MOVE_SECONDS)
    replace(source, target)


def replace_bytes(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Put bytes at a path in one step; see `replacing`.

    Parameters
    ----------
    path : Path
        The file.
    data : bytes
        Its new content.
    sync : bool
        Whether the file must be on the disk before it gets its name.
    """
    with replacing(path, sync=sync) as temporary:
        temporary.write_bytes(data)


def json_bytes(document: Mapping[str, object]) -> bytes:
    """UTF-8 JSON for people and programs.

    Parameters
    ----------
    document : mapping
        JSON values by key; NaN is an error.

    Returns
    -------
    bytes
        Keys in the order given, indented by two spaces, a newline at the end.
    """
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def sync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk, where the system can (renames survive a power cut).

    Parameters
    ----------
    path : Path
        The folder.
    """
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
    """Hash of a file's bytes.

    Parameters
    ----------
    path : Path
        The file.
    algorithm : str
        A name that hashlib knows.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    with reading(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def remove_files(folder: Path, names: Iterable[InsidePath]) -> None:
    """Remove files of a folder by their names, and the folders below it that are empty then.

    Parameters
    ----------
    folder : Path
        The folder, which stays.
    names : iterable of InsidePath
        What may be removed; those that are not there are passed over, and everything else is left alone.
    """
    for name in sorted(names, reverse=True):
        path = name.below(folder)
        with disk("remove", path):
            path.unlink(missing_ok=True)
            for parent in path.relative_to(folder).parents[:-1]:
                if (folder / parent).is_dir() and not any((folder / parent).iterdir()):
                    (folder / parent).rmdir()


def remove_tree(path: Path) -> None:
    """Remove a folder and all below it; nothing happens when it is not there.

    Parameters
    ----------
    path : Path
        The folder.
    """
    with disk("remove", path):
        if path.exists():
            shutil.rmtree(path)
