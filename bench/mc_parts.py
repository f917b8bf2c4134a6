"""What the parts of mc_aligner's answer are worth: `python -m bench.mc_parts TESTSET [RUN]` leaves one out at a time.

Nothing is trained again: the share of a source that is left out goes to the others in proportion. A line of JSON for
each: PSNR in dB by motion subset, its mean, and that of what moves in Igt; the mean loss beside the whole answer with
its standard error over scenes.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

import dsia_gen.dataset
from bench.subset_means import subset_means
from dsia_gen.align.align_photos import composed_photo
from dsia_gen.align.methods.mc_aligner.mc_composition import GATES, RESIDUAL, McComposition
from dsia_gen.align.methods.mc_aligner.mc_network import SOURCES
from dsia_gen.align.methods.mc_aligner.mc_pipeline import McPipeline
from dsia_gen.align.photos import photo_of
from dsia_gen.core.image_metrics import psnr

WHOLE = "all of it"


def variants(whole: McComposition) -> Iterator[tuple[str, McComposition]]:
    """The answer, and what is left of it without each part."""
    yield WHOLE, whole
    gates = whole.maps[:, GATES]
    changes = {"no residual": (gates, 0.0)}
    for k, source in enumerate(SOURCES):
        left = gates.clone()
        left[:, k] = 0
        changes[f"no {source}"] = (left / left.sum(dim=1, keepdim=True).clamp(min=1e-6), 1.0)
    best = torch.nn.functional.one_hot(gates.argmax(dim=1), len(SOURCES)).movedim(-1, 1).to(gates)
    changes["the source of the largest gate alone"] = (best, 1.0)
    for name, (shares, kept) in changes.items():
        maps = whole.maps.clone()
        maps[:, GATES] = shares
        maps[:, RESIDUAL] *= kept
        yield name, replace(whole, maps=maps)


def main(testset: str, run: str | None) -> None:
    """Print a line for each variant."""
    pipeline = McPipeline.from_pretrained(run)
    subsets: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    moving: dict[str, list[float]] = defaultdict(list)
    losses: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for sample in dsia_gen.dataset.open(testset):
        image1, image2, target = (sample.image(role) for role in ("1", "2", "gt"))
        compose = pipeline.align_rgb(image1, image2).compose
        if not isinstance(compose, McComposition):  # equal images, or unrelated ones
            continue
        photos = photo_of(image1, "image 1"), photo_of(image2, "image 2")
        moves, whole = np.asarray(sample["dynamic_gt"]) > 0, 0.0
        for name, variant in variants(compose):
            picture = composed_photo(variant, *photos)
            found = psnr(picture, target)
            whole = found if name == WHOLE else whole
            subsets[name][str(sample.subset)].append(found)
            losses[name][sample.scene.name].append(whole - found)
            if moves.any():
                moving[name].append(psnr(picture, target, moves))
    for name, by_subset in subsets.items():
        means = subset_means(by_subset)
        means["what moves"] = float(np.mean(moving[name]))
        by_scene = np.array([np.mean(values) for values in losses[name].values()])
        means["loss"] = float(by_scene.mean())
        means["its standard error"] = float(by_scene.std(ddof=1) / np.sqrt(len(by_scene)))
        means["pairs"] = sum(len(values) for values in by_subset.values())
        print(json.dumps({"answer": name, **{k: round(v, 3) for k, v in means.items()}}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.mc_parts", description=__doc__)
    parser.add_argument("testset", metavar="TESTSET", help="data set to measure on")
    parser.add_argument("run", metavar="RUN", nargs="?", help="a training; by default what the package holds")
    arguments = parser.parse_args()
    main(arguments.testset, arguments.run)
