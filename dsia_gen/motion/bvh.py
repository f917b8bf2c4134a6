"""Reader of BVH motion capture files: the hierarchy, its channels, and world poses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, about

MAX_JOINTS = 1024
MAX_FRAMES = 500_000
MAX_BYTES = 512 * 1024 * 1024
_CHANNELS = ("Xposition", "Yposition", "Zposition", "Xrotation", "Yrotation", "Zrotation")
_CANONICAL = {name.lower(): name for name in _CHANNELS}


@dataclass(frozen=True)
class Bvh:
    """A skeleton and its motion as the file has them: own units, own up axis.

    `parents` (J,) holds -1 for a root; `offsets` is (J, 3); `channels` names the columns of `values` (F, C), joint by
    joint; `ends` (J, 3) is the end site of a joint, zero where it has none; `frame_time` is in seconds.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    ends: Array
    channels: tuple[tuple[str, ...], ...]
    frame_time: float
    values: Array

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self.values) - 1) * self.frame_time


class _Hierarchy:
    """Joints gathered while the HIERARCHY section is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.ends: list[list[float]] = []
        self.channels: list[tuple[str, ...]] = []
        self.stack: list[int | None] = []  # None stands for an end site
        self.pending: int | None = None

    def fail(self, line: int, what: str) -> AssetError:
        return AssetError(f"{self.path}, line {line}: {what}; the file is not a readable BVH, export it again")

    def add(self, name: str, parent: int, line: int) -> int:
        if len(self.names) >= MAX_JOINTS:
            raise self.fail(line, f"more than {MAX_JOINTS} joints")
        self.names.append(name)
        self.parents.append(parent)
        self.offsets.append([0.0, 0.0, 0.0])
        self.ends.append([0.0, 0.0, 0.0])
        self.channels.append(())
        return len(self.names) - 1


def read_bvh(path: Path) -> Bvh:
    """Read a BVH file. Raises AssetError that names the file and line of what is wrong."""
    lines = _lines(path)
    tree = _Hierarchy(path)
    frame_count, frame_time, first = _read_hierarchy(tree, lines)
    if not tree.names:
        raise tree.fail(1, "no joints")
    values = _read_values(tree, lines, first, frame_count)
    return Bvh(
        names=tuple(tree.names),
        parents=tuple(tree.parents),
        offsets=np.array(tree.offsets, dtype=np.float64),
        ends=np.array(tree.ends, dtype=np.float64),
        channels=tuple(tree.channels),
        frame_time=frame_time,
        values=values,
    )


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AssetError(f"{path} is larger than {MAX_BYTES // 2**20} MiB; cut the clip into shorter files")
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error.strerror}); check the path in the manifest") from error


def _words(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, start=1):
        words = line.replace("{", " { ").replace("}", " } ").split()
        if words:
            yield number, words


def _read_hierarchy(tree: _Hierarchy, lines: list[str]) -> tuple[int, float, int]:
    """Fill `tree`; returns the number of frames, the frame time and the index of the first line of values."""
    frames: int | None = None
    for number, words in _words(lines):
        key = words[0].upper()
        if key in _STATEMENTS:
            _STATEMENTS[key](tree, words, number)
        elif key == "FRAMES:":
            frames = _count(tree, words, number)
        elif key == "FRAME" and len(words) > 2:
            return _timing(tree, frames, words, number)
        elif key not in ("HIERARCHY", "MOTION"):
            raise tree.fail(number, f"unexpected word {words[0]!r:.40}")
    raise tree.fail(len(lines), "no MOTION section with Frames and Frame Time")


def _joint(tree: _Hierarchy, words: list[str], line: int) -> None:
    parent = next((j for j in reversed(tree.stack) if j is not None), -1)
    tree.pending = tree.add(" ".join(w for w in words[1:] if w != "{") or f"joint{line}", parent, line)
    if "{" in words:
        _open(tree, words, line)


def _end_site(tree: _Hierarchy, words: list[str], line: int) -> None:
    tree.pending = None
    if "{" in words:
        _open(tree, words, line)


def _open(tree: _Hierarchy, _words: list[str], _line: int) -> None:
    tree.stack.append(tree.pending)


def _close(tree: _Hierarchy, _words: list[str], line: int) -> None:
    if not tree.stack:
        raise tree.fail(line, "a closing bracket without an opening one")
    tree.stack.pop()


def _offset(tree: _Hierarchy, words: list[str], line: int) -> None:
    numbers = _numbers(tree, words[1:], line)
    if len(numbers) != 3 or not tree.stack:
        raise tree.fail(line, "OFFSET needs three numbers inside a joint")
    joint = tree.stack[-1]
    if joint is not None:
        tree.offsets[joint] = numbers
    elif len(tree.stack) > 1 and tree.stack[-2] is not None:
        tree.ends[tree.stack[-2]] = numbers


def _channels(tree: _Hierarchy, words: list[str], line: int) -> None:
    names = words[2:]
    if not tree.stack or tree.stack[-1] is None or len(words) < 2 or words[1] != str(len(names)):
        raise tree.fail(line, "CHANNELS needs a count and as many names, inside a joint")
    unknown = [n for n in names if n.lower() not in _CANONICAL]
    if unknown:
        raise tree.fail(line, f"unknown channel {unknown[0]!r:.40} (known: {', '.join(_CHANNELS)})")
    tree.channels[tree.stack[-1]] = tuple(_CANONICAL[n.lower()] for n in names)


_STATEMENTS: dict[str, Callable[[_Hierarchy, list[str], int], None]] = {
    "ROOT": _joint,
    "JOINT": _joint,
    "END": _end_site,
    "{": _open,
    "}": _close,
    "OFFSET": _offset,
    "CHANNELS": _channels,
}


def _count(tree: _Hierarchy, words: list[str], line: int) -> int:
    if len(words) < 2 or not words[1].isdigit() or not 0 < int(words[1]) <= MAX_FRAMES:
        raise tree.fail(line, f"Frames must be a whole number from 1 to {MAX_FRAMES}")
    return int(words[1])


def _timing(tree: _Hierarchy, frames: int | None, words: list[str], line: int) -> tuple[int, float, int]:
    if frames is None:
        raise tree.fail(line, "Frame Time comes before Frames")
    seconds = _numbers(tree, words[2:3], line)[0]
    if not 1e-4 <= seconds <= 1.0:
        raise tree.fail(line, f"a frame time of {seconds} s is not between 0.0001 and 1")
    return frames, seconds, line


def _numbers(tree: _Hierarchy, words: list[str], line: int) -> list[float]:
    try:
        numbers = [float(w) for w in words]
    except ValueError as error:
        raise tree.fail(line, "a number was expected") from error
    if not np.all(np.isfinite(numbers)):
        raise tree.fail(line, "a number is not finite")
    return numbers


def _read_values(tree: _Hierarchy, lines: list[str], first: int, frames: int) -> Array:
    columns = sum(len(c) for c in tree.channels)
    rows = []
    for number in range(first, len(lines)):
        if not lines[number].strip():
            continue
        row = _numbers(tree, lines[number].split(), number + 1)
        if len(row) != columns:
            raise tree.fail(number + 1, f"{len(row)} values, but the joints have {columns} channels")
        rows.append(row)
        if len(rows) == frames:
            return np.array(rows, dtype=np.float64)
    raise tree.fail(len(lines), f"{len(rows)} frames of values, but Frames says {frames}")


def rest_positions(bvh: Bvh) -> Array:
    """(J, 3) joint positions with all channels at zero, file units and axes."""
    positions = np.zeros_like(bvh.offsets)
    for j, parent in enumerate(bvh.parents):
        positions[j] = bvh.offsets[j] + (positions[parent] if parent >= 0 else 0.0)
    return positions


def world_poses(bvh: Bvh) -> tuple[Array, Array]:
    """World positions (F, J, 3) and rotations (F, J, 3, 3) of all joints, file units and axes.

    Rotation channels apply in the order in which the file lists them; position channels replace the offset.
    """
    frames, joints = len(bvh.values), len(bvh.names)
    positions, rotations = np.zeros((frames, joints, 3)), np.zeros((frames, joints, 3, 3))
    column = 0
    for j, parent in enumerate(bvh.parents):
        local, offset = _local(bvh, j, column)
        column += len(bvh.channels[j])
        if parent < 0:
            positions[:, j], rotations[:, j] = offset, local
        else:
            positions[:, j] = positions[:, parent] + np.einsum("fij,fj->fi", rotations[:, parent], offset)
            rotations[:, j] = rotations[:, parent] @ local
    return positions, rotations


def _local(bvh: Bvh, joint: int, column: int) -> tuple[Array, Array]:
    """(F, 3, 3) local rotations and (F, 3) offsets of one joint whose channels start at `column`."""
    rotation = np.broadcast_to(np.eye(3), (len(bvh.values), 3, 3))
    offset = np.tile(bvh.offsets[joint], (len(bvh.values), 1))
    for i, channel in enumerate(bvh.channels[joint]):
        axis, values = channel[0].lower(), bvh.values[:, column + i]
        if channel.endswith("rotation"):
            rotation = rotation @ about(axis, values)
        else:
            offset[:, "xyz".index(axis)] = values
    return np.array(rotation), offset
