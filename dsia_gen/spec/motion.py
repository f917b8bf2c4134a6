"""Where an instance is at each time: fully resolved, nothing left to draw or to simulate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from dsia_gen.spec.record import Quat, Real, Record, Vec3


class Still(Record):
    """A placement that never changes."""

    type: Literal["still"] = "still"
    position: Vec3
    rotation: Quat = (1.0, 0.0, 0.0, 0.0)


class RigidPath(Record):
    """A rigid motion: T positions (metres, world) and T rotations (object to world), one for each time."""

    type: Literal["rigid_path"] = "rigid_path"
    positions: tuple[Vec3, ...]
    rotations: tuple[Quat, ...]

    @model_validator(mode="after")
    def _same_length(self) -> RigidPath:
        if len(self.positions) != len(self.rotations):
            raise ValueError(f"{len(self.positions)} positions but {len(self.rotations)} rotations")
        return self

    def rests(self, t1: int, t2: int) -> bool:
        """Whether place and rotation are the same at two times."""
        return self.positions[t1] == self.positions[t2] and self.rotations[t1] == self.rotations[t2]


class HumanoidMotion(Record):
    """Motion of a humanoid skeleton, free of any particular skeleton.

    Frame: Z up, the character faces -Y in rest, origin on the floor below the hips at rest.
    `rotations[t][j]` turns joint j from its source rest pose to its pose at time t, in the world axes of that
    frame (not relative to the parent). `rest_directions[j]` is the unit vector from joint j to its child in the
    source rest pose: a target whose rest limb points elsewhere is first turned onto it (A pose against T pose).
    Feet are turned about the vertical only, for the rest pose of the source has flat soles; trunk, collar bones and
    head stand upright in both skeletons and keep their rest.
    `hips[t]` is the position of the middle of the two hip joints (where the thighs begin) in units of leg length
    (hip joints to floor in the rest pose). `stands[t]` says whether the left and the right foot stand then; a standing
    foot stays on its spot of the floor. Empty: not known, feet go where the rotations take them.
    The whole is then turned by `yaw` (radians about Z) and moved to `position`, a point on the floor.
    """

    type: Literal["humanoid"] = "humanoid"
    joints: tuple[str, ...]
    rest_directions: tuple[Vec3, ...]
    rotations: tuple[tuple[Quat, ...], ...]
    hips: tuple[Vec3, ...]
    stands: tuple[tuple[bool, bool], ...] = ()
    position: Vec3
    yaw: Real = 0.0
    clip: str = ""

    @model_validator(mode="after")
    def _same_length(self) -> HumanoidMotion:
        joints = len(self.joints)
        if len(self.rest_directions) != joints or any(len(row) != joints for row in self.rotations):
            raise ValueError(f"every row of rotations and rest_directions must hold {joints} joints")
        if len(self.hips) != len(self.rotations):
            raise ValueError(f"{len(self.hips)} hip positions but {len(self.rotations)} rows of rotations")
        if self.stands and len(self.stands) != len(self.hips):
            raise ValueError(f"{len(self.stands)} rows of stands but {len(self.hips)} hip positions")
        return self


Motion = Annotated[Still | RigidPath | HumanoidMotion, Field(discriminator="type")]


def motion_length(motion: Still | RigidPath | HumanoidMotion) -> int | None:
    """Number of times a motion is given for; None for one that never changes."""
    if isinstance(motion, RigidPath):
        return len(motion.positions)
    if isinstance(motion, HumanoidMotion):
        return len(motion.hips)
    return None


class Track(Record):
    """A number over time: one value for all times, or one for each."""

    values: Annotated[tuple[Real, ...], Field(min_length=1)]

    def at(self, time: int) -> float:
        return self.values[0] if len(self.values) == 1 else self.values[time]


class ColourTrack(Record):
    """A scene-linear colour over time: one value for all times, or one for each."""

    values: Annotated[tuple[Vec3, ...], Field(min_length=1)]

    def at(self, time: int) -> Vec3:
        return self.values[0] if len(self.values) == 1 else self.values[time]
