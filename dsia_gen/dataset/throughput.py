"""How fast a data set is made, and on what: figures from the run.json of its scenes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

Run = Mapping[str, Any]
"""The document of run.json."""

STAGES = ("sample", "start", "build", "freeze", "render", "annotate", "write")
"""Stages in the order of a scene; others that a run names come after them."""


@dataclass(frozen=True)
class Pace:
    """Figures over finished scenes. `busy_seconds` is the time in which at least one of them was in work.

    `seconds` are sums over scenes, so that with many workers they exceed `busy_seconds`; `devices` counts scenes by
    the device that rendered them, `hosts` by the machine.
    """

    scenes: int = 0
    views: int = 0
    busy_seconds: float = 0.0
    seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: int = 0
    devices: dict[str, int] = field(default_factory=dict)
    hosts: dict[str, int] = field(default_factory=dict)

    @property
    def views_an_hour(self) -> float | None:
        """Over the whole farm, breaks between runs left out; None where no scene says when it was made."""
        return 3600 * self.views / self.busy_seconds if self.busy_seconds else None

    def seconds_left(self, scenes: int) -> float | None:
        """About how long so many further scenes take at this pace."""
        speed = self.views_an_hour
        if not scenes:
            return 0.0
        return 3600 * scenes * self.views / self.scenes / speed if speed and self.scenes else None

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        speed = self.views_an_hour
        return {**asdict(self), "views_an_hour": None if speed is None else round(speed, 1)}


def pace_of(runs: Iterable[Run]) -> Pace:
    """The figures of some scenes."""
    seconds: Counter[str] = Counter()
    devices: Counter[str] = Counter()
    hosts: Counter[str] = Counter()
    views, peak, count, spans = 0, 0, 0, []
    for count, run in enumerate(runs, start=1):  # noqa: B007  (the last number is how many there were)
        seconds.update(stages_of(run))
        views += len(run.get("view_seconds") or ())
        peak = max(peak, int(run.get("peak_bytes") or 0))
        devices[device_of(run)] += 1
        hosts[str(run.get("host") or "unknown")] += 1
        spans += [span] if (span := span_of(run)) else []
    return Pace(
        scenes=count,
        views=views,
        busy_seconds=round(busy(spans), 3),
        seconds={name: round(seconds[name], 3) for name in sorted(seconds, key=_order)},
        peak_bytes=peak,
        devices=dict(sorted(devices.items())),
        hosts=dict(sorted(hosts.items())),
    )


def stages_of(run: Run) -> dict[str, float]:
    """Seconds of the stages of one scene."""
    stages = run.get("seconds") or {}
    return {str(name): float(value) for name, value in stages.items() if isinstance(value, int | float)}


def device_of(run: Run) -> str:
    """Type and name of the device that rendered a scene."""
    device = (run.get("worker") or {}).get("device")
    if isinstance(device, Mapping):
        return " ".join(filter(None, (str(device.get("type") or ""), str(device.get("name") or "")))) or "unknown"
    return str(device or "unknown")


def span_of(run: Run) -> tuple[float, float] | None:
    """When a scene was begun and ended, in seconds of the epoch."""
    try:
        begun, ended = (datetime.fromisoformat(str(run[key])).timestamp() for key in ("begun", "ended"))
    except (KeyError, ValueError):
        return None
    return (begun, ended) if ended >= begun else None


def busy(spans: Iterable[tuple[float, float]]) -> float:
    """Length of the union of some intervals."""
    total, reach = 0.0, float("-inf")
    for begun, ended in sorted(spans):
        total += max(0.0, ended - max(begun, reach))
        reach = max(reach, ended)
    return total


def _order(stage: str) -> tuple[int, str]:
    return (STAGES.index(stage) if stage in STAGES else len(STAGES), stage)
