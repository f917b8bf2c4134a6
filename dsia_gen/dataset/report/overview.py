"""What the first part of the page says of a data set as a whole: counts, histograms, licences, timings, asset use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, PAIR_MEASURES
from dsia_gen.dataset.reader import Row
from dsia_gen.dataset.report.layers import KINDS
from dsia_gen.dataset.sample_table import FILE_COLUMNS, image_columns, sample_columns
from dsia_gen.dataset.visual import OCCLUSION_COLOURS, colour_wheel, depth_to_rgb
from dsia_gen.spec.outputs import Occlusion

_BARS = 25
"""Bars of a histogram at most; their number is a multiple of the steps between its ticks."""
_TAIL = 99.5
"""Values above this percentile share the last bar of a histogram."""


def shown_measures() -> dict[str, dict[str, Any]]:
    """The numbers of a sample that a page shows, by column of the samples table, as plain documents.

    Shares are stored in [0, 1] and shown in per cent. `role` is that of an image; `top` ends the axis of a histogram.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in PAIR_MEASURES.values():
        if row.unit not in ("text", "ids"):
            unit = "%" if row.unit == "share" else row.unit
            found[row.name] = {"title": row.title, "unit": unit, "group": row.group, "about": row.about, "role": None}
    for column, (name, role) in image_columns().items():
        image = IMAGE_MEASURES[name]
        unit, top = ("%", 100.0) if image.unit == "share" else (image.unit, None)
        title = f"{image.title} of I{role}"
        found[column] = {"title": title, "unit": unit, "group": "image", "about": image.about, "role": role, "top": top}
    return {key: {"key": key, **document} for key, document in found.items()}


def overview(info: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, Any]:
    """The document of the overview; `info` is dataset.json, `rows` the whole samples table."""
    keys = ("name", "made_by", "content_hash", "resolution", "counts", "seed", "outputs", "licences", "timings")
    return {
        **{key: info.get(key) for key in keys},
        "seed": None if info.get("seed") is None else str(info["seed"]),
        "conventions": info.get("conventions") or {},
        "failed": [_failure(entry) for entry in info.get("failed") or ()],
        "unfinished": info.get("unfinished") or [],
        "histograms": [
            h
            for key, measure in shown_measures().items()
            if measure["role"] in (None, "gt") and (h := histogram(key, [row.get(key) for row in rows]))
        ],
        "licence_counts": _licences(info.get("licences") or ()),
        "asset_use": asset_use(info),
    }


def histogram(key: str, values: Sequence[float | None]) -> dict[str, Any] | None:
    """Counts in 24 or 25 bars of equal width from 0 on, ticks between two of them; None when no value is known."""
    measure = shown_measures()[key]
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=np.float64)
    if not known.size:
        return None
    known = known * (100 if measure["unit"] == "%" else 1)
    top = measure.get("top") or nice_ceiling(float(np.percentile(known, _TAIL)))
    ticks = nice_ticks(top)
    bars = _BARS // (len(ticks) - 1) * (len(ticks) - 1)
    counts, _ = np.histogram(np.clip(known, 0, top), bins=bars, range=(0, top))
    low, median, high = np.percentile(known, (5, 50, 95))
    return {
        **measure,
        "top": top,
        "ticks": ticks,
        "counts": counts.tolist(),
        "median": round(float(median), 3),
        "middle": [round(float(low), 3), round(float(high), 3)],
        "largest": round(float(known.max()), 3),
        "missing": len(values) - known.size,
    }


_STEPS = {1: 5, 1.2: 4, 1.5: 3, 2: 4, 2.5: 5, 3: 3, 4: 4, 5: 5, 6: 3, 8: 4, 10: 5}
"""Where an axis may end, over a power of ten, and into how many round steps it then falls."""


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is not below `value`; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in _STEPS if step * power >= value * (1 - 1e-9)))


def nice_ticks(top: float) -> list[float]:
    """Round values from 0 to an end of `nice_ceiling`, in equal steps."""
    mantissa = top / 10.0 ** np.floor(np.log10(top) + 1e-9)
    steps = _STEPS[min(_STEPS, key=lambda known: abs(known - mantissa))]
    return [float(f"{top * i / steps:.6g}") for i in range(steps + 1)]


def asset_use(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Use of assets by kind, the most varied first: counts, most used first, and what is counted.

    Placements are counted where dataset.json has them; for a data set of an earlier version, the scenes that use an
    asset. So are kinds that are not placed: environments, motions, camera paths, textures.
    """
    placed: Mapping[str, Mapping[str, int]] = info.get("placements") or {}
    counts: dict[str, tuple[str, dict[str, int]]] = {kind: ("placement", dict(use)) for kind, use in placed.items()}
    for asset in info.get("licences") or ():
        if not placed or asset["kind"] not in ("object", "character"):
            counts.setdefault(str(asset["kind"]), ("scene", {}))[1][str(asset["id"])] = int(asset.get("scenes") or 0)
    kinds = [_use(kind, unit, use) for kind, (unit, use) in counts.items()]
    return sorted(kinds, key=lambda kind: (-len(kind["assets"]), kind["kind"]))


def _use(kind: str, unit: str, counts: Mapping[str, int]) -> dict[str, Any]:
    assets = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return {"kind": kind, "unit": unit, "total": sum(counts.values()), "assets": [list(item) for item in assets]}


def _licences(ledger: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(str(asset.get("licence") or "unknown") for asset in ledger)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _failure(entry: Mapping[str, Any]) -> dict[str, str]:
    return {"scene": str(entry.get("scene", "")), "message": str(entry.get("message", ""))}


def card(row: Row) -> dict[str, Any]:
    """What the gallery and the viewer need of a row of the samples table."""
    keys = [key for key in sample_columns() if key not in FILE_COLUMNS and key != "seed"]
    return {key: row.get(key) for key in keys}


def palette() -> dict[str, Any]:
    """The colours of `visual`, so that a page paints exactly what the images of the library show."""
    near, far = 1.0, 100.0
    depths = 1 / np.linspace(1 / far, 1 / near, 256, dtype=np.float64)
    return {
        "wheel": np.round(colour_wheel(), 5).tolist(),
        "depth": depth_to_rgb(depths[None], near, far)[0].tolist(),
        "occlusion": [
            {"value": int(reason), "name": reason.name.lower().replace("_", " "), "colour": list(colour)}
            for reason, colour in OCCLUSION_COLOURS.items()
        ],
        "kinds": KINDS,
        "visible": int(Occlusion.VISIBLE),
        "unknown": int(Occlusion.NO_GROUND_TRUTH),
    }
