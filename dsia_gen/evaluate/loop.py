"""Runs methods over samples, one image pair after the other; what is stored is not computed again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, Image, ImagePair, MethodInfo
from dsia_gen.core.errors import DsiaError
from dsia_gen.evaluate.result_store import ResultRecord, ResultStore
from dsia_gen.evaluate.samples import fingerprint
from dsia_gen.evaluate.statistics import Value

Score = Callable[[Aligned], Mapping[str, float]]
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
    def images(self) -> tuple[Image, Image]:
        """I1 and I2."""

    def truth(self, outputs: Sequence[str], /) -> Mapping[str, NDArray[Any]]:
        """The outputs asked for that the sample has."""


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
) -> Records:
    """Records of every method that is there on every sample. Calls progress(done, all) after each."""
    present = [(entry, entry.key) for entry in entries if entry.method is not None]
    records: Records = {entry.name: {} for entry, _ in present}
    done = 0
    for sample in samples:
        images = score = None
        for entry, entry_key in present:
            key = fingerprint([sample.data_key, entry_key, scoring.key])
            record = store.get(entry.name, sample.id, key)
            if record is None:
                if images is None or score is None:  # read once, and only where something is missing
                    images, score = sample.images(), scoring.prepare(sample)
                try:
                    answer, seconds = timed_align(entry, sample, images)
                except DsiaError as error:
                    record = ResultRecord(sample.id, key, 0.0, error=str(error))
                else:
                    record = ResultRecord(sample.id, key, seconds, dict(score(answer)), note=answer.note)
                store.add(entry.name, record)
            records[entry.name][sample.id] = record
            done += 1
            progress(done, len(present) * len(samples))
    return records


def values(of: Mapping[str, ResultRecord], measure: str, samples: Iterable[AlignmentSample]) -> list[Value]:
    """A measure on every sample that has it, in the order of the samples' names."""
    found = [(sample, of[sample.id].values) for sample in sorted(samples, key=lambda s: s.id) if sample.id in of]
    return [Value(sample.id, sample.group, sample.subset, row[measure]) for sample, row in found if measure in row]


def timed_align(entry: MethodEntry, sample: AlignmentSample, images: tuple[Image, Image]) -> tuple[Aligned, float]:
    """The answer, and the seconds that it took."""
    assert entry.method is not None
    pair = ImagePair(*images, sample.truth(entry.info.truth) if entry.info.truth else {})
    begun = time.perf_counter()
    answer = entry.method.align(pair)
    return answer, time.perf_counter() - begun
