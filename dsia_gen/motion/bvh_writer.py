"""Writes BVH files: the format in which motion of other formats is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dsia_gen.core.rotations import Array
from dsia_gen.motion.skeletal_motion import SkeletalMotion


def write_bvh(motion: SkeletalMotion, path: Path) -> None:
    """Write a skeleton and its motion; joints come parents first, with the children of each in their order."""
    lines = ["HIERARCHY"]
    order: list[int] = []
    for root in (j for j, parent in enumerate(motion.parents) if parent < 0):
        _joint(motion, root, 0, lines, order)
    lines += ["MOTION", f"Frames: {len(motion.values)}", f"Frame Time: {motion.frame_time:.8f}"]
    starts = np.concatenate([[0], np.cumsum([len(c) for c in motion.channels])])
    columns = [c for j in order for c in range(starts[j], starts[j + 1])]
    lines += [" ".join(f"{v:.5f}" for v in row) for row in motion.values[:, columns]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _joint(motion: SkeletalMotion, joint: int, depth: int, lines: list[str], order: list[int]) -> None:
    order.append(joint)
    pad = "  " * depth
    word = "ROOT" if depth == 0 else "JOINT"
    channels = motion.channels[joint]
    lines += [
        f"{pad}{word} {motion.names[joint]}",
        f"{pad}{{",
        f"{pad}  OFFSET {_numbers(motion.offsets[joint])}",
        f"{pad}  CHANNELS {len(channels)} {' '.join(channels)}",
    ]
    children = [j for j, parent in enumerate(motion.parents) if parent == joint]
    for child in children:
        _joint(motion, child, depth + 1, lines, order)
    if not children:
        lines += [f"{pad}  End Site", f"{pad}  {{", f"{pad}    OFFSET {_numbers(motion.ends[joint])}", f"{pad}  }}"]
    lines.append(f"{pad}}}")


def _numbers(row: Array) -> str:
    return " ".join(f"{v:.5f}" for v in row)
