"""Manifests: what assets exist, where they come from, and what may be done with them. One YAML a kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import BeforeValidator, Field, model_validator

from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import replace_bytes
from dsia_gen.core.locks import alone
from dsia_gen.core.strict_yaml import Config, read_config
from dsia_gen.spec.asset import AssetKind, MissingTextures, Permission

FOLDER_MANIFEST = "manifest.yaml"
"""Name of the manifest that `assets fetch` and `assets import` keep in an asset folder; `--assets` reads it."""
_FOLDER_HEAD = """\
# What lies in this folder, as `dsia-gen assets fetch` and `import` found it; `--assets` reads it.
# Hashes are of the files as they came. Correct licences, sizes and tags here; what you change is kept.
"""


def _normal(value: object) -> object:
    """People write `./models//a.obj`; what is not a path is refused later."""
    return InsidePath.normal(value) if isinstance(value, str) else value


Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
ManifestPath = Annotated[InsidePath, BeforeValidator(_normal)]
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Entry(Config):
    """One asset. It is generated (`builtin`), a file (`file`), or in the catalogue of a source (`fetch`).

    Parameters
    ----------
    id : str
        Unique name.
    kind : AssetKind
        What it is: character, object, hdri, motion, trajectory or texture.
    builtin : str, optional
        Family, gait or generator of the built-in library, or `generator:family` of a package.
    file : str, optional
        Path relative to the root.
    files : dict of str to str, optional
        Other files that belong to it, with their SHA-256.
    root : {"user", "bpy"}
        The user's asset folder, or the data of the bpy package.
    fetch : str, optional
        `source:name` for `dsia-gen assets fetch`; the name `*` stands for any.
    source : str
        Where it comes from.
    get : str
        How to get it.
    licence : str
        Name of the licence, by SPDX where it has one.
    attribution : str
        Whom to credit.
    redistribution : {"yes", "no", "unknown"}
        Whether the file may be passed on.
    training : {"yes", "no", "unknown"}
        Whether models may be trained on images of it.
    sha256 : str
        Of the file; an empty one is not checked.
    scale : float
        Metres a file unit.
    size : float, optional
        Metres: largest side of objects, width of textures.
    height : float, optional
        Metres, of characters and objects.
    up : {"Y", "Z"}
        Up axis of the file.
    facing : {"-Y", "+Y", "-X", "+X"}
        Where the front looks after the up axis has become Z.
    figure : int
        Which figure of a file with several, from 1 in order of their names; 0 is the largest.
    missing_textures : {"error", "plain"}
        Whether a missing texture is an error, or its material becomes plain.
    tags : list of str
        Free words; scenes draw by `foreground`, `props`, `outdoor` and `indoor`.
    """

    renamed_values: ClassVar[Mapping[str, Mapping[str, str]]] = {"tags": {"dressing": "props"}}

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.+/-]+$", max_length=1024, description="unique name")]
    kind: AssetKind
    builtin: Annotated[str | None, Field(description="family, gait or generator of the built-in library")] = None
    file: Annotated[ManifestPath | None, Field(description="path relative to the root")] = None
    files: Annotated[
        dict[ManifestPath, Sha256], Field(description="other files that belong to it, with their hashes")
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
    scale: Annotated[float, Field(ge=1e-9, le=1e9, description="metres a file unit")] = 1.0
    size: Annotated[
        float | None, Field(ge=1e-6, le=1e5, description="metres: largest side of objects, width of textures")
    ] = None
    height: Annotated[float | None, Field(ge=1e-6, le=1e5, description="metres, characters and objects")] = None
    up: Literal["Y", "Z"] = "Y"
    facing: Literal["-Y", "+Y", "-X", "+X"] = "-Y"
    figure: Annotated[
        int, Field(ge=0, le=1000, description="which of several figures of a file, from 1; 0: the largest")
    ] = 0
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
        """Whether it is not on this machine: an entry of the catalogue that can be fetched.

        Returns
        -------
        bool
            True where neither a generator nor a file is named.
        """
        return self.builtin is None and self.file is None

    @property
    def how_to_get(self) -> str:
        """The next step of a user who lacks it.

        Returns
        -------
        str
            A command or a sentence; empty when the manifest does not say.
        """
        if self.fetch is not None:
            source, _, name = self.fetch.partition(":")
            which = "--count 100" if name == "*" else f"--id {name}"
            return f"dsia-gen assets fetch {source} {which} -o FOLDER"
        return self.get


class Manifest(Config):
    """A list of assets.

    Parameters
    ----------
    assets : list of Entry
        The entries, in the order in which scenes draw from them.
    """

    value_limit: ClassVar[int] = 2_000_000

    assets: list[Entry]


def folder_entries(folder: Path) -> list[Entry]:
    """Read the entries of an asset folder's own manifest.

    Parameters
    ----------
    folder : Path
        The asset folder.

    Returns
    -------
    list of Entry
        Its entries; none when it has no manifest.

    Raises
    ------
    ConfigError
        The manifest is wrong; the message names every line.
    """
    path = folder / FOLDER_MANIFEST
    return read_config(Manifest, path).assets if path.is_file() else []


def record_entries(folder: Path, entries: Iterable[Entry]) -> Path:
    """Add entries to an asset folder's manifest, which is replaced whole.

    Parameters
    ----------
    folder : Path
        The asset folder.
    entries : Iterable of Entry
        Each replaces one of the same id.

    Returns
    -------
    Path
        The manifest.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    path = folder / FOLDER_MANIFEST
    with alone(path):
        known = {entry.id: entry for entry in folder_entries(folder)}
        known.update({entry.id: entry for entry in entries})
        document = []
        for _, entry in sorted(known.items()):
            # Defaults are left out, but for permissions, so that the user sees which are unknown.
            kept = {*entry.model_dump(exclude_defaults=True), "redistribution", "training"}
            document.append({name: value for name, value in entry.model_dump(mode="json").items() if name in kept})
        text = yaml.dump({"assets": document}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
        replace_bytes(path, (_FOLDER_HEAD + text).encode())
    return path
