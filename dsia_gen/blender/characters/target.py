"""The skeleton that a motion goes onto: an armature's bones, those that are joints of a humanoid, and their poses."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from dsia_gen.core.errors import AssetError
from dsia_gen.core.rotations import Array, unit
from dsia_gen.motion.skeleton import CHILD, REQUIRED, match_joints


@dataclass(frozen=True)
class Target:
    """An armature's bones in its own axes, which are those of HumanoidMotion: metres, Z up, facing -Y.

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
        """(3,) unit vector from a joint to its child in rest, or None without a child."""
        child = CHILD.get(joint)
        if joint not in self.joints or child not in self.joints:
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


def read_target(root: bpy.types.Object) -> Target:
    """The skeleton of an armature object. Raises AssetError when it lacks joints of a humanoid."""
    order = _parents_first(list(root.data.bones))
    names = [b.name for b in order]
    parents = [names.index(b.parent.name) if b.parent else -1 for b in order]
    rest = np.array([b.matrix_local for b in order], dtype=np.float64)
    joints = match_joints(names, parents, rest[:, :3, 3])
    missing = [j for j in REQUIRED if j not in joints]
    if missing:
        raise AssetError(
            f"{root.name}: no bone for {', '.join(missing)} among {', '.join(names[:12])}...; use a humanoid's skeleton"
        )
    return Target(tuple(names), tuple(parents), rest, joints)


def _parents_first(bones: list[bpy.types.Bone]) -> list[bpy.types.Bone]:
    return sorted(bones, key=lambda bone: len(bone.parent_recursive))
