"""Reader of COLMAP's sparse models: images.txt or images.bin, with cameras of the same kind beside it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import rotation_matrix, unit
from dsia_gen.motion.camera_path import MAX_BYTES, Trajectory
from dsia_gen.motion.text_files import read_bytes, read_lines

POSES_A_SECOND = 30.0
"""COLMAP stores no times; its images are taken as frames of a video in the order of their names."""
ADVICE = "export fewer images"
_MODELS: dict[str, int] = {
    "SIMPLE_PINHOLE": 3, "PINHOLE": 4, "SIMPLE_RADIAL": 4, "RADIAL": 5, "OPENCV": 8, "OPENCV_FISHEYE": 8,
    "FULL_OPENCV": 12, "FOV": 5, "SIMPLE_RADIAL_FISHEYE": 4, "RADIAL_FISHEYE": 5, "THIN_PRISM_FISHEYE": 12,
}  # fmt: skip
"""Camera models in the order of their numbers, with the count of their parameters (colmap/sensor/models.h)."""
_ONE_FOCAL = ("SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE")


@dataclass(frozen=True)
class _Image:
    name: str
    camera: int
    pose: tuple[float, ...]
    """qw, qx, qy, qz, tx, ty, tz from world to camera."""


def is_colmap(path: Path) -> bool:
    """Whether a file is a COLMAP list of images with its cameras beside it."""
    return path.name in ("images.txt", "images.bin") and cameras_of(path).is_file()


def cameras_of(path: Path) -> Path:
    """The cameras that belong to a list of images."""
    return path.with_name(f"cameras{path.suffix}")


def read_colmap(path: Path) -> Trajectory:
    """The camera path of a sparse model, images in the order of their names. AssetError names what is wrong."""
    try:
        images, cameras = (_read_text if path.suffix == ".txt" else _read_binary)(path)
        images.sort(key=lambda image: image.name)
        intrinsics = np.array([cameras[image.camera] for image in images])
        table = np.array([image.pose for image in images], dtype=np.float64)
    except (KeyError, IndexError, ValueError, struct.error) as error:
        reason = f"camera {error} is not listed" if isinstance(error, KeyError) else str(error)
        raise AssetError(f"{path} is not a readable COLMAP model ({reason}); export it again") from error
    if len(images) < 2:
        raise AssetError(f"{path} has {len(images)} camera poses; a trajectory needs at least 2")
    if not np.all(np.isfinite(table)) or np.any(np.abs(np.linalg.norm(table[:, :4], axis=1) - 1) > 0.1):
        raise AssetError(f"{path} has a pose that is not a rotation and translation; export it again")
    turns = rotation_matrix(unit(table[:, :4])).transpose(0, 2, 1)
    poses = np.tile(np.eye(4), (len(table), 1, 1))
    poses[:, :3, :3] = turns
    poses[:, :3, 3] = -np.einsum("nij,nj->ni", turns, table[:, 4:])
    return Trajectory(np.arange(len(table)) / POSES_A_SECOND, poses, intrinsics)


def _shares(model: str, width: float, height: float, params: list[float]) -> tuple[float, float, float, float]:
    """fx, fy, cx, cy as fractions of width and height."""
    fx, fy, cx, cy = (params[0], *params[:3]) if model in _ONE_FOCAL else params[:4]
    return fx / width, fy / height, cx / width, cy / height


def _read_text(path: Path) -> tuple[list[_Image], dict[int, Any]]:
    """Every second line of images.txt is an image; the other lists its points and may be empty."""

    def rows(file: Path) -> list[str]:
        return [line for line in read_lines(file, MAX_BYTES, ADVICE) if not line.startswith("#")]

    images = []
    for line in rows(path)[::2]:
        words = line.split(maxsplit=9)
        if words:
            images.append(_Image(words[9], int(words[8]), tuple(map(float, words[1:8]))))
    cameras = {}
    for line in rows(cameras_of(path)):
        words = line.split()
        if words:
            cameras[int(words[0])] = _shares(words[1], float(words[2]), float(words[3]), [float(w) for w in words[4:]])
    return images, cameras


def _read_binary(path: Path) -> tuple[list[_Image], dict[int, Any]]:
    data, at, images = read_bytes(path, MAX_BYTES, ADVICE), 8, []
    for _ in range(struct.unpack_from("<Q", data)[0]):
        _, *pose, camera = struct.unpack_from("<I7dI", data, at)
        end = data.index(b"\0", at + 64)
        images.append(_Image(data[at + 64 : end].decode("utf-8", "replace"), camera, tuple(pose)))
        at = end + 9 + 24 * struct.unpack_from("<Q", data, end + 1)[0]
    if at > len(data):
        raise ValueError("it is cut off")
    data, at, models = read_bytes(cameras_of(path), MAX_BYTES, ADVICE), 8, list(_MODELS)
    cameras = {}
    for _ in range(struct.unpack_from("<Q", data)[0]):
        number, model, width, height = struct.unpack_from("<IiQQ", data, at)
        count = _MODELS[models[model]]
        cameras[number] = _shares(models[model], width, height, list(struct.unpack_from(f"<{count}d", data, at + 24)))
        at += 24 + 8 * count
    return images, cameras
