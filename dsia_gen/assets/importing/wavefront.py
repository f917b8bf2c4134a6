"""OBJ and MTL: which files they name, and a copy for Blender's importer in which names are paths that were found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.assets.importing.linked_files import LinkedFiles, plain_name

_LIBRARY = re.compile(rb"^[ \t]*mtllib[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)
_MAP = re.compile(r"^\s*(map_\w+|bump|disp|decal|refl|norm)\s+(\S.*?)\s*$", re.IGNORECASE)
_FLAG = re.compile(r"-(?:blendu|blendv|cc|clamp|imfchan|type|texres|bm|boost)", re.IGNORECASE)
_NUMBERS = {"-mm": 2, "-o": 3, "-s": 3, "-t": 3}
"""Options of a map by the most numbers that they take."""
_KEPT = ("-o", "-s", "-bm")
"""Options that Blender's importer knows."""
PREPARED = "prepared.mtl"
"""The one material file of a prepared OBJ, beside it."""
_CHUNK = 2**22
_GLASS = ("4", "6", "7", "9")
"""Illumination models of material files that let light through."""
_IGNORED = ("map_ka", "disp", "decal", "map_disp")
"""Maps that the importer does not use."""


@dataclass(frozen=True)
class MaterialMap:
    """One line of a material file that names an image: its keyword, the options before the name, and the name."""

    keyword: str
    options: tuple[str, ...]
    name: str

    @property
    def used(self) -> bool:
        """Whether Blender's importer makes use of such a map."""
        return self.keyword.lower() not in _IGNORED


@dataclass(frozen=True)
class MaterialLibraries:
    """The material files of an OBJ: those that were found, the names of the others, and an image in their place.

    `image` is one that is called like the OBJ, where no material file is there.
    """

    found: tuple[Path, ...]
    missing: tuple[str, ...]
    image: Path | None = None


def map_of(line: str) -> MaterialMap | None:
    """The image that a line of a material file names; names may hold blanks, and options come before them."""
    match = _MAP.match(line)
    if match is None:
        return None
    words = re.findall(r"\S+\s*", match[2])
    at, options = 0, list[str]()
    while at < len(words) - 1:
        word = words[at].strip().lower()
        if word in _NUMBERS:
            count = 1
            while count <= _NUMBERS[word] and at + count < len(words) - 1 and _is_number(words[at + count]):
                count += 1
        elif _FLAG.fullmatch(word) and at + 2 < len(words):
            count = 2
        else:
            break
        options += [w.strip() for w in words[at : at + count]]
        at += count
    return MaterialMap(match[1], tuple(options), "".join(words[at:]).strip().strip('"'))


def material_maps(library: Path) -> Iterator[MaterialMap]:
    """The images that a material file names."""
    for line in library.read_bytes().decode("utf-8", "replace").splitlines():
        if (found := map_of(line)) is not None:
            yield found


def library_names(path: Path) -> list[str]:
    """What the lines `mtllib` of an OBJ say, one text a line."""
    return [m.decode("utf-8", "replace") for text in _chunks(path) if b"mtllib" in text for m in _LIBRARY.findall(text)]


def material_libraries(path: Path, linked: LinkedFiles) -> MaterialLibraries:
    """The material files of an OBJ. A line may name several, a name may hold blanks; without a line, the OBJ's name."""
    found, missing = dict[Path, None](), list[str]()
    lines = library_names(path)
    for line in dict.fromkeys(lines):
        whole = linked.find(line, image=False)
        names = [line] if whole is not None or line.lower().count(".mtl") < 2 else line.split()
        for name in names:
            library = linked.find(name, image=False)
            if library is None:
                missing.append(name)
            else:
                found[library] = None
    own = linked.find(f"{path.stem}.mtl", image=False)
    if not found and own is not None:
        return MaterialLibraries((own,), ())
    image = linked.find(f"{path.stem}.png") if missing and not found else None
    return MaterialLibraries(tuple(found), tuple(missing), image)


def glass_materials(library: Path) -> set[str]:
    """Names of the materials that a material file calls glass.

    The filter `Tf` alone says nothing: exporters write `Tf 1 1 1` for what is opaque.
    """
    glass, name = set[str](), ""
    for line in library.read_bytes().decode("utf-8", "replace").splitlines():
        words = line.split(maxsplit=1)
        if words[:1] == ["newmtl"]:
            name = words[1].strip() if len(words) > 1 else ""
        elif words[:1] == ["illum"] and len(words) > 1 and words[1].strip() in _GLASS:
            glass.add(name)
    return glass


def write_prepared_obj(
    path: Path,
    libraries: MaterialLibraries,
    linked: LinkedFiles,
    folder: Path,
    edit: Callable[[bytes], bytes] | None = None,
) -> Path:
    """A copy of an OBJ and its material files in `folder`, where each image is named by the path that was found.

    Images that are not there are named by a path that leads nowhere, so that the importer cannot find another. `edit`
    changes the lines of the OBJ.
    """
    target, materials = folder / path.name, folder / PREPARED
    with target.open("wb") as out:
        out.write(f"mtllib {PREPARED}\n".encode())
        for text in _chunks(path):
            text = _LIBRARY.sub(b"", text) if b"mtllib" in text else text
            out.write(text if edit is None else edit(text))
    lines = []
    for library in libraries.found:
        for line in library.read_bytes().decode("utf-8", "replace").splitlines():
            image = map_of(line)
            if image is None:
                lines.append(line)
            elif image.used:
                found = linked.find(image.name, library.parent)
                options = " ".join(_kept(image.options))
                name = found or folder / "missing" / plain_name(image.name)
                lines.append(f"{image.keyword} {options} {name}".replace("  ", " "))
        lines.append("")
    materials.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _kept(options: tuple[str, ...]) -> Iterator[str]:
    keep = False
    for word in options:
        keep = word.lower() in _KEPT if word.startswith("-") and not _is_number(word) else keep
        if keep:
            yield word


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", word) is not None


def _chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a text in pieces of whole lines, in which no line goes on in the next."""
    rest = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            # A backslash at the end of a line joins it with the next.
            text = re.sub(rb"\\\r?\n", b" ", text) if b"\\" in text else text
            cut = text.rfind(b"\n") + 1
            text, rest = text[:cut], text[cut:]
            yield text
        if rest:
            yield rest
