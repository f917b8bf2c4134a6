"""What work costs: wall seconds, and processor seconds of all processes that do it."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Wall seconds, and processor seconds of all processes together."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


def cost_of(call: Callable[[], object]) -> Cost:
    """What a call costs in processes that it starts and waits for."""
    begun, before = time.perf_counter(), _children()
    call()
    return Cost(time.perf_counter() - begun, _children() - before)


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
