"""Bytes at an address (s3://, gs://, az://, memory://, ...), through fsspec: tried again when a connection is cut."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from dsia_gen.core.errors import DsiaError, NetworkError, StorageError
from dsia_gen.core.io import replace_bytes

T = TypeVar("T")
Place = Path | str
"""A folder, as a Path, or an address, as text."""

TRIES = 6
BACK_OFF_SECONDS = 0.5
"""Wait before the second try; twice as long before each further one: 15 s in all, beside the client's own waits."""
SENDS = 3
CACHE = "DSIA_GEN_CACHE"
PARALLEL = 8
EXTRAS = {"s3": "s3", "s3a": "s3"}
_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]+):/(/?)(?=[^/]|/[^/])")
"""pathlib takes one of the two slashes away; it is put back. One letter before the colon is a drive."""
_MD5 = re.compile(r"^[0-9a-f]{32}$")
_FOR_GOOD = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError, ImportError,
             TypeError, ValueError, NotImplementedError)  # fmt: skip
_REFUSED = re.compile(r"credentials|forbidden|denied|nosuchbucket|no such bucket|does not exist", re.IGNORECASE)


def place_of(text: Place) -> Place:
    """A folder as a Path (file:// too), an address as text. StorageError for an address that carries a secret.

    An address that was made a Path on its way is an address still.
    """
    given = str(text)
    if not _ADDRESS.match(given):
        return Path(text)
    parts = urlsplit(_ADDRESS.sub(r"\1://", given))
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if ":" in parts.netloc.rpartition("@")[0] or parts.query:
        raise StorageError(
            f"an address of {parts.scheme}:// must carry no password or token, for it is kept beside the data and in "
            "logs; give the credentials in the environment, as the client of the store reads them"
        )
    return parts.geturl().rstrip("/")


def is_address(place: Place) -> bool:
    """Whether a place is in an object store and not a folder."""
    return isinstance(place_of(place), str)


def join(place: Place, *names: str) -> str:
    """The text of something below a place, for people."""
    return "/".join([str(place), *names]) if is_address(place) else str(Path(place, *names))


def cache_folder() -> Path:
    """Where this machine keeps what it fetched: DSIA_GEN_CACHE, or dsia-gen in the user's cache folder."""
    given = os.environ.get(CACHE)
    return Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dsia-gen"


def mirror_folder(kind: str, address: str) -> Path:
    """The folder of this machine for an address; a name that people can read, and a hash that keeps apart."""
    words = re.sub(r"[^A-Za-z0-9._-]+", "_", address)[-80:]
    return cache_folder() / kind / f"{hashlib.sha256(address.encode()).hexdigest()[:12]}_{words}"


@dataclass(frozen=True)
class Stored:
    """What a store tells of an object: its size, and its MD5 (hex) or "" where it does not tell."""

    size: int
    md5: str = ""


class Remote:
    """The objects below an address; names are relative to it. Can be pickled and used from several threads.

    Reading and writing is tried TRIES times. Raises StorageError when the store refuses (no such bucket, no
    permission, no client installed), and NetworkError when it cannot be reached, for another machine may reach it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: tuple[int, Any] | None = None

    def __repr__(self) -> str:
        return f"Remote({self.address!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {"address": self.address, "_client": None}  # connections do not travel

    @property
    def fs(self) -> Any:
        """The fsspec file system, one a process: its event loop does not survive a fork."""
        if self._client is None or self._client[0] != os.getpid():
            self._client = (os.getpid(), _client(self.address))
        return self._client[1]

    def path(self, name: str = "") -> str:
        """The path of an object as the file system wants it."""
        root = str(self.fs._strip_protocol(self.address)).rstrip("/")
        return f"{root}/{name}" if name else root

    def list(self, below: str = "") -> dict[str, Stored]:
        """Every object whose name begins with the folder `below`, by its name relative to it."""
        start = self.path(below) + "/"

        def call() -> dict[str, Any]:
            self.fs.invalidate_cache()
            try:
                return dict(self.fs.find(start.rstrip("/"), detail=True))
            except FileNotFoundError:
                return {}

        found = self._tried("list", below, call)
        return {path.removeprefix(start): _stored(info) for path, info in found.items() if path.startswith(start)}

    def folders(self, below: str) -> tuple[str, ...]:
        """Names of the folders in the folder `below`, sorted."""

        def call() -> list[dict[str, Any]]:
            self.fs.invalidate_cache()
            try:
                return list(self.fs.ls(self.path(below), detail=True))
            except FileNotFoundError:
                return []

        entries = self._tried("list", below, call)
        return tuple(sorted(Path(e["name"].rstrip("/")).name for e in entries if e["type"] == "directory"))

    def read(self, name: str) -> bytes | None:
        """The content of an object, None when there is none of this name."""

        def call() -> bytes | None:
            try:
                return bytes(self.fs.cat_file(self.path(name)))
            except FileNotFoundError:
                return None

        return self._tried("read", name, call)

    def exists(self, name: str) -> bool:
        """Whether there is an object of this name."""
        return bool(self._tried("read", name, lambda: self.fs.exists(self.path(name))))

    def write(self, name: str, data: bytes) -> None:
        """Put an object in the place of what was there; readers see the old one or the new one."""
        self._tried("write", name, lambda: self.fs.pipe_file(self.path(name), data))

    def create(self, name: str, data: bytes) -> bool:
        """Put an object only where there is none (a conditional put). Whether it was put."""

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

    def download(self, name: str, target: Path) -> None:
        """Bring an object to a new file. StorageError when it is not there."""
        data = self.read(name)
        if data is None:
            raise StorageError(f"{join(self.address, name)} is missing; render the scene again")
        replace_bytes(target, data, sync=False)

    def upload(self, folder: str, files: Mapping[str, Path]) -> None:
        """Put files below `folder` under their names, and see that what arrived is what was sent.

        The store's own MD5 is compared where it gives one; elsewhere, or where it differs (an encrypted object's is
        of something else), the object is read back. What differs is sent again.
        """
        waiting = dict(files)
        for _ in range(SENDS):
            waiting = self._send(folder, waiting)
            if not waiting:
                return
        raise NetworkError(f"{join(self.address, folder, next(iter(waiting)))} does not arrive as it is sent")

    def _send(self, folder: str, files: Mapping[str, Path]) -> dict[str, Path]:
        """Send files; those that did not arrive as they are."""
        _in_parallel(lambda name: self._put(f"{folder}/{name}", files[name]), files)
        arrived = self.list(folder)
        sound = _in_parallel(lambda name: self._arrived(folder, name, files[name], arrived.get(name)), files)
        return {name: path for (name, path), good in zip(files.items(), sound, strict=True) if not good}

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects; those that are not there are passed over."""
        for name in names:
            self._tried("remove", name, lambda name=name: self._remove(name))  # type: ignore[misc]

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            self.fs.rm_file(self.path(name))

    def _put(self, name: str, path: Path) -> None:
        self._tried("write", name, lambda: self.fs.put_file(str(path), self.path(name)))

    def _arrived(self, folder: str, name: str, path: Path, there: Stored | None) -> bool:
        data = path.read_bytes()
        if there is None or there.size != len(data):
            return False
        if there.md5 == hashlib.md5(data, usedforsecurity=False).hexdigest():
            return True
        return self.read(f"{folder}/{name}") == data

    def _tried(self, action: str, name: str, call: Callable[[], T]) -> T:
        """The result of `call`, tried again while connections are cut."""
        what = join(self.address, name) if name else self.address
        for attempt in range(TRIES):
            try:
                return call()
            except DsiaError:
                raise
            except Exception as error:
                if isinstance(error, _FOR_GOOD) or _REFUSED.search(f"{type(error).__name__} {error}"):
                    raise StorageError(f"cannot {action} {what}: {_reason(error)}") from error
                if attempt == TRIES - 1:
                    raise NetworkError(
                        f"cannot {action} {what} in {TRIES} tries: {_reason(error)}; check the connection and run the "
                        "same command again, finished scenes are kept"
                    ) from error
                time.sleep(BACK_OFF_SECONDS * 2**attempt)
        raise AssertionError("the loop returns or raises")


def _client(address: str) -> Any:
    scheme = address.partition("://")[0]
    extra = EXTRAS.get(scheme, "cloud")
    try:
        import fsspec
    except ImportError as error:
        raise StorageError(f"{scheme}:// needs fsspec; pip install 'dsia-gen[{extra}]'") from error
    try:
        return fsspec.filesystem(scheme, use_listings_cache=False)  # fsspec keeps one a process and thread
    except (ImportError, ValueError) as error:
        raise StorageError(f"{address} cannot be opened ({error}); pip install 'dsia-gen[{extra}]'") from error


def _stored(info: Mapping[str, Any]) -> Stored:
    """Size and MD5 as S3 (ETag), Google (md5Hash) or Azure (content_md5) tell them."""
    tag = str(info.get("ETag") or info.get("etag") or "").strip('"').lower()
    if info.get("md5Hash"):
        tag = base64.b64decode(str(info["md5Hash"])).hex()
    elif info.get("content_md5"):
        tag = bytes(info["content_md5"]).hex()
    return Stored(int(info.get("size") or 0), tag if _MD5.match(tag) else "")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _in_parallel(call: Callable[[T], Any], items: Iterable[T]) -> list[Any]:
    with ThreadPoolExecutor(PARALLEL, thread_name_prefix="transfer") as pool:
        return list(pool.map(call, items))
