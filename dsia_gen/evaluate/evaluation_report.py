"""Writes a report folder: page, Markdown, JSON, LaTeX, a line for each sample, figures and images."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from dsia_gen import __version__
from dsia_gen.align.methods.method import UnavailableError
from dsia_gen.core.escaping import csv_cell
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import json_bytes
from dsia_gen.core.web_page import GENERATOR
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.evaluate import curves
from dsia_gen.evaluate.evaluation_page import page
from dsia_gen.evaluate.gallery import make_gallery
from dsia_gen.evaluate.latex import latex
from dsia_gen.evaluate.markdown import markdown
from dsia_gen.evaluate.run_evaluation import Bar, Request, Results, evaluate
from dsia_gen.evaluate.samples import MOTIONS
from dsia_gen.evaluate.summary import Summary, missing, summarise

INDEX, FIGURES = PlainName("index.html"), PlainName("figures")
TABLES = tuple(PlainName(name) for name in ("report.md", "report.json", "table2.tex", "samples.csv"))


@dataclass(frozen=True)
class WrittenReport:
    """Where the report is, and what could not be done."""

    folder: Path
    summary: Summary
    warnings: tuple[str, ...]


def write_evaluation(request: Request, folder: Path, bar: Bar) -> WrittenReport:
    """Evaluate and write index.html, report.md, report.json, table2.tex, samples.csv, figures/ and pictures/."""
    _files_of(folder)  # a folder that is not to be written to is refused before the work
    return write_report(evaluate(request, folder, bar), folder, bar)


def _files_of(folder: Path) -> WrittenFiles:
    """The files of the report; StorageError when one of their names is taken by another file."""
    files = WrittenFiles(folder, INDEX, GENERATOR)
    files.require(INDEX, *TABLES)
    return files


def write_report(results: Results, folder: Path, bar: Bar) -> WrittenReport:
    """The report of given results."""
    summary, files = summarise(results), _files_of(folder)
    page_md, page_json, table, samples = TABLES
    warnings = [f"{name}: {reason}" for name, reason in missing(summary)]
    try:
        for axis, found in summary.curves.items():
            label = "PSNR over all pixels (dB)"
            for suffix in curves.SUFFIXES:
                files.claim(FIGURES / PlainName.stated(f"psnr_{axis}{suffix}", "the report"))
            curves.draw(axis, label, found, results.entries, folder / FIGURES, f"psnr_{axis}")
    except UnavailableError as error:
        summary.curves.clear()
        warnings.append(f"figure 8 is not drawn: {error}")
    with bar("images") as progress:
        gallery = make_gallery(results, files, progress)
    files.write(page_json, json_bytes(document(summary)))
    files.write(page_md, markdown(summary).encode())
    if summary.tables:
        files.write(table, latex(summary).encode())
        files.write(samples, sample_csv(results).encode())
    files.write(INDEX, page(summary, gallery).encode())
    files.close()
    return WrittenReport(folder, summary, tuple(warnings))


def document(summary: Summary) -> dict[str, JsonValue]:
    """report.json."""
    results = summary.results
    content = {
        "version": __version__, "data": summary.name,
        "samples": len(results.samples), "scenes": summary.scenes, "size": summary.size,
        "methods": [
            {**asdict(e.info), "ran": e.method is not None, "reason": e.reason,
             "settings": dict(e.method.settings) if e.method is not None else None} for e in results.entries
        ],
        "tables": [
            {"region": table.region, "share": table.share,
             "rows": [{"method": r.entry.name, "reason": r.reason, "notes": r.notes, "cells": r.cells}
                      for r in table.rows]} for table in summary.tables
        ],
        "perceptual": results.perceptual, "hdr": results.hdr, "ablations": summary.ablations,
        "flows": summary.flows, "flow_sets": results.flow_sets, "robustness": results.robustness,
        "light": summary.light, "seconds": summary.speeds, "curves": summary.curves,
        "tests": summary.tests,
    }  # fmt: skip
    return {name: plain(value) for name, value in content.items()}


def plain(value: Any) -> JsonValue:
    """JSON values of dataclasses, mappings and numbers; NaN and infinities become null and "inf"."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "inf"
    return value


def sample_csv(results: Results) -> str:
    """A line for each sample of each method, with every measure."""
    names = sorted({name for of in results.records.values() for r in of.values() for name in r.values})
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(["method", "sample", "scene", "subset", *MOTIONS, "seconds", "note", "error", *names])
    for method, of in results.records.items():
        for sample in results.samples:
            record = of.get(sample.id)
            if record is not None:
                motion = [sample.motion.get(name, "") for name in MOTIONS]
                values = [record.values.get(name, "") for name in names]
                ran = [f"{record.seconds:.6f}", record.note, record.error]
                row = [method, sample.id, sample.group, sample.subset, *motion, *ran, *values]
                writer.writerow([csv_cell(cell) for cell in row])
    return stream.getvalue()
