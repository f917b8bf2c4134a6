"""Humanoid clips: motion capture made independent of its skeleton, units, axes and frame rate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, continuous, multiply, quaternion, rotation_matrix, shortest_rotation, unit
from dsia_gen.motion.clip import CanonicalClip, resample, start_at_origin
from dsia_gen.motion.foot_contact import contacts, ground, rolling, sole_at
from dsia_gen.motion.loop_extension import extend_in_loop
from dsia_gen.motion.readers import read_motion
from dsia_gen.motion.reference_pose import PosedJoints, find_reference_pose, is_bind_pose, pose_of_frame
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import ANKLE, HIP, JOINTS, REQUIRED, match_joints
from dsia_gen.spec.motion import HumanoidMotion

Z = np.array([0.0, 0.0, 1.0])
LOOKS = 15
"""Seconds of a clip in which joints are looked for by structure."""
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
    found = find_joints(motion, name)
    joints = tuple(j for j in JOINTS if j in found)
    columns = [found[j] for j in joints]
    positions, rotations = in_z_up(motion, found, name)
    tips = {j: limb_tip(motion, found[j]) for j in joints}
    posed = PosedJoints(joints, positions[:, columns], rotations[:, columns], tips)
    length = leg_unit(posed)
    if not length:
        raise AssetError(f"{name or 'the motion'}: a thigh or a shank has no length; use another file")
    leading = has_leading_bind_pose(rotations[:, columns])
    if motion.stands:
        standing, turned_so = in_z_up(motion.at_rest(), found, name)
        reference = pose_of_frame(PosedJoints(joints, standing[:, columns], turned_so[:, columns], tips), 0)
    else:
        reference = pose_of_frame(posed, 0) if is_bind_pose(posed, 0) else find_reference_pose(posed)
    shown = slice(1, None) if leading else slice(None)
    places = positions[shown] / length
    clip = CanonicalClip(
        joints=joints,
        rest_directions=reference.directions,
        rotations=quaternion(rotations[shown][:, columns] @ reference.rotations.transpose(0, 2, 1)),
        hips=posed.middle("UpLeg")[shown] / length,
        fps=1.0 / motion.frame_time,
        name=name,
    )
    clip = _on_the_floor(flatten_feet(clip), places, found)
    if frames is None or start < 0 or start + (frames - 1) / fps <= (len(clip) - 1) / clip.fps:
        return start_at_origin(resample(clip, fps, frames=frames, start=start))
    first = round(start * fps)
    return start_at_origin(extend_in_loop(resample(clip, fps), first + frames).rows(slice(first, first + frames)))


def find_joints(motion: SkeletalMotion, name: str = "") -> dict[str, int]:
    """The canonical joints of a motion.

    Parameters
    ----------
    motion : SkeletalMotion
        Skeleton and motion of a file.
    name : str
        What messages call the motion.

    Returns
    -------
    dict of str to int
        Canonical joint -> index of a joint of the motion.

    Raises
    ------
    AssetError
        Joints of a humanoid are missing.

    Notes
    -----
    Names decide; where they do not, the structure of mean poses, or at last that of the zero pose, may.
    """
    found = match_joints(motion.names, motion.parents)
    if any(joint not in found for joint in REQUIRED):
        # The mean pose of about a second stands more evenly than any frame; what most of them show is believed.
        positions = motion.world_poses()[0]
        positions = positions - positions[:, :1]
        span = min(len(positions), max(1, round(1.0 / motion.frame_time)))
        starts = np.unique(np.linspace(0, len(positions) - span, LOOKS).astype(int))
        poses = [positions[start : start + span].mean(axis=0) for start in starts]
        seen = [match_joints(motion.names, motion.parents, pose) for pose in poses]
        whole = [joints for joints in seen if all(joint in joints for joint in REQUIRED)]
        if not whole:
            whole = [match_joints(motion.names, motion.parents, motion.rest_positions())]
        found = {}
        for joint in JOINTS:
            ((index, count),) = Counter(joints.get(joint, -1) for joints in whole).most_common(1)
            if index >= 0 and 3 * count > len(whole):
                found[joint] = index
    missing = [j for j in REQUIRED if j not in found]
    if missing:
        raise AssetError(f"{name or 'the motion'} has no joint for {', '.join(missing)}; use a file of a humanoid")
    return found


def in_z_up(motion: SkeletalMotion, found: dict[str, int], name: str = "") -> tuple[Array, Array]:
    """Poses of all joints in a world with Z up, as the person was who moved: a mirrored skeleton is mirrored back.

    Parameters
    ----------
    motion : SkeletalMotion
        Skeleton and motion of a file, in any axes.
    found : dict of str to int
        Canonical joint -> index.
    name : str
        What messages call the motion.

    Returns
    -------
    positions : (T, J, 3) float64
        World positions in the units of the file.
    rotations : (T, J, 3, 3) float64
        World rotations of the joints.

    Raises
    ------
    AssetError
        The hip joints are in one place.

    Notes
    -----
    Up is the axis along which the head is above the feet while the body is straight. Where the body is never straight
    (it crawls or sits), or straight along several axes, the floor helps: the lowest point of the body keeps its height.
    Toes and knees say where front is; left and right that do not agree with them are those of a mirror image.
    """
    positions, rotations = motion.world_poses()
    to_world = shortest_rotation(_up_axis(positions, found), Z)
    positions, rotations = positions @ to_world.T, to_world @ rotations
    across = positions[:, found["LeftUpLeg"]] - positions[:, found["RightUpLeg"]]
    size = np.ptp(positions, axis=1).max()
    if np.linalg.norm(across, axis=1).mean() < 1e-6 * max(size, 1e-12):
        what = name or "the motion"
        raise AssetError(f"{what}: left and right hips coincide, so the facing is unknown; use another file")
    hips, knees, feet = (
        (positions[:, found["Left" + p]] + positions[:, found["Right" + p]]) / 2 for p in ("UpLeg", "Leg", "Foot")
    )
    top = next((found[j] for j in ("Neck", "Head", "Spine2", "Spine1", "Spine") if j in found), None)
    forward = unit(np.cross(across, positions[:, top] - hips if top is not None else hips - feet))
    signs = [np.sum((knees - (hips + feet) / 2) * forward, axis=1).mean()]
    for side in ("Left", "Right"):
        if side + "ToeBase" in found:
            toes = positions[:, found[side + "ToeBase"]] - positions[:, found[side + "Foot"]]
            signs.append(np.sum(toes * forward, axis=1).mean())
    if all(sign < -0.005 * size for sign in signs):
        flip = np.array([-1.0, 1.0, 1.0])
        positions, rotations = positions * flip, rotations * np.outer(flip, flip)
    return positions, rotations


def limb_tip(motion: SkeletalMotion, joint: int) -> Array:
    """Where the limb of a joint ends when no canonical joint follows it.

    Parameters
    ----------
    motion : SkeletalMotion
        Skeleton and motion of a file.
    joint : int
        Index of the joint.

    Returns
    -------
    (3,) float64
        The mean of its children, or its end site, in the axes of the joint.
    """
    below = [motion.offsets[j] for j, parent in enumerate(motion.parents) if parent == joint]
    return np.asarray(np.mean(below, axis=0) if below else motion.ends[joint])


def leg_unit(posed: PosedJoints) -> float:
    """Length of a standing leg, from hip joint to floor.

    Parameters
    ----------
    posed : PosedJoints
        The moving skeleton.

    Returns
    -------
    float
        Thigh + shank + the ankle's height, in the units of the positions; 0 where one of them has no length.

    Notes
    -----
    The height of the ankle is not in a skeleton and follows from the proportions of Drillis & Contini (1966).
    """
    lengths = [
        np.median(np.linalg.norm(posed.at(side + b) - posed.at(side + a), axis=1))
        for side in ("Left", "Right")
        for a, b in (("UpLeg", "Leg"), ("Leg", "Foot"))
    ]
    if min(lengths) < 1e-3 * max(lengths) or max(lengths) < 1e-6:
        return 0.0
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


def _up_axis(positions: Array, found: dict[str, int]) -> Array:
    """(3,) the axis of the file, with its sign, that points up."""
    at = {joint: positions[:, index] for joint, index in found.items()}
    hips, feet = (at["LeftUpLeg"] + at["RightUpLeg"]) / 2, (at["LeftFoot"] + at["RightFoot"]) / 2
    top = next((at[joint] for joint in ("Head", "Neck", "Spine2", "Spine1", "Spine") if joint in at), hips)
    leg = sum(
        np.linalg.norm(at[side + b] - at[side + a], axis=1)
        for side in ("Left", "Right")
        for a, b in (("UpLeg", "Leg"), ("Leg", "Foot"))
    )
    body, legs = unit(top - feet), hips - feet
    trunk = unit(top - hips) if top is not hips else body
    reach = 2 * np.linalg.norm(legs, axis=1) / np.maximum(leg, 1e-12)
    straight = (np.clip(np.sum(trunk * unit(legs), axis=1), 0, 1) * np.clip(reach, 0, 1)) ** 4
    weight = straight + 1e-3
    mean = (body * weight[:, None]).sum(axis=0) / weight.sum()
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    score = axes @ mean
    if straight.mean() < 0.3 or np.linalg.norm(mean) < 0.9:
        lowest = np.min([np.stack(list(at.values())) @ axis for axis in axes], axis=1)  # (6, T)
        drop = np.ptp(np.percentile(lowest, (2, 98), axis=1), axis=0) / np.median(np.linalg.norm(top - feet, axis=1))
        score = score - 0.9 * np.minimum(drop, 1.0)
    return np.asarray(axes[int(np.argmax(score))])
