"""Validation of a data set: every check on every scene, view and sample, in parallel, and a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from pydantic import Field

import dsia_gen.dataset.checks  # noqa: F401  (registers the checks)
from dsia_gen.config.job import JobConfig
from dsia_gen.core.document import Document
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.progress import amount
from dsia_gen.dataset.checks.findings import CHECKS, CheckBounds, Finding, Problem, run_checks
from dsia_gen.dataset.checks.subject import DatasetSubject, SampleSubject, SceneSubject, ViewSubject
from dsia_gen.dataset.index import content_hash, read_job
from dsia_gen.dataset.layout import DatasetLayout, sample_id
from dsia_gen.dataset.metadata import read_run, read_scene_json
from dsia_gen.dataset.processes import Progress, each_done
from dsia_gen.dataset.reader import SceneReader
from dsia_gen.dataset.receipt import Receipt, read_receipt
from dsia_gen.dataset.status import require_dataset
from dsia_gen.spec.views import ROLES, View

CHUNK = 16
"""Samples that one task of a worker looks at."""
CACHED_ARRAYS = 32
EXAMPLES = 3
SCENE_OPENS = "scene_opens"
"""What a problem of a scene is called that cannot be looked into: all its samples are lost."""


class CheckEntry(Document):
    """A check that was run.

    Parameters
    ----------
    name : str
        Its name, as problems give it.
    scope : str
        What it looks at: dataset, scene, view or sample.
    about : str
        What it is about, in a sentence.
    looked_at : int
        How many of these it looked at.
    """

    name: str
    scope: str = ""
    about: str = ""
    looked_at: int = 0


class ValidationDocument(Document):
    """The content of validation.json, and what `dataset validate --json` prints.

    Parameters
    ----------
    path : str
        Folder or address of the data set.
    content_hash : str
        What dataset.json says of the data that was looked at; empty when it cannot be read.
    ok : bool
        Whether there is no error.
    scenes : int
        Number of scenes.
    samples : int
        Number of samples.
    errors : int
        Number of errors.
    warnings : int
        Number of warnings.
    drop : list of str
        Ids of the samples that an error touches.
    problems : list of Problem
        What is wrong.
    checks : list of CheckEntry
        The checks that were run; empty in a file of an earlier version.
    bounds : dict of str to float
        Where checks begin to complain, by the names of `CheckBounds`; empty in a file of an earlier version.
    """

    path: str = ""
    content_hash: str = ""
    ok: bool = False
    scenes: int = 0
    samples: int = 0
    errors: int = 0
    warnings: int = 0
    drop: list[str]
    problems: list[Problem]
    checks: list[CheckEntry] = Field(default_factory=list)
    bounds: dict[str, float] = Field(default_factory=dict)


@dataclass(frozen=True)
class ValidationReport:
    """What was looked at, and what is wrong with it.

    Parameters
    ----------
    path : str
        Folder or address of the data set.
    content_hash : str
        What dataset.json says of the data that was looked at; empty when it cannot be read.
    scenes : int
        Number of scenes.
    samples : tuple of str
        Ids of the samples.
    problems : tuple of Problem
        What is wrong, errors first.
    views : dict of str to tuple of str
        Keys of the views that each sample uses.
    checks : tuple of CheckEntry
        The checks that were run.
    bounds : CheckBounds
        Where they begin to complain.
    """

    path: str
    content_hash: str
    scenes: int
    samples: tuple[str, ...]
    problems: tuple[Problem, ...]
    views: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    checks: tuple[CheckEntry, ...] = field(default=(), repr=False)
    bounds: CheckBounds = field(default_factory=CheckBounds, repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether there is no error; warnings are for people to look at."""
        return not self.errors

    @property
    def drop(self) -> tuple[str, ...]:
        """Ids of the samples that an error touches: leave them out, or render their scenes again."""
        touched = {sample for problem in self.errors for sample in self._touched(problem)}
        return tuple(sample for sample in self.samples if sample in touched)

    def _touched(self, problem: Problem) -> Iterable[str]:
        if problem.sample:
            return [problem.sample]
        if not problem.scene:
            return []
        scene = [s for s in self.samples if s.startswith(f"{problem.scene}_")]
        folder, _, rest = problem.file.partition("/")
        if folder == "pairs":
            return [f"{problem.scene}_{rest.partition('/')[0]}"]
        if folder == "views":
            key = rest.partition("/")[0]
            return [s for s in scene if key in self.views.get(s, ())] or scene
        return scene

    def lines(self) -> list[str]:
        """A summary for people.

        Returns
        -------
        list of str
            One block a check, with a few examples.
        """
        counts = f"{amount(len(self.errors), 'error')}, {amount(len(self.warnings), 'warning')}"
        lines = [f"{self.path}: {amount(self.scenes, 'scene')}, {amount(len(self.samples), 'sample')}: {counts}"]
        groups: dict[str, list[Problem]] = defaultdict(list)
        for problem in self.problems:
            groups[problem.check].append(problem)
        for name, problems in groups.items():
            about = CHECKS.get(name).about if name in CHECKS else "A scene can be read."
            lines.append(f"{name}: {len(problems)} ({about})")
            lines += [f"  {problem.line()}" for problem in problems[:EXAMPLES]]
            lines += [f"  and {len(problems) - EXAMPLES} more"] if len(problems) > EXAMPLES else []
        if self.drop:
            lines.append(f"samples to leave out or make again: {len(self.drop)} of {len(self.samples)}")
        return lines

    def document(self) -> ValidationDocument:
        """The whole report as it is kept beside the data.

        Returns
        -------
        ValidationDocument
            The content of validation.json.
        """
        counts = {"samples": len(self.samples), "errors": len(self.errors), "warnings": len(self.warnings)}
        names = ("path", "content_hash", "ok", "scenes", "drop", "problems", "checks")
        kept = {name: getattr(self, name) for name in names}
        return ValidationDocument(**kept, **counts, bounds=asdict(self.bounds))


@dataclass(frozen=True)
class _Task:
    """A part of a scene: the pairs `start` to `stop`; the first part also looks at the scene as a whole."""

    root: Path | str
    scene: str
    start: int
    stop: int
    options: tuple[CheckBounds, bool, JobConfig | None, bool]
    """The last fields of a `SceneSubject`."""


def validate(
    path: Path | str,
    *,
    photometric: bool = True,
    hashes: bool = True,
    workers: int = 1,
    bounds: CheckBounds | None = None,
    progress: Progress | None = None,
) -> ValidationReport:
    """Check a data set.

    Parameters
    ----------
    path : Path or str
        Folder or address of the data set.
    photometric : bool
        Whether images are opened, and warped by the flow.
    hashes : bool
        Whether the content of every file is compared with its receipt; sizes always are.
    workers : int
        Number of processes.
    bounds : CheckBounds or None
        Where checks begin to complain.
    progress : callable or None
        Called with the number of samples done and of all samples.

    Returns
    -------
    ValidationReport
        Everything that is wrong.

    Raises
    ------
    StorageError
        When `path` is not a data set.
    """
    require_dataset(layout := DatasetLayout(path))
    options = (bounds or CheckBounds(), hashes, _job(layout), photometric)
    receipts, problems, views = _open_scenes(layout)
    counts = Counter(sample.rpartition("_")[0] for sample in views)
    tasks = [
        _Task(layout.place, scene, start, min(start + CHUNK, count), options)
        for scene, count in counts.items()
        for start in range(0, count, CHUNK)
    ]
    problems += run_checks("dataset", DatasetSubject(layout, options[0], receipts))
    done = 0
    for task, found in each_done(_check_part, tasks, workers):
        problems += found
        done += task.stop - task.start
        if progress is not None:
            progress(done, len(views))
    return ValidationReport(
        path=layout.address,
        content_hash=content_hash(layout),
        scenes=len(layout.scene_names()),
        samples=tuple(views),
        problems=tuple(sorted(problems, key=lambda p: (p.severity, p.check, p.scene, p.sample, p.file, p.message))),
        views=views,
        checks=_checks_run(len(receipts), views, photometric),
        bounds=options[0],
    )


def _checks_run(scenes: int, views: dict[str, tuple[str, ...]], photometric: bool) -> tuple[CheckEntry, ...]:
    """Every check that was run, and on how many scenes, views or samples: those of scenes that can be opened."""
    keys = {(sample.rpartition("_")[0], key) for sample, used in views.items() for key in used}
    counts = {"dataset": 1, "scene": scenes, "view": len(keys), "sample": len(views)}
    return tuple(
        CheckEntry(name=entry.name, scope=entry.scope, about=entry.about, looked_at=counts[entry.scope])
        for _, entry in CHECKS.items()
        if photometric or not entry.photometric
    )


def _job(layout: DatasetLayout) -> JobConfig | None:
    try:
        return read_job(layout)
    except DsiaError:  # the check `job_done` names it
        return None


def _open_scenes(layout: DatasetLayout) -> tuple[dict[str, Receipt], list[Problem], dict[str, tuple[str, ...]]]:
    """Receipts, scenes that cannot be opened, and the samples with the keys of their views."""
    receipts, problems = {}, []
    views: dict[str, tuple[str, ...]] = {}
    names = layout.scene_names()
    layout.prepare(names)
    for name in names:
        try:
            folder = layout.scene(name)
            receipt = read_receipt(folder)
            pairs = read_scene_json(folder).pairs
            read_run(folder)
        except StorageError as error:
            problems.append(Problem(check=SCENE_OPENS, scene=name, sample="", **vars(Finding(str(error)))))
        else:
            receipts[name] = receipt
            views |= {sample_id(name, p.index): tuple(p.views[role] for role in ROLES) for p in pairs}
    return receipts, problems, views


def _check_part(task: _Task) -> list[Problem]:
    """The problems of a part of a scene; one that goes away meanwhile is a problem as well."""
    try:
        return _problems_of_part(task)
    except (StorageError, OSError) as error:
        return [Problem(check="scene_opens", scene=task.scene, sample="", **vars(Finding(str(error))))]


def _problems_of_part(task: _Task) -> list[Problem]:
    """Check some pairs of a scene, the views that they use first, and with the first pair the scene itself."""
    layout = DatasetLayout(task.root)
    reader = SceneReader(layout.scene(task.scene), cache=CACHED_ARRAYS)
    scene = SceneSubject(layout, reader, read_receipt(reader.folder), *task.options)
    run = partial(run_checks, scene=scene.name, photometric=scene.images)
    problems = list(run("scene", scene)) if task.start == 0 else []
    pairs, entries = reader.pairs(), reader.document.pairs
    seen = {pair.view(role) for pair in pairs[: task.start] for role in ROLES}
    for pair, entry in zip(pairs[task.start : task.stop], entries[task.start : task.stop], strict=True):
        for view in sorted({pair.view(role) for role in ROLES} - seen):
            problems += run("view", ViewSubject(scene, View(*view)))
            seen.add(view)
        problems += run("sample", SampleSubject(scene, pair, entry), sample=sample_id(scene.name, pair))
    return problems
