"""What validation finds: a table of corruptions applied one by one, and clean scenes of many kinds that must pass."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure
from bench.scale import SCRATCH, Scale
from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import DsiaError
from dsia_gen.dataset import DatasetLayout
from dsia_gen.dataset.checks.findings import Problem
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
"""Configuration, number of scenes, overrides and quality: 100 scenes."""
QUICK_CLEAN = 2


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
        quick = scale.resolution[0] < 480
        alarms, scenes = clean_alarms(root / "clean", quick=quick)
        render(root / "data", "tiny", 2, {}, Render(samples=4, adaptive_threshold=0), seed=3)
        verdicts = list(corrupted(root / "data", root / "work", CORRUPTIONS[::10] if quick else CORRUPTIONS))
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


def clean_alarms(root: Path, *, quick: bool) -> tuple[list[str], int]:
    """Lines of the alarms on clean scenes, and how many scenes were looked at."""
    alarms, scenes = [], 0
    for k, (config, count, overrides, quality) in enumerate(CLEAN[:1] if quick else CLEAN):
        folder = root / f"{k}"
        render(folder, config, QUICK_CLEAN if quick else count, overrides, quality, seed=100 + k)
        report = validate(folder)
        scenes += report.scenes
        alarms += [f"{config}: {problem.line()}" for problem in report.problems]
    return alarms, scenes


def corrupted(data: Path, work: Path, table: tuple[Corruption, ...]) -> Iterator[Verdict]:
    """The verdict on each corruption of a copy of a clean data set."""
    known = validate(data).problems
    for corruption in table:
        shutil.copytree(data, work / "data", symlinks=True)
        layout = DatasetLayout(work / "data")
        corruption.apply(Target.of(layout))
        try:
            problems = validate(layout.root).problems
        except DsiaError as error:  # refused as a whole
            problems = (Problem(check="refused", scene="", sample="", file="", message=str(error), severity="error"),)
        yield Verdict(corruption, tuple(problem for problem in problems if problem not in known))
        shutil.rmtree(work)
