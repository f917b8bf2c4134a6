"""The report as a page that opens from disk: tables, curves, and images to flip between."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from dsia_gen.core.web_page import script_json, web_page
from dsia_gen.evaluate import formatting
from dsia_gen.evaluate.curves import AXES
from dsia_gen.evaluate.gallery import LARGEST_ERROR, GalleryRow
from dsia_gen.evaluate.report_content import region_about, text_tables
from dsia_gen.evaluate.summary import Summary, is_best, remarks
from dsia_gen.evaluate.tables import MEASURES

_FOLDED = ("inputs", "speeds", "tests")
"""Text tables that the page folds away at its end."""


def page(summary: Summary, gallery: Sequence[GalleryRow]) -> str:
    """index.html; images and figures lie beside it."""
    results = summary.results
    methods = [entry.name for entry in results.entries if entry.name in results.records]
    rows = []
    for sample in results.samples:
        records = [results.records[method].get(sample.id) for method in methods]
        values = [record.values.get("psnr/all", math.nan) if record else math.nan for record in records]
        motions = [f"{sample.motion[axis]:.2f}" if axis in sample.motion else "-" for axis in AXES]
        rows.append([sample.id, sample.subset, *motions, *(formatting.number(value, "psnr") for value in values)])
    columns = ["sample", "subset", "camera px", "foreground px", "occluded", *methods]
    tables = text_tables(summary)
    return web_page(
        "dsia_gen.evaluate",
        "page.html",
        ("page.js",),
        f"{summary.name} · evaluation",
        summary=summary,
        entries=results.entries,
        titles={f"`{entry.name}`": entry.info.title for entry in results.entries},
        remarks=remarks(summary),
        shown=[table for table in tables if table.key not in _FOLDED],
        folded=[table for table in tables if table.key in _FOLDED],
        gallery={entry.name: [row for row in gallery if row.method == entry.name] for entry in results.entries},
        measures=MEASURES,
        axes=AXES,
        largest_error=LARGEST_ERROR,
        formatting=formatting,
        about=region_about,
        is_best=is_best,
        ticks=ticks,
        samples=script_json({"columns": columns, "rows": rows}),
    )


def ticks(text: str) -> Markup:
    """Text with what stands between backticks set as code."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if k % 2 else p for k, p in enumerate(parts))
