"""`assets import`: a folder of files of any kind becomes an asset folder with a manifest and thumbnails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from dsia_gen.assets.importing.discover import Found, discover, printable
from dsia_gen.assets.importing.entries import Terms, make_entries, same_name
from dsia_gen.assets.importing.import_journal import Journal, Line
from dsia_gen.assets.importing.import_worker import Answer, ImportLimits, open_files
from dsia_gen.assets.manifest import Entry, folder_entries, record_entries
from dsia_gen.assets.texture_maps import sets_of
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash
from dsia_gen.spec.import_request import IntakeFile, IntakeRequest, Measured

IMAGES_APART = (".obj", ".fbx", ".gltf", ".usd", ".usda", ".usdc", ".blend")
BATCH = 24
"""Files for which one process is kept, and after which what was found is written down."""


@dataclass(frozen=True)
class ImportOverrides:
    """What the user knows of all files of a run; None is found out."""

    kind: Literal["character", "object", "motion"] | None = None
    up: Literal["Y", "Z"] | None = None
    facing: Literal["-Y", "+Y", "-X", "+X"] | None = None
    scale: float | None = None
    size: float | None = None
    height: float | None = None

    def stated(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Bounds:
    """What a file may take: memory in GiB, triangles; and the side of thumbnails in pixels."""

    memory_gib: float = 6.0
    max_triangles: int = 3_000_000
    pixels: int = 192


@dataclass(frozen=True)
class Outcome:
    """What became of a file. `new` was opened in this run, `kept` in an earlier one; `refused` has a reason."""

    name: str
    state: Literal["new", "kept", "refused"]
    ids: tuple[str, ...] = ()
    found: Measured | None = None
    reason: str = ""


@dataclass(frozen=True)
class IntakeReport:
    """All files of a run, in order of their names."""

    folder: Path
    target: Path
    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, state: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def to_dict(self) -> dict[str, Any]:
        """For scripts."""
        lines = [
            {
                "file": o.name,
                "state": o.state,
                "ids": list(o.ids),
                "reason": o.reason,
                "found": None if o.found is None else o.found.model_dump(mode="json"),
            }
            for o in self.outcomes
        ]
        counts = {state: len(self.of(state)) for state in ("new", "kept", "refused")}
        return {"folder": str(self.folder), "target": str(self.target), **counts, "files": lines}


Progress = Callable[[int, int], None]


def import_folder(
    folder: Path,
    target: Path | None = None,
    *,
    wishes: ImportOverrides | None = None,
    terms: Terms | None = None,
    bounds: Bounds | None = None,
    opening: ImportLimits | None = None,
    again: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> IntakeReport:
    """Take in what is new or changed in `folder`, and keep the manifest of `target` (None: `folder` itself).

    Files that cannot be used are part of the report; the rest go on. Raises AssetError for a folder that is not there
    or cannot be written, WorkerError when Blender itself does not start.
    """
    folder = folder.resolve()
    target = folder if target is None else target.resolve()
    if target != folder and target.is_relative_to(folder):
        raise AssetError(f"{target} lies inside {folder}, which is being imported; choose a folder beside it")
    run = _Intake(
        folder,
        target,
        wishes or ImportOverrides(),
        terms or Terms(),
        bounds or Bounds(),
        opening or ImportLimits(),
        again,
    )
    return run.all(progress)


@dataclass
class _Intake:
    folder: Path
    target: Path
    wishes: ImportOverrides
    terms: Terms
    bounds: Bounds
    opening: ImportLimits
    again: bool

    def __post_init__(self) -> None:
        self.journal = Journal.read(self.target)
        self.entries = {entry.id: entry for entry in folder_entries(self.target)}
        self.outcomes: dict[str, Outcome] = {}
        self.maps: dict[str, tuple[str, ...]] = {}
        # What `assets fetch`, or a person, has listed already is not imported a second time.
        known = {name for line in self.journal.lines.values() for name in line.ids}
        own = [e for e in self.entries.values() if e.id not in known] if self.target == self.folder else []
        self.listed = {name: entry.id for entry in own for name in (entry.file, *entry.files) if name}

    def all(self, progress: Progress) -> IntakeReport:
        found, unfit = discover(self.folder)
        for item in unfit:
            self.outcomes[item.name] = Outcome(item.name, "refused", reason=item.reason)
        # Images last: those that a model uses are no assets of their own.
        models = [item for item in found if item.reader != "texture"]
        waiting = self._new(models)
        self._take_in(waiting, progress)
        images = [item for item in found if item.reader == "texture" and not self._belongs(item, models)]
        images = self._colours(images)
        self._take_in(self._new(images), lambda done, total: progress(len(waiting) + done, len(waiting) + total))
        self._write()
        return IntakeReport(self.folder, self.target, [self.outcomes[name] for name in sorted(self.outcomes)])

    # --- what is new ----------------------------------------------------------------------------------------------

    def _new(self, items: Sequence[Found]) -> list[tuple[Found, str]]:
        """Files to open, with their hashes; the outcomes of the others are those of an earlier run."""
        waiting = []
        for item in items:
            line = self.journal.lines.get(item.name)
            if line is None and item.name in self.listed:
                self.outcomes[item.name] = Outcome(item.name, "kept", (self.listed[item.name],))
                continue
            digest = file_hash(self.folder / item.name)
            if line is None or self._stale(line, digest):
                waiting.append((item, digest))
            else:
                self._keep(item, line)
        return waiting

    def _stale(self, line: Line, digest: str) -> bool:
        if self.again or line.sha256 != digest or not self._parts_same(line):
            return True
        if self.wishes.stated() and self.wishes.stated() != line.wishes:
            return True
        if line.reason:
            return line.bounds != self._bounds()
        return any(name not in self.entries for name in line.ids)

    def _bounds(self) -> dict[str, float]:
        return {
            "seconds": self.opening.seconds,
            "memory": self.bounds.memory_gib,
            "triangles": self.bounds.max_triangles,
        }

    def _parts_same(self, line: Line) -> bool:
        paths = {name: self.folder / name for name in line.parts}
        return all(path.is_file() and file_hash(path) == line.parts[name] for name, path in paths.items())

    def _keep(self, item: Found, line: Line) -> None:
        if line.reason:
            self.outcomes[item.name] = Outcome(item.name, "refused", reason=line.reason)
            return
        self.outcomes[item.name] = Outcome(item.name, "kept", line.ids, line.found)
        if self.terms.stated():
            self._record([self.terms.applied(self.entries[name]) for name in line.ids])

    def _belongs(self, image: Found, models: Sequence[Found]) -> bool:
        """Whether an image is part of a model: one that it uses, or one beside a model that keeps its images apart."""
        if any(o.found is not None and image.name in o.found.parts for o in self.outcomes.values()):
            return True
        folder = Path(image.name).parent
        near = {folder, folder.parent} if folder.name.lower() in ("textures", "texture", "tex", "maps") else {folder}
        return any(Path(m.name).parent in near for m in models if m.name.lower().endswith(IMAGES_APART))

    def _colours(self, images: Sequence[Found]) -> list[Found]:
        """The images that show a surface; maps of normals and the like belong to one, or are refused."""
        colours, lost = sets_of(image.name for image in images)
        for name in (name for name in lost if name not in self.listed):
            reason = "is a map without the picture that it belongs to; put them beside each other, or rename it"
            self.outcomes[name] = Outcome(name, "refused", reason=reason)
        self.maps = {name: tuple(filter(None, maps[1:])) for name, maps in colours.items()}
        return [image for image in images if image.name in colours]

    # --- opening --------------------------------------------------------------------------------------------------

    def _take_in(self, waiting: Sequence[tuple[Found, str]], progress: Progress) -> None:
        progress(0, len(waiting))
        for begin in range(0, len(waiting), BATCH):
            batch = waiting[begin : begin + BATCH]
            with TemporaryDirectory(prefix="dsia-gen-import-") as out:
                for answer in open_files(self._request(batch, Path(out)), self.opening):
                    self._settle(*batch[answer.index], answer, Path(out))
                    progress(begin + answer.index + 1, len(waiting))
            self._write()

    def _request(self, batch: Sequence[tuple[Found, str]], out: Path) -> IntakeRequest:
        wishes = self.wishes.stated()
        files = tuple(IntakeFile(path=item.name, reader=item.reader, **wishes) for item, _ in batch)
        return IntakeRequest(
            folder=str(self.folder),
            out=str(out),
            files=files,
            pixels=self.bounds.pixels,
            memory_gib=self.bounds.memory_gib,
            max_triangles=self.bounds.max_triangles,
        )

    def _settle(self, item: Found, digest: str, answer: Answer, out: Path) -> None:
        """Put one answer into the outcomes, the manifest and the journal."""
        line = Line(digest, self.wishes.stated(), self._bounds())
        if answer.found is not None and item.name in self.maps:
            answer = replace(answer, found=answer.found.model_copy(update={"parts": self.maps[item.name]}))
        if answer.found is None:
            reason = printable(answer.reason.replace(f"{self.folder}/", ""))
            self.outcomes[item.name] = Outcome(item.name, "refused", reason=reason)
            self.journal.lines[item.name] = line.refused(reason)
            return
        parts = {name: file_hash(self.folder / name) for name in answer.found.parts}
        converted = file_hash(out / answer.found.converted) if answer.found.converted else ""
        entries = self._entries(item, digest, answer.found, parts, converted)
        self._place(item, answer, entries, out)
        self._record(entries)
        ids = tuple(entry.id for entry in entries)
        self.outcomes[item.name] = Outcome(item.name, "new", ids, answer.found)
        self.journal.lines[item.name] = line.taken(ids, parts, answer.found)

    def _entries(self, item: Found, digest: str, found: Measured, parts: dict[str, str], converted: str) -> list[Entry]:
        before = self.journal.lines.get(item.name)
        taken = {name for name in self.entries if before is None or name not in before.ids}
        entries = make_entries(item.name, self.folder.name, digest, found, parts, self.terms, taken, converted)
        return [same_name(entry, self.entries.get(entry.id), self.terms) for entry in entries]

    def _place(self, item: Found, answer: Answer, entries: Sequence[Entry], out: Path) -> None:
        """Thumbnails, converted files, and copies where the target is another folder."""
        assert answer.found is not None
        picture = out / f"{answer.index}.png"
        for entry in entries:
            _copy(picture, self.target / "thumbnails" / f"{entry.id}.png", self.target)
            if entry.file and entry.file.startswith("converted/"):
                _copy(out / answer.found.converted, self.target / entry.file, self.target)
        if self.target != self.folder:
            for name in (item.name, *answer.found.parts):
                _copy(self.folder / name, self.target / name, self.target)

    def _record(self, entries: Sequence[Entry]) -> None:
        self.entries |= {entry.id: entry for entry in entries}

    def _write(self) -> None:
        record_entries(self.target, self.entries.values())
        self.journal.write()


def _copy(source: Path, place: Path, target: Path) -> None:
    """Copy a file to a place below `target`; AssetError where that would lead elsewhere."""
    if not place.parent.resolve().is_relative_to(target) or place.is_symlink():
        raise AssetError(f"{place} leads out of {target}; remove the link")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    except OSError as error:
        raise AssetError(
            f"cannot write {place}: {error.strerror or error}; make room, or choose another folder"
        ) from error


def summary(outcomes: Sequence[Outcome]) -> Iterator[list[str]]:
    """A row for each file: name, kind, size, what is in it, result."""
    for outcome in outcomes:
        if outcome.found is None:
            said = f"refused: {outcome.reason}" if outcome.reason else f"listed as {', '.join(outcome.ids)}"
            yield [outcome.name, "", "", "", said]
        else:
            found = outcome.found
            notes = "; ".join((outcome.state, *found.notes))
            yield [outcome.name, found.kind, _size_text(found), _content(found), notes]


def _size_text(found: Measured) -> str:
    if found.size is not None:
        return " x ".join(f"{side:.3g}" for side in found.size) + " m"
    return f"{found.pixels[0]} x {found.pixels[1]} px" if found.pixels else ""


def _content(found: Measured) -> str:
    parts = []
    if found.triangles is not None:
        parts.append(f"{found.triangles:,} triangles")
    if found.bones:
        parts.append(f"{found.bones} bones ({found.skeleton})")
    if found.frames:
        parts.append(f"{found.frames} frames at {found.fps:g} fps")
    if found.textures:
        parts.append(f"{found.textures - len(found.missing)} of {found.textures} textures")
    return ", ".join(parts)
