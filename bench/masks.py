"""What an aligner's mask is worth: `python -m bench.masks TESTSET RUN...` gives the trained denoiser other masks.

A line of JSON for each run and mask: PSNR over all pixels by motion subset, its mean over subsets, and the IoU of the
run's own mask with `dynamic_union`. The true mask is that of the codec's blocks, most of whose pixels are dynamic.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

import dsia_gen.dataset
from bench.subset_means import subset_means
from dsia_gen.align.methods.dmaligner.aligner_pipeline import DMAlignerPipeline
from dsia_gen.align.methods.dmaligner.model import Condition
from dsia_gen.core.image_metrics import iou, psnr
from dsia_gen.dataset.reader import Sample

MASKS = ("own", "true", "none", "all")


def main(testset: str, runs: list[str]) -> None:
    """Measure each run with each mask."""
    samples = list(dsia_gen.dataset.open(testset))
    for run in runs:
        pipeline = DMAlignerPipeline.from_pretrained(run)
        if pipeline.model.mask is None:
            sys.exit(f"{run} has no mask module; give runs whose model.mask is set")
        for mask in MASKS:
            print(json.dumps({"run": run, "mask": mask, **measure(pipeline, samples, mask)}), flush=True)


def measure(pipeline: DMAlignerPipeline, samples: list[Sample], mask: str) -> dict[str, float]:
    """PSNR in dB by subset and on average; for the mask of its own also the IoU by subset and on average."""
    decibels: dict[str, list[float]] = defaultdict(list)
    overlaps: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        first, second, answer = (sample.image(role) for role in ("1", "2", "gt"))
        moves = sample["dynamic_union"]
        with given(pipeline, mask, moves):
            aligned = pipeline(first, second, seed=0)
        decibels[sample.subset].append(psnr(aligned.image, answer))
        if mask == "own" and aligned.mask is not None:
            overlaps[sample.subset].append(iou(aligned.mask > 0.5, moves))
    return _means(decibels, "") | (_means(overlaps, " IoU") if overlaps else {})


def _means(values: dict[str, list[float]], unit: str) -> dict[str, float]:
    return {f"{name}{unit}": round(mean, 3) for name, mean in subset_means(values).items()}


@contextmanager
def given(pipeline: DMAlignerPipeline, mask: str, moves: NDArray[np.bool_]) -> Iterator[None]:
    """The pipeline's denoiser sees V_M of another mask than its own; `moves` (H, W) is the true one."""
    model, own = pipeline.model, pipeline.model.condition
    truth = torch.from_numpy(moves.astype(np.float32))[None, None]

    def condition(v1: Tensor, v2: Tensor, warped: Tensor | None = None) -> Condition:
        factor = pipeline.codec.factor
        below, right = (v1.shape[k] * factor - truth.shape[k] for k in (2, 3))
        share = avg_pool2d(pad(truth, (0, right, 0, below), mode="replicate"), factor).to(v1)
        weight = {"true": (share > 0.5).to(v1), "none": 0 * share, "all": 0 * share + 1}[mask]
        logits = own(v1, v2, warped).logits
        assert logits is not None, "the run has a mask module"
        return model.masked(v1, v2, v2 if warped is None else warped, weight, logits)

    model.condition = own if mask == "own" else condition  # type: ignore[method-assign]
    try:
        yield
    finally:
        del model.condition


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.masks", description=__doc__)
    parser.add_argument("testset", metavar="TESTSET", help="data set to measure on")
    parser.add_argument("runs", metavar="RUN", nargs="+", help="runs of `dsia-gen train aligner`")
    asked = parser.parse_args()
    main(asked.testset, asked.runs)
