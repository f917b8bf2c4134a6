"""Waiting for what another process does, on whatever machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 300.0
"""Seconds for what takes one or two on a machine that does nothing else."""


def wait_for(condition: Callable[[], Any], process: subprocess.Popen | None = None) -> None:
    """Return when a condition holds, for which a process, if one is given, must live."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, f"the process ended with {process.returncode}"
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
