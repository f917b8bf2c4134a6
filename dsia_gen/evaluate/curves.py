"""Figure 8: a measure against motion or occlusion, as curves with confidence bands. Drawn by matplotlib."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dsia_gen.align.methods.method import Group, UnavailableError
from dsia_gen.core.io import disk
from dsia_gen.evaluate.loop import Entry, Records
from dsia_gen.evaluate.samples import Case
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval
from dsia_gen.evaluate.tables import values_of

AXES = {
    "camera_motion_px": "camera motion: mean |flow Igt to I2| over static pixels (px)",
    "foreground_motion_px": "foreground motion: mean |flow I1 to Igt| over moving pixels (px)",
    "occluded_gt_to_2": "share of Igt that I2 does not see",
}
MOST_BINS, FEWEST_IN_BIN = 8, 3
_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#7a5195",
    "#8c6d31",
    "#bc5090",
    "#4d4d4d",
)
"""After Okabe and Ito (2008), which people with any colour vision can tell apart."""
_LINES: dict[Group, str] = {"copy": ":", "warp": "-", "oracle": "--", "synthesis": "-"}


@dataclass(frozen=True)
class Curve:
    """A method's means in bins of `axis`: places are the means of the bins, each with as many samples."""

    method: str
    places: tuple[float, ...]
    means: tuple[Mean, ...]


def curves(axis: str, measure: str, entries: Sequence[Entry], records: Records, cases: Sequence[Case]) -> list[Curve]:
    """One curve for each method that ran; none when fewer than six samples know the axis."""
    by_id = {case.id: case for case in cases if axis in case.motion and math.isfinite(case.motion[axis])}
    order = sorted(by_id, key=lambda name: (by_id[name].motion[axis], name))
    bins = np.array_split(np.array(order, dtype=object), min(MOST_BINS, len(order) // FEWEST_IN_BIN))[:MOST_BINS] \
        if len(order) >= 2 * FEWEST_IN_BIN else []  # fmt: skip
    found = []
    for entry in entries:
        values = {v.sample: v for v in values_of(records, entry.name, measure, by_id)}
        if values and bins:
            found.append(_curve(entry.name, [[values[s] for s in b if s in values] for b in bins], by_id, axis))
    return found


def _curve(method: str, bins: Sequence[Sequence[Value]], cases: Mapping[str, Case], axis: str) -> Curve:
    held = [part for part in bins if any(math.isfinite(v.value) for v in part)]
    places = tuple(float(np.mean([cases[v.sample].motion[axis] for v in part])) for part in held)
    return Curve(method, places, tuple(mean_with_interval(part) for part in held))


def draw(
    axis: str, label: str, found: Sequence[Curve], entries: Sequence[Entry], folder: Path, name: str
) -> tuple[str, ...]:
    """Write `<name>.svg`, `.pdf`; their file names. The same curves give the same bytes."""
    figure = _figure()
    plot = figure.subplots()
    groups = {entry.name: entry.info.group for entry in entries}
    for k, curve in enumerate(found):
        colour = _COLOURS[k % len(_COLOURS)]
        plot.plot(curve.places, [m.mean for m in curve.means], _LINES[groups[curve.method]], color=colour, marker="o",
                  markersize=3, linewidth=1.6, label=curve.method)  # fmt: skip
        plot.fill_between(curve.places, [m.low for m in curve.means], [m.high for m in curve.means], color=colour,
                          alpha=0.13, linewidth=0)  # fmt: skip
    plot.set_xlabel(AXES[axis])
    plot.set_ylabel(label)
    plot.grid(alpha=0.25)
    plot.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False, fontsize=8)
    return _save(figure, folder, name)


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UnavailableError("matplotlib is not installed; run: pip install 'dsia-gen[evaluate]'") from error
    return Figure(figsize=(7.4, 3.6), layout="constrained")


def _save(figure: Any, folder: Path, name: str) -> tuple[str, ...]:
    from matplotlib import rc_context

    names = (f"{name}.svg", f"{name}.pdf")
    with disk("write", folder), rc_context({"svg.hashsalt": "dsia-gen", "svg.fonttype": "path"}):
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / names[0], metadata={"Date": None})
        figure.savefig(folder / names[1], metadata={"CreationDate": None})
    return names
