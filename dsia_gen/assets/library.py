"""The library: the assets of some manifests, and their files on this machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from dsia_gen.assets.catalogue import load_manifest
from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry, folder_entries
from dsia_gen.assets.remote_assets import Elsewhere, local_assets
from dsia_gen.core.errors import AssetError, ConfigError
from dsia_gen.core.io import file_hash
from dsia_gen.core.remote import Place, is_address
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.spec.asset import AssetKind, AssetUse, LicenceRule
from dsia_gen.spec.asset_file import AssetFile


@dataclass(frozen=True)
class Library:
    """Assets by id. `origin` maps an id to the manifest file that lists it; `root` is the user's asset folder.

    Entries of the catalogue that were never fetched are never drawn; naming one says how to fetch it. `left_out` holds
    what the licence rule of the job forbids. `elsewhere` brings files of an address into `root` as they are asked for.
    """

    entries: dict[str, Entry]
    origin: dict[str, Path]
    root: Path | None = None
    rule: LicenceRule = "any"
    left_out: dict[str, Entry] = field(default_factory=dict)
    elsewhere: Elsewhere | None = None

    def allowed(self, rule: LicenceRule) -> Library:
        """The part of the library that `rule` allows; the rest is kept in `left_out`, so that errors can name it."""
        kept = {name: entry for name, entry in self.entries.items() if permits(rule, entry)}
        gone = {name: entry for name, entry in self.entries.items() if name not in kept}
        return replace(self, entries=kept, rule=rule, left_out=self.left_out | gone)

    def withheld(self) -> dict[str, AssetKind]:
        """Ids and kinds of what the licence rule leaves out and could be drawn otherwise."""
        return {name: entry.kind for name, entry in self.left_out.items() if not entry.remote}

    def of(
        self, kind: AssetKind, ids: Sequence[str] = (), tags: Sequence[str] = (), own_first: bool = False
    ) -> list[Entry]:
        """Entries of a kind in manifest order: those named, or all that carry every one of `tags`; with `own_first`
        only the user's own files among these, where there are any.

        AssetError for an id that no manifest lists, that was not fetched or that the licence rule forbids, and when
        nothing is left.
        """
        if ids:
            return [self._named(kind, name) for name in ids]
        found = [entry for entry in self.drawable(kind) if set(tags) <= set(entry.tags)]
        if not found:
            raise AssetError(self._none_left(kind, tags))
        own = [entry for entry in found if entry.file is not None and entry.root == "user"] if own_first else []
        return own or found

    def drawable(self, kind: AssetKind) -> list[Entry]:
        """Entries of a kind that are on this machine, in manifest order; maybe none."""
        return self._drawable(self.entries, kind)

    @staticmethod
    def _drawable(entries: dict[str, Entry], kind: AssetKind) -> list[Entry]:
        return [entry for entry in entries.values() if entry.kind == kind and not entry.remote]

    def _none_left(self, kind: AssetKind, tags: Sequence[str]) -> str:
        what = f" has the tags {', '.join(tags)}" if tags else ""
        gone = [entry for entry in self._drawable(self.left_out, kind) if set(tags) <= set(entry.tags)]
        if gone:
            return (
                f"no {kind} is left{what and ' that' + what} under `licences: {self.rule}`, which leaves out "
                f"{len(gone)} ({_some(entry.id for entry in gone)}); add others, or ask for less in the job"
            )
        return f"no {kind} in the manifests {self._manifests()}{what}; add one, or name ids in the scene"

    def _named(self, kind: AssetKind, name: str) -> Entry:
        entry = self.entries.get(name)
        if entry is not None and entry.kind == kind:
            if entry.remote:
                step = f"get it with `{entry.how_to_get}` and give `--assets FOLDER`"
                raise AssetError(f"{kind} {name!r} is not on this machine; {step}")
            return entry
        if name in self.left_out:
            gone = self.left_out[name]
            raise AssetError(
                f"{kind} {name!r} is named in the scene, but `licences: {self.rule}` does not allow it (licence "
                f"{gone.licence}, redistribution {gone.redistribution}, training {gone.training}); name another"
            )
        known = sorted(entry.id for entry in self.entries.values() if entry.kind == kind)
        where = self._manifests()
        raise AssetError(f"{kind} {name!r} is in none of the manifests {where}{suggestion(name, known)}")

    def _manifests(self) -> str:
        return ", ".join(sorted({path.name for path in self.origin.values()})) or "(none)"

    def path(self, entry: Entry, part: str | None = None) -> Path:
        """The file of an entry, or `part` of its `files`, checked to exist and to have the hash of the manifest."""
        if entry.file is None:
            raise AssetError(f"{self._where(entry)} is built in and has no file")
        name, sha256 = (part, entry.files[part]) if part else (entry.file, entry.sha256)
        if self.elsewhere is not None and entry.root == "user":
            self.elsewhere.bring(entry)
        path = asset_root(entry.root, self.root, self._where(entry)) / name
        if not path.is_file():
            hint = f"; get it: {entry.how_to_get}" if entry.how_to_get else "; correct the manifest or the asset folder"
            raise AssetError(f"{path} is missing ({self._where(entry)}){hint}")
        if sha256 and _sha256(path) != sha256:
            raise AssetError(
                f"{path} is not the file of the manifest: its SHA-256 differs ({self._where(entry)}); fetch it again"
            )
        return path

    def file(self, entry: Entry, part: str | None = None) -> AssetFile:
        """The reference that goes into a specification, to an entry's file or to `part` of it; the file is checked."""
        path = self.path(entry, part)
        sha256 = entry.files[part] if part else entry.sha256
        return AssetFile(root=entry.root, path=part or str(entry.file), sha256=sha256 or _sha256(path))

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


def permits(rule: LicenceRule, entry: Entry) -> bool:
    """Whether a job's licence rule allows an asset; `unknown` counts as no."""
    needed = {"any": "yes", "redistributable": entry.redistribution, "trainable": entry.training}
    return needed[rule] == "yes"


def _some(names: Iterable[str], most: int = 3) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (", ..." if len(listed) > most else "")


def load_library(manifests: Sequence[str], root: Place | None = None, licences: LicenceRule = "any") -> Library:
    """Read manifests by name or path, and the one of the asset folder; leave out what `licences` forbids.

    `root` may be an address, of which files are brought to this machine as they are asked for.

    ConfigError when two of them list the same id, unless one is an entry of the catalogue that the folder now holds.
    """
    entries: dict[str, Entry] = {}
    origin: dict[str, Path] = {}
    elsewhere = Elsewhere(str(root)) if root is not None and is_address(root) else None
    root = local_assets(root) if root is not None else None
    if elsewhere is not None:
        elsewhere.bring_manifest()
    for path, listed in _listings(manifests, root):
        for entry in listed:
            if entry.id in entries and not entries[entry.id].remote:
                raise ConfigError(str(path), [f"asset {entry.id!r} is also in {origin[entry.id]}; rename one"])
            entries[entry.id] = entry
            origin[entry.id] = path
    return Library(entries, origin, root, elsewhere=elsewhere).allowed(licences)


def _listings(manifests: Sequence[str], root: Path | None) -> list[tuple[Path, list[Entry]]]:
    found = [(path, manifest.assets) for path, manifest in map(load_manifest, manifests)]
    own = root / FOLDER_MANIFEST if root is not None else None
    if root is not None and own is not None and own.resolve() not in {path.resolve() for path, _ in found}:
        found.append((own, folder_entries(root)))
    return found


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
    return file_hash(path)
