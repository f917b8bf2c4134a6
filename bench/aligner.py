"""What a training step and an answer of the aligner cost, beside the recipe of the authors' release.

All runs have the paper's denoiser and codec (fresh weights), crop, batch and sampler alike, and one process each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys

from bench.figures import Figure
from bench.scale import ROOT, Scale

RUNS = {
    "the paper's aligner": ("dmaligner", ()),
    "the paper's, without its mask module": ("ablation_b_x0", ()),
    "the paper's, loss on latents": ("dmaligner", ("losses.domain=latent",)),
    "the release's recipe": ("released_recipe", ()),
}
ALIKE = ("train.accumulate=1", "sampling.step_size=20")
ON_CPU = ("train.batch_size=1", "train.precision=fp32", "train.channels_last=false", "train.device=cpu")


def measure(scale: Scale) -> list[Figure]:
    """Steps and images a second, and peak memory, of each run."""
    figures = []
    for name, (preset, overrides) in RUNS.items():
        told = _in_a_process([preset, *_size(scale), str(_repeats(scale)), *ALIKE, *overrides])
        what = f"{told['width']}x{told['height']} x {told['batch']}, {told['device']}"
        figures += [
            Figure(f"training step of {name}, {what}", "s", (1 / told["steps_a_second"],), note=_note(told)),
            Figure(f"peak memory of training {name}, {what}", "GiB", (told["peak_bytes"] / 2**30,)),
        ]
        if preset != "dmaligner" or not overrides:  # the loss changes nothing of an answer
            answer = f"an answer of {name}, {told['width']}x{told['height']}, 50 steps, {told['device']}"
            figures.append(Figure(answer, "s", tuple(told["answers"])))
    return figures


def _note(told: dict[str, float]) -> str:
    return f"{told['parameters'] / 1e6:.0f}M weights that learn"


def _repeats(scale: Scale) -> int:
    return max(1, scale.repeats // 2)


def _size(scale: Scale) -> tuple[str, str]:
    """A fifth of the run's pictures, in steps of what the network divides: for CPUs. A GPU takes the paper's crop."""
    width, height = (-(-side // 160) * 32 for side in scale.resolution)
    return str(width), str(height)


def _in_a_process(arguments: list[str]) -> dict[str, float]:
    """Measure in a process of its own, whose peak memory is that of one run."""
    command = [sys.executable, "-m", "bench.aligner", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"measuring {arguments[0]} failed: {done.stderr.strip()[-400:]}")
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


def _main(preset: str, width: str, height: str, repeats: str, *overrides: str) -> None:
    from dataclasses import asdict

    import torch

    from bench.aligner_speed import measure_speed, seconds_an_image
    from dsia_gen.align.methods.dmaligner.aligner_config import AlignerConfig

    own = () if torch.cuda.is_available() else (f"data.crop=[{width},{height}]", *ON_CPU)
    config = AlignerConfig.load(preset, [*overrides, *own])
    speed = measure_speed(config, steps=int(repeats), warmup=1)
    crop = config.data.crop or (int(width), int(height))
    answers = seconds_an_image(config, crop)
    told = {**asdict(speed), "answers": answers, "width": crop[0], "height": crop[1], "batch": config.train.batch_size}
    print(json.dumps(told))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m bench.aligner", description="One measurement of `python -m bench --only aligner`, as JSON."
    )
    for name in ("preset", "width", "height", "repeats"):
        parser.add_argument(name, metavar=name.upper())
    parser.add_argument("overrides", metavar="KEY=VALUE", nargs="*", help="keys of the preset")
    given = parser.parse_args()
    _main(given.preset, given.width, given.height, given.repeats, *given.overrides)
