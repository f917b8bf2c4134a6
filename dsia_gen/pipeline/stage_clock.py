"""Seconds of the stages of a scene, measured and told as they end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from dsia_gen.pipeline.blender_process import Message
from dsia_gen.pipeline.outcome import Event, Progress

T = TypeVar("T")


class Stopwatch:
    """Measures stages here and takes those of the Blender worker from its messages."""

    def __init__(self, scene: str, progress: Progress) -> None:
        self.seconds: dict[str, float] = {}
        self.views: dict[str, float] = {}
        self.begun = datetime.now(UTC)
        self._scene = scene
        self._progress = progress

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a block."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - begun)

    @contextmanager
    def blender(self) -> Iterator[None]:
        """Measure the Blender process: what its own stages do not account for is `start`."""
        begun, before = time.monotonic(), sum(self.seconds.values())
        yield
        own = sum(self.seconds.values()) - before
        self.add("start", max(0.0, time.monotonic() - begun - own))

    def each(self, name: str, items: Iterator[T]) -> Iterator[T]:
        """The items; the time that it took to make them, and not to use them, is a stage."""
        spent = 0.0
        while True:
            begun = time.monotonic()
            item = next(items, None)
            spent += time.monotonic() - begun
            if item is None:
                break
            yield item
        self.add(name, spent)

    def add(self, name: str, seconds: float) -> None:
        """A stage is over, or another part of it."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self._progress(Event(self._scene, "stage", name, seconds=seconds))

    def on_message(self, message: Message) -> None:
        """Take note of a message of the Blender worker; unknown ones are passed over."""
        if message["event"] == "stage":
            self.add(str(message["name"]), float(message["seconds"]))
        elif message["event"] == "view":
            self.views[str(message["key"])] = round(float(message["seconds"]), 3)
            self._progress(Event(self._scene, "view", str(message["key"]), seconds=float(message["seconds"])))
