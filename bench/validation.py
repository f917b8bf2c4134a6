"""What validation finds: a table of corruptions applied one by one, and clean scenes of many kinds that must pass."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.scale import SCRATCH, Scale
from dsia_gen.config.job import JobConfig
from dsia_gen.core.cpus import cores
from dsia_gen.core.errors import DsiaError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.checks.findings import Problem
from dsia_gen.dataset.processes import each_done
from dsia_gen.dataset.validate import validate
from dsia_gen.farm.inline import InlineExecutor
from dsia_gen.farm.run_job import render_job
from dsia_gen.spec.light import Render
from tests.dataset.corruption import CORRUPTIONS, Corruption, Target

SIZE = (96, 54)
MOST_MISSED = 10
TABLE = SCRATCH / "validation.md"
CLEAN: tuple[tuple[str, int, dict[str, object], Render], ...] = (
    ("tiny", 40, {}, Render(samples=4, adaptive_threshold=0)),
    ("tiny", 10, {"camera.aperture": [2.0, 4.0]}, Render(samples=4, adaptive_threshold=0, exposure=1.0, shutter=1.0)),
    ("tiny", 10, {"sequence.pair_directions": 4}, Render(samples=4, exposure=-1.0, transform="Standard", look="None")),
    ("tiny", 6, {"sequence.pair_directions": 2}, Render(samples=16, look="High Contrast")),
    ("tiny", 6, {}, Render(samples=1, denoise=False)),
    ("tiny", 8, {}, Render(samples=4, transform="Filmic", look="None")),
    ("outdoor", 6, {"sequence.pairs": 1}, Render(samples=4)),
    ("indoor", 6, {"sequence.pairs": 1}, Render(samples=4)),
    ("lclf", 2, {"sequence.pairs": 1}, Render(samples=4)),
    ("lcsf", 2, {"sequence.pairs": 1}, Render(samples=4)),
    ("sclf", 2, {"sequence.pairs": 1}, Render(samples=4)),
    ("scsf", 2, {"sequence.pairs": 1}, Render(samples=4)),
)
"""Configuration, number of scenes, overrides and quality: 100 scenes; of fewer each kind has its share."""


@dataclass(frozen=True)
class Verdict:
    """What validation says of a corrupted data set: `found` is an error, `warned` a warning alone, else `missed`."""

    corruption: Corruption
    problems: tuple[Problem, ...]

    @property
    def outcome(self) -> str:
        if any(problem.severity == "error" for problem in self.problems):
            return "found"
        return "warned" if self.problems else "missed"

    def row(self) -> str:
        checks = ", ".join(sorted({problem.check for problem in self.problems}))
        return f"| {self.corruption.name} | {self.outcome} | {checks or self.corruption.reason} |"


def measure(scale: Scale) -> list[Figure]:
    """Counts of corruptions by outcome, and of clean scenes with an alarm; the table is left in out/bench."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        root = Path(folder)
        alarms, scenes = clean_alarms([*scale.clean_data, *clean_sets(root / "clean", scale.clean_scenes)])
        render(root / "data", "tiny", 2, {}, Render(samples=4, adaptive_threshold=0), seed=3)
        verdicts = corrupted(root / "data", range(0, len(CORRUPTIONS), 10 if scale.resolution[0] < 480 else 1))
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    lines = ["| corruption | outcome | checks, or why it cannot be known |", "|---|---|---|"]
    TABLE.write_text("\n".join([*lines, *(verdict.row() for verdict in verdicts)]) + "\n")
    counts = Counter(verdict.outcome for verdict in verdicts)
    missed = [verdict.corruption for verdict in verdicts if verdict.outcome == "missed"]
    note = f"{len(verdicts)} kinds; " + ("; ".join(f"{c.name}: {c.reason or 'no reason'}" for c in missed) or "none")
    return [
        Figure("corruptions that validation misses", "", (float(counts["missed"]),), goal=MOST_MISSED, note=note),
        Figure("corruptions that it only warns of", "", (float(counts["warned"]),)),
        Figure("corruptions that it finds", "", (float(counts["found"]),)),
        Figure("alarms on clean scenes", "", (float(len(alarms)),), goal=0, note=f"{scenes} scenes; {alarms}"),
    ]


def render(root: Path, config: str, count: int, overrides: dict[str, object], quality: Render, seed: int) -> None:
    """Small scenes with every output."""
    group = {"config": config, "count": count, "set": overrides}
    fields = {"name": "validation", "seed": seed, "scenes": [group], "resolution": SIZE, "outputs": ["all"]}
    render_job(JobConfig.model_validate({**fields, "quality": quality}), root, InlineExecutor())


def clean_sets(root: Path, scenes: int) -> Iterator[Path]:
    """Data sets of the kinds of `CLEAN`, with about so many scenes in all."""
    done = 0
    for k, (config, _, overrides, quality) in enumerate(CLEAN):
        until = round(scenes * sum(row[1] for row in CLEAN[: k + 1]) / sum(row[1] for row in CLEAN))
        if until > done:
            render(root / f"{k}", config, until - done, overrides, quality, seed=100 + k)
            yield root / f"{k}"
        done = until


def clean_alarms(folders: Iterable[Path]) -> tuple[list[str], int]:
    """Lines of the alarms on clean data sets, and how many scenes were looked at."""
    alarms, scenes = [], 0
    for folder in folders:
        report = validate(folder, workers=cores())
        scenes += report.scenes
        alarms += [f"{folder.name}: {problem.line()}" for problem in report.problems]
    return alarms, scenes


def corrupted(data: Path, numbers: Sequence[int]) -> list[Verdict]:
    """The verdicts on some corruptions of a clean data set, each of a copy of it."""
    known = validate(data).problems
    found = dict(each_done(partial(_problems_of, data), numbers, cores()))
    return [
        Verdict(CORRUPTIONS[k], tuple(problem for problem in found[k] if problem not in known)) for k in sorted(found)
    ]


def _problems_of(data: Path, number: int) -> tuple[Problem, ...]:
    """What validation says of a copy with one corruption."""
    with TemporaryDirectory(prefix="dsia-gen-bench-") as folder:
        layout = DatasetLayout(Path(folder) / data.name)
        shutil.copytree(data, layout.root, symlinks=True)
        CORRUPTIONS[number].apply(Target.of(layout))
        try:
            return validate(layout.root).problems
        except DsiaError as error:  # refused as a whole
            return (Problem(check="refused", scene="", sample="", file="", message=str(error), severity="error"),)
