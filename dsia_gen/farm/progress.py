"""Progress of a job on a terminal: one bar of views, with scenes, views an hour and the time left."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Any

from tqdm import tqdm

from dsia_gen.pipeline.estimate import Extent
from dsia_gen.pipeline.outcome import Event, SceneResult

LOG_SECONDS = 30.0
"""Seconds between lines where the output is not a terminal."""

LAYOUT = "{desc} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} views [{elapsed}<{remaining}{postfix}]"


class Bar:
    """Counts scenes and views. The views of scenes not begun are the configuration's, until the scene says better.

    Views an hour, and the time left, are those since the start over the whole farm, so that several workers,
    start-up and annotation are in them.
    """

    def __init__(
        self, scenes: Iterable[tuple[str, Extent]], *, show: bool = True, stream: IO[str] | None = None
    ) -> None:
        self._expected = {name: extent.views for name, extent in scenes}
        self._done = dict.fromkeys(self._expected, 0)
        self._ended = self._failed = 0
        stream = stream or sys.stderr
        style: dict[str, Any] = {"file": stream, "disable": not show, "smoothing": 0.0, "dynamic_ncols": True}
        if not stream.isatty():
            style |= {"mininterval": LOG_SECONDS, "maxinterval": LOG_SECONDS}
        self._views = tqdm(total=sum(self._expected.values()), desc=self._scenes(), bar_format=LAYOUT, **style)

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._views.close()

    def on_event(self, event: Event) -> None:
        """Take note of what happens in a scene."""
        if event.kind == "views":
            self._restart(event.scene, event.count)
        elif event.kind == "view":
            self._done[event.scene] += 1
            self._views.update(1)
        elif event.kind == "stage" and not self._views.disable:
            elapsed = self._views.format_dict["elapsed"]
            speed = f"{3600 * self._views.n / elapsed:,.0f} views/h" if elapsed else ""
            last = f"{event.scene} {event.name} {event.seconds:.1f}s"
            self._views.set_postfix_str(", ".join(filter(None, (speed, last))), refresh=False)
        self._views.update(0)

    def on_result(self, result: SceneResult) -> None:
        """Take note of the end of a scene."""
        if result.ok:
            self._views.update(self._expected[result.name] - self._done[result.name])
        else:
            self._failed += 1
            self._restart(result.name, 0)
            self.say(f"scene {result.name} failed: {result.message.splitlines()[0]}")
        self._ended += 1
        self._views.set_description_str(self._scenes(), refresh=False)
        self._views.update(0)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        if not self._views.disable:
            tqdm.write(line, file=sys.stderr)

    def _scenes(self) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        return f"scenes {self._ended}/{len(self._expected)}{failed}"

    def _restart(self, scene: str, views: int) -> None:
        """A scene begins (again), with this number of views."""
        self._views.total = (self._views.total or 0) + views - self._expected[scene]
        self._views.update(-self._done[scene])
        self._expected[scene], self._done[scene] = views, 0
