"""Archives of an imported folder: unpacked once into the asset folder, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from dsia_gen.assets.fetch.archive import UnpackLimits, unpack
from dsia_gen.assets.importing.discover import ARCHIVES, UNPACKED, Discovery, ImportRoot, Unfit, discover
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash, move

MARK = ".archive.sha256"
"""In an unpacked archive: of which file it was made."""


def open_archive(path: Path, name: str, target: Path) -> Discovery:
    """What is in an archive, which is unpacked below `<target>/unpacked`. AssetError when it cannot be unpacked safely.

    One that was unpacked before, from the same bytes, is not unpacked again. Archives inside it are named, not opened.
    """
    place = unpacked(path, name, target, lambda half: unpack(path, half, lambda member: member, UnpackLimits()))
    found = discover(ImportRoot(place, f"{UNPACKED}/{name}/"))
    reason = "is an archive inside an archive, which is not opened; unpack it and import it"
    found.unfit += [Unfit(inner, reason) for inner in found.archives]
    found.archives = []
    found.passed.pop(f"{UNPACKED}/{name}/{MARK}", None)
    return found


def unpacked(path: Path, name: str, target: Path, fill: Callable[[Path], object]) -> Path:
    """The folder `<target>/unpacked/<name>` with what `fill` makes of a file; made once, whole or not at all."""
    place = target / UNPACKED / name
    digest = file_hash(path)
    if not _is_of(place, digest):
        _unpack(path, place, target / UNPACKED, digest, fill)
    return place


def is_archive(name: str) -> bool:
    """Whether a file is opened as an archive, by its name."""
    return name.lower().endswith(ARCHIVES)


def _is_of(place: Path, digest: str) -> bool:
    try:
        return (place / MARK).read_text(encoding="ascii") == digest
    except (OSError, UnicodeDecodeError):
        return False


def _unpack(path: Path, place: Path, folder: Path, digest: str, fill: Callable[[Path], object]) -> None:
    half = place.with_name(f".{place.name}.half")
    if place.exists() and not (place / MARK).is_file():
        raise AssetError(f"{place} is in the way and was not unpacked from {path.name}; rename it")
    try:
        for part in (place, half):
            if not part.parent.resolve().is_relative_to(folder.resolve()) or part.is_symlink():
                raise AssetError(f"{part} leads out of {folder}; remove the link")
            shutil.rmtree(part, ignore_errors=True)
        half.mkdir(parents=True)
        (folder / ".unpacked").touch()
        fill(half)
        (half / MARK).write_text(digest, encoding="ascii")
        move(half, place)
    except OSError as error:
        what = error.strerror or str(error)
        raise AssetError(
            f"{path.name} cannot be unpacked into {folder}: {what}; make room, or unpack it yourself"
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)
