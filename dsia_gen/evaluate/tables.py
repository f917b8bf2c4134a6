"""The tables of the paper's section 4 as data: rows and columns of means, made from records."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dsia_gen.evaluate.loop import Entry, Records
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.samples import Case
from dsia_gen.evaluate.statistics import Mean, Test, Value, mean_with_interval, paired_tests

SUBSETS = ("LcLf", "LcSf", "ScLf", "ScSf")
AVERAGE = "Avg."
MEASURES = {"psnr": "PSNR", "ssim": "SSIM"}
Cells = dict[str, dict[str, Mean]]
"""Column (a subset or AVERAGE), then measure."""


@dataclass(frozen=True)
class Row:
    """A method's line in a table; without cells, `reason` says why."""

    entry: Entry
    cells: Cells
    reason: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegionTable:
    """Table 2 over one kind of pixel."""

    region: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    share: float
    """Mean share of the pixels of Igt."""

    @property
    def title(self) -> str:
        return REGIONS[self.region].title


def values_of(records: Records, method: str, measure: str, cases: Mapping[str, Case]) -> list[Value]:
    """A measure of a method on every sample that has it, in the order of the samples' names."""
    found = []
    for sample, record in sorted(records.get(method, {}).items()):
        if measure in record.values and sample in cases:
            case = cases[sample]
            found.append(Value(sample, case.group, case.subset, record.values[measure]))
    return found


def region_table(region: str, entries: Sequence[Entry], records: Records, cases: Sequence[Case]) -> RegionTable:
    """Table 2 for one region: every method of the run has a row, also those that could not run."""
    by_id = {case.id: case for case in cases}
    present = tuple(s for s in SUBSETS if any(case.subset == s for case in cases))
    columns = (*present, AVERAGE)
    rows = tuple(_row(entry, region, columns, records, by_id) for entry in entries)
    shares = [
        r.values[f"share/{region}"] for of in records.values() for r in of.values() if f"share/{region}" in r.values
    ]
    return RegionTable(region, columns, rows, math.fsum(sorted(shares)) / len(shares) if shares else math.nan)


def _row(entry: Entry, region: str, columns: Sequence[str], records: Records, cases: Mapping[str, Case]) -> Row:
    if entry.method is None:
        return Row(entry, {}, entry.reason)
    cells: Cells = {column: {} for column in columns}
    for measure in MEASURES:
        values = values_of(records, entry.name, f"{measure}/{region}", cases)
        for column in columns:
            part = values if column == AVERAGE else [v for v in values if v.subset == column]
            cells[column][measure] = mean_with_interval(part, by_subset=column == AVERAGE)
    reason = "" if cells[AVERAGE]["psnr"].count else _why_empty(region, records.get(entry.name, {}))
    return Row(entry, cells if not reason else {}, reason, _notes(records.get(entry.name, {})))


def _why_empty(region: str, records: Mapping[str, Any]) -> str:
    errors = [record.error for record in records.values() if record.error]
    if errors and len(errors) == len(records):
        return f"failed on every sample: {errors[0]}"
    return "has no flow to check" if region == "own" else "no sample has such pixels"


def _notes(records: Mapping[str, Any]) -> tuple[str, ...]:
    """How often a method answered with something else, or failed."""
    failed = sum(bool(record.error) for record in records.values())
    noted = sum(bool(record.note) for record in records.values())
    found = [f"failed on {failed} of {len(records)}"] if failed else []
    return (*found, *([f"could not fit on {noted} of {len(records)} and answered with I2"] if noted else []))


@dataclass(frozen=True)
class Speed:
    """Seconds a pair of a method on this machine: median and range."""

    name: str
    median: float
    low: float
    high: float


def speeds(entries: Sequence[Entry], records: Records) -> list[Speed]:
    """Of every method that ran."""
    out = []
    for entry in entries:
        seconds = [r.seconds for r in records.get(entry.name, {}).values() if not r.error]
        if seconds:
            out.append(Speed(entry.name, statistics.median(seconds), min(seconds), max(seconds)))
    return out


def method_tests(measure: str, entries: Sequence[Entry], records: Records, cases: Sequence[Case]) -> list[Test]:
    """Paired tests between all methods that ran."""
    by_id = {case.id: case for case in cases}
    values = {e.name: values_of(records, e.name, measure, by_id) for e in entries if e.method is not None}
    return paired_tests({name: found for name, found in values.items() if found})


@dataclass(frozen=True)
class Ablation:
    """A row of Table 4: what a run predicts, whether it has the mask module, and its averages."""

    name: str
    target: str
    mask: bool
    psnr: Mean
    ssim: Mean


def ablations(entries: Sequence[Entry], records: Records, cases: Sequence[Case]) -> list[Ablation]:
    """Table 4: every aligner among the methods."""
    by_id = {case.id: case for case in cases}
    out = []
    for entry in entries:
        config = entry.method.settings.get("config") if entry.method is not None else None
        model = config.get("model") if isinstance(config, dict) else None
        if not isinstance(model, dict):
            continue
        psnr, ssim = (
            mean_with_interval(values_of(records, entry.name, f"{m}/all", by_id), by_subset=True) for m in MEASURES
        )
        out.append(Ablation(entry.name, str(model["target"]), model["mask"] is not None, psnr, ssim))
    return out


@dataclass(frozen=True)
class Endpoint:
    """Mean end-point errors in px of the flow that a method used, where I2 sees the pixel."""

    name: str
    to_camera: Mean
    """Against flow_gt_to_2, which rebuilds Igt."""
    to_full: Mean
    """Against flow_1_to_2, ordinary optical flow."""


def endpoints(entries: Sequence[Entry], records: Records, cases: Sequence[Case]) -> list[Endpoint]:
    """Of every method that warps by a flow."""
    by_id = {case.id: case for case in cases}
    out = []
    for entry in entries:
        both = [values_of(records, entry.name, f"epe/{d}", by_id) for d in ("gt_to_2", "1_to_2")]
        if any(both):
            out.append(Endpoint(entry.name, *(mean_with_interval(v, by_subset=True) for v in both)))
    return out
