"""What one transform an image could reach on sets of images: keypoints that the best transform of each pair finds.

    python -m bench.set_ceiling SETS [SETS ...]

For each folder of sets, the mean PCK@0.1 of the images as they are, and of the similarity, affinity and homography that
fit the true keypoints of each pair best (least squares; a similarity by least median). No method is run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.methods.spacejam.joint_alignment import map_points
from dsia_gen.dataset.array_files import read_array
from dsia_gen.dataset.image_sets import read_sets
from dsia_gen.evaluate.set_keypoints import PairKeypoints, pair_keypoints
from dsia_gen.spec.outputs import OUTPUTS

Floats = NDArray[np.float64]


def similarity(here: Floats, there: Floats) -> Floats:
    """(3, 3), of the identity where there is none."""
    found = cv2.estimateAffinePartial2D(here, there, method=cv2.LMEDS)[0]
    return np.eye(3) if found is None else np.vstack([found, [0.0, 0.0, 1.0]])


def affinity(here: Floats, there: Floats) -> Floats:
    """(3, 3)."""
    columns = np.column_stack([here, np.ones(len(here))])
    return np.vstack([np.linalg.lstsq(columns, there, rcond=None)[0].T, [0.0, 0.0, 1.0]])


def homography(here: Floats, there: Floats) -> Floats:
    """(3, 3), of the identity where there is none."""
    found = cv2.findHomography(here, there, 0)[0]
    return np.eye(3) if found is None else np.asarray(found)


FITS: tuple[Callable[[Floats, Floats], Floats], ...] = (
    lambda _here, _there: np.eye(3), similarity, affinity, homography
)  # fmt: skip


def shares(pairs: list[PairKeypoints]) -> list[float]:
    """PCK@0.1 by each kind of transform."""
    found = []
    for fit in FITS:
        hits = [
            np.linalg.norm(map_points(fit(p.here, p.there), p.here) - p.there, axis=1) <= 0.1 * p.extent for p in pairs
        ]
        found.append(float(np.concatenate(hits).mean()))
    return found


def main() -> None:
    """Print a row for each folder."""
    parser = argparse.ArgumentParser(prog="python -m bench.set_ceiling")
    parser.add_argument("sets", type=Path, nargs="+")
    print("| sets | as they are | similarity | affinity | homography |\n|---|---|---|---|---|")
    for folder in parser.parse_args().sets:
        rows = []
        for entry in read_sets(folder).sets:
            files = [item.coordinates for item in entry.images if item.coordinates]
            pairs = pair_keypoints(
                [read_array(OUTPUTS["object_coordinates"], name.file_below(folder)) for name in files]
            )
            rows += [shares(pairs)] if pairs else []
        print(f"| {folder.name} | " + " | ".join(f"{value:.3f}" for value in np.mean(rows, axis=0)) + " |", flush=True)


if __name__ == "__main__":
    main()
