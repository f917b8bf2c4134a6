"""One evaluation: opens methods and data, runs what is not kept yet, and gathers the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dsia_gen.align.methods import METHODS, Aligned, MethodOptions, UnavailableError, checked_names
from dsia_gen.align.training.trainable import open_run, trainable_of
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.reader import Dataset, open_dataset
from dsia_gen.evaluate import measures
from dsia_gen.evaluate.frame_folders import FramePair, davis_pairs, sintel_pairs
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import HdrItem, HdrSettings, hdr_scoring, single_exposure
from dsia_gen.evaluate.loop import Entry, Progress, Records, Score, Scoring, run_methods
from dsia_gen.evaluate.perceptual import PERCEPTUAL
from dsia_gen.evaluate.regions import ALWAYS, CHECKS, masks, needed
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.samples import Case, cases_of, fingerprint
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Opens a bar with a title; gives what to call with (done, all)."""
_LABEL = re.compile(r"[A-Za-z0-9_.-]+")
_ERRORS = ("flow_gt_to_2", "flow_1_to_2", "occlusion_gt_to_2", "occlusion_1_to_2")


@dataclass(frozen=True)
class Request:
    """What to evaluate."""

    methods: tuple[str, ...]
    dataset: Path | None = None
    checkpoints: tuple[str, ...] = ()
    """Runs, each RUN or LABEL=RUN."""
    checks: tuple[str, ...] = ("exact",)
    samples: int | None = None
    """At most so many samples of the data set, spread evenly; None is all."""
    subsets: tuple[str, ...] = ()
    sintel: Path | None = None
    davis: Path | None = None
    hdr: HdrSettings | None = None
    options: MethodOptions = field(default_factory=MethodOptions)


@dataclass(frozen=True)
class PerceptualColumn:
    """A column of Table 3: a measure on a source of frames, by method; without means, `reason` says why."""

    source: str
    measure: str
    pairs: int
    means: Mapping[str, Mean] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class HdrTable:
    """PSNR-mu by method and region; `reason` says why there is none."""

    means: Mapping[str, Mapping[str, Mean]] = field(default_factory=dict)
    single: Mean | None = None
    reason: str = ""


@dataclass(frozen=True)
class Results:
    """Everything that a report shows."""

    request: Request
    entries: tuple[Entry, ...]
    data: Dataset | None
    cases: tuple[Case, ...]
    regions: tuple[str, ...]
    records: Records
    perceptual: tuple[PerceptualColumn, ...]
    hdr: HdrTable | None


def evaluate(request: Request, folder: Path, bar: Bar) -> Results:
    """Run what is asked for; results are kept in `folder`/results, so that the same call goes on after anything.

    AlignError when nothing can be run; a method or a measure that cannot is in the results with its reason.
    """
    if request.dataset is None and request.sintel is None and request.davis is None:
        raise AlignError("there is nothing to evaluate on; give a data set, or --sintel or --davis")
    frames = _frames(request)
    data = _selected(request) if request.dataset is not None else None
    entries = open_entries(request, data)
    regions = _regions(request)
    cases = cases_of(data, _outputs(regions)) if data is not None else ()
    records: Records = {}
    if data is not None:
        with bar("align") as progress:
            store = ResultStore(folder / "results")
            records = run_methods(entries, cases, _scoring(regions), store, progress)
    columns = _perceptual(frames, request.options.device, entries, folder, bar)
    hdr = _hdr(request, entries, cases, folder, bar) if request.hdr is not None else None
    return Results(request, entries, data, cases, regions, records, columns, hdr)


def _selected(request: Request) -> Dataset:
    assert request.dataset is not None
    data = open_dataset(request.dataset)
    if request.subsets:
        data = data.select(subset=request.subsets)
    if request.samples is not None and request.samples < len(data):
        rows = [data.rows[k * len(data) // request.samples] for k in range(request.samples)]
        data = Dataset(data.layout, rows, data.info)
    if len(data) == 0:
        raise AlignError(f"{request.dataset} has no sample to evaluate; look at --subset and `dsia-gen dataset status`")
    return data


def open_entries(request: Request, data: Dataset | None) -> tuple[Entry, ...]:
    """Every method asked for: ready, or with the reason why not. A run takes the place of the method that it is of."""
    runs = labelled_runs(request.checkpoints)
    replaced = {trainable_of(run).method for _, run in runs}
    found = [open_entry(name, request.options, data) for name in checked_names(request.methods) if name not in replaced]
    for label, run in runs:
        method = open_run(run, label, request.options)
        found.append(Entry(method.info, method))
    if not any(entry.method is not None for entry in found):
        raise AlignError("no method can run: " + "; ".join(f"{e.name}: {e.reason}" for e in found))
    return tuple(found)


def open_entry(name: str, options: MethodOptions, data: Dataset | None) -> Entry:
    """A method by name, or why it cannot take part."""
    method = METHODS.get(name)
    absent = [o for o in method.info.truth if data is None or o not in data.outputs]
    if absent:
        where = "frames without ground truth" if data is None else "the data set"
        return Entry(method.info, None, f"{where} has no {', '.join(absent)}; render it with these outputs")
    try:
        return Entry(method.info, method.open(options))
    except UnavailableError as error:
        return Entry(method.info, None, str(error))


def labelled_runs(checkpoints: Sequence[str]) -> list[tuple[str, str]]:
    """Label and run of each checkpoint. Without a label, a lone run is named as the method that it is of, others as
    their folders."""
    pairs = []
    for text in checkpoints:
        label, given, run = text.partition("=")
        if not given:
            alone = trainable_of(text).method if len(checkpoints) == 1 else ""
            label, run = alone or Path(text).name, text
        pairs.append((label, run))
    for label, count in Counter(label for label, _ in pairs).items():
        taken = label in METHODS and label not in {trainable_of(run).method for _, run in pairs}
        if count > 1 or taken or not _LABEL.fullmatch(label):
            raise AlignError(f"{label!r} cannot be the name of a checkpoint here; name it: --checkpoint LABEL=RUN")
    return pairs


def _regions(request: Request) -> tuple[str, ...]:
    for check in request.checks:
        if check not in CHECKS:
            raise AlignError(f"{check!r} is not a way to find occluded pixels{suggestion(check, list(CHECKS))}")
    wanted = [CHECKS[check] for check in request.checks]
    return tuple(dict.fromkeys((*ALWAYS[:1], *wanted, *ALWAYS[1:])))


def _outputs(regions: Sequence[str]) -> tuple[str, ...]:
    """Everything beside the images that measures read; a change of it changes the key of a result."""
    return tuple(dict.fromkeys((*needed(regions), *_ERRORS)))


def _scoring(regions: Sequence[str]) -> Scoring:
    outputs = _outputs(regions)

    def prepare(case: Case) -> Score:
        truth, target = case.truth(outputs), case.target()
        where = masks(truth, regions)

        def score(answer: Aligned) -> dict[str, float]:
            return {**measures.measure(answer, target, where), **measures.flow_errors(answer.flow, truth)}

        return score

    return Scoring(fingerprint(["igt", measures.VERSION, sorted(regions)]), prepare)


def _perceptual(
    frames: Mapping[str, list[FramePair]], device: str, entries: Sequence[Entry], folder: Path, bar: Bar
) -> tuple[PerceptualColumn, ...]:
    columns = []
    for source, pairs in frames.items():
        for measure, (_, opening) in PERCEPTUAL.items():
            try:
                distance = opening(device)
            except UnavailableError as error:
                columns.append(PerceptualColumn(source, measure, len(pairs), reason=str(error)))
                continue
            scoring = Scoring(fingerprint([measure, 1]), _distance_scorer(measure, distance))
            fit = [entry for entry in entries if not entry.info.truth]
            with bar(f"{source} {measure}") as progress:
                store = ResultStore(folder / "results" / source / measure)
                records = run_methods(fit, pairs, scoring, store, progress)
            columns.append(PerceptualColumn(source, measure, len(pairs), _means(records, measure, pairs)))
    return tuple(columns)


def _frames(request: Request) -> dict[str, list[FramePair]]:
    found: dict[str, list[FramePair]] = {}
    if request.sintel is not None:
        found |= {f"sintel_{render}": sintel_pairs(request.sintel, render) for render in ("clean", "final")}
    if request.davis is not None:
        found["davis"] = davis_pairs(request.davis)
    return found


def _distance_scorer(measure: str, distance: Any) -> Callable[[FramePair], Score]:
    def prepare(pair: FramePair) -> Score:
        first = pair.reference()
        return lambda answer: {measure: distance(answer.image, first)}

    return prepare


def _means(records: Records, measure: str, pairs: Sequence[FramePair]) -> dict[str, Mean]:
    groups = {pair.id: pair.sequence for pair in pairs}
    return {
        method: mean_with_interval(
            [Value(s, groups[s], "", r.values[measure]) for s, r in sorted(of.items()) if measure in r.values]
        )
        for method, of in records.items()
    }


def _hdr(request: Request, entries: Sequence[Entry], cases: Sequence[Case], folder: Path, bar: Bar) -> HdrTable:
    assert request.hdr is not None
    without = [case.id for case in cases if "linear" not in case.sample]
    if not cases or without:
        which = f"sample {without[0]} has" if without else "there is"
        return HdrTable(reason=f"{which} no scene-linear image; render with outputs: [default, linear]")
    items = [HdrItem(case, request.hdr) for case in cases]
    with bar("HDR") as progress:
        store = ResultStore(folder / "results" / "hdr")
        records = run_methods(entries, items, hdr_scoring(request.hdr), store, progress)
    groups = {case.id: case for case in cases}

    def mean(values: Mapping[str, float]) -> Mean:
        return mean_with_interval([Value(s, groups[s].group, groups[s].subset, v) for s, v in sorted(values.items())])

    means = {
        method: {
            region: mean({s: r.values[key] for s, r in of.items() if (key := f"psnr_mu/{region}") in r.values})
            for region in HDR_REGIONS
        }
        for method, of in records.items()
    }
    return HdrTable(means, mean({item.id: single_exposure(item) for item in items}))
