"""Clips as skeletons that move, and the same clips written otherwise: other axes, units, roots and rates."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from dsia_gen.core.rotations import Array, euler_zxy, rotation_matrix
from dsia_gen.motion.clip import CanonicalClip
from dsia_gen.motion.gaits import gait_motion
from dsia_gen.motion.retarget import TargetSkeleton, keep_foot_contact, world_deltas
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import JOINTS, PARENTS, rest_joints
from dsia_gen.spec.asset import BodyShape
from dsia_gen.spec.motion import HumanoidMotion

Y_UP = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
TURNS = ("Zrotation", "Xrotation", "Yrotation")
PLACES = ("Xposition", "Yposition", "Zposition")
TIPS = {"Head": (0.0, 0.0, 0.2), "LeftHand": (0.1, 0, 0), "RightHand": (-0.1, 0, 0)}


def from_poses(
    names: tuple[str, ...],
    parents: tuple[int, ...],
    positions: Array,
    rotations: Array,
    ends: Array,
    frame_time: float,
    moving: tuple[int, ...] = (),
) -> SkeletalMotion:
    """A motion with these world positions (T, J, 3) and world rotations (T, J, 3, 3) of joints; `ends` (J, 3) in the
    axes of the joints. Roots and the joints `moving` have positions of their own in every frame."""
    channels, columns, offsets = [], [], []
    for j, parent in enumerate(parents):
        before = rotations[:, parent] if parent >= 0 else np.broadcast_to(np.eye(3), rotations[:, 0].shape)
        place = positions[:, j] - (positions[:, parent] if parent >= 0 else 0.0)
        local = np.einsum("tji,tj->ti", before, place)
        free = parent < 0 or j in moving
        offsets.append(local[0] if parent >= 0 else np.zeros(3))
        turns = euler_zxy(before.transpose(0, 2, 1) @ rotations[:, j])
        columns.append(np.concatenate([local, turns], axis=1) if free else turns)
        channels.append((*PLACES, *TURNS) if free else TURNS)
    return SkeletalMotion(
        names, parents, np.array(offsets), ends, tuple(channels), frame_time, np.concatenate(columns, axis=1)
    )


def person(clip: CanonicalClip, body: BodyShape, without: tuple[str, ...] = ()) -> SkeletalMotion:
    """A clip as a skeleton in centimetres, Y up, whose zero pose stands; joints `without` are left out."""
    rest = rest_joints(body)
    turns = rotation_matrix(clip.rotations)
    hips = clip.hips * (rest[JOINTS.index("LeftUpLeg"), 2])
    positions = np.zeros((len(clip), len(JOINTS), 3))
    middle = (rest[JOINTS.index("LeftUpLeg")] + rest[JOINTS.index("RightUpLeg")]) / 2
    for j, name in enumerate(JOINTS):
        parent = PARENTS[name]
        if parent is None:
            positions[:, j] = hips + turns[:, j] @ (rest[j] - middle)
        else:
            p = JOINTS.index(parent)
            positions[:, j] = positions[:, p] + turns[:, p] @ (rest[j] - rest[p])
    kept = [j for j, name in enumerate(JOINTS) if name not in without]
    names = tuple(JOINTS[j] for j in kept)
    parents = []
    for name in names:
        parent = PARENTS[name]
        while parent is not None and parent not in names:
            parent = PARENTS[parent]
        parents.append(-1 if parent is None else names.index(parent))
    ends = np.array([TIPS.get(name, (0.0, 0.0, 0.0)) for name in names])
    return from_poses(
        names,
        tuple(parents),
        100.0 * positions[:, kept] @ Y_UP.T,
        Y_UP @ turns[:, kept] @ Y_UP.T,
        100.0 * ends @ Y_UP.T,
        1.0 / clip.fps,
    )


def other_local_axes(motion: SkeletalMotion, rng: np.random.Generator) -> SkeletalMotion:
    """The same world positions of all joints in every frame, with local axes turned by a random constant each."""
    positions, rotations = motion.world_poses()
    turns = Rotation.random(len(motion.names), random_state=int(rng.integers(2**31))).as_matrix()
    ends = np.einsum("jba,jb->ja", turns, motion.ends)
    free = tuple(j for j, names in enumerate(motion.channels) if "Xposition" in names)
    return from_poses(motion.names, motion.parents, positions, rotations @ turns, ends, motion.frame_time, free)


def in_other_axes(motion: SkeletalMotion, turn: Array, unit: float = 1.0) -> SkeletalMotion:
    """The same motion in a world turned by `turn` (3, 3; of determinant -1 for a mirrored one), in units of `unit`."""
    positions, rotations = motion.world_poses()
    free = tuple(j for j, names in enumerate(motion.channels) if "Xposition" in names)
    return from_poses(
        motion.names,
        motion.parents,
        positions @ turn.T / unit,
        turn @ rotations @ turn.T,
        motion.ends @ turn.T / unit,
        motion.frame_time,
        free,
    )


def below_a_root(motion: SkeletalMotion, travels: bool, rng: np.random.Generator) -> SkeletalMotion:
    """The same motion with a root above the hips, which holds the travel, or stays at its place."""
    positions, rotations = motion.world_poses()
    place, turn = np.zeros((len(positions), 1, 3)), np.broadcast_to(np.eye(3), (len(positions), 1, 3, 3))
    if travels:
        place = positions[:, :1] * [1.0, 0.0, 1.0]
        turn = Rotation.random(len(positions), random_state=int(rng.integers(2**31))).as_matrix()[:, None]
    return from_poses(
        ("reference", *motion.names),
        (-1, *(p + 1 for p in motion.parents)),
        np.concatenate([place, positions], axis=1),
        np.concatenate([turn, rotations], axis=1),
        np.concatenate([np.zeros((1, 3)), motion.ends]),
        motion.frame_time,
        (0, 1),
    )


def every_second(motion: SkeletalMotion) -> SkeletalMotion:
    """The same motion at half the frame rate."""
    return replace(motion, values=motion.values[::2], frame_time=2 * motion.frame_time)


@cache
def clip(name: str, number: int = 0, frames: int = 36, fps: float = 30.0) -> SkeletalMotion:
    """A built-in gait as a file would have it; `number` changes the proportions of the person and the path."""
    body = (BodyShape(), BodyShape(height=1.55, legs=1.04), BodyShape(height=1.9, shoulders=1.1, head=0.95))[number % 3]
    return person(gait_motion(name, body, fps, frames, turn_rate=20.0 * (number % 2)), body)


def target(
    body: BodyShape, arms_down: float, rng: np.random.Generator, without: tuple[str, ...] = (), extra: bool = True
) -> TargetSkeleton:
    """A character's skeleton with random bone axes, helper bones that no clip drives, and joints left out."""
    rest = rest_joints(body, arms_down)
    names: list[str] = []
    parents: list[int] = []
    heads: list[Array] = []
    for j, name in enumerate(JOINTS):
        if name in without:
            continue
        parent = PARENTS[name]
        while parent is not None and parent in without:
            parent = PARENTS[parent]
        names.append(name)
        parents.append(-1 if parent is None else names.index(parent))
        heads.append(rest[j])
    joints = {name: k for k, name in enumerate(names)}
    if extra:
        for k, name in enumerate(list(names)):
            names.append(f"{name}_helper")
            parents.append(k)
            heads.append(heads[k] + rng.normal(0, 0.05, 3))
    matrices = np.tile(np.eye(4), (len(names), 1, 1))
    matrices[:, :3, :3] = Rotation.random(len(names), random_state=int(rng.integers(2**31))).as_matrix()
    matrices[:, :3, 3] = heads
    return TargetSkeleton(tuple(names), tuple(parents), matrices, joints)


@cache
def targets() -> dict[str, TargetSkeleton]:
    """Characters of different proportions, arms and joints."""
    rng = np.random.default_rng(5)
    return {
        "adult, T pose": target(BodyShape(), 0.0, rng),
        "adult, A pose": target(BodyShape(), 45.0, rng),
        "child": target(BodyShape(height=1.1, head=1.2, legs=0.92), 20.0, rng),
        "tall": target(BodyShape(height=2.0, legs=1.05, shoulders=1.15), 70.0, rng),
        "without toes": target(BodyShape(height=1.6), 30.0, rng, ("LeftToeBase", "RightToeBase")),
        "one spine bone": target(
            BodyShape(height=1.7), 0.0, rng, ("Spine1", "Spine2", "LeftShoulder", "RightShoulder")
        ),
    }


def placed(skeleton: TargetSkeleton, motion: HumanoidMotion) -> tuple[Array, Array]:
    """Deltas (T, B, 3, 3) and hips (T, 3) of a character in a motion, its feet on their spots."""
    deltas, hips = world_deltas(skeleton, motion), np.array(motion.hips) * skeleton.leg_length
    if motion.stands:
        deltas, hips = keep_foot_contact(skeleton, deltas, hips, np.array(motion.stands))
    return deltas, hips


def played(skeleton: TargetSkeleton, motion: HumanoidMotion) -> Array:
    """(T, B, 3) where all bones of a character are in a motion."""
    return skeleton.forward(*placed(skeleton, motion))
