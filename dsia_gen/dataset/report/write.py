"""Writes the report of a data set: chooses the pairs, collects their parts and puts the page together.

A report of at most SINGLE_PAGE_PAIRS pairs is one index.html that holds everything and can be sent by mail; a larger
one is an index.html with `data/` and `images/` beside it, read as they are looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.web_page import GENERATOR, script_json, web_page
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.index import read_job, subset_thresholds
from dsia_gen.dataset.layout import DatasetLayout, pair_name
from dsia_gen.dataset.processes import Progress
from dsia_gen.dataset.reader import Dataset, Sample, SceneReader, open_dataset
from dsia_gen.dataset.report.asked_motion import AskedScene, asked_of_scenes
from dsia_gen.dataset.report.layers import unreadable
from dsia_gen.dataset.report.overview import card, overview, palette, shown_measures
from dsia_gen.dataset.report.part_store import PageFolder, SinglePage, Store
from dsia_gen.dataset.report.parts import ScenePages
from dsia_gen.dataset.report.problems import Findings, read_findings, severity
from dsia_gen.spec.outputs import OUTPUTS
from dsia_gen.spec.views import ROLES

SINGLE_PAGE_PAIRS = 40
"""Up to this many pairs, the report is one file."""
MAX_PAIRS = 200
"""Pairs that a report shows unless told otherwise; its numbers are always those of the whole data set."""
SHEET_PAIRS, SHEET_SEED = 12, 0
"""Pairs on the sheet of random samples, and what they are drawn by: the same data gives the same sheet."""
FOLDER, INDEX = PlainName("report"), PlainName("index.html")
SCRIPTS = ("core.js", "planes.js", "colours.js", "charts.js", "motions.js", "overview.js", "gallery.js", "above.js",
           "zoom.js", "arrow.js", "stage.js", "legend.js", "readout.js", "files.js", "checks.js", "viewer.js",
           "app.js")  # fmt: skip
"""In the order in which they need one another."""
_CACHED_ARRAYS = 32


@dataclass(frozen=True)
class ReportResult:
    """Where the page is, how many pairs it shows of how many, how many of those are bad, and its size."""

    index: Path
    shown: int
    pairs: int
    bad: int
    single: bool
    bytes: int

    def lines(self) -> list[str]:
        """A few lines for people."""
        of = "" if self.shown == self.pairs else f" of {self.pairs}"
        where = "one file" if self.single else "with the files beside it"
        lines = [f"{self.index}: {self.shown}{of} pairs, {self.bytes / 1e6:,.1f} MB, {where}; open it in a browser"]
        return lines + ([f"bad samples: {self.bad}, marked on the page"] if self.bad else [])


def write_report(
    path: Path | str,
    folder: Path | str | None = None,
    *,
    max_pairs: int = MAX_PAIRS,
    findings: Findings | None = None,
    single_page_pairs: int = SINGLE_PAGE_PAIRS,
    progress: Progress | None = None,
) -> ReportResult:
    """Write the report of the data set at `path` into `folder`, by default `report` inside it.

    `findings` default to those of validation.json beside the data set. Pairs beyond `max_pairs` are counted and not
    shown: bad ones are shown first, the rest evenly over the data set. Files that cannot be read are problems of
    their pairs. StorageError when `path` is not a data set, or `folder` cannot be written or holds a file that the
    report would replace and no report wrote; whatever else lies there is left alone.
    """
    if max_pairs < 1:
        raise ValueError("max_pairs must be at least 1")
    dataset = open_dataset(path)
    if folder is None and dataset.layout.mirror is not None:
        address = dataset.layout.address
        raise StorageError(f"a page is read from a disk, and {address} is none; give a folder with -o")
    root = FOLDER.below(dataset.layout.root) if folder is None else Path(folder)
    files = WrittenFiles(root, INDEX, GENERATOR)
    files.require(INDEX)
    found = read_findings(dataset.layout) if findings is None else findings
    drawn = draw([row.scene for row in dataset.rows])
    dropped = found.left_out(dataset.rows)
    chosen = choose(dataset.ids, dropped, max_pairs, drawn)
    single = len(chosen) <= single_page_pairs
    store = SinglePage() if single else PageFolder(files)
    job, info = _job(dataset.layout), dataset.info
    asked = asked_of_scenes(job, dataset.rows)
    if info.subset_thresholds is None and job is not None:  # an early version did not write them
        info = info.model_copy(update={"subset_thresholds": subset_thresholds(job)})
    cards = write_pairs(dataset, chosen, found, store, asked, progress)
    shown = [dataset.ids[i] for i in drawn if i in set(chosen)]
    document = {
        "overview": overview(info, dataset.rows, asked),
        "samples": cards,
        "total": len(dataset),
        "single": single,
        "measures": [measure.plain() for measure in shown_measures().values()],
        "palette": palette(),
        "sheet": shown,
        "place": place_of_files(dataset.layout, root),
        "validation": validation_part(found, len(dropped)),
    }
    title = f"{dataset.name} · dsia-gen report"
    text = web_page(
        "dsia_gen.dataset.report", "page.html", SCRIPTS, title, document=script_json(document), parts=store.markup()
    )
    files.write(INDEX, text.encode())
    files.close()
    size = sum((root / name).stat().st_size for name in files.new)
    bad = sum(entry["bad"] == "error" for entry in cards)
    return ReportResult(root / INDEX, len(cards), len(dataset), bad, single, size)


def _job(layout: DatasetLayout) -> JobConfig | None:
    """The job of a data set; None where there is none or it cannot be read: the report shows what can be shown."""
    with suppress(DsiaError):
        return read_job(layout)
    return None


def place_of_files(layout: DatasetLayout, folder: Path) -> dict[str, object]:
    """Where a page in `folder` finds the files of the data set.

    `root` leads there from the page when it lies inside the data set; else it is None, since a path of this machine
    means nothing to others. `address` is that of a store.
    """
    inside = layout.mirror is None and folder.resolve().is_relative_to(layout.root.resolve())
    depth = len(folder.resolve().relative_to(layout.root.resolve()).parts) if inside else 0
    return {
        "root": "../" * depth or "./" if inside else None,
        "address": None if layout.mirror is None else layout.address,
    }


def validation_part(found: Findings, dropped: int) -> dict[str, object]:
    """What the page says of the validation: how many problems, those of the data set as a whole, and the checks."""
    errors = sum(p.severity == "error" for p in found.problems)
    return {
        "checked": found.checked,
        "errors": errors,
        "warnings": len(found.problems) - errors,
        "drop": dropped,
        "whole": [p.plain() for p in found.problems if not p.scene and not p.sample],
        "checks": [entry.plain() for entry in found.checks],
        "failed": dict(Counter(p.check for p in found.problems)),
        "bounds": dict(found.bounds),
    }


def draw(scenes: Sequence[str], count: int = SHEET_PAIRS) -> list[int]:
    """Positions of `count` samples at random, given the scene of each: one of each scene, then another, and so on."""
    shuffled = np.random.default_rng(SHEET_SEED).permutation(len(scenes)).tolist()
    turns: Counter[str] = Counter()
    turn = {}
    for place in shuffled:
        turn[place] = turns[scenes[place]]
        turns[scenes[place]] += 1
    return sorted(shuffled, key=turn.__getitem__)[:count]


def choose(ids: Sequence[str], bad: Iterable[str], limit: int, drawn: Iterable[int] = ()) -> list[int]:
    """Positions of at most `limit` samples, ascending: bad ones first, those `drawn`, the rest evenly over all."""
    if len(ids) <= limit:
        return list(range(len(ids)))
    known = set(bad)
    first = dict.fromkeys([*(i for i, name in enumerate(ids) if name in known), *drawn])
    chosen = list(first)[:limit]
    rest = np.array([i for i in range(len(ids)) if i not in first], dtype=int)
    room = min(limit - len(chosen), len(rest))
    places = np.linspace(0, len(rest) - 1, room).astype(int)
    return sorted([*chosen, *rest[places].tolist()])


def write_pairs(
    dataset: Dataset,
    chosen: Sequence[int],
    found: Findings,
    store: Store,
    asked: Mapping[str, AskedScene],
    progress: Progress | None,
) -> list[dict[str, object]]:
    """Write the parts of the pairs at these positions, scene by scene; a card for each."""
    cards = []
    for scene, places in groupby(chosen, key=lambda i: dataset.rows[i].scene):
        reader = SceneReader(dataset.layout.scene(scene), cache=_CACHED_ARRAYS)
        pages: ScenePages | None = None
        with suppress(StorageError):  # a scene that cannot be read: each of its pairs says so
            writer = ScenePages(store, reader, [name for name in OUTPUTS if name in dataset.outputs])
            writer.scene()
            pages = writer
        for row in (dataset.rows[place] for place in places):
            motions = {"asked": asked[scene].intervals if scene in asked else {}}
            cards.append(pair_card(Sample(reader, row.to_pair(), row), pages, found) | motions)
            if progress is not None:
                progress(len(cards), len(chosen))
    return cards


def pair_card(sample: Sample, pages: ScenePages | None, found: Findings) -> dict[str, object]:
    """What the gallery shows of a pair, whose parts are written; `pages` None when its scene cannot be read."""
    scene, pair = sample.scene.name, sample.pair
    views = {pair.view(role).key for role in ROLES}
    problems = found.of_sample(sample.id, scene, pair_name(pair), views)
    if pages is None:
        message = "the description of the scene cannot be read; render the scene again"
        thumb, met = None, [unreadable(scene, "scene.json", message)]
    else:
        thumb, met = pages.pair(sample)
    named = {problem.file for problem in problems}
    problems += [problem for problem in met if problem.file not in named]
    return {
        **card(sample.row),
        "key": f"{scene}/pair/{pair_name(pair)}" if pages is not None else None,
        "thumb": thumb,
        "problems": [problem.plain() for problem in problems],
        "bad": severity(problems, sample.id in found.drop),
    }
