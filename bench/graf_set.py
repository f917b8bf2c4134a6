"""Joint alignment of photographs of a plane with known homographies, and the points that are found.

    python -m bench.graf_set FOLDER [--preset spacejam_tiny] [--set KEY=VALUE ...]

The folder is as for `bench.graf`. PCK is over a grid of points of each image that another one shows, for all ordered
pairs: the share whose place in the other is right within so much of the longer side.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.graf import read_graf
from dsia_gen.align.methods.spacejam.joint_alignment import align_set, map_points
from dsia_gen.align.methods.spacejam.set_image import SetImage
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig

GRID = 20
ALPHAS = (0.05, 0.1)
Points = NDArray[np.float64]


def main() -> None:
    """Print PCK of the images as they are and as aligned."""
    parser = argparse.ArgumentParser(prog="python -m bench.graf_set")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--preset", default="spacejam_tiny")
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    given = parser.parse_args()
    photographs, exact = read_graf(given.folder)
    images = [SetImage(f"img{number}", image) for number, image in enumerate(photographs, 1)]
    begun = time.perf_counter()
    found = align_set(images, SpaceJamConfig.load(given.preset, given.overrides))
    seconds = time.perf_counter() - begun
    sizes = [(item.image.shape[1], item.image.shape[0]) for item in images]
    before = shares(exact, sizes, lambda _source, _target, points: points)
    after = shares(exact, sizes, found.points)
    print("| threshold | as they are | aligned |\n|---|---|---|")
    for alpha, one, two in zip(ALPHAS, before, after, strict=True):
        print(f"| {alpha} | {one:.3f} | {two:.3f} |")
    print(f"{seconds:.0f} s; {'; '.join(found.notes)}")


def shares(
    exact: list[Points], sizes: list[tuple[int, int]], answer: Callable[[int, int, Points], Points]
) -> list[float]:
    """PCK by threshold; `exact` lead from the first image to each, `answer` moves points of one image to another."""
    errors = []
    for source, target in permutations(range(len(sizes)), 2):
        points = grid(sizes[source])
        there = map_points(exact[target] @ np.linalg.inv(exact[source]), points)
        seen = ((there >= 0) & (there <= np.array(sizes[target]) - 1)).all(axis=1)
        distance = np.linalg.norm(answer(source, target, points[seen]) - there[seen], axis=1)
        errors.append(distance / max(sizes[target]))
    every = np.concatenate(errors)
    return [float((every <= alpha).mean()) for alpha in ALPHAS]


def grid(size: tuple[int, int]) -> Points:
    """(GRID * GRID, 2) columns and rows, evenly over an image of a width and height."""
    x, y = np.meshgrid(*(np.linspace(0, length - 1, GRID) for length in size))
    return np.column_stack([x.ravel(), y.ravel()])


if __name__ == "__main__":
    main()
