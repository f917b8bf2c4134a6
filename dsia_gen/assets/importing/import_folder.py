"""`assets import`: a folder of files of any kind becomes an asset folder with a manifest and thumbnails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from dsia_gen.assets.importing.archives import open_archive
from dsia_gen.assets.importing.companions import companions, with_exr_maps
from dsia_gen.assets.importing.discover import UNPACKED, Found, ImportRoot, discover, shown_name
from dsia_gen.assets.importing.entries import Terms, keeps_terms, make_entries, prohibitions, same_name
from dsia_gen.assets.importing.import_journal import JOURNAL, ImportedFile, ImportJournal
from dsia_gen.assets.importing.import_pool import ImportPool, batches_of, workers_for
from dsia_gen.assets.importing.import_report import ImportOutcome, ImportReport
from dsia_gen.assets.importing.import_worker import Answer, ImportLimits
from dsia_gen.assets.importing.split_files import split_file
from dsia_gen.assets.manifest import FOLDER_MANIFEST, Entry, folder_entries, record_entries
from dsia_gen.assets.texture_maps import Maps, set_of, sets_of, unused_note
from dsia_gen.core.errors import AssetError
from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import file_hash
from dsia_gen.spec.import_request import NO_MESH, ImportFile, ImportRequest, Measured, MeasuredClip

IMAGES_APART = (".obj", ".fbx", ".gltf", ".usd", ".usda", ".usdc", ".blend")
"""Formats of models that keep their images in files of their own."""
MATERIALS = (".usd", ".usda", ".usdc", ".blend")
"""Formats in which a material may come without a shape."""


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


Progress = Callable[[int, int], None]
SAVE_EVERY = 48
"""Files between two writings of the manifest, which grows with the folder."""


def import_folder(
    folder: Path,
    target: Path | None = None,
    *,
    overrides: ImportOverrides | None = None,
    terms: Terms | None = None,
    bounds: ImportBounds | None = None,
    limits: ImportLimits | None = None,
    again: bool = False,
    split: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> ImportReport:
    """Import what is new or changed in a folder, and update the manifest of the asset folder.

    Every file is accounted for in the report. An interruption keeps what was opened; the next call goes on from there.

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
        Seconds for one file, the module that opens it, and the number of processes.
    again : bool, optional
        Also open files that are known.
    split : bool, optional
        Make each object of a mesh file that holds several an asset of its own.
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
    run = _ImportRun(folder, target, overrides, terms, bounds or ImportBounds(), limits or ImportLimits(), again, split)
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
    split: bool = False

    def __post_init__(self) -> None:
        self.journal = ImportJournal.read(self.target)
        self.entries = {entry.id: entry for entry in folder_entries(self.target)}
        self.outcomes: dict[str, ImportOutcome] = {}
        self.parts: dict[str, str] = {}
        self.passed: dict[str, str] = {}
        self.maps: dict[str, Maps] = {}
        self.stricter: list[str] = []
        self.told: list[str] = []
        self.done = self.total = 0
        memory, triangles = self.bounds.memory_gib, self.bounds.max_triangles
        self.asked = {"seconds": self.limits.seconds, "memory": memory, "triangles": triangles}
        # What `assets fetch`, or the user, has listed already is not imported a second time.
        known = {name for line in self.journal.lines.values() for name in line.ids}
        own = [e for e in self.entries.values() if e.id not in known] if self.target == self.folder else []
        self.listed: dict[str, str] = {name: entry.id for entry in own for name in (entry.file, *entry.files) if name}

    def all(self, progress: Progress) -> ImportReport:
        found = with_exr_maps(self._discover())
        # Files that belong to others are not opened by themselves.
        belonging = {name: what for name, what in companions(found).items() if name not in self.listed}
        self.passed |= belonging
        found = [item for item in found if item.name not in belonging]
        found = self._pieces(found) if self.split else found
        self.total = len(found)
        # Images come last: those that a model uses are not assets of their own.
        models = [item for item in found if item.reader != "texture"]
        self._open(self._new(models), progress)
        surfaces = self._surfaces(found, models)
        self._open(self._new(surfaces), progress)
        self._write()
        progress(self.total, self.total)
        return self._report(found)

    def _discover(self) -> list[Found]:
        """All candidates of the folder and of its archives; the other files are accounted for."""
        whole = discover(ImportRoot(self.folder))
        parts = [whole]
        for name in whole.archives:
            try:
                inner = open_archive(self.folder / name, name, self.target)
                kinds = ", ".join(sorted(set(inner.passed.values()))) or "it is empty"
                if not inner.found and not inner.unfit:
                    raise AssetError(f"it holds nothing that can be imported ({kinds})")
            except AssetError as error:
                self._refuse(name, str(error))
                continue
            parts.append(inner)
            self.parts[name] = f"{UNPACKED}/{name}/"
        for part in parts:
            self.passed |= part.passed
            for file in part.unfit:
                self.outcomes[file.name] = ImportOutcome(file.name, "refused", reason=file.reason)
        return [item for part in parts for item in part.found]

    def _pieces(self, found: Sequence[Found]) -> list[Found]:
        """The files, of which those that hold several objects are replaced by their objects."""
        result = []
        for item in found:
            if item.reader != "mesh":
                result.append(item)
                continue
            try:
                split = split_file(item, self.target, self.limits.seconds, self.bounds.memory_gib)
            except AssetError as error:
                self._refuse(item.name, str(error))
                continue
            if not split.pieces.found:
                result.append(item)
                continue
            self.parts[item.name] = f"{UNPACKED}/{item.name}/"
            self.told += [split.note] if split.note else []
            result += split.pieces.found
        return result

    def _surfaces(self, found: Sequence[Found], models: Sequence[Found]) -> list[Found]:
        """Images that are textures of their own, each the colour of a set of maps."""
        used = {name for o in self.outcomes.values() if o.found is not None for name in o.found.parts}
        # A model that was refused uses no image.
        taken = [m.name for m in models if m.name in self.outcomes and self.outcomes[m.name].state != "refused"]
        apart = {Path(name).parent for name in taken if name.lower().endswith(IMAGES_APART)}
        images = []
        for item in found:
            folder = Path(item.name).parent
            near = {folder, folder.parent if folder.name.lower() in ("textures", "texture", "tex", "maps") else folder}
            if item.reader == "texture" and item.name not in used:
                if near & apart:
                    self.passed[item.name] = "image beside a model that does not use it"
                else:
                    images.append(item)
        # Maps of normals and the like belong to an image of the surface, or are refused.
        colours, lost = sets_of(image.name for image in images)
        for name in (name for name in lost if name not in self.listed):
            self._refuse(name, "is a map without the image that it belongs to; put both into one folder, or rename it")
        self.maps = colours
        # Sets of textures come with layers that hold their material and no shape.
        for name in (m.name for m in models if m.name.lower().endswith(MATERIALS) and m.name not in taken):
            colour = set_of(name, colours)
            if colour is not None and NO_MESH in self.outcomes[name].reason:
                del self.outcomes[name]
                self.parts[name] = colour
        return [image for image in images if image.name in colours]

    def _report(self, found: Sequence[Found]) -> ImportReport:
        for outcome in self.outcomes.values():
            parts = outcome.found.parts if outcome.found is not None else ()
            self.parts |= {name: outcome.name for name in parts if name not in self.outcomes}
        # Poses of a path that was refused belong to it all the same.
        self.parts |= {part: item.name for item in found for part in item.parts if item.name in self.outcomes}
        for item in found:
            if item.name not in self.outcomes and item.name not in self.parts:
                self.passed.setdefault(item.name, "image or map that is not used")
        self.passed = {n: k for n, k in self.passed.items() if n not in self.parts and n not in self.outcomes}
        outcomes = [self.outcomes[name] for name in sorted(self.outcomes)]
        return ImportReport(
            self.folder, self.target, outcomes, self.parts, dict(sorted(self.passed.items())), self._notes()
        )

    def _notes(self) -> list[str]:
        """What a licence that was not stated means, and where an earlier one was kept."""
        notes = [*self.told]
        ids = {name for outcome in self.outcomes.values() for name in outcome.ids}
        unknown = [e for name, e in self.entries.items() if name in ids and e.licence == "unknown"]
        if unknown:
            notes.append(
                f"no licence is stated for {len(unknown)} of {len(ids)} assets: `assets check` asks for it, and jobs "
                "with `licences: redistributable` or `trainable` leave them out; state it with --licence, or in "
                f"{FOLDER_MANIFEST}"
            )
        if self.stricter:
            names = ", ".join(sorted(self.stricter)[:3]) + (", ..." if len(self.stricter) > 3 else "")
            notes.append(
                f"{len(self.stricter)} assets ({names}) keep the stricter terms that they had or that their files "
                f"state; correct {FOLDER_MANIFEST} if that is wrong"
            )
        return notes

    def _new(self, items: Sequence[Found]) -> list[tuple[Found, str]]:
        """Files to open, with their hashes; the outcomes of the others are those of an earlier run."""
        waiting = []
        for item in items:
            line = self.journal.lines.get(item.name)
            if line is None and item.name in self.listed:
                self.outcomes[item.name] = ImportOutcome(item.name, "kept", (self.listed[item.name],))
                self.done += 1
                continue
            digest = file_hash(item.path)
            if line is None or self._is_stale(item, digest, line):
                waiting.append((item, digest))
                continue
            self.done += 1
            if line.reason:
                self.outcomes[item.name] = ImportOutcome(item.name, "refused", reason=line.reason)
            else:
                self.outcomes[item.name] = ImportOutcome(item.name, "kept", line.ids, line.found)
                for entry in [self.entries[name] for name in line.ids]:
                    self._add(
                        same_name(
                            entry.model_copy(update=self.terms.stated() | prohibitions(line.found)), entry, self.terms
                        )
                    )
        return waiting

    def _is_stale(self, item: Found, digest: str, line: ImportedFile) -> bool:
        """Whether a file is opened though it is known: it, a part of it, or what was asked has changed."""
        stated = self.overrides.stated()
        if self.again or line.sha256 != digest or (stated and stated != line.overrides):
            return True
        if line.bounds != self.asked if line.reason else any(name not in self.entries for name in line.ids):
            return True
        places = {name: self._place(item, name) for name in line.parts}
        return any(not places[n].is_file() or file_hash(places[n]) != sha256 for n, sha256 in line.parts.items())

    def _place(self, item: Found, name: str) -> Path:
        """Where a file lies that belongs to an item."""
        return InsidePath.stated(name.removeprefix(item.root.prefix), JOURNAL).file_below(item.root.folder)

    def _open(self, waiting: Sequence[tuple[Found, str]], progress: Progress) -> None:
        """Open files in several processes, and record them in order, so that ids do not depend on who was first."""
        progress(self.done, self.total)
        roots: dict[ImportRoot, list[tuple[Found, str]]] = {}
        for item, digest in waiting:
            roots.setdefault(item.root, []).append((item, digest))
        workers, stated = workers_for(len(waiting), self.limits.workers), self.overrides.stated()
        with TemporaryDirectory(prefix="dsia-gen-import-") as place:
            requests, batches = list[ImportRequest](), list[list[tuple[Found, str]]]()
            for root, items in roots.items():
                for indices in batches_of(len(items), workers):
                    batch, out = [items[i] for i in indices], Path(place) / f"{len(requests)}"
                    out.mkdir()
                    requests.append(ImportRequest(
                        folder=str(root.folder),
                        out=str(out),
                        files=tuple(ImportFile(path=item.inner, reader=item.reader, **stated) for item, _ in batch),
                        pixels=self.bounds.pixels,
                        memory_gib=self.bounds.memory_gib,
                        max_triangles=self.bounds.max_triangles,
                    ))  # fmt: skip
                    batches.append(batch)
            with ImportPool(requests, self.limits, workers) as pool:
                begun = self.done
                try:
                    for batch_number, answer in pool.answers(lambda: progress(begun + pool.came, self.total)):
                        out = Path(requests[batch_number].out)
                        self._settle(*batches[batch_number][answer.index], answer, out)
                        self.done += 1
                        progress(begun + pool.came, self.total)
                        if self.done % SAVE_EVERY == 0:
                            self._write()
                except KeyboardInterrupt:
                    for batch_number, answer in pool.received():
                        out = Path(requests[batch_number].out)
                        self._settle(*batches[batch_number][answer.index], answer, out)
                    self._write()
                    raise

    def _refuse(self, name: str, reason: str) -> None:
        self.outcomes[name] = ImportOutcome(name, "refused", reason=reason)

    def _settle(self, item: Found, digest: str, answer: Answer, out: Path) -> None:
        """Put one answer into the outcomes, the manifest and the journal, and its files into the asset folder."""
        line = ImportedFile(digest, self.overrides.stated(), self.asked)
        if answer.found is None:
            reason = shown_name(answer.reason.replace(f"{item.root.folder}/", ""))
            self._refuse(item.name, reason)
            self.journal.lines[item.name] = replace(line, reason=reason)
            return
        found = answer.found.model_copy(update={"parts": tuple(item.root.prefix + name for name in answer.found.parts)})
        if (maps := self.maps.get(item.name)) is not None:
            notes = (*found.notes, *filter(None, [unused_note(maps)]))
            found = found.model_copy(update={"parts": maps.others, "notes": notes})
        parts = {name: file_hash(self._place(item, name)) for name in map(InsidePath, found.parts)}
        clips = [file_hash(out / clip.file) for clip in found.clips]
        converted = file_hash(out / found.converted) if found.converted else ""
        before = self.journal.lines.get(item.name)
        taken = {name for name in self.entries if before is None or name not in before.ids}
        entries = make_entries(item.name, self.folder.name, digest, found, parts, self.terms, taken, clips, converted)
        former = {} if before is None else {name: self.entries.pop(name) for name in before.ids if name in self.entries}
        whole = [found, *found.others][: len(entries) - len(found.clips)]
        needed, sources = set[str](), list[Measured | MeasuredClip]([*whole, *found.clips])
        for entry, part in zip(entries, sources, strict=True):
            picture = part.thumbnail or f"{answer.index}.png"
            _copy(out / picture, self.target / "thumbnails" / f"{entry.id}.png", self.target)
            made = part.file if isinstance(part, MeasuredClip) else found.converted
            if made and entry.file is not None:
                _copy(out / made, self.target / entry.file, self.target)
            else:
                needed |= {name for name in (entry.file, *entry.files) if name}
            kept = same_name(entry, former.get(entry.id), self.terms)
            self._add(kept.model_copy(update=prohibitions(found)))
        for name in sorted(needed) if self.target != self.folder and not item.root.prefix else ():
            _copy(self._place(item, name), self.target / name, self.target)
        ids = tuple(entry.id for entry in entries)
        self.outcomes[item.name] = ImportOutcome(item.name, "new", ids, found)
        self.journal.lines[item.name] = replace(line, ids=ids, parts=parts, found=found)

    def _add(self, entry: Entry) -> None:
        """Put an entry into the manifest."""
        self.entries[entry.id] = entry
        if keeps_terms(entry, self.terms):
            self.stricter.append(entry.id)

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
