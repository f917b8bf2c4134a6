"""The index of a data set: dataset.json, samples.csv and ATTRIBUTION.md, built from the finished scenes."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

import dsia_gen
from dsia_gen.config.job import JobConfig
from dsia_gen.core.errors import StorageError
from dsia_gen.core.io import disk, json_bytes, read_json
from dsia_gen.core.strict_yaml import read_config
from dsia_gen.dataset.dataset_card import dataset_card
from dsia_gen.dataset.layout import DatasetLayout, pair_name, relative_file
from dsia_gen.dataset.metadata import read_scene_json
from dsia_gen.dataset.receipt import Receipt, mismatches, read_receipt
from dsia_gen.dataset.sample_table import FILE_COLUMNS, KEY_COLUMNS, image_columns, measure_columns, sample_columns
from dsia_gen.dataset.throughput import device_of, pace_of, stages_of
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
    scene: dict[str, Any]
    run: dict[str, Any]


def write_job(layout: DatasetLayout, job: JobConfig) -> None:
    """Keep the resolved job beside the data; `read_job` reads it back."""
    text = yaml.safe_dump(job.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    layout.replace(layout.job, text.encode())


def read_job(layout: DatasetLayout) -> JobConfig | None:
    """The job that the data set was made by; None when there is none."""
    path = layout.fetch(layout.job)
    return read_config(JobConfig, path) if path.is_file() else None


def update_index(layout: DatasetLayout) -> dict[str, Any]:
    """Rebuild dataset.json, samples.csv, ATTRIBUTION.md and DATASET_CARD.md; returns dataset.json's document.

    Each file is replaced in one step, dataset.json last. Scenes whose receipt does not hold are left out and named
    under `unfinished`.
    """
    scenes, unfinished = collect(layout)
    document = {**index_document(layout, scenes), "unfinished": list(unfinished)}
    layout.replace(layout.samples, samples_csv(scenes).encode())
    layout.replace(layout.attribution, attribution(document["name"], document["licences"]).encode())
    layout.replace(layout.card, dataset_card(document).encode())
    layout.replace(layout.index, json_bytes(document))
    return document


def collect(layout: DatasetLayout) -> tuple[list[IndexedScene], list[str]]:
    """The finished scenes (sizes checked, not hashes), and the names of folders that are none."""
    scenes, unfinished = [], []
    names = layout.scene_names()
    layout.prepare(names)
    for name in names:
        try:
            scenes.append(_read_scene(layout, name))
        except StorageError:
            unfinished.append(name)
    return scenes, unfinished


def _read_scene(layout: DatasetLayout, name: str) -> IndexedScene:
    folder = layout.scene(name)
    receipt = read_receipt(folder)
    for mismatch in mismatches(folder, receipt, hashes=False):
        raise StorageError(f"{folder.path / mismatch.file} {mismatch.message}")
    return IndexedScene(name, receipt, read_scene_json(folder), read_json(folder.run))


def index_document(layout: DatasetLayout, scenes: Sequence[IndexedScene]) -> dict[str, Any]:
    """The document of dataset.json without the unfinished scenes."""
    job = read_job(layout)
    pairs = [pair for s in scenes for pair in s.scene["pairs"]]
    return {
        "version": INDEX_VERSION,
        "name": job.name if job else layout.name,
        "made_by": {"dsia-gen": sorted({s.receipt.package_version for s in scenes} or {dsia_gen.__version__})},
        "content_hash": dataset_hash(scenes),
        "resolution": _common([s.scene["metadata"]["resolution"] for s in scenes]),
        "counts": {
            "scenes": len(scenes),
            "pairs": len(pairs),
            "views": sum(len(s.scene["views"]) for s in scenes),
            "bytes": sum(entry.size for s in scenes for entry in s.receipt.files.values()),
            "subsets": _count(pair.get("subset") for pair in pairs),
            "settings": _count(s.scene["metadata"]["setting"] for s in scenes),
            "configs": _count(s.scene["metadata"]["config"] for s in scenes),
        },
        "seed": job.seed if job else None,
        "conventions": CONVENTIONS,
        "occlusion_reasons": {str(int(reason)): reason.name.lower() for reason in Occlusion},
        "outputs": [_output_row(name) for name in common_outputs(scenes)],
        "scenes": [_scene_row(s) for s in scenes],
        "licences": (ledger := licence_ledger(scenes)),
        "placements": placements(scenes),
        "permissions": {"rule": job.licences if job else None, **permission_counts(ledger)},
        "timings": pace_of(s.run for s in scenes).to_dict(),
        "failed": [_failure(layout, name) for name in layout.failed_names()],
    }


def dataset_hash(scenes: Iterable[IndexedScene]) -> str:
    """SHA-256 over the sorted lines `<content hash of a scene>  <its name>`."""
    lines = sorted(f"{s.receipt.content_hash}  {s.name}\n" for s in scenes)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def content_hash(layout: DatasetLayout) -> str:
    """The hash in dataset.json: it tells one state of a data set from another. Empty when it cannot be read."""
    try:
        return str(read_json(layout.index).get("content_hash", ""))
    except StorageError:
        return ""


def common_outputs(scenes: Sequence[IndexedScene]) -> tuple[str, ...]:
    """Outputs that every scene has, in table order."""
    if not scenes:
        return ()
    shared = set.intersection(*(set(s.receipt.outputs) for s in scenes))
    return tuple(name for name in OUTPUTS if name in shared)


def _output_row(name: str) -> dict[str, Any]:
    row = OUTPUTS[name]
    file = relative_file(name, view=View(0, 0)) if row.scope == "view" else relative_file(name, pair=0)
    return {
        "name": row.name,
        "scope": row.scope,
        "format": row.format,
        "dtype": row.dtype,
        "channels": list(row.channels),
        "unit": row.unit,
        "invalid": row.invalid,
        "about": row.about,
        "example": f"scenes/00000/{file}",
    }


def _scene_row(scene: IndexedScene) -> dict[str, Any]:
    meta = scene.scene["metadata"]
    return {
        "name": scene.name,
        "config": meta["config"],
        "setting": meta["setting"],
        "seed": meta["seed"],
        "pairs": len(scene.scene["pairs"]),
        "spec_hash": scene.receipt.spec_hash,
        "content_hash": scene.receipt.content_hash,
        "device": device_of(scene.run),
        "seconds": round(sum(stages_of(scene.run).values()), 3),
        "peak_bytes": int(scene.run.get("peak_bytes") or 0),
    }


def licence_ledger(scenes: Iterable[IndexedScene]) -> list[dict[str, Any]]:
    """Every asset of the data set once, by id and hash, with the number of scenes that use it."""
    ledger: dict[tuple[str, str], dict[str, Any]] = {}
    for scene in scenes:
        for asset in scene.scene["licences"]:
            entry = ledger.setdefault((asset["id"], asset["sha256"]), {**asset, "scenes": 0})
            entry["scenes"] += 1
    return [ledger[key] for key in sorted(ledger)]


def placements(scenes: Iterable[IndexedScene]) -> dict[str, dict[str, int]]:
    """How many instances show each asset, by kind: {"character": {id: 3, ...}, "foreground object": {...}, ...}.

    What stands about is "dressing" outdoors, and indoors "furniture", or a "thing" on furniture or a wall. Parts of
    rooms (walls, floors, doors) are left out, since each room has them.
    """
    counts: dict[str, Counter[str]] = {}
    for scene in scenes:
        for instance in (i for i in scene.scene["instances"] if i["role"] != "room"):
            kind = _placed_as(instance, scene.scene["metadata"]["setting"])
            counts.setdefault(kind, Counter())[instance["asset_id"]] += 1
    return {kind: dict(sorted(use.items())) for kind, use in sorted(counts.items())}


def _placed_as(instance: Mapping[str, Any], setting: str) -> str:
    if instance["kind"] != "object":
        return str(instance["kind"])
    if instance["role"] == "foreground":
        return "foreground object"
    if setting == "outdoor":
        return "dressing"
    return "furniture" if instance["positions"][0][2] < _ON_THE_FLOOR else "thing"


def permission_counts(ledger: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How many assets of a ledger may be passed on and trained on: {"redistribution": {"yes": 3, ...}, ...}."""
    return {name: _count(asset.get(name, "unknown") for asset in ledger) for name in ("redistribution", "training")}


def _failure(layout: DatasetLayout, name: str) -> dict[str, Any]:
    try:
        return {"scene": name, **read_json(layout.fetch(layout.failed(name).error))}
    except StorageError as error:
        return {"scene": name, "message": str(error)}


def _count(values: Iterable[Any]) -> dict[str, int]:
    return dict(sorted(Counter(str(value) for value in values if value is not None).items()))


def _common(values: Sequence[Any]) -> Any:
    """The one value that all share; None when there is none or they differ."""
    return values[0] if values and all(value == values[0] for value in values) else None


def samples_csv(scenes: Iterable[IndexedScene]) -> str:
    """samples.csv: one row a pair, RFC 4180 (CRLF, quotes where needed), empty where a value is unknown."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, sample_columns(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(row for scene in scenes for row in scene_rows(scene))
    return stream.getvalue()


def scene_rows(scene: IndexedScene) -> list[dict[str, Any]]:
    """The rows of one scene."""
    return [_row(scene, pair) for pair in scene.scene["pairs"]]


def _row(scene: IndexedScene, pair: Mapping[str, Any]) -> dict[str, Any]:
    meta, images = scene.scene["metadata"], scene.scene.get("images", {})
    known = {**{key: meta[key] for key in ("config", "setting", "seed")}, **pair, "scene": scene.name}
    row = {key: known.get(key) for key in (*KEY_COLUMNS, *measure_columns())} | {"pair": pair["index"]}
    for column, (measure, role) in image_columns().items():
        row[column] = images.get(pair["views"][role], {}).get(measure)
    for column, (output, seen_from) in FILE_COLUMNS.items():
        place = f"views/{pair['views'][seen_from]}" if seen_from else f"pairs/{pair_name(pair['index'])}"
        file = f"scenes/{scene.name}/{place}/{output}{OUTPUTS[output].suffix}"
        row[column] = file if output in scene.receipt.outputs else ""
    return row


def attribution(name: str, ledger: Sequence[Mapping[str, Any]]) -> str:
    """ATTRIBUTION.md: who made what the pictures show, and what may be done with it."""
    lines = [f"# Assets in {name}", "", f"{len(ledger)} assets. `unknown` means that nobody has looked: ask first.", ""]
    for use, counts in permission_counts(ledger).items():
        allowed = counts.get("yes", 0)
        rest = ", ".join(f"{count} {answer}" for answer, count in counts.items() if answer != "yes")
        lines += [f"- {use}: {allowed} of {len(ledger)} allow it{f' ({rest})' if rest else ''}"]
    lines += [""]
    lines += ["| asset | kind | licence | redistribution | training | scenes | source | attribution |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    keys = ("id", "kind", "licence", "redistribution", "training", "scenes", "source", "attribution")
    lines += ["| " + " | ".join(_cell(asset.get(key, "")) for key in keys) + " |" for asset in ledger]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def read_samples(layout: DatasetLayout) -> list[dict[str, str]]:
    """The rows of samples.csv as text; StorageError when it is missing or has other columns."""
    with disk("read", layout.samples):
        text = layout.samples.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    if rows and (None in rows[0] or not {*KEY_COLUMNS, *FILE_COLUMNS} <= rows[0].keys()):
        raise StorageError(f"{layout.samples} is not the table of a data set; `dsia-gen render` writes it again")
    return rows
