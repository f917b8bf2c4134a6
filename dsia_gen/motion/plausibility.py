"""Whether a moving figure can be a person: what its joints do is compared with what a body can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from dsia_gen.core.rotations import Array, Bools, unit
from dsia_gen.motion.humanoid import canonical_clip, find_joints, to_motion
from dsia_gen.motion.retarget import TargetSkeleton, keep_foot_contact, world_deltas
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import CHILD, JOINTS, PARENTS, rest_joints
from dsia_gen.spec.asset import BodyShape

Check = Literal["finite", "lengths", "upright", "backwards", "floor", "size"]
LENGTHS = 0.1
"""Share by which the length of a bone may change during a motion."""
MOSTLY = 0.5
"""Share of frames in which something must be wrong to be a fault: people do stand on their hands for a moment."""
BENT = 25.0
"""Degrees by which a knee may be bent the wrong way: what capture and stiff figures show."""
NEAR_FLOOR = 0.35
"""Leg lengths: the feet of a figure come that near to the floor at some time, and sink no deeper."""


GRAVE: frozenset[Check] = frozenset({"finite", "lengths", "upright"})
"""Checks whose faults make a clip unusable; others are told."""


@dataclass(frozen=True)
class Implausible:
    """A fault of a figure: which check found it, and a clause that says what is wrong."""

    check: Check
    what: str


def implausible(
    joints: Mapping[str, Array], *, floor: float = 0.0, sizes: tuple[float, float] | None = None
) -> list[Implausible]:
    """What a person cannot do, in a figure that moves.

    Parameters
    ----------
    joints : mapping of str to (T, 3) float64
        Canonical joint -> its positions, Z up, in any unit; hips, knees and ankles at least.
    floor : float
        Height of the floor.
    sizes : (float, float), optional
        Least and greatest distance from ankles over hips to the head, in the unit of the positions; not checked by
        default, since files have any unit.

    Returns
    -------
    list of Implausible
        Faults, the gravest first. One that makes others meaningless is returned alone.
    """
    broken = sorted(name for name, places in joints.items() if not np.isfinite(places).all())
    if broken:
        return [Implausible("finite", f"{_names(broken)} {'is' if len(broken) == 1 else 'are'} not at finite places")]
    figure = _Figure(joints)
    if figure.leg < 1e-9:
        return [Implausible("lengths", "the legs have no length")]
    faults = [*figure.stretched(), *figure.overturned(), *figure.backwards(), *figure.off_the_floor(floor)]
    if sizes is not None and not sizes[0] <= figure.height <= sizes[1]:
        faults.append(
            Implausible("size", f"{figure.height:.2f} from ankles to head is not {sizes[0]:g} to {sizes[1]:g}")
        )
    return faults


def implausible_clip(motion: SkeletalMotion, name: str = "") -> list[Implausible]:
    """What a person cannot do, in a clip: in the skeleton of its file, and on a person of common proportions.

    Parameters
    ----------
    motion : SkeletalMotion
        Skeleton and motion of a file.
    name : str
        What messages call the motion.

    Returns
    -------
    list of Implausible
        Faults, the gravest first.

    Raises
    ------
    AssetError
        The motion is not that of a humanoid.
    """
    found = find_joints(motion, name)
    positions = motion.world_poses()[0]
    own = {joint: positions[:, index] for joint, index in found.items()}
    # Up, and with it the floor, are found from the skeleton: what the file itself can show is broken bones.
    faults = [fault for fault in implausible(own) if fault.check in ("finite", "lengths")]
    if faults:
        return faults
    rest = np.tile(np.eye(4), (len(JOINTS), 1, 1))
    rest[:, :3, 3] = rest_joints(BodyShape())
    parents = tuple(JOINTS.index(parent) if parent else -1 for parent in PARENTS.values())
    person = TargetSkeleton(JOINTS, parents, rest, {joint: j for j, joint in enumerate(JOINTS)})
    played = to_motion(canonical_clip(motion, 1.0 / motion.frame_time, name=name), (0.0, 0.0, 0.0))
    deltas, hips = world_deltas(person, played), np.array(played.hips) * person.leg_length
    deltas, hips = keep_foot_contact(person, deltas, hips, np.array(played.stands))
    places = person.forward(deltas, hips)
    return implausible({joint: places[:, j] for j, joint in enumerate(JOINTS)})


class _Figure:
    """Joints of a figure and the measures that its checks share; lengths in the unit of the joints."""

    def __init__(self, joints: Mapping[str, Array]) -> None:
        self.at = joints
        self.feet = (joints["LeftFoot"] + joints["RightFoot"]) / 2
        self.hips = (joints["LeftUpLeg"] + joints["RightUpLeg"]) / 2
        self.top = next((joints[j] for j in ("Head", "Neck", "Spine2", "Spine1", "Spine") if j in joints), None)
        legs = [[joints[side + part] for part in ("UpLeg", "Leg", "Foot")] for side in ("Left", "Right")]
        self.leg = float(np.mean([_length(a, b).mean() for leg in legs for a, b in pairwise(leg)]) * 2)
        trunk = self.top if self.top is not None else self.hips + (self.hips - self.feet)
        across = joints["LeftUpLeg"] - joints["RightUpLeg"]
        self.forward = unit(np.cross(across, trunk - self.hips))

    @property
    def height(self) -> float:
        """From the ankles over hips to the highest joint of the trunk, along the bones."""
        top = 0.0 if self.top is None else float(np.median(_length(self.hips, self.top)))
        return self.leg + top

    def stretched(self) -> Iterator[Implausible]:
        """Bones whose length changes."""
        for joint, child in CHILD.items():
            if joint not in self.at or child not in self.at:
                continue
            length = _length(self.at[joint], self.at[child])
            low, high = float(length.min()), float(length.max())
            if high - low > LENGTHS * max(float(np.median(length)), 0.1 * self.leg):
                yield Implausible(
                    "lengths", f"the bone from {joint} to {child} changes its length {high / max(low, 1e-9):.1f} times"
                )

    def overturned(self) -> Iterator[Implausible]:
        """Head below hips, or hips below feet, most of the time."""
        low = self.hips[:, 2] < self.feet[:, 2] - 0.2 * self.leg
        if low.mean() > MOSTLY:
            yield Implausible("upright", f"the feet are above the hips in {_share(low)}")
        standing = self.hips[:, 2] - self.feet[:, 2] > 0.7 * self.leg
        if self.top is not None and standing.mean() > MOSTLY:
            bowed = self.top[standing, 2] < self.hips[standing, 2]
            if bowed.mean() > MOSTLY:
                yield Implausible("upright", f"the head is below the hips in {_share(bowed)} in which it stands")

    def backwards(self) -> Iterator[Implausible]:
        """Knees that bend forwards like elbows, feet that point to the back, a trunk turned against the hips."""
        for side in ("Left", "Right"):
            hip, knee, ankle = (self.at[side + part] for part in ("UpLeg", "Leg", "Foot"))
            thigh, shank = unit(knee - hip), unit(ankle - knee)
            bend = np.degrees(np.arccos(np.clip(np.sum(thigh * shank, axis=1), -1, 1)))
            # The thigh itself may point anywhere; a bent knee is on the forward side of the line from hip to ankle.
            ahead = np.sum((knee - (hip + ankle) / 2) * self.forward, axis=1)
            side_on = np.abs(np.sum(unit(np.cross(thigh, shank)) * self.forward, axis=1)) < 0.7
            wrong = (bend > BENT) & (ahead < 0) & side_on
            bent = (bend > BENT) & side_on
            if wrong.sum() > MOSTLY * max(int(bent.sum()), 1) and wrong.mean() > 0.05:
                yield Implausible("backwards", f"the {side.lower()} knee bends backwards in {_share(wrong)}")
            if side + "ToeBase" in self.at:
                toes = np.sum(unit(self.at[side + "ToeBase"] - ankle) * self.forward, axis=1) < -0.5
                if toes.mean() > MOSTLY:
                    yield Implausible("backwards", f"the {side.lower()} foot points backwards in {_share(toes)}")
        if "LeftArm" in self.at and "RightArm" in self.at:
            shoulders = unit(self.at["LeftArm"] - self.at["RightArm"])
            crossed = np.sum(shoulders * unit(self.at["LeftUpLeg"] - self.at["RightUpLeg"]), axis=1) < -0.2
            if crossed.mean() > MOSTLY:
                yield Implausible("backwards", f"the shoulders are turned against the hips in {_share(crossed)}")

    def off_the_floor(self, floor: float) -> Iterator[Implausible]:
        """A figure that never comes down to the floor, or sinks into it."""
        lowest = np.min([places[:, 2] for places in self.at.values()], axis=0) - floor
        if lowest.min() > NEAR_FLOOR * self.leg:
            yield Implausible("floor", f"it never comes nearer to the floor than {lowest.min() / self.leg:.1f} legs")
        deep = lowest < -NEAR_FLOOR * self.leg
        if deep.mean() > MOSTLY / 10:
            yield Implausible("floor", f"it sinks {-lowest.min() / self.leg:.1f} legs into the floor in {_share(deep)}")


def _length(a: Array, b: Array) -> Array:
    return np.asarray(np.linalg.norm(b - a, axis=1))


def _names(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _share(frames: Bools) -> str:
    return f"{int(frames.sum())} of {len(frames)} frames"
