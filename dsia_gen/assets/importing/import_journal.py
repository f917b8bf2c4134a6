"""What an import found and refused, so that the next one opens only what is new or changed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pydantic
from pydantic import ValidationError

from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath, PlainName
from dsia_gen.core.io import replace_bytes
from dsia_gen.spec.import_request import Measured

JOURNAL = PlainName("import.json")


@pydantic.dataclasses.dataclass(frozen=True)
class ImportedFile:
    """One file: its hash, what the user stated, what bounds it had, and what became of it."""

    sha256: str
    overrides: dict[str, object] = field(default_factory=dict)
    bounds: dict[str, float] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    parts: dict[InsidePath, str] = field(default_factory=dict)
    found: Measured | None = None
    reason: str = ""


@dataclass
class ImportJournal:
    """Lines by the path of their file below the imported folder."""

    path: Path
    lines: dict[str, ImportedFile]

    @classmethod
    def read(cls, target: Path) -> ImportJournal:
        """The journal of an asset folder, empty where there is none. AssetError when the file is not a journal."""
        path, lines = JOURNAL.file_below(target), dict[str, ImportedFile]()
        if not path.is_file():
            return cls(path, {})
        try:
            for name, value in json.loads(path.read_text(encoding="utf-8"))["files"].items():
                overrides = value.pop("wishes", None) or value.pop("overrides", {})  # `wishes` is its former name
                found, ids = value.pop("found"), tuple(value.pop("ids"))
                measured = None if found is None else Measured.model_validate(found)
                lines[InsidePath(name)] = ImportedFile(ids=ids, found=measured, overrides=overrides, **value)
        except (ValueError, TypeError, KeyError, AttributeError, ValidationError) as error:
            step = "delete it, and the next import opens all files"
            raise AssetError(f"{path} is not the journal of an import ({str(error)[:80]}); {step}") from error
        return cls(path, lines)

    def write(self) -> None:
        """Replace the file in one step; StorageError when it cannot be written."""
        lines = {}
        for name, line in sorted(self.lines.items()):
            found = None if line.found is None else line.found.model_dump(mode="json")
            lines[name] = asdict(replace(line, found=None)) | {"found": found}
        replace_bytes(self.path, (json.dumps({"files": lines}, indent=1, ensure_ascii=False) + "\n").encode())
