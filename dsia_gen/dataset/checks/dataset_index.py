"""Checks of a data set as a whole: index, table, ledger, card and job against the scenes, and scenes that repeat."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import dsia_gen
from dsia_gen.core.document import Document
from dsia_gen.core.errors import DsiaError, StorageError
from dsia_gen.core.io import reading
from dsia_gen.dataset.checks.agreement import disagreements, same
from dsia_gen.dataset.checks.findings import Finding, check
from dsia_gen.dataset.checks.subject import DatasetSubject
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents.dataset_document import (
    CountsEntry,
    DatasetDocument,
    IndexedSceneEntry,
    LedgerEntry,
    OutputEntry,
    PermissionsEntry,
    Throughput,
)
from dsia_gen.dataset.documents.sample_row import read_samples
from dsia_gen.dataset.index import (
    IndexedScene,
    attribution,
    collect,
    index_document,
    job_hash,
    read_index,
    read_job,
    scene_rows,
)
from dsia_gen.dataset.layout import ATTRIBUTION, CARD, INDEX, JOB, SAMPLES, DatasetLayout
from dsia_gen.dataset.provenance import RendererEntry
from dsia_gen.dataset.sample_table import sample_columns
from dsia_gen.spec.outputs import OUTPUTS

_SCENE_FOLDER = re.compile(r"\d{5,}")
_REMEDY = "run the render command again to make the index"
_PROSE = ("conventions", "occlusion_reasons", "about")
"""Keys of dataset.json with text for people; another version may word them otherwise."""
_MODELS: tuple[type[Document], ...] = (
    DatasetDocument, CountsEntry, IndexedSceneEntry, LedgerEntry, OutputEntry, PermissionsEntry, RendererEntry,
    Throughput,
)  # fmt: skip
_ALWAYS = {"counts", "scenes", "licences", "content_hash"}
"""Keys of dataset.json that every version wrote."""
_MOST = 20
"""Cells or fields of one file that are named."""


@check("dataset")
def index_agrees(data: DatasetSubject) -> Iterator[Finding]:
    """dataset.json, samples.csv, ATTRIBUTION.md and the card are what the finished scenes say, in every field."""
    layout = data.layout
    try:
        document = read_index(layout)
    except StorageError as error:
        yield Finding(f"{error}; {_REMEDY}")
        return
    scenes, unfinished = collect(layout)
    listed = {scene.name for scene in document.scenes}
    for name in sorted(listed ^ {s.name for s in scenes}):
        state = "listed but not finished" if name in listed else "not listed"
        yield Finding(f"scene {name} is {state}", INDEX)
    if listed == {s.name for s in scenes}:
        yield from _index(layout, document, scenes, unfinished)
        yield from _texts(layout, document)
        yield from _measures(scenes)
    yield from _table(layout.samples, [s for s in scenes if s.name in listed])


def _index(
    layout: DatasetLayout, document: DatasetDocument, scenes: list[IndexedScene], unfinished: list[str]
) -> Iterator[Finding]:
    try:
        wanted = index_document(layout, scenes, unfinished).plain()
    except DsiaError:  # the check `job_done` names what is wrong with job.yaml
        return
    # what is recorded of the job is compared with its own file by `job_done`, which also names new failures
    later = {"written_by", "job_sha256"}
    if {row.scene for row in document.failed} <= set(layout.failed_names()):
        later.add("failed")
    wanted = {key: value for key, value in wanted.items() if key not in later}
    # earlier versions did not write all keys; a key that is there must be right
    optional = {name for model in _MODELS for name in model.model_fields} - _ALWAYS
    if document.written_by != dsia_gen.__version__:
        wanted = {key: value for key, value in wanted.items() if key not in _PROSE}
        for row in wanted["outputs"] if isinstance(wanted["outputs"], list) else ():
            if isinstance(row, dict):
                del row["about"]
    for count, (field, problem) in enumerate(disagreements(document.plain(), wanted, optional)):
        if count == _MOST:
            yield Finding(f"more than {_MOST} fields are not what the scenes say", INDEX)
            return
        yield Finding(f"{field} {problem} as the scenes say; {_REMEDY}", INDEX)


def _table(path: Path, scenes: Sequence[IndexedScene]) -> Iterator[Finding]:
    """Every cell of samples.csv against the scenes; measures that the table does not have are left out."""
    try:
        rows = read_samples(path)
    except StorageError as error:
        yield Finding(f"{error}; {_REMEDY}", SAMPLES)
        return
    wanted = [row for scene in scenes for row in scene_rows(scene)]
    if [row.sample for row in rows] != [row.sample for row in wanted]:
        message = f"lists {len(rows)} samples, and the scenes have {len(wanted)}, or in another order"
        yield Finding(message, SAMPLES)
        return
    wrong = [
        f"{column} of {row.sample} is {row[column]!r}, and {right[column]!r} by its scene"
        for row, right in zip(rows, wanted, strict=True)
        for column in sample_columns()
        if column in row and not same(row[column], right[column])
    ]
    yield from (Finding(f"{text}; {_REMEDY}", SAMPLES) for text in wrong[:_MOST])
    if len(wrong) > _MOST:
        yield Finding(f"more than {_MOST} cells are not what the scenes say", SAMPLES)


def _texts(layout: DatasetLayout, document: DatasetDocument) -> Iterator[Finding]:
    """ATTRIBUTION.md and the card: word by word where this version wrote them, the rows of their tables otherwise."""
    wanted = {
        ATTRIBUTION: (layout.attribution, attribution(document.name, document.licences)),
        CARD: (layout.card, dataset_card(document)),
    }
    for name, (path, text) in wanted.items():
        try:
            with reading(layout.fetch(path)):
                found = path.read_bytes().decode(errors="replace")
        except StorageError as error:
            if name == CARD and not document.written_by:  # the first versions wrote none
                continue
            yield Finding(f"{error}; {_REMEDY}", name)
            continue
        if found == text:
            continue
        if document.written_by == dsia_gen.__version__:
            lines = zip(found.splitlines(), text.splitlines(), strict=False)
            first = next((k for k, (a, b) in enumerate(lines, 1) if a != b), len(found.splitlines()))
            yield Finding(f"is not what {INDEX} says, from line {first} on; {_REMEDY}", name)
            continue
        missing = [row for row in _rows(text) if row not in _rows(found)]
        if missing:
            yield Finding(f"lacks {len(missing)} rows of {INDEX}, the first is {missing[0][0]!r}; {_REMEDY}", name)


def _rows(markdown: str) -> list[list[str]]:
    """First cells, and what they are said to be, of the rows of all tables that name an asset or a count."""
    rows = [line.strip("|").split("|") for line in markdown.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row[:3]] for row in rows if not row[0].strip().startswith("`")]


def _measures(scenes: Sequence[IndexedScene]) -> Iterator[Finding]:
    """A measure that some pair of a version has, every pair of it must have."""
    known: dict[str, set[str]] = defaultdict(set)
    for scene in scenes:
        for pair in scene.scene.pairs:
            known[scene.receipt.package_version] |= (pair.__pydantic_extra__ or {}).keys()
    for scene in scenes:
        for pair in scene.scene.pairs:
            missing = known[scene.receipt.package_version] - (pair.__pydantic_extra__ or {}).keys()
            if missing:
                yield Finding(f"{pair.sample} lacks {', '.join(sorted(missing))}, which other pairs have", SAMPLES)


@check("dataset")
def job_done(data: DatasetSubject) -> Iterator[Finding]:
    """Every scene of the job is there, the job is the recorded one, and nothing else lies in the folder of scenes."""
    layout = data.layout
    for name in (*layout.scene_names(), *layout.foreign_names()):
        if not _SCENE_FOLDER.fullmatch(name) or name in layout.foreign_names():
            yield Finding("is not the folder of a scene", f"scenes/{name}")
    try:
        job = read_job(layout)
    except DsiaError as error:
        yield Finding(str(error), JOB)
        return
    done = len(data.receipts)
    unfinished = job is not None and done < job.scene_count
    try:
        recorded = read_index(layout)
    except StorageError:  # the check `index_agrees` names it
        recorded = None
    if job is None and recorded is not None and recorded.seed is not None:
        yield Finding("is missing; without it what was asked for is not known", JOB)
    elif job is not None and recorded is not None and recorded.job_sha256 not in ("", job_hash(layout)):
        message = f"is not the job that {INDEX} records; {_REMEDY}"
        yield Finding(message, JOB, "warning" if unfinished else "error")  # a job that was extended is rendered next
    if job is not None and unfinished:
        yield Finding(f"{done} of {job.scene_count} scenes are done; the render command goes on", severity="warning")
    for name in sorted(data.receipts) if job is not None else ():
        if name.isdigit() and job is not None and int(name) >= job.scene_count:
            yield Finding(f"is scene {int(name)} of a job with {job.scene_count}", f"scenes/{name}")
    for name in layout.failed_names():
        if name not in data.receipts:
            yield Finding("the scene failed; the render command tries again", f"failed/{name}", "warning")


@check("dataset")
def scenes_differ(data: DatasetSubject) -> Iterator[Finding]:
    """No two scenes are the same, and no image, depth or flow of one lies in another."""
    same_images = defaultdict(list)
    for name, receipt in sorted(data.receipts.items()):
        images = tuple(sorted(e.sha256 for file, e in receipt.files.items() if file.endswith("/image.png")))
        same_images[images or (receipt.content_hash,)].append(name)
    twins = {name for names in same_images.values() if len(names) > 1 for name in names}
    for names in same_images.values():
        if len(names) > 1:
            yield Finding(f"the scenes {', '.join(names)} have the same images", f"scenes/{names[1]}")
    owners: dict[str, str] = {}
    rendered = {name for name, row in OUTPUTS.items() if row.kind in ("image", "depth")}
    for name, receipt in sorted(data.receipts.items()):
        for file, entry in receipt.files.items() if name not in twins else ():
            if Path(file).stem in rendered:
                owner = owners.setdefault(entry.sha256, f"scenes/{name}/{file}")
                if not owner.startswith(f"scenes/{name}/"):
                    yield Finding(f"is the same as {owner}", f"scenes/{name}/{file}")
