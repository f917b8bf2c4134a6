"""The library: the assets of some manifests, and their files on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from dsia_gen.assets.catalogue import load_manifest
from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry, folder_entries
from dsia_gen.assets.remote_assets import RemoteAssets, local_assets
from dsia_gen.core.blender_environments import current_blender
from dsia_gen.core.errors import AssetError, BlenderError, ConfigError, StorageError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import file_hash
from dsia_gen.core.locations import Place, is_address
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.spec.asset import AssetKind, AssetUse, CharacterFile, LicenceRule, MeshFile
from dsia_gen.spec.asset_file import AssetFile


@dataclass(frozen=True)
class Library:
    """Assets by id, and their files on this machine.

    Entries of the catalogue that were never fetched are not drawn; naming one raises an error that says how to fetch
    it.

    Parameters
    ----------
    entries : dict of str to Entry
        The assets by id, in manifest order.
    origin : dict of str to Path
        The manifest file that lists each id.
    root : Path, optional
        The user's asset folder.
    rule : {"any", "redistributable", "trainable"}
        The licence rule of the job.
    left_out : dict of str to Entry
        What the licence rule forbids.
    remote : RemoteAssets, optional
        Downloads files of an address into `root` when they are needed.
    """

    entries: dict[str, Entry]
    origin: dict[str, Path]
    root: Path | None = None
    rule: LicenceRule = "any"
    left_out: dict[str, Entry] = field(default_factory=dict)
    remote: RemoteAssets | None = None

    def allowed(self, rule: LicenceRule) -> Library:
        """Apply a licence rule.

        Parameters
        ----------
        rule : {"any", "redistributable", "trainable"}
            The rule.

        Returns
        -------
        Library
            What the rule allows; the rest is kept in `left_out`, so that errors can name it.
        """
        kept = {name: entry for name, entry in self.entries.items() if permits(rule, entry)}
        gone = {name: entry for name, entry in self.entries.items() if name not in kept}
        return replace(self, entries=kept, rule=rule, left_out=self.left_out | gone)

    def withheld(self) -> dict[str, AssetKind]:
        """List what the licence rule leaves out and could be drawn otherwise.

        Returns
        -------
        dict of str to AssetKind
            Kind by id.
        """
        return {name: entry.kind for name, entry in self.left_out.items() if not entry.remote}

    def of(
        self, kind: AssetKind, ids: Sequence[str] = (), tags: Sequence[str] = (), own_first: bool = False
    ) -> list[Entry]:
        """Select entries of a kind, in manifest order.

        Parameters
        ----------
        kind : AssetKind
            The kind.
        ids : Sequence[str], optional
            The entries to take; tags are not looked at then.
        tags : Sequence[str], optional
            Each entry carries every one of them.
        own_first : bool, optional
            Take only the user's own files among these, where there are any.

        Returns
        -------
        list of Entry
            At least one entry.

        Raises
        ------
        AssetError
            No manifest lists an id, it was not fetched, the licence rule forbids it, or nothing is left.
        """
        if ids:
            return [self.named(kind, name) for name in ids]
        found = [entry for entry in self.drawable(kind) if set(tags) <= set(entry.tags)]
        own = [entry for entry in found if entry.file is not None and entry.root == "user"] if own_first else []
        if found:
            return own or found
        what = f" has the tags {', '.join(tags)}" if tags else ""
        gone = [e.id for e in self.left_out.values() if e.kind == kind and not e.remote and set(tags) <= set(e.tags)]
        if gone:
            names = ", ".join(gone[:3]) + (", ..." if len(gone) > 3 else "")
            raise AssetError(
                f"no {kind} is left{what and ' that' + what} under `licences: {self.rule}`, which leaves out "
                f"{len(gone)} ({names}); add others, or ask for less in the job"
            )
        raise AssetError(f"no {kind} in the manifests {self._manifests()}{what}; add one, or name ids in the scene")

    def drawable(self, kind: AssetKind) -> list[Entry]:
        """List the entries of a kind that are on this machine.

        Parameters
        ----------
        kind : AssetKind
            The kind.

        Returns
        -------
        list of Entry
            In manifest order; may be empty.
        """
        return [entry for entry in self.entries.values() if entry.kind == kind and not entry.remote]

    def named(self, kind: AssetKind, name: str) -> Entry:
        """Look an entry up by its id.

        Parameters
        ----------
        kind : AssetKind
            The kind that it must have.
        name : str
            Its id.

        Returns
        -------
        Entry
            The entry.

        Raises
        ------
        AssetError
            No manifest lists it, it was not fetched, or the licence rule forbids it; the message says what to do.
        """
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
        """Find a file of an entry on this machine and check its hash; it is downloaded first where need be.

        Parameters
        ----------
        entry : Entry
            An entry with a file.
        part : str, optional
            One of its `files`, instead of its `file`.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        AssetError
            It is missing, or its hash is not that of the manifest.
        """
        where = f"entry {entry.id!r} of {self.origin[entry.id].name}"
        if entry.file is None:
            raise AssetError(f"{where} is built in and has no file")
        name, sha256 = (part, entry.files[InsidePath.stated(part, where)]) if part else (entry.file, entry.sha256)
        if self.remote is not None and entry.root == "user":
            self.remote.download(entry)
        root = asset_root(entry.root, self.root, where)
        try:
            path = InsidePath.stated(name, where).file_below(root)
        except StorageError as error:
            raise AssetError(str(error)) from error
        if not path.is_file():
            hint = f"; get it: {entry.how_to_get}" if entry.how_to_get else "; correct the manifest or the asset folder"
            raise AssetError(f"{path} is missing ({where}){hint}")
        if sha256 and _sha256(path) != sha256:
            raise AssetError(f"{path} is not the file of the manifest: its SHA-256 differs ({where}); fetch it again")
        return path

    def file(self, entry: Entry, part: str | None = None) -> AssetFile:
        """Refer to a file of an entry in a specification; the file is checked as by `path`.

        Parameters
        ----------
        entry : Entry
            An entry with a file.
        part : str, optional
            One of its `files`, instead of its `file`.

        Returns
        -------
        AssetFile
            The reference.
        """
        path = self.path(entry, part)
        name = InsidePath.stated(part or str(entry.file), f"entry {entry.id!r}")
        sha256 = entry.files[name] if part else entry.sha256
        return AssetFile(root=entry.root, path=name, sha256=sha256 or _sha256(path))

    def mesh_file(self, entry: Entry) -> MeshFile:
        """Make the shape of an object that is a file.

        Parameters
        ----------
        entry : Entry
            An entry with a file.

        Returns
        -------
        MeshFile
            The shape, with the scale and axes of the manifest.
        """
        file, textures = self.file(entry), entry.missing_textures
        return MeshFile(file=file, scale=entry.scale, up=entry.up, facing=entry.facing, missing_textures=textures)

    def character_file(self, entry: Entry, height: float) -> CharacterFile:
        """Make the shape of a character that is a file.

        Parameters
        ----------
        entry : Entry
            An entry with a file.
        height : float
            Metres.

        Returns
        -------
        CharacterFile
            The shape, with the facing of the manifest.
        """
        file, textures = self.file(entry), entry.missing_textures
        return CharacterFile(
            file=file, height=height, facing=entry.facing, missing_textures=textures, figure=entry.figure
        )

    def use(self, entry: Entry) -> AssetUse:
        """Make the line of the licence ledger for an entry.

        Parameters
        ----------
        entry : Entry
            The entry.

        Returns
        -------
        AssetUse
            Its line.
        """
        return AssetUse.model_validate({name: getattr(entry, name) for name in AssetUse.model_fields})


def permits(rule: LicenceRule, entry: Entry) -> bool:
    """Tell whether a licence rule allows an asset; `unknown` counts as no.

    Parameters
    ----------
    rule : {"any", "redistributable", "trainable"}
        The rule of a job.
    entry : Entry
        The asset.

    Returns
    -------
    bool
        Whether it may be used.
    """
    return {"any": "yes", "redistributable": entry.redistribution, "trainable": entry.training}[rule] == "yes"


def load_library(manifests: Sequence[str], root: Place | None = None, licences: LicenceRule = "any") -> Library:
    """Read manifests and the one of the asset folder, and leave out what a licence rule forbids.

    Parameters
    ----------
    manifests : Sequence[str]
        Presets by name, or paths of YAML or Kubric files.
    root : Path or str, optional
        The user's asset folder, or an address whose files are downloaded when they are needed.
    licences : {"any", "redistributable", "trainable"}, optional
        The licence rule.

    Returns
    -------
    Library
        The assets.

    Raises
    ------
    ConfigError
        A manifest is wrong, or two list the same id and neither is an entry of the catalogue.
    """
    entries, origin = dict[str, Entry](), dict[str, Path]()
    remote = RemoteAssets(str(root)) if root is not None and is_address(root) else None
    root = local_assets(root) if root is not None else None
    if remote is not None:
        remote.download_manifest()
    listings = [(path, manifest.assets) for path, manifest in map(load_manifest, manifests)]
    if root is not None and (root / FOLDER_MANIFEST).resolve() not in {path.resolve() for path, _ in listings}:
        listings.append((root / FOLDER_MANIFEST, folder_entries(root)))
    for path, listed in listings:
        for entry in listed:
            if entry.id in entries and not entries[entry.id].remote:
                raise ConfigError(str(path), [f"asset {entry.id!r} is also in {origin[entry.id]}; rename one"])
            entries[entry.id] = entry
            origin[entry.id] = path
    return Library(entries, origin, root, remote=remote).allowed(licences)


def asset_root(root: str, user: Path | None, what: str) -> Path:
    """Find the folder of a root.

    Parameters
    ----------
    root : {"user", "bpy"}
        The root, as entries name it.
    user : Path, optional
        The user's asset folder.
    what : str
        What needs it, for the message.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    AssetError
        There is no such folder; the message says what to do.
    """
    if root == "bpy":
        return bpy_data_folder()
    if user is None:
        raise AssetError(
            f"{what} is a file of yours, but no asset folder was given; use `assets:` in the job or --assets"
        )
    return user


def bpy_data_folder() -> Path:
    """Find the data folder inside the bpy package of the chosen Blender, which is not loaded.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BlenderError
        The Blender is not installed; the message says how to.
    """
    blender = current_blender()
    found = sorted(blender.package.glob("*/datafiles"))
    if not found:
        step = f"run: dsia-gen blender install --version {blender.line}" if not blender.own else "install bpy again"
        raise BlenderError(f"{blender.package} has no folder of data, and the HDR environments are there; {step}")
    return found[0]


_sha256 = cache(file_hash)
