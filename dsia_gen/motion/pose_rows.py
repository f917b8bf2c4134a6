"""Camera poses in the rows of a text, as RealEstate10K, TUM, KITTI, EuRoC, TartanAir and ARKitScenes write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import yaml
from scipy.spatial.transform import Rotation

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.camera_path import MAX_BYTES
from dsia_gen.motion.pose_list import (
    NED_CAMERA,
    OPENGL_CAMERA,
    PoseList,
    failure,
    inverted,
    poses_from_quaternions,
    refuse,
)
from dsia_gen.motion.text_files import decode, read_bytes, read_lines

ADVICE = "cut the trajectory"
KITTI_RATE = 10.0
_SPLIT = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)", re.IGNORECASE)
_TIME = re.compile(r"(?:.*[._ ])?(?:timestamp|time|stamp|t|secs?|seconds)(?:_?(?:ns|us|ms|s|nsec|sec))?")
_PLACE = re.compile(
    r"(?:.*\.)?(?:cam(?:era)?_)?(?:t|p|pos|position|trans|translation|tvec)?[._ ]?(?:rs_r_|wc_)?([xyz])"
)
_TURN = re.compile(
    r"(?:.*\.)?(?:cam(?:era)?_)?(?:q|quat|quaternion|rot|rotation|orientation)[._ ]?(?:rs_|wc_)?([wxyz])"
)
_SINCE_1970 = (1e9, 2.5e9)
"""Seconds from 1970 to 2001, and to 2049."""
_COMMENTS = ("#", "%", "//")
_COLUMNS = "RealEstate10K has 19, TUM 8, KITTI 12, TartanAir and ARKitScenes 7"


class _Layout(NamedTuple):
    """In which columns a text keeps the time, the position and the quaternion (w, x, y, z)."""

    time: int | None
    place: tuple[int, ...]
    turn: tuple[int, ...]


@dataclass(frozen=True)
class _Table:
    """Rows of numbers of a text, the comment or header above them, and how its numbers were written."""

    path: Path
    where: Sequence[str]
    values: Array
    header: str
    whole_times: bool
    """Whether the first column has whole numbers alone."""
    fence: Path | None
    """The folder that other files must lie in; None is any."""

    def beside(self, path: Path) -> bool:
        """Whether another file of the recording is there and may be read."""
        fence = self.fence
        return path.is_file() and (fence is None or path.resolve().is_relative_to(fence.resolve()))


def read_rows(path: Path, fence: Path | None = None) -> PoseList:
    """The poses of a text, told apart by its header, its columns and its suffix. AssetError names the line.

    Other files of the recording, which state times or the place of the camera, are read where they lie in `fence`.
    """
    table = _read_table(path, fence)
    layout = layout_of(table.header)
    if layout is not None and table.values.shape[1] > max(*layout.place, *layout.turn):
        return _quaternion_rows(table, layout)
    columns = table.values.shape[1]
    reader = _READERS.get(columns)
    if reader is None:
        raise failure(path, table.where[0], f"{columns} columns, where {_COLUMNS}")
    return reader(table)


def looks_like_rows(head: bytes, suffix: str) -> bool:
    """Whether the first bytes of a text, of a file of this suffix, look like rows of poses, or like their header."""
    lines = decode(head).splitlines()
    if any(layout_of(line) is not None for line in lines[:8]):
        return True
    rows = [_words(line) for line in lines if line.strip() and not line.lstrip().startswith(_COMMENTS)]
    numbers = [[float(w) for w in row] for row in rows[:2] if len(row) in _READERS and all(map(_NUMBER.fullmatch, row))]
    return suffix == ".traj" or any(_may_be_pose(np.array(row)) for row in numbers)


def _may_be_pose(row: Array) -> bool:
    """Whether one row holds a rotation where a format with so many columns has it, or was lost; 8 and 19 always may."""
    columns = len(row)
    if columns in (8, 19) or not np.isfinite(row[-7:]).any():
        return True
    if columns == 7 or (columns == 17 and not _is_homogeneous(row[None, 1:])):
        return bool(abs(np.linalg.norm(row[3:7] if columns == 7 else row[4:8]) - 1) < 0.1)
    turn = row[columns % 4 :][:12].reshape(3, 4)[:, :3]
    return bool(np.abs(turn @ turn.T - np.eye(3)).max() < 1e-2)


def layout_of(header: str) -> _Layout | None:
    """The columns that a header names, where it names a position and a quaternion."""
    text = header.lstrip("#%/ \t").lower()
    separator = "," if "," in text else (";" if ";" in text else None)
    names = [re.sub(r"\s*[\[(].*?[\])]\s*", "", name).strip() for name in text.split(separator)]
    time, place, turn = None, dict[str, int](), dict[str, int]()
    for i, name in enumerate(names):
        if match := _TURN.fullmatch(name):
            turn.setdefault(match[1], i)
        elif match := _PLACE.fullmatch(name):
            place.setdefault(match[1], i)
        elif time is None and _TIME.fullmatch(name):
            time = i
    if set(place) != set("xyz") or set(turn) != set("wxyz"):
        return None
    return _Layout(time, tuple(place[k] for k in "xyz"), tuple(turn[k] for k in "wxyz"))


def _words(line: str) -> list[str]:
    return [word for word in _SPLIT.split(line.strip()) if word]


def _read_table(path: Path, fence: Path | None) -> _Table:
    """The rows of numbers of a text; what stands above them, and comments, hold no poses."""
    header, rows = "", list[tuple[int, list[str]]]()
    for number, line in enumerate(read_lines(path, MAX_BYTES, ADVICE), start=1):
        if not line.strip():
            continue
        comment, words = line.lstrip().startswith(_COMMENTS), _words(line)
        if comment or (not rows and not _NUMBER.fullmatch(words[0] if words else "")):
            # RealEstate10K files begin with a URL, tables of others with the names of their columns.
            header = header if rows or layout_of(header) else line
            continue
        rows.append((number, words))
    if not rows:
        raise AssetError(f"{path} has 0 camera poses; a trajectory needs at least 2")
    columns = len(rows[0][1])
    values = np.empty((len(rows), columns))
    for i, (number, words) in enumerate(rows):
        if len(words) != columns:
            what = f"{len(words)} columns where the rows above have {columns}"
            raise failure(path, f"line {number}", what)
        try:
            values[i] = [float(word) for word in words]
        except ValueError:
            raise failure(path, f"line {number}", "a number was expected") from None
    whole = all(re.fullmatch(r"[-+]?\d+", words[0]) for _, words in rows)
    return _Table(path, [f"line {number}" for number, _ in rows], values, header, whole, fence)


def _seconds(table: _Table, column: int) -> Array:
    """A column of times in seconds from the first."""
    times = table.values[:, column]
    refuse(table.path, table.where, ~np.isfinite(times), "a time is not finite")
    return np.asarray((times - times[0]) * _unit_of_time(table, times))


def _unit_of_time(table: _Table, times: Array) -> float:
    """Seconds of a unit of some times: as the header says, or as their size since 1970 or their steps make likely."""
    named = re.search(r"[\[(_ ](ns|nsec|us|ms)\b", table.header.lower())
    if named and table.whole_times:
        return {"ns": 1e-9, "nsec": 1e-9, "us": 1e-6, "ms": 1e-3}[named[1]]
    size, step = float(np.abs(times).max()), float(np.median(np.abs(np.diff(times)))) if len(times) > 1 else 0.0
    for unit in (1e-3, 1e-6, 1e-9):
        if _SINCE_1970[0] < size * unit < _SINCE_1970[1] and step * unit < 60:
            return unit
    if table.whole_times and step >= 20:  # 33 is a frame in milliseconds, and so on
        return next((unit for unit in (1e-3, 1e-6) if step * unit <= 2), 1e-9)
    return 1.0


def _quaternion_rows(table: _Table, layout: _Layout, form: str = "") -> PoseList:
    values = table.values
    poses = poses_from_quaternions(table.path, table.where, values[:, layout.place], values[:, layout.turn])
    lost_place = ~np.isfinite(values[:, layout.place]).any(axis=1)
    poses[lost_place] = np.nan
    times = None if layout.time is None else _seconds(table, layout.time)
    found = PoseList(form or _name_of(table, layout), table.where, poses, times)
    return _with_sensor(table, found) if found.form == "EuRoC" else found


def _name_of(table: _Table, layout: _Layout) -> str:
    if layout == _TUM:
        return "TUM"
    if "_rs_" in table.header.lower():
        return "EuRoC"
    return "table with named columns"


_TUM = _Layout(0, (1, 2, 3), (7, 4, 5, 6))
_EUROC = _Layout(0, (1, 2, 3), (4, 5, 6, 7))


def _eight(table: _Table) -> PoseList:
    """TUM; without a header, whole nanoseconds and commas are EuRoC's."""
    if table.whole_times and float(table.values[0, 0]) > 1e17 and table.path.suffix.lower() == ".csv":
        return _quaternion_rows(table, _EUROC, "EuRoC")
    return _quaternion_rows(table, _TUM)


def _seventeen(table: _Table) -> PoseList:
    """EuRoC's estimates (pose, velocity, biases), or KITTI-360's number of the frame before a 4x4 matrix."""
    if _is_homogeneous(table.values[:, 1:]):
        return _matrix_rows(replace(table, values=table.values[:, 1:]), "KITTI-360", KITTI_RATE, table.values[:, 0])
    return _quaternion_rows(table, _EUROC, "EuRoC")


def _with_sensor(table: _Table, found: PoseList) -> PoseList:
    """EuRoC's poses are of the body; the camera sits on it as `cam0/sensor.yaml` of the recording says."""
    sensor = table.path.parent.parent / "cam0" / "sensor.yaml"
    if not table.beside(sensor):
        return replace(
            found, notes=(*found.notes, "no cam0/sensor.yaml near it: the axes of the body are the camera's")
        )
    try:
        # OpenCV's own header is not YAML.
        text = decode(read_bytes(sensor, 2**20, ADVICE)).replace("%YAML:1.0", "")
        data = yaml.safe_load(text)["T_BS"]["data"]
        mounted = np.array(data, dtype=np.float64).reshape(4, 4)
        if not np.all(np.isfinite(mounted)):
            raise ValueError("a number is not finite")
    except (yaml.YAMLError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise AssetError(f"{sensor} does not state T_BS, the place of the camera, as 16 numbers; correct it") from error
    return replace(found, poses=found.poses @ mounted, parts=(*found.parts, sensor))


def _seven(table: _Table) -> PoseList:
    """ARKitScenes (.traj: time, axis angle and shift of world to camera), or TartanAir (position, quaternion, NED)."""
    values = table.values
    if table.path.suffix.lower() != ".traj":
        layout = _Layout(None, (0, 1, 2), (6, 3, 4, 5))
        # The camera looks along x: its axes are turned back to OpenCV's.
        return _quaternion_rows(table, layout, "TartanAir").with_camera(NED_CAMERA)
    camera = np.full((len(values), 3, 4), np.nan)
    known = np.isfinite(values[:, 1:]).all(axis=1)
    camera[known, :, :3] = Rotation.from_rotvec(values[known, 1:4]).as_matrix()
    camera[known, :, 3] = values[known, 4:]
    return PoseList("ARKitScenes", table.where, inverted(camera), _seconds(table, 0))


def _twelve(table: _Table) -> PoseList:
    """KITTI: a 3x4 matrix a row, ten a second; `times.txt` of the sequence states the times."""
    found = _matrix_rows(table, "KITTI", KITTI_RATE)
    sequence = table.path.parent.parent / "sequences" / table.path.stem
    for times in (table.path.with_name("times.txt"), sequence / "times.txt"):
        if table.beside(times) and times != table.path:
            try:
                seconds = np.array([float(line) for line in read_lines(times, MAX_BYTES, ADVICE) if line.strip()])
            except ValueError:
                continue
            if len(seconds) == len(table.values) and np.all(np.isfinite(seconds)):
                return replace(found, times=seconds, parts=(times,))
    return found


def _thirteen(table: _Table) -> PoseList:
    """KITTI-360's number of the frame, or a time, before a 3x4 matrix; ARKit's logger writes the latter."""
    rows = replace(table, values=table.values[:, 1:])
    if "arkit" in table.path.name.lower():
        found = _matrix_rows(rows, "ARKit", 30.0)
        return replace(found.with_camera(OPENGL_CAMERA), times=_seconds(table, 0))
    return _matrix_rows(rows, "KITTI-360", KITTI_RATE, table.values[:, 0])


def _sixteen(table: _Table) -> PoseList:
    """A 4x4 matrix a row, as Replica's trajectories have it."""
    if not _is_homogeneous(table.values):
        raise failure(table.path, table.where[0], "16 columns that are not a 4x4 matrix with the last row 0 0 0 1")
    return _matrix_rows(table, "matrix a row")


def _is_homogeneous(values: Array) -> bool:
    known = values[np.isfinite(values).all(axis=1)]
    return bool(len(known)) and bool(np.all(np.abs(known[:, 12:] - [0, 0, 0, 1]) < 1e-6))


def _matrix_rows(table: _Table, form: str, rate: float = 30.0, frames: Array | None = None) -> PoseList:
    """Poses of 3x4 or 4x4 matrices, row by row; `frames` are the numbers of their frames, or times in seconds."""
    poses = np.tile(np.eye(4), (len(table.values), 1, 1))
    poses[:, :3] = table.values[:, :12].reshape(-1, 3, 4)
    if frames is None:
        return PoseList(form, table.where, poses, None, rate)
    if np.all(frames == np.round(frames)):
        notes = (f"states numbers of frames: {rate:g} a second assumed",)
        return PoseList(form, table.where, poses, (frames - frames[0]) / rate, notes=notes)
    return PoseList(form, table.where, poses, frames - frames[0])


def _nineteen(table: _Table) -> PoseList:
    """RealEstate10K: microseconds, fx fy cx cy of a unit image, two zeros, 3x4 world to camera."""
    values = table.values
    refuse(table.path, table.where, ~np.isfinite(values[:, :7]).all(axis=1), "a number is not finite")
    poses = inverted(values[:, 7:].reshape(-1, 3, 4))
    times = (values[:, 0] - values[0, 0]) * 1e-6
    return PoseList("RealEstate10K", table.where, poses, times, intrinsics=values[:, 1:5])


_READERS: Mapping[int, Callable[[_Table], PoseList]] = {
    7: _seven, 8: _eight, 12: _twelve, 13: _thirteen, 16: _sixteen, 17: _seventeen, 19: _nineteen,
}  # fmt: skip
"""By the number of columns, where no header names them."""
