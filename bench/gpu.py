"""A GPU at work: which device renders, pairs an hour, and how busy it is."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.figures import Figure
from bench.scale import Scale, scene_task
from bench.whole_scene import run_one
from dsia_gen.cli.diagnosis import DEVICES
from dsia_gen.core.blender_environments import blender_command
from dsia_gen.core.child_process import environment
from dsia_gen.core.errors import DeviceError
from dsia_gen.spec.light import Render

SIZE, PAIRS = (960, 540), 10
NVIDIA = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
LOOK_SECONDS = 0.5


def find_gpu() -> tuple[str, str]:
    """Kind (a device of a job, such as `optix`) and name of the fastest GPU that Cycles sees.

    DeviceError when it sees none.
    """
    done = subprocess.run(blender_command(DEVICES), capture_output=True, text=True, env=environment(), check=False)
    found = json.loads(done.stdout.strip().splitlines()[-1]) if done.returncode == 0 else []
    for kind, name in found:
        if kind != "CPU":
            return str(kind).lower(), str(name)
    listed = ", ".join(name for _, name in found) or "nothing"
    raise DeviceError(f"Cycles sees no GPU here (it sees {listed}), so leave --gpu out or run where there is one")


def measure(scale: Scale) -> list[Figure]:
    """The scene of the design at full size with 64 samples, on the device of the run."""
    task = scene_task(replace(scale, quality=Render(samples=64)), "outdoor", PAIRS, SIZE)
    with busy_share() as busy:
        run = run_one(task)
    what = f"{PAIRS} pairs at {SIZE[0]}x{SIZE[1]}, 64 samples, denoised, on {run.device}"
    figures = [
        Figure("GPU: pairs with all ground truth", "/h", (PAIRS * 3600 / run.wall,), "at least", note=what),
        Figure("GPU: render of one view", "s", run.views, note=what),
    ]
    if busy:
        figures.append(Figure("GPU: busy share over a scene", "%", (statistics.mean(busy),), note="by nvidia-smi"))
    return figures


@contextmanager
def busy_share() -> Iterator[list[float]]:
    """Percentages of the first GPU's time, read twice a second; none where nvidia-smi is not there."""
    readings: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            done = subprocess.run(NVIDIA, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                readings.append(float(done.stdout.splitlines()[0]))

    thread = threading.Thread(target=look, daemon=True)
    if shutil.which(NVIDIA[0]):
        thread.start()
    try:
        yield readings
    finally:
        over.set()
        if thread.is_alive():
            thread.join()
