"""What joint alignment costs for sets of 6 to 30 images: CPU time and memory of `spacejam_tiny`.

    python -m bench.set_size [--images 6,12,20,30] [--steps 12] [--plot docs/images/set-size.png]

Each size has a process of its own with one thread. A few steps of each stage are measured by their CPU time, and the
whole is what the preset's numbers of steps make of them. The sets are one texture under random similarities.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench.plot import Panel, draw

PRESET = "spacejam_tiny"


def measure(count: int, steps: int) -> dict[str, float]:
    """Seconds of CPU of each part, and MiB at the most, of a set of so many images."""
    import torch

    from bench.textured_sets import made_up_set
    from dsia_gen.align.matching.features.open_features import open_features
    from dsia_gen.align.methods.spacejam.joint_features import joint_maps
    from dsia_gen.align.methods.spacejam.joint_fit import fit_set
    from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
    from dsia_gen.core.system import peak_memory

    torch.set_num_threads(1)
    whole = SpaceJamConfig.load(PRESET)
    few = SpaceJamConfig.load(PRESET, [
        "mask=none", f"steps={steps}", f"coder.steps={steps}", "reflections.decisions=1", "reflections.begin=0.5",
    ])  # fmt: skip
    images = made_up_set(count).images
    extractor = open_features(few.features)
    begun = time.process_time()
    maps = joint_maps(images, extractor, few, "cpu")
    moments = [time.process_time()]
    features = moments[0] - begun
    fit_set(maps, few, progress=lambda _done, _all: moments.append(time.process_time()))
    seconds = np.diff(moments)
    # the first step of either stage also allocates
    coder, joint = float(np.median(seconds[1:steps])), float(np.median(seconds[steps + 1 :]))
    choice = float(seconds[steps:].max()) - joint  # one step chose which images are mirrored
    total = features + whole.coder.steps * coder + whole.steps * joint + whole.reflections.decisions * choice
    memory = (peak_memory() or 0) / 2**20
    return {"images": count, "features": features, "coder": coder, "joint": joint, "choice": choice, "total": total,
            "memory": memory}  # fmt: skip


def panels(rows: list[dict[str, float]]) -> list[Panel]:
    """Minutes and MiB over the number of images."""
    counts = [row["images"] for row in rows]
    minutes = [row["total"] / 60 for row in rows]
    return [
        Panel("spacejam_tiny, one thread", "images of the set", "CPU minutes", {"": (counts, minutes)}),
        Panel("memory of the process", "images of the set", "MiB", {"": (counts, [row["memory"] for row in rows])}),
    ]


def main() -> None:
    """Print a row for each size, and draw them."""
    parser = argparse.ArgumentParser(prog="python -m bench.set_size")
    parser.add_argument("--images", default="6,12,20,30")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one, chosen.steps)))
        return
    print("| images | features, s | s a coder step | s a step | s a choice of versions | whole, min | MiB |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for count in chosen.images.split(","):
        command = [sys.executable, "-m", "bench.set_size", "--one", count, "--steps", str(chosen.steps)]
        found = subprocess.run(command, check=True, capture_output=True, text=True)
        row = json.loads(found.stdout.splitlines()[-1])
        rows.append(row)
        cells = [f"{row[name]:.3g}" for name in ("features", "coder", "joint", "choice")]
        print(f"| {count} | {' | '.join(cells)} | {row['total'] / 60:.1f} | {row['memory']:.0f} |", flush=True)
    if chosen.plot:
        draw(chosen.plot, panels(rows))


if __name__ == "__main__":
    main()
