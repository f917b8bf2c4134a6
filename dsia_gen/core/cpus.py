"""How many cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

CONTROL_GROUPS = Path("/sys/fs/cgroup")


def cores() -> int:
    """Cores that this process may use, in a container with a quota too."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, round(core_quota(CONTROL_GROUPS) or allowed)))


def core_quota(groups: Path) -> float | None:
    """Cores that the control group of a container (Linux, version 2 or 1) leaves to it; None without a limit."""
    try:
        if (groups / "cpu.max").is_file():
            quota, period = (groups / "cpu.max").read_text(encoding="ascii").split()
        else:
            quota, period = ((groups / f"cpu/cpu.cfs_{n}_us").read_text(encoding="ascii") for n in ("quota", "period"))
        return float(quota) / float(period) if float(quota) > 0 else None
    except (OSError, ValueError):  # "max" is no number
        return None
