"""Where the files lie that a model names: one notion of a path for import, check and renderer."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from dsia_gen.core.errors import AssetError

FOLDERS = (
    ".", "textures", "texture", "tex", "maps", "images", "../materials/textures", "../textures", "../texture",
    "materials/textures", "../images", "../maps", "source/textures", "..",
)  # fmt: skip
"""Folders in which a file of the right name is searched, relative to the folder of the model."""
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tga", ".bmp", ".tif", ".tiff", ".webp", ".exr", ".hdr", ".dds", ".psd")
UNREADABLE = (".ktx", ".ktx2", ".basis", ".avif", ".heic", ".svg")
"""Images that Blender cannot read: one of the same name in another format is used."""
TILE = re.compile(r"<(?:udim|uvtile)>", re.IGNORECASE)
"""What stands for the number of a tile in the name of a tiled image."""
_TAIL = 4
"""Parts of an absolute path of another machine that are looked for below the folder of the model."""


def fence_of(path: Path, inside: str) -> Path:
    """The folder that `path` was found in as `inside`: what its file may refer to lies there. Else its own folder."""
    parts = Path(inside).parts
    return path.parents[len(parts) - 1] if path.parts[-len(parts) :] == parts else path.parent


def inside(target: Path, fence: Path) -> bool:
    """Whether a path lies in a folder once all links are followed."""
    return target.resolve().is_relative_to(fence.resolve())


def plain_name(name: str) -> str:
    """The last part of a name as a file has it, whatever the machine that wrote it."""
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or name


def is_remote(name: str) -> bool:
    """Whether a name is an address of the network, which is never followed."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", name) is not None and not name.lower().startswith("file:")


class LinkedFiles:
    """Finds what a model names, never outside `fence`: links are followed before a file is judged.

    A name is tried as it is written, without percent signs, relative to the folder of the file that has it and to the
    model's; letters may differ in case. A path of another machine is searched by its last parts, then its name alone
    in FOLDERS, where an image may also have another format.
    """

    def __init__(self, model: Path, fence: Path) -> None:
        # Links in the folder itself are followed; the model may itself be one.
        self.model = model.parent.resolve() / model.name
        self.fence = fence.resolve()
        self._listings: dict[Path, dict[str, str]] = {}

    def find(self, name: str, beside: Path | None = None, *, image: bool = True) -> Path | None:
        """The file of a name, or None. `beside` is the folder of the file that has the name, else the model's.

        An image may be one of the same name in another format. For a tiled one the path keeps its `<UDIM>`.
        """
        readable = not image or PurePosixPath(plain_name(name)).suffix.lower() not in UNREADABLE
        for place, relative in self._places(name, beside) if readable else ():
            if (found := self._existing(place, relative)) is not None:
                return found
        return self._other_format(name, beside) if image else None

    def outside(self, name: str, beside: Path | None = None) -> bool:
        """Whether a name, as it is written, leads to an existing file outside the fence."""
        for text in _spellings(name):
            try:
                target = (beside or self.model.parent) / text
                if target.exists() and not inside(target, self.fence):
                    return True
            except (OSError, ValueError, RuntimeError):
                continue
        return False

    def files(self, found: Path) -> list[Path]:
        """The files of an image that was found: the tiles of a tiled one, else the image itself."""
        if not TILE.search(found.name):
            return [found]
        pattern = _tile_pattern(found.name)
        names = [name for name in self._listing(found.parent).values() if pattern.fullmatch(name)]
        return [found.parent / name for name in sorted(names)]

    def relative(self, found: Path) -> str:
        """The path of a file below the fence, with forward slashes."""
        return found.relative_to(self.fence).as_posix()

    def _places(self, name: str, beside: Path | None) -> Iterator[tuple[Path, PurePosixPath]]:
        """Folders and paths below them, in the order in which they are tried."""
        bases = list(dict.fromkeys([(beside or self.model.parent).resolve(), self.model.parent]))
        spellings = list(_spellings(name))
        for text in spellings:
            path = PurePosixPath(text)
            if path.is_absolute():
                yield Path("/"), path.relative_to("/")
            else:
                yield from ((base, path) for base in bases)
        for text in spellings:
            parts = [part for part in PurePosixPath(text).parts if part not in ("/", "..", ".")]
            for start in range(max(0, len(parts) - _TAIL), len(parts)):
                yield from ((base, PurePosixPath(*parts[start:])) for base in bases)
            if parts:
                for folder in FOLDERS:
                    yield from ((base / folder, PurePosixPath(parts[-1])) for base in bases)

    def _existing(self, place: Path, relative: PurePosixPath) -> Path | None:
        """A regular file inside the fence, letters of any case; as its path below the fence."""
        try:
            path = Path(os.path.normpath(place / relative))
            if not path.is_relative_to(self.fence):
                if not inside(path, self.fence):
                    return None
                path = path.resolve()
            # Each part as the folder spells it.
            actual = self.fence
            for part in path.relative_to(self.fence).parts:
                if TILE.search(part):
                    # A reader of tiles opens all that are there.
                    pattern = _tile_pattern(part)
                    tiles = [actual / name for name in self._listing(actual).values() if pattern.fullmatch(name)]
                    return actual / part if tiles and all(inside(tile, self.fence) for tile in tiles) else None
                if not os.path.lexists(actual / part):
                    spelt = self._listing(actual).get(_folded(part))
                    if spelt is None:
                        return None
                    part = spelt
                actual /= part
                if not inside(actual, self.fence):
                    return None
            return actual if actual.is_file() else None
        except (OSError, ValueError, RuntimeError):  # names that no file system takes, links that go in circles
            return None

    def _other_format(self, name: str, beside: Path | None) -> Path | None:
        """An image of the same name in another format."""
        stems = [_folded(PurePosixPath(plain_name(text)).stem) for text in _spellings(name)]
        for base in dict.fromkeys([(beside or self.model.parent).resolve(), self.model.parent]):
            for folder in FOLDERS:
                place = Path(os.path.normpath(base / folder))
                if not inside(place, self.fence):
                    continue
                listing = self._listing(place)
                for key in sorted(listing):
                    if PurePosixPath(key).stem in stems and PurePosixPath(key).suffix in IMAGE_SUFFIXES:
                        found = self._existing(place, PurePosixPath(listing[key]))
                        if found is not None:
                            return found
        return None

    def _listing(self, folder: Path) -> dict[str, str]:
        """Names in a folder by their folded spelling; empty where there is no such folder."""
        if folder not in self._listings:
            try:
                self._listings[folder] = {_folded(p.name): p.name for p in sorted(folder.iterdir(), reverse=True)}
            except OSError:
                self._listings[folder] = {}
        return self._listings[folder]


class CopiedFiles(LinkedFiles):
    """A model and whatever of its files was found, in a folder of their own: what is opened there needs nothing else.

    `folder` is the one that is imported, `relative` the model below it, `target` an empty folder. Copies keep their
    places below it; `parts` are those of the other files.
    """

    def __init__(self, folder: Path, relative: str, target: Path) -> None:
        super().__init__(target / relative, target)
        self.source = LinkedFiles(folder / relative, folder)
        self._copied: dict[str, None] = {}
        self._copy(folder.resolve() / relative, self.model)

    @property
    def parts(self) -> tuple[str, ...]:
        """The files that were found, below the folder."""
        return tuple(sorted(self._copied))

    def find(self, name: str, beside: Path | None = None, *, image: bool = True) -> Path | None:
        """The copy of a file that was found; see `LinkedFiles.find`."""
        # A path that leads to a copy stands for its original.
        if Path(name).is_relative_to(self.fence):
            name = str(self.source.fence / Path(name).relative_to(self.fence))
        found = self.source.find(name, self._original(beside), image=image)
        if found is None or found == self.source.model:
            return None if found is None else self.model
        for file in self.source.files(found):
            relative = self.source.relative(file)
            if relative not in self._copied:
                self._copy(file, self.fence / relative)
                self._copied[relative] = None
        return self.fence / self.source.relative(found)

    def outside(self, name: str, beside: Path | None = None) -> bool:
        """Whether a name leads out of the imported folder."""
        return self.source.outside(name, self._original(beside))

    def _original(self, beside: Path | None) -> Path | None:
        if beside is None or not beside.resolve().is_relative_to(self.fence):
            return beside
        return self.source.fence / beside.resolve().relative_to(self.fence)

    def _copy(self, source: Path, place: Path) -> None:
        """A second name of a file where the system has that, else a copy. AssetError without room for it."""
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source.resolve(), place)
        except OSError:
            try:
                shutil.copyfile(source, place)
            except OSError as error:
                raise AssetError(
                    f"{source} cannot be copied ({error.strerror or error}); make room in TMPDIR"
                ) from error


def _spellings(name: str) -> Iterator[str]:
    """What a written name may mean: forward slashes, no quotes, no `file:`, no drive; then without percent signs."""
    if is_remote(name) or "\0" in name:
        return
    text = name.strip().strip("\"'").strip().replace("\\", "/")
    if text.lower().startswith("file:"):
        text = unquote(re.sub(r"^file:(//[^/]*(?=/))?(//)?", "", text, flags=re.IGNORECASE))
    seen = set()
    for spelt in (text, unquote(text)):
        # `C:/x`, `/C:/x`, `//host/share/x` and Blender's `//x`
        plain = re.sub(r"^/?[A-Za-z]:/?", "/", spelt)
        if plain.startswith("//"):
            plain = plain.lstrip("/")
        if plain and plain not in seen:
            seen.add(plain)
            yield plain


def _folded(name: str) -> str:
    """A name without differences of case, or of how accents are composed."""
    return unicodedata.normalize("NFC", name).casefold()


def _tile_pattern(name: str) -> re.Pattern[str]:
    """The names of the tiles of an image: `<UDIM>` is 1001 and so on, `<UVTILE>` is `u1_v1`."""
    before, after = (re.escape(part) for part in TILE.split(name, maxsplit=1))
    return re.compile(f"{before}(?:1[0-9]{{3}}|u[0-9]+_v[0-9]+){after}", re.IGNORECASE)
