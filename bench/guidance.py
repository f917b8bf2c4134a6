"""How far guided samples follow their flow: `python -m bench.guidance --prior RUN --flow RUN [--seeds 2]`.

Held-out pairs of made-up scenes (I2, with the exact flow from I2 to Igt), each drawn unguided, guided as configured,
and with other settings. The motion of an answer is measured by the flow network that guides and, as a second opinion
that guides nothing, by DIS. Figures are medians over pairs and seeds, intervals are 95% by a bootstrap of pairs. What
was measured is kept in the folder, so that the same command goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dsia_gen.align.layered.triplets import layered_triplet
from dsia_gen.align.methods.motion_guidance.flow_estimators import TrainedFlow
from dsia_gen.align.methods.motion_guidance.guidance_pipeline import MotionGuide
from dsia_gen.align.methods.motion_guidance.guidance_runs import load_guide
from dsia_gen.align.photo_files import write_photo
from dsia_gen.core.image_metrics import backward_warp, psnr

Image = NDArray[np.uint8]
Flow = NDArray[np.float32]
Pair = tuple[Image, Image, Flow, NDArray[np.bool_]]
Measured = dict[str, float]
WAYS: dict[str, tuple[str, ...]] = {
    "unguided": ("weight=0", "repeats=1", "start=noise"),
    "guided": (),
    "start: noise": ("start=noise",),
    "start: warped": ("start=warped",),
    "unguided, start: warped": ("weight=0", "repeats=1", "start=warped"),
    "colour_flow: estimated": ("colour_flow=estimated",),
    "colour_flow: estimated, start: noise": ("colour_flow=estimated", "start=noise"),
    "colour_flow: estimated, start: warped": ("colour_flow=estimated", "start=warped"),
    "no colours": ("colour_weight=0",),
    "no motion": ("flow_weight=0",),
    "no occlusion mask": ("occlusion=false",),
    "K = 3": ("repeats=3",),
}
"""Names of rows, and what each changes of the configured guidance."""
SEED = 991
"""Of scenes that no preset trains on."""
LEAST_HIDDEN = 64
"""Hidden pixels of a pair below which their PSNR says nothing."""


def dis(first: Image, second: Image) -> Flow:
    """Flow from first to second by DIS, at twice the size, since pictures are small."""
    import cv2

    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    large = [cv2.resize(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2) for i in (first, second)]
    flow = estimator.calc(*large, None)
    return np.asarray(cv2.resize(flow, first.shape[1::-1], interpolation=cv2.INTER_AREA) / 2)


def pairs(count: int, size: tuple[int, int], least: float) -> list[Pair]:
    """I2, Igt, the flow between them and what it hides, of scenes whose median motion is from `least` to 10 px."""
    found: list[Pair] = []
    index = 0
    while len(found) < count:
        scene = layered_triplet(SEED, index, size, faults=False)
        flow = np.asarray(scene["flow_2_to_gt"], np.float32)
        if least <= np.nanmedian(np.linalg.norm(flow, axis=-1)) <= 10:
            found.append((scene.image("2"), scene.image("gt"), flow, np.asarray(scene["occlusion_2_to_gt"]) != 0))
        index += 1
    return found


def median_error(
    estimate: Callable[[Image, Image], Flow], source: Image, answer: Image, flow: Flow, seen: NDArray[np.bool_]
) -> float:
    """Median distance in px of the estimated motion from the wanted one over pixels that are to be seen."""
    return float(np.median(np.linalg.norm(estimate(source, answer) - flow, axis=-1)[seen]))


def edited(guide: MotionGuide, pair: Pair, seed: int) -> tuple[Measured, Image]:
    """What one answer is like, and the answer."""
    source, target, flow, hidden = pair
    begun = time.process_time()
    found = guide.edit(source, flow, hidden=hidden, seed=seed)
    spent = time.process_time() - begun
    seen = np.isfinite(flow).all(axis=-1) & ~hidden
    row = {"dis": median_error(dis, source, found.image, flow, seen), "psnr": psnr(found.image, target)}
    if isinstance(guide.estimator, TrainedFlow):
        row["flow"] = median_error(guide.estimator.network.estimate, source, found.image, flow, seen)
    if hidden.sum() >= LEAST_HIDDEN:
        row["psnr_hidden"] = psnr(found.image[hidden], target[hidden])
    return {**row, "seconds": spent}, found.image


def of_copy(pair: Pair) -> Measured:
    """What I2 itself is like as an answer."""
    source, target, flow, hidden = pair
    seen = np.isfinite(flow).all(axis=-1) & ~hidden
    return {"dis": median_error(dis, source, source, flow, seen), "psnr": psnr(source, target)}


def summary(rows: Mapping[str, Measured]) -> str:
    """Medians over all rows, whose names begin with that of their pair, with intervals."""
    names = sorted({key.partition(" ")[0] for key in rows})
    draws = np.random.default_rng(0).integers(len(names), size=(2000, len(names)))
    parts = []
    for name in ("dis", "flow", "psnr", "psnr_hidden", "seconds"):
        of_pair = [[row[name] for key, row in rows.items() if key.startswith(f"{n} ") and name in row] for n in names]
        values = [value for some in of_pair for value in some]
        if values:
            medians = [np.median(found) for d in draws if (found := [v for k in d for v in of_pair[k]])]
            low, high = np.percentile(medians, (2.5, 97.5))
            parts.append(f"{name} {np.median(values):.2f} [{low:.2f}, {high:.2f}]")
    return ", ".join(parts)


def main() -> None:
    """Print a table and write it, with a sheet of images for each way, into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prior", required=True)
    parser.add_argument("--flow")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--size", default="96x64")
    parser.add_argument("--least", type=float, default=2.0, help="median motion in px of a pair")
    parser.add_argument("--way", action="append", choices=list(WAYS), help="a row; all by default; repeatable")
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--output", type=Path, default=Path("out/guidance"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    width, height = (int(side) for side in options.size.split("x"))
    data = pairs(options.samples, (width, height), options.least)
    options.output.mkdir(parents=True, exist_ok=True)
    kept = options.output / "rows.json"
    rows: dict[str, dict[str, Measured]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    rows["copy of I2"] = {f"{k} 0": of_copy(pair) for k, pair in enumerate(data)}
    print("copy of I2:", summary(rows["copy of I2"]), flush=True)
    for way in options.way or WAYS:
        guide = load_guide(options.prior, options.flow, "cpu", [*options.changes, *WAYS[way]]).guide
        done = rows.setdefault(way, {})
        letters = "".join(letter if letter.isalnum() else "_" for letter in way)
        for seed in range(options.seeds):
            for k, pair in enumerate(data):
                if f"{k} {seed}" in done:
                    continue
                done[f"{k} {seed}"], answer = edited(guide, pair, seed)
                shown = np.concatenate([pair[0], pair[1], backward_warp(pair[0], -pair[2]), answer], axis=1)
                write_photo(options.output / f"{letters}_{k}_{seed}.png", shown)
                kept.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        print(f"{way}:", summary(done), flush=True)


if __name__ == "__main__":
    main()
