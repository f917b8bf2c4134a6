"""Progress of a job: scenes, views, rate, time left and what each worker does, from the estimate and then measured."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import IO

from dsia_gen.core.progress import LARGE_DOWNLOAD, ProgressDisplay, ProgressState, duration
from dsia_gen.pipeline.estimate import SceneEstimate
from dsia_gen.pipeline.outcome import RENDERING, SAMPLING, Event, SceneResult

ROWS = 12
"""Workers with a row of their own on a terminal."""
NAMED = 3
"""Workers that a line of a log names; more are counted by what they do."""


@dataclass
class _Correction:
    """By how much steps of one kind take longer than was expected; a typical one counts as measured beforehand."""

    typical: float
    expected: float = 0.0
    measured: float = 0.0

    def add(self, expected: float, measured: float) -> None:
        """A step took so long."""
        self.expected, self.measured = self.expected + expected, self.measured + measured

    @property
    def factor(self) -> float:
        return (self.measured + self.typical) / (self.expected + self.typical)


@dataclass
class _SceneState:
    """How far one scene is."""

    expected: SceneEstimate
    views: int
    done: int = 0
    doing: str = ""
    """What its worker does; empty while it waits, and when it has ended."""
    since: float = 0.0
    """When that, or the last view, began."""
    rendering: bool = False
    ended: bool = False

    def work(self, now: float, start: float, view: float) -> tuple[float, float]:
        """Seconds of all of it and of what is done, where the start and a view take so long."""
        whole = start + self.views * view
        if self.ended:
            return whole, whole
        begun = now - self.since if self.doing else 0.0
        if not self.rendering:
            return whole, min(begun, start)
        return whole, start + self.done * view + (min(begun, view) if self.done < self.views else 0.0)

    @property
    def phrase(self) -> str:
        """What its worker does, in words."""
        if self.doing == RENDERING:
            return f"rendering view {min(self.done + 1, self.views)} of {self.views}"
        return self.doing


class Bar:
    """Counts scenes and views. The views of scenes not begun are the configuration's, until the scene says better.

    The time left is that of the estimate at first; each start and each view that was measured corrects it, and so does
    the time that all took together, with several workers and annotation in it. Views an hour are those of the whole
    job as it is then expected.
    """

    def __init__(
        self, scenes: Iterable[tuple[str, SceneEstimate]], *, workers: int = 1, show: bool = True,
        stream: IO[str] | None = None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._scenes = {name: _SceneState(expected, expected.views) for name, expected in scenes}
        self._at_once = min(workers, len(self._scenes)) or 1
        self._failed = 0
        count = max(1, len(self._scenes))
        self._starts = _Correction(sum(scene.expected.start for scene in self._scenes.values()) / count)
        self._renders = _Correction(sum(scene.expected.view for scene in self._scenes.values()) / count)
        self._begun = clock()
        self._lock = threading.RLock()
        self._display = ProgressDisplay(self.state, quiet=not show, stream=stream)

    def __enter__(self) -> Bar:
        self._begun = self._clock()
        self._display.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._display.__exit__(kind, error, tb)

    def on_event(self, event: Event) -> None:
        """Take note of what happens in a scene."""
        if event.kind == "begun" and event.count >= LARGE_DOWNLOAD:
            self.say(f"scene {event.scene}: {event.name}")
        if event.kind == "retry":
            self.say(f"scene {event.scene} is tried again; try {event.count}: {event.name}")
        with self._lock:
            scene = self._scenes[event.scene]
            if event.kind == "views":
                self._restart(scene, event.count)
            elif event.kind == "view":
                if scene.rendering:
                    self._renders.add(scene.expected.view, self._clock() - scene.since)
                scene.done, scene.since, scene.rendering = scene.done + 1, self._clock(), True
                scene.doing = scene.doing or RENDERING
            elif event.kind == "retry":
                self._restart(scene, scene.views)
                scene.doing = ""
            elif event.kind == "begun":
                if event.name == RENDERING and scene.doing and not scene.rendering:
                    self._starts.add(scene.expected.start, self._clock() - scene.since)
                if event.name in (SAMPLING, RENDERING) or not scene.doing:
                    scene.since = self._clock()
                scene.doing, scene.rendering = event.name, scene.rendering or event.name == RENDERING
            self._at_once = max(self._at_once, sum(bool(state.doing) for state in self._scenes.values()))

    def on_result(self, result: SceneResult) -> None:
        """Take note of the end of a scene."""
        with self._lock:
            scene = self._scenes[result.name]
            if result.ok:
                scene.done = scene.views
            else:
                self._failed += 1
                self._restart(scene, 0)
            scene.doing, scene.ended = "", True
        if not result.ok:
            self.say(f"scene {result.name} failed: {result.reason}")

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._display.say(line)

    def state(self) -> ProgressState:
        """What is to be shown now."""
        with self._lock:
            now, scenes = self._clock(), self._scenes.values()
            done, views = sum(scene.done for scene in scenes), sum(scene.views for scene in scenes)
            ended, failed = sum(scene.ended for scene in scenes), f", {self._failed} failed" if self._failed else ""
            left, elapsed = self._seconds_left(now), now - self._begun
            about = "" if done else "about "
            parts = [f"{done:,} of {views:,} views"]
            if views and left + elapsed > 0:
                parts.append(f"{about}{3600 * views / (left + elapsed):,.0f} views/h")
            parts.append(f"{about}{duration(left)} left" if left else duration(elapsed))
            working = [(name, scene.phrase) for name, scene in self._scenes.items() if scene.doing]
        if len(working) <= NAMED:
            doing = "; ".join(f"{name} {phrase}" for name, phrase in working)
        else:
            kinds = Counter(phrase.partition(" ")[0] for _, phrase in working)
            doing = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        rows = [f"{name}  {phrase}" for name, phrase in working[:ROWS]]
        if len(working) > ROWS:
            rows.append(f"and {len(working) - ROWS} more")
        text, share = ", ".join(parts), done / views if views else 1.0
        return ProgressState(f"scenes {ended}/{len(self._scenes)}{failed}", text, share, tuple(rows), doing)

    def _seconds_left(self, now: float) -> float:
        """What is left, by the steps as they were expected and measured, and by the speed of all workers together."""
        work = worked = 0.0
        for scene in self._scenes.values():
            start, view = scene.expected.start * self._starts.factor, scene.expected.view * self._renders.factor
            whole, done = scene.work(now, start, view)
            work, worked = work + whole, worked + done
        if worked >= work:
            return 0.0
        weight = work / len(self._scenes)  # one scene counts as measured at full speed beforehand
        speed = (worked + weight * self._at_once) / (now - self._begun + weight)
        return (work - worked) / speed

    def _restart(self, scene: _SceneState, views: int) -> None:
        """A scene begins (again), with this number of views."""
        scene.views, scene.done, scene.rendering = views, 0, False
