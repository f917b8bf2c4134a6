"""The tables of the paper's section 4 as data: rows and columns of means, made from records."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsia_gen.evaluate.loop import MethodEntry, Records
from dsia_gen.evaluate.regions import REGIONS
from dsia_gen.evaluate.samples import EvaluationSample
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


def values_of(records: Records, method: str, measure: str, samples: Mapping[str, EvaluationSample]) -> list[Value]:
    """A measure of a method on every sample that has it, in the order of the samples' names."""
    found = []
    for name, record in sorted(records.get(method, {}).items()):
        if measure in record.values and name in samples:
            sample = samples[name]
            found.append(Value(name, sample.group, sample.subset, record.values[measure]))
    return found


def region_table(
    region: str, entries: Sequence[MethodEntry], records: Records, samples: Sequence[EvaluationSample]
) -> RegionTable:
    """Table 2 for one region: every method of the run has a row, also those that could not run."""
    by_id = {sample.id: sample for sample in samples}
    present = tuple(s for s in SUBSETS if any(sample.subset == s for sample in samples))
    columns = (*present, AVERAGE)
    rows = []
    for entry in entries:
        of = records.get(entry.name, {})
        cells: Cells = {column: {} for column in columns}
        for measure in MEASURES:
            values = values_of(records, entry.name, f"{measure}/{region}", by_id)
            for column in columns:
                part = values if column == AVERAGE else [v for v in values if v.subset == column]
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
    shares = [
        r.values[f"share/{region}"] for of in records.values() for r in of.values() if f"share/{region}" in r.values
    ]
    return RegionTable(region, columns, tuple(rows), math.fsum(sorted(shares)) / len(shares) if shares else math.nan)


@dataclass(frozen=True)
class MethodSpeed:
    """Seconds a pair of a method on this machine: median and range."""

    name: str
    median: float
    low: float
    high: float


def speeds(entries: Sequence[MethodEntry], records: Records) -> list[MethodSpeed]:
    """Of every method that ran."""
    out = []
    for entry in entries:
        seconds = [r.seconds for r in records.get(entry.name, {}).values() if not r.error]
        if seconds:
            out.append(MethodSpeed(entry.name, statistics.median(seconds), min(seconds), max(seconds)))
    return out


def method_tests(
    measure: str, entries: Sequence[MethodEntry], records: Records, samples: Sequence[EvaluationSample]
) -> list[PairedTest]:
    """Paired tests between all methods that ran."""
    by_id = {sample.id: sample for sample in samples}
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


def ablations(entries: Sequence[MethodEntry], records: Records, samples: Sequence[EvaluationSample]) -> list[Ablation]:
    """Table 4: every aligner among the methods."""
    by_id = {sample.id: sample for sample in samples}
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


def endpoints(entries: Sequence[MethodEntry], records: Records, samples: Sequence[EvaluationSample]) -> list[Endpoint]:
    """Of every method that warps by a flow."""
    by_id = {sample.id: sample for sample in samples}
    out = []
    for entry in entries:
        both = [values_of(records, entry.name, f"epe/{d}", by_id) for d in ("gt_to_2", "1_to_2")]
        if any(both):
            out.append(Endpoint(entry.name, *(mean_with_interval(v, by_subset=True) for v in both)))
    return out
