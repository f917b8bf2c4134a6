"""Runs methods over samples, pair by pair or in batches; what is stored is not computed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, Image, ImagePair, MethodInfo
from dsia_gen.core.errors import AlignError, DsiaError
from dsia_gen.evaluate.result_store import ResultRecord, ResultStore
from dsia_gen.evaluate.samples import fingerprint
from dsia_gen.evaluate.statistics import Value

Score = Callable[[Sequence[Aligned]], Mapping[str, float]]
"""The answers to the pairs of a sample, mostly one -> its measures."""
Progress = Callable[[int, int], None]


class AlignmentSample(Protocol):
    """Something to align."""

    @property
    def id(self) -> str: ...
    @property
    def data_key(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def subset(self) -> str: ...
    def pairs(self) -> Sequence[tuple[Image, Image]]:
        """I1 and I2, or several pairs that are aligned for one measure."""

    def truths(self, outputs: Sequence[str], /) -> Sequence[Mapping[str, NDArray[Any]]]:
        """For each pair the outputs asked for that it has."""


@dataclass(frozen=True)
class Scoring:
    """What is measured: a key that changes with its meaning, and a scorer of the answers to one sample."""

    key: str
    prepare: Callable[[Any], Score]


@dataclass(frozen=True)
class MethodEntry:
    """A method of this evaluation, or why it cannot take part."""

    info: MethodInfo
    method: AlignmentMethod | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def key(self) -> str:
        """Hash of what decides its answers."""
        assert self.method is not None
        return fingerprint({"name": self.name, "version": self.info.version, "settings": dict(self.method.settings)})


Records = dict[str, dict[str, ResultRecord]]
"""Method, then sample."""


def run_methods(
    entries: Sequence[MethodEntry],
    samples: Sequence[AlignmentSample],
    scoring: Scoring,
    store: ResultStore,
    progress: Progress,
    batch: int = 1,
) -> Records:
    """Records of every method that is there on every sample. Calls progress(done, all) after each.

    Methods are given the pairs of `batch` samples at once.
    """
    present = [(entry, entry.key) for entry in entries if entry.method is not None]
    records: Records = {entry.name: {} for entry, _ in present}
    done = 0
    for start in range(0, len(samples), batch):
        part = samples[start : start + batch]
        pairs: dict[str, Sequence[tuple[Image, Image]]] = {}
        scores: dict[str, Score] = {}
        for entry, entry_key in present:
            keys = {sample.id: fingerprint([sample.data_key, entry_key, scoring.key]) for sample in part}
            stored = {sample.id: store.get(entry.name, sample.id, keys[sample.id]) for sample in part}
            absent = [sample for sample in part if stored[sample.id] is None]
            for sample in absent:  # read once, and only where something is missing
                if sample.id not in pairs:
                    pairs[sample.id], scores[sample.id] = sample.pairs(), scoring.prepare(sample)
            for sample, found in zip(absent, answered(entry, absent, pairs), strict=True):
                key = keys[sample.id]
                if isinstance(found, DsiaError):
                    record = ResultRecord(sample.id, key, 0.0, error=str(found))
                else:
                    answers, seconds = found
                    note = "; ".join(dict.fromkeys(answer.note for answer in answers if answer.note))
                    record = ResultRecord(sample.id, key, seconds, dict(scores[sample.id](answers)), note=note)
                store.add(entry.name, record)
                stored[sample.id] = record
            records[entry.name] |= {sample: record for sample, record in stored.items() if record is not None}
            done += len(part)
            progress(done, len(present) * len(samples))
    return records


def answered(
    entry: MethodEntry, samples: Sequence[AlignmentSample], images: Mapping[str, Sequence[tuple[Image, Image]]]
) -> list[tuple[list[Aligned], float] | DsiaError]:
    """For each sample its answers with the seconds that a pair took, or what kept them away.

    Samples that fail together are tried one by one, so that each has its own reason.
    """
    if not samples:
        return []
    try:
        pairs = [pair for sample in samples for pair in image_pairs(entry, sample, images[sample.id])]
        answers, seconds = timed_align(entry, pairs)
    except DsiaError as error:
        if len(samples) == 1:
            return [error]
        return [found for sample in samples for found in answered(entry, [sample], images)]
    rest = iter(answers)
    return [([next(rest) for _ in images[sample.id]], seconds) for sample in samples]


def image_pairs(entry: MethodEntry, sample: AlignmentSample, images: Sequence[tuple[Image, Image]]) -> list[ImagePair]:
    """What a method is given of a sample. AlignError when it needs ground truth that the sample has not."""
    truths = sample.truths(entry.info.truth) if entry.info.truth else [{} for _ in images]
    for truth in truths:
        absent = [name for name in entry.info.truth if name not in truth]
        if absent:
            raise AlignError(f"{sample.id} has no {absent[0]} for this pair; leave {entry.name} out")
    return [ImagePair(*pair, truth) for pair, truth in zip(images, truths, strict=True)]


def values(of: Mapping[str, ResultRecord], measure: str, samples: Iterable[AlignmentSample]) -> list[Value]:
    """A measure on every sample that has it, in the order of the samples' names."""
    found = [(sample, of[sample.id].values) for sample in sorted(samples, key=lambda s: s.id) if sample.id in of]
    return [Value(sample.id, sample.group, sample.subset, row[measure]) for sample, row in found if measure in row]


def timed_align(entry: MethodEntry, pairs: Sequence[ImagePair]) -> tuple[list[Aligned], float]:
    """The answers, and the seconds that each took on average."""
    assert entry.method is not None
    begun = time.perf_counter()
    answers = entry.method.align_batch(pairs)
    return answers, (time.perf_counter() - begun) / max(1, len(pairs))
