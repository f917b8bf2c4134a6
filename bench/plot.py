"""Plots of the bench, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d31", "#4d4d4d")
"""After Okabe and Ito (2008), which people with any colour vision can tell apart."""

Line = tuple[Sequence[float], Sequence[float]]


@dataclass(frozen=True)
class Panel:
    """One set of axes: its lines by name; the name "" is left out of the legend."""

    title: str
    across: str
    up: str
    lines: Mapping[str, Line]
    level: float | None = None
    """A horizontal line, such as a goal."""


def draw(path: Path, panels: Sequence[Panel]) -> None:
    """Write a PNG with the panels side by side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.1 * len(panels), 3.7), layout="constrained", dpi=110)
    for plot, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        _draw_panel(plot, panel)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


def _draw_panel(plot: Any, panel: Panel) -> None:
    for k, (name, (xs, ys)) in enumerate(panel.lines.items()):
        plot.plot(xs, ys, "o-", color=COLOURS[k % len(COLOURS)], markersize=3.5, linewidth=1.5, label=name or None)
    if panel.level is not None:
        plot.axhline(panel.level, color="#999999", linewidth=1, linestyle=":")
    plot.set_xscale("log")
    if panel.level is None:
        plot.set_ylim(bottom=0)
    plot.set_title(panel.title, fontsize=10)
    plot.set_xlabel(panel.across)
    plot.set_ylabel(panel.up)
    plot.grid(alpha=0.25)
    plot.spines[["top", "right"]].set_visible(False)
    if any(panel.lines):
        plot.xaxis.set_major_formatter("{x:g}")
        plot.legend(frameon=False, fontsize=8)
    else:
        _mark_points(plot, panel.lines[""][0])


def _mark_points(plot: Any, places: Sequence[float]) -> None:
    """Ticks at the points of the only line: 64k, 159k."""
    from matplotlib.ticker import EngFormatter

    plot.set_xticks(places)
    plot.minorticks_off()
    plot.xaxis.set_major_formatter(EngFormatter(places=0, sep=""))
