"""How much the flow of a method loses when I2 is corrupted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from dsia_gen.evaluate.corruptions import CorruptedSample
from dsia_gen.evaluate.flow_set_tables import flow_scoring
from dsia_gen.evaluate.flow_sets import FlowPair
from dsia_gen.evaluate.loop import AlignmentSample, MethodEntry, Progress, run_methods, values
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.samples import EvaluationSample
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval

CLEAN, AVERAGE = "clean", "mean of corruptions"
MEASURE = "epe/1_to_2"


@dataclass(frozen=True)
class RobustnessRow:
    """End-point errors of a method in px by corruption, and by `CLEAN` and `AVERAGE`."""

    name: str
    pairs: int
    """Pairs that it has a flow for under every corruption."""
    errors: Mapping[str, Mean]


@dataclass(frozen=True)
class RobustnessTable:
    """End-point errors of flow on one source of pairs, without and with corruptions."""

    source: str
    pairs: int
    severity: int
    corruptions: tuple[str, ...]
    rows: Sequence[RobustnessRow] = field(default_factory=tuple)


def robustness_table(
    source: str,
    samples: Sequence[EvaluationSample | FlowPair],
    settings: tuple[tuple[str, ...], int, int],
    entries: Sequence[MethodEntry],
    stores: Callable[[str], ResultStore],
    bar: Callable[[str], AbstractContextManager[Progress]],
) -> RobustnessTable:
    """The table of one source; `settings` are the corruptions, their severity and the seed of their noise.

    Oracles take no part. A method that has no flow for a sample under one of the corruptions counts it under none.
    """
    corruptions, severity, seed = settings
    fit = [entry for entry in entries if not entry.info.truth]
    found: dict[str, dict[str, dict[str, Value]]] = {entry.name: {} for entry in fit}
    for name in (CLEAN, *corruptions):
        part: Sequence[AlignmentSample] = [
            sample if name == CLEAN else CorruptedSample(sample, name, severity, seed) for sample in samples
        ]
        folder = f"robustness_{source}/{name if name == CLEAN else f'{name}_{severity}'}"
        with bar(f"{source}, {name}") as progress:
            records = run_methods(fit, part, flow_scoring(), stores(folder), progress)
        for method, of in records.items():
            found[method][name] = {value.sample: value for value in values(of, MEASURE, part)}
    # the subsets of a data set weigh alike, as in its other tables; pairs of a set do
    weighed = all(isinstance(sample, EvaluationSample) for sample in samples)
    rows = []
    for method, columns in found.items():
        common = set.intersection(*(set(column) for column in columns.values())) if columns else set()
        if not common:
            continue
        errors = {
            name: mean_with_interval([column[sample] for sample in sorted(common)], by_subset=weighed)
            for name, column in columns.items()
        }
        averages = []
        for sample in sorted(common):
            total = math.fsum(columns[name][sample].value for name in corruptions)
            averages.append(replace(columns[CLEAN][sample], value=total / len(corruptions)))
        rows.append(
            RobustnessRow(method, len(common), {**errors, AVERAGE: mean_with_interval(averages, by_subset=weighed)})
        )
    return RobustnessTable(source, len(samples), severity, corruptions, tuple(rows))
