"""The worst, the median and the best sample of each method, as pictures beside the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dsia_gen.core.io import disk
from dsia_gen.dataset.report.planes import webp
from dsia_gen.dataset.visual import Rgb8, error_to_rgb
from dsia_gen.evaluate.loop import Entry, Progress, timed_align
from dsia_gen.evaluate.result_store import Record
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.samples import Case, fingerprint

FOLDER = "pictures"
RANK_BY = "psnr/all"
LARGEST_ERROR = 64
_WIDTH, _QUALITY = 960, 92


@dataclass(frozen=True)
class Shown:
    """One line of pictures: file names below the report's folder."""

    method: str
    rank: str
    """worst, median or best."""
    sample: str
    subset: str
    values: Mapping[str, float]
    pictures: Mapping[str, str]
    """Title of a picture to its file."""


def chosen(records: Mapping[str, Record]) -> dict[str, str]:
    """Rank to sample: the worst, the median and the best by PSNR over all pixels, each sample once."""
    order = sorted((r.values[RANK_BY], sample) for sample, r in records.items() if RANK_BY in r.values)
    order = [pair for pair in order if not math.isnan(pair[0])]
    if not order:
        return {}
    places = {"worst": 0, "median": (len(order) - 1) // 2, "best": len(order) - 1}
    found = {rank: order[place][1] for rank, place in places.items()}
    return {rank: sample for k, (rank, sample) in enumerate(found.items()) if sample not in [*found.values()][:k]}


def make_gallery(results: Results, folder: Path, progress: Progress) -> list[Shown]:
    """Write the pictures that are not there yet. Answers are made anew: only their numbers are kept."""
    cases = {case.id: case for case in results.cases}
    plans = [
        (entry, rank, cases[sample])
        for entry in results.entries
        for rank, sample in chosen(results.records.get(entry.name, {})).items()
    ]
    shown = []
    for done, (entry, rank, case) in enumerate(plans, start=1):
        record = results.records[entry.name][case.id]
        shown.append(
            Shown(entry.name, rank, case.id, case.subset, record.values, _pictures(entry, case, record, folder))
        )
        progress(done, len(plans))
    return shown


def _pictures(entry: Entry, case: Case, record: Record, folder: Path) -> dict[str, str]:
    inputs = {
        title: f"{FOLDER}/{case.id}_{fingerprint([case.data_key, title])[:8]}.webp" for title in ("I1", "I2", "Igt")
    }
    stem = f"{FOLDER}/{entry.name}_{case.id}_{record.key[:8]}"
    made = {"answer": f"{stem}.webp", "error": f"{stem}_error.webp"}
    names = {**inputs, **made}
    if not all((folder / name).is_file() for name in names.values()):
        _draw(entry, case, folder, names)
    return names


def _draw(entry: Entry, case: Case, folder: Path, names: Mapping[str, str]) -> None:
    images, target = case.images(), case.target()
    answer, _ = timed_align(entry, case, images)
    pictures: dict[str, Rgb8] = {
        "I1": images[0],
        "I2": images[1],
        "Igt": target,
        "answer": answer.image,
        "error": error_to_rgb(answer.image, target, LARGEST_ERROR),
    }
    for title, picture in pictures.items():
        path = folder / names[title]
        with disk("write", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(webp(picture, _WIDTH, _QUALITY))


def prune(folder: Path, shown: list[Shown]) -> None:
    """Remove pictures of earlier reports."""
    keep = {name for line in shown for name in line.pictures.values()}
    for path in sorted((folder / FOLDER).glob("*.webp")):
        if f"{FOLDER}/{path.name}" not in keep:
            with disk("remove", path):
                path.unlink()
