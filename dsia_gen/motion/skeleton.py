"""The canonical humanoid: joints, proportions, forward kinematics, and its joints in other skeletons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dsia_gen.core.rotations import Array, unit
from dsia_gen.motion.joint_names import read_names
from dsia_gen.motion.named_joints import joints_by_name
from dsia_gen.motion.skeleton_structure import joints_by_structure
from dsia_gen.spec.asset import BodyShape

_SIDE = ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase")
_SIDE_PARENT = ("Spine2", "Shoulder", "Arm", "ForeArm", "Hips", "UpLeg", "Leg", "Foot")
_SPINE = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
JOINTS: tuple[str, ...] = _SPINE + tuple(side + part for side in ("Left", "Right") for part in _SIDE)
"""The 22 joints, parents before children; names are Mixamo's without the prefix."""
PARENTS: dict[str, str | None] = dict(zip(_SPINE, (None, *_SPINE[:-1]), strict=True)) | {
    side + part: (parent if parent in _SPINE else side + parent)
    for side in ("Left", "Right")
    for part, parent in zip(_SIDE, _SIDE_PARENT, strict=True)
}
CHILD: dict[str, str] = dict(pairwise(_SPINE)) | {
    side + a: side + b
    for side in ("Left", "Right")
    for a, b in (
        ("Shoulder", "Arm"), ("Arm", "ForeArm"), ("ForeArm", "Hand"), ("UpLeg", "Leg"), ("Leg", "Foot"),
        ("Foot", "ToeBase"),
    )
}  # fmt: skip
"""The joint that a limb points at; joints without an entry (hands, toes, head) end a chain."""
LIMBS: tuple[str, ...] = tuple(s + p for s in ("Left", "Right") for p in ("Arm", "ForeArm", "UpLeg", "Leg"))
"""Joints whose limb direction is carried from a source skeleton to a target exactly."""
REQUIRED: tuple[str, ...] = ("Hips", *(s + p for s in ("Left", "Right") for p in ("UpLeg", "Leg", "Foot")))
"""Joints without which a skeleton is not a humanoid."""
# Drillis & Contini (1966), as tabulated by Winter, Biomechanics and Motor Control of Human Movement, fig. 4.1:
# heights of joints above the floor and lengths of segments as fractions of body height.
ANKLE, KNEE, HIP, SHOULDER, CHIN = 0.039, 0.285, 0.530, 0.818, 0.870
UPPER_ARM, FOREARM, HAND, FOOT_LENGTH = 0.186, 0.146, 0.108, 0.152
HALF_SHOULDERS = 0.129
# Hip joint centres are half a pelvis' inter-joint distance (about 0.1 of height) from the middle plane.
HALF_HIPS = 0.050


def rest_joints(body: BodyShape, arms_down: float = 0.0) -> Array:
    """Joint positions of a body standing in its rest pose.

    Parameters
    ----------
    body : BodyShape
        Height in metres, and ratios that change the proportions.
    arms_down : float
        Degrees by which the arms are lowered from level (T pose).

    Returns
    -------
    (22, 3) float64
        Positions in metres, in the order of JOINTS: Z up, facing -Y, left at +X, origin on the floor below the hips.

    Notes
    -----
    Proportions are those of Drillis & Contini (1966), as tabulated by Winter, Biomechanics and Motor Control of Human
    Movement, fig. 4.1. Legs and head take their share of the height, the trunk fills the rest.
    """
    h = body.height
    hip, chin = HIP * body.legs * h, h * (1.0 - (1.0 - CHIN) * body.head)
    shoulder = hip + (SHOULDER - HIP) / (CHIN - HIP) * (chin - hip)
    trunk = shoulder - hip
    column = {
        "Hips": (0.0, hip),
        "Spine": (0.004, hip + 0.20 * trunk),
        "Spine1": (0.006, hip + 0.42 * trunk),
        "Spine2": (0.008, hip + 0.66 * trunk),
        "Neck": (0.014, shoulder + 0.22 * (chin - shoulder)),
        "Head": (0.006, chin + 0.012 * h),
    }
    at = {name: np.array([0.0, y * h, z]) for name, (y, z) in column.items()}
    width = HALF_SHOULDERS * body.shoulders * h
    down = np.radians(arms_down)
    along = np.array([np.cos(down), 0.0, -np.sin(down)])
    # The joint centre lies inside the acromion, by about the radius of the shoulder.
    arm = np.array([0.77 * width, 0.010 * h, shoulder - 0.018 * h])
    leg_x, scale = HALF_HIPS * h * (1.0 + 0.4 * (1.0 - body.shoulders)), body.legs * h
    left = {
        "Shoulder": np.array([0.14 * width, 0.006 * h, shoulder + 0.004 * h]),
        "Arm": arm,
        "ForeArm": arm + UPPER_ARM * h * along,
        "Hand": arm + (UPPER_ARM + FOREARM) * h * along,
        "UpLeg": np.array([leg_x, 0.0, hip]),
        "Leg": np.array([leg_x * 0.96, -0.002 * h, KNEE * scale]),
        "Foot": np.array([leg_x * 0.92, 0.010 * h, ANKLE * scale]),
        "ToeBase": np.array([leg_x * 0.96, 0.010 * h - 0.62 * FOOT_LENGTH * h, 0.012 * h]),
    }
    for part, place in left.items():
        at["Left" + part], at["Right" + part] = place, place * np.array([-1.0, 1.0, 1.0])
    return np.stack([at[name] for name in JOINTS])


def leg_length(joints: Array) -> float:
    """Height of the hip joints above the floor.

    Parameters
    ----------
    joints : (22, 3) float64
        Joint positions at rest, floor at z = 0.

    Returns
    -------
    float
        The mean of both sides, in the units of `joints`.
    """
    left, right = JOINTS.index("LeftUpLeg"), JOINTS.index("RightUpLeg")
    return float((joints[left, 2] + joints[right, 2]) / 2)


def limb_directions(joints: Array, names: Sequence[str] = JOINTS) -> Array:
    """Directions of the limbs.

    Parameters
    ----------
    joints : (J, 3) float64
        Joint positions at rest, Z up.
    names : sequence of str
        Names of the joints, out of JOINTS and in that order; all of them by default.

    Returns
    -------
    (J, 3) float64
        Unit vectors from each joint to its child; a joint without one, or with a limb of no length, repeats its
        parent's, and the first one points up.
    """
    directions: dict[str, Array] = {}
    at = dict(zip(names, joints, strict=True))
    for name, position in at.items():
        child, parent = CHILD.get(name), PARENTS[name]
        offset = at[child] - position if child in at else np.zeros(3)
        if np.linalg.norm(offset) < 1e-9:
            offset = directions.get(parent or "", np.array([0.0, 0.0, 1.0]))
        directions[name] = unit(offset)
    return np.stack(list(directions.values()))


def forward_kinematics(joints: Array, rotations: Array, hips: Array) -> Array:
    """Joint positions of poses.

    Parameters
    ----------
    joints : (22, 3) float64
        Joint positions at rest.
    rotations : (T, 22, 3, 3) float64
        World rotation of each joint from its rest pose.
    hips : (T, 3) float64
        Middle of the two hip joints, in the units of `joints`.

    Returns
    -------
    (T, 22, 3) float64
        World positions in the units of `joints`.
    """
    positions = np.zeros((len(rotations), len(JOINTS), 3))
    middle = (joints[JOINTS.index("LeftUpLeg")] + joints[JOINTS.index("RightUpLeg")]) / 2
    for i, name in enumerate(JOINTS):
        parent = PARENTS[name]
        if parent is None:
            positions[:, i] = hips - rotations[:, i] @ (middle - joints[i])
            continue
        p = JOINTS.index(parent)
        positions[:, i] = positions[:, p] + rotations[:, p] @ (joints[i] - joints[p])
    return positions


# --- joints of other skeletons ------------------------------------------------------------------------------------


def match_joints(names: Sequence[str], parents: Sequence[int], rest: Array | None = None) -> dict[str, int]:
    """Canonical joints of a skeleton.

    Parameters
    ----------
    names : sequence of str
        Names of J bones.
    parents : sequence of int
        Indices of their parents, -1 for none.
    rest : (J, 3) float64, optional
        Joints of the standing skeleton, in any units and axes: where names do not give the joints of a humanoid, its
        structure may.

    Returns
    -------
    dict of str to int
        Canonical joint -> index into `names`.

    Notes
    -----
    Names decide for limbs and head, and the hierarchy for the hips: the last joint that carries both legs and the
    trunk. The trunk is shared out along the chain between hips and neck, whose names and number differ most.
    """
    found = joints_by_name(names, parents)
    if rest is None or all(joint in found for joint in (*REQUIRED, *LIMBS)):
        return found
    built = joints_by_structure(rest, parents, [reading.side if reading else "" for reading in read_names(names)])
    if any(joint not in found for joint in REQUIRED):
        return built or found
    # Names give the legs; structure gives the arms where it sees the same legs.
    return built | found if all(built.get(joint) == found[joint] for joint in REQUIRED[1:]) else found
