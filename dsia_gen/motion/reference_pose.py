"""The standing pose of a moving skeleton, found from its motion alone: how each joint is turned when the figure stands.

The local axes of a joint, and with them the zero pose of a file, are a matter of convention: many files hang every limb
along one axis. Nothing here reads them. Each joint is known by directions that are fixed in it (where its limb goes,
about which axis it bends, where the body's vertical passes) and by where those point when a person stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dsia_gen.core.rotations import Array, about, arctan2, quaternion, rotation_matrix, slerp, unit
from dsia_gen.motion.skeleton import CHILD, JOINTS, PARENTS, limb_directions

X, Y, Z = np.eye(3)
SIDES = {"Left": 1.0, "Right": -1.0}
PRIOR = 0.1
"""Weight of a limb's expected axis beside the axes about which it bends: a limb that never bends takes the first."""
STEADY_NECK = 40.0
"""Degrees between neck and head up to which the end of a head's bone is taken for the top of the head."""
SLOUCH = 7.0
"""Degrees by which people who move bend their upper back more than bind poses do: the median over motion capture of the
CMU database, whose bind poses are known (5 to 8 in eight clips)."""
MOST = 4000
"""Frames that are looked at, at most; of longer clips every n-th."""
LEAST = 0.02
"""Weight of a frame in which the figure does not stand, beside 1 of one in which it does."""


@dataclass(frozen=True)
class ReferencePose:
    """The standing pose of a skeleton: Z up, facing -Y, left at +X.

    `rotations` (J, 3, 3) are the world rotations of its joints then, `directions` (J, 3) those of its limbs.
    """

    rotations: Array
    directions: Array


class PosedJoints:
    """Canonical joints of a moving skeleton in a world with Z up: positions (T, J, 3) and rotations (T, J, 3, 3).

    `tips` has, in the axes of joints without a child, where their limb ends.
    """

    def __init__(self, joints: tuple[str, ...], positions: Array, rotations: Array, tips: dict[str, Array]) -> None:
        self.joints, self.tips = joints, tips
        self._positions = dict(zip(joints, np.moveaxis(positions, 1, 0), strict=True))
        self._rotations = dict(zip(joints, np.moveaxis(rotations, 1, 0), strict=True))

    def thinned(self, frames: int) -> PosedJoints:
        """Every frame, or every n-th so that there are at most `frames`."""
        step = -(-len(self) // frames)
        positions, rotations = (
            np.stack([part[j][::step] for j in self.joints], axis=1) for part in (self._positions, self._rotations)
        )
        return PosedJoints(self.joints, positions, rotations, self.tips)

    def __contains__(self, joint: str) -> bool:
        return joint in self._positions

    def __len__(self) -> int:
        return len(next(iter(self._positions.values())))

    def at(self, joint: str) -> Array:
        """(T, 3) positions of a joint."""
        return self._positions[joint]

    def turn(self, joint: str) -> Array:
        """(T, 3, 3) world rotations of a joint."""
        return self._rotations[joint]

    def local(self, joint: str, vectors: Array) -> Array:
        """(T, 3) world vectors in the axes of a joint."""
        return np.einsum("tij,ti->tj", self.turn(joint), vectors)

    def limb(self, joint: str) -> Array | None:
        """(T, 3) unit vectors along a joint's limb, to the next joint of its chain, or to its tip; None without."""
        child: str | None = CHILD.get(joint)
        while child is not None and child not in self:
            child = CHILD.get(child)
        if child is not None:
            along = self.at(child) - self.at(joint)
        elif joint in self.tips:
            along = self.turn(joint) @ self.tips[joint]
        else:
            return None
        return unit(along) if np.linalg.norm(along, axis=1).mean() > 1e-9 else None

    def parent(self, joint: str) -> str:
        """The nearest joint above, of those that there are."""
        parent = PARENTS[joint]
        while parent is not None and parent not in self:
            parent = PARENTS[parent]
        return parent or "Hips"

    def middle(self, part: str) -> Array:
        """(T, 3) between a left joint and its right one."""
        return np.asarray((self.at("Left" + part) + self.at("Right" + part)) / 2)

    def across(self, part: str) -> Array | None:
        """(T, 3) from a right joint to its left one, None where they are missing or in one place."""
        if "Left" + part not in self or "Right" + part not in self:
            return None
        across = self.at("Left" + part) - self.at("Right" + part)
        return across if np.linalg.norm(across.mean(axis=0)) > 1e-9 or np.ptp(across) > 1e-9 else None

    def trunk(self) -> Array:
        """(T, 3) unit vectors from the middle of the hip joints to the neck, or to what there is of the trunk."""
        hips = self.middle("UpLeg")
        if "Neck" not in self and self.across("Arm") is not None:
            return unit(self.middle("Arm") - hips)
        top = next((j for j in ("Neck", "Head", "Spine2", "Spine1", "Spine") if j in self), None)
        along = self.at(top) - hips if top else hips - self.middle("Foot")
        return unit(along)

    def upright(self) -> Array:
        """(T,) 1 where the figure stands with straight legs, falling to LEAST for all other poses."""
        legs = unit(self.middle("UpLeg") - self.middle("Foot"))
        stands = np.clip(self.trunk()[:, 2], 0, 1) ** 8 * np.clip(legs[:, 2], 0, 1) ** 8
        return np.asarray(LEAST + stands)


def pose_of_frame(posed: PosedJoints, frame: int) -> ReferencePose:
    """The pose of one frame as the reference: it is turned about the vertical so that the figure faces -Y."""
    across = sum(a[frame] for p in ("UpLeg", "Arm") if (a := posed.across(p)) is not None)
    level = np.asarray(across)[:2]
    turn = about("z", -np.degrees(float(arctan2(level[1:], level[:1])[0])))
    positions = np.stack([posed.at(j)[frame] for j in posed.joints]) @ turn.T
    rotations = np.stack([turn @ posed.turn(j)[frame] for j in posed.joints])
    return ReferencePose(rotations, limb_directions(positions, posed.joints))


def is_bind_pose(posed: PosedJoints, frame: int) -> bool:
    """Whether a frame shows a T or A pose: upright, legs straight down, arms straight and to the sides."""
    straight = np.cos(np.radians(20))
    down = [posed.limb(side + part) for side in SIDES for part in ("UpLeg", "Leg")]
    if posed.trunk()[frame, 2] < straight or any(limb is None or -limb[frame, 2] < straight for limb in down):
        return False
    across = posed.across("UpLeg")
    left = X if across is None else unit(across[frame])
    for side, sign in SIDES.items():
        upper, lower = (posed.limb(side + part) if side + part in posed else None for part in ("Arm", "ForeArm"))
        if upper is None:
            return False
        aside, raised = upper[frame] @ left * sign, np.degrees(np.arcsin(np.clip(upper[frame, 2], -1, 1)))
        if not -60 < raised < 20 or np.hypot(aside, upper[frame, 2]) < straight or aside < 0:
            return False
        if lower is not None and upper[frame] @ lower[frame] < straight:
            return False
    return True


def find_reference_pose(posed: PosedJoints) -> ReferencePose:
    """The standing pose of a skeleton that may never stand still, from all frames of its motion.

    Pelvis and chest are known by the lines across hips and shoulders and by the line of the trunk, limbs by their
    direction and the axis about which they bend. What lies between follows both, and what directions do not determine
    (head, hands, collar bones, toes) is straight on average, most of all while the figure is upright.
    """
    fitted = _Fit(posed.thinned(MOST))
    fitted.trunk()
    for side, sign in SIDES.items():
        fitted.limb(side, ("Arm", "ForeArm"), sign * X, -sign * Z, fitted.chest)
        fitted.follow(side + "Hand", side + "ForeArm")
        fitted.limb(side, ("UpLeg", "Leg"), -Z, X, "Hips")
        fitted.foot(side)
    order = [JOINTS.index(j) for j in posed.joints]
    assert order == sorted(order), "canonical joints come in their order"
    return ReferencePose(
        np.stack([fitted.rotations[j] for j in posed.joints]), np.stack([fitted.direction(j) for j in posed.joints])
    )


class _Fit:
    """Reference rotations joint by joint; a joint is fitted after those that its expectation reads."""

    def __init__(self, posed: PosedJoints) -> None:
        self.posed, self.weight = posed, posed.upright()
        self.rotations: dict[str, Array] = {}
        self.directions: dict[str, Array] = {}
        self.chest = next((j for j in ("Spine2", "Spine1", "Spine") if j in posed), "Hips")

    def delta(self, joint: str) -> Array:
        """(T, 3, 3) world rotations of a fitted joint from its reference; a joint that is missing follows its
        parent."""
        while joint not in self.rotations:
            parent = PARENTS[joint]
            if parent is None:
                return np.broadcast_to(np.eye(3), (len(self.posed), 3, 3))
            joint = parent
        return np.asarray(self.posed.turn(joint) @ self.rotations[joint].T)

    def direction(self, joint: str) -> Array:
        """(3,) where the limb points in the reference pose."""
        if joint in self.directions:
            return self.directions[joint]
        limb = self.posed.limb(joint)
        if limb is None:
            parent = PARENTS[joint]
            return self.direction(parent) if parent is not None and parent in self.posed else Z
        return unit(self.rotations[joint] @ (self.posed.local(joint, limb) * self.weight[:, None]).sum(axis=0))

    def axes(self, joint: str, first: tuple[Array, Array], second: tuple[Array, Array]) -> None:
        """Fit a joint by two pairs of a vector in its axes and a unit vector of the reference; the first is exact."""
        (own, wanted), (own_second, wanted_second) = first, second
        self.rotations[joint] = _basis(wanted, wanted_second).T @ _basis(own, own_second)

    def expect(self, joint: str, deltas: Array, weight: Array) -> None:
        """Fit a joint so that its rotation from the reference is `deltas` (T, 3, 3) on average."""
        mean = np.einsum("t,tji,tjk->ik", weight, deltas, self.posed.turn(joint))
        u, _, v = np.linalg.svd(mean)
        self.rotations[joint] = np.asarray(u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ v))]) @ v)

    def follow(self, joint: str, parent: str) -> None:
        """Fit a joint that is straight with another one on average."""
        if joint in self.posed:
            self.expect(joint, self.delta(parent), self.weight)

    def trunk(self) -> None:
        """Pelvis, chest, what is between them, collar bones, head and neck."""
        posed, weight = self.posed, self.weight[:, None]
        trunk = posed.trunk()
        hips, arms = posed.across("UpLeg"), posed.across("Arm")
        assert hips is not None, "hip joints are apart"
        for joint, across in {"Hips": hips, self.chest: hips if arms is None or self.chest == "Hips" else arms}.items():
            left = (posed.local(joint, across) * weight).sum(axis=0)
            self.axes(joint, (left, X), ((posed.local(joint, trunk) * weight).sum(axis=0), Z))
        if self.chest != "Hips":
            self.rotations[self.chest] = about("x", -SLOUCH) @ self.rotations[self.chest]
        pelvis, chest = self.delta("Hips"), self.delta(self.chest)
        between = [j for j in ("Spine", "Spine1", "Spine2") if j in posed and j != self.chest]
        for k, joint in enumerate(between):
            self.expect(joint, _between(pelvis, chest, (k + 1) / (len(between) + 1)), self.weight)
        for side in SIDES:
            self.follow(side + "Shoulder", self.chest)
        self.head(chest)
        if "Neck" in posed:
            above = self.delta("Head") if "Head" in posed else chest
            self.expect("Neck", _between(chest, above, 0.5), self.weight)

    def head(self, chest: Array) -> None:
        """The head looks where the chest (T, 3, 3 from its reference) faces, level unless the figure lies.

        Where the skeleton says where the top of the head is, that is up: someone may look down all the time.
        """
        posed = self.posed
        if "Head" not in posed:
            return
        facing = arctan2(chest[:, 1, 0] - chest[:, 0, 1], chest[:, 0, 0] + chest[:, 1, 1])
        level = _between(chest, about("z", np.degrees(facing)), np.clip(2 * chest[:, 2, 2], 0, 1))
        self.expect("Head", level, self.weight)
        top, neck = posed.limb("Head"), posed.limb("Neck") if "Neck" in posed else None
        if top is None or neck is None:
            return
        own, below = ((posed.local("Head", v) * self.weight[:, None]).sum(axis=0) for v in (top, neck))
        if unit(own) @ unit(below) > np.cos(np.radians(STEADY_NECK)):
            self.axes("Head", (own, Z), (self.rotations["Head"].T @ -Y, -Y))

    def limb(self, side: str, parts: tuple[str, str], along: Array, hinge: Array, root: str) -> None:
        """Upper and lower arm or leg: in the reference they point `along` and bend about `hinge`."""
        posed, before = self.posed, self.delta(root)
        upper, lower = (side + part for part in parts)
        ways = {j: posed.limb(j) if j in posed else None for j in (upper, lower)}
        first, second = ways[upper], ways[lower]
        bend = np.cross(first, second) if first is not None and second is not None else np.zeros((len(posed), 3))
        for joint, way in ways.items():
            if joint not in posed:
                continue
            if way is None:
                self.follow(joint, posed.parent(joint))
                continue
            # Without a bend the limb is turned the short way from the reference, as seen from the trunk.
            swing, likely = _swing(along, np.einsum("tji,tj->ti", before, way))
            expected = np.einsum("tij,tjk,k->ti", before, swing, hinge) * likely[:, None]
            if joint == lower and upper in posed:
                expected = self.delta(upper) @ hinge
            self.axes(
                joint,
                (posed.local(joint, way).sum(axis=0), along),
                (posed.local(joint, bend + PRIOR * self.weight[:, None] * expected).sum(axis=0), hinge),
            )
            self.directions[joint] = along

    def foot(self, side: str) -> None:
        """The foot under the shank, toes ahead; its sole is found later from where it is in contact with the floor."""
        posed, weight = self.posed, self.weight[:, None]
        foot, toe = side + "Foot", side + "ToeBase"
        shank = posed.limb(side + "Leg")
        assert shank is not None, "a leg has a length"
        up = (posed.local(foot, -shank) * weight).sum(axis=0)
        ahead = posed.limb(foot) if toe in posed else None
        if ahead is None:
            ahead = -self.delta(side + "Leg")[:, :, 1]
        forward = posed.local(foot, ahead).sum(axis=0)
        self.axes(foot, (up, Z), (forward, -Y))
        self.directions[foot] = unit(self.rotations[foot] @ forward)
        if toe in posed:
            # Toes are straight while the foot is level and stays where it is.
            delta, way = self.delta(foot), np.zeros(len(posed))
            if len(posed) > 1:
                steps = np.linalg.norm(np.diff(posed.at(toe), axis=0), axis=1)
                way = np.maximum(np.append(steps, steps[-1]), np.insert(steps, 0, steps[0]))
            level = np.clip(delta[:, 2, 2], 0, 1) ** 16
            self.expect(toe, delta, (level + 1e-3) / (0.2 * np.median(way) + 1e-9 + way) ** 2)
            self.directions[toe] = self.directions[foot]


def _basis(first: Array, second: Array) -> Array:
    """(3, 3) rows: a unit vector, what of the second is across it, and their cross product."""
    a = unit(first)
    across = second - a * (a @ second)
    if np.linalg.norm(across) < 1e-9 * max(float(np.linalg.norm(second)), 1e-300):
        across = np.eye(3)[int(np.argmin(np.abs(a)))] - a * a[int(np.argmin(np.abs(a)))]
    b = unit(across)
    return np.stack([a, b, np.cross(a, b)])


def _between(a: Array, b: Array, part: Array | float) -> Array:
    """(T, 3, 3) rotations `part` of the way from `a` to `b`."""
    return rotation_matrix(slerp(quaternion(a), quaternion(b), part))


def _swing(source: Array, targets: Array) -> tuple[Array, Array]:
    """(T, 3, 3) smallest rotations of a direction onto others, and (T,) how far those are from its opposite, 0 to 1."""
    cosine = targets @ source
    axis = np.cross(source, targets)
    k = np.zeros((len(targets), 3, 3))
    k[:, 0, 1], k[:, 0, 2], k[:, 1, 2] = -axis[:, 2], axis[:, 1], -axis[:, 0]
    k = k - k.transpose(0, 2, 1)
    likely = (1 + cosine) / 2
    return np.eye(3) + k + k @ k / np.maximum(1 + cosine, 1e-6)[:, None, None], likely
