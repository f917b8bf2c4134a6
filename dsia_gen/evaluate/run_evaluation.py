"""One evaluation: opens methods and data, runs what is not stored yet, and gathers the tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from dsia_gen.align.methods import METHODS, Aligned, MethodOptions, UnavailableError, checked_names
from dsia_gen.align.training.trainable import open_run, trainable_of
from dsia_gen.core.errors import AlignError
from dsia_gen.core.strict_yaml import suggestion
from dsia_gen.dataset.reader import Dataset, open_dataset
from dsia_gen.evaluate import measures
from dsia_gen.evaluate.frame_folders import FramePair, davis_pairs, sintel_pairs
from dsia_gen.evaluate.hdr import REGIONS as HDR_REGIONS
from dsia_gen.evaluate.hdr import HdrSample, HdrSettings, hdr_scoring, single_exposure
from dsia_gen.evaluate.loop import MethodEntry, Progress, Records, Score, Scoring, run_methods, values
from dsia_gen.evaluate.perceptual import PERCEPTUAL, Distance
from dsia_gen.evaluate.regions import ALWAYS, CHECKS, masks, needed
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.samples import EvaluationSample, evaluation_samples, fingerprint
from dsia_gen.evaluate.statistics import Mean, Value, mean_with_interval

Bar = Callable[[str], AbstractContextManager[Progress]]
"""Opens a bar with a title; gives what to call with (done, all)."""
_LABEL = re.compile(r"[A-Za-z0-9_.-]+")
_FLOW_TRUTH = ("flow_gt_to_2", "flow_1_to_2", "occlusion_gt_to_2", "occlusion_1_to_2")


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
        At most so many samples of the data set, spread evenly; None is all.
    subsets : tuple of str
        LcLf, LcSf, ScLf, ScSf; empty is all.
    sintel : Path, optional
        Folder of MPI Sintel.
    davis : Path, optional
        Folder of DAVIS.
    hdr : HdrSettings, optional
        How brackets are taken; None measures no HDR.
    options : MethodOptions
        Device, seed and weights.
    """

    methods: tuple[str, ...]
    dataset: Path | None = None
    checkpoints: tuple[str, ...] = ()
    checks: tuple[str, ...] = ("exact",)
    samples: int | None = None
    subsets: tuple[str, ...] = ()
    sintel: Path | None = None
    davis: Path | None = None
    hdr: HdrSettings | None = None
    options: MethodOptions = field(default_factory=MethodOptions)


@dataclass(frozen=True)
class PerceptualColumn:
    """A column of Table 3: a measure on a source of frames.

    Parameters
    ----------
    source : str
        Such as `sintel_clean`.
    measure : str
        A key of `perceptual.PERCEPTUAL`.
    pairs : int
        Number of pairs.
    means : Mapping of str to Mean
        By method.
    reason : str
        Why there are no means.
    """

    source: str
    measure: str
    pairs: int
    means: Mapping[str, Mean] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class HdrTable:
    """PSNR-mu of merged exposures.

    Parameters
    ----------
    means : Mapping of str to Mapping of str to Mean
        In dB, by method and region.
    single : Mean, optional
        Of I1 alone, in dB.
    reason : str
        Why there are no means.
    """

    means: Mapping[str, Mapping[str, Mean]] = field(default_factory=dict)
    single: Mean | None = None
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
    """

    request: Request
    entries: tuple[MethodEntry, ...]
    data: Dataset | None
    samples: tuple[EvaluationSample, ...]
    regions: tuple[str, ...]
    records: Records
    perceptual: tuple[PerceptualColumn, ...]
    hdr: HdrTable | None


def evaluate(request: Request, folder: Path, bar: Bar) -> Results:
    """Run what is asked for.

    Parameters
    ----------
    request : Request
        Methods, data and measures.
    folder : Path
        Results are stored in `folder`/results, so that the same call goes on after an interruption.
    bar : Bar
        Opens a progress bar with a title; gives what to call with (done, all).

    Returns
    -------
    Results
        A method or a measure that cannot run is in them with its reason.

    Raises
    ------
    AlignError
        There is nothing to evaluate on, or no method can run.
    """
    frames: dict[str, list[FramePair]] = {}
    if request.sintel is not None:
        frames |= {f"sintel_{render}": sintel_pairs(request.sintel, render) for render in ("clean", "final")}
    if request.davis is not None:
        frames["davis"] = davis_pairs(request.davis)
    if request.dataset is None and not frames:
        raise AlignError("there is nothing to evaluate on; give a data set, or --sintel or --davis")
    for check in request.checks:
        if check not in CHECKS:
            raise AlignError(f"{check!r} is not a way to find occluded pixels{suggestion(check, list(CHECKS))}")
    regions = tuple(dict.fromkeys((*ALWAYS[:1], *(CHECKS[check] for check in request.checks), *ALWAYS[1:])))
    # everything beside the images that measures read; a change of it changes the key of a result
    outputs = tuple(dict.fromkeys((*needed(regions), *_FLOW_TRUTH)))
    data = selected_data(request) if request.dataset is not None else None
    entries = open_entries(request, data)
    samples = evaluation_samples(data, outputs) if data is not None else ()
    records: Records = {}
    if data is not None:
        with bar("align") as progress:
            store = ResultStore(folder / "results")
            records = run_methods(entries, samples, igt_scoring(regions, outputs), store, progress)
    columns = perceptual_columns(frames, request.options.device, entries, folder, bar)
    hdr = hdr_table(request.hdr, entries, samples, folder, bar) if request.hdr is not None else None
    return Results(request, entries, data, samples, regions, records, columns, hdr)


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
        rows = [data.rows[k * len(data) // request.samples] for k in range(request.samples)]
        data = Dataset(data.layout, rows, data.info)
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
        where = masks(truth, regions)

        def score(answer: Aligned) -> dict[str, float]:
            return {**measures.measure(answer, target, where), **measures.flow_errors(answer.flow, truth)}

        return score

    return Scoring(fingerprint(["igt", measures.VERSION, sorted(regions)]), prepare)


def perceptual_columns(
    frames: Mapping[str, list[FramePair]], device: str, entries: Sequence[MethodEntry], folder: Path, bar: Bar
) -> tuple[PerceptualColumn, ...]:
    """Table 3: distances between answers and I1 on frames without ground truth.

    Parameters
    ----------
    frames : Mapping of str to list of FramePair
        Pairs by source.
    device : str
        For the networks of the measures.
    entries : Sequence of MethodEntry
        Methods; those that need ground truth are left out.
    folder : Path
        Results are stored in `folder`/results.
    bar : Bar
        Opens a progress bar.

    Returns
    -------
    tuple of PerceptualColumn
        One for each source and measure, with the reason where a measure is not available.
    """
    columns = []
    fit = [entry for entry in entries if not entry.info.truth]
    for source, pairs in frames.items():
        for measure, (_, opening) in PERCEPTUAL.items():
            try:
                distance = opening(device)
            except UnavailableError as error:
                columns.append(PerceptualColumn(source, measure, len(pairs), reason=str(error)))
                continue

            def prepare(pair: FramePair, measure: str = measure, distance: Distance = distance) -> Score:
                first = pair.reference()
                return lambda answer: {measure: distance(answer.image, first)}

            with bar(f"{source} {measure}") as progress:
                store = ResultStore(folder / "results" / source / measure)
                records = run_methods(fit, pairs, Scoring(fingerprint([measure, 1]), prepare), store, progress)
            means = {name: mean_with_interval(values(of, measure, pairs)) for name, of in records.items()}
            columns.append(PerceptualColumn(source, measure, len(pairs), means))
    return tuple(columns)


def hdr_table(
    settings: HdrSettings, entries: Sequence[MethodEntry], samples: Sequence[EvaluationSample], folder: Path, bar: Bar
) -> HdrTable:
    """PSNR-mu of merged exposures.

    Parameters
    ----------
    settings : HdrSettings
        How the bracket is taken.
    entries : Sequence of MethodEntry
        Methods.
    samples : Sequence of EvaluationSample
        Samples, which need scene-linear images.
    folder : Path
        Results are stored in `folder`/results.
    bar : Bar
        Opens a progress bar.

    Returns
    -------
    HdrTable
        Means by method and region, or the reason why there are none.
    """
    without = [sample.id for sample in samples if "linear" not in sample.source]
    if not samples or without:
        which = f"sample {without[0]} has" if without else "there is"
        return HdrTable(reason=f"{which} no scene-linear image; render with outputs: [default, linear]")
    brackets = [HdrSample(**vars(sample), settings=settings) for sample in samples]
    with bar("HDR") as progress:
        store = ResultStore(folder / "results" / "hdr")
        records = run_methods(entries, brackets, hdr_scoring(settings), store, progress)
    means = {
        method: {region: mean_with_interval(values(of, f"psnr_mu/{region}", brackets)) for region in HDR_REGIONS}
        for method, of in records.items()
    }
    single = [Value(bracket.id, bracket.group, bracket.subset, single_exposure(bracket)) for bracket in brackets]
    return HdrTable(means, mean_with_interval(single))
