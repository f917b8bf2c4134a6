"""Aligns what the command line was given: two files, two folders or a video."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from dsia_gen.align.images import ImageWork, folder_pairs, is_video, video_pairs, write_image
from dsia_gen.align.methods.method import AlignmentMethod, ImagePair
from dsia_gen.core.errors import AlignError


def align_inputs(
    method: AlignmentMethod, inputs: list[Path], output: Path, masks: Path | None = None, gap: int = 1
) -> int:
    """Write the aligned images and, where `masks` names a folder, the predicted masks. Returns how many."""
    works, single = plan(inputs, gap)
    done = 0
    for work in works:
        answer = method.align(ImagePair(*work.images()))
        write_image(output if single else output / Path(work.name).with_suffix(".png"), answer.image)
        if masks is not None and answer.mask is not None:
            write_image(masks / Path(work.name).with_suffix(".png"), np.rint(answer.mask * 255).astype(np.uint8))
        done += 1
    if done == 0:
        raise AlignError(f"{inputs[0]} has too few frames for a gap of {gap}; nothing was aligned")
    return done


def plan(inputs: list[Path], gap: int) -> tuple[Iterable[ImageWork], bool]:
    """The pairs that the inputs mean, and whether the output is one file. AlignError when they mean none."""
    missing = [path for path in inputs if not path.exists()]
    if missing:
        raise AlignError(f"{missing[0]} is not there; give two images, two folders, or one video")
    if len(inputs) == 1 and is_video(inputs[0]):
        return video_pairs(inputs[0], gap), False
    if len(inputs) != 2:
        raise AlignError(f"give two images, two folders, or one video; got {len(inputs)} path(s)")
    if inputs[0].is_dir() and inputs[1].is_dir():
        return folder_pairs(*inputs), False
    if inputs[0].is_dir() or inputs[1].is_dir():
        raise AlignError("one input is a folder and the other is not; give two images or two folders")
    return [ImageWork(inputs[1].name, *inputs)], True
