"""What is wrong with the assets of a library: files missing or changed, textures that lead nowhere, licences unsaid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from dsia_gen.assets.importing.headers import check_header
from dsia_gen.assets.importing.references import gltf_uris, material_libraries, material_maps
from dsia_gen.assets.library import Library, asset_root
from dsia_gen.assets.manifest import Entry
from dsia_gen.assets.texture_search import beside
from dsia_gen.core.errors import AssetError
from dsia_gen.core.io import file_hash

_CREDITED = re.compile(r"\bCC-BY\b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """Something about an asset. A `problem` has to be put right; a `note` is for whoever must decide."""

    level: Literal["problem", "note"]
    asset: str
    kind: str
    what: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """For scripts."""
        return asdict(self)


Say = Callable[[Literal["problem", "note"], str, str], Finding]


def check_library(library: Library, progress: Callable[[int, int], None] = lambda _done, _all: None) -> list[Finding]:
    """Findings on every entry, in order of the manifests. Reads and hashes every file; opens none in an importer."""
    entries = list(library.entries.values())
    found = []
    for done, entry in enumerate(entries, start=1):
        found += check_entry(library, entry)
        progress(done, len(entries))
    return found


def check_entry(library: Library, entry: Entry) -> list[Finding]:
    """Findings on one entry."""

    def say(level: Literal["problem", "note"], what: str, message: str) -> Finding:
        return Finding(level, entry.id, entry.kind, what, message)

    found = list(_licence(entry, say))
    if entry.file is not None:
        found += _files(library, entry, say)
    return found


def _licence(entry: Entry, say: Say) -> Iterator[Finding]:
    if entry.licence.strip().lower() in ("", "unknown", "none", "?"):
        yield say("problem", "licence", "no licence is stated; find it, or leave the asset out")
    elif _CREDITED.search(entry.licence) and not entry.attribution.strip():
        yield say("problem", "attribution", f"{entry.licence} asks for credit, and `attribution` is empty")
    unsaid = [name for name in ("redistribution", "training") if getattr(entry, name) == "unknown"]
    if unsaid and not entry.remote:
        yield say("note", "permission", f"{' and '.join(unsaid)} unknown; jobs with a licence rule leave it out")


def _files(library: Library, entry: Entry, say: Say) -> Iterator[Finding]:
    if entry.root == "user" and library.root is None:
        yield say("note", "file", "is a file of yours; give its folder with --assets to look at it")
        return
    root = asset_root(entry.root, library.root, f"entry {entry.id!r}")
    missing = False
    for name, stated in {str(entry.file): entry.sha256, **entry.files}.items():
        finding = _file(root / name, stated, entry, say)
        missing |= finding is not None and finding.what == "file"
        if finding is not None:
            yield finding
    if not missing:
        yield from _inside(root / str(entry.file), say)


def _file(path: Path, stated: str, entry: Entry, say: Say) -> Finding | None:
    if not path.is_file():
        step = f"; get it: {entry.how_to_get}" if entry.how_to_get else ""
        return say("problem", "file", f"{path} is missing{step}")
    try:
        found = file_hash(path)
    except OSError as error:
        return say("problem", "file", f"{path} cannot be read: {error.strerror or error}")
    if not stated:
        return say("note", "hash", f"no hash is recorded for {path.name}; a change would not be seen (now {found})")
    if found != stated:
        return say("problem", "hash", f"{path} has the SHA-256 {found} and not {stated}; get it again, or record this")
    return None


def _inside(path: Path, say: Say) -> Iterator[Finding]:
    try:
        check_header(path)
        missing = missing_references(path)
    except (AssetError, OSError) as error:
        yield say("problem", "content", str(error))
        return
    for name in missing:
        yield say("problem", "texture", f"{path.name} names {name!r}, which is not there")


def missing_references(path: Path) -> list[str]:
    """Files that an OBJ (through its MTL), glTF or GLB names and that are nowhere near; other formats are not read."""
    reader = {".obj": _obj, ".gltf": _gltf, ".glb": _gltf}.get(path.suffix.lower())
    return list(dict.fromkeys(reader(path))) if reader else []


def _obj(path: Path) -> Iterator[str]:
    for line in material_libraries(path):
        names = [line] if (path.parent / line).is_file() else line.split()
        for name in names:
            library = path.parent / name.replace("\\", "/")
            if library.is_file():
                yield from _maps(path, library)
            else:
                yield name


def _maps(path: Path, library: Path) -> Iterator[str]:
    names = list(material_maps(library))
    # Each line comes twice: with the options before the name, and as its last word.
    for whole, last in zip(names[::2], names[1::2], strict=True):
        if not (_near(path, whole) or _near(path, last)):
            yield last


def _gltf(path: Path) -> Iterator[str]:
    yield from (uri for uri in gltf_uris(path) if not _near(path, uri))


def _near(path: Path, name: str) -> bool:
    """Whether `name` leads to a file: as it stands, or found by its last part as the importer would."""
    name = unquote(name) if path.suffix.lower() in (".gltf", ".glb") else name
    name = name.replace("\\", "/")
    return _is_file(path.parent / name) or beside(path, name.rsplit("/", 1)[-1]) is not None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
