"""What an aligner's mask is worth: `python -m bench.masks TESTSET RUN...` gives the trained denoiser other masks.

A line of JSON for each run and mask: PSNR over all pixels by motion subset, its mean over subsets, and the IoU of the
run's own mask with `dynamic_union`. The true mask is that of the codec's blocks, most of whose pixels are dynamic.
"""

from __future__ import annotations

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
from dsia_gen.align.mask import fuse
from dsia_gen.align.model import Condition
from dsia_gen.align.pipeline import AlignerPipeline
from dsia_gen.dataset.checks.photometric import psnr
from dsia_gen.dataset.reader import Sample

MASKS = ("own", "true", "none", "all")


def main(testset: str, runs: list[str]) -> None:
    """Measure each run with each mask."""
    samples = list(dsia_gen.dataset.open(testset))
    for run in runs:
        pipeline = AlignerPipeline.from_pretrained(run)
        if pipeline.model.mask is None:
            sys.exit(f"{run} has no mask module; give runs whose model.mask is set")
        for mask in MASKS:
            print(json.dumps({"run": run, "mask": mask, **measure(pipeline, samples, mask)}), flush=True)


def measure(pipeline: AlignerPipeline, samples: list[Sample], mask: str) -> dict[str, float]:
    """PSNR in dB by subset and on average; for the mask of its own also the IoU by subset and on average."""
    found = defaultdict(list)
    for sample in samples:
        first, second, answer = (sample.image(role) for role in ("1", "2", "gt"))
        moves = sample["dynamic_union"]
        with given(pipeline, mask, moves):
            aligned = pipeline(first, second, seed=0)
        found[sample.subset].append(psnr(aligned.image.astype(np.float32), answer.astype(np.float32)))
        if mask == "own" and aligned.mask is not None:
            on = aligned.mask > 0.5
            found[f"{sample.subset} IoU"].append((on & moves).sum() / max((on | moves).sum(), 1))
    means = {name: float(np.mean(values)) for name, values in sorted(found.items())}
    for what in ("", " IoU"):
        chosen = [value for name, value in means.items() if name.endswith("IoU") == bool(what)]
        means |= {f"average{what}": float(np.mean(chosen))} if chosen else {}
    return {name: round(value, 3) for name, value in means.items()}


@contextmanager
def given(pipeline: AlignerPipeline, mask: str, moves: NDArray[np.bool_]) -> Iterator[None]:
    """The pipeline's denoiser sees V_M of another mask than its own; `moves` (H, W) is the true one."""
    model, own = pipeline.model, pipeline.model.condition
    truth = torch.from_numpy(moves.astype(np.float32))[None, None]

    def condition(v1: Tensor, v2: Tensor) -> Condition:
        kept, factor = own(v1, v2), pipeline.codec.factor
        below, right = (v1.shape[k] * factor - truth.shape[k] for k in (2, 3))
        share = avg_pool2d(pad(truth, (0, right, 0, below), mode="replicate"), factor).to(v1)
        weight = {"true": (share > 0.5).to(v1), "none": 0 * share, "all": 0 * share + 1}[mask]
        fused = fuse(v1, v2, weight)
        base = fused if model.config.residual == "v_m" else v1
        return Condition(torch.cat([v1, v2, fused], dim=1), base, kept.logits)

    model.condition = own if mask == "own" else condition  # type: ignore[method-assign]
    try:
        yield
    finally:
        del model.condition


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])
