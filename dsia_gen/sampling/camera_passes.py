"""Films a stage: solves how far the camera travels, and picks the times and poses of the pairs that move as wanted.

Time index and pose index are independent (DESIGN section 2; section 3.1 of the DMAligner paper): a pass walks the
times in order, and its camera path along with them or in another order. I2 of a pair is I1 of the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dsia_gen.config.scene_config import MotionConfig, SequenceConfig
from dsia_gen.sampling.camera_motion import Poses, image_motion, pose_records, solve_strength
from dsia_gen.sampling.draw import Rng, log_uniform
from dsia_gen.sampling.proxy_scene import PairEstimate, ProxyScene, ViewEstimate
from dsia_gen.sampling.scene_builder import MotionTarget, middle_gap
from dsia_gen.sampling.space import Bounds, Occupant
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.views import Pair

Array = NDArray[np.float64]
SLACK = 1.5
"""Length of the timeline, and of a camera path, in units of what pairs of the middle gap would use."""
PROBES = 4
"""Stretches of a path at which its motion is measured."""
EDGE = 0.1
"""Share of an interval, in logarithms, that targets keep away from its ends."""


def draw_wanted(rng: Rng, motion: MotionConfig) -> MotionTarget:
    """Targets inside the intervals of a configuration, a little away from their ends."""
    camera, foreground = (log_uniform(rng, _inner(i)) for i in (motion.camera_px, motion.foreground_px))
    return MotionTarget(camera, foreground)


def _inner(interval: tuple[float, float]) -> tuple[float, float]:
    shift = (interval[1] / interval[0]) ** EDGE
    return interval[0] * shift, interval[1] / shift


def length(pairs: int, gap: tuple[int, int]) -> int:
    """Steps of a timeline or path on which `pairs` pairs find gaps to choose from."""
    return max(math.ceil(SLACK * pairs * middle_gap(gap)), pairs * gap[0], gap[1]) + 1


def camera_on(path: Poses, strength: float, camera: CameraSpec) -> CameraSpec:
    """The camera with the poses of a path."""
    return camera.model_copy(update={"poses": pose_records(path(strength))})


def solve_path(path: Poses, stage: ProxyScene, bounds: Bounds, sequence: SequenceConfig, camera_px: float) -> float:
    """Strength at which poses a middle gap apart move static things by `camera_px`, and no pose leaves the bounds."""
    gap = middle_gap(sequence.pose_gap)
    every = max(gap, length(sequence.pairs, sequence.pose_gap) // PROBES)

    def motion(amount: float) -> float:
        return float(np.mean(image_motion(stage.camera, path(amount), stage.static_distance, gap, every)))

    amount = solve_strength(motion, camera_px)
    while amount > 1e-3 and not inside(path(amount), bounds):
        amount *= 0.8
    return amount


def inside(matrices: Array, bounds: Bounds, margin: float = 0.3) -> bool:
    """Whether every camera (N, 4, 4) keeps its distance from the bounds."""
    low = np.array([bounds.x[0], bounds.y[0], bounds.z[0]]) + margin
    high = np.array([bounds.x[1], bounds.y[1], bounds.z[1]]) - margin
    places = matrices[:, :3, 3]
    clear = all(block.clear_of(Occupant(places, margin, 0.0)) for block in bounds.blocks)
    return clear and bool(np.all((places >= low) & (places <= high)))


@dataclass(frozen=True)
class CameraPass:
    """One pass: the camera of its path, its pairs (poses of that camera), and what they will measure."""

    camera: CameraSpec
    pairs: tuple[Pair, ...]
    estimates: tuple[PairEstimate, ...]

    def misfit(self, motion: MotionConfig) -> float:
        """0 when every pair is as asked for; larger the more of them are not, and by how much."""
        return sum(pair_misfit(estimate, motion) for estimate in self.estimates) / len(self.estimates)


def pair_misfit(estimate: PairEstimate, motion: MotionConfig) -> float:
    """How far a pair is from what was asked for: logarithms of factors, plus one where nothing in motion is seen."""
    far = _outside(estimate.camera_px, motion.camera_px) + _outside(estimate.foreground_px, motion.foreground_px)
    return far + _outside(estimate.cover, motion.cover) + (0.0 if estimate.in_all else 1.0)


def _outside(value: float, interval: tuple[float, float]) -> float:
    """Logarithm of the factor by which a value is outside an interval, at most 3."""
    value, low = max(value, 1e-6), max(interval[0], 1e-6)
    return min(3.0, max(0.0, math.log(low / value), math.log(value / interval[1])))


@dataclass
class PassPlanner:
    """The walk of one pass over times and poses; looks are kept, since neighbours share them."""

    stage: ProxyScene
    sequence: SequenceConfig
    wanted: MotionTarget
    looks: dict[tuple[int, int], ViewEstimate] = field(default_factory=dict)

    def look(self, time: int, pose: int) -> ViewEstimate:
        """What is seen at a time from a pose."""
        if (time, pose) not in self.looks:
            self.looks[time, pose] = self.stage.look(time, self.stage.camera.camera_to_world(pose))
        return self.looks[time, pose]

    def next_time(self, time: int, pose: int, last: int) -> int:
        """The time at which the foreground has moved as wanted since `time`, none later than `last`."""
        low, high = self.sequence.gap
        times = range(min(time + low, last), min(time + high, last) + 1)
        look = self.look(time, pose)
        motions = {t: self.stage.foreground_px(look, time, t) for t in times}
        if max(motions.values()) <= 0:
            return min(time + middle_gap(self.sequence.gap), last)
        return min(times, key=lambda t: _misses(motions[t], self.wanted.foreground_px))

    def next_pose(self, t1: int, t2: int, pose: int, direction: int) -> tuple[int, int]:
        """The pose from which static things have moved as wanted, and the direction of the walk, which turns round at
        the ends of the path."""
        look = self.look(t2, pose)
        still = ~self.stage.dynamic(look, t1, t2)
        ahead = self._poses(pose, direction)
        whole = self.sequence.pose_gap[1] - self.sequence.pose_gap[0] + 1
        if not ahead or (self.sequence.order == "resequenced" and len(ahead) < whole):
            ahead += self._poses(pose, -direction)
        cost = {p: _misses(self._camera_px(look, p, still), self.wanted.camera_px) for p in ahead}
        best = min(ahead, key=lambda p: cost[p])
        return best, 1 if best > pose else -1

    def _poses(self, pose: int, direction: int) -> list[int]:
        low, high = self.sequence.pose_gap
        count = len(self.stage.camera.poses)
        return [p for p in (pose + direction * g for g in range(low, high + 1)) if 0 <= p < count]

    def _camera_px(self, look: ViewEstimate, pose: int, still: NDArray[np.bool_]) -> float:
        return self.stage.camera_px(look, self.stage.camera.camera_to_world(pose), still)

    def estimate(self, pair: Pair) -> PairEstimate:
        """What a pair will measure."""
        first, answer, second = (self.look(*pair.view(role)) for role in ("1", "gt", "2"))
        return self.stage.estimate(pair, first, answer, second)


def _misses(value: float, target: float) -> float:
    return abs(math.log(max(value, 1e-6) / target))


def shoot(rng: Rng, stage: ProxyScene, times: int, sequence: SequenceConfig, wanted: MotionTarget) -> CameraPass:
    """One pass over `times` times with the poses of the stage's camera."""
    plan_pass = PassPlanner(stage, sequence, wanted)
    poses, time, pairs = len(stage.camera.poses), _begin(times, sequence.pairs, sequence.gap), []
    pose, direction = _begin(poses, sequence.pairs, sequence.pose_gap), 1
    if sequence.order == "resequenced":
        pose, direction = int(rng.integers(poses)), 1 if rng.uniform() < 0.5 else -1
    for index in range(sequence.pairs):
        left = sequence.pairs - index - 1
        then = plan_pass.next_time(time, pose, times - 1 - left * sequence.gap[0])
        there, direction = plan_pass.next_pose(time, then, pose, direction)
        pairs.append(Pair(index=index, t1=time, p1=pose, t2=then, p2=there))
        time, pose = then, there
    pairs = _all_ways(pairs, sequence.ways)
    return CameraPass(stage.camera, tuple(pairs), tuple(plan_pass.estimate(pair) for pair in pairs))


def _all_ways(pairs: list[Pair], ways: int) -> list[Pair]:
    """Each pair, and others of its two times and two poses, which are four views and each the I1 of one pair.

    Forwards three of the four are in use; (t1, P2) is the answer of the pair backwards. With it there are the pairs
    whose camera goes the other way while time goes on, and back: they need no view of their own.
    """
    ends = [
        way
        for p in pairs
        for way in (
            (p.t1, p.p1, p.t2, p.p2),
            (p.t2, p.p2, p.t1, p.p1),
            (p.t1, p.p2, p.t2, p.p1),
            (p.t2, p.p1, p.t1, p.p2),
        )[:ways]
    ]
    return [Pair(index=k, t1=t1, p1=p1, t2=t2, p2=p2) for k, (t1, p1, t2, p2) in enumerate(ends)]


def _begin(steps: int, pairs: int, gap: tuple[int, int]) -> int:
    """Where to begin so that pairs of the middle gap leave some room before them, and more after them."""
    return max(0, (steps - 1 - pairs * middle_gap(gap)) // 4)


def joined(shots: list[CameraPass]) -> tuple[CameraSpec, tuple[Pair, ...]]:
    """One camera with the poses that the passes use, and the pairs of all passes."""
    poses: list[Pose] = []
    pairs: list[Pair] = []
    for shot in shots:
        used = [p for pair in shot.pairs for p in (pair.p1, pair.p2)]
        shift = len(poses) - min(used)
        poses += shot.camera.poses[min(used) : max(used) + 1]
        for pair in shot.pairs:
            places = {"p1": pair.p1 + shift, "p2": pair.p2 + shift}
            pairs.append(pair.model_copy(update={"index": len(pairs), **places}))
    return shots[0].camera.model_copy(update={"poses": tuple(poses)}), tuple(pairs)


def with_camera(stage: ProxyScene, camera: CameraSpec) -> ProxyScene:
    """The same stage, filmed by another camera."""
    return replace(stage, camera=camera)
