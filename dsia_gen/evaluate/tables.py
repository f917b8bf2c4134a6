"""The tables of the paper's section 4 as data: rows and columns of means, made from records."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from dsia_gen.evaluate.loop import MethodEntry, values
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.statistics import Mean, PairedTest, Value, mean_with_interval, paired_tests

SUBSETS = ("LcLf", "LcSf", "ScLf", "ScSf")
AVERAGE = "Avg."
MEASURES = {"psnr": "PSNR", "ssim": "SSIM"}
Cells = dict[str, dict[str, Mean]]
"""Column (a subset or AVERAGE), then measure."""


@dataclass(frozen=True)
class RegionRow:
    """A method's line in a table; without cells, `reason` says why."""

    entry: MethodEntry
    cells: Cells
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionTable:
    """Table 2 over one kind of pixel."""

    region: str
    columns: tuple[str, ...]
    rows: tuple[RegionRow, ...]
    share: float
    """Mean share of the pixels of Igt."""

    @property
    def title(self) -> str:
        return REGIONS[self.region].title


def values_of(results: Results, method: str, measure: str) -> list[Value]:
    """A measure of a method on every sample that has it, in the order of the samples' names."""
    return values(results.records.get(method, {}), measure, results.samples)


def region_table(region: str, results: Results) -> RegionTable:
    """Table 2 for one region: every method of the run has a row, also those that could not run."""
    columns = (*(s for s in SUBSETS if any(sample.subset == s for sample in results.samples)), AVERAGE)
    rows = []
    for entry in results.entries:
        of = results.records.get(entry.name, {})
        cells: Cells = {column: {} for column in columns}
        for measure in MEASURES:
            found = values_of(results, entry.name, f"{measure}/{region}")
            for column in columns:
                part = found if column == AVERAGE else [v for v in found if v.subset == column]
                cells[column][measure] = mean_with_interval(part, by_subset=column == AVERAGE)
        errors = [record.error for record in of.values() if record.error]
        reason = entry.reason
        if entry.method is not None and not cells[AVERAGE]["psnr"].count:
            reason = "has no flow to check" if region == "own" else "no sample has such pixels"
            if errors and len(errors) == len(of):
                reason = f"failed on every sample: {errors[0]}"
        noted = sum(bool(record.note) for record in of.values())
        notes = [f"failed on {len(errors)} of {len(of)}"] if errors else []
        notes += [f"could not fit on {noted} of {len(of)} and answered with I2"] if noted else []
        ran = entry.method is not None
        rows.append(RegionRow(entry, cells if ran and not reason else {}, reason, tuple(notes) if ran else ()))
    measured = [record.values for of in results.records.values() for record in of.values()]
    shares = [of[f"share/{region}"] for of in measured if f"share/{region}" in of]
    return RegionTable(region, columns, tuple(rows), math.fsum(sorted(shares)) / len(shares) if shares else math.nan)


@dataclass(frozen=True)
class MethodSpeed:
    """Seconds a pair of a method on this machine: median and range."""

    name: str
    median: float
    low: float
    high: float


def speeds(results: Results) -> list[MethodSpeed]:
    """Of every method that ran."""
    out = []
    for entry in results.entries:
        seconds = [r.seconds for r in results.records.get(entry.name, {}).values() if not r.error]
        if seconds:
            out.append(MethodSpeed(entry.name, statistics.median(seconds), min(seconds), max(seconds)))
    return out


def method_tests(measure: str, results: Results) -> list[PairedTest]:
    """Paired tests between all methods that ran."""
    found = {e.name: values_of(results, e.name, measure) for e in results.entries if e.method is not None}
    return paired_tests({name: values for name, values in found.items() if values})


@dataclass(frozen=True)
class Ablation:
    """A row of Table 4: what a run predicts, whether it has the mask module, and its averages."""

    name: str
    target: str
    mask: bool
    psnr: Mean
    ssim: Mean


def ablations(results: Results) -> list[Ablation]:
    """Table 4: every run of DMAligner among the methods; other trained methods have models of other keys."""
    out = []
    for entry in results.entries:
        config = entry.method.settings.get("config") if entry.method is not None else None
        model = config.get("model") if isinstance(config, dict) else None
        if isinstance(model, dict) and {"target", "mask"} <= set(model):
            both = (values_of(results, entry.name, f"{measure}/all") for measure in MEASURES)
            psnr, ssim = (mean_with_interval(of, by_subset=True) for of in both)
            out.append(Ablation(entry.name, str(model["target"]), model["mask"] is not None, psnr, ssim))
    return out


FLOW_ERRORS = {
    "epe": "EPE", "epe_moving": "EPE, moving", "epe_static": "EPE, static", "epe_known": "EPE with hidden pixels",
    "1px": "above 1 px", "3px": "above 3 px", "fl": "Fl-all", "pck1": "PCK 1 px", "pck3": "PCK 3 px",
    "pck5": "PCK 5 px", "spearman": "Spearman", "ause": "AUSE",
}  # fmt: skip
"""Errors of a flow, by the names of `measures.flow_errors`."""
DIRECTIONS = {"gt_to_2": "Igt to I2", "1_to_2": "I1 to I2"}


@dataclass(frozen=True)
class FlowRow:
    """Means of the errors of the flow that a method used, against the exact flow of one direction."""

    name: str
    direction: str
    """Key of `DIRECTIONS`."""
    errors: dict[str, Mean]
    """By the keys of `FLOW_ERRORS`; those that no sample has are left out."""


def flow_rows(results: Results) -> list[FlowRow]:
    """Of every method that warps by a flow, for both directions."""
    out = []
    for direction in DIRECTIONS:
        for entry in results.entries:
            found = {error: values_of(results, entry.name, f"{error}/{direction}") for error in FLOW_ERRORS}
            means = {error: mean_with_interval(of, by_subset=True) for error, of in found.items() if of}
            if means:
                out.append(FlowRow(entry.name, direction, means))
    return out


@dataclass(frozen=True)
class LightRow:
    """PSNR of a method before and after one gain a channel, over all and over changed pixels."""

    name: str
    all: Mean
    all_gain: Mean
    changed: Mean
    changed_gain: Mean


def light_rows(results: Results) -> list[LightRow]:
    """Of every method that ran."""
    out = []
    for entry in results.entries:
        keys = ("psnr/all", "psnr_gain/all", "psnr/changed", "psnr_gain/changed")
        found = [values_of(results, entry.name, key) for key in keys]
        if found[0]:
            out.append(LightRow(entry.name, *(mean_with_interval(of, by_subset=True) for of in found)))
    return out
