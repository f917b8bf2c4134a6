"""What the first part of the page says of a data set as a whole: counts, histograms, licences, timings, asset use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from dsia_gen.annotate.pair_measures import IMAGE_MEASURES, PAIR_MEASURES
from dsia_gen.core.document import Document
from dsia_gen.dataset.documents.dataset_document import DatasetDocument
from dsia_gen.dataset.documents.sample_row import Cell, SampleRow
from dsia_gen.dataset.provenance import mixture
from dsia_gen.dataset.report.asked_motion import COLUMNS, AskedScene, asked_motions
from dsia_gen.dataset.report.histogram import Bars, bars
from dsia_gen.dataset.report.layers import KINDS
from dsia_gen.dataset.sample_table import FILE_COLUMNS, image_columns, sample_columns
from dsia_gen.dataset.visual import OCCLUSION_COLOURS, colour_wheel, depth_to_rgb
from dsia_gen.spec.outputs import Occlusion


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


class Histogram(ShownMeasure, Bars):
    """A column of the samples table as bars; `threshold` is where its large motion begins."""

    top: float
    threshold: float | None = None


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


def overview(
    info: DatasetDocument, rows: Sequence[SampleRow], asked: Mapping[str, AskedScene] | None = None
) -> dict[str, object]:
    """The document of the overview: dataset.json, the whole samples table, and what was asked of each scene."""
    keys = {"name", "made_by", "content_hash", "resolution", "counts", "outputs", "licences", "timings", "conventions",
            "unfinished"}  # fmt: skip
    shown = [key for key, measure in shown_measures().items() if measure.role in (None, "gt")]
    limits = large_motions(info)
    histograms = (histogram(key, [row.number(key) for row in rows], limits.get(key)) for key in shown)
    licences = Counter(asset.licence or "unknown" for asset in info.licences)
    return {
        **info.model_dump(mode="json", by_alias=True, include=keys),
        "asked": [found.plain() for found in asked_motions(asked or {}, rows)],
        "large_motions": limits,
        "subset_thresholds": str(info.subset_thresholds) if info.subset_thresholds else None,
        "seed": None if info.seed is None else str(info.seed),
        "mixed": mixture(info.renderers),
        "failed": [{"scene": entry.scene, "message": entry.message} for entry in info.failed],
        "histograms": [found.plain() for found in histograms if found is not None],
        "licence_counts": dict(sorted(licences.items(), key=lambda item: (-item[1], item[0]))),
        "asset_use": [use.plain() for use in asset_use(info)],
    }


def histogram(key: str, values: Sequence[float | None], threshold: float | None = None) -> Histogram | None:
    """The bars of a column of the samples table, shares in per cent; None when no value is known."""
    measure = shown_measures()[key]
    known = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    found = bars(known * (100 if measure.unit == "%" else 1), measure.top)
    if found is None:
        return None
    return Histogram(**measure.model_dump(exclude={"top"}), **found.model_dump(), threshold=threshold)


def large_motions(info: DatasetDocument) -> dict[str, float]:
    """From which motion on a pair counts as one of large motion, in pixels of its images, by column."""
    limits = info.subset_thresholds
    return {} if limits is None else {column: getattr(limits, key) for key, column in COLUMNS.items()}


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
