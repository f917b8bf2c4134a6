"""Whether RANSAC-Flow and DiffMatch improve on what they begin with, checked from runs on a data set.

    python -m bench.relations DATASET -o FOLDER --ransac RUN ... --diffmatch RUN ... --up RUN ... [--samples N]

Runs of several seeds are averaged. Errors are end-point errors in px of the flow from I1 to I2 over visible pixels, and
intervals are 95% by a bootstrap of scenes. What was measured is kept in FOLDER, so that the same command goes on. The
exit code is 1 where a relation that has to hold does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from dsia_gen.align.matching.coarse import chosen_flow
from dsia_gen.align.methods import ImagePair, MethodOptions, open_method
from dsia_gen.align.methods.diffmatch.diffmatch_pipeline import DiffMatchPipeline, as_flow, as_uncertainty
from dsia_gen.align.methods.ransac_flow.ransac_pipeline import RansacPipeline, put_together
from dsia_gen.core.io import json_bytes, replace_bytes
from dsia_gen.dataset.reader import open_dataset
from dsia_gen.evaluate.measures import uncertainty_measures
from dsia_gen.evaluate.samples import EvaluationSample, evaluation_samples, fingerprint
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval

SUBSETS = ("LcLf", "LcSf", "ScLf", "ScSf")
TRUTH = ("flow_1_to_2", "occlusion_1_to_2")
_EVERY = 61
"""Visible pixels from one to the next of those whose uncertainty and error are kept for the pooled rank correlation."""
Row = dict[str, float]
Rows = dict[str, Row]
"""Measures of one run by sample, or of a group of runs."""


@dataclass(frozen=True)
class Relation:
    """`left` is below `factor` times `right`, over the samples of some subsets that have both."""

    title: str
    left: str
    right: str
    factor: float = 1.0
    subset: str = ""
    must: bool = True


RELATIONS = (
    *(Relation(f"fine < coarse, {subset}", "fine", "coarse", subset=subset) for subset in SUBSETS),
    Relation("several homographies <= one", "fine_multi", "fine"),
    Relation("several homographies < one, LcLf", "fine_multi", "fine", subset="LcLf"),
    Relation("several homographies <= one, ScLf", "fine_multi", "fine", subset="ScLf", must=False),
    Relation("several < one before the fine stage, LcLf", "coarse_multi", "coarse", subset="LcLf", must=False),
    Relation("matchable < two thirds of the rest", "matchable", "unmatchable", 2 / 3),
    *(Relation(f"field < initial, {subset}", "mean", "initial", subset=subset) for subset in SUBSETS),
    Relation("mean of hypotheses <= single ones", "mean", "single"),
    Relation("uncertainty ranks errors better than chance (AUSE)", "ause", "ause_random"),
    Relation("upsampled < its field enlarged", "up", "up_field"),
    Relation("RANSAC-Flow < three quarters of DIS", "fine_multi", "dis", 0.75, must=False),
    Relation("DiffMatch < three quarters of DIS", "mean", "dis", 0.75, must=False),
    Relation("DiffMatch upsampled < three quarters of DIS", "up", "dis", 0.75, must=False),
)
SMALLEST_RANK = 0.2
"""Pooled Spearman correlation of uncertainty and error that DiffMatch has to exceed."""


def errors_of(flow: NDArray[np.float32], sample: EvaluationSample) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """End-point error of every pixel, and which are visible."""
    truth = sample.source
    exact = np.asarray(truth["flow_1_to_2"], dtype=np.float64)
    seen = np.isfinite(exact).all(axis=-1) & (np.asarray(truth["occlusion_1_to_2"]) == 0)
    return np.linalg.norm(flow - np.nan_to_num(exact), axis=-1), seen


def epe(flow: NDArray[np.float32], sample: EvaluationSample) -> float:
    """Mean end-point error over visible pixels."""
    apart, seen = errors_of(flow, sample)
    return float(apart[seen].mean())


def ransac_row(pipeline: RansacPipeline, sample: EvaluationSample) -> dict[str, Any]:
    """One and several homographies, before and after the fine stage, and by matchability."""
    first, second = sample.images()
    size, size2 = (first.shape[0], first.shape[1]), (second.shape[0], second.shape[1])
    zero = np.zeros((*size, 2), np.float32)
    matches = pipeline.matches(first, second)
    found = pipeline.planes(first, second, matches)
    matrices = pipeline.matcher.homographies(matches, size2, pipeline.config.planes)
    flow, match = put_together(found[:1], 2.0, False) if found else (zero, zero[..., 0])
    several, _ = put_together(found, pipeline.config.matchable, False) if found else (zero, match)
    row: Row = {
        "coarse": epe(found[0].coarse if found else zero, sample), "fine": epe(flow, sample),
        "fine_multi": epe(several, sample), "planes": float(len(found)),
        "coarse_multi": epe(chosen_flow(matrices, matches, size, size2) if matrices else zero, sample),
    }  # fmt: skip
    apart, seen = errors_of(flow, sample)
    for name, where in (("matchable", match > 0.95), ("unmatchable", match <= 0.95)):
        if (seen & where).any():
            row[name] = float(apart[seen & where].mean())
    row["matchable_share"] = float((match > 0.95)[seen].mean())
    return row


def diffmatch_row(pipeline: DiffMatchPipeline, sample: EvaluationSample) -> dict[str, Any]:
    """The initial field, single hypotheses, their mean, and how its uncertainty ranks errors."""
    first, second = sample.images()
    size = (first.shape[0], first.shape[1])
    found = pipeline.estimate(first, second)
    apart, seen = errors_of(as_flow(found.mean, size), sample)
    errors, uncertainty = apart[seen], as_uncertainty(found, size)[seen]
    shuffled = np.random.default_rng(0).permutation(uncertainty)
    singles = [epe(as_flow(field[None], size), sample) for field in found.fields]
    return {
        "initial": epe(as_flow(found.initial, size), sample), "mean": float(errors.mean()),
        "single": float(np.mean(singles)), **uncertainty_measures(uncertainty, errors),
        "ause_random": uncertainty_measures(shuffled, errors)["ause"],
        "pixels": [uncertainty[::_EVERY].tolist(), errors[::_EVERY].tolist()],
    }  # fmt: skip


def up_row(pipeline: DiffMatchPipeline, sample: EvaluationSample) -> dict[str, Any]:
    """The upsampled field, and that of the first stage enlarged."""
    first, second = sample.images()
    size = (first.shape[0], first.shape[1])
    assert pipeline.first is not None
    flows = [as_flow(stage.estimate(first, second).mean, size) for stage in (pipeline, pipeline.first)]
    return {"up": epe(flows[0], sample), "up_field": epe(flows[1], sample)}


def dis_row(sample: EvaluationSample) -> dict[str, Any]:
    """DIS flow, and no flow at all."""
    first, second = sample.images()
    flow = open_method("dis", MethodOptions()).align(ImagePair(first, second)).flow
    assert flow is not None
    return {"dis": epe(flow, sample), "zero": epe(np.zeros_like(flow), sample)}


def measured(
    name: str, key: str, samples: Sequence[EvaluationSample], folder: Path, row: Callable[[EvaluationSample], Any]
) -> Rows:
    """A row for each sample, read where it was made under the same key before."""
    found: Rows = {}
    for count, sample in enumerate(samples, 1):
        path = folder / name / f"{sample.id.replace('/', '_')}.json"
        own = fingerprint([key, sample.data_key])
        kept = json.loads(path.read_bytes()) if path.is_file() else {}
        if kept.get("key") != own:
            kept = {"key": own, "row": row(sample)}
            replace_bytes(path, json_bytes(kept))
            print(f"{name}: {count} of {len(samples)}", file=sys.stderr, flush=True)
        found[sample.id] = kept["row"]
    return found


def averaged(runs: Sequence[Rows]) -> Rows:
    """The mean over runs of every measure of every sample."""
    rows: Rows = {}
    for sample in runs[0] if runs else ():
        of = [run[sample] for run in runs]
        names = [name for name in of[0] if name != "pixels" and all(name in row for row in of)]
        rows[sample] = {name: float(np.mean([row[name] for row in of])) for name in names}
    return rows


def checked(
    relation: Relation, rows: Mapping[str, Row], samples: Sequence[EvaluationSample]
) -> tuple[Mean, ...] | None:
    """Means of the left side, of the right one and of their difference; None where no sample has both."""
    part = [
        Value(sample.id, sample.group, sample.subset, 0.0)
        for sample in samples
        if relation.subset in ("", sample.subset) and {relation.left, relation.right} <= rows.get(sample.id, {}).keys()
    ]
    if not part:
        return None
    left = [replace(value, value=rows[value.sample][relation.left]) for value in part]
    right = [replace(value, value=relation.factor * rows[value.sample][relation.right]) for value in part]
    apart = [replace(a, value=a.value - b.value) for a, b in zip(left, right, strict=True)]
    return tuple(mean_with_interval(values, by_subset=True) for values in (left, right, apart))


def holds(relation: Relation, difference: Mean) -> bool:
    """Whether the mean difference is on the right side; `<=` in the title allows none."""
    return difference.mean <= 0 if "<=" in relation.title else difference.mean < 0


def report(rows: Mapping[str, Row], samples: Sequence[EvaluationSample], pooled: float | None) -> tuple[list[str], int]:
    """Lines of a Markdown table, and how many relations fail that have to hold."""
    lines = ["| relation | left | right | difference (95%) | holds |", "|---|---|---|---|---|"]
    failures = 0
    for relation in RELATIONS:
        means = checked(relation, rows, samples)
        if means is None:
            continue
        left, right, apart = means
        good = holds(relation, apart)
        failures += relation.must and not good
        verdict = ("yes" if good else "**no**") + ("" if relation.must else " (reported)")
        interval = f"{apart.mean:+.3f} ({apart.low:+.3f} to {apart.high:+.3f})"
        lines.append(f"| {relation.title} | {left.mean:.3f} | {right.mean:.3f} | {interval} | {verdict} |")
    if pooled is not None:
        good = pooled > SMALLEST_RANK
        failures += not good
        verdict = "yes" if good else "**no**"
        lines.append(f"| uncertainty ranks errors (pooled Spearman) | {pooled:.3f} | {SMALLEST_RANK} | | {verdict} |")
    names = sorted({name for row in rows.values() for name in row})
    lines += ["", "| measure | " + " | ".join((*SUBSETS, "mean")) + " |", "|---|" + "---|" * (len(SUBSETS) + 1)]
    for name in names:
        values = [Value(s.id, s.group, s.subset, rows[s.id][name]) for s in samples if name in rows.get(s.id, {})]
        parts = [[v for v in values if v.subset == subset] for subset in SUBSETS]
        cells = [f"{mean_with_interval(part).mean:.2f}" for part in parts]
        mean = mean_with_interval(values, by_subset=True)
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {mean.mean:.2f} ({mean.low:.2f} to {mean.high:.2f}) |")
    return lines, failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure runs, print the tables, and count what fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--samples", type=int)
    for kind in ("ransac", "diffmatch", "up"):
        parser.add_argument(f"--{kind}", nargs="*", default=[], metavar="RUN")
    given = parser.parse_args(arguments)
    samples = evaluation_samples(open_dataset(given.dataset), TRUTH)
    count = given.samples or len(samples)
    samples = tuple(samples[k * len(samples) // count] for k in range(min(count, len(samples))))
    groups = [[measured("dis", "1", samples, given.output, dis_row)]]
    pixels: list[Any] = []
    for kind, names in (("ransac", given.ransac), ("diffmatch", given.diffmatch), ("up", given.up)):
        runs = []
        for name in names:
            pipeline: Any = (RansacPipeline if kind == "ransac" else DiffMatchPipeline).from_pretrained(name)
            make = {"ransac": ransac_row, "diffmatch": diffmatch_row, "up": up_row}[kind]
            key = fingerprint([kind, 1, pipeline.hash(), pipeline.config.model_dump(mode="json")])
            label = f"{kind}_{fingerprint(name)[:6]}"
            runs.append(measured(label, key, samples, given.output, lambda s, p=pipeline, m=make: m(p, s)))
            pixels += [row["pixels"] for row in runs[-1].values() if "pixels" in row]
        groups.append([averaged(runs)] if runs else [])
    rows = {s.id: {name: v for group in groups for of in group for name, v in of[s.id].items()} for s in samples}
    pooled = None
    if pixels:
        uncertainty, errors = (np.concatenate([np.asarray(pair[k]) for pair in pixels]) for k in (0, 1))
        pooled = float(spearmanr(uncertainty, errors).statistic)
    lines, failures = report(rows, samples, pooled)
    print("\n".join(lines))
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
