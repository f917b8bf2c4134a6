"""Bytes at an address (s3://, gs://, az://, memory://, ...), through fsspec: tried again when a connection is cut."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from dsia_gen.core.errors import DsiaError, NetworkError, StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import reading, replace_bytes
from dsia_gen.core.leaving import in_parallel, leaving, pause
from dsia_gen.core.locations import Place, join, place_of

T = TypeVar("T")
A = TypeVar("A")
Info = Mapping[str, object]
"""What fsspec reports of an object."""

TRIES = 6
CHANGES = ("write", "remove")
BACK_OFF_SECONDS = 0.5
"""Wait before the second try; twice as long before each further one: 15 s in all, beside the client's own waits."""
SENDS = 3
PARALLEL = 8
EXTRAS = {"s3": "s3", "s3a": "s3"}
HIERARCHIES = frozenset({"memory", "sftp", "ftp", "smb", "hdfs", "webhdfs", "http", "https"})
"""Schemes of stores without buckets."""
_SETTINGS = ("AWS_", "AZURE_", "FSSPEC_", "GCSFS_", "GOOGLE_", "STORAGE_")
"""How the variables begin from which clients take endpoints and accounts."""
_CLIENTS: dict[tuple[object, ...], Any] = {}
"""Making a client takes half a second: one for each scheme, process and set of variables."""
_MD5 = re.compile(r"^[0-9a-f]{32}$")
_FOR_GOOD = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, ImportError,
             TypeError, ValueError, NotImplementedError)  # fmt: skip
_REFUSED = re.compile(r"credentials|forbidden|denied|nosuchbucket|no such bucket|does not exist", re.IGNORECASE)


@dataclass(frozen=True)
class Stored:
    """What a store reports of an object.

    Parameters
    ----------
    size : int
        Bytes.
    md5 : str
        MD5 (hex); empty where the store does not report it.
    """

    size: int
    md5: str = ""


class Remote:
    """The objects below an address; names are relative to it. Can be pickled and used from several threads.

    Reading and writing is tried TRIES times, but once where this process was asked to stop. `guard`, if it is set, is
    called before each try to change something, and raises when that is not allowed any more.

    Parameters
    ----------
    address : str
        Such as s3://bucket/data.

    Raises
    ------
    StorageError
        From every method, when the store refuses: no such bucket, no permission, no client installed.
    NetworkError
        From every method, when the store cannot be reached; another machine may reach it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.guard: Callable[[], None] | None = None
        self._client: tuple[int, Any] | None = None

    def __repr__(self) -> str:
        return f"Remote({self.address!r})"

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_client": None}  # connections do not travel

    @property
    def fs(self) -> Any:
        """The fsspec file system, one a process: its event loop does not survive a fork."""
        if self._client is None or self._client[0] != os.getpid():
            self._client = (os.getpid(), _client(self.address))
        return self._client[1]

    def path(self, name: str = "") -> str:
        """The path of an object as the file system wants it.

        Parameters
        ----------
        name : str
            Of the object, below the address; StorageError when it leads out of it.

        Returns
        -------
        str
            Without the scheme.
        """
        root = str(self.fs._strip_protocol(self.address)).rstrip("/")
        return f"{root}/{InsidePath.stated(name, self.address)}" if name else root

    def require_bucket(self) -> None:
        """StorageError when the bucket of the address is not there; a store that does not say is taken at its word."""
        scheme, _, rest = self.address.partition("://")
        bucket = rest.partition("/")[0]

        def call() -> bool:
            try:
                self.fs.invalidate_cache()
                self.fs.ls(bucket, detail=False)
            except PermissionError:  # a key may allow what lies below the address alone
                return True
            return True

        if scheme not in HIERARCHIES and not self._tried("list", "", call, False):
            raise StorageError(f"there is no bucket {bucket!r} at {scheme}://; look at the name and at the credentials")

    def list(self, below: str = "") -> dict[str, Stored]:
        """Every object in a folder and below it.

        Parameters
        ----------
        below : str
            The folder; empty for all.

        Returns
        -------
        dict of str to Stored
            By its name relative to the folder.
        """
        start = self.path(below) + "/"

        def call() -> dict[str, Info]:
            self.fs.invalidate_cache()
            return dict(self.fs.find(start.rstrip("/"), detail=True))

        found = self._tried("list", below, call, {})
        return {path.removeprefix(start): _stored(info) for path, info in found.items() if path.startswith(start)}

    def folders(self, below: str) -> tuple[str, ...]:
        """The folders in a folder.

        Parameters
        ----------
        below : str
            The folder.

        Returns
        -------
        tuple of str
            Their names, sorted.
        """
        return self._names(below, "directory")

    def files(self, below: str) -> tuple[str, ...]:
        """The objects in a folder, without those in folders below it.

        Parameters
        ----------
        below : str
            The folder.

        Returns
        -------
        tuple of str
            Their names, sorted.
        """
        return self._names(below, "file")

    def _names(self, below: str, kind: str) -> tuple[str, ...]:
        def call() -> list[Info]:
            self.fs.invalidate_cache()
            return list(self.fs.ls(start, detail=True))

        start = self.path(below)
        entries = self._tried("list", below, call, [])
        found = (str(entry["name"]) for entry in entries if entry["type"] == kind)
        return tuple(sorted({path.removeprefix(f"{start}/").rstrip("/") for path in found}))

    def read(self, name: str) -> bytes | None:
        """The content of an object.

        Parameters
        ----------
        name : str
            Of the object, below the address.

        Returns
        -------
        bytes or None
            None when there is none of this name.
        """
        return self._tried("read", name, lambda: bytes(self.fs.cat_file(self.path(name))), None)

    def size(self, name: str) -> int | None:
        """Bytes of an object.

        Parameters
        ----------
        name : str
            Of the object, below the address.

        Returns
        -------
        int or None
            None when there is none of this name.
        """

        def call() -> int | None:
            info = self.fs.info(self.path(name))
            return None if info["type"] == "directory" else int(info.get("size") or 0)

        return self._tried("read", name, call, None)

    def write(self, name: str, data: bytes) -> None:
        """Put an object in the place of what was there; readers see the old one or the new one.

        Parameters
        ----------
        name : str
            Of the object, below the address.
        data : bytes
            Its content.
        """
        self._tried("write", name, lambda: self.fs.pipe_file(self.path(name), data))

    def create(self, name: str, data: bytes) -> bool:
        """Put an object only where there is none, by a conditional put where the store has one.

        Parameters
        ----------
        name : str
            Of the object, below the address.
        data : bytes
            Its content.

        Returns
        -------
        bool
            Whether it was put.
        """

        def call() -> bool:
            try:
                self.fs.pipe_file(self.path(name), data, mode="create")
            except FileExistsError:
                return False
            except (TypeError, NotImplementedError):  # a store without conditional puts
                if self.fs.exists(self.path(name)):
                    return False
                self.fs.pipe_file(self.path(name), data)
            return True

        return self._tried("write", name, call)

    def swap(self, name: str, before: bytes, data: bytes) -> bool:
        """Put an object in the place of one with a known content, in one step where the store can (S3's If-Match).

        Parameters
        ----------
        name : str
            Of the object, below the address.
        before : bytes
            The content that it must have.
        data : bytes
            Its new content.

        Returns
        -------
        bool
            Whether it was put; False where there is another content, or no object.
        """

        def call() -> bool:
            path = self.path(name)
            try:
                tag = self.fs.info(path).get("ETag")  # asked before the content: a change after it is noticed
                found = bytes(self.fs.cat_file(path))
                if found not in (before, data):  # `data`: a try whose answer was lost
                    return False
                if not tag:
                    self.fs.pipe_file(path, data)
                    return True
                try:
                    self.fs.pipe_file(path, data, IfMatch=tag)
                except (TypeError, ValueError, NotImplementedError):  # of a client or a store without conditional puts
                    self.fs.pipe_file(path, data)
                except OSError as error:
                    if "NotImplemented" not in str(error):
                        raise
                    self.fs.pipe_file(path, data)
                return True
            except (FileNotFoundError, FileExistsError):
                return False

        return self._tried("write", name, call)

    def download(self, name: str, target: Path) -> None:
        """Write the content of an object to a file, in one step.

        Parameters
        ----------
        name : str
            Of the object, below the address.
        target : Path
            The file; its folder is made.

        Raises
        ------
        StorageError
            When the object is not there.
        """
        data = self.read(name)
        if data is None:
            raise StorageError(f"{join(self.address, name)} is missing; render the scene again")
        replace_bytes(target, data)

    def upload(self, folder: str, files: Mapping[str, Path]) -> None:
        """Put files below `folder` under their names, and see that what arrived is what was sent.

        The store's own MD5 is compared where it gives one; elsewhere, or where it differs (an encrypted object's is
        of something else), the object is read back. What differs is sent again.

        Parameters
        ----------
        folder : str
            Below the address.
        files : mapping of str to Path
            Files of this machine by their names in the folder.

        Raises
        ------
        NetworkError
            When something else arrives in each of SENDS tries.
        """
        waiting = dict(files)
        for _ in range(SENDS):
            in_parallel(lambda name: self._put(f"{folder}/{name}", files[name]), waiting, PARALLEL)
            there = self.list(folder)
            stored = [(name, there.get(name)) for name in waiting]
            sound = in_parallel(lambda item: self._arrived(folder, item[0], files[item[0]], item[1]), stored, PARALLEL)
            waiting = {name: path for (name, path), good in zip(waiting.items(), sound, strict=True) if not good}
            if not waiting:
                return
        raise NetworkError(f"{join(self.address, folder, next(iter(waiting)))} does not arrive as it is sent")

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over.

        Parameters
        ----------
        names : iterable of str
            Of the objects, below the address.
        """
        for name in names:
            self._tried("remove", name, partial(self.fs.rm_file, self.path(name)), None)

    def _put(self, name: str, path: Path) -> None:
        self._tried("write", name, lambda: self.fs.put_file(str(path), self.path(name)))

    def _arrived(self, folder: str, name: str, path: Path, there: Stored | None) -> bool:
        data = path.read_bytes()
        if there is None or there.size != len(data):
            return False
        if there.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest():
            return True
        return self.read(f"{folder}/{name}") == data

    def _tried(self, action: str, name: str, call: Callable[[], T], *absent: A) -> T | A:
        """The result of `call`, tried again while connections are cut; `absent` (if given) for a missing file."""
        what = join(self.address, name) if name else self.address
        for attempt in range(TRIES):
            try:
                if self.guard is not None and action in CHANGES:
                    self.guard()
                return call()
            except DsiaError:
                raise
            except Exception as error:
                if absent and isinstance(error, FileNotFoundError):
                    return absent[0]
                if isinstance(error, _FOR_GOOD) or _REFUSED.search(f"{type(error).__name__} {error}"):
                    raise StorageError(f"cannot {action} {what}: {_reason(error)}") from error
                if attempt == TRIES - 1 or leaving():
                    raise NetworkError(
                        f"cannot {action} {what} in {attempt + 1} tries: {_reason(error)}; check the connection and "
                        "run the same command again, finished scenes are kept"
                    ) from error
                pause(BACK_OFF_SECONDS * 2**attempt)
        raise AssertionError("the loop returns or raises")


def stored_bytes(place: Place) -> bytes | None:
    """The content of one file.

    Parameters
    ----------
    place : Path or str
        A file, or the address of an object.

    Returns
    -------
    bytes or None
        None where there is no such file or object.

    Raises
    ------
    StorageError
        It cannot be read.
    """
    found = place_of(place)
    if isinstance(found, str):
        folder, _, name = found.rpartition("/")
        return Remote(folder).read(name)
    if not found.is_file():
        return None
    with reading(found):
        return found.read_bytes()


def _client(address: str) -> Any:
    scheme = address.partition("://")[0]
    extra = EXTRAS.get(scheme, "cloud")
    try:
        import fsspec
    except ImportError as error:
        raise StorageError(f"{scheme}:// needs fsspec; pip install 'dsia-gen[{extra}]'") from error
    try:
        # fsspec's own cache would hand out the client of another endpoint or account after the environment has changed
        settings = sorted((name, value) for name, value in os.environ.items() if name.startswith(_SETTINGS))
        key = (scheme, os.getpid(), tuple(settings))
        if key not in _CLIENTS:
            _CLIENTS[key] = fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True)
        return _CLIENTS[key]
    except (ImportError, ValueError) as error:
        raise StorageError(f"{address} cannot be opened ({error}); pip install 'dsia-gen[{extra}]'") from error


def _stored(info: Info) -> Stored:
    """Size and MD5 as S3 (ETag), Google (md5Hash) or Azure (content_md5) report them."""
    tag = str(info.get("ETag") or info.get("etag") or "").strip('"').lower()
    if info.get("md5Hash"):
        tag = base64.b64decode(str(info["md5Hash"])).hex()
    elif isinstance(digest := info.get("content_md5"), bytes | bytearray):
        tag = digest.hex()
    return Stored(int(str(info.get("size") or 0)), tag if _MD5.match(tag) else "")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
