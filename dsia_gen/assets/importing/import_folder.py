"""`assets import`: a folder of files of any kind becomes an asset folder with a manifest and thumbnails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from dsia_gen.assets.importing.discover import Found, discover, printable
from dsia_gen.assets.importing.entries import Terms, make_entries, same_name
from dsia_gen.assets.importing.import_journal import ImportedFile, ImportJournal
from dsia_gen.assets.importing.import_worker import Answer, ImportLimits, open_files
from dsia_gen.assets.manifest import folder_entries, record_entries
from dsia_gen.assets.texture_maps import sets_of
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured

IMAGES_APART = (".obj", ".fbx", ".gltf", ".usd", ".usda", ".usdc", ".blend")
"""Formats of models that keep their images in files of their own."""
BATCH = 24
"""Files that one process opens, and after which the manifest is written."""


@dataclass(frozen=True)
class ImportOverrides:
    """What the user states of all files of a run; what is None is measured or guessed.

    Parameters
    ----------
    kind : {"character", "object", "motion"}, optional
        Kind of mesh files.
    up : {"Y", "Z"}, optional
        Up axis of OBJ, PLY and STL.
    facing : {"-Y", "+Y", "-X", "+X"}, optional
        Where they look, Z up.
    scale : float, optional
        Metres a unit, of objects.
    size : float, optional
        Metres: largest side of objects, width of textures.
    height : float, optional
        Metres, of characters.
    """

    kind: Literal["character", "object", "motion"] | None = None
    up: Literal["Y", "Z"] | None = None
    facing: Literal["-Y", "+Y", "-X", "+X"] | None = None
    scale: float | None = None
    size: float | None = None
    height: float | None = None

    def stated(self) -> dict[str, object]:
        """List what the user states.

        Returns
        -------
        dict of str to value
            The fields that are not None.
        """
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class ImportBounds:
    """What opening one file may take.

    Parameters
    ----------
    memory_gib : float
        Memory of the process, GiB.
    max_triangles : int
        Triangles of a mesh.
    pixels : int
        Side of thumbnails, px.
    """

    memory_gib: float = 6.0
    max_triangles: int = 3_000_000
    pixels: int = 192


@dataclass(frozen=True)
class ImportOutcome:
    """What became of a file.

    Parameters
    ----------
    name : str
        Path below the imported folder.
    state : {"new", "kept", "refused"}
        Opened in this run, or in an earlier one, or not used.
    ids : tuple of str
        Ids of its entries.
    found : Measured, optional
        What was measured.
    reason : str
        Why it was refused.
    """

    name: str
    state: Literal["new", "kept", "refused"]
    ids: tuple[str, ...] = ()
    found: Measured | None = None
    reason: str = ""


@dataclass(frozen=True)
class ImportReport:
    """All files of a run.

    Parameters
    ----------
    folder : Path
        The imported folder.
    target : Path
        The asset folder.
    outcomes : list of ImportOutcome
        In order of the names.
    """

    folder: Path
    target: Path
    outcomes: list[ImportOutcome] = field(default_factory=list)

    def of(self, state: str) -> list[ImportOutcome]:
        """Select outcomes.

        Parameters
        ----------
        state : {"new", "kept", "refused"}
            The state.

        Returns
        -------
        list of ImportOutcome
            Those of the state.
        """
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def to_dict(self) -> dict[str, object]:
        """Make a document for scripts.

        Returns
        -------
        dict
            Plain JSON.
        """
        lines = []
        for o in self.outcomes:
            found = None if o.found is None else o.found.model_dump(mode="json")
            lines.append({"file": o.name, "state": o.state, "ids": list(o.ids), "reason": o.reason, "found": found})
        counts = {state: len(self.of(state)) for state in ("new", "kept", "refused")}
        return {"folder": str(self.folder), "target": str(self.target), **counts, "files": lines}


Progress = Callable[[int, int], None]


def import_folder(
    folder: Path,
    target: Path | None = None,
    *,
    overrides: ImportOverrides | None = None,
    terms: Terms | None = None,
    bounds: ImportBounds | None = None,
    limits: ImportLimits | None = None,
    again: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> ImportReport:
    """Import what is new or changed in a folder, and update the manifest of the asset folder.

    Parameters
    ----------
    folder : Path
        The user's files, in any order and depth.
    target : Path, optional
        The asset folder that they are copied to; `folder` itself if None.
    overrides : ImportOverrides, optional
        What the user states of the files.
    terms : Terms, optional
        Licence and source of the files.
    bounds : ImportBounds, optional
        Memory, triangles and pixels of one file.
    limits : ImportLimits, optional
        Seconds for one file, and the module that opens it.
    again : bool, optional
        Also open files that are known.
    progress : Callable, optional
        Called with the number of files done and of all.

    Returns
    -------
    ImportReport
        All files; those that cannot be used have the state "refused".

    Raises
    ------
    AssetError
        The folder does not exist or holds too many files, or the target cannot be written or lies inside it.
    WorkerError
        Blender does not start.
    """
    folder = folder.resolve()
    target = folder if target is None else target.resolve()
    if target != folder and target.is_relative_to(folder):
        raise AssetError(f"{target} lies inside {folder}, which is being imported; choose a folder beside it")
    overrides, terms = overrides or ImportOverrides(), terms or Terms()
    run = _ImportRun(folder, target, overrides, terms, bounds or ImportBounds(), limits or ImportLimits(), again)
    return run.all(progress)


@dataclass
class _ImportRun:
    folder: Path
    target: Path
    overrides: ImportOverrides
    terms: Terms
    bounds: ImportBounds
    limits: ImportLimits
    again: bool

    def __post_init__(self) -> None:
        self.journal = ImportJournal.read(self.target)
        self.entries = {entry.id: entry for entry in folder_entries(self.target)}
        self.outcomes: dict[str, ImportOutcome] = {}
        self.maps: dict[str, tuple[str, ...]] = {}
        memory, triangles = self.bounds.memory_gib, self.bounds.max_triangles
        self.asked = {"seconds": self.limits.seconds, "memory": memory, "triangles": triangles}
        # What `assets fetch`, or the user, has listed already is not imported a second time.
        known = {name for line in self.journal.lines.values() for name in line.ids}
        own = [e for e in self.entries.values() if e.id not in known] if self.target == self.folder else []
        self.listed = {name: entry.id for entry in own for name in (entry.file, *entry.files) if name}

    def all(self, progress: Progress) -> ImportReport:
        found, unfit = discover(self.folder)
        for file in unfit:
            self.outcomes[file.name] = ImportOutcome(file.name, "refused", reason=file.reason)
        # Images come last: those that a model uses are not assets of their own.
        models = [item for item in found if item.reader != "texture"]
        waiting = self._new(models)
        self._open(waiting, progress)
        used = {name for o in self.outcomes.values() if o.found is not None for name in o.found.parts}
        apart = {Path(m.name).parent for m in models if m.name.lower().endswith(IMAGES_APART)}
        images = []
        for item in found:
            folder = Path(item.name).parent
            near = {folder, folder.parent if folder.name.lower() in ("textures", "texture", "tex", "maps") else folder}
            if item.reader == "texture" and item.name not in used and not near & apart:
                images.append(item)
        # Maps of normals and the like belong to an image of the surface, or are refused.
        colours, lost = sets_of(image.name for image in images)
        for name in (name for name in lost if name not in self.listed):
            reason = "is a map without the image that it belongs to; put both into one folder, or rename it"
            self.outcomes[name] = ImportOutcome(name, "refused", reason=reason)
        self.maps = {name: tuple(filter(None, maps[1:])) for name, maps in colours.items()}
        surfaces = self._new([image for image in images if image.name in colours])
        self._open(surfaces, lambda done, total: progress(len(waiting) + done, len(waiting) + total))
        self._write()
        return ImportReport(self.folder, self.target, [self.outcomes[name] for name in sorted(self.outcomes)])

    def _new(self, items: Sequence[Found]) -> list[tuple[Found, str]]:
        """Files to open, with their hashes; the outcomes of the others are those of an earlier run."""
        waiting, stated = [], self.overrides.stated()
        for item in items:
            line = self.journal.lines.get(item.name)
            if line is None and item.name in self.listed:
                self.outcomes[item.name] = ImportOutcome(item.name, "kept", (self.listed[item.name],))
                continue
            digest = file_hash(self.folder / item.name)
            if (
                line is None
                or self.again
                or line.sha256 != digest
                or any(
                    not (self.folder / name).is_file() or file_hash(self.folder / name) != sha256
                    for name, sha256 in line.parts.items()
                )
                or (stated and stated != line.overrides)
                or (line.bounds != self.asked if line.reason else any(name not in self.entries for name in line.ids))
            ):
                waiting.append((item, digest))
            elif line.reason:
                self.outcomes[item.name] = ImportOutcome(item.name, "refused", reason=line.reason)
            else:
                self.outcomes[item.name] = ImportOutcome(item.name, "kept", line.ids, line.found)
                if terms := self.terms.stated():
                    self.entries |= {name: self.entries[name].model_copy(update=terms) for name in line.ids}
        return waiting

    def _open(self, waiting: Sequence[tuple[Found, str]], progress: Progress) -> None:
        """Open files in batches, each of which is recorded."""
        progress(0, len(waiting))
        for begin in range(0, len(waiting), BATCH):
            batch = waiting[begin : begin + BATCH]
            stated = self.overrides.stated()
            with TemporaryDirectory(prefix="dsia-gen-import-") as out:
                request = ImportRequest(
                    folder=str(self.folder),
                    out=out,
                    files=tuple(ImportFile(path=item.name, reader=item.reader, **stated) for item, _ in batch),
                    pixels=self.bounds.pixels,
                    memory_gib=self.bounds.memory_gib,
                    max_triangles=self.bounds.max_triangles,
                )
                for answer in open_files(request, self.limits):
                    self._settle(*batch[answer.index], answer, Path(out))
                    progress(begin + answer.index + 1, len(waiting))
            self._write()

    def _settle(self, item: Found, digest: str, answer: Answer, out: Path) -> None:
        """Put one answer into the outcomes, the manifest and the journal, and its files into the asset folder."""
        line = ImportedFile(digest, self.overrides.stated(), self.asked)
        if answer.found is None:
            reason = printable(answer.reason.replace(f"{self.folder}/", ""))
            self.outcomes[item.name] = ImportOutcome(item.name, "refused", reason=reason)
            self.journal.lines[item.name] = replace(line, reason=reason)
            return
        maps = self.maps.get(item.name, answer.found.parts)
        found = answer.found.model_copy(update={"parts": maps})
        parts = {name: file_hash(self.folder / name) for name in found.parts}
        clips = [file_hash(out / clip.file) for clip in found.clips]
        before = self.journal.lines.get(item.name)
        taken = {name for name in self.entries if before is None or name not in before.ids}
        entries = make_entries(item.name, self.folder.name, digest, found, parts, self.terms, taken, clips)
        former = {} if before is None else {name: self.entries.pop(name) for name in before.ids if name in self.entries}
        whole = [None] * (len(entries) - len(found.clips))
        for entry, clip in zip(entries, (*whole, *found.clips), strict=True):
            picture = clip.thumbnail if clip is not None and clip.thumbnail else f"{answer.index}.png"
            _copy(out / picture, self.target / "thumbnails" / f"{entry.id}.png", self.target)
            if clip is not None and entry.file is not None:
                _copy(out / clip.file, self.target / entry.file, self.target)
            self.entries[entry.id] = same_name(entry, former.get(entry.id), self.terms)
        for name in (item.name, *found.parts) if self.target != self.folder else ():
            _copy(self.folder / name, self.target / name, self.target)
        ids = tuple(entry.id for entry in entries)
        self.outcomes[item.name] = ImportOutcome(item.name, "new", ids, found)
        self.journal.lines[item.name] = replace(line, ids=ids, parts=parts, found=found)

    def _write(self) -> None:
        record_entries(self.target, self.entries.values())
        self.journal.write()


def _copy(source: Path, place: Path, target: Path) -> None:
    """Copy a file to a place below `target`; AssetError where a link leads out of it."""
    if not place.parent.resolve().is_relative_to(target) or place.is_symlink():
        raise AssetError(f"{place} leads out of {target}; remove the link")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    except OSError as error:
        raise AssetError(
            f"cannot write {place}: {error.strerror or error}; make room, or choose another folder"
        ) from error


def summary(outcomes: Sequence[ImportOutcome]) -> Iterator[list[str]]:
    """Make the rows of a table of files.

    Parameters
    ----------
    outcomes : Sequence of ImportOutcome
        Outcomes of a run.

    Yields
    ------
    list of str
        Name, kind, size, content and result.
    """
    for outcome in outcomes:
        found = outcome.found
        if found is None:
            result = f"refused: {outcome.reason}" if outcome.reason else f"listed as {', '.join(outcome.ids)}"
            yield [outcome.name, "", "", "", result]
            continue
        size = f"{found.pixels[0]} x {found.pixels[1]} px" if found.pixels else ""
        if found.size is not None:
            size = " x ".join(f"{side:.3g}" for side in found.size) + " m"
        content = []
        if found.triangles is not None:
            content.append(f"{found.triangles:,} triangles")
        if found.bones:
            content.append(f"{found.bones} bones ({found.skeleton})")
        if found.frames:
            content.append(f"{found.frames} frames at {found.fps:g} fps")
        if found.textures:
            content.append(f"{found.textures - len(found.missing)} of {found.textures} textures")
        yield [outcome.name, found.kind, size, ", ".join(content), "; ".join((outcome.state, *found.notes))]
        for clip in found.clips:
            long = f"{clip.frames} frames at {clip.fps:g} fps"
            yield [f"  {clip.name or 'its clip'}", "motion", "", long, "; ".join((outcome.state, *clip.notes))]
