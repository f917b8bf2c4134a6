"""Progress of a job on a terminal: a bar of scenes and a bar of views, the latter with the time left."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Any

from tqdm import tqdm

from dsia_gen.farm.estimate import Extent
from dsia_gen.farm.executor import Event, SceneResult

LOG_SECONDS = 30.0
"""Seconds between lines where the output is not a terminal."""


class Bars:
    """Counts scenes and views. The views of scenes not begun are the configuration's, until the scene says better.

    The time left is views left over the views a second since the start, so that several workers, start-up and
    annotation are in it.
    """

    def __init__(
        self, scenes: Iterable[tuple[str, Extent]], *, show: bool = True, stream: IO[str] | None = None
    ) -> None:
        self._expected = {name: extent.views for name, extent in scenes}
        self._done = dict.fromkeys(self._expected, 0)
        stream = stream or sys.stderr
        style: dict[str, Any] = {"file": stream, "disable": not show, "smoothing": 0.0, "dynamic_ncols": True}
        if not stream.isatty():
            style |= {"mininterval": LOG_SECONDS, "maxinterval": LOG_SECONDS}
        self._scenes = tqdm(total=len(self._expected), desc="scenes", unit="scene", position=0, **style)
        self._views = tqdm(total=sum(self._expected.values()), desc="views ", unit="view", position=1, **style)

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._views.close()
        self._scenes.close()

    def on_event(self, event: Event) -> None:
        """Take note of what happens in a scene."""
        if event.kind == "views":
            self._restart(event.scene, event.count)
        elif event.kind == "view":
            self._done[event.scene] += 1
            self._views.update(1)
        elif event.kind == "stage":
            self._scenes.set_postfix_str(f"{event.scene} {event.name} {event.seconds:.1f}s", refresh=False)
        self._scenes.refresh()

    def on_result(self, result: SceneResult) -> None:
        """Take note of the end of a scene."""
        if result.ok:
            self._views.update(self._expected[result.name] - self._done[result.name])
        else:
            self._restart(result.name, 0)
            self.say(f"scene {result.name} failed: {result.message.splitlines()[0]}")
        self._scenes.update(1)

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        if not self._scenes.disable:
            tqdm.write(line, file=sys.stderr)

    def _restart(self, scene: str, views: int) -> None:
        """A scene begins (again), with this number of views."""
        self._views.total = (self._views.total or 0) + views - self._expected[scene]
        self._views.update(-self._done[scene])
        self._expected[scene], self._done[scene] = views, 0
