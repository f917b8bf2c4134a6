"""Cuts a builder to the times that its pairs use."""

from __future__ import annotations

from dsia_gen.sampling.scene_builder import SceneBuilder
from dsia_gen.spec.motion import HumanoidMotion, Motion, RigidPath


def cut_times(builder: SceneBuilder) -> None:
    """Drop the times before the first and after the last that a pair uses, and count from the first."""
    used = [t for pair in builder.pairs for t in (pair.t1, pair.t2)]
    first, last = min(used), max(used)
    builder.times = last - first + 1
    builder.pairs = tuple(p.model_copy(update={"t1": p.t1 - first, "t2": p.t2 - first}) for p in builder.pairs)
    builder.instances = [
        instance.model_copy(update={"motion": cut_motion(instance.motion, first, last)})
        for instance in builder.instances
    ]


def cut_motion(motion: Motion, first: int, last: int) -> Motion:
    """The motion from time `first` to `last`, both included."""
    keep = slice(first, last + 1)
    if isinstance(motion, RigidPath):
        return RigidPath(positions=motion.positions[keep], rotations=motion.rotations[keep])
    if isinstance(motion, HumanoidMotion):
        return motion.model_copy(update={name: getattr(motion, name)[keep] for name in ("rotations", "hips", "stands")})
    return motion
