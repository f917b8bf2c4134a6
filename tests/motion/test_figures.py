"""Several people in one file become a motion each, which moves as before."""

from __future__ import annotations

import numpy as np
import pytest

from dsia_gen.motion.figures import split_figures
from dsia_gen.motion.humanoid import canonical_clip
from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import JOINTS
from tests.motion.rewriting import clip, from_poses


def together(motions: dict[str, SkeletalMotion], below: bool) -> SkeletalMotion:
    """Several motions in one file, one metre apart, beside each other or below one root."""
    names, parents, positions, rotations, ends = (["scene"] if below else []), ([-1] if below else []), [], [], []
    frames = len(next(iter(motions.values())).values)
    if below:
        positions.append(np.zeros((frames, 1, 3)))
        rotations.append(np.broadcast_to(np.eye(3), (frames, 1, 3, 3)))
        ends.append(np.zeros((1, 3)))
    for k, (name, motion) in enumerate(motions.items()):
        first = len(names)
        places, turns = motion.world_poses()
        names += [f"{name}{joint}" for joint in motion.names]
        parents += [first + p if p >= 0 else (0 if below else -1) for p in motion.parents]
        positions.append(places + np.array([100.0 * k, 0.0, 0.0]))
        rotations.append(turns)
        ends.append(motion.ends)
    return from_poses(
        tuple(names),
        tuple(parents),
        np.concatenate(positions, axis=1),
        np.concatenate(rotations, axis=1),
        np.concatenate(ends),
        1 / 30,
        tuple(j for j, p in enumerate(parents) if p <= 0),
    )


@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_figure_moves_as_it_did(count: int, below: bool) -> None:
    gaits = ("walk", "dance", "run")[:count]
    names = ("Anna:", "Ben:", "Anna_2_")
    motions = {name: clip(gait) for name, gait in zip(names, gaits, strict=False)}
    figures = split_figures(together(motions, below))
    assert len(figures) == count
    for figure, alone in zip(figures.values(), motions.values(), strict=True):
        assert not figure.problem()
        a, b = canonical_clip(figure, 30.0), canonical_clip(alone, 30.0)
        assert a.joints == JOINTS
        np.testing.assert_allclose(a.rotations, b.rotations, atol=1e-6)
        np.testing.assert_allclose(a.hips, b.hips, atol=1e-6)


def test_figures_of_one_name_are_told_apart() -> None:
    motions = {"": clip("walk"), " ": clip("walk")}
    assert len(split_figures(together(motions, below=False))) == 2


def test_what_is_not_a_figure_splits_nothing() -> None:
    motion = clip("walk")
    positions, rotations = motion.world_poses()
    sword = np.concatenate([positions, positions[:, :1] + np.array([50.0, 0, 0])], axis=1)
    with_sword = from_poses(
        (*motion.names, "sword"),
        (*motion.parents, -1),
        sword,
        np.concatenate([rotations, rotations[:, :1]], axis=1),
        np.concatenate([motion.ends, np.zeros((1, 3))]),
        1 / 30,
    )
    assert list(split_figures(with_sword).values()) == [with_sword]
