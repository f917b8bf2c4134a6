"""Which files of a folder are assets, by their names and first bytes, and what the others are."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dsia_gen.assets.importing.linked_files import inside
from dsia_gen.assets.manifest import FOLDER_MANIFEST
from dsia_gen.core.errors import AssetError
from dsia_gen.core.escaping import printable
from dsia_gen.motion.pose_folder import siblings_of
from dsia_gen.motion.readers import MOTION_READERS
from dsia_gen.motion.text_files import is_lfs_pointer
from dsia_gen.motion.trajectory import is_one_of_many, may_be_trajectory
from dsia_gen.spec.import_request import Reader

MAX_FILES = 200_000
UNPACKED = "unpacked"
OWN_FOLDERS = ("thumbnails", "converted", UNPACKED)
"""Folders that the import writes beside the manifest."""
OWN_FILES = (FOLDER_MANIFEST, f".{FOLDER_MANIFEST}.lock", "import.json")
MESHES = (".blend", ".fbx", ".glb", ".gltf", ".obj", ".ply", ".stl", ".usd", ".usda", ".usdc", ".usdz", ".vrm")
HDRIS = (".hdr", ".exr")
IMAGES = (".png", ".jpg", ".jpeg", ".tga", ".tif", ".tiff", ".bmp", ".webp")
ARCHIVES = (".zip", ".r3d")
"""Opened; `.r3d` is how Record3D packs a recording."""
_READERS: dict[str, Reader] = {
    **dict.fromkeys(MESHES, "mesh"),
    **dict.fromkeys(HDRIS, "hdri"),
    **dict.fromkeys(IMAGES, "texture"),
}
_UNREAD: dict[str, str] = {
    ".abc": "Alembic is not read; export it as .usd, .glb or .fbx",
    ".dae": "COLLADA is not read; export it as .glb or .fbx",
    ".3ds": "3DS is not read; export it as .glb or .obj",
    ".x3d": "X3D is not read; export it as .glb or .obj",
    ".wrl": "VRML is not read; export it as .glb or .obj",
    ".off": "OFF is not read; export it as .ply or .obj",
    ".vox": "MagicaVoxel files are not read; export it as .ply or .obj",
    **dict.fromkeys((".step", ".stp", ".iges", ".igs"), "CAD files are not read; export it as .stl or .obj"),
    **dict.fromkeys((".max", ".ma", ".mb", ".c4d", ".lwo", ".hip", ".ztl", ".skp"),
                    "the file of this modelling program is not read; export it as .fbx, .glb or .usd"),
    **dict.fromkeys((".pmx", ".pmd", ".vmd"), "files of MikuMikuDance are not read; export it as .fbx or .glb"),
    **dict.fromkeys((".unitypackage", ".uasset", ".umap"),
                    "packages of game engines are not read; export it as .fbx or .glb"),
    **dict.fromkeys((".c3d", ".trc", ".tvd"), "marker positions are not read; export the solved skeleton as .bvh"),
    **dict.fromkeys((".7z", ".rar", ".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst"),
                    "an archive of this kind is not opened; unpack it beside itself and import again"),
}  # fmt: skip
"""Formats of assets that are known and not read, and the next step."""
_KINDS: dict[str, tuple[str, ...]] = {
    "text": (".txt", ".md", ".rst", ".pdf", ".html", ".htm", ".rtf", ".doc", ".docx", ".url", ".log", ".nfo"),
    "material": (".mtl", ".mtlx", ".tres", ".mat", ".sbsar", ".sbs", ".osl"),
    "image of another format": (
        ".psd", ".svg", ".gif", ".dds", ".ktx", ".ktx2", ".basis", ".heic", ".avif", ".xcf", ".kra", ".ico", ".pgm",
        ".ppm", ".dng", ".cr2", ".nef", ".arw", ".jp2", ".tx",
    ),
    "video": (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg"),
    "sound": (".wav", ".mp3", ".ogg", ".flac", ".m4a"),
    "data": (".json", ".csv", ".tsv", ".yaml", ".yml", ".xml", ".npz", ".npy", ".pkl", ".bin", ".db", ".h5", ".parquet",
             ".toml", ".ini", ".cfg", ".mat5"),
    "program": (".py", ".sh", ".js", ".cs", ".cpp", ".h", ".exe", ".dll", ".so", ".bat", ".ipynb"),
    "font": (".ttf", ".otf", ".woff"),
}  # fmt: skip
_KIND_OF = {suffix: kind for kind, suffixes in _KINDS.items() for suffix in suffixes}
_LICENCE = re.compile(r"(un)?licen[cs]e|copying|readme|credits|attribution", re.IGNORECASE)
_SYSTEM = re.compile(r"\.|__macosx$|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_FRAMES = 10
"""Numbered images beside a camera path from which they are taken for the frames of its video."""


@dataclass(frozen=True)
class ImportRoot:
    """A folder whose files are imported, and what stands before their names in the asset folder."""

    folder: Path
    prefix: str = ""


@dataclass(frozen=True)
class Found:
    """A file that may be an asset: its path below the asset folder, with forward slashes. `parts` belong to it."""

    name: str
    reader: Reader
    root: ImportRoot
    parts: tuple[str, ...] = ()

    @property
    def inner(self) -> str:
        """Its path below its own root."""
        return self.name.removeprefix(self.root.prefix)

    @property
    def path(self) -> Path:
        """The file."""
        return self.root.folder / self.inner


@dataclass(frozen=True)
class Unfit:
    """A file that is not opened, and why. `name` is fit to be printed."""

    name: str
    reason: str


@dataclass
class Discovery:
    """All files below a folder: assets, archives, those that must not be opened, and the others with what they are."""

    found: list[Found] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)


def discover(root: ImportRoot) -> Discovery:
    """Files below a folder in order of their names. AssetError for a folder that does not exist, or is too large.

    What an earlier import wrote is left out. A folder that is linked is followed once, where it lies inside.
    """
    folder = root.folder
    if not folder.is_dir():
        raise AssetError(f"{folder} is not a folder; name the one that holds your files")
    result = Discovery()
    poses: set[str] = set()
    for count, path in enumerate(_walk(folder, root.prefix, result), start=1):
        if count > MAX_FILES:
            raise AssetError(f"{folder} holds more than {MAX_FILES:,} files; import it in parts")
        inner = path.relative_to(folder).as_posix()
        name = root.prefix + inner
        if name not in poses:
            _classify(path, name, root, result, poses)
    _pass_frames(result)
    result.found.sort(key=lambda item: item.name)
    return result


def shown_name(name: str) -> str:
    """A file name on one line, without what a terminal would act on."""
    return printable(_UNFIT.sub(lambda m: repr(m[0])[1:-1], name))


def _classify(path: Path, name: str, root: ImportRoot, result: Discovery, poses: set[str]) -> None:
    """Put one file where it belongs; `poses` collects the files of which each holds one pose of a path."""
    suffix = path.suffix.lower()
    reader: Reader | None = _READERS.get(suffix) or ("motion" if suffix[1:] in MOTION_READERS else None)
    if _SYSTEM.match(path.name):
        result.passed[shown_name(name)] = "hidden"
        return
    # A pointer stands for a file of any kind, a buffer or a texture too.
    candidate = reader is not None or suffix in ARCHIVES or is_lfs_pointer(path)
    if not candidate and not _UNFIT.search(name) and path.name not in OWN_FILES and may_be_trajectory(path):
        candidate, reader = True, "trajectory"
    reason = _unfit(path, name, root.folder) if candidate else ""
    if reason:
        result.unfit.append(Unfit(shown_name(name), reason))
    elif suffix in ARCHIVES:
        result.archives.append(name)
    elif reader == "trajectory" and is_one_of_many(path):
        first, *others = (root.prefix + p.relative_to(root.folder).as_posix() for p in siblings_of(path))
        poses.update((first, *others))
        result.found.append(Found(first, reader, root, tuple(others)))
    elif reader is not None:
        result.found.append(Found(name, reader, root))
    elif suffix in _UNREAD:
        result.unfit.append(Unfit(shown_name(name), _UNREAD[suffix]))
    else:
        kind = "licence or notes" if _LICENCE.match(path.name) else _KIND_OF.get(suffix, "")
        result.passed[shown_name(name)] = kind or (f"other ({shown_name(suffix)})" if suffix else "other")


def _walk(folder: Path, prefix: str, result: Discovery) -> Iterator[Path]:
    """Files below a folder: first those of real folders, then of linked ones whose target was not reached otherwise."""
    own = {folder / name for name in OWN_FOLDERS} if (folder / FOLDER_MANIFEST).exists() else set()
    own |= {folder / UNPACKED} if (folder / UNPACKED / ".unpacked").exists() else set()
    own |= {folder / name for name in OWN_FILES} if own else set()
    seen, waiting = set[Path](), [folder]
    links = list[Path]()
    while waiting or links:
        begin = waiting.pop(0) if waiting else links.pop(0)
        shown = shown_name(prefix + begin.relative_to(folder).as_posix())
        real = begin.resolve()
        if begin != folder and not real.is_relative_to(folder.resolve()):
            reason = "it is a link to a folder outside; copy that folder, or import it by itself"
            result.unfit.append(Unfit(shown, reason))
            continue
        if begin != folder and (real in seen or real in own):
            result.passed[shown] = "link to a folder that is imported once"
            continue
        for place, folders, files in os.walk(begin):
            here = Path(place)
            seen.add(here.resolve())
            hidden = [f for f in folders if _SYSTEM.match(f)]
            result.passed |= {
                f"{shown_name(prefix + (here / f).relative_to(folder).as_posix())}/": "hidden" for f in hidden
            }
            links += [here / f for f in sorted(folders) if f not in hidden and (here / f).is_symlink()]
            # `os.walk` lists links to folders, and does not follow them.
            folders[:] = sorted(f for f in folders if f not in hidden and here / f not in own)
            yield from (here / file for file in sorted(files) if here / file not in own)


def _pass_frames(result: Discovery) -> None:
    """Numbered images near a camera path are the frames of its video, and no textures."""
    near = set[Path]()
    for item in result.found:
        if item.reader == "trajectory":
            near |= {item.path.parent, *list(item.path.parents)[1:3]}
    groups: dict[tuple[Path, str], list[Found]] = {}
    for item in result.found if near else ():
        if item.reader == "texture" and (pattern := re.sub(r"\d+", "#", item.path.name)) != item.path.name:
            groups.setdefault((item.path.parent, pattern), []).append(item)
    frames = {
        item
        for (folder, _), items in groups.items()
        if len(items) >= _FRAMES and ({folder, folder.parent} & near)
        for item in items
    }
    result.passed |= {item.name: "frame of a video" for item in frames}
    result.found = [item for item in result.found if item not in frames]


def _unfit(path: Path, name: str, folder: Path) -> str:
    if _UNFIT.search(name):
        return "its name holds a backslash, a control character or bytes that are not UTF-8; rename it"
    try:
        if not inside(path, folder):
            return "it is a link to a place outside the folder; copy the file itself"
        if not stat.S_ISREG(path.stat().st_mode):
            return "it is not a regular file"
        with path.open("rb"):
            pass
    except (OSError, RuntimeError) as error:  # a link to itself is either, by version of Python
        return (
            f"it cannot be opened ({getattr(error, 'strerror', None) or 'a link that leads nowhere'}); make it readable"
        )
    if is_lfs_pointer(path):
        return "it is a pointer of Git LFS and not the file itself; run `git lfs pull` where it comes from"
    return ""
