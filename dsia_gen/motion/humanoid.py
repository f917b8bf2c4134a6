"""Humanoid clips: motion capture made independent of its skeleton, units, axes and frame rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import (
    Array,
    continuous,
    multiply,
    quaternion,
    rotation_matrix,
    shortest_rotation,
    unit,
)
from dsia_gen.motion.bvh import Bvh, rest_positions, world_poses
from dsia_gen.motion.clip import CanonicalClip, resample, start_at_origin, turned
from dsia_gen.motion.foot_contact import contacts, ground, rolling, sole_at
from dsia_gen.motion.loop_extension import looped
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeleton import ANKLE, CHILD, HIP, JOINTS, PARENTS, REQUIRED, match_joints
from dsia_gen.spec.motion import HumanoidMotion

Z = np.array([0.0, 0.0, 1.0])
BODY_RADIUS = 0.05
"""Leg lengths from joints of limbs and trunk to the skin."""

__all__ = [
    "CanonicalClip", "clip_from_bvh", "flatten_feet", "load_clip", "resample", "start_at_origin", "to_motion", "turned",
]  # fmt: skip


def to_motion(clip: CanonicalClip, position: tuple[float, float, float], yaw: float = 0.0) -> HumanoidMotion:
    """The clip as part of a specification: it starts at `position` (a point on the floor), turned by `yaw` radians."""
    return HumanoidMotion(
        joints=clip.joints,
        rest_directions=tuple(_vec3(row) for row in clip.rest_directions),
        rotations=tuple(
            tuple((float(q[0]), float(q[1]), float(q[2]), float(q[3])) for q in row) for row in clip.rotations
        ),
        hips=tuple(_vec3(row) for row in clip.hips),
        stands=() if clip.stands is None else tuple((bool(a), bool(b)) for a, b in clip.stands),
        position=position,
        yaw=yaw,
        clip=clip.name,
    )


def _vec3(row: Array) -> tuple[float, float, float]:
    return float(row[0]), float(row[1]), float(row[2])


def load_clip(path: Path, fps: float, frames: int | None = None, start: float = 0.0) -> CanonicalClip:
    """Read a motion file as a clip of `frames` frames (None: to its end) at `fps`, beginning `start` seconds in."""
    return clip_from_bvh(read_motion(path), fps, frames=frames, start=start, name=path.stem)


def clip_from_bvh(
    bvh: Bvh, fps: float, *, frames: int | None = None, start: float = 0.0, name: str = ""
) -> CanonicalClip:
    """A motion-capture file in canonical form.

    Up axis, facing and units come from the skeleton (lengths in units of its legs). The clip begins `start` seconds
    into the file (after a leading bind pose, which some exporters add as frame 0), above the origin, facing -Y.
    A file that is shorter than start + frames / fps goes on in a loop (see `looped`). Raises AssetError when joints of
    a humanoid are missing.
    """
    rest = rest_positions(bvh)
    found = match_joints(bvh.names, bvh.parents, rest)
    missing = [j for j in REQUIRED if j not in found]
    if missing:
        raise AssetError(f"{name or 'the BVH file'} has no joint for {', '.join(missing)}; it is not a humanoid's")
    joints = tuple(j for j in JOINTS if j in found)
    columns = [found[j] for j in joints]
    positions, rotations = world_poses(bvh)
    lead = _leading_bind_pose(rotations[:, columns])
    positions, rotations = positions[lead:], rotations[lead:]
    to_rest, to_world = _axes(rest, positions, found, name)
    length = leg_unit(rest, found)
    if length < 1e-6:
        raise AssetError(f"{name or 'the motion'}: the legs have no length; use another file")
    places = positions @ to_world.T / length
    clip = CanonicalClip(
        joints=joints,
        rest_directions=_rest_directions(rest @ to_rest.T, joints, found),
        rotations=quaternion(to_world @ rotations[:, columns] @ to_rest.T),
        hips=(places[:, found["LeftUpLeg"]] + places[:, found["RightUpLeg"]]) / 2,
        fps=1.0 / bvh.frame_time,
        name=name,
    )
    clip = _on_the_floor(flatten_feet(clip), places, found)
    return start_at_origin(_stretch(clip, fps, frames, start))


def _stretch(clip: CanonicalClip, fps: float, frames: int | None, start: float) -> CanonicalClip:
    """`frames` frames at `fps` from `start` seconds on; a clip that is too short goes on in a loop."""
    if frames is None or start < 0 or start + (frames - 1) / fps <= (len(clip) - 1) / clip.fps:
        return resample(clip, fps, frames=frames, start=start)
    first = round(start * fps)
    endless = looped(resample(clip, fps), first + frames)
    rows = slice(first, first + frames)
    stands = None if endless.stands is None else endless.stands[rows]
    return replace(endless, rotations=endless.rotations[rows], hips=endless.hips[rows], stands=stands)


def _on_the_floor(clip: CanonicalClip, places: Array, found: dict[str, int]) -> CanonicalClip:
    """The clip with `stands`, and its hips above what the feet stand on; `places` (T, J, 3) in leg lengths.

    Where no foot stands the ground goes on from the last spot to the next: steps are taken out, jumps stay jumps.
    """
    spots = np.stack([_spot(clip, places, found, side) for side in ("Left", "Right")], axis=1)
    others = [i for joint, i in found.items() if not joint.endswith(("Foot", "ToeBase"))]
    lowest = np.minimum(places[:, others, 2].min(axis=1) - BODY_RADIUS, spots[..., 2].min(axis=1))
    stands = contacts(spots, lowest, clip.fps)
    return replace(clip, hips=clip.hips - np.multiply.outer(ground(spots, stands, clip.fps), Z), stands=stands)


def _spot(clip: CanonicalClip, places: Array, found: dict[str, int], side: str) -> Array:
    """(T, 3) the spot under a foot that stays while it rolls, and the height of its sole, in leg lengths."""
    foot, toe = found[side + "Foot"], found.get(side + "ToeBase", found[side + "Foot"])
    j, k = (clip.joints.index(side + p) if side + p in clip.joints else -1 for p in ("Foot", "ToeBase"))
    ankle, ahead = np.array([0.0, 0.0, ANKLE / HIP]), clip.rest_directions[j]
    reach = float(np.linalg.norm(places[0, toe] - places[0, foot]))
    sole = sole_at(ankle, ankle + reach * ahead if reach > 0 else None, 1.0)
    turns = rotation_matrix(clip.rotations)
    return np.asarray(places[:, foot] - rolling(sole.below(turns[:, j], turns[:, k if k >= 0 else j])))


def _leading_bind_pose(rotations: Array) -> int:
    """1 if the first frame is an unrelated pose (a bind pose put before the motion), else 0."""
    if len(rotations) < 3:
        return 0
    steps = _angles_between(rotations[:2], rotations[1:3])
    return 1 if steps[0] > 15.0 and steps[0] > 8.0 * steps[1] else 0


def _angles_between(a: Array, b: Array) -> Array:
    """(T,) mean angle in degrees between rotations (T, J, 3, 3)."""
    cosine = (np.einsum("tjab,tjab->tj", a, b) - 1) / 2
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean(axis=1))


def _axes(rest: Array, positions: Array, found: dict[str, int], name: str) -> tuple[Array, Array]:
    """Rotations (3, 3) from the file's axes to canonical ones: of the rest pose, and of the world it moves in.

    The world's up is the axis along which the head (or hips) is above the feet on average; it is the same for the
    rest pose unless that lies in another axis.
    """
    world_up = _nearest_axis(_uprightness(positions, found).mean(axis=0))
    rest_up = _nearest_axis(_uprightness(rest[None], found)[0])
    left = _left(rest, found, rest_up)
    if not np.any(left):
        raise AssetError(
            f"{name or 'the BVH file'}: left and right hips coincide, so no facing is known; use another file"
        )
    to_rest = np.stack([left, np.cross(rest_up, left), rest_up])
    return to_rest, to_rest @ shortest_rotation(world_up, rest_up)


def _uprightness(positions: Array, found: dict[str, int]) -> Array:
    top = found.get("Head", found["Hips"])
    feet = (positions[:, found["LeftFoot"]] + positions[:, found["RightFoot"]]) / 2
    return np.asarray(positions[:, top] - feet)


def _nearest_axis(vector: Array) -> Array:
    axis = np.zeros(3)
    i = int(np.argmax(np.abs(vector)))
    axis[i] = 1.0 if vector[i] >= 0 else -1.0
    return axis


def _left(rest: Array, found: dict[str, int], up: Array) -> Array:
    """Unit vector from right to left across hips and shoulders, level, snapped to an axis that is within 20 degrees."""
    line = rest[found["LeftUpLeg"]] - rest[found["RightUpLeg"]]
    if "LeftArm" in found and "RightArm" in found:
        line = line + rest[found["LeftArm"]] - rest[found["RightArm"]]
    line = unit(line - up * (line @ up))
    axis = _nearest_axis(line)
    return axis if axis @ line > np.cos(np.radians(20)) else line


def _rest_directions(rest: Array, joints: tuple[str, ...], found: dict[str, int]) -> Array:
    """(J, 3) unit vectors to the canonical child; a joint without one (or of no length) repeats its parent's."""
    directions: dict[str, Array] = {}
    for joint in joints:
        child = CHILD.get(joint)
        offset = rest[found[child]] - rest[found[joint]] if child in found else np.zeros(3)
        parent = PARENTS[joint]
        if np.linalg.norm(offset) < 1e-9:
            offset = directions.get(parent, Z) if parent else Z
        directions[joint] = unit(offset)
    return np.stack([directions[j] for j in joints])


def leg_unit(rest: Array, found: dict[str, int]) -> float:
    """Length of a standing leg, hip joint to floor, in file units: thigh + shank + the ankle's height.

    The last is not in a skeleton and follows from the proportions of Drillis & Contini (1966).
    """
    lengths = [
        np.linalg.norm(rest[found[side + b]] - rest[found[side + a]])
        for side in ("Left", "Right")
        for a, b in (("UpLeg", "Leg"), ("Leg", "Foot"))
    ]
    return float(sum(lengths) / 2 * (1 + ANKLE / (HIP - ANKLE)))


def flatten_feet(clip: CanonicalClip) -> CanonicalClip:
    """The clip with the rest pose of its feet redefined as soles flat on the floor.

    Rest poses of motion capture disagree about feet (legs spread, ankles at any angle), so the flat sole is read from
    the motion: the direction, fixed in the foot and the same for both feet but for the mirror, that points up most
    steadily while a foot stands.
    """
    rotations, directions = clip.rotations.copy(), clip.rest_directions.copy()
    mirror = {"Left": np.ones(3), "Right": np.array([-1.0, 1.0, 1.0])}
    ups, weights = zip(*(_sole_ups(clip, side) for side in mirror), strict=True)
    as_left = [u * m for u, m in zip(ups, mirror.values(), strict=True)]
    sole = _steady_up(np.concatenate(as_left), np.concatenate(weights))
    for side, flip in mirror.items():
        fix = shortest_rotation(Z, sole * flip)
        for j in [clip.joints.index(side + p) for p in ("Foot", "ToeBase") if side + p in clip.joints]:
            rotations[:, j] = multiply(clip.rotations[:, j], quaternion(fix))
            directions[j] = fix.T @ clip.rest_directions[j]
    return replace(clip, rotations=continuous(rotations), rest_directions=directions)


def _sole_ups(clip: CanonicalClip, side: str) -> tuple[Array, Array]:
    """World up in the rest axes of a foot, (T, 3), and how still the foot is, (T,), from how fast it turns."""
    foot = clip.rotations[:, clip.joints.index(side + "Foot")]
    ups = rotation_matrix(foot)[:, 2, :]  # R^T z
    if len(foot) < 2:
        return ups, np.ones(len(foot))
    turn = np.arccos(np.clip(np.abs(np.sum(foot[1:] * foot[:-1], axis=1)), 0, 1)) * clip.fps
    speed = np.maximum(np.append(turn, turn[-1]), np.insert(turn, 0, turn[0]))
    return ups, 1.0 / (0.3 + speed) ** 2


def _steady_up(ups: Array, weights: Array) -> Array:
    """(3,) weighted mean of up directions (T, 3), outliers discounted; within 45 degrees of the rest pose's up."""
    for _ in range(3):
        mean = unit((ups * weights[:, None]).sum(axis=0))
        weights = weights * np.clip(ups @ mean, 0, 1) ** 8
    return mean if mean[2] > np.cos(np.radians(45)) else Z
