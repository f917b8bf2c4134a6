"""Recorded camera paths of any format that is known: which one a file has, and its poses."""

from __future__ import annotations

from pathlib import Path

from dsia_gen.motion.camera_path import RecordedPath, Trajectory
from dsia_gen.motion.colmap import is_colmap, read_colmap
from dsia_gen.motion.pose_folder import looks_like_log, looks_like_one_pose, read_log, read_pose_folder
from dsia_gen.motion.pose_json import looks_like_json_poses, read_json_poses
from dsia_gen.motion.pose_rows import looks_like_rows, read_rows

SUFFIXES = (".txt", ".csv", ".tum", ".traj", ".json", ".log")
"""Of files that may hold a camera path, beside COLMAP's images.bin."""
RECORD3D = "metadata"
"""The name under which Record3D packs the JSON of a recording."""
_HEAD = 16 * 2**10


def load_trajectory(path: Path) -> Trajectory:
    """Read a camera path into a gravity-aligned world; see `read_trajectory`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Trajectory
        The levelled path, in the units of the file.

    Raises
    ------
    AssetError
        One sentence that names the file and line of what is wrong.
    """
    return read_trajectory(path).levelled()


def read_trajectory(path: Path) -> Trajectory:
    """Read a camera path in the units and world axes of its file; see `read_recording`.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Trajectory
        The path.

    Raises
    ------
    AssetError
        One sentence that names the file and line of what is wrong.
    """
    return read_recording(path).path


def read_recording(path: Path, fence: Path | None = None) -> RecordedPath:
    """Read a camera path of any format that is known.

    Parameters
    ----------
    path : Path
        The file. COLMAP is told by its file names, JSON by its suffix, texts by header, columns and suffix; where each
        pose has a file of its own, any of them stands for all.
    fence : Path, optional
        The folder in which other files of the recording are looked for; anywhere near by default.

    Returns
    -------
    RecordedPath
        The path in the units and world axes of the file, and what was left out or assumed. Of poses with the same time
        the first is kept.

    Raises
    ------
    AssetError
        One sentence that names the file and line of what is wrong.

    Notes
    -----
    RealEstate10K (Zhou et al. 2018): microseconds, fx fy cx cy of a unit image, two zeros, 3x4 world to camera.
    TUM RGB-D (Sturm et al. 2012): seconds, tx ty tz, qx qy qz qw, camera to world with an optical camera frame.
    EuRoC (Burri et al. 2016): nanoseconds, position, qw qx qy qz of the body; cam0/sensor.yaml has the camera's place.
    KITTI (Geiger et al. 2012): 3x4 camera to world a row. TartanAir (Wang et al. 2020): tx ty tz, qx qy qz qw, NED.
    ARKitScenes (Baruch et al. 2021): seconds, axis angle and shift of world to camera. ScanNet (Dai et al. 2017): a
    file with a 4x4 camera to world a frame. transforms.json (Mildenhall et al. 2020, nerfstudio, instant-ngp) and
    ARKit's phone apps: camera to world with OpenGL's camera axes.
    """
    if is_colmap(path):
        return read_colmap(path).checked(path)
    head = _head_of(path)
    suffix = path.suffix.lower()
    if looks_like_one_pose(head, path.name):
        return read_pose_folder(path).checked(path)
    if suffix == ".json" or path.name == RECORD3D:
        return read_json_poses(path).checked(path)
    if looks_like_log(head):
        return read_log(path).checked(path)
    return read_rows(path, fence).checked(path)


def may_be_trajectory(path: Path) -> bool:
    """Tell from the name and the first bytes of a file whether it may hold a camera path.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    bool
        Whether it looks like one; a header without poses does, too.
    """
    if path.name in ("images.txt", "images.bin"):
        return is_colmap(path)
    suffix = path.suffix.lower()
    if (suffix not in SUFFIXES and path.name != RECORD3D) or not path.is_file():
        return False
    head = _head_of(path)
    if suffix == ".json" or path.name == RECORD3D:
        return looks_like_json_poses(head)
    # The last line may be cut.
    whole = head if len(head) < _HEAD else head.rpartition(b"\n")[0]
    return looks_like_one_pose(whole, path.name) or looks_like_log(whole) or looks_like_rows(whole, suffix)


def is_one_of_many(path: Path) -> bool:
    """Tell whether a file is one pose of a path of which each pose has a file of its own.

    Parameters
    ----------
    path : Path
        A file that may hold a camera path.

    Returns
    -------
    bool
        Whether its siblings belong to it.
    """
    return path.name not in ("images.txt", "images.bin") and looks_like_one_pose(_head_of(path), path.name)


def _head_of(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""
