"""Which files of a folder are assets, by their names and first bytes. Nothing is opened for more than a look."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.assets.importing.references import inside
from dsia_gen.assets.manifest import FOLDER_MANIFEST
from dsia_gen.core.errors import AssetError
from dsia_gen.motion.readers import MOTION_READERS
from dsia_gen.spec.import_request import Reader

MAX_FILES = 200_000
OWN_FOLDERS = ("thumbnails", "converted")
"""Folders that the import writes beside the manifest."""
MESHES = (".blend", ".fbx", ".glb", ".gltf", ".obj", ".ply", ".stl", ".usd", ".usda", ".usdc", ".usdz")
HDRIS = (".hdr", ".exr")
IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".tif", ".tiff", ".bmp", ".webp")
_READERS: dict[str, Reader] = {
    **dict.fromkeys(MESHES, "mesh"),
    **dict.fromkeys(HDRIS, "hdri"),
    **dict.fromkeys(IMAGES, "texture"),
}
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


@dataclass(frozen=True)
class Found:
    """A file that may be an asset: its path below the folder, with forward slashes."""

    name: str
    reader: Reader


@dataclass(frozen=True)
class Unfit:
    """A file that is not opened, and why. `name` is fit to be printed."""

    name: str
    reason: str


def discover(folder: Path) -> tuple[list[Found], list[Unfit]]:
    """Files below `folder` that may be assets, sorted by name, and those that must not be opened.

    Hidden files, and what an earlier import wrote, are passed over, and so is everything that is no asset (text,
    materials, licences). Raises AssetError for a folder that is not there, or with too many files.
    """
    if not folder.is_dir():
        raise AssetError(f"{folder} is no folder; name the one that holds your files")
    found, unfit = list[Found](), list[Unfit]()
    for name in _files(folder):
        reader = _reader(folder, name)
        if reader is None:
            continue
        reason = _unfit(folder, name)
        if reason:
            unfit.append(Unfit(printable(name), reason))
        else:
            found.append(Found(name, reader))
    return found, unfit


def printable(name: str) -> str:
    """A file name without what a terminal would act on."""
    return _UNFIT.sub(lambda m: repr(m[0])[1:-1], name)


def _files(folder: Path) -> Iterator[str]:
    own = {folder / name for name in OWN_FOLDERS} if (folder / FOLDER_MANIFEST).exists() else set()
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and Path(place) / f not in own)
        for file in sorted(files):
            count += 1
            if count > MAX_FILES:
                raise AssetError(f"{folder} holds more than {MAX_FILES:,} files; import it in parts")
            if not file.startswith("."):
                yield (Path(place) / file).relative_to(folder).as_posix()


def _reader(folder: Path, name: str) -> Reader | None:
    suffix = Path(name).suffix.lower()
    if suffix in _READERS or suffix[1:] in MOTION_READERS:
        return _READERS.get(suffix, "motion")
    if suffix in (".txt", ".bin") and not _UNFIT.search(name) and _is_trajectory(folder / name):
        return "trajectory"
    return None


def _unfit(folder: Path, name: str) -> str:
    path = folder / name
    if _UNFIT.search(name):
        return "its name holds a backslash, a control character or bytes that are no UTF-8; rename it"
    if not inside(path, folder):
        return "it is a link to a place outside the folder; copy the file itself"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "it is no regular file"
        with path.open("rb"):
            return ""
    except OSError as error:
        return f"it cannot be opened ({error.strerror}); make it readable"


def _is_trajectory(path: Path) -> bool:
    """Whether a text looks like camera poses (RealEstate10K, TUM), or is COLMAP's images.txt or images.bin."""
    if path.name in ("images.txt", "images.bin"):
        return path.with_name(f"cameras{path.suffix}").is_file()
    if path.suffix.lower() != ".txt" or not path.is_file():
        return False
    with path.open("rb") as stream:
        lines = stream.read(8192).decode("utf-8", "replace").splitlines()[:-1] or [""]
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return any(len(row) in (8, 19) and all(map(_is_number, row)) for row in rows[:2])


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", word) is not None
