"""Retargeting: a humanoid motion as rotations of another skeleton's bones, its feet kept on the floor. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from dsia_gen.core.rotations import Array, Bools, about, rotation_matrix, shortest_rotation, unit
from dsia_gen.motion.foot_contact import REACH, Sole, above_floor, ankle_goals, bend, rise, sink, sole_at
from dsia_gen.motion.skeleton import CHILD, JOINTS, LIMBS, PARENTS
from dsia_gen.spec.motion import HumanoidMotion

SIDES = ("Left", "Right")
_ENDS = ("ForeArm", "Hand", "Leg", "ToeBase")
_LEG = ("UpLeg", "Leg", "Foot")
_FLOOR_WINDOW = 12
"""Frames to each side in which a foot is expected to touch the floor once; longer flights are brought down."""
FLIGHT = 0.025
"""Metres above the floor from which on a figure is taken to fly; at twice that it certainly does."""
LIFT_RATE = 0.006
"""Metres a frame by which the lift that standing needs may change."""


@dataclass(frozen=True)
class TargetSkeleton:
    """The bones of an armature in its own axes, which are those of HumanoidMotion: metres, Z up, facing -Y.

    `bones` in order of parents first; `parents` (B,) indices or -1; `rest` (B, 4, 4) rest matrices;
    `joints` maps canonical joints to bones.
    """

    bones: tuple[str, ...]
    parents: tuple[int, ...]
    rest: Array
    joints: dict[str, int]

    def head(self, joint: str) -> Array:
        """(3,) rest position of a canonical joint."""
        return np.asarray(self.rest[self.joints[joint], :3, 3])

    @property
    def leg_length(self) -> float:
        """Metres from the middle of the hip joints to the floor in rest."""
        return float((self.head("LeftUpLeg")[2] + self.head("RightUpLeg")[2]) / 2)

    def direction(self, joint: str) -> Array | None:
        """(3,) unit vector from a joint to the next one of its limb in rest, or None without one."""
        child = CHILD.get(joint)
        while child is not None and child not in self.joints:
            child = CHILD.get(child)
        if joint not in self.joints or child is None:
            return None
        offset = self.head(child) - self.head(joint)
        return unit(offset) if np.linalg.norm(offset) > 1e-6 else None

    def turns(self, deltas: Array) -> Array:
        """(T, B, 3, 3) world rotations from rest of all bones: those not driven (NaN) follow their parents."""
        world = deltas.copy()
        for b, parent in enumerate(self.parents):
            if np.isnan(deltas[0, b, 0, 0]):
                world[:, b] = world[:, parent] if parent >= 0 else np.eye(3)
        return world

    def hips_head(self, world: Array, hips: Array) -> Array:
        """(T, 3) where the hips' bone is when the middle of the hip joints is at `hips` (T, 3)."""
        middle = (self.head("LeftUpLeg") + self.head("RightUpLeg")) / 2
        return np.asarray(hips - world[:, self.joints["Hips"]] @ (middle - self.head("Hips")))

    def forward(self, deltas: Array, hips: Array) -> Array:
        """(T, B, 3) positions of all bones' heads; those that the hips do not carry are where they rest."""
        world, heads = self.turns(deltas), self.rest[:, :3, 3]
        positions = np.tile(heads, (len(deltas), 1, 1))
        for b, parent in enumerate(self.parents):
            if b == self.joints["Hips"]:
                positions[:, b] = self.hips_head(world, hips)
            elif parent >= 0:
                positions[:, b] = positions[:, parent] + world[:, parent] @ (heads[b] - heads[parent])
        return positions

    def skinned(self, deltas: Array, hips: Array, points: Array, weights: csr_array, axis: Array) -> Array:
        """(T, V) how far skinned points (V, 3) lie along an axis (3,); `weights` (V, B) say which bones carry them.

        Linear blend skinning: each bone turns a point about its head, and the weights, whose rows sum to 1, mix that.
        """
        world, heads = self.turns(deltas), self.rest[:, :3, 3]
        along = np.einsum("k,tbki->tbi", axis, world)
        carried = self.forward(deltas, hips) @ axis - np.einsum("tbi,bi->tb", along, heads)
        places = sum(weights.multiply(points[:, [k]]) @ along[:, :, k].T for k in range(3))
        return np.asarray((places + weights @ carried.T).T)

    def sole(self, side: str) -> Sole:
        """The points of a foot at rest; `side` is one of SIDES."""
        toe = self.head(side + "ToeBase") if side + "ToeBase" in self.joints else None
        return sole_at(self.head(side + "Foot"), toe, self.leg_length)


def world_deltas(target: TargetSkeleton, motion: HumanoidMotion) -> Array:
    """(T, B, 3, 3) world rotation of every bone from its rest, NaN for bones that the motion does not drive.

    A limb (upper and lower arm or leg) is first turned onto the source's rest direction by the smallest rotation, a
    hand together with its arm. A foot is turned about the vertical only: both soles are flat in rest. Trunk, collar
    bones and head keep their rest: in both skeletons they stand upright.
    """
    source = {joint: i for i, joint in enumerate(motion.joints)}
    turns = rotation_matrix(np.array(motion.rotations, dtype=np.float64))
    directions = np.array(motion.rest_directions, dtype=np.float64)
    deltas = np.full((len(turns), len(target.bones), 3, 3), np.nan)
    corrections: dict[str, Array] = {}
    for joint in JOINTS:
        # What a joint has no correction of its own for, it takes from the one above.
        correction = corrections.get(PARENTS[joint] or "", np.eye(3)) if joint.endswith(_ENDS) else np.eye(3)
        own = target.direction(joint)
        if joint in source and own is not None:
            wanted = directions[source[joint]]
            if joint in LIMBS:
                correction = shortest_rotation(own, wanted)
            elif joint.endswith("Foot") and min(np.hypot(*own[:2]), np.hypot(*wanted[:2])) > 1e-3:
                angle = math.atan2(wanted[1], wanted[0]) - math.atan2(own[1], own[0])
                correction = about("z", float(np.degrees((angle + np.pi) % (2 * np.pi) - np.pi)))
        corrections[joint] = correction
        if joint in source and joint in target.joints:
            deltas[:, target.joints[joint]] = turns[:, source[joint]] @ correction
    return deltas


def pose_channels(target: TargetSkeleton, deltas: Array, hips: Array) -> tuple[Array, Array]:
    """Rotations (T, B, 3, 3) of each bone relative to its rest and parent, and locations (T, 3) of the hips' bone.

    Bones that are not driven keep their rest pose relative to their parent. `hips` (T, 3) is the middle of the hip
    joints in the armature's axes.
    """
    world = target.turns(deltas)
    rest = target.rest[:, :3, :3]
    none = np.broadcast_to(np.eye(3), world[:, 0].shape)
    before = np.stack([world[:, p] if p >= 0 else none for p in target.parents], 1)
    # A delta D turns the rest matrix R into D R; the parent's own delta is taken off again.
    basis = rest.transpose(0, 2, 1) @ before.transpose(0, 1, 3, 2) @ world @ rest
    return basis, (target.hips_head(world, hips) - target.head("Hips")) @ target.rest[target.joints["Hips"], :3, :3]


def keep_foot_contact(target: TargetSkeleton, deltas: Array, hips: Array, contact: Bools) -> tuple[Array, Array]:
    """Deltas (T, B, 3, 3) and hips (T, 3) with which feet in contact with the floor stay on their spots.

    `contact` (T, 2) says when the left and the right foot stand. Feet keep their world rotation; thighs and shanks
    turn as little as it takes, and the hips sink where a leg would be too short.
    """
    if not contact.any():
        return deltas, hips
    deltas = deltas.copy()
    positions, world = target.forward(deltas, hips), target.turns(deltas)
    goals, needed = [], np.zeros(len(positions))
    for k, side in enumerate(SIDES):
        foot = target.joints[side + "Foot"]
        sole = target.sole(side).below(world[:, foot], world[:, target.joints.get(side + "ToeBase", foot)])
        goals.append(above_floor(sole, ankle_goals(sole, positions[:, foot], contact[:, k])))
        hip, knee, ankle = (target.head(side + part) for part in _LEG)
        length = float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
        needed = np.maximum(needed, sink(positions[:, target.joints[side + "UpLeg"]], goals[k], REACH * length))
    hips = hips - np.array([0.0, 0.0, 1.0]) * rise(needed)[:, None]
    positions = target.forward(deltas, hips)
    for side, goal in zip(SIDES, goals, strict=True):
        thigh, shank, foot = (target.joints[side + part] for part in _LEG)
        turns = bend(positions[:, thigh], positions[:, shank], positions[:, foot], -world[:, thigh, :, 1], goal)
        deltas[:, thigh], deltas[:, shank] = turns[0] @ world[:, thigh], turns[1] @ world[:, shank]
        deltas[:, foot] = world[:, foot]
    return deltas, hips


def floor_offset(low: Array) -> Array:
    """(T,) smooth lift that puts the lowest points (T,), metres, on the floor wherever the figure stands.

    The lift around a time is the highest one needed nearby, less LIFT_RATE for every frame between. Moments within
    FLIGHT of it stand too and are followed; higher ones are jumps and stay jumps. The result is smoothed over about a
    tenth of a second, so that nothing jitters, at the price of some millimetres.
    """
    needed = -np.asarray(low, dtype=np.float64)
    away = np.abs(np.arange(-_FLOOR_WINDOW, _FLOOR_WINDOW + 1))
    around = np.lib.stride_tricks.sliding_window_view(np.pad(needed, _FLOOR_WINDOW, mode="edge"), len(away))
    standing = np.max(around - LIFT_RATE * away, axis=1)
    flight = np.clip((standing - needed) / FLIGHT - 1.0, 0.0, 1.0)
    followed = needed + (standing - needed) * flight * flight * (3 - 2 * flight)
    soft = np.exp(-0.5 * (np.arange(-5, 6) / 1.6) ** 2)
    return np.convolve(np.pad(followed, 5, mode="edge"), soft / soft.sum(), mode="valid")
