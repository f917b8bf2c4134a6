"""Seconds of named stages, reported as they end; no file of a data set but its run.json depends on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Wall seconds of each stage; `on_stage` gets name and seconds of every stage, or part of one, that ends."""

    def __init__(self, on_stage: Callable[[str, float], None] = lambda _name, _seconds: None) -> None:
        self.seconds: dict[str, float] = {}
        self._on_stage = on_stage

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a block."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - begun)

    @contextmanager
    def remainder(self, name: str) -> Iterator[None]:
        """Measure what the stages that are added inside the block do not account for."""
        begun, before = time.perf_counter(), sum(self.seconds.values())
        yield
        self.add(name, max(0.0, time.perf_counter() - begun - sum(self.seconds.values()) + before))

    def add(self, name: str, seconds: float) -> None:
        """A stage has ended, or another part of it."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self._on_stage(name, seconds)
