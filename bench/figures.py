"""What a measurement gives: samples, their median and range, and the figure to reach."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """One line of the table. `goal` is the figure to reach, `sense` on which side of it to be; None has no goal."""

    name: str
    unit: str
    samples: tuple[float, ...]
    sense: Literal["at most", "at least"] = "at most"
    goal: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def reached(self) -> bool | None:
        if self.goal is None:
            return None
        return self.median <= self.goal if self.sense == "at most" else self.median >= self.goal

    def row(self) -> tuple[str, str, str, str, str]:
        """Name, median, range, goal and verdict, as text."""
        unit = f" {self.unit}" if self.unit else ""
        low, high = min(self.samples), max(self.samples)
        spread = f"{low:.3g} to {high:.3g}, n = {len(self.samples)}" if len(self.samples) > 1 else "n = 1"
        goal = f"{self.sense} {self.goal:g}{unit}" if self.goal is not None else ""
        verdict = {True: "yes", False: "NO", None: ""}[self.reached]
        return self.name, f"{self.median:.3g}{unit}", spread, goal, verdict

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "range": [min(self.samples), max(self.samples)],
            "samples": list(self.samples),
            "goal": None if self.goal is None else f"{self.sense} {self.goal:g}",
            "reached": self.reached,
            "note": self.note,
        }


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, ...]:
    """Each numerator over the median of the denominators."""
    base = statistics.median(denominators)
    return tuple(value / base for value in numerators)


def seconds(call: Callable[[], Any], repeats: int, warm_up: int = 1) -> tuple[float, ...]:
    """Seconds of `repeats` calls, after `warm_up` calls that do not count."""
    for _ in range(warm_up):
        call()
    return tuple(_timed(call) for _ in range(repeats))


def _timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def markdown(figures: Sequence[Figure]) -> str:
    """A Markdown table of figures."""
    lines = ["| what | measured | range | to reach | reached |", "|---|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(figure.row())} |" for figure in figures]) + "\n"
