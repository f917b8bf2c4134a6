"""Errors of one homography from deep features on photographs with known homographies.

    python -m bench.graf FOLDER [xfeat] [lite0] [lite0:expand11] [lite0:expand5] [vgg16:pool4:FILE] [--side 480]

The folder holds `img1.png` to `img6.png` and `H1to2p` to `H1to6p`, the homographies from image 1, as the graf sequence
of the VGG affine data has them. A row is the mean end-point error in px of image 1 for the pairs 1-2 to 1-6.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dsia_gen.align.images import read_image
from dsia_gen.align.matching.coarse import CoarseMatcher
from dsia_gen.align.matching.coarse_config import CoarseConfig
from dsia_gen.align.matching.features.features_config import features_of
from dsia_gen.align.matching.features.open_features import open_features
from dsia_gen.align.matching.robust_homography import homography_flow

COUNT = 6


def read_graf(folder: Path) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.float64]]]:
    """The six photographs, and the homographies (3, 3) from the first to each."""
    images = [read_image(folder / f"img{number}.png") for number in range(1, COUNT + 1)]
    return images, [np.eye(3), *(np.loadtxt(folder / f"H1to{number}p") for number in range(2, COUNT + 1))]


def graf_row(folder: Path, text: str, side: int) -> tuple[list[float], float]:
    """Errors of the pairs, NaN where there is no homography, and the seconds that a pair took."""
    features = features_of(text).model_copy(update={"side": side})
    matcher = CoarseMatcher(open_features(features), CoarseConfig(features=features))
    (first, *others), (_, *truths) = read_graf(folder)
    begun, errors = time.perf_counter(), []
    for second, truth in zip(others, truths, strict=True):
        found = matcher.homographies(matcher.matches(first, second), (second.shape[0], second.shape[1]), 1)
        exact = homography_flow(truth, *first.shape[:2])
        flow = homography_flow(found[0], *first.shape[:2]) if found else np.full_like(exact, np.nan)
        errors.append(float(np.linalg.norm(flow - exact, axis=-1).mean()))
    return errors, (time.perf_counter() - begun) / len(errors)


def main() -> None:
    """Print a row for each kind of features."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("features", nargs="*", default=["xfeat", "lite0"])
    parser.add_argument("--side", type=int, default=480)
    given = parser.parse_args()
    for text in given.features:
        errors, seconds = graf_row(given.folder, text, given.side)
        print(f"{text:16s}", *(f"{error:7.2f}" for error in errors), f"{seconds:6.1f} s a pair")


if __name__ == "__main__":
    main()
