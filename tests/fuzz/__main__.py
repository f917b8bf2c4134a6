"""`python -m tests.fuzz`: every target in a process of its own; a table of what came of it, and files of what fell."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.fuzz.campaign import CURRENT, Tally
from tests.fuzz.targets import TARGETS

CHUNK = 5_000
"""Cases of one process: what it leaks, or breaks, ends with it."""
SPARE = 300.0
"""Seconds of the clock beyond its share after which a process is taken for one that hangs."""


def run_in_process(name: str, cases: int, first: int, keep: Path, seconds: float) -> Tally:
    """One process of a target; when it dies or hangs, the file that it was reading is kept."""
    command = [sys.executable, "-m", "tests.fuzz.campaign", name, str(cases), str(first), str(keep), str(seconds)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=min(seconds, cases / 2) + SPARE)
        if done.returncode == 0:
            return Tally(**json.loads(done.stdout.splitlines()[-1]))
        fell = f"the process ended with {done.returncode}: {(done.stderr.splitlines() or [''])[-1][:200]}"
    except subprocess.TimeoutExpired:
        fell = "the process hangs"
    kept = keep / name / f"{CURRENT}-{first}{TARGETS[name].suffix}"
    current = keep / f".{name}" / CURRENT
    if current.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(current, kept)
    return Tally(name, fallen={fell: str(kept)})


def run_all(name: str, cases: int, seconds: float, first: int, keep: Path) -> Tally:
    """All cases of a target, a chunk at a time."""
    total, begin = Tally(name), time.monotonic()
    for k in range(0, cases, CHUNK):
        left = seconds - (time.monotonic() - begin)
        if left <= 0:
            break
        one = run_in_process(name, min(CHUNK, cases - k), first + k, keep, left)
        total = replace(
            total,
            cases=total.cases + one.cases,
            refused=total.refused + one.refused,
            seconds=round(total.seconds + one.seconds, 1),
            slowest=max(total.slowest, one.slowest),
            mebibytes=max(total.mebibytes, one.mebibytes),
            fallen=total.fallen | one.fallen,
        )
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all by default: {', '.join(TARGETS)}")
    parser.add_argument("--cases", type=int, default=100_000, help="files of all targets together")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="clock time of all targets together")
    parser.add_argument("--seed", type=int, default=0, help="another seed tries other files")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="folder for files that fell")
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    cases, seconds = -(-given.cases // len(names)), given.seconds * given.jobs / len(names)
    say = partial(print, flush=True)
    say(f"{'target':20} {'cases':>7} {'refused':>7} {'seconds':>8} {'slowest':>8} {'MiB':>5}  fell")
    fallen, total = {}, 0
    with ThreadPoolExecutor(given.jobs) as pool:
        runs = (pool.submit(run_all, name, cases, seconds, given.seed * 10**6, given.keep.resolve()) for name in names)
        for run in list(runs):
            tally = run.result()
            total += tally.cases
            fallen |= {f"{tally.target}: {fell}": path for fell, path in tally.fallen.items()}
            say(f"{tally.target:20} {tally.cases:7} {tally.refused:7} {tally.seconds:8} {tally.slowest:8} "
                  f"{tally.mebibytes:5}  {len(tally.fallen)}")  # fmt: skip
    say(f"{total} cases, {len(fallen)} kinds of failure")
    for fell, path in fallen.items():
        say(f"  {fell}\n    {path}")
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
