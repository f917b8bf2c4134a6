"""Figure 8: a measure against motion or occlusion, as curves with confidence bands. Drawn by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsia_gen.align.methods.method import EVALUATE_EXTRA, Group, UnavailableError
from dsia_gen.core.io import disk
from dsia_gen.evaluate.loop import MethodEntry
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.statistics import Mean, mean_with_interval
from dsia_gen.evaluate.tables import values_of

AXES = {
    "camera_motion_px": "camera motion: mean |flow Igt to I2| over static pixels (px)",
    "foreground_motion_px": "foreground motion: mean |flow I1 to Igt| over moving pixels (px)",
    "occluded_gt_to_2": "share of Igt that I2 does not see",
}
SUFFIXES = (".svg", ".pdf")
MOST_BINS, FEWEST_IN_BIN = 8, 3
_HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5195", "#8c6d31", "#bc5090", "#4d4d4d")
"""After Okabe and Ito (2008), which people with any colour vision can tell apart."""
_LINES: dict[Group, str] = {"copy": ":", "warp": "-", "oracle": "--", "synthesis": "-"}


@dataclass(frozen=True)
class Curve:
    """A method's means in bins of `axis`: places are the means of the bins, each with as many samples."""

    method: str
    places: tuple[float, ...]
    means: tuple[Mean, ...]


def curves(axis: str, measure: str, results: Results) -> list[Curve]:
    """One curve for each method that ran; none when fewer than six samples know the axis."""
    by_id = {s.id: s for s in results.samples if axis in s.motion and math.isfinite(s.motion[axis])}
    if len(by_id) < 2 * FEWEST_IN_BIN:
        return []
    order = sorted(by_id, key=lambda name: (by_id[name].motion[axis], name))
    bins = np.array_split(np.array(order, dtype=object), min(MOST_BINS, len(order) // FEWEST_IN_BIN))
    found = []
    for entry in results.entries:
        values = {v.sample: v for v in values_of(results, entry.name, measure) if v.sample in by_id}
        parts = [[values[name] for name in names if name in values] for names in bins]
        parts = [part for part in parts if any(math.isfinite(v.value) for v in part)]
        if values:
            places = tuple(float(np.mean([by_id[v.sample].motion[axis] for v in part])) for part in parts)
            found.append(Curve(entry.name, places, tuple(mean_with_interval(part) for part in parts)))
    return found


def draw(
    axis: str, label: str, found: Sequence[Curve], entries: Sequence[MethodEntry], folder: Path, name: str
) -> tuple[str, ...]:
    """Write `<name>.svg`, `.pdf`; their file names. The same curves give the same bytes."""
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UnavailableError(f"matplotlib is not installed; run: {EVALUATE_EXTRA}") from error
    figure = Figure(figsize=(7.4, 3.6), layout="constrained")
    plot = figure.subplots()
    groups = {entry.name: entry.info.group for entry in entries}
    for k, curve in enumerate(found):
        colour = _HUES[k % len(_HUES)]
        line: dict[str, Any] = {"color": colour, "marker": "o", "markersize": 3, "linewidth": 1.6}
        style = _LINES[groups[curve.method]]
        plot.plot(curve.places, [m.mean for m in curve.means], style, label=curve.method, **line)
        band = [m.low for m in curve.means], [m.high for m in curve.means]
        plot.fill_between(curve.places, *band, color=colour, alpha=0.13, linewidth=0)
    plot.set_xlabel(AXES[axis])
    plot.set_ylabel(label)
    plot.grid(alpha=0.25)
    plot.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    names = (name + SUFFIXES[0], name + SUFFIXES[1])
    with disk("write", folder), rc_context({"svg.hashsalt": "dsia-gen", "svg.fonttype": "path"}):
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / names[0], metadata={"Date": None})
        figure.savefig(folder / names[1], metadata={"CreationDate": None})
    return names
