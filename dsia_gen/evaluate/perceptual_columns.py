"""Distances between answers and what they should look like: on frames without ground truth, and to Igt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from dsia_gen.align.methods import Aligned, MethodOptions, UnavailableError
from dsia_gen.align.methods.method import Image
from dsia_gen.evaluate.loop import AlignmentSample, MethodEntry, Progress, Score, Scoring, run_methods, values
from dsia_gen.evaluate.perceptual import PERCEPTUAL, Distance
from dsia_gen.evaluate.result_store import ResultStore
from dsia_gen.evaluate.samples import fingerprint
from dsia_gen.evaluate.statistics import Mean, mean_with_interval

IGT = "igt"
"""The source whose answers are compared with Igt; those of frames are compared with I1."""


class ReferredSample(AlignmentSample, Protocol):
    """A pair, and what its answer is compared with."""

    def reference(self) -> Image:
        """(H, W, 3) uint8."""


@dataclass(frozen=True)
class PerceptualColumn:
    """A column of Table 3: a measure on a source of frames.

    Parameters
    ----------
    source : str
        `IGT`, or such as `sintel_clean`.
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


def perceptual_columns(
    pairs: Mapping[str, Sequence[ReferredSample]],
    options: MethodOptions,
    entries: Sequence[MethodEntry],
    stores: Callable[[str], ResultStore],
    bar: Callable[[str], AbstractContextManager[Progress]],
) -> tuple[PerceptualColumn, ...]:
    """Distances between answers and I1 on frames without ground truth (table 3), or Igt.

    Parameters
    ----------
    pairs : Mapping of str to Sequence of ReferredSample
        Pairs by source.
    options : MethodOptions
        Device and, by the name of a measure, weights of its network.
    entries : Sequence of MethodEntry
        Methods; those that need ground truth are left out on frames.
    stores : Callable
        Opens the store of results of a name.
    bar : Bar
        Opens a progress bar.

    Returns
    -------
    tuple of PerceptualColumn
        One for each source and measure, with the reason where a measure is not available.
    """
    columns = []
    for source, samples in pairs.items():
        fit = [entry for entry in entries if source == IGT or not entry.info.truth]
        for measure, (_, opening) in PERCEPTUAL.items():
            weights = options.weights.get(measure)
            try:
                distance = opening(options.device, weights)
            except UnavailableError as error:
                columns.append(PerceptualColumn(source, measure, len(samples), reason=str(error)))
                continue

            def prepare(pair: ReferredSample, measure: str = measure, distance: Distance = distance) -> Score:
                wanted = pair.reference()

                def score(answers: Sequence[Aligned]) -> dict[str, float]:
                    return {measure: distance(answers[0].image, wanted)}

                return score

            with bar(f"{source} {measure}") as progress:
                scoring = Scoring(fingerprint([measure, 2, weights]), prepare)
                records = run_methods(fit, samples, scoring, stores(f"{source}/{measure}"), progress)
            means = {name: mean_with_interval(values(of, measure, samples)) for name, of in records.items()}
            columns.append(PerceptualColumn(source, measure, len(samples), means))
    return tuple(columns)
