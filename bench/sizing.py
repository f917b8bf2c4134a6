"""Hours and cost of a data set: `python -m bench.sizing [--seconds-a-view S --price P] [--dataset FOLDER]`.

    render seconds       = pixels * samples * MICROSECONDS * CORE_SCORE / score of the device
    seconds a view (GPU) = max(render + FIXED, (render + FIXED + pixels * BESIDE) / scenes at once)
    hours of one machine = views * seconds a view / 3600
    cost                 = hours * price

Everything that the table of devices says is an estimate: scores are of other scenes, prices move.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.pipeline.estimate import MICROSECONDS

VIEWS = 60_000
"""The paper's 1,033 scenes and 30,000 pairs: neighbouring pairs share views, so about two renders a pair."""
PIXELS, SAMPLES = 960 * 540, 64
INDOOR = 0.5
"""Share of the scenes that are rooms, which take longer."""
CORE_SCORE = 12.0
"""Score of one core of the shared x86 server on which `farm.estimate.MICROSECONDS` were measured: an estimate."""
BESIDE_MICROSECONDS = 9.0
"""Core time of a pixel beside rendering: building, freezing, annotating, writing. Measured on the same server."""
RESULTS = Path(__file__).resolve().parent / "results.json"


@dataclass(frozen=True)
class Device:
    """`score`: Cycles samples a minute of the Blender Benchmark. `price`: dollars an hour for the whole machine."""

    name: str
    score: float
    price: float
    gpu: bool = True


DEVICES = (
    Device("NVIDIA T4, 4 vCPUs", 1_400, 0.53),
    Device("NVIDIA A10G, 8 vCPUs", 3_900, 1.21),
    Device("NVIDIA L4, 8 vCPUs", 3_600, 0.98),
    Device("NVIDIA L40S, 8 vCPUs", 9_300, 2.24),
    Device("NVIDIA A100 40 GB (no ray-tracing cores), 12 vCPUs", 3_300, 3.70),
    Device("GeForce RTX 3090, own or rented", 5_300, 0.30),
    Device("GeForce RTX 4090, own or rented", 10_900, 0.50),
    Device("64 vCPUs (32 cores), no GPU", 400, 2.80, gpu=False),
    Device("8-core desktop CPU, own", 200, 0.05, gpu=False),
)
FIXED_SECONDS = 0.4
"""Per view on a GPU: synchronising the scene, denoising and saving, which do not shrink with the score."""
AT_ONCE = 4
"""Scenes that share one GPU (`resources.gpus: 0.25`), so that it renders while others build, annotate and write."""


@dataclass(frozen=True)
class Estimate:
    """What one machine needs for a data set."""

    seconds_a_view: float
    hours: float
    cost: float


def seconds_a_view(device: Device, pixels: int = PIXELS, samples: int = SAMPLES, indoor: float = INDOOR) -> float:
    """Seconds of one machine for a view, with AT_ONCE scenes on a GPU."""
    microseconds = indoor * MICROSECONDS["indoor"] + (1 - indoor) * MICROSECONDS["outdoor"]
    render = pixels * samples * microseconds * 1e-6 * CORE_SCORE / device.score
    beside = pixels * BESIDE_MICROSECONDS * 1e-6
    if not device.gpu:  # all cores share both
        return render + beside * CORE_SCORE / device.score
    return max(render + FIXED_SECONDS, (render + FIXED_SECONDS + beside) / AT_ONCE)


def estimate(seconds: float, price: float, views: int = VIEWS, machines: int = 1) -> Estimate:
    """Hours on `machines` of a kind, and the cost of all of them."""
    hours = views * seconds / 3600
    return Estimate(seconds, hours / machines, hours * price)


def table(views: int = VIEWS, machines: int = 1) -> str:
    """The devices as a Markdown table."""
    lines = [
        f"| device (estimates) | score | seconds a view | hours on {machines} | dollars an hour | dollars in all |",
        "|---|---|---|---|---|---|",
    ]
    for device in DEVICES:
        found = estimate(seconds_a_view(device), device.price, views, machines)
        lines.append(
            f"| {device.name} | {device.score:,.0f} | {found.seconds_a_view:.2g} | {_two_digits(found.hours)} | "
            f"{device.price:.2f} | {_two_digits(found.cost)} |"
        )
    return "\n".join(lines)


def measured(dataset: Path) -> float:
    """Seconds a view at 960x540 by the timings of a data set that was rendered here, whatever its size.

    ValueError when dataset.json has none.
    """
    document = json.loads((dataset / "dataset.json").read_text(encoding="utf-8"))
    speed, resolution = (document.get("timings") or {}).get("views_an_hour"), document.get("resolution")
    if not speed or not resolution:
        raise ValueError(f"{dataset} says not how fast it was made; render a scene with this version first")
    return 3600 / speed * PIXELS / (resolution[0] * resolution[1])


def annotation_share(results: Path = RESULTS) -> float | None:
    """What `make bench` measured for annotation over rendering; None where it has not run."""
    if not results.is_file():
        return None
    figures = json.loads(results.read_text(encoding="utf-8"))["figures"]
    found = [figure["median"] for figure in figures if figure["name"].startswith("annotation of one view")]
    return float(found[0]) if found else None


def _two_digits(value: float) -> str:
    if value == 0:
        return "0"
    digits = 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, digits):,.{max(0, digits)}f}"


def main() -> int:
    """Print an estimate from the user's own figures, or the table."""
    options = _parse()
    if options.dataset:
        options.seconds_a_view = measured(options.dataset)
    if options.seconds_a_view is None:
        print(table(options.views, options.machines))
        share = annotation_share()
        print(
            f"\nannotation over rendering by `make bench`: {share:.3f}" if share else "\n`make bench` has not run here"
        )
        return 0
    found = estimate(options.seconds_a_view, options.price, options.views, options.machines)
    print(
        f"{options.views:,} views at {found.seconds_a_view:.3g} s: {found.hours:,.1f} hours on "
        f"{options.machines} machine(s), {found.cost:,.2f} in all"
    )
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sizing", description="Hours and cost of a data set.")
    parser.add_argument("--seconds-a-view", type=float, help="your own figure: `dsia-gen dataset status` has it")
    parser.add_argument("--price", type=float, default=0.0, help="of one machine an hour")
    parser.add_argument("--views", type=int, default=VIEWS, help="`dsia-gen render JOB --dry-run` counts them")
    parser.add_argument("--machines", type=int, default=1, help="that work at once")
    parser.add_argument("--dataset", type=Path, help="take the speed from a data set that was rendered here")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
