"""How a figure lies in the axes of its file: the turn that sets it upright, where it looks, whether it is mirrored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import Array, about, shortest_rotation, unit
from dsia_gen.spec.import_request import Facing

LEANING = 45.0
"""Degrees from the vertical up to which a figure stands, however it leans."""
NEAR_AXIS = 25.0
"""Degrees within which what points up is taken for an axis of the file."""
ASKEW = 5.0
"""Degrees by which a front may be off an axis: no rest pose is even to the last degree."""
AHEAD = 0.1
"""Shank lengths by which feet reach forwards at least, where they tell the front."""
_Z = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class FigureAxes:
    """`turn` (3, 3) sets a figure upright, Z up, its front along an axis; then it looks to `facing`.

    `mirrored`: what the names call left is its right side.
    """

    turn: Array
    facing: Facing
    mirrored: bool = False


def figure_axes(joints: Mapping[str, Array], points: Array, negative: bool = False) -> FigureAxes:
    """The axes of a figure in its rest pose.

    joints: canonical joint -> position (3,), hips, knees and feet at least; points: (N, 3) vertices of its meshes;
    negative: whether its file mirrors it, which counts where the feet do not tell front from back.
    """
    turn = upright_turn(joints)
    at = {joint: turn @ place for joint, place in joints.items()}
    across = at["LeftUpLeg"] - at["RightUpLeg"]
    if "LeftArm" in at and "RightArm" in at:
        across = across + at["LeftArm"] - at["RightArm"]
    front = np.cross(across, _Z)
    front = unit(front * [1.0, 1.0, 0.0])
    ahead = _reach_ahead(at, points @ turn.T, front)
    mirrored = ahead < 0 if ahead else negative
    front = -front if mirrored else front
    # Yaw from -Y, counter-clockwise from above, in quarters of a turn and a rest.
    yaw = math.degrees(math.atan2(front[0], -front[1]))
    quarter = round(yaw / 90.0)
    askew = yaw - 90.0 * quarter
    if abs(askew) > ASKEW:
        turn = about("z", -askew) @ turn
    facings: tuple[Facing, ...] = ("-Y", "+X", "+Y", "-X")
    return FigureAxes(turn, facings[quarter % 4], mirrored)


def upright_turn(joints: Mapping[str, Array]) -> Array:
    """(3, 3) smallest turn that sets a figure upright; none for one that stands or leans."""
    feet = (joints["LeftFoot"] + joints["RightFoot"]) / 2
    hips = (joints["LeftUpLeg"] + joints["RightUpLeg"]) / 2
    top = next((joints[j] for j in ("Head", "Neck", "Spine2", "LeftArm") if j in joints), hips)
    up = unit(unit(top - hips) + unit(hips - feet))
    if up[2] > np.cos(np.radians(LEANING)) or not np.any(up):
        return np.eye(3)
    axis = np.zeros(3)
    k = int(np.argmax(np.abs(up)))
    axis[k] = np.sign(up[k])
    return shortest_rotation(axis if axis @ up > np.cos(np.radians(NEAR_AXIS)) else up, _Z)


def _reach_ahead(at: Mapping[str, Array], points: Array, front: Array) -> float:
    """How far the feet reach forwards, negative for backwards, from toes, or else from the soles; 0 where neither."""
    feet = {side: at[side + "Foot"] for side in ("Left", "Right")}
    shank = float(np.mean([np.linalg.norm(at[side + "Leg"] - foot) for side, foot in feet.items()]))
    toes = [(at[side + "ToeBase"] - foot) @ front for side, foot in feet.items() if side + "ToeBase" in at]
    if toes and abs(np.mean(toes)) > AHEAD * shank:
        return float(np.mean(toes))
    reach = []
    for foot in feet.values():
        flat = np.linalg.norm((points - foot)[:, :2], axis=1)
        sole = points[(points[:, 2] < foot[2]) & (flat < 0.9 * shank)]
        if len(sole) > 3:
            along = (sole - foot) @ front
            reach.append(float(along.max() + along.min()) / 2)
    return float(np.mean(reach)) if reach and abs(np.mean(reach)) > AHEAD * shank else 0.0


def unmirrored(joints: Mapping[str, str]) -> dict[str, str]:
    """Canonical joint -> bone with left and right exchanged."""
    other = {"Left": "Right", "Right": "Left"}
    sides = {joint: next((side for side in other if joint.startswith(side)), "") for joint in joints}
    return {
        (other[sides[joint]] + joint.removeprefix(sides[joint]) if sides[joint] else joint): bone
        for joint, bone in joints.items()
    }
