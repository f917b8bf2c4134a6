"""How far guided samples follow their flow: `python -m bench.guidance --prior RUN --flow RUN [--samples 8]`.

Held-out pairs of made-up scenes (I2, with the exact flow from I2 to Igt), each drawn unguided, guided as configured,
and with other settings. The motion of an answer is measured by the flow network that guides and, as a second opinion
that guides nothing, by DIS.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from dsia_gen.align.layered.triplets import layered_triplet
from dsia_gen.align.methods.motion_guidance.guidance_runs import load_guide
from dsia_gen.align.photo_files import write_photo
from dsia_gen.core.image_metrics import backward_warp, psnr

Image = NDArray[np.uint8]
Flow = NDArray[np.float32]
WAYS: dict[str, tuple[str, ...]] = {
    "unguided": ("weight=0", "repeats=1"),
    "guided": (),
    "start: warped": ("start=warped",),
    "start: inverted": ("start=inverted",),
    "colour_flow: target": ("colour_flow=target",),
    "colour_flow: target, start: warped": ("colour_flow=target", "start=warped"),
    "no colours": ("colour_weight=0",),
    "no motion": ("flow_weight=0",),
    "no occlusion mask": ("occlusion=false",),
    "K = 1": ("repeats=1",),
}
"""Names of rows, and what each changes of the configured guidance."""
SEED = 991
"""Of scenes that no preset trains on."""


def dis(first: Image, second: Image) -> Flow:
    """Flow from first to second by DIS, at twice the size, since pictures are small."""
    import cv2

    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    large = [cv2.resize(cv2.cvtColor(i, cv2.COLOR_RGB2GRAY), None, fx=2, fy=2) for i in (first, second)]
    flow = estimator.calc(*large, None)
    return np.asarray(cv2.resize(flow, first.shape[1::-1], interpolation=cv2.INTER_AREA) / 2)


def pairs(count: int, size: tuple[int, int], least: float) -> list[tuple[Image, Image, Flow, NDArray[np.bool_]]]:
    """I2, Igt, the flow between them and what it hides, of scenes whose median motion is from `least` to 10 px."""
    found: list[tuple[Image, Image, Flow, NDArray[np.bool_]]] = []
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


def main() -> None:
    """Print a table and write it, with a sheet of pictures a way, into the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prior", required=True)
    parser.add_argument("--flow")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--size", default="96x64")
    parser.add_argument("--least", type=float, default=2.0, help="median motion in px of a pair")
    parser.add_argument("--way", action="append", choices=list(WAYS), help="a row; all by default; repeatable")
    parser.add_argument("--set", action="append", default=[], dest="changes")
    parser.add_argument("--output", type=Path, default=Path("out/guidance"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    width, height = (int(side) for side in options.size.split("x"))
    chosen = [way for way in WAYS if options.way is None or way in options.way]
    data = pairs(options.samples, (width, height), options.least)
    rows: dict[str, dict[str, float]] = {}
    for way in chosen:
        guide = load_guide(options.prior, options.flow, "cpu", [*options.changes, *WAYS[way]]).guide
        network = getattr(guide.estimator, "network", None)
        measured: dict[str, list[float]] = {"seconds": [], "flow": [], "dis": [], "psnr": [], "psnr_hidden": []}
        sheets = []
        for source, target, flow, hidden in data:
            begun = time.perf_counter()
            found = guide.edit(source, flow, hidden=hidden)
            measured["seconds"].append(time.perf_counter() - begun)
            seen = np.isfinite(flow).all(axis=-1) & ~hidden
            measured["dis"].append(median_error(dis, source, found.image, flow, seen))
            if network is not None:
                measured["flow"].append(median_error(network.estimate, source, found.image, flow, seen))
            measured["psnr"].append(psnr(found.image, target))
            sheets.append(np.concatenate([source, target, backward_warp(source, -flow), found.image], axis=1))
        rows[way] = {name: float(np.median(values)) for name, values in measured.items() if values}
        if way == chosen[0]:
            still = {"dis": [median_error(dis, s, s, f, np.isfinite(f).all(axis=-1) & ~h) for s, _, f, h in data]}
            still["psnr"] = [psnr(s, t) for s, t, _, _ in data]
            rows["copy of I2"] = {name: float(np.median(values)) for name, values in still.items()}
            print("copy of I2", json.dumps({k: round(v, 3) for k, v in rows["copy of I2"].items()}), flush=True)
        print(way, json.dumps({name: round(value, 3) for name, value in rows[way].items()}), flush=True)
        options.output.mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "_" for letter in way)
        write_photo(options.output / f"{name}.png", np.concatenate(sheets, axis=0))
    (options.output / "rows.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
