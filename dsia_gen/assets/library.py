"""The library: the assets of some manifests, and their files on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from dsia_gen.assets.manifest import Entry, load_manifest
from dsia_gen.config.strict import suggestion
from dsia_gen.errors import AssetError, ConfigError
from dsia_gen.spec.asset import AssetFile, AssetKind, AssetUse


@dataclass(frozen=True)
class Library:
    """Assets by id. `origin` maps an id to the manifest file that lists it; `root` is the user's asset folder."""

    entries: dict[str, Entry]
    origin: dict[str, Path]
    root: Path | None = None

    def of(self, kind: AssetKind, ids: Sequence[str] = (), tags: Sequence[str] = ()) -> list[Entry]:
        """Entries of a kind in manifest order: those named, or all that carry every one of `tags`.

        AssetError for an id that no manifest lists, or when nothing is left.
        """
        candidates = [entry for entry in self.entries.values() if entry.kind == kind]
        if ids:
            found = [self._named(kind, name, candidates) for name in ids]
        else:
            found = [entry for entry in candidates if set(tags) <= set(entry.tags)]
        if not found:
            what = f" has the tags {', '.join(tags)}" if tags else ""
            raise AssetError(f"no {kind} in the manifests {self._manifests()}{what}; add one, or name ids in the scene")
        return found

    def _named(self, kind: AssetKind, name: str, candidates: Iterable[Entry]) -> Entry:
        known = {entry.id: entry for entry in candidates}
        if name not in known:
            where = self._manifests()
            raise AssetError(f"{kind} {name!r} is in none of the manifests {where}{suggestion(name, sorted(known))}")
        return known[name]

    def _manifests(self) -> str:
        return ", ".join(sorted({path.name for path in self.origin.values()})) or "(none)"

    def path(self, entry: Entry) -> Path:
        """The file of an entry, checked to exist and to have the hash of the manifest."""
        if entry.file is None:
            raise AssetError(f"{self._where(entry)} is built in and has no file")
        path = asset_root(entry.root, self.root, self._where(entry)) / entry.file
        if not path.is_file():
            hint = f"; get it: {entry.get}" if entry.get else "; correct the manifest or the asset folder"
            raise AssetError(f"{path} is missing ({self._where(entry)}){hint}")
        if entry.sha256 and _sha256(path) != entry.sha256:
            raise AssetError(
                f"{path} is not the file of the manifest: its SHA-256 differs ({self._where(entry)}); fetch it again"
            )
        return path

    def file(self, entry: Entry) -> AssetFile:
        """The reference that goes into a specification; the file is checked."""
        path = self.path(entry)
        return AssetFile(root=entry.root, path=str(entry.file), sha256=entry.sha256 or _sha256(path))

    def use(self, entry: Entry) -> AssetUse:
        """The line of the licence ledger."""
        return AssetUse(
            id=entry.id,
            kind=entry.kind,
            source=entry.source,
            licence=entry.licence,
            attribution=entry.attribution,
            redistribution=entry.redistribution,
            training=entry.training,
            sha256=entry.sha256,
        )

    def _where(self, entry: Entry) -> str:
        return f"entry {entry.id!r} of {self.origin[entry.id].name}"


def load_library(manifests: Sequence[str], root: Path | None = None) -> Library:
    """Read manifests by name or path. ConfigError when two of them list the same id."""
    entries: dict[str, Entry] = {}
    origin: dict[str, Path] = {}
    for name in manifests:
        path, manifest = load_manifest(name)
        for entry in manifest.assets:
            if entry.id in entries:
                raise ConfigError(str(path), [f"asset {entry.id!r} is also in {origin[entry.id]}; rename one"])
            entries[entry.id] = entry
            origin[entry.id] = path
    return Library(entries, origin, root)


def asset_root(root: str, user: Path | None, what: str) -> Path:
    """The folder behind a root name."""
    if root == "bpy":
        return bpy_data_folder()
    if user is None:
        raise AssetError(
            f"{what} is a file of yours, but no asset folder was given; use `assets:` in the job or --assets"
        )
    return user


@cache
def bpy_data_folder() -> Path:
    """Data folder inside the installed bpy package, found without importing it."""
    spec = importlib.util.find_spec("bpy")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        for folder in sorted(Path(location).glob("*/datafiles")):
            return folder
    raise AssetError("the bpy package is not installed, and its HDR environments with it; pip install 'bpy~=4.5'")


@cache
def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
