"""How many cores this process may use, and how many of them the libraries of a process take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")
SHARED_POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""Pools that work in proportion to their threads: OpenMP's, which is torch's too, and MKL's."""
SINGLE_POOLS = ("OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Pools of linear algebra. The matrices of a scene are small: more threads spin and make nothing quicker."""


def cores() -> int:
    """Cores that this process may use, in a container with a quota too."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, round(core_quota(CONTROL_GROUPS) or allowed)))


def share() -> int:
    """Threads that this process may keep busy: what the farm has set for its libraries, else all cores."""
    given = os.environ.get(SHARED_POOLS[0], "").split(",")[0].strip()
    return int(given) if given.isdecimal() and int(given) else cores()


def thread_variables(threads: int = 0) -> dict[str, str]:
    """Variables that keep the libraries of a process within its share of the cores, 0 being all of them.

    Those that the environment sets already are not among them. Libraries look at them when they are loaded.
    """
    counts = dict.fromkeys(SHARED_POOLS, threads or cores()) | dict.fromkeys(SINGLE_POOLS, 1)
    return {name: str(count) for name, count in counts.items() if name not in os.environ}


@contextmanager
def shared_cores(processes: int) -> Iterator[int]:
    """Processes that are started inside the block share the cores; yields the threads of each."""
    threads = max(1, cores() // processes)
    added = thread_variables(threads)
    os.environ.update(added)
    try:
        yield threads
    finally:
        for name in added:
            os.environ.pop(name, None)


def core_quota(groups: Path) -> float | None:
    """Cores that the control group of a container (Linux, version 2 or 1) leaves to it; None without a limit."""
    try:
        if (groups / "cpu.max").is_file():
            quota, period = (groups / "cpu.max").read_text(encoding="ascii").split()
        else:
            quota, period = ((groups / f"cpu/cpu.cfs_{n}_us").read_text(encoding="ascii") for n in ("quota", "period"))
        return float(quota) / float(period) if float(quota) > 0 else None
    except (OSError, ValueError):  # "max" is not a number
        return None
