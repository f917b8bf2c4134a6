"""The index of a data set: dataset.json, samples.csv and ATTRIBUTION.md, built from the finished scenes."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

import dsia_gen
from dsia_gen.config.job import JobConfig
from dsia_gen.config.job_file import document_of
from dsia_gen.config.pixel_section import PIXELS
from dsia_gen.core.document import read_document
from dsia_gen.core.errors import RenamedKeyWarning, StorageError
from dsia_gen.core.escaping import markdown_text
from dsia_gen.core.io import file_hash
from dsia_gen.core.strict_yaml import read_config
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.documents.dataset_document import (
    CountsEntry,
    DatasetDocument,
    IndexedSceneEntry,
    LedgerEntry,
    OutputEntry,
    PermissionsEntry,
    SubsetThresholdsEntry,
    VersionsEntry,
)
from dsia_gen.dataset.documents.run_document import RunDocument
from dsia_gen.dataset.documents.sample_row import Cell, SampleRow, samples_csv
from dsia_gen.dataset.documents.scene_document import InstanceEntry, LicenceEntry, SceneDocument
from dsia_gen.dataset.layout import DatasetLayout, pair_name, relative_file, sample_id
from dsia_gen.dataset.metadata import read_failure, read_run, read_scene_json
from dsia_gen.dataset.provenance import renderers
from dsia_gen.dataset.receipt import Receipt, mismatches, read_receipt
from dsia_gen.dataset.sample_table import FILE_COLUMNS, image_columns, measure_columns
from dsia_gen.dataset.throughput import throughput_of
from dsia_gen.spec.outputs import OUTPUTS, Occlusion
from dsia_gen.spec.views import View

INDEX_VERSION = 1
_ON_THE_FLOOR = 0.05
"""Metres: what begins lower stands on the floor."""

CONVENTIONS = {
    "world": "right-handed, Z up, metres",
    "camera": "camera_to_world 4x4 in OpenCV axes (x right, y down, z forward); K in pixels",
    "pixels": "pixel centres at (column + 0.5, row + 0.5)",
    "flow": "float32 pixels, u right, v down, target minus source; NaN where invalid",
    "depth": "float32 metres along the optical axis; +inf where no surface is hit",
    "sample": "I1 = (t1, p1), I2 = (t2, p2), Igt = (t2, p1); flow_gt_to_2 backward-warps I2 onto Igt",
}


@dataclass(frozen=True)
class IndexedScene:
    """What the index takes from one finished scene."""

    name: str
    receipt: Receipt
    scene: SceneDocument
    run: RunDocument


def write_job(layout: DatasetLayout, job: JobConfig) -> None:
    """Keep the resolved job beside the data; `read_job` reads it back.

    Parameters
    ----------
    layout : DatasetLayout
        The data set.
    job : JobConfig
        The job that it is made by.
    """
    document = document_of(job)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    layout.replace(layout.job, text.encode())


def read_job(layout: DatasetLayout) -> JobConfig | None:
    """The job that a data set was made by.

    Parameters
    ----------
    layout : DatasetLayout
        The data set.

    Returns
    -------
    JobConfig or None
        None when there is none.

    Raises
    ------
    ConfigError
        When job.yaml is damaged.
    """
    path = layout.fetch(layout.job)
    if not path.exists():
        return None
    with warnings.catch_warnings():  # that an earlier version wrote its keys otherwise is nothing that a user can mend
        warnings.simplefilter("ignore", RenamedKeyWarning)
        return read_config(JobConfig, path)


def update_index(layout: DatasetLayout) -> DatasetDocument:
    """Rebuild dataset.json, samples.csv, ATTRIBUTION.md and DATASET_CARD.md.

    Each file is replaced in one step, dataset.json last. Scenes whose receipt does not hold are left out and named
    under `unfinished`.

    Parameters
    ----------
    layout : DatasetLayout
        The data set.

    Returns
    -------
    DatasetDocument
        The content of dataset.json.

    Raises
    ------
    StorageError
        When the data set cannot be written to.
    """
    scenes, unfinished = collect(layout)
    document = index_document(layout, scenes, unfinished)
    rows = (row for scene in scenes for row in scene_rows(scene))
    layout.replace(layout.samples, samples_csv(rows).encode())
    layout.replace(layout.attribution, attribution(document.name, document.licences).encode())
    layout.replace(layout.card, dataset_card(document).encode())
    layout.replace(layout.index, document.to_json())
    return document


def read_index(layout: DatasetLayout) -> DatasetDocument:
    """The document of dataset.json; StorageError when it is missing or is not the index of a data set."""
    return read_document(DatasetDocument, layout.index, "the index of a data set", "`dsia-gen render` writes it again")


def collect(layout: DatasetLayout) -> tuple[list[IndexedScene], list[str]]:
    """The finished scenes (sizes checked, not hashes), and the names of folders that are none."""
    scenes, unfinished = [], []
    names = layout.scene_names()
    layout.prepare(names)
    for name in names:
        try:
            scenes.append(open_scene(layout, name))
        except StorageError:
            unfinished.append(name)
    return scenes, unfinished


def open_scene(layout: DatasetLayout, name: str, *, hashes: bool = False) -> IndexedScene:
    """A finished scene; StorageError when its files are not as its receipt says. Contents are compared if `hashes`."""
    folder = layout.scene(name)
    receipt = read_receipt(folder)
    if next(mismatches(folder, receipt, hashes=hashes), None) is not None:
        raise StorageError(f"scene {name} is not as its receipt says")
    return IndexedScene(name, receipt, read_scene_json(folder), read_run(folder))


def index_document(
    layout: DatasetLayout, scenes: Sequence[IndexedScene], unfinished: Sequence[str] = ()
) -> DatasetDocument:
    """The document of dataset.json."""
    job = read_job(layout)
    pairs = [pair for s in scenes for pair in s.scene.pairs]
    resolutions = {s.scene.metadata.resolution for s in scenes}
    ledger = licence_ledger(scenes)
    versions = sorted({s.receipt.package_version for s in scenes} or {dsia_gen.__version__})
    count = {"scenes": len(scenes), "pairs": len(pairs), "views": sum(len(s.scene.views) for s in scenes)}
    return DatasetDocument(
        version=INDEX_VERSION,
        name=job.name if job else layout.name,
        made_by=VersionsEntry(package=versions),
        renderers=renderers(s.run.made_by for s in scenes),
        content_hash=dataset_hash(scenes),
        resolution=resolutions.pop() if len(resolutions) == 1 else None,
        counts=CountsEntry(
            **count,
            bytes=sum(s.receipt.bytes for s in scenes),
            subsets=_count(pair.subset for pair in pairs),
            settings=_count(s.scene.metadata.setting for s in scenes),
            configs=_count(s.scene.metadata.config for s in scenes),
        ),
        subset_thresholds=subset_thresholds(job) if job else None,
        seed=job.seed if job else None,
        conventions=CONVENTIONS,
        occlusion_reasons={str(int(reason)): reason.name.lower() for reason in Occlusion},
        outputs=[_output_entry(name) for name in common_outputs(scenes)],
        scenes=[
            IndexedSceneEntry(
                name=s.name,
                pairs=len(s.scene.pairs),
                **s.scene.metadata.model_dump(include={"config", "setting", "seed"}),
                **s.receipt.model_dump(include={"spec_hash", "content_hash"}),
                device=s.run.device,
                seconds=round(sum(s.run.seconds.values()), 3),
                peak_bytes=s.run.peak_bytes,
            )
            for s in scenes
        ],
        licences=ledger,
        placements=placements(scenes),
        permissions=PermissionsEntry(rule=job.licences if job else None, **permission_counts(ledger)),
        timings=throughput_of(s.run for s in scenes),
        failed=[read_failure(layout, name) for name in layout.failed_names()],
        unfinished=list(unfinished),
        written_by=dsia_gen.__version__,
        job_sha256=job_hash(layout),
    )


def subset_thresholds(job: JobConfig) -> SubsetThresholdsEntry:
    """Where the large motions of a job begin.

    Parameters
    ----------
    job : JobConfig
        The job.

    Returns
    -------
    SubsetThresholdsEntry
        In pixels of its images, and at a width of 960.
    """
    width = job.resolution[0]
    limits = job.subsets.at_reference(width)
    reference = {name: getattr(limits, name) for name in PIXELS.values()}
    return SubsetThresholdsEntry(**job.subsets.in_pixels(width), **reference)


def job_hash(layout: DatasetLayout) -> str:
    """SHA-256 (hex) of job.yaml; empty where there is none."""
    path = layout.fetch(layout.job)
    return file_hash(path) if path.exists() else ""


def dataset_hash(scenes: Iterable[IndexedScene]) -> str:
    """SHA-256 over the sorted lines `<content hash of a scene>  <its name>`."""
    lines = sorted(f"{s.receipt.content_hash}  {s.name}\n" for s in scenes)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def content_hash(layout: DatasetLayout) -> str:
    """The hash in dataset.json, which identifies a state of the data; empty when it cannot be read."""
    try:
        return read_index(layout).content_hash
    except StorageError:
        return ""


def common_outputs(scenes: Sequence[IndexedScene]) -> tuple[str, ...]:
    """Outputs that every scene has, in table order."""
    if not scenes:
        return ()
    shared = set.intersection(*(set(s.receipt.outputs) for s in scenes))
    return tuple(name for name in OUTPUTS if name in shared)


def _output_entry(name: str) -> OutputEntry:
    row = OUTPUTS[name]
    file = relative_file(name, view=View(0, 0)) if row.scope == "view" else relative_file(name, pair=0)
    told = {field: getattr(row, field) for field in OutputEntry.model_fields if field != "example"}
    return OutputEntry(**told, example=f"scenes/00000/{file}")


def licence_ledger(scenes: Iterable[IndexedScene]) -> list[LedgerEntry]:
    """Every asset of the data set once, by id and hash, with the number of scenes that use it."""
    assets: dict[tuple[str, str], LicenceEntry] = {}
    uses: Counter[tuple[str, str]] = Counter()
    for scene in scenes:
        for asset in scene.scene.licences:
            assets.setdefault((asset.id, asset.sha256), asset)
            uses[asset.id, asset.sha256] += 1
    return [LedgerEntry(**assets[key].plain(), scenes=uses[key]) for key in sorted(assets)]


def placements(scenes: Iterable[IndexedScene]) -> dict[str, dict[str, int]]:
    """How many instances show each asset, by kind: {"character": {id: 3, ...}, "foreground object": {...}, ...}.

    What stands about is "dressing" outdoors, and indoors "furniture", or a "thing" on furniture or a wall. Parts of
    rooms (walls, floors, doors) are left out, since each room has them.
    """
    counts: dict[str, Counter[str]] = {}
    for scene in scenes:
        for instance in (i for i in scene.scene.instances if i.role != "room"):
            kind = _placed_as(instance, scene.scene.metadata.setting)
            counts.setdefault(kind, Counter())[instance.asset_id] += 1
    return {kind: dict(sorted(use.items())) for kind, use in sorted(counts.items())}


def _placed_as(instance: InstanceEntry, setting: str) -> str:
    if instance.kind != "object":
        return instance.kind
    if instance.role == "foreground":
        return "foreground object"
    if setting == "outdoor":
        return "dressing"
    return "furniture" if instance.positions[0][2] < _ON_THE_FLOOR else "thing"


def permission_counts(ledger: Sequence[LedgerEntry]) -> dict[str, dict[str, int]]:
    """How many assets of a ledger may be passed on and trained on: {"redistribution": {"yes": 3, ...}, ...}."""
    return {
        "redistribution": _count(asset.redistribution for asset in ledger),
        "training": _count(asset.training for asset in ledger),
    }


def _count(values: Iterable[str | None]) -> dict[str, int]:
    return dict(sorted(Counter(value for value in values if value is not None).items()))


def scene_rows(scene: IndexedScene) -> list[SampleRow]:
    """The rows of one scene in samples.csv."""
    meta, rows = scene.scene.metadata, []
    for pair in scene.scene.pairs:
        cells: dict[str, Cell] = {name: pair.measured(name) for name in measure_columns()}
        for column, (measure, role) in image_columns().items():
            cells[column] = scene.scene.images.get(pair.views[role], {}).get(measure)
        for column, (output, seen_from) in FILE_COLUMNS.items():
            place = f"views/{pair.views[seen_from]}" if seen_from else f"pairs/{pair_name(pair.index)}"
            file = f"scenes/{scene.name}/{place}/{output}{OUTPUTS[output].suffix}"
            cells[column] = file if output in scene.receipt.outputs else None
        keys = {"config": meta.config, "setting": meta.setting, "seed": meta.seed}
        times = pair.pair.model_dump(exclude={"index"})
        rows.append(
            SampleRow(
                sample=sample_id(scene.name, pair.index), scene=scene.name, pair=pair.index, **times, **keys, **cells
            )
        )
    return rows


def attribution(name: str, ledger: Sequence[LedgerEntry]) -> str:
    """ATTRIBUTION.md: who made what the images show, and what may be done with it."""
    lines = [f"# Assets in {markdown_text(name)}\n"]
    lines += [f"{len(ledger)} assets. `unknown` means that it was not looked up: ask first.\n"]
    for use, counts in permission_counts(ledger).items():
        allowed = counts.get("yes", 0)
        rest = ", ".join(f"{count} {answer}" for answer, count in counts.items() if answer != "yes")
        lines += [f"- {use}: {allowed} of {len(ledger)} allow it{f' ({rest})' if rest else ''}"]
    lines += ["", "| asset | kind | licence | redistribution | training | scenes | source | attribution |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for asset in ledger:
        cells = (asset.id, asset.kind, asset.licence, asset.redistribution, asset.training, str(asset.scenes),
                 asset.source, asset.attribution)  # fmt: skip
        lines.append(f"| {' | '.join(map(markdown_text, cells))} |")
    return "\n".join(lines) + "\n"
