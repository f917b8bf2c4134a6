"""Camera passes: how far the camera travels, and the times and poses of the pairs that meet their motion target.

Time index and pose index are independent (DESIGN section 2; section 3.1 of the DMAligner paper): a pass follows the
times in order, and its camera path along with them or in another order. I2 of a pair is I1 of the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from dsia_gen.config.scene_config import MotionConfig, SequenceConfig
from dsia_gen.core.rotations import Array
from dsia_gen.sampling.camera_motion import Poses, image_motion, pose_records, solve_strength
from dsia_gen.sampling.draw import Rng, log_uniform
from dsia_gen.sampling.proxy_scene import PairEstimate, ProxyScene, ViewEstimate
from dsia_gen.sampling.scene_builder import MotionTarget, middle_gap
from dsia_gen.sampling.space import Occupant, SceneBounds
from dsia_gen.spec.camera import CameraSpec, Pose
from dsia_gen.spec.views import Pair

SLACK = 1.5
"""Length of the timeline, and of a camera path, in units of what pairs of the middle gap would use."""
PROBES = 4
"""Sections of a path at which its motion is measured."""
EDGE = 0.1
"""Share of an interval, in logarithms, that targets keep away from its ends."""


def draw_target(rng: Rng, motion: MotionConfig) -> MotionTarget:
    """A target inside the intervals of a configuration at the reference width, a little away from their ends."""

    def draw(interval: tuple[float, float]) -> float:
        shift = (interval[1] / interval[0]) ** EDGE
        return log_uniform(rng, (interval[0] * shift, interval[1] / shift))

    return MotionTarget(camera_px=draw(motion.camera_px_at_960), foreground_px=draw(motion.foreground_px_at_960))


def step_count(pairs: int, gap: tuple[int, int]) -> int:
    """Steps of a timeline or path on which `pairs` pairs find gaps to choose from."""
    return max(math.ceil(SLACK * pairs * middle_gap(gap)), pairs * gap[0], gap[1]) + 1


def camera_on(path: Poses, strength: float, camera: CameraSpec) -> CameraSpec:
    """The camera with the poses of a path."""
    return camera.model_copy(update={"poses": pose_records(path(strength))})


def solve_path(
    path: Poses, scene: ProxyScene, bounds: SceneBounds, sequence: SequenceConfig, camera_px: float
) -> float:
    """Strength at which poses a middle gap apart move static points by `camera_px`, and no pose leaves the bounds."""
    gap = middle_gap(sequence.pose_gap)
    every = max(gap, step_count(sequence.pairs, sequence.pose_gap) // PROBES)

    def motion(strength: float) -> float:
        return float(np.mean(image_motion(scene.camera, path(strength), scene.static_distance, gap, every)))

    strength = solve_strength(motion, camera_px)
    while strength > 1e-3 and not inside(path(strength), bounds):
        strength *= 0.8
    return strength


def inside(matrices: Array, bounds: SceneBounds, margin: float = 0.3) -> bool:
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
        """0 when every pair is as configured; larger the more of them are not, and by how much."""
        return sum(pair_misfit(estimate, motion) for estimate in self.estimates) / len(self.estimates)


def pair_misfit(estimate: PairEstimate, motion: MotionConfig) -> float:
    """Deviation of a pair from its configuration: logarithms of factors, plus one where no motion is seen."""
    far = _outside(estimate.camera_px, motion.camera_px_at_960)
    far += _outside(estimate.foreground_px, motion.foreground_px_at_960)
    return far + _outside(estimate.cover, motion.cover) + (0.0 if estimate.in_all else 1.0)


def _outside(value: float, interval: tuple[float, float]) -> float:
    """Logarithm of the factor by which a value is outside an interval, at most 3."""
    value, low, high = (max(number, 1e-6) for number in (value, *interval))
    return min(3.0, max(0.0, math.log(low / value), math.log(value / high)))


@dataclass
class PassPlanner:
    """Chooses times and poses of the pairs of one pass; views are kept, since neighbours share them."""

    scene: ProxyScene
    sequence: SequenceConfig
    target: MotionTarget
    views: dict[tuple[int, int], ViewEstimate] = field(default_factory=dict)

    def view(self, time: int, pose: int) -> ViewEstimate:
        """What is seen at a time from a pose."""
        if (time, pose) not in self.views:
            self.views[time, pose] = self.scene.cast_view(time, self.scene.camera.camera_to_world(pose))
        return self.views[time, pose]

    def next_time(self, time: int, pose: int, last: int) -> int:
        """The time at which the foreground has moved by the target since `time`, none later than `last`."""
        low, high = self.sequence.gap
        times = range(min(time + low, last), min(time + high, last) + 1)
        view = self.view(time, pose)
        motions = {t: self.scene.foreground_px(view, time, t) for t in times}
        if max(motions.values()) <= 0:
            return min(time + middle_gap(self.sequence.gap), last)
        return min(times, key=lambda t: _log_error(motions[t], self.target.foreground_px))

    def next_pose(self, t1: int, t2: int, pose: int, direction: int) -> tuple[int, int]:
        """The pose from which static points have moved by the target, and the direction along the path, which
        reverses at its ends."""
        low, high = self.sequence.pose_gap
        camera = self.scene.camera

        def candidates(direction: int) -> list[int]:
            steps = (pose + direction * gap for gap in range(low, high + 1))
            return [p for p in steps if 0 <= p < len(camera.poses)]

        ahead = candidates(direction)
        if not ahead or (self.sequence.order == "resequenced" and len(ahead) < high - low + 1):
            ahead += candidates(-direction)
        view = self.view(t2, pose)
        still = ~self.scene.dynamic(view, t1, t2)
        motions = {p: self.scene.camera_px(view, camera.camera_to_world(p), still) for p in ahead}
        best = min(ahead, key=lambda p: _log_error(motions[p], self.target.camera_px))
        return best, 1 if best > pose else -1

    def estimate(self, pair: Pair) -> PairEstimate:
        """What a pair will measure."""
        first, answer, second = (self.view(*pair.view(role)) for role in ("1", "gt", "2"))
        return self.scene.estimate(pair, first, answer, second)


def _log_error(value: float, target: float) -> float:
    return abs(math.log(max(value, 1e-6) / target))


def plan_pass(rng: Rng, scene: ProxyScene, times: int, sequence: SequenceConfig, target: MotionTarget) -> CameraPass:
    """One pass over `times` times with the poses of the scene's camera."""
    planner = PassPlanner(scene, sequence, target)
    poses, time = len(scene.camera.poses), _first_step(times, sequence.pairs, sequence.gap)
    pose, direction = _first_step(poses, sequence.pairs, sequence.pose_gap), 1
    if sequence.order == "resequenced":
        pose, direction = int(rng.integers(poses)), 1 if rng.uniform() < 0.5 else -1
    ends: list[tuple[int, int, int, int]] = []
    for index in range(sequence.pairs):
        left = sequence.pairs - index - 1
        then = planner.next_time(time, pose, times - 1 - left * sequence.gap[0])
        there, direction = planner.next_pose(time, then, pose, direction)
        # Two times and two poses are four views, each the I1 of one pair. Forwards three of the four are used;
        # (t1, P2) is the answer of the pair backwards. With it there are the pairs with the poses exchanged.
        ends += [(time, pose, then, there), (then, there, time, pose), (time, there, then, pose),
                 (then, pose, time, there)][: sequence.pair_directions]  # fmt: skip
        time, pose = then, there
    pairs = tuple(Pair(index=k, t1=t1, p1=p1, t2=t2, p2=p2) for k, (t1, p1, t2, p2) in enumerate(ends))
    return CameraPass(scene.camera, pairs, tuple(planner.estimate(pair) for pair in pairs))


def _first_step(steps: int, pairs: int, gap: tuple[int, int]) -> int:
    """Where to begin so that pairs of the middle gap leave some room before them, and more after them."""
    return max(0, (steps - 1 - pairs * middle_gap(gap)) // 4)


def join_passes(passes: list[CameraPass]) -> tuple[CameraSpec, tuple[Pair, ...]]:
    """One camera with the poses that the passes use, and the pairs of all passes."""
    poses, pairs = list[Pose](), list[Pair]()
    for camera_pass in passes:
        used = [p for pair in camera_pass.pairs for p in (pair.p1, pair.p2)]
        shift = len(poses) - min(used)
        poses += camera_pass.camera.poses[min(used) : max(used) + 1]
        for pair in camera_pass.pairs:
            places = {"p1": pair.p1 + shift, "p2": pair.p2 + shift}
            pairs.append(pair.model_copy(update={"index": len(pairs), **places}))
    return passes[0].camera.model_copy(update={"poses": tuple(poses)}), tuple(pairs)
