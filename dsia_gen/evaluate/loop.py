"""Runs methods over items, one image pair after the other; what is on disk is not made again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from dsia_gen.align.methods.method import Aligned, AlignmentMethod, Image, ImagePair, MethodInfo
from dsia_gen.core.errors import DsiaError
from dsia_gen.evaluate.result_store import Record, ResultStore
from dsia_gen.evaluate.samples import fingerprint

Score = Callable[[Aligned], Mapping[str, float]]
Progress = Callable[[int, int], None]


class Item(Protocol):
    """Something to align."""

    @property
    def id(self) -> str: ...
    @property
    def data_key(self) -> str: ...
    def images(self) -> tuple[Image, Image]:
        """I1 and I2."""

    def truth(self, outputs: Sequence[str], /) -> Mapping[str, NDArray[Any]]:
        """The outputs asked for that the item has."""


@dataclass(frozen=True)
class Scoring:
    """What is measured: a key that changes with its meaning, and a scorer of the answers to one item."""

    key: str
    prepare: Callable[[Any], Score]


@dataclass(frozen=True)
class Entry:
    """A method of this run, or why it cannot take part."""

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


Records = dict[str, dict[str, Record]]
"""Method, then sample."""


def run_methods(
    entries: Sequence[Entry], items: Sequence[Item], scoring: Scoring, store: ResultStore, progress: Progress
) -> Records:
    """Records of every method that is there on every item. Calls progress(done, all) after each."""
    present = [(entry, entry.key) for entry in entries if entry.method is not None]
    records: Records = {entry.name: {} for entry, _ in present}
    done = 0
    for item in items:
        keys = {e.name: fingerprint([item.data_key, key, scoring.key]) for e, key in present}
        todo = []
        for entry, _ in present:
            kept = store.get(entry.name, item.id, keys[entry.name])
            if kept is None:
                todo.append(entry)
            else:
                records[entry.name][item.id] = kept
        done += len(present) - len(todo)
        for record, entry in _made(todo, item, scoring, keys):
            store.add(entry.name, record)
            records[entry.name][item.id] = record
            done += 1
            progress(done, len(present) * len(items))
        progress(done, len(present) * len(items))
    return records


def _made(todo: Sequence[Entry], item: Item, scoring: Scoring, keys: Mapping[str, str]) -> Any:
    if not todo:
        return
    images = item.images()
    score = scoring.prepare(item)
    for entry in todo:
        yield _attempt(entry, item, images, score, keys[entry.name]), entry


def _attempt(entry: Entry, item: Item, images: tuple[Image, Image], score: Score, key: str) -> Record:
    try:
        answer, seconds = timed_align(entry, item, images)
    except DsiaError as error:
        return Record(item.id, key, 0.0, error=str(error))
    return Record(item.id, key, seconds, dict(score(answer)), note=answer.note)


def timed_align(entry: Entry, item: Item, images: tuple[Image, Image]) -> tuple[Aligned, float]:
    """The answer, and the seconds that it took."""
    assert entry.method is not None
    truth = item.truth(entry.info.truth) if entry.info.truth else {}
    begun = time.perf_counter()
    answer = entry.method.align(ImagePair(*images, truth))
    return answer, time.perf_counter() - begun
