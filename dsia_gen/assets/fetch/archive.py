"""Untrusted archives, unpacked so that no file lands outside the target and the size is limited."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, cast

from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath

_CHUNK = 2**18
_LARGEST_READ = 2**26
_DICTIONARY = 2**27
"""Bytes of memory that one member may ask for; packers take 64 MiB at most."""
_SLACK = 2**20
"""Small files may be compressed more than the ratio allows."""


@dataclass(frozen=True)
class UnpackLimits:
    """What an archive may become."""

    files: int = 200_000
    total_bytes: int = 16 * 2**30
    ratio: float = 200.0
    """Unpacked bytes to packed ones; texture archives stay below 10, bombs begin at 1000."""


@dataclass(frozen=True)
class ArchiveMember:
    """A file of an archive: its name as stored, checked to stay inside, and how to open it; None for a folder."""

    name: str
    open: Callable[[], IO[bytes]] | None


Select = Callable[[str], str | None]
"""From the name of a member to its path below the target; None leaves it packed."""


def unpack(archive: Path, target: Path, select: Select, limits: UnpackLimits | None = None) -> list[str]:
    """Unpack what `select` wants of a zip or tar file below `target`; the paths that were written, in archive order.

    Every member is judged before it is written, wanted or not. AssetError for a path that leads outside, an absolute
    one, a link, a device, a name that occurs twice, too many files, too many bytes, or a file that is not an archive.
    """
    limits = limits or UnpackLimits()
    with _readable(archive):
        left = min(limits.total_bytes, int(limits.ratio * archive.stat().st_size) + _SLACK)
        written: list[str] = []
        for member in members(archive, limits):
            chosen = select(member.name)
            if chosen is None or member.open is None:
                continue
            path = _checked(archive, chosen).below(target)
            path.parent.mkdir(parents=True, exist_ok=True)
            # What the archive states is not trusted: bytes are counted as they come.
            with member.open() as source, path.open("xb") as out:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        out.close()
                        with suppress(OSError):
                            path.unlink()
                        raise AssetError(
                            f"{archive.name} unpacks to more than its size allows; it may be a bomb, and is refused"
                        )
                    out.write(chunk)
            written.append(chosen)
    return written


def members(archive: Path, limits: UnpackLimits | None = None) -> Iterator[ArchiveMember]:
    """The files of a zip or tar archive in stored order, each judged when it is reached; see `unpack`."""
    limits = limits or UnpackLimits()
    seen, count = set[str](), 0
    with _readable(archive):
        found = _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive, limits.total_bytes)
        for member in found:
            folded = member.name.casefold()  # on some disks the two would be one file
            if folded in seen:
                raise AssetError(f"{archive.name}: {member.name!r} occurs twice; it is not unpacked")
            seen.add(folded)
            if member.open is None:
                continue
            count += 1
            if count > limits.files:
                raise AssetError(f"{archive.name} holds more than {limits.files:,} files; it is not unpacked")
            yield member


def _zip_members(archive: Path) -> Iterator[ArchiveMember]:
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            name = _checked(archive, info.filename)
            if info.flag_bits & 1:
                raise AssetError(f"{archive.name}: {name!r} is encrypted; it is not unpacked")
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise AssetError(f"{archive.name}: {name!r} is a link or a device; it is not unpacked")
            if info.compress_type == zipfile.ZIP_LZMA and _lzma_dictionary(archive, info) > _DICTIONARY:
                raise AssetError(f"{archive.name}: {name!r} asks for too much memory; unpack it by hand")
            yield ArchiveMember(name, None if info.is_dir() else partial(file.open, info))


def _lzma_dictionary(archive: Path, info: zipfile.ZipInfo) -> int:
    """Bytes that the decoder of a member allocates, as its header states."""
    with archive.open("rb") as raw:
        raw.seek(info.header_offset + 26)
        name, extra = (int.from_bytes(raw.read(2), "little") for _ in range(2))
        raw.seek(name + extra, os.SEEK_CUR)
        return int.from_bytes(raw.read(9)[5:], "little")


def _tar_members(archive: Path, most: int) -> Iterator[ArchiveMember]:
    """The members of a tar file, with a limit on what one read and all together may take.

    tarfile reads an extended header whole, whatever size it states.
    """
    with archive.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = _Bounded(cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw, archive.name, most)
        with stream, tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:") as file:
            for info in file:
                name = _checked(archive, info.name)
                if info.size < 0:  # tarfile would go back and read it again, without an end
                    raise AssetError(f"{archive.name}: {name!r} has a size below zero; it is not unpacked")
                if not (info.isdir() or info.isreg()):
                    raise AssetError(f"{archive.name}: {name!r} is a link or a device; it is not unpacked")
                opened = cast(Callable[[], IO[bytes]], partial(file.extractfile, info))  # only links have no stream
                yield ArchiveMember(name, opened if info.isreg() else None)
            while stream.read(_CHUNK):  # to the end, where gzip keeps its checksum
                pass


class _Bounded(io.BufferedIOBase):
    def __init__(self, stream: IO[bytes], name: str, most: int) -> None:
        self._stream, self._name, self._most = stream, name, most

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `_LARGEST_READ` bytes; AssetError for more, or past the end of what is allowed."""
        if size is None or size < 0 or size > _LARGEST_READ:
            raise AssetError(f"{self._name} has a header of {size} bytes; it may be a bomb, and is refused")
        self._allow(self._stream.tell() + size)
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As that of the stream; AssetError past the end of what is allowed."""
        self._allow(offset)
        return self._stream.seek(offset, whence)

    def _allow(self, position: int) -> None:
        if position > self._most + _LARGEST_READ:
            raise AssetError(
                f"{self._name} unpacks to more than {self._most:,} bytes; it may be a bomb, and is refused"
            )

    def tell(self) -> int:
        """As that of the stream."""
        return self._stream.tell()


def _checked(archive: Path, name: str) -> InsidePath:
    try:
        return InsidePath.normal(name)
    except ValueError:
        raise AssetError(f"{archive.name}: {name!r} would land outside the folder; nothing more is unpacked") from None


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError,
            RuntimeError, ValueError, OverflowError) as error:  # fmt: skip
        raise AssetError(f"{archive.name} is broken: {error}; delete it and fetch it again") from error
    except OSError as error:  # gzip and lzma report damage this way
        raise AssetError(f"{archive.name} cannot be unpacked: {error}; delete it and fetch it again") from error
