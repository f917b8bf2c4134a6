"""Everything that a report says, as one object made from results; the writers only set it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dsia_gen.align.methods.method import UnavailableError
from dsia_gen.evaluate.curves import AXES, Curve, curves
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.statistics import DRAWS, FEWEST_GROUPS, Test
from dsia_gen.evaluate.tables import (
    AVERAGE,
    Ablation,
    Endpoint,
    RegionTable,
    Speed,
    ablations,
    endpoints,
    method_tests,
    region_table,
    speeds,
)


@dataclass(frozen=True)
class Summary:
    """Tables, tests and curves of an evaluation."""

    results: Results
    tables: tuple[RegionTable, ...]
    tests: tuple[Test, ...]
    tests_reason: str
    ablations: tuple[Ablation, ...]
    endpoints: tuple[Endpoint, ...]
    speeds: tuple[Speed, ...]
    curves: dict[str, list[Curve]]

    @property
    def name(self) -> str:
        return self.results.data.name if self.results.data is not None else "frames without ground truth"

    @property
    def size(self) -> str:
        """`192x112`, or the several sizes of the scenes."""
        found = sorted({case.sample.scene.resolution for case in self.results.cases})
        return ", ".join(f"{width}x{height}" for height, width in found)

    @property
    def scenes(self) -> int:
        return len({case.group for case in self.results.cases})


def summarise(results: Results) -> Summary:
    """Make the tables; a test or curve that cannot be made is told of."""
    entries, records, cases = results.entries, results.records, results.cases
    tables = tuple(region_table(region, entries, records, cases) for region in results.regions) if cases else ()
    tests, reason = _tests(results)
    found = {axis: curves(axis, "psnr/all", entries, records, cases) for axis in AXES} if cases else {}
    return Summary(
        results,
        tuple(table for table in tables if any(row.cells for row in table.rows)),
        tests,
        reason,
        tuple(ablations(entries, records, cases)),
        tuple(endpoints(entries, records, cases)),
        tuple(speeds(entries, records)),
        {axis: lines for axis, lines in found.items() if lines},
    )


def _tests(results: Results) -> tuple[tuple[Test, ...], str]:
    if len(results.cases) < 2:
        return (), "Tests need at least two samples."
    try:
        return tuple(method_tests("psnr/all", results.entries, results.records, results.cases)), ""
    except UnavailableError as error:
        return (), f"Not tested: {error}"


def best_of(table: RegionTable, column: str, measure: str) -> float:
    """The largest value of a column among methods that look at no ground truth; nan where there is none."""
    found = [
        round(row.cells[column][measure].mean, 3)
        for row in table.rows
        if row.cells and row.entry.info.group != "oracle" and math.isfinite(row.cells[column][measure].mean)
    ]
    return max(found, default=math.nan)


def remarks(summary: Summary) -> list[str]:
    """What a reader of the numbers has to know."""
    cases = summary.results.cases
    if not cases:
        return []
    return [
        f"{len(cases)} samples from {summary.scenes} scenes at {summary.size}. '{AVERAGE}' is the mean of the subsets' "
        "means, as in the paper.",
        f"Intervals are 95% by a percentile bootstrap ({DRAWS} draws, fixed seed) of scenes within subsets, because "
        f"samples of one scene are not independent; below {FEWEST_GROUPS} scenes, of samples, and then too narrow.",
        "An estimated flow from I1 to I2 rebuilds the foreground of I1, not of Igt, however exact it is: compare "
        "`oracle_flow_1_to_2` with `oracle_flow`, and both with the copies `identity` (I2) and `reference` (I1).",
        "PSNR of equal images is infinite; such samples are left out of means. SSIM of a region is the mean of the "
        "SSIM map over it, whose windows see beyond its rim.",
    ]


def missing(summary: Summary) -> list[tuple[str, str]]:
    """Methods that could not run, and why."""
    return [(entry.name, entry.reason) for entry in summary.results.entries if entry.method is None]


def chosen_columns(tables: Sequence[RegionTable]) -> tuple[str, ...]:
    """The columns that all tables share."""
    return tables[0].columns if tables else ()
