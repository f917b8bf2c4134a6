"""What the first part of the page says of a data set as a whole: counts, histograms, licences, timings, asset use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dsia_gen.dataset.reader import Row
from dsia_gen.dataset.visual import OCCLUSION_COLOURS, colour_wheel, depth_to_rgb
from dsia_gen.spec.outputs import Occlusion

BINS = 24
_TAIL = 99.5
"""Values above this percentile share the last bar of a histogram."""

MEASURES: dict[str, tuple[str, str]] = {
    "camera_motion_px": ("Camera motion", "px"),
    "foreground_motion_px": ("Foreground motion", "px"),
    "foreground_share": ("Moving share of the picture", "%"),
    "occluded_gt_to_2": ("Hidden from the other camera", "%"),
    "light_change_share": ("Light and shadow change", "%"),
    "median_depth_m": ("Median depth", "m"),
}
"""Columns of the samples table that get a histogram: title and unit (a share is shown in per cent)."""

CARD_KEYS = ("sample", "scene", "pair", "t1", "p1", "t2", "p2", "config", "setting", "subset", *MEASURES,
             "occluded_1_to_2", "unreliable_share", "max_flow_1_to_2_px", "brightness_1", "brightness_2",
             "brightness_gt")  # fmt: skip
"""Columns of the samples table that the gallery filters by or that the viewer shows."""


def overview(info: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """The document of the overview; `info` is dataset.json, `rows` the whole samples table."""
    keys = ("name", "made_by", "content_hash", "resolution", "counts", "seed", "outputs", "licences", "timings")
    return {
        **{key: info.get(key) for key in keys},
        "seed": None if info.get("seed") is None else str(info["seed"]),
        "conventions": info.get("conventions") or {},
        "failed": [_failure(entry) for entry in info.get("failed") or ()],
        "unfinished": info.get("unfinished") or [],
        "histograms": [h for key in MEASURES if (h := histogram(key, [row.get(key) for row in rows]))],
        "licence_counts": _licences(info.get("licences") or ()),
    }


def histogram(key: str, values: Sequence[float | None]) -> dict[str, Any] | None:
    """Counts in BINS bars of equal width from 0 on; None when no value is known."""
    title, unit = MEASURES[key]
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=np.float64)
    if not known.size:
        return None
    known = known * (100 if unit == "%" else 1)
    top = nice_ceiling(float(np.percentile(known, _TAIL)))
    counts, _ = np.histogram(np.clip(known, 0, top), bins=BINS, range=(0, top))
    return {
        "key": key,
        "title": title,
        "unit": unit,
        "top": top,
        "counts": counts.tolist(),
        "median": round(float(np.median(known)), 3),
        "largest": round(float(known.max()), 3),
        "missing": len(values) - known.size,
    }


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return float(next(step * power for step in steps if step * power >= value * (1 - 1e-9)))


def _licences(ledger: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(str(asset.get("licence") or "unknown") for asset in ledger)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _failure(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"scene": str(entry.get("scene", "")), "message": str(entry.get("message", ""))}


def card(row: Row) -> dict[str, Any]:
    """What the gallery and the viewer need of a row of the samples table."""
    return {key: row.get(key) for key in CARD_KEYS}


def palette() -> dict[str, Any]:
    """The colours of `visual`, so that a page paints exactly what the pictures of the library show."""
    near, far = 1.0, 100.0
    depths = 1 / np.linspace(1 / far, 1 / near, 256, dtype=np.float64)
    return {
        "wheel": np.round(colour_wheel(), 5).tolist(),
        "depth": depth_to_rgb(depths[None], near, far)[0].tolist(),
        "occlusion": [
            {"value": int(reason), "name": reason.name.lower().replace("_", " "), "colour": list(colour)}
            for reason, colour in OCCLUSION_COLOURS.items()
        ],
        "visible": int(Occlusion.VISIBLE),
        "unknown": int(Occlusion.NO_GROUND_TRUTH),
    }
