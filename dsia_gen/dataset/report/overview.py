"""What the first part of the page says of a data set as a whole: counts, histograms, licences, timings, asset use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, PAIR_MEASURES
from dsia_gen.core.document import Document
from dsia_gen.dataset.documents.dataset_document import DatasetDocument
from dsia_gen.dataset.documents.sample_row import Cell, SampleRow
from dsia_gen.dataset.provenance import mixture
from dsia_gen.dataset.report.layers import KINDS
from dsia_gen.dataset.sample_table import FILE_COLUMNS, image_columns, sample_columns
from dsia_gen.dataset.visual import OCCLUSION_COLOURS, colour_wheel, depth_to_rgb
from dsia_gen.spec.outputs import Occlusion

_BARS = 25
"""Bars of a histogram at most; their number is a multiple of the steps between its ticks."""
_TAIL = 99.5
"""Values above this percentile share the last bar of a histogram."""


class ShownMeasure(Document):
    """A number of a sample that a page shows, by its column of the samples table.

    Shares are stored in [0, 1] and shown in per cent. `role` is that of an image; `top` ends the axis of a histogram.
    """

    key: str
    title: str
    unit: str
    group: str
    about: str
    role: str | None
    top: float | None = None


class Histogram(ShownMeasure):
    """A column of the samples table: counts in bars of equal width from 0 to `top`, ticks between two of them.

    `middle` holds the 5th and the 95th percentile; `missing` counts the samples without a value.
    """

    top: float
    ticks: list[float]
    counts: list[int]
    median: float
    middle: list[float]
    largest: float
    missing: int


def shown_measures() -> dict[str, ShownMeasure]:
    """The numbers of a sample that a page shows, by column of the samples table."""
    found = {
        row.name: ShownMeasure(
            key=row.name, title=row.title, unit="%" if row.unit == "share" else row.unit, group=row.group,
            about=row.about, role=None,
        )
        for row in PAIR_MEASURES.values()
        if row.unit not in ("text", "ids")
    }  # fmt: skip
    for column, (name, role) in image_columns().items():
        image = IMAGE_MEASURES[name]
        unit, top = ("%", 100.0) if image.unit == "share" else (image.unit, None)
        found[column] = ShownMeasure(
            key=column, title=f"{image.title} of I{role}", unit=unit, group="image", about=image.about, role=role,
            top=top,
        )  # fmt: skip
    return found


def overview(info: DatasetDocument, rows: Sequence[SampleRow]) -> dict[str, object]:
    """The document of the overview; `info` is dataset.json, `rows` the whole samples table."""
    keys = {"name", "made_by", "content_hash", "resolution", "counts", "outputs", "licences", "timings", "conventions",
            "unfinished"}  # fmt: skip
    shown = [key for key, measure in shown_measures().items() if measure.role in (None, "gt")]
    histograms = (histogram(key, [row.number(key) for row in rows]) for key in shown)
    licences = Counter(asset.licence or "unknown" for asset in info.licences)
    return {
        **info.model_dump(mode="json", by_alias=True, include=keys),
        "subset_thresholds": str(info.subset_thresholds) if info.subset_thresholds else None,
        "seed": None if info.seed is None else str(info.seed),
        "mixed": mixture(info.renderers),
        "failed": [{"scene": entry.scene, "message": entry.message} for entry in info.failed],
        "histograms": [found.plain() for found in histograms if found is not None],
        "licence_counts": dict(sorted(licences.items(), key=lambda item: (-item[1], item[0]))),
        "asset_use": [use.plain() for use in asset_use(info)],
    }


def histogram(key: str, values: Sequence[float | None]) -> Histogram | None:
    """Counts in 24 or 25 bars of equal width from 0 on, ticks between two of them; None when no value is known."""
    measure = shown_measures()[key]
    known = np.array([v for v in values if v is not None and np.isfinite(v)], dtype=np.float64)
    if not known.size:
        return None
    known = known * (100 if measure.unit == "%" else 1)
    top = measure.top or nice_ceiling(float(np.percentile(known, _TAIL)))
    ticks = nice_ticks(top)
    bars = _BARS // (len(ticks) - 1) * (len(ticks) - 1)
    counts, _ = np.histogram(np.clip(known, 0, top), bins=bars, range=(0, top))
    low, median, high = np.percentile(known, (5, 50, 95))
    return Histogram(
        **measure.model_dump(exclude={"top"}),
        top=top,
        ticks=ticks,
        counts=counts.tolist(),
        median=round(float(median), 3),
        middle=[round(float(low), 3), round(float(high), 3)],
        largest=round(float(known.max()), 3),
        missing=len(values) - known.size,
    )


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


class AssetUseEntry(Document):
    """How often assets of a kind are used; `assets` holds their ids and counts, most used first."""

    kind: str
    unit: str
    total: int
    assets: list[tuple[str, int]]


def asset_use(info: DatasetDocument) -> list[AssetUseEntry]:
    """Use of assets by kind, the most varied first.

    Placements are counted where dataset.json has them; for a data set of an earlier version, the scenes that use an
    asset. So are kinds that are not placed: environments, motions, camera paths, textures.
    """
    counts: dict[str, tuple[str, dict[str, int]]] = {
        kind: ("placement", dict(use)) for kind, use in info.placements.items()
    }
    for asset in info.licences:
        if not info.placements or asset.kind not in ("object", "character"):
            counts.setdefault(asset.kind, ("scene", {}))[1][asset.id] = asset.scenes
    kinds = []
    for kind, (unit, use) in counts.items():
        assets = sorted(use.items(), key=lambda item: (-item[1], item[0]))
        kinds.append(AssetUseEntry(kind=kind, unit=unit, total=sum(use.values()), assets=assets))
    return sorted(kinds, key=lambda use: (-len(use.assets), use.kind))


def card(row: SampleRow) -> dict[str, Cell]:
    """What the gallery and the viewer need of a row of the samples table."""
    keys = [key for key in sample_columns() if key not in FILE_COLUMNS and key != "seed"]
    return {key: row.get(key) for key in keys}


def palette() -> dict[str, object]:
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
