"""Manifests: what assets exist, where they come from, and what may be done with them. One YAML a kind."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, model_validator

from dsia_gen.core.errors import AssetError
from dsia_gen.core.locks import alone
from dsia_gen.core.strict_yaml import Config, read_config
from dsia_gen.spec.asset import AssetKind, MissingTextures, Permission

FOLDER_MANIFEST = "manifest.yaml"
"""Name of the manifest that `assets fetch` and `assets import` keep in an asset folder; `--assets` reads it."""

_FOLDER_HEAD = """\
# What lies in this folder, as `dsia-gen assets fetch` and `import` found it; `--assets` reads it.
# Hashes are of the files as they came. Correct licences, sizes and tags here; what you change is kept.
"""


def inside(path: str) -> str:
    """`path` when it is relative, with forward slashes, and stays below its root; ValueError otherwise."""
    parts = PurePosixPath(path).parts
    absolute = path.startswith("/") or bool(PureWindowsPath(path).drive)
    if not parts or absolute or ".." in parts or "\\" in path or "\0" in path:
        raise ValueError("must be a path below the asset folder, with forward slashes and without '..'")
    return path


Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
InsidePath = Annotated[str, AfterValidator(inside)]


class Entry(Config):
    """One asset: `builtin` names a generator of the library, `file` a file below `root`, `fetch` a place to get it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+/-]+$", description="unique name")]
    kind: AssetKind
    builtin: Annotated[str | None, Field(description="family, gait or generator of the built-in library")] = None
    file: Annotated[InsidePath | None, Field(description="path relative to the root")] = None
    files: Annotated[
        dict[InsidePath, Sha256], Field(description="other files that belong to it, with their hashes")
    ] = Field(default_factory=dict)
    root: Annotated[Literal["bpy", "user"], Field(description="bpy package data, or the user's folder")] = "user"
    fetch: Annotated[
        str | None, Field(pattern=r"^[a-z0-9-]+:\S+$", description="source:name for `dsia-gen assets fetch`; * is any")
    ] = None
    source: Annotated[str, Field(description="where it comes from")]
    get: Annotated[str, Field(description="how to get it")] = ""
    licence: str
    attribution: str = ""
    redistribution: Permission = "unknown"
    training: Permission = "unknown"
    sha256: Annotated[Sha256, Field(description="of the file; empty is not checked")] = ""
    scale: Annotated[float, Field(gt=0, description="metres a file unit")] = 1.0
    size: Annotated[float | None, Field(gt=0, description="metres: largest side of objects, width of textures")] = None
    height: Annotated[float | None, Field(gt=0, description="metres, characters and objects")] = None
    up: Literal["Y", "Z"] = "Y"
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    missing_textures: Annotated[
        MissingTextures, Field(description="a texture that is not there is an error, or its material is plain")
    ] = "error"
    tags: Annotated[list[str], Field(description="free words; `outdoor` and `indoor` are understood")] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Entry:
        if self.builtin is not None and (self.file is not None or self.fetch is not None):
            raise ValueError(f"{self.id}: give either builtin or file")
        if self.builtin is None and self.file is None and self.fetch is None:
            raise ValueError(f"{self.id}: give builtin, file or fetch")
        return self

    @property
    def remote(self) -> bool:
        """Whether nothing of it is known to be on this machine: an entry of the catalogue that can be fetched."""
        return self.builtin is None and self.file is None

    @property
    def how_to_get(self) -> str:
        """The next step of a user who lacks it; empty when the manifest does not say."""
        if self.fetch is not None:
            source, _, name = self.fetch.partition(":")
            which = "--count 100" if name == "*" else f"--id {name}"
            return f"dsia-gen assets fetch {source} {which} -o FOLDER"
        return self.get


class Manifest(Config):
    """A list of assets."""

    assets: list[Entry]


def folder_entries(folder: Path) -> list[Entry]:
    """The entries of an asset folder's own manifest; none when it has none."""
    path = folder / FOLDER_MANIFEST
    return read_config(Manifest, path).assets if path.is_file() else []


def record_entries(folder: Path, entries: Iterable[Entry]) -> Path:
    """Add entries to an asset folder's manifest, each in place of one of the same id; the file is replaced whole."""
    path = folder / FOLDER_MANIFEST
    with alone(path):
        known = {entry.id: entry for entry in folder_entries(folder)}
        known.update({entry.id: entry for entry in entries})
        document = {"assets": [_plain(known[name]) for name in sorted(known)]}
        text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
        _replace(path, _FOLDER_HEAD + text)
    return path


_SPOKEN = ("redistribution", "training")
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _plain(entry: Entry) -> dict[str, Any]:
    """What the entry says, and what it leaves unsaid of permissions, so that a person sees it."""
    said = entry.model_dump(mode="json", exclude_defaults=True)
    return {name: value for name, value in entry.model_dump(mode="json").items() if name in said or name in _SPOKEN}


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise AssetError(f"cannot write {path}: {error.strerror or error}; make the folder writable") from error
