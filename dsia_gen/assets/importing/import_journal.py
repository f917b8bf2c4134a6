"""What an import found and refused, so that the next one opens only what is new or changed."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dsia_gen.core.errors import AssetError
from dsia_gen.spec.import_request import Measured

JOURNAL = "import.json"


@dataclass(frozen=True)
class Line:
    """One file: its hash, what was asked for, what bounds it had, and what became of it."""

    sha256: str
    wishes: dict[str, Any] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    found: Measured | None = None
    reason: str = ""

    def refused(self, reason: str) -> Line:
        return replace(self, reason=reason)

    def taken(self, ids: tuple[str, ...], parts: dict[str, str], found: Measured) -> Line:
        return replace(self, ids=ids, parts=parts, found=found)


@dataclass
class Journal:
    """Lines by the path of their file below the imported folder."""

    path: Path
    lines: dict[str, Line]

    @classmethod
    def read(cls, target: Path) -> Journal:
        """The journal of an asset folder; an empty one where there is none. AssetError when it is no journal."""
        path = target / JOURNAL
        if not path.is_file():
            return cls(path, {})
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, {name: _line(value) for name, value in document["files"].items()})
        except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
            reason = str(error)[:80]
            raise AssetError(f"{path} is no journal of an import ({reason}); delete it to import anew") from error

    def write(self) -> None:
        """Put the journal in its place in one step."""
        lines = {name: _plain(self.lines[name]) for name in sorted(self.lines)}
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            temporary.write_text(json.dumps({"files": lines}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            temporary.replace(self.path)
        except OSError as error:
            raise AssetError(
                f"cannot write {self.path}: {error.strerror or error}; make the folder writable"
            ) from error


def _line(value: dict[str, Any]) -> Line:
    found = value.pop("found")
    ids = tuple(value.pop("ids"))
    return Line(ids=ids, found=None if found is None else Measured.model_validate(found), **value)


def _plain(line: Line) -> dict[str, Any]:
    found = None if line.found is None else line.found.model_dump(mode="json")
    return asdict(replace(line, found=None)) | {"found": found}
