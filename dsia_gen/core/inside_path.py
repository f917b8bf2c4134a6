"""A path inside a folder: what a name that comes from a file must be before it touches a disk or a store."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path, PureWindowsPath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, GetCoreSchemaHandler, PlainSerializer

from dsia_gen.core.errors import StorageError

LONGEST_NAME, LONGEST_PATH = 255, 1024
"""Bytes of UTF-8: of one name on the usual file systems, and of a key on S3."""
_USUAL = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}/){0,6}[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
"""What is right at first sight: most names of a data set, which are looked at often."""


class InsidePath(str):
    """A relative path with forward slashes that stays in its folder: no `..`, drive, backslash or control character.

    ValueError for any other text. A field or key of this type in a pydantic model is checked when it is read.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        reason = _wrong(text)
        if reason:
            raise ValueError(f"{text[:80]!r} {reason}")
        return super().__new__(cls, text)

    @classmethod
    def normal(cls, text: str) -> Self:
        """The same without `.` parts and doubled or closing slashes, which people and archives write."""
        parts = [part for part in text.split("/") if part not in ("", ".")]
        return cls(text if text.startswith("/") or not parts else "/".join(parts))

    @classmethod
    def stated(cls, text: str, source: object) -> Self:
        """The path that `source` states; StorageError names both when it is not one."""
        try:
            return cls(text)
        except ValueError as error:
            raise StorageError(f"{source} names {error}; nothing is read or written there") from error

    def __truediv__(self, other: InsidePath) -> InsidePath:
        return str.__new__(InsidePath, f"{self}/{other}")  # both were checked

    def below(self, folder: Path) -> Path:
        """The path in a folder. StorageError when a link on the way leads out of it."""
        path = folder / self
        if not self._has_link(folder):
            return path
        root = os.path.realpath(folder)
        try:
            real = os.path.realpath(path)
        except OSError as error:
            raise StorageError(f"cannot follow {path}: {error.strerror or error}") from error
        if real != root and not real.startswith(root.rstrip(os.sep) + os.sep):
            raise StorageError(f"{path} leads out of {folder} by a link; put the file itself there")
        return path

    def _has_link(self, folder: Path) -> bool:
        """Whether a part of the path below the folder is a link; without one nothing leads out."""
        place = str(folder)
        for part in self.split("/"):
            place = f"{place}{os.sep}{part}"
            try:
                if stat.S_ISLNK(os.lstat(place).st_mode):
                    return True
            except OSError:  # nothing is there, nor below
                return False
        return False

    def file_below(self, folder: Path) -> Path:
        """The path of a file to read, or of none. StorageError, beside those of `below`, for a pipe or a device."""
        path = self.below(folder)
        try:
            kind = stat.S_IFMT(path.stat().st_mode)
        except OSError:  # who reads it says why
            return path
        if kind not in (stat.S_IFREG, stat.S_IFDIR):
            raise StorageError(f"{path} is a pipe, a socket or a device; put a file there")
        return path

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> Any:
        plain = PlainSerializer(str.__str__, return_type=str)  # YAML and others do not know the class
        return handler.generate_schema(Annotated[str, AfterValidator(cls), plain])


class PlainName(InsidePath):
    """An inside path of one part: the name of a scene, a sample or a file of a folder."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if "/" in text:
            raise ValueError(f"{text[:80]!r} must be one name, without slashes")
        return super().__new__(cls, text)


def _wrong(text: str) -> str:
    """What keeps a text from being an inside path; empty when nothing does."""
    if _USUAL.fullmatch(text):
        return ""
    parts = text.split("/")
    if text.startswith("/") or PureWindowsPath(text).drive or "\\" in text or ".." in parts:
        return "must be a path inside the folder: relative, with forward slashes, without '..' or a drive"
    if "" in parts or "." in parts:
        return "must be a normal path, without empty or '.' parts"
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        return "must not hold control characters"
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return "must be text that UTF-8 can write"
    if max(sizes) > LONGEST_NAME or sum(sizes) + len(sizes) - 1 > LONGEST_PATH:
        return f"must have at most {LONGEST_NAME} bytes a name and {LONGEST_PATH} in all"
    return ""
