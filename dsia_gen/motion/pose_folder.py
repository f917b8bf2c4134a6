"""Camera poses of which each has a file of its own: ScanNet, 7-Scenes, Polycam, 3D Scanner App; and Redwood's logs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.camera_path import MAX_BYTES
from dsia_gen.motion.pose_json import is_one_pose, read_one_pose
from dsia_gen.motion.pose_list import PoseList, failure
from dsia_gen.motion.text_files import decode, natural, read_bytes, read_lines

MAX_FILES = 200_000
_ADVICE = "a matrix of 4 by 4 numbers is expected; remove it"
_SMALL = 64 * 2**10
"""Most bytes of a file with one pose."""


def siblings_of(path: Path) -> list[Path]:
    """The files beside a file whose names differ from its own in numbers alone, itself included, in natural order."""
    pattern = _pattern(path.name)
    found: list[Path] = []
    for other in path.parent.iterdir() if "#" in pattern else [path]:
        if _pattern(other.name) == pattern and other.is_file():
            found.append(other)
        if len(found) > MAX_FILES:
            raise AssetError(f"{path.parent} holds more than {MAX_FILES:,} poses; cut the trajectory")
    return sorted(found, key=lambda p: natural(p.name))


def looks_like_one_pose(head: bytes, name: str) -> bool:
    """Whether the first bytes of a file are one pose: a matrix of 4 lines of 4 numbers, or an app's JSON of a frame."""
    if name.lower().endswith(".json"):
        return is_one_pose(head)
    return "#" in _pattern(name) and _matrix_of(decode(head)) is not None


def read_pose_folder(path: Path, files: Iterable[Path] | None = None) -> PoseList:
    """The poses of a file and its siblings, in natural order. AssetError names the file that is wrong."""
    files = siblings_of(path) if files is None else list(files)
    poses, times = np.full((len(files), 4, 4), np.nan), list[float | None]()
    for i, file in enumerate(files):
        if file.suffix.lower() == ".json":
            poses[i], time = read_one_pose(file)
            times.append(time)
            continue
        matrix = _matrix_of(decode(read_bytes(file, _SMALL, _ADVICE)))
        if matrix is None:
            raise AssetError(f"{file} is not a pose like those beside it; {_ADVICE}")
        poses[i] = matrix
    known = [t for t in times if t is not None]
    stated = np.array(known) if known and len(known) == len(files) and sorted(known) == known else None
    form = "one JSON a pose" if path.suffix.lower() == ".json" else "one matrix a pose"
    names = [file.name for file in files]
    return PoseList(form, names, poses, stated, parts=tuple(f for f in files if f != path))


def looks_like_log(head: bytes) -> bool:
    """Whether the first bytes of a text are Redwood's: three whole numbers, then a matrix of 4 lines."""
    lines = [line for line in decode(head).splitlines() if line.strip()]
    return len(lines) >= 5 and _is_head(lines[0]) and _matrix_of("\n".join(lines[1:5])) is not None


def read_log(path: Path) -> PoseList:
    """Poses of Redwood and of Tanks and Temples: five lines each, camera to world."""
    lines = [(n, line) for n, line in enumerate(read_lines(path, MAX_BYTES, _ADVICE), start=1) if line.strip()]
    if len(lines) % 5:
        raise AssetError(f"{path} is cut off: each pose has five lines, and {len(lines) % 5} are left; get it again")
    where, poses = [], np.empty((len(lines) // 5, 4, 4))
    for i in range(len(poses)):
        block = lines[5 * i : 5 * i + 5]
        where.append(f"line {block[0][0]}")
        matrix = _matrix_of("\n".join(line for _, line in block[1:]))
        if matrix is None or not _is_head(block[0][1]):
            raise failure(path, where[-1], "three whole numbers and a matrix of 4 lines were expected")
        poses[i] = matrix
    return PoseList("Redwood log", where, poses)


def _pattern(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _is_head(line: str) -> bool:
    words = line.split()
    return len(words) == 3 and all(re.fullmatch(r"-?\d+", word) for word in words)


def _matrix_of(text: str) -> Array | None:
    """The pose of a text, lost where no number of it is finite; None where it is not a pose."""
    rows = [re.split(r"[\s,]+", line.strip()) for line in text.splitlines() if line.strip()]
    if len(rows) != 4 or any(len(row) != 4 for row in rows):
        return None
    try:
        matrix = np.array([[float(word) for word in row] for row in rows])
    except ValueError:
        return None
    if not np.isfinite(matrix[:3]).any():
        return np.full((4, 4), np.nan)
    known = np.all(np.isfinite(matrix)) and np.abs(matrix[3] - [0, 0, 0, 1]).max() < 1e-6
    # A matrix of a lens has the same form: its first three rows turn nothing.
    return matrix if known and np.abs(matrix[:3, :3] @ matrix[:3, :3].T - np.eye(3)).max() < 0.1 else None
