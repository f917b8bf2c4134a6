"""Exports of a data set to layouts that other programs read. See docs/exports.md."""

from __future__ import annotations

from dsia_gen.dataset.export.contract import ExportOptions
from dsia_gen.dataset.export.formats import FORMATS
from dsia_gen.dataset.export.option_words import parse_options
from dsia_gen.dataset.export.run_export import ExportReport, export
from dsia_gen.dataset.export.webdataset import decode_exr

__all__ = ["FORMATS", "ExportOptions", "ExportReport", "decode_exr", "export", "parse_options"]
