"""Checks of a library: files that are missing or changed, textures that are not found, licences not stated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from dsia_gen.assets.figure_check import figure_faults
from dsia_gen.assets.importing.headers import check_header
from dsia_gen.assets.importing.import_journal import ImportJournal
from dsia_gen.assets.importing.import_worker import ImportLimits
from dsia_gen.assets.importing.linked_files import LinkedFiles
from dsia_gen.assets.importing.references import missing_references
from dsia_gen.assets.library import Library, asset_root
from dsia_gen.assets.manifest import Entry
from dsia_gen.core.errors import AssetError, StorageError, WorkerError
from dsia_gen.core.io import file_hash
from dsia_gen.motion.plausibility import GRAVE, implausible_clip
from dsia_gen.motion.readers import read_motion
from dsia_gen.spec.asset import figure_height

_CREDITED = re.compile(r"\bCC-BY\b", re.IGNORECASE)


@dataclass(frozen=True)
class LibraryProblem:
    """Something about an asset. A `problem` has to be corrected; a `note` needs a decision of the user."""

    level: Literal["problem", "note"]
    asset: str
    kind: str
    what: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """For scripts."""
        return asdict(self)


Report = Callable[[Literal["problem", "note"], str, str], LibraryProblem]


def check_library(
    library: Library,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    limits: ImportLimits | None = None,
) -> list[LibraryProblem]:
    """Problems of every entry, in order of the manifests. Reads and hashes every file.

    Characters that no import has measured are opened in an isolated process, under `limits`.
    """
    entries = list(library.entries.values())
    found: list[LibraryProblem] = []
    lines = ImportJournal.read(library.root).lines if library.root is not None else {}
    lost = {name: line.found.missing for line in lines.values() if line.found is not None for name in line.ids}
    for done, entry in enumerate(entries, start=1):
        found += check_entry(library, entry, lost.get(entry.id, ()))
        progress(done, len(entries))
    lacking = {problem.asset for problem in found if problem.what in ("file", "hash", "content")}
    people = [e for e in entries if e.kind == "character" and e.file and e.root == "user" and e.id not in lacking]
    if library.root is None or not people:
        return found
    try:
        for entry, what in figure_faults(library.root, people, lines, limits):
            found.append(LibraryProblem("problem", entry.id, entry.kind, "figure", f"{entry.file} {what}"))
    except WorkerError as error:
        what = f"figures were not looked at: {str(error).splitlines()[0]}"
        found.append(LibraryProblem("note", people[0].id, "character", "figure", what))
    return found


def check_entry(library: Library, entry: Entry, lost: Sequence[str] = ()) -> list[LibraryProblem]:
    """Problems of one entry. `lost` are names of files that were not there when it was imported."""

    def report(level: Literal["problem", "note"], what: str, message: str) -> LibraryProblem:
        return LibraryProblem(level, entry.id, entry.kind, what, message)

    found = []
    if entry.licence.strip().lower() in ("", "unknown", "none", "?"):
        found.append(report("problem", "licence", "no licence is stated; find it, or leave the asset out"))
    elif _CREDITED.search(entry.licence) and not entry.attribution.strip():
        found.append(report("problem", "attribution", f"{entry.licence} asks for credit, and `attribution` is empty"))
    unknown = [name for name in ("redistribution", "training") if getattr(entry, name) == "unknown"]
    if unknown and not entry.remote:
        message = f"{' and '.join(unknown)} unknown; jobs with a licence rule leave it out"
        found.append(report("note", "permission", message))
    if entry.kind == "character" and entry.height is not None and entry.height != figure_height(entry.height):
        message = f"a height of {entry.height:g} m is drawn as {figure_height(entry.height):g} m; correct `height`"
        found.append(report("problem", "height", message))
    if entry.file is None:
        return found
    if entry.root == "user" and library.root is None:
        return [*found, report("note", "file", "is a file of yours; give its folder with --assets to look at it")]
    root = asset_root(entry.root, library.root, f"entry {entry.id!r}")
    for name, stated in {entry.file: entry.sha256, **entry.files}.items():
        try:
            found += _check_hash(name.file_below(root), stated, entry, report)
        except StorageError as error:  # it cannot be read, or leads out of the folder
            found.append(report("problem", "file", str(error)))
    if any(problem.what == "file" for problem in found):
        return found
    path = root / entry.file
    try:
        check_header(path)
        linked = LinkedFiles(path, root)
        missing = missing_references(path, linked)
    except (AssetError, OSError) as error:
        return [*found, report("problem", "content", str(error))]
    found += _motion_faults(path, report) if entry.kind == "motion" else ()
    # Of formats that are not read here, the import has written down what was not there.
    missing += [name for name in lost if name not in missing and linked.find(name) is None]
    why = "which is not there, or in no format that can be read"
    return found + [report("problem", "texture", f"{path.name} names {name!r}, {why}") for name in missing]


def _motion_faults(path: Path, report: Report) -> Iterator[LibraryProblem]:
    """What is wrong with a clip that its import would have refused or told."""
    try:
        motion = read_motion(path)
        faults = implausible_clip(motion, path.name)
    except AssetError as error:
        yield report("problem", "content", str(error))
        return
    if motion.is_pose():
        yield report("problem", "motion", f"{path.name} is a pose and no motion: nothing moves in it; leave it out")
    for fault in faults:
        message = f"{path.name} is not how a person moves: {fault.what}; export it again, or leave it out"
        yield report("problem" if fault.check in GRAVE else "note", "motion", message)
    for note in motion.notes:
        yield report("note", "motion", f"{path.name} {note}")


def _check_hash(path: Path, stated: str, entry: Entry, report: Report) -> Iterator[LibraryProblem]:
    if not path.is_file():
        step = f"; get it: {entry.how_to_get}" if entry.how_to_get else ""
        yield report("problem", "file", f"{path} is missing{step}")
        return
    found = file_hash(path)
    if not stated:
        message = f"no hash is recorded for {path.name}; a change would not be seen (now {found})"
        yield report("note", "hash", message)
    elif found != stated:
        message = f"{path} has the SHA-256 {found} and not {stated}; get it again, or record this"
        yield report("problem", "hash", message)
