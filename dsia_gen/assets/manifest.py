"""Manifests: what assets exist, where they come from, and what may be done with them. One YAML a kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.config.presets import find_preset
from dsia_gen.config.strict import Config, read_config
from dsia_gen.spec.asset import AssetKind, Permission


class Entry(Config):
    """One asset. Either `builtin` names a generator of the library, or `file` a file below `root`."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+/-]+$", description="unique name")]
    kind: AssetKind
    builtin: Annotated[str | None, Field(description="family, gait or generator of the built-in library")] = None
    file: Annotated[str | None, Field(description="path relative to the root")] = None
    root: Annotated[Literal["bpy", "user"], Field(description="bpy package data, or the user's folder")] = "user"
    source: Annotated[str, Field(description="where it comes from")]
    get: Annotated[str, Field(description="how to get it")] = ""
    licence: str
    attribution: str = ""
    redistribution: Permission = "unknown"
    training: Permission = "unknown"
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", description="of the file; empty is not checked")] = ""
    scale: Annotated[float, Field(gt=0, description="metres a file unit")] = 1.0
    size: Annotated[float | None, Field(gt=0, description="largest side in metres, objects")] = None
    height: Annotated[float | None, Field(gt=0, description="metres, characters and objects")] = None
    up: Literal["Y", "Z"] = "Y"
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    tags: Annotated[list[str], Field(description="free words; `outdoor` and `indoor` are understood")] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Entry:
        if (self.builtin is None) == (self.file is None):
            raise ValueError(f"{self.id}: give either builtin or file")
        return self


class Manifest(Config):
    """A list of assets."""

    assets: list[Entry]


def load_manifest(name: str) -> tuple[Path, Manifest]:
    """Read a manifest by preset name or path."""
    path = find_preset("assets_manifest", name)
    return path, read_config(Manifest, path)
