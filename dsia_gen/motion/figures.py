"""The figures of a file: a motion of several people becomes a motion for each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dsia_gen.motion.skeletal_motion import SkeletalMotion
from dsia_gen.motion.skeleton import REQUIRED, match_joints
from dsia_gen.motion.skeleton_structure import ancestors


def split_figures(motion: SkeletalMotion) -> dict[str, SkeletalMotion]:
    """The motions of the humanoids of a file by the names of their topmost joints; the motion itself where it is one.

    What is above a figure stays with it, since it moves it.
    """
    roots = [j for j, parent in enumerate(motion.parents) if parent < 0]
    tops = _tops(motion, roots)
    if len(tops) < 2:
        return {motion.names[roots[0]]: motion}
    figures: dict[str, SkeletalMotion] = {}
    for top in tops:
        name, number = motion.names[top], 2
        while name in figures:
            name, number = f"{motion.names[top]}-{number}", number + 1
        figures[name] = _part(motion, top)
    return figures


def _tops(motion: SkeletalMotion, joints: list[int]) -> list[int]:
    """Topmost joints of the figures below these joints, as deep as they still are one each."""
    found = []
    for joint in joints:
        below = _tops(motion, [j for j, parent in enumerate(motion.parents) if parent == joint])
        if len(below) > 1:
            found += below
        elif below or _is_figure(motion, joint):
            found.append(joint)
    return found


def _below(motion: SkeletalMotion, top: int) -> list[int]:
    """A joint and all joints that hang from it, in order."""
    kept = {top}
    for j, parent in enumerate(motion.parents):
        if parent in kept:
            kept.add(j)
    return sorted(kept)


def _is_figure(motion: SkeletalMotion, top: int) -> bool:
    kept = _below(motion, top)
    if len(kept) < len(REQUIRED):
        return False
    parents = [kept.index(motion.parents[j]) if motion.parents[j] in kept else -1 for j in kept]
    found = match_joints([motion.names[j] for j in kept], parents, motion.world_poses()[0][0, kept])
    return all(joint in found for joint in REQUIRED)


def _part(motion: SkeletalMotion, top: int) -> SkeletalMotion:
    """The motion of a joint, of what hangs from it and of what it hangs from."""
    kept = sorted({*_below(motion, top), *ancestors(top, motion.parents)})
    starts = np.concatenate([[0], np.cumsum([len(c) for c in motion.channels])])
    columns = [c for j in kept for c in range(starts[j], starts[j + 1])]
    return replace(
        motion,
        names=tuple(motion.names[j] for j in kept),
        parents=tuple(kept.index(motion.parents[j]) if motion.parents[j] >= 0 else -1 for j in kept),
        offsets=motion.offsets[kept],
        ends=motion.ends[kept],
        channels=tuple(motion.channels[j] for j in kept),
        values=motion.values[:, columns],
    )
