"""One evaluation: opens methods and data, runs what is not stored yet, and gathers the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from dsia_gen.align.methods import METHODS, Aligned, MethodOptions, UnavailableError, checked_names
from dsia_gen.align.training.trainable import open_run, trainable_of
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.reader import Dataset, open_dataset
from dsia_gen.evaluate import measures
from dsia_gen.evaluate.corruptions import checked_corruptions
from dsia_gen.evaluate.flow_set_tables import FlowSetTable, flow_set_tables, open_flow_sets
from dsia_gen.evaluate.flow_sets import FlowPair
from dsia_gen.evaluate.frame_folders import FramePair, open_frames
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import HdrSettings, hdr_samples, hdr_scoring, single_exposure
from dsia_gen.evaluate.loop import MethodEntry, Progress, Records, Score, Scoring, run_methods, values
from dsia_gen.evaluate.perceptual_columns import IGT, PerceptualColumn, perceptual_columns
from dsia_gen.evaluate.regions import ALWAYS, CHECKS, FIRST, TARGET, masks, needed
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.robustness import RobustnessTable, robustness_table
from dsia_gen.evaluate.samples import EvaluationSample, evaluation_samples, fingerprint
from dsia_gen.evaluate.shares import compute_shares, share_of, take_over
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Opens a bar with a title; gives what to call with (done, all)."""
T = TypeVar("T")
DATASET = "data"
"""The source of a table of robustness that is the data set."""
_LABEL = re.compile(r"[A-Za-z0-9_.-]+")
_FLOW_TRUTH = (
    "flow_gt_to_2", "flow_1_to_2", "occlusion_gt_to_2", "occlusion_1_to_2", "dynamic_gt", "dynamic_1",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """What to evaluate.

    Parameters
    ----------
    methods : tuple of str
        Registered methods by name.
    dataset : Path, optional
        A data set.
    checkpoints : tuple of str
        Runs, each RUN or LABEL=RUN.
    checks : tuple of str
        Ways to leave out occluded pixels: keys of `regions.CHECKS`.
    samples : int, optional
        At most so many samples of the data set and pairs of each set, spread evenly; None is all.
    subsets : tuple of str
        LcLf, LcSf, ScLf, ScSf; empty is all.
    sintel : Path, optional
        Folder of MPI Sintel.
    kitti : Path, optional
        Folder of KITTI's sets of flow.
    hpatches : Path, optional
        Folder of HPatches' sequences.
    hpatches_size : tuple of int
        Width and height that its pictures are squashed to.
    davis : Path, optional
        Folder of DAVIS.
    hdr : HdrSettings, optional
        How brackets are taken; None measures no HDR.
    options : MethodOptions
        Device, seed, weights and precision.
    perceptual : bool
        Also measure LPIPS and DreamSim between answers and Igt.
    corruptions : tuple of str
        Corruptions of I2 whose effect on flows is measured: keys of `corruptions.CORRUPTIONS`, or "all".
    severity : int
        Of the corruptions, from 1 to 5.
    batch : int
        Samples that a method is given at once.
    workers : int
        Processes that share the samples.
    share : tuple of int
        (k, n): the k-th of n shares of the samples alone, for one of several processes.
    """

    methods: tuple[str, ...]
    dataset: Path | None = None
    checkpoints: tuple[str, ...] = ()
    checks: tuple[str, ...] = ("exact",)
    samples: int | None = None
    subsets: tuple[str, ...] = ()
    sintel: Path | None = None
    kitti: Path | None = None
    hpatches: Path | None = None
    hpatches_size: tuple[int, int] = (240, 240)
    davis: Path | None = None
    hdr: HdrSettings | None = None
    options: MethodOptions = field(default_factory=MethodOptions)
    perceptual: bool = False
    corruptions: tuple[str, ...] = ()
    severity: int = 5
    batch: int = 1
    workers: int = 1
    share: tuple[int, int] = (0, 1)


@dataclass(frozen=True)
class HdrTable:
    """PSNR-mu of merged exposures.

    Parameters
    ----------
    means : Mapping of str to Mapping of str to Mean
        In dB, by method and region.
    single : Mean, optional
        Of I1 alone, in dB.
    brackets : int
        Number of samples; of three frames those that have a frame before I1.
    reason : str
        Why there are no means.
    """

    means: Mapping[str, Mapping[str, Mean]] = field(default_factory=dict)
    single: Mean | None = None
    brackets: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Results:
    """Everything that a report shows.

    Parameters
    ----------
    request : Request
        What was asked for.
    entries : tuple of MethodEntry
        Methods, also those that could not run.
    data : Dataset or None
        The selected samples of the data set.
    samples : tuple of EvaluationSample
        The same, with keys and motion.
    regions : tuple of str
        Kinds of pixels that were measured.
    records : Records
        By method and sample.
    perceptual : tuple of PerceptualColumn
        Table 3.
    hdr : HdrTable or None
        Where it was asked for.
    flow_sets : tuple of FlowSetTable
        Errors of flow on public sets.
    robustness : tuple of RobustnessTable
        Errors of flow under corruptions.
    """

    request: Request
    entries: tuple[MethodEntry, ...]
    data: Dataset | None
    samples: tuple[EvaluationSample, ...]
    regions: tuple[str, ...]
    records: Records
    perceptual: tuple[PerceptualColumn, ...]
    hdr: HdrTable | None
    flow_sets: tuple[FlowSetTable, ...] = ()
    robustness: tuple[RobustnessTable, ...] = ()


def evaluate(request: Request, folder: Path, bar: Bar, stored: Path | None = None) -> Results:
    """Run what is asked for.

    Parameters
    ----------
    request : Request
        Methods, data and measures.
    folder : Path
        Results are stored in `folder`/results, so that the same call goes on after an interruption.
    bar : Bar
        Opens a progress bar with a title; gives what to call with (done, all).
    stored : Path, optional
        Folder of another evaluation whose results are read, too.

    Returns
    -------
    Results
        A method or a measure that cannot run is in them with its reason.

    Raises
    ------
    AlignError
        There is nothing to evaluate on, or no method can run.
    """
    take_over(folder)
    if request.workers > 1:
        with bar(f"{request.workers} processes") as progress:
            compute_shares(evaluate, request, folder, progress)

    def stores(name: str) -> ResultStore:
        return ResultStore(folder / "results" / name, *([stored / "results" / name] if stored is not None else []))

    frames = open_frames(request.sintel, request.davis)
    sets = open_flow_sets(request.sintel, request.kitti, request.hpatches, request.hpatches_size)
    if request.dataset is None and not (frames or sets):
        raise AlignError(
            "there is nothing to evaluate on; give a data set, or --sintel, --kitti, --hpatches or --davis"
        )
    for check in request.checks:
        if check not in CHECKS:
            raise AlignError(f"{check!r} is not a way to find occluded pixels{suggestion(check, list(CHECKS))}")
    corruptions = checked_corruptions(request.corruptions)
    regions = tuple(dict.fromkeys((*ALWAYS[:1], *(CHECKS[check] for check in request.checks), *ALWAYS[1:])))
    # everything beside the images that measures read; a change of it changes the key of a result
    outputs = tuple(dict.fromkeys((*needed(regions), *_FLOW_TRUTH)))
    data = selected_data(request) if request.dataset is not None else None
    entries = open_entries(request, data)
    samples = evaluation_samples(data, outputs) if data is not None else ()
    records: Records = {}
    if data is not None:
        with bar("align") as progress:
            own, scoring = share_of(samples, request), igt_scoring(regions, outputs)
            records = run_methods(entries, own, scoring, stores("."), progress, request.batch)
    pairs: dict[str, Sequence[FramePair | EvaluationSample]] = {
        source: share_of(spread(found, request.samples), request) for source, found in frames.items()
    }
    if request.perceptual and samples:
        pairs = {IGT: share_of(samples, request), **pairs}
    columns = perceptual_columns(pairs, request.options, entries, stores, bar)
    hdr = hdr_table(request, entries, samples, stores("hdr"), bar) if request.hdr is not None else None
    own_sets = {source: share_of(spread(found, request.samples), request) for source, found in sets.items()}
    flows = flow_set_tables(own_sets, entries, stores, bar, request.batch)
    sources: dict[str, Sequence[EvaluationSample | FlowPair]] = {DATASET: share_of(samples, request), **own_sets}
    settings = (corruptions, request.severity, request.options.seed)
    robustness = [
        robustness_table(name, of, settings, entries, stores, bar) for name, of in sources.items() if corruptions and of
    ]
    return Results(request, entries, data, samples, regions, records, columns, hdr, flows, tuple(robustness))


def spread(items: Sequence[T], count: int | None) -> Sequence[T]:
    """At most a number of items, evenly from all of them.

    Parameters
    ----------
    items : Sequence
        All.
    count : int, optional
        The most; None is all.

    Returns
    -------
    Sequence
        In their order.
    """
    if count is None or count >= len(items):
        return items
    return [items[k * len(items) // count] for k in range(count)]


def selected_data(request: Request) -> Dataset:
    """The samples of a data set that are asked for.

    Parameters
    ----------
    request : Request
        Data set, subsets and number of samples.

    Returns
    -------
    Dataset
        At least one sample.

    Raises
    ------
    AlignError
        None is left.
    """
    assert request.dataset is not None
    data = open_dataset(request.dataset)
    if request.subsets:
        data = data.select(subset=request.subsets)
    if request.samples is not None and request.samples < len(data):
        data = Dataset(data.layout, list(spread(data.rows, request.samples)), data.info)
    if len(data) == 0:
        raise AlignError(f"{request.dataset} has no sample to evaluate; look at --subset and `dsia-gen dataset status`")
    return data


def open_entries(request: Request, data: Dataset | None) -> tuple[MethodEntry, ...]:
    """Open every method asked for; a run takes the place of the method that it is of.

    Parameters
    ----------
    request : Request
        Methods, checkpoints and options.
    data : Dataset or None
        The data set, whose outputs decide which oracles can run.

    Returns
    -------
    tuple of MethodEntry
        Ready methods, and those that cannot run with the reason.

    Raises
    ------
    AlignError
        No method can run, or a run cannot be opened.
    """
    runs = labelled_runs(request.checkpoints)
    replaced = {trainable_of(run).method for _, run in runs}
    found = [open_entry(name, request.options, data) for name in checked_names(request.methods) if name not in replaced]
    for label, run in runs:
        method = open_run(run, label, request.options)
        found.append(MethodEntry(method.info, method))
    if not any(entry.method is not None for entry in found):
        raise AlignError("no method can run: " + "; ".join(f"{e.name}: {e.reason}" for e in found))
    return tuple(found)


def open_entry(name: str, options: MethodOptions, data: Dataset | None) -> MethodEntry:
    """Open a method by name.

    Parameters
    ----------
    name : str
        A registered method.
    options : MethodOptions
        Device, seed and weights.
    data : Dataset or None
        The data set.

    Returns
    -------
    MethodEntry
        The method, or why it cannot take part.
    """
    method = METHODS.get(name)
    absent = [o for o in method.info.truth if data is None or o not in data.outputs]
    if absent:
        where = "frames without ground truth" if data is None else "the data set"
        return MethodEntry(method.info, None, f"{where} has no {', '.join(absent)}; render it with these outputs")
    try:
        return MethodEntry(method.info, method.open(options))
    except UnavailableError as error:
        return MethodEntry(method.info, None, str(error))


def labelled_runs(checkpoints: Sequence[str]) -> list[tuple[str, str]]:
    """Give each checkpoint a label.

    Parameters
    ----------
    checkpoints : Sequence of str
        Each RUN or LABEL=RUN.

    Returns
    -------
    list of tuple of str
        Label and run. Without a label, a lone run is named as the method that it is of, others as their folders.

    Raises
    ------
    AlignError
        A label is taken, occurs twice, or has other characters than letters, digits, `_`, `.` and `-`.
    """
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


def igt_scoring(regions: Sequence[str], outputs: Sequence[str]) -> Scoring:
    """Measures of an answer against Igt.

    Parameters
    ----------
    regions : Sequence of str
        Kinds of pixels.
    outputs : Sequence of str
        Ground truth that decides them and the end-point errors.

    Returns
    -------
    Scoring
        The scorer, with a key that changes with the meaning of the measures.
    """

    def prepare(sample: EvaluationSample) -> Score:
        truth, target = sample.truth(outputs), sample.target()
        where = masks({**truth, FIRST: sample.images()[0], TARGET: target}, regions)

        def score(answers: Sequence[Aligned]) -> dict[str, float]:
            (answer,) = answers
            return {
                **measures.measure(answer, target, where),
                **measures.flow_errors(answer.flow, truth, answer.uncertainty),
            }

        return score

    return Scoring(fingerprint(["igt", measures.VERSION, sorted(regions)]), prepare)


def hdr_table(
    request: Request, entries: Sequence[MethodEntry], samples: Sequence[EvaluationSample], store: ResultStore, bar: Bar
) -> HdrTable:
    """PSNR-mu of merged exposures.

    Parameters
    ----------
    request : Request
        How the brackets are taken, and which share of them.
    entries : Sequence of MethodEntry
        Methods.
    samples : Sequence of EvaluationSample
        Samples, which need scene-linear images.
    store : ResultStore
        Where results are kept.
    bar : Bar
        Opens a progress bar.

    Returns
    -------
    HdrTable
        Means by method and region, or the reason why there are none.
    """
    settings = request.hdr
    assert settings is not None
    without = [sample.id for sample in samples if "linear" not in sample.source]
    if not samples or without:
        which = f"sample {without[0]} has" if without else "there is"
        return HdrTable(reason=f"{which} no scene-linear image; render with outputs: [default, linear]")
    brackets = share_of(hdr_samples(samples, settings), request)
    if not brackets:
        return HdrTable(reason="no sample has a frame before I1; render with sequence.pairs of 2 and more")
    with bar("HDR") as progress:
        records = run_methods(entries, brackets, hdr_scoring(settings), store, progress, request.batch)
    means = {
        method: {region: mean_with_interval(values(of, f"psnr_mu/{region}", brackets)) for region in HDR_REGIONS}
        for method, of in records.items()
    }
    single = [Value(bracket.id, bracket.group, bracket.subset, single_exposure(bracket)) for bracket in brackets]
    return HdrTable(means, mean_with_interval(single), len(brackets))
