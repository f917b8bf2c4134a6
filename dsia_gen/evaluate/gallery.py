"""The worst, the median and the best sample of each method, as images beside the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dsia_gen.core.inside_path import InsidePath
from dsia_gen.core.io import replace_bytes
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.visual import Rgb8, error_to_rgb
from dsia_gen.dataset.web_images import webp
from dsia_gen.evaluate.loop import Progress, image_pairs, timed_align
from dsia_gen.evaluate.regions import changed_pixels
from dsia_gen.evaluate.result_store import ResultRecord
from dsia_gen.evaluate.run_evaluation import Results
from dsia_gen.evaluate.samples import fingerprint

FOLDER = "pictures"
RANK_BY = "psnr/all"
LARGEST_ERROR = 64
_WIDTH, _QUALITY = 960, 92


@dataclass(frozen=True)
class GalleryRow:
    """One row of images: file names below the report's folder."""

    method: str
    rank: str
    """worst, median or best."""
    sample: str
    subset: str
    values: Mapping[str, float]
    files: Mapping[str, str]
    """Title of an image to its file."""


def chosen(records: Mapping[str, ResultRecord]) -> dict[str, str]:
    """Rank to sample: the worst, the median and the best by PSNR over all pixels, each sample once."""
    order = sorted((r.values[RANK_BY], sample) for sample, r in records.items() if RANK_BY in r.values)
    order = [pair for pair in order if not math.isnan(pair[0])]
    if not order:
        return {}
    places = {"worst": 0, "median": (len(order) - 1) // 2, "best": len(order) - 1}
    found = {rank: order[place][1] for rank, place in places.items()}
    return {rank: sample for k, (rank, sample) in enumerate(found.items()) if sample not in [*found.values()][:k]}


def make_gallery(results: Results, written: WrittenFiles, progress: Progress) -> list[GalleryRow]:
    """Write the images that are not there yet. Answers are computed again: only their numbers are stored."""
    samples = {sample.id: sample for sample in results.samples}
    ranked = ((entry, chosen(results.records.get(entry.name, {}))) for entry in results.entries)
    plans = [(entry, rank, samples[sample]) for entry, found in ranked for rank, sample in found.items()]
    rows = []
    for done, (entry, rank, sample) in enumerate(plans, start=1):
        record = results.records[entry.name][sample.id]
        stem = f"{FOLDER}/{entry.name}_{sample.id}_{record.key[:8]}"
        keys = {title: fingerprint([sample.data_key, title])[:8] for title in ("I1", "I2", "Igt", "changed")}
        files = {title: f"{FOLDER}/{sample.id}_{key}.webp" for title, key in keys.items()}
        # the answer stands beside Igt, so that one key flips between them
        files |= {"answer": f"{stem}.webp", "error": f"{stem}_error.webp", "changed": files.pop("changed")}
        places = {title: written.claim(InsidePath.stated(name, "the gallery")) for title, name in files.items()}
        if not all(place.is_file() for place in places.values()):
            inputs, target = sample.images(), sample.target()
            (answer,), _ = timed_align(entry, image_pairs(entry, sample, [inputs]))
            error = error_to_rgb(answer.image, target, LARGEST_ERROR)
            changed = changed_pixels(inputs[0], target)
            images: dict[str, Rgb8] = {"I1": inputs[0], "I2": inputs[1], "Igt": target}
            images["changed"] = np.where(changed[..., None], target, target // 4)
            for title, image in {**images, "answer": answer.image, "error": error}.items():
                replace_bytes(places[title], webp(image, _WIDTH, _QUALITY), sync=False)
        rows.append(GalleryRow(entry.name, rank, sample.id, sample.subset, record.values, files))
        progress(done, len(plans))
    return rows
