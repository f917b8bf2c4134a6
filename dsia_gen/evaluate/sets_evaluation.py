"""Evaluates joint alignment on sets of images: keypoints that are found, sharpness of averages, time; a report."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import Field

from dsia_gen.align.align_sets import AlignedSet, align_one
from dsia_gen.align.methods.spacejam.joint_alignment import JointAlignment
from dsia_gen.align.methods.spacejam.spacejam_config import SpaceJamConfig
from dsia_gen.align.set_files import SetWork
from dsia_gen.core.document import Document, read_document
from dsia_gen.core.errors import AlignError
from dsia_gen.core.inside_path import PlainName
from dsia_gen.core.io import json_bytes, make_folder
from dsia_gen.core.web_page import web_page
from dsia_gen.core.written_files import WrittenFiles
from dsia_gen.dataset.array_files import read_array
from dsia_gen.dataset.documents.image_sets_document import ImageSetEntry
from dsia_gen.dataset.image_sets import read_sets
from dsia_gen.evaluate.set_keypoints import pair_keypoints, share_found
from dsia_gen.spec.outputs import OUTPUTS

RESULTS, PAGE, TABLE = PlainName("results.json"), PlainName("index.html"), PlainName("tables.md")
ALPHAS = (0.05, 0.1)
_NO_HEAD = b"\0"
"""In no file: a folder without a list of files was not written by this command."""
Progress = Callable[[int, int], None]


class SetResult(Document):
    """What was measured on a set, before and after; PCK is empty where the sets have no object coordinates.

    `pck_start` is that of where the fit began, when place, size and roll of masked objects agreed.
    """

    name: str
    asset: str = ""
    images: int = 0
    pairs: int = 0
    pck_before: dict[str, float] = Field(default_factory=dict)
    pck_start: dict[str, float] = Field(default_factory=dict)
    pck_after: dict[str, float] = Field(default_factory=dict)
    gradient: tuple[float, float] = (0.0, 0.0)
    similarity: tuple[float, float] = (0.0, 0.0)
    features: tuple[float, float] = (0.0, 0.0)
    entropy: tuple[float, float] = (0.0, 0.0)
    seconds: float = 0.0
    notes: list[str] = Field(default_factory=list)
    error: str = ""


class SetResults(Document):
    """results.json: the configuration and the result of each set."""

    version: int = 1
    config: SpaceJamConfig
    sets: list[SetResult]


@dataclass(frozen=True)
class SetSummary:
    """Means over sets that were aligned, and in how many of those with keypoints PCK@0.1 rose."""

    aligned: int
    failed: int
    measured: int
    better: int
    pck_before: float
    pck_start: float
    pck_after: float
    sharper: int
    nearer: int


def evaluate_sets(
    sets: Path, out: Path, config: SpaceJamConfig, *, device: str = "auto", progress: Progress = lambda _d, _a: None,
    on_set: Callable[[SetResult], None] = lambda _result: None,
) -> SetResults:  # fmt: skip
    """Align every set of a folder and measure it; a set that an earlier run of this configuration measured is kept.

    AlignError when the folder holds no sets. StorageError when `out` holds files of others.
    """
    document = read_sets(sets)
    if not document.sets:
        raise AlignError(f"{sets} names no set; cut the sets again with `dsia-gen dataset sets`")
    make_folder(out)
    files = WrittenFiles(out, PAGE, _NO_HEAD)
    files.require(RESULTS, PAGE, TABLE)
    before = _earlier(out, config)
    rows = []
    for entry in document.sets:
        row = before.get(entry.name) or _evaluate_one(sets, entry, out / entry.name, config, device, progress)
        rows.append(row)
        on_set(row)
        files.write(RESULTS, SetResults(version=1, config=config, sets=rows).to_json())
    results = SetResults(version=1, config=config, sets=rows)
    files.write(TABLE, markdown(results).encode())
    files.write(PAGE, page(results).encode())
    files.close()
    return results


def _earlier(out: Path, config: SpaceJamConfig) -> dict[str, SetResult]:
    """Results of an earlier run of the same configuration by the name of their set; failures are tried again."""
    if not (out / RESULTS).is_file():
        return {}
    found = read_document(SetResults, out / RESULTS, "results of sets", "choose another folder with -o")
    if found.config.model_dump() != config.model_dump():
        raise AlignError(f"{out} holds results of other settings; choose another folder with -o")
    return {row.name: row for row in found.sets if not row.error and (out / row.name).is_dir()}


def _evaluate_one(
    sets: Path, entry: ImageSetEntry, folder: Path, config: SpaceJamConfig, device: str, progress: Progress
) -> SetResult:
    begun = time.perf_counter()
    head = {"name": entry.name, "asset": entry.asset, "images": len(entry.images)}
    try:
        found: AlignedSet = align_one(
            SetWork(entry.name, sets, entry), folder, config, device=device, size=256, progress=progress
        )
    except AlignError as error:
        return SetResult.model_validate({**head, "error": str(error)})
    seconds = time.perf_counter() - begun
    alignment = JointAlignment.load(folder)
    before, after = found.before, found.after
    assert before is not None
    assert after is not None
    measured: dict[str, object] = {
        name: (getattr(before, name), getattr(after, name))
        for name in ("gradient", "similarity", "features", "entropy")
    }
    if all(item.coordinates is not None for item in entry.images):
        row = OUTPUTS["object_coordinates"]
        coordinates = [read_array(row, item.coordinates.file_below(sets)) for item in entry.images if item.coordinates]
        pairs = pair_keypoints(coordinates)
        if pairs:
            scale = [1.0 / (frame.side - 1 or 1) for frame in alignment.frames]
            measured |= {
                "pairs": len(pairs),
                "pck_before": {
                    f"{a:g}": share_found(pairs, lambda i, j, p: p * (scale[i] / scale[j]), a) for a in ALPHAS
                },
                "pck_after": {f"{a:g}": share_found(pairs, alignment.points, a) for a in ALPHAS},
            }
            if alignment.starts is not None:
                framed = replace(alignment, matrices=alignment.starts)
                measured["pck_start"] = {f"{a:g}": share_found(pairs, framed.points, a) for a in ALPHAS}
    return SetResult.model_validate({**head, **measured, "seconds": round(seconds, 2), "notes": list(found.notes)})


def summary(results: SetResults) -> SetSummary:
    """What the report says first."""
    aligned = [row for row in results.sets if not row.error]
    measured = [row for row in aligned if row.pck_after]
    before, start, after = ([rows["0.1"] for rows in side if rows] for side in (
        [row.pck_before for row in measured], [row.pck_start for row in measured], [row.pck_after for row in measured]
    ))  # fmt: skip
    return SetSummary(
        len(aligned),
        len(results.sets) - len(aligned),
        len(measured),
        sum(b < a for b, a in zip(before, after, strict=True)),
        float(np.mean(before)) if before else math.nan,
        float(np.mean(start)) if start else math.nan,
        float(np.mean(after)) if after else math.nan,
        sum(row.gradient[0] < row.gradient[1] for row in aligned),
        sum(row.features[1] < row.features[0] for row in aligned),
    )


_HEAD = ("set", "images", "PCK@0.05", "PCK@0.1", "gradient energy", "SSIM", "distance of features", "entropy", "s")


def _rows(results: SetResults) -> Iterator[Sequence[str]]:
    """Cells of the table: of the images as they are, of where the fit began with masked objects, aligned."""
    for row in results.sets:
        if row.error:
            yield row.name, str(row.images), row.error
            continue
        stages = [stage for stage in (row.pck_before, row.pck_start, row.pck_after) if stage]
        pck = [" → ".join(f"{stage[f'{a:g}']:.3f}" for stage in stages) or "-" for a in ALPHAS]
        pairs = [
            f"{before:.3g} → {after:.3g}" for before, after in (row.gradient, row.similarity, row.features, row.entropy)
        ]
        yield row.name, str(row.images), *pck, *pairs, f"{row.seconds:.0f}"


def sentences(results: SetResults) -> list[str]:
    """The summary in words."""
    found = summary(results)
    lines = [f"{found.aligned} sets aligned" + (f", {found.failed} could not be" if found.failed else "")]
    if found.measured:
        lines.append(
            f"PCK@0.1 rises in {found.better} of {found.measured} sets, in the mean from {found.pck_before:.3f} to "
            f"{found.pck_after:.3f}" + (f"; the fit began with {found.pck_start:.3f}" if found.pck_start >= 0 else "")
        )
    lines.append(f"averages are sharper in {found.sharper}, features nearer in {found.nearer} of {found.aligned}")
    return lines


def markdown(results: SetResults) -> str:
    """tables.md."""
    lines = ["# Joint alignment", "", *(f"- {line}" for line in sentences(results)), ""]
    lines += [f"| {' | '.join(_HEAD)} |", f"|{'---|' * len(_HEAD)}"]
    for cells in _rows(results):
        padded = [*cells, *[""] * (len(_HEAD) - len(cells))]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in padded)} |")
    return "\n".join(lines) + "\n"


def page(results: SetResults) -> str:
    """index.html, from which the page of each set is opened."""
    rows = [(row.name, bool(row.error), cells) for row, cells in zip(results.sets, _rows(results), strict=True)]
    return web_page(
        "dsia_gen.evaluate",
        "sets_page.html",
        (),
        "Joint alignment · evaluation",
        head=_HEAD,
        rows=rows,
        sentences=sentences(results),
        config=results.config,
    )


def results_json(results: SetResults) -> bytes:
    """Summary and sets for scripts."""
    found = {key: None if value != value else value for key, value in vars(summary(results)).items()}
    return json_bytes({"summary": found, **results.plain()})
