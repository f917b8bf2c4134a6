"""Camera poses in JSON: transforms.json of nerfstudio and instant-ngp, and what phone apps with ARKit write."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array
from dsia_gen.motion.camera_path import MAX_BYTES
from dsia_gen.motion.pose_list import OPENGL_CAMERA, PoseList, failure, poses_from_quaternions
from dsia_gen.motion.text_files import decode, natural, read_bytes

ADVICE = "export fewer frames"
_SIGNS = (b'"transform_matrix"', b'"camera_to_world"', b'"cameraPoseARFrame"', b'"t_23"', b'"poses"')
_ONE_POSE = ("cameraPoseARFrame", "t_23")
_POLYCAM = tuple(f"t_{row}{column}" for row in range(3) for column in range(4))


def looks_like_json_poses(head: bytes) -> bool:
    """Whether the first bytes of a JSON file name what holds poses."""
    return any(sign in head for sign in _SIGNS)


def is_one_pose(head: bytes) -> bool:
    """Whether a JSON file is of an app that writes one file a frame (Polycam, 3D Scanner App)."""
    return any(f'"{key}"'.encode() in head for key in _ONE_POSE)


def read_json_poses(path: Path) -> PoseList:
    """The poses of a JSON document. AssetError names the frame that is wrong."""
    document = read_json(path)
    if isinstance(document.get("frames"), list):
        return _transforms(path, document, document["frames"])
    if isinstance(document.get("camera_path"), list):
        return _render_path(path, document)
    if isinstance(document.get("poses"), list):
        return _record3d(path, document)
    known = "`frames` (nerfstudio, instant-ngp), `camera_path` (nerfstudio) or `poses` (Record3D)"
    raise AssetError(f"{path} has none of {known}; export the poses again")


def read_one_pose(path: Path) -> tuple[Array, float | None]:
    """The pose (4, 4) of a frame's own file, OpenCV camera axes, and its time in seconds where it states one.

    Polycam's `t_00` to `t_23` and the rows of 3D Scanner App are ARKit's camera to world.
    """
    document = read_json(path)
    values = document.get("cameraPoseARFrame")
    if values is None:
        values = [document.get(key) for key in _POLYCAM] + [0, 0, 0, 1]
    pose = _matrix(path, "cameraPoseARFrame", values)
    pose[:3, :3] = pose[:3, :3] @ OPENGL_CAMERA
    time = _number(document.get("time", document.get("timestamp")))
    # Polycam counts microseconds.
    return pose, None if time is None else time * (1e-6 if time > 1e11 else 1.0)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. AssetError where the file holds none."""
    try:
        document = json.loads(decode(read_bytes(path, MAX_BYTES, ADVICE)))
    except (ValueError, RecursionError) as error:
        raise AssetError(f"{path} is not readable JSON ({str(error)[:80]}); export it again") from error
    if not isinstance(document, dict):
        raise AssetError(f"{path} holds no JSON object; export it again")
    return document


def _transforms(path: Path, document: Mapping[str, Any], frames: Sequence[Any]) -> PoseList:
    """`frames` with `transform_matrix`, camera to world, OpenGL camera axes, in the order of their times or names."""
    listed = [frame for frame in frames if isinstance(frame, dict)]
    names = [str(frame.get("file_path", "")) for frame in listed]
    where = [f"frame {i} ({name!r:.80})" if name else f"frame {i}" for i, name in enumerate(names)]
    if len(listed) < len(frames):
        raise AssetError(f"{path}: `frames` holds something that is not an object; export it again")
    poses = np.array([_matrix(path, w, f.get("transform_matrix")) for w, f in zip(where, listed, strict=True)])
    poses = poses.reshape(-1, 4, 4)
    times = _times(listed)
    if times is not None:
        order = sorted(range(len(listed)), key=lambda i: times[i])
    else:
        named = len(set(names)) == len(names)
        order = sorted(range(len(listed)), key=lambda i: natural(names[i])) if named else list(range(len(listed)))
    found = PoseList(
        "transforms.json",
        [where[i] for i in order],
        poses[order],
        None if times is None else np.array([times[i] for i in order]),
        intrinsics=_intrinsics(document, [listed[i] for i in order]),
    )
    return found.with_camera(OPENGL_CAMERA)


def _render_path(path: Path, document: Mapping[str, Any]) -> PoseList:
    """The path of a video that nerfstudio's viewer exports: `camera_to_world` of 16 numbers, `fps`."""
    frames = [frame if isinstance(frame, dict) else {} for frame in document["camera_path"]]
    where = [f"camera_path[{i}]" for i in range(len(frames))]
    poses = np.array([_matrix(path, w, f.get("camera_to_world")) for w, f in zip(where, frames, strict=True)])
    rate = _number(document.get("fps"))
    times = np.arange(len(frames)) / rate if rate is not None and rate > 0 else None
    return PoseList("nerfstudio camera path", where, poses.reshape(-1, 4, 4), times).with_camera(OPENGL_CAMERA)


def _record3d(path: Path, document: Mapping[str, Any]) -> PoseList:
    """Record3D's metadata: `poses` of qx qy qz qw px py pz, ARKit's camera to world, `fps`, `K` column by column."""
    where = [f"poses[{i}]" for i in range(len(document["poses"]))]
    try:
        table = np.array(document["poses"], dtype=np.float64).reshape(len(where), 7)
    except (TypeError, ValueError) as error:
        raise AssetError(f"{path}: `poses` does not hold seven numbers a frame; export it again") from error
    poses = poses_from_quaternions(path, where, table[:, 4:], table[:, [3, 0, 1, 2]])
    rate, listed = _number(document.get("fps")), document.get("frameTimestamps")
    stamps = [_number(t) for t in listed] if isinstance(listed, list) else []
    known = [t for t in stamps if t is not None]
    times = np.arange(len(where)) / rate if rate is not None and rate > 0 else None
    times = np.array(known) if len(known) == len(where) else times
    held, width, height = document.get("K"), _number(document.get("w")), _number(document.get("h"))
    lens = [k for k in map(_number, held) if k is not None] if isinstance(held, list) else []
    intrinsics = None
    if len(lens) == 9 and width and height:
        row = [lens[0] / width, lens[4] / height, lens[6] / width, lens[7] / height]
        intrinsics = np.tile(np.array(row), (len(where), 1))
    return PoseList("Record3D", where, poses, times, intrinsics=intrinsics).with_camera(OPENGL_CAMERA)


def _matrix(path: Path, where: str, value: Any) -> Array:
    """A 4x4 or 3x4 matrix, nested or flat, by rows or, where its last row says so, by columns."""
    try:
        numbers = np.array(value, dtype=np.float64).ravel()
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.size not in (12, 16):
        raise failure(path, where, "a 4x4 matrix was expected")
    matrix = np.eye(4)
    matrix[: numbers.size // 4] = numbers.reshape(-1, 4)
    bottom, side = matrix[3], matrix[:, 3]
    if numbers.size == 16 and np.abs(bottom[:3]).max() > 1e-9 >= np.abs(side[:3]).max():
        return matrix.T
    return matrix


def _times(frames: Sequence[Mapping[str, Any]]) -> list[float] | None:
    for key in ("timestamp", "time"):
        times = [t for frame in frames if (t := _number(frame.get(key))) is not None]
        # D-NeRF's `time` runs from 0 to 1 through the sequence and is not a time in seconds.
        share = key == "time" and bool(times) and min(times) >= 0 and max(times) <= 1
        if times and len(set(times)) == len(frames) and not share:
            return times
    return None


def _number(value: Any) -> float | None:
    """A finite number of a document; None for anything else."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return float(value) if known else None


def _intrinsics(document: Mapping[str, Any], frames: Sequence[Mapping[str, Any]]) -> Array | None:
    """(N, 4) focal lengths and centre as fractions of width and height; None where some frame's are not stated."""
    rows = []
    for frame in frames:
        lens = {**document, **frame}
        try:
            width, height = float(lens.get("w", 0) or 0), float(lens.get("h", 0) or 0)
            if lens.get("fl_x") and width and height:
                fx = float(lens["fl_x"]) / width
                fy = float(lens.get("fl_y") or lens["fl_x"]) / height
                row = [fx, fy, float(lens.get("cx", width / 2)) / width, float(lens.get("cy", height / 2)) / height]
            elif lens.get("camera_angle_x"):
                fx = 0.5 / math.tan(float(lens["camera_angle_x"]) / 2)
                fy = 0.5 / math.tan(float(lens["camera_angle_y"]) / 2) if lens.get("camera_angle_y") else fx
                # Without a size the image is taken to be square.
                row = [
                    fx,
                    fy * (width / height if width and height and "camera_angle_y" not in lens else 1.0),
                    0.5,
                    0.5,
                ]
            else:
                return None
        except (TypeError, ValueError, ZeroDivisionError):
            return None
        rows.append(row)
    found = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return found if np.all(np.isfinite(found)) else None
