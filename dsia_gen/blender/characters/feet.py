"""Standing feet of a target: legs bent so that each stays on its spot of the floor."""

from __future__ import annotations

import numpy as np

from dsia_gen.blender.characters.target import Target
from dsia_gen.core.rotations import Array, Bools
from dsia_gen.motion.foot_contact import REACH, Sole, above_floor, ankle_goals, bend, rise, sink, sole_at

SIDES = ("Left", "Right")
_LEG = ("UpLeg", "Leg", "Foot")


def plant_feet(target: Target, deltas: Array, hips: Array, stands: Bools) -> tuple[Array, Array]:
    """Deltas (T, B, 3, 3) and hips (T, 3) in which feet stay where they stand.

    `stands` (T, 2) says when the left and the right foot stand. Feet keep their world rotation; thighs and shanks turn
    as little as it takes, and the hips sink where a leg would be too short.
    """
    if not stands.any():
        return deltas, hips
    deltas = deltas.copy()
    positions = target.forward(deltas, hips)
    goals = [_goal(target, side, deltas, positions, stands[:, k]) for k, side in enumerate(SIDES)]
    hips = hips - np.array([0.0, 0.0, 1.0]) * _sink(target, positions, goals)[:, None]
    positions = target.forward(deltas, hips)
    for side, goal in zip(SIDES, goals, strict=True):
        thigh, shank, foot = (target.joints[side + part] for part in _LEG)
        forward = -deltas[:, thigh, :, 1]
        turns = bend(positions[:, thigh], positions[:, shank], positions[:, foot], forward, goal)
        deltas[:, thigh], deltas[:, shank] = turns[0] @ deltas[:, thigh], turns[1] @ deltas[:, shank]
    return deltas, hips


def _goal(target: Target, side: str, deltas: Array, positions: Array, stands: Bools) -> Array:
    foot = target.joints[side + "Foot"]
    turn, ankle = deltas[:, foot], positions[:, foot]
    toes = deltas[:, target.joints[side + "ToeBase"]] if side + "ToeBase" in target.joints else turn
    sole = sole_of(target, side).below(turn, toes)
    return above_floor(sole, ankle_goals(sole, ankle, stands))


def sole_of(target: Target, side: str) -> Sole:
    """A foot's points at rest."""
    toe = target.head(side + "ToeBase") if side + "ToeBase" in target.joints else None
    return sole_at(target.head(side + "Foot"), toe, target.leg_length)


def _sink(target: Target, positions: Array, goals: list[Array]) -> Array:
    """(T,) metres by which the hips must sink for both legs to reach, smooth."""
    needed = np.zeros(len(positions))
    for side, goal in zip(SIDES, goals, strict=True):
        hip, knee, ankle = (target.head(side + part) for part in _LEG)
        length = float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
        needed = np.maximum(needed, sink(positions[:, target.joints[side + "UpLeg"]], goal, REACH * length))
    return rise(needed)
