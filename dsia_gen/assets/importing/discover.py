"""Which files of a folder are assets, by their names and first bytes. Little of a file is read."""

from __future__ import annotations

import os
import re
import stat
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
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
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

    Hidden files, and what an earlier import wrote, are skipped, and so is everything that is not an asset (text,
    materials, licences). Raises AssetError for a folder that does not exist, or with too many files.
    """
    if not folder.is_dir():
        raise AssetError(f"{folder} is not a folder; name the one that holds your files")
    found, unfit = list[Found](), list[Unfit]()
    own = {folder / name for name in OWN_FOLDERS} if (folder / FOLDER_MANIFEST).exists() else set()
    count = 0
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and Path(place) / f not in own)
        for file in sorted(files):
            count += 1
            if count > MAX_FILES:
                raise AssetError(f"{folder} holds more than {MAX_FILES:,} files; import it in parts")
            name = (Path(place) / file).relative_to(folder).as_posix()
            suffix = Path(name).suffix.lower()
            if file.startswith("."):
                continue
            if suffix in _READERS or suffix[1:] in MOTION_READERS:
                reader = _READERS.get(suffix, "motion")
            elif suffix in (".txt", ".bin") and not _UNFIT.search(name) and _is_trajectory(folder / name):
                reader = "trajectory"
            else:
                continue
            if reason := _unfit(folder, name):
                unfit.append(Unfit(printable(name), reason))
            else:
                found.append(Found(name, reader))
    return found, unfit


def printable(name: str) -> str:
    """A file name without what a terminal would act on."""
    return _UNFIT.sub(lambda m: repr(m[0])[1:-1], name)


def _unfit(folder: Path, name: str) -> str:
    path = folder / name
    if _UNFIT.search(name):
        return "its name holds a backslash, a control character or bytes that are not UTF-8; rename it"
    if not inside(path, folder):
        return "it is a link to a place outside the folder; copy the file itself"
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return "it is not a regular file"
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
    return any(len(row) in (8, 19) and all(map(_NUMBER.fullmatch, row)) for row in rows[:2])
