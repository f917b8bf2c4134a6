"""Checks of characters in a library: their files hold figures that stand, and look where the manifest says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from dsia_gen.assets.importing.import_journal import ImportedFile
from dsia_gen.assets.importing.import_worker import ImportLimits, open_files
from dsia_gen.assets.manifest import Entry
from dsia_gen.spec.import_request import ImportFile, ImportRequest, Measured

MEMORY_GIB = 6.0


def figure_faults(
    root: Path, entries: Sequence[Entry], lines: Mapping[str, ImportedFile], limits: ImportLimits | None = None
) -> Iterator[tuple[Entry, str]]:
    """Entries of characters below `root` with what is wrong with them, a clause each.

    What an import has measured is not opened again; other files are, in an isolated process. Raises WorkerError when
    Blender does not start.
    """
    measured = {name: line.found for name, line in lines.items() if line.found is not None}
    hashes = {name: line.sha256 for name, line in lines.items()}
    known, waiting = list[tuple[Entry, Measured]](), list[Entry]()
    for entry in entries:
        found = measured.get(str(entry.file))
        if found is not None and found.stands and hashes[str(entry.file)] == entry.sha256:
            known.append((entry, found))
        else:
            waiting.append(entry)
    for entry, found in known:
        yield from ((entry, what) for what in against(entry, found))
    if not waiting:
        return
    with TemporaryDirectory(prefix="dsia-gen-check-") as out:
        files = tuple(ImportFile(path=str(entry.file), reader="mesh", kind="character") for entry in waiting)
        request = ImportRequest(
            folder=str(root), out=out, files=files, pixels=16, samples=1, memory_gib=MEMORY_GIB, max_triangles=10**8
        )
        for answer in open_files(request, limits or ImportLimits()):
            entry = waiting[answer.index]
            if answer.found is None:
                yield entry, answer.reason.replace(f"{root}/", "")
            else:
                yield from ((entry, what) for what in against(entry, answer.found))


def against(entry: Entry, found: Measured) -> Iterator[str]:
    """What an entry says of a file that is not so."""
    figures = [found, *found.others]
    if entry.figure > len(figures):
        yield f"holds {len(figures)} figures and no number {entry.figure}; correct `figure`"
        return
    figure = figures[max(entry.figure, 1) - 1]
    if figure.kind != "character":
        yield f"is listed as a character, but was imported as {figure.kind}; import it again with --kind character"
    elif figure.facing != entry.facing:
        yield f"looks to {figure.facing}, but `facing` is {entry.facing}: it would go sideways or backwards; correct it"
