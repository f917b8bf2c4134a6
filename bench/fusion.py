"""What a perfect mask is worth before any learning: `python -m bench.fusion TESTSET` pastes I2 by the true mask.

V_M of the paper takes I2 as it is where the scene moves, and I1 elsewhere. A line of JSON for each way to bring I2 to
the view of I1, with and without the light of I2 on I1: PSNR in dB over all pixels by motion subset, and its mean.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

import dsia_gen.dataset
from bench.subset_means import subset_means
from dsia_gen.align.methods.blend import GainSettings, inside_image, smooth_gain
from dsia_gen.align.methods.geometric_warp import GeometricSettings
from dsia_gen.align.methods.homography_dis import fit_homography_dis
from dsia_gen.core.image_metrics import backward_warp, psnr
from dsia_gen.dataset.reader import Sample

WAYS = ("as it is", "by the homography of DIS flow", "by the exact flow of the camera")


def flow_of(sample: Sample, way: str) -> NDArray[np.float32]:
    """(H, W, 2) flow from Igt to I2."""
    image1, image2 = sample.image("1"), sample.image("2")
    still = np.zeros((*image1.shape[:2], 2), dtype=np.float32)
    if way == WAYS[0]:
        return still
    if way == WAYS[1]:
        fitted = fit_homography_dis(image1, image2, GeometricSettings()).flow
        return still if fitted is None else fitted
    return np.nan_to_num(sample["flow_gt_to_2"]).astype(np.float32)


def main(testset: str) -> None:
    """Print a line for each way."""
    samples = list(dsia_gen.dataset.open(testset))
    for way in WAYS:
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for sample in samples:
            image1, image2, target = (sample.image(role) for role in ("1", "2", "gt"))
            flow, moves = flow_of(sample, way), sample["dynamic_union"].astype(bool)[..., None]
            warped = backward_warp(image2, flow)
            lit = image1 * smooth_gain(image1, warped, inside_image(flow), GainSettings())
            lit = np.rint(np.clip(lit, 0, 255)).astype(np.uint8)
            pictures = {
                "I1": image1, "I1 in the light of I2": lit, "true mask": np.where(moves, warped, image1),
                "true mask, I1 in the light of I2": np.where(moves, warped, lit),
                "mean of both": np.rint((lit.astype(float) + warped) / 2),
            }  # fmt: skip
            for name, picture in pictures.items():
                found[name][sample.subset].append(psnr(picture, target))
        for name, by_subset in found.items():
            means = subset_means(by_subset)
            print(json.dumps({"I2": way, "picture": name, **{k: round(v, 2) for k, v in means.items()}}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.fusion", description=__doc__)
    parser.add_argument("testset", metavar="TESTSET", help="data set to measure on")
    main(parser.parse_args().testset)
