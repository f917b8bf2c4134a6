"""What validation found, sample by sample, from a report in memory or a validation.json beside the data set."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dsia_gen.core.document import read_document
from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.documents.sample_row import SampleRow
from dsia_gen.dataset.index import content_hash
from dsia_gen.dataset.layout import VALIDATION, DatasetLayout
from dsia_gen.dataset.validate import SCENE_OPENS, CheckEntry, ValidationDocument, ValidationReport

_AGAIN = "write it again with `dsia-gen dataset validate DATASET --json > validation.json`, or remove it"


@dataclass(frozen=True)
class Findings:
    """All problems of a data set and the samples to leave out. `checked` is False when it was not validated.

    `checks` are those that were run, with the `bounds` where they begin to complain; empty where an earlier version
    validated.
    """

    problems: tuple[Problem, ...] = ()
    drop: frozenset[str] = field(default_factory=frozenset)
    checked: bool = False
    checks: tuple[CheckEntry, ...] = ()
    bounds: Mapping[str, float] = field(default_factory=dict)

    def left_out(self, rows: Iterable[SampleRow]) -> frozenset[str]:
        """Samples to leave out: those that validation names, and all of a scene that it could not open."""
        lost = {problem.scene for problem in self.problems if problem.check == SCENE_OPENS}
        return self.drop | {row.sample for row in rows if row.scene in lost}

    def of_sample(self, sample: str, scene: str, pair: str, views: Collection[str]) -> list[Problem]:
        """The problems that touch a sample: its own, those of its views and pair, and those of its whole scene."""
        found = []
        for problem in self.problems:
            folder, _, rest = problem.file.partition("/")
            part = rest.partition("/")[0]
            here = problem.scene == scene and {"views": part in views, "pairs": part == pair}.get(folder, True)
            if problem.sample == sample if problem.sample else here:
                found.append(problem)
        return found


def severity(problems: Sequence[Problem], dropped: bool = False) -> str:
    """`error`, `warning` or nothing: how bad a sample is."""
    found = {p.severity for p in problems}
    if dropped or "error" in found:
        return "error"
    return "warning" if "warning" in found else ""


def findings_of(report: ValidationReport) -> Findings:
    """The findings of a validation that has just run."""
    return _findings(report.document())


def read_findings(layout: DatasetLayout) -> Findings:
    """The findings of `validation.json` beside the data set; none without that file, or when the data has changed."""
    path = layout.root / VALIDATION
    if not path.is_file():
        return Findings()
    found = read_document(ValidationDocument, path, "a validation", _AGAIN)
    if found.content_hash != content_hash(layout):
        return Findings()
    return _findings(found)


def _findings(found: ValidationDocument) -> Findings:
    checks = tuple(found.checks)
    return Findings(tuple(found.problems), frozenset(found.drop), checked=True, checks=checks, bounds=found.bounds)
