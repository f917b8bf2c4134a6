"""The same camera path, written in every format that is read."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from dsia_gen.core.rotations import quaternion
from dsia_gen.motion.camera_path import Trajectory
from dsia_gen.spec.camera import look_at

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
BODY = np.array([[0, -1, 0, 0.1], [1, 0, 0, -0.2], [0, 0, 1, 0.3], [0, 0, 0, 1]], dtype=float)
"""Where a camera sits on the body of a EuRoC recording."""
NED = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
"""Axes of NED's camera in OpenCV's, as columns transposed: x forward, y right, z down."""


def orbit(count: int = 12, rate: float = 30.0) -> Trajectory:
    """An arc around a point, which climbs, at a steady rate."""
    angles = np.linspace(0.1, 1.3, count)
    poses = np.tile(np.eye(4), (count, 1, 1))
    for pose, a in zip(poses, angles, strict=True):
        pose[:3, 3] = 3 * np.cos(a), 3 * np.sin(a), 1.5 + 0.2 * a
        pose[:3, :3] = look_at(pose[:3, 3], np.zeros(3))
    return Trajectory(np.arange(count) / rate, poses)


def _text(folder: Path, name: str, rows: list[list[object]], head: str = "", join: str = " ") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + "".join(join.join(map(str, row)) + "\n" for row in rows), encoding="utf-8")
    return path


def _quat(pose: np.ndarray, order: str = "xyzw") -> list[float]:
    w, x, y, z = quaternion(pose[:3, :3])
    return [{"w": w, "x": x, "y": y, "z": z}[axis] for axis in order]


def _tum_rows(path: Trajectory) -> list[list[object]]:
    return [[1305031102 + t, *p[:3, 3], *_quat(p)] for t, p in zip(path.times, path.poses, strict=True)]


def tum(folder: Path, path: Trajectory) -> Path:
    return _text(folder, "a.txt", _tum_rows(path), "# timestamp tx ty tz qx qy qz qw\n")


def tum_commas(folder: Path, path: Trajectory) -> Path:
    return _text(folder, "a.csv", _tum_rows(path), join=", ")


def tum_lost(folder: Path, path: Trajectory) -> Path:
    lost = [[1305031100.0 + i / 30, *["nan"] * 7] for i in range(3)]
    return _text(folder, "a.txt", [*lost, *_tum_rows(path)])


def re10k(folder: Path, path: Trajectory) -> Path:
    rows = [[round(t * 1e6), 0.5, 0.9, 0.5, 0.5, 0, 0, *np.linalg.inv(p)[:3].ravel()] for t, p in _both(path)]
    return _text(folder, "a.txt", rows, "https://www.youtube.com/watch?v=abc\n")


def kitti(folder: Path, path: Trajectory) -> Path:
    _text(folder, "times.txt", [[f"{t:.9e}"] for t in path.times])
    return _text(folder, "00.txt", [list(p[:3].ravel()) for p in path.poses])


def kitti_360(folder: Path, path: Trajectory) -> Path:
    rows = [[i * 10 / 30 if i % 3 else i // 3, *p.ravel()] for i, p in enumerate(path.poses)]
    return _text(folder, "cam0_to_world.txt", [[f"{row[0] / 10:.9f}", *row[1:]] for row in rows])


def replica(folder: Path, path: Trajectory) -> Path:
    return _text(folder, "traj.txt", [list(p.ravel()) for p in path.poses])


def euroc(folder: Path, path: Trajectory) -> Path:
    head = (
        "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], q_RS_z [], v_RS_R_x\n"
    )
    rows = [[round(1403636580838555648 + t * 1e9), *p[:3, 3], *_quat(p, "wxyz"), 0.5] for t, p in _both(path)]
    return _text(folder, "state_groundtruth_estimate0/data.csv", rows, head, ",")


def euroc_on_a_body(folder: Path, path: Trajectory) -> Path:
    sensor = folder / "cam0" / "sensor.yaml"
    sensor.parent.mkdir()
    numbers = ", ".join(map(str, BODY.ravel()))
    sensor.write_text(f"%YAML:1.0\nsensor_type: camera\nT_BS:\n  cols: 4\n  rows: 4\n  data: [{numbers}]\n")
    return euroc(folder, Trajectory(path.times, path.poses @ np.linalg.inv(BODY)))


def tartanair(folder: Path, path: Trajectory) -> Path:
    return _text(folder, "pose_left.txt", [[*p[:3, 3], *_quat(p @ NED)] for p in path.poses])


def arkitscenes(folder: Path, path: Trajectory) -> Path:
    rows = []
    for t, p in _both(path):
        back = np.linalg.inv(p)
        rows.append([6790.1 + t, *Rotation.from_matrix(back[:3, :3]).as_rotvec(), *back[:3, 3]])
    return _text(folder, "lowres_wide.traj", rows)


def arkit_logger(folder: Path, path: Trajectory) -> Path:
    rows = [[round(1e12 + t * 1e9), *(p @ OPENGL)[:3].ravel()] for t, p in _both(path)]
    return _text(folder, "ARKit_camera_pose.txt", rows)


def stray(folder: Path, path: Trajectory) -> Path:
    rows = [[6790.1 + t, f"{i:06d}", *p[:3, 3], *_quat(p)] for i, (t, p) in enumerate(_both(path))]
    return _text(folder, "odometry.csv", rows, "timestamp, frame, x, y, z, qx, qy, qz, qw\n", ", ")


def scannet(folder: Path, path: Trajectory) -> Path:
    for i, p in enumerate(path.poses):
        _text(folder, f"pose/{i}.txt", [list(row) for row in p])
    _text(folder, f"pose/{len(path.poses)}.txt", [["-inf"] * 4] * 4)
    _text(folder, "pose/intrinsic_color.txt", [[1170, 0, 647, 0], [0, 1170, 483, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    return folder / "pose" / "0.txt"


def seven_scenes(folder: Path, path: Trajectory) -> Path:
    for i, p in enumerate(path.poses):
        _text(folder, f"frame-{i:06d}.pose.txt", [list(row) for row in p], join="\t ")
    return folder / f"frame-{len(path.poses) // 2:06d}.pose.txt"


def redwood(folder: Path, path: Trajectory) -> Path:
    rows: list[list[object]] = []
    for i, p in enumerate(path.poses):
        rows += [[i, i, i + 1], *(list(row) for row in p)]
    return _text(folder, "livingroom.log", rows)


def transforms(folder: Path, path: Trajectory) -> Path:
    frames = [{"file_path": f"./images/{i}.png", "transform_matrix": (p @ OPENGL).tolist()} for i, p in _counted(path)]
    document = {"fl_x": 320, "fl_y": 432, "cx": 320, "cy": 240, "w": 640, "h": 480, "frames": frames[::-1]}
    return _json(folder, "transforms.json", document)


def nerf_synthetic(folder: Path, path: Trajectory) -> Path:
    frames = [{"file_path": f"./r_{i}", "transform_matrix": (p @ OPENGL).tolist()} for i, p in _counted(path)]
    return _json(folder, "transforms_train.json", {"camera_angle_x": 1.2, "frames": frames})


def nerfstudio_video(folder: Path, path: Trajectory) -> Path:
    listed = [{"camera_to_world": (p @ OPENGL).ravel().tolist(), "fov": 50} for p in path.poses]
    return _json(folder, "camera_path.json", {"camera_path": listed, "fps": 30, "seconds": 1})


def record3d(folder: Path, path: Trajectory) -> Path:
    poses = [[*_quat(p @ OPENGL), *p[:3, 3]] for p in path.poses]
    lens = [320, 0, 0, 0, 432, 0, 320, 240, 1]
    return _json(folder, "metadata.json", {"w": 640, "h": 480, "K": lens, "fps": 30, "poses": poses})


def record3d_packed(folder: Path, path: Trajectory) -> Path:
    """As it lies in an archive `.r3d`."""
    return record3d(folder, path).rename(folder / "metadata")


def polycam(folder: Path, path: Trajectory) -> Path:
    for t, p in _both(path):
        m = p @ OPENGL
        frame = {f"t_{row}{column}": m[row, column] for row in range(3) for column in range(4)}
        stamp = round(8.1e11 + t * 1e6)
        last = _json(folder, f"{stamp}.json", {"fx": 1, "timestamp": stamp, **frame})
    return last


def scanner_app(folder: Path, path: Trajectory) -> Path:
    for i, (t, p) in enumerate(_both(path)):
        frame = {"cameraPoseARFrame": (p @ OPENGL).ravel().tolist(), "time": 400 + t, "intrinsics": [1] * 9}
        last = _json(folder, f"frame_{i:05d}.json", frame)
    return last


def scanner_app_columns(folder: Path, path: Trajectory) -> Path:
    """simd matrices are kept column by column."""
    for i, (t, p) in enumerate(_both(path)):
        last = _json(folder, f"{i}.json", {"cameraPoseARFrame": (p @ OPENGL).T.ravel().tolist(), "time": 400 + t})
    return last


def colmap_text(folder: Path, path: Trajectory, points: str = "1.5 2.5 -1 3 4 17\n", model: str = "OPENCV") -> Path:
    rows = []
    for i, p in _counted(path):
        back = np.linalg.inv(p)
        rows.append(f"{i + 1} {' '.join(map(str, [*_quat(back, 'wxyz'), *back[:3, 3]]))} 7 images/{i}.png\n{points}")
    (folder / "images.txt").write_text("# Image list\n" + "".join(rows[::-1]))
    (folder / "cameras.txt").write_text(f"# Cameras\n7 {model} 640 480 320 432 320 240 0 0 0 0\n")
    return folder / "images.txt"


def colmap_text_without_points(folder: Path, path: Trajectory) -> Path:
    return colmap_text(folder, path, "")


def colmap_text_empty_points(folder: Path, path: Trajectory) -> Path:
    return colmap_text(folder, path, "\n", "RAD_TAN_THIN_PRISM_FISHEYE")


def colmap_binary(folder: Path, path: Trajectory, model: int = 11) -> Path:
    data = struct.pack("<Q", len(path.poses))
    for i, p in _counted(path):
        back = np.linalg.inv(p)
        data += struct.pack("<I7dI", i, *_quat(back, "wxyz"), *back[:3, 3], 7) + f"{i}.png".encode() + b"\0"
        data += struct.pack("<Q", i) + struct.pack("<ddq", 1, 2, -1) * i
    (folder / "images.bin").write_bytes(data)
    (folder / "cameras.bin").write_bytes(struct.pack("<QIiQQ16d", 1, 7, model, 640, 480, *range(16)))
    return folder / "images.bin"


def _json(folder: Path, name: str, document: object) -> Path:
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def _both(path: Trajectory) -> list[tuple[float, np.ndarray]]:
    return list(zip(path.times, path.poses, strict=True))


def _counted(path: Trajectory) -> list[tuple[int, np.ndarray]]:
    return list(enumerate(path.poses))


WRITERS: tuple[Callable[[Path, Trajectory], Path], ...] = (
    tum, tum_commas, tum_lost, re10k, kitti, kitti_360, replica, euroc, euroc_on_a_body, tartanair, arkitscenes,
    arkit_logger, stray, scannet, seven_scenes, redwood, transforms, nerf_synthetic, nerfstudio_video, record3d,
    record3d_packed,
    polycam, scanner_app, scanner_app_columns, colmap_text, colmap_text_without_points, colmap_text_empty_points,
    colmap_binary,
)  # fmt: skip
