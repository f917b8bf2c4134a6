"""The report: a page that shows a data set, opens from disk and asks nothing of the network."""

from __future__ import annotations

from dsia_gen.dataset.report.problems import Findings, findings_of, read_findings
from dsia_gen.dataset.report.write import MAX_PAIRS, SINGLE_PAGE_PAIRS, ReportResult, write_report

__all__ = ["MAX_PAIRS", "SINGLE_PAGE_PAIRS", "Findings", "ReportResult", "findings_of", "read_findings", "write_report"]
