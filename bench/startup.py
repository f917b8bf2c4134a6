"""How long things take to start: the command line, Blender, and a worker that is ready to build."""

from __future__ import annotations

import subprocess
import sys
import time

from bench.figures import Figure
from bench.scale import Scale
from dsia_gen.core.child_process import environment
from dsia_gen.core.errors import WorkerError

LEAVE = "import os; os._exit(0)"
CALLS = {
    "python": ["-c", "pass"],
    "help": ["-m", "dsia_gen", "--help"],
    "bpy": ["-c", f"import bpy; {LEAVE}"],
    "worker": [
        "-c",
        "from dsia_gen.blender.worker import start_blender; start_blender(None); "
        f"from dsia_gen.blender.device import choose_device; choose_device('auto'); {LEAVE}",
    ],
}


def measure(scale: Scale) -> list[Figure]:
    """Each in a fresh process, in turn, so that whatever else the machine does falls on all alike."""
    rounds = [{name: _seconds(words) for name, words in CALLS.items()} for _ in range(scale.repeats + 1)][1:]
    taken = {name: tuple(each[name] for each in rounds) for name in CALLS}
    beside = tuple(each["worker"] - each["bpy"] for each in rounds)
    bare = sorted(taken["python"])[len(rounds) // 2]
    return [
        Figure("dsia-gen --help", "s", taken["help"], goal=0.3, note=f"of which {bare:.2f} s are Python's own"),
        Figure("import of bpy alone", "s", taken["bpy"]),
        Figure("start of a worker, beside the import of bpy", "s", beside, goal=2.0, note="specifications, device"),
    ]


def _seconds(words: list[str]) -> float:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise WorkerError(f"python {' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - begun
