"""What the readers of motion and camera paths share: files within limits, and finite numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from dsia_gen.core.errors import AssetError


def read_bytes(path: Path, limit: int, advice: str) -> bytes:
    """The bytes of a file. AssetError where it cannot be read or has more than `limit`; `advice` is the next step."""
    try:
        if path.stat().st_size > limit:
            raise AssetError(f"{path} is larger than {limit // 2**20} MiB; {advice}")
        return path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); check the path in the manifest") from error


def read_lines(path: Path, limit: int, advice: str) -> list[str]:
    """The lines of a text file, as `read_bytes` reads it; bytes that are not UTF-8 are replaced."""
    return read_bytes(path, limit, advice).decode("utf-8", "replace").splitlines()


def finite_numbers(words: Sequence[str]) -> list[float]:
    """The numbers that some words are. ValueError says which condition one of them fails."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise ValueError("a number was expected") from None
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number is not finite")
    return numbers
