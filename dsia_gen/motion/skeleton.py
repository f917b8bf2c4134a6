"""The canonical humanoid: joints, proportions, forward kinematics, and the names other skeletons use for its joints."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dsia_gen.core.rotations import Array, unit
from dsia_gen.motion.skeleton_structure import ancestors, joints_by_structure, spine_joints
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


# --- names of other skeletons -------------------------------------------------------------------------------------

_CENTRE = {
    "Hips": "hips hip pelvis root torsojoint1",
    "Spine": "spine spine01 lowerback abdomen abdomenlower spinelower waist torsojoint2",
    "Spine1": "spine1 spine02 upperback abdomenupper spinemiddle",
    "Spine2": "spine2 spine03 chest thorax chestlower chest2 upperchest spineupper torsojoint3",
    "Neck": "neck neck01 neck1 lowerneck upperneck necklower neckupper neckjoint1",
    "Head": "head neckjoint2",
}
_SIDED = {
    "Shoulder": "shoulder clavicle collar clav collarbone shoulderbone",
    "Arm": "arm upperarm humerus shldr uparm shldrbend bicep armupper",
    "ForeArm": "forearm lowerarm elbow radius lowarm forearmbend armlower",
    "Hand": "hand wrist",
    "UpLeg": "upleg thigh upperleg femur hip thighbend legupper uplegroll",
    "Leg": "leg calf shin lowerleg knee tibia lowleg leglower",
    "Foot": "foot ankle",
    "ToeBase": "toebase toe ball toe0 toes",
}
_EXACT = {
    "Skeleton_arm_joint_L__4_": "LeftArm",
    "Skeleton_arm_joint_L__3_": "LeftForeArm",
    "Skeleton_arm_joint_L__2_": "LeftHand",
    "Skeleton_arm_joint_R": "RightArm",
    "Skeleton_arm_joint_R__2_": "RightForeArm",
    "Skeleton_arm_joint_R__3_": "RightHand",
    **{
        f"leg_joint_{side[0]}_{n}": side + part
        for side in ("Left", "Right")
        for n, part in ((1, "UpLeg"), (2, "Leg"), (3, "Foot"), (5, "ToeBase"))
    },
}
"""Names of the glTF sample CesiumMan, whose numbers run differently on each side."""
_CENTRE_ALIASES = {alias: joint for joint, aliases in _CENTRE.items() for alias in aliases.split()}
_SIDED_ALIASES = {alias: joint for joint, aliases in _SIDED.items() for alias in aliases.split()}
_PREFIX = re.compile(
    r"^(?:.*[:|]|mixamorig\d*[_ ]?|valvebiped[._ ]|bip(?:ed)?0*\d*[_ ]+|cc_base_|skeleton_|def[-_]|org[-_]|b_)",
    re.IGNORECASE,
)


def canonical_joint(name: str) -> str | None:
    """The canonical joint that a bone is by its name alone; see `match_joints` for whole skeletons.

    Parameters
    ----------
    name : str
        Name of a bone.

    Returns
    -------
    str or None
        A name of JOINTS, or None.
    """
    if name in _EXACT:
        return _EXACT[name]
    stem = name
    while (shorter := _PREFIX.sub("", stem)) not in ("", stem):
        stem = shorter
    # The side may be a whole word, a lone letter, or a leading letter.
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", stem)]
    lower = re.sub(r"[^a-z0-9]", "", stem.lower())
    for side, letter in (("Left", "l"), ("Right", "r")):
        bases = []
        if side.lower() in lower:
            bases.append(lower.replace(side.lower(), "", 1))
        if letter in words:
            rest = list(words)
            rest.remove(letter)
            bases.append("".join(rest))
        if lower.startswith(letter):
            bases.append(lower[1:])
        for base in bases:
            if base in _SIDED_ALIASES:
                return side + _SIDED_ALIASES[base]
    return _CENTRE_ALIASES.get(lower)


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
    Names decide for limbs, hips and head. `LeftShoulder` is the upper arm where a collar or clavicle exists beside it.
    The trunk is shared out along the chain between hips and neck, whose names and number differ most.
    """
    found: dict[str, int] = {}
    collar = any(re.search(r"collar|clav", n, re.IGNORECASE) for n in names)
    for i, name in enumerate(names):
        joint = canonical_joint(name)
        if joint and collar and re.search(r"shoulder$|shoulder[._ ][lr]$", name, re.IGNORECASE):
            joint = joint.replace("Shoulder", "Arm")
        if joint and joint not in found:
            found[joint] = i
    # Hips are the last joint above both legs and the trunk: files put `root` or `hip` above `pelvis`.
    if "LeftUpLeg" in found and "RightUpLeg" in found:
        right = ancestors(found["RightUpLeg"], parents)
        common = [i for i in ancestors(found["LeftUpLeg"], parents) if i in right]
        aliased = [i for i in common if canonical_joint(names[i]) == "Hips"]
        if common:
            found["Hips"] = (aliased or common)[0]
    _share_trunk(found, names, parents)
    if rest is not None and any(joint not in found for joint in REQUIRED):
        return joints_by_structure(rest, parents) or found
    return found


def _share_trunk(found: dict[str, int], names: Sequence[str], parents: Sequence[int]) -> None:
    """Spine and neck joints are spread over the chain between hips and head."""
    if "Hips" not in found or "Head" not in found:
        return
    chain = ancestors(found["Head"], parents)
    if found["Hips"] not in chain:
        return
    between = chain[: chain.index(found["Hips"])][::-1]
    neck = [i for i in between if "neck" in names[i].lower()]
    spine = [i for i in between if i not in neck]
    for joint in ("Spine", "Spine1", "Spine2", "Neck"):
        found.pop(joint, None)
    if neck:
        found["Neck"] = neck[len(neck) // 2]
    found |= spine_joints(spine)
