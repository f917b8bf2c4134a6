"""How fast a data set is made, and on what: figures from the run.json of its scenes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from dsia_gen.dataset.documents.dataset_document import Throughput
from dsia_gen.dataset.documents.run_document import RunDocument

STAGES = ("sample", "start", "build", "freeze", "wait", "render", "annotate", "write")
"""Stages in the order of a scene; others that a run names come after them."""


def throughput_of(runs: Iterable[RunDocument]) -> Throughput:
    """The figures of some scenes."""
    runs = list(runs)
    seconds: defaultdict[str, float] = defaultdict(float)
    for run in runs:
        for name, value in run.seconds.items():
            seconds[name] += value
    known = sorted(seconds, key=lambda name: (STAGES.index(name) if name in STAGES else len(STAGES), name))
    views, busy = sum(len(run.view_seconds) for run in runs), busy_seconds(span for run in runs if (span := run.span))
    return Throughput(
        scenes=len(runs),
        views=views,
        busy_seconds=round(busy, 3),
        seconds={name: round(seconds[name], 3) for name in known},
        peak_bytes=max((run.peak_bytes for run in runs), default=0),
        devices=dict(sorted(Counter(run.device for run in runs).items())),
        hosts=dict(sorted(Counter(run.host or "unknown" for run in runs).items())),
        views_an_hour=round(3600 * views / round(busy, 3), 1) if round(busy, 3) else None,
    )


def busy_seconds(spans: Iterable[tuple[float, float]]) -> float:
    """Length of the union of some intervals."""
    total, reach = 0.0, float("-inf")
    for begun, ended in sorted(spans):
        total += max(0.0, ended - max(begun, reach))
        reach = max(reach, ended)
    return total
