"""Reader of SMPL motion in .npz files (AMASS and its SMPL-H and SMPL-X releases): joint rotations without a body model.

Format: Loper et al., SMPL: A Skinned Multi-Person Linear Model, 2015; Mahmood et al., AMASS, 2019. The first 22 joints
are the same in SMPL, SMPL-H and SMPL-X; each has a rotation vector relative to its parent, from a zero pose that stands
with level arms, Y up, facing +Z. Arrays are read one by one after their headers were checked; nothing is unpickled.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, about, euler_zxy
from dsia_gen.motion.skeletal_motion import MAX_FRAMES, SkeletalMotion
from dsia_gen.motion.skeleton import JOINTS, PARENTS, rest_joints
from dsia_gen.spec.asset import BodyShape

ORDER = (
    "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot", "Spine2",
    "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm",
    "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
)  # fmt: skip
"""Canonical names of the joints that all SMPL models share, in their order."""
_POSES = ("poses", "fullpose", "pose", "smpl_poses", "thetas")
_ROOTS = ("root_orient", "global_orient", "smpl_root_orient")
_BODIES = ("pose_body", "body_pose")
_PLACES = ("trans", "transl", "smpl_trans", "translation", "root_trans")
_RATES = ("mocap_framerate", "mocap_frame_rate", "frame_rate", "framerate", "fps")
RATE = 30.0
"""Frames a second of a file that does not say."""
MAX_BYTES = 2 * 2**30
"""Most bytes of one array."""
SPREAD = 6.0
"""Degrees by which the thighs of the zero pose point outwards."""
HEIGHT = 1.68
"""Metres of the body that is taken where steps do not tell its size."""
STEP = 0.6
"""Metres a second at which feet pass below a body that walks slowly; at half of it steps no longer tell its size."""
_SMALLER, _LARGER = 0.75, 1.3
_TURNS = ("Zrotation", "Xrotation", "Yrotation")
_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def read_smpl(path: Path) -> SkeletalMotion:
    """Read an .npz file of SMPL motion. Raises AssetError that names the file and the array of what is wrong."""
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        with np.load(path, allow_pickle=False) as held:
            arrays = _Arrays(path, held, sizes)
            rotations = _rotations(arrays)
            places, notes = _places(arrays, len(rotations))
            rate = arrays.first(_RATES)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise AssetError(f"{path} is not a readable .npz file ({str(error)[:80]}); get it again") from error
    seconds = 1.0 / RATE
    if rate is None:
        notes.append(f"states no frame rate, {RATE:g} a second is taken")
    elif rate.size != 1 or not 1.0 <= float(rate.reshape(-1)[0]) <= 10_000.0:
        raise AssetError(f"{path}: the frame rate is not a number from 1 to 10,000; get the file again")
    else:
        seconds = 1.0 / float(rate.reshape(-1)[0])
    turns = euler_zxy(rotations).reshape(len(rotations), -1)
    offsets = _zero_pose()
    motion = SkeletalMotion(
        names=ORDER,
        parents=tuple(-1 if (parent := PARENTS[name]) is None else ORDER.index(parent) for name in ORDER),
        offsets=offsets,
        ends=np.zeros_like(offsets),
        channels=(("Xposition", "Yposition", "Zposition", *_TURNS), *(_TURNS,) * (len(ORDER) - 1)),
        frame_time=seconds,
        values=np.concatenate([places, turns], axis=1),
        notes=tuple(notes),
        stands=True,
    )
    return replace(motion, offsets=offsets * _size_from_steps(motion))


@dataclass(frozen=True)
class _Arrays:
    """The arrays of an .npz archive by name, each of a stated size and checked when it is read."""

    path: Path
    held: Mapping[str, Any]
    sizes: Mapping[str, int]

    def first(self, names: tuple[str, ...]) -> Array | None:
        """The numbers of the first of these arrays that there is, None without one."""
        name = next((name for name in names if name in self.sizes), None)
        return None if name is None else self.read(name)

    def read(self, name: str) -> Array:
        """An array of finite numbers. AssetError where it is something else, or too large."""
        if self.sizes[name] > MAX_BYTES:
            raise AssetError(f"{self.path}: {name} is larger than {MAX_BYTES / 2**30:g} GiB; cut the clip")
        try:
            # What the header promises is set aside at once, and must then be there.
            values = self.held[name]
        except Exception as error:  # a damaged header is read as Python text, which fails in many ways
            reason = " ".join(str(error).split())[:80]
            raise AssetError(f"{self.path}: {name} cannot be read ({reason}); get the file again") from error
        if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or not values.size:
            raise AssetError(f"{self.path}: {name} holds no numbers; get the file again")
        if not np.isfinite(values).all():
            raise AssetError(f"{self.path}: {name} holds numbers that are not finite; get the file again")
        return values.astype(np.float64)


def _rotations(arrays: _Arrays) -> Array:
    """(T, 22, 3, 3) rotations of the joints from their parents."""
    from scipy.spatial.transform import Rotation

    poses = arrays.first(_POSES)
    if poses is None:
        root, body = arrays.first(_ROOTS), arrays.first(_BODIES)
        if root is None or body is None:
            held = ", ".join(sorted(arrays.sizes)[:8]) or "nothing"
            raise AssetError(
                f"{arrays.path} holds no motion of SMPL: `poses`, or `root_orient` and `pose_body`, is missing "
                f"(it has {held}); use the files with poses"
            )
        if len(root) != len(body):
            raise AssetError(f"{arrays.path}: {len(root)} orientations but {len(body)} poses; get the file again")
        poses = np.concatenate([_flat(root), _flat(body)], axis=1)
    if poses.ndim < 2 or len(poses) > MAX_FRAMES:
        raise AssetError(
            f"{arrays.path}: poses of shape {poses.shape} are not frames of joints; cut the clip, or get it again"
        )
    joints, matrices = len(ORDER), poses.shape[-2:] == (3, 3)
    flat = poses.reshape(len(poses), -1, 9 if matrices else 3) if _fits(poses, 9 if matrices else 3) else None
    if flat is None or flat.shape[1] < joints:
        raise AssetError(
            f"{arrays.path}: poses of shape {poses.shape} are not of {joints} joints or more; get it again"
        )
    kept = flat[:, :joints].reshape(len(poses) * joints, -1)
    if not matrices:
        turns = Rotation.from_rotvec(kept).as_matrix()
    else:
        whole = kept.reshape(-1, 3, 3)
        if np.abs(whole @ whole.transpose(0, 2, 1) - np.eye(3)).max() > 0.01 or np.linalg.det(whole).min() < 0.5:
            raise AssetError(f"{arrays.path}: poses hold matrices that are not rotations; get the file again")
        turns = whole
    return np.asarray(turns.reshape(len(poses), joints, 3, 3))


def _flat(values: Array) -> Array:
    """(T, n) rotation vectors as rows; matrices are turned into vectors."""
    from scipy.spatial.transform import Rotation

    if values.shape[-2:] == (3, 3) and values.ndim > 2:
        return Rotation.from_matrix(values.reshape(-1, 3, 3)).as_rotvec().reshape(len(values), -1)
    return values.reshape(len(values), -1)


def _fits(values: Array, numbers: int) -> bool:
    return values[0].size % numbers == 0


def _places(arrays: _Arrays, frames: int) -> tuple[Array, list[str]]:
    """(T, 3) places of the pelvis, but for a constant, and notes."""
    places = arrays.first(_PLACES)
    if places is None:
        return np.zeros((frames, 3)), ["has no translation, and stays in place"]
    if places.shape[0] != frames or places.size != 3 * frames:
        raise AssetError(
            f"{arrays.path}: a translation of shape {places.shape} does not fit {frames} poses; get the file again"
        )
    scale = arrays.first(("smpl_scaling",))
    return places.reshape(frames, 3) / (1.0 if scale is None else float(scale.reshape(-1)[0])), []


def _zero_pose() -> Array:
    """(22, 3) offsets of the joints of a person of HEIGHT in the zero pose: Y up, facing +Z, legs a little apart."""
    rest = dict(zip(JOINTS, rest_joints(BodyShape(height=HEIGHT)), strict=True))
    for side, sign in (("Left", -1.0), ("Right", 1.0)):
        hip, knee = rest[side + "UpLeg"].copy(), rest[side + "Leg"].copy()
        moved = hip + about("y", sign * SPREAD) @ (knee - hip)
        for part in ("Leg", "Foot", "ToeBase"):
            rest[side + part] = rest[side + part] + moved - knee
    offsets = [rest[name] - (0.0 if (parent := PARENTS[name]) is None else rest[parent]) for name in ORDER]
    return np.array(offsets) @ _Y_UP.T


def _size_from_steps(motion: SkeletalMotion) -> float:
    """The factor by which a body is larger than that of the offsets: that with which feet that stand do not slide."""
    positions, _ = motion.world_poses()
    root = positions[:, 0]
    head = (positions[:, ORDER.index("Head")] - positions[:, ORDER.index("LeftFoot")]).mean(axis=0)
    up = int(np.argmax(np.abs(head)))
    level = [axis for axis in range(3) if axis != up]
    # Toes stand still from when the foot is flat until it leaves the floor; ankles do not.
    toes = (positions - root[:, None])[:, [ORDER.index("LeftToeBase"), ORDER.index("RightToeBase")]]
    lower = np.argmin(np.sign(head[up]) * (toes[1:, :, up] + toes[:-1, :, up]), axis=1)
    travel = np.diff(root, axis=0)[:, level]
    stance = -np.diff(toes, axis=0)[np.arange(len(lower)), lower][:, level]
    weight = float(np.sum(stance * stance))
    if weight < (STEP / 2) ** 2 * len(stance) * motion.frame_time**2:  # too little walking to tell
        return 1.0
    return float(np.clip(np.sum(travel * stance) / weight, _SMALLER, _LARGER))
