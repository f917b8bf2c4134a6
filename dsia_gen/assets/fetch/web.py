"""Downloads over HTTP: retries with back-off, resumed transfers, checksums, limits, whole files or none."""

from __future__ import annotations

import json
import os
import shutil
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, MaxRetryError, NameResolutionError

import dsia_gen
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash, move
from dsia_gen.core.progress import byte_size

USER_AGENT = f"dsia-gen/{dsia_gen.__version__} (+https://github.com/dsia-gen/dsia-gen)"
MIB = 2**20
_CHUNK = 2**16
_TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
_NAME_TRIES = 2
_TEXT_LIMIT = 64 * MIB
# Retries are made here, where it is known what has arrived.
_REDIRECTS = urllib3.Retry(
    total=None, connect=0, read=0, status=0, other=0, redirect=5, respect_retry_after_header=False
)


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its address, and what the source says of it."""

    url: str
    size: int | None = None
    md5: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class DownloadLimits:
    """What a download may cost, in bytes and seconds."""

    file_bytes: int = 4096 * MIB
    free_bytes: int = 1024 * MIB
    """What is left free on the disk, in addition to the file itself."""
    tries: int = 6
    """Tries in a row without a byte of progress."""
    first_wait: float = 1.0
    longest_wait: float = 120.0
    timeout: float = 60.0


class _TryAgainError(Exception):
    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass
class Web:
    """A pool of connections. Safe to share between threads; `sleep` is replaced in tests."""

    limits: DownloadLimits = DownloadLimits()
    sleep: Callable[[float], None] = time.sleep
    _pools: dict[str, urllib3.PoolManager] = field(default_factory=dict)

    def text(self, url: str, *, missing_ok: bool = False) -> str | None:
        """A small document. None when the server has none and `missing_ok`; AssetError when it cannot be had."""
        data = self._document(url, missing_ok=missing_ok, decode=True)
        return None if data is None else data.decode("utf-8", errors="replace")

    def data(self, url: str) -> bytes:
        """The bytes of a small file, as they are on the server."""
        return self._document(url, missing_ok=False, decode=False) or b""

    def _document(self, url: str, *, missing_ok: bool, decode: bool) -> bytes | None:
        def attempt() -> bytes | None:
            with self._get(url) as response:
                if response.status == 404 and missing_ok:
                    return None
                _refuse(url, response)
                return b"".join(_limited(response, url, _TEXT_LIMIT, decode=decode))

        found: bytes | None = self._patiently(url, attempt, lambda: 0)
        return found

    def json(self, url: str, *, missing_ok: bool = False) -> Any:
        """A JSON document; None when the server has none and `missing_ok`."""
        text = self.text(url, missing_ok=missing_ok)
        if text is None or not text.strip():
            return None
        try:
            return json.loads(text)
        except ValueError as error:
            raise AssetError(f"{url} answered something that is not JSON ({error}); is the address right?") from error

    def download(
        self, remote: RemoteFile, target: Path, progress: Callable[[int], None] = lambda _: None,
        on_size: Callable[[int], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """Download a file to `target`, whole and checked; otherwise AssetError, and what came is kept for the next try.

        Bytes arrive in `<target>.part`. A broken transfer is continued when the server can, and restarted when it
        cannot or its file has changed since. `progress` gets the bytes that came, negative when they are lost;
        `on_size` what is still to come when the first answer says so.
        """
        self._check_size(remote.url, remote.size, target)
        part = partial_file(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        told: list[int] = []

        def tell_once(size: int) -> None:
            if not told:
                on_size(size)
            told.append(size)

        def attempt() -> None:
            if _size(part) == 0 or _size(part) != remote.size:
                self._receive(remote, part, progress, tell_once)
            for algorithm, stated in (("md5", remote.md5), ("sha256", remote.sha256)):
                if stated and (found := file_hash(part, algorithm)) != stated.lower():
                    _discard(part, progress)
                    raise _TryAgainError(f"wrong bytes: the {algorithm.upper()} is {found} instead of {stated}")

        self._patiently(remote.url, attempt, lambda: _size(part))
        with _disk(target):
            move(part, target)
        _validator(part).unlink(missing_ok=True)

    def _patiently(self, url: str, attempt: Callable[[], Any], have: Callable[[], int]) -> Any:
        """Call `attempt` until it succeeds; AssetError after too many failures without a byte of progress."""
        failures, before = 0, have()
        while True:
            try:
                return attempt()
            except (_TryAgainError, HTTPError) as error:
                failures = 0 if have() > before else failures + 1
                before = have()
                cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
                if isinstance(cause, NameResolutionError) and failures >= _NAME_TRIES:
                    host = urlsplit(url).hostname
                    step = "is this machine online, or behind a proxy?"
                    raise AssetError(f"{host} is unknown here; {step} ({url})") from error
                if failures >= self.limits.tries:
                    reason = " ".join(str(cause).split())
                    raise AssetError(f"{url} failed {failures} times in a row: {reason}; try again later") from error
                wait = error.wait if isinstance(error, _TryAgainError) else None
                if wait is not None and wait > self.limits.longest_wait:
                    raise AssetError(f"{url} asks to wait {wait:.0f} seconds; try again then") from error
                # Spread over the files, so that parallel downloads do not come back all at once.
                spread = 1 + zlib.crc32(url.encode()) % 256 / 512
                backoff = min(self.limits.first_wait * 2 ** max(failures - 1, 0) * spread, self.limits.longest_wait)
                self.sleep(backoff if wait is None else wait)

    def _receive(
        self, remote: RemoteFile, part: Path, progress: Callable[[int], None], on_size: Callable[[int], None]
    ) -> None:
        """Get what is missing of a file, or all of it where the server does not continue."""
        tag = _validator(part).read_text(encoding="utf-8") if _validator(part).is_file() else ""
        have = _size(part) if tag else 0
        with self._get(remote.url, {"Range": f"bytes={have}-", "If-Range": tag} if have else {}) as response:
            if response.status == 416:  # the part is longer than the file now is
                _discard(part, progress)
                raise _TryAgainError("the server's file changed")
            _refuse(remote.url, response)
            sent = response.headers.get("Content-Range", "")
            start = have if response.status == 206 and sent.startswith(f"bytes {have}-") else 0
            if have and not start:
                progress(-have)
            length = response.headers.get("Content-Length", "")
            self._check_size(remote.url, start + int(length) if length.isdigit() else None, part)
            if length.isdigit():
                on_size(int(length))
            # What identifies this version of the file. Weak tags do not promise equal bytes (RFC 9110, 13.1.5).
            tag = response.headers.get("ETag", "")
            tag = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")
            with _disk(part):
                _validator(part).write_text(tag, encoding="utf-8")
                with part.open("r+b" if start else "wb") as stream:
                    stream.seek(start)
                    stream.truncate()
                    for chunk in _limited(response, remote.url, self.limits.file_bytes - start):
                        stream.write(chunk)
                        progress(len(chunk))
                    stream.flush()
                    os.fsync(stream.fileno())
        if remote.size is not None and _size(part) != remote.size:
            got = _size(part)
            if got > remote.size:
                _discard(part, progress)
            raise _TryAgainError(f"{got} bytes came instead of {remote.size}")

    def _check_size(self, url: str, size: int | None, target: Path) -> None:
        if size is None:
            return
        if size > self.limits.file_bytes:
            limit = self.limits.file_bytes
            raise AssetError(
                f"{url} is {byte_size(size)} large, over the limit of {byte_size(limit)}; raise it with --max-size"
            )
        free = shutil.disk_usage(next(p for p in target.resolve().parents if p.exists())).free
        if size + self.limits.free_bytes > free:
            raise AssetError(
                f"{url} is {byte_size(size)} large and {byte_size(free)} are free at {target.parent}; make room"
            )

    @contextmanager
    def _get(self, url: str, headers: dict[str, str] | None = None) -> Iterator[urllib3.BaseHTTPResponse]:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AssetError(f"{url!r} is not an http or https address")
        proxy = urllib.request.getproxies().get(parts.scheme, "")
        if urllib.request.proxy_bypass(parts.hostname):
            proxy = ""
        if proxy not in self._pools and proxy:
            auth = urlsplit(proxy)
            secret = f"{unquote(auth.username)}:{unquote(auth.password or '')}" if auth.username else None
            sent = urllib3.make_headers(proxy_basic_auth=secret)
            self._pools[proxy] = urllib3.ProxyManager(proxy, proxy_headers=sent, maxsize=16)
        pool = self._pools.setdefault(proxy, urllib3.PoolManager(maxsize=16))
        # Without compression, so that sizes and ranges are those of the file.
        sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
        timeout = urllib3.Timeout(connect=self.limits.timeout, read=self.limits.timeout)
        response = pool.request("GET", url, headers=sent, preload_content=False, retries=_REDIRECTS, timeout=timeout)
        try:
            yield response
        except BaseException:
            response.close()
            raise
        response.drain_conn() if response.status >= 400 else response.close()


def _refuse(url: str, response: urllib3.BaseHTTPResponse) -> None:
    """Raise for an answer that is not the file: to be tried again where it may pass."""
    if response.status in (200, 206):
        return
    if response.status not in _TEMPORARY:
        raise AssetError(f"{url} answered {response.status}; is the name right, and the source still there?")
    wait = None
    with suppress(HTTPError, ValueError):
        value = response.headers.get("Retry-After")
        wait = urllib3.Retry().parse_retry_after(value) if value else None
    raise _TryAgainError(f"the server answered {response.status}", wait)


def _limited(response: urllib3.BaseHTTPResponse, url: str, limit: int, *, decode: bool = False) -> Iterator[bytes]:
    """The body in chunks; AssetError as soon as it is longer than `limit`, whatever its headers said.

    Files are taken as they are: some servers call the compression of a .tar.gz an encoding of the transfer.
    """
    seen = 0
    for chunk in response.stream(_CHUNK, decode_content=decode):
        seen += len(chunk)
        if seen > limit:
            raise AssetError(f"{url} is larger than the limit of {byte_size(limit)}; raise it with --max-size")
        yield chunk


def partial_file(target: Path) -> Path:
    """Where the bytes of a download lie until it is whole."""
    return target.with_name(f"{target.name}.part")


def _validator(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _discard(part: Path, progress: Callable[[int], None]) -> None:
    progress(-_size(part))
    part.unlink(missing_ok=True)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AssetError(
            f"cannot write {path}: {error.strerror or error}; the same command goes on from there"
        ) from error
