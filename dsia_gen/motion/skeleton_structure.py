"""Joints of a humanoid from the structure of its skeleton, for bones with arbitrary names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from dsia_gen.core.rotations import Array, unit

ALIKE = 0.2
"""Share by which the lengths of a left and a right limb may differ."""
ALONG = 0.8
"""Least cosine between a leg's bone and the vertical."""


@dataclass(frozen=True)
class _Pair:
    """Two limbs from one joint: their joints in order, nearest first, and the length of the shorter."""

    joint: int
    limbs: tuple[list[int], list[int]]
    length: float


def joints_by_structure(positions: Array, parents: Sequence[int], sides: Sequence[str] = ()) -> dict[str, int]:
    """Canonical joint -> index of a skeleton standing in its rest pose, in any axes; empty where that fails.

    positions: (J, 3) at rest; parents: indices, -1 for none; sides: `Left`, `Right` or empty for each bone, as its
    name says. Legs and arms are two long pairs of limbs that are alike, legs those that reach the floor. Thigh, shank
    and foot follow the vertical; upper arm and forearm are about equally long. What tells left from right: toes, else
    names, else knees, which bend forwards, else the axes that files use.
    """
    tree = _Tree(np.asarray(positions, dtype=np.float64), parents)
    found = tree.legs_and_arms()
    if found is None:
        return {}
    pair, arms = found
    up = tree.up(pair, arms)
    legs = [tree.leg(limb, up) for limb in pair.limbs]
    if not all(legs):
        return {}
    left = _left(tree.at, legs, up, sides)
    reach = [float((tree.at[leg["Foot"]] - tree.at[pair.joint]) @ left) for leg in legs]
    if not np.any(left) or reach[0] * reach[1] >= 0:
        return {}
    joints = {"Hips": pair.joint, **tree.trunk(pair.joint, arms, up)}
    for leg, distance in zip(legs, reach, strict=True):
        joints |= {("Left" if distance > 0 else "Right") + name: index for name, index in leg.items()}
    for limb in arms.limbs:
        side = "Left" if (tree.at[limb[-1]] - tree.at[arms.joint]) @ left > 0 else "Right"
        joints |= {side + name: index for name, index in tree.arm(limb).items()}
    return joints


def _left(at: Array, legs: Sequence[dict[str, int]], up: Array, sides: Sequence[str]) -> Array:
    """(3,) unit vector to the left of a standing skeleton, zero where it cannot be told."""
    line = at[legs[0]["UpLeg"]] - at[legs[1]["UpLeg"]]
    line = unit(line - up * (line @ up))
    shank = float(np.mean([np.linalg.norm(at[leg["Leg"]] - at[leg["Foot"]]) for leg in legs]))
    ahead = np.zeros(3)
    for leg in legs:
        if "ToeBase" in leg:
            ahead += at[leg["ToeBase"]] - at[leg["Foot"]]
    across = np.cross(up, ahead)
    if abs(across @ line) > 0.15 * shank:
        return line * np.sign(across @ line)
    if sides:
        votes = [sum((sides[bone] == "Left") - (sides[bone] == "Right") for bone in leg.values()) for leg in legs]
        if votes[0] * votes[1] < 0:
            return line * np.sign(votes[0])
    bent = np.zeros(3)
    for leg in legs:
        hip, knee, foot = (at[leg[joint]] for joint in ("UpLeg", "Leg", "Foot"))
        along = unit(foot - hip)
        bent += knee - hip - along * ((knee - hip) @ along)
    across = np.cross(up, bent)
    if abs(across @ line) > 0.02 * shank:
        return line * np.sign(across @ line)
    # Files look along the axis in which +X, or +Y where they lie along that, is on the left.
    main = int(np.argmax(np.abs(line)))
    return line * np.sign(line[main])


def ancestors(joint: int, parents: Sequence[int]) -> list[int]:
    """Indices above `joint`, nearest first; they end where the parents form a loop."""
    chain: list[int] = []
    while (joint := parents[joint]) >= 0 and len(chain) <= len(parents):
        chain.append(joint)
    return chain


def spine_joints(spine: Sequence[int]) -> dict[str, int]:
    """Canonical joints among the bones of a spine (indices from below): the last, the first, and the middle one."""
    count = len(spine)
    places = {"Spine2": count - 1, "Spine": 0, "Spine1": count // 2}
    return {name: spine[place] for name, place in list(places.items())[:count]}


class _Tree:
    """Joints of a skeleton, `at` (J, 3), and what hangs from each."""

    def __init__(self, at: Array, parents: Sequence[int]) -> None:
        self.at, self.parents = at, list(parents)
        self.children: list[list[int]] = [[] for _ in self.parents]
        for j, parent in enumerate(self.parents):
            if parent >= 0:
                self.children[parent].append(j)
        # From the leaves up: the child through which the farthest leaf is reached, and how far that is.
        self.next = [-1] * len(self.parents)
        reach = np.zeros(len(self.parents))
        for j in sorted(range(len(self.parents)), key=lambda j: -len(self.above(j))):
            parent = self.parents[j]
            if parent >= 0:
                far = reach[j] + float(np.linalg.norm(self.at[j] - self.at[parent]))
                if self.next[parent] < 0 or far > reach[parent]:
                    self.next[parent], reach[parent] = j, far

    def longest(self, joint: int) -> list[int]:
        """The way from a joint to the leaf that is farthest along the bones."""
        way = [joint]
        while (joint := self.next[joint]) >= 0:
            way.append(joint)
        return way

    def length(self, way: Sequence[int]) -> float:
        return float(sum(np.linalg.norm(self.at[b] - self.at[a]) for a, b in pairwise(way)))

    def above(self, joint: int) -> list[int]:
        """Indices above a joint, nearest first."""
        return ancestors(joint, self.parents)

    def pairs(self) -> list[_Pair]:
        """Pairs of limbs that are alike, longest first."""
        found = []
        for joint, children in enumerate(self.children):
            ways = {child: self.longest(child) for child in children}
            for a, b in combinations(children, 2):
                lengths = sorted(self.length([joint, *ways[child]]) for child in (a, b))
                if lengths[0] > 0 and lengths[1] < (1 + ALIKE) * lengths[0]:
                    found.append(_Pair(joint, (ways[a], ways[b]), lengths[0]))
        return sorted(found, key=lambda pair: -pair.length)

    def up(self, legs: _Pair, arms: _Pair) -> Array:
        """(3,) unit vector from the ends of the legs to where the arms begin."""
        return unit(self.at[arms.joint] - np.mean([self.at[limb[-1]] for limb in legs.limbs], axis=0))

    def legs_and_arms(self) -> tuple[_Pair, _Pair] | None:
        """The pairs that are legs and arms: legs reach the lowest joints, arms part from the trunk above them, below
        what else comes in pairs."""
        best: tuple[float, _Pair, _Pair] | None = None
        for first, second in combinations(self.pairs()[:24], 2):
            for legs, arms in ((first, second), (second, first)):
                limbs = {*legs.limbs[0], *legs.limbs[1]}
                if legs.joint not in self.above(arms.joint) or arms.joint in limbs or arms.length <= legs.length / 3:
                    continue
                up = self.up(legs, arms)
                heights = self.at @ up
                low, tall = float(heights.min()), float(np.ptp(heights))
                soles = max(float(heights[limb].min()) for limb in legs.limbs)
                if tall <= 0 or soles > low + 0.15 * tall or not all(self.leg(limb, up) for limb in legs.limbs):
                    continue
                # Long limbs, arms that part low (hair and hats begin higher) and do not hang like the tails of a coat.
                hang = max(0.0, float(heights[legs.joint] - min(heights[limb[-1]] for limb in arms.limbs)) - 0.1 * tall)
                score = (legs.length + arms.length - 2.0 * float(heights[arms.joint] - low) - 8.0 * hang) / tall
                if best is None or score > best[0] + 1e-9:
                    best = (score, legs, arms)
        return best[1:] if best else None

    def leg(self, limb: list[int], up: Array) -> dict[str, int]:
        """Thigh, shank, foot and toes on the way down a leg; empty without two steep bones."""
        total = self.length(limb)
        steep = [
            (a, b)
            for a, b in pairwise(limb)
            if (self.at[a] - self.at[b]) @ up > max(ALONG * np.linalg.norm(self.at[a] - self.at[b]), 0.08 * total)
        ]
        if len(steep) < 2:
            return {}
        # A foot that points down is steep, too: the ankle is where thigh and shank are alike and most of the leg.
        top = limb.index(steep[0][0])
        ends = [limb.index(end) for _, end in steep[1:]]
        reach = max(self.length(limb[top : ends[-1] + 1]), 1e-9)

        def cost(ankle: int) -> float:
            hip, knee = (top + k for k in self.halves(limb[top : ankle + 1]))
            upper, lower = self.length(limb[hip : knee + 1]), self.length(limb[knee : ankle + 1])
            return abs(float(np.log(max(upper, 1e-9) / max(lower, 1e-9)))) + 1.0 - (upper + lower) / reach

        ankle = min(reversed(ends), key=cost)
        hip, knee = (top + k for k in self.halves(limb[top : ankle + 1]))
        names = {"UpLeg": limb[hip], "Leg": limb[knee], "Foot": limb[ankle]}
        return names | ({"ToeBase": limb[ankle + 1]} if ankle + 1 < len(limb) else {})

    def arm(self, limb: list[int]) -> dict[str, int]:
        """Collar, upper arm, forearm and hand: the hand is the last joint from which several part, or the last with
        a bone of its own."""
        fingers = [k for k, joint in enumerate(limb) if len(self.children[joint]) > 2]
        hand = fingers[-1] if fingers else len(limb) - 1
        if not fingers and hand > 2:
            last, before = (self.length(limb[k - 1 : k + 1]) for k in (hand, hand - 1))
            hand -= 1 if last < 0.6 * before else 0
        if hand < 2:
            return {}
        shoulder, elbow = self.halves(limb[: hand + 1])
        names = {"Arm": limb[shoulder], "ForeArm": limb[elbow], "Hand": limb[hand]}
        return names | ({"Shoulder": limb[shoulder - 1]} if shoulder > 0 else {})

    def halves(self, way: list[int]) -> tuple[int, int]:
        """Where on a way of at least three joints a limb's upper and lower half begin: about equal, and most of it."""
        whole = max(self.length(way), 1e-9)

        def cost(halves: tuple[int, int]) -> float:
            upper, lower = self.length(way[halves[0] : halves[1] + 1]), self.length(way[halves[1] :])
            return abs(float(np.log(max(upper, 1e-9) / max(lower, 1e-9)))) + 1.0 - (upper + lower) / whole

        return min(combinations(range(len(way) - 1), 2), key=cost)

    def trunk(self, hips: int, arms: _Pair, up: Array) -> dict[str, int]:
        """Spine between hips and arms, and neck and head above them."""
        chain = [arms.joint, *self.above(arms.joint)]
        names = spine_joints(chain[: chain.index(hips)][::-1])
        limbs = {limb[0] for limb in arms.limbs}
        tops = [self.longest(child) for child in self.children[arms.joint] if child not in limbs]
        if tops:
            way = max(tops, key=lambda w: float((self.at[w[-1]] - self.at[arms.joint]) @ up))
            # The head is where the way parts (eyes, hair), else the second joint of a short neck.
            parting = next((k for k, joint in enumerate(way) if len(self.children[joint]) > 1), -1)
            head = parting if parting >= 0 else min(1, len(way) - 1) if len(way) < 4 else len(way) - 2
            names |= {"Head": way[head]} | ({"Neck": way[head // 2]} if head > 0 else {})
        return names
