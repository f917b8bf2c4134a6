"""What the readers of motion and camera paths share: files within limits, finite numbers, and the order of names."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from dsia_gen.core.errors import AssetError

_POINTER = b"version https://git-lfs.github.com/spec/"


def read_bytes(path: Path, limit: int, advice: str) -> bytes:
    """The bytes of a file. AssetError where it cannot be read or has more than `limit`; `advice` is the next step."""
    try:
        if path.stat().st_size > limit:
            raise AssetError(f"{path} is larger than {limit // 2**20} MiB; {advice}")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); check the path in the manifest") from error
    if data.startswith(_POINTER):
        raise lfs_pointer(path)
    return data


def lfs_pointer(path: Path) -> AssetError:
    """What to say of a file that Git LFS left in place of another one."""
    return AssetError(f"{path} is a pointer of Git LFS and not the file itself; run `git lfs pull` where it comes from")


def is_lfs_pointer(path: Path) -> bool:
    """Whether a file is the small text that Git LFS leaves where the file itself was not downloaded."""
    try:
        with path.open("rb") as stream:
            return stream.read(len(_POINTER)) == _POINTER
    except OSError:
        return False


def decode(data: bytes) -> str:
    """Text of a file: UTF-16 where its first bytes say so, else UTF-8 with or without a mark; the rest is replaced."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return data.decode("utf-16" if utf16 else "utf-8-sig", "replace")


def read_lines(path: Path, limit: int, advice: str) -> list[str]:
    """The lines of a text file, as `read_bytes` reads it and `decode` decodes it."""
    return decode(read_bytes(path, limit, advice)).splitlines()


def finite_numbers(words: Sequence[str]) -> list[float]:
    """The numbers that some words are. ValueError says which condition one of them fails."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise ValueError("a number was expected") from None
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number is not finite")
    return numbers


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts names as people count: `9.png` before `10.png`."""
    parts = re.split(r"(\d+)", name)
    return tuple((0, int(p), p) if p.isdigit() and p.isascii() and len(p) < 400 else (1, 0, p) for p in parts)
