"""Joint alignment of made-up sets: one texture under six random similarities, and the keypoints that are found.

    python -m bench.made_up_set [--seeds 3] [--steps 400] [--images 6]

A row is PCK@0.1 of the images as they are and as aligned, the seconds of the fit, and the memory of the process.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from bench.textured_sets import made_up_set, share_correct
from dsia_gen.align.methods.spacejam.joint_fit import fit_set
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.core.system import peak_memory


def main() -> None:
    """Print a row for each seed."""
    parser = argparse.ArgumentParser(prog="python -m bench.made_up_set")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--images", type=int, default=6)
    chosen = parser.parse_args()
    print("| seed | images | PCK@0.1 before | after | s | MiB |\n|---|---|---|---|---|---|")
    for seed in range(chosen.seeds):
        made = made_up_set(chosen.images, seed=seed)
        config = SpaceJamConfig.model_validate({
            "name": "made_up", "size": 48, "mask": "none", "coder": {"steps": 100}, "steps": chosen.steps, "seed": seed,
            "reflections": {"enabled": False}, "losses": {"pairs": 12},
        })  # fmt: skip
        begun = time.perf_counter()
        found = fit_set(made.maps, config)
        seconds, memory = time.perf_counter() - begun, (peak_memory() or 0) / 2**20
        before = share_correct(np.tile(np.eye(3), (chosen.images, 1, 1)), made.matrices)
        after = share_correct(found.matrices, made.matrices)
        print(f"| {seed} | {chosen.images} | {before:.3f} | {after:.3f} | {seconds:.0f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
