"""Reader of COLMAP's sparse models: images.txt or images.bin, with cameras of the same kind beside it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.motion.camera_path import MAX_BYTES
from dsia_gen.motion.pose_list import PoseList, failure, inverted, poses_from_quaternions
from dsia_gen.motion.text_files import natural, read_bytes, read_lines

ADVICE = "export fewer images"
_MODELS: dict[str, int] = {
    "SIMPLE_PINHOLE": 3, "PINHOLE": 4, "SIMPLE_RADIAL": 4, "RADIAL": 5, "OPENCV": 8, "OPENCV_FISHEYE": 8,
    "FULL_OPENCV": 12, "FOV": 5, "SIMPLE_RADIAL_FISHEYE": 4, "RADIAL_FISHEYE": 5, "THIN_PRISM_FISHEYE": 12,
}  # fmt: skip
"""Camera models in the order of their numbers, with the count of their parameters (colmap/sensor/models.h).

Later versions have more. A path needs no camera: poses of other models are read, without their lens.
"""
_ONE_FOCAL = ("SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE")
_IMAGE_WORDS = 10
Lens = tuple[float, float, float, float]
"""fx, fy, cx, cy as fractions of width and height."""


@dataclass(frozen=True)
class _Image:
    where: str
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


def read_colmap(path: Path) -> PoseList:
    """The poses of a sparse model, images in the natural order of their names. AssetError names what is wrong."""
    text = path.suffix == ".txt"
    try:
        images = (_text_images if text else _binary_images)(path)
        lenses, unknown = (_text_cameras if text else _binary_cameras)(cameras_of(path))
    except (IndexError, ValueError, ArithmeticError, struct.error) as error:
        raise AssetError(f"{path} is not a readable COLMAP model ({error}); export it again") from error
    images.sort(key=lambda image: natural(image.name))
    where = [image.where for image in images]
    table = np.array([image.pose for image in images], dtype=np.float64).reshape(-1, 7)
    poses = inverted(poses_from_quaternions(path, where, table[:, 4:], table[:, :4]))
    for image in images if not unknown else ():
        if image.camera not in lenses:
            raise failure(path, image.where, f"camera {image.camera} is not listed in {cameras_of(path).name}")
    notes = (f"camera model {unknown} is not known: read without its lens",) if unknown else ()
    known = bool(images) and all(image.camera in lenses for image in images)
    intrinsics = np.array([lenses[image.camera] for image in images]) if known else None
    return PoseList("COLMAP", where, poses, intrinsics=intrinsics, parts=(cameras_of(path),), notes=notes)


def _lens(model: str, width: float, height: float, params: list[float]) -> Lens:
    fx, fy, cx, cy = (params[0], *params[:3]) if model in _ONE_FOCAL else params[:4]
    return fx / width, fy / height, cx / width, cy / height


def _rows(path: Path) -> list[tuple[int, str]]:
    lines = enumerate(read_lines(path, MAX_BYTES, ADVICE), start=1)
    return [(number, line) for number, line in lines if line.strip() and not line.lstrip().startswith("#")]


def _text_images(path: Path) -> list[_Image]:
    """A line an image, and one with its points after it, which may be empty or left out."""
    images, points_may_follow = list[_Image](), False
    for number, line in _rows(path):
        words = line.split(maxsplit=_IMAGE_WORDS - 1)
        if points_may_follow and _are_points(line.split()):
            points_may_follow = False
            continue
        try:
            pose = tuple(float(word) for word in words[1:8])
            images.append(_Image(f"line {number}", words[9].strip(), int(words[8]), pose))
        except (IndexError, ValueError):
            what = "an image was expected: id, four numbers of a quaternion, three of a shift, camera, name"
            raise failure(path, f"line {number}", what) from None
        points_may_follow = True
    return images


def _are_points(words: list[str]) -> bool:
    """Whether a line lists the points of an image: X, Y and a whole number, again and again."""
    if len(words) % 3:
        return False
    try:
        [float(word) for word in words]
        [int(word) for word in words[2::3]]
    except ValueError:
        return False
    return True


def _text_cameras(path: Path) -> tuple[dict[int, Lens], str]:
    """Lenses by camera, and the name of a model that is not known, if any."""
    lenses, unknown = dict[int, Lens](), ""
    for _, line in _rows(path):
        number, model, width, height, *params = line.split()
        if model in _MODELS:
            lenses[int(number)] = _lens(model, float(width), float(height), [float(word) for word in params])
        else:
            unknown = model
    return lenses, unknown


def _binary_images(path: Path) -> list[_Image]:
    data, at, images = read_bytes(path, MAX_BYTES, ADVICE), 8, list[_Image]()
    for _ in range(struct.unpack_from("<Q", data)[0]):
        _, *pose, camera = struct.unpack_from("<I7dI", data, at)
        end = data.index(b"\0", at + 64)
        name = data[at + 64 : end].decode("utf-8", "replace")
        images.append(_Image(f"image {name!r:.80}", name, camera, tuple(pose)))
        at = end + 9 + 24 * struct.unpack_from("<Q", data, end + 1)[0]
    if at > len(data):
        raise ValueError("it is cut off")
    return images


def _binary_cameras(path: Path) -> tuple[dict[int, Lens], str]:
    """As `_text_cameras`. What follows a model that is not known cannot be read: its length is not known either."""
    data, at, models = read_bytes(path, MAX_BYTES, ADVICE), 8, list(_MODELS)
    lenses = dict[int, Lens]()
    for _ in range(struct.unpack_from("<Q", data)[0]):
        number, model, width, height = struct.unpack_from("<IiQQ", data, at)
        if not 0 <= model < len(models):
            return lenses, f"{model}"
        count = _MODELS[models[model]]
        lenses[number] = _lens(models[model], width, height, list(struct.unpack_from(f"<{count}d", data, at + 24)))
        at += 24 + 8 * count
    return lenses, ""
