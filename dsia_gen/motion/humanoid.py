"""Humanoid clips: motion capture made independent of its skeleton, units, axes and frame rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, continuous, multiply, quaternion, rotation_matrix, shortest_rotation, unit
from dsia_gen.motion.clip import CanonicalClip, resample, start_at_origin
from dsia_gen.motion.foot_contact import contacts, ground, rolling, sole_at
from dsia_gen.motion.loop_extension import extend_in_loop
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import ANKLE, HIP, JOINTS, REQUIRED, limb_directions, match_joints
from dsia_gen.spec.motion import HumanoidMotion

Z = np.array([0.0, 0.0, 1.0])
BODY_RADIUS = 0.05
"""Leg lengths from joints of limbs and trunk to the skin."""


def to_motion(clip: CanonicalClip, position: tuple[float, float, float], yaw: float = 0.0) -> HumanoidMotion:
    """The clip as part of a specification.

    Parameters
    ----------
    clip : CanonicalClip
        The clip.
    position : tuple of float
        World point on the floor where it starts, metres.
    yaw : float
        Radians by which it is turned, counter-clockwise seen from above.

    Returns
    -------
    HumanoidMotion
        The motion, one row for each frame.
    """
    return HumanoidMotion(
        joints=clip.joints,
        rest_directions=clip.rest_directions.tolist(),
        rotations=clip.rotations.tolist(),
        hips=clip.hips.tolist(),
        stands=() if clip.foot_contact is None else clip.foot_contact.tolist(),
        position=position,
        yaw=yaw,
        clip=clip.name,
    )


def load_clip(path: Path, fps: float, frames: int | None = None, start: float = 0.0) -> CanonicalClip:
    """Read a motion file as a clip.

    Parameters
    ----------
    path : Path
        A file of a format that `readers.MOTION_READERS` knows.
    fps : float
        Frames a second of the clip.
    frames : int, optional
        Number of frames; to the end of the file by default.
    start : float
        Seconds into the file at which the clip begins.

    Returns
    -------
    CanonicalClip
        The clip, named after the file.

    Raises
    ------
    AssetError
        The file is broken or not of a humanoid.
    """
    return canonical_clip(read_motion(path), fps, frames=frames, start=start, name=path.stem)


def canonical_clip(
    motion: SkeletalMotion, fps: float, *, frames: int | None = None, start: float = 0.0, name: str = ""
) -> CanonicalClip:
    """Motion capture in canonical form: up axis, facing and units are found from the skeleton.

    Parameters
    ----------
    motion : SkeletalMotion
        Skeleton and motion of a file.
    fps : float
        Frames a second of the clip.
    frames : int, optional
        Number of frames; to the end by default. A motion that is too short is extended in a loop.
    start : float
        Seconds into the motion, after a leading bind pose, which some exporters add as frame 0.
    name : str
        What messages and the clip call the motion.

    Returns
    -------
    CanonicalClip
        A clip that begins above the origin, facing -Y; lengths in units of the skeleton's legs.

    Raises
    ------
    AssetError
        Joints of a humanoid are missing, or its legs or hips have no extent.
    """
    rest = motion.rest_positions()
    found = match_joints(motion.names, motion.parents, rest)
    missing = [j for j in REQUIRED if j not in found]
    if missing:
        raise AssetError(f"{name or 'the motion'} has no joint for {', '.join(missing)}; use a file of a humanoid")
    joints = tuple(j for j in JOINTS if j in found)
    columns = [found[j] for j in joints]
    positions, rotations = motion.world_poses()
    if has_leading_bind_pose(rotations[:, columns]):
        positions, rotations = positions[1:], rotations[1:]
    to_rest, to_world = _axes(rest, positions, found, name)
    length = leg_unit(rest, found)
    if length < 1e-6:
        raise AssetError(f"{name or 'the motion'}: the legs have no length; use another file")
    places = positions @ to_world.T / length
    clip = CanonicalClip(
        joints=joints,
        rest_directions=limb_directions(rest[columns] @ to_rest.T, joints),
        rotations=quaternion(to_world @ rotations[:, columns] @ to_rest.T),
        hips=(places[:, found["LeftUpLeg"]] + places[:, found["RightUpLeg"]]) / 2,
        fps=1.0 / motion.frame_time,
        name=name,
    )
    clip = _on_the_floor(flatten_feet(clip), places, found)
    if frames is None or start < 0 or start + (frames - 1) / fps <= (len(clip) - 1) / clip.fps:
        return start_at_origin(resample(clip, fps, frames=frames, start=start))
    first = round(start * fps)
    return start_at_origin(extend_in_loop(resample(clip, fps), first + frames).rows(slice(first, first + frames)))


def leg_unit(rest: Array, found: dict[str, int]) -> float:
    """Length of a standing leg, from hip joint to floor.

    Parameters
    ----------
    rest : (J, 3) float64
        Joint positions at rest.
    found : dict of str to int
        Canonical joint -> index.

    Returns
    -------
    float
        Thigh + shank + the ankle's height, in the units of `rest`.

    Notes
    -----
    The height of the ankle is not in a skeleton and follows from the proportions of Drillis & Contini (1966).
    """
    lengths = [
        np.linalg.norm(rest[found[side + b]] - rest[found[side + a]])
        for side in ("Left", "Right")
        for a, b in (("UpLeg", "Leg"), ("Leg", "Foot"))
    ]
    return float(sum(lengths) / 2 * (1 + ANKLE / (HIP - ANKLE)))


def has_leading_bind_pose(rotations: Array) -> bool:
    """Whether the first frame is an unrelated pose, a bind pose put before the motion.

    Parameters
    ----------
    rotations : (T, J, 3, 3) float64
        World rotations of joints.

    Returns
    -------
    bool
        True where the first step turns joints by more than 15 degrees and eight times the second, in the mean.
    """
    if len(rotations) < 3:
        return False
    cosine = (np.einsum("tjab,tjab->tj", rotations[:2], rotations[1:3]) - 1) / 2
    first, second = np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean(axis=1)
    return bool(first > 15.0 and first > 8.0 * second)


def flatten_feet(clip: CanonicalClip) -> CanonicalClip:
    """The clip with the rest pose of its feet redefined as soles flat on the floor.

    Parameters
    ----------
    clip : CanonicalClip
        A clip whose feet may have any rest pose.

    Returns
    -------
    CanonicalClip
        The same motion with other rest directions and rotations of feet and toes.

    Notes
    -----
    Rest poses of motion capture disagree about feet (legs spread, ankles at any angle), so the flat sole is read from
    the motion: the direction, fixed in the foot and mirrored between the feet, that points up most steadily while a
    foot is in contact with the floor.
    """
    rotations, directions = clip.rotations.copy(), clip.rest_directions.copy()
    mirror = {"Left": np.ones(3), "Right": np.array([-1.0, 1.0, 1.0])}
    all_ups, all_weights = [], []
    for side, flip in mirror.items():
        # World up in the rest axes of the foot, weighted by how slowly the foot turns.
        foot = clip.rotations[:, clip.joints.index(side + "Foot")]
        all_ups.append(rotation_matrix(foot)[:, 2, :] * flip)  # R^T z
        speed = np.zeros(len(foot))
        if len(foot) > 1:
            turn = np.arccos(np.clip(np.abs(np.sum(foot[1:] * foot[:-1], axis=1)), 0, 1)) * clip.fps
            speed = np.maximum(np.append(turn, turn[-1]), np.insert(turn, 0, turn[0]))
        all_weights.append(1.0 / (0.3 + speed) ** 2)
    # Their mean, outliers discounted, if it is within 45 degrees of the rest pose's up.
    ups, weights, sole = np.concatenate(all_ups), np.concatenate(all_weights), Z
    for _ in range(3):
        sole = unit((ups * weights[:, None]).sum(axis=0))
        weights = weights * np.clip(ups @ sole, 0, 1) ** 8
    if sole[2] <= np.cos(np.radians(45)):
        sole = Z
    for side, flip in mirror.items():
        fix = shortest_rotation(Z, sole * flip)
        for j in [clip.joints.index(side + p) for p in ("Foot", "ToeBase") if side + p in clip.joints]:
            rotations[:, j] = multiply(clip.rotations[:, j], quaternion(fix))
            directions[j] = fix.T @ clip.rest_directions[j]
    return replace(clip, rotations=continuous(rotations), rest_directions=directions)


def _on_the_floor(clip: CanonicalClip, places: Array, found: dict[str, int]) -> CanonicalClip:
    """The clip with `foot_contact`, and its hips above the floor; `places` (T, J, 3) in leg lengths.

    Where no foot is in contact the floor is interpolated: steps are taken out, jumps stay jumps.
    """
    turns, spots = rotation_matrix(clip.rotations), []
    for side in ("Left", "Right"):
        # The spot under a foot that stays while the foot rolls, and the height of its sole.
        foot, toe = found[side + "Foot"], found.get(side + "ToeBase", found[side + "Foot"])
        j, k = (clip.joints.index(side + p) if side + p in clip.joints else -1 for p in ("Foot", "ToeBase"))
        ankle, ahead = np.array([0.0, 0.0, ANKLE / HIP]), clip.rest_directions[j]
        reach = float(np.linalg.norm(places[0, toe] - places[0, foot]))
        sole = sole_at(ankle, ankle + reach * ahead if reach > 0 else None, 1.0)
        spots.append(places[:, foot] - rolling(sole.below(turns[:, j], turns[:, k if k >= 0 else j])))
    both = np.stack(spots, axis=1)
    others = [i for joint, i in found.items() if not joint.endswith(("Foot", "ToeBase"))]
    lowest = np.minimum(places[:, others, 2].min(axis=1) - BODY_RADIUS, both[..., 2].min(axis=1))
    contact = contacts(both, lowest, clip.fps)
    return replace(clip, hips=clip.hips - np.multiply.outer(ground(both, contact, clip.fps), Z), foot_contact=contact)


def _axes(rest: Array, positions: Array, found: dict[str, int], name: str) -> tuple[Array, Array]:
    """Rotations (3, 3) from the file's axes to canonical ones: of the rest pose, and of the world it moves in.

    The world's up is the axis along which the head (or hips) is above the feet on average; it is the same for the
    rest pose unless that lies in another axis.
    """

    def up_axis(joints: Array) -> Array:
        feet = (joints[:, found["LeftFoot"]] + joints[:, found["RightFoot"]]) / 2
        return _nearest_axis((joints[:, found.get("Head", found["Hips"])] - feet).mean(axis=0))

    world_up, rest_up = up_axis(positions), up_axis(rest[None])
    # From right to left across hips and shoulders, level, snapped to an axis that is within 20 degrees.
    line = rest[found["LeftUpLeg"]] - rest[found["RightUpLeg"]]
    if "LeftArm" in found and "RightArm" in found:
        line = line + rest[found["LeftArm"]] - rest[found["RightArm"]]
    line = unit(line - rest_up * (line @ rest_up))
    if not np.any(line):
        what = name or "the motion"
        raise AssetError(f"{what}: left and right hips coincide, so the facing is unknown; use another file")
    axis = _nearest_axis(line)
    left = axis if axis @ line > np.cos(np.radians(20)) else line
    to_rest = np.stack([left, np.cross(rest_up, left), rest_up])
    return to_rest, to_rest @ shortest_rotation(world_up, rest_up)


def _nearest_axis(vector: Array) -> Array:
    axis = np.zeros(3)
    i = int(np.argmax(np.abs(vector)))
    axis[i] = 1.0 if vector[i] >= 0 else -1.0
    return axis
