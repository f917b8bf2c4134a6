"""Errors of flow on public sets that the user has, a table for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned
from dsia_gen.evaluate import measures
from dsia_gen.evaluate.flow_sets import FLOW, OCCLUSION, FlowPair, hpatches_pairs, kitti_flow_pairs, sintel_flow_pairs
from dsia_gen.evaluate.frame_folders import sintel_renders
from dsia_gen.evaluate.loop import MethodEntry, Progress, Records, Score, Scoring, run_methods, values
from dsia_gen.evaluate.result_store import ResultRecord, ResultStore
from dsia_gen.evaluate.samples import fingerprint
from dsia_gen.evaluate.statistics import Mean, mean_with_interval

SETS = {
    "sintel_clean": "MPI Sintel (clean)", "sintel_final": "MPI Sintel (final)", "kitti": "KITTI",
    "hpatches": "HPatches",
}  # fmt: skip
"""Titles of the sets."""
_OUTPUTS = (FLOW, OCCLUSION)


@dataclass(frozen=True)
class FlowSetRow:
    """A method on a set."""

    name: str
    epe: Mapping[str, Mean]
    """Mean over pairs in px by kind of pixel (all, visible, hidden) and by subset, as far as the set has them."""
    pck: Mapping[int, Mean]
    """Share of pixels that are off by at most so many px, the mean over pairs."""
    fl: Mapping[str, float]
    """Share of outliers by kind of pixel (all, visible), over the pixels of all pairs together as KITTI's server."""
    pairs: int
    """Pairs that it has a flow for."""
    failed: int = 0


@dataclass(frozen=True)
class FlowSetTable:
    """Errors of flow on one set; methods without a flow have no row."""

    source: str
    pairs: int
    rows: Sequence[FlowSetRow] = field(default_factory=tuple)

    @property
    def columns(self) -> list[str]:
        """Kinds of pixels and subsets that any row has an end-point error of."""
        return list(dict.fromkeys(name for row in self.rows for name in row.epe))


def open_flow_sets(
    sintel: Path | None, kitti: Path | None, hpatches: Path | None, size: tuple[int, int]
) -> dict[str, Sequence[FlowPair]]:
    """Pairs with exact flow of the folders that are given; of Sintel none where it has no folder of flow."""
    found: dict[str, Sequence[FlowPair]] = {}
    if sintel is not None:
        found |= {f"sintel_{render}": sintel_flow_pairs(sintel, render) for render in sintel_renders(sintel)}
    if kitti is not None:
        found["kitti"] = kitti_flow_pairs(kitti)
    if hpatches is not None:
        found["hpatches"] = hpatches_pairs(hpatches, size)
    return {source: pairs for source, pairs in found.items() if pairs}


def flow_set_tables(
    sets: Mapping[str, Sequence[FlowPair]],
    entries: Sequence[MethodEntry],
    stores: Callable[[str], ResultStore],
    bar: Callable[[str], AbstractContextManager[Progress]],
    batch: int = 1,
) -> tuple[FlowSetTable, ...]:
    """A table for each set; oracles, which need more than flow, take no part. `stores` opens results by name."""
    fit = [entry for entry in entries if not entry.info.truth]
    tables = []
    for source, pairs in sets.items():
        with bar(source) as progress:
            records = run_methods(fit, pairs, flow_scoring(), stores(f"flow_{source}"), progress, batch)
        tables.append(FlowSetTable(source, len(pairs), flow_set_rows(records, pairs)))
    return tuple(tables)


class SampleWithTruth(Protocol):
    """A pair of a set or of a data set, or one of which an image was changed."""

    def truth(self, outputs: Sequence[str], /) -> dict[str, NDArray[Any]]:
        """The outputs asked for that it has."""


def flow_scoring() -> Scoring:
    """Errors of the flow from I1 to I2."""

    def prepare(pair: SampleWithTruth) -> Score:
        truth = pair.truth(_OUTPUTS)

        def score(answers: Sequence[Aligned]) -> dict[str, float]:
            return measures.flow_errors(answers[0].flow, truth, answers[0].uncertainty)

        return score

    return Scoring(fingerprint(["flow", measures.VERSION]), prepare)


def flow_set_rows(records: Records, pairs: Sequence[FlowPair]) -> tuple[FlowSetRow, ...]:
    """Means of every method that has a flow."""
    rows = []
    subsets = sorted({pair.subset for pair in pairs} - {""})
    for name, of in records.items():
        kinds = {"all": values(of, "epe_known/1_to_2", pairs)}
        if hidden := values(of, "epe_hidden/1_to_2", pairs):
            kinds |= {"visible": values(of, "epe/1_to_2", pairs), "hidden": hidden}
        kinds |= {subset: [value for value in kinds["all"] if value.subset == subset] for subset in subsets}
        if not kinds["all"]:
            continue
        epe = {kind: mean_with_interval(found) for kind, found in kinds.items() if found}
        pck = {px: mean_with_interval(values(of, f"pck{px}_known/1_to_2", pairs)) for px in (1, 3, 5)}
        fl = {"all": pooled(of, "_known"), **({"visible": pooled(of, "")} if hidden else {})}
        failed = sum(bool(record.error) for record in of.values())
        rows.append(FlowSetRow(name, epe, pck, fl, len(kinds["all"]), failed))
    return tuple(rows)


def pooled(of: Mapping[str, ResultRecord], suffix: str) -> float:
    """The share of outliers over the pixels of all pairs together."""
    share, pixels = f"fl{suffix}/1_to_2", f"pixels{suffix}/1_to_2"
    found = [(r.values[share], r.values[pixels]) for _, r in sorted(of.items()) if share in r.values]
    return math.fsum(s * count for s, count in found) / math.fsum(count for _, count in found) if found else math.nan
