"""Everything that a report says, as one object made from results; the writers only format it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dsia_gen.align.methods.method import UnavailableError
from dsia_gen.evaluate import tables as paper_tables
from dsia_gen.evaluate.curves import AXES, Curve, curves
from dsia_gen.evaluate.flow_set_tables import SETS
from dsia_gen.evaluate.regions import CHANGED
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.statistics import DRAWS, FEWEST_GROUPS, PairedTest


@dataclass(frozen=True)
class Summary:
    """Tables, tests and curves of an evaluation."""

    results: Results
    tables: tuple[paper_tables.RegionTable, ...]
    tests: tuple[PairedTest, ...]
    tests_reason: str
    ablations: tuple[paper_tables.Ablation, ...]
    flows: tuple[paper_tables.FlowRow, ...]
    light: tuple[paper_tables.LightRow, ...]
    speeds: tuple[paper_tables.MethodSpeed, ...]
    curves: dict[str, list[Curve]]

    @property
    def name(self) -> str:
        if self.results.data is not None:
            return self.results.data.name
        sets = [SETS[table.source] for table in self.results.flow_sets]
        return ", ".join(sets) if sets else "frames without ground truth"

    @property
    def size(self) -> str:
        """`192x112`, or the several sizes of the scenes."""
        found = sorted({sample.source.scene.resolution for sample in self.results.samples})
        return ", ".join(f"{width}x{height}" for height, width in found)

    @property
    def scenes(self) -> int:
        return len({sample.group for sample in self.results.samples})


def summarise(results: Results) -> Summary:
    """Make the tables; a test or curve that cannot be made is reported."""
    regions = [paper_tables.region_table(region, results) for region in results.regions] if results.samples else []
    tests: tuple[PairedTest, ...] = ()
    reason = "Tests need at least two samples."
    if len(results.samples) > 1:
        try:
            tests, reason = tuple(paper_tables.method_tests("psnr/all", results)), ""
        except UnavailableError as error:
            reason = f"Not tested: {error}"
    found = {axis: curves(axis, "psnr/all", results) for axis in AXES}
    return Summary(
        results,
        tuple(table for table in regions if any(row.cells for row in table.rows)),
        tests,
        reason,
        tuple(paper_tables.ablations(results)),
        tuple(paper_tables.flow_rows(results)),
        tuple(paper_tables.light_rows(results)),
        tuple(paper_tables.speeds(results)),
        {axis: lines for axis, lines in found.items() if lines},
    )


def is_best(row: paper_tables.RegionRow, table: paper_tables.RegionTable, column: str, measure: str) -> bool:
    """Whether a row has the largest value of a column among methods that look at no ground truth."""

    def value(of: paper_tables.RegionRow) -> float:
        known = bool(of.cells) and of.entry.info.group != "oracle"
        return round(of.cells[column][measure].mean, 3) if known else math.nan

    return value(row) == max((value(of) for of in table.rows if math.isfinite(value(of))), default=math.nan)


def remarks(summary: Summary) -> list[str]:
    """What a reader of the numbers has to know."""
    samples = summary.results.samples
    if not samples:
        return []
    return [
        f"{len(samples)} samples from {summary.scenes} scenes at {summary.size}. '{paper_tables.AVERAGE}' is the mean "
        "of the subsets' means, as in the paper.",
        f"Intervals are 95% by a percentile bootstrap ({DRAWS} draws, fixed seed) of scenes within subsets, because "
        f"samples of one scene are not independent; below {FEWEST_GROUPS} scenes, of samples, and then too narrow.",
        "An estimated flow from I1 to I2 rebuilds the foreground of I1, not of Igt, however exact it is: compare "
        "`oracle_flow_1_to_2` with `oracle_flow`, and both with the copies `identity` (I2) and `reference` (I1).",
        "A pixel is changed where a channel of I1, brought to the light of Igt by one gain a channel (the median "
        f"ratio of levels), differs from Igt by more than {CHANGED:g} of 255 levels. PSNR after gain is that of the "
        "answer times the gain a channel that fits it best to Igt over all pixels.",
        "PSNR of equal images is infinite; such samples are left out of means. SSIM of a region is the mean of the "
        "SSIM map over it, whose windows see beyond its rim.",
    ]


def missing(summary: Summary) -> list[tuple[str, str]]:
    """Methods that could not run, and why."""
    return [(entry.name, entry.reason) for entry in summary.results.entries if entry.method is None]
